//! What concerns all shards: lists, the notifications that are due, the reset, and what is shared.

use std::sync::MutexGuard;
use std::sync::atomic::Ordering;

use super::{NEVER, Shard, Shards};
use crate::fault::{Fault, Happening};
use crate::ledger::registry::locked;
use crate::ledger::{Change, Ledger};
use crate::notification::Notification;
use crate::readings::Readings;
use crate::short_links::code_of;
use crate::store::Ticket;

impl Shards {
    /// Looks into every shard, one after the other, at one moment of the clock.
    pub fn look_into_each<T>(&self, mut look: impl FnMut(&Ledger, i64) -> T) -> Vec<T> {
        let now = self.now();
        self.shards.iter().map(|shard| look(&locked(&shard.ledger), now)).collect()
    }

    /// Makes a list over all shards, newest first. Each row comes with its `seq`.
    pub fn gather<T>(&self, rows: impl FnMut(&Ledger, i64) -> Vec<(u64, T)>) -> Vec<T> {
        newest_first(self.look_into_each(rows))
    }

    /// When the next notification must go out.
    pub fn next_due(&self) -> Option<i64> {
        let next = self.shards.iter().map(|shard| shard.next_due.load(Ordering::Acquire)).min();
        next.filter(|due| *due < NEVER)
    }

    /// Takes one notification that is due, of those that have waited longest, with the fault that
    /// waits for it.
    pub fn take_due(&self) -> Option<(Notification, Option<Happening>, Ticket)> {
        loop {
            let due = |shard: &Shard| shard.next_due.load(Ordering::Acquire);
            let (next, _) = self.shards.iter().enumerate().min_by_key(|(_, shard)| due(shard))?;
            if due(self.shard(next)) > self.now() {
                return None;
            }
            // Somebody else may have been quicker; then there may be another one.
            let (taken, ticket) = self.step_in(next, |ledger, now| ledger.take_due(now));
            if let Some((told, fault)) = taken {
                return Some((told, fault, ticket));
            }
        }
    }

    /// The highest number given so far to an order, a refund or a notification. All that has a
    /// number up to it is on disk once the ticket is honoured.
    pub fn last_seq(&self) -> (u64, Ticket) {
        let _all = self.all();
        (self.registry.seq.load(Ordering::Acquire), self.store.write(Vec::new()))
    }

    /// Forgets orders, refunds, notifications and faults; clock and settings stay.
    pub fn clear(&self) -> Ticket {
        let numbers: Vec<_> = self.numbers.iter().map(locked).collect();
        // No shard can hand over a change from before that comes after, nor the other way round.
        let mut ledgers = self.all();
        ledgers.iter_mut().for_each(|ledger| ledger.clear());
        numbers.into_iter().for_each(|mut slot| slot.clear());
        self.registry.forget();
        for (shard, ledger) in self.shards.iter().zip(&ledgers) {
            shard.note_next_due(ledger);
        }
        // The faults on disk go with the rest.
        self.registry.faults.clear(|| self.store.write(vec![Change::Cleared]))
    }

    /// The faults that wait.
    pub fn faults(&self) -> Vec<Fault> {
        self.registry.faults.list()
    }

    /// Replaces the faults that wait by what `change` makes of them: what waits from then on, or
    /// why nothing is different.
    pub fn change_faults<E>(
        &self,
        change: impl FnOnce(Vec<Fault>) -> Result<Vec<Fault>, E>,
    ) -> Result<(Vec<Fault>, Ticket), E> {
        self.registry.faults.change(change, |change| self.store.write(vec![change]))
    }

    /// The fault that `take` finds, outside any order's step.
    pub fn take_fault<T>(
        &self,
        take: impl FnOnce(&mut Vec<Fault>) -> Option<T>,
    ) -> (Option<T>, Ticket) {
        self.registry.faults.take_alone(take, |changes| self.store.write(changes))
    }

    /// Moves the business clock forward.
    pub fn advance(&self, seconds: u32) -> Ticket {
        let _alone = locked(&self.settings);
        let offset_s = self.registry.clock_offset_s.load(Ordering::Acquire);
        let offset_s = offset_s.saturating_add(i64::from(seconds));
        // Handed over first: whatever happens at the new time comes after it on disk.
        let ticket = self.store.write(vec![Change::ClockOffset(offset_s)]);
        self.registry.clock_offset_s.store(offset_s, Ordering::Release);
        ticket
    }

    /// For how long a bill's address lives, in seconds.
    pub fn bill_url_life_s(&self) -> u32 {
        self.registry.bill_url_life_s.load(Ordering::Acquire)
    }

    /// Sets it.
    pub fn set_bill_url_life(&self, seconds: u32) -> Ticket {
        let _alone = locked(&self.settings);
        let ticket = self.store.write(vec![Change::BillUrlLife(seconds)]);
        self.registry.bill_url_life_s.store(seconds, Ordering::Release);
        ticket
    }

    /// The readings of the rules that are in force.
    pub fn readings(&self) -> Readings {
        self.registry.readings.get()
    }

    /// Changes them.
    pub fn change_readings(&self, change: impl FnOnce(&mut Readings)) -> Ticket {
        let _alone = locked(&self.settings);
        let mut readings = self.readings();
        change(&mut readings);
        let ticket = self.store.write(vec![Change::Readings(readings)]);
        self.registry.readings.set(readings);
        ticket
    }

    /// Makes a link short; what stands behind the stem.
    pub fn shorten(&self, long_url: &str) -> (String, Ticket) {
        let code = code_of(long_url);
        let _alone = locked(&self.settings);
        let is_new = self.registry.short_links.keep(&code, long_url);
        let change = Change::ShortLink { code: code.clone(), long_url: long_url.to_owned() };
        (code, self.store.write(if is_new { vec![change] } else { Vec::new() }))
    }

    /// What a short link stands for.
    pub fn long_link(&self, short_url: &str) -> Option<String> {
        self.registry.short_links.long(short_url)
    }

    fn all(&self) -> Vec<MutexGuard<'_, Ledger>> {
        self.shards.iter().map(|shard| locked(&shard.ledger)).collect()
    }
}

/// One list of the lists of all shards, newest first.
pub fn newest_first<T>(lists: impl IntoIterator<Item = Vec<(u64, T)>>) -> Vec<T> {
    let mut rows: Vec<(u64, T)> = lists.into_iter().flatten().collect();
    rows.sort_unstable_by_key(|(seq, _)| std::cmp::Reverse(*seq));
    rows.into_iter().map(|(_, row)| row).collect()
}
