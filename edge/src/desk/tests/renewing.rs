//! A fresh code: the identical order for a stale one, and for a live one a new attempt in its place,
//! after query, close, query. Money and deadlines win against it.

use std::rc::Rc;

use checkout::order::{Ask, Attempt, Call};
use checkout::time::Seconds;
use checkout::view::{Phase, SessionView, Status};

use super::house::{House, run, step};
use super::wechat::{Fault, State};
use super::{checkout, from_catalogue, letter, serve, session, waiting};
use crate::command::Command;
use crate::problem::{Code, Problem};

fn renew(house: &Rc<House>) -> SessionView {
    session(serve(house, Command::Renew))
}

/// The bodies that were sent as orders.
fn orders(house: &House) -> Vec<serde_json::Value> {
    let wechat = house.wechat.borrow();
    let placed = wechat.sent.iter().filter(|sent| sent.verb == "place");
    placed.map(|sent| serde_json::from_slice(&sent.body).unwrap()).collect()
}

/// How many orders can be paid at the platform.
fn payable(house: &House) -> usize {
    let wechat = house.wechat.borrow();
    wechat.orders.values().filter(|remote| remote.state == State::NotPay).count()
}

/// A house whose attempt was closed for a fresh one that nobody has made yet.
fn vacant() -> Rc<House> {
    let house = waiting();
    let now = house.stored().touched_at;
    let number = house.stored().order.number;
    house.wechat.borrow_mut().orders.get_mut(number.as_str()).unwrap().state = State::Closed;
    let mut rows = house.rows.borrow_mut();
    let order = &mut rows.stored.as_mut().unwrap().order;
    order.attempt = Attempt::Vacant;
    order.ask = Some(Ask { call: Call::Place, at: now, tries: 0 });
    rows.alarm = Some(now);
    drop(rows);
    house
}

#[test]
fn a_stale_code_is_renewed_by_the_identical_order() {
    let house = waiting();
    let before = session(serve(&house, Command::Look));
    house.ahead_s.set(7_200);
    let fresh = renew(&house);
    assert_eq!(fresh.phase, Some(Phase::Waiting));
    assert_ne!(fresh.code_url, before.code_url);
    let orders = orders(&house);
    assert_eq!((orders.len(), &orders[0]), (2, &orders[1]));
    assert_eq!(house.stored().order.attempt_no.count(), 1);
}

#[test]
fn a_live_code_is_renewed_by_a_new_attempt_once_the_old_one_is_closed() {
    let house = waiting();
    let before = house.stored().order;
    let fresh = renew(&house);
    assert_eq!(house.wechat.borrow().verbs(), ["place", "query", "close", "query", "place"]);
    assert_eq!((fresh.phase, fresh.status), (Some(Phase::Waiting), Status::Open));
    let after = house.stored().order;
    assert_eq!((after.attempt_no.count(), &after.terms), (2, &before.terms));
    assert_ne!(after.number, before.number);
    let orders = orders(&house);
    assert_eq!(orders[0]["time_expire"], orders[1]["time_expire"]);
    assert_eq!(orders[1]["out_trade_no"], after.number.as_str());
    let wechat = house.wechat.borrow();
    assert_eq!(wechat.orders[before.number.as_str()].state, State::Closed);
    assert_eq!(wechat.orders[after.number.as_str()].state, State::NotPay);
    assert_eq!(house.freed.get(), 0, "it is the same checkout");
}

#[test]
fn a_shopper_who_presses_again_and_again_gets_one_fresh_code() {
    let house = waiting();
    let first = renew(&house);
    for _ in 0..5 {
        house.pass_s(5);
        assert_eq!(renew(&house).code_url, first.code_url);
    }
    assert_eq!(house.stored().order.attempt_no.count(), 2);
    house.pass_s(6);
    renew(&house);
    assert_eq!(house.stored().order.attempt_no.count(), 3);
    assert_eq!(payable(&house), 1);
}

#[test]
fn a_payment_that_races_the_close_wins() {
    for steps in 0..8 {
        let house = waiting();
        let number = house.stored().order.number;
        let desk = house.desk();
        let mut renewal = Box::pin(desk.serve(letter(Command::Renew)));
        for _ in 0..steps {
            if step(&mut renewal).is_some() {
                break;
            }
        }
        let open = house.wechat.borrow().orders[number.as_str()].state == State::NotPay;
        if !open {
            break;
        }
        house.wechat.borrow_mut().pay(&number);
        let view = session(run(renewal));
        assert_eq!(view.status, Status::Paid, "after {steps} steps");
        assert_eq!(house.stored().order.attempt_no.count(), 1);
        assert_eq!((orders(&house).len(), payable(&house)), (1, 0));
    }
}

#[test]
fn two_browsers_renew_once() {
    let house = waiting();
    let (one, two) = (house.desk(), house.desk());
    let mut first = Box::pin(one.serve(letter(Command::Renew)));
    let mut second = Box::pin(two.serve(letter(Command::Renew)));
    let mut views = (None, None);
    while views.0.is_none() || views.1.is_none() {
        views.0 = views.0.or_else(|| step(&mut first));
        views.1 = views.1.or_else(|| step(&mut second));
    }
    house.ring(1);
    assert_eq!(orders(&house).len(), 2);
    assert_eq!((house.stored().order.attempt_no.count(), payable(&house)), (2, 1));
    let (one, two) = (session(serve(&house, Command::Look)), session(serve(&house, Command::Look)));
    assert_eq!((one.phase, &one.code_url), (Some(Phase::Waiting), &two.code_url));
}

#[test]
fn a_deadline_in_the_middle_of_a_renewal_ends_the_checkout() {
    let house = waiting();
    house.ahead_s.set(86_400 - 400);
    // Stale, and too near: so look at it live, with its code just renewed.
    renew(&house);
    house.pass_s(31);
    house.wechat.borrow_mut().faults.extend([Fault::None, Fault::RequestLost]);
    house.wechat.borrow_mut().faults.extend(vec![Fault::RequestLost; 6]);
    let view = renew(&house);
    assert_eq!(
        (view.status, view.phase, view.code_url),
        (Status::Open, Some(Phase::Placing), None)
    );
    house.ring(20);
    assert_eq!(house.stored().order.status(), Status::Expired);
    assert_eq!((house.stored().order.attempt_no.count(), payable(&house)), (1, 0));
    assert_eq!(house.freed.get(), 1);
}

#[test]
fn a_cancellation_in_the_middle_of_a_renewal_cancels() {
    let house = waiting();
    house.wechat.borrow_mut().faults.extend([Fault::None, Fault::RequestLost]);
    let desk = house.desk();
    let mut renewal = Box::pin(desk.serve(letter(Command::Renew)));
    while house.wechat.borrow().sent.len() < 3 {
        assert_eq!(step(&mut renewal), None);
    }
    drop(renewal);
    house.pass_s(8);
    serve(&house, Command::Cancel);
    house.ring(5);
    assert_eq!(house.stored().order.status(), Status::Cancelled);
    assert_eq!((orders(&house).len(), payable(&house)), (1, 0));
}

/// Whoever waits for the answer is not made to wait for all of it: the alarm goes on.
#[test]
fn a_renewal_that_takes_too_long_is_finished_by_the_alarm() {
    let house = waiting();
    let begun = house.wall_ms.get();
    let desk = house.desk();
    let mut renewal = Box::pin(desk.serve(letter(Command::Renew)));
    let answer = loop {
        house.pass_ms(1_900);
        if let Some(answer) = step(&mut renewal) {
            break answer;
        }
    };
    let view = session(answer);
    assert_eq!((view.phase, view.code_url), (Some(Phase::Placing), None));
    assert!(house.wall_ms.get() - begun <= 10_000, "{}", house.wall_ms.get() - begun);
    assert_eq!(orders(&house).len(), 1, "no fresh attempt yet");
    house.live_until(house.stored().created_at + Seconds(60));
    let view = session(serve(&house, Command::Look));
    assert_eq!((view.phase, house.stored().order.attempt_no.count()), (Some(Phase::Waiting), 2));
    assert_eq!(payable(&house), 1);
}

/// The keys are gone between the closing and the fresh attempt: it is made when they are back.
#[test]
fn without_keys_the_fresh_attempt_waits_for_them() {
    let house = vacant();
    *house.misconfigured.borrow_mut() = Some(Problem::new(Code::Misconfigured, "no keys"));
    let begun = house.stored().touched_at;
    let mut rings = 0;
    while house.wall_ms.get() < (begun.0 + 600) * 1_000 {
        assert!(house.wake());
        rings += 1;
    }
    assert!(rings <= 12, "{rings} rings in ten minutes");
    assert_eq!(session(serve(&house, Command::Look)).phase, Some(Phase::Placing));
    *house.misconfigured.borrow_mut() = None;
    house.wake();
    let view = session(serve(&house, Command::Look));
    assert_eq!((view.phase, house.stored().order.attempt_no.count()), (Some(Phase::Waiting), 2));
}

#[test]
fn without_keys_until_the_deadline_the_checkout_expires() {
    let house = vacant();
    *house.misconfigured.borrow_mut() = Some(Problem::new(Code::Misconfigured, "no keys"));
    house.live_until(house.stored().order.terms.deadline);
    assert_eq!(house.stored().order.status(), Status::Expired);
    assert_eq!(orders(&house).len(), 1, "nobody places an order for its last five minutes");
}

/// Another phone may hold an order that the platform refuses to renew; the page asks once more.
#[test]
fn a_refused_attempt_is_renewed_by_another() {
    let house = House::new();
    house.wechat.borrow_mut().faults.push_back(Fault::Refuse(403, "NO_AUTH"));
    serve(&house, Command::Open(Box::new(from_catalogue(1, "192.0.2.1"))));
    let view = renew(&house);
    assert_eq!((view.phase, view.trouble), (Some(Phase::Waiting), None));
    assert_eq!(house.wechat.borrow().verbs(), ["place", "place"]);
    let orders = orders(&house);
    assert_ne!(orders[0]["out_trade_no"], orders[1]["out_trade_no"]);
}

/// Wherever a handler dies, there is one code in the end, and never were there two.
#[test]
fn a_crash_between_any_two_steps_leaves_one_payable_attempt() {
    let mut crashes = 0;
    for steps in 0..40 {
        let house = waiting();
        let desk = house.desk();
        let mut renewal = Box::pin(desk.serve(letter(Command::Renew)));
        let mut done = false;
        for _ in 0..steps {
            done = done || step(&mut renewal).is_some();
            assert!(payable(&house) <= 1);
            if done {
                break;
            }
        }
        drop(renewal);
        crashes += u32::from(!done);
        let until = house.stored().created_at + Seconds(600);
        house.live_until(until);
        let (_, view) = checkout(serve(&house, Command::Read));
        assert_eq!(view.phase, Some(Phase::Waiting), "after {steps} steps");
        assert_eq!(payable(&house), 1);
        if done {
            break;
        }
    }
    assert!(crashes >= 8, "{crashes}");
}
