//! A POST to the notification address, at each of its three doors.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use checkout::refund::Standing;
use checkout::report::Report;
use serde_json::{Value, json};
use wechatpay::crypto::{ApiV3Key, ApiV3Keys};
use wechatpay::http::Headers;
use wechatpay::key::public_key_der;
use wechatpay::rustcrypto::{PublicKey, RustCrypto, seal};
use wechatpay::v3::notification::{Event, Notification, NotificationError, Receiver, read};
use wechatpay::v3::verify::PlatformKeys;

use crate::platform::{API_V3_KEY, Credulous, NOW, any_key, plain, plausible_headers, ready};

/// Between the headers and the body of an input.
const END_OF_HEADERS: &[u8] = b"\n\n";

/// The genuine notifications among the seeds that are of [`NOW`]'s five minutes, by one key.
const GENUINE: [&str; 3] = [
    include_str!("../../tests/vectors/notification_transaction.json"),
    include_str!("../../tests/vectors/notification_transaction_no_associated_data.json"),
    include_str!("../../tests/vectors/notification_transaction_partner.json"),
];

/// Headers and body as anybody may send them, against the platform's real key. Whatever is believed
/// must have a genuine body, to the byte.
pub fn forged(data: &[u8]) {
    let at = data.windows(END_OF_HEADERS.len()).position(|window| window == END_OF_HEADERS);
    let Some((head, body)) = at.map(|at| (&data[..at], &data[at + END_OF_HEADERS.len()..])) else {
        return;
    };
    let Ok(head) = str::from_utf8(head) else { return };
    let headers: Headers = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let genuine = GENUINE.map(vector);
    let [first, ..] = &genuine;
    let der = public_key_der(text(&first["public_key_pem"])).expect("a vector's key");
    let mut keys = PlatformKeys::new();
    let serial = text(&first["headers"]["Wechatpay-Serial"]);
    keys.insert(serial, PublicKey::from_spki_der(&der).expect("a vector's key"));
    let api_v3_keys = ApiV3Keys::parse(API_V3_KEY).expect("a key");
    let receiver = Receiver { keys: &keys, api_v3_keys: &api_v3_keys };
    if ready(read(&RustCrypto, &receiver, &headers, body, NOW)).is_ok() {
        let is_genuine = genuine.iter().any(|one| text(&one["body"]).as_bytes() == body);
        assert!(is_genuine, "a forgery was believed");
    }
}

fn vector(json: &str) -> Value {
    serde_json::from_str(json).expect("a vector is JSON")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a vector's text")
}

/// A body that is believed: what only the platform could have sent, or whoever broke its key.
pub fn envelope(body: &[u8]) {
    if let (Ok(notification), Some(plain)) = (hear(body), plain(body)) {
        assert_eq!(plain["id"], notification.id);
        assert_eq!(plain["create_time"], notification.create_time);
    }
}

/// A sealed resource of any event: its plaintext is all that the fuzzer writes.
pub fn resource(plaintext: &[u8]) {
    let api_v3_key = ApiV3Key::parse(API_V3_KEY).expect("a key");
    let (nonce, aad) = (b"abcdefghijkl", "transaction");
    let sealed = seal(&api_v3_key, nonce, aad.as_bytes(), plaintext).expect("it fits");
    for (event_type, original_type) in EVENTS {
        let body = json!({
            "id": "1",
            "create_time": "2025-01-01T11:20:31+08:00",
            "event_type": event_type,
            "resource_type": "encrypt-resource",
            "summary": "",
            "resource": {
                "original_type": original_type,
                "algorithm": "AEAD_AES_256_GCM",
                "ciphertext": STANDARD.encode(&sealed),
                "associated_data": aad,
                "nonce": "abcdefghijkl",
            },
        });
        if let Ok(notification) = hear(body.to_string().as_bytes()) {
            says_what_was_sealed(&notification.event, plaintext);
        }
    }
}

/// Every event that is opened.
const EVENTS: [(&str, &str); 3] = [
    ("TRANSACTION.SUCCESS", "transaction"),
    ("REFUND.SUCCESS", "refund"),
    ("SECURITY_ECHO.SUCCESS", "security"),
];

fn hear(body: &[u8]) -> Result<Notification, NotificationError> {
    let api_v3_keys = ApiV3Keys::parse(API_V3_KEY).expect("a key");
    let keys = any_key();
    let receiver = Receiver { keys: &keys, api_v3_keys: &api_v3_keys };
    ready(read(&Credulous, &receiver, &plausible_headers(), body, NOW))
}

/// Nothing that matters to money is made up: each figure stands in the plaintext.
fn says_what_was_sealed(event: &Event, plaintext: &[u8]) {
    let Some(plain) = plain(plaintext) else { return };
    match event {
        Event::Transaction(transaction) => {
            assert_eq!(plain["out_trade_no"], transaction.out_trade_no());
            if let Report::Paid(receipt) = transaction.report() {
                assert!(matches!(plain["trade_state"].as_str(), Some("SUCCESS" | "REFUND")));
                assert_eq!(plain["transaction_id"], receipt.transaction_id);
                assert_eq!(plain["amount"]["total"], receipt.total);
                let currency = plain["amount"]["currency"].as_str().unwrap_or("CNY");
                assert_eq!(currency, receipt.currency);
            }
        }
        Event::Refund(notice) => {
            assert_eq!(plain["out_refund_no"], notice.out_refund_no);
            assert_eq!(plain["refund_id"], notice.fact.refund_id);
            assert_eq!(plain["transaction_id"], notice.fact.transaction_id);
            assert_eq!(plain["amount"]["refund"], notice.fact.amount);
            assert_eq!(plain["amount"]["total"], notice.fact.total);
            if notice.fact.standing == Standing::Success {
                assert!([&plain["refund_status"], &plain["status"]].contains(&&json!("SUCCESS")));
            }
        }
        Event::Echo(echoed) => assert_eq!(plain["echo_message"], echoed.message),
        Event::Other { .. } => {}
    }
}
