//! V2's notification of a refund: where it goes, what it seals, and what counts as taken.

use serde_json::{Value, json};

use crate::refunds::{application, apply};
use crate::shop::{Doorbell, Shop, credentials};
use crate::v2_call::{Signer, opened, parsed, post, without_certificates};
use crate::v2_refunds::{REFUND, paid, queried, refund};

const ORDER: &str = "T20250101000001";
const TAKEN: &str = "<xml>\n<return_code><![CDATA[SUCCESS]]></return_code>\n\
    <return_msg><![CDATA[OK]]></return_msg>\n</xml>";

async fn bell() -> Doorbell {
    let bell = Doorbell::answering(200).await;
    bell.now_says(TAKEN);
    bell
}

/// A refund over V2 that names this address.
async fn refund_told(shop: &Shop, signer: &Signer, number: &str, url: &str) {
    let own = [
        ("out_trade_no", ORDER),
        ("out_refund_no", number),
        ("total_fee", "1234"),
        ("refund_fee", "234"),
        ("notify_url", url),
    ];
    let made = signer.verified(&post(shop, signer, REFUND, &own).await.unwrap());
    assert_eq!(made["result_code"], "SUCCESS", "{made:?}");
}

async fn console_address(shop: &Shop, url: Value) {
    let wish = json!({ "refund_notify_url": url });
    let (status, said) = shop.control("PUT", "addresses", wish).await;
    assert_eq!(status, 200, "{said}");
}

/// The notification of this refund, as the sandbox sees it.
async fn notification(shop: &Shop, number: &str) -> Value {
    let (_, list) = shop.control("GET", "notifications", Value::Null).await;
    let mut all = list["data"].as_array().unwrap().iter();
    let found = all.find(|told| told["out_refund_no"] == number);
    found.unwrap_or_else(|| panic!("{number} is not in {list}")).clone()
}

#[tokio::test]
async fn the_end_is_told_sealed_and_unsigned_to_the_address_that_was_named() {
    let ((shop, signer), bell) = (paid().await, bell().await);
    refund_told(&shop, &signer, "R1", &bell.url).await;
    shop.advance(20).await;
    let heard = bell.hears(1).await.remove(0);
    assert_eq!(heard.headers["content-type"], "text/xml");
    let outer = parsed(std::str::from_utf8(&heard.body).unwrap(), "xml");
    let names: Vec<_> = outer.keys().map(String::as_str).collect();
    assert_eq!(names, ["appid", "mch_id", "nonce_str", "req_info", "return_code"]);
    assert_eq!((&outer["appid"], &outer["mch_id"]), (&signer.appid, &signer.mchid));
    let told = opened(&heard.body, &signer.key);
    let known = queried(&shop, &signer, &[("out_refund_no", "R1")]).await;
    for (name, value) in [
        ("refund_id", &known["refund_id_0"]),
        ("transaction_id", &known["transaction_id"]),
        ("success_time", &known["refund_success_time_0"]),
        ("refund_recv_accout", &known["refund_recv_accout_0"]),
        ("refund_account", &known["refund_account_0"]),
    ] {
        assert_eq!(&told[name], value, "{name}");
    }
    let said = ["refund_status", "refund_request_source", "refund_fee", "total_fee"];
    assert_eq!(said.map(|name| told[name].as_str()), ["SUCCESS", "API", "234", "1234"]);
    shop.advance(0).await;
    assert_eq!(notification(&shop, "R1").await["state"], "accepted");
}

#[tokio::test]
async fn only_success_in_the_body_of_a_200_takes_it() {
    let ((shop, signer), bell) = (paid().await, bell().await);
    refund_told(&shop, &signer, "R1", &bell.url).await;
    let fail = "<xml><return_code>FAIL</return_code><return_msg>later</return_msg></xml>";
    let tries =
        [(200, fail, 20), (200, "", 15), (204, TAKEN, 15), (500, TAKEN, 30), (200, TAKEN, 180)];
    for (count, (status, words, wait_s)) in (1..).zip(tries) {
        bell.now_answers(status);
        bell.now_says(words);
        // After the refund's twenty seconds, the waits of C.3.
        shop.advance(wait_s).await;
        bell.hears(count).await;
    }
    shop.advance(86_400).await;
    let heard = bell.hears(5).await;
    let nonces: std::collections::BTreeSet<_> = heard
        .iter()
        .map(|each| parsed(std::str::from_utf8(&each.body).unwrap(), "xml")["nonce_str"].clone())
        .collect();
    assert_eq!(nonces.len(), 5);
    assert!(heard.iter().all(|each| opened(&each.body, &signer.key)["out_refund_no"] == "R1"));
}

#[tokio::test]
async fn whoever_named_no_address_is_told_where_the_merchant_platform_says() {
    let ((shop, signer), bell, own) = (paid().await, bell().await, Doorbell::answering(204).await);
    // Nothing is set: nobody is told, over either API.
    refund(&shop, &signer, "R0", "1").await;
    shop.advance(60).await;
    console_address(&shop, json!(bell.url)).await;
    refund(&shop, &signer, "R1", "1").await;
    shop.advance(60).await;
    let mut over_v3 = application("R2", 1, &own.url);
    over_v3.as_object_mut().unwrap().remove("notify_url");
    assert_eq!(apply(&shop, &over_v3).await.status, 200);
    shop.advance(60).await;
    let named = application("R3", 1, &own.url);
    assert_eq!(apply(&shop, &named).await.status, 200);
    shop.advance(60).await;
    let told: Vec<_> = bell.hears(2).await;
    let numbers = told.iter().map(|each| opened(&each.body, &signer.key)["out_refund_no"].clone());
    assert_eq!(numbers.collect::<Vec<_>>(), ["R1", "R2"]);
    // The refund of APIv3 that named an address is told there, in APIv3's form.
    let heard = own.hears(1).await.remove(0);
    assert_eq!(shop.opened(&heard.body).unwrap()["out_refund_no"], "R3");
    // What was asked for while an address was set is told there, though it is cleared meanwhile.
    refund(&shop, &signer, "R4", "1").await;
    console_address(&shop, Value::Null).await;
    shop.advance(60).await;
    assert_eq!(opened(&bell.hears(3).await[2].body, &signer.key)["out_refund_no"], "R4");
}

#[tokio::test]
async fn every_end_has_its_word_also_after_another_way_was_named() {
    let ((shop, signer), bell) = (paid().await, bell().await);
    for (number, kind) in [("R1", "closed"), ("R2", "abnormal")] {
        shop.fault(json!({ "route": "refund_v2", "kind": kind })).await;
        refund_told(&shop, &signer, number, &bell.url).await;
        shop.advance(60).await;
    }
    let listed = queried(&shop, &signer, &[("out_trade_no", ORDER)]).await;
    let statuses = ["refund_status_0", "refund_status_1"].map(|name| listed[name].as_str());
    assert_eq!(statuses, ["REFUNDCLOSE", "CHANGE"]);
    let target =
        format!("/v3/refund/domestic/refunds/{}/apply-abnormal-refund", listed["refund_id_1"]);
    let way = json!({ "out_refund_no": "R2", "type": "MERCHANT_BANK_CARD" });
    assert_eq!(shop.call("POST", &target, &way.to_string()).await.status, 200);
    shop.advance(60).await;
    let heard = bell.hears(3).await;
    let said = heard.iter().map(|each| {
        let told = opened(&each.body, &signer.key);
        (
            told["out_refund_no"].clone(),
            told["refund_status"].clone(),
            told.contains_key("success_time"),
        )
    });
    let expected = [("R1", "REFUNDCLOSE", false), ("R2", "CHANGE", false), ("R2", "SUCCESS", true)]
        .map(|(number, status, timed)| (number.to_owned(), status.to_owned(), timed));
    assert_eq!(said.collect::<Vec<_>>(), expected);
    let listed = queried(&shop, &signer, &[("out_refund_no", "R2")]).await;
    assert_eq!(listed["refund_channel_0"], "OTHER_BANKCARD");
}

#[tokio::test]
async fn ended_by_hand_it_is_told_at_once() {
    let ((shop, signer), bell) = (paid().await, bell().await);
    refund_told(&shop, &signer, "R1", &bell.url).await;
    let (status, said) = shop.control("PUT", "refunds/R1", json!({ "status": "CLOSED" })).await;
    assert_eq!(status, 200, "{said}");
    let heard = bell.hears(1).await.remove(0);
    assert_eq!(opened(&heard.body, &signer.key)["refund_status"], "REFUNDCLOSE");
}

#[tokio::test]
async fn a_partner_is_told_for_its_sub_merchant() {
    let (shop, bell) = (Shop::open().await, bell().await);
    without_certificates(&shop).await;
    let signer = Signer::partner(&credentials());
    let sub = shop.credentials.partner.sub_merchants[0].clone();
    let order = [
        ("sub_mch_id", sub.sub_mchid.as_str()),
        ("sub_appid", sub.sub_appid.as_str()),
        ("body", "红茶"),
        ("out_trade_no", "P20250101000001"),
        ("total_fee", "2000"),
        ("spbill_create_ip", "127.0.0.1"),
        ("notify_url", "http://127.0.0.1:9/n"),
        ("trade_type", "NATIVE"),
        ("product_id", "SKU-88888"),
    ];
    let placed = post(&shop, &signer, "/pay/unifiedorder", &order).await.unwrap();
    let placed = signer.verified(&placed);
    assert_eq!(shop.pay(&placed["code_url"]).await.0, 200);
    let own = [
        ("sub_mch_id", sub.sub_mchid.as_str()),
        ("out_trade_no", "P20250101000001"),
        ("out_refund_no", "PR1"),
        ("total_fee", "2000"),
        ("refund_fee", "500"),
        ("notify_url", bell.url.as_str()),
    ];
    // Without the sub-merchant it is nobody's order.
    let unnamed = signer.verified(&post(&shop, &signer, REFUND, &own[1..]).await.unwrap());
    assert_eq!(unnamed["result_code"], "FAIL", "{unnamed:?}");
    let made = signer.verified(&post(&shop, &signer, REFUND, &own).await.unwrap());
    assert_eq!(made["sub_mch_id"], sub.sub_mchid);
    shop.advance(20).await;
    let heard = bell.hears(1).await.remove(0);
    let outer = parsed(std::str::from_utf8(&heard.body).unwrap(), "xml");
    let named = ["appid", "mch_id", "sub_appid", "sub_mch_id"].map(|name| outer[name].as_str());
    assert_eq!(named, [signer.appid.as_str(), &signer.mchid, &sub.sub_appid, &sub.sub_mchid]);
    assert_eq!(opened(&heard.body, &signer.key)["refund_fee"], "500");
    // The other sub-merchant's refunds are not these.
    let other = shop.credentials.partner.sub_merchants[1].sub_mchid.clone();
    let foreign = [("sub_mch_id", other.as_str()), ("out_refund_no", "PR1")];
    assert_eq!(queried(&shop, &signer, &foreign).await["err_code"], "REFUNDNOTEXIST");
}

#[tokio::test]
async fn a_notification_survives_a_restart_in_its_form() {
    use crate::restart::{Folder, Running};
    let (folder, bell) = (Folder::with_keys("v2notice"), Doorbell::answering(500).await);
    let signer = Signer::direct(&credentials());
    let base = |running: &Running| Shop::at(running.base.clone(), credentials());
    {
        let running = Running::start(&folder.0);
        let shop = base(&running);
        without_certificates(&shop).await;
        let code = shop.place(ORDER, "http://127.0.0.1:9/n").await;
        shop.pay(&code).await;
        refund_told(&shop, &signer, "R1", &bell.url).await;
        shop.advance(20).await;
        bell.hears(1).await;
    }
    bell.now_answers(200);
    bell.now_says(TAKEN);
    let running = Running::start(&folder.0);
    let shop = base(&running);
    shop.advance(15).await;
    let heard = bell.heard();
    assert!(heard.len() >= 2);
    assert_eq!(opened(&heard.last().unwrap().body, &signer.key)["out_refund_no"], "R1");
    // The setting and the refund's own wishes are kept too.
    let again = refund(&shop, &signer, "R1", "234").await;
    assert_eq!(again["err_code"], "REFUND_FEE_MISMATCH", "another notify_url: {again:?}");
}
