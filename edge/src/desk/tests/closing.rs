//! The end without money: cancelled, expired, or a code that has grown stale. Said only after
//! query, close, query; and a payment wins against all of it.

use checkout::view::{Phase, Status};

use super::house::{House, run, step};
use super::wechat::{Fault, State, paid};
use super::{checkout, from_catalogue, letter, opening, serve, session, waiting};
use crate::command::{Answer, Command};
use crate::problem::Code;

#[track_caller]
fn settled(answer: Answer) -> bool {
    match answer {
        Answer::Checkout { settled, .. } => settled,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn code(answer: Answer) -> Code {
    match answer {
        Answer::Problem(problem) => problem.code,
        other => panic!("{other:?}"),
    }
}

/// Moves business time, as the development clock does, and runs what has come due.
fn advance(house: &std::rc::Rc<House>, seconds: i64) {
    house.ahead_s.set(house.ahead_s.get() + seconds);
    run(house.desk().tick()).unwrap();
}

#[test]
fn cancelled_means_closed_at_the_platform() {
    let house = waiting();
    assert!(settled(serve(&house, Command::Cancel)));
    assert_eq!(house.wechat.borrow().verbs(), ["place", "query", "close", "query"]);
    let (_, view) = checkout(serve(&house, Command::Read));
    assert_eq!((view.status, view.phase, view.attempt.code_url), (Status::Cancelled, None, None));
    assert_eq!((house.freed.get(), house.platform_alarm()), (1, None));
    // Again is no error, and asks nobody.
    assert!(settled(serve(&house, Command::Cancel)));
    assert_eq!(house.wechat.borrow().sent.len(), 4);
}

#[test]
fn a_payment_under_way_wins_against_a_cancellation() {
    let house = waiting();
    let number = house.stored().order.number;
    house.wechat.borrow_mut().pay(&number);
    assert_eq!(code(serve(&house, Command::Cancel)), Code::AlreadyPaid);
    assert_eq!(house.stored().order.status(), Status::Paid);
    assert_eq!(house.wechat.borrow().verbs(), ["place", "query"]);
}

#[test]
fn a_payment_between_query_and_close_wins_too() {
    let house = waiting();
    let number = house.stored().order.number;
    let desk = house.desk();
    let mut cancel = Box::pin(desk.serve(letter(Command::Cancel)));
    assert_eq!(step(&mut cancel), None);
    assert_eq!(step(&mut cancel), None);
    assert_eq!(house.wechat.borrow().verbs(), ["place", "query"]);
    house.wechat.borrow_mut().pay(&number);
    // Close is refused, which alone says nothing; the query a second later finds the money.
    assert_eq!(code(run(cancel)), Code::AlreadyPaid);
    assert_eq!(house.wechat.borrow().verbs(), ["place", "query", "close", "query"]);
}

#[test]
fn a_cancellation_waits_for_the_call_that_is_under_way() {
    let house = House::new();
    let (desk, other) = (house.desk(), house.desk());
    let mut open = Box::pin(desk.serve(letter(Command::Open(Box::new(opening("A-1001"))))));
    assert_eq!(step(&mut open), None);
    let mut cancel = Box::pin(other.serve(letter(Command::Cancel)));
    let mut answers = (None, None);
    while answers.0.is_none() || answers.1.is_none() {
        answers.0 = answers.0.or_else(|| step(&mut open));
        answers.1 = answers.1.or_else(|| step(&mut cancel));
    }
    assert!(settled(answers.1.unwrap()));
    assert_eq!(house.wechat.borrow().verbs(), ["place", "query", "close", "query"]);
    assert_eq!(house.stored().order.status(), Status::Cancelled);
}

#[test]
fn a_cancellation_that_nobody_confirms_goes_on() {
    let house = waiting();
    house.wechat.borrow_mut().faults.extend([Fault::ReplyLost, Fault::ReplyLost]);
    assert!(!settled(serve(&house, Command::Cancel)));
    assert_eq!(checkout(serve(&house, Command::Read)).1.phase, Some(Phase::Closing));
    house.ring(3);
    assert_eq!(house.stored().order.status(), Status::Cancelled);
    assert_eq!(house.freed.get(), 1);
}

#[test]
fn at_the_deadline_an_unpaid_order_is_closed_and_expires() {
    let house = waiting();
    advance(&house, 86_400);
    // The code was looked after all day; what counts is the end.
    let verbs = house.wechat.borrow().verbs();
    assert_eq!(verbs.get(verbs.len() - 3..), Some(["query", "close", "query"].as_slice()));
    let (_, view) = checkout(serve(&house, Command::Read));
    assert_eq!((view.status, view.phase), (Status::Expired, None));
    assert_eq!((house.freed.get(), house.platform_alarm()), (1, None));
    assert_eq!(code(serve(&house, Command::Cancel)), Code::AlreadyExpired);
}

#[test]
fn nothing_expires_while_the_platform_is_silent() {
    let house = waiting();
    house.wechat.borrow_mut().faults.extend(vec![Fault::RequestLost; 4]);
    advance(&house, 90_000);
    assert_eq!(checkout(serve(&house, Command::Read)).1.phase, Some(Phase::Closing));
    house.ring(6);
    assert_eq!(house.stored().order.status(), Status::Expired);
}

#[test]
fn money_after_the_end_still_counts() {
    let house = waiting();
    let number = house.stored().order.number;
    let receipt = house.wechat.borrow_mut().pay(&number);
    // As if the payment had reached the platform's books only after it confirmed the closing.
    house.wechat.borrow_mut().orders.get_mut(number.as_str()).unwrap().state = State::NotPay;
    advance(&house, 90_000);
    assert_eq!(house.stored().order.status(), Status::Expired);
    let command = Command::Hear {
        notification_id: "EV-1".to_owned(),
        out_trade_no: number,
        report: paid(receipt),
    };
    assert_eq!(serve(&house, command), Answer::Heard);
    let (_, view) = checkout(serve(&house, Command::Read));
    assert_eq!((view.status, view.payment.map(|payment| payment.late)), (Status::Paid, Some(true)));
}

#[test]
fn a_refused_attempt_expires_without_a_word_to_the_platform() {
    let house = House::new();
    house.wechat.borrow_mut().faults.push_back(Fault::Refuse(403, "NO_AUTH"));
    serve(&house, Command::Open(Box::new(from_catalogue(1, "192.0.2.1"))));
    advance(&house, 86_400);
    assert_eq!(house.stored().order.status(), Status::Expired);
    assert_eq!((house.wechat.borrow().sent.len(), house.freed.get()), (1, 1));
}

#[test]
fn a_stale_code_is_renewed_by_the_identical_order_when_somebody_looks() {
    let house = waiting();
    let before = session(serve(&house, Command::Look));
    advance(&house, 7_140);
    let stale = checkout(serve(&house, Command::Read)).1;
    assert_eq!(stale.attempt.code_url, None);
    let fresh = session(serve(&house, Command::Look));
    assert_eq!(fresh.phase, Some(Phase::Waiting));
    assert_ne!(fresh.code_url, before.code_url);
    assert_eq!(fresh.code_expires_in_ms, Some(7_140_000));
    assert!(fresh.version > before.version);
    let wechat = house.wechat.borrow();
    let bodies: Vec<_> = wechat.sent.iter().filter(|sent| sent.verb == "place").collect();
    assert_eq!(bodies.len(), 2);
    assert_eq!(bodies[0], bodies[1]);
}

#[test]
fn a_stale_code_close_to_the_deadline_is_closed_instead() {
    let house = House::new();
    let brief = crate::command::Opening { lifetime_s: 7_400, ..opening("A-1001") };
    serve(&house, Command::Open(Box::new(brief)));
    advance(&house, 7_140);
    assert_eq!(session(serve(&house, Command::Look)).status, Status::Expired);
}

#[test]
fn a_clock_that_is_moved_lets_a_call_finish_first() {
    let house = House::new();
    let (desk, other) = (house.desk(), house.desk());
    let mut open = Box::pin(desk.serve(letter(Command::Open(Box::new(opening("A-1001"))))));
    assert_eq!(step(&mut open), None);
    house.ahead_s.set(90_000);
    let mut tick = Box::pin(other.tick());
    assert_eq!(step(&mut tick), None);
    run(open);
    run(tick).unwrap();
    assert_eq!(house.stored().order.status(), Status::Expired);
}
