//! `GET /sandbox/feed`: all that the console shows, in one answer, so that the parts belong
//! together.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::orders::order_row;
use super::refunds::refund_row;
use super::{Problem, bills, callbacks, keys, notifications, requests, respond};
use crate::shards::{Whose, newest_first};
use crate::time;
use crate::world::World;

/// How much is shown of each list.
const ROWS: usize = 40;

/// Of each shard, so many orders and refunds are counted for the days of bills: the feed is asked
/// for all the time.
const COUNTED_MAX: usize = 2_000;

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
    // Counted before the look: what changes meanwhile is shown by the next look.
    let revision = world.pulse.revision();
    let requests = world.journal.newest_first().take(ROWS);
    let requests: Vec<_> = requests.map(|entry| requests::summary(&entry)).collect();
    let asked = world.callbacks.newest(ROWS);
    // Whatever is of one order is of one moment: a payment does not show without its notification.
    let lists = world.shards.look_into_each(|ledger, now| {
        let orders = ledger.orders_newest_first().take(ROWS);
        let refunds = ledger.refunds_newest_first().take(ROWS);
        let told = ledger.notifications_newest_first(now).take(ROWS);
        (
            orders.map(|order| (order.seq, order_row(order, now))).collect(),
            refunds.map(|refund| (refund.seq, refund_row(refund, now))).collect(),
            told.map(|told| (told.seq, notifications::row(told))).collect(),
        )
    });
    let (mut orders, mut refunds, mut notifications) = (Vec::new(), Vec::new(), Vec::new());
    for (of_orders, of_refunds, told) in lists {
        orders.push(of_orders);
        refunds.push(of_refunds);
        notifications.push(told);
    }
    let seen = camera.code.as_deref().and_then(|code| {
        world.look(Whose::Code(code), |ledger, now| {
            ledger.order_by_code(code).map(|order| order_row(order, now))
        })
    });
    let now = world.now();
    respond(Ok(json!({
        "mchid": credentials.mchid,
        "appid": credentials.appid,
        "now": time::beijing(now),
        "advanced_s": now - wall_now,
        "orders": newest(orders),
        "refunds": newest(refunds),
        "notifications": newest(notifications),
        "faults": world.shards.faults(),
        "requests": requests,
        "callbacks": asked.iter().map(|record| callbacks::summary(record)).collect::<Vec<_>>(),
        "revision": revision,
        "keys": keys::state(credentials),
        // Another number: `GET /sandbox/merchants` answers otherwise. The feed itself has no keys.
        "credentials_changed": world.credentials_changed.load(Ordering::Relaxed),
        "bill_days": bills::days(&world, COUNTED_MAX),
        // The order behind the code, however old; its `code_url` differs if the code is void.
        "seen": seen,
    })))
}

fn newest(lists: Vec<Vec<(u64, Value)>>) -> Vec<Value> {
    let mut rows = newest_first(lists);
    rows.truncate(ROWS);
    rows
}
