//! Orders over V2: placed, placed again, paid, asked for and closed, beside APIv3's.

use serde_json::json;

use super::till::{TAKEN, Till, order, refused};
use crate::restart::{Folder, Running};
use crate::rules::xml::{field, read};
use crate::shop::{Doorbell, NATIVE};

const NO: &str = "T20250101000001";
const NOTIFY: &str = "http://127.0.0.1:9/notify";

#[tokio::test]
async fn an_order_is_placed_paid_and_asked_for_by_either_method() {
    for is_hmac in [false, true] {
        let till = Till::open(is_hmac).await;
        let placed = till.order(NO, NOTIFY).await;
        let said = |name| field(&placed, name).unwrap();
        assert_eq!(said("trade_type"), "NATIVE");
        assert!(said("prepay_id").starts_with("wx") && said("prepay_id").len() == 36);
        assert_eq!(field(&till.query(NO).await, "trade_state"), Some("NOTPAY"));
        let (_, paid) = till.shop.pay(said("code_url")).await;
        let found = till.query(NO).await;
        assert_eq!(field(&found, "trade_state"), Some("SUCCESS"));
        assert_eq!(field(&found, "transaction_id"), paid["transaction_id"].as_str());
        let id = paid["transaction_id"].as_str().unwrap();
        let by_id = till.call("/pay/orderquery", &[("transaction_id", id)]).await;
        assert_eq!(field(&by_id, "out_trade_no"), Some(NO));
        assert_eq!(refused(&till.close(NO).await), Some("ORDERPAID"));
    }
}

#[tokio::test]
async fn placed_again_an_order_has_a_fresh_code_and_prepay_id_and_the_old_ones_are_void() {
    let till = Till::open(true).await;
    let (first, again) = (till.order(NO, NOTIFY).await, till.order(NO, NOTIFY).await);
    for name in ["code_url", "prepay_id"] {
        assert_ne!(field(&first, name), field(&again, name), "{name}");
    }
    let (_, said) = till.shop.pay(field(&first, "code_url").unwrap()).await;
    assert_eq!(said["code"], "code_void");
    assert_eq!(till.shop.pay(field(&again, "code_url").unwrap()).await.0, 200);
}

#[tokio::test]
async fn both_apis_know_one_order_and_each_tells_it_its_own_way() {
    let till = Till::open(false).await;
    till.sell(NO, NOTIFY).await;
    assert_eq!(till.shop.trade_state(NO).await, "SUCCESS");
    let code = till.shop.place("T20250101000002", NOTIFY).await;
    assert_eq!(field(&till.query("T20250101000002").await, "trade_state"), Some("NOTPAY"));
    assert_eq!(refused(&till.close("T20250101000002").await), None);
    assert_eq!(till.shop.pay(&code).await.1["code"], "order_closed");
    assert_eq!(refused(&till.close("T20250101000002").await), Some("ORDERCLOSED"));
    // The number is the merchant's, whichever API used it.
    let body = till.shop.order(NO, NOTIFY).to_string();
    assert_eq!(till.shop.call("POST", NATIVE, &body).await.code().1, "INVALID_REQUEST");
}

#[tokio::test]
async fn a_coupon_shows_in_the_fields_that_v2_has_for_it() {
    let till = Till::open(true).await;
    let placed = till.order(NO, NOTIFY).await;
    let pay = json!({
        "code_url": field(&placed, "code_url"), "coupon": 500, "coupon_type": "NOCASH"
    });
    assert_eq!(till.shop.control("POST", "pay", pay).await.0, 200);
    let found = till.query(NO).await;
    for (name, value) in [
        ("total_fee", "1234"),
        ("cash_fee", "734"),
        ("settlement_total_fee", "734"),
        ("coupon_fee", "500"),
        ("coupon_count", "1"),
        ("coupon_type_0", "NO_CASH"),
        ("coupon_fee_0", "500"),
    ] {
        assert_eq!(field(&found, name), Some(value), "{name}");
    }
}

#[tokio::test]
async fn a_short_link_is_the_same_each_time_and_of_one_long_one() {
    let till = Till::open(false).await;
    let long = |product: &str| format!("weixin://wxpay/bizpayurl?product_id={product}&sign=0");
    let mut short = Vec::new();
    for product in ["a", "a", "b"] {
        let made = till.call("/tools/shorturl", &[("long_url", &long(product))]).await;
        short.push(field(&made, "short_url").unwrap().to_owned());
    }
    assert!(short[0].starts_with("weixin://wxpay/s/") && short[0].len() <= 64);
    assert_eq!(short[0], short[1]);
    assert_ne!(short[0], short[2]);
}

#[tokio::test]
async fn a_v2_order_and_its_news_survive_sigkill() {
    let folder = Folder::with_keys("v2-kill");
    let bell = Doorbell::answering(500).await;
    let short_url = {
        let running = Running::start(&folder.0);
        let till = Till { shop: running.shop(&folder.0), is_hmac: true };
        till.sell(NO, &bell.url).await;
        till.shop.advance(0).await;
        let long_url = [("long_url", "weixin://wxpay/bizpayurl?product_id=a&sign=0")];
        let made = till.call("/tools/shorturl", &long_url).await;
        field(&made, "short_url").unwrap().to_owned()
    };
    bell.now_answers(200);
    bell.now_says(TAKEN);
    let running = Running::start(&folder.0);
    let till = Till { shop: running.shop(&folder.0), is_hmac: true };
    till.shop.advance(15).await;
    let heard = bell.heard();
    let told = read(std::str::from_utf8(&heard.last().unwrap().body).unwrap()).unwrap();
    assert_eq!(field(&told, "out_trade_no"), Some(NO));
    assert_eq!(till.shop.notification(NO).await["state"], "accepted");
    let again = till.call("/pay/unifiedorder", &order(NO, &bell.url)).await;
    assert_eq!(refused(&again), Some("ORDERPAID"));
    // What it stands for is no good link; that it stands for something is what counts here.
    for (link, known) in [(short_url.as_str(), true), ("weixin://wxpay/s/0000000", false)] {
        let (_, said) = till.shop.pay(link).await;
        assert_eq!(said["code"] != "unknown_code", known, "{link}: {said}");
    }
}
