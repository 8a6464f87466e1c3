//! The refunds of all orders, found by any of their numbers, and the steps that change them.
//!
//! A refund, the order's new state and the notification of the refund's end are one change: the
//! notification waits in the same schedule as any other until the business clock reaches it.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Change, Key, Ledger};
use crate::fault::{self, Fault};
use crate::notification::{Event, Notification, State};
use crate::order::{Order, Party};
use crate::payment::next_tail;
use crate::refund::{Api, Detour, Ending, Names, NotRefunded, NotRerouted, Refund, Terms};
use crate::{v2, v3};

/// Random bits of one call about a refund.
pub struct Chance {
    /// Ten digits, the end of the refund's number.
    pub refund_tail: String,
    /// The notification's UUID.
    pub notification_id: String,
}

/// Which refund should go another way.
#[derive(Clone)]
pub struct Reroute {
    /// Whose refund it is.
    pub party: Party,
    /// The platform's number for it.
    pub refund_id: String,
    /// The caller's number for it.
    pub out_refund_no: String,
    /// The other way.
    pub detour: Detour,
}

/// Why a refund does not end as it was told to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotDecided {
    /// Nobody asked for such a refund.
    Unknown,
    /// It has ended already.
    Ended,
}

/// All refunds.
#[derive(Default)]
pub(super) struct Book {
    by_seq: BTreeMap<u64, Refund>,
    by_number: HashMap<Key, u64>,
    by_id: HashMap<String, u64>,
    /// By the order's key.
    of_order: HashMap<Key, Vec<u64>>,
    /// Numbers that stand for refunds of orders in other ledgers.
    elsewhere: HashSet<Key>,
}

impl Book {
    /// Writes a refund in, a new one or a changed one.
    pub(super) fn enter(&mut self, refund: Refund) {
        let mchid = || refund.terms.party.mchid.clone();
        if !self.by_seq.contains_key(&refund.seq) {
            let of_order = self.of_order.entry((mchid(), refund.out_trade_no.clone()));
            of_order.or_default().push(refund.seq);
            self.by_number.insert((mchid(), refund.terms.out_refund_no.clone()), refund.seq);
            self.by_id.insert(refund.refund_id.clone(), refund.seq);
        }
        self.by_seq.insert(refund.seq, refund);
    }

    fn by_number(&self, mchid: &str, out_refund_no: &str) -> Option<&Refund> {
        self.by_seq.get(self.by_number.get(&(mchid.to_owned(), out_refund_no.to_owned()))?)
    }

    fn of_order(&self, order: &Order) -> Vec<&Refund> {
        let key = (order.terms.party.mchid.clone(), order.terms.out_trade_no.clone());
        let numbers = self.of_order.get(&key).map(Vec::as_slice).unwrap_or_default();
        numbers.iter().filter_map(|seq| self.by_seq.get(seq)).collect()
    }
}

impl Ledger {
    /// The merchant asks for a refund. The same number with the same data is the same refund.
    pub fn refund(
        &mut self,
        terms: Terms,
        chance: Chance,
        now: i64,
    ) -> Result<Refund, NotRefunded> {
        let Terms { party, out_refund_no, .. } = &terms;
        if let Some(known) = self.refunds.by_number(&party.mchid, out_refund_no) {
            let same = known.is_asked_again(&terms);
            return if same { Ok(known.clone()) } else { Err(NotRefunded::Different) };
        }
        // The body names another order than that refund's.
        if self.refunds.elsewhere.contains(&(party.mchid.clone(), out_refund_no.clone())) {
            return Err(NotRefunded::Different);
        }
        let order = self.order_to_refund(&terms).ok_or(NotRefunded::NotPaid)?;
        let changed = order.refund_requested().ok_or(NotRefunded::NotPaid)?;
        let names = Names { seq: 0, refund_tail: chance.refund_tail };
        let mut refund = Refund::apply(names, terms, (order, &self.refunds.of_order(order)), now)?;
        while !self.registry.refund_ids.claim(&refund.refund_id, self.shard) {
            refund.refund_id = next_tail(&refund.refund_id);
        }
        let take = |faults: &mut Vec<Fault>| fault::take_ending(faults, &refund.out_trade_no);
        if let Some((ending, change)) = self.registry.faults.take(take) {
            self.changes.push(change);
            refund = refund.ending_in(ending);
        }
        refund.seq = self.registry.next_seq();
        self.changes.push(Change::Order(Box::new(changed.clone())));
        self.index(changed);
        self.write_refund(&refund, chance.notification_id);
        Ok(refund)
    }

    /// The merchant sends an abnormal refund another way (protocol reference B.7).
    pub fn reroute(
        &mut self,
        asked: Reroute,
        notification_id: String,
        now: i64,
    ) -> Result<Refund, NotRerouted> {
        let Reroute { party, refund_id, out_refund_no, detour } = asked;
        let refund = self.refund_by_id(&party, &refund_id).ok_or(NotRerouted::Unknown)?;
        if refund.terms.out_refund_no != out_refund_no {
            return Err(NotRerouted::NumberDiffers);
        }
        let rerouted = refund.reroute(detour, now)?;
        if rerouted != *refund {
            self.write_refund(&rerouted, notification_id);
        }
        Ok(rerouted)
    }

    /// Another ledger has the refund of this number.
    pub fn has_refund_elsewhere(&mut self, mchid: &str, out_refund_no: &str) {
        self.refunds.elsewhere.insert((mchid.to_owned(), out_refund_no.to_owned()));
    }

    /// Whether this ledger has the refund of this number, whatever sub-merchant's it is.
    pub fn has_refund(&self, mchid: &str, out_refund_no: &str) -> bool {
        self.refunds.by_number(mchid, out_refund_no).is_some()
    }

    /// Ends a refund that is on its way, and tells of it at once.
    pub fn decide(
        &mut self,
        refund_id: &str,
        ending: Ending,
        now: i64,
    ) -> Result<Refund, NotDecided> {
        let seq = self.refunds.by_id.get(refund_id).ok_or(NotDecided::Unknown)?;
        let refund = self.refunds.by_seq.get(seq).ok_or(NotDecided::Unknown)?;
        let was_to_end = refund.ends_at();
        let ended = refund.end_now(ending, now).ok_or(NotDecided::Ended)?;
        self.changes.push(Change::Refund(Box::new(ended.clone())));
        self.refunds.enter(ended.clone());
        let news = self.news(&ended);
        let told = self.notifications.values_mut().rev().find(|told| {
            told.mchid == ended.terms.party.mchid
                && told.out_refund_no.as_ref() == Some(&ended.terms.out_refund_no)
                && told.created_at == was_to_end
        });
        if let (Some(told), Some((_, event))) = (told, news) {
            self.waiting.remove(&(was_to_end, told.seq));
            told.created_at = now;
            told.event = event;
            told.state = State::Due(now);
            let told = told.clone();
            self.schedule(&told);
            self.changes.push(Change::Notification(Box::new(told)));
        }
        Ok(ended)
    }

    /// One party's refund by the caller's number.
    pub fn refund_by_number(&self, party: &Party, out_refund_no: &str) -> Option<&Refund> {
        let refund = self.refunds.by_number(&party.mchid, out_refund_no)?;
        Some(refund).filter(|refund| refund.terms.party == *party)
    }

    /// One party's refund by the platform's number.
    pub fn refund_by_id(&self, party: &Party, refund_id: &str) -> Option<&Refund> {
        let refund = self.refunds.by_seq.get(self.refunds.by_id.get(refund_id)?)?;
        Some(refund).filter(|refund| refund.terms.party == *party)
    }

    /// The paid order that an application names, by either number or by both.
    pub fn order_to_refund(&self, terms: &Terms) -> Option<&Order> {
        let by_id = terms.transaction_id.as_ref();
        let by_id = by_id.map(|id| self.order_by_transaction(&terms.party, id));
        let by_number = terms.out_trade_no.as_ref();
        let by_number = by_number.map(|number| self.order(&terms.party, number));
        match (by_id, by_number) {
            (Some(one), Some(other)) if one.map(|it| it.seq) != other.map(|it| it.seq) => None,
            (one, other) => one.or(other).flatten(),
        }
    }

    /// All refunds of an order, the oldest first.
    pub fn refunds_of(&self, order: &Order) -> Vec<&Refund> {
        self.refunds.of_order(order)
    }

    /// All refunds, newest first.
    pub fn refunds_newest_first(&self) -> impl Iterator<Item = &Refund> {
        self.refunds.by_seq.values().rev()
    }

    pub(super) fn enter(&mut self, refund: Refund) {
        self.registry.refund_ids.claim(&refund.refund_id, self.shard);
        self.refunds.enter(refund);
    }

    /// Writes a refund down, and the notification of its end if anybody is to be told.
    fn write_refund(&mut self, refund: &Refund, notification_id: String) {
        self.changes.push(Change::Refund(Box::new(refund.clone())));
        self.enter(refund.clone());
        if let Some((notify_url, event)) = self.news(refund) {
            self.announce(Notification {
                seq: 0,
                id: notification_id,
                mchid: refund.terms.party.mchid.clone(),
                out_trade_no: refund.out_trade_no.clone(),
                out_refund_no: Some(refund.terms.out_refund_no.clone()),
                notify_url,
                created_at: refund.ends_at(),
                event,
                state: State::Due(refund.ends_at()),
                attempts: Vec::new(),
            });
        }
    }

    /// Where the refund's end is told, and what of it.
    fn news(&self, refund: &Refund) -> Option<(String, Event)> {
        let (url, api) = refund.terms.told_at()?;
        let event = match api {
            Api::V3 => v3::refunds::event(refund),
            Api::V2 => {
                let order = self.order(&refund.terms.party, &refund.out_trade_no)?;
                v2::refund::event(refund, &order.terms)
            }
        };
        Some((url.to_owned(), event))
    }
}

#[cfg(test)]
mod tests;
