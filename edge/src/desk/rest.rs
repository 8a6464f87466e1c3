//! When a checkout has come to rest, and how it is purged: the index row is final first, then all is
//! deleted but a tombstone, so that the reference can never be used for another order.

use checkout::order::Fate;
use checkout::refund::{RefundState, Refunds};
use checkout::time::{Seconds, UnixSeconds};
use checkout::view::Status;

use super::Desk;
use crate::ports::{Audience, Ledger, LedgerFailure, Platform, Stored, World};

impl Stored {
    /// When the platform has to be asked something, even if nobody wants to know; in business time.
    pub fn wake_at(&self) -> Option<UnixSeconds> {
        let refunds = self.refunds.iter().filter_map(|ledger| Some(ledger.next()?.1.at));
        refunds.chain(self.order.wake_at()).min()
    }

    /// Whether nothing is open any more: no question, no money that waits for a person or is on its
    /// way, no event that a shop has still to be told. One that was given up does not count.
    pub fn is_at_rest(&self) -> bool {
        let held = self.order.odd.iter().any(|odd| odd.fate == Fate::Held)
            || self.owes_a_return()
            || self.has_failed_return();
        let ended = self.order.status() != Status::Open && self.order.ask.is_none();
        ended && !held && self.refunds.iter().all(is_settled) && !self.outbox.is_busy()
    }

    /// When it is to be purged: some time after it came to rest; at once, where that has begun and
    /// the index has its last row.
    pub fn retires_at(&self) -> Option<UnixSeconds> {
        if !self.is_at_rest() {
            return None;
        }
        match self.outbox.retiring {
            Some(begun) => self.outbox.index.due_at().is_none().then_some(begun),
            None => Some(self.touched_at + Seconds(self.opening.keep_s)),
        }
    }
}

/// Whether every refund of a payment has ended for good.
fn is_settled(ledger: &Refunds) -> bool {
    let ended =
        |state| matches!(state, RefundState::Success | RefundState::Closed | RefundState::Refused);
    ledger.conflict.is_none() && ledger.refunds.iter().all(|refund| ended(refund.state))
}

impl<P: Platform, L: Ledger, W: World, A: Audience> Desk<P, L, W, A> {
    /// Begins to purge what has rested long enough.
    pub(super) fn begin_to_retire(&self, stored: &mut Stored) {
        let now = self.world.now();
        let due = stored.retires_at().is_some_and(|at| at <= now);
        if due && stored.outbox.retiring.is_none() {
            stored.outbox.retiring = Some(now);
        }
    }

    /// Purges it, if the index has its last row. Says whether it did.
    pub(super) async fn retire(&self, stored: &Stored) -> Result<bool, LedgerFailure> {
        let row = self.row(stored);
        let ready = stored.outbox.retiring.is_some()
            && stored.is_at_rest()
            && self.leased(stored).is_none()
            && self.errand(stored).is_none()
            && stored.outbox.index.has(&row);
        if ready {
            self.ledger.retire(stored.revision, self.world.now()).await?;
        }
        Ok(ready)
    }
}
