//! One attempt in place of another: at no time are two of them payable, and no payment of either is
//! overlooked.

use checkout::id::OutTradeNo;
use checkout::order::{Call, Disagreement, Order, apply};
use checkout::time::Seconds;

use crate::kinds::Kind;
use crate::scene::{Age, heard};
use crate::states::{Stage, State};

fn asked(order: &Order) -> Option<Call> {
    order.ask.map(|ask| ask.call)
}

/// A third attempt that can be paid, after the second was closed for it.
fn renewed() -> Order {
    let now = Age::Grown.now();
    let mut order = State::At(Stage::Payable).order();
    for kind in [Kind::RenewAsked, Kind::NotPaid, Kind::CloseTaken, Kind::ClosedThere] {
        order = heard(&order, kind, now);
    }
    let no = order.attempt_no.next().unwrap();
    let third = OutTradeNo::new(&order.number.checkout(), no, [1; 5]);
    let fresh = order.replace(order.terms.clone(), third, now).unwrap();
    heard(&fresh, Kind::Placed, now)
}

/// The same, in a checkout that was just paid by its second.
fn paid_by_the_second() -> Order {
    let paid = heard(&renewed(), Kind::Paid, Age::Grown.now());
    assert_eq!((Stage::of(&paid), asked(&paid)), (Stage::Paid, Some(Call::Close)));
    paid
}

/// The code was shown, so the platform had the order: "no such order" is its mistake, and the code may
/// be paid beside the next one.
#[test]
fn a_shown_code_is_replaced_only_when_its_close_was_taken() {
    let now = Age::Grown.now();
    let order = heard(&State::At(Stage::ToRenew).order(), Kind::NotFound, now);
    assert_eq!((Stage::of(&order), asked(&order)), (Stage::ToRenew, Some(Call::Close)));
    let order = heard(&order, Kind::CloseTaken, now);
    assert_eq!(Stage::of(&heard(&order, Kind::NotFound, now)), Stage::Vacant);
}

/// Nobody says "expired" before a close was sent: a query that finds nothing may have looked too early.
#[test]
fn no_order_ends_by_a_query_that_found_nothing() {
    let now = Age::Grown.now();
    for (stage, end) in [(Stage::ToExpire, Stage::Expired), (Stage::ToCancel, Stage::Cancelled)] {
        let order = heard(&State::At(stage).order(), Kind::NotFound, now);
        assert_eq!((Stage::of(&order), asked(&order)), (stage, Some(Call::Close)));
        let unproven = heard(&order, Kind::NotFoundUnverified, now);
        assert_eq!(Stage::of(&unproven), stage);
        assert_eq!(Stage::of(&heard(&order, Kind::NotFound, now)), end);
    }
}

#[test]
fn the_last_attempt_is_not_given_away() {
    let mut last = State::At(Stage::Payable).order();
    while let Some(no) = last.attempt_no.next() {
        last.attempt_no = no;
    }
    let after = heard(&last, Kind::RenewAsked, Age::Grown.now());
    assert_eq!(Stage::of(&after), Stage::Payable);
    // Its stale code is renewed by the identical order, which needs no number.
    let after = heard(&last, Kind::RenewAsked, Age::Stale.now());
    assert_eq!(Stage::of(&after), Stage::PlacingAgain);
}

/// The stray attempt cannot be closed: it may be paid as well, and no notification may ever come.
#[test]
fn a_stray_that_cannot_be_closed_is_asked_about() {
    let now = Age::Grown.now();
    let order = heard(&State::PaidWithStray.order(), Kind::CloseRefused, now);
    assert_eq!(asked(&order), Some(Call::Query));
    let after = heard(&order, Kind::PaidAgain, now);
    assert_eq!(after.conflict().map(|odd| odd.why), Some(Disagreement::SecondPayment));
    assert_eq!(after.ask, None);
    // The same again changes nothing.
    let later = now + Seconds(9);
    assert_eq!(apply(&after, &Kind::PaidAgain.report(), later), (after.clone(), vec![]));
}

#[test]
fn a_stray_that_nobody_has_paid_is_closed_again() {
    let now = Age::Grown.now();
    for answer in [Kind::NotPaid, Kind::NotFound, Kind::NotFoundUnverified] {
        let order = heard(&paid_by_the_second(), Kind::CloseRefused, now);
        assert_eq!(asked(&heard(&order, answer, now)), Some(Call::Close), "{answer:?}");
    }
    let order = heard(&paid_by_the_second(), Kind::CloseRefused, now);
    assert_eq!(heard(&order, Kind::ClosedThere, now).ask, None);
}

/// Somebody has paid it already, if not what was asked: nobody else can.
#[test]
fn a_stray_that_was_paid_short_is_not_closed() {
    let now = Age::Grown.now();
    let frozen = heard(&State::At(Stage::Payable).order(), Kind::PaidShort, now);
    assert_eq!(heard(&frozen, Kind::PaidEarlier, now).ask, None);
    // What went to another merchant is no payment of ours.
    let frozen = heard(&State::At(Stage::Payable).order(), Kind::PaidToAnother, now);
    assert_eq!(asked(&heard(&frozen, Kind::PaidEarlier, now)), Some(Call::Close));
}
