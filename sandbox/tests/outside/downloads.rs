//! Bills on their way: addresses that belong to one merchant and expire, and bad days.

use http_body_util::BodyExt;
use serde_json::{Value, json};

use crate::bills::{advance_to, asked, fetched, sold};
use crate::partner::partner_of;
use crate::shop::Shop;

#[tokio::test]
async fn an_address_is_one_merchants_and_expires() {
    let shop = Shop::open().await;
    let (day, _) = sold(&shop).await;
    advance_to(&shop, 10).await;
    let query = format!("tradebill?bill_date={day}");
    let settings = shop.control("GET", "bills", Value::Null).await.1;
    assert_eq!(settings["url_life_s"], 30);

    let posted = asked(&shop, &query).await.json();
    let foreign = fetched(&partner_of(&shop), &posted).await;
    assert_eq!(foreign.code(), (403, "NO_AUTH".into()));
    let target = posted["download_url"].as_str().unwrap().strip_prefix(&shop.base).unwrap();
    let headers = [("accept", "*/*"), ("user-agent", "t")];
    let nobody = shop.send("GET", target, "", &headers).await.unwrap();
    assert_eq!(nobody.code(), (401, "SIGN_ERROR".into()));
    for wrong in
        ["/v3/billdownload/file", "/v3/billdownload/file?token=x", &format!("{target}&more=1")]
    {
        let reply = shop.call("GET", wrong, "").await;
        assert_eq!(reply.code(), (400, "INVALID_REQUEST".into()), "{wrong}");
    }
    assert_eq!(fetched(&shop, &posted).await.status, 200);

    // The business clock does not age an address; only the wall clock does.
    shop.advance(3_600).await;
    assert_eq!(fetched(&shop, &posted).await.status, 200);
    assert_eq!(shop.control("PUT", "bills", json!({ "url_life_s": 0 })).await.0, 200);
    let posted = asked(&shop, &query).await.json();
    let gone = fetched(&shop, &posted).await;
    assert_eq!(gone.code(), (400, "INVALID_REQUEST".into()));
    for wish in [json!({}), json!({ "url_life_s": -1 }), json!({ "url_life_s": 1, "more": 1 })] {
        assert_eq!(shop.control("PUT", "bills", wish).await.0, 400);
    }
    let settings = shop.control("GET", "bills", Value::Null).await.1;
    assert_eq!(settings["url_life_s"], 0);
}

#[tokio::test]
async fn bills_have_bad_days_of_their_own() {
    let shop = Shop::open().await;
    let (day, _) = sold(&shop).await;
    advance_to(&shop, 10).await;
    let query = format!("tradebill?bill_date={day}");
    for (kind, code) in [("late", "STATEMENT_CREATING"), ("missing", "NO_STATEMENT_EXIST")] {
        shop.fault(json!({ "route": "bill", "kind": kind })).await;
        assert_eq!(asked(&shop, &query).await.code(), (400, code.to_owned()));
        assert_eq!(asked(&shop, &query).await.status, 200, "{kind}");
    }
    let right = asked(&shop, &query).await.json();
    shop.fault(json!({ "route": "bill", "kind": "wrong-hash" })).await;
    let wrong = asked(&shop, &query).await;
    assert!(shop.is_genuine(&wrong.headers, &wrong.body));
    assert_ne!(wrong.json()["hash_value"], right["hash_value"]);
    assert_eq!(fetched(&shop, &wrong.json()).await.body, fetched(&shop, &right).await.body);
    shop.fault(json!({ "route": "bill", "kind": "expired-url" })).await;
    let expired = asked(&shop, &query).await.json();
    assert_eq!(fetched(&shop, &expired).await.code(), (400, "INVALID_REQUEST".into()));
}

#[tokio::test]
async fn a_download_may_stop_half_way() {
    let shop = Shop::open().await;
    let (day, _) = sold(&shop).await;
    advance_to(&shop, 10).await;
    let posted = asked(&shop, &format!("tradebill?bill_date={day}")).await.json();
    let whole = fetched(&shop, &posted).await.body;
    shop.fault(json!({ "route": "bill-download", "kind": "cut-short" })).await;
    let target = posted["download_url"].as_str().unwrap().strip_prefix(&shop.base).unwrap();
    let reply = shop.open_call(target).await;
    let length = reply.headers()["content-length"].to_str().unwrap().to_owned();
    assert_eq!(length, whole.len().to_string());
    let (mut body, mut got, mut broke) = (reply.into_body(), Vec::new(), false);
    while let Some(frame) = body.frame().await {
        match frame {
            Ok(frame) => got.extend_from_slice(&frame.into_data().unwrap()),
            Err(_) => {
                broke = true;
                break;
            }
        }
    }
    assert!(broke);
    assert_eq!(got, whole[..whole.len() / 2]);
    assert_eq!(fetched(&shop, &posted).await.body, whole);
    shop.fault(json!({ "route": "bill-download", "kind": "unavailable" })).await;
    assert_eq!(fetched(&shop, &posted).await.code(), (503, "SERVICE_UNAVAILABLE".into()));
}
