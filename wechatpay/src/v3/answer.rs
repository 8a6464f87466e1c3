//! Judges a reply: done, refused, or in doubt (protocol reference A.4, A.9).
//!
//! A success is believed only when its signature agrees. A refusal may come unsigned, because the
//! platform refuses bad signatures before it signs; so it may stop an order from being placed and
//! never settles or closes one. All else is doubt: the call may have taken effect.

use checkout::report::{Proof, Refusal};
use checkout::time::UnixSeconds;
use serde::Deserialize;
use serde_json::Value;

use super::verify::{Distrust, PlatformKeys, Verified};
use crate::crypto::Rsa;
use crate::http::Reply;

/// What a reply comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judged<'a> {
    /// The platform did it, and says so under its signature.
    Done {
        /// A 2xx other than 202.
        status: u16,
        /// What it says; empty with 204.
        body: Verified<'a>,
    },
    /// The platform says no: a 4xx other than 408 and 429.
    Refused {
        /// In these words.
        refusal: Refusal,
        /// Whether they carry its signature.
        proof: Proof,
    },
    /// Nothing is decided. Ask, or repeat the identical call.
    InDoubt(Doubt),
}

/// Why nothing is decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// A success that nobody vouches for; a probe is one.
    Unproven {
        /// Why it is not believed.
        reason: Distrust,
        /// The platform's id of the call, for its support.
        request_id: Option<String>,
    },
    /// Not finished (202), too fast (429), out of order (5xx), or a status that the platform does
    /// not use. The fields are those of a refusal; this is none.
    Undecided(Refusal),
}

/// Judges `reply`. `now` must be the wall clock's.
pub async fn judge<'a, R: Rsa>(
    rsa: &R,
    keys: &PlatformKeys<R::PublicKey>,
    reply: &'a Reply,
    now: UnixSeconds,
) -> Judged<'a> {
    let status = reply.status;
    let is_success = matches!(status, 200..=299) && status != 202;
    let is_refusal = matches!(status, 400..=499) && status != 408 && status != 429;
    if !is_success && !is_refusal {
        return Judged::InDoubt(Doubt::Undecided(refusal(reply)));
    }
    let verified = keys.verify(rsa, &reply.headers, &reply.body, now).await;
    match verified {
        Ok(body) if is_success => Judged::Done { status, body },
        Err(reason) if is_success => {
            Judged::InDoubt(Doubt::Unproven { reason, request_id: request_id(reply) })
        }
        Ok(_) => Judged::Refused { refusal: refusal(reply), proof: Proof::Verified },
        Err(_) => Judged::Refused { refusal: refusal(reply), proof: Proof::Unverified },
    }
}

/// The platform's words, as far as there are any: a gateway may answer with HTML or nothing, and
/// `detail` has no fixed shape.
fn refusal(reply: &Reply) -> Refusal {
    let said = serde_json::from_slice::<ErrorBody>(&reply.body).unwrap_or_default();
    let code = said.code.as_str().filter(|code| is_code(code)).map(str::to_owned);
    Refusal {
        status: reply.status,
        code: code.unwrap_or_else(|| format!("HTTP_{}", reply.status)),
        message: printable(said.message.as_str().unwrap_or_default(), MESSAGE_CHARS_MAX),
        request_id: request_id(reply),
    }
}

fn request_id(reply: &Reply) -> Option<String> {
    reply.headers.get("Request-ID").map(|id| printable(id, REQUEST_ID_CHARS_MAX))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorBody {
    code: Value,
    message: Value,
}

/// Codes are shown to shops and branched on; what does not look like one is none.
fn is_code(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (1..=CODE_BYTES_MAX).contains(&text.len()) && text.bytes().all(plain)
}

/// Unverified text goes into our store and to the shop: no control characters, and not without
/// end.
fn printable(text: &str, chars_max: usize) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(chars_max).collect()
}

/// The longest code in the reference has 22; room for new ones.
const CODE_BYTES_MAX: usize = 64;
/// The longest message in the reference has some forty characters.
const MESSAGE_CHARS_MAX: usize = 256;
/// Real ones have 46.
const REQUEST_ID_CHARS_MAX: usize = 128;
