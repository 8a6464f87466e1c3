//! One checkout's object: turns the runtime's events into commands for the desk.
//!
//! Nothing is decided here. A handler answers instead of failing: an error out of `fetch` has no
//! meaning for the door, and an alarm that failed six times is forgotten.

use std::cell::Cell;
use std::rc::Rc;

use checkout::time::{Seconds, UnixSeconds};
use worker::{
    DurableObject, Env, Error, Headers, Method, Request, Response, Result, State, WebSocket,
    WebSocketIncomingMessage, WebSocketPair, WebSocketRequestResponsePair, durable_object,
};

use super::ledger::SqlLedger;
use super::log;
use super::platform::WeChatPay;
use super::watchers::Watchers;
use super::world::{World, wall};
use crate::command::{Answer, Command, EVENTS_PROTOCOL, Letter};
use crate::desk::Desk;
use crate::limits::{self, Waits};
use crate::ports::World as _;
use crate::problem::{Code, Problem};

/// The owner of one checkout. Its name is the checkout's id.
#[durable_object]
pub(crate) struct CheckoutObject {
    state: Rc<State>,
    env: Env,
    ledger: SqlLedger,
    /// When a page last asked, by the wall clock. Lost with the isolate: it is a hint.
    seen: Rc<Cell<UnixSeconds>>,
    waits: Waits,
    #[cfg(feature = "dev-clock")]
    registered: Cell<Option<bool>>,
}

type ObjectDesk = Desk<WeChatPay, SqlLedger, World, Watchers>;

/// When to try again after a failure of the store, which armed no alarm.
const AFTER_FAILURE: Seconds = Seconds(30);

/// Connected pages of one checkout. A shopper has one or two; each costs every change a message.
const PAGES_MAX: usize = 32;

impl DurableObject for CheckoutObject {
    fn new(state: State, env: Env) -> Self {
        let ledger = SqlLedger::new(&state);
        Self {
            state: Rc::new(state),
            env,
            ledger,
            seen: Rc::default(),
            waits: Waits::default(),
            #[cfg(feature = "dev-clock")]
            registered: Cell::default(),
        }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let desk = self.desk().await;
        let response = match (request.method(), request.path().as_str()) {
            (Method::Post, "/command") => {
                let answer = match request.json().await {
                    Ok(letter) => {
                        self.notice(&letter);
                        self.serve(&desk, letter).await
                    }
                    Err(error) => Answer::Problem(not_a_command(&error)),
                };
                Response::from_json(&answer)
            }
            (Method::Get, "/events") => self.watch(&desk),
            #[cfg(feature = "dev-clock")]
            (Method::Post, "/tick") => {
                if let Err(failure) = desk.tick().await {
                    log::alarm("tick_failed", &[("error", &failure.to_string())]);
                }
                Response::empty()
            }
            _ => Response::error("no such route in an object", 404),
        };
        self.register(&desk).await;
        response
    }

    async fn alarm(&self) -> Result<Response> {
        let desk = self.desk().await;
        if let Err(failure) = desk.wake().await {
            log::alarm("alarm_failed", &[("error", &failure.to_string())]);
            // The alarm that rang is used up. Where not even this can be stored, the object is
            // broken, and the runtime's own six retries are all the help there is.
            self.ledger
                .arm(desk.world.wall() + AFTER_FAILURE)
                .await
                .map_err(|failure| Error::RustError(format!("no alarm could be set: {failure}")))?;
        }
        self.register(&desk).await;
        Response::empty()
    }

    /// Pages have nothing to say: "ping" is answered by the runtime, without waking us.
    async fn websocket_message(&self, _: WebSocket, _: WebSocketIncomingMessage) -> Result<()> {
        Ok(())
    }

    /// The runtime's own answer to a closing page does not reach it when the socket may hibernate
    /// (workerd of July 2026): without ours the page waits for its time-out.
    async fn websocket_close(&self, page: WebSocket, _: usize, _: String, _: bool) -> Result<()> {
        // 1000 whatever the page said: some codes that arrive must not be sent (RFC 6455, 7.4.1).
        let _closed_already = page.close(Some(1000), Some(""));
        Ok(())
    }

    async fn websocket_error(&self, _: WebSocket, _: Error) -> Result<()> {
        Ok(())
    }
}

impl CheckoutObject {
    /// The desk, at the time of this event.
    async fn desk(&self) -> ObjectDesk {
        Desk {
            platform: WeChatPay::new(self.env.clone()),
            ledger: self.ledger.clone(),
            world: World::enter(&self.env).await,
            audience: Watchers::new(&self.state, &self.env, &self.seen),
        }
    }

    /// Remembers that a page is watching, for a closer look at the platform meanwhile.
    fn notice(&self, letter: &Letter) {
        if matches!(letter.command, Command::Look | Command::Wait { .. } | Command::Check) {
            self.seen.set(wall());
        }
    }

    /// Requests that wait for something new are bounded; all others are served.
    async fn serve(&self, desk: &ObjectDesk, letter: Letter) -> Answer {
        let Command::Wait { wait_s, .. } = letter.command else { return desk.serve(letter).await };
        let Some(place) = self.waits.enter(desk.world.wall(), wait_s) else {
            return Answer::Problem(limits::too_many_pages());
        };
        let answer = desk.serve(letter).await;
        self.waits.leave(place);
        answer
    }

    /// A page wants to be told. It hears the present state at once, and each change after that.
    fn watch(&self, desk: &ObjectDesk) -> Result<Response> {
        let Some(view) = desk.greeting() else {
            return Response::error("no such checkout", 404);
        };
        if self.state.get_websockets().len() >= PAGES_MAX {
            return Response::error("too many pages", 429);
        }
        let pair = WebSocketPair::new()?;
        self.state.accept_web_socket(&pair.server);
        self.state.set_websocket_auto_response(&WebSocketRequestResponsePair::new("ping", "pong")?);
        pair.server.send_with_str(serde_json::to_string(&view)?)?;
        let headers = Headers::new();
        headers.set("Sec-WebSocket-Protocol", EVENTS_PROTOCOL)?;
        Ok(Response::from_websocket(pair.client)?.with_headers(headers))
    }

    /// Time passes by itself: nobody needs to know that a timer is set.
    #[cfg(not(feature = "dev-clock"))]
    async fn register(&self, _: &ObjectDesk) {}

    /// Tells the clock that can be moved whether a timer of ours depends on it.
    #[cfg(feature = "dev-clock")]
    async fn register(&self, desk: &ObjectDesk) {
        let armed = desk.is_armed();
        let known = self.registered.replace(Some(armed));
        // Who has no timer and never had one, as far as anybody here remembers, says nothing: the
        // object may be one that nobody opened.
        if known == Some(armed) || known.is_none() && !armed {
            return;
        }
        let Some(name) = self.state.id().name() else { return };
        if let Ok(id) = checkout::id::CheckoutId::parse(&name) {
            super::clock::register(&self.env, id, armed).await;
        }
    }
}

fn not_a_command(error: &Error) -> Problem {
    Problem::new(Code::Internal, format!("not a command: {error}"))
}
