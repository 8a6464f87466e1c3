//! Bad days: each fault does what its name says, and no more.

use serde_json::{Value, json};

use crate::shop::{Doorbell, NATIVE, Shop};

const NOTIFY: &str = "https://pay.example.com/wechat/notify";
const NO: &str = "T20250101000001";

#[tokio::test]
async fn a_dropped_reply_has_taken_effect() {
    let shop = Shop::open().await;
    shop.fault(json!({ "route": "native", "kind": "reply-dropped", "times": 1 })).await;
    let body = shop.order(NO, NOTIFY).to_string();
    assert!(shop.try_call("POST", NATIVE, &body).await.is_none());
    assert_eq!(shop.trade_state(NO).await, "NOTPAY");
    assert_eq!(shop.call("POST", NATIVE, &body).await.status, 200);

    shop.fault(json!({ "route": "close", "kind": "reply-dropped", "times": 1 })).await;
    assert!(shop.close(NO).await.is_none());
    assert_eq!(shop.trade_state(NO).await, "CLOSED");
}

#[tokio::test]
async fn a_rate_limited_call_has_no_effect() {
    let shop = Shop::open().await;
    shop.fault(json!({ "route": "native", "kind": "rate-limited", "times": 1 })).await;
    let reply = shop.call("POST", NATIVE, &shop.order(NO, NOTIFY).to_string()).await;
    assert_eq!(reply.code(), (429, "FREQUENCY_LIMITED".into()));
    assert_eq!(shop.call("GET", &shop.by_number(NO), "").await.status, 404);
}

#[tokio::test]
async fn an_error_may_be_done() {
    let shop = Shop::open().await;
    shop.fault(json!({ "route": "native", "kind": "error-but-done", "times": 1 })).await;
    let reply = shop.call("POST", NATIVE, &shop.order(NO, NOTIFY).to_string()).await;
    assert_eq!(reply.code(), (500, "SYSTEM_ERROR".into()));
    assert_eq!(shop.trade_state(NO).await, "NOTPAY");
}

#[tokio::test]
async fn unsigned_and_probe_signed_answers_do_not_verify() {
    let shop = Shop::open().await;
    shop.place(NO, NOTIFY).await;
    shop.fault(json!({ "route": "query", "kind": "unsigned", "times": 1 })).await;
    let reply = shop.call("GET", &shop.by_number(NO), "").await;
    assert_eq!((reply.status, reply.header("wechatpay-signature")), (200, None));

    shop.fault(json!({ "route": "query", "kind": "probe-signed", "times": 1 })).await;
    let reply = shop.call("GET", &shop.by_number(NO), "").await;
    let signature = reply.header("wechatpay-signature").unwrap();
    assert!(signature.starts_with("WECHATPAY/SIGNTEST/") && signature.len() == 344);
    assert!(!shop.is_genuine(&reply.headers, &reply.body));

    let reply = shop.call("GET", &shop.by_number(NO), "").await;
    assert!(shop.is_genuine(&reply.headers, &reply.body));
}

#[tokio::test]
async fn a_fault_waits_for_its_own_order() {
    let shop = Shop::open().await;
    shop.place(NO, NOTIFY).await;
    shop.place("T20250101000002", NOTIFY).await;
    let fault = json!({ "route": "query", "out_trade_no": NO, "kind": "rate-limited", "times": 1 });
    shop.fault(fault.clone()).await;
    assert_eq!(shop.call("GET", &shop.by_number("T20250101000002"), "").await.status, 200);
    assert_eq!(shop.control("GET", "faults", Value::Null).await.1["data"], json!([fault]));
    assert_eq!(shop.call("GET", &shop.by_number(NO), "").await.status, 429);
    assert_eq!(shop.control("GET", "faults", Value::Null).await.1["data"], json!([]));
}

/// Pays with a fault waiting for the notification; what the shop heard at first.
async fn told_with(kind: &str) -> (Shop, Doorbell) {
    let shop = Shop::open().await;
    let bell = Doorbell::answering(401).await;
    shop.fault(json!({ "route": "notify", "kind": kind, "times": 1 })).await;
    let code = shop.place(NO, &bell.url).await;
    shop.pay(&code).await;
    shop.advance(0).await;
    bell.now_answers(204);
    (shop, bell)
}

#[tokio::test]
async fn a_dropped_notification_comes_with_the_retry() {
    let (shop, bell) = told_with("dropped").await;
    assert_eq!(bell.heard().len(), 0);
    shop.advance(15).await;
    let heard = &bell.hears(1).await[0];
    assert!(shop.is_genuine(&heard.headers, &heard.body));
    assert_eq!(shop.notification(NO).await["attempts"][0]["fault"], "dropped");
}

#[tokio::test]
async fn a_duplicated_notification_comes_twice_and_both_are_genuine() {
    let (shop, bell) = told_with("duplicated").await;
    let heard = bell.hears(2).await;
    assert!(heard.iter().all(|heard| shop.is_genuine(&heard.headers, &heard.body)));
    assert_ne!(heard[0].body, heard[1].body);
}

#[tokio::test]
async fn a_stale_notification_is_genuine_but_old() {
    let (shop, bell) = told_with("stale").await;
    let heard = &bell.hears(1).await[0];
    assert!(shop.is_genuine(&heard.headers, &heard.body));
    let stamp: i64 = heard.headers["wechatpay-timestamp"].to_str().unwrap().parse().unwrap();
    assert!((595..=620).contains(&(sandbox::world::wall_now() - stamp)));
}

#[tokio::test]
async fn tampered_and_probe_signed_notifications_are_not_genuine_and_the_retry_is() {
    for kind in ["tampered", "probe-signed"] {
        let (shop, bell) = told_with(kind).await;
        let heard = &bell.hears(1).await[0];
        assert!(!shop.is_genuine(&heard.headers, &heard.body), "{kind}");
        assert_eq!(shop.opened(&heard.body).is_none(), kind == "tampered");
        shop.advance(15).await;
        let retry = &bell.hears(2).await[1];
        assert!(shop.is_genuine(&retry.headers, &retry.body), "{kind}");
        assert!(shop.opened(&retry.body).is_some());
    }
}

#[tokio::test]
async fn faults_that_cannot_happen_are_refused_and_none_is_set() {
    let shop = Shop::open().await;
    let wishes = json!([
        { "route": "native", "kind": "unsigned", "times": 1 },
        { "route": "native", "kind": "stale", "times": 1 },
    ]);
    let (status, said) = shop.control("PUT", "faults", wishes).await;
    assert_eq!((status, &said["code"]), (400, &json!("bad_request")));
    assert!(said["message"].as_str().unwrap().contains("reply-dropped"));
    assert_eq!(shop.control("GET", "faults", Value::Null).await.1["data"], json!([]));
}

#[tokio::test]
async fn a_bad_gateway_answers_with_a_page_after_the_call_has_taken_effect() {
    let shop = Shop::open().await;
    shop.fault(json!({ "route": "native", "kind": "bad-gateway" })).await;
    let reply = shop.call("POST", NATIVE, &shop.order(NO, NOTIFY).to_string()).await;
    assert_eq!((reply.status, reply.header("wechatpay-signature")), (502, None));
    assert!(reply.header("content-type").unwrap().starts_with("text/html"));
    assert!(reply.body.starts_with(b"<html>"));
    assert_eq!(shop.trade_state(NO).await, "NOTPAY");
}

#[tokio::test]
async fn an_unavailable_service_says_when_to_come_back_and_does_nothing() {
    let shop = Shop::open().await;
    shop.fault(json!({ "route": "native", "kind": "unavailable" })).await;
    let reply = shop.call("POST", NATIVE, &shop.order(NO, NOTIFY).to_string()).await;
    assert_eq!(reply.code(), (503, "SERVICE_UNAVAILABLE".into()));
    assert_eq!(reply.header("retry-after"), Some("2"));
    assert_eq!(shop.call("GET", &shop.by_number(NO), "").await.status, 404);
}

#[tokio::test]
async fn an_accepted_call_is_not_done() {
    let shop = Shop::open().await;
    shop.place(NO, NOTIFY).await;
    shop.fault(json!({ "route": "close", "kind": "accepted" })).await;
    let reply = shop.close(NO).await.unwrap();
    assert_eq!((reply.status, reply.body.len()), (202, 0));
    assert!(shop.is_genuine(&reply.headers, &reply.body));
    assert_eq!(shop.trade_state(NO).await, "NOTPAY");
    assert_eq!(shop.close(NO).await.unwrap().status, 204);
}

#[tokio::test]
async fn an_empty_answer_is_genuine_and_the_call_is_done() {
    let shop = Shop::open().await;
    shop.fault(json!({ "route": "native", "kind": "empty" })).await;
    let reply = shop.call("POST", NATIVE, &shop.order(NO, NOTIFY).to_string()).await;
    assert_eq!((reply.status, reply.body.len()), (200, 0));
    assert!(shop.is_genuine(&reply.headers, &reply.body));
    assert_eq!(shop.trade_state(NO).await, "NOTPAY");
}

#[tokio::test]
async fn the_calls_about_keys_have_bad_days_too() {
    let shop = Shop::open().await;
    let echo = json!({ "echo_message": "x" }).to_string();
    for (route, method, target, body) in [
        ("certificates", "GET", "/v3/certificates", ""),
        ("echo", "POST", "/v3/security/echo", echo.as_str()),
    ] {
        for (kind, status) in [
            ("rate-limited", 429),
            ("unavailable", 503),
            ("error-but-done", 500),
            ("accepted", 202),
        ] {
            shop.fault(json!({ "route": route, "kind": kind })).await;
            assert_eq!(shop.call(method, target, body).await.status, status, "{route} {kind}");
        }
        shop.fault(json!({ "route": route, "kind": "reply-dropped" })).await;
        assert!(shop.try_call(method, target, body).await.is_none());
        assert_eq!(shop.call(method, target, body).await.status, 200, "{route}");
    }
}

#[tokio::test]
async fn a_notification_of_an_unknown_serial_is_followed_by_a_genuine_one() {
    let (shop, bell) = told_with("unknown-serial").await;
    let mut heard = bell.hears(1).await.remove(0);
    let serial = heard.headers["wechatpay-serial"].to_str().unwrap().to_owned();
    assert!(serial.len() == 40 && serial != shop.credentials.platform_certificate_serial);
    // Under its right name the same signature would do: only the name is wrong.
    let right = shop.credentials.platform_public_key_id.parse().unwrap();
    heard.headers.insert("wechatpay-serial", right);
    assert!(shop.is_genuine(&heard.headers, &heard.body));
    shop.advance(15).await;
    let retry = &bell.hears(2).await[1];
    assert!(shop.is_genuine(&retry.headers, &retry.body));
}

#[tokio::test]
async fn a_switched_key_is_the_other_schemes() {
    let (shop, bell) = told_with("key-switch").await;
    let serial = bell.hears(1).await[0].headers["wechatpay-serial"].clone();
    assert_eq!(serial.to_str().unwrap(), shop.credentials.platform_certificate_serial);
}

#[tokio::test]
async fn odd_but_genuine_notifications_verify_and_open() {
    for kind in
        ["empty-associated-data", "missing-associated-data", "amount-changed", "extra-fields"]
    {
        let (shop, bell) = told_with(kind).await;
        let heard = &bell.hears(1).await[0];
        assert!(shop.is_genuine(&heard.headers, &heard.body), "{kind}");
        let envelope: Value = serde_json::from_slice(&heard.body).unwrap();
        let associated_data = match kind {
            "empty-associated-data" => json!(""),
            "missing-associated-data" => Value::Null,
            _ => json!("transaction"),
        };
        assert_eq!(envelope["resource"]["associated_data"], associated_data, "{kind}");
        let told = shop.opened(&heard.body).unwrap();
        let total = if kind == "amount-changed" { 1235 } else { 1234 };
        assert_eq!(told["amount"]["total"], total, "{kind}");
        assert_eq!(told.get("added_by_the_sandbox").is_some(), kind == "extra-fields");
    }
}
