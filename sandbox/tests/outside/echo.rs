//! The self-test of keys, with each of the platform's keys and in both directions.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rsa::pkcs8::{DecodePrivateKey, DecodePublicKey};
use rsa::rand_core::OsRng;
use rsa::{Oaep, RsaPrivateKey, RsaPublicKey};
use serde_json::{Value, json};
use sha1::Sha1;
use x509_cert::Certificate;
use x509_cert::der::{DecodePem, Encode};

use crate::shop::{Doorbell, Shop};

const ECHO: (&str, &str) = ("POST", "/v3/security/echo");
const TEXT: &str = "你好，微信支付";

fn encrypted(key: &RsaPublicKey, text: &str) -> String {
    let bytes = key.encrypt(&mut OsRng, Oaep::new::<Sha1>(), text.as_bytes()).unwrap();
    BASE64_STANDARD.encode(bytes)
}

fn opened(shop: &Shop, ciphertext: &Value) -> String {
    let key = RsaPrivateKey::from_pkcs8_pem(&shop.credentials.private_key_pem).unwrap();
    let bytes = BASE64_STANDARD.decode(ciphertext.as_str().unwrap()).unwrap();
    String::from_utf8(key.decrypt(Oaep::new::<Sha1>(), &bytes).unwrap()).unwrap()
}

/// The platform's keys by their names.
fn platform(shop: &Shop) -> [(String, RsaPublicKey); 2] {
    let credentials = &shop.credentials;
    let certificate = Certificate::from_pem(credentials.platform_certificate_pem.as_bytes());
    let spki = certificate.unwrap().tbs_certificate.subject_public_key_info.to_der().unwrap();
    let public_key = RsaPublicKey::from_public_key_pem(&credentials.platform_public_key_pem);
    [
        (credentials.platform_public_key_id.clone(), public_key.unwrap()),
        (
            credentials.platform_certificate_serial.clone(),
            RsaPublicKey::from_public_key_der(&spki).unwrap(),
        ),
    ]
}

#[tokio::test]
async fn a_text_comes_back_plain_and_encrypted_under_either_scheme() {
    let shop = Shop::open().await;
    for (serial, key) in platform(&shop) {
        let body = json!({ "echo_message": TEXT, "encrypted_echo_message": encrypted(&key, TEXT) });
        let reply = shop.call_naming(Some(&serial), ECHO, &body.to_string()).await;
        assert_eq!(reply.status, 200, "{}", reply.json());
        assert_eq!(reply.header("wechatpay-serial"), Some(serial.as_str()));
        assert_eq!(reply.json()["echo_message"], TEXT);
        assert_eq!(opened(&shop, &reply.json()["encrypted_echo_message"]), TEXT);
    }
    let alone = json!({ "echo_message": TEXT }).to_string();
    let reply = shop.call(ECHO.0, ECHO.1, &alone).await;
    assert!(shop.is_genuine(&reply.headers, &reply.body));
    assert_eq!(opened(&shop, &reply.json()["encrypted_echo_message"]), TEXT);
}

#[tokio::test]
async fn the_named_key_decides_and_must_be_one_in_force() {
    let shop = Shop::open().await;
    let [(public_id, public_key), (certificate, _)] = platform(&shop);
    let body = json!({ "echo_message": TEXT }).to_string();
    for serial in [None, Some("0000000000000000000000000000000000000000")] {
        let reply = shop.call_naming(serial, ECHO, &body).await;
        assert_eq!(reply.code(), (400, "PARAM_ERROR".into()));
        assert_eq!(reply.json()["detail"]["field"], "Wechatpay-Serial");
        assert_eq!(reply.json()["detail"]["location"], "header");
    }
    // Encrypted for one key, sent under the name of the other.
    let mixed = json!({
        "echo_message": TEXT, "encrypted_echo_message": encrypted(&public_key, TEXT)
    });
    let reply = shop.call_naming(Some(&certificate), ECHO, &mixed.to_string()).await;
    assert_eq!(reply.code(), (400, "PARAM_ERROR".into()));
    // The switch for other answers has no say here: the scheme is the request's.
    let wish = json!({ "sign_responses": certificate });
    assert_eq!(shop.control("PUT", "keys", wish).await.0, 200);
    let reply = shop.call_naming(Some(&public_id), ECHO, &body).await;
    assert_eq!(reply.header("wechatpay-serial"), Some(public_id.as_str()));
    assert_eq!(shop.control("PUT", "keys", json!({ "mode": "public-key" })).await.0, 200);
    let reply = shop.call_naming(Some(&certificate), ECHO, &body).await;
    assert_eq!(reply.code(), (400, "PARAM_ERROR".into()));
}

#[tokio::test]
async fn what_does_not_open_or_does_not_agree_is_refused() {
    let shop = Shop::open().await;
    let [(_, key), _] = platform(&shop);
    let good = encrypted(&key, TEXT);
    for (body, code) in [
        (json!({ "encrypted_echo_message": good }), "PARAM_ERROR"),
        (json!({ "echo_message": "other", "encrypted_echo_message": good }), "PARAM_ERROR"),
        (json!({ "echo_message": TEXT, "encrypted_echo_message": "AAAA" }), "PARAM_ERROR"),
        (json!({ "echo_message": TEXT, "encrypted_echo_message": "!" }), "PARAM_ERROR"),
        (json!({ "echo_message": "" }), "PARAM_ERROR"),
        (json!({ "echo_message": "x".repeat(215) }), "PARAM_ERROR"),
        (json!({ "echo_message": TEXT, "notify_url": "http://example.com/n" }), "PARAM_ERROR"),
        (json!({ "echo_message": TEXT, "more": 1 }), "INVALID_REQUEST"),
    ] {
        let reply = shop.call(ECHO.0, ECHO.1, &body.to_string()).await;
        assert_eq!(reply.code(), (400, code.to_owned()), "{body}");
    }
    let long = json!({ "echo_message": "x".repeat(214) }).to_string();
    assert_eq!(shop.call(ECHO.0, ECHO.1, &long).await.status, 200);
}

#[tokio::test]
async fn an_address_is_told_and_no_order_comes_of_it() {
    let shop = Shop::open().await;
    let bell = Doorbell::answering(204).await;
    let body = json!({ "echo_message": TEXT, "notify_url": bell.url }).to_string();
    assert_eq!(shop.call(ECHO.0, ECHO.1, &body).await.status, 200);
    let heard = &bell.hears(1).await[0];
    assert!(shop.is_genuine(&heard.headers, &heard.body));
    let envelope: Value = serde_json::from_slice(&heard.body).unwrap();
    assert_eq!(envelope["event_type"], "SECURITY_ECHO.SUCCESS");
    assert_eq!(envelope["resource"]["original_type"], "security");
    let told = shop.opened(&heard.body).unwrap();
    assert_eq!(told["echo_message"], TEXT);
    assert_eq!(opened(&shop, &told["encrypt_echo_message"]), TEXT);
    assert_eq!(shop.control("GET", "orders", Value::Null).await.1["data"], json!([]));
}
