//! Bad days, on request: which route misbehaves, how, and how often.
//!
//! A fault waits until a call (or a notification) of its route comes by, for its order if it names
//! one, and happens the number of times it was asked for. A kind that makes no sense on a route is
//! refused when it is set, so that a test cannot wait for something that never happens.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::refund::Ending;

/// Where a fault happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Route {
    /// Placing a native order.
    Native,
    /// Asking for an order, by either number.
    Query,
    /// Closing an order.
    Close,
    /// Asking for a refund.
    Refund,
    /// Asking after a refund.
    RefundQuery,
    /// Sending an abnormal refund another way.
    AbnormalRefund,
    /// Telling the merchant, of payments and refunds alike.
    Notify,
    /// Downloading the platform's certificates.
    Certificates,
    /// The self-test of keys.
    Echo,
    /// Asking for a bill, of any of the three sorts.
    Bill,
    /// Fetching a bill's file.
    BillDownload,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The call takes effect; the connection closes without an answer.
    ReplyDropped,
    /// 429 without effect.
    RateLimited,
    /// 429, and the call takes effect: for a refund that is no contradiction (A.9).
    RateLimitedButDone,
    /// The call takes effect; the answer is 500.
    ErrorButDone,
    /// The right answer without its signature headers.
    Unsigned,
    /// A deliberately wrong signature, marked as a probe (protocol reference A.4).
    ProbeSigned,
    /// The notification is not sent; the next retry is.
    Dropped,
    /// The notification is sent twice at the same time.
    Duplicated,
    /// Rightly signed, but dated ten minutes ago.
    Stale,
    /// A bit of the sealed part changed after signing.
    Tampered,
    /// The call takes effect; a gateway answers 502 with a page of its own.
    BadGateway,
    /// 503 without effect, and when to come back.
    Unavailable,
    /// 202 without effect: taken, not finished, to be repeated.
    Accepted,
    /// The call takes effect; the answer is a signed 200 with nothing in it.
    Empty,
    /// A right signature under a serial number that nobody has.
    UnknownSerial,
    /// Rightly signed, by a key of the other scheme.
    KeySwitch,
    /// Sealed with empty associated data, and says so.
    EmptyAssociatedData,
    /// Sealed with empty associated data, and does not mention it.
    MissingAssociatedData,
    /// Rightly signed and sealed, but every amount is one fen higher.
    AmountChanged,
    /// Rightly signed and sealed, with fields that no document names.
    ExtraFields,
    /// The bill is still being made.
    Late,
    /// There is no bill for the day.
    Missing,
    /// The digest in the answer is not the file's.
    WrongHash,
    /// The address in the answer has expired already.
    ExpiredUrl,
    /// The file stops half way, and the connection closes.
    CutShort,
    /// 403: the merchant's balance is too low. No effect.
    NotEnough,
    /// The refund that this call makes becomes abnormal.
    Abnormal,
    /// The refund that this call makes is closed.
    Closed,
}

impl Route {
    /// Every route.
    pub const ALL: [Self; 11] = [
        Self::Native,
        Self::Query,
        Self::Close,
        Self::Refund,
        Self::RefundQuery,
        Self::AbnormalRefund,
        Self::Notify,
        Self::Certificates,
        Self::Echo,
        Self::Bill,
        Self::BillDownload,
    ];

    /// Its name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Query => "query",
            Self::Close => "close",
            Self::Refund => "refund",
            Self::RefundQuery => "refund-query",
            Self::AbnormalRefund => "abnormal-refund",
            Self::Notify => "notify",
            Self::Certificates => "certificates",
            Self::Echo => "echo",
            Self::Bill => "bill",
            Self::BillDownload => "bill-download",
        }
    }

    /// What can go wrong there.
    pub fn kinds(self) -> Vec<Kind> {
        match self {
            Self::Native
            | Self::Query
            | Self::Close
            | Self::RefundQuery
            | Self::Certificates
            | Self::Echo => ANY_CALL.to_vec(),
            Self::Refund => [&ANY_CALL[..], &REFUND].concat(),
            Self::AbnormalRefund => [&ANY_CALL[..], &[Kind::RateLimitedButDone]].concat(),
            Self::Notify => NOTIFICATION.to_vec(),
            Self::Bill => [&ANY_CALL[..], &BILL].concat(),
            Self::BillDownload => BILL_FILE.to_vec(),
        }
    }
}

/// What may happen to any call of a merchant's.
const ANY_CALL: [Kind; 9] = [
    Kind::ReplyDropped,
    Kind::RateLimited,
    Kind::ErrorButDone,
    Kind::Unsigned,
    Kind::ProbeSigned,
    Kind::BadGateway,
    Kind::Unavailable,
    Kind::Accepted,
    Kind::Empty,
];

const REFUND: [Kind; 4] = [Kind::RateLimitedButDone, Kind::NotEnough, Kind::Abnormal, Kind::Closed];

const NOTIFICATION: [Kind; 11] = [
    Kind::Dropped,
    Kind::Duplicated,
    Kind::Stale,
    Kind::Tampered,
    Kind::ProbeSigned,
    Kind::UnknownSerial,
    Kind::KeySwitch,
    Kind::EmptyAssociatedData,
    Kind::MissingAssociatedData,
    Kind::AmountChanged,
    Kind::ExtraFields,
];

const BILL: [Kind; 4] = [Kind::Late, Kind::Missing, Kind::WrongHash, Kind::ExpiredUrl];

/// A file's answer is never signed, so two kinds of the usual ones make no sense.
const BILL_FILE: [Kind; 8] = [
    Kind::ReplyDropped,
    Kind::RateLimited,
    Kind::ErrorButDone,
    Kind::BadGateway,
    Kind::Unavailable,
    Kind::Accepted,
    Kind::Empty,
    Kind::CutShort,
];

impl Kind {
    /// Its name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReplyDropped => "reply-dropped",
            Self::RateLimited => "rate-limited",
            Self::RateLimitedButDone => "rate-limited-but-done",
            Self::ErrorButDone => "error-but-done",
            Self::Unsigned => "unsigned",
            Self::ProbeSigned => "probe-signed",
            Self::Dropped => "dropped",
            Self::Duplicated => "duplicated",
            Self::Stale => "stale",
            Self::Tampered => "tampered",
            Self::BadGateway => "bad-gateway",
            Self::Unavailable => "unavailable",
            Self::Accepted => "accepted",
            Self::Empty => "empty",
            Self::UnknownSerial => "unknown-serial",
            Self::KeySwitch => "key-switch",
            Self::EmptyAssociatedData => "empty-associated-data",
            Self::MissingAssociatedData => "missing-associated-data",
            Self::AmountChanged => "amount-changed",
            Self::ExtraFields => "extra-fields",
            Self::Late => "late",
            Self::Missing => "missing",
            Self::WrongHash => "wrong-hash",
            Self::ExpiredUrl => "expired-url",
            Self::CutShort => "cut-short",
            Self::NotEnough => "not-enough",
            Self::Abnormal => "abnormal",
            Self::Closed => "closed",
        }
    }

    /// What a refund becomes, if that is what the fault is about.
    pub const fn ending(self) -> Option<Ending> {
        match self {
            Self::Abnormal => Some(Ending::Abnormal),
            Self::Closed => Some(Ending::Closed),
            _ => None,
        }
    }
}

/// One fault that waits to happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Where.
    pub route: Route,
    /// Only for this order; for all of them when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub out_trade_no: Option<String>,
    /// What.
    pub kind: Kind,
    /// How many times more.
    pub times: u32,
}

/// A fault as it is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    route: String,
    out_trade_no: Option<String>,
    kind: String,
    #[serde(default = "once")]
    times: u32,
}

const fn once() -> u32 {
    1
}

/// Why a wish cannot be granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadWish {
    /// No such route.
    UnknownRoute(String),
    /// No such kind on this route.
    UnknownKind(Route, String),
}

impl fmt::Display for BadWish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownRoute(name) => {
                write!(f, "unknown route {name:?}; known: {}", list(Route::ALL.map(Route::name)))
            }
            Self::UnknownKind(route, name) => {
                let kinds = list(route.kinds().iter().map(|kind| kind.name()));
                write!(f, "unknown kind {name:?} for route {:?}; known: {kinds}", route.name())
            }
        }
    }
}

fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().collect::<Vec<_>>().join(", ")
}

impl TryFrom<Wish> for Fault {
    type Error = BadWish;

    fn try_from(wish: Wish) -> Result<Self, BadWish> {
        let Some(route) = Route::ALL.into_iter().find(|route| route.name() == wish.route) else {
            return Err(BadWish::UnknownRoute(wish.route));
        };
        let kind = route.kinds().into_iter().find(|kind| kind.name() == wish.kind);
        let Some(kind) = kind else {
            return Err(BadWish::UnknownKind(route, wish.kind));
        };
        Ok(Self { route, out_trade_no: wish.out_trade_no, kind, times: wish.times })
    }
}

/// Takes the first fault that waits for this route and order, and uses it up by one. What a refund
/// becomes is not about the call: [`take_ending`] takes that, so that one call can have both.
pub fn take(faults: &mut Vec<Fault>, route: Route, out_trade_no: &str) -> Option<Kind> {
    take_if(faults, out_trade_no, |fault| fault.route == route && fault.kind.ending().is_none())
}

/// Takes the first fault that says what a refund of this order becomes.
pub fn take_ending(faults: &mut Vec<Fault>, out_trade_no: &str) -> Option<Ending> {
    take_if(faults, out_trade_no, |fault| fault.kind.ending().is_some())?.ending()
}

fn take_if(
    faults: &mut Vec<Fault>,
    out_trade_no: &str,
    is_wanted: impl Fn(&Fault) -> bool,
) -> Option<Kind> {
    let position = faults.iter().position(|fault| {
        is_wanted(fault) && fault.out_trade_no.as_deref().is_none_or(|no| no == out_trade_no)
    })?;
    let fault = faults.get_mut(position)?;
    let kind = fault.kind;
    fault.times = fault.times.saturating_sub(1);
    if fault.times == 0 {
        faults.remove(position);
    }
    Some(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(json: &str) -> Result<Fault, BadWish> {
        serde_json::from_str::<Wish>(json).unwrap().try_into()
    }

    #[test]
    fn a_fault_happens_as_often_as_asked_and_to_the_order_named() {
        let mut faults = vec![
            wish(r#"{"route":"close","out_trade_no":"T1","kind":"unsigned","times":2}"#).unwrap(),
            wish(r#"{"route":"close","kind":"rate-limited"}"#).unwrap(),
        ];
        assert_eq!(take(&mut faults, Route::Native, "T1"), None);
        assert_eq!(take(&mut faults, Route::Close, "T1"), Some(Kind::Unsigned));
        assert_eq!(take(&mut faults, Route::Close, "T2"), Some(Kind::RateLimited));
        assert_eq!(take(&mut faults, Route::Close, "T2"), None);
        assert_eq!(take(&mut faults, Route::Close, "T1"), Some(Kind::Unsigned));
        assert!(faults.is_empty());
    }

    #[test]
    fn what_a_refund_becomes_waits_beside_what_happens_to_the_call() {
        let mut faults = vec![
            wish(r#"{"route":"refund","out_trade_no":"T1","kind":"closed"}"#).unwrap(),
            wish(r#"{"route":"refund","kind":"reply-dropped"}"#).unwrap(),
        ];
        assert_eq!(take_ending(&mut faults, "T2"), None);
        assert_eq!(take(&mut faults, Route::Refund, "T1"), Some(Kind::ReplyDropped));
        assert_eq!(take(&mut faults, Route::Refund, "T1"), None);
        assert_eq!(take_ending(&mut faults, "T1"), Some(Ending::Closed));
        assert!(faults.is_empty());
    }

    #[test]
    fn what_cannot_happen_is_refused_with_what_can() {
        let refusal = wish(r#"{"route":"login","kind":"unsigned"}"#).unwrap_err();
        assert_eq!(refusal, BadWish::UnknownRoute("login".into()));
        assert!(refusal.to_string().contains("native, query, close, refund, refund-query"));
        let refusal = wish(r#"{"route":"close","kind":"closed"}"#).unwrap_err();
        assert_eq!(refusal, BadWish::UnknownKind(Route::Close, "closed".into()));
        let refusal = wish(r#"{"route":"notify","kind":"reply-dropped"}"#).unwrap_err();
        assert_eq!(refusal, BadWish::UnknownKind(Route::Notify, "reply-dropped".into()));
        assert!(refusal.to_string().contains("duplicated"));
    }

    #[test]
    fn every_kind_is_known_by_one_name() {
        for route in Route::ALL {
            assert_eq!(serde_json::to_value(route).unwrap(), route.name());
            for kind in route.kinds() {
                assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
            }
        }
    }
}
