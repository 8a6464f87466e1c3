//! What has rested long enough is purged: the index row first, then all but a tombstone. Money stops
//! it until the last moment.

use std::rc::Rc;

use checkout::order::Fate;
use checkout::time::{Seconds, UnixSeconds};
use checkout::view::Status;

use super::house::House;
use super::wechat::{paid, receipt};
use super::{opening, serve};
use crate::buyer::Buyer;
use crate::command::{Answer, Command, Opening};
use crate::outbox::Outcome;
use crate::problem::Code;

const KEEP: Seconds = Seconds::days(30);

/// A house whose checkout was cancelled and is kept for thirty days.
fn cancelled() -> Rc<House> {
    let house = House::new();
    serve(&house, Command::Open(Box::new(Opening { keep_s: KEEP.0, ..opening("A-1001") })));
    serve(&house, Command::Cancel);
    assert_eq!(house.stored().order.status(), Status::Cancelled);
    house
}

/// When it is to be purged.
fn due(house: &House) -> UnixSeconds {
    house.stored().retires_at().expect("it rests")
}

/// A payment of the checkout, out of nowhere.
fn money(house: &House) -> Command {
    let number = house.stored().order.number;
    let report = paid(receipt(&number, "4200000001202501010000000077"));
    Command::Hear { notification_id: "EV-LATE".to_owned(), out_trade_no: number, report }
}

/// Lets the alarm ring until `done`.
#[track_caller]
fn wake_until(house: &Rc<House>, done: impl Fn(&House) -> bool) {
    for _ in 0..50 {
        if done(house) {
            return;
        }
        assert!(house.wake(), "nobody is going to wake it");
    }
    panic!("not within fifty rings");
}

#[test]
fn what_rests_is_purged_after_its_time_with_the_index_row_first() {
    let house = cancelled();
    house.live_until(house.stored().touched_at + Seconds(60));
    let touched = house.stored().touched_at;
    assert_eq!(due(&house), touched + KEEP);
    house.live_until(touched + Seconds(KEEP.0 - 1));
    assert!(house.rows.borrow().stored.is_some());
    wake_until(&house, |house| house.index.borrow().last().unwrap().purged_at.is_some());
    // The row is final, and nothing is deleted yet.
    assert!(house.rows.borrow().stored.is_some());
    wake_until(&house, |house| house.rows.borrow().stored.is_none());
    assert_eq!((house.rows.borrow().retired.is_some(), house.rows.borrow().alarm), (true, None));
    let row = house.index.borrow().last().cloned().unwrap();
    assert_eq!((row.status, row.purged_at), (Status::Cancelled, Some(touched + KEEP)));
}

#[test]
fn what_was_said_about_the_buyer_goes_with_the_checkout() {
    let house = House::new();
    let buyer = Buyer::new(vec![("street".to_owned(), "Wensan Road 9".to_owned())]).ok();
    let opening = Opening { buyer, keep_s: KEEP.0, ..opening("A-1001") };
    serve(&house, Command::Open(Box::new(opening)));
    serve(&house, Command::Cancel);
    house.live_until(house.stored().touched_at + Seconds(60));
    let kept = house.index.borrow().last().unwrap().buyer.clone();
    assert_eq!(kept.as_deref(), Some(r#"{"street":"Wensan Road 9"}"#));
    wake_until(&house, |house| house.rows.borrow().stored.is_none());
    let last = house.index.borrow().last().cloned().unwrap();
    assert_eq!((last.purged_at.is_some(), last.buyer), (true, None), "the row that stays");
}

#[test]
fn a_purged_reference_is_never_used_again_and_its_money_is_an_orphan() {
    let house = cancelled();
    let (late, calls) = (money(&house), house.wechat.borrow().sent.len());
    wake_until(&house, |house| house.rows.borrow().stored.is_none());
    for reference in ["A-1001", "another content"] {
        let open = Command::Open(Box::new(opening(reference)));
        let Answer::Problem(problem) = serve(&house, open) else { panic!("opened") };
        assert_eq!(problem.code, Code::ReferenceRetired);
    }
    for command in [late, Command::Read, Command::Look, Command::Cancel, Command::Redrive] {
        assert_eq!(serve(&house, command), Answer::Unknown);
    }
    assert!(house.rows.borrow().stored.is_none());
    assert_eq!(house.wechat.borrow().sent.len(), calls);
}

#[test]
fn nothing_is_purged_before_the_index_has_its_last_row() {
    let house = cancelled();
    house.live_until(house.stored().touched_at + Seconds(60));
    house.index_fails.set(true);
    house.live_until(due(&house) + Seconds::days(3));
    assert!(house.rows.borrow().stored.is_some());
    house.index_fails.set(false);
    wake_until(&house, |house| house.rows.borrow().stored.is_none());
    assert!(house.index.borrow().last().unwrap().purged_at.is_some());
}

#[test]
fn money_that_arrives_between_the_last_row_and_the_purge_stops_it() {
    let house = cancelled();
    wake_until(&house, |house| house.index.borrow().last().unwrap().purged_at.is_some());
    assert_eq!(serve(&house, money(&house)), Answer::Heard);
    let stored = house.stored();
    assert_eq!((stored.order.status(), stored.outbox.retiring), (Status::Paid, None));
    wake_until(&house, |house| house.index.borrow().last().unwrap().status == Status::Paid);
    assert_eq!(house.index.borrow().last().unwrap().purged_at, None);
    wake_until(&house, |house| !house.stored().outbox.is_busy());
    assert_eq!(house.told.borrow().len(), 2, "cancelled, and paid all the same");
    // From then on it is kept as long as anything else.
    assert!(due(&house) > UnixSeconds(house.wall_ms.get() / 1_000 + KEEP.0 - 60));
}

#[test]
fn what_a_person_has_to_decide_is_kept_until_then() {
    let house = cancelled();
    let number = house.stored().order.number;
    let short =
        checkout::report::Receipt { total: 1, ..receipt(&number, "4200000001202501010000000078") };
    let notification_id = "EV-1".to_owned();
    let hear = Command::Hear { notification_id, out_trade_no: number, report: paid(short) };
    serve(&house, hear);
    house.live_until(house.stored().touched_at + Seconds::days(400));
    assert_eq!(house.stored().order.odd[0].fate, Fate::Held);
    let transaction_id = "4200000001202501010000000078".to_owned();
    let resolution = checkout::report::Resolution::Dismiss;
    serve(&house, Command::Resolve { transaction_id, resolution });
    wake_until(&house, |house| house.rows.borrow().stored.is_none());
}

#[test]
fn a_shop_that_was_given_up_keeps_nothing_from_being_purged() {
    let house = cancelled();
    house.shop_says.set(Outcome::Refused { status: 500, retry_after_s: None });
    wake_until(&house, |house| house.rows.borrow().stored.is_none());
    assert_eq!(house.index.borrow().last().unwrap().dead, 1);
}
