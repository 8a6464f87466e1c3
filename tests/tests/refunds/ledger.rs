//! What holds of a ledger as a whole: its sum, its pace, who else refunds, and when it stops.

use checkout::payee::SubMerchant;
use checkout::refund::RefundCall::{Apply, Query};
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
    assert_eq!(effects, [RefundEffect::Frozen(RefundDisagreement::Excess)]);
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
            let (ledger, effects) = apply(&State::Processing.ledger(), &about(1, news), BEGUN);
            assert_eq!(effects, [RefundEffect::Frozen(disagreement)]);
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
    let (_, effects) = apply(&spoken_for, &exists, BEGUN);
    assert_eq!(effects, [RefundEffect::Frozen(RefundDisagreement::Excess)]);
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
