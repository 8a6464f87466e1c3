//! The load of `npm run bench -- --platform-load`, a handful of orders at a time.

use serde_json::{Value, json};

use crate::run::{Plan, report};
use crate::shop::Shop;

async fn loaded(shop: &Shop, rate: Option<f64>) -> Value {
    let plan = Plan { url: shop.base.clone(), orders: 60, connections: 3, rate };
    report(plan).await.unwrap()
}

#[tokio::test]
async fn the_load_is_orders_that_the_sandbox_takes_and_answers_that_it_signed() {
    let shop = Shop::open().await;
    let said = loaded(&shop, None).await;
    assert_eq!((&said["orders"], &said["statuses"]), (&json!(60), &json!({ "200": 60 })));
    assert_eq!((&said["kept"], &said["verified"]), (&json!(2), &json!(2)));
    let (_, orders) = shop.control("GET", "orders", Value::Null).await;
    assert_eq!(orders["data"].as_array().unwrap().len(), 60);
}

#[tokio::test]
async fn the_load_counts_what_is_refused_and_what_is_not_signed() {
    let shop = Shop::open().await;
    let fault = |kind, times| json!({ "route": "native", "kind": kind, "times": times });
    let faults = json!([fault("rate-limited", 7), fault("unsigned", 53)]);
    assert_eq!(shop.control("PUT", "faults", faults).await.0, 200);
    let said = loaded(&shop, Some(1_000.0)).await;
    assert_eq!(said["statuses"], json!({ "200": 53, "429": 7 }));
    assert_eq!((&said["kept"], &said["verified"]), (&json!(2), &json!(0)));
}
