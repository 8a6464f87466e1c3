//! A parcel's life, told by hand.

use checkout::id::{CheckoutId, ProfileName, Reference};
use checkout::patience::REDELIVERY_S;
use checkout::time::{Seconds, UnixSeconds};

use super::{Attempted, FailedDelivery, Outbox, Outcome, Parcel, ParcelState, Topic};
use crate::naming::checkout_id;

const NOW: UnixSeconds = UnixSeconds(1_800_000_000);

fn checkout() -> CheckoutId {
    checkout_id(&ProfileName::default(), &Reference::parse("A-1001").unwrap())
}

fn paid() -> Parcel {
    Parcel::new(&checkout(), Topic::CheckoutPaid, String::new(), NOW)
}

fn refused(status: u16, retry_after_s: Option<u32>) -> Outcome {
    Outcome::Refused { status, retry_after_s }
}

fn attempt(parcel: &mut Parcel, outcome: Outcome, at: UnixSeconds) {
    parcel.attempted(Attempted { at, outcome, took_ms: 12 }, 0);
}

/// The id of an event follows from what it is about and from nothing else.
#[test]
fn an_event_has_one_id_for_ever() {
    let again = Parcel::new(&checkout(), Topic::CheckoutPaid, String::new(), NOW + Seconds(9));
    assert_eq!(paid().id, again.id);
    assert_eq!(paid().id.len(), "msg_".len() + 24);
    let refund =
        |number: &str| Parcel::new(&checkout(), Topic::RefundSucceeded, number.to_owned(), NOW).id;
    assert_ne!(refund("a"), refund("b"));
    assert_ne!(paid().id, Parcel::new(&checkout(), Topic::CheckoutExpired, String::new(), NOW).id);
}

/// The published schedule: ten repeats, then the shop is left alone.
#[test]
fn an_event_that_nobody_takes_is_given_up_after_the_schedule() {
    let mut parcel = paid();
    let mut at = NOW;
    for wait in REDELIVERY_S {
        attempt(&mut parcel, Outcome::Failed { reason: FailedDelivery::TimedOut }, at);
        at = at + Seconds(wait);
        assert_eq!(parcel.state, ParcelState::Waiting { at });
    }
    attempt(&mut parcel, refused(500, None), at);
    assert_eq!((parcel.state, parcel.due_at()), (ParcelState::Dead, None));
    assert_eq!(parcel.deliveries.len(), 11);
}

#[test]
fn a_shop_that_asks_for_peace_is_left_in_peace() {
    let mut parcel = paid();
    attempt(&mut parcel, refused(429, Some(90)), NOW);
    assert_eq!(parcel.due_at(), Some(NOW + Seconds(90)));
    // A short wish does not make the schedule shorter.
    attempt(&mut parcel, refused(503, Some(1)), NOW);
    assert_eq!(parcel.due_at(), Some(NOW + Seconds(60)));
}

#[test]
fn what_was_delivered_stays_delivered() {
    let mut parcel = paid();
    attempt(&mut parcel, Outcome::Accepted { status: 200 }, NOW);
    attempt(&mut parcel, refused(500, None), NOW);
    assert_eq!(parcel.state, ParcelState::Delivered);
    assert_eq!(parcel.deliveries.len(), 2);
}

#[test]
fn an_operator_sends_it_anew_with_the_whole_schedule() {
    let mut outbox = Outbox { parcels: vec![paid()], ..Outbox::default() };
    for _ in 0..=REDELIVERY_S.len() {
        attempt(&mut outbox.parcels[0], refused(404, None), NOW);
    }
    assert_eq!((outbox.dead(), outbox.is_busy()), (1, false));
    assert!(outbox.redrive(NOW));
    assert_eq!((outbox.dead(), outbox.wake_at()), (0, Some(NOW)));
    assert_eq!(outbox.parcels[0].tries, 0);
}

#[test]
fn the_log_of_attempts_is_bounded() {
    let mut parcel = paid();
    for second in 0..100 {
        attempt(&mut parcel, Outcome::Accepted { status: 200 }, NOW + Seconds(second));
    }
    assert_eq!(parcel.deliveries.len(), 30);
    assert_eq!(parcel.deliveries[0].at, NOW + Seconds(70));
}
