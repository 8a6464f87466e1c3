//! What operators paste: each mistake has its own name.

use std::fmt::Debug;

use wechatpay::key::{
    BadKey, Certificate, key_matches_certificate, private_key_der, public_key_der,
};

use super::vector::{self, Named};

fn outcome<T>(result: &Result<T, impl Debug>) -> String {
    result.as_ref().map_or_else(|reason| format!("{reason:?}"), |_| "ok".to_owned())
}

#[track_caller]
fn text(name: &str) -> String {
    let all = vector::all::<vector::KeyText>("key_text");
    all.into_iter().find(|one| one.name == name).unwrap().vector.text
}

#[test]
fn each_mistake_is_named() {
    for Named { name, vector } in vector::all::<vector::KeyText>("key_text") {
        let certificate = Certificate::parse(&vector.text);
        assert_eq!(outcome(&private_key_der(&vector.text)), vector.as_private_key, "{name}");
        assert_eq!(outcome(&public_key_der(&vector.text)), vector.as_public_key, "{name}");
        assert_eq!(outcome(&certificate), vector.as_certificate, "{name}");
        if let (Ok(certificate), Some(serial)) = (certificate, vector.serial) {
            assert_eq!(certificate.serial, serial, "{name}");
            assert_eq!(Some(certificate.not_before.0), vector.not_before, "{name}");
            assert_eq!(Some(certificate.not_after.0), vector.not_after, "{name}");
        }
    }
}

#[test]
fn one_key_in_nine_spellings_is_one_key() {
    let all = vector::all::<vector::KeyText>("key_text");
    let ders: Vec<_> =
        all.iter().filter_map(|one| private_key_der(&one.vector.text).ok()).collect();
    assert_eq!(ders.len(), 9);
    assert!(ders.windows(2).all(|pair| pair[0] == pair[1]));
    let spelt = public_key_der(&text("key_public.json")).unwrap();
    assert_eq!(public_key_der(&text("key_public_pkcs1.json")).unwrap(), spelt);
    assert_eq!(Certificate::parse(&text("key_certificate.json")).unwrap().spki_der, spelt);
}

#[test]
fn a_key_is_held_against_its_certificate() {
    let key = private_key_der(&text("key_private_pkcs8.json")).unwrap();
    let own = Certificate::parse(&text("key_certificate.json")).unwrap();
    let other = Certificate::parse(&text("key_certificate_high_serial.json")).unwrap();
    assert_eq!(key_matches_certificate(&key, &own), Ok(()));
    assert_eq!(key_matches_certificate(&key, &other), Err(BadKey::NotOfThisCertificate));
    assert_eq!(key_matches_certificate(&own.spki_der, &own), Err(BadKey::Unreadable));
}

#[test]
fn several_certificates_may_stand_one_after_the_other() {
    let (one, two) = (text("key_certificate.json"), text("key_certificate_high_serial.json"));
    let serials = |text: &str| {
        Certificate::parse_all(text)
            .map(|all| all.into_iter().map(|one| one.serial).collect::<Vec<_>>())
    };
    let both = [
        "0A1B2C3D4E5F60718293A4B5C6D7E8F901234567".to_owned(),
        "FA1B2C3D4E5F60718293A4B5C6D7E8F901234567".to_owned(),
    ];
    assert_eq!(serials(&format!("{one}{two}")), Ok(both.to_vec()));
    assert_eq!(serials(&format!("{}\n\n{two}", one.trim_end())), Ok(both.to_vec()));
    assert_eq!(serials(&format!("{one}{two}").replace('\n', "\\n")), Ok(both.to_vec()));
    assert_eq!(serials(" \n"), Ok(Vec::new()));
    assert_eq!(serials(&format!("{one}and{two}")), Err(BadKey::TextAround));
    assert_eq!(Certificate::parse(&format!("{one}{two}")), Err(BadKey::Several { blocks: 2 }));
}
