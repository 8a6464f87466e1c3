//! V2 payment notifications: signed by the order's method, told again until `return_code` says
//! `SUCCESS`, and every way in which one goes wrong.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::till::{TAKEN, Till};
use crate::rules::xml::{self, Pairs, field};
use crate::shop::{Doorbell, Heard};

fn fields(heard: &Heard) -> Option<Pairs> {
    xml::read(std::str::from_utf8(&heard.body).unwrap())
}

fn is_genuine(till: &Till, heard: &Heard) -> bool {
    xml::is_signed(&heard.body, till.signing())
}

#[tokio::test]
async fn a_payment_is_told_by_the_orders_method_until_success_is_said() {
    for is_hmac in [false, true] {
        let till = Till::open(is_hmac).await;
        let bell = Doorbell::answering(204).await;
        till.sell("T20250101000001", &bell.url).await;
        till.shop.advance(0).await;
        // Not taken, each for a reason of its own.
        for (status, body) in
            [(200, ""), (500, TAKEN), (200, "<xml><return_code>FAIL</return_code></xml>")]
        {
            bell.now_answers(status);
            bell.now_says(body);
            till.shop.advance(30).await;
        }
        bell.now_answers(200);
        bell.now_says(TAKEN);
        till.shop.advance(180).await;
        let told = till.shop.notification("T20250101000001").await;
        assert_eq!(told["state"], "accepted", "{told}");
        let attempts = told["attempts"].as_array().unwrap();
        // The 204, each of the three, and the one that was taken.
        assert!(attempts.len() >= 5, "{told}");
        let statuses: Vec<_> = attempts.iter().map(|each| each["status"].clone()).collect();
        assert_eq!(statuses.first(), Some(&json!(204)), "{told}");
        let errors = attempts.iter().filter(|each| each["error"].is_string()).count();
        assert_eq!(errors, attempts.len() - 1, "{told}");
        let heard = bell.heard();
        assert_eq!(heard.len(), attempts.len());
        let nonces: std::collections::BTreeSet<_> = heard
            .iter()
            .map(|heard| {
                assert!(is_genuine(&till, heard));
                assert_eq!(heard.headers["content-type"], "text/xml");
                let fields = fields(heard).unwrap();
                for (name, value) in [
                    ("return_code", "SUCCESS"),
                    ("result_code", "SUCCESS"),
                    ("mch_id", till.shop.credentials.mchid.as_str()),
                    ("total_fee", "1234"),
                    ("attach", "cart=42"),
                ] {
                    assert_eq!(field(&fields, name), Some(value));
                }
                assert_eq!(
                    (field(&fields, "sign_type"), field(&fields, "trade_state")),
                    (None, None)
                );
                field(&fields, "nonce_str").unwrap().to_owned()
            })
            .collect();
        assert_eq!(nonces.len(), heard.len(), "each try has a nonce of its own");
    }
}

#[tokio::test]
async fn a_notification_that_nobody_takes_comes_on_the_same_schedule_as_apiv3s() {
    let till = Till::open(true).await;
    let bell = Doorbell::answering(204).await;
    till.sell("T20250101000001", &bell.url).await;
    for _ in 0..20 {
        till.shop.advance(21_600).await;
    }
    let told = till.shop.notification("T20250101000001").await;
    assert_eq!(told["state"], "given_up");
    assert_eq!(told["attempts"].as_array().unwrap().len(), 16);
}

/// What is heard of an order whose first try has a fault.
async fn heard_with(till: &Till, number: &str, kind: &Value) -> (Vec<Heard>, Doorbell) {
    let name = kind["kind"].as_str().unwrap();
    let mut fault = json!({ "route": "notify", "kind": name, "out_trade_no": number });
    if !kind["delay_ms"].is_null() {
        fault["delay_ms"] = json!(20);
    }
    till.shop.fault(fault).await;
    let bell = Doorbell::answering(if name == "repeated" { 200 } else { 401 }).await;
    bell.now_says(TAKEN);
    till.sell(number, &bell.url).await;
    till.shop.advance(0).await;
    (bell.heard(), bell)
}

/// Kinds that are about seals, serial numbers and headers: V2 has none, and they wait on.
const OF_V3: [&str; 9] = [
    "probe-signed",
    "probe-garbled",
    "unknown-serial",
    "stale",
    "future",
    "key-switch",
    "damaged",
    "empty-associated-data",
    "missing-associated-data",
];

#[tokio::test]
async fn every_kind_of_notification_is_as_its_words_say_and_followed_by_a_genuine_one() {
    let till = Till::open(true).await;
    let (_, said) = till.shop.control("GET", "faults", Value::Null).await;
    let mut routes = said["known"].as_array().unwrap().iter();
    let known = routes.find(|known| known["route"] == "notify").unwrap().clone();
    for (case, kind) in known["kinds"].as_array().unwrap().iter().enumerate() {
        let (name, number) = (kind["kind"].as_str().unwrap(), format!("T2025010100{case:04}"));
        let (first, bell) = heard_with(&till, &number, kind).await;
        let waits = till.shop.control("GET", "faults", Value::Null).await.1["data"].clone();
        assert_eq!(!waits.as_array().unwrap().is_empty(), OF_V3.contains(&name), "{name}");
        is_as_its_words_say(&till, name, &first);
        bell.now_answers(200);
        till.shop.advance(15).await;
        let all = bell.heard();
        assert_eq!(all.len(), first.len() + 1, "{name}");
        assert!(is_genuine(&till, &all[first.len()]), "{name}");
        assert_eq!(till.shop.notification(&number).await["state"], "accepted", "{name}");
    }
}

fn is_as_its_words_say(till: &Till, kind: &str, heard: &[Heard]) {
    let expected = match kind {
        "dropped" => 0,
        "duplicated" => 2,
        _ => 1,
    };
    assert_eq!(heard.len(), expected, "{kind}");
    let Some(first) = heard.first() else { return };
    let genuine = heard.iter().all(|heard| is_genuine(till, heard));
    let fields = fields(first);
    let said = |name| field(fields.as_ref().unwrap(), name);
    match kind {
        "wrong-signature" | "tampered" | "other-key" => {
            assert!(!genuine && said("sign").unwrap().len() == 64, "{kind}");
        }
        "headers-missing" => assert_eq!((genuine, said("sign")), (false, None)),
        "other-sign-type" => {
            let signing = xml::Signing { is_hmac: false, ..till.signing() };
            assert!(!genuine && xml::is_signed(&first.body, signing));
        }
        "doctype" => {
            assert!(fields.is_none() && first.body.starts_with(b"<!DOCTYPE xml [<!ENTITY"))
        }
        "amount-changed" => assert!(genuine && said("total_fee") == Some("1235")),
        "extra-fields" => assert!(genuine && said("added_by_the_sandbox").is_some()),
        "whitespace" => assert!(genuine && first.body.windows(4).any(|four| four == b"\r\n\r\n")),
        "delayed" | "duplicated" | "repeated" => assert!(genuine, "{kind}"),
        kind if OF_V3.contains(&kind) => assert!(genuine, "{kind}"),
        kind => panic!("no row for the kind {kind:?}: write what it does here"),
    }
}

#[tokio::test]
async fn what_cannot_happen_to_a_form_is_refused_by_hand_too() {
    let till = Till::open(false).await;
    let bell = Doorbell::answering(200).await;
    bell.now_says(TAKEN);
    till.sell("T20250101000001", &bell.url).await;
    till.shop.advance(0).await;
    let id = till.shop.notification("T20250101000001").await["id"].clone();
    let path = format!("notifications/{}/resend", id.as_str().unwrap());
    let (status, said) = till.shop.control("POST", &path, json!({ "fault": "key-switch" })).await;
    assert_eq!((status, &said["code"]), (400, &json!("bad_request")));
    let (status, said) = till.shop.control("POST", &path, json!({ "fault": "doctype" })).await;
    assert_eq!((status, &said["fault"]), (200, &json!("doctype")));
    assert_eq!(bell.heard().len(), 2);
}

/// Answers one message with the head at once, and with the body a good second later.
async fn hesitating(body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        // Readiness may be a false alarm.
        while stream.try_read(&mut [0; 4_096]).is_err() {
            stream.readable().await.unwrap();
        }
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
        for (wait_ms, text) in [(0, head.as_str()), (1_500, body)] {
            tokio::time::sleep(Duration::from_millis(wait_ms)).await;
            stream.writable().await.unwrap();
            assert_eq!(stream.try_write(text.as_bytes()).unwrap(), text.len());
        }
    });
    format!("http://{address}/notify")
}

#[tokio::test]
async fn the_body_has_the_same_five_seconds_as_the_status_because_it_counts() {
    let till = Till::open(true).await;
    till.sell("T20250101000001", &hesitating(TAKEN).await).await;
    till.shop.advance(0).await;
    let told = till.shop.notification("T20250101000001").await;
    assert_eq!(told["state"], "accepted", "{told}");
    assert_eq!(told["attempts"].as_array().unwrap().len(), 1, "{told}");
}
