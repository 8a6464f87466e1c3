//! Money comes: by notification, by a question, late, twice, or wrong.

use std::rc::Rc;

use checkout::id::OutTradeNo;
use checkout::order::{Alert, Disagreement};
use checkout::report::{Receipt, Report};
use checkout::view::{Phase, Status, Trouble};

use super::house::{House, run, step};
use super::wechat::{paid, receipt};
use super::{checkout, letter, serve, session, waiting};
use crate::command::{Answer, Command};
use crate::ports::Finding;
use crate::problem::Code;

fn pay(house: &House) -> Receipt {
    let number = house.stored().order.number;
    house.wechat.borrow_mut().pay(&number)
}

fn hear(house: &Rc<House>, id: &str, number: &OutTradeNo, report: Report) -> Answer {
    let command =
        Command::Hear { notification_id: id.to_owned(), out_trade_no: number.clone(), report };
    serve(house, command)
}

/// The notification of `receipt` arrives.
fn notify(house: &Rc<House>, id: &str, receipt: Receipt) -> Answer {
    let number = house.stored().order.number;
    hear(house, id, &number, paid(receipt))
}

#[test]
fn a_notification_settles_the_checkout() {
    let house = waiting();
    let receipt = pay(&house);
    assert_eq!(notify(&house, "EV-1", receipt.clone()), Answer::Heard);
    let (_, view) = checkout(serve(&house, Command::Read));
    assert_eq!((view.status, view.phase, view.attempt.code_url), (Status::Paid, None, None));
    let payment = view.payment.unwrap();
    assert_eq!((payment.transaction_id, payment.total), (receipt.transaction_id, 8_800));
    assert!(!payment.late);
    assert_eq!(house.platform_alarm(), None);
    assert_eq!(house.freed.get(), 1);
    let shown = house.shown.borrow();
    assert_eq!(shown.last().map(|view| view.status), Some(Status::Paid));
    assert_eq!(house.wechat.borrow().verbs(), ["place"]);
}

#[test]
fn a_payment_that_a_question_brings_again_is_no_second_line_of_the_history() {
    let house = waiting();
    let receipt = pay(&house);
    notify(&house, "EV-1", receipt.clone());
    let before = house.stored();
    // Something else has moved meanwhile, such as the next question's time.
    let mut after = before.clone();
    after.order.begun_at.0 += 1;
    let told =
        |receipt| Finding::Order { number: before.order.number.clone(), report: paid(receipt) };
    assert_eq!(house.desk().event(&before, &after, told(receipt.clone())), None);
    let other = Receipt { transaction_id: "4200000001202501010000000099".to_owned(), ..receipt };
    assert!(house.desk().event(&before, &after, told(other)).is_some());
}

#[test]
fn the_same_notification_is_one_event_however_often_it_comes() {
    let house = waiting();
    let receipt = pay(&house);
    for id in ["EV-1", "EV-1", "EV-2"] {
        assert_eq!(notify(&house, id, receipt.clone()), Answer::Heard);
    }
    let events = &house.rows.borrow().events;
    let told = events
        .iter()
        .filter(|event| matches!(&event.finding, Finding::Order { report: Report::Paid(_), .. }));
    assert_eq!(told.count(), 1);
    assert_eq!(house.shown.borrow().iter().filter(|view| view.status == Status::Paid).count(), 1);
}

#[test]
fn what_cannot_be_stored_is_not_acknowledged() {
    let house = waiting();
    let receipt = pay(&house);
    house.rows.borrow_mut().fails_in = Some(0);
    match notify(&house, "EV-1", receipt.clone()) {
        Answer::Problem(problem) => assert_eq!(problem.code, Code::Unavailable),
        other => panic!("{other:?}"),
    }
    assert_eq!(notify(&house, "EV-1", receipt), Answer::Heard);
    assert_eq!(house.stored().order.status(), Status::Paid);
}

#[test]
fn a_number_that_is_not_one_of_ours_is_unknown() {
    let house = waiting();
    let ours = house.stored().order.number;
    let stray = format!("{}zzzzzzzz", ours.as_str().get(..22).unwrap());
    let stray = OutTradeNo::parse(&stray).unwrap();
    let answer = hear(&house, "EV-1", &stray, paid(receipt(&stray, "4200000001")));
    assert_eq!(answer, Answer::Unknown);
    assert_eq!(house.stored().order.status(), Status::Open);
}

#[test]
fn a_wrong_amount_freezes_the_checkout_for_a_person() {
    let house = waiting();
    let receipt = Receipt { total: 1, ..pay(&house) };
    assert_eq!(notify(&house, "EV-1", receipt.clone()), Answer::Heard);
    let (_, view) = checkout(serve(&house, Command::Read));
    assert_eq!((view.status, view.trouble), (Status::Open, Some(Trouble::Conflict)));
    assert_eq!(view.attempt.code_url, None);
    let expected = format!(
        "another amount than the order's: transaction {} over 1 fen, CNY",
        receipt.transaction_id
    );
    assert_eq!(view.conflict, Some(expected));
    let alerts = house.alerts.borrow();
    assert_eq!(*alerts, [Alert::Conflict(Disagreement::Amount)]);
    let rows = house.rows.borrow();
    assert_eq!(
        rows.events.last().and_then(|event| order_report(&event.finding)),
        Some(&Report::Paid(Box::new(receipt)))
    );
    assert_eq!(house.stored().wake_at(), None);
}

#[test]
fn what_was_paid_wrongly_is_not_cancelled() {
    let house = waiting();
    notify(&house, "EV-1", Receipt { total: 1, ..pay(&house) });
    match serve(&house, Command::Cancel) {
        Answer::Problem(problem) => assert_eq!(problem.code, Code::InConflict),
        other => panic!("{other:?}"),
    }
    assert_eq!(house.wechat.borrow().verbs(), ["place"]);
}

#[test]
fn a_payment_that_nobody_notified_is_found_by_the_timer() {
    let house = waiting();
    house.ring(1);
    let receipt = pay(&house);
    house.ring(1);
    assert_eq!(house.stored().order.status(), Status::Paid);
    assert_eq!(house.wechat.borrow().verbs(), ["place", "query", "query"]);
    // The notification then says nothing new.
    assert_eq!(notify(&house, "EV-1", receipt), Answer::Heard);
    assert_eq!(house.stored().order.conflict(), None);
}

#[test]
fn i_have_paid_asks_once_in_five_seconds() {
    let house = waiting();
    for _ in 0..3 {
        let view = session(serve(&house, Command::Check));
        assert_eq!((view.status, view.phase), (Status::Open, Some(Phase::Waiting)));
    }
    assert_eq!(house.wechat.borrow().verbs(), ["place", "query"]);
    pay(&house);
    house.pass_s(4);
    assert_eq!(session(serve(&house, Command::Check)).status, Status::Open);
    house.pass_s(1);
    assert_eq!(session(serve(&house, Command::Check)).status, Status::Paid);
    assert_eq!(house.wechat.borrow().verbs(), ["place", "query", "query"]);
}

#[test]
fn an_answer_that_is_older_than_the_notification_changes_nothing() {
    let house = waiting();
    let desk = house.desk();
    let mut check = Box::pin(desk.serve(letter(Command::Check)));
    assert_eq!(step(&mut check), None);
    assert_eq!(step(&mut check), None);
    // The query has been answered NOTPAY, and the answer is on its way.
    let receipt = pay(&house);
    assert_eq!(notify(&house, "EV-1", receipt), Answer::Heard);
    assert_eq!(session(run(check)).status, Status::Paid);
    assert_eq!(house.stored().order.status(), Status::Paid);
    assert_eq!(house.platform_alarm(), None);
}

#[test]
fn a_waiting_page_is_answered_when_the_money_comes() {
    let house = waiting();
    let version = session(serve(&house, Command::Look)).version;
    let desk = house.desk();
    let mut wait = Box::pin(desk.serve(letter(Command::Wait { version, wait_s: 25 })));
    for _ in 0..10 {
        assert_eq!(step(&mut wait), None);
    }
    let receipt = pay(&house);
    notify(&house, "EV-1", receipt);
    let view = session(step(&mut wait).expect("it is answered at the next glance"));
    assert_eq!(view.status, Status::Paid);
    assert!(view.version > version);
}

#[test]
fn the_end_of_a_wait_is_an_answer() {
    let house = waiting();
    let version = session(serve(&house, Command::Look)).version;
    for (asked_s, waited_ms) in [(0, 0), (3, 3_000), (25, 25_000), (3_600, 25_000)] {
        let begun = house.wall_ms.get();
        let view = session(serve(&house, Command::Wait { version, wait_s: asked_s }));
        assert_eq!(view.version, version);
        assert_eq!(house.wall_ms.get() - begun, waited_ms);
    }
    let begun = house.wall_ms.get();
    session(serve(&house, Command::Wait { version: version - 1, wait_s: 25 }));
    assert_eq!(house.wall_ms.get(), begun);
}

fn order_report(finding: &Finding) -> Option<&Report> {
    match finding {
        Finding::Order { report, .. } => Some(report),
        Finding::Refund(_) => None,
    }
}
