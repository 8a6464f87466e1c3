//! Every try of a notification in full, and tries made by hand.

use serde_json::{Value, json};

use crate::shop::{Doorbell, Shop};

const NUMBER: &str = "T20250101000001";

/// A paid order whose one notification has been tried once.
async fn told(bell: &Doorbell) -> (Shop, String) {
    let shop = Shop::open().await;
    let code = shop.place(NUMBER, &bell.url).await;
    shop.pay(&code).await;
    bell.hears(1).await;
    // Whatever is due now has ended when this answers.
    shop.advance(0).await;
    let id = shop.notification(NUMBER).await["id"].as_str().unwrap().to_owned();
    (shop, id)
}

async fn one(shop: &Shop, id: &str) -> Value {
    let (status, told) = shop.control("GET", &format!("notifications/{id}"), Value::Null).await;
    assert_eq!(status, 200, "{told}");
    told
}

async fn resend(shop: &Shop, id: &str, wish: Value) -> Value {
    let (status, attempt) = shop.control("POST", &format!("notifications/{id}/resend"), wish).await;
    assert_eq!(status, 200, "{attempt}");
    attempt
}

#[tokio::test]
async fn a_try_is_kept_with_what_went_and_what_came_back() {
    let bell = Doorbell::answering(500).await;
    let (shop, id) = told(&bell).await;
    let told = one(&shop, &id).await;
    let attempt = &told["attempts"][0];
    assert_eq!(attempt["status"], 500);
    assert!(attempt["took_ms"].is_u64());
    let heard = &bell.heard()[0];
    assert_eq!(attempt["request"]["url"], bell.url);
    assert_eq!(attempt["request"]["body"].as_str().unwrap().as_bytes(), heard.body);
    for header in attempt["request"]["headers"].as_array().unwrap() {
        let name = header[0].as_str().unwrap();
        assert_eq!(header[1].as_str().unwrap(), heard.headers[name], "{name}");
    }
    assert_eq!(attempt["answer"]["body"], "");
    let headers = attempt["answer"]["headers"].as_array().unwrap();
    assert!(headers.contains(&json!(["content-length", "0"])), "{headers:?}");
    // The list stays as short as it was.
    assert_eq!(shop.notification(NUMBER).await["attempts"][0].get("request"), None);
}

#[tokio::test]
async fn of_a_long_answer_the_beginning_is_kept() {
    let long = |_: axum::extract::Request| async {
        let headers = ["x-a", "x-b", "x-c"].map(|name| (name, "v".repeat(2_000)));
        (headers, "红".repeat(10_000))
    };
    let (listener, address) = sandbox::serve::listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let merchant = axum::Router::new().fallback(long);
    tokio::spawn(async move { axum::serve(listener, merchant).await });
    let shop = Shop::open().await;
    let code = shop.place(NUMBER, &format!("http://{address}/notify")).await;
    shop.pay(&code).await;
    shop.advance(0).await;
    let id = shop.notification(NUMBER).await["id"].as_str().unwrap().to_owned();
    let told = one(&shop, &id).await;
    assert_eq!(told["state"], "accepted");
    let answer = &told["attempts"][0]["answer"];
    assert!(answer["body"].as_str().unwrap().starts_with(&"红".repeat(4_096 / 3)));
    assert!(answer["body"].as_str().unwrap().chars().count() <= 4_096 / 3 + 1);
    let kept = answer["headers"].as_array().unwrap();
    let long = kept.iter().filter(|header| header[0].as_str().unwrap().starts_with("x-"));
    assert_eq!(long.count(), 2, "{kept:?}");
}

#[tokio::test]
async fn a_resend_leaves_the_schedule_alone_until_it_is_taken() {
    let bell = Doorbell::answering(500).await;
    let (shop, id) = told(&bell).await;
    let due = one(&shop, &id).await["next_attempt_at"].clone();
    let attempt = resend(&shop, &id, Value::Null).await;
    assert_eq!((&attempt["status"], &attempt["resent"]), (&json!(500), &json!(true)));
    let heard = bell.hears(2).await;
    assert!(shop.is_genuine(&heard[1].headers, &heard[1].body));
    assert_eq!(shop.opened(&heard[0].body), shop.opened(&heard[1].body));
    assert_ne!(heard[0].body, heard[1].body);
    let told = one(&shop, &id).await;
    assert_eq!((&told["state"], &told["next_attempt_at"]), (&json!("pending"), &due));

    bell.now_answers(204);
    resend(&shop, &id, json!({})).await;
    let told = one(&shop, &id).await;
    assert_eq!((&told["state"], &told["next_attempt_at"]), (&json!("accepted"), &Value::Null));
    shop.advance(86_400).await;
    assert_eq!(bell.heard().len(), 3);
    // Once more, although it was taken.
    bell.now_answers(500);
    assert_eq!(resend(&shop, &id, Value::Null).await["status"], 500);
    assert_eq!(one(&shop, &id).await["state"], "accepted");
}

#[tokio::test]
async fn a_resend_may_go_wrong_on_purpose() {
    let bell = Doorbell::answering(204).await;
    let (shop, id) = told(&bell).await;
    let attempt = resend(&shop, &id, json!({ "fault": "tampered" })).await;
    assert_eq!(attempt["fault"], "tampered");
    let heard = bell.hears(2).await;
    assert!(!shop.is_genuine(&heard[1].headers, &heard[1].body));
    let attempt = resend(&shop, &id, json!({ "fault": "dropped" })).await;
    assert_eq!((&attempt["request"], &attempt["took_ms"]), (&Value::Null, &Value::Null));
    assert_eq!(bell.heard().len(), 2);
    let path = format!("notifications/{id}/resend");
    let (status, said) = shop.control("POST", &path, json!({ "fault": "bad-gateway" })).await;
    assert_eq!((status, &said["code"]), (400, &json!("bad_request")));
    for (method, path) in [("GET", "notifications/x"), ("POST", "notifications/x/resend")] {
        let (status, said) = shop.control(method, path, Value::Null).await;
        assert_eq!((status, &said["code"]), (404, &json!("unknown_notification")), "{path}");
    }
}
