//! What payers' phones can do: open an order, wait, fail, try again, pay; and who may.

use serde_json::{Value, json};

use crate::partner::{partner_of, partner_order, sub};
use crate::shop::{Doorbell, NATIVE, Shop};

const NO: &str = "T20250101000001";
const NOTIFY: &str = "http://127.0.0.1:9/wechat/notify";

/// One thing that a phone does.
async fn phone(shop: &Shop, verb: &str, code_url: &str, payer: Option<&str>) -> (u16, Value) {
    let mut wish = json!({ "code_url": code_url });
    if let Some(payer) = payer {
        wish["payer"] = json!(payer);
    }
    shop.control("POST", verb, wish).await
}

/// Who holds the order, and what the phone did last.
async fn holder(shop: &Shop) -> (Value, Value) {
    let (_, order) = shop.control("GET", &format!("orders/{NO}"), Value::Null).await;
    (order["payer"].clone(), order["phone"].clone())
}

fn other_payer(said: (u16, Value)) -> bool {
    (said.0, &said.1["code"]) == (409, &json!("other_payer"))
}

#[tokio::test]
async fn the_first_payer_who_scans_holds_the_order_also_by_a_fresh_code() {
    let shop = Shop::open().await;
    let code = shop.place(NO, NOTIFY).await;
    assert_eq!(holder(&shop).await, (Value::Null, Value::Null));
    let seen = phone(&shop, "scan", &code, Some("ann")).await;
    let expected = json!({
        "out_trade_no": NO, "description": "测试商品-红茶500g",
        "amount": { "total": 1234, "currency": "CNY" }, "payer": "ann",
    });
    assert_eq!(seen, (200, expected));
    assert_eq!(holder(&shop).await, (json!("ann"), json!("scanned")));
    for verb in ["scan", "refuse", "pay"] {
        assert!(other_payer(phone(&shop, verb, &code, Some("bob")).await), "{verb}");
    }
    let fresh = shop.place(NO, NOTIFY).await;
    assert_eq!(phone(&shop, "scan", &code, Some("ann")).await.1["code"], "code_void");
    assert!(other_payer(phone(&shop, "pay", &fresh, None).await));
    assert_eq!(shop.trade_state(NO).await, "NOTPAY");
    assert_eq!(phone(&shop, "pay", &fresh, Some("ann")).await.0, 200);
    assert_eq!(holder(&shop).await, (json!("ann"), json!("paid")));
}

#[tokio::test]
async fn a_failed_attempt_leaves_the_order_unpaid_and_untold_and_may_be_repeated() {
    let shop = Shop::open().await;
    let bell = Doorbell::answering(204).await;
    let code = shop.place(NO, &bell.url).await;
    let refused = phone(&shop, "refuse", &code, None).await;
    let expected = json!({ "out_trade_no": NO, "trade_state": "NOTPAY", "payer": "payer" });
    assert_eq!(refused, (200, expected));
    assert_eq!(holder(&shop).await, (json!("payer"), json!("refused")));
    assert_eq!(shop.trade_state(NO).await, "NOTPAY");
    shop.advance(60).await;
    assert_eq!(bell.heard().len(), 0);
    assert_eq!(phone(&shop, "pay", &code, None).await.0, 200);
    bell.hears(1).await;
    assert_eq!(holder(&shop).await, (json!("payer"), json!("paid")));
    assert_eq!(phone(&shop, "scan", &code, None).await.1["code"], "order_paid");
}

#[tokio::test]
async fn each_payer_has_one_openid_for_each_app_in_queries_and_notifications() {
    let shop = Shop::open().await;
    let bell = Doorbell::answering(204).await;
    let mut openids = Vec::new();
    for (number, payer) in [(NO, "ann"), ("T20250101000002", "ann"), ("T20250101000003", "bob")] {
        let code = shop.place(number, &bell.url).await;
        assert_eq!(phone(&shop, "pay", &code, Some(payer)).await.0, 200);
        shop.advance(0).await;
        let told = shop.opened(&bell.heard().last().unwrap().body).unwrap();
        let asked = shop.call("GET", &shop.by_number(number), "").await.json();
        assert_eq!(told["payer"], asked["payer"]);
        openids.push(asked["payer"]["openid"].as_str().unwrap().to_owned());
    }
    assert!(openids.iter().all(|openid| openid.len() == 28 && openid.starts_with('o')));
    assert!(openids[0] == openids[1] && openids[1] != openids[2], "{openids:?}");

    // A partner's two apps know the same payer by two names; of an app that was not named, nothing.
    let partner = partner_of(&shop);
    let mut order = partner_order(&partner, "T20250101000004", &bell.url);
    let payers = async |order: Value| {
        let target = NATIVE.replace("/pay/", "/pay/partner/");
        let code = partner.call("POST", &target, &order.to_string()).await.json();
        let code = code["code_url"].as_str().unwrap().to_owned();
        assert_eq!(phone(&shop, "pay", &code, Some("ann")).await.0, 200);
        let target = format!(
            "/v3/pay/partner/transactions/out-trade-no/{}?sp_mchid={}&sub_mchid={}",
            order["out_trade_no"].as_str().unwrap(),
            partner.credentials.mchid,
            sub(&shop, 0),
        );
        partner.call("GET", &target, "").await.json()["payer"].clone()
    };
    let with_app = payers(order.clone()).await;
    assert_ne!(with_app["sp_openid"], with_app["sub_openid"]);
    assert!(with_app["sub_openid"].is_string() && with_app["openid"].is_null());
    order["out_trade_no"] = json!("T20250101000005");
    order.as_object_mut().unwrap().remove("sub_appid");
    assert_eq!(payers(order).await, json!({ "sp_openid": with_app["sp_openid"] }));
}

#[tokio::test]
async fn odd_names_and_unknown_codes_are_refused_in_words() {
    let shop = Shop::open().await;
    let code = shop.place(NO, NOTIFY).await;
    let long = "x".repeat(33);
    for verb in ["scan", "refuse", "pay"] {
        for name in ["", "a b", "é", &long] {
            let (status, said) = phone(&shop, verb, &code, Some(name)).await;
            assert_eq!((status, &said["code"]), (400, &json!("bad_request")), "{verb} {name}");
            assert!(said["message"].as_str().unwrap().contains("payer"), "{said}");
        }
        let unknown = "weixin://wxpay/bizpayurl?pr=nobodys";
        assert_eq!(phone(&shop, verb, unknown, None).await.1["code"], "unknown_code");
    }
    assert_eq!(holder(&shop).await, (Value::Null, Value::Null));
    assert_eq!(shop.close(NO).await.unwrap().status, 204);
    for verb in ["scan", "refuse"] {
        assert_eq!(phone(&shop, verb, &code, None).await.1["code"], "order_closed");
    }
}
