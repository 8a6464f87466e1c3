//! Why a scan of a product code came to nothing: a code for programs, words for the developer who
//! mends it, and what the payer reads on the phone meanwhile.

use axum::http::StatusCode;

use crate::diagnosis::Diagnosis;
use crate::v2::Fields;

/// What the phone shows where the merchant has said nothing to the payer (protocol reference D.9).
pub const BUSY: &str = "系统繁忙";

/// What the phone shows where the code itself is wrong (D.9).
pub const BAD_LINK: &str = "原生支付URL参数错误";

/// Every reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "what each of them means is in docs/control.md")]
pub enum Code {
    LinkMalformed,
    LinkUnsigned,
    LinkOtherMerchant,
    NoNativeUrl,
    CallbackUnreachable,
    CallbackLate,
    CallbackStatus,
    CallbackMalformed,
    CallbackUnsigned,
    CallbackOtherMerchant,
    CallbackRefused,
    PrepayUnknown,
    PrepayOtherMerchant,
    PrepayVoid,
    PrepayExpired,
}

impl Code {
    /// Every one, for the test that reaches each.
    pub const ALL: [Self; 15] = [
        Self::LinkMalformed,
        Self::LinkUnsigned,
        Self::LinkOtherMerchant,
        Self::NoNativeUrl,
        Self::CallbackUnreachable,
        Self::CallbackLate,
        Self::CallbackStatus,
        Self::CallbackMalformed,
        Self::CallbackUnsigned,
        Self::CallbackOtherMerchant,
        Self::CallbackRefused,
        Self::PrepayUnknown,
        Self::PrepayOtherMerchant,
        Self::PrepayVoid,
        Self::PrepayExpired,
    ];

    /// As it stands in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LinkMalformed => "link_malformed",
            Self::LinkUnsigned => "link_unsigned",
            Self::LinkOtherMerchant => "link_other_merchant",
            Self::NoNativeUrl => "no_native_url",
            Self::CallbackUnreachable => "callback_unreachable",
            Self::CallbackLate => "callback_late",
            Self::CallbackStatus => "callback_status",
            Self::CallbackMalformed => "callback_malformed",
            Self::CallbackUnsigned => "callback_unsigned",
            Self::CallbackOtherMerchant => "callback_other_merchant",
            Self::CallbackRefused => "callback_refused",
            Self::PrepayUnknown => "prepay_unknown",
            Self::PrepayOtherMerchant => "prepay_other_merchant",
            Self::PrepayVoid => "prepay_void",
            Self::PrepayExpired => "prepay_expired",
        }
    }

    /// The status of the control surface's answer: a wrong link is the caller's, a wrong answer the
    /// merchant's.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::LinkMalformed | Self::LinkUnsigned | Self::LinkOtherMerchant => {
                StatusCode::BAD_REQUEST
            }
            Self::NoNativeUrl
            | Self::CallbackRefused
            | Self::PrepayUnknown
            | Self::PrepayOtherMerchant
            | Self::PrepayVoid
            | Self::PrepayExpired => StatusCode::CONFLICT,
            Self::CallbackLate => StatusCode::GATEWAY_TIMEOUT,
            Self::CallbackUnreachable
            | Self::CallbackStatus
            | Self::CallbackMalformed
            | Self::CallbackUnsigned
            | Self::CallbackOtherMerchant => StatusCode::BAD_GATEWAY,
        }
    }
}

/// One scan's end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Why.
    pub code: Code,
    /// What to mend, in English.
    pub why: String,
    /// What the payer reads.
    pub words: String,
    /// What the refusal is about, if that is a sign.
    pub unproven: Option<Box<Signed>>,
    /// What was found out about the sign.
    pub signature: Option<Box<Diagnosis>>,
}

/// Fields whose sign is not this merchant's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The merchant's number.
    pub mchid: String,
    /// The sign too.
    pub fields: Fields,
}

impl Refused {
    /// About the code that was scanned.
    pub fn link(code: Code, why: impl Into<String>) -> Self {
        Self { words: BAD_LINK.to_owned(), ..Self::callback(code, why) }
    }

    /// About what the merchant said, or did not say.
    pub fn callback(code: Code, why: impl Into<String>) -> Self {
        let (why, words) = (why.into(), BUSY.to_owned());
        Self { code, why, words, unproven: None, signature: None }
    }

    /// About a sign; `what` has it.
    pub fn unproven(code: Code, what: &str, unproven: Signed) -> Self {
        let why = format!("{what}'s sign is wrong.");
        Self { unproven: Some(Box::new(unproven)), ..Self::callback(code, why) }
    }

    /// The same with the merchant's own words for the payer.
    pub fn saying(mut self, words: &str) -> Self {
        words.clone_into(&mut self.words);
        self
    }
}
