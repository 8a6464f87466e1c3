//! Sealed bytes open only with the right key, nonce and associated data, and only whole.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use wechatpay::crypto::{ApiV3Key, Unsealable};
use wechatpay::key::Certificate;
use wechatpay::rustcrypto::seal;

use super::tamper::{flip, flip_text};
use super::vector::{self, Named};

const KEY: &str = "0123456789abcdefghijklmnopqrstuv";

#[test]
fn sealed_bytes_open_or_are_refused_for_their_lengths() {
    for Named { name, vector } in vector::all::<vector::Sealed>("sealed") {
        let sealed = STANDARD.decode(&vector.ciphertext).unwrap();
        let outcome = match ApiV3Key::parse(&vector.key) {
            Err(reason) => format!("{reason:?}"),
            Ok(key) => {
                let associated_data = vector.associated_data.as_bytes();
                match key.open(vector.nonce.as_bytes(), associated_data, &sealed) {
                    Ok(opened) => {
                        assert_eq!(String::from_utf8(opened).unwrap(), vector.plaintext, "{name}");
                        "opens".to_owned()
                    }
                    Err(reason) => format!("{reason:?}"),
                }
            }
        };
        assert_eq!(outcome, vector.outcome, "{name}");
        if let Some(serial) = vector.certificate_serial {
            assert_eq!(Certificate::parse(&vector.plaintext).unwrap().serial, serial, "{name}");
        }
    }
}

#[test]
fn one_flipped_bit_and_nothing_opens() {
    let all = vector::all::<vector::Sealed>("sealed");
    let vector = &all.iter().find(|one| one.vector.outcome == "opens").unwrap().vector;
    let (nonce, data) = (vector.nonce.as_bytes(), vector.associated_data.as_bytes());
    let sealed = STANDARD.decode(&vector.ciphertext).unwrap();
    let key = ApiV3Key::parse(&vector.key).unwrap();
    let refused = |result: Result<Vec<u8>, Unsealable>, what: &str, at: usize| {
        assert_eq!(result, Err(Unsealable::BadTag), "{what} {at}");
    };
    for at in 0..sealed.len() {
        refused(key.open(nonce, data, &flip(&sealed, at)), "ciphertext or tag", at);
    }
    for at in 0..nonce.len() {
        refused(key.open(&flip(nonce, at), data, &sealed), "nonce", at);
    }
    for at in 0..data.len() {
        refused(key.open(nonce, &flip(data, at), &sealed), "associated data", at);
    }
    for at in 0..vector.key.len() {
        let flipped = flip_text(&vector.key, at);
        let other = flipped.replace(|letter: char| !letter.is_ascii_alphanumeric(), "A");
        let other = ApiV3Key::parse(&other).unwrap();
        refused(other.open(nonce, data, &sealed), "key", at);
    }
    refused(key.open(nonce, b"", &sealed), "no associated data", 0);
    refused(key.open(nonce, data, &sealed[..sealed.len() - 1]), "shorter", 0);
}

#[test]
fn every_nonce_but_one_of_twelve_bytes_is_refused() {
    let key = ApiV3Key::parse(KEY).unwrap();
    for bytes in (0..64).filter(|&bytes| bytes != 12) {
        let found = key.open(&vec![0; bytes], b"", &[0; 32]);
        assert_eq!(found, Err(Unsealable::BadNonce { bytes }));
    }
}

#[test]
fn what_is_shorter_than_a_tag_is_refused() {
    let key = ApiV3Key::parse(KEY).unwrap();
    for bytes in 0..16 {
        let found = key.open(&[0; 12], b"", &vec![0; bytes]);
        assert_eq!(found, Err(Unsealable::TooShort { bytes }));
    }
    let nothing = seal(&key, &[0; 12], b"", b"").unwrap();
    assert_eq!(nothing.len(), 16);
    assert_eq!(key.open(&[0; 12], b"", &nothing), Ok(Vec::new()));
}
