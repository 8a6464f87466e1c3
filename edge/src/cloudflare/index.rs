//! The index on D1. Nothing is decided here, and nothing here may stop an order: whoever writes says
//! how long that may take, and goes on without it.
//!
//! The tables are made by whichever isolate comes first, so that a deployment needs no step of its
//! own. Where the binding is missing, orders are placed and paid as ever; only lists are not to be
//! had.

use std::cell::Cell;
use std::time::Duration;

use checkout::id::{CheckoutId, ProfileName};
use checkout::time::UnixSeconds;
use futures_util::future::{Either, select};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;
use worker::{D1Database, D1PreparedStatement, Delay, Env};

use super::log;
use crate::index::listed::RawRow;
use crate::index::statement::{Statement, Value};
use crate::index::writing::{self, SCHEMA_QUESTION, SCHEMA_VERSION, schema};
use crate::index::{
    Cursor, DayPayment, DayRefund, IndexRow, Listing, NoIndex, OfDay, Page, reading,
};
use crate::ports::Undelivered;

const BINDING: &str = "INDEX";

/// How long somebody waits for a list. One takes some milliseconds, and some hundred from the other
/// side of the world.
const READ_MS_MAX: u32 = 5_000;

thread_local! {
    /// The tables are there. Forgotten after every failure, since somebody may have dropped them.
    static MADE: Cell<bool> = const { Cell::new(false) };
    /// The operator has been told that there is no database.
    static TOLD: Cell<bool> = const { Cell::new(false) };
}

/// Writes a row, unless a newer one is there, within `deadline_ms`. After that time it may still
/// become written, which does no harm.
pub(crate) async fn write(env: &Env, row: &IndexRow, deadline_ms: u32) -> Result<(), Undelivered> {
    let written = in_time(deadline_ms, async {
        let database = database(env).await?;
        let batch = writing::write(row).map_err(|_| NoIndex::Failed)?;
        let batch: Result<Vec<_>, _> =
            batch.iter().map(|statement| prepared(&database, statement)).collect();
        run(&database, batch?).await
    });
    written.await.map_err(|_| Undelivered)
}

/// A page of a profile's checkouts.
pub(crate) async fn list(
    env: &Env,
    profile: &ProfileName,
    listing: &Listing,
) -> Result<Page, NoIndex> {
    let raw: Vec<RawRow> = ask(env, &reading::list(profile, listing)).await?;
    let (page, unreadable) = Page::of(raw, listing);
    for id in &unreadable {
        log::alarm("index_row_unreadable", &[("checkout", id.as_str())]);
    }
    Ok(page)
}

/// Open checkouts that somebody should look at; see [`reading::stale`].
pub(crate) async fn stale(
    env: &Env,
    profile: &ProfileName,
    now: UnixSeconds,
    (limit, after): (u32, Option<&Cursor>),
) -> Result<Vec<Cursor>, NoIndex> {
    ids_of(env, &reading::stale(profile, now, limit, after)).await
}

/// Every checkout of a profile, the oldest first; see [`reading::ids`].
pub(crate) async fn ids(
    env: &Env,
    profile: &ProfileName,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<Vec<Cursor>, NoIndex> {
    ids_of(env, &reading::ids(profile, limit, after)).await
}

/// The payments of a day, by WeChat Pay's number.
pub(crate) async fn payments_of_day(
    env: &Env,
    profile: &ProfileName,
    of: OfDay<'_>,
) -> Result<Vec<DayPayment>, NoIndex> {
    let rows = entries(env, &reading::payments(profile, of)).await?;
    Ok(rows.into_iter().map(|(checkout, payment)| DayPayment { checkout, payment }).collect())
}

/// The refunds of a day, by our number.
pub(crate) async fn refunds_of_day(
    env: &Env,
    profile: &ProfileName,
    of: OfDay<'_>,
) -> Result<Vec<DayRefund>, NoIndex> {
    let rows = entries(env, &reading::refunds(profile, of)).await?;
    Ok(rows.into_iter().map(|(checkout, refund)| DayRefund { checkout, refund }).collect())
}

/// Whether the index is there and answers.
pub(crate) async fn examine(env: &Env) -> Result<(), NoIndex> {
    in_time(READ_MS_MAX, database(env)).await.map(drop)
}

#[derive(Deserialize)]
struct IdRow {
    id: CheckoutId,
    at: i64,
}

#[derive(Deserialize)]
struct EntryRow {
    checkout: CheckoutId,
    entry: String,
}

#[derive(Deserialize)]
struct VersionRow {
    v: i64,
}

async fn ids_of(env: &Env, statement: &Statement) -> Result<Vec<Cursor>, NoIndex> {
    let rows: Vec<IdRow> = ask(env, statement).await?;
    Ok(rows.into_iter().map(|IdRow { id, at }| Cursor { at: UnixSeconds(at), id }).collect())
}

async fn entries<T: DeserializeOwned>(
    env: &Env,
    statement: &Statement,
) -> Result<Vec<(CheckoutId, T)>, NoIndex> {
    let rows: Vec<EntryRow> = ask(env, statement).await?;
    let read = |EntryRow { checkout, entry }| match serde_json::from_str(&entry) {
        Ok(entry) => Ok((checkout, entry)),
        Err(_) => {
            // Of another version of this program. A page with a hole would pass for a whole one.
            log::alarm("index_row_unreadable", &[("checkout", checkout.as_str())]);
            Err(NoIndex::Failed)
        }
    };
    rows.into_iter().map(read).collect()
}

async fn ask<T: DeserializeOwned>(env: &Env, statement: &Statement) -> Result<Vec<T>, NoIndex> {
    let asked = in_time(READ_MS_MAX, async {
        let database = database(env).await?;
        let answer = prepared(&database, statement)?.all().await.map_err(failed)?;
        answer.results().map_err(failed)
    });
    asked.await
}

/// The database, with its tables.
async fn database(env: &Env) -> Result<D1Database, NoIndex> {
    let Ok(database) = env.d1(BINDING) else {
        if !TOLD.replace(true) {
            let detail = "no D1 database is bound as INDEX: nothing can be listed";
            log::alarm("index_missing", &[("detail", detail)]);
        }
        return Err(NoIndex::Missing);
    };
    if MADE.get() {
        return Ok(database);
    }
    // Where they are there, which is nearly always, a question is cheaper than making them again.
    let version = database.prepare(SCHEMA_QUESTION).first::<VersionRow>(None).await;
    if !matches!(version, Ok(Some(VersionRow { v })) if v >= SCHEMA_VERSION) {
        run(&database, schema().map(|statement| database.prepare(statement)).collect()).await?;
    }
    MADE.set(true);
    Ok(database)
}

/// A batch of one is what nearly every write is; alone it takes the shorter way.
async fn run(database: &D1Database, batch: Vec<D1PreparedStatement>) -> Result<(), NoIndex> {
    let ran = match batch.as_slice() {
        [only] => only.run().await.map(drop),
        _ => database.batch(batch).await.map(drop),
    };
    ran.map_err(failed)
}

fn prepared(database: &D1Database, statement: &Statement) -> Result<D1PreparedStatement, NoIndex> {
    let values: Vec<JsValue> = statement.values.iter().map(value).collect();
    database.prepare(statement.text.as_str()).bind(&values).map_err(failed)
}

#[expect(clippy::as_conversions, reason = "JavaScript's numbers are exact to 2^53")]
fn value(value: &Value) -> JsValue {
    match value {
        Value::Text(text) => JsValue::from_str(text),
        Value::Integer(number) => JsValue::from_f64(*number as f64),
    }
}

/// A call to D1 cannot be called back; what is late is not waited for.
async fn in_time<T>(
    deadline_ms: u32,
    work: impl Future<Output = Result<T, NoIndex>>,
) -> Result<T, NoIndex> {
    let late = Delay::from(Duration::from_millis(u64::from(deadline_ms)));
    match select(Box::pin(work), late).await {
        Either::Left((done, _)) => done,
        Either::Right(_) => {
            MADE.set(false);
            log::alarm("index_silent", &[("deadline_ms", &deadline_ms.to_string())]);
            Err(NoIndex::Silent)
        }
    }
}

fn failed(error: worker::Error) -> NoIndex {
    MADE.set(false);
    log::alarm("index_failed", &[("error", &error.to_string())]);
    NoIndex::Failed
}
