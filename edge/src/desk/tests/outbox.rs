//! The shop is told: everything once, with one id and the same bytes, for as long as it takes.

use std::rc::Rc;

use checkout::patience::REDELIVERY_S;
use checkout::time::Seconds;
use futures_util::future::join;

use super::house::{House, run, step};
use super::refunding::{refund, settled, want};
use super::serve;
use super::wechat::{paid, receipt};
use crate::command::{Answer, Command};
use crate::outbox::{Outcome, Parcel, ParcelState, Topic};
use crate::problem::Code;

/// The one event of a checkout that was paid.
#[track_caller]
fn parcel(house: &House) -> Parcel {
    let parcels = house.stored().outbox.parcels;
    let [parcel] = <[Parcel; 1]>::try_from(parcels).expect("one event");
    assert_eq!(parcel.topic, Topic::CheckoutPaid);
    parcel
}

/// Lets the alarm ring until nothing is left to do.
fn rest(house: &Rc<House>) {
    house.live_until(house.stored().touched_at + Seconds::days(20));
}

/// What was sent is what is stored, each time.
#[track_caller]
fn assert_same_bytes(house: &House, times: usize) {
    let (id, rows, told) = (parcel(house).id, house.rows.borrow(), house.told.borrow());
    assert_eq!(told.len(), times);
    assert!(told.iter().all(|(told, body)| *told == id && *body == rows.parcels[&id]));
}

#[test]
fn an_event_is_told_once_however_often_its_cause_is_heard() {
    let house = settled();
    rest(&house);
    assert_eq!(parcel(&house).state, ParcelState::Delivered);
    let number = house.stored().order.number;
    for id in ["EV-1", "EV-2"] {
        let transaction_id = "4200000001202501010000000001".to_owned();
        let report = paid(receipt(&number, &transaction_id));
        let notification_id = id.to_owned();
        let out_trade_no = number.clone();
        serve(&house, Command::Hear { notification_id, out_trade_no, report });
        rest(&house);
    }
    assert_same_bytes(&house, 1);
}

#[test]
fn an_event_tells_of_the_checkout_as_it_was_then() {
    let house = settled();
    let body: serde_json::Value =
        serde_json::from_slice(&house.rows.borrow().parcels[&parcel(&house).id]).unwrap();
    assert_eq!((&body["type"], &body["data"]["status"]), (&"checkout.paid".into(), &"paid".into()));
    refund(serve(&house, want("R-1", 4_000)));
    rest(&house);
    let told = house.told.borrow();
    let first: serde_json::Value = serde_json::from_slice(&told[0].1).unwrap();
    assert_eq!(first, body);
}

/// The published schedule, stretched by a quarter at most.
#[test]
fn a_shop_that_fails_is_told_by_the_schedule_and_then_given_up() {
    let house = settled();
    house.shop_says.set(Outcome::Refused { status: 500, retry_after_s: None });
    rest(&house);
    let parcel = parcel(&house);
    assert_eq!(parcel.state, ParcelState::Dead);
    let at: Vec<_> = parcel.deliveries.iter().map(|attempt| attempt.at.0).collect();
    let waits: Vec<_> = at.windows(2).map(|two| two[1] - two[0]).collect();
    assert_eq!(waits.len(), REDELIVERY_S.len());
    for (wait, step) in waits.iter().zip(REDELIVERY_S) {
        assert!((step..=step + step / 4 + 1).contains(wait), "{wait} for {step}");
    }
    assert_same_bytes(&house, 11);
    let row = house.index.borrow().last().cloned().unwrap();
    assert_eq!((row.dead, row.attention), (1, true), "an operator sees it");
}

#[test]
fn what_was_given_up_is_driven_again_with_the_same_bytes() {
    let house = settled();
    house.shop_says.set(Outcome::Refused { status: 404, retry_after_s: None });
    rest(&house);
    house.shop_says.set(Outcome::Accepted { status: 200 });
    serve(&house, Command::Redrive);
    rest(&house);
    assert_eq!(parcel(&house).state, ParcelState::Delivered);
    assert_same_bytes(&house, 12);
    let row = house.index.borrow().last().cloned().unwrap();
    assert_eq!((row.dead, row.attention), (0, false));
}

#[test]
fn an_operator_sends_what_was_delivered_anew() {
    let house = settled();
    rest(&house);
    let Answer::Events { events } = serve(&house, Command::Resend { id: parcel(&house).id }) else {
        panic!("no event");
    };
    assert!(matches!(events[0].state, ParcelState::Waiting { .. }));
    rest(&house);
    assert_same_bytes(&house, 2);
    let unknown = Command::Resend { id: "msg_000000000000000000000000".to_owned() };
    let Answer::Problem(problem) = serve(&house, unknown) else { panic!("no problem") };
    assert_eq!(problem.code, Code::EventNotFound);
}

#[test]
fn a_shop_without_an_address_is_left_alone() {
    let house = settled();
    house.shop_says.set(Outcome::Unwanted);
    rest(&house);
    assert_eq!((parcel(&house).state, house.told.borrow().len()), (ParcelState::Unwanted, 1));
    assert!(!house.stored().outbox.is_busy());
}

/// The errand and the question have leases of their own.
#[test]
fn a_slow_shop_keeps_no_question_waiting() {
    let house = settled();
    refund(serve(&house, want("R-1", 4_000)));
    house.pass_s(61);
    house.wechat.borrow_mut().sent.clear();
    house.shop_dawdles.set(true);
    let desk = house.desk();
    let mut wake = Box::pin(desk.wake());
    for _ in 0..20 {
        assert_eq!(step(&mut wake), None, "the shop has not answered");
    }
    assert_eq!(house.wechat.borrow().verbs(), ["ask"]);
    let stored = house.stored();
    assert!(stored.lease.is_none() && stored.outbox.errand.is_some());
    house.shop_dawdles.set(false);
    run(wake).unwrap();
    assert_eq!(parcel(&house).state, ParcelState::Delivered);
}

#[test]
fn two_handlers_carry_an_event_once() {
    let house = settled();
    let (one, two) = (house.desk(), house.desk());
    let (first, second) = run(join(one.wake(), two.wake()));
    assert_eq!((first, second), (Ok(()), Ok(())));
    rest(&house);
    assert_same_bytes(&house, 1);
}

/// Whatever a handler had done when it died, the shop hears it at least once, and the same.
#[test]
fn a_crash_between_any_two_steps_repeats_the_same_bytes() {
    let mut repeated = 0;
    for steps in 0..12 {
        let house = settled();
        let desk = house.desk();
        let mut wake = Box::pin(desk.wake());
        for _ in 0..steps {
            if step(&mut wake).is_some() {
                break;
            }
        }
        drop(wake);
        // The runtime rings again for a handler that died before it armed the next alarm.
        run(house.desk().wake()).unwrap();
        rest(&house);
        assert_eq!(parcel(&house).state, ParcelState::Delivered, "{steps}");
        let times = house.told.borrow().len();
        assert!((1..=2).contains(&times), "{steps}");
        assert_same_bytes(&house, times);
        repeated += usize::from(times == 2);
    }
    assert!(repeated > 0, "one of the crashes fell between telling and taking it down");
}

/// The event is derived from what is stored, so no commit that fails can forget it.
#[test]
fn a_store_that_fails_forgets_no_event() {
    let mut repeated = 0;
    for fails_in in 0..6 {
        let house = super::waiting();
        let number = house.stored().order.number;
        let receipt = house.wechat.borrow_mut().pay(&number);
        house.rows.borrow_mut().fails_in = Some(fails_in);
        let command = || Command::Hear {
            notification_id: "EV-1".to_owned(),
            out_trade_no: number.clone(),
            report: paid(receipt.clone()),
        };
        while serve(&house, command()) != Answer::Heard {}
        rest(&house);
        assert_eq!(parcel(&house).state, ParcelState::Delivered, "{fails_in}");
        let times = house.told.borrow().len();
        assert_same_bytes(&house, times);
        repeated += times - 1;
    }
    assert_eq!(repeated, 1, "by the one commit that was to take down that the shop has it");
}
