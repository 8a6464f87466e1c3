//! `GET` and `POST /sandbox/clock`: business time, ours and the Worker's.
//!
//! A step moves the ages of orders and the retry schedule. Signatures stay on the wall clock.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Response, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Outcome, Problem, respond};
use crate::world::World;
use crate::{postman, time};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    advance_s: u32,
}

pub(super) fn state(world: &World) -> Value {
    let now = world.now();
    json!({ "now": time::beijing(now), "advanced_s": now - world.wall_now() })
}

pub(super) async fn read(State(world): State<Arc<World>>) -> Response<Body> {
    respond(Ok(state(&world)))
}

pub(super) async fn advance(State(world): State<Arc<World>>, body: Bytes) -> Response<Body> {
    respond(advance_all(&world, &body).await)
}

/// Moves our clock, then makes every try that has come due, then moves the Worker's. Should the
/// Worker not follow, ours has moved all the same, and the answer says so.
async fn advance_all(world: &Arc<World>, body: &[u8]) -> Outcome {
    let step: Step = super::read(body)?;
    world.shards.advance(step.advance_s).honoured().await?;
    // Once more: the store was told a moment before the clock was.
    world.pulse.beat();
    postman::settle(world).await;
    // What is not due yet is nearer now than the postman thinks.
    world.bell.notify_one();
    if let Some(url) = &world.worker_url {
        let told = postman::advance_worker(world, url, step.advance_s).await;
        told.map_err(|error| {
            let message = format!("the sandbox's clock has moved, the Worker's has not: {error}");
            Problem::new(StatusCode::BAD_GATEWAY, "worker_not_advanced", message)
        })?;
        // What the Worker did at its new time may have been paid or told in the meantime.
        postman::settle(world).await;
    }
    Ok(state(world))
}
