//! Where a file is, and how to know it: the answers of the calls that ask for bills.

use std::sync::PoisonError;

use axum::body::Bytes;
use serde::Serialize;

use super::download::PATH;
use super::wanted::{Made, Packing};
use crate::bill::packing::{KEY_BYTES, NONCE_BYTES, sealed};
use crate::dice;
use crate::fault::Kind;
use crate::keys::encrypt_for;
use crate::v3::errand::Visit;
use crate::v3::refusal::Refusal;
use crate::v3::system_failure;

/// A file's digest and address.
#[derive(Serialize)]
pub(super) struct Post {
    hash_type: &'static str,
    hash_value: String,
    download_url: String,
}

/// The same for a sealed file, one of a list that here has no other.
#[derive(Serialize)]
pub(super) struct SealedPost {
    bill_sequence: u32,
    #[serde(flatten)]
    post: Post,
    encrypt_key: String,
    nonce: String,
}

impl Post {
    /// Puts the file on the shelf.
    pub(super) fn of(visit: Visit<'_>, made: Made, fault: Option<Kind>) -> Self {
        let (world, token, now) = (visit.world, dice::letters(48), visit.world.wall_now());
        let life_s = match fault {
            Some(Kind::ExpiredUrl) => 0,
            _ => world.shards.bill_url_life_s(),
        };
        let file = (visit.merchant.mchid.as_str(), Bytes::from(made.bytes));
        let mut shelf = world.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        shelf.put(token.clone(), file, now.saturating_add(i64::from(life_s)), now);
        let tail = if made.packing == Packing::Gzip { "&tartype=gzip" } else { "" };
        Self {
            hash_type: "SHA1",
            hash_value: made.digest,
            download_url: format!("{}{PATH}?token={token}{tail}", base(visit)),
        }
    }
}

impl SealedPost {
    /// Seals the file under a fresh key, for the certificate that signed the request.
    pub(super) fn of(visit: Visit<'_>, made: Made, fault: Option<Kind>) -> Result<Self, Refusal> {
        let (key, nonce) = (dice::letters(KEY_BYTES), dice::letters(NONCE_BYTES));
        let mut certificates = visit.keyring.credentials.merchant_certificates.iter();
        let encrypt_key = certificates
            .find(|certificate| certificate.serial_no == visit.merchant.serial_no)
            .and_then(|certificate| encrypt_for(&certificate.certificate_pem, key.as_bytes()))
            .ok_or_else(system_failure)?;
        let bytes = sealed_with(&key, &nonce, &made.bytes).ok_or_else(system_failure)?;
        let post = Post::of(visit, Made { bytes, ..made }, fault);
        Ok(Self { bill_sequence: 1, post, encrypt_key, nonce })
    }
}

fn sealed_with(key: &str, nonce: &str, content: &[u8]) -> Option<Vec<u8>> {
    sealed(key.as_bytes().try_into().ok()?, nonce.as_bytes().try_into().ok()?, content)
}

/// The door at which the caller came in, under the name by which the caller knows us.
fn base(visit: Visit<'_>) -> String {
    let host = visit.arrival.header("host").unwrap_or_default();
    let plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte));
    let host = if plain && !host.is_empty() { host } else { "localhost" };
    format!("{}://{host}", visit.arrival.scheme)
}
