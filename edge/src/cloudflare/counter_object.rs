//! Remembers which checkout is whose, for one payer of one product. It asks nobody, so that nothing
//! it does can hang; what it decides stands in [`crate::counter`].

use serde::Deserialize;
use worker::{
    DurableObject, Env, Error, Request, Response, Result, SqlStorage, SqlStorageValue, State,
    Storage, durable_object,
};

use super::world::{World, chance, wall};
use super::{alarm, log};
use crate::command::{CounterAnswer, CounterCommand};
use crate::counter::Counter;
use crate::ports::World as _;

/// The counter of one payer and one product; its name is a digest of both.
#[durable_object(alarm)]
pub(crate) struct CounterObject {
    storage: Storage,
    sql: SqlStorage,
    env: Env,
}

#[derive(Deserialize)]
struct Row {
    counter: String,
}

impl DurableObject for CounterObject {
    fn new(state: State, env: Env) -> Self {
        let storage = state.storage();
        Self { sql: storage.sql(), storage, env }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let command = request.json().await?;
        let now = World::enter(&self.env).await.now();
        // From here to the commit nothing is awaited, so that of many scans at once one draws.
        let mut counter = self.load()?;
        let before = counter.clone();
        let answer = match command {
            CounterCommand::Scan(wish) => {
                let [a, b, c, d, e, f, g, h, ..] = chance().map_err(|_| failed("no chance"))?;
                let pointer = counter.scan(&wish, now, [a, b, c, d, e, f, g, h]);
                CounterAnswer::Current(pointer.map_err(|bad| failed(bad.expected))?)
            }
            CounterCommand::Retry { reference } => {
                CounterAnswer::Retry { granted: counter.retry(&reference, now) }
            }
        };
        if counter != before {
            self.store(&counter)?;
        }
        if let Some(at) = counter.forget_at().filter(|_| counter != before) {
            alarm::set(&self.storage, wall() + (at - now)).await?;
        }
        Response::from_json(&answer)
    }

    async fn alarm(&self) -> Result<Response> {
        let now = World::enter(&self.env).await.now();
        let mut counter = self.load()?;
        counter.forget(now);
        match counter.forget_at() {
            // Business time never goes back, but the checkout may have been replaced meanwhile.
            Some(at) => alarm::set(&self.storage, wall() + (at - now)).await?,
            None => self.storage.delete_all().await?,
        }
        Response::empty()
    }
}

impl CounterObject {
    fn load(&self) -> Result<Counter> {
        let sql = "CREATE TABLE IF NOT EXISTS counter \
                   (one INTEGER PRIMARY KEY CHECK (one = 1), counter TEXT NOT NULL) STRICT";
        self.sql.exec(sql, None)?;
        let rows: Vec<Row> = self.sql.exec("SELECT counter FROM counter", None)?.to_array()?;
        let Some(row) = rows.first() else { return Ok(Counter::default()) };
        // At worst somebody who scans again is given a second order, and the first one expires.
        Ok(serde_json::from_str(&row.counter).unwrap_or_else(|error| {
            log::alarm("counter_unreadable", &[("error", &error.to_string())]);
            Counter::default()
        }))
    }

    fn store(&self, counter: &Counter) -> Result<()> {
        let sql = "INSERT INTO counter (one, counter) VALUES (1, ?) \
                   ON CONFLICT (one) DO UPDATE SET counter = excluded.counter";
        let value: SqlStorageValue = serde_json::to_string(counter)?.into();
        self.sql.exec(sql, vec![value]).map(drop)
    }
}

fn failed(why: &str) -> Error {
    Error::RustError(why.to_owned())
}
