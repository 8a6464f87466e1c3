//! `GET` and `PUT /sandbox/settings`: the platform's readings of its own rules, and for how long a
//! bill's address lives.
//!
//! What a `PUT` does not name stays as it is.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::Response;
use serde::Deserialize;
use serde_json::json;

use super::{Outcome, Problem, read, respond};
use crate::readings::{CallbackWithin, CloseUnknown, OrderNumber, Readings, V2Certificate};
use crate::world::World;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    order_number: Option<OrderNumber>,
    close_unknown: Option<CloseUnknown>,
    v2_certificate: Option<V2Certificate>,
    bill_url_life_s: Option<u32>,
    callback_within_ms: Option<u32>,
}

pub(super) async fn show(State(world): State<Arc<World>>) -> Response<Body> {
    respond(Ok(state(&world)))
}

pub(super) async fn change(State(world): State<Arc<World>>, body: Bytes) -> Response<Body> {
    respond(changed(&world, &body).await)
}

async fn changed(world: &World, body: &[u8]) -> Outcome {
    let wish: Wish = read(body)?;
    let Wish { order_number, close_unknown, v2_certificate, .. } = wish;
    let Wish { bill_url_life_s, callback_within_ms, .. } = wish;
    if callback_within_ms.is_some_and(|ms| !(1..=CallbackWithin::MS_MAX).contains(&ms)) {
        let words = format!("callback_within_ms: 1 to {}", CallbackWithin::MS_MAX);
        return Err(Problem::bad_request(words));
    }
    let ticket = world.shards.change_readings(|readings| {
        readings.order_number = order_number.unwrap_or(readings.order_number);
        readings.close_unknown = close_unknown.unwrap_or(readings.close_unknown);
        readings.v2_certificate = v2_certificate.unwrap_or(readings.v2_certificate);
        readings.callback_within_ms =
            callback_within_ms.map_or(readings.callback_within_ms, CallbackWithin);
    });
    ticket.honoured().await?;
    if let Some(life_s) = bill_url_life_s {
        world.shards.set_bill_url_life(life_s).honoured().await?;
    }
    Ok(state(world))
}

fn state(world: &World) -> serde_json::Value {
    let Readings { order_number, close_unknown, callback_within_ms, v2_certificate } =
        world.shards.readings();
    json!({
        "order_number": order_number,
        "close_unknown": close_unknown,
        "v2_certificate": v2_certificate,
        "bill_url_life_s": world.shards.bill_url_life_s(),
        "callback_within_ms": callback_within_ms,
    })
}
