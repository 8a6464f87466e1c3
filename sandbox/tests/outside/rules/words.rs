//! What `${…}` in an example stands for.
//!
//! `${name}` is a value of the scene, `${茶*42}` a text so many times, `${today-1d}` and
//! `${paid_day+3m}` days in Beijing, `${at+60}` a moment, `${sealed:text}` a field that only the
//! platform's public key opens and `${sealed-by-certificate:text}` one for its certificate;
//! `${sealed-otherwise:text}` (OAEP with SHA-256) and `${sealed-pkcs1:text}` are what it does not.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::{Days, Months, NaiveDate};
use rsa::pkcs8::DecodePublicKey;
use rsa::rand_core::OsRng;
use rsa::traits::PaddingScheme;
use rsa::{Oaep, Pkcs1v15Encrypt, RsaPublicKey};
use serde_json::Value;
use sha1::Sha1;
use sha2::Sha256;
use x509_cert::Certificate;
use x509_cert::der::{DecodePem, Encode};

use super::scene::Scene;

/// Every text in a value, with its words spoken out.
pub(crate) fn in_value(scene: &Scene, value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(in_text(scene, text)),
        Value::Array(list) => list.iter().map(|each| in_value(scene, each)).collect(),
        Value::Object(object) => {
            let pairs = object.iter().map(|(name, each)| (name.clone(), in_value(scene, each)));
            Value::Object(pairs.collect())
        }
        other => other.clone(),
    }
}

/// A text with its words spoken out.
pub(crate) fn in_text(scene: &Scene, text: &str) -> String {
    let mut spoken = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (word, tail) = after.split_once('}').unwrap_or_else(|| panic!("open word in {text}"));
        spoken.push_str(before);
        spoken.push_str(&one(scene, word));
        rest = tail;
    }
    spoken + rest
}

fn one(scene: &Scene, word: &str) -> String {
    if let Some((what, times)) = word.rsplit_once('*')
        && let Ok(times) = times.parse()
    {
        return what.repeat(times);
    }
    if let Some(text) = word.strip_prefix("sealed:") {
        return sealed(&public_key(scene), text);
    }
    if let Some(text) = word.strip_prefix("sealed-by-certificate:") {
        return sealed(&certificate_key(scene), text);
    }
    if let Some(text) = word.strip_prefix("sealed-otherwise:") {
        return sealed_with(&public_key(scene), Oaep::new::<Sha256>(), text);
    }
    if let Some(text) = word.strip_prefix("sealed-pkcs1:") {
        return sealed_with(&public_key(scene), Pkcs1v15Encrypt, text);
    }
    let (name, shift) = word.split_at(word.find(['+', '-']).unwrap_or(word.len()));
    match (name, shift) {
        ("at", _) => sandbox::time::beijing(scene.now() + shift.parse().unwrap_or(0)),
        ("today", _) => day(scene.today(), shift).to_string(),
        (_, "") => scene.value(name),
        _ => day(scene.value(name).parse().unwrap(), shift).to_string(),
    }
}

/// A day so many days (`d`) or months (`m`) away.
fn day(today: NaiveDate, shift: &str) -> NaiveDate {
    if shift.is_empty() {
        return today;
    }
    let (count, unit) = shift.split_at(shift.len() - 1);
    let count: i32 = count.parse().unwrap();
    match (unit, count < 0, count.unsigned_abs()) {
        ("d", true, days) => today.checked_sub_days(Days::new(days.into())),
        ("d", false, days) => today.checked_add_days(Days::new(days.into())),
        ("m", true, months) => today.checked_sub_months(Months::new(months)),
        ("m", false, months) => today.checked_add_months(Months::new(months)),
        _ => panic!("{shift} is no shift of a day"),
    }
    .unwrap()
}

fn sealed(key: &RsaPublicKey, text: &str) -> String {
    sealed_with(key, Oaep::new::<Sha1>(), text)
}

fn sealed_with(key: &RsaPublicKey, padding: impl PaddingScheme, text: &str) -> String {
    let sealed = key.encrypt(&mut OsRng, padding, text.as_bytes()).unwrap();
    BASE64_STANDARD.encode(sealed)
}

fn public_key(scene: &Scene) -> RsaPublicKey {
    let pem = &scene.shop.credentials.platform_public_key_pem;
    RsaPublicKey::from_public_key_pem(pem).unwrap()
}

fn certificate_key(scene: &Scene) -> RsaPublicKey {
    let pem = &scene.shop.credentials.platform_certificate_pem;
    let certificate = Certificate::from_pem(pem.as_bytes()).unwrap();
    let spki = certificate.tbs_certificate.subject_public_key_info.to_der().unwrap();
    RsaPublicKey::from_public_key_der(&spki).unwrap()
}
