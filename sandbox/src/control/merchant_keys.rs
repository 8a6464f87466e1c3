//! `POST /sandbox/merchant/certificate` and `POST /sandbox/merchant/api-v3-key`: a merchant's own
//! keys change, those of the first direct merchant or, by its number, of any other.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::Response;
use serde::Deserialize;
use serde_json::json;

use super::keys::{now, rotate};
use super::{Outcome, Problem, read, respond};
use crate::world::World;

/// A certificate comes, or the named one goes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    mchid: Option<String>,
    retire: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewKey {
    mchid: Option<String>,
    api_v3_key: Option<String>,
}

pub(super) async fn certificate(State(world): State<Arc<World>>, body: Bytes) -> Response<Body> {
    respond(exchange(&world, &body).await)
}

pub(super) async fn api_v3_key(State(world): State<Arc<World>>, body: Bytes) -> Response<Body> {
    respond(replace(&world, &body).await)
}

async fn exchange(world: &Arc<World>, body: &[u8]) -> Outcome {
    let asked: Exchange = read(body)?;
    if asked.mchid.is_some() && asked.retire.is_some() {
        return Err(Problem::bad_request("a serial number says by itself whose certificate goes"));
    }
    let after = rotate(world, move |credentials| match asked.retire {
        Some(serial) => Ok(credentials.without_merchant_certificate(&serial)?),
        None => {
            let mchid = asked.mchid.unwrap_or_else(|| credentials.mchid.clone());
            Ok(credentials.with_merchant_certificate(&mchid, now())?)
        }
    });
    Ok(json!({ "data": after.await?.merchant_certificates }))
}

async fn replace(world: &Arc<World>, body: &[u8]) -> Outcome {
    let asked: NewKey = read(body)?;
    // What has a number by now is on disk before a key is bound to it.
    let (last_seq, ticket) = world.shards.last_seq();
    ticket.honoured().await?;
    let after = rotate(world, move |credentials| {
        let mchid = asked.mchid.unwrap_or_else(|| credentials.mchid.clone());
        Ok(credentials.with_api_v3_key(&mchid, asked.api_v3_key, last_seq)?)
    })
    .await?;
    let all = after.accounts().into_iter();
    let all = all.map(|each| json!({ "mchid": each.mchid, "api_v3_key": each.api_v3_key }));
    Ok(json!({
        "api_v3_key": after.api_v3_key,
        "partner": { "api_v3_key": after.partner.api_v3_key },
        "data": all.collect::<Vec<_>>(),
    }))
}
