//! The platform, the wire or we ourselves fail in the middle of a refund. Whatever fails, one wish of
//! the shop's is one refund: the same number, the same bytes.

use std::rc::Rc;

use checkout::refund::{RefundEffect, RefundStatus, Standing, WaitingFor};

use super::house::{House, step};
use super::refunding::{read, refund, settled, want};
use super::wechat::Fault;
use super::{letter, serve};
use crate::command::Answer;
use crate::problem::Code;

/// A settled house where these calls go wrong, and the refund that was wanted in it.
#[track_caller]
fn refunded_with(faults: &[Fault]) -> (Rc<House>, String) {
    let house = settled();
    house.wechat.borrow_mut().faults.extend(faults.iter().cloned());
    let (created, view) = refund(serve(&house, want("R-1", 4_000)));
    assert!(created);
    (house, view.out_refund_no)
}

/// The platform has the one refund, and every application for it had the same bytes.
#[track_caller]
fn assert_one_refund(house: &House, applications: usize) {
    let wechat = house.wechat.borrow();
    assert_eq!(wechat.refunds.all.len(), 1);
    let sent: Vec<_> = wechat.sent.iter().filter(|sent| sent.verb == "refund").collect();
    assert_eq!(sent.len(), applications);
    assert!(sent.iter().all(|one| one.body == sent[0].body));
}

#[test]
fn a_call_in_doubt_is_asked_about_and_not_made_again_if_it_was_heard() {
    for fault in [Fault::ReplyLost, Fault::DoneBut500, Fault::Unsigned, Fault::Probe] {
        let (house, number) = refunded_with(std::slice::from_ref(&fault));
        let view = read(&house, &number);
        assert_eq!(view.status, RefundStatus::Queued, "{fault:?}");
        assert_eq!(view.waiting_for, Some(WaitingFor::Answer), "{fault:?}");
        let before = house.wall_ms.get();
        house.ring(1);
        // Protocol reference B.6: no sooner than a minute after applying.
        assert!(house.wall_ms.get() - before >= 54_000, "{fault:?}");
        assert_eq!(house.wechat.borrow().verbs(), ["refund", "ask"], "{fault:?}");
        assert_eq!(read(&house, &number).status, RefundStatus::Processing, "{fault:?}");
        assert_one_refund(&house, 1);
    }
}

#[test]
fn a_call_in_doubt_that_was_not_heard_is_repeated_to_the_byte() {
    for fault in [Fault::RequestLost, Fault::Busy] {
        let (house, number) = refunded_with(std::slice::from_ref(&fault));
        house.ring(1);
        assert_eq!(house.wechat.borrow().verbs(), ["refund", "ask", "refund"], "{fault:?}");
        assert_eq!(read(&house, &number).status, RefundStatus::Processing, "{fault:?}");
        assert_one_refund(&house, 2);
    }
}

#[test]
fn a_crash_between_intent_and_answer_is_made_up_for() {
    for (steps, applications) in [(1, 1), (2, 1)] {
        let house = settled();
        let desk = house.desk();
        let mut wanted = Box::pin(desk.serve(letter(want("R-1", 4_000))));
        for _ in 0..steps {
            assert_eq!(step(&mut wanted), None);
        }
        drop(wanted);
        assert_eq!(house.wechat.borrow().refunds.all.len(), steps - 1);
        house.ring(3);
        assert_one_refund(&house, applications);
        // Who asks again finds the same refund.
        let (created, view) = refund(serve(&house, want("R-1", 4_000)));
        assert_eq!((created, view.status), (false, RefundStatus::Processing), "{steps}");
    }
}

#[test]
fn an_intent_that_cannot_be_stored_is_not_sent() {
    let house = settled();
    house.rows.borrow_mut().fails_in = Some(0);
    let answer = serve(&house, want("R-1", 4_000));
    assert!(matches!(answer, Answer::Problem(problem) if problem.code == Code::Unavailable));
    assert_eq!(house.wechat.borrow().verbs(), [""; 0]);
    assert!(refund(serve(&house, want("R-1", 4_000))).0);
    assert_one_refund(&house, 1);
}

#[test]
fn an_empty_balance_is_waited_for_under_the_same_number() {
    let house = settled();
    house.wechat.borrow_mut().refunds.balance = Some(3_999);
    let (_, view) = refund(serve(&house, want("R-1", 4_000)));
    assert_eq!(view.status, RefundStatus::Queued);
    assert_eq!(view.waiting_for, Some(WaitingFor::Balance));
    assert_eq!(view.wechatpay.map(|said| said.code).as_deref(), Some("NOT_ENOUGH"));
    house.ring(2);
    let number = view.out_refund_no;
    assert_eq!(read(&house, &number).waiting_for, Some(WaitingFor::Balance));
    let short = |effect: &&RefundEffect| matches!(effect, RefundEffect::ShortOfFunds(_));
    assert_eq!(house.refund_alerts.borrow().iter().filter(short).count(), 1);
    house.wechat.borrow_mut().refunds.balance = Some(4_000);
    house.ring(1);
    let view = read(&house, &number);
    assert_eq!((view.status, view.wechatpay), (RefundStatus::Processing, None));
    assert_one_refund(&house, 4);
}

#[test]
fn a_person_is_told_of_what_stays_undecided_whatever_came_before() {
    let told = |house: &House| {
        let undecided = |effect: &&RefundEffect| matches!(effect, RefundEffect::Undecided(_));
        house.refund_alerts.borrow().iter().filter(undecided).count()
    };
    let house = settled();
    house.wechat.borrow_mut().refunds.balance = Some(1);
    refund(serve(&house, want("R-1", 4_000)));
    house.ring(12);
    assert_eq!(told(&house), 0, "everybody knows what that one waits for");
    house.wechat.borrow_mut().faults.extend(vec![Fault::RequestLost; 400]);
    house.ring(40);
    assert_eq!(told(&house), 1);
    // Accepted, and denied from then on.
    let (house, number) = refunded_with(&[]);
    house.wechat.borrow_mut().refunds.all.clear();
    house.ring(60);
    assert_eq!(read(&house, &number).status, RefundStatus::Processing);
    assert_eq!(told(&house), 1);
}

#[test]
fn a_refusal_that_hides_nothing_frees_the_sum() {
    let (house, number) = refunded_with(&[Fault::Refuse(403, "USER_ACCOUNT_ABNORMAL")]);
    let view = read(&house, &number);
    assert_eq!(view.status, RefundStatus::Closed);
    assert_eq!(view.wechatpay.map(|said| said.code).as_deref(), Some("USER_ACCOUNT_ABNORMAL"));
    assert_eq!(house.wechat.borrow().verbs(), ["refund"]);
    assert!(refund(serve(&house, want("R-2", 8_800))).0);
}

#[test]
fn a_refusal_that_may_hide_a_refund_is_asked_about_at_once() {
    let (house, number) = refunded_with(&[Fault::Refuse(400, "INVALID_REQUEST")]);
    assert_eq!(house.wechat.borrow().verbs(), ["refund", "ask"]);
    let view = read(&house, &number);
    assert_eq!(view.status, RefundStatus::Closed);
    assert_eq!(view.wechatpay.map(|said| said.code).as_deref(), Some("INVALID_REQUEST"));
    // A mistake of our key's is none of the refund's: it goes on once that is mended.
    let (house, number) = refunded_with(&[Fault::Refuse(401, "SIGN_ERROR")]);
    let view = read(&house, &number);
    assert_eq!(view.waiting_for, Some(WaitingFor::Answer));
    assert_eq!(view.wechatpay.map(|said| said.code).as_deref(), Some("SIGN_ERROR"));
    house.ring(1);
    assert_eq!(read(&house, &number).status, RefundStatus::Processing);
    assert_one_refund(&house, 2);
}

/// The first call was heard and its answer lost; the no to the second one is a no to the second one.
#[test]
fn a_refusal_of_a_repeat_frees_nothing_by_itself() {
    let faults = [
        Fault::ReplyLost,
        Fault::Refuse(404, "RESOURCE_NOT_EXISTS"),
        Fault::Refuse(400, "PARAM_ERROR"),
    ];
    let (house, number) = refunded_with(&faults);
    house.ring(1);
    assert_eq!(house.wechat.borrow().verbs(), ["refund", "ask", "refund", "ask"]);
    assert_eq!(read(&house, &number).status, RefundStatus::Processing);
    assert_one_refund(&house, 2);
}

/// Two sites, one deadline: the first breaks off, the other says no. That no is none to the first.
#[test]
fn a_refusal_of_the_other_site_frees_nothing_by_itself() {
    for (status, code) in [
        (400, "PARAM_ERROR"),
        (400, "INVALID_REQUEST"),
        (403, "NOT_ENOUGH"),
        (404, "MCH_NOT_EXISTS"),
    ] {
        let (house, number) = refunded_with(&[Fault::HungUp(status, code)]);
        let view = read(&house, &number);
        assert_eq!(view.waiting_for, Some(WaitingFor::Answer), "{code}");
        assert_eq!(view.wechatpay.map(|said| said.code).as_deref(), Some(code));
        let other = serve(&house, want("R-2", 8_800));
        let exceeds =
            matches!(&other, Answer::Problem(it) if it.code == Code::RefundExceedsPayment);
        assert!(exceeds, "{code} {other:?}");
        house.ring(1);
        assert_eq!(house.wechat.borrow().verbs(), ["refund", "ask"], "{code}");
        assert_eq!(read(&house, &number).status, RefundStatus::Processing, "{code}");
        assert_one_refund(&house, 1);
    }
}

/// The first site takes its time, and every repeat is refused: the sum stays reserved while the
/// first call may be on its way, and what it made is found.
#[test]
fn a_call_that_went_astray_may_land_after_the_refusals() {
    for (status, code) in [(400, "PARAM_ERROR"), (400, "INVALID_REQUEST")] {
        let not_there = Fault::Refuse(404, "RESOURCE_NOT_EXISTS");
        let faults = [
            Fault::Astray(status, code),
            not_there.clone(),
            Fault::Refuse(status, code),
            not_there,
        ];
        let (house, number) = refunded_with(&faults);
        house.ring(1);
        assert_eq!(house.wechat.borrow().verbs(), ["refund", "ask", "refund", "ask"], "{code}");
        assert_eq!(read(&house, &number).waiting_for, Some(WaitingFor::Answer), "{code}");
        let now = checkout::time::UnixSeconds(house.wall_ms.get() / 1_000);
        house.wechat.borrow_mut().arrive(now);
        let before = house.wall_ms.get();
        house.ring(1);
        assert_eq!(read(&house, &number).status, RefundStatus::Processing, "{code}");
        // Five minutes after the first call; a minute of them had passed.
        assert!(house.wall_ms.get() - before <= 241_000, "{code}");
        assert_one_refund(&house, 2);
    }
}

#[test]
fn what_disagrees_freezes_the_refunds_of_the_payment() {
    let (house, number) = refunded_with(&[]);
    house.wechat.borrow_mut().stand(&number, Standing::Success);
    let mut fact = house.wechat.borrow().fact(&number);
    fact.amount += 1;
    assert_eq!(serve(&house, super::refunding::told("n1", &number, fact)), Answer::Heard);
    let view = read(&house, &number);
    assert_eq!(view.status, RefundStatus::Processing);
    assert!(view.conflict.is_some_and(|words| words.contains("another amount")));
    let answer = serve(&house, want("R-2", 1));
    assert!(matches!(answer, Answer::Problem(problem) if problem.code == Code::InConflict));
    assert!(matches!(house.refund_alerts.borrow()[..], [RefundEffect::Frozen(_)]));
    // What becomes of the refund is heard all the same.
    house.ring(1);
    assert_eq!(house.wechat.borrow().verbs(), ["refund", "ask"]);
    let view = read(&house, &number);
    assert_eq!(view.status, RefundStatus::Success);
    assert!(view.conflict.is_some());
    assert_eq!(house.platform_alarm(), None);
}

/// An answer that disagrees each time is asked for by the ladder, not in a circle.
#[test]
fn an_answer_that_disagrees_is_not_asked_for_in_a_circle() {
    let (house, number) = refunded_with(&[]);
    house.wechat.borrow_mut().refunds.all.get_mut(&number).unwrap().amount += 1;
    let before = house.wall_ms.get();
    house.ring(4);
    assert!(house.wall_ms.get() - before >= 4 * 60_000);
    assert_eq!(house.wechat.borrow().verbs().len(), 5);
    assert!(matches!(house.refund_alerts.borrow()[..], [RefundEffect::Frozen(_)]));
}

/// Two cards may not be under way at once: while the call with the first may still arrive, there is
/// no other choice.
#[test]
fn a_choice_in_doubt_that_is_refused_later_is_not_free_at_once() {
    let (house, number) = refunded_with(&[]);
    house.wechat.borrow_mut().stand(&number, Standing::Abnormal);
    let fact = house.wechat.borrow().fact(&number);
    serve(&house, super::refunding::told("n1", &number, fact));
    let faults = [Fault::RequestLost, Fault::None, Fault::Refuse(400, "INVALID_REQUEST")];
    house.wechat.borrow_mut().faults.extend(faults);
    serve(&house, super::refunding::other_way(&number, "YQ=="));
    let sent_at = house.wall_ms.get();
    house.ring(2);
    let verbs = ["refund", "redirect", "ask", "redirect", "ask"];
    assert_eq!(house.wechat.borrow().verbs(), verbs);
    assert!(house.wall_ms.get() - sent_at < 200_000);
    assert_eq!(read(&house, &number).waiting_for, Some(WaitingFor::Answer));
    let other = serve(&house, super::refunding::other_way(&number, "Yg=="));
    assert!(matches!(other, Answer::Problem(it) if it.code == Code::RefundNotAbnormal));
    house.ring(1);
    assert!(house.wall_ms.get() - sent_at >= 300_000);
    let view = read(&house, &number);
    assert_eq!((view.status, view.waiting_for), (RefundStatus::Abnormal, None));
    assert_eq!(view.wechatpay.map(|said| said.code).as_deref(), Some("INVALID_REQUEST"));
    let (_, view) = refund(serve(&house, super::refunding::other_way(&number, "Yg==")));
    assert_eq!(view.status, RefundStatus::Processing);
}

#[test]
fn a_lost_choice_of_another_way_is_made_up_for() {
    for (fault, verbs) in [
        (Fault::ReplyLost, &["refund", "redirect", "ask"][..]),
        (Fault::RequestLost, &["refund", "redirect", "ask", "redirect"]),
    ] {
        let (house, number) = refunded_with(&[]);
        house.wechat.borrow_mut().stand(&number, Standing::Abnormal);
        let fact = house.wechat.borrow().fact(&number);
        serve(&house, super::refunding::told("n1", &number, fact));
        house.wechat.borrow_mut().faults.push_back(fault.clone());
        let (_, view) = refund(serve(&house, super::refunding::other_way(&number, "YQ==")));
        assert_eq!(view.waiting_for, Some(WaitingFor::Answer));
        house.ring(2);
        assert_eq!(house.wechat.borrow().verbs()[..verbs.len()], *verbs, "{fault:?}");
        assert_eq!(read(&house, &number).status, RefundStatus::Processing, "{fault:?}");
        assert_eq!(house.wechat.borrow().refunds.all[&number].redirects, 1, "{fault:?}");
    }
}
