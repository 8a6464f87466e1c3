//! Why a call was refused, in English, for whoever has to mend it.
//!
//! What the platform says is Chinese, short, and partly about something else than it seems; the
//! words here say which rule it is and what to send instead. They are read from the answer itself,
//! so that every answer has some.

use serde::Deserialize;
use serde_json::Value;

use super::words::{RULES, by_code};
use super::{Refused, paths};
use crate::diagnosis::Diagnosis;
use crate::fault::Kind;

/// Of a value, so many characters are repeated.
const VALUE_CHARS_MAX: usize = 40;

/// Of a field's name, so many characters are repeated: the merchant chose it.
const FIELD_CHARS_MAX: usize = 200;

/// The call that was refused.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// As sent.
    pub method: &'a str,
    /// Path and query.
    pub target: &'a str,
    /// What was asked for beforehand.
    pub fault: Option<Kind>,
}

/// An answer that says no.
#[derive(Debug, Default, Deserialize)]
struct Said {
    code: Option<String>,
    #[serde(default)]
    message: String,
    #[serde(default)]
    detail: Detail,
}

#[derive(Debug, Default, Deserialize)]
struct Detail {
    field: Option<String>,
    value: Option<Value>,
    location: Option<String>,
}

/// Explains an answer of this status and body.
pub fn refused(status: u16, body: &[u8], call: Call<'_>) -> Refused {
    let mut said: Said = serde_json::from_slice(body).unwrap_or_default();
    said.detail.field = said.detail.field.map(|name| name.chars().take(FIELD_CHARS_MAX).collect());
    let fault = call.fault.filter(|fault| fault.refuses(said.code.as_deref()));
    let why = match (fault, &said.code) {
        (Some(fault), _) => by_fault(fault),
        (None, None) => without_code(status, call),
        (None, Some(code)) => explained(code, &said),
    };
    Refused { status, code: said.code, field: said.detail.field, why, signature: None }
}

fn by_fault(fault: Kind) -> String {
    let name = fault.name();
    format!(
        "The fault {name:?} that was asked for made this answer; nothing is wrong with the call."
    )
}

impl Refused {
    /// With the fault as the reason, if it is one that refuses.
    pub fn by(self, fault: Kind) -> Self {
        let is_its_doing = fault.refuses(self.code.as_deref());
        if is_its_doing { Self { why: by_fault(fault), signature: None, ..self } } else { self }
    }

    /// With what was found about the signature, which then is the reason.
    pub fn with(self, diagnosis: Option<Diagnosis>) -> Self {
        match diagnosis {
            Some(found) => Self { why: found.words.clone(), signature: Some(found), ..self },
            None => self,
        }
    }
}

fn without_code(status: u16, call: Call<'_>) -> String {
    match status {
        400 => {
            "The body broke off: fewer bytes came than Content-Length says. It counts bytes, not \
                characters."
                .to_owned()
        }
        404 => paths::unknown(call.target),
        405 => paths::other_method(call.method, call.target),
        413 => "The body is longer than 256 KiB; no call takes that much.".to_owned(),
        _ => format!("The answer is {status} without a code."),
    }
}

fn explained(code: &str, said: &Said) -> String {
    let rule = RULES.iter().find(|(chinese, _)| said.message.contains(chinese));
    match (&said.detail.field, rule) {
        // A whole sentence needs no field before it.
        (_, Some((_, words))) if words.starts_with(char::is_uppercase) => (*words).to_owned(),
        (Some(field), Some((_, rule))) => {
            let place = match said.detail.location.as_deref() {
                Some("query") => "The query parameter",
                Some("header") => "The header",
                Some("path") => "The path's",
                _ => "The field",
            };
            format!("{place} {field}{} {rule}", shown(said.detail.value.as_ref()))
        }
        (None, Some((_, rule))) => format!("Something {rule}"),
        (Some(field), None) => format!("{} It is about {field}: {}", by_code(code), said.message),
        (None, None) => by_code(code).to_owned(),
    }
}

fn shown(value: Option<&Value>) -> String {
    let text = match value {
        None => return String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    if text.is_empty() {
        return String::new();
    }
    let short: String = text.chars().take(VALUE_CHARS_MAX).collect();
    let more = if short.len() < text.len() { "…" } else { "" };
    format!(" (sent: {short:?}{more})")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v3::refusal::{Code, Place, Refusal, result};

    const CALL: Call<'_> = Call { method: "POST", target: "/v3/x", fault: None };

    #[test]
    fn every_code_has_words_of_its_own() {
        use Code::*;
        let all = [
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
            FrequencyLimited,
            SystemError,
            ServiceUnavailable,
            NoStatementExist,
            StatementCreating,
            MchNotExists,
            MchNotExistsToRefund,
            UserPaying,
        ];
        for code in all {
            let refusal = Refusal::new(code, result::PARAMETER, "");
            let refused = refused(code.status(), &refusal.body(), CALL);
            assert_eq!(refused.code.as_deref(), Some(code.name()));
            assert_ne!(refused.why, by_code("another"), "{code:?}");
        }
    }

    #[test]
    fn a_field_is_named_with_its_rule_and_what_was_sent() {
        let value = Value::from("12.34");
        let issue = "类型不正确，应为整数";
        let refusal = Refusal::parameter(Place::Body, "/amount/total", Some(&value), issue);
        let refused = refused(400, &refusal.body(), CALL);
        assert_eq!(refused.field.as_deref(), Some("/amount/total"));
        assert!(
            refused.why.starts_with("The field /amount/total (sent: \"12.34\") must be a whole"),
            "{}",
            refused.why
        );
    }

    #[test]
    fn of_a_long_name_only_the_beginning_is_kept() {
        let name = format!("/{}", "n".repeat(200_000));
        let body = Refusal::extra_parameter(Place::Body, &name).body();
        let refused = refused(400, &body, CALL);
        assert_eq!(refused.field.unwrap().len(), FIELD_CHARS_MAX);
        assert!(refused.why.len() < 1_000, "{}", refused.why.len());
    }

    #[test]
    fn what_was_asked_for_is_nobodys_mistake() {
        let call = Call { fault: Some(Kind::RateLimited), ..CALL };
        assert!(
            refused(429, b"{\"code\":\"FREQUENCY_LIMITED\"}", call).why.contains("rate-limited")
        );
        assert!(refused(502, b"<html>", call).why.contains("rate-limited"));
    }

    #[test]
    fn a_fault_that_only_spoils_the_answer_does_not_excuse_the_call() {
        let unknown = Refusal::new(Code::OrderNotExist, result::ORDER_UNKNOWN, "订单不存在").body();
        for fault in [Kind::Delayed, Kind::Unsigned, Kind::ProbeSigned, Kind::PaidFirst] {
            let refused = refused(404, &unknown, Call { fault: Some(fault), ..CALL });
            assert!(refused.why.starts_with("No such order"), "{fault:?}: {}", refused.why);
        }
        let paid = Refusal::new(Code::OrderPaid, result::ORDER_PAID, "该订单已支付").body();
        let refused = refused(400, &paid, Call { fault: Some(Kind::PaidFirst), ..CALL });
        assert!(refused.why.contains("nothing is wrong with the call"), "{}", refused.why);
    }
}
