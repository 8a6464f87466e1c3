//! Signers that make one mistake each, and whether it is found.

mod keys;
mod property;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rsa::RsaPrivateKey;
use rsa::pkcs1v15::SigningKey;
use rsa::pkcs8::{DecodePrivateKey, EncodePublicKey, LineEnding};
use rsa::signature::{SignatureEncoding, Signer};
use serde_json::Value;
use sha2::Sha256;

use super::*;

const NOW: i64 = 1_735_700_000;
const MCHID: &str = "1900000001";
const SERIAL: &str = "4A1B2C3D4E5F60718293A4B5C6D7E8F901234567";
const NONCE: &str = "8F3A0C7D5B1E49A2B6D4E8F01C2A3B4D";
const TARGET: &str = "/v3/pay/transactions/id/1?mchid=1900000001";

/// A key with the parts that both sides need.
struct Pair {
    private: RsaPrivateKey,
    public_pem: String,
}

impl Pair {
    fn of(vector: &str, field: &str) -> Self {
        let vector: Value = serde_json::from_str(vector).unwrap();
        let private = RsaPrivateKey::from_pkcs8_pem(vector[field].as_str().unwrap()).unwrap();
        let public_pem = private.to_public_key().to_public_key_pem(LineEnding::LF).unwrap();
        Self { private, public_pem }
    }

    /// The keys of the reference's vectors: any two will do.
    fn one() -> Self {
        Self::of(include_str!("../../tests/vectors/reply_native.json"), "platform_private_key_pem")
    }

    fn other() -> Self {
        Self::of(include_str!("../../tests/vectors/request_native.json"), "private_key_pem")
    }

    fn sign(&self, text: &[u8]) -> String {
        let signer = SigningKey::<Sha256>::new(self.private.clone());
        BASE64_STANDARD.encode(signer.sign(text).to_bytes())
    }
}

fn holder<'a>(owner: Owner<'a>, serial_no: &'a str, pair: &'a Pair) -> Holder<'a> {
    Holder { owner, serial_no, retired: false, pem: &pair.public_pem }
}

fn header(signature: &str) -> String {
    format!(
        "WECHATPAY2-SHA256-RSA2048 mchid=\"{MCHID}\",nonce_str=\"{NONCE}\",\
         signature=\"{signature}\",timestamp=\"{NOW}\",serial_no=\"{SERIAL}\""
    )
}

const fn asked<'a>(authorization: &'a str, body: &'a [u8]) -> Asked<'a> {
    let (method, target) = ("POST", TARGET);
    Asked { method, target, body, authorization: Some(authorization), host: Some("127.0.0.1:8788") }
}

/// What is found for this header.
fn found(authorization: &str, known: &Known<'_>) -> Option<Diagnosis> {
    diagnose(asked(authorization, b"{}"), known, NOW)
}

#[test]
fn a_header_of_another_form_is_described() {
    let pair = Pair::one();
    let known =
        Known { holders: vec![holder(Owner::Merchant(MCHID), SERIAL, &pair)], subs: Vec::new() };
    let right = header("c2ln");
    for (from, to, finding, words) in [
        ("WECHATPAY2-SHA256-RSA2048 ", "Bearer ", "scheme-other", "\"Bearer\""),
        ("WECHATPAY2", "wechatpay2", "scheme-other", "upper case"),
        ("RSA2048 ", "RSA2048", "scheme-other", "One space"),
        ("WECHATPAY2-SHA256-RSA2048 ", "", "scheme-other", "missing in front"),
        ("mchid=\"1900000001\",", "", "mchid-missing", "no mchid"),
        (
            ",serial_no=\"4A1B2C3D4E5F60718293A4B5C6D7E8F901234567\"",
            "",
            "serial-no-missing",
            "no serial_no",
        ),
        ("timestamp=\"1735700000\",", "", "timestamp-missing", "no timestamp"),
        ("signature=\"c2ln\",", "", "signature-missing", "no signature"),
        (
            "nonce_str=\"8F3A0C7D5B1E49A2B6D4E8F01C2A3B4D\",",
            "",
            "nonce-str-missing",
            "no nonce_str",
        ),
        ("\"c2ln\"", "\"\"", "signature-missing", "empty"),
        ("mchid=\"1900000001\"", "mchid='1900000001'", "quotes-wrong", "single quotes"),
        ("mchid=\"1900000001\"", "mchid=1900000001", "quotes-wrong", "no quotes"),
        ("8F3A0C7D5B", "8F3A,0C7D5B", "quotes-wrong", "a comma in it"),
        (",timestamp", ", timestamp", "header-spaces", "\"timestamp\""),
        ("nonce_str", "nonce", "item-misnamed", "\"nonce_str\""),
        ("serial_no", "serial", "item-misnamed", "\"serial_no\""),
        ("mchid", "merchant", "item-unknown", "\"merchant\""),
        ("timestamp=", "mchid=", "item-doubled", "mchid twice"),
    ] {
        assert!(right.contains(from), "{from}");
        let found = found(&right.replacen(from, to, 1), &known).unwrap();
        assert_eq!(found.finding, finding, "{from} {to}: {}", found.words);
        assert!(found.words.contains(words), "{}", found.words);
        assert_eq!(found.yours, None);
    }
    let nothing = Asked { authorization: None, ..asked("", b"") };
    let found = diagnose(nothing, &known, NOW).unwrap();
    assert_eq!((found.finding.as_str(), found.bytes), ("header-missing", 0));
}

#[test]
fn a_serial_number_is_told_by_what_it_looks_like() {
    let pair = Pair::one();
    let decimal = rsa::BigUint::parse_bytes(SERIAL.as_bytes(), 16).unwrap().to_string();
    let known = Known {
        holders: vec![
            holder(Owner::Merchant(MCHID), SERIAL, &pair),
            Holder { retired: true, ..holder(Owner::Merchant(MCHID), "0A0A", &pair) },
            holder(Owner::Merchant("1900000002"), "77AA", &pair),
            holder(Owner::Platform, "5555", &pair),
        ],
        subs: vec![("1600000001", "1900000002")],
    };
    let with = |mchid: &str, serial: &str| {
        let header = header("c2ln").replace(SERIAL, serial).replace(MCHID, mchid);
        found(&header, &known).unwrap()
    };
    for (serial, finding, words) in [
        (SERIAL.to_lowercase().as_str(), "serial-form", "lower case"),
        (decimal.as_str(), "serial-form", "decimal"),
        (&format!("00{SERIAL}"), "serial-form", "leading zeros"),
        (&format!("0x{SERIAL}"), "serial-form", "prefix"),
        ("4A:1B:2C:3D:4E:5F:60:71:82:93:A4:B5:C6:D7:E8:F9:01:23:45:67", "serial-form", "marks"),
        ("PUB_KEY_ID_0112345678", "serial-of-the-platform", "Wechatpay-Serial"),
        ("5555", "serial-of-the-platform", SERIAL),
        ("77AA", "serial-of-another-merchant", "1900000002"),
        ("0A0A", "certificate-replaced", SERIAL),
        ("1234", "serial-unknown", "openssl x509"),
        // Too long to be read as a number.
        (&"9".repeat(100_000), "serial-unknown", "openssl x509"),
    ] {
        let found = with(MCHID, serial);
        assert_eq!(found.finding, finding, "{serial}");
        assert!(found.words.contains(words), "{}", found.words);
        assert!(found.message.starts_with(b"POST\n/v3/pay/"));
    }
    let found = with("1600000001", SERIAL);
    assert_eq!(found.finding, "merchant-unknown");
    assert!(found.words.contains("partner's number, 1900000002"), "{}", found.words);
    assert!(with("1999999999", SERIAL).words.contains("known: 1900000001, 1900000002"));
}

#[test]
fn what_nothing_is_wrong_with_has_no_diagnosis() {
    let pair = Pair::one();
    let known =
        Known { holders: vec![holder(Owner::Merchant(MCHID), SERIAL, &pair)], subs: Vec::new() };
    let right = format!("POST\n{TARGET}\n{NOW}\n{NONCE}\n{{}}\n");
    assert_eq!(found(&header(&pair.sign(right.as_bytes())), &known), None);
}

/// Every word of this shape in the sources is a finding's name.
fn names_in(source: &str) -> impl Iterator<Item = &str> {
    source.split('"').filter(|text| {
        let is_part = |part: &str| {
            !part.is_empty()
                && part.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit())
        };
        text.contains('-') && text.split('-').all(is_part)
    })
}

#[test]
fn every_finding_is_in_the_manual() {
    const MANUAL: &str = include_str!("../../docs/control.md");
    let sources = [
        include_str!("body.rs"),
        include_str!("clock.rs"),
        include_str!("header.rs"),
        include_str!("mistakes.rs"),
        include_str!("search.rs"),
        include_str!("serial.rs"),
        include_str!("signature.rs"),
        include_str!("target.rs"),
    ];
    let names: Vec<&str> = sources.into_iter().flat_map(names_in).collect();
    assert!(names.len() > 50, "{names:?}");
    for name in names {
        assert!(MANUAL.contains(&format!("`{name}`")), "{name}");
    }
}
