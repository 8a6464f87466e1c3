//! What stands on the shelf: the link inside the printed code, and what it sells.
//!
//! A link does not expire, and everything in it but the sign may be chosen freely (protocol reference
//! D.9). It is made the same each time, so that a code can be printed anew, or compared with the one
//! on the shelf, and nobody need remember which was handed out. The merchant's V2 key signs it: with
//! another key every printed code is another one.

use checkout::id::ProfileName;
use checkout::money::Amount;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::catalogue::Product;

/// `time_stamp` of every link: the platform compares it with nothing, and a link of today is the link
/// of tomorrow. (A moment in 2023.)
pub const LINK_TIME: &str = "1700000000";

/// Whether `id` can stand in a link: 1 to 32 characters that no two programs spell differently in an
/// address (protocol reference D.9).
pub fn fits(id: &str) -> bool {
    let spelt = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    spelt && (1..=32).contains(&id.len())
}

/// `nonce_str` of the link of `id`. Sixteen characters of the thirty-two that it may have: each one
/// less makes the printed code a little coarser, and so easier to scan.
pub fn nonce(profile: &ProfileName, id: &str) -> String {
    let digest = Sha256::new()
        .chain_update("code")
        .chain_update([0])
        .chain_update(profile.as_str())
        .chain_update([0])
        .chain_update(id)
        .finalize();
    digest.iter().take(8).map(|byte| format!("{byte:02X}")).collect()
}

/// What a code sells, for whoever prints it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Label {
    /// The product's id, or the checkout's.
    pub id: String,
    /// What the payer reads.
    pub description: String,
    /// What one piece costs.
    pub price: Amount,
    /// Whoever scans it is told that there is none.
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    pub sold_out: bool,
}

impl From<&Product> for Label {
    fn from(product: &Product) -> Self {
        Self {
            id: product.id.clone(),
            description: product.description.as_str().to_owned(),
            price: Amount::cny(product.price),
            sold_out: product.sold_out,
        }
    }
}
