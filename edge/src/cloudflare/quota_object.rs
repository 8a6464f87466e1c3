//! Counts the open unpaid sessions of one address, or of the whole deployment.
//!
//! A place is held under the checkout's id, so that taking it twice is taking it once. It is given
//! back when the checkout leaves `open`; should that message be lost, it frees itself when the
//! checkout's deadline has passed.

use checkout::id::CheckoutId;
use checkout::time::{Seconds, UnixSeconds};
use serde::Deserialize;
use worker::{
    DurableObject, Env, Request, Response, Result, SqlStorage, SqlStorageValue, State,
    durable_object,
};

use super::world::World;
use crate::command::{QuotaAnswer, QuotaCommand};
use crate::ports::World as _;

/// The places of one address (`address:<ip>`) or of all (`deployment`).
#[durable_object(fetch)]
pub(crate) struct QuotaObject {
    sql: SqlStorage,
    env: Env,
}

/// The longest advice to wait: most places are freed by a payment, long before their deadline.
const RETRY_AFTER_S_MAX: i64 = 60;

#[derive(Deserialize)]
struct Number {
    n: Option<i64>,
}

impl DurableObject for QuotaObject {
    fn new(state: State, env: Env) -> Self {
        Self { sql: state.storage().sql(), env }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let command = request.json().await?;
        let now = World::enter(&self.env).await.now();
        let answer = match command {
            QuotaCommand::Reserve { id, lifetime_s, places_max } => {
                self.reserve(&id, now + Seconds(lifetime_s), places_max, now)?
            }
            QuotaCommand::Release { id } => self.release(&id)?,
        };
        Response::from_json(&answer)
    }
}

impl QuotaObject {
    /// `free_at` is business time, in Unix seconds. `tally` has the number of places, which would take
    /// a look at each of them to count.
    fn make_tables(&self) -> Result<()> {
        let sql = "CREATE TABLE IF NOT EXISTS places \
                   (id TEXT PRIMARY KEY, free_at INTEGER NOT NULL) STRICT; \
                   CREATE INDEX IF NOT EXISTS by_end ON places (free_at); \
                   CREATE TABLE IF NOT EXISTS tally \
                   (one INTEGER PRIMARY KEY CHECK (one = 1), n INTEGER NOT NULL) STRICT";
        self.sql.exec(sql, None).map(drop)
    }

    fn reserve(
        &self,
        id: &CheckoutId,
        free_at: UnixSeconds,
        places_max: u32,
        now: UnixSeconds,
    ) -> Result<QuotaAnswer> {
        self.make_tables()?;
        let taken = self.tally()? - self.free("DELETE FROM places WHERE free_at <= ?", now.0)?;
        let held = self.number("SELECT 1 AS n FROM places WHERE id = ?", Some(id))?.is_some();
        if !held && taken >= i64::from(places_max) {
            self.count(taken)?;
            let next = self.number("SELECT MIN(free_at) AS n FROM places", None)?;
            let wait_s = next.map_or(1, |at| (UnixSeconds(at) - now).0);
            let wait_s = u32::try_from(wait_s.clamp(1, RETRY_AFTER_S_MAX)).unwrap_or(1);
            return Ok(QuotaAnswer::Full { retry_after_s: wait_s });
        }
        let take = "INSERT INTO places (id, free_at) VALUES (?, ?) \
                    ON CONFLICT (id) DO UPDATE SET free_at = excluded.free_at";
        let values: Vec<SqlStorageValue> = vec![id.as_str().into(), free_at.0.into()];
        self.sql.exec(take, values)?;
        self.count(taken + i64::from(!held))?;
        Ok(if held { QuotaAnswer::Held } else { QuotaAnswer::Taken })
    }

    fn release(&self, id: &CheckoutId) -> Result<QuotaAnswer> {
        self.make_tables()?;
        let taken = self.tally()? - self.free("DELETE FROM places WHERE id = ?", id.as_str())?;
        self.count(taken)?;
        Ok(QuotaAnswer::Released)
    }

    /// Deletes places, and answers how many they were.
    fn free(&self, sql: &str, which: impl Into<SqlStorageValue>) -> Result<i64> {
        self.sql.exec(sql, vec![which.into()])?;
        Ok(self.number("SELECT changes() AS n", None)?.unwrap_or(0))
    }

    /// How many places there are.
    fn tally(&self) -> Result<i64> {
        Ok(self.number("SELECT n FROM tally", None)?.unwrap_or(0))
    }

    fn count(&self, taken: i64) -> Result<()> {
        let sql = "INSERT INTO tally (one, n) VALUES (1, ?) \
                   ON CONFLICT (one) DO UPDATE SET n = excluded.n";
        self.sql.exec(sql, vec![taken.into()]).map(drop)
    }

    fn number(&self, sql: &str, id: Option<&CheckoutId>) -> Result<Option<i64>> {
        let values = id.map(|id| vec![id.as_str().into()]);
        let rows: Vec<Number> = self.sql.exec(sql, values)?.to_array()?;
        Ok(rows.first().and_then(|row| row.n))
    }
}
