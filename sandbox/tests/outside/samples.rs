//! The reference's sample answers, field by field: where the sandbox says the same, it says it in
//! the same words and shape. Samples whose every value can be compared are met where they are made.

use serde_json::{Map, Value, json};

use crate::bills::{advance_to, asked, sold, today};
use crate::fund_flows::sold_for;
use crate::partner::{partner_of, partner_order, sub};
use crate::shop::{NATIVE, Reply, Shop};

const SAMPLES: &str = include_str!("../vectors/reference_answers.json");
const NOTIFY: &str = "https://pay.example.com/wechat/notify";
const NO: &str = "T20250101000001";

/// A sample's status and body.
fn sample(name: &str) -> (u16, Value) {
    let all: Value = serde_json::from_str(SAMPLES).unwrap();
    let sample = &all["answers"][name];
    (u16::try_from(sample["status"].as_u64().unwrap()).unwrap(), sample["body"].clone())
}

/// Names and kinds, without values: what a decoder sees first.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let shapes = fields.iter().map(|(name, value)| (name.clone(), shape(value)));
            Value::Object(shapes.collect::<Map<_, _>>())
        }
        Value::Array(items) => Value::Array(items.iter().map(shape).collect()),
        Value::String(_) => json!("text"),
        Value::Number(number) => json!(if number.is_u64() { "whole" } else { "number" }),
        Value::Bool(_) => json!("flag"),
        Value::Null => Value::Null,
    }
}

#[track_caller]
fn is_shaped_as(name: &str, reply: &Reply) {
    let (status, body) = sample(name);
    assert_eq!((reply.status, shape(&reply.json())), (status, shape(&body)), "{name}");
}

/// A refusal with this very code and these very words.
#[track_caller]
fn is_said_as(name: &str, reply: &Reply) {
    let (status, body) = sample(name);
    assert_eq!((reply.status, reply.json()), (status, body), "{name}");
}

async fn place(shop: &Shop, order: &Value) -> Reply {
    shop.call("POST", NATIVE, &order.to_string()).await
}

/// Protocol reference G.3, G.10.
#[tokio::test]
async fn orders_are_refused_in_the_samples_words() {
    let shop = Shop::open().await;
    is_said_as("order_unknown", &shop.call("GET", &shop.by_number(NO), "").await);

    shop.place(NO, NOTIFY).await;
    let mut changed = shop.order(NO, NOTIFY);
    changed["description"] = json!("红茶");
    is_said_as("changed_order", &place(&shop, &changed).await);

    let mut free = shop.order("T20250101000009", NOTIFY);
    free["amount"]["total"] = json!(0);
    let refused = place(&shop, &free).await;
    let (status, body) = sample("parameter");
    assert_eq!(refused.code(), (status, body["code"].as_str().unwrap().to_owned()));
    let detail = &refused.json()["detail"];
    for field in ["field", "value", "location"] {
        assert_eq!(detail[field], body["detail"][field], "{field}");
    }

    let partner = partner_of(&shop);
    let target = "/v3/pay/partner/transactions/native";
    let mut order = partner_order(&partner, NO, NOTIFY);
    assert_eq!(partner.call("POST", target, &order.to_string()).await.status, 200);
    let other = &partner.credentials.partner.sub_merchants[1];
    order["sub_mchid"] = json!(other.sub_mchid);
    order["sub_appid"] = json!(other.sub_appid);
    is_said_as("number_taken", &partner.call("POST", target, &order.to_string()).await);

    shop.fault(json!({ "route": "query", "kind": "rate-limited", "times": 1 })).await;
    is_said_as("too_fast", &shop.call("GET", &shop.by_number(NO), "").await);
    shop.fault(json!({ "route": "query", "kind": "error-but-done", "times": 1 })).await;
    is_said_as("system_error", &shop.call("GET", &shop.by_number(NO), "").await);
}

/// Protocol reference G.8.
#[tokio::test]
async fn bills_are_answered_as_the_samples_are() {
    let shop = Shop::open().await;
    let (day, _) = sold(&shop).await;
    let target = format!("tradebill?bill_date={day}");
    advance_to(&shop, 9).await;
    is_said_as("statement_creating", &asked(&shop, &target).await);
    shop.advance(3_600).await;
    is_shaped_as("trade_bill", &asked(&shop, &target).await);
    // The accounts of that day are there, but nothing moved on this one.
    let deposit = format!("fundflowbill?bill_date={day}&account_type=OPERATION");
    is_said_as("no_statement", &asked(&shop, &deposit).await);

    let partner = partner_of(&shop);
    advance_to(&shop, 12).await;
    sold_for(&partner, &sub(&partner, 0), "T20250101000002").await;
    let day = today(&shop).await;
    advance_to(&shop, 10).await;
    let sub = sub(&partner, 0);
    let target = format!(
        "sub-merchant-fundflowbill?sub_mchid={sub}&bill_date={day}&account_type=BASIC\
         &algorithm=AEAD_AES_256_GCM"
    );
    let reply = asked(&partner, &target).await;
    is_shaped_as("sub_merchant_bill", &reply);
    let [ours, theirs] = [reply.json(), sample("sub_merchant_bill").1].map(|body| {
        let entry = &body["download_bill_list"][0];
        ["encrypt_key", "nonce", "hash_value"].map(|name| entry[name].as_str().unwrap().len())
    });
    assert_eq!(ours, theirs, "as long as the sample's");
}

/// Protocol reference G.9.
#[tokio::test]
async fn certificates_are_answered_as_the_sample_is() {
    let shop = Shop::open().await;
    let reply = shop.call("GET", "/v3/certificates", "").await;
    is_shaped_as("certificates", &reply);
    let [ours, theirs] = [reply.json(), sample("certificates").1].map(|body| {
        let entry = &body["data"][0];
        let sealed = &entry["encrypt_certificate"];
        let length = |value: &Value| value.as_str().unwrap().len();
        let words = [&sealed["algorithm"], &sealed["associated_data"]].map(Clone::clone);
        let lengths = [&sealed["nonce"], &entry["serial_no"], &entry["effective_time"]].map(length);
        (words, lengths)
    });
    assert_eq!(ours, theirs);
}
