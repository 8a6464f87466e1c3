//! `GET /sandbox/callbacks` and `GET /sandbox/callbacks/{id}`: every scan of a product code, what the
//! merchant was asked and what it answered.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{Response, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::notifications::in_full;
use super::requests::signature;
use super::{Problem, respond};
use crate::fault::Kind;
use crate::mode1::kept::{End, KEPT_MAX, Record};
use crate::time;
use crate::world::World;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Window {
    #[serde(default = "all")]
    limit: usize,
}

const fn all() -> usize {
    KEPT_MAX
}

pub(super) async fn list(
    State(world): State<Arc<World>>,
    window: Result<Query<Window>, QueryRejection>,
) -> Response<Body> {
    respond(match window {
        Ok(Query(window)) => {
            let rows = world.callbacks.newest(window.limit);
            Ok(json!({ "data": rows.iter().map(|record| whole(record)).collect::<Vec<_>>() }))
        }
        Err(error) => Err(Problem::bad_request(error.body_text())),
    })
}

pub(super) async fn one(State(world): State<Arc<World>>, Path(id): Path<String>) -> Response<Body> {
    let found = id.parse().ok().and_then(|id| world.callbacks.one(id));
    respond(found.map(|record| whole(&record)).ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND, "unknown_callback", "no scan that is kept has this id")
    }))
}

/// One line of the console's list.
pub(super) fn summary(record: &Record) -> Value {
    let (out_trade_no, phone, refusal) = match &record.end {
        Some(End::Order { out_trade_no, phone }) => (Some(out_trade_no), Some(*phone), None),
        Some(End::Refused { code, why, words, signature: found }) => {
            let found = found.as_deref().map(signature);
            let said = json!({
                "code": code, "message": why, "words": words, "signature": found,
            });
            (None, None, Some(said))
        }
        None => (None, None, None),
    };
    json!({
        "id": record.id,
        "at": time::beijing(record.at),
        "mchid": record.mchid,
        "appid": record.appid,
        "product_id": record.product_id,
        "payer": record.payer,
        "openid": record.openid,
        "fault": record.fault.map(Kind::name),
        "prepay_id": record.prepay_id,
        "out_trade_no": out_trade_no,
        "phone": phone,
        "refusal": refusal,
    })
}

/// The same with what went over the wire: once as a rule, never if there was nowhere to send it.
pub(super) fn whole(record: &Record) -> Value {
    let mut row = summary(record);
    if let Some(row) = row.as_object_mut() {
        let tries: Vec<_> = record.tries.iter().map(in_full).collect();
        row.insert("tries".to_owned(), json!(tries));
    }
    row
}
