//! `GET /sandbox/notifications`, `GET /sandbox/notifications/{id}`, `POST
//! /sandbox/notifications/{id}/resend`: what merchants were told, and telling them again.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{Response, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{AskedWindow, Outcome, Problem, read, respond, window};
use crate::fault::{BadWish, Kind, Route};
use crate::letter::{Answer, Letter};
use crate::notification::{Attempt, Notification, Outcome as End, State as Stand};
use crate::shards::Whose;
use crate::world::World;
use crate::{postman, time};

pub(super) async fn list(State(world): State<Arc<World>>, asked: AskedWindow) -> Response<Body> {
    respond(window(asked).map(|window| {
        let mut rows: Vec<Value> = world.gather(|ledger, now| {
            ledger
                .notifications_newest_first(now)
                .filter(|told| window.shows(&told.out_trade_no))
                .take(window.limit)
                .map(|told| (told.seq, row(told)))
                .collect()
        });
        rows.truncate(window.limit);
        json!({ "data": rows })
    }))
}

pub(super) async fn one(State(world): State<Arc<World>>, Path(id): Path<String>) -> Response<Body> {
    respond(find(&world, &id).map(|told| {
        let mut whole = row(&told);
        let attempts: Vec<_> = told.attempts.iter().map(in_full).collect();
        if let Some(whole) = whole.as_object_mut() {
            whole.insert("attempts".to_owned(), json!(attempts));
        }
        whole
    }))
}

pub(super) async fn resend(
    State(world): State<Arc<World>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Response<Body> {
    respond(send_again(&world, &id, &body).await)
}

/// What shall go wrong with it.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    fault: Option<String>,
}

async fn send_again(world: &World, id: &str, body: &[u8]) -> Outcome {
    let wish: Wish = if body.is_empty() { Wish::default() } else { read(body)? };
    let known = |name: String| {
        let kind = Route::Notify.kinds().find(|kind| kind.name() == name);
        let unknown =
            || Problem::bad_request(BadWish::UnknownKind(Route::Notify, name).to_string());
        kind.ok_or_else(unknown)
    };
    let fault = wish.fault.map(known).transpose()?;
    let told = find(world, id)?;
    if let Some(misfit) = fault.filter(|fault| !told.event.form.takes(*fault)) {
        let words = format!("{:?} cannot happen to a notification in this form", misfit.name());
        return Err(Problem::bad_request(words));
    }
    let attempt = postman::resend(world, &told, fault).await?;
    Ok(json!(in_full(&attempt)))
}

fn find(world: &World, id: &str) -> Result<Notification, Problem> {
    let found =
        world.look(Whose::Notification(id), |ledger, now| ledger.notification(id, now).cloned());
    found.ok_or_else(|| {
        let words = "no notification has this id";
        Problem::new(StatusCode::NOT_FOUND, "unknown_notification", words)
    })
}

/// One notification and how each try of it ended.
#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    event_type: &'a str,
    out_trade_no: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    out_refund_no: Option<&'a str>,
    notify_url: &'a str,
    created_at: String,
    /// `pending`, `accepted` or `given_up`.
    state: &'static str,
    next_attempt_at: Option<String>,
    attempts: Vec<AttemptRow<'a>>,
}

#[derive(Serialize)]
struct AttemptRow<'a> {
    at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<&'static str>,
    /// Made by hand, outside the schedule.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    resent: bool,
}

/// One try with all that went over the wire.
#[derive(Serialize)]
pub(super) struct InFull<'a> {
    #[serde(flatten)]
    row: AttemptRow<'a>,
    took_ms: Option<u64>,
    request: Option<Request<'a>>,
    answer: Option<&'a Answer>,
}

#[derive(Serialize)]
struct Request<'a> {
    url: &'a str,
    headers: &'a [(String, String)],
    body: &'a str,
}

pub(super) fn row(told: &Notification) -> Value {
    let (state, next_attempt_at) = match told.state {
        Stand::Due(at) => ("pending", Some(time::beijing(at))),
        Stand::Accepted => ("accepted", None),
        Stand::GivenUp => ("given_up", None),
    };
    json!(Row {
        id: &told.id,
        event_type: &told.event.event_type,
        out_trade_no: &told.out_trade_no,
        out_refund_no: told.out_refund_no.as_deref(),
        notify_url: &told.notify_url,
        created_at: time::beijing(told.created_at),
        state,
        next_attempt_at,
        attempts: told.attempts.iter().map(attempt_row).collect(),
    })
}

fn attempt_row(attempt: &Attempt) -> AttemptRow<'_> {
    let (status, error) = match &attempt.outcome {
        End::Status(status) => (Some(*status), None),
        End::Error(error) => (None, Some(error.as_str())),
        End::NotTaken { status, words } => (Some(*status), Some(words.as_str())),
    };
    let at = time::beijing(attempt.at);
    let fault = attempt.fault.map(Kind::name);
    AttemptRow { at, status, error, fault, resent: attempt.by_hand }
}

pub(super) fn in_full<'a>(attempt: &'a Attempt) -> InFull<'a> {
    let letter = attempt.letter.as_deref();
    let request = |letter: &'a Letter| {
        let Letter { url, headers, body, .. } = letter;
        Request { url, headers, body }
    };
    InFull {
        row: attempt_row(attempt),
        took_ms: letter.map(|letter| letter.took_ms),
        request: letter.map(request),
        answer: letter.and_then(|letter| letter.answer.as_ref()),
    }
}
