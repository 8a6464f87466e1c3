//! What the shop is told of each event: its own letter, written once.

use std::rc::Rc;

use checkout::refund::Standing;
use serde_json::Value;

use super::house::House;
use super::refunding::{refund, settled, told, want};
use super::serve;
use super::wechat::{paid, receipt};
use crate::command::{Answer, Command};
use crate::outbox::{ParcelState, Topic};

/// The letters of that topic, as they are stored, oldest first.
fn letters(house: &Rc<House>, topic: Topic) -> Vec<Value> {
    let parcels = house.stored().outbox.parcels;
    let rows = house.rows.borrow();
    let of_topic = parcels.iter().filter(|parcel| parcel.topic == topic);
    of_topic.map(|parcel| serde_json::from_slice(&rows.parcels[&parcel.id]).unwrap()).collect()
}

/// Another transaction pays the same order, and WeChat Pay says so.
fn paid_again(house: &Rc<House>, transaction_id: &str) {
    let number = house.stored().order.number;
    let receipt = receipt(&number, transaction_id);
    let notification_id = transaction_id.to_owned();
    let hear = Command::Hear { notification_id, out_trade_no: number, report: paid(receipt) };
    assert_eq!(serve(house, hear), Answer::Heard);
}

#[test]
fn each_conflict_is_told_in_words_about_its_own_payment() {
    let house = settled();
    let payments = ["4200000000000000000000000002", "4200000000000000000000000003"];
    for transaction_id in payments {
        paid_again(&house, transaction_id);
    }
    let conflicts = letters(&house, Topic::CheckoutConflict);
    assert_eq!(conflicts.len(), 2);
    for (letter, transaction_id) in conflicts.iter().zip(payments) {
        let words = letter["data"]["conflict"].as_str().unwrap();
        assert!(words.contains(transaction_id), "{words}");
        assert_eq!(letter["data"]["status"], "paid");
    }
}

#[test]
fn a_refund_that_fails_in_two_ways_is_told_as_it_stood_each_time() {
    let house = settled();
    let number = refund(serve(&house, want("R-1", 8_800))).1.out_refund_no;
    for (id, standing) in [("EV-1", Standing::Abnormal), ("EV-2", Standing::Closed)] {
        house.wechat.borrow_mut().stand(&number, standing);
        let fact = house.wechat.borrow().fact(&number);
        assert_eq!(serve(&house, told(id, &number, fact)), Answer::Heard);
        house.pass_s(21_600);
        house.ring(1);
    }
    let failed = letters(&house, Topic::RefundFailed);
    let seen = failed.iter().map(|letter| letter["data"]["refund"].clone());
    let seen: Vec<_> =
        seen.map(|view| (view["out_refund_no"].clone(), view["status"].clone())).collect();
    let number = Value::from(number);
    let expected = ["abnormal", "closed"].map(|status| (number.clone(), Value::from(status)));
    assert_eq!(seen, expected);
}

#[test]
fn what_happens_later_changes_no_letter() {
    let house = settled();
    let id = house.stored().outbox.parcels[0].id.clone();
    let before = house.rows.borrow().parcels[&id].clone();
    refund(serve(&house, want("R-1", 8_800)));
    serve(&house, Command::Resend { id: id.clone() });
    house.ring(1);
    let told = house.told.borrow();
    let sent: Vec<_> =
        told.iter().filter(|(known, _)| *known == id).map(|(_, body)| body).collect();
    assert!(!sent.is_empty());
    assert!(sent.iter().all(|body| **body == before));
    let letter: Value = serde_json::from_slice(&before).unwrap();
    assert_eq!(
        (&letter["type"], &letter["data"]["late"]),
        (&"checkout.paid".into(), &false.into())
    );
    assert_eq!(letter["data"].get("refunds"), None, "there was none when it was paid");
    assert_eq!(house.stored().outbox.parcel(&id).unwrap().state, ParcelState::Delivered);
}
