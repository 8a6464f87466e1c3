//! The ledger on a Durable Object's SQLite.
//!
//! The runtime stores all writes between two awaits as one, the alarm included; that, and not a
//! transaction, makes a commit whole. So everything in [`Ledger::commit`] happens at its first
//! poll: the guarded row first, which refuses a torn commit before anything is written, the alarm
//! last.

use std::cell::Cell;
use std::rc::Rc;

use checkout::id::{AttemptNo, OutRefundNo, OutTradeNo};
use checkout::refund::RefundCall;
use checkout::time::UnixSeconds;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use worker::{SqlCursor, SqlStorage, SqlStorageValue, State, Storage};

use super::{alarm, log};
use crate::ports::{
    AttemptRow, Change, Event, Finding, Lease, Ledger, LedgerFailure, ParcelRow, RefundLetter,
    RefundRow, Stored,
};

const SCHEMA: &str = include_str!("schema.sql");
/// All but the name is forgotten: what was paid stands in the index and in the bills. Where the store
/// fails in the middle, the runtime keeps what was done before; then the next run finishes it.
const RETIRE: &str = "DROP TABLE IF EXISTS parcels; DROP TABLE IF EXISTS events; \
                      DROP TABLE IF EXISTS refund_letters; DROP TABLE IF EXISTS attempts; \
                      CREATE TABLE IF NOT EXISTS tombstone (retired_at INTEGER NOT NULL) STRICT; \
                      DROP TABLE IF EXISTS checkout";
const SCHEMA_VERSION: i64 = 3;

/// The store of this object's checkout.
#[derive(Clone)]
pub(crate) struct SqlLedger {
    storage: Rc<Storage>,
    sql: SqlStorage,
    version: Rc<Cell<u64>>,
}

#[derive(Deserialize)]
struct Row {
    revision: u64,
    created_at: i64,
    opening: String,
    life: String,
    refunds: String,
    outbox: String,
    touched_at: i64,
    lease_until: Option<i64>,
    lease_ticket: Option<u64>,
    lease_refund: Option<OutRefundNo>,
}

#[derive(Deserialize)]
struct Line {
    at: i64,
    number: String,
    notification_id: Option<String>,
    report: String,
}

impl Line {
    fn event(self) -> Result<Event, LedgerFailure> {
        let Self { at, number, notification_id, report } = self;
        // A refund's report says which refund it is about; an order's does not.
        let finding = match serde_json::from_str(&report) {
            Ok(report) => Finding::Refund(report),
            Err(_) => Finding::Order {
                number: OutTradeNo::parse(&number).map_err(|bad| unreadable(bad.expected))?,
                report: serde_json::from_str(&report).map_err(unreadable)?,
            },
        };
        Ok(Event { at: UnixSeconds(at), notification_id, finding })
    }
}

#[derive(Deserialize)]
struct Number {
    n: i64,
}

impl SqlLedger {
    pub(crate) fn new(state: &State) -> Self {
        let storage = state.storage();
        let sql = storage.sql();
        Self { storage: Rc::new(storage), sql, version: Rc::default() }
    }

    /// Wakes the object at `at`, by the wall clock.
    pub(crate) async fn arm(&self, at: UnixSeconds) -> Result<(), LedgerFailure> {
        alarm::set(&self.storage, at).await.map_err(storage)
    }

    fn exec(&self, sql: &str, values: Vec<SqlStorageValue>) -> Result<SqlCursor, LedgerFailure> {
        self.sql.exec(sql, values).map_err(storage)
    }

    fn rows<T: DeserializeOwned>(
        &self,
        sql: &str,
        values: Vec<SqlStorageValue>,
    ) -> Result<Vec<T>, LedgerFailure> {
        self.exec(sql, values)?.to_array().map_err(unreadable)
    }

    /// Whether a tombstone is all that is left. Who has a version has more.
    fn is_purged(&self) -> Result<bool, LedgerFailure> {
        if self.version.get() > 0 {
            return Ok(false);
        }
        let sql = "SELECT 1 AS n FROM sqlite_master WHERE type = 'table' AND name = 'tombstone'";
        self.finds(sql, Vec::new())
    }

    fn finds(&self, sql: &str, values: Vec<SqlStorageValue>) -> Result<bool, LedgerFailure> {
        Ok(!self.rows::<Number>(sql, values)?.is_empty())
    }

    /// Whether `Open` has made the tables.
    fn exists(&self) -> Result<bool, LedgerFailure> {
        if self.version.get() > 0 {
            return Ok(true);
        }
        let made = "SELECT 1 AS n FROM sqlite_master WHERE type = 'table' AND name = '_meta'";
        if !self.finds(made, Vec::new())? {
            return Ok(false);
        }
        let schema = self.rows::<Number>("SELECT v AS n FROM _meta WHERE k = 'schema'", vec![])?;
        match schema.first() {
            Some(version) if version.n == SCHEMA_VERSION => Ok(true),
            _ => Err(LedgerFailure::Unreadable),
        }
    }

    /// The guarded row: stored only where the revision is the one that was read.
    fn write(&self, stored: &Stored) -> Result<(), LedgerFailure> {
        let sql = if stored.revision == 0 {
            if self.exists()? {
                return Err(LedgerFailure::Torn);
            }
            self.exec(SCHEMA, Vec::new())?;
            "INSERT INTO checkout (one, revision, created_at, opening, life, refunds, lease_until, \
             lease_ticket, lease_refund, outbox, touched_at) \
             VALUES (1, ?1 + 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) \
             RETURNING revision AS n"
        } else {
            "UPDATE checkout SET revision = ?1 + 1, created_at = ?2, opening = ?3, life = ?4, \
             refunds = ?5, lease_until = ?6, lease_ticket = ?7, lease_refund = ?8, \
             outbox = ?9, touched_at = ?10 \
             WHERE revision = ?1 RETURNING revision AS n"
        };
        let lease = stored.lease.as_ref();
        let values = vec![
            count(stored.revision)?,
            stored.created_at.0.into(),
            json(&stored.opening)?,
            json(&stored.order)?,
            json(&stored.refunds)?,
            lease.map(|lease| lease.until.0).into(),
            lease.map(|lease| count(lease.ticket)).transpose()?.into(),
            lease.and_then(|lease| lease.refund.as_ref()).map(OutRefundNo::as_str).into(),
            json(&stored.outbox)?,
            stored.touched_at.0.into(),
        ];
        if self.finds(sql, values)? { Ok(()) } else { Err(LedgerFailure::Torn) }
    }

    fn begin(&self, attempt: AttemptRow) -> Result<(), LedgerFailure> {
        let sql = "INSERT INTO attempts (no, out_trade_no, body) VALUES (?, ?, ?)";
        let values = vec![
            i64::from(attempt.no.count()).into(),
            attempt.number.as_str().into(),
            attempt.body.into(),
        ];
        self.exec(sql, values).map(drop)
    }

    fn lay_out(&self, refund: RefundRow) -> Result<(), LedgerFailure> {
        let sql = "INSERT INTO refund_letters (out_refund_no, call, body, serial) \
                   VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body, \
                   serial = excluded.serial";
        let RefundRow { number, call, letter } = refund;
        let values = vec![
            number.as_str().into(),
            call.name().into(),
            letter.body.into(),
            letter.serial.into(),
        ];
        self.exec(sql, values).map(drop)
    }

    /// The bytes of an event are never rewritten.
    fn pack(&self, parcel: ParcelRow) -> Result<(), LedgerFailure> {
        let sql = "INSERT INTO parcels (id, body) VALUES (?, ?) ON CONFLICT DO NOTHING";
        self.exec(sql, vec![parcel.id.into(), parcel.body.into()]).map(drop)
    }

    fn enter(&self, event: &Event) -> Result<(), LedgerFailure> {
        let sql = "INSERT INTO events (at, number, notification_id, transaction_id, report) \
                   VALUES (?, ?, ?, ?, ?)";
        let values = vec![
            event.at.0.into(),
            event.number().into(),
            event.notification_id.as_deref().into(),
            event.transaction_id().into(),
            report(event)?,
        ];
        self.exec(sql, values).map(drop)
    }
}

impl Ledger for SqlLedger {
    fn read(&self) -> Result<Option<Stored>, LedgerFailure> {
        if !self.exists()? || self.is_purged()? {
            return Ok(None);
        }
        let sql = "SELECT revision, created_at, opening, life, refunds, lease_until, lease_ticket, \
                   lease_refund, outbox, touched_at FROM checkout";
        let Some(row) = self.rows::<Row>(sql, Vec::new())?.pop() else { return Ok(None) };
        let lease = row.lease_until.zip(row.lease_ticket);
        let stored = Stored {
            opening: serde_json::from_str(&row.opening).map_err(unreadable)?,
            created_at: UnixSeconds(row.created_at),
            order: serde_json::from_str(&row.life).map_err(unreadable)?,
            refunds: serde_json::from_str(&row.refunds).map_err(unreadable)?,
            outbox: serde_json::from_str(&row.outbox).map_err(unreadable)?,
            touched_at: UnixSeconds(row.touched_at),
            lease: lease.map(|(until, ticket)| {
                let refund = row.lease_refund.clone();
                Lease { until: UnixSeconds(until), ticket, refund }
            }),
            revision: row.revision,
        };
        self.version.set(stored.order.version);
        Ok(Some(stored))
    }

    fn body(&self, no: AttemptNo) -> Result<Option<Vec<u8>>, LedgerFailure> {
        let sql = "SELECT body FROM attempts WHERE no = ?";
        let values = vec![i64::from(no.count()).into()];
        let Some(row) = self.exec(sql, values)?.raw().next() else { return Ok(None) };
        match row.map_err(unreadable)?.pop() {
            Some(SqlStorageValue::Blob(body)) => Ok(Some(body)),
            _ => Err(LedgerFailure::Unreadable),
        }
    }

    fn letter(
        &self,
        number: &OutRefundNo,
        call: RefundCall,
    ) -> Result<Option<RefundLetter>, LedgerFailure> {
        let sql = "SELECT serial, body FROM refund_letters WHERE out_refund_no = ? AND call = ?";
        let values = vec![number.as_str().into(), call.name().into()];
        let Some(row) = self.exec(sql, values)?.raw().next() else { return Ok(None) };
        let mut row = row.map_err(unreadable)?;
        match (row.pop(), row.pop()) {
            (Some(SqlStorageValue::Blob(body)), Some(SqlStorageValue::String(serial))) => {
                Ok(Some(RefundLetter { body, serial: Some(serial) }))
            }
            (Some(SqlStorageValue::Blob(body)), Some(SqlStorageValue::Null)) => {
                Ok(Some(RefundLetter { body, serial: None }))
            }
            _ => Err(LedgerFailure::Unreadable),
        }
    }

    fn parcel(&self, id: &str) -> Result<Option<Vec<u8>>, LedgerFailure> {
        let sql = "SELECT body FROM parcels WHERE id = ?";
        let Some(row) = self.exec(sql, vec![id.into()])?.raw().next() else { return Ok(None) };
        match row.map_err(unreadable)?.pop() {
            Some(SqlStorageValue::Blob(body)) => Ok(Some(body)),
            _ => Err(LedgerFailure::Unreadable),
        }
    }

    fn retired_at(&self) -> Result<Option<UnixSeconds>, LedgerFailure> {
        if !self.exists()? || !self.is_purged()? {
            return Ok(None);
        }
        let row = self.exec("SELECT retired_at FROM tombstone", Vec::new())?.raw().next();
        match row.transpose().map_err(unreadable)?.and_then(|mut row| row.pop()) {
            None => Ok(None),
            Some(SqlStorageValue::Integer(at)) => Ok(Some(UnixSeconds(at))),
            Some(_) => Err(LedgerFailure::Unreadable),
        }
    }

    async fn retire(&self, revision: u64, now: UnixSeconds) -> Result<(), LedgerFailure> {
        let guard = "SELECT 1 AS n FROM checkout WHERE revision = ?";
        if !self.finds(guard, vec![count(revision)?])? {
            return Err(LedgerFailure::Torn);
        }
        self.exec(RETIRE, Vec::new())?;
        self.exec("INSERT INTO tombstone (retired_at) VALUES (?)", vec![now.0.into()])?;
        self.version.set(0);
        self.storage.delete_alarm().await.map_err(storage)
    }

    fn owns(&self, number: &OutTradeNo) -> Result<bool, LedgerFailure> {
        let sql = "SELECT 1 AS n FROM attempts WHERE out_trade_no = ?";
        self.finds(sql, vec![number.as_str().into()])
    }

    fn history(&self, lines_max: u32) -> Result<Vec<Event>, LedgerFailure> {
        let sql = "SELECT at, number, notification_id, report FROM events \
                   ORDER BY seq DESC LIMIT ?";
        let mut lines = self.rows::<Line>(sql, vec![i64::from(lines_max).into()])?;
        lines.reverse();
        lines.into_iter().map(Line::event).collect()
    }

    fn has(&self, event: &Event) -> Result<bool, LedgerFailure> {
        let sql = "SELECT 1 AS n FROM events WHERE notification_id = ?1 \
                   OR (transaction_id = ?2 AND report = ?3) LIMIT 1";
        let values = vec![
            event.notification_id.as_deref().into(),
            event.transaction_id().into(),
            report(event)?,
        ];
        self.finds(sql, values)
    }

    fn heard(&self, notification_id: &str) -> Result<bool, LedgerFailure> {
        let sql = "SELECT 1 AS n FROM events WHERE notification_id = ? LIMIT 1";
        self.finds(sql, vec![notification_id.into()])
    }

    async fn commit(&self, change: Change) -> Result<(), LedgerFailure> {
        let Change { stored, attempt, refund, event, parcels, wake } = change;
        self.write(&stored)?;
        if let Some(attempt) = attempt {
            self.begin(attempt)?;
        }
        if let Some(refund) = refund {
            self.lay_out(refund)?;
        }
        if let Some(event) = event {
            self.enter(&event)?;
        }
        for parcel in parcels {
            self.pack(parcel)?;
        }
        self.version.set(stored.order.version);
        match wake {
            Some(at) => self.arm(at).await,
            None => self.storage.delete_alarm().await.map_err(storage),
        }
    }

    fn version(&self) -> u64 {
        self.version.get()
    }
}

fn report(event: &Event) -> Result<SqlStorageValue, LedgerFailure> {
    match &event.finding {
        Finding::Order { report, .. } => json(report),
        Finding::Refund(report) => json(report),
    }
}

fn json(value: &impl Serialize) -> Result<SqlStorageValue, LedgerFailure> {
    serde_json::to_string(value).map(SqlStorageValue::String).map_err(unreadable)
}

fn count(number: u64) -> Result<SqlStorageValue, LedgerFailure> {
    i64::try_from(number).map(SqlStorageValue::Integer).map_err(|_| LedgerFailure::Unreadable)
}

fn storage(error: worker::Error) -> LedgerFailure {
    log::alarm("storage_failed", &[("error", &error.to_string())]);
    LedgerFailure::Storage
}

fn unreadable(error: impl core::fmt::Display) -> LedgerFailure {
    log::alarm("stored_data_unreadable", &[("error", &error.to_string())]);
    LedgerFailure::Unreadable
}
