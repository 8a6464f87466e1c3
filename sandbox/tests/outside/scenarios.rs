//! Bad days by name: every scenario does in one call what its words say.
//!
//! The list is the sandbox's own. A scenario for which there is no row here fails.

use serde_json::{Value, json};

use crate::bills::NOTIFY;
use crate::shop::{Doorbell, NATIVE, Shop};

const NO: &str = "T20250101000001";

async fn play(shop: &Shop, name: &str, wish: Value) -> (u16, Value) {
    shop.control("POST", &format!("scenarios/{name}"), wish).await
}

/// The faults that a scenario arms, as `route kind times`.
fn armed(name: &str) -> Option<&'static [&'static str]> {
    Some(match name {
        "lost-notification" => &["notify dropped 16"],
        "late-notification" => &["notify dropped 3"],
        "duplicate-notifications" => &["notify repeated 2"],
        "concurrent-notifications" => &["notify duplicated 1"],
        "notification-before-reply" => &["native paid-before-reply 1"],
        "forged-notification" => &["notify wrong-signature 1"],
        "probe" => &["query probe-signed 1", "notify probe-signed 1"],
        "stale-notification" => &["notify stale 1"],
        "amount-mismatch" => &["notify amount-changed 1"],
        "paid-while-closing" => &["close paid-first 1"],
        "lost-order-reply" => &["native reply-dropped 1"],
        "lost-close-reply" => &["close reply-dropped 1"],
        "lost-refund-reply" => &["refund reply-dropped 1"],
        "refund-abnormal" => &["refund abnormal 1"],
        "refund-closed" => &["refund closed 1"],
        "refund-not-enough" => &["refund not-enough 1"],
        "rate-limit" => &[
            "native rate-limited 1",
            "query rate-limited 1",
            "close rate-limited 1",
            "refund rate-limited-but-done 1",
            "refund-query rate-limited 1",
        ],
        "outage" => &[
            "native unavailable 3",
            "query unavailable 3",
            "close unavailable 3",
            "refund unavailable 3",
            "refund-query unavailable 3",
            "notify dropped 3",
        ],
        "gateway-trouble" => &[
            "native bad-gateway 1",
            "query html 1",
            "close bad-gateway 1",
            "refund bad-gateway 1",
            "refund-query html 1",
        ],
        "bill-late" => &["bill late 1"],
        "bill-missing" => &["bill missing 1"],
        "bill-wrong-hash" => &["bill wrong-hash 1"],
        "bill-expired" => &["bill expired-url 1"],
        "bad-day" => &[
            "native reply-dropped 1",
            "query unavailable 1",
            "query probe-signed 1",
            "close error-but-done 1",
            "refund rate-limited-but-done 1",
            "refund-query empty 1",
            "notify dropped 1",
            "notify tampered 1",
            "notify repeated 1",
            "notify duplicated 1",
        ],
        _ => return None,
    })
}

fn in_short(faults: &Value) -> Vec<String> {
    let short = |fault: &Value| {
        let (route, kind) = (fault["route"].as_str().unwrap(), fault["kind"].as_str().unwrap());
        format!("{route} {kind} {}", fault["times"])
    };
    faults.as_array().unwrap().iter().map(short).collect()
}

#[tokio::test]
async fn every_scenario_does_what_it_says() {
    let shop = Shop::open().await;
    let (_, list) = shop.control("GET", "scenarios", Value::Null).await;
    let list = list["data"].as_array().unwrap();
    assert!(list.len() >= 31);
    for (case, scenario) in list.iter().enumerate() {
        let name = scenario["name"].as_str().unwrap();
        let number = format!("T2025010300{case:04}");
        let code = shop.place(&number, NOTIFY).await;
        let needs = scenario["needs"].as_array().unwrap();
        let wish = if needs.is_empty() { Value::Null } else { json!({ "out_trade_no": number }) };
        let (status, said) = play(&shop, name, wish).await;
        assert_eq!((status, &said["name"]), (200, &json!(name)), "{said}");
        let did: Vec<_> = said["did"].as_array().unwrap().iter().collect();
        assert!(!did.is_empty() && did.iter().all(|words| words.is_string()), "{said}");
        let (_, waiting) = shop.control("GET", "faults", Value::Null).await;
        assert_eq!(said["faults"], waiting["data"], "{name}");
        match armed(name) {
            Some(expected) => {
                assert_eq!(in_short(&said["faults"]), expected, "{name}");
                assert_eq!(did.len(), expected.len());
                assert_eq!(shop.control("DELETE", "faults", Value::Null).await.0, 200);
            }
            None => has_happened(&shop, name, (&number, &code), &said["did"]).await,
        }
    }
}

#[tokio::test]
async fn a_scenario_over_v2_is_the_same_day_there_or_refused() {
    let shop = Shop::open().await;
    let (_, list) = shop.control("GET", "scenarios", Value::Null).await;
    let mut over_v2 = Vec::new();
    for scenario in list["data"].as_array().unwrap() {
        let name = scenario["name"].as_str().unwrap();
        let takes_api = scenario["takes"].as_array().unwrap().contains(&json!("api"));
        let mut wish = json!({ "api": "v2" });
        if !scenario["needs"].as_array().unwrap().is_empty() {
            wish["out_trade_no"] = json!(NO);
        }
        let (status, said) = play(&shop, name, wish).await;
        assert_eq!(status, if takes_api { 200 } else { 400 }, "{name}: {said}");
        if takes_api {
            over_v2.push((name.to_owned(), in_short(&said["faults"])));
        }
    }
    let armed_as = |name: &str| over_v2.iter().find(|it| it.0 == name).map(|it| it.1.join(", "));
    let outage = "unifiedorder unavailable 3, orderquery unavailable 3, closeorder unavailable 3, \
                  refund_v2 unavailable 3, refundquery unavailable 3, notify dropped 3";
    assert_eq!(armed_as("outage").as_deref(), Some(outage));
    assert_eq!(armed_as("bill-missing").as_deref(), Some("downloadbill missing 1"));
    assert_eq!(armed_as("lost-notification").as_deref(), Some("notify dropped 16"));
    for only_v3 in ["probe", "stale-notification", "bill-wrong-hash", "bad-day", "key-switch"] {
        assert_eq!(armed_as(only_v3), None, "{only_v3}");
    }
    assert_eq!(play(&shop, "outage", json!({ "api": "v4" })).await.0, 400);
}

/// What a scenario without faults has done.
async fn has_happened(shop: &Shop, name: &str, (number, code): (&str, &str), did: &Value) {
    let keys = async || shop.control("GET", "keys", Value::Null).await.1;
    let public = &shop.credentials.platform_public_key_id;
    match name {
        "key-switch" => {
            assert_ne!(keys().await["sign_notifications"], json!(public));
            assert_eq!(play(shop, name, Value::Null).await.0, 200);
            assert_eq!(keys().await["sign_notifications"], json!(public));
        }
        "certificate-rotation" => {
            let now = keys().await;
            assert_eq!((&now["certificates"], &now["mode"]), (&json!(2), &json!("both")));
            assert_eq!(now["sign_notifications"], now["in_force"][2]);
            assert!(did[0].as_str().unwrap().ends_with("is in force from now on"), "{did}");
        }
        "public-key-only" => {
            assert_eq!(keys().await["in_force"], json!([public]));
            assert_eq!(shop.call("GET", "/v3/certificates", "").await.status, 404);
        }
        "certificates-only" => {
            let now = keys().await;
            assert_eq!(now["in_force"].as_array().unwrap().len(), 2);
            assert!(!now["in_force"].as_array().unwrap().contains(&json!(public)));
            assert_eq!(shop.control("PUT", "keys", json!({ "mode": "both" })).await.0, 200);
        }
        "double-scan" | "payer-waits" | "payer-refuses" => {
            let (_, order) = shop.control("GET", &format!("orders/{number}"), Value::Null).await;
            let phone = if name == "payer-refuses" { "refused" } else { "scanned" };
            assert_eq!((&order["payer"], &order["phone"]), (&json!("payer"), &json!(phone)));
            assert_eq!(order["trade_state"], "NOTPAY");
            let words = did.as_array().unwrap().last().unwrap().as_str().unwrap();
            assert_eq!(
                words.contains("stranger") && words.contains("refused"),
                name == "double-scan"
            );
            let stranger = json!({ "code_url": code, "payer": "stranger" });
            assert_eq!(shop.control("POST", "pay", stranger).await.1["code"], "other_payer");
            assert_eq!(shop.pay(code).await.0, 200);
        }
        other => panic!("no row for the scenario {other:?}: write what it does here"),
    }
}

#[tokio::test]
async fn a_scenario_for_one_order_happens_to_that_one() {
    let shop = Shop::open().await;
    let bell = Doorbell::answering(204).await;
    let wish = json!({ "out_trade_no": NO, "times": 2 });
    let (_, said) = play(&shop, "lost-notification", wish).await;
    let expected = json!([
        { "route": "notify", "out_trade_no": NO, "kind": "dropped", "times": 2 }
    ]);
    assert_eq!(said["faults"], expected);
    assert!(said["did"][0].as_str().unwrap().contains(NO), "{said}");
    let code = shop.place("T20250101000002", &bell.url).await;
    shop.pay(&code).await;
    bell.hears(1).await;
    let code = shop.place(NO, &bell.url).await;
    shop.pay(&code).await;
    shop.advance(15).await;
    assert_eq!(bell.heard().len(), 1);
    shop.advance(15).await;
    assert_eq!(bell.heard().len(), 2);
}

#[tokio::test]
async fn an_order_that_is_told_before_its_reply_is_one_call_away() {
    let shop = Shop::open().await;
    let bell = Doorbell::answering(204).await;
    assert_eq!(play(&shop, "notification-before-reply", json!({})).await.0, 200);
    let reply = shop.call("POST", NATIVE, &shop.order(NO, &bell.url).to_string()).await;
    assert_eq!((reply.status, bell.heard().len()), (200, 1));
}

#[tokio::test]
async fn what_is_missing_unknown_or_without_meaning_is_refused_in_words() {
    let shop = Shop::open().await;
    for (name, wish, status, code, word) in [
        ("sunshine", Value::Null, 404, "unknown_scenario", "lost-notification"),
        ("double-scan", Value::Null, 400, "bad_request", "out_trade_no is missing"),
        ("double-scan", json!({ "out_trade_no": NO }), 404, "unknown_order", NO),
        ("double-scan", json!({ "out_trade_no": NO, "times": 1 }), 400, "bad_request", "times"),
        ("key-switch", json!({ "times": 1 }), 400, "bad_request", "times has no meaning"),
        ("bill-late", json!({ "out_trade_no": NO }), 400, "bad_request", "out_trade_no has no"),
        ("outage", json!({ "out_trade_no": "" }), 400, "bad_request", "6 to 32"),
        ("outage", json!({ "times": 0 }), 400, "bad_request", "times: 1 to 1000"),
        ("outage", json!({ "times": 1_001 }), 400, "bad_request", "times: 1 to 1000"),
        ("outage", json!({ "more": 1 }), 400, "bad_request", "more"),
        ("outage", json!("x"), 400, "bad_request", "not a JSON object"),
    ] {
        let (answered, said) = play(&shop, name, wish.clone()).await;
        assert_eq!((answered, &said["code"]), (status, &json!(code)), "{name} {wish}");
        assert!(said["message"].as_str().unwrap().contains(word), "{said}");
    }
    assert_eq!(shop.control("GET", "faults", Value::Null).await.1["data"], json!([]));
    // A scan that the order does not allow is said, and nothing is half done.
    shop.place(NO, NOTIFY).await;
    assert_eq!(shop.close(NO).await.unwrap().status, 204);
    let (status, said) = play(&shop, "payer-waits", json!({ "out_trade_no": NO })).await;
    assert_eq!((status, &said["code"]), (409, &json!("order_closed")));
}
