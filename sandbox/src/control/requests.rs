//! `GET /sandbox/requests`, `GET /sandbox/requests/{id}`, `POST /sandbox/requests/{id}/compare`: what
//! merchants asked for, what they were told, and why not.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{Response, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Outcome, Problem, read, respond};
use crate::diagnosis::difference::Difference;
use crate::diagnosis::v2::KeyHolder;
use crate::diagnosis::{self, Asked, Diagnosis};
use crate::fault::{Kind, Route};
use crate::journal::known::known;
use crate::journal::{Entry, Side, cut, text};
use crate::merchant::Account;
use crate::time;
use crate::v2::{Fields, sign, xml};
use crate::world::World;

/// Which entries to show.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    #[serde(default = "usual")]
    limit: usize,
    out_trade_no: Option<String>,
    #[serde(default)]
    refused: bool,
}

const fn usual() -> usize {
    100
}

pub(super) async fn list(
    State(world): State<Arc<World>>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Response<Body> {
    respond(match wanted {
        Ok(Query(wanted)) => {
            let shown = world.journal.newest_first().filter(|entry| wanted.shows(entry));
            let rows: Vec<_> = shown.take(wanted.limit).map(|entry| json!(row(&entry))).collect();
            Ok(json!({ "data": rows }))
        }
        Err(error) => Err(Problem::bad_request(error.body_text())),
    })
}

pub(super) async fn one(State(world): State<Arc<World>>, Path(id): Path<String>) -> Response<Body> {
    respond(find(&world, &id).map(|entry| json!(row(&entry))))
}

pub(super) async fn compare(
    State(world): State<Arc<World>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Response<Body> {
    respond(compared(&world, &id, &body))
}

impl Wanted {
    fn shows(&self, entry: &Entry) -> bool {
        let number = self.out_trade_no.as_deref();
        (!self.refused || entry.refusal.is_some())
            && number.is_none_or(|wanted| entry.out_trade_no.as_deref() == Some(wanted))
    }
}

fn find(world: &World, id: &str) -> Result<Arc<Entry>, Problem> {
    id.parse().ok().and_then(|id| world.journal.one(id)).ok_or_else(|| {
        let words = "no request has this number, or it is no longer among the newest thousand";
        Problem::new(StatusCode::NOT_FOUND, "unknown_request", words)
    })
}

/// What a developer's program says that it signs.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pasted {
    string_to_sign: String,
}

fn compared(world: &World, id: &str, body: &[u8]) -> Outcome {
    let pasted: Pasted = read(body)?;
    let entry = find(world, id)?;
    let nothing = || {
        let words = "this request says too little for a string to sign";
        Problem::new(StatusCode::CONFLICT, "no_string", words)
    };
    let keyring = world.keyring();
    let accounts = keyring.credentials.accounts();
    let over_v2 = OverV2::of(&entry, &accounts);
    let expected = diagnosed(&entry).or_else(|| match &over_v2 {
        Some(over_v2) => over_v2.string_to_sign(),
        None => string_to_sign(&entry),
    });
    let (expected, whole) = expected.ok_or_else(nothing)?;
    let pasted = pasted.string_to_sign.as_bytes();
    // Of a long body only the beginning is kept; so much of the two is compared.
    let mine = if expected.len() < whole { cut(pasted, expected.len()) } else { pasted };
    let difference = Difference::first(&expected, mine);
    let signed = match &over_v2 {
        Some(over_v2) => Some(over_v2.is_signed(pasted)),
        None => {
            let authorization = entry.request.header("authorization").unwrap_or_default();
            let signed = diagnosis::signed(authorization, &known(&keyring.credentials));
            signed.map(|signed| signed.is_of(pasted))
        }
    };
    Ok(json!({
        "same": difference.is_none(),
        "signed": signed,
        "bytes": whole,
        "your_bytes": pasted.len(),
        "first_difference": difference,
        "words": words(difference.as_ref(), signed),
    }))
}

/// A call over V2, and whose keys may have signed it.
struct OverV2<'a> {
    fields: Fields,
    keys: Vec<KeyHolder<'a>>,
}

impl<'a> OverV2<'a> {
    /// Nothing for a call over APIv3, and where the body is not kept whole.
    fn of(entry: &Entry, accounts: &'a [Account]) -> Option<Self> {
        let fields = xml::read(&entry.request.body).ok()?;
        Some(Self { fields, keys: accounts.iter().map(KeyHolder::from).collect() })
    }

    fn string_to_sign(&self) -> Option<(Vec<u8>, usize)> {
        let mchid = self.fields.get("mch_id")?;
        let signer = self.keys.iter().find(|holder| holder.mchid == mchid)?;
        let string = sign::string_to_sign(&self.fields, signer.api_v2_key).into_bytes();
        let whole = string.len();
        Some((string, whole))
    }

    fn is_signed(&self, string: &[u8]) -> bool {
        let sign = self.fields.get(sign::SIGN).unwrap_or_default();
        diagnosis::v2::is_signed(sign, string, &self.keys)
    }
}

/// The right string as it was found when the call was refused, and how long all of it is.
fn diagnosed(entry: &Entry) -> Option<(Vec<u8>, usize)> {
    let found = entry.refusal.as_ref()?.signature.as_ref()?;
    (!found.message.is_empty()).then(|| (found.message.clone(), found.bytes))
}

/// The right string of a call over APIv3, as far as it is kept, and how long all of it is.
fn string_to_sign(entry: &Entry) -> Option<(Vec<u8>, usize)> {
    let mut message = diagnosis::string_to_sign(Asked {
        method: &entry.method,
        target: &entry.target,
        body: &entry.request.body,
        authorization: entry.request.header("authorization"),
        host: None,
    })?;
    let missing = entry.request.body_bytes - entry.request.body.len();
    let whole = message.len() + missing;
    if missing > 0 {
        // The line feed is the whole body's.
        message.pop();
    }
    Some((message, whole))
}

fn words(difference: Option<&Difference>, signed: Option<bool>) -> String {
    let compared = match difference {
        None => "The string is the right one.".to_owned(),
        Some(Difference { byte, line, column, expected, found }) => format!(
            "The strings differ from byte {byte} on (line {line}, column {column}): {expected:?} \
             is right, yours has {found:?}."
        ),
    };
    let signed = match (signed, difference) {
        (None, _) => {
            " Whether it is what was signed cannot be told: no known key made the signature."
        }
        (Some(true), None) => " It is what was signed, too.",
        (Some(true), Some(_)) => " It is what was signed: mend the program that builds it.",
        (Some(false), None) => {
            " But it is not what was signed: look at what happens between building the string and \
             signing it."
        }
        (Some(false), Some(_)) => " It is not what was signed either.",
    };
    format!("{compared}{signed}")
}

#[derive(Serialize)]
struct Row<'a> {
    id: u64,
    at: String,
    method: &'a str,
    target: &'a str,
    route: Option<&'static str>,
    mchid: Option<&'a str>,
    out_trade_no: Option<&'a str>,
    request: Message<'a>,
    reply: Option<Reply<'a>>,
    fault: Option<&'static str>,
    refusal: Option<Refusal<'a>>,
}

#[derive(Serialize)]
struct Message<'a> {
    headers: &'a [(String, String)],
    body: String,
    body_bytes: usize,
}

#[derive(Serialize)]
struct Reply<'a> {
    status: u16,
    #[serde(flatten)]
    message: Message<'a>,
}

#[derive(Serialize)]
struct Refusal<'a> {
    status: u16,
    code: Option<&'a str>,
    field: Option<&'a str>,
    why: &'a str,
    signature: Option<Signature<'a>>,
}

#[derive(Serialize)]
pub(super) struct Signature<'a> {
    string_to_sign: String,
    bytes: usize,
    finding: &'a str,
    words: &'a str,
    yours: Option<String>,
    first_difference: Option<&'a Difference>,
}

fn row(entry: &Entry) -> Row<'_> {
    Row {
        id: entry.id,
        at: time::beijing(entry.at),
        method: &entry.method,
        target: &entry.target,
        route: entry.route.map(Route::name),
        mchid: entry.mchid.as_deref(),
        out_trade_no: entry.out_trade_no.as_deref(),
        request: message(&entry.request),
        reply: entry
            .reply
            .as_ref()
            .map(|reply| Reply { status: reply.status, message: message(&reply.side) }),
        fault: entry.fault.map(Kind::name),
        refusal: entry.refusal.as_ref().map(|refused| Refusal {
            status: refused.status,
            code: refused.code.as_deref(),
            field: refused.field.as_deref(),
            why: &refused.why,
            signature: refused.signature.as_ref().map(signature),
        }),
    }
}

fn message(side: &Side) -> Message<'_> {
    Message { headers: &side.headers, body: text(&side.body), body_bytes: side.body_bytes }
}

pub(super) fn signature(found: &Diagnosis) -> Signature<'_> {
    Signature {
        string_to_sign: text(&found.message),
        bytes: found.bytes,
        finding: &found.finding,
        words: &found.words,
        yours: found.yours.as_deref().map(text),
        first_difference: found.first_difference.as_ref(),
    }
}

/// One line of the console's list.
pub(super) fn summary(entry: &Entry) -> Value {
    let refusal = entry.refusal.as_ref();
    json!({
        "id": entry.id,
        "at": time::beijing(entry.at),
        "method": entry.method,
        "target": entry.target,
        "status": entry.reply.as_ref().map(|reply| reply.status),
        "code": refusal.and_then(|refused| refused.code.as_deref()),
        "why": refusal.map(|refused| refused.why.as_str()),
        "fault": entry.fault.map(Kind::name),
        "mchid": entry.mchid,
        "out_trade_no": entry.out_trade_no,
    })
}
