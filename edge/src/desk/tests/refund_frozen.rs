//! A ledger that is frozen begins nothing, and goes on asking about what was sent before: a call that
//! went astray may land whenever it likes.

use std::rc::Rc;

use checkout::refund::{RefundEffect, RefundStatus, Standing, WaitingFor};
use checkout::time::UnixSeconds;

use super::house::{House, step};
use super::refunding::{other_way, read, refund, settled, told, want};
use super::wechat::Fault;
use super::{letter, serve};
use crate::command::Answer;

/// A settled house with one refund of 40 yuan.
#[track_caller]
fn refunded() -> (Rc<House>, String) {
    let house = settled();
    let (created, view) = refund(serve(&house, want("R-1", 4_000)));
    assert!(created);
    (house, view.out_refund_no)
}

/// The platform contradicts itself about the refund `number`.
#[track_caller]
fn freeze(house: &Rc<House>, number: &str) {
    let mut fact = house.wechat.borrow().fact(number);
    fact.amount += 1;
    assert_eq!(serve(house, told("frz", number, fact)), Answer::Heard);
}

/// A settled house with one refund of 40 yuan that the payer has.
fn one_done() -> (Rc<House>, String) {
    let (house, first) = refunded();
    house.wechat.borrow_mut().stand(&first, Standing::Success);
    let fact = house.wechat.borrow().fact(&first);
    serve(&house, told("n1", &first, fact));
    house.pass_s(120);
    (house, first)
}

#[test]
fn a_crash_in_a_ledger_that_froze_meanwhile() {
    let (house, first) = one_done();
    let desk = house.desk();
    let mut wanted = Box::pin(desk.serve(letter(want("R-2", 4_000))));
    for _ in 0..2 {
        assert_eq!(step(&mut wanted), None);
    }
    freeze(&house, &first);
    drop(wanted);
    assert_eq!(house.wechat.borrow().refunds.all.len(), 2);
    house.ring(10);
    assert_eq!(house.wechat.borrow().verbs()[..3], ["refund", "refund", "ask"]);
}

#[test]
fn a_call_astray_lands_after_the_freeze() {
    let (house, first) = one_done();
    house.wechat.borrow_mut().faults.push_back(Fault::Astray(400, "PARAM_ERROR"));
    let (_, view) = refund(serve(&house, want("R-2", 4_000)));
    freeze(&house, &first);
    house.ring(1);
    let now = UnixSeconds(house.wall_ms.get() / 1_000);
    house.wechat.borrow_mut().arrive(now);
    house.ring(100);
    let view = read(&house, &view.out_refund_no);
    assert_eq!(view.status, RefundStatus::Processing);
}

#[test]
fn a_choice_astray_lands_after_the_freeze() {
    let (house, first) = one_done();
    let (_, view) = refund(serve(&house, want("R-2", 4_000)));
    let number = view.out_refund_no;
    house.wechat.borrow_mut().stand(&number, Standing::Abnormal);
    let fact = house.wechat.borrow().fact(&number);
    serve(&house, told("n2", &number, fact));
    house.wechat.borrow_mut().faults.push_back(Fault::Astray(400, "PARAM_ERROR"));
    serve(&house, other_way(&number, "YQ=="));
    freeze(&house, &first);
    house.ring(1);
    let now = UnixSeconds(house.wall_ms.get() / 1_000);
    house.wechat.borrow_mut().arrive(now);
    house.wechat.borrow_mut().stand(&number, Standing::Success);
    house.ring(100);
    assert_eq!(read(&house, &number).status, RefundStatus::Success);
}

#[test]
fn an_empty_balance_is_told_also_after_a_call_that_went_astray() {
    let house = settled();
    house.wechat.borrow_mut().refunds.balance = Some(3_999);
    house.wechat.borrow_mut().faults.push_back(Fault::Astray(403, "NOT_ENOUGH"));
    let (_, view) = refund(serve(&house, want("R-1", 4_000)));
    house.ring(8);
    assert_eq!(read(&house, &view.out_refund_no).waiting_for, Some(WaitingFor::Balance));
    let short = |effect: &&RefundEffect| matches!(effect, RefundEffect::ShortOfFunds(_));
    assert_eq!(house.refund_alerts.borrow().iter().filter(short).count(), 1);
}

#[test]
fn an_excess_ends_though_a_choice_is_under_way() {
    let (house, number) = refunded();
    house.wechat.borrow_mut().stand(&number, Standing::Abnormal);
    let fact = house.wechat.borrow().fact(&number);
    serve(&house, told("n1", &number, fact.clone()));
    house.wechat.borrow_mut().faults.push_back(Fault::Astray(400, "PARAM_ERROR"));
    serve(&house, other_way(&number, "YQ=="));
    let mut other = fact;
    other.refund_id = "50300000009999".to_owned();
    other.amount = 8_000;
    other.standing = Standing::Success;
    serve(&house, told("ext", "CONSOLE-1", other));
    house.ring(1);
    house.wechat.borrow_mut().stand(&number, Standing::Closed);
    house.ring(100);
    assert_eq!(read(&house, &number).status, RefundStatus::Closed);
}
