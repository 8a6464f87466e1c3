//! What an operator pastes, and what a platform certificate may hold.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use wechatpay::crypto::{ApiV3Key, ApiV3Keys};
use wechatpay::key::{Certificate, private_key_der, public_key_der};
use wechatpay::rustcrypto::{PrivateKey, PublicKey};

/// Any text, as a key of each kind.
pub fn text(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    if ApiV3Key::parse(text).is_ok() {
        assert!(ApiV3Keys::parse(text).is_ok(), "one key is also a list of keys");
    }
    read(text);
}

/// Any DER, in the plainest of the wrappings that are taken.
pub fn der(data: &[u8]) {
    read(&STANDARD.encode(data));
}

/// What is taken for a key is one that can be used, and reads as itself again.
fn read(text: &str) {
    if let Ok(der) = private_key_der(text) {
        assert!(PrivateKey::from_pkcs8_der(&der).is_ok());
        assert_eq!(private_key_der(&STANDARD.encode(&*der)).as_deref(), Ok(&*der));
    }
    if let Ok(der) = public_key_der(text) {
        assert!(PublicKey::from_spki_der(&der).is_ok());
        assert_eq!(public_key_der(&STANDARD.encode(&der)), Ok(der));
    }
    if let Ok(certificate) = Certificate::parse(text) {
        assert!(PublicKey::from_spki_der(&certificate.spki_der).is_ok());
        let is_hex = |byte: u8| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte);
        assert!(!certificate.serial.is_empty() && certificate.serial.bytes().all(is_hex));
    }
}
