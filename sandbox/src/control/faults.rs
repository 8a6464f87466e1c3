//! `GET` and `PUT /sandbox/faults`: the bad days that wait.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::Response;
use serde_json::json;

use super::{Outcome, Problem, read, respond};
use crate::fault::{Fault, Wish};
use crate::world::World;

pub(super) async fn list(State(world): State<Arc<World>>) -> Response<Body> {
    respond(Ok(json!({ "data": world.look(|ledger, _| ledger.faults().to_vec()) })))
}

pub(super) async fn replace(State(world): State<Arc<World>>, body: Bytes) -> Response<Body> {
    respond(set(&world, &body).await)
}

async fn set(world: &World, body: &[u8]) -> Outcome {
    let wishes: Vec<Wish> = read(body)?;
    let faults = wishes
        .into_iter()
        .map(Fault::try_from)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|bad| Problem::bad_request(bad.to_string()))?;
    let (faults, ticket) = world.step(|ledger, _| {
        ledger.set_faults(faults);
        ledger.faults().to_vec()
    });
    ticket.honoured().await?;
    Ok(json!({ "data": faults }))
}
