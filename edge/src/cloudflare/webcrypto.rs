//! RSA by the runtime: ten times as fast as wasm, in constant time, and with keys that nothing can
//! take out again.
//!
//! Keys are imported once per isolate (see `deployment`), never extractable, each for its one use.
//! What is kept is the key itself, never a promise of one: a request that is cancelled in the
//! middle of an import would leave all others waiting.

use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CryptoKey, SubtleCrypto};
use wechatpay::crypto::{CryptoFailure, Rsa};

use super::world::crypto;

/// RSASSA-PKCS1-v1_5 with SHA-256 on `crypto.subtle`.
pub(crate) struct WebCrypto {
    subtle: SubtleCrypto,
}

/// The runtime does not take a key that has passed all checks of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotImported;

const SCHEME: &str = "RSASSA-PKCS1-v1_5";

/// Bytes of a signature; configuration lets no key of another size pass.
const SIGNATURE_BYTES: usize = 256;

impl WebCrypto {
    /// The runtime's cryptography, if it has any.
    pub(crate) fn new() -> Option<Self> {
        Some(Self { subtle: crypto()?.subtle() })
    }

    /// Imports a private key from PKCS#8 DER, for signing.
    pub(crate) async fn private_key(&self, pkcs8_der: &[u8]) -> Result<CryptoKey, NotImported> {
        self.take("pkcs8", pkcs8_der, "sign").await.map_err(|_| NotImported)
    }

    /// Imports a public key from SubjectPublicKeyInfo DER, for verifying.
    pub(crate) async fn public_key(&self, spki_der: &[u8]) -> Result<CryptoKey, NotImported> {
        self.take("spki", spki_der, "verify").await.map_err(|_| NotImported)
    }

    async fn take(&self, format: &str, der: &[u8], usage: &str) -> Result<CryptoKey, JsValue> {
        let algorithm = Object::new();
        Reflect::set(&algorithm, &"name".into(), &SCHEME.into())?;
        Reflect::set(&algorithm, &"hash".into(), &"SHA-256".into())?;
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
        let promise = self.subtle.sign_with_str_and_js_u8_array(SCHEME, key, &data);
        let signature = JsFuture::from(promise.map_err(|_| CryptoFailure::Sign)?).await;
        signature.map(|buffer| Uint8Array::new(&buffer).to_vec()).map_err(|_| CryptoFailure::Sign)
    }

    async fn verify(
        &self,
        key: &CryptoKey,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, CryptoFailure> {
        if signature.len() != SIGNATURE_BYTES {
            return Ok(false);
        }
        let (data, signature) = (Uint8Array::from(message), Uint8Array::from(signature));
        let promise = self
            .subtle
            .verify_with_str_and_js_u8_array_and_js_u8_array(SCHEME, key, &signature, &data);
        let verdict = JsFuture::from(promise.map_err(|_| CryptoFailure::Verify)?).await;
        verdict.ok().and_then(|verdict| verdict.as_bool()).ok_or(CryptoFailure::Verify)
    }

    async fn import(&self, spki_der: &[u8]) -> Result<CryptoKey, CryptoFailure> {
        self.public_key(spki_der).await.map_err(|NotImported| CryptoFailure::Import)
    }
}
