//! What a list finds, and how its pages join.

use super::*;
use crate::api::Api;
use crate::command::SourceKind;

fn filled() -> Index {
    let index = Index::new();
    index.write(&row("A-1"));
    index.write(&later(paid(row("A-2"), 2, "4200000002", "2025-11-21"), 10));
    index.write(&later(IndexRow { status: Status::Expired, ..row("A-3") }, 20));
    index.write(&later(
        IndexRow { status: Status::Cancelled, dead: 2, attention: true, ..row("A-4") },
        30,
    ));
    index.write(&later(paid(row_of("acme", "A-5"), 2, "4200000005", "2025-11-21"), 40));
    index
}

#[test]
fn every_filter_finds_what_it_says_and_nothing_else() {
    let index = filled();
    let number = row("A-1").out_trade_no;
    let number_2 = row("A-2").out_trade_no;
    for (query, found) in [
        (String::new(), &["A-4", "A-3", "A-2", "A-1"][..]),
        ("status=open".to_owned(), &["A-1"]),
        ("status=paid".to_owned(), &["A-2"]),
        ("status=expired".to_owned(), &["A-3"]),
        ("status=cancelled".to_owned(), &["A-4"]),
        ("reference=A-3".to_owned(), &["A-3"]),
        ("reference=A-5".to_owned(), &[]),
        ("reference=A-3&status=open".to_owned(), &[]),
        (format!("out_trade_no={}", number.as_str()), &["A-1"]),
        (format!("out_trade_no={}&status=paid", number_2.as_str()), &["A-2"]),
        (format!("out_trade_no={}x", &number.as_str()[..29]), &[]),
        ("transaction_id=4200000002".to_owned(), &["A-2"]),
        ("transaction_id=4200000005".to_owned(), &[]),
        ("transaction_id=420000000".to_owned(), &[]),
        ("attention=true".to_owned(), &["A-4"]),
        // Noon is 12:40:00 in Beijing; from a moment on, and before one.
        ("created_after=2025-11-21T12:40:10%2B08:00".to_owned(), &["A-4", "A-3", "A-2"]),
        ("created_before=2025-11-21T12:40:10%2B08:00".to_owned(), &["A-1"]),
        (
            "created_after=2025-11-21T04:40:10Z&created_before=2025-11-21T04:40:30Z".to_owned(),
            &["A-3", "A-2"],
        ),
    ] {
        assert_eq!(index.found("default", &query), found, "{query}");
    }
    assert_eq!(index.found("acme", ""), ["A-5"]);
    assert_eq!(index.found("acme", "transaction_id=4200000005"), ["A-5"]);
    assert_eq!(index.found("nobody", ""), [""; 0]);
}

#[test]
fn what_was_opened_by_a_scan_is_listed_apart() {
    let index = filled();
    index.write(&later(row("counter:oolong-250:0123456789abcdef"), 50));
    index.write(&later(row("a counter:"), 60));
    let scanned = ["counter:oolong-250:0123456789abcdef"];
    assert_eq!(index.found("default", "source=counter"), scanned);
    assert_eq!(index.found("default", "source=counter&status=open"), scanned);
    assert_eq!(index.found("default", "source=counter&status=paid"), [""; 0]);
}

#[test]
fn an_order_number_of_an_earlier_attempt_that_was_paid_is_found() {
    let index = Index::new();
    let mut late = paid(row("A-1"), 2, "4200000001", "2025-11-21");
    let first = late.out_trade_no.clone();
    late.out_trade_no = OutTradeNo::new(&late.id, AttemptNo::FIRST.next().unwrap(), [9; 5]);
    index.write(&late);
    assert_eq!(index.found("default", &format!("out_trade_no={}", first.as_str())), ["A-1"]);
    let never = OutTradeNo::new(&late.id, AttemptNo::FIRST, [8; 5]);
    assert_eq!(index.found("default", &format!("out_trade_no={}", never.as_str())), [""; 0]);
}

#[test]
fn what_was_given_up_is_listed_apart() {
    let index = filled();
    let statement = reading::list(&named("default"), &Listing::dead_letters("").unwrap());
    let ids: Vec<String> = index.ask(&statement).into_iter().map(|mut row| row.remove(0)).collect();
    assert_eq!(ids, [row("A-4").id.as_str()]);
}

#[test]
fn sixty_checkouts_come_once_each_while_new_ones_arrive() {
    let index = Index::new();
    // Several a second, so that the id has to tell them apart.
    for nth in 0..60 {
        index.write(&later(row(&format!("old-{nth:02}")), nth / 7));
    }
    let mut seen = Vec::new();
    let mut query = "limit=7".to_owned();
    for arrived in 0_i64.. {
        let page = index.list("default", &query);
        let listed = serde_json::to_value(&page.data).unwrap();
        seen.extend(
            listed
                .as_array()
                .unwrap()
                .iter()
                .map(|row| row["reference"].as_str().unwrap().to_owned()),
        );
        index.write(&later(row(&format!("new-{arrived}")), 100 + arrived));
        let Some(cursor) = page.next_cursor else { break };
        query = format!("limit=7&cursor={cursor}");
    }
    assert_eq!(seen.len(), 60);
    seen.sort();
    let expected: Vec<String> = (0..60).map(|nth| format!("old-{nth:02}")).collect();
    assert_eq!(seen, expected);
}

#[test]
fn a_page_that_ends_where_the_list_ends_has_no_next() {
    let index = filled();
    assert!(index.list("default", "limit=4").next_cursor.is_none());
    let page = index.list("default", "limit=3");
    let cursor = Cursor::parse(&page.next_cursor.unwrap()).unwrap();
    assert_eq!(cursor, Cursor { at: UnixSeconds(NOON.0 + 10), id: row("A-2").id });
    assert!(index.list("nobody", "").next_cursor.is_none());
}

#[test]
fn a_row_is_shown_in_the_words_of_a_checkout() {
    let index = Index::new();
    let row = IndexRow {
        sub_mchid: Some("1600000001".to_owned()),
        buyer: Some(r#"{"name":"Li"}"#.to_owned()),
        refunds: vec![
            refund("r1", 100, RefundStatus::Success, Some("2025-11-22")),
            refund("r2", 30, RefundStatus::Processing, None),
        ],
        purged_at: Some(UnixSeconds(1_735_704_000)),
        ..paid(row("A-1"), 2, "4200000001", "2025-11-21")
    };
    index.write(&row);
    let number = row.out_trade_no.as_str();
    assert_eq!(
        serde_json::to_value(&index.list("default", "").data[0]).unwrap(),
        serde_json::json!({
            "id": row.id, "status": "paid", "reference": "A-1", "description": "Oolong 250 g",
            "amount": { "total": 8800, "currency": "CNY" }, "sub_mchid": "1600000001",
            "attempt": { "out_trade_no": number },
            "created_at": "2025-11-21T12:40:00+08:00", "expires_at": "2025-11-22T12:40:00+08:00",
            "payments": [{
                "transaction_id": "4200000001", "out_trade_no": number, "total": 8800,
                "success_day": "2025-11-21"
            }],
            "refunded": 100, "refunds": 2, "attention": false, "buyer": { "name": "Li" },
            "purged_at": "2025-01-01T12:00:00+08:00"
        })
    );
}

#[test]
fn a_row_of_another_version_hides_none_of_the_others() {
    let index = filled();
    index.0.execute("UPDATE checkouts SET row = '{}' WHERE status = 'expired'", []).unwrap();
    let listing = Listing::checkouts("limit=2").unwrap();
    let raw =
        index.ask(&reading::list(&named("default"), &listing)).into_iter().map(|row| RawRow {
            id: row[0].clone().try_into().unwrap(),
            at: row[1].parse().unwrap(),
            row: row[2].clone(),
        });
    let (page, unreadable) = Page::of(raw.collect(), &listing);
    assert_eq!((page.data.len(), unreadable), (1, vec![row("A-3").id]));
    let cursor = Cursor { at: UnixSeconds(NOON.0 + 20), id: row("A-3").id };
    assert_eq!(page.next_cursor, Some(cursor.text()));
}

#[test]
fn a_list_tells_where_a_checkout_comes_from_and_old_rows_do_not_know() {
    let index = Index::new();
    let counter = IndexRow {
        api: Api::V2,
        source: Some(SourceKind::Counter),
        product: Some("oolong-250".to_owned()),
        ..later(row("A-2"), 10)
    };
    index.write(&counter);
    index.write(&row("A-1"));
    let data = index.list("default", "").data;
    let shown: Vec<_> = data.iter().map(|one| serde_json::to_value(one).unwrap()).collect();
    let told = |at: usize, name: &str| shown[at].get(name).cloned();
    assert_eq!(told(0, "api"), Some("v2".into()));
    assert_eq!(told(0, "source"), Some("counter".into()));
    assert_eq!(told(0, "product"), Some("oolong-250".into()));
    for name in ["api", "source", "product"] {
        assert_eq!(told(1, name), None, "{name}");
    }
}
