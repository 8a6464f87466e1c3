//! The requests to the Worker, and its socket. Bytes and promises only: what an answer means is
//! decided in `answer.rs`, when to ask in `session.rs`.

use checkout::view::SessionView;
use js_sys::{Array, JSON, Object, Reflect};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortSignal, Headers, Request, RequestCache, RequestCredentials, RequestInit, Response,
    WebSocket,
};

use crate::answer::{Answer, Document, Failure, sort};
use crate::held::window;
use crate::world::whole;

/// The sub-protocol; the token follows it as a second one, since a browser's socket can carry no
/// header of its own and an address would be logged.
const PROTOCOL: &str = "saoma.v1";

/// A request, ready to be sent.
pub(crate) enum Call {
    /// Make the order, or find it again.
    Open {
        /// The page's name for the purchase.
        key: String,
        /// The product.
        product: String,
        /// How many.
        quantity: u32,
    },
    /// How does it stand?
    Read {
        /// The browser's capability.
        token: String,
    },
    /// Ask the platform now.
    Check {
        /// The browser's capability.
        token: String,
    },
}

/// Sends `call` and waits for its answer; never an error, since each is an answer of a kind.
pub(crate) async fn send(endpoint: &str, call: &Call, signal: &AbortSignal) -> Answer {
    match exchange(endpoint, call, signal).await {
        Ok(answer) => answer,
        Err(_) => Answer::Failure(Failure::Unreachable),
    }
}

async fn exchange(endpoint: &str, call: &Call, signal: &AbortSignal) -> Result<Answer, JsValue> {
    let request = build(endpoint, call, signal)?;
    let window = window().ok_or(JsValue::NULL)?;
    let response: Response =
        JsFuture::from(window.fetch_with_request(&request)).await?.dyn_into()?;
    let body = match response.json() {
        Ok(json) => JsFuture::from(json).await.unwrap_or(JsValue::NULL),
        Err(_) => JsValue::NULL,
    };
    if response.ok()
        && let Some(view) = read_view(body.clone())
    {
        return Ok(Answer::View(view));
    }
    Ok(Answer::Failure(sort(response.status(), read_document(&body, &response.headers()))))
}

fn build(endpoint: &str, call: &Call, signal: &AbortSignal) -> Result<Request, JsValue> {
    let (method, path) = match call {
        Call::Open { .. } => ("POST", "/v1/sessions"),
        Call::Read { .. } => ("GET", "/v1/session"),
        Call::Check { .. } => ("POST", "/v1/session/check"),
    };
    let headers = Headers::new()?;
    headers.set("Accept", "application/json")?;
    let init = RequestInit::new();
    match call {
        Call::Open { key, product, quantity } => {
            headers.set("Content-Type", "application/json")?;
            let body = Object::new();
            Reflect::set(&body, &"key".into(), &key.into())?;
            Reflect::set(&body, &"product".into(), &product.into())?;
            Reflect::set(&body, &"quantity".into(), &(*quantity).into())?;
            init.set_body(JSON::stringify(&body)?.as_ref());
        }
        Call::Read { token } | Call::Check { token } => {
            headers.set("Authorization", &["Bearer ", token].concat())?;
        }
    }
    init.set_method(method);
    init.set_headers(&headers);
    init.set_signal(Some(signal));
    init.set_cache(RequestCache::NoStore);
    init.set_credentials(RequestCredentials::Omit);
    Request::new_with_str_and_init(&[endpoint, path].concat(), &init)
}

fn read_view(json: JsValue) -> Option<Box<SessionView>> {
    serde_wasm_bindgen::from_value(json).ok().map(Box::new)
}

/// What the problem document and the header say; the header is hidden from pages of other origins
/// unless the Worker exposes it, so the document's own field counts as well.
fn read_document(body: &JsValue, headers: &Headers) -> Document {
    let field = |name: &str| Reflect::get(body, &JsValue::from_str(name)).ok();
    let header = headers.get("Retry-After").ok().flatten().and_then(|text| text.parse().ok());
    Document {
        code: field("code").and_then(|value| value.as_string()),
        detail: field("detail").and_then(|value| value.as_string()),
        retry_after_s: header.or_else(|| whole(field("retry_after_s")?.as_f64()?)),
    }
}

/// Opens the socket. A page's policy may forbid it, which some browsers say by throwing.
pub(crate) fn dial(endpoint: &str, token: &str) -> Option<WebSocket> {
    let host = endpoint.strip_prefix("http")?;
    let protocols = Array::of2(&PROTOCOL.into(), &token.into());
    let url = ["ws", host, "/v1/session/events"].concat();
    WebSocket::new_with_str_sequence(&url, &protocols).ok()
}

/// Reads a message of the socket; `pong` and what we do not know is none.
pub(crate) fn read_message(data: &JsValue) -> Option<Box<SessionView>> {
    let text = data.as_string().filter(|text| text.starts_with('{'))?;
    read_view(JSON::parse(&text).ok()?)
}
