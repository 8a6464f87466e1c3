//! The requests to the Worker, and its socket: addresses, bodies and tokens. What an answer means
//! is decided in `answer.rs`, when to ask in `session.rs`.

use checkout::view::SessionView;
use js_sys::{Array, JSON};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, MessageEvent, WebSocket};

use crate::answer::{Answer, Document, Failure, sort};
use crate::held::Listener;
use crate::reading;
use crate::session::Event;

/// The sub-protocol; the token follows it as a second one, since a browser's socket can carry no
/// header of its own and an address would be logged.
const PROTOCOL: &str = "saoma.v1";

/// Called with the status, the header `Retry-After` and the body.
type Done = Closure<dyn FnMut(u16, Option<String>, JsValue)>;

#[wasm_bindgen(module = "/src/page.js")]
extern "C" {
    fn place(
        url: &str,
        key: &str,
        product: &str,
        quantity: u32,
        buyer: &str,
        done: &Done,
    ) -> AbortController;
    fn ask(url: &str, method: &str, token: &str, done: &Done) -> AbortController;
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
        /// Who buys, as JSON.
        buyer: String,
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
    _done: Done,
}

impl Exchange {
    /// Sends `call`; there is always an answer, of one kind or another.
    pub(crate) fn begin(endpoint: &str, call: Call, answered: impl Fn(Answer) + 'static) -> Self {
        let done = Closure::new(move |status, retry_after: Option<String>, json: JsValue| {
            answered(understand(status, retry_after, &json));
        });
        let at = |path| [endpoint, path].concat();
        let controller = match call {
            Call::Open { key, product, quantity, buyer } => {
                place(&at("/v1/sessions"), &key, &product, quantity, &buyer, &done)
            }
            Call::Read { token } => ask(&at("/v1/session"), "GET", &token, &done),
            Call::Check { token } => ask(&at("/v1/session/check"), "POST", &token, &done),
        };
        Self { controller, _done: done }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.controller.abort();
    }
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

/// The open or opening socket; dropping it closes it, and then nothing is heard of it.
#[must_use = "a dropped socket is closed"]
pub(crate) struct Socket {
    socket: WebSocket,
    listeners: Vec<Listener>,
}

impl Socket {
    /// Opens a socket. A page's policy may forbid it, which some browsers say by throwing.
    pub(crate) fn dial(
        endpoint: &str,
        token: &str,
        feed: impl Fn(Event) + Clone + 'static,
    ) -> Option<Self> {
        let host = endpoint.strip_prefix("http")?;
        let url = ["ws", host, "/v1/session/events"].concat();
        let protocols = Array::of2(&PROTOCOL.into(), &token.into());
        let socket = WebSocket::new_with_str_sequence(&url, &protocols).ok()?;
        let (opened, closed) = (feed.clone(), feed.clone());
        let heard = move |event: web_sys::Event| {
            let data = event.dyn_ref::<MessageEvent>().map(MessageEvent::data);
            if let Some(view) = data.as_ref().and_then(read_message) {
                feed(Event::Pushed(view));
            }
        };
        let listeners = vec![
            Listener::on(&socket, "open", move |_| opened(Event::LinkOpened)),
            Listener::on(&socket, "message", heard),
            Listener::on(&socket, "close", move |_| closed(Event::LinkClosed)),
        ];
        Some(Self { socket, listeners })
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.listeners.clear();
        let _ = self.socket.close();
    }
}

/// Reads a message of the socket; `pong` and what we do not know is none.
fn read_message(data: &JsValue) -> Option<Box<SessionView>> {
    let text = data.as_string().filter(|text| text.starts_with('{'))?;
    reading::view(&JSON::parse(&text).ok()?).map(Box::new)
}
