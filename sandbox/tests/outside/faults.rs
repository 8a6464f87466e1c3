//! Bad days: how they are asked for. What each of them does is in [`calls`] and [`notices`].

mod calls;
mod notices;
mod page;
mod stage;

use std::sync::Arc;

use sandbox::serve;
use sandbox::store::{Saved, Store};
use sandbox::world::{Settings, World};
use serde_json::{Value, json};

use crate::shop::{Doorbell, NATIVE, Shop, credentials};

const NOTIFY: &str = "http://127.0.0.1:9/wechat/notify";
const NO: &str = "T20250101000001";

#[tokio::test]
async fn a_dropped_reply_has_taken_effect() {
    let shop = Shop::open().await;
    shop.fault(json!({ "route": "native", "kind": "reply-dropped", "times": 1 })).await;
    let body = shop.order(NO, NOTIFY).to_string();
    assert!(shop.try_call("POST", NATIVE, &body).await.is_none());
    assert_eq!(shop.trade_state(NO).await, "NOTPAY");
    assert_eq!(shop.call("POST", NATIVE, &body).await.status, 200);

    shop.fault(json!({ "route": "close", "kind": "reply-dropped", "times": 1 })).await;
    assert!(shop.close(NO).await.is_none());
    assert_eq!(shop.trade_state(NO).await, "CLOSED");
}

#[tokio::test]
async fn a_fault_waits_for_its_own_order() {
    let shop = Shop::open().await;
    shop.place(NO, NOTIFY).await;
    shop.place("T20250101000002", NOTIFY).await;
    let fault = json!({ "route": "query", "out_trade_no": NO, "kind": "rate-limited", "times": 1 });
    shop.fault(fault.clone()).await;
    assert_eq!(shop.call("GET", &shop.by_number("T20250101000002"), "").await.status, 200);
    assert_eq!(shop.control("GET", "faults", Value::Null).await.1["data"], json!([fault]));
    assert_eq!(shop.call("GET", &shop.by_number(NO), "").await.status, 429);
    assert_eq!(shop.control("GET", "faults", Value::Null).await.1["data"], json!([]));
}

#[tokio::test]
async fn faults_that_cannot_happen_are_refused_and_none_is_set() {
    let shop = Shop::open().await;
    let wishes = json!([
        { "route": "native", "kind": "unsigned", "times": 1 },
        { "route": "native", "kind": "stale", "times": 1 },
    ]);
    let (status, said) = shop.control("PUT", "faults", wishes).await;
    assert_eq!((status, &said["code"]), (400, &json!("bad_request")));
    assert!(said["message"].as_str().unwrap().contains("reply-dropped"));
    assert_eq!(shop.control("GET", "faults", Value::Null).await.1["data"], json!([]));
}

#[tokio::test]
async fn faults_are_added_one_or_many_replaced_and_cleared() {
    let shop = Shop::open().await;
    let one = json!({ "route": "query", "kind": "unsigned", "times": 1 });
    let two = json!({ "route": "query", "kind": "hangs", "times": 2, "delay_ms": 5 });
    let (status, said) = shop.control("POST", "faults", one.clone()).await;
    assert_eq!((status, &said["data"]), (200, &json!([one])));
    let (status, said) = shop.control("POST", "faults", json!([two, one])).await;
    assert_eq!((status, &said["data"]), (200, &json!([one, two, one])));
    let (status, said) = shop.control("PUT", "faults", json!([two])).await;
    assert_eq!((status, &said["data"]), (200, &json!([two])));
    for bad in [
        json!({ "route": "query", "kind": "unsigned", "delay_ms": 5 }),
        json!({ "route": "query", "kind": "hangs", "delay_ms": 60_001 }),
        json!({ "route": "bill", "kind": "late", "out_trade_no": NO }),
        json!({ "route": "bill", "kind": "late", "more": 1 }),
        json!("hangs"),
        json!(vec![one; 1_000]),
    ] {
        let (status, said) = shop.control("POST", "faults", bad.clone()).await;
        assert_eq!((status, &said["code"]), (400, &json!("bad_request")), "{said}");
    }
    assert_eq!(shop.control("GET", "faults", Value::Null).await.1["data"], json!([two]));
    assert_eq!(shop.control("DELETE", "faults", Value::Null).await.0, 200);
    assert_eq!(shop.control("GET", "faults", Value::Null).await.1["data"], json!([]));
}

#[tokio::test]
async fn a_call_that_hangs_is_let_go_when_the_sandbox_stops() {
    let world =
        World::new(credentials(), Store::in_memory(), Saved::default(), Settings::default());
    let (listener, address) = serve::listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(serve::serve(Arc::new(world.unwrap()), listener, async {
        let _ = stopped.await;
    }));
    let shop = Arc::new(Shop::at(format!("http://{address}"), credentials()));
    // A minute: the test would not wait for it.
    shop.fault(json!({ "route": "native", "kind": "hangs" })).await;
    let calling = Arc::clone(&shop);
    let call = tokio::spawn(async move {
        calling.try_call("POST", NATIVE, &calling.order(NO, NOTIFY).to_string()).await.is_none()
    });
    while shop.control("GET", &format!("orders/{NO}"), Value::Null).await.0 != 200 {
        tokio::task::yield_now().await;
    }
    stop.send(()).unwrap();
    assert!(call.await.unwrap());
    serving.await.unwrap();
}

#[tokio::test]
async fn an_order_that_was_paid_before_its_reply_has_been_told_before_too() {
    let shop = Shop::open().await;
    let bell = Doorbell::answering(204).await;
    shop.fault(json!({ "route": "native", "kind": "paid-before-reply" })).await;
    let reply = shop.call("POST", NATIVE, &shop.order(NO, &bell.url).to_string()).await;
    // No waiting here: what the shop hears comes before the reply.
    let heard = bell.heard();
    assert_eq!((reply.status, heard.len()), (200, 1));
    let told = shop.opened(&heard[0].body).unwrap();
    assert_eq!((&told["out_trade_no"], &told["trade_state"]), (&json!(NO), &json!("SUCCESS")));
    assert_eq!(shop.notification(NO).await["state"], "accepted");
    assert_eq!(shop.trade_state(NO).await, "SUCCESS");
}

#[tokio::test]
async fn a_phone_that_pays_first_is_told_of_and_what_it_cannot_pay_is_closed() {
    let shop = Shop::open().await;
    let bell = Doorbell::answering(204).await;
    shop.place(NO, &bell.url).await;
    shop.fault(json!({ "route": "close", "kind": "paid-first", "times": 2 })).await;
    assert_eq!(shop.close(NO).await.unwrap().code(), (400, "ORDER_PAID".into()));
    assert_eq!(bell.hears(1).await.len(), 1);

    // The second one's code is too old for any phone.
    shop.place("T20250101000002", &bell.url).await;
    shop.advance(7_200).await;
    assert_eq!(shop.close("T20250101000002").await.unwrap().status, 204);
    assert_eq!(shop.trade_state("T20250101000002").await, "CLOSED");
}
