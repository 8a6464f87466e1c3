//! RSAES-OAEP in portable Rust (protocol reference A.8).
//!
//! OAEP needs twenty bytes of chance for each encryption. This crate has no dice, so whoever
//! encrypts brings them; bytes that come twice, or can be guessed, give the plaintext away.

use rsa::rand_core::{CryptoRng, Error, RngCore, impls};
use rsa::{Oaep as Padding, RsaPrivateKey, RsaPublicKey};
use sha1::Sha1;

use super::{PrivateKey, PublicKey};
use crate::crypto::{CryptoFailure, Oaep};

/// Bytes of chance that one encryption takes: as many as SHA-1 gives.
pub const SEED_BYTES: usize = 20;

/// The port's implementation. `S` gives a fresh seed each time it is called.
pub struct RustOaep<S>(pub S);

impl PublicKey {
    /// Encrypts with the chance of `seed`. Fails when the plaintext is too long.
    pub fn encrypt(
        &self,
        plaintext: &[u8],
        seed: [u8; SEED_BYTES],
    ) -> Result<Vec<u8>, CryptoFailure> {
        let key: &RsaPublicKey = self.0.as_ref();
        key.encrypt(&mut OneSeed(seed), Padding::new::<Sha1>(), plaintext)
            .map_err(|_| CryptoFailure::Encrypt)
    }
}

impl PrivateKey {
    /// Decrypts; `None` for what was not encrypted for this key.
    pub fn decrypt(&self, ciphertext: &[u8]) -> Option<Vec<u8>> {
        let key: &RsaPrivateKey = self.0.as_ref();
        key.decrypt(Padding::new::<Sha1>(), ciphertext).ok()
    }
}

impl<S: Fn() -> [u8; SEED_BYTES]> Oaep for RustOaep<S> {
    type EncryptionKey = PublicKey;
    type DecryptionKey = PrivateKey;

    async fn encrypt(&self, key: &PublicKey, plaintext: &[u8]) -> Result<Vec<u8>, CryptoFailure> {
        key.encrypt(plaintext, self.0())
    }

    async fn decrypt(
        &self,
        key: &PrivateKey,
        ciphertext: &[u8],
    ) -> Result<Option<Vec<u8>>, CryptoFailure> {
        Ok(key.decrypt(ciphertext))
    }
}

/// A generator that has one seed to give, in the one draw that OAEP makes.
struct OneSeed([u8; SEED_BYTES]);

impl RngCore for OneSeed {
    fn next_u32(&mut self) -> u32 {
        impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, drawn: &mut [u8]) {
        for (to, from) in drawn.iter_mut().zip(self.0) {
            *to = from;
        }
    }

    fn try_fill_bytes(&mut self, drawn: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(drawn);
        Ok(())
    }
}

impl CryptoRng for OneSeed {}
