//! `/sandbox/faults`: the bad days that wait, and those that there are.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::Response;
use serde_json::{Value, json};

use super::{Outcome, Problem, read, read_any, respond};
use crate::fault::{DELAY_MS_MAX, Fault, Kind, Route, WAITING_MAX, Wish};
use crate::world::World;

pub(super) async fn list(State(world): State<Arc<World>>) -> Response<Body> {
    respond(Ok(json!({ "data": world.shards.faults(), "known": known() })))
}

pub(super) async fn replace(State(world): State<Arc<World>>, body: Bytes) -> Response<Body> {
    respond(match several(&body).and_then(granted) {
        Ok(wanted) => change(&world, |_| wanted).await,
        Err(problem) => Err(problem),
    })
}

/// One fault or a list of them, after those that wait already.
pub(super) async fn add(State(world): State<Arc<World>>, body: Bytes) -> Response<Body> {
    let is_list = body.trim_ascii_start().starts_with(b"[");
    let wishes = if is_list { several(&body) } else { read(&body).map(|wish| vec![wish]) };
    respond(match wishes.and_then(granted) {
        Ok(wanted) => add_all(&world, wanted).await,
        Err(problem) => Err(problem),
    })
}

pub(super) async fn clear(State(world): State<Arc<World>>) -> Response<Body> {
    respond(change(&world, |_| Vec::new()).await)
}

/// Lets these wait too, after those that wait already.
pub(super) async fn add_all(world: &World, wanted: Vec<Fault>) -> Outcome {
    change(world, |waiting| [waiting, wanted].concat()).await
}

/// Every route with all that can go wrong there, in words.
pub(super) fn known() -> Value {
    let kind = |kind: Kind| match kind.delay_ms_usual() {
        None => json!({ "kind": kind, "words": kind.words() }),
        Some(usual) => {
            let delay = json!({ "usual": usual, "max": DELAY_MS_MAX });
            json!({ "kind": kind, "words": kind.words(), "delay_ms": delay })
        }
    };
    let route = |route: Route| {
        let kinds: Vec<_> = route.kinds().map(kind).collect();
        json!({ "route": route, "takes_out_trade_no": route.is_about_an_order(), "kinds": kinds })
    };
    json!(Route::ALL.map(route))
}

/// A list of faults, each of them an object.
fn several(body: &[u8]) -> Result<Vec<Wish>, Problem> {
    if !body.trim_ascii_start().starts_with(b"[") {
        return Err(Problem::bad_request("a JSON list of faults is expected"));
    }
    let rows: Vec<Value> = read_any(body)?;
    if let Some(place) = rows.iter().position(|row| !row.is_object()) {
        return Err(Problem::bad_request(format!("[{place}] of the list is not an object")));
    }
    read_any(body)
}

fn granted(wishes: Vec<Wish>) -> Result<Vec<Fault>, Problem> {
    let faults = wishes.into_iter().map(Fault::try_from).collect::<Result<Vec<_>, _>>();
    faults.map_err(|bad| Problem::bad_request(bad.to_string()))
}

async fn change(world: &World, changed: impl FnOnce(Vec<Fault>) -> Vec<Fault>) -> Outcome {
    let (faults, ticket) = world.shards.change_faults(|waiting| {
        let faults = changed(waiting);
        if faults.len() > WAITING_MAX {
            return Err(Problem::bad_request(format!("more than {WAITING_MAX} faults")));
        }
        Ok(faults)
    })?;
    ticket.honoured().await?;
    Ok(json!({ "data": faults }))
}
