//! What others have to be told of a checkout, and how far that has come.
//!
//! Nothing is put in here by hand. What the shop must learn follows from what is stored
//! ([`news::due`]), and so does whether the index is behind; every commit looks, so that no way
//! through the desk can forget it. A parcel has one id for ever, and its bytes are stored with it:
//! whoever is told twice can see that it is the same.

mod index_standing;
pub mod news;
mod parcel;

use checkout::time::UnixSeconds;
use serde::{Deserialize, Serialize};

pub use self::index_standing::IndexStanding;
pub use self::parcel::{Attempted, FailedDelivery, Outcome, Parcel, ParcelState, Topic};

/// Everything that is to be told of one checkout.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outbox {
    /// The shop's event log, oldest first.
    #[serde(default)]
    pub parcels: Vec<Parcel>,
    /// How far the index has followed.
    #[serde(default)]
    pub index: IndexStanding,
    /// Who is out with something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errand: Option<ErrandLease>,
    /// Before that, no money is given back by itself: there were no keys to do it with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returns_at: Option<UnixSeconds>,
    /// The checkout is to be purged: the index row is written for the last time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retiring: Option<UnixSeconds>,
}

/// The right to carry one thing out of this outbox. Ends by the wall clock, so that what a handler
/// that died was carrying is taken up again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrandLease {
    /// When it ends, by the wall clock.
    pub until: UnixSeconds,
    /// Which lease it is, so that a late holder does not end somebody else's.
    pub ticket: u64,
    /// Which event is carried; none for a row of the index. Whoever finds the lease dead must know
    /// what did not come back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parcel: Option<String>,
}

impl Outbox {
    /// When something is due, in business time.
    pub fn wake_at(&self) -> Option<UnixSeconds> {
        let parcels = self.parcels.iter().filter_map(Parcel::due_at);
        parcels.chain(self.index.due_at()).min()
    }

    /// The parcel that is due first, by `now`.
    pub fn due(&self, now: UnixSeconds) -> Option<&Parcel> {
        let due = self.parcels.iter().filter(|parcel| parcel.due_at().is_some_and(|at| at <= now));
        due.min_by_key(|parcel| parcel.due_at())
    }

    /// The parcel of that id.
    pub fn parcel(&self, id: &str) -> Option<&Parcel> {
        self.parcels.iter().find(|parcel| parcel.id == id)
    }

    /// The same, to be changed.
    pub fn parcel_mut(&mut self, id: &str) -> Option<&mut Parcel> {
        self.parcels.iter_mut().find(|parcel| parcel.id == id)
    }

    /// Deliveries that were given up.
    pub fn dead(&self) -> usize {
        let dead = |parcel: &&Parcel| matches!(parcel.state, ParcelState::Dead);
        self.parcels.iter().filter(dead).count()
    }

    /// Whether anything is still on its way to the shop.
    pub fn is_busy(&self) -> bool {
        self.parcels.iter().any(|parcel| parcel.due_at().is_some())
    }

    /// Sends out again, at once, what was given up, or all that waits. Says whether anything was.
    pub fn redrive(&mut self, now: UnixSeconds) -> bool {
        let mut any = self.index.redrive(now);
        for parcel in &mut self.parcels {
            // Also what nobody wanted to hear: the shop may have an address by now.
            let stuck = parcel.state != ParcelState::Delivered;
            if stuck {
                parcel.resend(now);
                any = true;
            }
        }
        any
    }
}

#[cfg(test)]
mod tests;
