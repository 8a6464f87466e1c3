//! The shop's server: it hears events at an endpoint that is slow, failing or away, and refunds what
//! it has sold.

use std::collections::BTreeMap;
use std::rc::Rc;

use checkout::id::Reference;
use checkout::money::{Amount, Fen};
use edge::command::{Answer, Command, OtherWay, Redirection, RefundWish};
use edge::outbox::{FailedDelivery, Outcome};
use edge::ports::{Dispatch, ShopAnswer, TELL_MS_MAX};

use super::clients::{Caller, send};
use crate::executor::Slot;
use crate::object::Object;
use crate::planted;
use crate::weather::Fault;
use crate::world::World;

/// What the shop's endpoint has received.
#[derive(Default)]
pub struct Shop {
    /// Bytes by the event's id, and how often they came.
    pub heard: BTreeMap<String, (Vec<u8>, u32)>,
    /// Which object's events they were.
    pub of: BTreeMap<String, usize>,
    /// Ids by bytes.
    ids: BTreeMap<Vec<u8>, String>,
}

/// An event sets out to the shop.
pub async fn tell(world: &Rc<World>, object: &Rc<Object>, dispatch: Dispatch<'_>) -> ShopAnswer {
    let id = planted::webhook_id(world, dispatch.id);
    let (slot, body, index) = (Slot::default(), dispatch.body.to_vec(), object.index);
    let began_ms = world.now_ms();
    let (timer, answered) = (slot.clone(), slot.clone());
    world.after(i64::from(TELL_MS_MAX), "a shop's time is over", move |world| {
        timer.fill(&world.executor, Outcome::Failed { reason: FailedDelivery::TimedOut });
    });
    if world.strikes(Fault::ShopUnreachable) {
        let reason = FailedDelivery::Unreachable;
        world.after(300, "a shop is away", move |world| {
            answered.fill(&world.executor, Outcome::Failed { reason });
        });
    } else {
        world.after(world.dice.between(10, 300), "an event reaches the shop", move |world| {
            if let Some((outcome, delay_ms)) = hear(world, index, &id, body) {
                world.after(delay_ms, "a shop answers", move |world| {
                    answered.fill(&world.executor, outcome);
                });
            }
        });
    }
    let outcome = slot.wait(&world.executor, "shop").await;
    let outcome = planted::shop_said(world, outcome);
    let took_ms = u32::try_from(world.now_ms() - began_ms).unwrap_or(0);
    ShopAnswer { outcome, took_ms }
}

/// What the shop says to an event, and how long it takes over it.
fn hear(world: &Rc<World>, object: usize, id: &str, body: Vec<u8>) -> Option<(Outcome, i64)> {
    if world.strikes(Fault::ShopFails) {
        let status = *world.dice.one_of(&[302, 400, 404, 410, 429, 500, 503]);
        let retry_after_s = (status == 429).then_some(120);
        return Some((Outcome::Refused { status, retry_after_s }, 50));
    }
    world.mark("events received");
    world.changed.set(true);
    let known = world.shop.borrow().heard.get(id).map(|(bytes, _)| bytes.clone());
    if known.is_some_and(|bytes| bytes != body) {
        world.breach("an_event_is_one_event", || format!("{id} came with other bytes"));
    }
    let mut shop = world.shop.borrow_mut();
    let first = shop.ids.entry(body.clone()).or_insert_with(|| id.to_owned()).clone();
    if first != id {
        world.breach("an_event_is_one_event", || format!("{first} came again as {id}"));
    }
    shop.of.insert(id.to_owned(), object);
    shop.heard.entry(id.to_owned()).or_insert((body, 0)).1 += 1;
    drop(shop);
    if world.strikes(Fault::ShopAnswerLost) {
        return None;
    }
    let slow_ms = if world.strikes(Fault::ShopSlow) { 11_000 } else { 40 };
    Some((Outcome::Accepted { status: 200 }, slow_ms))
}

/// Somebody has paid: perhaps the shop gives something back, perhaps twice, perhaps all at once.
pub fn paid(world: &Rc<World>, payment: usize) {
    if !world.dice.one_in(2) {
        return;
    }
    let (object, total) = {
        let wechat = world.wechat.borrow();
        (wechat.payments[payment].object, wechat.payments[payment].total)
    };
    for no in 0..world.dice.below(4) {
        let sums = [total / 2, total / 3, total, 1, total.saturating_sub(1).max(1)];
        let sum = (*world.dice.one_of(&sums)).max(1);
        let reference = format!("R-{payment}-{no}");
        for _ in 0..=world.dice.below(3) {
            let delay_ms = *world.dice.one_of(&[3_000, 10_000, 61_000, 600_000, 7_200_000])
                + world.dice.between(0, 900);
            let reference = reference.clone();
            world.after(delay_ms, "the shop gives back", move |world| {
                refund(world, object, &reference, sum);
            });
        }
    }
}

fn refund(world: &Rc<World>, object: usize, reference: &str, sum: u64) {
    let (name, reference) = (reference.to_owned(), planted::refund_reference(world, reference));
    let wish = RefundWish {
        reference: Reference::parse(&reference).expect("a reference"),
        amount: Amount::cny(Fen::new(sum).expect("a sum")),
        reason: None,
        transaction_id: None,
    };
    send(world, object, Caller::Shop, Command::Refund(Box::new(wish)), move |world, answer| {
        if let Some(Answer::Refund { view, .. }) = answer {
            world.witness.borrow_mut().refund_told(world, name, &view);
        }
    });
}

/// A refund could not reach the payer: the shop chooses its own account.
pub fn stranded(world: &Rc<World>, object: usize, number: &str) {
    let Ok(number) = checkout::id::OutRefundNo::parse(number) else { return };
    let delay_ms = world.dice.between(1_000, 4_000_000);
    world.after(delay_ms, "the shop chooses another way", move |world| {
        let way = OtherWay::MerchantBankCard;
        let redirection = Redirection { number, way, serial: None };
        send(world, object, Caller::Shop, Command::Redirect(Box::new(redirection)), |_, _| {});
    });
}
