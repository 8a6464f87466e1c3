//! `GET /sandbox/feed`: all that the console shows, in one answer, so that the parts belong
//! together.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::Response;
use serde::Deserialize;
use serde_json::json;

use super::orders::{notification_row, order_row};
use super::refunds::refund_row;
use super::{Problem, respond};
use crate::time;
use crate::world::World;

/// How much is shown of each list.
const ROWS: usize = 40;

/// What the person has in front of the camera.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Camera {
    code: Option<String>,
}

pub(super) async fn show(
    State(world): State<Arc<World>>,
    camera: Result<Query<Camera>, QueryRejection>,
) -> Response<Body> {
    let camera = match camera {
        Ok(Query(camera)) => camera,
        Err(error) => return respond(Err(Problem::bad_request(error.body_text()))),
    };
    let keyring = world.keyring();
    let credentials = &keyring.credentials;
    let wall_now = world.wall_now();
    respond(Ok(world.look(|ledger, now| {
        let orders = ledger.orders_newest_first().take(ROWS);
        let refunds = ledger.refunds_newest_first().take(ROWS);
        let told = ledger.notifications_newest_first(now).take(ROWS);
        let seen = camera.code.as_deref().and_then(|code| ledger.order_by_code(code));
        json!({
            "mchid": credentials.mchid,
            "appid": credentials.appid,
            "now": time::beijing(now),
            "advanced_s": now - wall_now,
            "orders": orders.map(|order| order_row(order, now)).collect::<Vec<_>>(),
            "refunds": refunds.map(|refund| refund_row(refund, now)).collect::<Vec<_>>(),
            "notifications": told.map(notification_row).collect::<Vec<_>>(),
            "faults": ledger.faults(),
            // The order behind the code, however old; its `code_url` differs if the code is void.
            "seen": seen.map(|order| order_row(order, now)),
        })
    })))
}
