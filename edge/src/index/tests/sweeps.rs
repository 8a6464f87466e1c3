//! What others take from the index: open checkouts to look at, a day's payments, every id.

use super::*;
use crate::index::{DayCursor, OfDay};

fn at(seconds: i64) -> UnixSeconds {
    UnixSeconds(NOON.0 + seconds)
}

fn cursors(rows: Vec<Vec<String>>) -> Vec<Cursor> {
    let cursor = |row: &Vec<String>| Cursor {
        id: row[0].clone().try_into().unwrap(),
        at: UnixSeconds(row[1].parse().unwrap()),
    };
    rows.iter().map(cursor).collect()
}

fn stale(index: &Index, now: UnixSeconds, after: Option<&Cursor>) -> Vec<Cursor> {
    cursors(index.ask(&reading::stale(&named("default"), now, 1, after)))
}

#[test]
fn the_sweep_is_shown_what_is_open_ten_minutes_past_its_deadline() {
    let index = Index::new();
    let short = IndexRow { expires_at: at(300), ..row("A-1") };
    index.write(&short);
    index.write(&IndexRow { status: Status::Expired, expires_at: at(300), ..row("A-2") });
    index.write(&IndexRow { expires_at: at(300), ..row_of("acme", "A-3") });
    assert_eq!(stale(&index, at(900), None), []);
    assert_eq!(stale(&index, at(901), None), [Cursor { at: at(900), id: short.id }]);
}

#[test]
fn the_sweep_is_shown_what_has_been_open_and_silent_for_two_days() {
    let index = Index::new();
    let long = IndexRow { expires_at: at(604_800), ..row("A-1") };
    index.write(&long);
    assert_eq!(stale(&index, at(172_800), None), []);
    assert_eq!(stale(&index, at(172_801), None), [Cursor { at: at(172_800), id: long.id.clone() }]);
    index.write(&IndexRow { revision: 2, touched_at: at(172_802), ..long });
    assert_eq!(stale(&index, at(172_803), None), []);
}

#[test]
fn a_sweep_goes_on_where_it_ended() {
    let index = Index::new();
    for nth in 0..5 {
        index.write(&IndexRow { expires_at: at(nth / 2), ..row(&format!("A-{nth}")) });
    }
    let mut seen = Vec::new();
    while let Some(next) = stale(&index, at(10_000), seen.last()).pop() {
        seen.push(next);
    }
    assert_eq!(seen.len(), 5);
    assert!(seen.is_sorted_by_key(|cursor| (cursor.at, cursor.id.clone())));
}

#[test]
fn every_id_of_a_profile_comes_once_and_the_oldest_first() {
    let index = Index::new();
    for nth in 0..5 {
        index.write(&later(row(&format!("A-{nth}")), nth));
        index.write(&later(row_of("acme", &format!("A-{nth}")), nth));
    }
    let mut seen: Vec<Cursor> = Vec::new();
    loop {
        let page = cursors(index.ask(&reading::ids(&named("acme"), 2, seen.last())));
        if page.is_empty() {
            break;
        }
        seen.extend(page);
    }
    let expected: Vec<Cursor> = (0..5)
        .map(|nth| Cursor { at: at(nth), id: row_of("acme", &format!("A-{nth}")).id })
        .collect();
    assert_eq!(seen, expected);
}

/// The numbers of a day's payments, read page by page.
fn day(index: &Index, day: &str, sub_mchid: Option<&str>) -> Vec<String> {
    let mut seen = Vec::new();
    let mut after: Option<DayCursor> = None;
    loop {
        let of = OfDay { day, sub_mchid, limit: 2, after: after.as_ref() };
        let page = index.ask(&reading::payments(&named("default"), of));
        for row in &page {
            let payment: IndexPayment = serde_json::from_str(&row[1]).unwrap();
            let checkout = row[0].clone().try_into().unwrap();
            after = Some(DayCursor { number: payment.transaction_id.clone(), checkout });
            seen.push(payment.transaction_id);
        }
        if page.len() < 2 {
            return seen;
        }
    }
}

#[test]
fn a_days_payments_come_by_number_and_page_by_page() {
    let index = Index::new();
    for nth in [3, 1, 4, 0, 2] {
        let row = row(&format!("A-{nth}"));
        let sub = ["1600000001", "1600000002"][usize::from(nth % 2 == 0)];
        let row = IndexRow { sub_mchid: Some(sub.to_owned()), ..row };
        index.write(&paid(row, 2, &format!("420{nth}"), "2025-11-21"));
    }
    index.write(&paid(row("B"), 2, "4209", "2025-11-22"));
    index.write(&paid(row_of("acme", "A"), 2, "4208", "2025-11-21"));
    assert_eq!(day(&index, "2025-11-21", None), ["4200", "4201", "4202", "4203", "4204"]);
    assert_eq!(day(&index, "2025-11-21", Some("1600000001")), ["4201", "4203"]);
    assert_eq!(day(&index, "2025-11-22", None), ["4209"]);
    assert_eq!(day(&index, "2025-11-23", None), [""; 0]);
}

#[test]
fn both_payments_of_a_checkout_are_found() {
    let index = Index::new();
    let mut twice = paid(row("A"), 2, "4200", "2025-11-21");
    twice.paid.push(IndexPayment {
        transaction_id: "4201".to_owned(),
        day: None,
        ..twice.paid[0].clone()
    });
    index.write(&twice);
    assert_eq!(day(&index, "2025-11-21", None), ["4200"]);
    assert_eq!(index.found("default", "transaction_id=4201"), ["A"]);
}
