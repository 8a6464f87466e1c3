//! Refunds that are ended by hand: at once, in any of the three ways, and told.

use serde_json::{Value, json};

use crate::bills::NOTIFY;
use crate::refunds::{REFUNDS, application, apply};
use crate::shop::{Doorbell, Shop};

const NO: &str = "T20250101000001";
const R1: &str = "R20250101000001";

async fn end(shop: &Shop, number: &str, verdict: Value) -> (u16, Value) {
    shop.control("PUT", &format!("refunds/{number}"), verdict).await
}

#[tokio::test]
async fn a_refund_on_its_way_ends_as_decided_and_is_told_at_once() {
    for status in ["SUCCESS", "ABNORMAL", "CLOSED"] {
        let shop = Shop::open().await;
        let bell = Doorbell::answering(204).await;
        let code = shop.place(NO, NOTIFY).await;
        shop.pay(&code).await;
        assert_eq!(apply(&shop, &application(R1, 234, &bell.url)).await.status, 200);
        let (answered, row) = end(&shop, R1, json!({ "status": status })).await;
        assert_eq!((answered, &row["status"]), (200, &json!(status)));
        let asked = shop.call("GET", &format!("{REFUNDS}/{R1}"), "").await.json();
        assert_eq!(asked["status"], status);
        let heard = bell.hears(1).await;
        assert!(shop.is_genuine(&heard[0].headers, &heard[0].body));
        let envelope: Value = serde_json::from_slice(&heard[0].body).unwrap();
        assert_eq!(envelope["event_type"], format!("REFUND.{status}"));
        assert_eq!(shop.opened(&heard[0].body).unwrap()["refund_status"], status);
        // The end that had been planned does not come as well.
        shop.advance(60).await;
        assert_eq!(bell.heard().len(), 1);
    }
}

#[tokio::test]
async fn only_what_is_on_its_way_can_be_ended() {
    let shop = Shop::open().await;
    let success = || json!({ "status": "SUCCESS" });
    assert_eq!(end(&shop, R1, success()).await.1["code"], "unknown_refund");
    let code = shop.place(NO, NOTIFY).await;
    shop.pay(&code).await;
    assert_eq!(apply(&shop, &application(R1, 234, NOTIFY)).await.status, 200);
    for bad in [json!({ "status": "PROCESSING" }), json!({}), json!({ "status": "CLOSED", "x": 1 })]
    {
        assert_eq!(end(&shop, R1, bad).await.0, 400);
    }
    shop.advance(20).await;
    let (status, said) = end(&shop, R1, success()).await;
    assert_eq!((status, &said["code"]), (409, &json!("refund_ended")));
}
