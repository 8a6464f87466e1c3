//! A harmless test of keys against the live platform (protocol reference B.12).
//!
//! The platform has no sandbox, and this call creates nothing: it says back what it was told,
//! signed, and where asked encrypts it and sends a notification. A merchant whose echo comes back
//! has every key in its place.

use core::fmt;

use checkout::report::Refusal;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::answer::{Doubt, Judged};
use super::malformed::{Malformed, Part, read_json};
use super::sensitive::SealedField;
use crate::http::{Method, Request};

/// What is to be said back.
#[derive(Clone, Copy, Debug)]
pub struct Shout<'a> {
    /// Any text.
    pub message: &'a str,
    /// A text for the platform to decrypt, and to answer encrypted for the merchant. Its serial has
    /// to be the request's `Wechatpay-Serial`, which decides the scheme of the whole call.
    pub sealed: Option<&'a SealedField>,
    /// Where a test notification is sent to, if anywhere.
    pub notify_url: Option<&'a str>,
}

/// What came back, in an answer or in a notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Echoed {
    /// The text.
    pub message: String,
    /// The encrypted text, for [`super::sensitive::open`].
    pub sealed: Option<String>,
}

/// Why nothing came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoEcho {
    /// The platform says no; in what words tells which key is wrong.
    Refused(Refusal),
    /// No answer that decides anything, or one whose signature does not agree.
    InDoubt(Doubt),
    /// A success other than the documented one.
    Unexpected {
        /// Its HTTP status.
        status: u16,
    },
    /// The answer cannot be read.
    Malformed(Malformed),
}

impl fmt::Display for NoEcho {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::InDoubt(Doubt::Unproven { reason, .. }) => reason.fmt(f),
            Self::InDoubt(Doubt::Undecided(answer)) => answer.fmt(f),
            Self::Unexpected { status } => write!(f, "unexpected status {status}"),
            Self::Malformed(reason) => reason.fmt(f),
        }
    }
}

impl core::error::Error for NoEcho {}

/// Asks the platform to say it back.
pub fn request(shout: &Shout<'_>) -> Request {
    let fields = [
        ("echo_message", Some(shout.message)),
        ("encrypted_echo_message", shout.sealed.map(SealedField::text)),
        ("notify_url", shout.notify_url),
    ];
    let body: Map<String, Value> = fields
        .into_iter()
        .filter_map(|(name, text)| Some((name.to_owned(), Value::from(text?))))
        .collect();
    Request {
        method: Method::Post,
        target: "/v3/security/echo".to_owned(),
        body: Value::Object(body).to_string().into_bytes(),
    }
}

/// Reads the answer to [`request`]. Whether the text is the same is for the caller to see.
pub fn read(judged: &Judged<'_>) -> Result<Echoed, NoEcho> {
    match judged {
        Judged::Done { status: 200, body } => Echoed::read(body.body()).map_err(NoEcho::Malformed),
        Judged::Done { status, .. } => Err(NoEcho::Unexpected { status: *status }),
        Judged::Refused { refusal, .. } => Err(NoEcho::Refused(refusal.clone())),
        Judged::InDoubt(doubt) => Err(NoEcho::InDoubt(doubt.clone())),
    }
}

impl Echoed {
    /// From the JSON of an answer or of an opened notification, which spell one name differently.
    pub(super) fn read(json: &[u8]) -> Result<Self, Malformed> {
        #[derive(Deserialize)]
        struct Wire {
            echo_message: String,
            #[serde(alias = "encrypt_echo_message")]
            encrypted_echo_message: Option<String>,
        }
        let wire: Wire = read_json(Part::Echo, json)?;
        Ok(Self { message: wire.echo_message, sealed: wire.encrypted_echo_message })
    }
}
