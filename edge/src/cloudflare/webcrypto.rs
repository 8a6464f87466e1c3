//! RSA by the runtime: ten times as fast as wasm, in constant time, and with keys that nothing can
//! take out again.
//!
//! Keys are imported once per isolate (see `standing`), never extractable, each for its one use.
//! What is kept is the key itself, never a promise of one: a request that is cancelled in the
//! middle of an import would leave all others waiting.

use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CryptoKey, SubtleCrypto};
use wechatpay::crypto::{CryptoFailure, Oaep, RSA_BYTES, Rsa};

use super::world::crypto;

/// RSASSA-PKCS1-v1_5 with SHA-256, and RSAES-OAEP with SHA-1, on `crypto.subtle`.
#[derive(Clone)]
pub(crate) struct WebCrypto {
    subtle: SubtleCrypto,
}

/// The runtime does not take a key that has passed all checks of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotImported;

const SIGNATURE: &str = "RSASSA-PKCS1-v1_5";
const ENCRYPTION: &str = "RSA-OAEP";

/// What a key is for; it can be used for nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Sign,
    Verify,
    Encrypt,
    Decrypt,
}

impl Purpose {
    /// The format of the key, the scheme with its hash, and the one usage.
    const fn terms(self) -> [&'static str; 4] {
        match self {
            Self::Sign => ["pkcs8", SIGNATURE, "SHA-256", "sign"],
            Self::Verify => ["spki", SIGNATURE, "SHA-256", "verify"],
            Self::Encrypt => ["spki", ENCRYPTION, "SHA-1", "encrypt"],
            Self::Decrypt => ["pkcs8", ENCRYPTION, "SHA-1", "decrypt"],
        }
    }
}

impl WebCrypto {
    /// The runtime's cryptography, if it has any.
    pub(crate) fn new() -> Option<Self> {
        Some(Self { subtle: crypto()?.subtle() })
    }

    /// Imports a key from PKCS#8 DER, or SubjectPublicKeyInfo DER where it is public.
    pub(crate) async fn key(&self, der: &[u8], purpose: Purpose) -> Result<CryptoKey, NotImported> {
        self.take(der, purpose).await.map_err(|_| NotImported)
    }

    async fn take(&self, der: &[u8], purpose: Purpose) -> Result<CryptoKey, JsValue> {
        let [format, scheme, hash, usage] = purpose.terms();
        let algorithm = Object::new();
        Reflect::set(&algorithm, &"name".into(), &scheme.into())?;
        Reflect::set(&algorithm, &"hash".into(), &hash.into())?;
        let (data, usages) = (Uint8Array::from(der), Array::of1(&usage.into()));
        let extractable = false;
        let promise =
            self.subtle.import_key_with_object(format, &data, &algorithm, extractable, &usages)?;
        let key = JsFuture::from(promise).await;
        // The copy that the runtime read; ours is wiped by its owner.
        data.fill(0, 0, data.length());
        key?.dyn_into()
    }
}

impl Rsa for WebCrypto {
    type PrivateKey = CryptoKey;
    type PublicKey = CryptoKey;

    async fn sign(&self, key: &CryptoKey, message: &[u8]) -> Result<Vec<u8>, CryptoFailure> {
        let data = Uint8Array::from(message);
        let promise = self.subtle.sign_with_str_and_js_u8_array(SIGNATURE, key, &data);
        let signature = JsFuture::from(promise.map_err(|_| CryptoFailure::Sign)?).await;
        signature.map(|buffer| Uint8Array::new(&buffer).to_vec()).map_err(|_| CryptoFailure::Sign)
    }

    async fn verify(
        &self,
        key: &CryptoKey,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, CryptoFailure> {
        if signature.len() != RSA_BYTES {
            return Ok(false);
        }
        let (data, signature) = (Uint8Array::from(message), Uint8Array::from(signature));
        let promise = self
            .subtle
            .verify_with_str_and_js_u8_array_and_js_u8_array(SIGNATURE, key, &signature, &data);
        let verdict = JsFuture::from(promise.map_err(|_| CryptoFailure::Verify)?).await;
        verdict.ok().and_then(|verdict| verdict.as_bool()).ok_or(CryptoFailure::Verify)
    }

    async fn import(&self, spki_der: &[u8]) -> Result<CryptoKey, CryptoFailure> {
        self.key(spki_der, Purpose::Verify).await.map_err(|NotImported| CryptoFailure::Import)
    }
}

impl Oaep for WebCrypto {
    type EncryptionKey = CryptoKey;
    type DecryptionKey = CryptoKey;

    async fn encrypt(&self, key: &CryptoKey, plaintext: &[u8]) -> Result<Vec<u8>, CryptoFailure> {
        let data = Uint8Array::from(plaintext);
        let promise = self.subtle.encrypt_with_str_and_js_u8_array(ENCRYPTION, key, &data);
        let sealed = JsFuture::from(promise.map_err(|_| CryptoFailure::Encrypt)?).await;
        data.fill(0, 0, data.length());
        sealed.map(|buffer| Uint8Array::new(&buffer).to_vec()).map_err(|_| CryptoFailure::Encrypt)
    }

    async fn decrypt(
        &self,
        key: &CryptoKey,
        ciphertext: &[u8],
    ) -> Result<Option<Vec<u8>>, CryptoFailure> {
        let data = Uint8Array::from(ciphertext);
        let promise = self.subtle.decrypt_with_str_and_js_u8_array(ENCRYPTION, key, &data);
        // The runtime does not say why it refuses, and must not: the padding is an oracle.
        let opened = JsFuture::from(promise.map_err(|_| CryptoFailure::Decrypt)?).await;
        Ok(opened.ok().map(|buffer| Uint8Array::new(&buffer).to_vec()))
    }
}
