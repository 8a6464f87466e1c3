//! Makes keys and the certificates for them.
//!
//! An RSA key is a search for two primes, so that AWS-LC makes it, and those which are needed
//! together are made side by side, as many at a time as the machine has processors.

use std::num::NonZero;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding};
use rsa::{RsaPrivateKey, RsaPublicKey};

use crate::certificate;
use crate::dice;
use crate::merchant::NoCredentials;

/// A key, its certificate, and the certificate's serial number.
pub(crate) struct SigningSet {
    pub(crate) serial: String,
    pub(crate) private_key_pem: String,
    pub(crate) certificate_pem: String,
}

/// One certificate for each moment from which it is valid, each with a new key.
pub(crate) fn issue_many(who: &str, moments: &[u64]) -> Result<Vec<SigningSet>, NoCredentials> {
    let keys = rsa_keys(moments.len())?;
    keys.iter().zip(moments).map(|(key, now)| signing_set(key, who, *now)).collect()
}

/// So many new keys.
pub(crate) fn rsa_keys(count: usize) -> Result<Vec<RsaPrivateKey>, NoCredentials> {
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let mut made = Vec::with_capacity(count);
    while made.len() < count {
        let round = threads.min(count - made.len());
        let keys = std::thread::scope(|scope| {
            let running: Vec<_> = (0..round).map(|_| scope.spawn(rsa_key)).collect();
            running.into_iter().map(|thread| thread.join()).collect::<Vec<_>>()
        });
        for key in keys {
            made.push(key.map_err(|_| failed("the thread that makes it is gone"))??);
        }
    }
    Ok(made)
}

fn rsa_key() -> Result<RsaPrivateKey, NoCredentials> {
    let pair = KeyPair::generate(KeySize::Rsa2048).map_err(failed)?;
    let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).map_err(failed)?;
    RsaPrivateKey::from_pkcs8_der(der.as_ref()).map_err(failed)
}

/// A certificate for a key, valid from `now` on.
pub(crate) fn signing_set(
    key: &RsaPrivateKey,
    who: &str,
    now: u64,
) -> Result<SigningSet, NoCredentials> {
    let issued = certificate::issue(key, who, dice::bytes(), now).map_err(failed)?;
    Ok(SigningSet {
        serial: issued.serial,
        private_key_pem: private_pem(key)?,
        certificate_pem: issued.pem,
    })
}

/// The key as PKCS#8, which every library reads.
pub(crate) fn private_pem(key: &RsaPrivateKey) -> Result<String, NoCredentials> {
    key.to_pkcs8_pem(LineEnding::LF).map(|pem| pem.to_string()).map_err(failed)
}

/// The public half of a private key, as SubjectPublicKeyInfo.
pub(crate) fn public_pem(private_key_pem: &str) -> Result<String, NoCredentials> {
    let key = RsaPrivateKey::from_pkcs8_pem(private_key_pem).map_err(failed)?;
    rsa::pkcs8::EncodePublicKey::to_public_key_pem(&RsaPublicKey::from(&key), LineEnding::LF)
        .map_err(failed)
}

fn failed(error: impl ToString) -> NoCredentials {
    NoCredentials::Key(error.to_string())
}
