//! What survives SIGKILL.
//!
//! One thread owns the database and writes what it is handed, many changes to a transaction; a
//! [`Ticket`] is honoured once its changes, and all handed over before them, are in the write-ahead
//! log. That log is the operating system's business from then on, so killing this process loses nothing; a power cut may lose the
//! last moments, which is good enough for a sandbox. Without a folder nothing is written and every
//! ticket is honoured at once.

use std::path::Path;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use rusqlite::{Connection, Transaction, params};
use serde::de::DeserializeOwned;
use tokio::sync::oneshot;

use crate::fault::Fault;
use crate::ledger::Change;
use crate::notification::Notification;
use crate::order::Order;
use crate::pulse::Pulse;
use crate::readings::Readings;
use crate::refund::Refund;
use crate::short_links::KNOWN_MAX;

const FILE: &str = "sandbox.sqlite3";

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS orders (seq INTEGER PRIMARY KEY, json TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS refunds (seq INTEGER PRIMARY KEY, json TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS notifications (seq INTEGER PRIMARY KEY, json TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS short_links (
        seq INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE, long_url TEXT NOT NULL
    );
    CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, json TEXT NOT NULL);
";

/// Changes written in one transaction at most.
const BATCH_MAX: usize = 1_000;

/// The disk does not do what it should.
#[derive(Debug)]
pub enum StoreError {
    /// SQLite says no. "database is locked" means that another sandbox uses the folder.
    Database(rusqlite::Error),
    /// A row is not what this version writes.
    Unreadable(serde_json::Error),
    /// The writer is gone; what it said was printed when it went.
    WriterGone,
}

impl std::fmt::Display for StoreError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Database(error) => write!(f, "the state folder: {error}"),
            Self::Unreadable(error) => write!(f, "the state folder holds an odd row: {error}"),
            Self::WriterGone => f.write_str("the state folder can no longer be written"),
        }
    }
}

impl std::error::Error for StoreError {}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        Self::Unreadable(error)
    }
}

/// All that was on disk.
#[derive(Default)]
pub struct Saved {
    /// Every order.
    pub orders: Vec<Order>,
    /// Every refund.
    pub refunds: Vec<Refund>,
    /// Every notification.
    pub notifications: Vec<Notification>,
    /// The faults that wait.
    pub faults: Vec<Fault>,
    /// Business clock less wall clock.
    pub clock_offset_s: i64,
    /// For how long a bill's address lives, if that was said.
    pub bill_url_life_s: Option<u32>,
    /// The readings of the rules that are in force.
    pub readings: Readings,
    /// Short links and what they stand for, the oldest first.
    pub short_links: Vec<(String, String)>,
}

struct Batch {
    changes: Vec<Change>,
    done: oneshot::Sender<()>,
}

/// Where changes go.
pub struct Store {
    /// Beats whenever a change is handed over.
    pub pulse: Arc<Pulse>,
    writer: Option<mpsc::Sender<Batch>>,
}

/// A promise that some changes will be on disk.
#[must_use = "a change counts once its ticket is honoured"]
pub struct Ticket(Option<oneshot::Receiver<()>>);

impl Ticket {
    /// Waits until the changes are on disk.
    pub async fn honoured(self) -> Result<(), StoreError> {
        match self.0 {
            Some(done) => done.await.map_err(|_| StoreError::WriterGone),
            None => Ok(()),
        }
    }
}

impl Store {
    /// Keeps nothing.
    pub fn in_memory() -> Self {
        Self { pulse: Arc::default(), writer: None }
    }

    /// Opens the folder's database and reads it.
    pub fn open(folder: &Path) -> Result<(Self, Saved), StoreError> {
        let database = Connection::open(folder.join(FILE))?;
        database.busy_timeout(Duration::from_secs(2))?;
        // Exclusive: two sandboxes on one folder would each forget what the other wrote.
        database.execute_batch(
            "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;
             PRAGMA synchronous = NORMAL;",
        )?;
        database.execute_batch(SCHEMA)?;
        let saved = Saved {
            orders: rows(&database, "SELECT json FROM orders ORDER BY seq")?,
            refunds: rows(&database, "SELECT json FROM refunds ORDER BY seq")?,
            notifications: rows(&database, "SELECT json FROM notifications ORDER BY seq")?,
            faults: setting(&database, "faults")?,
            clock_offset_s: setting(&database, "clock_offset_s")?,
            bill_url_life_s: setting(&database, "bill_url_life_s")?,
            readings: setting(&database, "readings")?,
            short_links: short_links(&database)?,
        };
        let (writer, batches) = mpsc::channel();
        std::thread::spawn(move || write_all(database, &batches));
        Ok((Self { pulse: Arc::default(), writer: Some(writer) }, saved))
    }

    /// Hands changes over. Calls must come in the order in which the changes happened.
    ///
    /// No change at all takes the same way: whoever only looked may have seen what is not on disk
    /// yet, and must not tell of it before it is.
    pub fn write(&self, changes: Vec<Change>) -> Ticket {
        if !changes.is_empty() {
            self.pulse.beat();
        }
        let Some(writer) = &self.writer else { return Ticket(None) };
        let (done, honoured) = oneshot::channel();
        // A writer that is gone drops `done`, which the ticket reports.
        let _ = writer.send(Batch { changes, done });
        Ticket(Some(honoured))
    }
}

fn rows<T: DeserializeOwned>(database: &Connection, query: &str) -> Result<Vec<T>, StoreError> {
    let mut statement = database.prepare(query)?;
    let texts = statement.query_map([], |row| row.get::<_, String>(0))?;
    texts.map(|text| Ok(serde_json::from_str(&text?)?)).collect()
}

fn short_links(database: &Connection) -> Result<Vec<(String, String)>, StoreError> {
    let mut links = database.prepare("SELECT code, long_url FROM short_links ORDER BY seq")?;
    let links = links.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(links.collect::<Result<_, _>>()?)
}

fn setting<T: DeserializeOwned + Default>(
    database: &Connection,
    name: &str,
) -> Result<T, StoreError> {
    let mut statement = database.prepare("SELECT json FROM settings WHERE name = ?1")?;
    let mut texts = statement.query_map([name], |row| row.get::<_, String>(0))?;
    texts.next().map_or_else(|| Ok(T::default()), |text| Ok(serde_json::from_str(&text?)?))
}

fn write_all(mut database: Connection, batches: &mpsc::Receiver<Batch>) {
    let mut faults_version = 0;
    while let Ok(first) = batches.recv() {
        let mut together = vec![first];
        let mut count = 0;
        while let Some(batch) = (count < BATCH_MAX).then(|| batches.try_recv().ok()).flatten() {
            count += batch.changes.len();
            together.push(batch);
        }
        if let Err(error) = write_together(&mut database, &together, &mut faults_version) {
            complain(&error);
            return;
        }
        for batch in together {
            // Whoever handed it in may have hung up; the change stands all the same.
            let _ = batch.done.send(());
        }
    }
}

#[expect(clippy::print_stderr, reason = "the operator must learn that the disk fails")]
fn complain(error: &StoreError) {
    eprintln!("saoma-sandbox: {error}; nothing more is acknowledged");
}

fn write_together(
    database: &mut Connection,
    together: &[Batch],
    faults_version: &mut u64,
) -> Result<(), StoreError> {
    if together.iter().all(|batch| batch.changes.is_empty()) {
        return Ok(());
    }
    let transaction = database.transaction()?;
    for change in together.iter().flat_map(|batch| &batch.changes) {
        if let Change::Faults { version, .. } = change {
            // Shards take faults side by side, so an older list may come after a newer one.
            if version < faults_version {
                continue;
            }
            *faults_version = *version;
        }
        write_one(&transaction, change)?;
    }
    Ok(transaction.commit()?)
}

fn write_one(transaction: &Transaction<'_>, change: &Change) -> Result<(), StoreError> {
    const ORDER: &str = "REPLACE INTO orders (seq, json) VALUES (?1, ?2)";
    const REFUND: &str = "REPLACE INTO refunds (seq, json) VALUES (?1, ?2)";
    const NOTIFICATION: &str = "REPLACE INTO notifications (seq, json) VALUES (?1, ?2)";
    const SETTING: &str = "REPLACE INTO settings (name, json) VALUES (?1, ?2)";
    match change {
        Change::Order(order) => {
            let json = serde_json::to_string(order)?;
            transaction.prepare_cached(ORDER)?.execute(params![row_id(order.seq), json])?;
        }
        Change::Refund(refund) => {
            let json = serde_json::to_string(refund)?;
            transaction.prepare_cached(REFUND)?.execute(params![row_id(refund.seq), json])?;
        }
        Change::Notification(notification) => {
            let json = serde_json::to_string(notification)?;
            let id = row_id(notification.seq);
            transaction.prepare_cached(NOTIFICATION)?.execute(params![id, json])?;
        }
        Change::Faults { faults, .. } => {
            let json = serde_json::to_string(faults)?;
            transaction.prepare_cached(SETTING)?.execute(params!["faults", json])?;
        }
        Change::ClockOffset(offset_s) => {
            let json = offset_s.to_string();
            transaction.prepare_cached(SETTING)?.execute(params!["clock_offset_s", json])?;
        }
        Change::BillUrlLife(life_s) => {
            let json = life_s.to_string();
            transaction.prepare_cached(SETTING)?.execute(params!["bill_url_life_s", json])?;
        }
        Change::Readings(readings) => {
            let json = serde_json::to_string(readings)?;
            transaction.prepare_cached(SETTING)?.execute(params!["readings", json])?;
        }
        Change::ShortLink { code, long_url } => write_link(transaction, code, long_url)?,
        Change::Cleared => transaction.execute_batch(
            "DELETE FROM orders; DELETE FROM refunds; DELETE FROM notifications;
             DELETE FROM short_links; DELETE FROM settings WHERE name = 'faults';",
        )?,
    }
    Ok(())
}

/// As many are kept as are known.
fn write_link(transaction: &Transaction<'_>, code: &str, long_url: &str) -> Result<(), StoreError> {
    const LINK: &str = "REPLACE INTO short_links (code, long_url) VALUES (?1, ?2)";
    const TRIM: &str = "DELETE FROM short_links WHERE seq <= ?1";
    transaction.prepare_cached(LINK)?.execute(params![code, long_url])?;
    let oldest = transaction.last_insert_rowid() - row_id(KNOWN_MAX);
    transaction.prepare_cached(TRIM)?.execute(params![oldest])?;
    Ok(())
}

/// Counted from one; it cannot reach the sign bit.
fn row_id(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_only_looked_is_not_told_before_what_they_saw_is_on_disk() {
        let folder = std::env::temp_dir().join(format!("saoma-store-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let (store, _) = Store::open(&folder).unwrap();
        for offset_s in 0..100 {
            let mut changed = store.write(vec![Change::ClockOffset(offset_s)]);
            store.write(Vec::new()).honoured().await.unwrap();
            assert_eq!(changed.0.as_mut().unwrap().try_recv(), Ok(()));
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
