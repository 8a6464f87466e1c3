//! The arithmetic: RSA signatures and sealed resources.
//!
//! RSASSA-PKCS1-v1_5 with SHA-256 both ways, and AES-256-GCM for what notifications carry. What
//! the platform signs and seals is written down here from the protocol reference (A.2, A.4, A.7).

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rsa::pkcs1v15::{Signature, SigningKey, VerifyingKey};
use rsa::pkcs8::{DecodePrivateKey, DecodePublicKey};
use rsa::signature::{SignatureEncoding, Signer, Verifier};
use rsa::{RsaPrivateKey, RsaPublicKey};
use sha2::Sha256;

/// A key that signs as the platform, and the name that `Wechatpay-Serial` gives it.
pub struct PlatformKey {
    /// `PUB_KEY_ID_…` or a certificate's serial number.
    pub serial: String,
    signer: SigningKey<Sha256>,
}

impl PlatformKey {
    /// Reads the key from its PEM.
    pub fn new(serial: &str, private_key_pem: &str) -> Result<Self, rsa::pkcs8::Error> {
        let key = RsaPrivateKey::from_pkcs8_pem(private_key_pem)?;
        Ok(Self { serial: serial.to_owned(), signer: SigningKey::new(key) })
    }

    /// The signature of `message`, in Base64.
    pub fn sign(&self, message: &[u8]) -> String {
        BASE64_STANDARD.encode(self.signer.sign(message).to_bytes())
    }
}

/// A merchant's key, as far as the platform knows it.
pub struct MerchantKey(VerifyingKey<Sha256>);

impl MerchantKey {
    /// Reads the key from a public-key PEM.
    pub fn new(public_key_pem: &str) -> Result<Self, rsa::pkcs8::spki::Error> {
        RsaPublicKey::from_public_key_pem(public_key_pem).map(|key| Self(VerifyingKey::new(key)))
    }

    /// The public half of a private key.
    pub fn of(private_key_pem: &str) -> Result<Self, rsa::pkcs8::Error> {
        let key = RsaPrivateKey::from_pkcs8_pem(private_key_pem)?;
        Ok(Self(VerifyingKey::new(RsaPublicKey::from(key))))
    }

    /// Whether `signature`, in Base64, is this key's for `message`.
    pub fn verifies(&self, message: &[u8], signature: &str) -> bool {
        let bytes = BASE64_STANDARD.decode(signature).unwrap_or_default();
        Signature::try_from(bytes.as_slice())
            .is_ok_and(|signature| self.0.verify(message, &signature).is_ok())
    }
}

/// Seals `plaintext` under the merchant's APIv3 key; Base64 of ciphertext and tag.
///
/// `None` for a key that is not 32 bytes long.
pub fn seal(
    api_v3_key: &str,
    nonce: &[u8; 12],
    associated_data: &str,
    plaintext: &str,
) -> Option<String> {
    let cipher = Aes256Gcm::new_from_slice(api_v3_key.as_bytes()).ok()?;
    let payload = Payload { msg: plaintext.as_bytes(), aad: associated_data.as_bytes() };
    let sealed = cipher.encrypt(Nonce::from_slice(nonce), payload).ok()?;
    Some(BASE64_STANDARD.encode(sealed))
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
    use serde_json::Value;

    use super::*;

    const REPLIES: [&str; 2] = [
        include_str!("../tests/vectors/reply_native.json"),
        include_str!("../tests/vectors/reply_close.json"),
    ];
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
    fn resources_are_sealed_as_in_the_reference() {
        let vector = read(NOTIFICATION);
        let body: Value = serde_json::from_str(&vector("body")).unwrap();
        let sealed = seal(
            &vector("api_v3_key"),
            b"abcdefghijkl",
            "transaction",
            &vector("expected_plaintext"),
        );
        assert_eq!(sealed.unwrap(), body["resource"]["ciphertext"].as_str().unwrap());
        assert_eq!(seal("sixteen-bytes-16", b"abcdefghijkl", "", ""), None);
    }
}
