//! How a row gets into the index: whole, in one batch, and never over a newer one.

use super::reading::{sweep_at, word};
use super::row::IndexRow;
use super::statement::{Statement, Value};

/// Which tables this program reads and writes. A newer deployment may only have added to them.
pub const SCHEMA_VERSION: i64 = 1;

const SCHEMA: &str = include_str!("../cloudflare/index.sql");

/// Asks which tables there are; fails where there are none.
pub const SCHEMA_QUESTION: &str = "SELECT v FROM _meta WHERE k = 'schema'";

/// The statements that make the tables. Each does nothing where its table is there.
pub fn schema() -> impl Iterator<Item = &'static str> {
    SCHEMA.split(';').map(str::trim).filter(|statement| !statement.is_empty())
}

/// The batch that writes a row.
///
/// The first statement lets only a newer revision in. The others take the payments and refunds out of
/// the row that stands there then, if it is this one: an older row that lost changes nothing.
/// Payments and refunds never go away again, so none has to be deleted.
pub fn write(row: &IndexRow) -> Result<Vec<Statement>, serde_json::Error> {
    let upsert = "INSERT INTO checkouts \
                  (id, profile, revision, created_at, status, attention, dead, sweep_at, row) \
                  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET \
                  revision = excluded.revision, created_at = excluded.created_at, \
                  status = excluded.status, attention = excluded.attention, \
                  dead = excluded.dead, sweep_at = excluded.sweep_at, row = excluded.row \
                  WHERE excluded.revision > checkouts.revision";
    let (id, revision) = (row.id.as_str(), number(row.revision));
    let values = vec![
        id.into(),
        row.profile.as_str().into(),
        revision.clone(),
        row.created_at.0.into(),
        word(row.status).into(),
        i64::from(row.attention).into(),
        row.dead.into(),
        sweep_at(row).0.into(),
        Value::Text(serde_json::to_string(row)?),
    ];
    let mut batch = vec![Statement::new(upsert, values)];
    if !row.paid.is_empty() {
        batch.push(Statement::new(PAYMENTS, vec![id.into(), revision.clone()]));
    }
    if !row.refunds.is_empty() {
        batch.push(Statement::new(REFUNDS, vec![id.into(), revision]));
    }
    Ok(batch)
}

const PAYMENTS: &str = "INSERT OR REPLACE INTO payments \
    (checkout, transaction_id, profile, sub_mchid, day, entry) \
    SELECT checkouts.id, paid.value ->> 'transaction_id', profile, row ->> 'sub_mchid', \
    paid.value ->> 'day', paid.value FROM checkouts, json_each(row, '$.paid') AS paid \
    WHERE checkouts.id = ? AND revision = ?";

const REFUNDS: &str = "INSERT OR REPLACE INTO refunds \
    (checkout, out_refund_no, profile, sub_mchid, day, entry) \
    SELECT checkouts.id, refund.value ->> 'out_refund_no', profile, row ->> 'sub_mchid', \
    refund.value ->> 'day', refund.value FROM checkouts, json_each(row, '$.refunds') AS refund \
    WHERE checkouts.id = ? AND revision = ?";

/// A revision. No checkout has so many that the largest is ever meant.
fn number(count: u64) -> Value {
    Value::Integer(i64::try_from(count).unwrap_or(i64::MAX))
}
