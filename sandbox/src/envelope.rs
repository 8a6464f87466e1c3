//! What a notification looks like on the wire: sealed, signed, and spoilt where that was asked for.
//!
//! Each try has a fresh nonce inside and outside (protocol reference C.1, C.3). Whatever a fault
//! does before signing is rightly signed: what does not verify is one of [`Flaw`]'s.

use axum::body::Bytes;
use serde::Serialize;
use serde_json::{Value, json};
use wechatpay::crypto::ApiV3Key;

use crate::client::Message;
use crate::dice;
use crate::fault::Kind;
use crate::keys::{PlatformKey, seal};
use crate::letter::Answer;
use crate::notification::{Form, Notification, Outcome};
use crate::time;
use crate::v2::{self, payment_notice};
use crate::v3::reply::{Flaw, Proof, proof_headers};

/// How far off a stale or a future message is dated: twice the window that merchants must keep.
const MISDATED_BY_S: i64 = 600;

/// What a parser has never seen, for `extra-fields`.
const EXTRA: &str = "added_by_the_sandbox";

/// Who writes, and how.
#[derive(Clone, Copy)]
pub struct Hand<'a> {
    /// Signs.
    pub key: &'a PlatformKey,
    /// Seals.
    pub api_v3_key: &'a ApiV3Key,
    /// Signs and seals what is told over V2.
    pub api_v2_key: &'a str,
    /// What to do wrong.
    pub fault: Option<Kind>,
    /// The wall clock.
    pub now: i64,
}

#[derive(Serialize)]
struct Envelope<'a> {
    id: &'a str,
    create_time: String,
    resource_type: &'static str,
    event_type: &'a str,
    summary: &'a str,
    resource: Resource<'a>,
}

#[derive(Serialize)]
struct Resource<'a> {
    original_type: &'a str,
    algorithm: &'static str,
    ciphertext: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    associated_data: Option<&'a str>,
    nonce: &'a str,
}

/// A try, rightly made or spoilt as asked; `None` only if it cannot be sealed.
pub fn message(told: &Notification, hand: Hand<'_>) -> Option<Message> {
    match told.event.form {
        Form::V3 => {}
        Form::V2Payment(sign_type) => {
            return payment_notice::message(told, sign_type, hand.api_v2_key, hand.fault);
        }
        Form::V2Refund => return v2::refund::message(told, hand.api_v2_key, hand.fault),
    }
    let Hand { key, api_v3_key, fault, now, .. } = hand;
    let mut body = envelope(told, api_v3_key, &dice::letters(12), fault)?;
    let proof = match (fault, fault.and_then(Flaw::of)) {
        (_, Some(flaw)) => Proof::Flawed(key, now, flaw),
        (Some(Kind::HeadersMissing), _) => Proof::Nothing,
        (Some(Kind::Stale), _) => Proof::Signed(key, now - MISDATED_BY_S),
        (Some(Kind::Future), _) => Proof::Signed(key, now + MISDATED_BY_S),
        _ => Proof::Signed(key, now),
    };
    let mut headers = proof_headers(proof, body.as_bytes(), 12);
    if fault == Some(Kind::Tampered) {
        body = damaged(&body);
    }
    headers.extend(payment_notice::told_by());
    let (url, content_type) = (told.notify_url.clone(), "application/json");
    Some(Message { url, content_type, headers, body: Bytes::from(body) })
}

/// What an answer comes to: in V3's form its status alone, in V2's what it says.
pub fn outcome(told: &Notification, outcome: Outcome, answer: Option<&Answer>) -> Outcome {
    match told.event.form {
        Form::V3 => outcome,
        Form::V2Payment(_) | Form::V2Refund => payment_notice::outcome(outcome, answer),
    }
}

/// The body of one try; `None` only for a nonce of another length than GCM's.
fn envelope(
    told: &Notification,
    api_v3_key: &ApiV3Key,
    nonce: &str,
    fault: Option<Kind>,
) -> Option<String> {
    let event = &told.event;
    let bytes = <&[u8; 12]>::try_from(nonce.as_bytes()).ok()?;
    let associated_data = match fault {
        Some(Kind::EmptyAssociatedData) => Some(""),
        Some(Kind::MissingAssociatedData) => None,
        _ => Some(event.original_type.as_str()),
    };
    let plaintext = match fault {
        Some(Kind::AmountChanged) => one_fen_more(&event.plaintext),
        Some(Kind::ExtraFields) => with_extra(&event.plaintext, &[""]),
        _ => event.plaintext.clone(),
    };
    let foreign_key;
    let key = if fault == Some(Kind::OtherKey) {
        foreign_key = ApiV3Key::parse(&dice::letters(32)).ok()?;
        &foreign_key
    } else {
        api_v3_key
    };
    let envelope = Envelope {
        id: &told.id,
        create_time: time::beijing(told.created_at),
        resource_type: "encrypt-resource",
        event_type: &event.event_type,
        summary: &event.summary,
        resource: Resource {
            original_type: &event.original_type,
            algorithm: "AEAD_AES_256_GCM",
            ciphertext: seal(key, bytes, associated_data.unwrap_or_default(), &plaintext)?,
            associated_data,
            nonce,
        },
    };
    let body = serde_json::to_string(&envelope).ok()?;
    Some(match fault {
        Some(Kind::ExtraFields) => with_extra(&body, &["", "/resource"]),
        Some(Kind::Damaged) => damaged(&body),
        Some(Kind::Whitespace) => serde_json::to_string_pretty(&envelope).ok()? + "\n",
        _ => body,
    })
}

/// A JSON text with a new field in each of the objects named by JSON pointers.
fn with_extra(text: &str, pointers: &[&str]) -> String {
    let Ok(mut value) = serde_json::from_str::<Value>(text) else { return text.to_owned() };
    for pointer in pointers {
        if let Some(object) = value.pointer_mut(pointer).and_then(Value::as_object_mut) {
            object.insert(EXTRA.to_owned(), json!({ "list": [1, null, "红茶"] }));
        }
    }
    value.to_string()
}

/// A JSON text with every number of its `amount` one fen higher.
fn one_fen_more(text: &str) -> String {
    let Ok(mut value) = serde_json::from_str::<Value>(text) else { return text.to_owned() };
    if let Some(amount) = value.get_mut("amount").and_then(Value::as_object_mut) {
        for number in amount.values_mut() {
            if let Some(fen) = number.as_u64() {
                *number = json!(fen.saturating_add(1));
            }
        }
    }
    value.to_string()
}

/// The body with one character of its ciphertext exchanged, still Base64 and still JSON.
fn damaged(body: &str) -> String {
    const MARK: &str = "\"ciphertext\":\"";
    let Some((before, after)) = body.split_once(MARK) else { return body.to_owned() };
    let mut letters = after.chars();
    let other = if letters.next() == Some('A') { 'B' } else { 'A' };
    format!("{before}{MARK}{other}{}", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notification::tests::notification;

    const VECTOR: &str = include_str!("../tests/vectors/notification_transaction.json");
    const PARTNER: &str = include_str!("../tests/vectors/notification_transaction_partner.json");
    const REFUND: &str = include_str!("../tests/vectors/notification_refund.json");
    const EMPTY_AAD: &str = include_str!("../tests/vectors/notification_empty_aad.json");

    fn key() -> ApiV3Key {
        ApiV3Key::parse(&"k".repeat(32)).unwrap()
    }

    fn spoilt(told: &Notification, fault: Option<Kind>) -> Value {
        let body = envelope(told, &key(), "abcdefghijkl", fault).unwrap();
        serde_json::from_str(&body).unwrap()
    }

    fn opened(body: &Value) -> Value {
        use base64::Engine;
        let resource = &body["resource"];
        let sealed = base64::prelude::BASE64_STANDARD
            .decode(resource["ciphertext"].as_str().unwrap())
            .unwrap();
        let associated_data = resource["associated_data"].as_str().unwrap_or_default();
        let plain = key().open(b"abcdefghijkl", associated_data.as_bytes(), &sealed).unwrap();
        serde_json::from_slice(&plain).unwrap()
    }

    /// Protocol reference G.6, G.7, to the last byte.
    #[track_caller]
    fn is_written_as_in(vector: &str, mut told: Notification, nonce: &str) {
        let vector: Value = serde_json::from_str(vector).unwrap();
        told.event.plaintext = vector["expected_plaintext"].as_str().unwrap().to_owned();
        let key = ApiV3Key::parse(vector["api_v3_key"].as_str().unwrap()).unwrap();
        let body = envelope(&told, &key, nonce, None);
        assert_eq!(body.unwrap(), vector["body"].as_str().unwrap());
    }

    #[test]
    fn a_notification_is_written_as_in_the_reference() {
        is_written_as_in(VECTOR, notification(1_735_701_631), "abcdefghijkl");

        let id = |last| format!("11111111-2222-5333-8444-55555555555{last}");
        let partners = Notification { id: id('6'), ..notification(1_735_701_632) };
        is_written_as_in(PARTNER, partners, "abcdefghijkm");

        let mut refund = Notification { id: id('7'), ..notification(1_735_704_005) };
        refund.event.event_type = "REFUND.SUCCESS".into();
        refund.event.original_type = "refund".into();
        refund.event.summary = "退款成功".into();
        is_written_as_in(REFUND, refund, "abcdefghijkn");
    }

    #[test]
    fn empty_associated_data_is_sealed_as_in_the_reference() {
        let vector: Value = serde_json::from_str(EMPTY_AAD).unwrap();
        let body: Value = serde_json::from_str(vector["body"].as_str().unwrap()).unwrap();
        let mut told = notification(1_735_701_633);
        told.id = body["id"].as_str().unwrap().to_owned();
        told.event.plaintext = vector["expected_plaintext"].as_str().unwrap().to_owned();
        let key = ApiV3Key::parse(vector["api_v3_key"].as_str().unwrap()).unwrap();
        let nonce = body["resource"]["nonce"].as_str().unwrap();
        let made = envelope(&told, &key, nonce, Some(Kind::EmptyAssociatedData)).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&made).unwrap(), body);
    }

    #[test]
    fn missing_associated_data_is_absent_and_sealed_as_empty() {
        let mut told = notification(0);
        told.event.plaintext = r#"{"a":1}"#.to_owned();
        let body = spoilt(&told, Some(Kind::MissingAssociatedData));
        assert_eq!(body["resource"].get("associated_data"), None);
        assert_eq!(opened(&body), json!({ "a": 1 }));
    }

    #[test]
    fn a_changed_amount_changes_nothing_else() {
        let mut told = notification(0);
        told.event.plaintext =
            r#"{"amount":{"currency":"CNY","payer_total":1,"total":1234},"total":5}"#.to_owned();
        let body = spoilt(&told, Some(Kind::AmountChanged));
        let expected = json!({
            "amount": { "currency": "CNY", "payer_total": 2, "total": 1235 }, "total": 5
        });
        assert_eq!(opened(&body), expected);
    }

    #[test]
    fn extra_fields_are_at_every_depth_and_replace_nothing() {
        let mut told = notification(0);
        told.event.plaintext = r#"{"a":1}"#.to_owned();
        let (plain, mut extra) = (spoilt(&told, None), spoilt(&told, Some(Kind::ExtraFields)));
        assert_eq!(opened(&extra)["a"], 1);
        assert!(opened(&extra)[EXTRA].is_object());
        assert!(extra["resource"].as_object_mut().unwrap().remove(EXTRA).is_some());
        assert!(extra.as_object_mut().unwrap().remove(EXTRA).is_some());
        extra["resource"]["ciphertext"] = plain["resource"]["ciphertext"].clone();
        assert_eq!(extra, plain);
    }

    #[test]
    fn tampering_changes_the_sealed_part_and_keeps_it_readable() {
        let told = notification(0);
        let body = envelope(&told, &key(), "abcdefghijkl", None).unwrap();
        let (good, bad): (Value, Value) =
            (serde_json::from_str(&body).unwrap(), serde_json::from_str(&damaged(&body)).unwrap());
        assert_ne!(good["resource"]["ciphertext"], bad["resource"]["ciphertext"]);
        assert_eq!(good["resource"]["nonce"], bad["resource"]["nonce"]);
    }
}
