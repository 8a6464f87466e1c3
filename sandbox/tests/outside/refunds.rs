//! Refunds: what a merchant may ask for, what becomes of it, and what it hears.

use serde_json::{Value, json};

use crate::partner::{partner_of, partner_order, sub};
use crate::shop::{Doorbell, Reply, Shop};

pub(crate) const REFUNDS: &str = "/v3/refund/domestic/refunds";
const NOTIFY: &str = "http://127.0.0.1:9/wechat/refund-notify";
const NO: &str = "T20250101000001";
const R1: &str = "R20250101000001";

/// Protocol reference G.5: `refund` of the order's 1234 fen.
pub(crate) fn application(out_refund_no: &str, refund: u64, notify_url: &str) -> Value {
    json!({
        "out_trade_no": NO, "out_refund_no": out_refund_no, "reason": "商品已售完",
        "notify_url": notify_url,
        "amount": { "refund": refund, "total": 1234, "currency": "CNY" },
    })
}

pub(crate) async fn apply(shop: &Shop, application: &Value) -> Reply {
    shop.call("POST", REFUNDS, &application.to_string()).await
}

async fn ask(shop: &Shop, out_refund_no: &str) -> Reply {
    shop.call("GET", &format!("{REFUNDS}/{out_refund_no}"), "").await
}

async fn status(shop: &Shop, out_refund_no: &str) -> String {
    let reply = ask(shop, out_refund_no).await;
    assert!(shop.is_genuine(&reply.headers, &reply.body));
    reply.json()["status"].as_str().unwrap().to_owned()
}

/// A shop with one order of 1234 fen that was paid without a notification that anybody took.
async fn paid_shop() -> Shop {
    let shop = Shop::open().await;
    let code = shop.place(NO, NOTIFY).await;
    assert_eq!(shop.pay(&code).await.0, 200);
    shop
}

/// What a refund's address heard, opened.
fn told(shop: &Shop, heard: &crate::shop::Heard) -> (Value, Value) {
    assert!(shop.is_genuine(&heard.headers, &heard.body));
    let envelope: Value = serde_json::from_slice(&heard.body).unwrap();
    assert_eq!(envelope["resource"]["original_type"], "refund");
    (envelope["event_type"].clone(), shop.opened(&heard.body).unwrap())
}

#[tokio::test]
async fn a_refund_is_taken_reaches_its_end_and_is_told() {
    let shop = paid_shop().await;
    let bell = Doorbell::answering(204).await;
    let paid = shop.call("GET", &shop.by_number(NO), "").await.json();
    let mut wish = application(R1, 234, &bell.url);
    wish.as_object_mut().unwrap().remove("out_trade_no");
    wish["transaction_id"] = paid["transaction_id"].clone();
    let taken = apply(&shop, &wish).await;
    assert_eq!(taken.status, 200, "{}", String::from_utf8_lossy(&taken.body));
    assert!(shop.is_genuine(&taken.headers, &taken.body));

    // Protocol reference G.5: every field of the sample, and no other.
    let mut refund = taken.json();
    let id = refund["refund_id"].as_str().unwrap().to_owned();
    assert!(id.len() == 29 && id.starts_with("503"), "{id}");
    let create_time = refund["create_time"].take();
    assert!(create_time.as_str().unwrap().ends_with("+08:00"));
    let expected = json!({
        "refund_id": id, "out_refund_no": R1, "transaction_id": paid["transaction_id"],
        "out_trade_no": NO, "channel": "ORIGINAL", "user_received_account": "支付用户零钱",
        "create_time": null, "status": "PROCESSING", "funds_account": "UNSETTLED",
        "amount": {
            "total": 1234, "refund": 234, "from": [], "payer_total": 1234, "payer_refund": 234,
            "settlement_refund": 234, "settlement_total": 1234, "discount_refund": 0,
            "currency": "CNY",
        },
        "promotion_detail": [],
    });
    assert_eq!(refund, expected);
    assert_eq!(shop.trade_state(NO).await, "REFUND");
    assert_eq!(bell.heard().len(), 0);

    shop.advance(20).await;
    let ended = ask(&shop, R1).await.json();
    assert_eq!(ended["status"], "SUCCESS");
    assert!(ended["success_time"].as_str().unwrap() > create_time.as_str().unwrap());
    let (event, plaintext) = told(&shop, &bell.hears(1).await[0]);
    assert_eq!(event, "REFUND.SUCCESS");
    // Protocol reference G.7: every field of the sample, and no other.
    let expected = json!({
        "mchid": shop.credentials.mchid, "out_trade_no": NO,
        "transaction_id": paid["transaction_id"], "out_refund_no": R1, "refund_id": id,
        "refund_status": "SUCCESS", "success_time": ended["success_time"],
        "user_received_account": "支付用户零钱",
        "amount": { "total": 1234, "refund": 234, "payer_total": 1234, "payer_refund": 234 },
    });
    assert_eq!(plaintext, expected);
    shop.advance(86_400).await;
    assert_eq!(bell.heard().len(), 1);
}

#[tokio::test]
async fn a_refund_that_is_not_heard_is_told_again_as_payments_are() {
    let shop = paid_shop().await;
    let bell = Doorbell::answering(500).await;
    apply(&shop, &application(R1, 1, &bell.url)).await;
    shop.advance(20).await;
    assert_eq!(bell.heard().len(), 1);
    bell.now_answers(200);
    shop.advance(15).await;
    assert_eq!(bell.heard().len(), 2);
    let (_, list) =
        shop.control("GET", &format!("notifications?out_trade_no={NO}"), Value::Null).await;
    let row = &list["data"][0];
    assert_eq!((&row["state"], &row["out_refund_no"]), (&json!("accepted"), &json!(R1)));
}

#[tokio::test]
async fn faults_of_the_route_notify_happen_to_refunds_too() {
    let shop = paid_shop().await;
    let bell = Doorbell::answering(401).await;
    apply(&shop, &application(R1, 1, &bell.url)).await;
    // More than enough: the payment's own notification is retried meanwhile.
    shop.fault(json!({ "route": "notify", "kind": "tampered", "times": 9 })).await;
    shop.advance(20).await;
    let spoilt = &bell.hears(1).await[0];
    assert!(!shop.is_genuine(&spoilt.headers, &spoilt.body));
    assert_eq!(shop.opened(&spoilt.body), None);
    shop.control("PUT", "faults", json!([])).await;
    shop.advance(15).await;
    let (event, _) = told(&shop, &bell.hears(2).await[1]);
    assert_eq!(event, "REFUND.SUCCESS");
}

#[tokio::test]
async fn without_an_address_no_refund_is_told_of() {
    let shop = paid_shop().await;
    let mut quiet = application(R1, 1, NOTIFY);
    quiet.as_object_mut().unwrap().remove("notify_url");
    assert_eq!(apply(&shop, &quiet).await.status, 200);
    shop.advance(20).await;
    assert_eq!(status(&shop, R1).await, "SUCCESS");
    assert_eq!(shop.notification(NO).await["event_type"], "TRANSACTION.SUCCESS");
}

#[tokio::test]
async fn the_same_number_is_the_same_refund() {
    let shop = paid_shop().await;
    let wish = application(R1, 234, NOTIFY);
    let first = apply(&shop, &wish).await.json();
    assert_eq!(apply(&shop, &wish).await.json(), first);
    for (pointer, value) in [
        ("/amount/refund", json!(235)),
        ("/reason", json!("another")),
        ("/out_trade_no", json!("T20250101000009")),
    ] {
        let mut other = wish.clone();
        *other.pointer_mut(pointer).unwrap() = value;
        assert_eq!(apply(&shop, &other).await.code(), (400, "INVALID_REQUEST".into()), "{pointer}");
    }
    shop.advance(20).await;
    assert_eq!(apply(&shop, &wish).await.json()["status"], "SUCCESS");
    let (_, list) = shop.control("GET", "refunds", Value::Null).await;
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn every_rule_has_its_status_and_its_code() {
    let shop = paid_shop().await;
    shop.place("T20250101000002", NOTIFY).await;
    let code = async |pointer: &str, value: Value| {
        let mut wish = application("R9", 1, NOTIFY);
        match pointer.rsplit_once('/').unwrap() {
            ("", name) => wish[name] = value,
            (_, name) => wish["amount"][name] = value,
        }
        apply(&shop, &wish).await.code()
    };
    let not_found = (404, "RESOURCE_NOT_EXISTS".to_owned());
    assert_eq!(code("/out_trade_no", json!("T20250101000009")).await, not_found);
    assert_eq!(code("/out_trade_no", json!("T20250101000002")).await, not_found);
    assert_eq!(code("/transaction_id", json!("42")).await, not_found);
    assert_eq!(code("/amount/total", json!(1235)).await, (400, "PARAM_ERROR".into()));
    assert_eq!(code("/amount/refund", json!(1235)).await, (400, "INVALID_REQUEST".into()));
    assert_eq!(code("/amount/refund", json!(0)).await, (400, "PARAM_ERROR".into()));
    assert_eq!(code("/amount/currency", json!("USD")).await, (400, "PARAM_ERROR".into()));
    assert_eq!(code("/sub_mchid", json!("1600000001")).await, (400, "INVALID_REQUEST".into()));
    assert_eq!(code("/extra", json!(1)).await, (400, "INVALID_REQUEST".into()));
    assert_eq!(code("/notify_url", json!("http://pay.example.com/n")).await.1, "PARAM_ERROR");
    assert_eq!(ask(&shop, "R9").await.code(), not_found);
    assert_eq!(shop.trade_state(NO).await, "SUCCESS");

    assert_eq!(apply(&shop, &application(R1, 1000, NOTIFY)).await.status, 200);
    let soon = apply(&shop, &application("R2", 234, NOTIFY)).await;
    assert_eq!(soon.code(), (429, "FREQUENCY_LIMITED".into()));
    shop.advance(60).await;
    let much = apply(&shop, &application("R3", 235, NOTIFY)).await;
    assert_eq!(much.code(), (400, "INVALID_REQUEST".into()));
    assert_eq!(apply(&shop, &application("R2", 234, NOTIFY)).await.status, 200);
}

#[tokio::test]
async fn a_year_after_its_payment_an_order_is_not_refunded() {
    let shop = paid_shop().await;
    shop.advance(365 * 86_400 + 1).await;
    let late = apply(&shop, &application(R1, 1, NOTIFY)).await;
    assert_eq!(late.code(), (400, "INVALID_REQUEST".into()));
}

#[tokio::test]
async fn an_order_has_fifty_refunds_at_most() {
    let shop = paid_shop().await;
    let mut quiet = application("R", 1, NOTIFY);
    quiet.as_object_mut().unwrap().remove("notify_url");
    for index in 0..50 {
        quiet["out_refund_no"] = json!(format!("R{index}"));
        assert_eq!(apply(&shop, &quiet).await.status, 200, "{index}");
        shop.advance(60).await;
    }
    quiet["out_refund_no"] = json!("R50");
    assert_eq!(apply(&shop, &quiet).await.code(), (400, "INVALID_REQUEST".into()));
}

#[tokio::test]
async fn a_closed_refund_frees_its_sum_for_a_new_number() {
    let shop = paid_shop().await;
    let bell = Doorbell::answering(204).await;
    shop.fault(json!({ "route": "refund", "out_trade_no": NO, "kind": "closed" })).await;
    let wish = application(R1, 1234, &bell.url);
    assert_eq!(apply(&shop, &wish).await.json()["status"], "PROCESSING");
    shop.advance(60).await;
    let (event, plaintext) = told(&shop, &bell.hears(1).await[0]);
    assert_eq!((event, &plaintext["refund_status"]), (json!("REFUND.CLOSED"), &json!("CLOSED")));
    assert_eq!(plaintext.get("success_time"), None);
    assert_eq!(apply(&shop, &wish).await.json()["status"], "CLOSED");
    assert_eq!(apply(&shop, &application("R2", 1234, NOTIFY)).await.status, 200);
    shop.advance(60).await;
    assert_eq!(status(&shop, "R2").await, "SUCCESS");
    assert_eq!(shop.trade_state(NO).await, "REFUND");
}

#[tokio::test]
async fn a_partners_refunds_name_the_sub_merchant() {
    let shop = Shop::open().await;
    let partner = partner_of(&shop);
    let bell = Doorbell::answering(204).await;
    let order = partner_order(&partner, NO, NOTIFY).to_string();
    let placed = partner.call("POST", "/v3/pay/partner/transactions/native", &order).await.json();
    let wish = json!({ "code_url": placed["code_url"], "coupon": 500 });
    shop.control("POST", "pay", wish).await;

    let mut wish = application(R1, 2000, &bell.url);
    wish["amount"]["total"] = json!(2000);
    assert_eq!(apply(&partner, &wish).await.code(), (400, "PARAM_ERROR".into()));
    for (sub_mchid, code) in [
        ("1500000000".to_owned(), (404, "MCH_NOT_EXISTS")),
        (shop.credentials.mchid.clone(), (403, "NO_AUTH")),
        (sub(&partner, 1), (404, "RESOURCE_NOT_EXISTS")),
    ] {
        wish["sub_mchid"] = json!(sub_mchid);
        assert_eq!(apply(&partner, &wish).await.code(), (code.0, code.1.into()));
    }
    wish["sub_mchid"] = json!(sub(&partner, 0));
    let taken = apply(&partner, &wish).await.json();
    assert_eq!(taken["amount"]["payer_refund"], 1500);
    assert_eq!(taken["amount"]["settlement_refund"], 2000);
    assert_eq!(taken["amount"]["discount_refund"], 500);
    assert_eq!(taken["promotion_detail"][0]["refund_amount"], 500);

    let target = |query: &str| format!("{R1}{query}");
    let own = target(&format!("?sub_mchid={}", sub(&partner, 0)));
    assert_eq!(ask(&partner, &own).await.json(), taken);
    assert_eq!(ask(&partner, R1).await.code(), (400, "PARAM_ERROR".into()));
    let stranger = ask(&partner, &target(&format!("?sub_mchid={}", shop.credentials.mchid))).await;
    assert_eq!(stranger.code(), (403, "NO_AUTH".into()));
    let other = ask(&partner, &target(&format!("?sub_mchid={}", sub(&partner, 1)))).await;
    assert_eq!(other.code(), (404, "RESOURCE_NOT_EXISTS".into()));
    // A direct merchant has no sub-merchant to name, and no such refund.
    assert_eq!(ask(&shop, &own).await.code(), (400, "INVALID_REQUEST".into()));
    assert_eq!(ask(&shop, R1).await.code(), (404, "RESOURCE_NOT_EXISTS".into()));

    shop.advance(20).await;
    let (event, plaintext) = told(&partner, &bell.hears(1).await[0]);
    assert_eq!(event, "REFUND.SUCCESS");
    assert_eq!(plaintext["sp_mchid"], partner.credentials.mchid);
    assert_eq!(plaintext["sub_mchid"], sub(&partner, 0));
    assert_eq!(plaintext.get("mchid"), None);
    assert_eq!(plaintext["amount"]["payer_refund"], 1500);
}

#[tokio::test]
async fn a_refund_whose_answer_was_lost_is_found_by_its_number() {
    let shop = paid_shop().await;
    let wish = application(R1, 234, NOTIFY);
    shop.fault(json!({ "route": "refund", "kind": "reply-dropped" })).await;
    assert!(shop.try_call("POST", REFUNDS, &wish.to_string()).await.is_none());
    let asked = ask(&shop, R1).await.json();
    assert_eq!(apply(&shop, &wish).await.json(), asked);

    for (index, (kind, status, code, done)) in [
        ("error-but-done", 500, "SYSTEM_ERROR", true),
        ("rate-limited-but-done", 429, "FREQUENCY_LIMITED", true),
        ("rate-limited", 429, "FREQUENCY_LIMITED", false),
        ("not-enough", 403, "NOT_ENOUGH", false),
    ]
    .into_iter()
    .enumerate()
    {
        shop.advance(60).await;
        let number = format!("R{index}");
        let wish = application(&number, 10, NOTIFY);
        shop.fault(json!({ "route": "refund", "out_trade_no": NO, "kind": kind })).await;
        assert_eq!(apply(&shop, &wish).await.code(), (status, code.into()));
        assert_eq!(ask(&shop, &number).await.status, if done { 200 } else { 404 }, "{kind}");
        assert_eq!(apply(&shop, &wish).await.status, 200, "{kind}");
    }
}

#[tokio::test]
async fn unsigned_and_probe_signed_refund_answers_do_not_verify() {
    let shop = paid_shop().await;
    let wish = application(R1, 234, NOTIFY);
    shop.fault(json!({ "route": "refund", "kind": "unsigned" })).await;
    let reply = apply(&shop, &wish).await;
    assert_eq!((reply.status, reply.header("wechatpay-signature")), (200, None));
    shop.fault(json!({ "route": "refund-query", "kind": "probe-signed" })).await;
    let reply = ask(&shop, R1).await;
    assert!(!shop.is_genuine(&reply.headers, &reply.body));
    assert_eq!(status(&shop, R1).await, "PROCESSING");
}

#[tokio::test]
async fn the_control_surface_shows_refunds_and_a_reset_forgets_them() {
    let shop = paid_shop().await;
    apply(&shop, &application(R1, 234, NOTIFY)).await;
    let (code, row) = shop.control("GET", &format!("refunds/{R1}"), Value::Null).await;
    assert_eq!((code, &row["status"]), (200, &json!("PROCESSING")));
    assert_eq!((&row["out_trade_no"], &row["amount"]["refund"]), (&json!(NO), &json!(234)));
    let list = async |query: &str| {
        let (_, said) = shop.control("GET", &format!("refunds{query}"), Value::Null).await;
        said["data"].as_array().unwrap().len()
    };
    assert_eq!(list("").await, 1);
    assert_eq!(list(&format!("?out_trade_no={NO}&limit=5")).await, 1);
    assert_eq!(list("?out_trade_no=T20250101000009").await, 0);
    assert_eq!(shop.control("GET", "refunds/R9", Value::Null).await.0, 404);
    let (_, feed) = shop.control("GET", "feed", Value::Null).await;
    assert_eq!(feed["refunds"][0]["out_refund_no"], R1);

    shop.control("POST", "reset", Value::Null).await;
    assert_eq!(list("").await, 0);
    assert_eq!(ask(&shop, R1).await.status, 404);
}

#[tokio::test]
async fn on_refunds_missing_headers_are_told_before_a_bad_signature() {
    let shop = paid_shop().await;
    let body = application(R1, 1, NOTIFY).to_string();
    let json = ("content-type", "application/json");
    for (headers, code) in [
        (vec![json, ("user-agent", "test")], (400, "INVALID_REQUEST")),
        (vec![json, ("user-agent", "test"), ("accept", "*/*")], (401, "SIGN_ERROR")),
    ] {
        let reply = shop.send("POST", REFUNDS, &body, &headers).await.unwrap();
        assert_eq!(reply.code(), (code.0, code.1.into()));
        assert_eq!(reply.header("wechatpay-signature"), None);
    }
    assert_eq!(ask(&shop, R1).await.status, 404);
}
