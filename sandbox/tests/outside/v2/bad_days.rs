//! Every kind of fault on V2's calls about orders and links: what comes back, and whether the call
//! took effect.

use serde_json::{Value, json};

use super::till::{Till, order};
use crate::rules::xml::{self, field};
use crate::shop::{Doorbell, Reply};

const NOTIFY: &str = "http://127.0.0.1:9/notify";

/// What a call does besides being answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    Done,
    Nothing,
}

async fn every_kind_on(route: &str) {
    let till = Till::open(true).await;
    let (_, said) = till.shop.control("GET", "faults", Value::Null).await;
    let mut routes = said["known"].as_array().unwrap().iter();
    let known = routes.find(|known| known["route"] == route).unwrap().clone();
    for (case, kind) in known["kinds"].as_array().unwrap().iter().enumerate() {
        let (name, number) = (kind["kind"].as_str().unwrap(), format!("T2025010100{case:04}"));
        if route == "orderquery" || route == "closeorder" {
            till.order(&number, NOTIFY).await;
        }
        let mut fault = json!({ "route": route, "kind": name });
        if known["takes_out_trade_no"] == true {
            fault["out_trade_no"] = json!(number);
        }
        if !kind["delay_ms"].is_null() {
            fault["delay_ms"] = json!(20);
        }
        till.shop.fault(fault).await;
        let reply = call(&till, route, &number).await;
        let effect = is_as_its_words_say(&till, name, reply);
        let waits = till.shop.control("GET", "faults", Value::Null).await.1["data"].clone();
        assert_eq!(waits, json!([]), "{route} {name}");
        if let Some(done) = is_done(&till, route, &number).await {
            assert_eq!(done, effect == Effect::Done, "{route} {name}");
        }
        let entry = till.shop.control("GET", "requests?limit=1", Value::Null).await.1;
        assert_eq!(entry["data"][0]["route"], route, "{name}");
        assert_eq!(entry["data"][0]["fault"], name, "{route}");
    }
}

async fn call(till: &Till, route: &str, number: &str) -> Option<Reply> {
    let long_url = format!("weixin://wxpay/bizpayurl?product_id={number}&sign=0");
    match route {
        "unifiedorder" => till.try_call("/pay/unifiedorder", &order(number, NOTIFY)).await,
        "orderquery" => till.try_call("/pay/orderquery", &[("out_trade_no", number)]).await,
        "closeorder" => till.try_call("/pay/closeorder", &[("out_trade_no", number)]).await,
        "shorturl" => till.try_call("/tools/shorturl", &[("long_url", &long_url)]).await,
        other => panic!("no way to call {other}"),
    }
}

async fn is_done(till: &Till, route: &str, number: &str) -> Option<bool> {
    let (status, order) = till.shop.control("GET", &format!("orders/{number}"), Value::Null).await;
    match route {
        "unifiedorder" => Some(status == 200),
        "closeorder" => Some(order["trade_state"] == "CLOSED"),
        _ => None,
    }
}

fn is_as_its_words_say(till: &Till, kind: &str, reply: Option<Reply>) -> Effect {
    if matches!(kind, "reply-dropped" | "hangs") {
        assert!(reply.is_none(), "{kind}");
        return Effect::Done;
    }
    let reply = reply.unwrap_or_else(|| panic!("{kind}: no answer"));
    let text = String::from_utf8_lossy(&reply.body).into_owned();
    let fields = xml::read(&text);
    let said = |name| fields.as_ref().and_then(|fields| field(fields, name));
    let signed = xml::is_signed(&reply.body, till.signing());
    let refused = |code: &str| {
        assert_eq!((reply.status, said("err_code"), signed), (200, Some(code), true), "{text}");
    };
    match kind {
        "rate-limited" => refused("FREQUENCY_LIMITED"),
        "system-error" => refused("SYSTEMERROR"),
        "unavailable" => {
            assert_eq!(
                (reply.status, reply.header("retry-after"), text.as_str()),
                (503, Some("2"), "")
            );
        }
        "paid-first" => {
            refused("ORDERPAID");
        }
        "error-but-done" => {
            refused("SYSTEMERROR");
            return Effect::Done;
        }
        "bad-gateway" | "html" => {
            let status = if kind == "html" { 200 } else { 502 };
            assert!(reply.status == status && text.contains("<html>"), "{kind}: {text}");
            return Effect::Done;
        }
        "empty" => {
            assert_eq!((reply.status, text.as_str()), (200, ""));
            return Effect::Done;
        }
        "unsigned" | "wrong-signature" | "tampered" => {
            assert_eq!((reply.status, said("result_code"), signed), (200, Some("SUCCESS"), false));
            assert_eq!(said("sign").is_none(), kind == "unsigned");
            return Effect::Done;
        }
        "delayed" | "paid-before-reply" => {
            assert_eq!((reply.status, said("result_code"), signed), (200, Some("SUCCESS"), true));
            return Effect::Done;
        }
        kind => panic!("no row for the kind {kind:?}: write what it does here"),
    }
    Effect::Nothing
}

#[tokio::test]
async fn placing_an_order_has_every_bad_day() {
    every_kind_on("unifiedorder").await;
}

#[tokio::test]
async fn asking_for_an_order_has_every_bad_day() {
    every_kind_on("orderquery").await;
}

#[tokio::test]
async fn closing_an_order_has_every_bad_day() {
    every_kind_on("closeorder").await;
}

#[tokio::test]
async fn making_a_link_short_has_every_bad_day() {
    every_kind_on("shorturl").await;
}

#[tokio::test]
async fn an_order_that_was_paid_before_its_reply_has_been_told_before_too() {
    let till = Till::open(false).await;
    let bell = Doorbell::answering(200).await;
    bell.now_says(super::till::TAKEN);
    till.shop.fault(json!({ "route": "unifiedorder", "kind": "paid-before-reply" })).await;
    till.order("T20250101000001", &bell.url).await;
    // No waiting here: what the shop hears comes before the reply.
    assert_eq!(bell.heard().len(), 1);
    assert_eq!(till.shop.notification("T20250101000001").await["state"], "accepted");
}
