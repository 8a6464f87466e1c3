//! A service provider and its sub-merchants: the same calls in other words, under a key of its own.

use serde_json::{Value, json};

use crate::shop::{Doorbell, NATIVE, Reply, Shop};

const PARTNER_NATIVE: &str = "/v3/pay/partner/transactions/native";
const NOTIFY: &str = "http://127.0.0.1:9/wechat/partner-notify";
const NO: &str = "T20250101000002";

/// The same sandbox, as the partner calls it: all that signs, names and opens is the partner's.
pub(crate) fn partner_of(shop: &Shop) -> Shop {
    let mut credentials = shop.credentials.clone();
    let partner = credentials.partner.clone();
    credentials.mchid = partner.sp_mchid;
    credentials.appid = partner.sp_appid;
    credentials.serial_no = partner.serial_no;
    credentials.private_key_pem = partner.private_key_pem;
    credentials.api_v3_key = partner.api_v3_key;
    Shop::at(shop.base.clone(), credentials)
}

/// The number of one of the partner's sub-merchants.
pub(crate) fn sub(partner: &Shop, index: usize) -> String {
    partner.credentials.partner.sub_merchants[index].sub_mchid.clone()
}

pub(crate) fn partner_order(partner: &Shop, number: &str, notify_url: &str) -> Value {
    let sub = &partner.credentials.partner.sub_merchants[0];
    json!({
        "sp_appid": partner.credentials.appid, "sp_mchid": partner.credentials.mchid,
        "sub_appid": sub.sub_appid, "sub_mchid": sub.sub_mchid,
        "description": "测试商品-绿茶", "out_trade_no": number, "attach": "cart=43",
        "notify_url": notify_url, "amount": { "total": 2000, "currency": "CNY" },
        "settle_info": { "profit_sharing": false },
    })
}

async fn place(partner: &Shop, order: &Value) -> Reply {
    partner.call("POST", PARTNER_NATIVE, &order.to_string()).await
}

async fn ask(partner: &Shop, tail: &str, sub_mchid: &str) -> Reply {
    let sp_mchid = &partner.credentials.mchid;
    let query = format!("sp_mchid={sp_mchid}&sub_mchid={sub_mchid}");
    partner.call("GET", &format!("/v3/pay/partner/transactions/{tail}?{query}"), "").await
}

async fn close(partner: &Shop, number: &str, sub_mchid: &str) -> Reply {
    let target = format!("/v3/pay/partner/transactions/out-trade-no/{number}/close");
    let body = json!({ "sp_mchid": partner.credentials.mchid, "sub_mchid": sub_mchid });
    partner.call("POST", &target, &body.to_string()).await
}

#[tokio::test]
async fn a_partners_order_is_placed_paid_asked_for_and_told_in_a_partners_words() {
    let shop = Shop::open().await;
    let partner = partner_of(&shop);
    let bell = Doorbell::answering(204).await;
    let placed = place(&partner, &partner_order(&partner, NO, &bell.url)).await;
    assert_eq!(placed.status, 200, "{}", String::from_utf8_lossy(&placed.body));
    assert!(partner.is_genuine(&placed.headers, &placed.body));
    let code = placed.json()["code_url"].as_str().unwrap().to_owned();
    let asked = ask(&partner, &format!("out-trade-no/{NO}"), &sub(&partner, 0)).await;
    assert_eq!((asked.status, &asked.json()["trade_state"]), (200, &json!("NOTPAY")));

    let wish = json!({ "code_url": code, "coupon": 500 });
    let (_, paid) = shop.control("POST", "pay", wish).await;
    let id = paid["transaction_id"].as_str().unwrap();
    let by_number = ask(&partner, &format!("out-trade-no/{NO}"), &sub(&partner, 0)).await;
    assert!(partner.is_genuine(&by_number.headers, &by_number.body));
    let transaction = by_number.json();
    assert_eq!(ask(&partner, &format!("id/{id}"), &sub(&partner, 0)).await.json(), transaction);

    // Protocol reference G.3, partner: names, and what the coupon makes of the amounts.
    let own = &partner.credentials.partner.sub_merchants[0];
    for (field, value) in [
        ("/sp_mchid", json!(partner.credentials.mchid)),
        ("/sp_appid", json!(partner.credentials.appid)),
        ("/sub_mchid", json!(own.sub_mchid)),
        ("/sub_appid", json!(own.sub_appid)),
        ("/trade_state", json!("SUCCESS")),
        ("/attach", json!("cart=43")),
        ("/amount/total", json!(2000)),
        ("/amount/payer_total", json!(1500)),
        ("/promotion_detail/0/amount", json!(500)),
        ("/promotion_detail/0/type", json!("CASH")),
    ] {
        assert_eq!(transaction.pointer(field), Some(&value), "{field}");
    }
    assert!(transaction["payer"]["sp_openid"].is_string());
    assert!(transaction["payer"]["sub_openid"].is_string());
    for direct in ["/mchid", "/appid", "/payer/openid"] {
        assert_eq!(transaction.pointer(direct), None, "{direct}");
    }

    let heard = &bell.hears(1).await[0];
    assert!(partner.is_genuine(&heard.headers, &heard.body));
    assert_eq!(partner.opened(&heard.body), Some(transaction));
    assert_eq!(shop.opened(&heard.body), None);

    let closed = close(&partner, NO, &sub(&partner, 0)).await;
    assert_eq!(closed.code(), (400, "ORDER_PAID".into()));
}

#[tokio::test]
async fn a_sub_merchants_app_that_was_not_named_gets_no_name_for_the_payer() {
    let shop = Shop::open().await;
    let partner = partner_of(&shop);
    let mut order = partner_order(&partner, NO, NOTIFY);
    order.as_object_mut().unwrap().remove("sub_appid");
    let code = place(&partner, &order).await.json()["code_url"].as_str().unwrap().to_owned();
    shop.pay(&code).await;
    let paid = ask(&partner, &format!("out-trade-no/{NO}"), &sub(&partner, 0)).await.json();
    assert!(paid["payer"]["sp_openid"].is_string());
    assert_eq!((paid.get("sub_appid"), paid["payer"].get("sub_openid")), (None, None));
}

#[tokio::test]
async fn who_does_not_belong_together_is_told_so() {
    let shop = Shop::open().await;
    let partner = partner_of(&shop);
    let mut with = Vec::new();
    for (field, value, code) in [
        ("sp_mchid", json!(shop.credentials.mchid), (400, "PARAM_ERROR")),
        ("sub_mchid", json!("1500000000"), (400, "MCH_NOT_EXISTS")),
        ("sub_mchid", json!(shop.credentials.mchid), (403, "NO_AUTH")),
        ("sub_mchid", json!(sub(&partner, 1)), (400, "APPID_MCHID_NOT_MATCH")),
        ("sub_appid", json!("wx0000000000000000"), (400, "APPID_MCHID_NOT_MATCH")),
        ("sp_appid", json!(shop.credentials.appid), (400, "APPID_MCHID_NOT_MATCH")),
        ("mchid", json!(partner.credentials.mchid), (400, "INVALID_REQUEST")),
    ] {
        let mut order = partner_order(&partner, NO, NOTIFY);
        order[field] = value;
        let reply = place(&partner, &order).await;
        assert_eq!(reply.code(), (code.0, code.1.into()), "{order}");
        with.push(reply);
    }
    // Protocol reference E.7: no relation between the two.
    let request_id = with[2].header("request-id").unwrap();
    assert!(request_id.ends_with("-268443701"), "{request_id}");

    let number = format!("out-trade-no/{NO}");
    let other = shop.credentials.mchid.as_str();
    for (sub_mchid, code) in [("1500000000", (400, "MCH_NOT_EXISTS")), (other, (403, "NO_AUTH"))] {
        let code = (code.0, code.1.to_owned());
        assert_eq!(ask(&partner, &number, sub_mchid).await.code(), code);
        assert_eq!(close(&partner, NO, sub_mchid).await.code(), code);
    }
    let no_partner = place(&shop, &partner_order(&shop, NO, NOTIFY)).await;
    assert_eq!(no_partner.code(), (403, "NO_AUTH".into()));
    let for_itself = partner.call("POST", NATIVE, &partner.order(NO, NOTIFY).to_string()).await;
    assert_eq!(for_itself.code(), (403, "NO_AUTH".into()));
}

#[tokio::test]
async fn one_number_belongs_to_one_sub_merchant() {
    let shop = Shop::open().await;
    let partner = partner_of(&shop);
    assert_eq!(place(&partner, &partner_order(&partner, NO, NOTIFY)).await.status, 200);
    let mut others = partner_order(&partner, NO, NOTIFY);
    others["sub_mchid"] = json!(sub(&partner, 1));
    others["sub_appid"] = json!(partner.credentials.partner.sub_merchants[1].sub_appid);
    assert_eq!(place(&partner, &others).await.code(), (403, "OUT_TRADE_NO_USED".into()));

    let number = format!("out-trade-no/{NO}");
    let other = ask(&partner, &number, &sub(&partner, 1)).await;
    assert_eq!(other.code(), (404, "ORDER_NOT_EXIST".into()));
    let direct = partner.call("GET", &partner.by_number(NO), "").await;
    assert_eq!(direct.code(), (404, "ORDER_NOT_EXIST".into()));
    // A close of a number that the sub-merchant does not have is one of an unknown number.
    assert_eq!(close(&partner, NO, &sub(&partner, 1)).await.status, 204);
    let state =
        async || ask(&partner, &number, &sub(&partner, 0)).await.json()["trade_state"].clone();
    assert_eq!(state().await, "NOTPAY");
    assert_eq!(close(&partner, NO, &sub(&partner, 0)).await.status, 204);
    assert_eq!(state().await, "CLOSED");
    // The direct merchant's numbers are its own.
    shop.place(NO, NOTIFY).await;
}

#[tokio::test]
async fn each_caller_signs_with_its_own_key() {
    let shop = Shop::open().await;
    let partner = partner_of(&shop);
    let mut mixed = partner.credentials.clone();
    mixed.private_key_pem = shop.credentials.private_key_pem.clone();
    let mixed = Shop::at(shop.base.clone(), mixed);
    let refused = place(&mixed, &partner_order(&partner, NO, NOTIFY)).await;
    assert_eq!(refused.code(), (401, "SIGN_ERROR".into()));
    let mut mixed = partner.credentials.clone();
    mixed.serial_no = shop.credentials.serial_no.clone();
    let mixed = Shop::at(shop.base.clone(), mixed);
    let refused = place(&mixed, &partner_order(&partner, NO, NOTIFY)).await;
    assert_eq!(refused.code(), (401, "SIGN_ERROR".into()));
}

#[tokio::test]
async fn the_partner_has_sub_merchants_to_choose_from() {
    let shop = Shop::open().await;
    let (_, merchant) = shop.control("GET", "merchant", Value::Null).await;
    let partner = &merchant["partner"];
    let subs = partner["sub_merchants"].as_array().unwrap();
    assert!(subs.len() >= 2);
    assert_eq!(subs[0]["sub_mchid"], partner["sub_mchid"]);
    assert_eq!(subs[0]["sub_appid"], partner["sub_appid"]);
    assert_ne!(subs[0]["sub_mchid"], subs[1]["sub_mchid"]);
    assert_ne!(subs[0]["sub_appid"], subs[1]["sub_appid"]);
}

#[tokio::test]
async fn coupons_pay_a_part_where_the_order_takes_them() {
    let shop = Shop::open().await;
    let pay = async |code: &str, coupon: Value| {
        let mut wish = json!({ "code_url": code, "coupon_type": "NOCASH" });
        wish["coupon"] = coupon;
        let (status, said) = shop.control("POST", "pay", wish).await;
        (status, said["code"].as_str().unwrap_or_default().to_owned())
    };
    let mut order = shop.order("T20250101000001", NOTIFY);
    order["detail"] = json!({ "cost_price": 5000 });
    let part = shop.call("POST", NATIVE, &order.to_string()).await.json();
    let part = part["code_url"].as_str().unwrap();
    assert_eq!(pay(part, json!(100)).await, (409, "no_discounts".into()));

    let code = shop.place(NO, NOTIFY).await;
    for (coupon, refusal) in [
        (json!(0), (409, "coupon_misfit".to_owned())),
        (json!(1234), (409, "coupon_misfit".to_owned())),
        (json!(-1), (400, "bad_request".to_owned())),
        (json!("1"), (400, "bad_request".to_owned())),
    ] {
        assert_eq!(pay(&code, coupon).await, refusal);
    }
    assert_eq!(pay(&code, json!(234)).await, (200, String::new()));
    let paid = shop.call("GET", &shop.by_number(NO), "").await.json();
    assert_eq!(paid["amount"]["payer_total"], 1000);
    assert_eq!(paid["promotion_detail"][0]["type"], "NOCASH");
}
