//! What the platform remembers of some of its orders, and the only way to change it.
//!
//! There are many ledgers ([`crate::shards`]), each of orders of its own with all that belongs to
//! them; what they have in common is the [`registry`]. Each method is one step: pure but for `self`
//! and that, with `now` and chance as arguments. What a step changed is collected as [`Change`]s,
//! which the shell writes to disk before anybody is told that the step happened. A notification
//! that is on its way is only remembered here, not on disk: after a crash it is simply due again.

pub mod refunds;
pub mod registry;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use self::registry::Registry;
use crate::fault::{self, Fault, Happening, Route};
use crate::notification::{Attempt, Notification, State};
use crate::order::{AlreadyPaid, CODE_URL_STEM, Holder, NotPaid, NotPlaced, Order, Party, Terms};
use crate::payment::{Paying, next_tail};
use crate::readings::Readings;
use crate::refund::Refund;
use crate::v2::payment_notice;
use crate::v3::transaction;

/// Something to write down.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// An order is new or different.
    Order(Box<Order>),
    /// A refund is new or different.
    Refund(Box<Refund>),
    /// A notification is new or different.
    Notification(Box<Notification>),
    /// These faults wait now, unless a change of a later version was written already.
    Faults {
        /// Counts the changes of the list.
        version: u64,
        /// The whole list.
        faults: Vec<Fault>,
    },
    /// The business clock is this many seconds ahead of the wall clock.
    ClockOffset(i64),
    /// A bill's address lives for this many seconds.
    BillUrlLife(u32),
    /// These readings of the rules are in force.
    Readings(Readings),
    /// A link was made short.
    ShortLink {
        /// The short one, without its stem.
        code: String,
        /// What it stands for.
        long_url: String,
    },
    /// Orders, refunds, notifications, faults and short links are gone.
    Cleared,
}

/// A payment, and what telling of it takes.
pub struct Scan {
    /// What the phone brings.
    pub paying: Paying,
    /// The notification's UUID.
    pub notification_id: String,
}

/// Of so many notifications of one ledger, the letters are kept.
const LETTERED_MAX: usize = 64;

/// A caller and one of its own numbers, of an order or of a refund.
type Key = (String, String);

/// Why a phone's scan came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScanFailed {
    /// No order ever had this code.
    UnknownCode,
    /// The order does not take money.
    NotPaid(NotPaid),
}

/// Some orders, with their refunds and notifications.
pub struct Ledger {
    /// Which one of the ledgers this is.
    shard: usize,
    registry: Arc<Registry>,
    orders: HashMap<Key, Order>,
    by_seq: BTreeMap<u64, Key>,
    by_code: HashMap<String, Key>,
    by_transaction: HashMap<String, Key>,
    refunds: refunds::Book,
    notifications: BTreeMap<u64, Notification>,
    /// (due, seq) of every notification that waits and is not on its way.
    waiting: BTreeSet<(i64, u64)>,
    on_the_way: HashSet<u64>,
    /// Notifications whose letters are kept, the oldest first.
    lettered: VecDeque<u64>,
    changes: Vec<Change>,
}

impl Ledger {
    /// An empty one.
    pub fn new(shard: usize, registry: Arc<Registry>) -> Self {
        Self {
            shard,
            registry,
            orders: HashMap::new(),
            by_seq: BTreeMap::new(),
            by_code: HashMap::new(),
            by_transaction: HashMap::new(),
            refunds: refunds::Book::default(),
            notifications: BTreeMap::new(),
            waiting: BTreeSet::new(),
            on_the_way: HashSet::new(),
            lettered: VecDeque::new(),
            changes: Vec::new(),
        }
    }

    /// An order that was on disk.
    pub fn restore_order(&mut self, order: Order) {
        self.registry.has_seq(order.seq);
        self.index(order);
    }

    /// A refund that was on disk.
    pub fn restore_refund(&mut self, refund: Refund) {
        self.registry.has_seq(refund.seq);
        self.enter(refund);
    }

    /// A notification that was on disk.
    pub fn restore_notification(&mut self, mut notification: Notification, now: i64) {
        self.registry.has_seq(notification.seq);
        notification.resume(now);
        let (seq, was_tried) = (notification.seq, !notification.attempts.is_empty());
        self.keep(notification);
        if was_tried {
            self.note_letter(seq);
        }
    }

    /// What this ledger has in common with the others.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// What the steps since the last call changed.
    pub fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    /// The merchant orders, for the first time or again; `pr` is the fresh code.
    pub fn place(&mut self, terms: Terms, pr: String, now: i64) -> Result<&Order, NotPlaced> {
        let key = (terms.party.mchid.clone(), terms.out_trade_no.clone());
        let order = match self.orders.get(&key) {
            Some(known) => known.place_again(&terms, pr, now)?,
            None => Order::place(self.registry.next_seq(), terms, pr, now),
        };
        self.changes.push(Change::Order(Box::new(order.clone())));
        Ok(self.index(order))
    }

    /// The merchant closes; an unknown number is no error (protocol reference B.4).
    pub fn close(&mut self, party: &Party, number: &str, now: i64) -> Result<(), AlreadyPaid> {
        if let Some(order) = self.order(party, number) {
            let closed = order.close(now)?;
            if closed != *order {
                self.changes.push(Change::Order(Box::new(closed.clone())));
                self.index(closed);
            }
        }
        Ok(())
    }

    /// A phone scans and does not pay: the order is its owner's from then on.
    pub fn open(&mut self, code_url: &str, holder: Holder, now: i64) -> Result<&Order, ScanFailed> {
        let order = self.order_by_code(code_url).ok_or(ScanFailed::UnknownCode)?;
        let pr = code_url.strip_prefix(CODE_URL_STEM).unwrap_or_default();
        let opened = order.open(pr, holder, now).map_err(ScanFailed::NotPaid)?;
        self.changes.push(Change::Order(Box::new(opened.clone())));
        Ok(self.index(opened))
    }

    /// A phone scans and pays. The payment and its notification are one change.
    pub fn pay(&mut self, code_url: &str, mut scan: Scan, now: i64) -> Result<&Order, ScanFailed> {
        let pr = code_url.strip_prefix(CODE_URL_STEM).ok_or(ScanFailed::UnknownCode)?;
        let key = self.by_code.get(pr).ok_or(ScanFailed::UnknownCode)?;
        let order = self.orders.get(key).ok_or(ScanFailed::UnknownCode)?;
        // Ten digits a day: among some ten thousand payments two would be drawn the same.
        let is_free = |id: &str| self.registry.transactions.claim(id, self.shard);
        let paid = loop {
            let paid = order.pay(pr, scan.paying.clone(), now).map_err(ScanFailed::NotPaid)?;
            if paid.payment().is_none_or(|payment| is_free(&payment.transaction_id)) {
                break paid;
            }
            scan.paying.transaction_tail = next_tail(&scan.paying.transaction_tail);
        };
        self.changes.push(Change::Order(Box::new(paid.clone())));
        let (mchid, out_trade_no) = key.clone();
        self.announce(Notification {
            seq: 0,
            id: scan.notification_id,
            mchid,
            out_trade_no,
            out_refund_no: None,
            notify_url: paid.terms.notify_url.clone(),
            created_at: now,
            event: match &paid.terms.v2 {
                Some(terms) => payment_notice::event(&paid, terms.sign_type),
                None => transaction::success_event(&paid, now),
            },
            state: State::Due(now),
            attempts: Vec::new(),
        });
        Ok(self.index(paid))
    }

    /// One party's order by the caller's number.
    pub fn order(&self, party: &Party, out_trade_no: &str) -> Option<&Order> {
        let key = (party.mchid.clone(), out_trade_no.to_owned());
        self.orders.get(&key).filter(|order| order.terms.party == *party)
    }

    /// One party's order by the platform's number.
    pub fn order_by_transaction(&self, party: &Party, transaction_id: &str) -> Option<&Order> {
        let order = self.orders.get(self.by_transaction.get(transaction_id)?)?;
        Some(order).filter(|order| order.terms.party == *party)
    }

    /// The newest order of any merchant with this number.
    pub fn find_order(&self, out_trade_no: &str) -> Option<&Order> {
        self.orders_newest_first().find(|order| order.terms.out_trade_no == out_trade_no)
    }

    /// The order that a code belongs to, also a void one.
    pub fn order_by_code(&self, code_url: &str) -> Option<&Order> {
        self.orders.get(self.by_code.get(code_url.strip_prefix(CODE_URL_STEM)?)?)
    }

    /// All orders, newest first.
    pub fn orders_newest_first(&self) -> impl Iterator<Item = &Order> {
        self.by_seq.values().rev().filter_map(|key| self.orders.get(key))
    }

    /// All notifications of what has happened, newest first. A refund's end is written down with
    /// its beginning, and is nobody's business before its time.
    pub fn notifications_newest_first(&self, now: i64) -> impl Iterator<Item = &Notification> {
        self.notifications.values().rev().filter(move |told| told.created_at <= now)
    }

    /// When the next notification must go out.
    pub fn next_due(&self) -> Option<i64> {
        self.waiting.first().map(|(due, _)| *due)
    }

    /// Takes one notification that is due, with the fault that waits for it.
    pub fn take_due(&mut self, now: i64) -> Option<(Notification, Option<Happening>)> {
        let &(due, seq) = self.waiting.first()?;
        if due > now {
            return None;
        }
        self.waiting.pop_first();
        let notification = self.notifications.get(&seq)?.clone();
        self.on_the_way.insert(seq);
        let form = notification.event.form;
        let number = notification.out_trade_no.clone();
        let fault = self.take(|faults| fault::take_told(faults, form, &number));
        Some((notification, fault))
    }

    /// How many notifications are on their way.
    pub fn on_the_way(&self) -> usize {
        self.on_the_way.len()
    }

    /// A try has ended. One that was cleared meanwhile is forgotten.
    pub fn record(&mut self, seq: u64, attempt: Attempt) {
        let known = self.on_the_way.remove(&seq);
        let Some(notification) = self.notifications.get_mut(&seq).filter(|_| known) else {
            return;
        };
        notification.record(attempt);
        let notification = notification.clone();
        self.schedule(&notification);
        self.changes.push(Change::Notification(Box::new(notification)));
        self.note_letter(seq);
    }

    /// A try that was made by hand has ended.
    pub fn record_by_hand(&mut self, seq: u64, attempt: Attempt) {
        let Some(notification) = self.notifications.get_mut(&seq) else { return };
        // On its way, it is not among those that wait.
        let waited = notification.due_at().is_some_and(|due| self.waiting.remove(&(due, seq)));
        notification.record_by_hand(attempt);
        let notification = notification.clone();
        if waited {
            self.schedule(&notification);
        }
        self.changes.push(Change::Notification(Box::new(notification)));
        self.note_letter(seq);
    }

    /// The notification with this `id`, if what it tells of has happened.
    pub fn notification(&self, id: &str, now: i64) -> Option<&Notification> {
        self.notifications_newest_first(now).find(|told| told.id == id)
    }

    /// Letters are long: only those of the newest notifications stay in memory.
    fn note_letter(&mut self, seq: u64) {
        if !self.lettered.contains(&seq) {
            self.lettered.push_back(seq);
        }
        if self.lettered.len() > LETTERED_MAX {
            let oldest = self.lettered.pop_front();
            let oldest = oldest.and_then(|oldest| self.notifications.get_mut(&oldest));
            oldest.into_iter().for_each(Notification::forget_letters);
        }
    }

    /// Whether the notification with this `id` was tried at least once.
    pub fn was_tried(&self, id: &str) -> bool {
        let told = self.notifications.values().rev().find(|told| told.id == id);
        told.is_some_and(|told| !told.attempts.is_empty())
    }

    /// The fault that happens now, if one waits for this route and order.
    pub fn take_fault(&mut self, route: Route, out_trade_no: &str) -> Option<Happening> {
        self.take(|faults| fault::take(faults, route, out_trade_no))
    }

    fn take(
        &mut self,
        take: impl FnOnce(&mut Vec<Fault>) -> Option<Happening>,
    ) -> Option<Happening> {
        let (happening, change) = self.registry.faults.take(take)?;
        self.changes.push(change);
        Some(happening)
    }

    /// Forgets all of it. Numbers go on counting, so that a try that is on its way cannot be taken
    /// for one of a later notification.
    pub fn clear(&mut self) {
        *self = Self::new(self.shard, Arc::clone(&self.registry));
    }

    fn index(&mut self, order: Order) -> &Order {
        let key = (order.terms.party.mchid.clone(), order.terms.out_trade_no.clone());
        for pr in order.void_codes.iter().chain([&order.code.pr]) {
            if !self.by_code.contains_key(pr) {
                self.registry.codes.claim(pr, self.shard);
                self.by_code.insert(pr.clone(), key.clone());
            }
        }
        if let Some(payment) = order.payment() {
            self.registry.transactions.claim(&payment.transaction_id, self.shard);
            self.by_transaction.insert(payment.transaction_id.clone(), key.clone());
        }
        self.by_seq.insert(order.seq, key.clone());
        self.orders.entry(key).insert_entry(order).into_mut()
    }

    /// Numbers a notification, writes it down, and waits for its moment.
    pub fn announce(&mut self, mut notification: Notification) {
        notification.seq = self.registry.next_seq();
        self.changes.push(Change::Notification(Box::new(notification.clone())));
        self.keep(notification);
    }

    fn keep(&mut self, notification: Notification) {
        self.registry.notifications.claim(&notification.id, self.shard);
        self.schedule(&notification);
        self.notifications.insert(notification.seq, notification);
    }

    fn schedule(&mut self, notification: &Notification) {
        if let Some(due) = notification.due_at() {
            self.waiting.insert((due, notification.seq));
        }
    }
}

#[cfg(test)]
impl Default for Ledger {
    fn default() -> Self {
        Self::new(0, Arc::default())
    }
}

#[cfg(test)]
mod tests;
