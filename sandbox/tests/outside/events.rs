//! Whoever listens is told that something changed, and nobody else's page may listen.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use sandbox::serve;
use sandbox::store::{Saved, Store};
use sandbox::world::{Settings, World};
use serde_json::{Value, json};

use crate::shop::{Shop, credentials};

/// Somebody who listens.
struct Ear(Incoming);

impl Ear {
    async fn at(shop: &Shop) -> Self {
        let client = Client::builder(TokioExecutor::new()).build_http();
        let request = Request::get(format!("{}/sandbox/events", shop.base));
        let reply = client.request(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(reply.status(), 200);
        assert_eq!(reply.headers()["content-type"], "text/event-stream");
        Self(reply.into_body())
    }

    /// The revision in the next event.
    async fn next(&mut self) -> u64 {
        let frame = self.0.frame().await.unwrap().unwrap();
        let text = String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap();
        let data = text.strip_prefix("event: changed\ndata: ").unwrap().trim_end();
        let data: Value = serde_json::from_str(data).unwrap();
        data["revision"].as_u64().unwrap()
    }
}

#[tokio::test]
async fn each_kind_of_change_is_told_with_the_feeds_revision() {
    let shop = Shop::open().await;
    let mut ear = Ear::at(&shop).await;
    let mut seen = ear.next().await;
    let feed = async || shop.control("GET", "feed", Value::Null).await.1["revision"].as_u64();
    assert_eq!(feed().await, Some(seen), "looking changes nothing");
    let notify = "http://127.0.0.1:9/notify";
    for step in ["order", "fault", "clock", "keys", "request", "reset"] {
        match step {
            "order" => drop(shop.place("T20250101000001", notify).await),
            "fault" => shop.fault(json!({ "route": "native", "kind": "unsigned" })).await,
            "clock" => shop.advance(1).await,
            "keys" => drop(shop.control("PUT", "keys", json!({ "mode": "public-key" })).await),
            "request" => drop(shop.send("POST", "/v3/nothing", "", &[]).await),
            _ => drop(shop.control("POST", "reset", Value::Null).await),
        }
        let told = ear.next().await;
        assert!(told > seen, "{step}");
        // A step may be several changes; the last of them is told as well.
        seen = told;
        while Some(seen) != feed().await {
            seen = ear.next().await;
        }
    }
}

#[tokio::test]
async fn the_feed_has_all_that_the_console_shows() {
    let shop = Shop::open().await;
    shop.place("T20250101000001", "http://127.0.0.1:9/notify").await;
    shop.call("GET", &shop.by_number("T20250101000002"), "").await;
    let (_, feed) = shop.control("GET", "feed", Value::Null).await;
    let newest = &feed["requests"][0];
    for (field, value) in [
        ("id", json!(2)),
        ("method", json!("GET")),
        ("target", json!(shop.by_number("T20250101000002"))),
        ("status", json!(404)),
        ("code", json!("ORDER_NOT_EXIST")),
        ("fault", Value::Null),
        ("mchid", json!(shop.credentials.mchid)),
        ("out_trade_no", json!("T20250101000002")),
    ] {
        assert_eq!(newest[field], value, "{field}");
    }
    assert!(newest["why"].as_str().unwrap().starts_with("No such order"));
    assert_eq!(feed["requests"][1]["why"], Value::Null);
    assert_eq!(feed["credentials_changed"], 0);
    assert_eq!(feed["keys"]["mode"], "both");
    assert_eq!(feed["bill_days"], json!([]));
}

#[tokio::test]
async fn the_feed_says_that_credentials_changed_and_holds_no_key() {
    let shop = Shop::open().await;
    shop.control("POST", "merchant/api-v3-key", json!({})).await;
    let (_, feed) = shop.control("GET", "feed", Value::Null).await;
    assert_eq!(feed["credentials_changed"], 1);
    let text = feed.to_string();
    assert!(!text.contains("PRIVATE KEY") && !text.contains("api_v3_key"), "{text}");
}

#[tokio::test]
async fn listeners_are_few_and_foreign_pages_none() {
    let shop = Shop::open().await;
    let foreign = [("sec-fetch-site", "cross-site")];
    let reply = shop.send("GET", "/sandbox/events", "", &foreign).await.unwrap();
    assert_eq!(reply.code(), (403, "foreign_request".into()));
    let mut ears = Vec::new();
    for _ in 0..sandbox::pulse::LISTENERS_MAX {
        let mut ear = Ear::at(&shop).await;
        ear.next().await;
        ears.push(ear);
    }
    let reply = shop.send("GET", "/sandbox/events", "", &[]).await.unwrap();
    assert_eq!(reply.code(), (503, "too_many_listeners".into()));
}

#[tokio::test]
async fn who_listens_is_let_go_when_the_sandbox_ends() {
    let (store, saved) = (Store::in_memory(), Saved::default());
    let world = World::new(credentials(), store, saved, Settings::default()).unwrap();
    let (listener, address) = serve::listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let ended = tokio::spawn(serve::serve(Arc::new(world), listener, async {
        let _ = stopped.await;
    }));
    let shop = Shop::at(format!("http://{address}"), credentials());
    let mut ear = Ear::at(&shop).await;
    ear.next().await;
    stop.send(()).unwrap();
    // The stream has an end; a connection that is cut off would be an error.
    assert!(ear.0.frame().await.is_none());
    ended.await.unwrap();
}
