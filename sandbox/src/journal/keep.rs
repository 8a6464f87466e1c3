//! Writes calls down as they go by.
//!
//! A layer around the merchants' routes: it keeps a copy of what came and of what went, and once the
//! answer is made, one [`Entry`]. What only the inside knows, the route and the fault, comes out by
//! way of [`Notes`]. A call that never ends with an answer, because a fault closes the connection
//! or the caller goes away, is written down when it is over.

use std::sync::{Arc, OnceLock};

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Response, StatusCode, header};
use axum::middleware::Next;
use http_body_util::BodyExt;
use hyper::body::Body as _;
use serde::Deserialize;

use super::known::known;
use super::{Entry, Refused, Reply, Side, TARGET_BYTES_MAX, cut, text, why};
use crate::diagnosis::{self, Asked, Diagnosis};
use crate::fault::{Kind, Route};
use crate::gateway::ReplyDropped;
use crate::v3;
use crate::world::World;

/// The longest number that is worth a look; the platform's own are shorter.
const NUMBER_CHARS_MAX: usize = 64;

/// What the inside of a call knows. Cheap to copy; all copies are one.
#[derive(Clone, Debug, Default)]
pub struct Notes(Arc<Inside>);

#[derive(Debug, Default)]
struct Inside {
    route: OnceLock<Route>,
    fault: OnceLock<Kind>,
    mchid: OnceLock<String>,
    out_trade_no: OnceLock<String>,
    refused: OnceLock<Refused>,
}

impl Notes {
    /// The notes that came with a request; nobody's, if nobody keeps any.
    pub fn of(request: &Request) -> Self {
        request.extensions().get::<Self>().cloned().unwrap_or_default()
    }

    /// Says which call it is.
    pub fn route(&self, route: Route) {
        // The first word counts.
        let _ = self.0.route.set(route);
    }

    /// Says what goes wrong on purpose.
    pub fn fault(&self, fault: Option<Kind>) {
        if let Some(fault) = fault {
            let _ = self.0.fault.set(fault);
        }
    }

    /// Says who calls and about which order, where that stands in a V2 body and nowhere else.
    pub fn about(&self, mchid: Option<&str>, out_trade_no: Option<&str>) {
        for (slot, value) in [(&self.0.mchid, mchid), (&self.0.out_trade_no, out_trade_no)] {
            if let Some(value) = value.filter(|value| is_number(value)) {
                let _ = slot.set(value.to_owned());
            }
        }
    }

    /// Says that the call is refused, though its status is 200, and why.
    pub fn refused(&self, refused: Refused) {
        let _ = self.0.refused.set(refused);
    }
}

/// The layer.
pub async fn keep(State(world): State<Arc<World>>, request: Request, next: Next) -> Response<Body> {
    let (mut parts, body) = request.into_parts();
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
    let (body, is_whole) = read(body).await;
    let mut page = Page {
        at: world.now(),
        method: parts.method.as_str().to_owned(),
        target,
        headers: parts.headers.clone(),
        body: body.clone(),
        notes: Notes::default(),
        is_open: true,
        world,
    };
    if !is_whole {
        // As a gateway does, without a word of the platform's.
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::BAD_REQUEST;
        return page.close(response).await;
    }
    parts.extensions.insert(page.notes.clone());
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    page.close(response).await
}

/// The body, and a byte more than any call takes if it is longer: whoever reads it then refuses it
/// by its length. And whether nothing broke off: half a body is no call, whatever was signed.
async fn read(mut body: Body) -> (Bytes, bool) {
    let mut whole = Vec::new();
    while whole.len() <= v3::BODY_BYTES_MAX {
        let Some(frame) = body.frame().await else { break };
        let Ok(frame) = frame else { return (whole.into(), false) };
        if let Ok(data) = frame.into_data() {
            if whole.is_empty() && body.is_end_stream() {
                return (data, true);
            }
            whole.extend_from_slice(&data);
        }
    }
    whole.truncate(v3::BODY_BYTES_MAX + 1);
    (whole.into(), true)
}

/// An entry that is being written.
struct Page {
    world: Arc<World>,
    at: i64,
    method: String,
    target: String,
    headers: HeaderMap,
    body: Bytes,
    notes: Notes,
    is_open: bool,
}

impl Page {
    /// Writes the entry, and hands the answer on as it was.
    async fn close(&mut self, response: Response<Body>) -> Response<Body> {
        self.is_open = false;
        if response.extensions().get::<ReplyDropped>().is_some() {
            self.write(None);
            return response;
        }
        let (parts, body) = response.into_parts();
        // Only what is there already is copied; a body that is still being made goes on as it is.
        let (body, copy) = match body.size_hint().exact() {
            Some(_) => match body.collect().await {
                Ok(whole) => {
                    let whole = whole.to_bytes();
                    (Body::from(whole.clone()), whole)
                }
                Err(_) => (Body::empty(), Bytes::new()),
            },
            None => (body, Bytes::new()),
        };
        let status = parts.status.as_u16();
        self.write(Some((Reply { status, side: Side::of(&parts.headers, &copy) }, copy)));
        Response::from_parts(parts, body)
    }

    fn write(&self, reply: Option<(Reply, Bytes)>) {
        if !self.is_a_merchants() {
            return;
        }
        let fault = self.notes.0.fault.get().copied();
        let said = reply.as_ref().map(|(_, body)| body.clone()).unwrap_or_default();
        let said_why = self.notes.0.refused.get().cloned().filter(|_| reply.is_some());
        let refusal = said_why.or_else(|| {
            reply.as_ref().filter(|(reply, _)| reply.status >= 400).map(|(reply, body)| {
                let call = why::Call { method: &self.method, target: &self.target, fault };
                let refused = why::refused(reply.status, body, call);
                if refused.code.as_deref() == Some("SIGN_ERROR") && fault.is_none() {
                    refused.with(self.diagnosis())
                } else {
                    refused
                }
            })
        });
        self.world.journal.write(Entry {
            id: 0,
            at: self.at,
            method: self.method.clone(),
            target: text(cut(self.target.as_bytes(), TARGET_BYTES_MAX)),
            route: self.notes.0.route.get().copied(),
            mchid: self.notes.0.mchid.get().cloned().or_else(|| self.mchid()),
            out_trade_no: self
                .notes
                .0
                .out_trade_no
                .get()
                .cloned()
                .or_else(|| number(&self.target, [&self.body, &said])),
            request: Side::of(&self.headers, &self.body),
            reply: reply.map(|(reply, _)| reply),
            fault,
            refusal,
        });
        self.world.pulse.beat();
    }

    /// Whether a merchant's program sent this: a browser that asks for an icon did not.
    fn is_a_merchants(&self) -> bool {
        let looks_like_one = || {
            self.method != "GET"
                || self.target.starts_with("/v3/")
                || self.headers.contains_key(header::AUTHORIZATION)
        };
        let is_ours = self.target.starts_with("/sandbox");
        self.notes.0.route.get().is_some() || (!is_ours && looks_like_one())
    }

    fn mchid(&self) -> Option<String> {
        let (_, rest) = self.header(header::AUTHORIZATION)?.split_once("mchid=")?;
        let mchid: String =
            rest.trim_start_matches(['"', '\'']).chars().take_while(char::is_ascii_digit).collect();
        (1..=32).contains(&mchid.len()).then_some(mchid)
    }

    fn diagnosis(&self) -> Option<Diagnosis> {
        let keyring = self.world.keyring();
        let asked = Asked {
            method: &self.method,
            target: &self.target,
            body: &self.body,
            authorization: self.header(header::AUTHORIZATION),
            host: self.header(header::HOST),
        };
        diagnosis::diagnose(asked, &known(&keyring.credentials), self.world.wall_now())
    }

    fn header(&self, name: header::HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        // The caller went away before there was an answer.
        if self.is_open {
            self.write(None);
        }
    }
}

/// The order's number, from the path or from either body.
fn number(target: &str, bodies: [&[u8]; 2]) -> Option<String> {
    #[derive(Deserialize)]
    struct Numbered {
        out_trade_no: String,
    }
    let path = target.split('?').next().unwrap_or_default();
    let in_path = path
        .split_once("/out-trade-no/")
        .map(|(_, rest)| rest.split('/').next().unwrap_or_default().to_owned());
    let in_bodies =
        || bodies.into_iter().find_map(|body| serde_json::from_slice::<Numbered>(body).ok());
    in_path
        .or_else(|| in_bodies().map(|found| found.out_trade_no))
        .filter(|number| is_number(number))
}

fn is_number(text: &str) -> bool {
    (1..=NUMBER_CHARS_MAX).contains(&text.chars().count())
}
