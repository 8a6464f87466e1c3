//! What takes more than one report: told step by step.

use checkout::id::OutTradeNo;
use checkout::order::{Alert, Attempt, CLOSING_TRIES, Call, Disagreement, Effect, Order, apply};
use checkout::payee::{Payee, SubMerchant};
use checkout::report::{Receipt, Report};
use checkout::time::Seconds;

use crate::kinds::Kind;
use crate::scene::{Age, BEGUN, LIFETIME, earlier, heard, number, receipt, refusal, terms};
use crate::states::{Stage, State};

fn asked(order: &Order) -> Option<Call> {
    order.ask.map(|ask| ask.call)
}

#[test]
fn a_cancelled_order_closes_as_cancelled() {
    let now = Age::Grown.now();
    let mut order = State::At(Stage::Payable).order();
    for kind in [Kind::CancelAsked, Kind::NotPaid, Kind::CloseTaken, Kind::ClosedThere] {
        order = heard(&order, kind, now);
    }
    assert_eq!(Stage::of(&order), Stage::Cancelled);
}

#[test]
fn a_check_within_five_seconds_of_the_last_asks_nobody() {
    let now = Age::Grown.now();
    let order = heard(&State::At(Stage::Payable).order(), Kind::CheckAsked, now);
    let order = heard(&order, Kind::NotPaid, now);
    for (later_s, stage) in [(0, Stage::Payable), (4, Stage::Payable), (5, Stage::Checking)] {
        let checked = heard(&order, Kind::CheckAsked, now + Seconds(later_s));
        assert_eq!(Stage::of(&checked), stage, "after {later_s} s");
    }
}

#[test]
fn a_fresh_code_within_half_a_minute_of_the_last_asks_nobody() {
    let now = Age::Grown.now();
    let mut order = State::At(Stage::Payable).order();
    for kind in [Kind::RenewAsked, Kind::NotPaid, Kind::CloseTaken, Kind::ClosedThere] {
        order = heard(&order, kind, now);
    }
    assert_eq!(Stage::of(&order), Stage::Vacant);
    let fresh = order.replace(order.terms.clone(), earlier(), now).unwrap();
    let fresh = heard(&fresh, Kind::Placed, now);
    for (later_s, stage) in [(0, Stage::Payable), (29, Stage::Payable), (30, Stage::ToRenew)] {
        let renewed = heard(&fresh, Kind::RenewAsked, now + Seconds(later_s));
        assert_eq!(Stage::of(&renewed), stage, "after {later_s} s");
    }
}

/// A shopper is waiting for the code: one lost answer costs no pause, a second one does.
#[test]
fn a_lost_answer_is_made_up_for_at_once_and_the_next_one_by_the_ladder() {
    let now = Age::Young.now();
    let asked = |order: &Order| order.ask.map(|ask| (ask.call, (ask.at - now).0));
    for answer in [Kind::NotPaid, Kind::NotFound] {
        let order = heard(&State::At(Stage::Placing).order(), Kind::InDoubt, now);
        assert_eq!(asked(&order), Some((Call::Query, 0)));
        let order = heard(&order, answer, now);
        assert_eq!(asked(&order), Some((Call::Place, 0)));
        let order = heard(&order, Kind::InDoubt, now);
        assert_eq!(asked(&order), Some((Call::Query, 3)));
        let order = heard(&order, answer, now);
        assert_eq!(asked(&order), Some((Call::Place, 5)));
    }
}

#[test]
fn only_a_refused_or_vacant_attempt_is_replaced() {
    for state in State::all() {
        let order = state.order();
        let replaced = order.replace(order.terms.clone(), number(), Age::Grown.now());
        let expected = matches!(state, State::At(Stage::Refused | Stage::Vacant));
        assert_eq!(replaced.is_some(), expected, "{state:?}");
        if let Some(fresh) = replaced {
            assert_eq!(Stage::of(&fresh), Stage::Placing);
            assert_eq!(fresh.attempt_no.count(), 3);
            assert_eq!((fresh.version, &fresh.terms), (order.version + 1, &order.terms));
        }
    }
}

/// Whoever replaces an attempt takes along what was paid for the ones before.
#[test]
fn what_was_set_aside_outlives_its_attempt() {
    let now = Age::Grown.now();
    let frozen = heard(&State::At(Stage::Refused).order(), Kind::PaidShort, now);
    assert_eq!(frozen.replace(frozen.terms.clone(), earlier(), now), None);
    // A person decides, which ends this one; so look at one that was paid short before.
    let mut order = State::FrozenEarlier.order();
    for kind in [Kind::Dismissed, Kind::RenewAsked, Kind::NotPaid, Kind::CloseTaken] {
        order = heard(&order, kind, now);
    }
    let order = heard(&order, Kind::ClosedThere, now);
    let fresh = order.replace(order.terms.clone(), earlier(), now).unwrap();
    assert_eq!((&fresh.odd, fresh.odd.len()), (&order.odd, 1));
}

#[test]
fn money_for_a_refused_attempt_counts_and_the_payable_one_is_closed() {
    let refused = State::At(Stage::Refused).order();
    let no = refused.attempt_no.next().unwrap();
    let third = OutTradeNo::new(&refused.number.checkout(), no, [1; 5]);
    let fresh = refused.replace(refused.terms.clone(), third, Age::Young.now()).unwrap();
    let payable = heard(&fresh, Kind::Placed, Age::Young.now());
    let closing = heard(&payable, Kind::CancelAsked, Age::Young.now());
    for order in [fresh, payable, closing] {
        let order = heard(&order, Kind::Paid, Age::Grown.now());
        assert_eq!((Stage::of(&order), asked(&order)), (Stage::Paid, Some(Call::Close)));
        let order = heard(&order, Kind::CloseTaken, Age::Grown.now());
        assert_eq!((Stage::of(&order), order.ask), (Stage::Paid, None));
    }
}

#[test]
fn closing_that_nobody_confirms_ends_with_an_alert() {
    let long_after = BEGUN + LIFETIME + Seconds::days(31);
    let closing = State::At(Stage::ToExpire).order();
    let (mut order, mut now) = (closing, long_after);
    for question in 1..CLOSING_TRIES {
        let (next, effects) = apply(&order, &Report::InDoubt, now);
        assert_eq!((effects, asked(&next)), (vec![], Some(Call::Query)), "{question}");
        (order, now) = (next, now + Seconds(1));
    }
    let (order, effects) = apply(&order, &Report::InDoubt, now);
    assert_eq!((Stage::of(&order), order.ask), (Stage::ToExpire, None));
    assert_eq!(effects, [Effect::Alert(Alert::NeverClosed)]);
}

/// A person makes us go on: another thirty days.
#[test]
fn what_was_given_up_goes_on_when_it_is_driven_again() {
    let now = Age::Forgotten.now();
    let order = heard(&State::Dead.order(), Kind::Redriven, now);
    assert!(!order.is_dead());
    let patient = |days| {
        let mut order = order.clone();
        for _ in 0..20 {
            order = heard(&order, Kind::InDoubt, now + Seconds::days(days));
        }
        !order.is_dead()
    };
    assert_eq!((patient(29), patient(31)), (true, false));
}

/// A month of misconfiguration, or of a person who did not decide, is no month of asking.
#[test]
fn whoever_comes_late_asks_before_giving_up() {
    let late = Age::Forgotten.now();
    let order = heard(&State::At(Stage::Payable).order(), Kind::Tick, late);
    assert_eq!((Stage::of(&order), asked(&order)), (Stage::ToExpire, Some(Call::Query)));
    let order = heard(&order, Kind::NotPaid, late);
    assert_eq!(asked(&order), Some(Call::Close));
    let order = heard(&order, Kind::CloseTaken, late);
    let order = heard(&order, Kind::ClosedThere, late);
    assert_eq!(Stage::of(&order), Stage::Expired);
    let thawed = heard(&State::FrozenEarlier.order(), Kind::Dismissed, late);
    let order = heard(&thawed, Kind::NotPaid, late);
    assert_eq!((Stage::of(&order), asked(&order)), (Stage::ToExpire, Some(Call::Query)));
}

/// Whoever asks as long as something is due must not be kept asking by a deadline that has passed.
#[test]
fn a_question_that_is_answered_is_not_due_again_at_once_for_ever() {
    for kind in [Kind::NotPaid, Kind::InDoubt, Kind::NotFound, Kind::PaidHeld, Kind::CloseRefused] {
        for state in State::all().filter(|state| !state.is_frozen()) {
            let now = Age::Due.now();
            let mut order = state.order();
            let mut questions = 0;
            while let Some(ask) = order.ask.filter(|_| questions < 20) {
                if questions > 0 && ask.at > now {
                    break;
                }
                order = heard(&order, kind, now);
                questions += 1;
            }
            assert!(questions < 5, "{state:?} × {kind:?}: {questions}");
        }
    }
}

/// Somebody else's payment under our number was dealt with; ours says that this one is known.
#[test]
fn an_answer_that_tells_what_is_known_is_followed_by_a_pause() {
    let now = Age::Grown.now();
    let order = heard(&State::FrozenForeign.order(), Kind::Dismissed, now);
    assert_eq!(order.ask.map(|ask| ask.at), Some(now));
    let paused = heard(&order, Kind::PaidHeld, now);
    assert_eq!(paused.ask.map(|ask| ask.at), Some(now + Seconds(1)));
    assert_eq!(heard(&paused, Kind::PaidHeld, now), paused);
    assert_eq!(Stage::of(&heard(&paused, Kind::Paid, now)), Stage::Paid);
}

#[test]
fn a_state_that_nobody_knows_is_kept_until_the_platform_says_another() {
    let now = Age::Grown.now();
    for stage in [Stage::Placing, Stage::Payable, Stage::ToExpire, Stage::ToRenew] {
        let order = heard(&State::At(stage).order(), Kind::UnknownState, now);
        assert_eq!(order.unknown_state.as_deref(), Some("FROZEN"), "{stage:?}");
        let (order, effects) = apply(&order, &Kind::UnknownState.report(), now);
        assert_eq!(effects, [], "{stage:?}: told once");
        let order = heard(&order, Kind::InDoubt, now);
        assert_eq!(order.unknown_state.as_deref(), Some("FROZEN"), "{stage:?}");
        for known in [
            Kind::Placed,
            Kind::Paid,
            Kind::NotPaid,
            Kind::NotFound,
            Kind::ClosedThere,
            Kind::CloseTaken,
        ] {
            assert_eq!(heard(&order, known, now).unknown_state, None, "{stage:?} × {known:?}");
        }
    }
}

/// What makes money foreign comes before what makes it wrong: nobody can count it or give it back.
#[test]
fn money_to_another_merchant_is_foreign_whatever_the_sum() {
    let ours = terms().payee;
    let sub = |mchid: &str| Some(SubMerchant { mchid: mchid.to_owned(), appid: None });
    for (payee, total, why) in [
        (Payee { mchid: "1900000009".to_owned(), ..ours.clone() }, 8_800, Disagreement::Merchant),
        (Payee { mchid: "1900000009".to_owned(), ..ours.clone() }, 1, Disagreement::Merchant),
        (Payee { sub: sub("1600000001"), ..ours.clone() }, 8_800, Disagreement::Merchant),
        (
            Payee { appid: "wxfedcba9876543210".to_owned(), ..ours.clone() },
            8_800,
            Disagreement::App,
        ),
        (Payee { appid: "wxfedcba9876543210".to_owned(), ..ours.clone() }, 1, Disagreement::Amount),
    ] {
        let report = Report::Paid(Box::new(Receipt { payee, ..receipt("4200001", total) }));
        let (order, _) = apply(&State::At(Stage::Payable).order(), &report, Age::Grown.now());
        assert_eq!(order.conflict().map(|odd| odd.why), Some(why));
        assert_eq!(why.is_foreign(), why == Disagreement::Merchant);
    }
}

#[test]
fn a_refused_order_keeps_the_platforms_words() {
    let order = heard(&State::At(Stage::PlacingDisputed).order(), Kind::NotFound, BEGUN);
    let Attempt::Refused { refusal: kept } = order.attempt else {
        panic!("{order:?}");
    };
    assert_eq!(kept, refusal("INVALID_REQUEST"));
}
