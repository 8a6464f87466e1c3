//! What holds of a ledger as a whole: its sum, its pace, who else refunds, and when it stops.

use checkout::payee::SubMerchant;
use checkout::refund::RefundCall::{Apply, Query, Redirect};
use checkout::refund::{
    APPLY_SPACING, REFUNDS_MAX, RefundDisagreement, RefundEffect, RefundNews, RefundReport,
    Refunds, Standing, UNDECIDED_TRIES, Unrefundable, apply,
};
use checkout::time::Seconds;

use crate::scene::{AMOUNT, BEGUN, Kind, MCHID, State, TOTAL, fact, fresh, number, refusal, wish};

fn about(n: u8, news: RefundNews) -> RefundReport {
    RefundReport { number: number(n).as_str().to_owned(), news }
}

#[track_caller]
fn hear(ledger: &Refunds, report: &RefundReport, now_s: i64) -> Refunds {
    apply(ledger, report, BEGUN + Seconds(now_s)).0
}

#[test]
fn the_sum_is_reserved_with_the_intent() {
    let ledger = fresh().open(wish(1, 8_000), BEGUN).unwrap();
    assert_eq!(ledger.open(wish(2, 801), BEGUN), Err(Unrefundable::Exceeds { left: 800 }));
    let both = ledger.open(wish(2, 800), BEGUN).unwrap();
    assert_eq!(both.open(wish(3, 1), BEGUN), Err(Unrefundable::Exceeds { left: 0 }));
    let closed = hear(&both, &about(1, Kind::ToldClosed.news(8_000)), 60);
    assert_eq!(closed.left(), 8_000);
    assert!(closed.open(wish(3, 8_000), BEGUN).is_ok());
}

#[test]
fn a_payment_has_fifty_refunds_and_refused_ones_are_none() {
    let mut ledger = fresh();
    for n in 1..=50 {
        ledger = ledger.open(wish(n, 1), BEGUN).unwrap();
    }
    assert_eq!(ledger.refunds.len(), REFUNDS_MAX);
    assert_eq!(ledger.open(wish(51, 1), BEGUN), Err(Unrefundable::TooMany));
    let ledger = hear(&ledger, &about(7, Kind::SendingApply.news(1)), 0);
    let ledger = hear(&ledger, &about(7, Kind::Refused.news(1)), 0);
    assert!(ledger.open(wish(51, 1), BEGUN).is_ok());
}

#[test]
fn refunds_of_one_payment_are_applied_for_a_minute_apart_and_asked_about_at_any_time() {
    let ledger = fresh().open(wish(1, 1), BEGUN).unwrap().open(wish(2, 1), BEGUN).unwrap();
    let due = |ledger: &Refunds| {
        let (refund, ask) = ledger.next().unwrap();
        (refund.number.clone(), ask.call, (ask.at - BEGUN).0)
    };
    assert_eq!(due(&ledger), (number(1), Apply, 0));
    let ledger = hear(&ledger, &about(1, Kind::SendingApply.news(1)), 5);
    let ledger = hear(&ledger, &about(1, Kind::Disputed.news(1)), 6);
    assert_eq!(due(&ledger), (number(1), Query, 6));
    let ledger = hear(&ledger, &about(1, Kind::NotFound.news(1)), 7);
    assert_eq!(due(&ledger), (number(2), Apply, 5 + APPLY_SPACING.0));
}

#[test]
fn an_empty_balance_is_tried_again_under_the_same_number_and_told_once() {
    let mut ledger = fresh().open(wish(1, 1), BEGUN).unwrap();
    let mut waits = Vec::new();
    for round in 0..7 {
        let at = ledger.next().unwrap().1.at;
        let sending = apply(&ledger, &about(1, Kind::SendingApply.news(1)), at).0;
        let (short, effects) = apply(&sending, &about(1, Kind::Short.news(1)), at);
        assert_eq!(effects.len(), usize::from(round == 0), "{effects:?}");
        let (refund, ask) = short.next().unwrap();
        assert_eq!((refund.number.clone(), ask.call), (number(1), Apply));
        assert_eq!(refund.said.as_ref().map(|said| said.code.as_str()), Some("NOT_ENOUGH"));
        waits.push((ask.at - at).0);
        ledger = short;
    }
    assert_eq!(waits, [60, 120, 300, 600, 1_800, 3_600, 3_600]);
    let sending = apply(&ledger, &about(1, Kind::SendingApply.news(1)), BEGUN).0;
    let taken = apply(&sending, &about(1, Kind::AnsweredProcessing.news(1)), BEGUN).0;
    assert_eq!((State::of(&taken.refunds[0]), &taken.refunds[0].said), (State::Processing, &None));
}

/// Protocol reference B.6: after a minute, then each minute, after five at growing intervals.
#[test]
fn a_refund_in_process_is_asked_about_as_the_platform_advises() {
    let mut ledger = State::Requesting.ledger();
    let (mut now, mut waits) = (BEGUN, Vec::new());
    for _ in 0..16 {
        ledger = apply(&ledger, &Kind::AnsweredProcessing.report(), now).0;
        let (_, ask) = ledger.next().unwrap();
        waits.push((ask.at - now).0);
        now = ask.at;
    }
    assert_eq!(waits[..5], [60; 5]);
    assert!(waits.is_sorted() && waits[5] > 60, "{waits:?}");
    assert_eq!(waits[15], 6 * 3_600);
}

#[test]
fn nobody_knowing_for_hours_is_told_once_and_still_asked() {
    let mut ledger = State::Requesting.ledger();
    let (mut now, mut told_at) = (BEGUN, Vec::new());
    for round in 1..=40 {
        let (after, effects) = apply(&ledger, &Kind::InDoubt.report(), now);
        if effects == [RefundEffect::Undecided(number(1))] {
            told_at.push(round);
        } else {
            assert_eq!(effects, []);
        }
        now = after.next().unwrap().1.at;
        ledger = after;
    }
    assert_eq!(told_at, [UNDECIDED_TRIES]);
}

/// However long it was waited for something else before: the balance, or the bank.
#[test]
fn a_refund_that_grows_undecided_later_is_told_too() {
    for (before, silence) in [
        (&[Kind::SendingApply, Kind::Short][..], &[Kind::SendingApply, Kind::InDoubt][..]),
        (&[Kind::SendingApply, Kind::Short], &[Kind::SendingApply, Kind::InDoubt, Kind::NotFound]),
        (&[Kind::AnsweredProcessing], &[Kind::NotFound]),
        (&[Kind::AnsweredProcessing], &[Kind::NotFoundUnverified, Kind::InDoubt]),
        (&[Kind::AnsweredProcessing], &[Kind::InDoubt]),
    ] {
        let mut ledger = State::Requesting.ledger();
        let mut told = 0;
        for (round, kinds) in [before; 15].iter().chain(&[silence; 30]).enumerate() {
            for kind in *kinds {
                let now = ledger.next().unwrap().1.at;
                let (after, effects) = apply(&ledger, &kind.report(), now);
                let undecided = effects.contains(&RefundEffect::Undecided(number(1)));
                assert!(!undecided || round >= 15, "{before:?}: not while it waited for a reason");
                told += usize::from(undecided);
                ledger = after;
            }
        }
        assert_eq!(told, 1, "{before:?} {silence:?}");
    }
}

/// What was seen again, if only once, is told again when it is lost again; the bank's time is not
/// silence.
#[test]
fn an_answer_in_between_ends_the_silence() {
    let mut ledger = State::Processing.ledger();
    let mut told = Vec::new();
    for round in 1..=40 {
        let kind = if round % 10 == 0 { Kind::AnsweredProcessing } else { Kind::NotFound };
        let now = ledger.next().unwrap().1.at;
        let (after, effects) = apply(&ledger, &kind.report(), now);
        told.extend(effects);
        ledger = after;
    }
    assert_eq!(told, []);
}

#[test]
fn a_repeat_that_is_lost_too_settles_from_then_on() {
    let repeated = hear(&State::RequestingInDoubt.ledger(), &Kind::SendingApply.report(), 600);
    let lost = hear(&repeated, &Kind::InDoubt.report(), 605);
    assert_eq!(lost.refunds[0].doubt, Some(BEGUN + Seconds(605)));
    // A question that brings no answer is no call that could still arrive.
    let asked = hear(&lost, &Kind::InDoubt.report(), 700);
    assert_eq!(asked.refunds[0].doubt, Some(BEGUN + Seconds(605)));
}

#[test]
fn a_refund_made_elsewhere_counts() {
    let told = |number: &str, standing, amount| RefundReport {
        number: number.to_owned(),
        news: RefundNews::Told(fact(standing, amount)),
    };
    let ledger = fresh().open(wish(1, AMOUNT), BEGUN).unwrap();
    let (ledger, effects) = apply(&ledger, &told("CONSOLE-1", Standing::Success, 800), BEGUN);
    assert_eq!(effects, [RefundEffect::MadeElsewhere("CONSOLE-1".to_owned())]);
    assert_eq!((ledger.left(), ledger.refunded()), (TOTAL - AMOUNT - 800, 800));
    let again = apply(&ledger, &told("CONSOLE-1", Standing::Success, 800), BEGUN);
    assert_eq!(again, (ledger.clone(), vec![]));
    let stale = apply(&ledger, &told("CONSOLE-1", Standing::Abnormal, 800), BEGUN);
    assert_eq!(stale, (ledger.clone(), vec![]));
    let (ledger, _) = apply(&ledger, &told("CONSOLE-2", Standing::Abnormal, 4_000), BEGUN);
    assert_eq!(ledger.left(), 0);
    let (freed, _) = apply(&ledger, &told("CONSOLE-2", Standing::Closed, 4_000), BEGUN);
    assert_eq!(freed.left(), TOTAL - AMOUNT - 800);
    // What it takes from what we have reserved is between the platform and our refund: facts alone
    // must fit.
    let (more, effects) = apply(&freed, &told("CONSOLE-3", Standing::Success, 8_000), BEGUN);
    assert_eq!(effects, [RefundEffect::MadeElsewhere("CONSOLE-3".to_owned())]);
    assert_eq!(more.left(), 0);
    let (_, effects) = apply(&more, &told("CONSOLE-4", Standing::Success, 1), BEGUN);
    let frozen = RefundEffect::Frozen(RefundDisagreement::Excess);
    assert_eq!(effects, [frozen, RefundEffect::MadeElsewhere("CONSOLE-4".to_owned())]);
}

#[test]
fn a_refund_of_another_payment_is_not_ours() {
    let mut other = fact(Standing::Success, 1);
    other.transaction_id = "4200000000202501010000000002".to_owned();
    let ledger = State::Processing.ledger();
    let report = RefundReport { number: "X".to_owned(), news: RefundNews::Told(other) };
    assert_eq!(apply(&ledger, &report, BEGUN), (ledger.clone(), vec![]));
}

#[test]
fn each_disagreement_freezes_by_its_name() {
    let good = || fact(Standing::Success, AMOUNT);
    let spoilt = [
        (RefundDisagreement::Amount, {
            let mut it = good();
            it.amount = 1;
            it
        }),
        (RefundDisagreement::Total, {
            let mut it = good();
            it.total = TOTAL + 1;
            it
        }),
        (RefundDisagreement::Transaction, {
            let mut it = good();
            it.transaction_id = "4".to_owned();
            it
        }),
        (RefundDisagreement::Merchant, {
            let mut it = good();
            it.merchants = vec!["2".to_owned()];
            it
        }),
    ];
    for (disagreement, fact) in spoilt {
        for news in [RefundNews::Told(fact.clone()), RefundNews::Answered(fact)] {
            let report = about(1, news);
            let (ledger, effects) = apply(&State::Processing.ledger(), &report, BEGUN);
            assert_eq!(effects, [RefundEffect::Frozen(disagreement)]);
            let (again, effects) = apply(&ledger, &report, BEGUN);
            assert_eq!((again.conflict, effects), (ledger.conflict.clone(), vec![]));
            assert_eq!(State::of(&ledger.refunds[0]), State::Processing);
            assert_eq!(ledger.open(wish(2, 1), BEGUN), Err(Unrefundable::InConflict));
        }
    }
}

/// The platform had said that there was none, so the sum was free, and has been spoken for again.
#[test]
fn a_refused_refund_that_exists_after_all_counts_or_freezes() {
    let refused = State::Refused.ledger();
    let exists = Kind::ToldSuccess.report();
    assert_eq!(hear(&refused, &exists, 0).refunded(), AMOUNT);
    let spoken_for = refused.open(wish(2, TOTAL), BEGUN).unwrap();
    let spoken_for = hear(&spoken_for, &about(2, Kind::AnsweredProcessing.news(TOTAL)), 0);
    let (suspected, effects) = apply(&spoken_for, &exists, BEGUN);
    assert_eq!(effects, []);
    let (_, effects) = apply(&suspected, &about(2, Kind::AnsweredProcessing.news(TOTAL)), BEGUN);
    assert_eq!(effects, [RefundEffect::Frozen(RefundDisagreement::Excess)]);
}

/// A ledger with a refund of 4000 that stands there, of a payment of 8800 of which 8000 were
/// refunded elsewhere.
#[track_caller]
fn exceeded(state: State) -> Refunds {
    let news = RefundNews::Told(fact(Standing::Success, 8_000));
    let report = RefundReport { number: "CONSOLE-1".to_owned(), news };
    let (ledger, effects) = apply(&state.ledger(), &report, BEGUN + Seconds(600));
    assert_eq!(effects, [RefundEffect::MadeElsewhere("CONSOLE-1".to_owned())], "{state:?}");
    assert!(ledger.open(wish(2, 1), BEGUN).is_err());
    ledger
}

/// Ours was closed, and we have not heard of it: it is asked about at once, and nobody is alarmed.
#[test]
fn what_seems_too_much_is_asked_about_first() {
    use State::*;
    for state in
        [Processing, ProcessingAgain, Abnormal, Redirecting, RedirectingInDoubt, RedirectDisputed]
    {
        let ledger = exceeded(state);
        let (refund, ask) = ledger.next().unwrap();
        assert_eq!((refund.number.clone(), ask.call), (number(1), Query), "{state:?}");
        assert_eq!((ask.at - BEGUN).0, 600, "{state:?}");
        for closed in [Kind::AnsweredClosed, Kind::ToldClosed] {
            let (ledger, effects) = apply(&ledger, &closed.report(), BEGUN + Seconds(601));
            assert_eq!((ledger.conflict.clone(), effects), (None, vec![]), "{state:?}");
            assert_eq!((ledger.refunded(), ledger.left()), (8_000, 800), "{state:?}");
            assert!(ledger.open(wish(2, 800), BEGUN).is_ok(), "{state:?}");
        }
    }
}

#[test]
fn what_is_too_much_freezes_until_it_adds_up_again() {
    let excess = [RefundEffect::Frozen(RefundDisagreement::Excess)];
    for state in [State::Processing, State::Abnormal] {
        let ledger = exceeded(state);
        // No answer proves nothing, and neither does a notification that is on its way for long.
        let unsure = hear(&ledger, &Kind::InDoubt.report(), 601);
        let unsure = hear(&unsure, &Kind::NotFound.report(), 661);
        let unsure = hear(&unsure, &Kind::ToldAbnormal.report(), 662);
        assert_eq!(unsure.next().map(|(_, ask)| ask.call), Some(Query), "{state:?}");
        let same = if state == State::Abnormal {
            Kind::AnsweredAbnormal
        } else {
            Kind::AnsweredProcessing
        };
        let (frozen, effects) = apply(&ledger, &same.report(), BEGUN + Seconds(700));
        assert_eq!(effects, excess, "{state:?}");
        assert_eq!(frozen.open(wish(2, 1), BEGUN), Err(Unrefundable::InConflict));
        let told = apply(&frozen, &Kind::RedirectAsked.report(), BEGUN + Seconds(701));
        assert_eq!(told, (frozen.clone(), vec![]), "{state:?}");
        let thawed = hear(&frozen, &Kind::ToldClosed.report(), 90_000);
        assert_eq!((thawed.conflict, thawed.refunds[0].ask), (None, None), "{state:?}");
    }
    let both = hear(&exceeded(State::Processing), &Kind::ToldSuccess.report(), 700);
    assert_eq!(both.refunded(), 12_000, "what the platform says, not what ought to be");
    assert_eq!(both.conflict.map(|conflict| conflict.suspects), Some(vec![]));
}

/// What waits to be sent is not sent while the ledger is frozen, and is afterwards.
#[test]
fn a_frozen_ledger_begins_nothing_and_goes_on_when_it_thaws() {
    let report = |standing| RefundReport {
        number: "CONSOLE-9".to_owned(),
        news: RefundNews::Told(fact(standing, TOTAL + 1)),
    };
    for state in [State::Queued, State::Short] {
        let (frozen, effects) = apply(&state.ledger(), &report(Standing::Abnormal), BEGUN);
        assert_eq!(effects[0], RefundEffect::Frozen(RefundDisagreement::Excess));
        assert_eq!(frozen.next(), None, "{state:?}");
        let thawed = hear(&frozen, &report(Standing::Closed), 60);
        assert_eq!(thawed.next().map(|(_, ask)| ask.call), Some(Apply), "{state:?}");
    }
}

/// What may have been sent before is asked about all the same, and sent again only after the thaw.
#[test]
fn a_frozen_ledger_goes_on_asking_about_what_was_sent() {
    let report = |standing| RefundReport {
        number: "CONSOLE-9".to_owned(),
        news: RefundNews::Told(fact(standing, TOTAL + 1)),
    };
    let call = |ledger: &Refunds| ledger.next().map(|(_, ask)| ask.call);
    for (state, again) in [(State::Requesting, Apply), (State::Redirecting, Redirect)] {
        let (frozen, _) = apply(&state.ledger(), &report(Standing::Abnormal), BEGUN);
        assert_eq!(call(&frozen), Some(Query), "{state:?}");
        let none = if again == Apply { Kind::NotFound } else { Kind::AnsweredAbnormal };
        let asked = hear(&frozen, &none.report(), 61);
        assert_eq!(call(&asked), Some(Query), "{state:?}: and not in a circle");
        assert!(asked.next().unwrap().1.at > BEGUN + Seconds(61), "{state:?}");
        let thawed = hear(&asked, &report(Standing::Closed), 70);
        let found = hear(&thawed, &none.report(), 200);
        assert_eq!(call(&found), Some(again), "{state:?}");
    }
}

#[test]
fn the_platforms_words_are_kept_until_it_says_yes() {
    let words = Some(refusal("INVALID_REQUEST"));
    let disputed = hear(&State::Requesting.ledger(), &Kind::Disputed.report(), 1);
    let refused = hear(&disputed, &Kind::NotFound.report(), 2);
    assert_eq!(
        (State::of(&refused.refunds[0]), &refused.refunds[0].said),
        (State::Refused, &words)
    );
    let disputed = hear(&State::Redirecting.ledger(), &Kind::Disputed.report(), 1);
    let back = hear(&disputed, &Kind::AnsweredAbnormal.report(), 2);
    assert_eq!((State::of(&back.refunds[0]), &back.refunds[0].said), (State::Abnormal, &words));
    let chosen = hear(&back, &Kind::RedirectAsked.report(), 3);
    assert_eq!(
        (State::of(&chosen.refunds[0]), &chosen.refunds[0].said),
        (State::Redirecting, &None)
    );
}

/// In partner mode a message names the service provider, the sub-merchant, or both.
#[test]
fn a_sub_merchants_refund_names_either_merchant() {
    let mut ledger = State::Processing.ledger();
    ledger.payee.sub = Some(SubMerchant { mchid: "1900000003".to_owned(), appid: None });
    let told = |merchants: &[&str]| {
        let mut fact = fact(Standing::Success, AMOUNT);
        fact.merchants = merchants.iter().map(|&mchid| mchid.to_owned()).collect();
        hear(&ledger, &about(1, RefundNews::Told(fact)), 0)
    };
    for merchants in [&[][..], &[MCHID], &["1900000003"], &[MCHID, "1900000003"]] {
        assert_eq!(told(merchants).refunded(), AMOUNT, "{merchants:?}");
    }
    for merchants in [&["1900000004"][..], &[MCHID, "1900000004"]] {
        let frozen = told(merchants).conflict.map(|conflict| conflict.disagreement);
        assert_eq!(frozen, Some(RefundDisagreement::Merchant), "{merchants:?}");
    }
}
