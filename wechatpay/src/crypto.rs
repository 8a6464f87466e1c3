//! The border to cryptography: RSA as two ports, AES-256-GCM as code.
//!
//! RSA is behind traits because it has two implementations: WebCrypto in the Worker, whose keys
//! cannot be extracted and which signs ten times as fast as wasm would, and `rustcrypto` (a feature
//! of this crate) everywhere else. Opening a sealed resource is cheap and needs no such choice.

mod api_v3_key;

use core::fmt;

pub use self::api_v3_key::{ApiV3Key, ApiV3Keys, NONCE_BYTES, TAG_BYTES, Unsealable};

/// RSASSA-PKCS1-v1_5 with SHA-256 (protocol reference A.2, A.4).
pub trait Rsa {
    /// A merchant's key, ready to sign.
    type PrivateKey;
    /// A platform's key, ready to verify.
    type PublicKey;

    /// Signs `message`. The scheme is deterministic: equal input, equal signature.
    fn sign(
        &self,
        key: &Self::PrivateKey,
        message: &[u8],
    ) -> impl Future<Output = Result<Vec<u8>, CryptoFailure>>;

    /// Whether `signature` is `key`'s over `message`. A signature of the wrong length or shape is
    /// `Ok(false)`: outsiders can cause that. `Err` is for our own machinery.
    fn verify(
        &self,
        key: &Self::PublicKey,
        message: &[u8],
        signature: &[u8],
    ) -> impl Future<Output = Result<bool, CryptoFailure>>;

    /// Makes a platform's key out of SubjectPublicKeyInfo DER, such as
    /// [`crate::key::Certificate`] holds. The platform sends its certificates in an answer, so this
    /// cannot all be done when a deployment starts.
    fn import(
        &self,
        spki_der: &[u8],
    ) -> impl Future<Output = Result<Self::PublicKey, CryptoFailure>>;
}

/// RSAES-OAEP with SHA-1, MGF1 with SHA-1 and an empty label (protocol reference A.8): what fields
/// that only one side may read are encrypted with. Apart from [`Rsa`], because WebCrypto binds a key
/// to its one use.
pub trait Oaep {
    /// A platform's key, ready to encrypt.
    type EncryptionKey;
    /// A merchant's key, ready to decrypt.
    type DecryptionKey;

    /// Encrypts at most [`OAEP_BYTES_MAX`] bytes. Equal plaintexts give different ciphertexts; the
    /// implementation brings the chance that this takes.
    fn encrypt(
        &self,
        key: &Self::EncryptionKey,
        plaintext: &[u8],
    ) -> impl Future<Output = Result<Vec<u8>, CryptoFailure>>;

    /// Decrypts. What was made for another key, or changed on its way, is `Ok(None)`: outsiders can
    /// cause that. `Err` is for our own machinery.
    fn decrypt(
        &self,
        key: &Self::DecryptionKey,
        ciphertext: &[u8],
    ) -> impl Future<Output = Result<Option<Vec<u8>>, CryptoFailure>>;
}

/// Bytes that one OAEP ciphertext of a 2048-bit key can hold: 256 - 2 * 20 - 2 (RFC 8017 section
/// 7.1.1, protocol reference A.8).
pub const OAEP_BYTES_MAX: usize = 214;

/// Bytes of an RSA ciphertext or signature; every key in the protocol has 2048 bits.
pub const RSA_BYTES: usize = 256;

/// The cryptographic machinery itself failed; nobody outside is to blame. The shell that
/// implements the port knows more and may log it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CryptoFailure {
    /// While signing.
    Sign,
    /// While verifying.
    Verify,
    /// While taking a key in.
    Import,
    /// While encrypting.
    Encrypt,
    /// While decrypting.
    Decrypt,
}

impl fmt::Display for CryptoFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sign => "the RSA implementation failed to sign",
            Self::Verify => "the RSA implementation failed to verify",
            Self::Import => "the RSA implementation does not take the key",
            Self::Encrypt => "the RSA implementation failed to encrypt",
            Self::Decrypt => "the RSA implementation failed to decrypt",
        })
    }
}

impl core::error::Error for CryptoFailure {}
