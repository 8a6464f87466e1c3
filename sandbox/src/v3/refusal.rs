//! How the platform says no: status, code, words, sometimes a detail (protocol reference A.9, E, G.10).

use serde_json::{Value, json};

/// A machine-readable code, with the status it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the codes of protocol reference A.9 and E, spelt our way")]
pub enum Code {
    SignError,
    ParamError,
    InvalidRequest,
    AppidMchidNotMatch,
    OrderClosed,
    OrderPaid,
    NoAuth,
    OutTradeNoUsed,
    NotEnough,
    OrderNotExist,
    ResourceNotExists,
    MchNotExists,
    MchNotExistsToRefund,
    FrequencyLimited,
    SystemError,
    ServiceUnavailable,
    NoStatementExist,
    StatementCreating,
    UserPaying,
}

impl Code {
    /// As it stands in the body.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignError => "SIGN_ERROR",
            Self::ParamError => "PARAM_ERROR",
            Self::InvalidRequest => "INVALID_REQUEST",
            Self::AppidMchidNotMatch => "APPID_MCHID_NOT_MATCH",
            Self::OrderClosed => "ORDER_CLOSED",
            Self::OrderPaid => "ORDER_PAID",
            Self::NoAuth => "NO_AUTH",
            Self::OutTradeNoUsed => "OUT_TRADE_NO_USED",
            Self::NotEnough => "NOT_ENOUGH",
            Self::OrderNotExist => "ORDER_NOT_EXIST",
            Self::ResourceNotExists => "RESOURCE_NOT_EXISTS",
            Self::MchNotExists | Self::MchNotExistsToRefund => "MCH_NOT_EXISTS",
            Self::FrequencyLimited => "FREQUENCY_LIMITED",
            Self::SystemError => "SYSTEM_ERROR",
            Self::ServiceUnavailable => "SERVICE_UNAVAILABLE",
            Self::NoStatementExist => "NO_STATEMENT_EXIST",
            Self::StatementCreating => "STATEMENT_CREATING",
            Self::UserPaying => "USER_PAYING",
        }
    }

    /// The HTTP status it comes with.
    pub const fn status(self) -> u16 {
        match self {
            Self::UserPaying => 202,
            Self::SignError => 401,
            Self::ParamError
            | Self::InvalidRequest
            | Self::AppidMchidNotMatch
            | Self::OrderClosed
            | Self::OrderPaid
            | Self::MchNotExists
            | Self::NoStatementExist
            | Self::StatementCreating => 400,
            Self::NoAuth | Self::OutTradeNoUsed | Self::NotEnough => 403,
            Self::OrderNotExist | Self::ResourceNotExists | Self::MchNotExistsToRefund => 404,
            Self::FrequencyLimited => 429,
            Self::SystemError => 500,
            Self::ServiceUnavailable => 503,
        }
    }
}

/// Numbers at the end of `Request-ID` (E.7). For logs only; nobody may branch on them.
pub mod result {
    /// Done.
    pub const OK: u32 = 0;
    /// A parameter is wrong.
    pub const PARAMETER: u32 = 268_435_461;
    /// A value is out of range.
    pub const OUT_OF_RANGE: u32 = 268_435_464;
    /// The partner does not act for that sub-merchant.
    pub const NO_RELATION: u32 = 268_443_701;
    /// No such sub-merchant.
    pub const SUB_MISSING: u32 = 268_443_704;
    /// The sub-merchant is the partner itself.
    pub const SUB_IS_PARTNER: u32 = 268_443_705;
    /// The merchant may not receive payments this way.
    pub const MAY_NOT_RECEIVE: u32 = 268_448_010;
    /// The signature is wrong.
    pub const SIGNATURE: u32 = 268_443_699;
    /// The app does not belong to the merchant.
    pub const APPID_MISMATCH: u32 = 268_445_527;
    /// Too many calls.
    pub const RATE: u32 = 268_447_840;
    /// The order is another sub-merchant's.
    pub const SUB_DIFFERS: u32 = 268_447_845;
    /// The order takes no more money.
    pub const ORDER_EXPIRED: u32 = 268_447_914;
    /// The order is paid.
    pub const ORDER_PAID: u32 = 268_449_538;
    /// Repeated with other parameters.
    pub const ORDER_DIFFERS: u32 = 268_498_688;
    /// No such order.
    pub const ORDER_UNKNOWN: u32 = 268_512_771;
    /// A parameter that the call does not have.
    pub const EXTRA_PARAMETER: u32 = 270_924_358;
}

/// A refusal, ready to be written as an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// What programs read.
    pub code: Code,
    /// What people read.
    pub message: String,
    /// Where and why, if it is about a field.
    pub detail: Option<Value>,
    /// The number at the end of `Request-ID`.
    pub result: u32,
}

impl Refusal {
    /// A refusal without a detail.
    pub fn new(code: Code, result: u32, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), detail: None, result }
    }

    /// `PARAM_ERROR` about one field; `pointer` is `/amount/total` or a parameter's name.
    pub fn parameter(place: Place, pointer: &str, value: Option<&Value>, issue: &str) -> Self {
        let value = value.map(|value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        });
        let source = if place == Place::Body { "/body" } else { "/" };
        Self {
            code: Code::ParamError,
            message: format!("输入源“{source}{pointer}”{issue}"),
            detail: Some(json!({
                "field": pointer,
                "value": value.unwrap_or_default(),
                "issue": issue,
                "location": place.name(),
            })),
            result: result::PARAMETER,
        }
    }

    /// `INVALID_REQUEST` for a parameter that the call does not have (E.2, E.7).
    pub fn extra_parameter(place: Place, pointer: &str) -> Self {
        let mut refusal = Self::parameter(place, pointer, None, "非法的多余参数");
        refusal.code = Code::InvalidRequest;
        refusal.result = result::EXTRA_PARAMETER;
        refusal
    }

    /// The answer's body.
    pub fn body(&self) -> Vec<u8> {
        let mut body = json!({ "code": self.code.name(), "message": self.message });
        if let (Some(detail), Some(object)) = (&self.detail, body.as_object_mut()) {
            object.insert("detail".to_owned(), detail.clone());
        }
        body.to_string().into_bytes()
    }
}

/// Which part of the request a refusal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Place {
    Body,
    Query,
    Path,
    Header,
}

impl Place {
    const fn name(self) -> &'static str {
        match self {
            Self::Body => "body",
            Self::Query => "query",
            Self::Path => "path",
            Self::Header => "header",
        }
    }
}
