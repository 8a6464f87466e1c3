//! Telling shops: genuine, sealed, and as often as the platform would.

use serde_json::json;

use crate::shop::{Doorbell, Shop};

#[tokio::test]
async fn a_payment_is_told_once_signed_and_sealed() {
    let shop = Shop::open().await;
    let bell = Doorbell::answering(204).await;
    let code = shop.place("T20250101000001", &bell.url).await;
    let (_, paid) = shop.pay(&code).await;
    let heard = &bell.hears(1).await[0];
    assert!(shop.is_genuine(&heard.headers, &heard.body));
    assert_eq!(heard.headers["user-agent"], "Mozilla/4.0");
    assert_eq!(heard.headers["content-type"], "application/json");

    let transaction = shop.opened(&heard.body).unwrap();
    assert_eq!(transaction["transaction_id"], paid["transaction_id"]);
    assert_eq!(transaction["amount"]["total"], 1234);
    assert_eq!(transaction["attach"], "cart=42");

    shop.advance(86_400).await;
    assert_eq!(bell.heard().len(), 1);
    let told = shop.notification("T20250101000001").await;
    assert_eq!((&told["state"], &told["attempts"][0]["status"]), (&json!("accepted"), &json!(204)));
}

#[tokio::test]
async fn a_shop_that_refuses_is_told_sixteen_times_each_time_freshly_sealed() {
    let shop = Shop::open().await;
    let bell = Doorbell::answering(500).await;
    let code = shop.place("T20250101000001", &bell.url).await;
    shop.pay(&code).await;
    bell.hears(1).await;
    shop.advance(15).await;
    assert_eq!(bell.heard().len(), 2);
    shop.advance(20).await;
    assert_eq!(bell.heard().len(), 3);
    shop.advance(86_640 - 35).await;
    let heard = bell.hears(16).await;

    let bodies: std::collections::HashSet<_> = heard.iter().map(|heard| &heard.body).collect();
    assert_eq!(bodies.len(), 16);
    let ids: std::collections::HashSet<_> = heard
        .iter()
        .map(|heard| {
            serde_json::from_slice::<serde_json::Value>(&heard.body).unwrap()["id"].clone()
        })
        .collect();
    assert_eq!(ids.len(), 1);
    assert!(heard.iter().all(|heard| shop.is_genuine(&heard.headers, &heard.body)));
    assert_eq!(shop.notification("T20250101000001").await["state"], "given_up");
}

#[tokio::test]
async fn a_retry_that_a_clock_step_brought_near_is_made_when_it_is_due() {
    let shop = Shop::open().await;
    let bell = Doorbell::answering(500).await;
    let code = shop.place("T20250101000001", &bell.url).await;
    shop.pay(&code).await;
    bell.hears(1).await;
    // Fifteen seconds lie between the tries: one or two of them are left.
    shop.advance(13).await;
    bell.hears(2).await;
}

#[tokio::test]
async fn a_shop_that_comes_back_is_told_by_the_next_retry() {
    let shop = Shop::open().await;
    let bell = Doorbell::answering(201).await;
    let code = shop.place("T20250101000001", &bell.url).await;
    shop.pay(&code).await;
    bell.hears(1).await;
    bell.now_answers(200);
    shop.advance(15).await;
    let told = shop.notification("T20250101000001").await;
    assert_eq!(told["state"], "accepted");
    assert_eq!(told["attempts"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn nobody_at_the_address_is_a_failed_try_with_a_reason() {
    let shop = Shop::open().await;
    // Port 9 is discard; nothing listens there on a machine that runs tests.
    let code = shop.place("T20250101000001", "http://127.0.0.1:9/notify").await;
    shop.pay(&code).await;
    shop.advance(0).await;
    let told = shop.notification("T20250101000001").await;
    assert_eq!(told["state"], "pending");
    assert!(told["attempts"][0]["error"].as_str().unwrap().contains("refused"), "{told}");
}
