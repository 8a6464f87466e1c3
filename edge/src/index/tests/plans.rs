//! Every question is answered by an index, without sorting: at a hundred thousand rows, a question
//! that reads them all is one that D1 bills and a shop waits for.

use super::*;
use crate::index::{DayCursor, OfDay};

/// What SQLite would do for a statement.
fn plan(statement: &Statement) -> String {
    let index = Index::new();
    let text = format!("EXPLAIN QUERY PLAN {}", statement.text);
    let rows = index.ask(&Statement { text, values: statement.values.clone() });
    rows.into_iter().map(|mut row| row.remove(3)).collect::<Vec<_>>().join("; ")
}

#[track_caller]
fn uses(statement: &Statement, way: &str) {
    let plan = plan(statement);
    assert!(plan.contains(way), "{plan}");
    assert!(!plan.contains("SCAN checkouts") && !plan.contains("SCAN payments"), "{plan}");
    assert!(!plan.contains("TEMP B-TREE FOR ORDER BY"), "{plan}");
}

fn list(query: &str) -> Statement {
    reading::list(&named("default"), &Listing::checkouts(query).unwrap())
}

#[test]
fn a_list_walks_one_index() {
    let cursor = Cursor { at: NOON, id: row("A").id }.text();
    let all = "USING INDEX checkouts_newest (profile=?";
    uses(&list(""), all);
    uses(&list("created_after=2025-11-21T12:40:00Z&created_before=2025-11-22T12:40:00Z"), all);
    uses(
        &list(&format!("cursor={cursor}")),
        "checkouts_newest (profile=? AND (created_at,id)<(?,?))",
    );
    uses(&list("source=counter&created_after=2025-11-21T12:40:00Z"), all);
    let status = "USING INDEX checkouts_status (profile=? AND status=?";
    uses(&list("status=paid"), status);
    uses(
        &list(&format!("status=open&cursor={cursor}")),
        "checkouts_status (profile=? AND status=? AND (created_at,id)<(?,?))",
    );
    uses(&list("attention=true"), "checkouts_attention (profile=?");
    let dead = Listing::dead_letters(&format!("cursor={cursor}")).unwrap();
    uses(
        &reading::list(&named("default"), &dead),
        "checkouts_dead (profile=? AND (created_at,id)<(?,?))",
    );
}

#[test]
fn a_name_leads_to_its_one_row() {
    let number = row("A").out_trade_no;
    for query in ["reference=A", &format!("out_trade_no={}", number.as_str())] {
        assert!(plan(&list(query)).contains("sqlite_autoindex_checkouts_1 (id=?)"), "{query}");
    }
    let cursor = Cursor { at: NOON, id: row("A").id }.text();
    let range = format!("&created_after=2025-11-21T12:40:00Z&cursor={cursor}&attention=true");
    for query in ["", "&status=paid", &range, &format!("&status=paid{range}")] {
        let payment = plan(&list(&format!("transaction_id=4200{query}")));
        assert!(payment.contains("payments_number (profile=? AND transaction_id=?)"), "{payment}");
        assert!(payment.contains("sqlite_autoindex_checkouts_1 (id=?)"), "{payment}");
    }
}

#[test]
fn sweeps_and_days_walk_one_index() {
    let profile = named("default");
    let cursor = Cursor { at: NOON, id: row("A").id };
    uses(&reading::stale(&profile, NOON, 9, Some(&cursor)), "checkouts_sweep (profile=? AND");
    uses(
        &reading::ids(&profile, 9, Some(&cursor)),
        "checkouts_newest (profile=? AND (created_at,id)>(?,?))",
    );
    let after = DayCursor { number: "4200".to_owned(), checkout: row("A").id };
    let of = OfDay { day: "2025-11-21", sub_mchid: Some("16"), limit: 9, after: Some(&after) };
    uses(&reading::payments(&profile, of), "payments_day (profile=? AND day=? AND");
    uses(&reading::refunds(&profile, of), "refunds_day (profile=? AND day=? AND");
}
