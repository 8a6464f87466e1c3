//! One try of a notification as it went over the wire, and what came back.

use serde::{Deserialize, Serialize};

/// Of an answer's body, and of its headers, so many bytes are kept: every try is written to disk
/// with those before it.
pub const ANSWER_BYTES_MAX: usize = 4 * 1_024;

/// A message that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// Where it went.
    pub url: String,
    /// All headers but those that the connection adds by itself.
    pub headers: Vec<(String, String)>,
    /// To the byte.
    pub body: String,
    /// What came back, if anything did.
    pub answer: Option<Answer>,
    /// How long the merchant took, in milliseconds.
    pub took_ms: u64,
}

/// What a merchant answered; the status is the try's outcome.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// In the order of their coming.
    pub headers: Vec<(String, String)>,
    /// The first bytes of the body; what is not UTF-8 is U+FFFD.
    pub body: String,
}
