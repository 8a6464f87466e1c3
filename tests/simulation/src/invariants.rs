//! The promises, each under its name. This is the list of what can go wrong with money.
//!
//! [`check`] holds after every step, whatever is lost, late, doubled or dead at that moment.
//! [`settled`] holds when the faults have stopped and time has run until nothing happens any more.
//! Some promises are about single moments and stand where those are seen (`witness.rs`,
//! `model/shop.rs`, `door.rs`); they are named like the others.
//!
//! The judge is the model of the platform, which reads and remembers by itself. Of our own types it
//! takes what is stored, and the rules by which it was stored it takes on nobody's word.

use std::collections::BTreeSet;
use std::rc::Rc;

use checkout::order::{Attempt, Fate, Order};
use checkout::refund::{Refund, RefundState};
use checkout::view::Status;
use edge::index::IndexRow;
use edge::outbox::{Parcel, ParcelState, Topic};
use edge::ports::{Finding, Stored};

use crate::model::mail::{Mail, Subject};
use crate::model::refunds::Standing;
use crate::model::wechat::{Payment, WeChat};
use crate::object::{Object, Rows};
use crate::witness::Witness;
use crate::world::World;

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

/// What holds when nothing happens any more.
pub fn settled(world: &Rc<World>) {
    if !world.executor.is_empty() {
        world.breach("everything_ends", || "handlers wait for nobody".to_owned());
    }
    for object in world.objects.borrow().iter() {
        let rows = object.memory.borrow();
        let Some(stored) = rows.stored.as_ref().or(rows.last.as_ref()) else { continue };
        every_order_ends(world, object, stored);
        no_attempt_is_left_payable(world, object);
        every_payment_is_accounted_for(world, object, stored);
        every_refund_agrees(world, object, stored);
        what_goes_back_arrives_or_somebody_knows(world, stored);
        the_shop_has_every_event(world, object, stored, &rows);
        the_index_agrees(world, stored);
    }
}

/// Every open order ends, or a person is told why not. With a platform that answers, there is one
/// reason to give up: money of another merchant lies there, and a person said that it is nothing.
fn every_order_ends(world: &World, object: &Object, stored: &Stored) {
    let order = &stored.order;
    let foreign = order.odd.iter().any(|odd| odd.why.is_foreign());
    let flagged = order.is_frozen() || order.is_dead() && foreign;
    if order.status() == Status::Open && !flagged {
        world.breach("every_order_ends", || format!("object {}: {order:?}", object.index));
    }
}

/// Also where the checkout is paid: what is left over must not be paid as well.
fn no_attempt_is_left_payable(world: &World, object: &Object) {
    let (wechat, now_s) = (world.wechat.borrow(), world.now().0);
    let mut ours = wechat.orders.iter().filter(|(_, order)| order.object == object.index);
    if let Some((number, _)) = ours.find(|(_, order)| order.is_payable(now_s)) {
        world.breach("no_attempt_is_left_payable", || format!("{number} can be paid for ever"));
    }
}

/// No payment is forgotten: it has settled its checkout, or lies aside with a decision or for one,
/// or among the orphans.
fn every_payment_is_accounted_for(world: &World, object: &Object, stored: &Stored) {
    let (wechat, witness) = (world.wechat.borrow(), world.witness.borrow());
    for payment in wechat.payments.iter().filter(|payment| payment.object == object.index) {
        let id = payment.transaction_id.as_str();
        let settles = match &stored.order.attempt {
            Attempt::Paid { receipt, .. } => receipt.transaction_id == id,
            _ => false,
        };
        let odd = stored.order.odd.iter().find(|odd| odd.receipt.transaction_id == id);
        let ledger = stored.refunds.iter().find(|ledger| ledger.transaction_id == id);
        let returns = ledger.is_some_and(|ledger| {
            let begun = !ledger.refunds.is_empty() || !ledger.externals.is_empty();
            begun || ledger.conflict.is_some()
        });
        let aside = odd.is_some_and(|odd| odd.fate != Fate::Returning || returns);
        if !settles && !aside && !is_orphan(&witness, id) {
            let found = || format!("object {}: {payment:?}, {odd:?}", object.index);
            world.breach("every_payment_is_accounted_for", found);
        }
    }
}

/// The books agree with the platform's, refund by refund, but for ledgers that a person has to look
/// at.
fn every_refund_agrees(world: &World, object: &Object, stored: &Stored) {
    let wechat = world.wechat.borrow();
    for ledger in stored.refunds.iter().filter(|ledger| ledger.conflict.is_none()) {
        for refund in &ledger.refunds {
            let there = wechat.refunds.get(refund.number.as_str()).map(|it| it.standing);
            let agrees = match refund.state {
                RefundState::Success => there == Some(Standing::Success),
                RefundState::Closed => there == Some(Standing::Closed),
                RefundState::Refused => there.is_none(),
                // The shop has to choose another way, and has not.
                RefundState::Abnormal => {
                    there == Some(Standing::Abnormal) || is_unheard(&wechat, refund.number.as_str())
                }
                _ => false,
            };
            if !agrees {
                let found = || format!("object {}: {there:?} there, {refund:?}", object.index);
                world.breach("every_refund_agrees", found);
            }
        }
    }
}

/// Somebody saw to a refund at the merchant's console, and nobody was told how it ended.
fn is_unheard(wechat: &WeChat, number: &str) -> bool {
    let is_it = |mail: &&Mail| mail.subject == Subject::Refund(number.to_owned());
    let seen_to = wechat.refunds.get(number).is_some_and(|refund| refund.seen_to);
    let last = wechat.mail.iter().rev().find(is_it);
    seen_to && !last.is_some_and(|mail| mail.acknowledged)
}

/// Money that goes back by itself reaches the payer, all of it, or the shop was told that it does not.
fn what_goes_back_arrives_or_somebody_knows(world: &World, stored: &Stored) {
    let wechat = world.wechat.borrow();
    let returning = stored.order.odd.iter().filter(|odd| odd.fate == Fate::Returning);
    for odd in returning {
        let id = odd.receipt.transaction_id.as_str();
        let frozen =
            stored.refunds.iter().any(|it| it.transaction_id == id && it.conflict.is_some());
        let refunds = wechat.refunds.values().filter(|it| it.transaction_id == id);
        let back: u64 =
            refunds.filter(|it| it.standing == Standing::Success).map(|it| it.amount).sum();
        let told = stored.outbox.parcels.iter().any(|it| it.topic == Topic::RefundFailed);
        if back != odd.receipt.total && !frozen && !told {
            let found = || format!("{back} of {} fen went back of {id}", odd.receipt.total);
            world.breach("what_goes_back_arrives_or_somebody_knows", found);
        }
    }
}

/// At least once each, under the id and with the bytes that are stored; and the log says how it
/// ended.
fn the_shop_has_every_event(world: &World, object: &Object, stored: &Stored, rows: &Rows) {
    let shop = world.shop.borrow();
    for parcel in &stored.outbox.parcels {
        let heard = shop.heard.get(&parcel.id);
        let same = |bytes: &Vec<u8>| rows.parcels.get(&parcel.id).is_none_or(|it| **it == *bytes);
        let delivered = parcel.state == ParcelState::Delivered;
        if !delivered || !heard.is_some_and(|(bytes, _)| same(bytes)) {
            world.breach("the_shop_has_every_event", || format!("{parcel:?}, heard {heard:?}"));
        }
    }
    let strange = shop
        .heard
        .keys()
        .find(|id| shop.of.get(*id) == Some(&object.index) && stored.outbox.parcel(id).is_none());
    if let Some(id) = strange {
        world.breach("an_event_is_one_event", || format!("{id} is in nobody's log"));
    }
    for (topic, subject) in what_must_be_told(world, object, stored) {
        let is_it = |it: &&Parcel| it.topic == topic && it.subject == subject;
        if !stored.outbox.parcels.iter().any(|parcel| is_it(&parcel)) {
            let found = || format!("nobody was told {} {subject}", topic.name());
            world.breach("the_shop_has_every_event", found);
        }
    }
}

/// By how it ended here, and by what the platform gave back.
fn what_must_be_told(world: &World, object: &Object, stored: &Stored) -> Vec<(Topic, String)> {
    let end = match stored.order.status() {
        Status::Paid => Some(Topic::CheckoutPaid),
        Status::Expired => Some(Topic::CheckoutExpired),
        Status::Cancelled => Some(Topic::CheckoutCancelled),
        Status::Open => None,
    };
    let held = stored.order.odd.iter().filter(|odd| odd.fate == Fate::Held);
    let conflicts = held.map(|odd| (Topic::CheckoutConflict, odd.receipt.transaction_id.clone()));
    let frozen =
        |id: &str| stored.refunds.iter().any(|it| it.transaction_id == id && it.conflict.is_some());
    let wechat = world.wechat.borrow();
    let ours = wechat.refunds.iter().filter(|(_, it)| it.object == Some(object.index));
    let done =
        ours.filter(|(_, it)| it.standing == Standing::Success && !frozen(&it.transaction_id));
    let refunds = done.map(|(number, _)| (Topic::RefundSucceeded, number.clone()));
    let end = end.map(|topic| (topic, String::new()));
    end.into_iter().chain(conflicts).chain(refunds).collect()
}

/// The list shows what is true. Nothing is decided by it, but an accountant reads it.
fn the_index_agrees(world: &World, stored: &Stored) {
    let index = world.index.borrow();
    let there = index.rows.get(stored.opening.id.as_str());
    let here = edge::index::row(stored);
    // When it was written, and at which revision, is nobody's business.
    let same = there.is_some_and(|there| {
        let (revision, touched_at) = (there.revision, there.touched_at);
        *there == IndexRow { revision, touched_at, ..here.clone() }
    });
    if !same {
        world.breach("the_index_agrees", || format!("{there:?} there, {here:?}"));
    }
}
