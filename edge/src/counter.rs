//! Codes that are printed and stay on a shelf (Native payment, mode 1; protocol reference D.9).
//!
//! WeChat asks us what a payer who has scanned one is to pay. Its callback says who scans what, and
//! carries neither a time nor a number of its own: a repeat, a second scan and a replay by somebody
//! who has seen one look alike. So one object for each merchant, product and payer remembers which
//! checkout is the payer's, and whoever scans again is given that one for as long as it can be paid.
//! Whatever is repeated how often, there is one unpaid order.
//!
//! The object points to a checkout and asks nobody: the name of a checkout is drawn and stored here
//! before it is told, and the checkout's own object makes one of any number of openings.

mod code;
mod scan;
#[cfg(test)]
mod tests;

use checkout::id::{BadName, Description, ProfileName, Reference};
use checkout::money::Amount;
use checkout::time::{Seconds, UnixSeconds};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use self::code::{Label, link};
pub use self::scan::{Refusal, Scan, Served, Shelf, serve};
use crate::naming::COUNTER_PREFIX;

/// How long a checkout's end is remembered. By then the object is of no use: whoever scans is given
/// a new checkout either way.
const REMEMBERED: Seconds = Seconds::days(1);

/// How much of [`REMEMBERED`] is left at least after a scan. It is far more than a scan takes, and
/// spares most of them the writing.
const REMEMBERED_MIN: Seconds = Seconds(REMEMBERED.0 / 2);

/// How long an order that the platform refused is left alone. A refusal stays until somebody mends
/// its cause, and each try is a call in the merchant's name that anybody who scans sets off.
const RETRY_AFTER: Seconds = Seconds(30);

/// The name of a counter. A digest, since a payer's openid is nobody's business.
pub fn name(profile: &ProfileName, product: &str, openid: &str) -> String {
    let digest = Sha256::new()
        .chain_update(profile.as_str())
        .chain_update([0])
        .chain_update(product)
        .chain_update([0])
        .chain_update(openid)
        .finalize();
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("ctr_{hex}")
}

/// What a scan wants to be pointed to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wish {
    /// The product's id, of 1 to 32 characters.
    pub product: String,
    /// What the catalogue says of it now.
    pub terms: Terms,
    /// Seconds that a new checkout lives.
    pub lifetime_s: i64,
    /// The checkout that was current and, as the asker found out, can be paid no more.
    pub ended: Option<Reference>,
}

/// What is sold under what conditions. A checkout that was opened under others is no longer what
/// stands on the shelf.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// What the payer reads.
    pub description: Description,
    /// How much.
    pub amount: Amount,
    /// Who is paid, where that is a service provider's sub-merchant.
    pub sub_mchid: Option<String>,
}

/// The checkout that is a payer's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pointer {
    /// Its reference.
    pub reference: Reference,
    /// Nobody has been pointed to it before: it has to be opened.
    pub fresh: bool,
    /// The one that was current until now and could still be paid, at a price that is no more.
    pub superseded: Option<Reference>,
}

/// What a counter remembers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Counter {
    current: Option<Current>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Current {
    reference: Reference,
    terms: Terms,
    /// When its order was last placed for the first time, or once more after a refusal.
    placed_at: UnixSeconds,
    /// When its deadline is behind, whatever becomes of the last scan.
    forget_at: UnixSeconds,
}

impl Current {
    /// A scan may be what opens it, or what has it placed once more after a refusal: either sets its
    /// deadline anew. Forgotten before that, it would get a second one beside it.
    fn outlive(&mut self, lifetime: Seconds, now: UnixSeconds) {
        if self.forget_at < now + lifetime + REMEMBERED_MIN {
            self.forget_at = now + lifetime + REMEMBERED;
        }
    }
}

impl Counter {
    /// The checkout for whoever has scanned: the current one, or one with a name made of `chance`.
    ///
    /// # Errors
    ///
    /// When the product's id is too long to be a part of that name.
    pub fn scan(
        &mut self,
        wish: &Wish,
        now: UnixSeconds,
        chance: [u8; 8],
    ) -> Result<Pointer, BadName> {
        self.forget(now);
        let is_over = |current: &Current| wish.ended.as_ref() == Some(&current.reference);
        let mut before = self.current.take().filter(|current| !is_over(current));
        if let Some(current) = before.as_mut().filter(|current| current.terms == wish.terms) {
            current.outlive(Seconds(wish.lifetime_s), now);
            let reference = current.reference.clone();
            self.current = before;
            return Ok(Pointer { reference, fresh: false, superseded: None });
        }
        let reference = drawn(&wish.product, chance)?;
        self.current = Some(Current {
            reference: reference.clone(),
            terms: wish.terms.clone(),
            placed_at: now,
            forget_at: now + Seconds(wish.lifetime_s) + REMEMBERED,
        });
        let superseded = before.map(|current| current.reference);
        Ok(Pointer { reference, fresh: true, superseded })
    }

    /// Whether the order of `reference`, which the platform refused, may be placed once more.
    pub fn retry(&mut self, reference: &Reference, now: UnixSeconds) -> bool {
        let current = self.current.as_mut().filter(|current| current.reference == *reference);
        let Some(current) = current.filter(|current| current.placed_at + RETRY_AFTER <= now) else {
            return false;
        };
        current.placed_at = now;
        true
    }

    /// Forgets what is long over.
    pub fn forget(&mut self, now: UnixSeconds) {
        self.current = self.current.take().filter(|current| now < current.forget_at);
    }

    /// When there is something to forget; nothing is kept without.
    pub fn forget_at(&self) -> Option<UnixSeconds> {
        self.current.as_ref().map(|current| current.forget_at)
    }
}

/// A name that no shop can choose, and nobody guess.
fn drawn(product: &str, chance: [u8; 8]) -> Result<Reference, BadName> {
    let chance = u64::from_be_bytes(chance);
    Reference::parse(&format!("{COUNTER_PREFIX}{product}:{chance:016x}"))
}
