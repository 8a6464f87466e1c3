//! Every kind on notifications: what its words say, written down with the try, and then a genuine
//! one follows.
//!
//! The list of kinds is the sandbox's own. A kind for which there is no row here fails.

use rsa::pkcs1v15::VerifyingKey;
use rsa::pkcs8::DecodePublicKey;
use serde_json::{Value, json};

use super::stage::number;
use crate::shop::{Doorbell, Heard, Shop, is_signed_by};

/// Minutes, in seconds, that a stale or a future message is off, with room for a slow machine.
const MISDATED_S: std::ops::RangeInclusive<i64> = 590..=620;

#[tokio::test]
async fn every_kind_of_notification_is_as_its_words_say_and_followed_by_a_genuine_one() {
    let shop = Shop::open().await;
    let (_, said) = shop.control("GET", "faults", Value::Null).await;
    let mut routes = said["known"].as_array().unwrap().iter();
    let known = routes.find(|known| known["route"] == "notify").unwrap();
    for (case, kind) in known["kinds"].as_array().unwrap().iter().enumerate() {
        let name = kind["kind"].as_str().unwrap();
        if kind["words"].as_str().unwrap().starts_with("V2 only") {
            // It waits for a notification of that form; `v2::notices` has it.
            continue;
        }
        let mut fault = json!({ "route": "notify", "kind": name, "out_trade_no": number(case) });
        if !kind["delay_ms"].is_null() {
            fault["delay_ms"] = json!(20);
        }
        shop.fault(fault).await;
        // What is accepted at once would not come again, but for one kind.
        let bell = Doorbell::answering(if name == "repeated" { 204 } else { 401 }).await;
        let code = shop.place(&number(case), &bell.url).await;
        assert_eq!(shop.pay(&code).await.0, 200);
        shop.advance(0).await;
        let first = bell.heard();
        is_as_its_words_say(&shop, name, &first);
        bell.now_answers(204);
        shop.advance(15).await;
        let all = bell.heard();
        assert_eq!(all.len(), first.len() + 1, "{name}");
        let (status, opened) = proven(&shop, &all[first.len()]);
        assert!(status && opened.is_some(), "{name}");
        let told = shop.notification(&number(case)).await;
        assert_eq!(told["attempts"][0]["fault"], name);
        assert_eq!(
            (&told["state"], &told["attempts"][1]["fault"]),
            (&json!("accepted"), &Value::Null)
        );
    }
}

/// Whether it is genuine, and what it seals.
fn proven(shop: &Shop, heard: &Heard) -> (bool, Option<Value>) {
    (shop.is_genuine(&heard.headers, &heard.body), shop.opened(&heard.body))
}

fn header<'a>(heard: &'a Heard, name: &str) -> Option<&'a str> {
    heard.headers.get(name).map(|value| value.to_str().unwrap())
}

fn is_as_its_words_say(shop: &Shop, kind: &str, heard: &[Heard]) {
    let expected = match kind {
        "dropped" => 0,
        "duplicated" => 2,
        _ => 1,
    };
    assert_eq!(heard.len(), expected, "{kind}");
    match kind {
        "dropped" => {}
        "duplicated" => {
            assert!(heard.iter().all(|heard| proven(shop, heard).0));
            assert_ne!(heard[0].body, heard[1].body);
        }
        "tampered" | "probe-signed" | "probe-garbled" | "wrong-signature" => {
            let (is_genuine, opened) = proven(shop, &heard[0]);
            assert!(!is_genuine, "{kind}");
            assert_eq!(opened.is_none(), kind == "tampered");
            let signature = header(&heard[0], "wechatpay-signature").unwrap();
            let is_probe = signature.starts_with("WECHATPAY/SIGNTEST/");
            assert_eq!(is_probe, kind.starts_with("probe-"), "{kind}");
            assert_eq!(signature.contains('~'), kind == "probe-garbled");
        }
        "headers-missing" => {
            let mut names = heard[0].headers.keys().map(|name| name.as_str());
            assert!(names.all(|name| !name.starts_with("wechatpay-")));
            assert!(shop.opened(&heard[0].body).is_some());
        }
        "key-switch" => is_signed_by_the_certificate(shop, &heard[0]),
        "unknown-serial" => {
            let mut heard = heard[0].clone();
            let serial = header(&heard, "wechatpay-serial").unwrap();
            assert!(serial.len() == 40 && serial != shop.credentials.platform_certificate_serial);
            // Under its right name the same signature would do: only the name is wrong.
            let right = shop.credentials.platform_public_key_id.parse().unwrap();
            heard.headers.insert("wechatpay-serial", right);
            assert!(proven(shop, &heard).0);
        }
        _ => is_genuine_but_odd(shop, kind, &heard[0]),
    }
}

fn is_signed_by_the_certificate(shop: &Shop, heard: &Heard) {
    let serial = &shop.credentials.platform_certificate_serial;
    assert_eq!(header(heard, "wechatpay-serial"), Some(serial.as_str()));
    let pem = &shop.credentials.platform_certificate_pem;
    let certificate = wechatpay::key::Certificate::parse(pem).unwrap();
    let key = VerifyingKey::from_public_key_der(&certificate.spki_der).unwrap();
    assert!(is_signed_by(&key, &heard.headers, &heard.body));
}

/// Rightly signed; what is odd about it.
fn is_genuine_but_odd(shop: &Shop, kind: &str, heard: &Heard) {
    let (is_genuine, opened) = proven(shop, heard);
    assert!(is_genuine, "{kind}");
    let stamp: i64 = header(heard, "wechatpay-timestamp").unwrap().parse().unwrap();
    let age = sandbox::world::wall_now() - stamp;
    match kind {
        "stale" => assert!(MISDATED_S.contains(&age), "{age}"),
        "future" => assert!(MISDATED_S.contains(&(-age + 10)), "{age}"),
        _ => assert!(age < 60, "{kind}: {age}"),
    }
    let text = std::str::from_utf8(&heard.body).unwrap();
    assert_eq!(text.contains("\n  \"resource\": {\n    "), kind == "whitespace", "{kind}");
    let envelope: Value = serde_json::from_str(text).unwrap();
    let associated_data = match kind {
        "empty-associated-data" => json!(""),
        "missing-associated-data" => Value::Null,
        _ => json!("transaction"),
    };
    assert_eq!(envelope["resource"]["associated_data"], associated_data, "{kind}");
    let Some(told) = opened else {
        assert!(matches!(kind, "other-key" | "damaged"), "{kind} does not open");
        return;
    };
    let total = if kind == "amount-changed" { 1235 } else { 1234 };
    assert_eq!(told["amount"]["total"], total, "{kind}");
    assert_eq!(told.get("added_by_the_sandbox").is_some(), kind == "extra-fields");
    assert!(
        matches!(
            kind,
            "stale"
                | "future"
                | "delayed"
                | "repeated"
                | "empty-associated-data"
                | "missing-associated-data"
                | "amount-changed"
                | "extra-fields"
                | "whitespace"
        ),
        "no row for the kind {kind:?}: write what it does here"
    );
}
