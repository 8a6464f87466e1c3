//! The promises, each under its name. This is the list of what can go wrong with money.
//!
//! [`check`] holds after every step, whatever is lost, late, doubled or dead at that moment.
//! [`settled()`] holds when the faults have stopped and time has run until nothing happens any more.
//! Some promises are about single moments and stand where those are seen (`witness.rs`,
//! `model/shop.rs`, `door.rs`); they are named like the others.
//!
//! The judge is the model of the platform, which reads and remembers by itself. Of our own types it
//! takes what is stored, and the rules by which it was stored it takes on nobody's word.

mod settled;

use std::collections::BTreeSet;
use std::rc::Rc;

use checkout::order::{Attempt, Fate, Order};
use checkout::refund::{Refund, RefundState};
use checkout::view::Status;
use edge::ports::{Finding, Stored};

use crate::model::mail::Subject;
use crate::model::refunds::Standing;
use crate::model::wechat::Payment;
use crate::object::{Object, Rows};
use crate::witness::Witness;
use crate::world::World;

pub use self::settled::settled;

/// What holds after every step.
pub fn check(world: &Rc<World>) {
    if world.manner.scans > 0 {
        whoever_scans_has_one_order(world);
    }
    for object in world.objects.borrow().iter() {
        at_most_one_attempt_is_payable(world, object);
        whoever_has_work_is_woken(world, object);
        let rows = object.memory.borrow();
        a_purged_reference_stays_retired(world, object, &rows);
        let Some(stored) = &rows.stored else { continue };
        paid_only_by_proof(world, object, stored);
        ended_means_that_nobody_can_pay(world, object, stored);
        one_payment_is_one_line(world, &rows);
        the_log_has_each_event_once(world, stored);
        a_sum_is_reserved_while_it_may_go_back(world, object, stored);
    }
}

/// Two codes that can both be paid are two payments. An order whose code never reached anybody
/// cannot be paid, and does not count.
fn at_most_one_attempt_is_payable(world: &World, object: &Object) {
    let (wechat, now_s) = (world.wechat.borrow(), world.now().0);
    let ours = wechat.orders.iter().filter(|(_, order)| order.object == object.index);
    let payable: Vec<_> =
        ours.filter(|(_, order)| order.is_payable(now_s)).map(|(number, _)| number).collect();
    if payable.len() > 1 {
        world.breach("at_most_one_attempt_is_payable", || format!("{payable:?}"));
    }
}

/// Whoever scans a printed code again, in whatever order the questions arrive, has one order to pay. One
/// at a price that is no more may stand beside it until it is withdrawn.
fn whoever_scans_has_one_order(world: &World) {
    let (wechat, now_s) = (world.wechat.borrow(), world.now().0);
    let (owners, withdrawn) = (world.shelf.owners.borrow(), world.shelf.withdrawn.borrow());
    let (clients, mut known) = (world.clients.borrow(), BTreeSet::new());
    for order in wechat.orders.values().filter(|order| order.is_payable(now_s)) {
        let reference = clients.purchases[order.object].reference.as_str();
        let owner = owners.get(reference).filter(|_| !withdrawn.contains(reference));
        if owner.is_some_and(|owner| !known.insert(owner)) {
            let found = || format!("{owner:?} can pay {reference} and another one");
            world.breach("whoever_scans_has_one_order", found);
        }
    }
}

/// After a purge nobody here knows what was paid under a reference; a second purchase under it could
/// not be told from the first.
fn a_purged_reference_stays_retired(world: &World, object: &Object, rows: &Rows) {
    if rows.retired.is_some() && rows.stored.is_some() {
        let found = || format!("object {} lives again", object.index);
        world.breach("a_purged_reference_stays_retired", found);
    }
}

/// An object sleeps until its alarm. One that has something to do, and has none, sleeps for ever.
/// What is on disk counts: the rest may die. A lease is no work: the question that it is for stays
/// open while it is asked, and where none is open, nothing is lost with a handler that died.
fn whoever_has_work_is_woken(world: &World, object: &Object) {
    let rows = object.durable.borrow();
    let Some(stored) = &rows.stored else { return };
    let asks = stored.wake_at().is_some() || stored.owes_a_return();
    let tells = stored.outbox.wake_at().is_some() || stored.retires_at().is_some();
    if rows.alarm.is_none() && (asks || tells) {
        let found = || format!("object {} has work and no alarm", object.index);
        world.breach("whoever_has_work_is_woken", found);
    }
}

/// Nothing is paid on anybody's word but the platform's, and for nothing but what was asked. A
/// person may decide that another sum counts.
fn paid_only_by_proof(world: &World, object: &Object, stored: &Stored) {
    let Attempt::Paid { receipt, .. } = &stored.order.attempt else { return };
    let wechat = world.wechat.borrow();
    let mut payments = wechat.payments.iter();
    let payment = payments.find(|payment| payment.transaction_id == receipt.transaction_id);
    let decided = settled_by_a_person(&stored.order, &receipt.transaction_id);
    let asked = world.clients.borrow().purchases[object.index].amount.total.count();
    let proven = payment.is_some_and(|payment| {
        let is_this = payment.object == object.index && payment.number == receipt.out_trade_no;
        let agrees = payment.is_right && payment.total == asked;
        is_this && payment.told && payment.total == receipt.total && (agrees || decided)
    });
    if !proven {
        let found = || format!("object {}: {receipt:?} against {payment:?}", object.index);
        world.breach("paid_only_by_proof", found);
    }
}

fn settled_by_a_person(order: &Order, transaction_id: &str) -> bool {
    let is_it = |odd: &&checkout::order::Odd| odd.receipt.transaction_id == transaction_id;
    order.odd.iter().find(is_it).is_some_and(|odd| odd.fate == Fate::Settled)
}

/// "Expired" and "cancelled" are promises to the shop: it may sell the goods to somebody else.
fn ended_means_that_nobody_can_pay(world: &World, object: &Object, stored: &Stored) {
    if !matches!(stored.order.status(), Status::Expired | Status::Cancelled) {
        return;
    }
    let (wechat, now_s) = (world.wechat.borrow(), world.now().0);
    let mut ours = wechat.orders.iter().filter(|(_, order)| order.object == object.index);
    if let Some((number, _)) = ours.find(|(_, order)| order.is_payable(now_s)) {
        let found = || format!("{:?}, and {number} can be paid", stored.order.status());
        world.breach("ended_means_that_nobody_can_pay", found);
    }
}

/// A notification that comes ten times is one event, and so is a payment told in ten ways.
fn one_payment_is_one_line(world: &World, rows: &Rows) {
    let (mut ids, mut payments) = (BTreeSet::new(), BTreeSet::new());
    for event in &rows.events {
        let told_twice = event.notification_id.as_ref().is_some_and(|id| !ids.insert(id));
        let paid_twice = event.transaction_id().is_some_and(|id| !payments.insert(id));
        if told_twice || paid_twice {
            world.breach("one_payment_is_one_line", || format!("{event:?} stands there twice"));
        }
    }
}

/// The shop's log: each event once, under one id.
fn the_log_has_each_event_once(world: &World, stored: &Stored) {
    let (mut ids, mut subjects) = (BTreeSet::new(), BTreeSet::new());
    for parcel in &stored.outbox.parcels {
        let subject = (parcel.topic.name(), parcel.subject.as_str());
        if !ids.insert(parcel.id.as_str()) || !subjects.insert(subject) {
            world.breach("the_log_has_each_event_once", || format!("{subject:?}"));
        }
    }
}

/// As long as the platform has a refund that may reach the payer, its sum is not free for another
/// one; and the platform has none that we had not stored before.
fn a_sum_is_reserved_while_it_may_go_back(world: &World, object: &Object, stored: &Stored) {
    let wechat = world.wechat.borrow();
    let ours = wechat.refunds.iter().filter(|(_, refund)| refund.object == Some(object.index));
    for (number, refund) in ours {
        let known = entry(stored, number);
        let freed = known
            .is_none_or(|known| matches!(known.state, RefundState::Closed | RefundState::Refused));
        if freed && refund.standing != Standing::Closed {
            let found = || format!("{number} is {:?} there, here {known:?}", refund.standing);
            world.breach("a_sum_is_reserved_while_it_may_go_back", found);
        }
    }
}

fn entry<'a>(stored: &'a Stored, number: &str) -> Option<&'a Refund> {
    let mut ours = stored.refunds.iter().flat_map(|ledger| &ledger.refunds);
    ours.find(|refund| refund.number.as_str() == number)
}

/// What we acknowledge is never sent again: at that moment it is on disk, with its checkout or among
/// the orphans.
pub fn acknowledged_is_kept(world: &Rc<World>, witness: &Witness, mail: usize) {
    let wechat = world.wechat.borrow();
    let mail = &wechat.mail[mail];
    let kept = match &mail.subject {
        Subject::Payment(at) => {
            let payment = &wechat.payments[*at];
            is_known(world, payment) || is_orphan(witness, &payment.transaction_id)
        }
        Subject::Refund(number) => {
            let mut objects = world.objects.borrow().clone().into_iter();
            objects.any(|object| has_line_of(&object.durable.borrow(), number))
                || witness.orphans.iter().any(|it| it.out_refund_no.as_deref() == Some(number))
        }
    };
    if !kept {
        world.breach("acknowledged_is_kept", || format!("{:?} is nowhere", mail.subject));
    }
}

fn is_known(world: &World, payment: &Payment) -> bool {
    let objects = world.objects.borrow();
    let rows = objects[payment.object].durable.borrow();
    let is_it = |line: &Rc<edge::ports::Event>| {
        line.transaction_id() == Some(payment.transaction_id.as_str())
    };
    rows.events.iter().any(is_it) || rows.retired.is_some()
}

fn is_orphan(witness: &Witness, transaction_id: &str) -> bool {
    witness.orphans.iter().any(|it| it.transaction_id.as_deref() == Some(transaction_id))
}

fn has_line_of(rows: &Rows, refund: &str) -> bool {
    let is_it = |finding: &Finding| matches!(finding, Finding::Refund(it) if it.number == refund);
    rows.events.iter().any(|line| is_it(&line.finding))
}
