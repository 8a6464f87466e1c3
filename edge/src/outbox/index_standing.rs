//! Whether the index is behind. It is told again for as long as it takes: nobody else would.

use checkout::patience::{Waiting, ask_again};
use checkout::time::UnixSeconds;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::index::IndexRow;

/// How far the index has followed one checkout.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexStanding {
    /// What the index has been told last, as a digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    told: Option<String>,
    /// When to tell it, in business time, where it is behind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<UnixSeconds>,
    /// How often that has failed.
    #[serde(default)]
    tries: u16,
}

impl IndexStanding {
    /// When the index has to be told.
    pub fn due_at(&self) -> Option<UnixSeconds> {
        self.at
    }

    /// Compares the index with what is true now.
    pub fn compare(&mut self, row: &IndexRow, now: UnixSeconds) {
        if self.told.as_deref() == Some(&*digest(row)) {
            self.at = None;
            self.tries = 0;
        } else if self.at.is_none() {
            self.at = Some(now);
        }
    }

    /// A row is on its way. Until the index says that it has it, nobody knows what it holds: an answer
    /// that is lost may have been a yes, and the checkout may be back by then at what was told before.
    pub fn sent(&mut self) {
        self.told = None;
    }

    /// The index has taken `row`.
    pub fn told(&mut self, row: &IndexRow) {
        self.told = Some(digest(row));
        self.at = None;
        self.tries = 0;
    }

    /// It has not.
    pub fn failed(&mut self, chance: u8, now: UnixSeconds) {
        self.at = Some(now + ask_again(Waiting::ForIndex, self.tries, chance));
        self.tries = self.tries.saturating_add(1);
    }

    /// Whether the index has exactly this row.
    pub fn has(&self, row: &IndexRow) -> bool {
        self.told.as_deref() == Some(&*digest(row))
    }

    /// Tells it now, where it waits.
    pub(super) fn redrive(&mut self, now: UnixSeconds) -> bool {
        let waits = self.at.is_some();
        self.at = self.at.map(|at| at.min(now));
        waits
    }

    /// Tells it now, whatever it was told: its copy may be lost.
    pub fn forget(&mut self, now: UnixSeconds) {
        *self = Self { told: None, at: Some(now), tries: 0 };
    }
}

/// What a reader of the index could see; not when it was written.
fn digest(row: &IndexRow) -> String {
    let seen = IndexRow { revision: 0, touched_at: UnixSeconds(0), ..row.clone() };
    let bytes = serde_json::to_vec(&seen).unwrap_or_default();
    Sha256::digest(bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
