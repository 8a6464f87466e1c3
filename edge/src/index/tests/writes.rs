//! A row is written whole, and an older one never over a newer.

use super::*;
use crate::index::OfDay;

fn of_day(
    index: &Index,
    statement: fn(&ProfileName, OfDay<'_>) -> Statement,
    day: &str,
) -> Vec<String> {
    let of = OfDay { day, sub_mchid: None, limit: 10, after: None };
    let rows = index.ask(&statement(&named("default"), of));
    rows.into_iter().map(|mut row| row.remove(1)).collect()
}

#[test]
fn the_tables_are_made_once_and_making_them_again_changes_nothing() {
    let index = Index::new();
    index.write(&row("A-1"));
    index.make();
    assert_eq!(index.found("default", ""), ["A-1"]);
    let version = Statement::new("SELECT v FROM _meta WHERE k = 'schema'", Vec::new());
    assert_eq!(index.ask(&version), [["1"]]);
}

#[test]
fn versions_in_any_order_end_at_the_newest() {
    let versions = [
        row("A-1"),
        paid(row("A-1"), 3, "4200000001", "2025-11-21"),
        IndexRow {
            revision: 7,
            attention: true,
            ..paid(row("A-1"), 7, "4200000001", "2025-11-21")
        },
    ];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let index = Index::new();
        for position in order {
            index.write(&versions[position]);
        }
        let kept = index.ask(&Statement::new("SELECT row FROM checkouts", Vec::new()));
        assert_eq!(kept, [[serde_json::to_string(&versions[2]).unwrap()]], "{order:?}");
        assert_eq!(index.found("default", "attention=true"), ["A-1"], "{order:?}");
        assert_eq!(index.found("default", "status=open"), [""; 0], "{order:?}");
        assert_eq!(index.found("default", "transaction_id=4200000001"), ["A-1"], "{order:?}");
    }
}

#[test]
fn an_older_row_leaves_the_newer_ones_payments_and_refunds() {
    let index = Index::new();
    let old = IndexRow {
        refunds: vec![refund("r1", 100, RefundStatus::Processing, None)],
        ..paid(row("A-1"), 2, "4200000001", "2025-11-20")
    };
    let new = IndexRow {
        refunds: vec![refund("r1", 100, RefundStatus::Success, Some("2025-11-22"))],
        ..paid(row("A-1"), 3, "4200000001", "2025-11-21")
    };
    index.write(&new);
    index.write(&old);
    assert_eq!(of_day(&index, reading::payments, "2025-11-20"), [""; 0]);
    assert_eq!(
        of_day(&index, reading::payments, "2025-11-21"),
        [serde_json::to_string(&new.paid[0]).unwrap()]
    );
    assert_eq!(
        of_day(&index, reading::refunds, "2025-11-22"),
        [serde_json::to_string(&new.refunds[0]).unwrap()]
    );
}

#[test]
fn writing_the_same_row_twice_is_writing_it_once() {
    let index = Index::new();
    let row = paid(row("A-1"), 2, "4200000001", "2025-11-21");
    index.write(&row);
    index.write(&row);
    assert_eq!(index.found("default", ""), ["A-1"]);
    assert_eq!(of_day(&index, reading::payments, "2025-11-21").len(), 1);
}

#[test]
fn a_refund_follows_its_checkout_from_day_to_day() {
    let index = Index::new();
    let paid = paid(row("A-1"), 2, "4200000001", "2025-11-21");
    let waiting = refund("r1", 100, RefundStatus::Processing, None);
    index.write(&IndexRow { refunds: vec![waiting], ..paid.clone() });
    let done = refund("r1", 100, RefundStatus::Success, Some("2025-11-22"));
    index.write(&IndexRow { revision: 3, refunds: vec![done.clone()], ..paid });
    let entries = index.ask(&Statement::new("SELECT day, entry FROM refunds", Vec::new()));
    assert_eq!(entries, [["2025-11-22".to_owned(), serde_json::to_string(&done).unwrap()]]);
}

#[test]
fn what_a_buyer_is_called_is_text_and_nothing_else() {
    let index = Index::new();
    let name = r#"{"name":"Robert'); DROP TABLE checkouts;--"}"#;
    index.write(&IndexRow { buyer: Some(name.to_owned()), ..row("A'); DROP TABLE checkouts;--") });
    let page = serde_json::to_value(index.list("default", "")).unwrap();
    assert_eq!(page["data"][0]["buyer"]["name"], "Robert'); DROP TABLE checkouts;--");
    assert_eq!(page["data"][0]["reference"], "A'); DROP TABLE checkouts;--");
}
