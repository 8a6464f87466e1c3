//! What holds when the faults have stopped and time has run until nothing happens any more.

use std::rc::Rc;

use checkout::order::{Attempt, Fate};
use checkout::refund::RefundState;
use checkout::view::Status;
use edge::index::IndexRow;
use edge::outbox::{Parcel, ParcelState, Topic};
use edge::ports::Stored;

use super::is_orphan;
use crate::model::mail::{Mail, Subject};
use crate::model::refunds::Standing;
use crate::model::wechat::WeChat;
use crate::object::{Object, Rows};
use crate::world::World;

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
