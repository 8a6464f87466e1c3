//! Keeps what is authentic and belongs nowhere: payments of orders that nobody here knows.
//!
//! They are acknowledged, since sending them again cannot cure them, and kept, since they are
//! money.

use serde::Deserialize;
use worker::{
    DurableObject, Env, Request, Response, Result, SqlStorage, SqlStorageValue, State,
    durable_object,
};

use crate::command::{BooksAnswer, BooksCommand, Orphan};

/// The books of one profile.
#[durable_object(fetch)]
pub(crate) struct BooksObject {
    sql: SqlStorage,
}

/// How many are listed.
const LISTED_MAX: i64 = 100;

#[derive(Deserialize)]
struct Row {
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
            BooksCommand::List => self.list()?,
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

    fn list(&self) -> Result<BooksAnswer> {
        let sql = "SELECT orphan FROM orphans ORDER BY seq DESC LIMIT ?";
        let rows: Vec<Row> = self.sql.exec(sql, vec![LISTED_MAX.into()])?.to_array()?;
        let orphans = rows.iter().map(|row| serde_json::from_str(&row.orphan));
        Ok(BooksAnswer::Orphans { orphans: orphans.collect::<core::result::Result<_, _>>()? })
    }
}
