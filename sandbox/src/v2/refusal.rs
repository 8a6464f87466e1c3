//! How V2 says no, on either of its two levels (protocol reference D.1, D.12).
//!
//! `return_code` `FAIL` is about the message: nothing is signed, because nobody is known yet, and a
//! text is all there is. `result_code` `FAIL` is about the business: signed, with a code. Which of
//! the two a fault comes as is published for the sign only; here all that is found before the sign
//! was verified is of the first kind.

use crate::diagnosis::Diagnosis;
use crate::journal::Refused;

/// A machine-readable code (D.12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the codes of protocol reference D.12, spelt our way")]
pub enum Code {
    AppidMchidNotMatch,
    AppidNotExist,
    BillCreating,
    BizerrNeedRetry,
    Error,
    FrequencyLimited,
    InvalidReqTooMuch,
    InvalidRequest,
    InvalidTransactionid,
    LackParams,
    MchidNotExist,
    Noauth,
    NoBillExist,
    NotUtf8,
    Notenough,
    OrderClosed,
    OrderNotExist,
    OrderPaid,
    OutTradeNoUsed,
    ParamError,
    PostDataEmpty,
    RefundFeeMismatch,
    RefundNotExist,
    RequirePostMethod,
    SignError,
    SystemError,
    TradeOverdue,
    TradeStateError,
    UserAccountAbnormal,
    XmlFormatError,
}

impl Code {
    /// As it stands in `err_code`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AppidMchidNotMatch => "APPID_MCHID_NOT_MATCH",
            Self::AppidNotExist => "APPID_NOT_EXIST",
            Self::BillCreating => "BILL_CREATING",
            Self::BizerrNeedRetry => "BIZERR_NEED_RETRY",
            Self::Error => "ERROR",
            Self::FrequencyLimited => "FREQUENCY_LIMITED",
            Self::InvalidReqTooMuch => "INVALID_REQ_TOO_MUCH",
            Self::InvalidRequest => "INVALID_REQUEST",
            Self::InvalidTransactionid => "INVALID_TRANSACTIONID",
            Self::LackParams => "LACK_PARAMS",
            Self::MchidNotExist => "MCHID_NOT_EXIST",
            Self::Noauth => "NOAUTH",
            Self::NoBillExist => "NO_BILL_EXIST",
            Self::NotUtf8 => "NOT_UTF8",
            Self::Notenough => "NOTENOUGH",
            Self::OrderClosed => "ORDERCLOSED",
            Self::OrderNotExist => "ORDERNOTEXIST",
            Self::OrderPaid => "ORDERPAID",
            Self::OutTradeNoUsed => "OUT_TRADE_NO_USED",
            Self::ParamError => "PARAM_ERROR",
            Self::PostDataEmpty => "POST_DATA_EMPTY",
            Self::RefundFeeMismatch => "REFUND_FEE_MISMATCH",
            Self::RefundNotExist => "REFUNDNOTEXIST",
            Self::RequirePostMethod => "REQUIRE_POST_METHOD",
            Self::SignError => "SIGNERROR",
            Self::SystemError => "SYSTEMERROR",
            Self::TradeOverdue => "TRADE_OVERDUE",
            Self::TradeStateError => "TRADE_STATE_ERROR",
            Self::UserAccountAbnormal => "USER_ACCOUNT_ABNORMAL",
            Self::XmlFormatError => "XML_FORMAT_ERROR",
        }
    }
}

/// On which level it is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// `return_code`: unsigned, only words.
    Message,
    /// `result_code`: signed, with `err_code`.
    Business,
}

/// A refusal, ready to be written as an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// Where it is said.
    pub level: Level,
    /// What programs read; on the level of the message it shows in the journal only.
    pub code: Code,
    /// What people read, in Chinese.
    pub words: String,
    /// The field that it is about.
    pub field: Option<String>,
    /// What to mend, in English, for the journal.
    pub why: String,
    /// `error_code`, which a bill's failure has in place of all that (D.11).
    pub error_code: Option<&'static str>,
    /// What was found about the sign, if it is about that.
    pub signature: Option<Box<Diagnosis>>,
}

impl Refusal {
    /// About the message.
    pub fn message(code: Code, words: impl Into<String>, why: impl Into<String>) -> Self {
        let (words, why) = (words.into(), why.into());
        Self {
            level: Level::Message,
            code,
            words,
            field: None,
            why,
            error_code: None,
            signature: None,
        }
    }

    /// About the business.
    pub fn business(code: Code, words: impl Into<String>, why: impl Into<String>) -> Self {
        Self { level: Level::Business, ..Self::message(code, words, why) }
    }

    /// The same, about one field.
    #[must_use]
    pub fn about(self, field: &str) -> Self {
        Self { field: Some(field.to_owned()), ..self }
    }

    /// With what was found about the sign, if it is about that.
    #[must_use]
    pub fn diagnosed(self, diagnose: impl FnOnce() -> Diagnosis) -> Self {
        let signature = (self.code == Code::SignError).then(|| Box::new(diagnose()));
        Self { signature, ..self }
    }

    /// As the journal keeps it.
    pub fn explained(&self) -> Refused {
        Refused {
            status: 200,
            code: Some(self.code.name().to_owned()),
            field: self.field.clone(),
            why: self.why.clone(),
            signature: None,
        }
        .with(self.signature.as_deref().cloned())
    }

    /// A field that must be there and is not (D.12: 缺少必要的请求参数).
    pub fn lacks(field: &str) -> Self {
        let why = format!("The field {field} is required and is missing or empty.");
        Self::business(Code::LackParams, format!("缺少参数{field}"), why).about(field)
    }

    /// A field with a value that it cannot have. `rule` goes on after "The field … ".
    pub fn wrong(field: &str, rule: &str) -> Self {
        let why = format!("The field {field} {rule}");
        Self::business(Code::InvalidRequest, format!("参数错误：{field}"), why).about(field)
    }

    /// Something broke here; whether it took effect is unknown.
    pub fn system_error() -> Self {
        let why = "The sandbox could not write to its disk. Whether the call took effect is \
                   unknown: ask, then repeat it unchanged.";
        Self::business(Code::SystemError, "系统错误", why)
    }
}
