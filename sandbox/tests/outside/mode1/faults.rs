//! Bad days of the callback: lost, doubled, forged, changed, for nothing known, and hung up on.

use std::collections::BTreeSet;
use std::sync::Arc;

use sandbox::fault::Route;
use serde_json::{Value, json};

use super::NO;
use super::counter::{Counter, Reply, fields, md5_sign, phone, signed_xml, xml};
use crate::shop::Shop;

/// A shop that believes a callback only if its sign is right, and sells one product.
async fn wary() -> (Shop, Counter) {
    let shop = Shop::open().await;
    let counter = Counter::open(&shop).await;
    let prepay_id = counter.place(&shop, NO, &[]).await;
    let own = counter.clone();
    counter.replies(Reply::Made(Arc::new(move |asked| {
        if asked["sign"] != md5_sign(asked, &own.key) {
            return xml(&fields([("return_code", "FAIL"), ("return_msg", "签名错误")]));
        }
        let answer = match asked["product_id"].as_str() {
            "SKU-88888" => own.answer(&[("prepay_id", &prepay_id)]),
            _ => own.answer(&[("result_code", "FAIL"), ("err_code_des", "商品不存在")]),
        };
        signed_xml(&answer, &own.key)
    })));
    (shop, counter)
}

async fn scan(shop: &Shop, counter: &Counter, fault: Value) -> (u16, Value) {
    let mut wish = json!({ "route": "native_callback" });
    wish.as_object_mut().unwrap().extend(fault.as_object().unwrap().clone());
    shop.fault(wish).await;
    let answered = phone(shop, "scan", &counter.link("SKU-88888"), "ann").await;
    assert_eq!(answered.1["callback"]["fault"], fault["kind"], "{}", answered.1);
    // It happens once.
    let (status, said) = phone(shop, "scan", &counter.link("SKU-88888"), "ann").await;
    assert_eq!((status, &said["callback"]["fault"]), (200, &Value::Null), "{said}");
    answered
}

#[tokio::test]
async fn what_is_dropped_never_arrives() {
    let (shop, counter) = wary().await;
    let (status, said) = scan(&shop, &counter, json!({ "kind": "dropped" })).await;
    assert_eq!((status, &said["code"]), (502, &json!("callback_unreachable")));
    assert_eq!(said["callback"]["tries"][0]["request"], Value::Null);
    assert_eq!(counter.asked().len(), 1, "the second scan alone");
}

#[tokio::test]
async fn what_is_duplicated_arrives_twice_and_the_phone_goes_on_with_one() {
    let (shop, counter) = wary().await;
    let (status, said) = scan(&shop, &counter, json!({ "kind": "duplicated" })).await;
    assert_eq!((status, &said["out_trade_no"]), (200, &json!(NO)), "{said}");
    assert_eq!(said["callback"]["tries"].as_array().unwrap().len(), 2);
    let asked = counter.asked();
    assert_eq!(asked.len(), 3);
    let nonces: BTreeSet<_> = asked.iter().map(|each| &each.fields["nonce_str"]).collect();
    assert_eq!(nonces.len(), 3);
    assert!(asked.iter().all(|each| each.fields["sign"] == md5_sign(&each.fields, &counter.key)));
}

#[tokio::test]
async fn a_forged_or_changed_callback_is_for_the_merchant_to_refuse() {
    for kind in ["wrong-signature", "tampered"] {
        let (shop, counter) = wary().await;
        let (status, said) = scan(&shop, &counter, json!({ "kind": kind })).await;
        assert_eq!((status, &said["code"]), (409, &json!("callback_refused")), "{kind}: {said}");
        assert!(said["message"].as_str().unwrap().contains("签名错误"), "{kind}: {said}");
    }
}

#[tokio::test]
async fn an_unknown_product_and_an_unknown_field_are_genuine() {
    let (shop, counter) = wary().await;
    let (status, said) = scan(&shop, &counter, json!({ "kind": "unknown-product" })).await;
    assert_eq!((status, &said["words"]), (409, &json!("商品不存在")), "{said}");
    let (status, said) = scan(&shop, &counter, json!({ "kind": "extra-fields" })).await;
    assert_eq!((status, &said["out_trade_no"]), (200, &json!(NO)), "{said}");
    let asked = counter.asked();
    assert!(asked.iter().any(|each| each.fields.contains_key("scene_of_tomorrow")));
}

#[tokio::test]
async fn the_platform_may_hang_up_before_it_is_answered() {
    let (shop, counter) = wary().await;
    let answer = counter.clone();
    counter.replies(Reply::Silent);
    shop.fault(json!({ "route": "native_callback", "kind": "hung-up", "delay_ms": 500 })).await;
    let (status, said) = phone(&shop, "scan", &answer.link("SKU-88888"), "ann").await;
    assert_eq!((status, &said["code"]), (504, &json!("callback_late")), "{said}");
    assert!(said["message"].as_str().unwrap().contains("after 500 ms, as asked"), "{said}");
    assert_eq!(counter.asked().len(), 1, "it was sent");
}

#[tokio::test]
async fn a_late_callback_is_genuine() {
    let (shop, counter) = wary().await;
    let (status, said) = scan(&shop, &counter, json!({ "kind": "delayed", "delay_ms": 1 })).await;
    assert_eq!((status, &said["out_trade_no"]), (200, &json!(NO)), "{said}");
}

#[test]
fn every_kind_has_a_test_here() {
    let tests = include_str!("faults.rs");
    for kind in Route::NativeCallback.kinds() {
        assert!(tests.contains(&format!("\"{}\"", kind.name())), "{}", kind.name());
    }
}

#[tokio::test]
async fn a_callback_is_about_no_order_yet() {
    let shop = Shop::open().await;
    let wish = json!([{ "route": "native_callback", "kind": "dropped", "out_trade_no": NO }]);
    let (status, said) = shop.control("PUT", "faults", wish).await;
    assert_eq!((status, &said["code"]), (400, &json!("bad_request")));
    assert!(said["message"].as_str().unwrap().contains("not about an order"), "{said}");
}
