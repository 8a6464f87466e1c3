//! What the ledger remembers, and what a step of it changes.

use super::*;
use crate::notification::Outcome;
use crate::order::Life;
use crate::order::tests::{partner_terms, terms};
use crate::payment::tests::paying;

const T0: i64 = 1_735_700_000;

fn chance(tail: &str) -> Scan {
    Scan { paying: paying(tail), notification_id: format!("id-{tail}") }
}

fn merchant(mchid: &str) -> Party {
    Party { mchid: mchid.into(), sub_mchid: None }
}

fn url(pr: &str) -> String {
    format!("{CODE_URL_STEM}{pr}")
}

fn paid() -> Ledger {
    let mut ledger = Ledger::default();
    ledger.place(terms("T1"), "one".into(), T0).unwrap();
    ledger.pay(&url("one"), chance("0000000001"), T0 + 5).unwrap();
    ledger
}

#[test]
fn a_payment_and_its_notification_are_written_together() {
    let mut ledger = Ledger::default();
    ledger.place(terms("T1"), "one".into(), T0).unwrap();
    ledger.take_changes();
    ledger.pay(&url("one"), chance("0000000001"), T0 + 5).unwrap();
    let changes = ledger.take_changes();
    assert!(
        matches!(&changes[..], [Change::Order(_), Change::Notification(n)] if n.due_at() == Some(T0 + 5))
    );
}

#[test]
fn an_order_is_found_by_all_its_numbers_and_by_its_own_merchant_only() {
    let ledger = paid();
    let id = "4200000000202501010000000001";
    assert_eq!(ledger.order(&merchant("1900000001"), "T1").unwrap().terms.out_trade_no, "T1");
    assert_eq!(ledger.order_by_transaction(&merchant("1900000001"), id).unwrap().seq, 1);
    assert!(ledger.order(&merchant("1900000002"), "T1").is_none());
    assert!(ledger.order_by_transaction(&merchant("1900000002"), id).is_none());
}

#[test]
fn void_and_unknown_codes_are_told_apart() {
    let mut ledger = Ledger::default();
    ledger.place(terms("T1"), "one".into(), T0).unwrap();
    ledger.place(terms("T1"), "two".into(), T0).unwrap();
    let scan = |ledger: &mut Ledger, text: &str| ledger.pay(text, chance("1"), T0).err();
    assert_eq!(scan(&mut ledger, &url("nope")), Some(ScanFailed::UnknownCode));
    assert_eq!(scan(&mut ledger, "two"), Some(ScanFailed::UnknownCode));
    let void = Some(ScanFailed::NotPaid(NotPaid::CodeVoid));
    assert_eq!(scan(&mut ledger, &url("one")), void);
    assert_eq!(scan(&mut ledger, &url("two")), None);
}

#[test]
fn a_notification_on_its_way_is_not_taken_twice() {
    let mut ledger = paid();
    assert_eq!(ledger.next_due(), Some(T0 + 5));
    assert!(ledger.take_due(T0 + 4).is_none());
    let (taken, _) = ledger.take_due(T0 + 5).unwrap();
    assert!(ledger.take_due(T0 + 500).is_none());
    assert_eq!(ledger.on_the_way(), 1);
    let refused = Attempt::scheduled(T0 + 5, Outcome::Status(500));
    ledger.record(taken.seq, refused);
    assert_eq!((ledger.on_the_way(), ledger.next_due()), (0, Some(T0 + 20)));
}

#[test]
fn clearing_forgets_a_try_that_is_on_its_way() {
    let mut ledger = paid();
    let (taken, _) = ledger.take_due(T0 + 5).unwrap();
    ledger.clear();
    ledger.take_changes();
    ledger.record(taken.seq, Attempt::scheduled(T0, Outcome::Status(200)));
    assert_eq!(ledger.take_changes(), []);
    assert_eq!(ledger.orders_newest_first().count(), 0);
}

#[test]
fn closing_an_unknown_number_is_no_error_and_writes_nothing() {
    let mut ledger = Ledger::default();
    assert_eq!(ledger.close(&merchant("1900000001"), "T9", T0), Ok(()));
    assert_eq!(ledger.take_changes(), []);
    ledger.place(terms("T1"), "one".into(), T0).unwrap();
    assert_eq!(ledger.close(&merchant("1900000001"), "T1", T0), Ok(()));
    let life = ledger.order(&merchant("1900000001"), "T1").unwrap().life(T0);
    assert_eq!(life, Life::Closed { at: T0 });
}

#[test]
fn a_partners_order_is_its_sub_merchants_and_nobody_elses() {
    let mut ledger = Ledger::default();
    ledger.place(partner_terms("T2"), "two".into(), T0).unwrap();
    let own = partner_terms("T2").party;
    assert!(ledger.order(&own, "T2").is_some());
    for other in [None, Some("1900000004".to_owned())] {
        let party = Party { sub_mchid: other, ..own.clone() };
        assert!(ledger.order(&party, "T2").is_none());
        assert_eq!(ledger.close(&party, "T2", T0), Ok(()));
    }
    assert_eq!(ledger.order(&own, "T2").unwrap().life(T0), Life::Unpaid);
    let another = Party { sub_mchid: Some("1900000004".into()), ..own };
    let taken = Terms { party: another, ..partner_terms("T2") };
    assert_eq!(ledger.place(taken, "x".into(), T0), Err(NotPlaced::Taken));
}
