//! Keeps what is authentic and belongs nowhere: payments of orders that nobody here knows.
//!
//! They are acknowledged, since sending them again cannot cure them, and kept, since they are
//! money.

use serde::Deserialize;
use worker::{
    DurableObject, Env, Request, Response, Result, SqlStorage, SqlStorageValue, State,
    durable_object,
};

use crate::command::{BooksAnswer, BooksCommand, Orphan, cursor};

/// The books of one profile.
#[durable_object(fetch)]
pub(crate) struct BooksObject {
    sql: SqlStorage,
}

/// Behind every place of the books: JavaScript's numbers are exact up to here.
const SEQ_MAX: i64 = (1 << 53) - 1;

#[derive(Deserialize)]
struct Row {
    seq: i64,
    orphan: String,
}

impl DurableObject for BooksObject {
    fn new(state: State, _: Env) -> Self {
        Self { sql: state.storage().sql() }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let command = request.json().await?;
        let sql = "CREATE TABLE IF NOT EXISTS orphans (seq INTEGER PRIMARY KEY AUTOINCREMENT, \
                   notification_id TEXT NOT NULL UNIQUE, orphan TEXT NOT NULL) STRICT";
        self.sql.exec(sql, None)?;
        let answer = match command {
            BooksCommand::Enter(orphan) => self.enter(&orphan)?,
            BooksCommand::EnterAll { orphans } => {
                orphans.iter().try_for_each(|orphan| self.enter(orphan).map(drop))?;
                BooksAnswer::Entered
            }
            BooksCommand::List { limit, after } => self.list(limit, after)?,
        };
        Response::from_json(&answer)
    }
}

impl BooksObject {
    fn enter(&self, orphan: &Orphan) -> Result<BooksAnswer> {
        let sql = "INSERT INTO orphans (notification_id, orphan) VALUES (?, ?) \
                   ON CONFLICT (notification_id) DO NOTHING";
        let values: Vec<SqlStorageValue> =
            vec![orphan.notification_id.as_str().into(), serde_json::to_string(orphan)?.into()];
        self.sql.exec(sql, values)?;
        Ok(BooksAnswer::Entered)
    }

    fn list(&self, limit: u32, after: Option<i64>) -> Result<BooksAnswer> {
        // One more than the page has, to know whether there is a next one.
        let sql = "SELECT seq, orphan FROM orphans WHERE seq < ? ORDER BY seq DESC LIMIT ?";
        let values: Vec<SqlStorageValue> =
            vec![after.unwrap_or(SEQ_MAX).into(), (i64::from(limit) + 1).into()];
        let mut rows: Vec<Row> = self.sql.exec(sql, values)?.to_array()?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let is_last = rows.len() <= limit;
        rows.truncate(limit);
        let next_cursor = rows.last().filter(|_| !is_last).map(|row| cursor(row.seq));
        let orphans = rows.iter().map(|row| serde_json::from_str(&row.orphan));
        let orphans = orphans.collect::<core::result::Result<_, _>>()?;
        Ok(BooksAnswer::Orphans { orphans, next_cursor })
    }
}
