//! What merchants call, and what they hear back.

use sandbox::world::wall_now;
use serde_json::{Value, json};

use crate::shop::{NATIVE, Shop};

const NOTIFY: &str = "http://127.0.0.1:9/wechat/notify";

#[tokio::test]
async fn an_order_is_placed_asked_for_and_closed_with_every_answer_signed() {
    let shop = Shop::open().await;
    let placed =
        shop.call("POST", NATIVE, &shop.order("T20250101000001", NOTIFY).to_string()).await;
    assert_eq!(placed.status, 200);
    assert!(
        placed.json()["code_url"].as_str().unwrap().starts_with("weixin://wxpay/bizpayurl?pr=")
    );

    let asked = shop.call("GET", &shop.by_number("T20250101000001"), "").await;
    assert_eq!((asked.status, &asked.json()["trade_state"]), (200, &json!("NOTPAY")));

    let closed = shop.close("T20250101000001").await.unwrap();
    assert_eq!((closed.status, closed.body.len()), (204, 0));
    let again = shop.close("T20250101000001").await.unwrap();
    assert_eq!(again.status, 204);
    assert_eq!(shop.trade_state("T20250101000001").await, "CLOSED");

    let refused =
        shop.call("POST", NATIVE, &shop.order("T20250101000001", NOTIFY).to_string()).await;
    assert_eq!(refused.code(), (400, "ORDER_CLOSED".into()));

    for reply in [&placed, &asked, &closed, &again, &refused] {
        assert!(shop.is_genuine(&reply.headers, &reply.body), "{}", reply.status);
        let (_, result) = reply.header("request-id").unwrap().rsplit_once('-').unwrap();
        assert_eq!(result == "0", reply.status < 300);
    }
}

#[tokio::test]
async fn a_paid_order_is_found_by_both_numbers_and_cannot_be_closed_or_placed() {
    let shop = Shop::open().await;
    let code = shop.place("T20250101000001", NOTIFY).await;
    let (status, paid) = shop.pay(&code).await;
    assert_eq!((status, &paid["out_trade_no"]), (200, &json!("T20250101000001")));
    let id = paid["transaction_id"].as_str().unwrap();
    assert!(id.len() == 28 && id.starts_with("42000"), "{id}");

    let by_number = shop.call("GET", &shop.by_number("T20250101000001"), "").await.json();
    let target = format!("/v3/pay/transactions/id/{id}?mchid={}", shop.credentials.mchid);
    assert_eq!(shop.call("GET", &target, "").await.json(), by_number);
    assert_eq!(by_number["trade_state"], "SUCCESS");
    assert_eq!(by_number["transaction_id"], id);
    assert_eq!(by_number["amount"]["payer_total"], 1234);

    assert_eq!(shop.close("T20250101000001").await.unwrap().code(), (400, "ORDER_PAID".into()));
    let again = shop.call("POST", NATIVE, &shop.order("T20250101000001", NOTIFY).to_string()).await;
    assert_eq!(again.code(), (400, "INVALID_REQUEST".into()));
}

#[tokio::test]
async fn an_identical_order_gets_a_fresh_code_and_a_changed_one_is_refused() {
    let shop = Shop::open().await;
    let old = shop.place("T20250101000001", NOTIFY).await;
    let fresh = shop.place("T20250101000001", NOTIFY).await;
    assert_ne!(old, fresh);
    let mut changed = shop.order("T20250101000001", NOTIFY);
    changed["amount"]["total"] = json!(1235);
    let refused = shop.call("POST", NATIVE, &changed.to_string()).await;
    assert_eq!(refused.code(), (400, "INVALID_REQUEST".into()));
    let (status, said) = shop.pay(&old).await;
    assert_eq!((status, &said["code"]), (409, &json!("code_void")));
    assert_eq!(shop.pay(&fresh).await.0, 200);
}

#[tokio::test]
async fn unknown_numbers_are_404_to_a_query_and_204_to_a_close() {
    let shop = Shop::open().await;
    let asked = shop.call("GET", &shop.by_number("T20250101000009"), "").await;
    assert_eq!(asked.code(), (404, "ORDER_NOT_EXIST".into()));
    let target = format!("/v3/pay/transactions/id/42?mchid={}", shop.credentials.mchid);
    assert_eq!(shop.call("GET", &target, "").await.code(), (404, "ORDER_NOT_EXIST".into()));
    assert_eq!(shop.close("T20250101000009").await.unwrap().status, 204);
}

#[tokio::test]
async fn unknown_paths_and_methods_get_an_empty_answer() {
    let shop = Shop::open().await;
    for (method, target, status) in [
        ("GET", "/v3/pay/transactions/jsapi", 404),
        ("GET", NATIVE, 405),
        ("DELETE", "/v3/pay/transactions/out-trade-no/T20250101000001/close", 405),
    ] {
        let reply = shop.call(method, target, "").await;
        assert_eq!((reply.status, reply.body.len()), (status, 0), "{method} {target}");
    }
}

#[tokio::test]
async fn answers_to_nobody_are_unsigned() {
    let shop = Shop::open().await;
    let body = shop.order("T20250101000001", NOTIFY).to_string();
    let now = wall_now();
    let good = shop.authorization("POST", NATIVE, &body, now);
    let for_another_body = shop.authorization("POST", NATIVE, "{}", now);
    let stale = shop.authorization("POST", NATIVE, &body, now - 301);
    for authorization in ["Bearer x", &for_another_body, &stale] {
        let headers = [
            ("authorization", authorization),
            ("accept", "*/*"),
            ("user-agent", "test"),
            ("content-type", "application/json"),
        ];
        let reply = shop.send("POST", NATIVE, &body, &headers).await.unwrap();
        assert_eq!(reply.code(), (401, "SIGN_ERROR".into()), "{authorization}");
        assert!(reply.headers.keys().all(|name| !name.as_str().starts_with("wechatpay-")));
    }
    let without_accept = [
        ("authorization", good.as_str()),
        ("user-agent", "t"),
        ("content-type", "application/json"),
    ];
    let reply = shop.send("POST", NATIVE, &body, &without_accept).await.unwrap();
    assert_eq!(reply.code(), (400, "INVALID_REQUEST".into()));
    assert_eq!(reply.header("wechatpay-signature"), None);
    assert_eq!(shop.control("GET", "orders/T20250101000001", Value::Null).await.0, 404);
}

#[tokio::test]
async fn the_request_says_which_key_signs_the_answer() {
    let shop = Shop::open().await;
    let target = shop.by_number("T20250101000009");
    let authorization = shop.authorization("GET", &target, "", wall_now());
    let certificate = shop.credentials.platform_certificate_serial.clone();
    for (wanted, serial) in [
        (None, &certificate),
        (Some(certificate.as_str()), &certificate),
        (
            Some(shop.credentials.platform_public_key_id.as_str()),
            &shop.credentials.platform_public_key_id,
        ),
    ] {
        let mut headers =
            vec![("authorization", authorization.as_str()), ("accept", "*/*"), ("user-agent", "t")];
        headers.extend(wanted.map(|serial| ("wechatpay-serial", serial)));
        let reply = shop.send("GET", &target, "", &headers).await.unwrap();
        assert_eq!(reply.header("wechatpay-serial"), Some(serial.as_str()));
    }
}

#[tokio::test]
async fn bodies_are_read_strictly() {
    let shop = Shop::open().await;
    let good = shop.order("T20250101000001", NOTIFY).to_string();
    let mut wrong_merchant = shop.order("T20250101000001", NOTIFY);
    wrong_merchant["mchid"] = json!("1900000009");
    let twice = good.replacen('{', "{\"attach\":\"x\",", 1);
    let extra = good.replacen('{', "{\"extra\":1,", 1);
    for (body, code) in [
        ("{", "INVALID_REQUEST"),
        (twice.as_str(), "INVALID_REQUEST"),
        (&extra, "INVALID_REQUEST"),
        (&wrong_merchant.to_string(), "PARAM_ERROR"),
        (&good.replace("\"cart=42\"", "null"), "PARAM_ERROR"),
    ] {
        let reply = shop.call("POST", NATIVE, body).await;
        assert_eq!(reply.code(), (400, code.into()), "{body}");
        assert!(shop.is_genuine(&reply.headers, &reply.body));
    }
    let reply = shop.call("POST", NATIVE, &good.replace("1234", "0")).await;
    assert_eq!(reply.json()["detail"]["field"], "/amount/total");
    assert_eq!(reply.json()["detail"]["location"], "body");
}

#[tokio::test]
async fn unpaid_orders_are_closed_after_seven_days_of_business_time() {
    let shop = Shop::open().await;
    let code = shop.place("T20250101000001", NOTIFY).await;
    shop.advance(7_200).await;
    assert_eq!(shop.pay(&code).await.1["code"], "code_expired");
    assert_eq!(shop.trade_state("T20250101000001").await, "NOTPAY");
    shop.advance(7 * 86_400 - 7_200).await;
    assert_eq!(shop.trade_state("T20250101000001").await, "CLOSED");
    assert_eq!(shop.pay(&code).await.1["code"], "order_closed");
}
