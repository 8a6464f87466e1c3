//! Money that settles nothing: what becomes of it by itself, and what an operator may decide.

use std::rc::Rc;

use checkout::id::OutTradeNo;
use checkout::order::{Alert, Ask, Attempt, Call, Disagreement, Fate, Policies, Policy};
use checkout::payee::Payee;
use checkout::refund::{RefundFact, Standing};
use checkout::report::{Receipt, Resolution};
use checkout::time::Seconds;
use checkout::view::{Status, Trouble};
use futures_util::future::join;

use super::house::{House, run, step};
use super::refunding::{told, wish};
use super::wechat::{State, paid, receipt};
use super::{checkout, letter, opening, serve, session};
use crate::command::{Answer, Command, Opening};
use crate::outbox::Topic;
use crate::problem::Code;

const ODD: &str = "4200000001202501010000000099";

fn hear(house: &Rc<House>, receipt: &Receipt) {
    let command = Command::Hear {
        notification_id: format!("EV-{}", receipt.transaction_id),
        out_trade_no: OutTradeNo::parse(&receipt.out_trade_no).unwrap(),
        report: paid(receipt.clone()),
    };
    assert_eq!(serve(house, command), Answer::Heard);
}

/// A house whose checkout had its code renewed, with the number of the first attempt.
fn renewed(second: Policy) -> (Rc<House>, OutTradeNo) {
    let house = House::new();
    let policies = Policies { late: Policy::Hold, second };
    serve(&house, Command::Open(Box::new(Opening { policies, ..opening("A-1001") })));
    let first = house.stored().order.number;
    session(serve(&house, Command::Renew));
    (house, first)
}

/// The same, and both attempts were paid. The first was closed, so that should not be: the platform's
/// books knew of the payment too late.
fn paid_twice(second: Policy) -> (Rc<House>, Receipt) {
    let (house, first) = renewed(second);
    let number = house.stored().order.number;
    let counts = house.wechat.borrow_mut().pay(&number);
    hear(&house, &counts);
    house.wechat.borrow_mut().orders.get_mut(first.as_str()).unwrap().state = State::NotPay;
    let odd = house.wechat.borrow_mut().pay(&first);
    hear(&house, &odd);
    assert_eq!(house.stored().order.status(), Status::Paid);
    house.wechat.borrow_mut().sent.clear();
    (house, odd)
}

/// A house whose code was paid with another sum.
fn frozen() -> Rc<House> {
    let house = super::waiting();
    hear(&house, &Receipt { total: 8_799, ..receipt(&house.stored().order.number, ODD) });
    assert!(house.stored().order.is_frozen());
    house
}

fn resolve(house: &Rc<House>, transaction_id: &str, resolution: Resolution) -> Answer {
    let transaction_id = transaction_id.to_owned();
    serve(house, Command::Resolve { transaction_id, resolution })
}

#[track_caller]
fn refused(answer: Answer) -> Code {
    match answer {
        Answer::Problem(problem) => problem.code,
        other => panic!("{other:?}"),
    }
}

/// The topics that the shop's log has, in order.
fn topics(house: &House) -> Vec<Topic> {
    house.stored().outbox.parcels.iter().map(|parcel| parcel.topic).collect()
}

fn rest(house: &Rc<House>) {
    house.live_until(house.stored().touched_at + Seconds::days(2));
}

#[test]
fn second_money_is_held_and_the_shop_is_told() {
    let (house, odd) = paid_twice(Policy::Hold);
    rest(&house);
    assert_eq!(*house.alerts.borrow(), [Alert::Conflict(Disagreement::SecondPayment)]);
    assert_eq!(topics(&house), [Topic::CheckoutPaid, Topic::CheckoutConflict]);
    let (_, view) = checkout(serve(&house, Command::Read));
    assert_eq!((view.set_aside.len(), view.set_aside[0].fate), (1, Fate::Held));
    assert_eq!(view.set_aside[0].transaction_id, odd.transaction_id);
    assert!(house.index.borrow().last().unwrap().attention);
    assert_eq!(house.wechat.borrow().verbs(), Vec::<&str>::new(), "nothing moves by itself");
}

#[test]
fn second_money_goes_back_once_under_the_reference_of_its_payment() {
    let (house, odd) = paid_twice(Policy::Return);
    assert!(house.alerts.borrow().is_empty());
    hear(&house, &odd);
    rest(&house);
    let ledger = house.stored().refunds.remove(0);
    assert_eq!((ledger.transaction_id, ledger.refunds.len()), (odd.transaction_id.clone(), 1));
    let reference = ledger.refunds[0].reference.as_str().to_owned();
    assert_eq!(reference, format!("return:{}", odd.transaction_id));
    assert_eq!(house.wechat.borrow().given_back(&odd.transaction_id), 8_800);
    let number = ledger.refunds[0].number.as_str().to_owned();
    house.wechat.borrow_mut().stand(&number, Standing::Success);
    let fact = house.wechat.borrow().fact(&number);
    serve(&house, told("done", &number, fact));
    rest(&house);
    assert_eq!(topics(&house), [Topic::CheckoutPaid, Topic::RefundSucceeded]);
    assert!(house.stored().is_at_rest());
}

/// Wherever a handler dies, exactly one refund of the whole sum is made.
#[test]
fn a_crash_between_any_two_steps_gives_money_back_once() {
    for steps in 0..12 {
        let (house, odd) = paid_twice(Policy::Return);
        let desk = house.desk();
        house.pass_s(6);
        let mut wake = Box::pin(desk.wake());
        for _ in 0..steps {
            if step(&mut wake).is_some() {
                break;
            }
        }
        drop(wake);
        run(house.desk().wake()).unwrap();
        rest(&house);
        assert_eq!(house.wechat.borrow().given_back(&odd.transaction_id), 8_800, "{steps}");
        assert_eq!(house.wechat.borrow().refunds.all.len(), 1, "{steps}");
        assert_eq!(house.stored().refunds[0].refunds.len(), 1, "{steps}");
    }
}

#[test]
fn two_handlers_give_money_back_once() {
    let (house, odd) = paid_twice(Policy::Return);
    let (one, two) = (house.desk(), house.desk());
    let (first, second) = run(join(one.wake(), two.wake()));
    assert_eq!((first, second), (Ok(()), Ok(())));
    rest(&house);
    assert_eq!(house.wechat.borrow().given_back(&odd.transaction_id), 8_800);
    assert_eq!(house.stored().refunds[0].refunds.len(), 1);
}

#[test]
fn what_the_shop_has_given_back_already_is_left_out() {
    let (house, odd) = paid_twice(Policy::Hold);
    let mut part = wish("R-1", 4_000);
    part.transaction_id = Some(odd.transaction_id.clone());
    serve(&house, Command::Refund(Box::new(part)));
    resolve(&house, &odd.transaction_id, Resolution::Return);
    rest(&house);
    let ledger = house.stored().refunds.remove(0);
    let amounts: Vec<_> = ledger.refunds.iter().map(|refund| refund.amount.count()).collect();
    assert_eq!(amounts, [4_000, 4_800]);
    assert_eq!(house.wechat.borrow().given_back(&odd.transaction_id), 8_800);
}

/// A fresh attempt that cannot be made yet is no reason to keep the money of an earlier one.
#[test]
fn money_goes_back_while_a_fresh_attempt_waits() {
    let (house, first) = renewed(Policy::Hold);
    let now = house.stored().touched_at;
    let state = State::Paid { transaction_id: ODD.to_owned() };
    house.wechat.borrow_mut().orders.get_mut(first.as_str()).unwrap().state = state;
    hear(&house, &Receipt { total: 8_799, ..receipt(&first, ODD) });
    let mut stored = house.stored();
    stored.order.attempt = Attempt::Vacant;
    stored.order.odd[0].fate = Fate::Returning;
    stored.order.ask = Some(Ask { call: Call::Place, at: now + Seconds(3_600), tries: 0 });
    house.rows.borrow_mut().stored = Some(stored);
    house.pass_s(10);
    run(house.desk().wake()).unwrap();
    let stored = house.stored();
    assert_eq!((stored.refunds.len(), stored.order.attempt_no.count()), (1, 2));
}

/// What the platform says of this payment's refunds disagrees with ours: a person has to look first.
#[test]
fn a_frozen_ledger_gives_nothing_back_and_rings_for_nothing() {
    let (house, odd) = paid_twice(Policy::Hold);
    house.wechat.borrow_mut().refund_elsewhere(&odd.transaction_id, 100);
    let fact = house.wechat.borrow().fact("CONSOLE-1");
    serve(&house, told("console", "CONSOLE-1", RefundFact { total: 9_900, ..fact }));
    assert!(house.stored().refunds[0].conflict.is_some());
    resolve(&house, &odd.transaction_id, Resolution::Return);
    assert_eq!(house.stored().order.odd[0].fate, Fate::Returning);
    rest(&house);
    assert!(house.stored().refunds[0].refunds.is_empty());
    assert_eq!(house.wechat.borrow().given_back(&odd.transaction_id), 100);
    assert!(!house.stored().is_at_rest() && house.index.borrow().last().unwrap().attention);
    assert_eq!(house.rows.borrow().alarm, None);
}

#[test]
fn another_sum_that_counts_settles_the_checkout() {
    let house = frozen();
    let view = session(serve(&house, Command::Look));
    assert_eq!((view.trouble, view.code_url), (Some(Trouble::Conflict), None));
    resolve(&house, ODD, Resolution::Settle);
    let (_, view) = checkout(serve(&house, Command::Read));
    assert_eq!((view.status, view.payment.unwrap().total), (Status::Paid, 8_799));
    rest(&house);
    assert_eq!(topics(&house), [Topic::CheckoutConflict, Topic::CheckoutPaid]);
    assert_eq!(house.freed.get(), 1);
}

#[test]
fn another_sum_that_goes_back_ends_the_checkout() {
    let house = frozen();
    let number = house.stored().order.number;
    let state = State::Paid { transaction_id: ODD.to_owned() };
    house.wechat.borrow_mut().orders.get_mut(number.as_str()).unwrap().state = state;
    resolve(&house, ODD, Resolution::Return);
    assert_eq!(house.stored().order.status(), Status::Cancelled);
    rest(&house);
    let ledger = house.stored().refunds.remove(0);
    assert_eq!((ledger.total.count(), ledger.refunds[0].amount.count()), (8_799, 8_799));
    assert_eq!(topics(&house)[..2], [Topic::CheckoutConflict, Topic::CheckoutCancelled]);
}

#[test]
fn another_sum_that_was_dealt_with_ends_the_checkout() {
    let house = frozen();
    resolve(&house, ODD, Resolution::Dismiss);
    rest(&house);
    assert_eq!(house.stored().order.status(), Status::Cancelled);
    assert!(house.stored().refunds.is_empty() && house.stored().is_at_rest());
}

/// The money was for an earlier attempt: the code that is shown now must not be paid as well.
#[test]
fn settling_by_earlier_money_closes_the_code_that_is_shown() {
    let (house, first) = renewed(Policy::Hold);
    hear(&house, &Receipt { total: 8_799, ..receipt(&first, ODD) });
    assert!(house.stored().order.is_frozen());
    resolve(&house, ODD, Resolution::Settle);
    rest(&house);
    let order = house.stored().order;
    assert_eq!((order.status(), order.ask), (Status::Paid, None));
    assert_eq!(house.wechat.borrow().orders[order.number.as_str()].state, State::Closed);
}

#[test]
fn dismissing_earlier_money_lets_the_checkout_go_on() {
    let (house, first) = renewed(Policy::Hold);
    hear(&house, &Receipt { total: 8_799, ..receipt(&first, ODD) });
    resolve(&house, ODD, Resolution::Dismiss);
    let view = session(serve(&house, Command::Look));
    assert_eq!((view.status, view.trouble), (Status::Open, None));
    assert!(view.code_url.is_some());
    assert!(house.platform_alarm().is_some());
}

#[test]
fn money_of_another_merchant_can_only_be_dismissed() {
    let house = super::waiting();
    let number = house.stored().order.number;
    let payee = Payee::direct("1900000999", "wxd678efh567hg6787");
    hear(&house, &Receipt { payee, ..receipt(&number, ODD) });
    for resolution in [Resolution::Settle, Resolution::Return] {
        assert_eq!(refused(resolve(&house, ODD, resolution)), Code::InConflict);
    }
    assert_eq!(house.stored().order.odd[0].fate, Fate::Held);
    // It was no payment of ours: whoever has the code may still pay.
    resolve(&house, ODD, Resolution::Dismiss);
    assert_eq!(house.stored().order.status(), Status::Open);
    let receipt = house.wechat.borrow_mut().pay(&number);
    hear(&house, &receipt);
    assert_eq!(house.stored().order.status(), Status::Paid);
}

#[test]
fn a_decision_is_made_once() {
    let (house, odd) = paid_twice(Policy::Hold);
    let id = &odd.transaction_id;
    let settle = resolve(&house, id, Resolution::Settle);
    assert_eq!(refused(settle), Code::InConflict, "nothing settles what is paid");
    resolve(&house, id, Resolution::Dismiss);
    let revision = house.stored().revision;
    checkout(resolve(&house, id, Resolution::Dismiss));
    assert_eq!(house.stored().revision, revision, "the same again is the same");
    for resolution in [Resolution::Settle, Resolution::Return] {
        assert_eq!(refused(resolve(&house, id, resolution)), Code::InConflict);
    }
    assert_eq!(refused(resolve(&house, ODD, Resolution::Dismiss)), Code::NotPaid);
    rest(&house);
    assert_eq!(house.wechat.borrow().given_back(id), 0);
}

/// A handler died with a question under way, and money is told before anybody notices: the lease is
/// still taken for a call in doubt, and nothing is lost.
#[test]
fn money_that_is_told_while_a_dead_lease_stands_counts() {
    for short in [false, true] {
        let house = super::waiting();
        let number = house.stored().order.number;
        let desk = house.desk();
        let mut check = Box::pin(desk.serve(letter(Command::Check)));
        assert_eq!(step(&mut check), None);
        drop(check);
        house.pass_s(60);
        assert!(house.stored().lease.is_some());
        let total = if short { 8_799 } else { 8_800 };
        hear(&house, &Receipt { total, ..receipt(&number, ODD) });
        house.live_until(house.stored().touched_at + Seconds(60));
        let order = house.stored().order;
        assert_eq!((order.is_frozen(), order.status() == Status::Paid), (short, !short));
        if short {
            resolve(&house, ODD, Resolution::Dismiss);
            assert_eq!(house.stored().order.status(), Status::Cancelled);
        }
        rest(&house);
        assert!(house.stored().is_at_rest());
        assert_eq!(house.platform_alarm(), None);
    }
}
