//! The requests to the Worker, and its socket: addresses, bodies and tokens. What an answer means
//! is decided in `answer.rs`, when to ask in `session.rs`.

use checkout::view::SessionView;
use js_sys::{Array, JSON, Object, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, WebSocket};

use crate::answer::{Answer, Document, Failure, sort};
use crate::reading;

/// The sub-protocol; the token follows it as a second one, since a browser's socket can carry no
/// header of its own and an address would be logged.
const PROTOCOL: &str = "saoma.v1";

#[wasm_bindgen(module = "/src/exchange.js")]
extern "C" {
    fn exchange(
        method: &str,
        url: &str,
        token: Option<&str>,
        body: Option<String>,
        done: &Closure<dyn FnMut(u16, Option<String>, JsValue)>,
    ) -> AbortController;
}

/// A request, ready to be sent.
#[derive(Debug)]
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

/// A request under way; dropping it ends it, and then nothing is heard of it.
#[must_use = "a dropped request is aborted"]
pub(crate) struct Exchange {
    controller: AbortController,
    _done: Closure<dyn FnMut(u16, Option<String>, JsValue)>,
}

impl Exchange {
    /// Sends `call`; there is always an answer, of one kind or another.
    pub(crate) fn begin(endpoint: &str, call: Call, answered: impl Fn(Answer) + 'static) -> Self {
        let done = Closure::new(move |status, retry_after: Option<String>, json: JsValue| {
            answered(understand(status, retry_after, &json));
        });
        let (method, path, token, body) = match call {
            Call::Open { key, product, quantity } => {
                ("POST", "/v1/sessions", None, order(&key, &product, quantity))
            }
            Call::Read { token } => ("GET", "/v1/session", Some(token), None),
            Call::Check { token } => ("POST", "/v1/session/check", Some(token), None),
        };
        let url = [endpoint, path].concat();
        let controller = exchange(method, &url, token.as_deref(), body, &done);
        Self { controller, _done: done }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.controller.abort();
    }
}

fn order(key: &str, product: &str, quantity: u32) -> Option<String> {
    let body = Object::new();
    for (name, value) in
        [("key", key.into()), ("product", product.into()), ("quantity", quantity.into())]
    {
        // A plain object takes every property.
        let _: Result<bool, JsValue> = Reflect::set(&body, &JsValue::from_str(name), &value);
    }
    JSON::stringify(&body).ok().map(String::from)
}

/// The header is hidden from pages of other origins unless the Worker exposes it, so the problem
/// document's own field counts as well.
fn understand(status: u16, retry_after: Option<String>, json: &JsValue) -> Answer {
    if (200..300).contains(&status)
        && let Some(view) = reading::view(json)
    {
        return Answer::View(Box::new(view));
    }
    if status == 0 {
        return Answer::Failure(Failure::Unreachable);
    }
    let header = retry_after.and_then(|text| text.parse().ok());
    Answer::Failure(sort(
        status,
        Document {
            code: reading::text(json, "code"),
            detail: reading::text(json, "detail"),
            retry_after_s: header.or_else(|| reading::count(json, "retry_after_s")),
        },
    ))
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
    reading::view(&JSON::parse(&text).ok()?).map(Box::new)
}
