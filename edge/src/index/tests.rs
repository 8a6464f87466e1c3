//! The statements of the index on SQLite itself, with numbers bound as D1 binds them.

use checkout::id::{AttemptNo, Description, OutTradeNo, ProfileName, Reference};
use checkout::money::{Currency, Fen};
use checkout::refund::RefundStatus;
use checkout::time::UnixSeconds;
use checkout::view::Status;
use rusqlite::types::Value as Bound;
use rusqlite::{Connection, params_from_iter};

use super::listed::RawRow;
use super::statement::{Statement, Value};
use super::writing::{schema, write};
use super::{Cursor, IndexPayment, IndexRefund, IndexRow, Listing, Page, reading};
use crate::naming::checkout_id;

mod lists;
mod plans;
mod sweeps;
mod writes;

/// A database with the tables of the index.
struct Index(Connection);

impl Index {
    fn new() -> Self {
        let index = Self(Connection::open_in_memory().unwrap());
        index.make();
        index
    }

    fn make(&self) {
        for statement in schema() {
            self.0.execute(statement, []).unwrap();
        }
    }

    /// One batch, as D1 runs it.
    fn write(&self, row: &IndexRow) {
        let transaction = self.0.unchecked_transaction().unwrap();
        for Statement { text, values } in write(row).unwrap() {
            self.0.execute(&text, params_from_iter(values.iter().map(bound))).unwrap();
        }
        transaction.commit().unwrap();
    }

    /// All rows that `statement` finds, each column as text.
    fn ask(&self, statement: &Statement) -> Vec<Vec<String>> {
        let mut prepared = self.0.prepare(&statement.text).unwrap();
        let columns = prepared.column_count();
        let values = params_from_iter(statement.values.iter().map(bound));
        let rows = prepared.query_map(values, |row| {
            (0..columns).map(|column| row.get::<_, Bound>(column).map(text)).collect()
        });
        rows.unwrap().map(Result::unwrap).collect()
    }

    fn list(&self, profile: &str, query: &str) -> Page {
        let listing = Listing::checkouts(query).unwrap();
        let statement = reading::list(&named(profile), &listing);
        let raw = self.ask(&statement).into_iter().map(|row| RawRow {
            id: row[0].clone().try_into().unwrap(),
            at: row[1].parse().unwrap(),
            row: row[2].clone(),
        });
        let (page, unreadable) = Page::of(raw.collect(), &listing);
        assert_eq!(unreadable, []);
        page
    }

    /// The references that a query finds.
    fn found(&self, profile: &str, query: &str) -> Vec<String> {
        let page = serde_json::to_value(self.list(profile, query)).unwrap();
        let rows = page["data"].as_array().unwrap();
        rows.iter().map(|row| row["reference"].as_str().unwrap().to_owned()).collect()
    }
}

fn bound(value: &Value) -> Bound {
    match value {
        Value::Text(text) => Bound::Text(text.clone()),
        #[expect(clippy::as_conversions, reason = "JavaScript has no other numbers")]
        Value::Integer(number) => Bound::Real(*number as f64),
    }
}

fn text(value: Bound) -> String {
    match value {
        Bound::Text(text) => text,
        Bound::Integer(number) => number.to_string(),
        other => panic!("{other:?}"),
    }
}

fn named(profile: &str) -> ProfileName {
    ProfileName::parse(profile).unwrap()
}

/// When the first row of a test was created.
const NOON: UnixSeconds = UnixSeconds(1_763_700_000);

/// An open checkout of the default profile, created at noon.
fn row(reference: &str) -> IndexRow {
    row_of("default", reference)
}

fn row_of(profile: &str, reference: &str) -> IndexRow {
    let (profile, reference) = (named(profile), Reference::parse(reference).unwrap());
    let id = checkout_id(&profile, &reference);
    IndexRow {
        out_trade_no: OutTradeNo::new(&id, AttemptNo::FIRST, [7; 5]),
        api: crate::api::Api::V3,
        source: None,
        product: None,
        id,
        profile,
        revision: 1,
        created_at: NOON,
        expires_at: UnixSeconds(NOON.0 + 86_400),
        touched_at: NOON,
        status: Status::Open,
        trouble: None,
        reference,
        description: Description::parse("Oolong 250 g").unwrap(),
        total: Fen::new(8_800).unwrap(),
        currency: Currency::Cny,
        sub_mchid: None,
        buyer: None,
        attention: false,
        dead: 0,
        paid: Vec::new(),
        refunds: Vec::new(),
        purged_at: None,
    }
}

/// The same at `revision`, paid on `day` by `transaction_id`.
fn paid(row: IndexRow, revision: u64, transaction_id: &str, day: &str) -> IndexRow {
    let payment = IndexPayment {
        transaction_id: transaction_id.to_owned(),
        out_trade_no: row.out_trade_no.as_str().to_owned(),
        total: 8_800,
        day: Some(day.to_owned()),
        fate: None,
    };
    IndexRow { revision, status: Status::Paid, paid: vec![payment], ..row }
}

fn refund(number: &str, amount: u64, status: RefundStatus, day: Option<&str>) -> IndexRefund {
    IndexRefund {
        out_refund_no: number.to_owned(),
        transaction_id: "4200000000".to_owned(),
        amount,
        status,
        day: day.map(str::to_owned),
    }
}

/// The same, `seconds` later.
fn later(row: IndexRow, seconds: i64) -> IndexRow {
    let at = UnixSeconds(NOON.0 + seconds);
    IndexRow { created_at: at, touched_at: at, expires_at: UnixSeconds(at.0 + 86_400), ..row }
}
