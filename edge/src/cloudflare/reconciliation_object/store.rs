//! What a reconciliation keeps, on its object's SQLite.
//!
//! Whatever is written between two awaits is one commit, the alarm included. So each function here
//! is a part of a commit, and none of them awaits; a job and what it has found out are written by
//! two calls in a row.

use checkout::id::CheckoutId;
use checkout::time::UnixSeconds;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use wechatpay::bill::date::BillDate;
use worker::{Error, Result, SqlStorage, SqlStorageValue};

use crate::reconciliation::difference::Difference;
use crate::reconciliation::entry::Entry;
use crate::reconciliation::job::Job;
use crate::reconciliation::overview::{Count, Kept};

const SCHEMA: &str = include_str!("schema.sql");

/// The store of one profile's reconciliation.
#[derive(Clone)]
pub(super) struct Store {
    sql: SqlStorage,
}

/// A row of a bill, on its way to its checkout.
pub(super) struct Staged {
    pub(super) seq: i64,
    pub(super) checkout: CheckoutId,
    pub(super) entry: Entry,
}

/// Differences of one page.
const PAGE: i64 = 100;

#[derive(Deserialize)]
struct Text {
    text: String,
}

#[derive(Deserialize)]
struct Number {
    n: Option<i64>,
}

impl Store {
    pub(super) const fn new(sql: SqlStorage) -> Self {
        Self { sql }
    }

    /// Makes the tables. Asked at the beginning of every event: it is nothing where they are there.
    pub(super) fn prepare(&self) -> Result<()> {
        self.sql.exec(SCHEMA, None).map(drop)
    }

    fn exec(&self, sql: &str, values: Vec<SqlStorageValue>) -> Result<()> {
        self.sql.exec(sql, values).map(drop)
    }

    fn rows<T: DeserializeOwned>(&self, sql: &str, values: Vec<SqlStorageValue>) -> Result<Vec<T>> {
        self.sql.exec(sql, values)?.to_array()
    }

    fn texts<T: DeserializeOwned>(
        &self,
        sql: &str,
        values: Vec<SqlStorageValue>,
    ) -> Result<Vec<T>> {
        let rows: Vec<Text> = self.rows(sql, values)?;
        rows.iter().map(|row| Ok(serde_json::from_str(&row.text)?)).collect()
    }

    fn number(&self, sql: &str, values: Vec<SqlStorageValue>) -> Result<Option<i64>> {
        Ok(self.rows::<Number>(sql, values)?.first().and_then(|row| row.n))
    }

    /// The job that has waited longest, with its number, if any is due.
    pub(super) fn due(&self, now: UnixSeconds) -> Result<Option<(i64, Job)>> {
        let sql = "SELECT id AS n FROM jobs WHERE next_at <= ? ORDER BY next_at, id LIMIT 1";
        let Some(id) = self.number(sql, vec![now.0.into()])? else { return Ok(None) };
        let jobs = self.texts("SELECT job AS text FROM jobs WHERE id = ?", vec![id.into()])?;
        Ok(jobs.into_iter().next().map(|job| (id, job)))
    }

    /// A plan has become jobs.
    pub(super) fn drop_job(&self, id: i64) -> Result<()> {
        self.exec("DELETE FROM jobs WHERE id = ?", vec![id.into()])
    }

    /// A chore that is due.
    pub(super) fn due_chore(&self, now: UnixSeconds) -> Result<Option<String>> {
        let sql = "SELECT name AS text FROM chores WHERE next_at <= ? ORDER BY next_at LIMIT 1";
        let names: Vec<Text> = self.rows(sql, vec![now.0.into()])?;
        Ok(names.into_iter().next().map(|name| name.text))
    }

    /// When there is something to do, if ever.
    pub(super) fn next_at(&self) -> Result<Option<UnixSeconds>> {
        let sql = "SELECT MIN(next_at) AS n FROM \
                   (SELECT next_at FROM jobs UNION ALL SELECT next_at FROM chores)";
        Ok(self.number(sql, Vec::new())?.map(UnixSeconds))
    }

    /// Every account of a day.
    pub(super) fn jobs_of(&self, day: BillDate) -> Result<Vec<Job>> {
        let sql = "SELECT job AS text FROM jobs WHERE day = ? ORDER BY account";
        self.texts(sql, vec![day.to_string().into()])
    }

    /// The newest days, at most so many.
    pub(super) fn days(&self, at_most: usize) -> Result<Vec<BillDate>> {
        let limit = i64::try_from(at_most).unwrap_or(i64::MAX);
        let sql = "SELECT DISTINCT day AS text FROM jobs ORDER BY day DESC LIMIT ?";
        let days: Vec<Text> = self.rows(sql, vec![limit.into()])?;
        Ok(days.iter().filter_map(|day| BillDate::parse(&day.text).ok()).collect())
    }

    /// Stores a job.
    pub(super) fn keep(&self, job: &Job) -> Result<()> {
        let sql = "INSERT INTO jobs (day, account, next_at, job) VALUES (?, ?, ?, ?) \
                   ON CONFLICT (day, account) DO UPDATE SET next_at = excluded.next_at, \
                   job = excluded.job";
        let account = job.account.as_deref().unwrap_or_default();
        let next_at = job.next_at.map(|at| at.0);
        self.exec(sql, vec![job.day.to_string().into(), account.into(), next_at.into(), json(job)?])
    }

    /// Forgets all but the newest days.
    pub(super) fn forget(&self, days_kept: usize) -> Result<()> {
        let Some(oldest) = self.days(days_kept)?.into_iter().next_back() else { return Ok(()) };
        let oldest = oldest.to_string();
        self.exec("DELETE FROM differences WHERE day < ?", vec![oldest.as_str().into()])?;
        let sql = "DELETE FROM jobs WHERE day < ? AND next_at IS NULL";
        self.exec(sql, vec![oldest.into()])
    }

    /// Drops what was staged of a bill.
    pub(super) fn unstage(&self, job: i64) -> Result<()> {
        self.exec("DELETE FROM staged WHERE job = ?", vec![job.into()])
    }

    /// Stages rows: one statement for many of them.
    pub(super) fn stage(&self, job: i64, rows: &[(CheckoutId, Entry)]) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut values = Vec::with_capacity(rows.len());
        for (checkout, entry) in rows {
            let text = serde_json::to_string(entry)?;
            values.push((checkout, entry.rank(), entry.number().to_owned(), text));
        }
        let sql = "INSERT INTO staged (job, checkout, rank, number, entry) \
                   SELECT ?1, value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?2)";
        self.exec(sql, vec![job.into(), json(&values)?])
    }

    /// The next rows that nobody has compared, those of one checkout together.
    pub(super) fn uncompared(&self, job: i64, at_most: i64) -> Result<Vec<Staged>> {
        #[derive(Deserialize)]
        struct Row {
            seq: i64,
            checkout: CheckoutId,
            entry: String,
        }
        let sql = "SELECT seq, checkout, entry FROM staged WHERE job = ? AND compared = 0 \
                   ORDER BY checkout, rank, seq LIMIT ?";
        let rows: Vec<Row> = self.rows(sql, vec![job.into(), at_most.into()])?;
        let staged = rows.into_iter().map(|row| {
            let Row { seq, checkout, entry } = row;
            Ok(Staged { seq, checkout, entry: serde_json::from_str(&entry)? })
        });
        staged.collect()
    }

    /// These rows have been compared.
    pub(super) fn compared(&self, rows: &[i64]) -> Result<()> {
        let sql = "UPDATE staged SET compared = 1 WHERE seq IN (SELECT value FROM json_each(?))";
        self.exec(sql, vec![json(rows)?])
    }

    /// Those of `numbers` that the bill did not show.
    pub(super) fn unseen(&self, job: i64, numbers: &[&str]) -> Result<Vec<String>> {
        let sql = "SELECT value AS text FROM json_each(?2) WHERE NOT EXISTS \
                   (SELECT 1 FROM staged WHERE job = ?1 AND number = value)";
        let rows: Vec<Text> = self.rows(sql, vec![job.into(), json(numbers)?])?;
        Ok(rows.into_iter().map(|row| row.text).collect())
    }

    /// Enters a difference, or finds that it still stands.
    pub(super) fn differs(&self, job: &Job, found: &Difference, now: UnixSeconds) -> Result<()> {
        let sql = "INSERT INTO differences (day, account, what, kind, number, difference, found_at, \
                   healed_at, run) VALUES (?1, ?2, ?3 ->> 'what', ?3 ->> 'kind', ?4, ?3, ?5, ?6, ?7) \
                   ON CONFLICT DO UPDATE SET difference = excluded.difference, run = excluded.run, \
                   healed_at = CASE WHEN excluded.healed_at IS NULL THEN NULL \
                   ELSE COALESCE(healed_at, excluded.healed_at) END";
        let healed_at = found.heals_itself().then_some(now.0);
        let values = vec![
            job.day.to_string().into(),
            job.account.as_deref().unwrap_or_default().into(),
            json(found)?,
            found.number.as_str().into(),
            now.0.into(),
            healed_at.into(),
            i64::from(job.run).into(),
        ];
        self.exec(sql, values)
    }

    /// Of these numbers nobody can say any more whether their differences have healed.
    pub(super) fn unheard(&self, job: &Job, numbers: &[String]) -> Result<()> {
        let sql = "UPDATE differences SET run = ? WHERE day = ? AND account = ? \
                   AND number IN (SELECT value FROM json_each(?))";
        let account = job.account.as_deref().unwrap_or_default();
        let (run, day) = (i64::from(job.run), job.day.to_string());
        self.exec(sql, vec![run.into(), day.into(), account.into(), json(numbers)?])
    }

    /// What this look at the day has not found again has healed.
    pub(super) fn heal(&self, job: &Job, now: UnixSeconds) -> Result<()> {
        let sql = "UPDATE differences SET healed_at = ? WHERE day = ? AND account = ? AND run < ? \
                   AND healed_at IS NULL";
        let account = job.account.as_deref().unwrap_or_default();
        let run = i64::from(job.run);
        self.exec(sql, vec![now.0.into(), job.day.to_string().into(), account.into(), run.into()])
    }

    /// How many differences a day has, by account and kind.
    pub(super) fn counts(&self, day: BillDate) -> Result<Vec<Count>> {
        let sql = "SELECT json_object('account', NULLIF(account, ''), 'kind', kind, 'found', \
                   COUNT(*), 'open', SUM(healed_at IS NULL)) AS text FROM differences \
                   WHERE day = ? GROUP BY account, kind";
        self.texts(sql, vec![day.to_string().into()])
    }

    /// A page of a day's differences, oldest first, and where the next one begins.
    pub(super) fn differences(
        &self,
        day: BillDate,
        after: u64,
    ) -> Result<(Vec<Kept>, Option<u64>)> {
        let sql = "SELECT seq AS n, json_object('difference', json(difference), 'account', \
                   NULLIF(account, ''), 'found_at', found_at, 'healed_at', healed_at) AS text \
                   FROM differences WHERE day = ? AND seq > ? ORDER BY seq LIMIT ?";
        #[derive(Deserialize)]
        struct Row {
            n: u64,
            text: String,
        }
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        let values = vec![day.to_string().into(), after.into(), PAGE.into()];
        let rows: Vec<Row> = self.rows(sql, values)?;
        let is_full = i64::try_from(rows.len()) == Ok(PAGE);
        let cursor = rows.last().map(|row| row.n).filter(|_| is_full);
        let kept = rows.iter().map(|row| Ok(serde_json::from_str(&row.text)?));
        Ok((kept.collect::<Result<_>>()?, cursor))
    }

    /// A chore, if there is one of that name.
    pub(super) fn chore<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        let sql = "SELECT chore AS text FROM chores WHERE name = ?";
        Ok(self.texts(sql, vec![name.into()])?.into_iter().next())
    }

    /// Stores a chore.
    pub(super) fn keep_chore(
        &self,
        name: &str,
        next_at: Option<UnixSeconds>,
        chore: &impl Serialize,
    ) -> Result<()> {
        let sql = "INSERT INTO chores (name, next_at, chore) VALUES (?, ?, ?) ON CONFLICT (name) \
                   DO UPDATE SET next_at = excluded.next_at, chore = excluded.chore";
        self.exec(sql, vec![name.into(), next_at.map(|at| at.0).into(), json(chore)?])
    }

    /// Names checkouts for the rebuild.
    pub(super) fn name(&self, ids: &[CheckoutId]) -> Result<()> {
        let sql = "INSERT OR IGNORE INTO named (id) SELECT value FROM json_each(?)";
        self.exec(sql, vec![json(ids)?])
    }

    /// Names the checkouts of a staged bill, which is not needed after that.
    pub(super) fn name_staged(&self, job: i64) -> Result<()> {
        let sql =
            "INSERT OR IGNORE INTO named (id) SELECT DISTINCT checkout FROM staged WHERE job = ?";
        self.exec(sql, vec![job.into()])?;
        self.unstage(job)
    }

    /// Checkouts that have yet to be told.
    pub(super) fn named(&self, at_most: i64) -> Result<Vec<CheckoutId>> {
        let sql = "SELECT json_quote(id) AS text FROM named ORDER BY id LIMIT ?";
        self.texts(sql, vec![at_most.into()])
    }

    /// These have been told.
    pub(super) fn unname(&self, ids: &[CheckoutId]) -> Result<()> {
        let sql = "DELETE FROM named WHERE id IN (SELECT value FROM json_each(?))";
        self.exec(sql, vec![json(ids)?])
    }
}

fn json(value: &(impl Serialize + ?Sized)) -> Result<SqlStorageValue> {
    Ok(SqlStorageValue::String(serde_json::to_string(value).map_err(Error::from)?))
}
