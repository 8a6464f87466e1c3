//! The refunds of all orders, found by any of their numbers, and the steps that change them.
//!
//! A refund, the order's new state and the notification of the refund's end are one change: the
//! notification waits in the same schedule as any other until the business clock reaches it.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Change, Key, Ledger};
use crate::fault::{self, Fault};
use crate::notification::{Notification, State};
use crate::order::{Order, Party};
use crate::payment::next_tail;
use crate::refund::{Detour, Ending, Names, NotRefunded, NotRerouted, Refund, Terms};
use crate::v3::refunds::event;

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
            // The body names the sub-merchant too.
            let same = known.terms.body == terms.body;
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
        let told = self.notifications.values_mut().rev().find(|told| {
            told.mchid == ended.terms.party.mchid
                && told.out_refund_no.as_ref() == Some(&ended.terms.out_refund_no)
                && told.created_at == was_to_end
        });
        if let Some(told) = told {
            self.waiting.remove(&(was_to_end, told.seq));
            told.created_at = now;
            told.event = event(&ended);
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
        if let Some(notify_url) = refund.terms.notify_url.clone() {
            self.announce(Notification {
                seq: 0,
                id: notification_id,
                mchid: refund.terms.party.mchid.clone(),
                out_trade_no: refund.out_trade_no.clone(),
                out_refund_no: Some(refund.terms.out_refund_no.clone()),
                notify_url,
                created_at: refund.ends_at(),
                event: event(refund),
                state: State::Due(refund.ends_at()),
                attempts: Vec::new(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::{Kind, Route};
    use crate::ledger::Scan;
    use crate::order::CODE_URL_STEM;
    use crate::order::tests::terms as order_terms;
    use crate::payment::tests::paying;
    use crate::refund::tests::{ASKED_AT, PAID_AT, detour, terms};
    use crate::refund::{Ending, PROCESSING_S, Standing};

    fn chance(tail: &str) -> Chance {
        Chance { refund_tail: tail.into(), notification_id: format!("id-{tail}") }
    }

    /// A ledger with one paid order, and that order; the payment's notification is not due.
    fn paid() -> (Ledger, Order) {
        let mut ledger = Ledger::default();
        ledger.place(order_terms("T20250101000001"), "pr".into(), PAID_AT).unwrap();
        let scan = Scan { paying: paying("0000000001"), notification_id: "id".into() };
        ledger.pay(&format!("{CODE_URL_STEM}pr"), scan, PAID_AT).unwrap();
        ledger.take_due(PAID_AT).unwrap();
        ledger.take_changes();
        let order = ledger.find_order("T20250101000001").unwrap().clone();
        (ledger, order)
    }

    #[test]
    fn refund_order_and_notification_are_written_together_and_told_at_the_end() {
        let (mut ledger, order) = paid();
        ledger.refund(terms(&order, "R1", 234), chance("1"), ASKED_AT).unwrap();
        let changes = ledger.take_changes();
        let [Change::Order(order), Change::Refund(refund), Change::Notification(told)] =
            &changes[..]
        else {
            panic!("{changes:?}");
        };
        assert!(order.payment().unwrap().refund_requested);
        assert_eq!(told.due_at(), Some(ASKED_AT + PROCESSING_S));
        assert_eq!(told.out_refund_no.as_deref(), Some("R1"));
        assert_ne!(told.seq, refund.seq);
        assert!(ledger.take_due(ASKED_AT + PROCESSING_S - 1).is_none());
        assert_eq!(ledger.notifications_newest_first(ASKED_AT).count(), 1);
        let (taken, _) = ledger.take_due(ASKED_AT + PROCESSING_S).unwrap();
        assert_eq!(taken.event.event_type, "REFUND.SUCCESS");
        assert_eq!(ledger.notifications_newest_first(ASKED_AT + PROCESSING_S).count(), 2);
    }

    #[test]
    fn the_same_number_is_the_same_refund_and_with_other_data_none() {
        let (mut ledger, order) = paid();
        let first = ledger.refund(terms(&order, "R1", 234), chance("1"), ASKED_AT).unwrap();
        ledger.take_changes();
        let again = ledger.refund(terms(&order, "R1", 234), chance("2"), ASKED_AT + 1);
        assert_eq!(again, Ok(first));
        assert_eq!(ledger.take_changes(), []);
        let other = ledger.refund(terms(&order, "R1", 235), chance("3"), ASKED_AT + 90);
        assert_eq!(other, Err(NotRefunded::Different));
    }

    #[test]
    fn a_refusal_changes_nothing_and_uses_no_fault_up() {
        let (mut ledger, order) = paid();
        let faults = &ledger.registry().faults;
        faults.restore(vec![Fault::once(Route::Refund, Kind::Closed)]);
        let verdict = ledger.refund(terms(&order, "R1", 1235), chance("1"), ASKED_AT);
        assert_eq!(verdict, Err(NotRefunded::TooMuch));
        assert_eq!(ledger.take_changes(), []);
        let refund = ledger.refund(terms(&order, "R1", 1234), chance("1"), ASKED_AT).unwrap();
        let closed = Standing::Ended(Ending::Closed, ASKED_AT + PROCESSING_S);
        assert_eq!(refund.end(), closed);
        assert_eq!(ledger.registry().faults.list(), []);
    }

    #[test]
    fn an_order_is_named_by_either_number_and_by_both_if_they_agree() {
        let (ledger, order) = paid();
        let id = Some("4200000000202501010000000001");
        let finds = |id: Option<&str>, number: Option<&str>| {
            let mut terms = terms(&order, "R1", 1);
            terms.transaction_id = id.map(str::to_owned);
            terms.out_trade_no = number.map(str::to_owned);
            ledger.order_to_refund(&terms).is_some()
        };
        assert!(finds(id, None) && finds(None, Some("T20250101000001")));
        assert!(finds(id, Some("T20250101000001")));
        assert!(!finds(id, Some("T20250101000009")) && !finds(Some("42"), None));
        assert!(!finds(Some("42"), Some("T20250101000001")));
    }

    #[test]
    fn another_party_sees_no_refund_of_this_one() {
        let (mut ledger, order) = paid();
        let refund = ledger.refund(terms(&order, "R1", 1), chance("1"), ASKED_AT).unwrap();
        let own = &order.terms.party;
        let other = Party { sub_mchid: Some("1900000003".into()), ..own.clone() };
        assert!(ledger.refund_by_number(own, "R1").is_some());
        assert!(ledger.refund_by_number(&other, "R1").is_none());
        assert!(ledger.refund_by_id(&other, &refund.refund_id).is_none());
        let foreign = Terms { party: other, ..terms(&order, "R2", 1) };
        let verdict = ledger.refund(foreign, chance("1"), ASKED_AT + 60);
        assert_eq!(verdict, Err(NotRefunded::NotPaid));
    }

    #[test]
    fn a_rerouted_refund_is_told_of_once_more() {
        let (mut ledger, order) = paid();
        let faults = &ledger.registry().faults;
        faults.restore(vec![Fault::once(Route::Refund, Kind::Abnormal)]);
        let refund = ledger.refund(terms(&order, "R1", 1), chance("1"), ASKED_AT).unwrap();
        let asked = |number: &str, id: &str| Reroute {
            party: order.terms.party.clone(),
            refund_id: id.into(),
            out_refund_no: number.into(),
            detour: detour("A"),
        };
        let ended = refund.ends_at();
        let unknown = ledger.reroute(asked("R1", "503"), "id-2".into(), ended);
        assert_eq!(unknown, Err(NotRerouted::Unknown));
        let differs = ledger.reroute(asked("R2", &refund.refund_id), "id-2".into(), ended);
        assert_eq!(differs, Err(NotRerouted::NumberDiffers));
        let right = || asked("R1", &refund.refund_id);
        let first = ledger.reroute(right(), "id-2".into(), ended).unwrap();
        ledger.take_changes();
        assert_eq!(ledger.reroute(right(), "id-3".into(), ended + 1), Ok(first));
        assert_eq!(ledger.take_changes(), []);

        let (told, _) = ledger.take_due(ended).unwrap();
        assert_eq!(told.event.event_type, "REFUND.ABNORMAL");
        assert!(ledger.take_due(ended + PROCESSING_S - 1).is_none());
        let (told, _) = ledger.take_due(ended + PROCESSING_S).unwrap();
        assert_eq!((told.event.event_type.as_str(), told.id.as_str()), ("REFUND.SUCCESS", "id-2"));
    }

    #[test]
    fn a_refund_that_is_ended_by_hand_is_told_once_and_at_once() {
        let (mut ledger, order) = paid();
        let refund = ledger.refund(terms(&order, "R1", 1234), chance("1"), ASKED_AT).unwrap();
        let id = refund.refund_id.as_str();
        ledger.take_changes();
        assert_eq!(ledger.decide("503", Ending::Closed, ASKED_AT), Err(NotDecided::Unknown));
        let ended = ledger.decide(id, Ending::Closed, ASKED_AT + 5).unwrap();
        let changes = ledger.take_changes();
        assert!(matches!(&changes[..], [Change::Refund(_), Change::Notification(_)]));
        assert_eq!(ended.end(), Standing::Ended(Ending::Closed, ASKED_AT + 5));
        let again = ledger.decide(id, Ending::Success, ASKED_AT + 5);
        assert_eq!(again, Err(NotDecided::Ended));
        let (told, _) = ledger.take_due(ASKED_AT + 5).unwrap();
        assert_eq!((told.event.event_type.as_str(), told.id.as_str()), ("REFUND.CLOSED", "id-1"));
        assert!(ledger.take_due(ASKED_AT + 86_400).is_none());
        // Its sum is free again.
        let other = ledger.refund(terms(&order, "R2", 1234), chance("2"), ASKED_AT + 60);
        assert!(other.is_ok());
    }

    #[test]
    fn without_an_address_nobody_is_told() {
        let (mut ledger, order) = paid();
        let quiet = Terms { notify_url: None, ..terms(&order, "R1", 1) };
        ledger.refund(quiet, chance("1"), ASKED_AT).unwrap();
        assert!(ledger.take_due(ASKED_AT + 86_400).is_none());
    }
}
