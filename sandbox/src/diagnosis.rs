//! Why a request is nobody's: which mistake it was, in words that a developer can act on.
//!
//! Pure: what arrived, who is known, and the time go in; a [`Diagnosis`] comes out. It repeats the
//! platform's checks in their order (protocol reference A.2, A.3) and looks closer at the first one
//! that fails. For a signature that does not fit, [`opened`] recovers what was signed, as a digest,
//! and [`search`] tries the usual mistakes until one of them has that digest.

mod body;
mod clock;
pub mod difference;
mod header;
mod json_text;
mod mistakes;
pub mod opened;
mod search;
mod serial;
mod signature;
mod target;
pub mod v2;

use self::difference::Difference;
use self::header::Items;
use self::opened::Signed;
use crate::keys::request_message;

/// Of a string, so many bytes are kept: a body as long as the journal keeps, and what precedes it.
const STRING_BYTES_MAX: usize = 20 * 1_024;

/// A request, as far as its signature goes.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// As sent.
    pub method: &'a str,
    /// Path and query, byte for byte.
    pub target: &'a str,
    /// All of the body.
    pub body: &'a [u8],
    /// The `Authorization` header.
    pub authorization: Option<&'a str>,
    /// The `Host` header.
    pub host: Option<&'a str>,
}

/// Who holds a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner<'a> {
    /// The merchant of this number.
    Merchant(&'a str),
    /// The platform.
    Platform,
}

/// A key that is known here, with the name that it goes by.
#[derive(Clone, Copy, Debug)]
pub struct Holder<'a> {
    /// Whose it is.
    pub owner: Owner<'a>,
    /// A certificate's serial number, or `PUB_KEY_ID_…`.
    pub serial_no: &'a str,
    /// Whether the certificate was replaced.
    pub retired: bool,
    /// The certificate or the public key, as PEM.
    pub pem: &'a str,
}

/// Everybody who could have signed.
#[derive(Clone, Debug, Default)]
pub struct Known<'a> {
    /// Merchants' certificates and the platform's keys.
    pub holders: Vec<Holder<'a>>,
    /// Sub-merchants, which have no keys, and the partners that sign for them.
    pub subs: Vec<(&'a str, &'a str)>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// The string that should have been signed, cut; empty if not even that can be told.
    pub message: Vec<u8>,
    /// How long all of it is.
    pub bytes: usize,
    /// A stable name; two names with a `+` for two mistakes at once.
    pub finding: String,
    /// What to mend, in English.
    pub words: String,
    /// The string that was signed instead, cut, if it was found.
    pub yours: Option<Vec<u8>>,
    /// Where the two differ.
    pub first_difference: Option<Difference>,
}

/// A name and its words.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Finding {
    name: String,
    words: String,
}

impl Finding {
    fn new(name: &str, words: impl Into<String>) -> Self {
        Self { name: name.to_owned(), words: words.into() }
    }
}

/// Looks for the mistake; `now` is the wall clock. `None` if there is none.
pub fn diagnose(asked: Asked<'_>, known: &Known<'_>, now: i64) -> Option<Diagnosis> {
    let items = Items::read(asked.authorization.unwrap_or_default());
    let message = items.message(asked);
    let found = header::trouble(asked.authorization)
        .or_else(|| clock::trouble(items.timestamp?, now))
        .or_else(|| serial::trouble(&items, known));
    match found {
        Some(finding) => Some(Diagnosis::of(finding, message, None)),
        None => signature::trouble(asked, &items, known)
            .map(|(finding, yours)| Diagnosis::of(finding, message, yours)),
    }
}

/// The string that this request should have signed; `None` if its header says too little.
pub fn string_to_sign(asked: Asked<'_>) -> Option<Vec<u8>> {
    let message = Items::read(asked.authorization?).message(asked);
    (!message.is_empty()).then_some(message)
}

/// What the signature of an `Authorization` header is over, if anybody known here made it.
pub fn signed(authorization: &str, known: &Known<'_>) -> Option<Signed> {
    let items = Items::read(authorization);
    let (bytes, _) = signature::decoded(items.signature?).ok()?;
    signature::opened(&bytes, &items, known).map(|(_, signed)| signed)
}

impl Diagnosis {
    fn of(finding: Finding, mut message: Vec<u8>, yours: Option<Vec<u8>>) -> Self {
        let first_difference = yours.as_ref().and_then(|yours| Difference::first(&message, yours));
        let bytes = message.len();
        message.truncate(STRING_BYTES_MAX);
        let yours = yours.map(|mut yours| {
            yours.truncate(STRING_BYTES_MAX);
            yours
        });
        let Finding { name: finding, words } = finding;
        Self { message, bytes, finding, words, yours, first_difference }
    }
}

impl Items<'_> {
    /// The string to sign, if the header says enough for that.
    fn message(&self, asked: Asked<'_>) -> Vec<u8> {
        match (self.timestamp, self.nonce) {
            (Some(timestamp), Some(nonce)) => {
                request_message(asked.method, asked.target, timestamp, nonce, asked.body)
            }
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests;
