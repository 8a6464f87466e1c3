//! Opens what the platform has sealed: a notification's resource, a platform certificate (protocol
//! reference A.5, A.7).
//!
//! A notification's resource comes only out of a verified body, so nobody can make us spend AES, or
//! learn from its errors, without the platform's signature. Lengths are checked before opening: a
//! nonce of another length is a panic in several libraries, an error here.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use crate::crypto::{ApiV3Keys, Unsealable};

#[derive(Deserialize)]
pub(super) struct Resource {
    algorithm: String,
    pub(super) original_type: Option<String>,
    nonce: String,
    /// Empty and missing mean the same.
    associated_data: Option<String>,
    ciphertext: String,
}

pub(super) fn open(resource: &Resource, keys: &ApiV3Keys) -> Result<Vec<u8>, Unsealable> {
    if resource.algorithm != ALGORITHM {
        return Err(Unsealable::UnknownAlgorithm(resource.algorithm.clone()));
    }
    let sealed = STANDARD.decode(&resource.ciphertext).map_err(|_| Unsealable::BadBase64)?;
    let associated_data = resource.associated_data.as_deref().unwrap_or_default();
    keys.open(resource.nonce.as_bytes(), associated_data.as_bytes(), &sealed)
}

const ALGORITHM: &str = "AEAD_AES_256_GCM";
