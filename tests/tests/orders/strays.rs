//! One attempt in place of another: at no time are two of them payable, and no payment of either is
//! overlooked.

use checkout::id::{AttemptNo, OutTradeNo};
use checkout::order::{Attempt, Call, Disagreement, Goal, Order, apply};
use checkout::report::{Receipt, Report};
use checkout::time::{Seconds, UnixSeconds};

use crate::scene::{Age, Kind, State, number, receipt};

fn hear(order: &Order, kind: Kind, now: UnixSeconds) -> Order {
    apply(order, &kind.report(), now).0
}

fn renewing() -> Order {
    let (order, _) = apply(&State::Payable.order(), &Report::RenewAsked, Age::Grown.now());
    assert!(matches!(order.attempt, Attempt::Closing { goal: Goal::Renew, taken: false }));
    order
}

/// A second attempt that can be paid, in a checkout that was just paid by its first.
fn paid_by_the_first() -> Order {
    let now = Age::Grown.now();
    let fresh = State::Vacant.order();
    let second = OutTradeNo::new(&number().checkout(), AttemptNo::FIRST.next().unwrap(), [9; 5]);
    let fresh = fresh.replace(fresh.terms.clone(), second, now).unwrap();
    let payable = hear(&fresh, Kind::Placed, now);
    let paid = hear(&payable, Kind::Paid, now);
    assert_eq!(paid.ask.map(|ask| ask.call), Some(Call::Close));
    paid
}

/// The code was shown, so the platform had the order: "no such order" is its mistake, and the code may
/// be paid beside the next one.
#[test]
fn a_shown_code_is_replaced_only_when_its_close_was_taken() {
    let now = Age::Grown.now();
    let order = hear(&renewing(), Kind::NotFound, now);
    assert_eq!(State::of(&order), State::Closing);
    assert_eq!(order.ask.map(|ask| ask.call), Some(Call::Close));
    let order = hear(&order, Kind::CloseTaken, now);
    assert_eq!(State::of(&hear(&order, Kind::NotFound, now)), State::Vacant);
}

#[test]
fn the_last_attempt_is_not_given_away() {
    let mut last = State::Payable.order();
    while let Some(no) = last.attempt_no.next() {
        last.attempt_no = no;
    }
    let (after, _) = apply(&last, &Report::RenewAsked, Age::Grown.now());
    assert_eq!(State::of(&after), State::Payable);
    // Its stale code is renewed by the identical order, which needs no number.
    let (after, _) = apply(&last, &Report::RenewAsked, Age::Stale.now());
    assert_eq!(State::of(&after), State::PlacingAgain);
}

/// The stray attempt cannot be closed: it may be paid as well, and no notification may ever come.
#[test]
fn a_stray_that_cannot_be_closed_is_asked_about() {
    let now = Age::Grown.now();
    let order = hear(&paid_by_the_first(), Kind::CloseRefused, now);
    assert_eq!(order.ask.map(|ask| ask.call), Some(Call::Query));
    let second =
        Receipt { out_trade_no: order.number.as_str().to_owned(), ..receipt("4200009", 8_800) };
    let report = Report::Paid(Box::new(second));
    let (after, _) = apply(&order, &report, now);
    assert_eq!(after.conflict().map(|odd| odd.why), Some(Disagreement::SecondPayment));
    assert_eq!(after.ask, None);
    // The same again changes nothing.
    assert_eq!(apply(&after, &report, now + Seconds(9)), (after.clone(), vec![]));
}

#[test]
fn a_stray_that_nobody_has_paid_is_closed_again() {
    let now = Age::Grown.now();
    for answer in [Kind::NotPaid, Kind::NotFound, Kind::NotFoundUnverified] {
        let order = hear(&paid_by_the_first(), Kind::CloseRefused, now);
        let order = hear(&order, answer, now);
        assert_eq!(order.ask.map(|ask| ask.call), Some(Call::Close), "{answer:?}");
    }
    let order = hear(&paid_by_the_first(), Kind::CloseRefused, now);
    assert_eq!(hear(&order, Kind::ClosedThere, now).ask, None);
}
