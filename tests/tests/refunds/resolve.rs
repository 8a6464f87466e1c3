//! A person accepts what the platform says of a refund, and the ledger goes on.

use checkout::money::Fen;
use checkout::refund::RefundCall::Apply;
use checkout::refund::{
    RefundDisagreement, RefundEffect, RefundFact, RefundNews, RefundReport, Refunds, Standing,
    Unrefundable, apply,
};
use checkout::time::Seconds;

use crate::scene::{AMOUNT, BEGUN, Kind, State, TOTAL, fact, number, resolved, wish};

fn about(number: &str, news: RefundNews) -> RefundReport {
    RefundReport { number: number.to_owned(), news }
}

/// Hears `fact` of the refund `number`, which freezes, and then accepts what is in conflict.
#[track_caller]
fn accepted(ledger: &Refunds, number: &str, fact: RefundFact) -> (Refunds, Vec<RefundEffect>) {
    let frozen = apply(ledger, &about(number, RefundNews::Told(fact)), BEGUN).0;
    let conflict = frozen.resolvable().expect("a conflict that can be resolved");
    apply(&frozen, &about(number, resolved(conflict)), BEGUN + Seconds(60))
}

fn first() -> String {
    number(1).as_str().to_owned()
}

#[test]
fn another_amount_is_what_goes_back_and_what_counts() {
    let told = fact(Standing::Success, 5_000);
    let (ledger, effects) = accepted(&State::Processing.ledger(), &first(), told.clone());
    assert_eq!((ledger.conflict.clone(), effects), (None, vec![]));
    let refund = &ledger.refunds[0];
    assert_eq!((State::of(refund), refund.amount.count()), (State::Success, 5_000));
    assert_eq!(refund.wanted.map(Fen::count), Some(AMOUNT), "what the shop asked for is kept");
    assert_eq!((ledger.refunded(), ledger.left()), (5_000, TOTAL - 5_000));
    let again = apply(&ledger, &about(&first(), RefundNews::Told(told)), BEGUN);
    assert_eq!(again, (ledger, vec![]));
}

#[test]
fn what_was_accepted_twice_still_remembers_the_first_wish() {
    let (ledger, _) = accepted(&State::Processing.ledger(), &first(), fact(Standing::Abnormal, 2));
    let (ledger, _) = accepted(&ledger, &first(), fact(Standing::Success, 3));
    let refund = &ledger.refunds[0];
    assert_eq!((refund.amount.count(), refund.wanted.map(Fen::count)), (3, Some(AMOUNT)));
}

#[test]
fn an_end_that_was_another_is_the_end() {
    let (closed, _) = accepted(&State::Success.ledger(), &first(), fact(Standing::Closed, AMOUNT));
    assert_eq!((State::of(&closed.refunds[0]), closed.left()), (State::Closed, TOTAL));
    let (paid, _) = accepted(&State::Closed.ledger(), &first(), fact(Standing::Success, AMOUNT));
    assert_eq!((State::of(&paid.refunds[0]), paid.refunded()), (State::Success, AMOUNT));
    // The platform turning round once more is for a person again.
    let (_, effects) = apply(&closed, &Kind::ToldSuccess.report(), BEGUN);
    assert_eq!(effects, [RefundEffect::Frozen(RefundDisagreement::End)]);
}

/// The sum was spoken for again meanwhile: accepting one conflict brings the next to light.
#[test]
fn what_then_exceeds_is_flagged_and_can_be_accepted_too() {
    let closed = State::Closed.ledger().open(wish(2, TOTAL), BEGUN).unwrap();
    let whole = RefundNews::Answered(fact(Standing::Success, TOTAL));
    let closed = apply(&closed, &about(number(2).as_str(), whole), BEGUN).0;
    let (exceeded, effects) = accepted(&closed, &first(), fact(Standing::Success, AMOUNT));
    assert_eq!(effects, [RefundEffect::Frozen(RefundDisagreement::Excess)]);
    let conflict = exceeded.resolvable().unwrap();
    let report = about(&conflict.number, resolved(conflict));
    let (ledger, effects) = apply(&exceeded, &report, BEGUN);
    assert_eq!((ledger.conflict.clone(), effects), (None, vec![]));
    assert_eq!(
        (ledger.tolerated, ledger.refunded(), ledger.left()),
        (TOTAL + AMOUNT, TOTAL + AMOUNT, 0)
    );
    // That much, and not a fen more.
    let more = about("CONSOLE-1", RefundNews::Told(fact(Standing::Success, 1)));
    let (_, effects) = apply(&ledger, &more, BEGUN);
    assert_eq!(effects[0], RefundEffect::Frozen(RefundDisagreement::Excess));
}

#[test]
fn what_was_tolerated_is_forgotten_once_the_sums_agree() {
    let mut ledger = State::Queued.ledger();
    let elsewhere = |standing| RefundNews::Told(fact(standing, TOTAL + 1));
    ledger = apply(&ledger, &about("CONSOLE-1", elsewhere(Standing::Abnormal)), BEGUN).0;
    let conflict = ledger.resolvable().unwrap();
    let report = about("CONSOLE-1", resolved(conflict));
    ledger = apply(&ledger, &report, BEGUN).0;
    assert_eq!(ledger.tolerated, TOTAL + 1);
    ledger = apply(&ledger, &about("CONSOLE-1", elsewhere(Standing::Closed)), BEGUN).0;
    assert_eq!(ledger.tolerated, 0);
}

#[test]
fn what_the_platform_names_otherwise_is_accepted_of_this_refund_alone() {
    let spoilt = [
        (RefundDisagreement::Total, RefundFact { total: 1, ..fact(Standing::Success, AMOUNT) }),
        (
            RefundDisagreement::Merchant,
            RefundFact { merchants: vec!["2".to_owned()], ..fact(Standing::Success, AMOUNT) },
        ),
        (
            RefundDisagreement::Transaction,
            RefundFact { transaction_id: "4".to_owned(), ..fact(Standing::Success, AMOUNT) },
        ),
    ];
    for (disagreement, told) in spoilt {
        let both = State::Processing.ledger().open(wish(2, AMOUNT), BEGUN).unwrap();
        let (ledger, effects) = accepted(&both, &first(), told.clone());
        assert_eq!((ledger.conflict.clone(), effects), (None, vec![]), "{disagreement:?}");
        assert_eq!((ledger.refunded(), ledger.total.count()), (AMOUNT, TOTAL), "{disagreement:?}");
        let other = about(number(2).as_str(), RefundNews::Told(told));
        let (_, effects) = apply(&ledger, &other, BEGUN);
        assert_eq!(effects, [RefundEffect::Frozen(disagreement)]);
    }
}

#[test]
fn a_refund_made_elsewhere_is_entered_as_it_was_told() {
    let odd = RefundFact { total: 1, ..fact(Standing::Success, 800) };
    let (ledger, effects) = accepted(&State::Queued.ledger(), "CONSOLE-1", odd);
    assert_eq!(effects, [RefundEffect::MadeElsewhere("CONSOLE-1".to_owned())]);
    assert_eq!(ledger.left(), TOTAL - AMOUNT - 800);
    let (ledger, effects) = accepted(&ledger, "CONSOLE-1", fact(Standing::Closed, 800));
    assert_eq!((ledger.left(), effects), (TOTAL - AMOUNT, vec![]));
}

#[test]
fn what_waited_goes_on_and_the_shop_may_refund_again() {
    let waiting = State::Success.ledger().open(wish(2, 100), BEGUN).unwrap();
    let news = RefundNews::Told(fact(Standing::Success, AMOUNT + 1));
    let frozen = apply(&waiting, &about(&first(), news), BEGUN).0;
    assert_eq!(frozen.next(), None);
    assert_eq!(frozen.open(wish(3, 100), BEGUN), Err(Unrefundable::InConflict));
    let report = about(&first(), resolved(frozen.resolvable().unwrap()));
    let thawed = apply(&frozen, &report, BEGUN + Seconds(60)).0;
    assert_eq!(thawed.next().map(|(_, ask)| ask.call), Some(Apply));
    assert!(thawed.open(wish(3, 100), BEGUN).is_ok());
}

/// While the platform is being asked whether there is a conflict at all, nobody resolves it; and
/// nothing goes back that is no amount.
#[test]
fn what_cannot_be_resolved_stays() {
    let elsewhere = RefundNews::Told(fact(Standing::Success, 8_000));
    let suspected = apply(&State::Processing.ledger(), &about("CONSOLE-1", elsewhere), BEGUN).0;
    let nothing = RefundNews::Told(fact(Standing::Success, 0));
    let nothing = apply(&State::Processing.ledger(), &about(&first(), nothing), BEGUN).0;
    for frozen in [suspected, nothing] {
        assert_eq!(frozen.resolvable(), None);
        let conflict = frozen.conflict.clone().unwrap();
        let report = about(&conflict.number, resolved(&conflict));
        assert_eq!(apply(&frozen, &report, BEGUN), (frozen.clone(), vec![]));
    }
}
