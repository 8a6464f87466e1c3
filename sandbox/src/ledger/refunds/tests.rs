//! What a refund writes down, whom it tells, and which applications are one.

use super::*;
use crate::fault::{Kind, Route};
use crate::ledger::Scan;
use crate::notification::Form;
use crate::order::CODE_URL_STEM;
use crate::order::tests::terms as order_terms;
use crate::payment::tests::paying;
use crate::refund::tests::{ASKED_AT, PAID_AT, detour, terms};
use crate::refund::{Ending, PROCESSING_S, Standing};

fn chance(tail: &str) -> Chance {
    Chance { refund_tail: tail.into(), notification_id: format!("id-{tail}") }
}

/// A ledger with one paid order, and that order; the payment's notification is not due.
fn paid() -> (Ledger, Order) {
    let mut ledger = Ledger::default();
    ledger.place(order_terms("T20250101000001"), "pr".into(), PAID_AT).unwrap();
    let scan = Scan { paying: paying("0000000001"), notification_id: "id".into() };
    ledger.pay(&format!("{CODE_URL_STEM}pr"), scan, PAID_AT).unwrap();
    ledger.take_due(PAID_AT).unwrap();
    ledger.take_changes();
    let order = ledger.find_order("T20250101000001").unwrap().clone();
    (ledger, order)
}

#[test]
fn refund_order_and_notification_are_written_together_and_told_at_the_end() {
    let (mut ledger, order) = paid();
    ledger.refund(terms(&order, "R1", 234), chance("1"), ASKED_AT).unwrap();
    let changes = ledger.take_changes();
    let [Change::Order(order), Change::Refund(refund), Change::Notification(told)] = &changes[..]
    else {
        panic!("{changes:?}");
    };
    assert!(order.payment().unwrap().refund_requested);
    assert_eq!(told.due_at(), Some(ASKED_AT + PROCESSING_S));
    assert_eq!(told.out_refund_no.as_deref(), Some("R1"));
    assert_ne!(told.seq, refund.seq);
    assert!(ledger.take_due(ASKED_AT + PROCESSING_S - 1).is_none());
    assert_eq!(ledger.notifications_newest_first(ASKED_AT).count(), 1);
    let (taken, _) = ledger.take_due(ASKED_AT + PROCESSING_S).unwrap();
    assert_eq!(taken.event.event_type, "REFUND.SUCCESS");
    assert_eq!(ledger.notifications_newest_first(ASKED_AT + PROCESSING_S).count(), 2);
}

#[test]
fn the_same_number_is_the_same_refund_and_with_other_data_none() {
    let (mut ledger, order) = paid();
    let first = ledger.refund(terms(&order, "R1", 234), chance("1"), ASKED_AT).unwrap();
    ledger.take_changes();
    let again = ledger.refund(terms(&order, "R1", 234), chance("2"), ASKED_AT + 1);
    assert_eq!(again, Ok(first));
    assert_eq!(ledger.take_changes(), []);
    let other = ledger.refund(terms(&order, "R1", 235), chance("3"), ASKED_AT + 90);
    assert_eq!(other, Err(NotRefunded::Different));
}

#[test]
fn a_refusal_changes_nothing_and_uses_no_fault_up() {
    let (mut ledger, order) = paid();
    let faults = &ledger.registry().faults;
    faults.restore(vec![Fault::once(Route::Refund, Kind::Closed)]);
    let verdict = ledger.refund(terms(&order, "R1", 1235), chance("1"), ASKED_AT);
    assert_eq!(verdict, Err(NotRefunded::TooMuch));
    assert_eq!(ledger.take_changes(), []);
    let refund = ledger.refund(terms(&order, "R1", 1234), chance("1"), ASKED_AT).unwrap();
    let closed = Standing::Ended(Ending::Closed, ASKED_AT + PROCESSING_S);
    assert_eq!(refund.end(), closed);
    assert_eq!(ledger.registry().faults.list(), []);
}

#[test]
fn an_order_is_named_by_either_number_and_by_both_if_they_agree() {
    let (ledger, order) = paid();
    let id = Some("4200000000202501010000000001");
    let finds = |id: Option<&str>, number: Option<&str>| {
        let mut terms = terms(&order, "R1", 1);
        terms.transaction_id = id.map(str::to_owned);
        terms.out_trade_no = number.map(str::to_owned);
        ledger.order_to_refund(&terms).is_some()
    };
    assert!(finds(id, None) && finds(None, Some("T20250101000001")));
    assert!(finds(id, Some("T20250101000001")));
    assert!(!finds(id, Some("T20250101000009")) && !finds(Some("42"), None));
    assert!(!finds(Some("42"), Some("T20250101000001")));
}

#[test]
fn another_party_sees_no_refund_of_this_one() {
    let (mut ledger, order) = paid();
    let refund = ledger.refund(terms(&order, "R1", 1), chance("1"), ASKED_AT).unwrap();
    let own = &order.terms.party;
    let other = Party { sub_mchid: Some("1900000003".into()), ..own.clone() };
    assert!(ledger.refund_by_number(own, "R1").is_some());
    assert!(ledger.refund_by_number(&other, "R1").is_none());
    assert!(ledger.refund_by_id(&other, &refund.refund_id).is_none());
    let foreign = Terms { party: other, ..terms(&order, "R2", 1) };
    let verdict = ledger.refund(foreign, chance("1"), ASKED_AT + 60);
    assert_eq!(verdict, Err(NotRefunded::NotPaid));
}

#[test]
fn a_rerouted_refund_is_told_of_once_more() {
    let (mut ledger, order) = paid();
    let faults = &ledger.registry().faults;
    faults.restore(vec![Fault::once(Route::Refund, Kind::Abnormal)]);
    let refund = ledger.refund(terms(&order, "R1", 1), chance("1"), ASKED_AT).unwrap();
    let asked = |number: &str, id: &str| Reroute {
        party: order.terms.party.clone(),
        refund_id: id.into(),
        out_refund_no: number.into(),
        detour: detour("A"),
    };
    let ended = refund.ends_at();
    let unknown = ledger.reroute(asked("R1", "503"), "id-2".into(), ended);
    assert_eq!(unknown, Err(NotRerouted::Unknown));
    let differs = ledger.reroute(asked("R2", &refund.refund_id), "id-2".into(), ended);
    assert_eq!(differs, Err(NotRerouted::NumberDiffers));
    let right = || asked("R1", &refund.refund_id);
    let first = ledger.reroute(right(), "id-2".into(), ended).unwrap();
    ledger.take_changes();
    assert_eq!(ledger.reroute(right(), "id-3".into(), ended + 1), Ok(first));
    assert_eq!(ledger.take_changes(), []);

    let (told, _) = ledger.take_due(ended).unwrap();
    assert_eq!(told.event.event_type, "REFUND.ABNORMAL");
    assert!(ledger.take_due(ended + PROCESSING_S - 1).is_none());
    let (told, _) = ledger.take_due(ended + PROCESSING_S).unwrap();
    assert_eq!((told.event.event_type.as_str(), told.id.as_str()), ("REFUND.SUCCESS", "id-2"));
}

#[test]
fn a_refund_that_is_ended_by_hand_is_told_once_and_at_once() {
    let (mut ledger, order) = paid();
    let refund = ledger.refund(terms(&order, "R1", 1234), chance("1"), ASKED_AT).unwrap();
    let id = refund.refund_id.as_str();
    ledger.take_changes();
    assert_eq!(ledger.decide("503", Ending::Closed, ASKED_AT), Err(NotDecided::Unknown));
    let ended = ledger.decide(id, Ending::Closed, ASKED_AT + 5).unwrap();
    let changes = ledger.take_changes();
    assert!(matches!(&changes[..], [Change::Refund(_), Change::Notification(_)]));
    assert_eq!(ended.end(), Standing::Ended(Ending::Closed, ASKED_AT + 5));
    let again = ledger.decide(id, Ending::Success, ASKED_AT + 5);
    assert_eq!(again, Err(NotDecided::Ended));
    let (told, _) = ledger.take_due(ASKED_AT + 5).unwrap();
    assert_eq!((told.event.event_type.as_str(), told.id.as_str()), ("REFUND.CLOSED", "id-1"));
    assert!(ledger.take_due(ASKED_AT + 86_400).is_none());
    // Its sum is free again.
    let other = ledger.refund(terms(&order, "R2", 1234), chance("2"), ASKED_AT + 60);
    assert!(other.is_ok());
}

#[test]
fn over_the_other_api_a_repeat_says_the_same_in_other_fields() {
    let (mut ledger, order) = paid();
    let first = ledger.refund(terms(&order, "R1", 234), chance("1"), ASKED_AT).unwrap();
    let over_v2 = || Terms {
        api: Api::V2,
        transaction_id: None,
        out_trade_no: Some("T20250101000001".into()),
        body: serde_json::json!({ "refund_fee": "234" }),
        ..terms(&order, "R1", 234)
    };
    assert_eq!(ledger.refund(over_v2(), chance("2"), ASKED_AT + 1), Ok(first));
    let more = Terms { refund: 235, ..over_v2() };
    let elsewhere = Terms { out_trade_no: Some("T2".into()), ..over_v2() };
    let total = Terms { total: 1235, ..over_v2() };
    for other in [more, elsewhere, total] {
        let verdict = ledger.refund(other, chance("3"), ASKED_AT + 90);
        assert_eq!(verdict, Err(NotRefunded::Different));
    }
}

#[test]
fn who_named_no_address_is_told_where_the_merchant_platform_says_and_in_v2s_form() {
    let (mut ledger, order) = paid();
    let console = Some("https://pay.example.com/console".to_owned());
    let mut ask = |number: &str, api, notify_url: Option<&str>, minutes: i64| {
        let notify_url = notify_url.map(str::to_owned);
        let console_url = console.clone();
        let terms = Terms { api, notify_url, console_url, ..terms(&order, number, 1) };
        let at = ASKED_AT + minutes * 60;
        let refund = ledger.refund(terms, chance(number), at).unwrap();
        let (told, _) = ledger.take_due(refund.ends_at()).unwrap();
        let form = told.event.form;
        (told.notify_url.ends_with("/console"), form)
    };
    let own = Some("https://pay.example.com/own");
    assert_eq!(ask("R1", Api::V3, own, 0), (false, Form::V3));
    assert_eq!(ask("R2", Api::V3, None, 1), (true, Form::V2Refund));
    assert_eq!(ask("R3", Api::V2, own, 2), (false, Form::V2Refund));
    assert_eq!(ask("R4", Api::V2, None, 3), (true, Form::V2Refund));
}

#[test]
fn without_an_address_nobody_is_told() {
    let (mut ledger, order) = paid();
    let quiet = Terms { notify_url: None, ..terms(&order, "R1", 1) };
    ledger.refund(quiet, chance("1"), ASKED_AT).unwrap();
    assert!(ledger.take_due(ASKED_AT + 86_400).is_none());
}
