//! The platform's keys: downloaded, rotated, switched.

use rsa::RsaPublicKey;
use rsa::pkcs1v15::VerifyingKey;
use rsa::pkcs8::{DecodePublicKey, EncodePublicKey};
use serde_json::{Value, json};
use sha2::Sha256;
use x509_cert::Certificate;
use x509_cert::der::{DecodePem, Encode};

use crate::shop::{Doorbell, Heard, Reply, Shop, is_signed_by, unsealed};

const CERTIFICATES: (&str, &str) = ("GET", "/v3/certificates");

/// A downloaded certificate: its serial number and its key.
struct Downloaded {
    serial: String,
    key: VerifyingKey<Sha256>,
    effective_time: String,
}

/// The key in a certificate, once its serial number is the one that was promised.
fn key_of(serial: &str, pem: &[u8]) -> VerifyingKey<Sha256> {
    let certificate = Certificate::from_pem(pem).unwrap().tbs_certificate;
    let bytes = certificate.serial_number.as_bytes();
    let number: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    assert_eq!(number, serial);
    let spki = certificate.subject_public_key_info.to_der().unwrap();
    VerifyingKey::new(RsaPublicKey::from_public_key_der(&spki).unwrap())
}

/// Opens what came, and verifies the answer with a certificate that was inside (protocol
/// reference A.5, "Bootstrap").
fn bootstrapped(shop: &Shop, reply: &Reply) -> Vec<Downloaded> {
    assert_eq!(reply.status, 200);
    let data = reply.json()["data"].as_array().unwrap().clone();
    let all: Vec<_> = data
        .iter()
        .map(|entry| {
            let serial = entry["serial_no"].as_str().unwrap().to_owned();
            assert_eq!(entry["encrypt_certificate"]["associated_data"], "certificate");
            let pem = unsealed(&shop.credentials.api_v3_key, &entry["encrypt_certificate"]);
            let key = key_of(&serial, &pem.unwrap());
            let effective_time = entry["effective_time"].as_str().unwrap().to_owned();
            Downloaded { serial, key, effective_time }
        })
        .collect();
    let signer = reply.header("wechatpay-serial").unwrap();
    let signer = all.iter().find(|each| each.serial == signer).unwrap();
    assert!(is_signed_by(&signer.key, &reply.headers, &reply.body));
    all
}

async fn switch(shop: &Shop, wish: Value) -> Value {
    let (status, said) = shop.control("PUT", "keys", wish).await;
    assert_eq!(status, 200, "{said}");
    said
}

/// The serial number under which a message came, once its signature is that key's.
async fn signer(shop: &Shop, heard: &Heard) -> String {
    let (_, merchant) = shop.control("GET", "merchant", Value::Null).await;
    let serial = heard.headers["wechatpay-serial"].to_str().unwrap().to_owned();
    let certificates = merchant["platform_certificates"].as_array().unwrap();
    let key = match certificates.iter().find(|each| each["serial_no"] == serial.as_str()) {
        Some(found) => key_of(&serial, found["certificate_pem"].as_str().unwrap().as_bytes()),
        None => {
            assert_eq!(merchant["platform_public_key_id"], serial.as_str());
            let pem = merchant["platform_public_key_pem"].as_str().unwrap();
            VerifyingKey::from_public_key_pem(pem).unwrap()
        }
    };
    assert!(is_signed_by(&key, &heard.headers, &heard.body));
    serial
}

#[tokio::test]
async fn a_certificate_is_downloaded_opened_and_vouches_for_its_own_answer() {
    let shop = Shop::open().await;
    let reply = shop.call_naming(None, CERTIFICATES, "").await;
    let all = bootstrapped(&shop, &reply);
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].serial, shop.credentials.platform_certificate_serial);
    let again = shop.call_naming(None, CERTIFICATES, "").await;
    assert_ne!(again.json(), reply.json(), "each answer seals anew");
    // Who names the public key gets its signature here as everywhere.
    let reply = shop.call("GET", "/v3/certificates?algorithm_type=ALL", "").await;
    assert_eq!(reply.status, 200);
    assert!(shop.is_genuine(&reply.headers, &reply.body));
}

#[tokio::test]
async fn only_known_kinds_of_certificates_can_be_asked_for() {
    let shop = Shop::open().await;
    for (query, code) in [
        ("?algorithm_type=SM2", (404, "RESOURCE_NOT_EXISTS")),
        ("?algorithm_type=DSA", (400, "PARAM_ERROR")),
        ("?algorithm_type=RSA&algorithm_type=RSA", (400, "PARAM_ERROR")),
        ("?limit=1", (400, "INVALID_REQUEST")),
    ] {
        let reply = shop.call("GET", &format!("/v3/certificates{query}"), "").await;
        assert_eq!(reply.code(), (code.0, code.1.to_owned()), "{query}");
    }
    let reply = shop.call("POST", "/v3/certificates", "").await;
    assert_eq!((reply.status, reply.body.len()), (405, 0));
}

#[tokio::test]
async fn on_this_path_missing_headers_come_before_the_signature() {
    let shop = Shop::open().await;
    let headers = [("authorization", "Bearer x"), ("user-agent", "t")];
    let reply = shop.send("GET", "/v3/certificates", "", &headers).await.unwrap();
    assert_eq!(reply.code(), (400, "INVALID_REQUEST".into()));
    let headers = [("authorization", "Bearer x"), ("user-agent", "t"), ("accept", "*/*")];
    let reply = shop.send("GET", "/v3/certificates", "", &headers).await.unwrap();
    assert_eq!(reply.code(), (401, "SIGN_ERROR".into()));
    assert_eq!(reply.header("wechatpay-signature"), None);
}

#[tokio::test]
async fn newer_certificates_come_beside_the_old_and_the_old_goes() {
    let shop = Shop::open().await;
    let state = switch(&shop, json!({ "certificates": 3 })).await;
    let all = bootstrapped(&shop, &shop.call_naming(None, CERTIFICATES, "").await);
    assert_eq!(all.len(), 3);
    assert!(all.windows(2).all(|pair| pair[0].effective_time < pair[1].effective_time));
    assert_eq!(all[0].serial, shop.credentials.platform_certificate_serial);
    assert_eq!(state["in_force"].as_array().unwrap().len(), 4);

    for signs in &all {
        switch(&shop, json!({ "sign_responses": signs.serial })).await;
        let reply = shop.call("GET", "/v3/certificates", "").await;
        assert_eq!(reply.header("wechatpay-serial"), Some(signs.serial.as_str()));
        bootstrapped(&shop, &reply);
    }

    let state = switch(&shop, json!({ "certificates": 1 })).await;
    assert_eq!(state["sign_responses"], all[2].serial.as_str(), "the newest stays");
    let left = bootstrapped(&shop, &shop.call_naming(None, CERTIFICATES, "").await);
    assert_eq!((left.len(), &left[0].serial), (1, &all[2].serial));
    let (_, merchant) = shop.control("GET", "merchant", Value::Null).await;
    assert_eq!(merchant["platform_certificate_serial"], all[2].serial.as_str());
    let listed = &merchant["platform_certificates"];
    assert_eq!(listed.as_array().unwrap().len(), 1);
    for field in
        ["serial_no", "certificate_pem", "private_key_pem", "effective_time", "expire_time"]
    {
        assert!(listed[0][field].as_str().is_some_and(|text| !text.is_empty()), "{field}");
    }
}

#[tokio::test]
async fn in_pure_public_key_mode_there_is_no_certificate() {
    let shop = Shop::open().await;
    let state = switch(&shop, json!({ "mode": "public-key" })).await;
    assert_eq!(state["in_force"], json!([shop.credentials.platform_public_key_id]));
    let certificate = shop.credentials.platform_certificate_serial.clone();
    for named in [None, Some(certificate.as_str())] {
        let reply = shop.call_naming(named, CERTIFICATES, "").await;
        assert_eq!(reply.code(), (404, "RESOURCE_NOT_EXISTS".into()));
        assert!(shop.is_genuine(&reply.headers, &reply.body));
    }
    switch(&shop, json!({ "mode": "both" })).await;
    assert_eq!(shop.call_naming(None, CERTIFICATES, "").await.status, 200);
}

#[tokio::test]
async fn in_pure_certificate_mode_the_public_key_signs_nothing() {
    let shop = Shop::open().await;
    let bell = Doorbell::answering(204).await;
    switch(&shop, json!({ "mode": "certificates" })).await;
    let certificate = shop.credentials.platform_certificate_serial.clone();
    let code = {
        let order = shop.order("T20250101000001", &bell.url).to_string();
        let reply = shop.call("POST", crate::shop::NATIVE, &order).await;
        assert_eq!(reply.header("wechatpay-serial"), Some(certificate.as_str()));
        reply.json()["code_url"].as_str().unwrap().to_owned()
    };
    shop.pay(&code).await;
    let heard = &bell.hears(1).await[0];
    assert_eq!(signer(&shop, heard).await, certificate);
    let state = shop.control("GET", "keys", Value::Null).await.1;
    assert_eq!(state["sign_notifications"], certificate.as_str());
    assert_eq!(state["sign_responses"], "by-request");
}

#[tokio::test]
async fn each_try_of_one_notification_may_carry_another_key() {
    let shop = Shop::open().await;
    let bell = Doorbell::answering(500).await;
    let state = switch(&shop, json!({ "certificates": 2, "sign_notifications": "mixed" })).await;
    let code = shop.place("T20250101000001", &bell.url).await;
    shop.pay(&code).await;
    bell.hears(1).await;
    shop.advance(60).await;
    let heard = bell.hears(4).await;
    let mut signers = Vec::new();
    for heard in &heard {
        signers.push(signer(&shop, heard).await);
    }
    let in_force: Vec<String> = serde_json::from_value(state["in_force"].clone()).unwrap();
    assert_eq!(signers[..3], in_force[..]);
    assert_eq!(signers[3], in_force[0]);
    assert!(heard.iter().all(|heard| shop.opened(&heard.body).is_some()));
}

#[tokio::test]
async fn one_key_may_be_told_to_sign_all_notifications() {
    let shop = Shop::open().await;
    let bell = Doorbell::answering(204).await;
    let certificate = shop.credentials.platform_certificate_serial.clone();
    switch(&shop, json!({ "sign_notifications": certificate })).await;
    let code = shop.place("T20250101000001", &bell.url).await;
    shop.pay(&code).await;
    assert_eq!(signer(&shop, &bell.hears(1).await[0]).await, certificate);
    // Out of force, out of use.
    switch(&shop, json!({ "mode": "public-key" })).await;
    let state = switch(&shop, json!({ "mode": "both" })).await;
    assert_eq!(state["sign_notifications"], shop.credentials.platform_public_key_id.as_str());
}

#[tokio::test]
async fn a_switch_that_cannot_be_is_refused_whole() {
    let shop = Shop::open().await;
    let before = shop.control("GET", "keys", Value::Null).await.1;
    let public_key = shop.credentials.platform_public_key_id.clone();
    for wish in [
        json!({ "mode": "none" }),
        json!({ "certificates": 0 }),
        json!({ "certificates": 4 }),
        json!({ "sign_responses": "mixed" }),
        json!({ "sign_notifications": "by-request" }),
        json!({ "mode": "certificates", "sign_notifications": public_key }),
        json!({ "certificates": 2, "sign_responses": "0000" }),
        json!({ "keys": 1 }),
        json!([]),
    ] {
        let (status, said) = shop.control("PUT", "keys", wish.clone()).await;
        assert_eq!((status, &said["code"]), (400, &json!("bad_request")), "{wish}");
    }
    assert_eq!(shop.control("GET", "keys", Value::Null).await.1, before);
    assert_eq!(before["mode"], "both");
    assert_eq!(before["certificates"], 1);
}

/// The keys that the tests read are the keys of the certificates, not only of their names.
#[tokio::test]
async fn the_credentials_private_keys_belong_to_their_certificates() {
    use rsa::pkcs8::DecodePrivateKey;
    let shop = Shop::open().await;
    switch(&shop, json!({ "certificates": 2 })).await;
    let (_, merchant) = shop.control("GET", "merchant", Value::Null).await;
    for entry in merchant["platform_certificates"].as_array().unwrap() {
        let text = |name: &str| entry[name].as_str().unwrap();
        let private = rsa::RsaPrivateKey::from_pkcs8_pem(text("private_key_pem")).unwrap();
        let public = key_of(text("serial_no"), text("certificate_pem").as_bytes());
        let (private, public) = (private.to_public_key(), RsaPublicKey::from(public));
        assert_eq!(
            private.to_public_key_der().unwrap().as_bytes(),
            public.to_public_key_der().unwrap().as_bytes()
        );
    }
}
