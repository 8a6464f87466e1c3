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
struct Places {
    taken: u32,
    mine: u32,
    free_at: Option<i64>,
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
            QuotaCommand::Release { id } => {
                self.make_table()?;
                self.sql.exec("DELETE FROM places WHERE id = ?", vec![id.as_str().into()])?;
                QuotaAnswer::Released
            }
        };
        Response::from_json(&answer)
    }
}

impl QuotaObject {
    fn make_table(&self) -> Result<()> {
        // The deadline is business time, in Unix seconds.
        let sql = "CREATE TABLE IF NOT EXISTS places \
                   (id TEXT PRIMARY KEY, free_at INTEGER NOT NULL) STRICT";
        self.sql.exec(sql, None).map(drop)
    }

    fn reserve(
        &self,
        id: &CheckoutId,
        free_at: UnixSeconds,
        places_max: u32,
        now: UnixSeconds,
    ) -> Result<QuotaAnswer> {
        self.make_table()?;
        self.sql.exec("DELETE FROM places WHERE free_at <= ?", vec![now.0.into()])?;
        let count = "SELECT COUNT(*) AS taken, COALESCE(SUM(id = ?), 0) AS mine, \
                     MIN(free_at) AS free_at FROM places";
        let places: Vec<Places> = self.sql.exec(count, vec![id.as_str().into()])?.to_array()?;
        let places = places.first();
        let held = places.is_some_and(|places| places.mine > 0);
        if let Some(places) = places.filter(|places| !held && places.taken >= places_max) {
            let wait_s = places.free_at.map_or(1, |at| (UnixSeconds(at) - now).0);
            let wait_s = u32::try_from(wait_s.clamp(1, RETRY_AFTER_S_MAX)).unwrap_or(1);
            return Ok(QuotaAnswer::Full { retry_after_s: wait_s });
        }
        let take = "INSERT INTO places (id, free_at) VALUES (?, ?) \
                    ON CONFLICT (id) DO UPDATE SET free_at = excluded.free_at";
        let values: Vec<SqlStorageValue> = vec![id.as_str().into(), free_at.0.into()];
        self.sql.exec(take, values)?;
        Ok(if held { QuotaAnswer::Held } else { QuotaAnswer::Taken })
    }
}
