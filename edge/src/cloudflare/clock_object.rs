//! Holds how far business time is ahead of the wall, and moves it. Development builds only.
//!
//! Alarms ring by the wall, so that moving business time makes nothing ring. Every checkout with a
//! timer is registered here instead, and is told to run what has come due.

use serde::Deserialize;
use worker::{
    DurableObject, Env, Method, Request, Response, Result, SqlStorage, State, durable_object,
};

use super::log;
use crate::command::{ClockAnswer, ClockCommand};

/// The one clock of a deployment.
#[durable_object(fetch)]
pub(crate) struct ClockObject {
    sql: SqlStorage,
    env: Env,
}

const TICK_URL: &str = "https://object/tick";

#[derive(Deserialize)]
struct Ahead {
    offset_s: i64,
}

#[derive(Deserialize)]
struct Armed {
    id: String,
}

impl DurableObject for ClockObject {
    fn new(state: State, env: Env) -> Self {
        Self { sql: state.storage().sql(), env }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let command = request.json().await?;
        self.make_tables()?;
        match command {
            ClockCommand::Advance { advance_s } => self.advance(advance_s).await?,
            ClockCommand::Offset => {}
            ClockCommand::Arm { id } => {
                let sql = "INSERT OR IGNORE INTO armed (id) VALUES (?)";
                self.sql.exec(sql, vec![id.as_str().into()])?;
            }
            ClockCommand::Disarm { id } => {
                self.sql.exec("DELETE FROM armed WHERE id = ?", vec![id.as_str().into()])?;
            }
        }
        Response::from_json(&ClockAnswer { offset_s: self.offset_s()? })
    }
}

impl ClockObject {
    fn make_tables(&self) -> Result<()> {
        let sql = "CREATE TABLE IF NOT EXISTS clock \
                   (one INTEGER PRIMARY KEY CHECK (one = 1), offset_s INTEGER NOT NULL) STRICT; \
                   CREATE TABLE IF NOT EXISTS armed (id TEXT PRIMARY KEY) STRICT";
        self.sql.exec(sql, None).map(drop)
    }

    fn offset_s(&self) -> Result<i64> {
        let rows: Vec<Ahead> = self.sql.exec("SELECT offset_s FROM clock", None)?.to_array()?;
        Ok(rows.first().map_or(0, |ahead| ahead.offset_s))
    }

    /// The new time first, then everybody who waited for it.
    async fn advance(&self, advance_s: u32) -> Result<()> {
        let sql = "INSERT INTO clock (one, offset_s) VALUES (1, ?) \
                   ON CONFLICT (one) DO UPDATE SET offset_s = offset_s + excluded.offset_s";
        self.sql.exec(sql, vec![i64::from(advance_s).into()])?;
        let armed: Vec<Armed> = self.sql.exec("SELECT id FROM armed", None)?.to_array()?;
        for Armed { id } in armed {
            if let Err(error) = self.tick(&id).await {
                log::alarm("tick_failed", &[("checkout", &id), ("error", &error.to_string())]);
            }
        }
        Ok(())
    }

    async fn tick(&self, id: &str) -> Result<()> {
        let request = Request::new(TICK_URL, Method::Post)?;
        let stub = self.env.durable_object("CHECKOUTS")?.get_by_name(id)?;
        stub.fetch_with_request(request).await.map(drop)
    }
}
