//! A V2 payment notification: fields that the order's method signs, anew at each try, and an answer
//! whose body counts (protocol reference D.2, D.7, G.13).

use axum::body::Bytes;

use super::fields::Fields;
use super::reply::{signed, tamper};
use super::sign::{SIGN, SignType};
use super::{transaction, xml};
use crate::client::Message;
use crate::dice;
use crate::fault::Kind;
use crate::letter::Answer;
use crate::notification::{Event, Form, Notification, Outcome};
use crate::order::Order;

/// What a parser has never seen, for `extra-fields`.
pub(super) const EXTRA: &str = "added_by_the_sandbox";
/// Stands in the way of whoever resolves it, for `doctype`.
pub(super) const DOCTYPE: &str = "<!DOCTYPE xml [<!ENTITY file SYSTEM \"file:///etc/passwd\">]>\n";

/// What the merchant is told when somebody has paid an order that was placed over V2.
pub fn event(order: &Order, sign_type: SignType) -> Event {
    let terms = &order.terms;
    let mut fields = Fields::new().with("appid", &terms.appid).with("mch_id", &terms.party.mchid);
    fields.push_if("sub_appid", terms.sub_appid.as_deref());
    fields.push_if("sub_mch_id", terms.party.sub_mchid.as_deref());
    fields.push_if("device_info", terms.device_id.as_deref());
    // Each try has one of its own.
    fields.push("nonce_str", "");
    fields.push("result_code", "SUCCESS");
    fields.push("return_code", "SUCCESS");
    fields.append(transaction::told(order).unwrap_or_default());
    Event {
        event_type: "TRANSACTION.SUCCESS".to_owned(),
        original_type: "transaction".to_owned(),
        summary: "支付成功".to_owned(),
        plaintext: xml::write(&fields),
        form: Form::V2Payment(sign_type),
    }
}

/// A try, rightly made or spoilt as asked; `None` only if what is kept is not ours.
pub fn message(
    told: &Notification,
    sign_type: SignType,
    key: &str,
    fault: Option<Kind>,
) -> Option<Message> {
    let mut fields = xml::read(told.event.plaintext.as_bytes()).ok()?;
    fields.set("nonce_str", dice::letters(32));
    let body = body(fields, sign_type, key, fault);
    Some(Message {
        url: told.notify_url.clone(),
        content_type: "text/xml",
        headers: told_by(),
        body: Bytes::from(body),
    })
}

/// As a genuine one of APIv3 has them; nothing of V2's is published (C.1).
pub fn told_by() -> Vec<(&'static str, String)> {
    [
        ("user-agent", "Mozilla/4.0"),
        ("accept", "*/*"),
        ("cache-control", "no-cache"),
        ("pragma", "no-cache"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .into()
}

fn body(mut fields: Fields, sign_type: SignType, key: &str, fault: Option<Kind>) -> String {
    match fault {
        Some(Kind::AmountChanged) => one_fen_more(&mut fields),
        Some(Kind::ExtraFields) => fields.push(EXTRA, "红茶 & <list>"),
        _ => {}
    }
    let other_key;
    let key = if fault == Some(Kind::OtherKey) {
        other_key = dice::letters(32);
        &other_key
    } else {
        key
    };
    let sign_type = if fault == Some(Kind::OtherSignType) { sign_type.other() } else { sign_type };
    let mut fields = signed(fields, key, sign_type);
    match fault {
        Some(Kind::HeadersMissing) => fields.remove(SIGN),
        Some(Kind::WrongSignature) => {
            let digits = fields.get(SIGN).map_or(0, str::len);
            fields.set(SIGN, dice::hex(digits));
        }
        Some(Kind::Tampered) => tamper(&mut fields),
        _ => {}
    }
    let text = xml::write(&fields);
    match fault {
        Some(Kind::Doctype) => DOCTYPE.to_owned() + &text,
        Some(Kind::Whitespace) => text.replace("\n<", "\r\n\r\n    <") + "\r\n",
        _ => text,
    }
}

/// Every amount one fen higher.
fn one_fen_more(fields: &mut Fields) {
    for name in ["total_fee", "settlement_total_fee", "cash_fee"] {
        let amount = fields.get(name).and_then(|amount| amount.parse::<u64>().ok());
        if let Some(amount) = amount {
            fields.set(name, amount.saturating_add(1).to_string());
        }
    }
}

/// Whether the merchant took it: only a 200 whose `return_code` is `SUCCESS` says so. Everything
/// else makes the platform tell it again (D.7).
pub fn outcome(outcome: Outcome, answer: Option<&Answer>) -> Outcome {
    let Outcome::Status(200) = outcome else { return outcome.not_taken() };
    let body = answer.map(|answer| answer.body.as_bytes()).unwrap_or_default();
    let words = match xml::read(body) {
        Ok(fields) if fields.get("return_code") == Some("SUCCESS") => return outcome,
        Ok(fields) => {
            let (code, words) = (fields.get("return_code"), fields.get("return_msg"));
            let (code, words) = (code.unwrap_or("missing"), words.unwrap_or_default());
            format!("return_code is {code}, not SUCCESS: {words}")
        }
        Err(bad) => format!("the answer is not <xml> with a return_code: {bad}"),
    };
    Outcome::NotTaken { status: 200, words }
}

#[cfg(test)]
mod tests;
