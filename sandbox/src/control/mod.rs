//! The sandbox's own surface: what a test or a person does that no merchant can.
//!
//! JSON in and out, whatever the content type says, so that plain `curl -d` works. Errors are
//! `{"code","message"}` with a stable code. [`guard`] keeps foreign web pages out.

mod addresses;
mod bills;
mod callbacks;
mod clock;
mod code;
mod events;
mod faults;
mod feed;
pub mod guard;
mod keys;
mod merchant_keys;
pub mod merchants;
mod notifications;
mod orders;
mod phone;
mod refunds;
mod requests;
mod scenarios;
mod settings;
mod worded;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::middleware;
use axum::routing::{any, get, post};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::store::StoreError;
use crate::world::World;

/// Every route under `/sandbox`.
pub fn routes(world: &Arc<World>) -> Router<Arc<World>> {
    Router::new()
        .route("/sandbox/merchant", get(merchant))
        .route("/sandbox/merchants", get(merchants::list))
        .route("/sandbox/files/{name}", get(merchants::file))
        .route("/sandbox/scan", post(phone::scan))
        .route("/sandbox/pay", post(phone::pay))
        .route("/sandbox/refuse", post(phone::refuse))
        .route("/sandbox/orders", get(orders::list))
        .route("/sandbox/orders/{out_trade_no}", get(orders::one))
        .route("/sandbox/orders/{out_trade_no}/code.svg", get(code::picture))
        .route("/sandbox/refunds", get(refunds::list))
        .route("/sandbox/refunds/{out_refund_no}", get(refunds::one).put(refunds::decide))
        .route("/sandbox/notifications", get(notifications::list))
        .route("/sandbox/notifications/{id}", get(notifications::one))
        .route("/sandbox/notifications/{id}/resend", post(notifications::resend))
        .route("/sandbox/callbacks", get(callbacks::list))
        .route("/sandbox/callbacks/{id}", get(callbacks::one))
        .route("/sandbox/reset", post(reset))
        .route(
            "/sandbox/faults",
            get(faults::list).put(faults::replace).post(faults::add).delete(faults::clear),
        )
        .route("/sandbox/scenarios", get(scenarios::list))
        .route("/sandbox/scenarios/{name}", post(scenarios::play))
        .route("/sandbox/clock", get(clock::read).post(clock::advance))
        .route("/sandbox/bills", get(bills::show).put(bills::set))
        .route("/sandbox/bills/{mchid}/{date}/{file}", get(bills::file))
        .route("/sandbox/settings", get(settings::show).put(settings::change))
        .route("/sandbox/addresses", get(addresses::show).put(addresses::change))
        .route("/sandbox/keys", get(keys::show).put(keys::switch))
        .route("/sandbox/merchant/certificate", post(merchant_keys::certificate))
        .route("/sandbox/merchant/api-v3-key", post(merchant_keys::api_v3_key))
        .route("/sandbox/feed", get(feed::show))
        .route("/sandbox/events", get(events::listen))
        .route("/sandbox/requests", get(requests::list))
        .route("/sandbox/requests/{id}", get(requests::one))
        .route("/sandbox/requests/{id}/compare", post(requests::compare))
        .route("/sandbox", any(worded::unknown))
        .route("/sandbox/", any(worded::unknown))
        .route("/sandbox/{*rest}", any(worded::unknown))
        .layer(middleware::from_fn(worded::worded))
        .layer(middleware::from_fn_with_state(Arc::clone(world), guard::check))
}

/// Why the sandbox does not do what it was told.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// The HTTP status.
    pub status: StatusCode,
    /// What programs read.
    pub code: &'static str,
    /// What people read.
    pub message: String,
    /// What stands beside these two, by its name.
    pub more: Map<String, Value>,
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), more: Map::new() }
    }

    /// The same with something more to say.
    fn with(mut self, name: &str, value: Value) -> Self {
        self.more.insert(name.to_owned(), value);
        self
    }

    fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", message)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "store_failed", error.to_string())
    }
}

type Outcome = Result<Value, Problem>;

/// Writes an outcome as JSON that nobody may keep.
fn respond(outcome: Outcome) -> Response<Body> {
    let (status, value) = match outcome {
        Ok(value) => (StatusCode::OK, value),
        Err(problem) => {
            let mut said = json!({ "code": problem.code, "message": problem.message });
            if let Some(said) = said.as_object_mut() {
                said.extend(problem.more);
            }
            (problem.status, said)
        }
    };
    let mut response = Response::new(Body::from(format!("{value}\n")));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Reads a body that must be an object. A list would do for serde, field by field in our order.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    match body.trim_ascii_start().first() {
        None => Err(Problem::bad_request("the body is empty; a JSON object is expected")),
        Some(b'[' | b'"' | b'0'..=b'9' | b'-' | b'n' | b't' | b'f') => {
            Err(Problem::bad_request("the body is not a JSON object"))
        }
        Some(_) => read_any(body),
    }
}

/// Reads a body of any form.
fn read_any<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| Problem::bad_request(error.to_string()))
}

async fn merchant(State(world): State<Arc<World>>) -> Response<Body> {
    respond(serde_json::to_value(&world.keyring().credentials).map_err(|error| {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "unwritable", error.to_string())
    }))
}

async fn reset(State(world): State<Arc<World>>) -> Response<Body> {
    respond(forget(&world).await)
}

async fn forget(world: &Arc<World>) -> Outcome {
    world.shards.clear().honoured().await?;
    world.journal.clear();
    world.callbacks.clear();
    world.pulse.beat();
    // What an earlier key sealed is gone, and after a restart numbers may begin anew.
    if !world.keyring().credentials.earlier_api_v3_keys.is_empty() {
        keys::rotate(world, |credentials| Ok(credentials.without_earlier_keys())).await?;
    }
    Ok(json!({}))
}

/// How much of a list to show: the newest ones.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Window {
    #[serde(default = "Window::usual")]
    limit: usize,
    out_trade_no: Option<String>,
}

impl Window {
    const fn usual() -> usize {
        1_000
    }

    fn shows(&self, out_trade_no: &str) -> bool {
        self.out_trade_no.as_deref().is_none_or(|wanted| wanted == out_trade_no)
    }
}

type AskedWindow = Result<Query<Window>, axum::extract::rejection::QueryRejection>;

fn window(asked: AskedWindow) -> Result<Window, Problem> {
    asked.map(|Query(window)| window).map_err(|error| Problem::bad_request(error.body_text()))
}
