//! Money that came too late: given back, kept or counted, and never two of these.

use std::rc::Rc;

use checkout::order::{Fate, Policies, Policy};
use checkout::refund::Standing;
use checkout::report::{Receipt, Resolution};
use checkout::time::UnixSeconds;
use checkout::view::Status;

use super::house::{House, run};
use super::refunding::{refund, told, wish};
use super::wechat::{State, paid};
use super::{opening, serve};
use crate::command::{Answer, Command, Opening, RefundWish};
use crate::index;
use crate::problem::{Code, Problem};

/// A house whose checkout was cancelled and then paid, under this policy.
fn paid_late(late: Policy) -> (Rc<House>, Receipt) {
    let house = House::new();
    let policies = Policies { late, second: Policy::Hold };
    serve(&house, Command::Open(Box::new(Opening { policies, ..opening("A-1001") })));
    serve(&house, Command::Cancel);
    assert_eq!(house.stored().order.status(), Status::Cancelled);
    let number = house.stored().order.number;
    house.wechat.borrow_mut().orders.get_mut(number.as_str()).unwrap().state = State::NotPay;
    let receipt = house.wechat.borrow_mut().pay(&number);
    let report = paid(receipt.clone());
    let hear = Command::Hear { notification_id: "late".to_owned(), out_trade_no: number, report };
    assert_eq!(serve(&house, hear), Answer::Heard);
    house.wechat.borrow_mut().sent.clear();
    (house, receipt)
}

#[track_caller]
fn code(answer: Answer) -> Code {
    match answer {
        Answer::Problem(problem) => problem.code,
        other => panic!("{other:?}"),
    }
}

/// The shop gives held money back by naming it; the operator, who does not know, says that it counts.
#[test]
fn what_went_back_settles_nothing() {
    let (house, Receipt { transaction_id, .. }) = paid_late(Policy::Hold);
    let named = RefundWish { transaction_id: Some(transaction_id.clone()), ..wish("R-1", 8_800) };
    let (created, view) = refund(serve(&house, Command::Refund(Box::new(named))));
    assert!(created);
    let resolution = Resolution::Settle;
    let settle = || Command::Resolve { transaction_id: transaction_id.clone(), resolution };
    assert_eq!(code(serve(&house, settle())), Code::InConflict);
    assert_eq!(house.stored().order.status(), Status::Cancelled);
    // A refund that will never be gives the money back to be decided about.
    house.wechat.borrow_mut().stand(&view.out_refund_no, Standing::Closed);
    house.ring(1);
    serve(&house, settle());
    assert_eq!(house.stored().order.status(), Status::Paid);
}

/// Money that is to go back and does not is nothing to be forgotten.
#[test]
fn a_return_that_fails_waits_for_a_person() {
    let (house, Receipt { transaction_id, .. }) = paid_late(Policy::Return);
    house.ring(1);
    let number = house.stored().refunds[0].refunds[0].number.as_str().to_owned();
    house.wechat.borrow_mut().stand(&number, Standing::Closed);
    let fact = house.wechat.borrow().fact(&number);
    serve(&house, told("closed", &number, fact));
    run(house.desk().tick()).unwrap();
    let stored = house.stored();
    assert_eq!(stored.order.odd[0].fate, Fate::Returning);
    assert!(!stored.is_at_rest() && index::row(&stored).attention);
    assert_eq!(stored.refunds[0].refunds.len(), 1, "no second number by itself");
    // The shop, told of the failure, gives it back another time.
    let named = RefundWish { transaction_id: Some(transaction_id), ..wish("R-1", 8_800) };
    let (_, view) = refund(serve(&house, Command::Refund(Box::new(named))));
    house.ring(1);
    house.wechat.borrow_mut().stand(&view.out_refund_no, Standing::Success);
    let fact = house.wechat.borrow().fact(&view.out_refund_no);
    serve(&house, told("success", &view.out_refund_no, fact));
    run(house.desk().tick()).unwrap();
    assert!(house.stored().is_at_rest() && !index::row(&house.stored()).attention);
}

/// Without keys nothing can be given back; asking for them every five seconds brings none.
#[test]
fn money_that_cannot_go_back_yet_does_not_ring_all_day() {
    let (house, _) = paid_late(Policy::Return);
    let problem = Problem::new(Code::Misconfigured, "no keys");
    *house.misconfigured.borrow_mut() = Some(problem);
    let begun = house.wall_ms.get();
    let mut rung = 0;
    while house.wall_ms.get() < begun + 3_600_000 {
        let at = house.rows.borrow_mut().alarm.take().expect("an alarm");
        house.wall_ms.set(house.wall_ms.get().max(at.0 * 1_000));
        run(house.desk().wake()).unwrap();
        rung += 1;
    }
    assert!(rung <= 70, "{rung} times in an hour");
    *house.misconfigured.borrow_mut() = None;
    let at = house.rows.borrow().alarm.unwrap();
    assert!(at <= UnixSeconds(house.wall_ms.get() / 1_000 + 60));
    house.wall_ms.set(at.0 * 1_000);
    run(house.desk().wake()).unwrap();
    assert_eq!(house.wechat.borrow().refunds.all.len(), 1);
}
