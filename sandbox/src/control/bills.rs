//! `GET` and `PUT /sandbox/bills`: for how long a bill's address lives.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::Response;
use serde::Deserialize;
use serde_json::json;

use super::{Outcome, read, respond};
use crate::world::World;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Setting {
    url_life_s: u32,
}

pub(super) async fn show(State(world): State<Arc<World>>) -> Response<Body> {
    respond(Ok(json!({ "url_life_s": world.shards.bill_url_life_s() })))
}

pub(super) async fn set(State(world): State<Arc<World>>, body: Bytes) -> Response<Body> {
    respond(change(&world, &body).await)
}

async fn change(world: &World, body: &[u8]) -> Outcome {
    let setting: Setting = read(body)?;
    world.shards.set_bill_url_life(setting.url_life_s).honoured().await?;
    Ok(json!({ "url_life_s": setting.url_life_s }))
}
