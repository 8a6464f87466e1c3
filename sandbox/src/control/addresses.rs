//! `GET` and `PUT /sandbox/addresses`: what a merchant sets in the merchant platform.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Response, StatusCode};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::keys::rotate;
use super::{Outcome, Problem, read, respond};
use crate::merchant::Credentials;
use crate::world::World;

/// What shall be different; `null` clears an address, and what is not named stays.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    /// The first direct merchant if nobody is named.
    mchid: Option<String>,
    #[serde(default, deserialize_with = "named")]
    native_url: Option<Option<String>>,
    #[serde(default, deserialize_with = "named")]
    refund_notify_url: Option<Option<String>>,
}

/// Tells a `null` from a field that is not there.
fn named<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(value).map(Some)
}

pub(super) async fn show(State(world): State<Arc<World>>) -> Response<Body> {
    respond(Ok(json!({ "data": listed(&world.keyring().credentials) })))
}

pub(super) async fn change(State(world): State<Arc<World>>, body: Bytes) -> Response<Body> {
    respond(changed(&world, &body).await)
}

/// Every merchant with both addresses; one that is not set is `null`.
pub(super) fn listed(credentials: &Credentials) -> Vec<Value> {
    let all = credentials.accounts().into_iter();
    all.map(|each| {
        json!({
            "mchid": each.mchid,
            "native_url": each.addresses.native_url,
            "refund_notify_url": each.addresses.refund_notify_url,
        })
    })
    .collect()
}

async fn changed(world: &Arc<World>, body: &[u8]) -> Outcome {
    let wish: Wish = read(body)?;
    let after = rotate(world, move |credentials| {
        let mchid = wish.mchid.unwrap_or_else(|| credentials.mchid.clone());
        if !credentials.accounts().iter().any(|each| each.mchid == mchid) {
            let words = "nobody here has this number; sub-merchants have their partner's addresses";
            return Err(Problem::new(StatusCode::NOT_FOUND, "unknown_merchant", words));
        }
        let mut addresses = credentials.addresses_of(&mchid);
        addresses.native_url = wish.native_url.unwrap_or(addresses.native_url);
        addresses.refund_notify_url = wish.refund_notify_url.unwrap_or(addresses.refund_notify_url);
        addresses.check().map_err(|bad| Problem::bad_request(format!("{}: {bad}", bad.field)))?;
        Ok(credentials.with_addresses(&mchid, addresses))
    });
    Ok(json!({ "data": listed(&after.await?) }))
}
