//! What can be said about an attempt: the only things that change an order.
//!
//! A notification, the answer to a query, a row of a bill, the shop's wish and the clock all become
//! one of these. Whoever makes a report vouches for it: [`Report::Paid`], [`Report::NotPaid`],
//! [`Report::ClosedThere`] and [`Report::CloseTaken`] come from messages whose signature was
//! verified, or for a payment from a bill whose digest such a message names; nothing else does, and
//! least of all a bill without a digest.

mod prepay_id;
mod receipt;

use core::fmt;

use serde::{Deserialize, Serialize};

pub use self::prepay_id::PrepayId;
pub use self::receipt::{PromotedGoods, Promotion, Receipt};
use crate::id::BadName;

/// The text to draw as a QR code: opaque, byte for byte what the platform gave (protocol
/// reference B.1, I.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CodeUrl(String);

impl CodeUrl {
    /// Reads a `code_url`: it begins with `weixin://` and a QR code of moderate size holds it.
    ///
    /// The reference gives 64 characters as the most; we take up to 512 bytes, because a longer
    /// one would still be drawn rightly and must not cost the shop an order.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        let fits = (10..=512).contains(&text.len()) && !text.chars().any(char::is_control);
        if fits && text.starts_with("weixin://") {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadName { expected: "a code_url begins with weixin:// and has at most 512 bytes" })
        }
    }

    /// The text, unchanged.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CodeUrl {
    type Error = BadName;
    fn try_from(text: String) -> Result<Self, BadName> {
        Self::parse(&text)
    }
}

impl From<CodeUrl> for String {
    fn from(code: CodeUrl) -> Self {
        code.0
    }
}

/// The platform said no, in so many words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// HTTP status, 400 to 499; of the V2 API, which says its no in the body, 200.
    pub status: u16,
    /// The platform's machine-readable code, or `HTTP_<status>` where it gave none.
    pub code: String,
    /// The platform's words for a person. They may change: nothing branches on them.
    pub message: String,
    /// The platform's `Request-ID`, which its support asks for.
    pub request_id: Option<String>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.status, self.code, self.message)
    }
}

/// Whether the platform's signature on an answer was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// It was.
    Verified,
    /// The answer carried none, or none that agrees. Errors of the platform may come so.
    Unverified,
}

/// What a person decides about money that did not settle its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// It counts: the checkout is paid by it.
    Settle,
    /// It goes back to the payer.
    #[serde(rename = "refund")]
    Return,
    /// Somebody has dealt with it elsewhere.
    Dismiss,
}

/// One thing that is known about the current attempt of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "report", rename_all = "snake_case")]
pub enum Report {
    /// The platform took the order (again) and gave this code.
    Placed {
        /// The fresh code; any earlier one is void.
        code_url: CodeUrl,
        /// What a phone is handed that scanned a printed code instead, where the platform's API
        /// tells it: V2 does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        prepay_id: Option<PrepayId>,
    },
    /// The platform will not take the order, and no order of this number can exist because of
    /// this call.
    Refused(Refusal),
    /// The platform will not take the order, but for a reason that may hide an existing one:
    /// already paid, number used, other parameters, closed. Ask before believing it.
    Disputed(Refusal),
    /// No answer, or one that decides nothing. A time-out is this, never a refusal.
    InDoubt,
    /// An authentic answer with a state that did not exist when this was written. It decides
    /// nothing either; it is kept, so that a person can read it.
    UnknownState {
        /// The platform's own word.
        trade_state: String,
    },
    /// Paid.
    Paid(Box<Receipt>),
    /// The platform has the order, and nobody has paid it.
    NotPaid,
    /// The platform says that it has no such order.
    NotFound {
        /// An error answer may come unsigned; such a one never closes anything by itself.
        proof: Proof,
    },
    /// The platform has the order, closed.
    ClosedThere,
    /// The platform took our wish to close (204).
    CloseTaken,
    /// The platform did not: the order may be paid, or be paid this very moment.
    CloseRefused(Refusal),
    /// The shop wants it cancelled.
    CancelAsked,
    /// The shopper says "I have paid".
    CheckAsked,
    /// Somebody looks at the code.
    Looked,
    /// The shopper wants a fresh code: the old one is stale, or another phone holds its order.
    RenewAsked,
    /// A person has decided about money that was set aside.
    Resolved {
        /// Which payment.
        transaction_id: String,
        /// What becomes of it.
        resolution: Resolution,
    },
    /// A person wants us to go on where we had given up.
    Redriven,
    /// Time has passed.
    Tick,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_taken_as_it_comes() {
        for good in [
            "weixin://wxpay/bizpayurl?pr=JyC91EIz1",
            "weixin://pay.weixin.qq.com/bizpayurl/up?pr=NwY5Mz9&groupid=00",
            "weixin://weixin://wxpay/s/An4baqw",
        ] {
            assert_eq!(CodeUrl::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "weixin://", "https://example.com/", "weixin://a\nb"] {
            assert!(CodeUrl::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_report_travels_as_json() {
        let report = Report::NotFound { proof: Proof::Unverified };
        let json = r#"{"report":"not_found","proof":"unverified"}"#;
        assert_eq!(serde_json::to_string(&report).unwrap(), json);
        assert_eq!(serde_json::from_str::<Report>(json).unwrap(), report);
    }

    #[test]
    fn a_code_that_was_stored_before_there_were_sessions_is_still_read() {
        let code = "weixin://wxpay/bizpayurl?pr=JyC91EIz1";
        let json = format!(r#"{{"report":"placed","code_url":"{code}"}}"#);
        let code_url = CodeUrl::parse(code).unwrap();
        let report = Report::Placed { code_url, prepay_id: None };
        assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), report);
        assert_eq!(serde_json::to_string(&report).unwrap(), json);
    }
}
