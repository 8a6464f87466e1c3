//! The arithmetic: RSA signatures and sealed resources.
//!
//! Signatures are made and verified by AWS-LC, since a sandbox signs each of its answers and that
//! is most of the work; the other primitives are the protocol crate's portable ones. What is signed
//! and what is sealed is written down here from the protocol reference (A.2, A.4, A.7).

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::{
    ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256 as VERIFYING, RSA_PKCS1_SHA256 as SIGNING,
};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rsa::pkcs8::{DecodePrivateKey, DecodePublicKey};
use rsa::rand_core::OsRng;
use rsa::{Oaep, RsaPrivateKey, RsaPublicKey};
use sha1::Sha1;
use wechatpay::crypto::ApiV3Key;
use wechatpay::key::{BadKey, Certificate, private_key_der};
use wechatpay::rustcrypto;

/// A key that signs as the platform, and the name that `Wechatpay-Serial` gives it.
pub struct PlatformKey {
    /// `PUB_KEY_ID_…` or a certificate's serial number.
    pub serial: String,
    key: KeyPair,
    opener: RsaPrivateKey,
}

impl PlatformKey {
    /// Reads the key from its PEM.
    pub fn new(serial: &str, private_key_pem: &str) -> Result<Self, BadKey> {
        let der = private_key_der(private_key_pem)?;
        let key = KeyPair::from_pkcs8(&der).map_err(|_| BadKey::Unreadable)?;
        let opener = RsaPrivateKey::from_pkcs8_der(&der).map_err(|_| BadKey::Unreadable)?;
        Ok(Self { serial: serial.to_owned(), key, opener })
    }

    /// The signature of `message`, in Base64.
    pub fn sign(&self, message: &[u8]) -> String {
        let mut signature = vec![0; self.key.public_modulus_len()];
        match self.key.sign(&SIGNING, &SystemRandom::new(), message, &mut signature) {
            Ok(()) => BASE64_STANDARD.encode(signature),
            // A key that could be read can sign; were it not so, everybody would refuse this.
            Err(_) => String::new(),
        }
    }

    /// A sensitive field's text: RSAES-OAEP with SHA-1 and an empty label, in Base64 (A.8). `None`
    /// for what was not encrypted so, for this key.
    pub fn decrypt(&self, field: &str) -> Option<String> {
        let sealed = BASE64_STANDARD.decode(field).ok()?;
        let text = self.opener.decrypt(Oaep::new::<Sha1>(), &sealed).ok()?;
        String::from_utf8(text).ok()
    }
}

/// A merchant's key, as far as the platform knows it.
pub struct MerchantKey(ParsedPublicKey);

impl MerchantKey {
    /// The key in a merchant's API certificate.
    pub fn of_certificate(pem: &str) -> Result<Self, BadKey> {
        Self::from_spki(&Certificate::parse(pem)?.spki_der)
    }

    /// A bare key, as SubjectPublicKeyInfo.
    pub fn from_spki(der: &[u8]) -> Result<Self, BadKey> {
        ParsedPublicKey::new(&VERIFYING, der).map(Self).map_err(|_| BadKey::Unreadable)
    }

    /// Whether `signature`, in Base64, is this key's for `message`.
    pub fn verifies(&self, message: &[u8], signature: &str) -> bool {
        BASE64_STANDARD
            .decode(signature)
            .is_ok_and(|bytes| self.0.verify_sig(message, &bytes).is_ok())
    }
}

/// The longest sensitive text: a block of RSA-2048 less two digests and two bytes (A.8).
pub const SENSITIVE_BYTES_MAX: usize = 214;

/// A sensitive field for the holder of a certificate: RSAES-OAEP as in [`PlatformKey::decrypt`], in
/// Base64. `None` if the text is too long.
pub fn encrypt_for(certificate_pem: &str, text: &[u8]) -> Option<String> {
    let certificate = Certificate::parse(certificate_pem).ok()?;
    let key = RsaPublicKey::from_public_key_der(&certificate.spki_der).ok()?;
    key.encrypt(&mut OsRng, Oaep::new::<Sha1>(), text)
        .ok()
        .map(|bytes| BASE64_STANDARD.encode(bytes))
}

/// Seals `plaintext` under a merchant's APIv3 key; Base64 of ciphertext and tag.
pub fn seal(
    key: &ApiV3Key,
    nonce: &[u8; 12],
    associated_data: &str,
    plaintext: &str,
) -> Option<String> {
    rustcrypto::seal(key, nonce, associated_data.as_bytes(), plaintext.as_bytes())
        .map(|sealed| BASE64_STANDARD.encode(sealed))
}

/// What a merchant signs (A.2): five lines, each ended by a line feed.
pub fn request_message(
    method: &str,
    target: &str,
    timestamp: &str,
    nonce: &str,
    body: &[u8],
) -> Vec<u8> {
    lines(&[method.as_bytes(), target.as_bytes(), timestamp.as_bytes(), nonce.as_bytes(), body])
}

/// What the platform signs (A.4): three lines, each ended by a line feed.
pub fn reply_message(timestamp: &str, nonce: &str, body: &[u8]) -> Vec<u8> {
    lines(&[timestamp.as_bytes(), nonce.as_bytes(), body])
}

fn lines(lines: &[&[u8]]) -> Vec<u8> {
    let mut message = Vec::new();
    for line in lines {
        message.extend_from_slice(line);
        message.push(b'\n');
    }
    message
}

#[cfg(test)]
mod tests {
    use rsa::pkcs8::EncodePublicKey;
    use serde_json::Value;
    use wechatpay::rustcrypto::PublicKey;

    use super::*;

    const REPLIES: [&str; 2] = [
        include_str!("../tests/vectors/reply_native.json"),
        include_str!("../tests/vectors/reply_close.json"),
    ];
    const ENCRYPTED: &str = include_str!("../tests/vectors/oaep.json");
    const NOTIFICATION: &str = include_str!("../tests/vectors/notification_transaction.json");

    fn read(vector: &str) -> impl Fn(&str) -> String {
        let vector: Value = serde_json::from_str(vector).unwrap();
        move |field| vector[field].as_str().unwrap().to_owned()
    }

    #[test]
    fn replies_are_signed_as_in_the_reference() {
        // PKCS#1 v1.5 signatures are deterministic: equal to the last byte (section H).
        for vector in REPLIES {
            let vector = read(vector);
            let key =
                PlatformKey::new("PUB_KEY_ID_1", &vector("platform_private_key_pem")).unwrap();
            let message =
                reply_message(&vector("timestamp"), &vector("nonce"), vector("body").as_bytes());
            assert_eq!(String::from_utf8(message.clone()).unwrap(), vector("message"));
            assert_eq!(key.sign(&message), vector("signature"));
        }
    }

    #[test]
    fn two_libraries_agree_on_who_signed_what() {
        let vector = read(REPLIES[0]);
        let ours = PlatformKey::new("PUB_KEY_ID_1", &vector("platform_private_key_pem")).unwrap();
        let spki = RsaPublicKey::from(&ours.opener).to_public_key_der().unwrap();
        let key = MerchantKey::from_spki(spki.as_bytes()).unwrap();
        let other = PublicKey::from_spki_der(spki.as_bytes()).unwrap();
        for message in [&b""[..], b"message\n", &[0xff; 5_000]] {
            let signature = BASE64_STANDARD.decode(ours.sign(message)).unwrap();
            assert!(other.verify(message, &signature));
            assert!(key.verifies(message, &BASE64_STANDARD.encode(&signature)));
            let mut bad = signature.clone();
            bad[100] ^= 1;
            let cut = &signature[1..];
            let long = [&[0], &signature[..]].concat();
            for bad in [&bad[..], cut, &long, &[]] {
                assert!(!key.verifies(message, &BASE64_STANDARD.encode(bad)));
                assert!(!other.verify(message, bad));
            }
            assert!(!key.verifies(b"another message", &BASE64_STANDARD.encode(&signature)));
        }
    }

    #[test]
    fn resources_are_sealed_as_in_the_reference() {
        let vector = read(NOTIFICATION);
        let body: Value = serde_json::from_str(&vector("body")).unwrap();
        let sealed = seal(
            &ApiV3Key::parse(&vector("api_v3_key")).unwrap(),
            b"abcdefghijkl",
            "transaction",
            &vector("expected_plaintext"),
        );
        assert_eq!(sealed.unwrap(), body["resource"]["ciphertext"].as_str().unwrap());
    }

    #[test]
    fn sensitive_fields_are_decrypted_as_in_the_reference() {
        let vector = read(ENCRYPTED);
        let key = PlatformKey::new("PUB_KEY_ID_1", &vector("private_key_pem")).unwrap();
        let field = vector("ciphertext_base64");
        assert_eq!(key.decrypt(&field).unwrap(), vector("expected_plaintext"));
        let other = if field.starts_with('A') { 'B' } else { 'A' };
        for bad in ["", "张三", "5byg5LiJ", &field[4..], &format!("{other}{}", &field[1..])] {
            assert_eq!(key.decrypt(bad), None, "{bad}");
        }
    }
}
