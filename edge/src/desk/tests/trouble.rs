//! The platform, the wire or we ourselves fail in the middle of placing. A time-out is an unknown
//! outcome: ask, then repeat byte for byte.

use std::rc::Rc;

use checkout::time::Seconds;
use checkout::view::{Phase, Status};

use super::house::{House, step};
use super::wechat::{Fault, State};
use super::{checkout, letter, opening, serve};
use crate::command::{Answer, Command};
use crate::ports::{LEASE, World as _};

fn with_faults(faults: &[Fault]) -> Rc<House> {
    let house = House::new();
    house.wechat.borrow_mut().faults.extend(faults.iter().cloned());
    house
}

/// A house whose first create ended with its process: after one step the intent is stored, after
/// two the platform has been called.
#[track_caller]
fn crashed_after(steps: usize) -> Rc<House> {
    let house = House::new();
    let desk = house.desk();
    let mut open = Box::pin(desk.serve(letter(Command::Open(Box::new(opening("A-1001"))))));
    for _ in 0..steps {
        assert_eq!(step(&mut open), None);
    }
    drop(open);
    house
}

/// Every order call of this house had the stored body, byte for byte.
#[track_caller]
fn assert_identical_orders(house: &House, times: usize) {
    let rows = house.rows.borrow();
    let body = &rows.bodies.values().next().expect("an attempt").1;
    let wechat = house.wechat.borrow();
    let places: Vec<_> = wechat.sent.iter().filter(|sent| sent.verb == "place").collect();
    assert_eq!(places.len(), times);
    assert!(places.iter().all(|sent| sent.body == *body));
}

#[test]
fn a_lost_reply_leads_to_a_query_and_the_identical_order() {
    let house = with_faults(&[Fault::ReplyLost]);
    let begun = house.wall_ms.get();
    let (created, view) = checkout(serve(&house, Command::Open(Box::new(opening("A-1001")))));
    assert!(house.wall_ms.get() - begun <= 8_000);
    assert_eq!((created, view.phase), (true, Some(Phase::Placing)));
    assert_eq!(view.attempt.code_url, None);
    house.ring(1);
    assert_eq!(house.wechat.borrow().verbs(), ["place", "query", "place"]);
    assert_identical_orders(&house, 2);
    let (_, view) = checkout(serve(&house, Command::Read));
    // The second order call voided the first one's code.
    assert_eq!(view.attempt.code_url.as_deref(), Some("weixin://wxpay/bizpayurl?pr=code2"));
}

#[test]
fn an_order_that_never_arrived_is_sent_again() {
    let house = with_faults(&[Fault::RequestLost]);
    serve(&house, Command::Open(Box::new(opening("A-1001"))));
    house.ring(1);
    assert_eq!(house.wechat.borrow().verbs(), ["place", "query", "place"]);
    assert_identical_orders(&house, 2);
    assert_eq!(house.stored().order.face().phase, Some(Phase::Waiting));
}

#[test]
fn a_success_that_cannot_be_believed_leads_to_a_query() {
    for fault in [Fault::DoneBut500, Fault::Unsigned, Fault::Probe] {
        let house = with_faults(std::slice::from_ref(&fault));
        let (_, view) = checkout(serve(&house, Command::Open(Box::new(opening("A-1001")))));
        assert_eq!(house.wechat.borrow().verbs(), ["place", "query", "place"], "{fault:?}");
        assert_identical_orders(&house, 2);
        assert_eq!(view.phase, Some(Phase::Waiting), "{fault:?}");
    }
}

#[test]
fn too_fast_is_no_refusal() {
    let house = with_faults(&[Fault::Busy]);
    let (_, view) = checkout(serve(&house, Command::Open(Box::new(opening("A-1001")))));
    assert_eq!((view.status, view.phase), (Status::Open, Some(Phase::Waiting)));
    assert_identical_orders(&house, 2);
}

#[test]
fn a_platform_that_asks_for_patience_gets_it_up_to_ten_minutes() {
    for (asked, waited) in [(0, 0), (90, 90), (600, 600), (86_400, 600)] {
        let house = with_faults(&[Fault::Resting(asked)]);
        let (_, view) = checkout(serve(&house, Command::Open(Box::new(opening("A-1001")))));
        assert_eq!(view.status, Status::Open);
        if waited == 0 {
            assert_eq!(view.phase, Some(Phase::Waiting));
            continue;
        }
        assert_eq!(view.phase, Some(Phase::Placing), "{asked}");
        let resting = house.platform_alarm().unwrap() - house.wall();
        assert_eq!(resting, Seconds(waited), "{asked}");
        house.ring(1);
        assert_eq!(house.wechat.borrow().verbs(), ["place", "query", "place"], "{asked}");
    }
}

#[test]
fn a_shopper_who_says_paid_does_not_wait_for_a_resting_platform() {
    let house = House::new();
    checkout(serve(&house, Command::Open(Box::new(opening("A-1001")))));
    house.wechat.borrow_mut().faults.push_back(Fault::Resting(300));
    serve(&house, Command::Check);
    house.pass_s(30);
    serve(&house, Command::Check);
    assert_eq!(house.wechat.borrow().verbs(), ["place", "query", "query"]);
}

#[test]
fn a_dispute_without_an_order_behind_it_is_a_refusal() {
    let house = with_faults(&[Fault::Refuse(400, "INVALID_REQUEST")]);
    match serve(&house, Command::Open(Box::new(opening("A-1001")))) {
        Answer::Problem(problem) => {
            assert_eq!(problem.wechatpay.unwrap().code, "INVALID_REQUEST");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(house.wechat.borrow().verbs(), ["place", "query"]);
}

/// Two sites, one deadline: the first takes the order and hangs up, the other says no.
#[test]
fn a_refusal_of_the_other_site_does_not_hide_an_order() {
    for (status, code) in [(403, "NO_AUTH"), (400, "PARAM_ERROR"), (400, "INVALID_REQUEST")] {
        let house = with_faults(&[Fault::HungUp(status, code)]);
        let (_, view) = checkout(serve(&house, Command::Open(Box::new(opening("A-1001")))));
        assert_eq!(view.phase, Some(Phase::Waiting), "{code}");
        assert_eq!(house.wechat.borrow().verbs(), ["place", "query", "place"], "{code}");
        assert_identical_orders(&house, 2);
    }
    // And where the first never did, the no stands, in the platform's words.
    let house = with_faults(&[Fault::Astray(403, "NO_AUTH")]);
    let answer = serve(&house, Command::Open(Box::new(opening("A-1001"))));
    let Answer::Problem(problem) = answer else { panic!("{answer:?}") };
    assert_eq!(problem.wechatpay.unwrap().code, "NO_AUTH");
    assert_eq!(house.wechat.borrow().verbs(), ["place", "query"]);
}

#[test]
fn a_crash_between_intent_and_call_is_finished_by_the_alarm() {
    let house = crashed_after(1);
    house.ring(1);
    assert_eq!(house.stored().order.face().phase, Some(Phase::Waiting));
    // Nobody knows whether the call was made: that is asked first.
    assert_eq!(house.wechat.borrow().verbs(), ["query", "place"]);
    assert_identical_orders(&house, 1);
}

#[test]
fn a_crash_between_call_and_result_is_finished_by_the_alarm() {
    let house = crashed_after(2);
    house.ring(1);
    assert_eq!(house.wechat.borrow().verbs(), ["place", "query", "place"]);
    assert_eq!(house.stored().order.face().phase, Some(Phase::Waiting));
    assert_identical_orders(&house, 2);
}

/// Found by `weather`: the refusal of a repeat says nothing about the call before the crash.
#[test]
fn a_refusal_after_a_crash_does_not_hide_the_order_before_it() {
    let house = crashed_after(2);
    house.wechat.borrow_mut().faults.extend([Fault::None, Fault::Refuse(403, "NO_AUTH")]);
    house.ring(1);
    assert_eq!(house.wechat.borrow().verbs(), ["place", "query", "place"]);
    assert_eq!(house.stored().order.face().trouble, None);
    house.ring(2);
    assert_eq!(house.stored().order.face().phase, Some(Phase::Waiting));
    assert_eq!(house.rows.borrow().bodies.len(), 1);
}

#[test]
fn a_result_that_cannot_be_stored_is_asked_for_again() {
    let house = House::new();
    // The intent, what the index said, and then the answer.
    house.rows.borrow_mut().fails_in = Some(2);
    match serve(&house, Command::Open(Box::new(opening("A-1001")))) {
        Answer::Problem(problem) => assert_eq!(problem.retry_after_s, Some(1)),
        other => panic!("{other:?}"),
    }
    assert!(house.stored().lease.is_some());
    house.ring(2);
    assert_eq!(house.stored().order.face().phase, Some(Phase::Waiting));
    assert_identical_orders(&house, 2);
}

#[test]
fn while_one_calls_the_alarm_does_not() {
    let house = House::new();
    let desk = house.desk();
    let mut open = Box::pin(desk.serve(letter(Command::Open(Box::new(opening("A-1001"))))));
    assert_eq!(step(&mut open), None);
    // Rings early, and sets itself for the end of the lease.
    let until = house.stored().lease.unwrap().until;
    super::run(house.desk().wake()).unwrap();
    assert_eq!(house.wechat.borrow().verbs(), [""; 0]);
    assert_eq!(house.platform_alarm(), Some(until));
    super::run(open);
    assert_eq!(house.wechat.borrow().verbs(), ["place"]);
}

/// A call may take five seconds, and must be over when the lease is, to the last millisecond.
#[test]
fn a_call_that_could_outlive_its_lease_is_not_made() {
    for (held_up_ms, verbs) in [(2_999, vec!["place", "query"]), (3_999, vec!["place"])] {
        let house = super::waiting();
        house.keys_take_ms.set(held_up_ms);
        serve(&house, Command::Check);
        assert_eq!(house.wechat.borrow().verbs(), verbs, "{held_up_ms} ms");
        house.ring(1);
        assert_eq!(house.wechat.borrow().verbs(), [&*verbs, &["query"]].concat());
    }
}

#[test]
fn a_late_holder_does_not_end_anothers_lease() {
    let house = House::new();
    let (desk, other) = (house.desk(), house.desk());
    let mut open = Box::pin(desk.serve(letter(Command::Open(Box::new(opening("A-1001"))))));
    assert_eq!(step(&mut open), None);
    assert_eq!(step(&mut open), None);
    house.pass_s(LEASE.0);
    let mut wake = Box::pin(other.wake());
    assert_eq!(step(&mut wake), None);
    let second = house.stored().lease;
    super::run(open);
    assert_eq!(house.stored().lease, second);
    super::run(wake).unwrap();
    assert_eq!(house.stored().lease, None);
    assert_eq!(house.wechat.borrow().verbs(), ["place", "query"]);
}

#[test]
fn a_platform_that_stays_silent_is_asked_ever_more_rarely() {
    let house = with_faults(&vec![Fault::RequestLost; 20]);
    serve(&house, Command::Open(Box::new(opening("A-1001"))));
    house.ring(15);
    let before = house.wall_ms.get();
    house.ring(1);
    assert!(house.wall_ms.get() - before >= 300_000);
    house.ring(5);
    assert_eq!(house.stored().order.face().phase, Some(Phase::Waiting));
    assert_eq!(house.wechat.borrow().orders.values().next().unwrap().state, State::NotPay);
}
