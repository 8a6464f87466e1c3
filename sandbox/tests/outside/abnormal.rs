//! A refund that the payer's card would not take: the merchant names another way, in secret.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rsa::pkcs8::DecodePublicKey;
use rsa::{Oaep, RsaPublicKey};
use sandbox::world::wall_now;
use serde_json::{Value, json};

use crate::refunds::{REFUNDS, application, apply};
use crate::shop::{Doorbell, Reply, Shop};

const NO: &str = "T20250101000001";
const R1: &str = "R20250101000001";
const NOTIFY: &str = "http://127.0.0.1:9/wechat/refund-notify";

/// Encrypts as a merchant does, for the key that has no certificate (protocol reference A.8).
fn sealed(shop: &Shop, text: &str) -> String {
    let key = RsaPublicKey::from_public_key_pem(&shop.credentials.platform_public_key_pem).unwrap();
    let mut chance = rsa::rand_core::OsRng;
    let sealed = key.encrypt(&mut chance, Oaep::new::<sha1::Sha1>(), text.as_bytes()).unwrap();
    BASE64_STANDARD.encode(sealed)
}

fn to_card(shop: &Shop) -> Value {
    json!({
        "out_refund_no": R1, "type": "USER_BANK_CARD", "bank_type": "ICBC_DEBIT",
        "bank_account": sealed(shop, "6222021234567890123"), "real_name": sealed(shop, "张三"),
    })
}

async fn reroute(shop: &Shop, refund_id: &str, body: &Value) -> Reply {
    let target = format!("{REFUNDS}/{refund_id}/apply-abnormal-refund");
    shop.call("POST", &target, &body.to_string()).await
}

/// A shop with a paid order and a refund of it that became what `kind` says; the refund's number.
async fn refunded(kind: &str, notify_url: &str) -> (Shop, String) {
    let shop = Shop::open().await;
    let code = shop.place(NO, NOTIFY).await;
    shop.pay(&code).await;
    shop.fault(json!({ "route": "refund", "kind": kind })).await;
    let taken = apply(&shop, &application(R1, 234, notify_url)).await.json();
    (shop, taken["refund_id"].as_str().unwrap().to_owned())
}

async fn status(shop: &Shop) -> Value {
    shop.call("GET", &format!("{REFUNDS}/{R1}"), "").await.json()["status"].clone()
}

#[tokio::test]
async fn an_abnormal_refund_goes_to_a_card_and_is_told_twice() {
    let bell = Doorbell::answering(204).await;
    let (shop, id) = refunded("abnormal", &bell.url).await;
    let early = reroute(&shop, &id, &to_card(&shop)).await;
    assert_eq!(early.code(), (400, "INVALID_REQUEST".into()));
    shop.advance(20).await;
    assert_eq!(status(&shop).await, "ABNORMAL");

    let taken = reroute(&shop, &id, &to_card(&shop)).await;
    assert_eq!(taken.status, 200, "{}", String::from_utf8_lossy(&taken.body));
    assert!(shop.is_genuine(&taken.headers, &taken.body));
    let taken = taken.json();
    assert_eq!(
        (&taken["status"], &taken["channel"]),
        (&json!("PROCESSING"), &json!("OTHER_BANKCARD"))
    );
    assert_eq!(taken["user_received_account"], "工商银行借记卡0123");
    // The same wish, encrypted afresh, is a repeat; another one is not.
    assert_eq!(reroute(&shop, &id, &to_card(&shop)).await.json(), taken);
    let elsewhere = json!({ "out_refund_no": R1, "type": "MERCHANT_BANK_CARD" });
    let other = reroute(&shop, &id, &elsewhere).await;
    assert_eq!(other.code(), (400, "INVALID_REQUEST".into()));

    shop.advance(20).await;
    assert_eq!(status(&shop).await, "SUCCESS");
    let heard = bell.hears(2).await;
    let opened: Vec<Value> = heard.iter().map(|one| shop.opened(&one.body).unwrap()).collect();
    assert_eq!(opened[0]["refund_status"], "ABNORMAL");
    assert_eq!(opened[0].get("success_time"), None);
    assert_eq!(opened[1]["refund_status"], "SUCCESS");
    assert_eq!(opened[1]["user_received_account"], "工商银行借记卡0123");
}

#[tokio::test]
async fn a_settlement_account_needs_no_card() {
    let (shop, id) = refunded("abnormal", NOTIFY).await;
    shop.advance(20).await;
    let body = json!({ "out_refund_no": R1, "type": "MERCHANT_BANK_CARD" });
    let taken = reroute(&shop, &id, &body).await;
    assert_eq!((taken.status, &taken.json()["channel"]), (200, &json!("OTHER_BANKCARD")));
}

#[tokio::test]
async fn only_abnormal_refunds_go_another_way() {
    let (shop, id) = refunded("closed", NOTIFY).await;
    shop.advance(20).await;
    let closed = reroute(&shop, &id, &to_card(&shop)).await;
    assert_eq!(closed.code(), (400, "INVALID_REQUEST".into()));
    let unknown = reroute(&shop, "503", &to_card(&shop)).await;
    assert_eq!(unknown.code(), (404, "RESOURCE_NOT_EXISTS".into()));
    let mut other = to_card(&shop);
    other["out_refund_no"] = json!("R2");
    assert_eq!(reroute(&shop, &id, &other).await.code(), (400, "PARAM_ERROR".into()));
}

#[tokio::test]
async fn card_and_name_must_open_with_the_key_that_is_named() {
    let (shop, id) = refunded("abnormal", NOTIFY).await;
    shop.advance(20).await;
    let plain = |field: &str| {
        let mut body = to_card(&shop);
        body[field] = json!("5byg5LiJ");
        body
    };
    for field in ["bank_account", "real_name"] {
        let reply = reroute(&shop, &id, &plain(field)).await;
        assert_eq!(reply.code(), (400, "PARAM_ERROR".into()));
        assert_eq!(reply.json()["detail"]["field"], format!("/{field}"));
    }
    let mut credit = to_card(&shop);
    credit["bank_type"] = json!("ICBC_CREDIT");
    assert_eq!(reroute(&shop, &id, &credit).await.code(), (400, "PARAM_ERROR".into()));

    let target = format!("{REFUNDS}/{id}/apply-abnormal-refund");
    let body = to_card(&shop).to_string();
    let authorization = shop.authorization("POST", &target, &body, wall_now());
    // The certificate's key is another one than the fields were encrypted for (A.6, A.8).
    let certificate = shop.credentials.platform_certificate_serial.clone();
    for (serial, said) in [
        (None, "缺少微信支付平台证书序列号"),
        (Some("PUB_KEY_ID_1"), "平台证书序列号Wechatpay-Serial错误"),
        (Some(certificate.as_str()), "请确认待处理的消息是否为加密后的密文"),
    ] {
        let mut headers = vec![
            ("authorization", authorization.as_str()),
            ("accept", "application/json"),
            ("user-agent", "test"),
            ("content-type", "application/json"),
        ];
        headers.extend(serial.map(|serial| ("wechatpay-serial", serial)));
        let reply = shop.send("POST", &target, &body, &headers).await.unwrap();
        assert_eq!(reply.code(), (400, "PARAM_ERROR".into()), "{serial:?}");
        let message = reply.json()["message"].as_str().unwrap().to_owned();
        assert!(message.contains(said), "{message}");
    }
    assert_eq!(status(&shop).await, "ABNORMAL");
}

#[tokio::test]
async fn a_way_that_was_taken_though_the_answer_says_otherwise_is_taken_once() {
    let (shop, id) = refunded("abnormal", NOTIFY).await;
    shop.advance(20).await;
    shop.fault(json!({ "route": "abnormal-refund", "kind": "rate-limited-but-done" })).await;
    let reply = reroute(&shop, &id, &to_card(&shop)).await;
    assert_eq!(reply.code(), (429, "FREQUENCY_LIMITED".into()));
    assert_eq!(status(&shop).await, "PROCESSING");
    assert_eq!(reroute(&shop, &id, &to_card(&shop)).await.status, 200);
}
