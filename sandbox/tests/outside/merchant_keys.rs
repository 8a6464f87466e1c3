//! A merchant's own rotations: two certificates at once, one APIv3 key after the other.

use serde_json::{Value, json};

use crate::shop::{Doorbell, Shop, unsealed};

/// The same shop, calling with the second of its certificates.
fn with_new_certificate(shop: &Shop, listed: &Value) -> Shop {
    let mchid = shop.credentials.mchid.as_str();
    let mut own = listed["data"].as_array().unwrap().iter().filter(|each| each["mchid"] == mchid);
    let newest = own.next_back().unwrap();
    let text = |name: &str| newest[name].as_str().unwrap().to_owned();
    let mut credentials = shop.credentials.clone();
    credentials.serial_no = text("serial_no");
    credentials.private_key_pem = text("private_key_pem");
    credentials.certificate_pem = text("certificate_pem");
    Shop::at(shop.base.clone(), credentials)
}

#[tokio::test]
async fn both_certificates_sign_until_the_old_one_is_retired() {
    let old = Shop::open().await;
    let (status, listed) = old.control("POST", "merchant/certificate", json!({})).await;
    assert_eq!(status, 200, "{listed}");
    let new = with_new_certificate(&old, &listed);
    assert_ne!(new.credentials.serial_no, old.credentials.serial_no);
    let target = old.by_number("T20250101000001");
    for shop in [&old, &new] {
        let reply = shop.call("GET", &target, "").await;
        assert_eq!(reply.code(), (404, "ORDER_NOT_EXIST".into()));
    }
    // Each key under its own serial number only.
    let mut crossed = new.credentials.clone();
    crossed.serial_no = old.credentials.serial_no.clone();
    let crossed = Shop::at(old.base.clone(), crossed);
    assert_eq!(crossed.call("GET", &target, "").await.code(), (401, "SIGN_ERROR".into()));

    let retire = json!({ "retire": old.credentials.serial_no });
    assert_eq!(old.control("POST", "merchant/certificate", retire.clone()).await.0, 200);
    let refused = old.call("GET", &target, "").await;
    assert_eq!(refused.code(), (401, "SIGN_ERROR".into()));
    assert_eq!(refused.json()["message"], "已更换证书，请使用新证书");
    assert_eq!(refused.header("wechatpay-signature"), None);
    assert_eq!(new.call("GET", &target, "").await.status, 404);
    let (_, merchant) = old.control("GET", "merchant", Value::Null).await;
    assert_eq!(merchant["serial_no"], new.credentials.serial_no.as_str());
    assert_eq!(merchant["private_key_pem"], new.credentials.private_key_pem.as_str());

    let again = old.control("POST", "merchant/certificate", retire).await;
    assert_eq!((again.0, &again.1["code"]), (404, &json!("unknown_serial")));
    let last = json!({ "retire": new.credentials.serial_no });
    let (status, said) = old.control("POST", "merchant/certificate", last).await;
    assert_eq!((status, &said["code"]), (409, &json!("last_certificate")));
    assert_eq!(new.call("GET", &target, "").await.status, 404);
}

#[tokio::test]
async fn certificates_go_to_those_who_are_here_and_to_nobody_else() {
    let shop = Shop::open().await;
    let partner = shop.credentials.partner.sp_mchid.clone();
    let (status, listed) =
        shop.control("POST", "merchant/certificate", json!({ "mchid": partner })).await;
    assert_eq!(status, 200);
    let own = |mchid: &str| {
        let all = listed["data"].as_array().unwrap().iter();
        all.filter(|each| each["mchid"] == mchid).count()
    };
    assert_eq!((own(&partner), own(&shop.credentials.mchid)), (2, 1));
    for path in ["merchant/certificate", "merchant/api-v3-key"] {
        let (status, said) = shop.control("POST", path, json!({ "mchid": "1" })).await;
        assert_eq!((status, &said["code"]), (404, &json!("unknown_merchant")), "{path}");
    }
    let both = json!({ "mchid": partner, "retire": "00" });
    assert_eq!(shop.control("POST", "merchant/certificate", both).await.0, 400);
}

#[tokio::test]
async fn what_was_told_under_the_old_api_v3_key_stays_under_it() {
    let shop = Shop::open().await;
    let bell = Doorbell::answering(500).await;
    let code = shop.place("T20250101000001", &bell.url).await;
    shop.pay(&code).await;
    bell.hears(1).await;

    let (status, said) = shop.control("POST", "merchant/api-v3-key", json!({})).await;
    assert_eq!(status, 200);
    let mut credentials = shop.credentials.clone();
    credentials.api_v3_key = said["api_v3_key"].as_str().unwrap().to_owned();
    assert_eq!(credentials.api_v3_key.len(), 32);
    assert_eq!(said["partner"]["api_v3_key"], credentials.partner.api_v3_key.as_str());
    let after = Shop::at(shop.base.clone(), credentials);
    shop.advance(15).await;
    let again = &bell.hears(2).await[1];
    assert!(shop.opened(&again.body).is_some() && after.opened(&again.body).is_none());

    let code = shop.place("T20250101000002", &bell.url).await;
    shop.pay(&code).await;
    let fresh = &bell.hears(3).await[2];
    assert!(shop.opened(&fresh.body).is_none() && after.opened(&fresh.body).is_some());

    let reply = shop.call("GET", "/v3/certificates", "").await.json();
    let sealed = &reply["data"][0]["encrypt_certificate"];
    assert!(unsealed(&shop.credentials.api_v3_key, sealed).is_none());
    assert!(unsealed(&after.credentials.api_v3_key, sealed).is_some());
}

#[tokio::test]
async fn an_api_v3_key_may_be_chosen_but_must_be_one() {
    let shop = Shop::open().await;
    let key = "0123456789abcdefghijklmnopqrstuv";
    let (_, said) = shop.control("POST", "merchant/api-v3-key", json!({ "api_v3_key": key })).await;
    assert_eq!(said["api_v3_key"], key);
    for bad in ["", "short", "0123456789abcdefghijklmnopqrstu-"] {
        let wish = json!({ "api_v3_key": bad });
        let (status, said) = shop.control("POST", "merchant/api-v3-key", wish).await;
        assert_eq!((status, &said["code"]), (400, &json!("bad_request")), "{bad}");
    }
    let (_, merchant) = shop.control("GET", "merchant", Value::Null).await;
    assert_eq!(merchant["api_v3_key"], key);
}

#[tokio::test]
async fn a_reset_forgets_earlier_keys_with_what_they_sealed() {
    let shop = Shop::open().await;
    shop.control("POST", "merchant/api-v3-key", json!({})).await;
    let earlier = async || {
        let (_, merchant) = shop.control("GET", "merchant", Value::Null).await;
        merchant["earlier_api_v3_keys"].as_array().unwrap().len()
    };
    assert_eq!(earlier().await, 1);
    shop.control("POST", "reset", Value::Null).await;
    assert_eq!(earlier().await, 0);
}
