//! The crypto port in portable Rust, for the sandbox, tests and host tools.
//!
//! The Worker never signs or decrypts with it: RUSTSEC-2023-0071 is about the timing of private keys
//! in `rsa`, and pure Rust would not fit into the Worker's CPU budget either. Everything here is
//! also callable without `async`. The one thing that takes chance, OAEP, is given it.

mod oaep;

use aes_gcm::Nonce;
use aes_gcm::aead::{Aead, Payload};
use rsa::pkcs1v15::{Signature, SigningKey, VerifyingKey};
use rsa::pkcs8::{DecodePrivateKey, DecodePublicKey};
use rsa::sha2::Sha256;
use rsa::signature::{SignatureEncoding, Signer, Verifier};
use rsa::{RsaPrivateKey, RsaPublicKey};

use crate::crypto::{ApiV3Key, CryptoFailure, NONCE_BYTES, Rsa};
use crate::key::BadKey;

pub use self::oaep::{RustOaep, SEED_BYTES};

/// The implementation; it has no state.
#[derive(Clone, Copy, Debug, Default)]
pub struct RustCrypto;

/// A private RSA key, ready to sign. Wiped when dropped, never printed.
pub struct PrivateKey(SigningKey<Sha256>);

/// A public RSA key, ready to verify.
pub struct PublicKey(VerifyingKey<Sha256>);

impl PrivateKey {
    /// From PKCS#8 DER, such as [`crate::key::private_key_der`] gives.
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, BadKey> {
        RsaPrivateKey::from_pkcs8_der(der).map(Self::from).map_err(|_| BadKey::Unreadable)
    }

    /// Signs by RSASSA-PKCS1-v1_5 with SHA-256.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, CryptoFailure> {
        self.0.try_sign(message).map(|made| made.to_vec()).map_err(|_| CryptoFailure::Sign)
    }
}

impl From<RsaPrivateKey> for PrivateKey {
    fn from(key: RsaPrivateKey) -> Self {
        Self(SigningKey::new(key))
    }
}

impl PublicKey {
    /// From SubjectPublicKeyInfo DER, such as [`crate::key::public_key_der`] gives.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, BadKey> {
        RsaPublicKey::from_public_key_der(der).map(Self::from).map_err(|_| BadKey::Unreadable)
    }

    /// Whether `signature` is this key's over `message`.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::try_from(signature).is_ok_and(|given| self.0.verify(message, &given).is_ok())
    }
}

impl From<RsaPublicKey> for PublicKey {
    fn from(key: RsaPublicKey) -> Self {
        Self(VerifyingKey::new(key))
    }
}

impl Rsa for RustCrypto {
    type PrivateKey = PrivateKey;
    type PublicKey = PublicKey;

    async fn sign(&self, key: &PrivateKey, message: &[u8]) -> Result<Vec<u8>, CryptoFailure> {
        key.sign(message)
    }

    async fn verify(
        &self,
        key: &PublicKey,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, CryptoFailure> {
        Ok(key.verify(message, signature))
    }

    async fn import(&self, spki_der: &[u8]) -> Result<PublicKey, CryptoFailure> {
        PublicKey::from_spki_der(spki_der).map_err(|_| CryptoFailure::Import)
    }
}

/// Seals as the platform does: AES-256-GCM, the tag after the ciphertext. A nonce must never come
/// twice with one key. `None` only for a plaintext beyond GCM's 64 GiB.
pub fn seal(
    key: &ApiV3Key,
    nonce: &[u8; NONCE_BYTES],
    associated_data: &[u8],
    plaintext: &[u8],
) -> Option<Vec<u8>> {
    key.cipher()
        .encrypt(Nonce::from_slice(nonce), Payload { msg: plaintext, aad: associated_data })
        .ok()
}
