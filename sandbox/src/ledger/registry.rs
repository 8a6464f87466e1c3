//! What all shards have in common: the count, the business clock, the faults that wait, and which
//! shard has what.
//!
//! Everything here may be asked while a shard is locked, and asks for no shard itself.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Change;
use crate::bill::shelf;
use crate::fault::Fault;
use crate::readings::Chosen;
use crate::short_links::ShortLinks;

/// So many locks has each index, so that no two threads wait for each other without need.
const SLOTS: usize = 32;

/// What is not any one shard's.
pub struct Registry {
    /// The highest number given so far to an order, a refund or a notification.
    pub seq: AtomicU64,
    /// Business clock less wall clock, in seconds.
    pub clock_offset_s: AtomicI64,
    /// For how long a bill's address lives, in seconds.
    pub bill_url_life_s: AtomicU32,
    /// The readings of the rules that are in force.
    pub readings: Chosen,
    /// The faults that wait.
    pub faults: Faults,
    /// Links that were made short.
    pub short_links: ShortLinks,
    /// The shard of each code, by its random part; of void ones too.
    pub codes: Index,
    /// The shard of each payment, by the platform's number.
    pub transactions: Index,
    /// The shard of each refund, by the platform's number.
    pub refund_ids: Index,
    /// The shard of each notification, by the `id` that the merchant sees.
    pub notifications: Index,
}

impl Default for Registry {
    fn default() -> Self {
        Self {
            seq: AtomicU64::default(),
            clock_offset_s: AtomicI64::default(),
            bill_url_life_s: AtomicU32::new(shelf::URL_LIFE_S),
            readings: Chosen::default(),
            faults: Faults::default(),
            short_links: ShortLinks::default(),
            codes: Index::default(),
            transactions: Index::default(),
            refund_ids: Index::default(),
            notifications: Index::default(),
        }
    }
}

impl Registry {
    /// The next number. It is taken under the lock of the shard that uses it.
    pub fn next_seq(&self) -> u64 {
        self.seq.fetch_add(1, Ordering::AcqRel) + 1
    }

    /// Somebody has this number already, on disk.
    pub fn has_seq(&self, seq: u64) {
        self.seq.fetch_max(seq, Ordering::AcqRel);
    }

    /// What the business clock shows: the wall clock and every step it was moved by.
    pub fn business_time(&self, wall_now: i64) -> i64 {
        wall_now.saturating_add(self.clock_offset_s.load(Ordering::Acquire))
    }

    /// Forgets who has what, and short links. Count, clock and settings stay; the faults are their own business.
    pub fn forget(&self) {
        for index in [&self.codes, &self.transactions, &self.refund_ids, &self.notifications] {
            index.clear();
        }
        self.short_links.clear();
    }
}

/// Which shard has it. An entry is made under that shard's lock and is never changed.
pub struct Index {
    hasher: RandomState,
    slots: [Mutex<HashMap<String, usize>>; SLOTS],
}

impl Default for Index {
    fn default() -> Self {
        Self { hasher: RandomState::new(), slots: std::array::from_fn(|_| Mutex::default()) }
    }
}

impl Index {
    /// The shard that has it.
    pub fn shard_of(&self, id: &str) -> Option<usize> {
        self.slot(id)?.get(id).copied()
    }

    /// Says that `shard` has it. Whether nobody had it before.
    pub fn claim(&self, id: &str, shard: usize) -> bool {
        let Some(mut slot) = self.slot(id) else { return false };
        if slot.contains_key(id) {
            return false;
        }
        slot.insert(id.to_owned(), shard);
        true
    }

    fn clear(&self) {
        for slot in &self.slots {
            locked(slot).clear();
        }
    }

    fn slot(&self, id: &str) -> Option<MutexGuard<'_, HashMap<String, usize>>> {
        self.slots.get(place(&self.hasher, id, SLOTS)).map(locked)
    }
}

/// The place of something among `count` places.
pub fn place(hasher: &RandomState, what: impl std::hash::Hash, count: usize) -> usize {
    let count = u64::try_from(count).unwrap_or(u64::MAX).max(1);
    usize::try_from(hasher.hash_one(what) % count).unwrap_or_default()
}

/// Nobody panics under these locks; were somebody to, what they guard is still whole.
pub fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The faults that wait. Nearly always there are none, and then nobody has to ask for the lock.
#[derive(Default)]
pub struct Faults {
    some_wait: AtomicBool,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    faults: Vec<Fault>,
    version: u64,
}

impl Faults {
    /// The faults that wait.
    pub fn list(&self) -> Vec<Fault> {
        locked(&self.waiting).faults.clone()
    }

    /// Replaces them without writing it down: at the start, from disk.
    pub fn restore(&self, faults: Vec<Fault>) {
        let mut waiting = locked(&self.waiting);
        self.some_wait.store(!faults.is_empty(), Ordering::Release);
        waiting.faults = faults;
    }

    /// Replaces them by what `change` makes of them, and hands that over while no other change can
    /// overtake it. What waits from then on; or why nothing is different.
    pub fn change<E, R>(
        &self,
        change: impl FnOnce(Vec<Fault>) -> Result<Vec<Fault>, E>,
        hand_over: impl FnOnce(Change) -> R,
    ) -> Result<(Vec<Fault>, R), E> {
        let mut waiting = locked(&self.waiting);
        let mut faults = change(waiting.faults.clone())?;
        faults.retain(|fault| fault.times > 0);
        waiting.faults.clone_from(&faults);
        let handed_over = hand_over(self.changed(&mut waiting));
        Ok((faults, handed_over))
    }

    /// Forgets them, and hands over what `forgotten` makes.
    pub fn clear<R>(&self, forgotten: impl FnOnce() -> R) -> R {
        let mut waiting = locked(&self.waiting);
        waiting.faults.clear();
        self.changed(&mut waiting);
        forgotten()
    }

    /// Takes from them, if `take` finds anything, with what to write down. Several shards may take
    /// at once and reach the store in another order: the change's version puts that right.
    pub fn take<T>(&self, take: impl FnOnce(&mut Vec<Fault>) -> Option<T>) -> Option<(T, Change)> {
        if !self.some_wait.load(Ordering::Acquire) {
            return None;
        }
        let mut waiting = locked(&self.waiting);
        let taken = take(&mut waiting.faults)?;
        Some((taken, self.changed(&mut waiting)))
    }

    /// The same outside any shard, where nothing else keeps a reset from overtaking: hands over what
    /// changed, if anything did, before the lock is let go.
    pub fn take_alone<T, R>(
        &self,
        take: impl FnOnce(&mut Vec<Fault>) -> Option<T>,
        hand_over: impl FnOnce(Vec<Change>) -> R,
    ) -> (Option<T>, R) {
        if !self.some_wait.load(Ordering::Acquire) {
            return (None, hand_over(Vec::new()));
        }
        let mut waiting = locked(&self.waiting);
        let taken = take(&mut waiting.faults);
        let changes = taken.iter().map(|_| self.changed(&mut waiting)).collect();
        (taken, hand_over(changes))
    }

    fn changed(&self, waiting: &mut Waiting) -> Change {
        self.some_wait.store(!waiting.faults.is_empty(), Ordering::Release);
        waiting.version += 1;
        Change::Faults { version: waiting.version, faults: waiting.faults.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::{self, Kind, Route};

    /// A reset that comes between the two would be undone on disk by the older list.
    #[test]
    fn a_fault_that_is_taken_is_handed_over_before_anybody_can_clear_the_list() {
        let faults = Faults::default();
        let take = |faults: &mut Vec<Fault>| fault::take(faults, Route::Echo, "");
        let handed_over =
            |changes: Vec<Change>| (changes.len(), faults.waiting.try_lock().is_err());
        faults.restore(vec![Fault::once(Route::Echo, Kind::Empty)]);
        let (taken, (changes, is_locked)) = faults.take_alone(take, handed_over);
        assert_eq!((taken.map(|it| it.kind), changes, is_locked), (Some(Kind::Empty), 1, true));
        let (taken, (changes, _)) = faults.take_alone(take, handed_over);
        assert_eq!((taken, changes), (None, 0));
    }
}
