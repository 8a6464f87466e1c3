//! Printed product codes: a phone scans one, the merchant is asked, and the phone goes on with the
//! order that it names; and every way in which that comes to nothing.

pub(crate) mod counter;
mod faults;
mod refusals;

use std::sync::Arc;

use serde_json::{Value, json};

use self::counter::{Counter, Reply, fields, md5_sign, phone, read_xml};
use crate::restart::{Folder, Running};
use crate::shop::{Shop, credentials};

pub(crate) const NO: &str = "T20250101000001";

#[tokio::test]
async fn a_scan_asks_the_merchant_and_the_phone_pays_the_order_that_it_names() {
    let shop = Shop::open().await;
    let counter = Counter::open(&shop).await;
    let prepay_id = counter.place(&shop, NO, &[]).await;
    counter.offers(&prepay_id);
    let (status, paid) = phone(&shop, "pay", &counter.link("SKU-88888"), "ann").await;
    assert_eq!((status, &paid["out_trade_no"]), (200, &json!(NO)), "{paid}");
    assert_eq!(paid["transaction_id"].as_str().unwrap().len(), 28);

    // What was asked is the message of the reference, signed and fresh.
    let asked = counter.asked().remove(0);
    assert_eq!(asked.headers["content-type"], "text/xml");
    assert_eq!(asked.fields["sign"], md5_sign(&asked.fields, &counter.key));
    let names: Vec<_> = asked.fields.keys().map(String::as_str).collect();
    let expected = ["appid", "is_subscribe", "mch_id", "nonce_str", "openid", "product_id", "sign"];
    assert_eq!(names, expected);
    let said = |name: &str| asked.fields[name].as_str();
    assert_eq!((said("appid"), said("mch_id")), (&*counter.appid, &*counter.mchid));
    assert_eq!((said("product_id"), said("is_subscribe")), ("SKU-88888", "N"));
    assert_eq!(said("nonce_str").len(), 32);

    // Who scanned is who paid, by the same name.
    let order = fields([("out_trade_no", NO)]);
    let asked_for = counter.call(&shop, "/pay/orderquery", order).await;
    assert_eq!((&*asked_for["trade_state"], &*asked_for["openid"]), ("SUCCESS", said("openid")));

    // All of it is told in the answer, and kept.
    let callback = &paid["callback"];
    assert_eq!(callback["tries"].as_array().unwrap().len(), 1);
    let sent = callback["tries"][0]["request"]["body"].as_str().unwrap();
    assert_eq!(read_xml(sent), asked.fields);
    assert_eq!(callback["tries"][0]["request"]["url"], json!(counter.url));
    assert_eq!(callback["tries"][0]["status"], 200);
    assert!(callback["tries"][0]["answer"]["body"].as_str().unwrap().contains(&prepay_id));
    for (name, value) in [
        ("mchid", json!(counter.mchid)),
        ("product_id", json!("SKU-88888")),
        ("payer", json!("ann")),
        ("openid", json!(said("openid"))),
        ("prepay_id", json!(prepay_id)),
        ("out_trade_no", json!(NO)),
        ("phone", json!("paid")),
        ("refusal", Value::Null),
        ("fault", Value::Null),
    ] {
        assert_eq!(callback[name], value, "{name}");
    }
    let (_, kept) = shop.control("GET", "callbacks", Value::Null).await;
    assert_eq!(kept, json!({ "data": [callback] }));
    let one = shop.control("GET", &format!("callbacks/{}", callback["id"]), Value::Null).await;
    assert_eq!(one, (200, callback.clone()));
    let (_, feed) = shop.control("GET", "feed", Value::Null).await;
    assert_eq!(feed["callbacks"][0]["out_trade_no"], NO);
    shop.control("POST", "reset", Value::Null).await;
    let (_, kept) = shop.control("GET", "callbacks", Value::Null).await;
    assert_eq!(kept, json!({ "data": [] }));
    let (status, said) = shop.control("GET", "callbacks/1", Value::Null).await;
    assert_eq!((status, &said["code"]), (404, &json!("unknown_callback")));
}

#[tokio::test]
async fn each_scan_is_a_callback_of_its_own_and_the_first_payer_holds_the_order() {
    let shop = Shop::open().await;
    let counter = Counter::open(&shop).await;
    counter.offers(&counter.place(&shop, NO, &[]).await);
    let link = counter.link("SKU-88888");
    let (status, seen) = phone(&shop, "scan", &link, "ann").await;
    assert_eq!((status, &seen["description"]), (200, &json!("测试商品-红茶500g")));
    assert_eq!((&seen["amount"]["total"], &seen["payer"]), (&json!(1234), &json!("ann")));
    let (status, said) = phone(&shop, "pay", &link, "bob").await;
    assert_eq!((status, &said["code"]), (409, &json!("other_payer")));
    assert_eq!(said["callback"]["refusal"]["code"], "other_payer");
    assert_eq!(said["words"], "系统繁忙");
    let (status, said) = phone(&shop, "refuse", &link, "ann").await;
    assert_eq!((status, &said["trade_state"]), (200, &json!("NOTPAY")), "{said}");
    assert_eq!(phone(&shop, "pay", &link, "ann").await.0, 200);
    let (status, said) = phone(&shop, "pay", &link, "ann").await;
    assert_eq!((status, &said["code"]), (409, &json!("order_paid")));

    let asked = counter.asked();
    let of = |name: &str| asked.iter().map(|each| each.fields[name].clone()).collect::<Vec<_>>();
    let mut nonces = of("nonce_str");
    nonces.sort_unstable();
    nonces.dedup();
    assert_eq!((asked.len(), nonces.len()), (5, 5));
    let openids = of("openid");
    assert!(openids[0] == openids[2] && openids[0] != openids[1], "{openids:?}");
    let (_, kept) = shop.control("GET", "callbacks?limit=2", Value::Null).await;
    assert_eq!(kept["data"].as_array().unwrap().len(), 2);
    assert_eq!(kept["data"][1]["phone"], "paid");
}

#[tokio::test]
async fn a_merchant_may_place_the_order_while_it_is_asked() {
    let shop = Arc::new(Shop::open().await);
    let counter = Counter::open(&shop).await;
    counter.replies(Reply::Places(Arc::clone(&shop), NO));
    let (status, paid) = phone(&shop, "pay", &counter.link("SKU-88888"), "ann").await;
    assert_eq!((status, &paid["out_trade_no"]), (200, &json!(NO)), "{paid}");
}

#[tokio::test]
async fn a_short_link_leads_to_the_same_product() {
    let shop = Shop::open().await;
    let counter = Counter::open(&shop).await;
    counter.offers(&counter.place(&shop, NO, &[]).await);
    let link = fields([("long_url", &counter.link("SKU-88888"))]);
    let short = counter.call(&shop, "/tools/shorturl", link).await["short_url"].clone();
    assert!(short.starts_with("weixin://wxpay/s/"), "{short}");
    let (status, paid) = phone(&shop, "pay", &short, "ann").await;
    assert_eq!((status, &paid["out_trade_no"]), (200, &json!(NO)), "{paid}");
    let (status, said) = phone(&shop, "pay", "weixin://wxpay/s/nobodys", "ann").await;
    assert_eq!((status, &said["code"]), (404, &json!("unknown_code")));
}

#[tokio::test]
async fn a_partner_has_product_codes_too() {
    let shop = Shop::open().await;
    let partner = shop.credentials.partner.clone();
    let counter = Counter::of(&partner.sp_mchid, &partner.sp_appid, &partner.api_v2_key).await;
    counter.set_address(&shop).await;
    let sub = [("sub_mch_id", partner.sub_mchid.as_str())];
    counter.offers(&counter.place(&shop, NO, &sub).await);
    let (status, paid) = phone(&shop, "pay", &counter.link("SKU-88888"), "ann").await;
    assert_eq!((status, &paid["out_trade_no"]), (200, &json!(NO)), "{paid}");
    assert_eq!(paid["callback"]["mchid"], partner.sp_mchid);
}

#[tokio::test]
async fn after_a_restart_the_same_printed_code_is_answered() {
    let folder = Folder::with_keys("mode1");
    let known = credentials();
    let counter = Counter::of(&known.mchid, &known.appid, &known.api_v2_key).await;
    {
        let running = Running::start(&folder.0);
        let shop = Shop::at(running.base.clone(), credentials());
        counter.set_address(&shop).await;
        counter.offers(&counter.place(&shop, NO, &[]).await);
    }
    let running = Running::start(&folder.0);
    let shop = Shop::at(running.base.clone(), credentials());
    let (status, paid) = phone(&shop, "pay", &counter.link("SKU-88888"), "ann").await;
    assert_eq!((status, &paid["out_trade_no"]), (200, &json!(NO)), "{paid}");
}
