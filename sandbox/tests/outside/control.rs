//! Our own surface: what a tester, a person and a hostile page can do.

use sandbox::world::Settings;
use serde_json::{Value, json};

use crate::shop::{Doorbell, NATIVE, Shop};

const NOTIFY: &str = "http://127.0.0.1:9/wechat/notify";

#[tokio::test]
async fn the_merchant_has_every_credential_that_the_design_names() {
    let shop = Shop::open().await;
    let (status, merchant) = shop.control("GET", "merchant", Value::Null).await;
    assert_eq!(status, 200);
    for field in [
        "mchid",
        "appid",
        "serial_no",
        "private_key_pem",
        "certificate_pem",
        "api_v3_key",
        "api_v2_key",
        "platform_public_key_id",
        "platform_public_key_pem",
        "platform_certificate_serial",
        "platform_certificate_pem",
        "platform_private_key_pem",
        "platform_certificate_private_key_pem",
    ] {
        assert!(merchant[field].as_str().is_some_and(|text| !text.is_empty()), "{field}");
    }
    for field in [
        "sp_mchid",
        "sp_appid",
        "sub_mchid",
        "sub_appid",
        "serial_no",
        "private_key_pem",
        "certificate_pem",
        "api_v3_key",
        "api_v2_key",
    ] {
        assert!(
            merchant["partner"][field].as_str().is_some_and(|text| !text.is_empty()),
            "{field}"
        );
    }
    assert_eq!(merchant["api_v3_key"].as_str().unwrap().len(), 32);
    assert_eq!(merchant["serial_no"].as_str().unwrap().len(), 40);
}

#[tokio::test]
async fn what_a_phone_cannot_pay_is_told_by_its_reason() {
    let shop = Shop::open().await;
    let reason = async |code: &str| {
        let (status, said) = shop.pay(code).await;
        (status, said["code"].as_str().unwrap().to_owned())
    };
    let unknown = "weixin://wxpay/bizpayurl?pr=nobodys00";
    assert_eq!(reason(unknown).await, (404, "unknown_code".into()));
    assert_eq!(reason("https://example.com").await, (404, "unknown_code".into()));
    let code = shop.place("T20250101000001", NOTIFY).await;
    assert_eq!(shop.pay(&code).await.0, 200);
    assert_eq!(reason(&code).await, (409, "order_paid".into()));
    let code = shop.place("T20250101000002", NOTIFY).await;
    shop.close("T20250101000002").await.unwrap();
    assert_eq!(reason(&code).await, (409, "order_closed".into()));
    let (status, said) = shop.control("POST", "pay", json!({ "code": "x" })).await;
    assert_eq!((status, &said["code"]), (400, &json!("bad_request")));
}

#[tokio::test]
async fn time_expire_ends_paying_on_the_business_clock() {
    let shop = Shop::open().await;
    let mut order = shop.order("T20250101000001", NOTIFY);
    order["time_expire"] = json!(sandbox::time::beijing(sandbox::world::wall_now() + 600));
    let placed = shop.call("POST", NATIVE, &order.to_string()).await;
    let code = placed.json()["code_url"].as_str().unwrap().to_owned();
    shop.advance(601).await;
    assert_eq!(shop.pay(&code).await.1["code"], "order_expired");
    assert_eq!(shop.trade_state("T20250101000001").await, "NOTPAY");
}

#[tokio::test]
async fn a_reset_forgets_orders_but_not_who_the_merchant_is_or_what_time_it_is() {
    let shop = Shop::open().await;
    let bell = Doorbell::answering(500).await;
    let code = shop.place("T20250101000001", &bell.url).await;
    shop.pay(&code).await;
    bell.hears(1).await;
    shop.advance(5).await;
    shop.fault(json!({ "route": "notify", "kind": "stale", "times": 1 })).await;
    assert_eq!(shop.control("POST", "reset", Value::Null).await.0, 200);

    assert_eq!(shop.control("GET", "orders/T20250101000001", Value::Null).await.0, 404);
    for list in ["orders", "notifications", "faults"] {
        assert_eq!(shop.control("GET", list, Value::Null).await.1["data"], json!([]), "{list}");
    }
    assert_eq!(shop.control("GET", "clock", Value::Null).await.1["advanced_s"], 5);
    let merchant = shop.control("GET", "merchant", Value::Null).await.1;
    assert_eq!(merchant["mchid"], shop.credentials.mchid);
    shop.advance(86_400).await;
    assert_eq!(bell.heard().len(), 1);
    shop.place("T20250101000001", NOTIFY).await;
}

#[tokio::test]
async fn a_step_of_the_clock_is_passed_on_to_the_worker() {
    let worker = Doorbell::answering(200).await;
    let url = worker.url.replace("/notify", "");
    let shop = Shop::with(Settings { worker_url: Some(url), ..Settings::default() }).await;
    shop.advance(3_600).await;
    assert_eq!(worker.hears(1).await[0].body, br#"{"advance_s":3600}"#);

    worker.now_answers(500);
    let (status, said) = shop.control("POST", "clock", json!({ "advance_s": 1 })).await;
    assert_eq!((status, &said["code"]), (502, &json!("worker_not_advanced")));
    assert_eq!(shop.control("GET", "clock", Value::Null).await.1["advanced_s"], 3_601);
}

#[tokio::test]
async fn time_does_not_run_backwards() {
    let shop = Shop::open().await;
    for step in [json!(-1), json!("1"), json!(1.5), Value::Null] {
        let (status, _) = shop.control("POST", "clock", json!({ "advance_s": step })).await;
        assert_eq!(status, 400);
    }
}

#[tokio::test]
async fn a_foreign_page_can_neither_pay_nor_read_the_keys() {
    let shop = Shop::open().await;
    for headers in [
        [("origin", "https://evil.example"), ("accept", "*/*")],
        [("sec-fetch-site", "cross-site"), ("accept", "*/*")],
        [("host", "evil.example"), ("accept", "*/*")],
    ] {
        for (method, path) in [("GET", "/sandbox/merchant"), ("POST", "/sandbox/reset")] {
            let reply = shop.send(method, path, "", &headers).await.unwrap();
            assert_eq!(reply.code(), (403, "foreign_request".into()), "{headers:?}");
            assert_eq!(reply.header("access-control-allow-origin"), None);
        }
    }
}

#[tokio::test]
async fn the_console_is_one_page_that_loads_nothing_from_elsewhere() {
    let shop = Shop::open().await;
    let page = shop.send("GET", "/?code=weixin%3A%2F%2Fx", "", &[]).await.unwrap();
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    let text = String::from_utf8(page.body).unwrap();
    for path in ["/console/base.css", "/console/sections.css", "/console/main.js"] {
        assert!(text.contains(path), "{path}");
        assert_eq!(shop.send("GET", path, "", &[]).await.unwrap().status, 200);
    }
    assert!(!text.contains(" style=") && !text.contains("<style") && !text.contains("onclick"));
    for scheme in ["src=\"http", "href=\"http", "src=\"//", "@import"] {
        assert!(!text.contains(scheme), "{scheme}");
    }
}

#[tokio::test]
async fn the_feed_knows_the_order_behind_a_void_code() {
    let shop = Shop::open().await;
    let old = shop.place("T20250101000001", NOTIFY).await;
    let fresh = shop.place("T20250101000001", NOTIFY).await;
    let path =
        format!("feed?code={}", old.replace(':', "%3A").replace('?', "%3F").replace('=', "%3D"));
    let (_, feed) = shop.control("GET", &path, Value::Null).await;
    assert_eq!(feed["seen"]["code_url"], fresh);
    assert_eq!(feed["orders"][0]["payable"], true);
}

/// A refusal of the web framework's own would be empty, or words without a code.
#[tokio::test]
async fn every_refusal_has_a_code_and_words() {
    let shop = Shop::open().await;
    let long = "a".repeat(3_000_000);
    for (method, path, body, status, code) in [
        ("DELETE", "merchants", "", 405, "wrong_method"),
        ("GET", "pay", "", 405, "wrong_method"),
        ("OPTIONS", "events", "", 405, "wrong_method"),
        ("GET", "nothing/of/this", "", 404, "unknown_call"),
        ("GET", "orders/", "", 404, "unknown_call"),
        ("GET", "", "", 404, "unknown_call"),
        ("GET", "orders/%FF", "", 400, "bad_request"),
        ("GET", "bills/%FF/2025-01-01/all.csv", "", 400, "bad_request"),
        ("POST", "scenarios/%FF", "", 400, "bad_request"),
        ("POST", "pay", long.as_str(), 413, "too_large"),
        ("POST", "pay", "", 400, "bad_request"),
        ("POST", "clock", "[3600]", 400, "bad_request"),
        ("POST", "faults", r#"[["native",null,"hangs",1,null]]"#, 400, "bad_request"),
        ("PUT", "faults", r#"{"route":"native","kind":"hangs"}"#, 400, "bad_request"),
    ] {
        let target = format!("/sandbox/{path}");
        let reply = shop.send(method, &target, body, &[]).await.unwrap();
        assert_eq!(reply.status, status, "{method} {target}");
        let said = reply.json();
        assert_eq!(said["code"], json!(code), "{method} {target}");
        assert!(said["message"].as_str().is_some_and(|words| !words.is_empty()), "{target}");
        assert_eq!(reply.headers.contains_key("allow"), status == 405, "{method} {target}");
    }
    let (_, clock) = shop.control("GET", "clock", Value::Null).await;
    assert_eq!(clock["advanced_s"], json!(0));
}

/// Where there is nothing there may be something one day: foreign pages stay out of all of it.
#[tokio::test]
async fn a_foreign_page_reaches_no_address_of_ours() {
    let shop = Shop::open().await;
    for path in ["events", "files/apiclient_key.pem", "merchants", "nothing", "orders/%FF", ""] {
        let target = format!("/sandbox/{path}");
        let headers = [("origin", "https://evil.example")].as_slice();
        let reply = shop.send("GET", &target, "", headers).await.unwrap();
        assert_eq!((reply.status, &reply.json()["code"]), (403, &json!("foreign_request")));
    }
}
