//! Which reading of a rule is in force, as a tester chooses it.

use serde_json::{Value, json};

use crate::shop::Shop;

#[tokio::test]
async fn what_is_not_named_stays_and_what_is_not_known_changes_nothing() {
    let shop = Shop::open().await;
    let mut chosen = json!({
        "order_number": "union", "close_unknown": "204", "bill_url_life_s": 30,
        "callback_within_ms": 5_000, "v2_certificate": "required",
    });
    assert_eq!(shop.control("GET", "settings", Value::Null).await, (200, chosen.clone()));
    let wish = json!({ "order_number": "current", "callback_within_ms": 60_000, "v2_certificate": "not_required" });
    chosen["order_number"] = json!("current");
    chosen["callback_within_ms"] = json!(60_000);
    chosen["v2_certificate"] = json!("not_required");
    assert_eq!(shop.control("PUT", "settings", wish).await, (200, chosen.clone()));
    for bad in [
        json!({ "order_number": "any" }),
        json!({ "close_unknown": 404 }),
        json!({ "close_unknown": "404", "bill_url_life_s": -1 }),
        json!({ "close_unknown": "404", "close_paid": "204" }),
        json!({ "close_unknown": "404", "callback_within_ms": 0 }),
        json!({ "close_unknown": "404", "callback_within_ms": 60_001 }),
    ] {
        let (status, said) = shop.control("PUT", "settings", bad.clone()).await;
        assert_eq!((status, &said["code"]), (400, &json!("bad_request")), "{bad}");
    }
    assert_eq!(shop.control("GET", "settings", Value::Null).await, (200, chosen));
}

#[tokio::test]
async fn the_life_of_a_bills_address_is_one_setting_under_two_names() {
    let shop = Shop::open().await;
    shop.control("PUT", "settings", json!({ "bill_url_life_s": 300 })).await;
    let life = shop.control("GET", "bills", Value::Null).await.1["url_life_s"].clone();
    assert_eq!(life, json!(300));
    shop.control("PUT", "bills", json!({ "url_life_s": 5 })).await;
    let life = shop.control("GET", "settings", Value::Null).await.1["bill_url_life_s"].clone();
    assert_eq!(life, json!(5));
}

#[tokio::test]
async fn a_reset_leaves_the_settings() {
    let shop = Shop::open().await;
    shop.control("PUT", "settings", json!({ "close_unknown": "404" })).await;
    shop.control("POST", "reset", Value::Null).await;
    assert_eq!(
        shop.close("T20250101000009").await.unwrap().code(),
        (404, "ORDER_NOT_EXIST".into())
    );
}
