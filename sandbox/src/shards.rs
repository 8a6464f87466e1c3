//! All orders, in shards: each a [`Ledger`] of its own behind a lock of its own.
//!
//! An order, its refunds and its notifications are in one shard, chosen by the caller's number and
//! the order's; so everything that must change together is under one lock, and orders that have
//! nothing to do with each other do not wait for each other. The platform's own numbers lead back
//! to a shard by an index ([`Registry`]). Two things reach over shards: a merchant's number for a
//! refund is unique over its orders, and a reset takes everything at once.
//!
//! Locks are taken in this order: a slot of `Shards::numbers`, then shards by their place, then
//! what is in the registry. None is held over RSA, disk, network or an await. Each shard hands its
//! changes to the store before it lets go, so the disk sees them in the order in which they
//! happened; changes of different shards have no order.

mod whole;

use std::collections::HashMap;
use std::hash::RandomState;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

pub use self::whole::newest_first;
use crate::ledger::Ledger;
use crate::ledger::registry::{Registry, locked, place};
use crate::order::CODE_URL_STEM;
use crate::store::{Saved, Store, Ticket};

/// How many shards there are. It is nowhere written down and may change.
const SHARDS: usize = 32;

/// No notification waits.
const NEVER: i64 = i64::MAX;

/// Which order a step is about, by any of the numbers that lead to it. A number that is nobody's
/// leads to a shard that does not have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose<'a> {
    /// The caller's number for the order, which need not be there yet. What belongs to no order
    /// has an empty one.
    Order {
        /// The caller, not a sub-merchant.
        mchid: &'a str,
        /// Its number.
        out_trade_no: &'a str,
    },
    /// A code, also a void one, as the phone reads it.
    Code(&'a str),
    /// The platform's number for the payment.
    Transaction(&'a str),
    /// The caller's number for a refund that is there.
    Refund {
        /// The caller, not a sub-merchant.
        mchid: &'a str,
        /// Its number.
        out_refund_no: &'a str,
    },
    /// The same for one that may be made in this step, and the order that it is to be of. Nobody
    /// else uses the number meanwhile.
    NewRefund {
        /// The caller, not a sub-merchant.
        mchid: &'a str,
        /// Its number.
        out_refund_no: &'a str,
        /// The caller's number for the order, if it says it.
        out_trade_no: Option<&'a str>,
        /// The platform's number for the order, if the caller says it.
        transaction_id: Option<&'a str>,
    },
    /// The platform's number for the refund.
    RefundId(&'a str),
    /// The `id` that the merchant sees in a notification.
    Notification(&'a str),
}

/// A caller and its number for a refund.
type RefundNumber = (String, String);

/// The shards, and the store that their changes go to.
pub struct Shards {
    hasher: RandomState,
    shards: [Shard; SHARDS],
    /// The shard of each refund, by the caller's number.
    numbers: [Mutex<HashMap<RefundNumber, usize>>; SHARDS],
    registry: Arc<Registry>,
    store: Store,
    /// Held while a setting changes, so that the disk and the others see it in the same order.
    settings: Mutex<()>,
    clock: fn() -> i64,
}

struct Shard {
    ledger: Mutex<Ledger>,
    /// When its next notification is due, to be read without the lock.
    next_due: AtomicI64,
}

impl Shards {
    /// What was on disk, at the moment of starting again. `clock` tells the seconds since 1970.
    pub fn restore(saved: Saved, store: Store, clock: fn() -> i64) -> Self {
        let registry = Arc::new(Registry::default());
        registry.clock_offset_s.store(saved.clock_offset_s, Ordering::Release);
        if let Some(life_s) = saved.bill_url_life_s {
            registry.bill_url_life_s.store(life_s, Ordering::Release);
        }
        registry.readings.set(saved.readings);
        registry.faults.restore(saved.faults);
        for (code, long_url) in &saved.short_links {
            registry.short_links.keep(code, long_url);
        }
        let shards = Self {
            hasher: RandomState::new(),
            shards: std::array::from_fn(|shard| Shard {
                ledger: Mutex::new(Ledger::new(shard, Arc::clone(&registry))),
                next_due: AtomicI64::new(NEVER),
            }),
            numbers: std::array::from_fn(|_| Mutex::default()),
            registry,
            store,
            settings: Mutex::default(),
            clock,
        };
        let now = shards.now();
        for order in saved.orders {
            let home = shards.home(&order.terms.party.mchid, &order.terms.out_trade_no);
            locked(&shards.shard(home).ledger).restore_order(order);
        }
        for refund in saved.refunds {
            let mchid = refund.terms.party.mchid.clone();
            let home = shards.home(&mchid, &refund.out_trade_no);
            let number = (mchid, refund.terms.out_refund_no.clone());
            shards.slot(&number).insert(number, home);
            locked(&shards.shard(home).ledger).restore_refund(refund);
        }
        for told in saved.notifications {
            let home = shards.home(&told.mchid, &told.out_trade_no);
            locked(&shards.shard(home).ledger).restore_notification(told, now);
        }
        for shard in &shards.shards {
            shard.note_next_due(&locked(&shard.ledger));
        }
        shards
    }

    /// Gives no number up to this one to anything new.
    pub fn count_on_from(&self, seq: u64) {
        self.registry.has_seq(seq);
    }

    /// What the business clock shows.
    pub fn now(&self) -> i64 {
        self.registry.business_time((self.clock)())
    }

    /// Takes one step in one shard. What it changed, and what it saw of earlier steps there,
    /// counts once the ticket is honoured.
    pub fn step<T>(
        &self,
        whose: Whose<'_>,
        step: impl FnOnce(&mut Ledger, i64) -> T,
    ) -> (T, Ticket) {
        let Whose::NewRefund { mchid, out_refund_no, out_trade_no, transaction_id } = whose else {
            return self.step_in(self.find(whose).unwrap_or_default(), step);
        };
        let order = match (out_trade_no, transaction_id) {
            (Some(out_trade_no), _) => Some(Whose::Order { mchid, out_trade_no }),
            (None, id) => id.map(Whose::Transaction),
        };
        let order = order.and_then(|order| self.find(order));
        self.step_with_number((mchid.to_owned(), out_refund_no.to_owned()), order, step)
    }

    /// Looks without changing anything.
    pub fn look<T>(&self, whose: Whose<'_>, look: impl FnOnce(&Ledger, i64) -> T) -> T {
        let ledger = locked(&self.shard(self.find(whose).unwrap_or_default()).ledger);
        look(&ledger, self.now())
    }

    /// A step that may give a refund its number. The number is held during the step: of two orders
    /// that ask for it at the same time, one gets it.
    fn step_with_number<T>(
        &self,
        number: RefundNumber,
        order: Option<usize>,
        step: impl FnOnce(&mut Ledger, i64) -> T,
    ) -> (T, Ticket) {
        let mut slot = self.slot(&number);
        let known = slot.get(&number).copied();
        let home = order.or(known).unwrap_or_default();
        let (mchid, out_refund_no) = (number.0.clone(), number.1.clone());
        let ((outcome, made), ticket) = self.step_in(home, |ledger, now| {
            if known.is_some_and(|known| known != home) {
                ledger.has_refund_elsewhere(&mchid, &out_refund_no);
            }
            (step(ledger, now), ledger.has_refund(&mchid, &out_refund_no))
        });
        if made {
            slot.insert(number, home);
        }
        (outcome, ticket)
    }

    fn step_in<T>(&self, shard: usize, step: impl FnOnce(&mut Ledger, i64) -> T) -> (T, Ticket) {
        let shard = self.shard(shard);
        let mut ledger = locked(&shard.ledger);
        let outcome = step(&mut ledger, self.now());
        let changes = ledger.take_changes();
        shard.note_next_due(&ledger);
        // Still under the lock: the disk must see changes in the order in which they happened.
        let ticket = self.store.write(changes);
        (outcome, ticket)
    }

    fn find(&self, whose: Whose<'_>) -> Option<usize> {
        match whose {
            Whose::Order { mchid, out_trade_no } => Some(self.home(mchid, out_trade_no)),
            Whose::Code(url) => self.registry.codes.shard_of(url.strip_prefix(CODE_URL_STEM)?),
            Whose::Transaction(id) => self.registry.transactions.shard_of(id),
            Whose::Refund { mchid, out_refund_no }
            | Whose::NewRefund { mchid, out_refund_no, .. } => {
                let number = (mchid.to_owned(), out_refund_no.to_owned());
                self.slot(&number).get(&number).copied()
            }
            Whose::RefundId(id) => self.registry.refund_ids.shard_of(id),
            Whose::Notification(id) => self.registry.notifications.shard_of(id),
        }
    }

    fn home(&self, mchid: &str, out_trade_no: &str) -> usize {
        place(&self.hasher, (mchid, out_trade_no), SHARDS)
    }

    fn shard(&self, shard: usize) -> &Shard {
        let [first, ..] = &self.shards;
        self.shards.get(shard).unwrap_or(first)
    }

    fn slot(&self, number: &RefundNumber) -> MutexGuard<'_, HashMap<RefundNumber, usize>> {
        let [first, ..] = &self.numbers;
        locked(self.numbers.get(place(&self.hasher, number, SHARDS)).unwrap_or(first))
    }
}

impl Shard {
    /// Called under the lock.
    fn note_next_due(&self, ledger: &Ledger) {
        self.next_due.store(ledger.next_due().unwrap_or(NEVER), Ordering::Release);
    }
}

#[cfg(test)]
mod tests;
