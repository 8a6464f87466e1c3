//! From a POST by anybody to a receipt: what is genuine is read, and everything else is refused
//! at the first step that can know.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use checkout::time::{Seconds, UnixSeconds};
use serde_json::{Value, json};
use wechatpay::crypto::{ApiV3Key, ApiV3Keys, Unsealable};
use wechatpay::http::Headers;
use wechatpay::rustcrypto::{PublicKey, RustCrypto, seal};
use wechatpay::v3::malformed::{Malformed, Part};
use wechatpay::v3::message::reply_message;
use wechatpay::v3::notification::{Event, Notification, NotificationError, Receiver, read};
use wechatpay::v3::transaction::TradeState;
use wechatpay::v3::verify::{Distrust, PlatformKeys};

use super::tamper::{flip, flip_text, headers, signed_at, with, without};
use super::vector::{self, Named};
use super::{platform, private_key, ready};

/// A vector, its keys imported once.
struct Shop {
    vector: vector::Notification,
    keys: PlatformKeys<PublicKey>,
}

impl Shop {
    fn all() -> Vec<Named<Self>> {
        let all = vector::all::<vector::Notification>("notification");
        all.into_iter()
            .map(|Named { name, vector }| Named { name, vector: Self::new(vector) })
            .collect()
    }

    #[track_caller]
    fn named(name: &str) -> Self {
        Self::all().into_iter().find(|one| one.name == name).unwrap().vector
    }

    fn new(vector: vector::Notification) -> Self {
        let keys = platform(&vector.headers["Wechatpay-Serial"], &vector.public_key_pem);
        Self { vector, keys }
    }

    fn hear(&self, headers: &Headers, body: &[u8]) -> Result<Notification, NotificationError> {
        let api_v3_keys = ApiV3Keys::parse(&self.vector.api_v3_key).unwrap();
        let receiver = Receiver { keys: &self.keys, api_v3_keys: &api_v3_keys };
        ready(read(&RustCrypto, &receiver, headers, body, signed_at(&self.vector.headers)))
    }

    /// Hears `body` under a genuine signature: what only the platform could have sent.
    fn hear_signed(&self, body: &[u8]) -> Result<Notification, NotificationError> {
        let map = &self.vector.headers;
        let lines = reply_message(&map["Wechatpay-Timestamp"], &map["Wechatpay-Nonce"], body);
        let signature = private_key(&self.vector.platform_private_key_pem).sign(&lines).unwrap();
        self.hear(&with(map, "Wechatpay-Signature", &STANDARD.encode(signature)), body)
    }

    /// The vector's body with its resource changed.
    fn with_resource(&self, change: impl FnOnce(&mut Value)) -> Vec<u8> {
        let mut body: Value = serde_json::from_str(&self.vector.body).unwrap();
        change(&mut body["resource"]);
        serde_json::to_vec(&body).unwrap()
    }

    /// A genuine notification of any transaction.
    fn hear_transaction(&self, transaction: &Value) -> Result<Notification, NotificationError> {
        let key = ApiV3Key::parse(&self.vector.api_v3_key).unwrap();
        let text = transaction.to_string();
        let sealed = seal(&key, b"abcdefghijkl", b"transaction", text.as_bytes()).unwrap();
        self.hear_signed(&self.with_resource(|resource| {
            resource["nonce"] = json!("abcdefghijkl");
            resource["associated_data"] = json!("transaction");
            resource["ciphertext"] = json!(STANDARD.encode(sealed));
        }))
    }
}

const PAYMENT: &str = "notification_transaction.json";

#[test]
fn genuine_notifications_are_read() {
    for Named { name, vector: shop } in Shop::all() {
        let (vector, map) = (&shop.vector, &shop.vector.headers);
        let lines = reply_message(
            &map["Wechatpay-Timestamp"],
            &map["Wechatpay-Nonce"],
            vector.body.as_bytes(),
        );
        assert_eq!(String::from_utf8(lines).unwrap(), vector.message, "{name}");
        let heard = shop.hear(&headers(map), vector.body.as_bytes()).unwrap();
        assert_eq!(heard.id, vector.notification_id, "{name}");
        match (&heard.event, &vector.report) {
            (Event::Transaction(transaction), Some(report)) => {
                assert_eq!(transaction.state(), &TradeState::Success, "{name}");
                let found = serde_json::to_value(transaction.report()).unwrap();
                assert_eq!(&found, report, "{name}");
            }
            (Event::Refund(notice), Some(report)) => {
                assert_eq!(notice.out_refund_no, "R20250101000001", "{name}");
                assert_eq!(&serde_json::to_value(&notice.fact).unwrap(), report, "{name}");
            }
            (Event::Echo(_), None) => assert_eq!(vector.event_type, "SECURITY_ECHO.SUCCESS"),
            (Event::Other { event_type }, None) => assert_eq!(event_type, &vector.event_type),
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn what_is_sealed_is_what_was_published() {
    for Named { name, vector: shop } in Shop::all() {
        let body: Value = serde_json::from_str(&shop.vector.body).unwrap();
        let text = |field: &str| body["resource"][field].as_str().unwrap_or_default().as_bytes();
        let nonce: [u8; 12] = text("nonce").try_into().unwrap();
        let key = ApiV3Key::parse(&shop.vector.api_v3_key).unwrap();
        let plaintext = shop.vector.plaintext.as_bytes();
        let sealed = seal(&key, &nonce, text("associated_data"), plaintext).unwrap();
        assert_eq!(STANDARD.encode(sealed).as_bytes(), text("ciphertext"), "{name}");
    }
}

#[test]
fn one_flipped_bit_and_the_body_is_not_even_read() {
    for Named { name, vector: shop } in Shop::all() {
        let map = &shop.vector.headers;
        let body = shop.vector.body.as_bytes();
        let forged = Err(NotificationError::Distrust(Distrust::BadSignature));
        for at in 0..body.len() {
            assert_eq!(shop.hear(&headers(map), &flip(body, at)), forged, "{name}: byte {at}");
        }
        for (header, at) in [("Wechatpay-Nonce", 3), ("Wechatpay-Timestamp", 9)] {
            let changed = with(map, header, &flip_text(&map[header], at));
            assert_eq!(shop.hear(&changed, body), forged, "{name}: {header}");
        }
        let signature = STANDARD.decode(&map["Wechatpay-Signature"]).unwrap();
        for at in (0..signature.len()).step_by(5) {
            let changed = STANDARD.encode(flip(&signature, at));
            let changed = with(map, "Wechatpay-Signature", &changed);
            assert_eq!(shop.hear(&changed, body), forged, "{name}: signature byte {at}");
        }
    }
}

#[test]
fn distrust_comes_before_everything_that_reads() {
    let shop = Shop::named(PAYMENT);
    let map = &shop.vector.headers;
    let junk = b"<xml>not even JSON</xml>";
    let distrusts = [
        (without(map, "Wechatpay-Nonce"), Distrust::MissingHeader("Wechatpay-Nonce")),
        (with(map, "Wechatpay-Timestamp", "soon"), Distrust::BadTimestamp),
        (with(map, "Wechatpay-Timestamp", "1735701331"), Distrust::Stale { age: Seconds(300) }),
        (with(map, "Wechatpay-Signature", "WECHATPAY/SIGNTEST/%%%"), Distrust::Probe),
        (
            with(map, "Wechatpay-Signature-Type", "NONE"),
            Distrust::UnknownSignatureType("NONE".to_owned()),
        ),
        (with(map, "Wechatpay-Serial", "5DEA"), Distrust::UnknownSerial("5DEA".to_owned())),
        (with(map, "Wechatpay-Signature", "%%%"), Distrust::BadSignature),
        (headers(map), Distrust::BadSignature),
    ];
    for (headers, reason) in distrusts {
        assert_eq!(shop.hear(&headers, junk), Err(NotificationError::Distrust(reason)));
    }
}

#[test]
fn of_several_faults_the_cheapest_to_see_is_named() {
    let shop = Shop::named(PAYMENT);
    let mut map = shop.vector.headers.clone();
    let mut spoil = |header: &str, value: &str| {
        map.insert(header.to_owned(), value.to_owned());
        shop.hear(&headers(&map), b"")
    };
    let reason = |reason| Err(NotificationError::Distrust(reason));
    assert_eq!(spoil("Wechatpay-Signature", "%%%"), reason(Distrust::BadSignature));
    let serial = Distrust::UnknownSerial("X".to_owned());
    assert_eq!(spoil("Wechatpay-Serial", "X"), reason(serial));
    let scheme = Distrust::UnknownSignatureType("X".to_owned());
    assert_eq!(spoil("Wechatpay-Signature-Type", "X"), reason(scheme));
    assert_eq!(spoil("Wechatpay-Signature", "WECHATPAY/SIGNTEST/"), reason(Distrust::Probe));
    let age = signed_at(&shop.vector.headers) - UnixSeconds(0);
    assert_eq!(spoil("Wechatpay-Timestamp", "0"), reason(Distrust::Stale { age }));
    assert_eq!(spoil("Wechatpay-Timestamp", ""), reason(Distrust::BadTimestamp));
}

#[test]
fn one_flipped_bit_under_the_seal_and_it_does_not_open() {
    let shop = Shop::named(PAYMENT);
    let body: Value = serde_json::from_str(&shop.vector.body).unwrap();
    let sealed = STANDARD.decode(body["resource"]["ciphertext"].as_str().unwrap()).unwrap();
    let broken = Err(NotificationError::Unsealable(Unsealable::BadTag));
    let tag = sealed.len() - 16..sealed.len();
    for at in (0..sealed.len()).step_by(23).chain(tag) {
        let changed = shop.with_resource(|resource| {
            resource["ciphertext"] = json!(STANDARD.encode(flip(&sealed, at)));
        });
        assert_eq!(shop.hear_signed(&changed), broken, "sealed byte {at}");
    }
    for (field, text) in [("nonce", "abcdefghijkl"), ("associated_data", "transaction")] {
        for at in 0..text.len() {
            let flipped = flip_text(text, at);
            let changed = shop.with_resource(|resource| resource[field] = json!(flipped));
            assert_eq!(shop.hear_signed(&changed), broken, "{field} character {at}");
        }
    }
}

#[test]
fn a_resource_that_cannot_be_opened_says_why() {
    let shop = Shop::named(PAYMENT);
    let hear = |field: &str, value: Value| {
        let changed = shop.with_resource(|resource| resource[field] = value);
        shop.hear_signed(&changed).unwrap_err()
    };
    let unsealable = NotificationError::Unsealable;
    let sm4 = "AEAD_SM4_GCM".to_owned();
    assert_eq!(hear("algorithm", json!(sm4)), unsealable(Unsealable::UnknownAlgorithm(sm4)));
    let nonce = "0123456789abcdef";
    assert_eq!(hear("nonce", json!(nonce)), unsealable(Unsealable::BadNonce { bytes: 16 }));
    assert_eq!(hear("nonce", json!("")), unsealable(Unsealable::BadNonce { bytes: 0 }));
    assert_eq!(hear("ciphertext", json!("***")), unsealable(Unsealable::BadBase64));
    assert_eq!(hear("ciphertext", json!("QUJD")), unsealable(Unsealable::TooShort { bytes: 3 }));
    assert_eq!(hear("ciphertext", json!("")), unsealable(Unsealable::TooShort { bytes: 0 }));
}

#[test]
fn missing_and_empty_associated_data_are_the_same() {
    let shop = Shop::named("notification_transaction_no_associated_data.json");
    for change in [
        shop.with_resource(|resource| {
            resource.as_object_mut().unwrap().remove("associated_data").unwrap();
        }),
        shop.with_resource(|resource| resource["associated_data"] = Value::Null),
        shop.with_resource(|resource| resource["associated_data"] = json!("")),
    ] {
        assert!(matches!(shop.hear_signed(&change).unwrap().event, Event::Transaction(_)));
    }
}

#[test]
fn another_apiv3_key_opens_nothing() {
    let mut shop = Shop::named(PAYMENT);
    shop.vector.api_v3_key = "0123456789abcdefghijklmnopqrstuw".to_owned();
    let body = shop.vector.body.clone().into_bytes();
    let found = shop.hear(&headers(&shop.vector.headers), &body);
    assert_eq!(found, Err(NotificationError::Unsealable(Unsealable::BadTag)));
}

#[test]
fn while_the_apiv3_key_is_replaced_either_opens() {
    let mut shop = Shop::named(PAYMENT);
    let (right, other) = (shop.vector.api_v3_key.clone(), "0123456789abcdefghijklmnopqrstuw");
    let hear = |shop: &Shop| shop.hear(&headers(&shop.vector.headers), shop.vector.body.as_bytes());
    for both in [format!("{right} {other}"), format!("{other}\n{right}")] {
        shop.vector.api_v3_key = both;
        assert!(matches!(hear(&shop).unwrap().event, Event::Transaction(_)));
    }
    shop.vector.api_v3_key = format!("{other} {}", other.to_ascii_uppercase());
    assert_eq!(hear(&shop), Err(NotificationError::Unsealable(Unsealable::BadTag)));
}

#[test]
fn the_platforms_own_nonsense_is_malformed_and_names_the_place() {
    let shop = Shop::named(PAYMENT);
    let place = |line, column| {
        let part = Part::Notification;
        NotificationError::Malformed(Malformed::Json { part, line, column })
    };
    assert_eq!(shop.hear_signed(b"").unwrap_err(), place(1, 0));
    assert_eq!(shop.hear_signed(b"<xml/>").unwrap_err(), place(1, 1));
    assert_eq!(shop.hear_signed(b"{}").unwrap_err(), place(1, 2));
    let other = shop.with_resource(|resource| resource["original_type"] = json!("refund"));
    let reason = Malformed::OtherResource("refund".to_owned());
    assert_eq!(shop.hear_signed(&other), Err(NotificationError::Malformed(reason)));
    let no_resource = shop.with_resource(|resource| *resource = Value::Null);
    let found = shop.hear_signed(&no_resource);
    assert!(matches!(found, Err(NotificationError::Malformed(Malformed::Json { .. }))));
}

#[test]
fn other_events_are_named_and_not_opened() {
    let shop = Shop::named(PAYMENT);
    for event_type in ["REFUNDS", "SECURITY_ECHO.FAIL", "TRANSACTION.PAYFAIL", ""] {
        let body = json!({ "id": "1", "create_time": "", "event_type": event_type, "resource": 7 });
        let heard = shop.hear_signed(body.to_string().as_bytes()).unwrap();
        assert_eq!(heard.event, Event::Other { event_type: event_type.to_owned() });
    }
}

#[test]
fn a_payment_must_say_what_was_paid_and_to_whom() {
    let shop = Shop::named(PAYMENT);
    let whole: Value = serde_json::from_str(&shop.vector.plaintext).unwrap();
    assert!(shop.hear_transaction(&whole).is_ok());
    for field in ["transaction_id", "mchid", "appid", "amount"] {
        let mut less = whole.clone();
        less.as_object_mut().unwrap().remove(field).unwrap();
        let reason = Malformed::Incomplete(field);
        assert_eq!(shop.hear_transaction(&less), Err(NotificationError::Malformed(reason)));
    }
    let mut less = whole.clone();
    less["amount"].as_object_mut().unwrap().remove("total").unwrap();
    let reason = Malformed::Incomplete("amount.total");
    assert_eq!(shop.hear_transaction(&less), Err(NotificationError::Malformed(reason)));
    for total in [json!(-1), json!(1.5), json!("1234")] {
        let mut odd = whole.clone();
        odd["amount"]["total"] = total;
        let found = shop.hear_transaction(&odd);
        let place = |error: &NotificationError| {
            matches!(
                error,
                NotificationError::Malformed(Malformed::Json { part: Part::Transaction, .. })
            )
        };
        assert!(found.is_err_and(|error| place(&error)));
    }
}
