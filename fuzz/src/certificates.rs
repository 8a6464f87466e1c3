//! The list of platform certificates, which is opened before it is believed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use wechatpay::crypto::{ApiV3Key, ApiV3Keys};
use wechatpay::http::{Headers, Reply};
use wechatpay::key::Certificate;
use wechatpay::rustcrypto::{PublicKey, RustCrypto, seal};
use wechatpay::v3::certificates::{NoCertificates, PlatformCertificate, read};
use wechatpay::v3::notification::Receiver;
use wechatpay::v3::verify::PlatformKeys;

use crate::platform::{API_V3_KEY, NOW, plausible_headers, ready};

/// A list as anybody may send it: whatever is in it, nobody vouches for it.
pub fn list(body: &[u8]) {
    for headers in [plausible_headers(), Headers::default()] {
        assert!(bootstrap(headers, body).is_err(), "a list that nobody signed was believed");
    }
}

/// A certificate as whoever has the APIv3 key may seal it. It is opened and looked at, and still
/// no list is believed that no key of it has signed.
pub fn certificate(pem: &[u8]) {
    let key = ApiV3Key::parse(API_V3_KEY).expect("a key");
    let (nonce, data) = (b"abcdefghijkl", "certificate");
    let sealed = seal(&key, nonce, data.as_bytes(), pem).expect("it fits");
    let parsed = str::from_utf8(pem).ok().and_then(|text| Certificate::parse(text).ok());
    let serial = parsed.as_ref().map_or("5DEA", |certificate| certificate.serial.as_str());
    let body = json!({ "data": [{
        "serial_no": serial,
        "effective_time": "2023-09-19T23:15:58+08:00",
        "expire_time": "2028-09-17T23:15:58+08:00",
        "encrypt_certificate": {
            "algorithm": "AEAD_AES_256_GCM",
            "associated_data": data,
            "ciphertext": STANDARD.encode(sealed),
            "nonce": "abcdefghijkl",
        },
    }] });
    let found = bootstrap(plausible_headers(), body.to_string().as_bytes());
    let is_bad = matches!(found, Err(NoCertificates::Bad { .. }));
    assert_eq!(is_bad, parsed.is_none(), "{found:?}");
    assert!(found.is_err());
}

fn bootstrap(headers: Headers, body: &[u8]) -> Result<Vec<PlatformCertificate>, NoCertificates> {
    let keys = PlatformKeys::<PublicKey>::new();
    let api_v3_keys = ApiV3Keys::parse(API_V3_KEY).expect("a key");
    let receiver = Receiver { keys: &keys, api_v3_keys: &api_v3_keys };
    let reply = Reply { status: 200, headers, body: body.to_vec() };
    ready(read(&RustCrypto, &receiver, &reply, NOW))
}
