//! The platform's certificates bring the key that vouches for them: nothing of the list is trusted
//! before each was opened by the APIv3 key and the one that signed has verified the whole.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use checkout::time::{Seconds, UnixSeconds};
use serde_json::{Value, json};
use wechatpay::crypto::{ApiV3Key, ApiV3Keys, Unsealable};
use wechatpay::http::{Headers, Method, Reply};
use wechatpay::key::{BadKey, Material};
use wechatpay::rustcrypto::{PublicKey, RustCrypto, seal};
use wechatpay::v3::answer::Doubt;
use wechatpay::v3::certificates::{
    BadCertificate, NoCertificates, PlatformCertificate, read, request,
};
use wechatpay::v3::malformed::{Malformed, Part};
use wechatpay::v3::message::reply_message;
use wechatpay::v3::notification::Receiver;
use wechatpay::v3::verify::{Distrust, PlatformKeys};

use super::tamper::{flip, headers, with, without};
use super::vector::{self, Named};
use super::{platform, private_key, ready};

const NOW: UnixSeconds = UnixSeconds(1_735_700_000);
const SERIAL: &str = "Wechatpay-Serial";

type Outcome = Result<Vec<PlatformCertificate>, NoCertificates>;

fn named(name: &str) -> vector::Certificates {
    let all = vector::all::<vector::Certificates>("certificates");
    all.into_iter().find(|one| one.name == name).unwrap().vector
}

fn two() -> vector::Certificates {
    named("certificates_two.json")
}

/// Reads a list with no key known before, as a merchant does who has just begun.
fn first_read(vector: &vector::Certificates, headers: Headers, body: &[u8]) -> Outcome {
    read_with(&PlatformKeys::new(), &vector.api_v3_key, 200, headers, body)
}

fn read_with(
    trusted: &PlatformKeys<PublicKey>,
    api_v3_keys: &str,
    status: u16,
    headers: Headers,
    body: &[u8],
) -> Outcome {
    let api_v3_keys = ApiV3Keys::parse(api_v3_keys).unwrap();
    let receiver = Receiver { keys: trusted, api_v3_keys: &api_v3_keys };
    let reply = Reply { status, headers, body: body.to_vec() };
    ready(read(&RustCrypto, &receiver, &reply, NOW))
}

/// Headers that `pem` signs for `body`, under `serial`.
fn signed(serial: &str, pem: &str, body: &[u8]) -> Headers {
    let lines = reply_message("1735700000", "n", body);
    let signature = STANDARD.encode(private_key(pem).sign(&lines).unwrap());
    let pairs = [
        ("Wechatpay-Timestamp", "1735700000"),
        ("Wechatpay-Nonce", "n"),
        ("Wechatpay-Signature", &signature),
        (SERIAL, serial),
    ];
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect()
}

/// Reads a changed list under a genuine signature of its first certificate.
fn read_changed(vector: &vector::Certificates, change: impl FnOnce(&mut Value)) -> Outcome {
    let mut list: Value = serde_json::from_str(&vector.body).unwrap();
    change(&mut list);
    let body = list.to_string();
    let first = &vector.certificates[0];
    let pem = first.private_key_pem.as_ref().unwrap();
    first_read(vector, signed(&first.serial, pem, body.as_bytes()), body.as_bytes())
}

#[track_caller]
fn mistake(outcome: Outcome) -> BadCertificate {
    match outcome {
        Err(NoCertificates::Bad { mistake, .. }) => mistake,
        other => panic!("{other:?}"),
    }
}

fn distrust(reason: Distrust) -> Outcome {
    Err(NoCertificates::InDoubt(Doubt::Unproven { reason, request_id: None }))
}

#[test]
fn certificates_are_asked_for_without_a_wish() {
    let request = request();
    assert_eq!(request.method, Method::Get);
    assert_eq!(request.target, "/v3/certificates");
    assert!(request.body.is_empty());
}

#[test]
fn each_of_the_listed_certificates_can_vouch_for_the_list() {
    let vector = two();
    let genuine = first_read(&vector, headers(&vector.headers), vector.body.as_bytes()).unwrap();
    let lines = reply_message(
        &vector.headers["Wechatpay-Timestamp"],
        &vector.headers["Wechatpay-Nonce"],
        vector.body.as_bytes(),
    );
    assert_eq!(String::from_utf8(lines).unwrap(), *vector.message.as_ref().unwrap());
    for (found, expected) in genuine.iter().zip(&vector.certificates) {
        assert_eq!(found.serial, expected.serial);
        assert_eq!(found.effective_at.0, expected.effective_at);
        assert_eq!(found.expires_at.0, expected.expires_at);
    }
    assert_eq!(genuine.len(), 2);
    for signer in &vector.certificates {
        let pem = signer.private_key_pem.as_ref().unwrap();
        let headers = signed(&signer.serial, pem, vector.body.as_bytes());
        let found = first_read(&vector, headers, vector.body.as_bytes());
        assert_eq!(found.as_ref(), Ok(&genuine), "{}", signer.serial);
    }
}

#[test]
fn what_the_platform_really_sealed_is_read_once_somebody_vouches_for_it() {
    let vector = named("certificates_java.json");
    let body = vector.body.as_bytes();
    let expected = &vector.certificates[0];
    // Its own key is not published, so a public key that is trusted already signs.
    let known = vector::all::<vector::Notification>("notification").remove(0).vector;
    let serial = &known.headers[SERIAL];
    let trusted = platform(serial, &known.public_key_pem);
    let headers = signed(serial, &known.platform_private_key_pem, body);
    let found = read_with(&trusted, &vector.api_v3_key, 200, headers.clone(), body).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].serial, expected.serial);
    assert_eq!(found[0].effective_at.0, expected.effective_at);
    assert_eq!(found[0].expires_at.0, expected.expires_at);

    // Somebody who only knows the serial proves nothing.
    let found = first_read(&vector, headers, body);
    assert_eq!(found, distrust(Distrust::UnknownSerial(serial.clone())));
    let forged = signed(&expected.serial, &known.platform_private_key_pem, body);
    assert_eq!(first_read(&vector, forged, body), distrust(Distrust::BadSignature));
}

#[test]
fn one_flipped_bit_and_no_certificate_is_trusted() {
    for Named { name, vector } in vector::all::<vector::Certificates>("certificates") {
        let body = vector.body.as_bytes();
        let headers = headers(&vector.headers);
        for at in (0..body.len()).step_by(7) {
            let found = first_read(&vector, headers.clone(), &flip(body, at));
            assert!(found.is_err(), "{name}: byte {at}");
        }
    }
    let vector = two();
    let longer = [vector.body.as_bytes(), b" "].concat();
    let found = first_read(&vector, headers(&vector.headers), &longer);
    assert_eq!(found, distrust(Distrust::BadSignature));
}

#[test]
fn the_signature_decides_after_all_the_rest() {
    let vector = two();
    let (map, body) = (&vector.headers, vector.body.as_bytes());
    for (headers, reason) in [
        (without(map, "Wechatpay-Nonce"), Distrust::MissingHeader("Wechatpay-Nonce")),
        (with(map, "Wechatpay-Timestamp", "1735699700"), Distrust::Stale { age: Seconds(300) }),
        (with(map, "Wechatpay-Signature", "WECHATPAY/SIGNTEST/x"), Distrust::Probe),
        (with(map, "Wechatpay-Signature", "AAAA"), Distrust::BadSignature),
        (with(map, SERIAL, "5DEB"), Distrust::UnknownSerial("5DEB".to_owned())),
        // The other certificate of the list, which did not sign.
        (with(map, SERIAL, &vector.certificates[1].serial), Distrust::BadSignature),
    ] {
        assert_eq!(first_read(&vector, headers, body), distrust(reason));
    }
}

#[test]
fn a_key_that_was_trusted_before_is_not_replaced_by_the_list() {
    let vector = two();
    let known = vector::all::<vector::Notification>("notification").remove(0).vector;
    let trusted = platform(&vector.certificates[0].serial, &known.public_key_pem);
    let (headers, body) = (headers(&vector.headers), vector.body.as_bytes());
    let found = read_with(&trusted, &vector.api_v3_key, 200, headers, body);
    assert_eq!(found, distrust(Distrust::BadSignature));
}

#[test]
fn another_apiv3_key_opens_none_and_one_of_two_is_enough() {
    let vector = two();
    let (map, body) = (&vector.headers, vector.body.as_bytes());
    let none = PlatformKeys::new();
    let other = "0123456789abcdefghijklmnopqrstuw";
    let found = read_with(&none, other, 200, headers(map), body);
    assert_eq!(mistake(found), BadCertificate::Unsealable(Unsealable::BadTag));
    let both = format!("{other} {}", vector.api_v3_key);
    assert_eq!(read_with(&none, &both, 200, headers(map), body).unwrap().len(), 2);
}

#[test]
fn a_certificate_that_is_not_one_spoils_the_list_by_name() {
    let vector = two();
    let key = ApiV3Key::parse(&vector.api_v3_key).unwrap();
    let sealed = |text: &[u8]| {
        json!(STANDARD.encode(seal(&key, b"nonce0000009", b"certificate", text).unwrap()))
    };
    let replaced = |text: &[u8]| {
        mistake(read_changed(&vector, |list| {
            let resource = &mut list["data"][1]["encrypt_certificate"];
            resource["nonce"] = json!("nonce0000009");
            resource["ciphertext"] = sealed(text);
        }))
    };
    let texts: BTreeMap<String, String> = vector::all::<vector::KeyText>("key_text")
        .into_iter()
        .map(|one| (one.name, one.vector.text))
        .collect();
    let pasted = |name: &str| replaced(texts[name].as_bytes());
    let kind = |given| BadKey::WrongKind { expected: Material::Certificate, given };
    assert_eq!(replaced(b""), BadCertificate::Key(BadKey::Empty));
    assert_eq!(replaced(&[0xff, 0xfe]), BadCertificate::NotText);
    assert_eq!(pasted("key_certificate_curve.json"), BadCertificate::Key(BadKey::EllipticCurve));
    assert_eq!(pasted("key_public.json"), BadCertificate::Key(kind(Material::PublicKey)));
    assert_eq!(pasted("key_private_pkcs8.json"), BadCertificate::Key(kind(Material::PrivateKey)));
    let other = pasted("key_certificate.json");
    assert!(matches!(other, BadCertificate::OtherSerial { .. }), "{other:?}");

    let unsealable = |field: &str, value: &str| {
        mistake(read_changed(&vector, |list| {
            list["data"][1]["encrypt_certificate"][field] = json!(value);
        }))
    };
    let sm4 = "AEAD_SM4_GCM";
    for (field, value, reason) in [
        ("algorithm", sm4, Unsealable::UnknownAlgorithm(sm4.to_owned())),
        ("nonce", "short", Unsealable::BadNonce { bytes: 5 }),
        ("associated_data", "transaction", Unsealable::BadTag),
        ("ciphertext", "***", Unsealable::BadBase64),
    ] {
        assert_eq!(unsealable(field, value), BadCertificate::Unsealable(reason), "{field}");
    }
}

#[test]
fn a_serial_is_the_certificates_own_and_comes_once() {
    let vector = two();
    let serial = vector.certificates[1].serial.clone();
    let renamed = read_changed(&vector, |list| list["data"][1]["serial_no"] = json!("5DEA"));
    let mistake = BadCertificate::OtherSerial { certificate: serial.clone() };
    assert_eq!(renamed, Err(NoCertificates::Bad { serial: "5DEA".to_owned(), mistake }));
    let twice = read_changed(&vector, |list| list["data"][0] = list["data"][1].clone());
    let mistake = BadCertificate::Twice;
    assert_eq!(twice, Err(NoCertificates::Bad { serial, mistake }));
}

#[test]
fn times_that_cannot_be_read_are_the_certificates_own() {
    let vector = two();
    for times in [Value::Null, json!(1_735_700_000), json!("soon")] {
        let found = read_changed(&vector, |list| {
            list["data"][0]["effective_time"] = times.clone();
            list["data"][0]["expire_time"] = times;
        })
        .unwrap();
        assert_eq!(found[0].effective_at.0, vector.certificates[0].effective_at);
        assert_eq!(found[0].expires_at.0, vector.certificates[0].expires_at);
    }
}

#[test]
fn a_list_that_cannot_be_read_is_malformed() {
    let vector = two();
    for body in ["", "null", "[]", "{}", r#"{"data":{}}"#, r#"{"data":[7]}"#, r#"{"data":[{}]}"#] {
        let found = first_read(&vector, headers(&vector.headers), body.as_bytes());
        let malformed = matches!(
            found,
            Err(NoCertificates::Malformed(Malformed::Json { part: Part::Certificates, .. }))
        );
        assert!(malformed, "{body}: {found:?}");
    }
    // An empty list has nobody to vouch for it.
    let serial = vector.certificates[0].serial.clone();
    let empty = read_changed(&vector, |list| list["data"] = json!([]));
    assert_eq!(empty, distrust(Distrust::UnknownSerial(serial)));
}

#[test]
fn a_merchant_without_certificates_is_told_apart_from_trouble() {
    let vector = two();
    let told = |status: u16, body: &str| {
        let none = PlatformKeys::new();
        read_with(&none, &vector.api_v3_key, status, Headers::default(), body.as_bytes())
    };
    let none = r#"{"code":"RESOURCE_NOT_EXISTS","message":"无可用的平台证书"}"#;
    assert_eq!(told(404, none), Err(NoCertificates::PublicKeyOnly));
    for (status, body) in [(404, ""), (404, r#"{"code":"NOT_FOUND"}"#), (403, none), (401, "")] {
        let refused = matches!(told(status, body), Err(NoCertificates::Refused(_)));
        assert!(refused, "{status} {body}");
    }
    for status in [202, 302, 429, 500, 502, 503] {
        let doubt = matches!(
            told(status, none),
            Err(NoCertificates::InDoubt(Doubt::Undecided(answer))) if answer.status == status
        );
        assert!(doubt, "{status}");
    }
    let known = vector::all::<vector::Notification>("notification").remove(0).vector;
    let serial = &known.headers[SERIAL];
    let headers = signed(serial, &known.platform_private_key_pem, b"");
    let trusted = platform(serial, &known.public_key_pem);
    let found = read_with(&trusted, &vector.api_v3_key, 204, headers, b"");
    assert_eq!(found, Err(NoCertificates::Unexpected { status: 204 }));
}
