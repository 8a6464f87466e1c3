//! Carries out what the outbox holds: rows to the index, events to the shop.
//!
//! One thing at a time, under a lease that was committed before it left, and beside the questions to
//! the platform, which have a lease of their own: a shop that takes ten seconds to answer must not
//! keep a payment waiting. What a handler that died was carrying goes out again.

use checkout::time::{Seconds, UnixSeconds};

use super::Desk;
use super::ask::Budget;
use super::turn::Beside;
use crate::index::{self, IndexRow};
use crate::outbox::{Attempted, ErrandLease, FailedDelivery, Outcome};
use crate::ports::{
    Audience, Dispatch, ERRAND, INDEX_MS_MAX, Ledger, LedgerFailure, Platform, ShopAnswer, Stored,
    TELL_MS_MAX, Undelivered, World,
};

/// One thing on its way out.
pub(super) struct Errand {
    ticket: u64,
    cargo: Cargo,
}

enum Cargo {
    Index(Box<IndexRow>),
    Event { id: String },
}

/// What came of it.
enum Returned {
    Index(Result<(), Undelivered>),
    Event(ShopAnswer),
}

impl<P: Platform, L: Ledger, W: World, A: Audience> Desk<P, L, W, A> {
    /// Takes what is due, if anything is: the caller commits `stored` and then delivers. The index
    /// goes first: it is quick, and whoever hears of an event may look there.
    pub(super) fn take_errand(&self, stored: &mut Stored) -> Option<Errand> {
        let now = self.world.now();
        self.come_back(stored);
        if stored.outbox.errand.is_some() {
            return None;
        }
        let behind = stored.outbox.index.due_at().is_some_and(|at| at <= now);
        let due = stored.outbox.due(now).map(|parcel| parcel.id.clone());
        let cargo = match due {
            _ if behind => Cargo::Index(Box::new(self.row(stored))),
            Some(id) => Cargo::Event { id },
            None => return None,
        };
        let ticket = stored.revision + 1;
        let parcel = match &cargo {
            Cargo::Index(_) => {
                stored.outbox.index.sent();
                None
            }
            Cargo::Event { id } => Some(id.clone()),
        };
        let until = self.world.wall() + ERRAND;
        stored.outbox.errand = Some(ErrandLease { until, ticket, parcel });
        Some(Errand { ticket, cargo })
    }

    /// The lease that is alive: somebody is out.
    pub(super) fn errand(&self, stored: &Stored) -> Option<ErrandLease> {
        let wall = self.world.wall();
        let alive = |lease: &ErrandLease| wall < lease.until && lease.until <= wall + ERRAND;
        stored.outbox.errand.clone().filter(alive)
    }

    /// Whether anything is due that nobody is out with.
    pub(super) fn has_work(&self, stored: &Stored) -> bool {
        let now = self.world.now();
        let due = |at: Option<UnixSeconds>| at.is_some_and(|at| at <= now);
        due(stored.outbox.wake_at()) || due(stored.retires_at()) || stored.is_return_due(now)
    }

    /// Gives back the lease of a handler that died. Whether the shop heard it nobody knows; it is told
    /// again, as the schedule says: what kills every handler that carries it must not be carried for
    /// ever.
    pub(super) fn come_back(&self, stored: &mut Stored) {
        if self.errand(stored).is_some() {
            return;
        }
        let Some(dead) = stored.outbox.errand.take() else { return };
        let (at, chance) = (self.world.now(), stored.order.chance);
        let outcome = Outcome::Failed { reason: FailedDelivery::Abandoned };
        match dead.parcel {
            None => stored.outbox.index.failed(chance, at),
            Some(id) => {
                let parcel = stored.outbox.parcel_mut(&id);
                if let Some(parcel) = parcel.filter(|parcel| parcel.due_at().is_some()) {
                    parcel.attempted(Attempted { at, outcome, took_ms: 0 }, chance);
                }
            }
        }
    }

    /// Carries `errand`, and what is due after it, while `budget` lasts.
    pub(super) async fn deliver(
        &self,
        errand: Option<Errand>,
        budget: Budget,
    ) -> Result<(), LedgerFailure> {
        let mut next = errand;
        while let Some(errand) = next {
            let returned = self.carry(&errand.cargo).await;
            next = self.put_down(errand, returned, budget).await?;
        }
        Ok(())
    }

    async fn carry(&self, cargo: &Cargo) -> Returned {
        match cargo {
            Cargo::Index(row) => Returned::Index(self.audience.index(row, INDEX_MS_MAX).await),
            Cargo::Event { id } => Returned::Event(self.tell(id).await),
        }
    }

    async fn tell(&self, id: &str) -> ShopAnswer {
        let failed = |reason| ShopAnswer { outcome: Outcome::Failed { reason }, took_ms: 0 };
        let profile = self.ledger.read().ok().flatten().map(|stored| stored.opening.profile);
        let body = self.ledger.parcel(id).ok().flatten();
        match profile.zip(body) {
            Some((profile, body)) => {
                self.audience.tell_shop(&profile, Dispatch { id, body: &body }).await
            }
            None => failed(FailedDelivery::Abandoned),
        }
    }

    /// Takes down what came of it; gives the lease back, or takes it for what is due next.
    async fn put_down(
        &self,
        errand: Errand,
        returned: Returned,
        budget: Budget,
    ) -> Result<Option<Errand>, LedgerFailure> {
        let Some(mut after) = self.ledger.read()? else { return Ok(None) };
        let (now, chance) = (self.world.now(), after.order.chance);
        // Who comes back after the lease's end was taken for dead: a failure has been counted, and a
        // newer row may be in the index. That the shop has it is worth knowing all the same.
        let holds = after.outbox.errand.as_ref().is_some_and(|it| it.ticket == errand.ticket);
        match (&errand.cargo, returned) {
            (Cargo::Index(_), _) if !holds => {}
            (Cargo::Index(row), Returned::Index(Ok(()))) => after.outbox.index.told(row),
            (Cargo::Index(_), _) => after.outbox.index.failed(chance, now),
            (Cargo::Event { id }, returned) => {
                let ShopAnswer { outcome, took_ms } = match returned {
                    Returned::Event(answer) => answer,
                    Returned::Index(_) => return Ok(None),
                };
                let counts = holds || matches!(outcome, Outcome::Accepted { .. });
                if let Some(parcel) = after.outbox.parcel_mut(id).filter(|_| counts) {
                    parcel.attempted(Attempted { at: now, outcome, took_ms }, chance);
                }
            }
        }
        after.outbox.errand = after.outbox.errand.filter(|lease| lease.ticket != errand.ticket);
        let span = Seconds(i64::from(TELL_MS_MAX / 1_000));
        let fits = self.world.wall() + span <= budget.until();
        let next = if fits { self.take_errand(&mut after) } else { None };
        self.commit(after, Beside::default()).await?;
        Ok(next)
    }

    /// What the index is to hold now.
    pub(super) fn row(&self, stored: &Stored) -> IndexRow {
        index::row(stored)
    }

    /// When the outbox needs somebody, by the wall clock.
    pub(super) fn outbox_wakes_at(&self, stored: &Stored) -> Option<UnixSeconds> {
        match self.errand(stored) {
            Some(lease) => Some(lease.until),
            None => self.on_the_wall(stored.outbox.wake_at()),
        }
    }
}
