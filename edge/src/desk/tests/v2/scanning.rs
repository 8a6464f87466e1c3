//! Somebody scanned a printed code: the phone is handed the order that can be paid, or told why not.

use checkout::report::PrepayId;
use checkout::view::Status;

use super::super::house::step;
use super::super::wechat::Fault;
use super::super::{letter, opening, serve};
use super::{House, advance, assert_identical_orders, by_v2, house, waiting};
use crate::command::{Answer, Command, Opening, Scanned, Source};

fn scan(house: &std::rc::Rc<House>) -> Scanned {
    match serve(house, Command::Scan) {
        Answer::Scanned(scanned) => scanned,
        other => panic!("{other:?}"),
    }
}

fn ready(order_calls: u32) -> Scanned {
    let prepay_id = PrepayId::parse(&format!("wx01105320prepay{order_calls}")).unwrap();
    Scanned::Ready { prepay_id }
}

#[test]
fn a_fresh_code_gives_the_same_order_however_often_it_is_scanned() {
    let house = waiting();
    for _ in 0..3 {
        assert_eq!(scan(&house), ready(1));
    }
    assert_eq!(house.wechat.borrow().verbs(), ["place"]);
}

#[test]
fn a_checkout_of_a_counter_is_opened_and_scanned() {
    let house = house();
    let source = Source::Counter { product: "oolong-250".to_owned() };
    serve(&house, by_v2(Opening { source, ..opening("counter:oolong-250:0123456789abcdef") }));
    assert_eq!(scan(&house), ready(1));
    let (_, view) = super::super::checkout(serve(&house, Command::Read));
    assert_eq!(view.product.as_deref(), Some("oolong-250"));
}

#[test]
fn a_stale_one_is_renewed_first_by_the_same_parameters() {
    let house = waiting();
    advance(&house, 7_139);
    assert_eq!(scan(&house), ready(1));
    advance(&house, 1);
    assert_eq!(scan(&house), ready(2));
    assert_identical_orders(&house, 2);
    // Close to the deadline nobody can be sure to pay in time.
    advance(&house, 86_400 - 7_140 - 200);
    assert_eq!(scan(&house), Scanned::Ended { status: Status::Expired });
}

#[test]
fn what_has_ended_says_how() {
    let house = waiting();
    serve(&house, Command::Cancel);
    assert_eq!(scan(&house), Scanned::Ended { status: Status::Cancelled });
    let house = waiting();
    let number = house.stored().order.number;
    house.wechat.borrow_mut().pay(&number);
    serve(&house, Command::Check);
    assert_eq!(scan(&house), Scanned::Ended { status: Status::Paid });
}

#[test]
fn who_scans_in_the_middle_waits_for_the_platform() {
    let house = house();
    house.wechat.borrow_mut().faults.extend([Fault::ReplyLost, Fault::Busy, Fault::Busy]);
    serve(&house, by_v2(opening("A-1001")));
    assert_eq!(scan(&house), Scanned::Busy);
    house.ring(2);
    assert_eq!(scan(&house), ready(2));

    let house = self::house();
    let (desk, other) = (house.desk(), house.desk());
    let mut open = Box::pin(desk.serve(letter(by_v2(opening("A-1001")))));
    assert_eq!(step(&mut open), None);
    let mut scanning = Box::pin(other.serve(letter(Command::Scan)));
    assert_eq!(step(&mut scanning), None);
    while step(&mut open).is_none() {}
    assert_eq!(super::run(scanning), Answer::Scanned(ready(1)));
    assert_eq!(house.wechat.borrow().verbs(), ["place"]);
}

#[test]
fn a_refused_order_and_one_of_v3_have_nothing_to_hand_over() {
    let house = house();
    house.wechat.borrow_mut().faults.push_back(Fault::Refuse(200, "NOAUTH"));
    serve(&house, by_v2(opening("A-1001")));
    assert_eq!(scan(&house), Scanned::Refused);
    let house = super::super::waiting();
    assert_eq!(scan(&house), Scanned::Refused);
    assert_eq!(serve(&House::new(), Command::Scan), Answer::Unknown);
}

#[test]
fn while_a_person_has_to_look_nobody_is_handed_anything() {
    let house = waiting();
    let number = house.stored().order.number;
    let mut receipt = super::super::wechat::receipt(&number, "4200000001202501010000000001");
    receipt.total = 1;
    let report = super::paid(receipt);
    let hear = Command::Hear { notification_id: "v2:1".to_owned(), out_trade_no: number, report };
    assert_eq!(serve(&house, hear), Answer::Heard);
    assert_eq!(scan(&house), Scanned::Busy);
}
