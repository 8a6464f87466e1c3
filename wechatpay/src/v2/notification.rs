//! The way in for payments: a POST from anybody → a payment from the platform (protocol reference
//! D.7).
//!
//! The XML is read first, because the sign is over its fields; nothing that it says counts before
//! the sign agrees. Nothing dates a V2 message, so an old one can come again: whoever stores the
//! result has to know a payment by its number. Store it before acknowledging.

use core::fmt;

use checkout::report::Receipt;

use super::fields::Fields;
use super::key::{ApiV2Keys, SignType};
use super::malformed::Malformed;
use super::sign::{Distrust, verify};
use super::transaction::receipt;
use super::xml::{self, BadXml};

/// An order was paid, authentically.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paid {
    /// The merchant's number of the order, which may not be one of ours.
    pub out_trade_no: String,
    /// What was paid.
    pub receipt: Receipt,
}

/// Why a message of the platform's cannot be used, by who must act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotificationError {
    /// Not a message at all, so not proven to be the platform's.
    Unreadable(BadXml),
    /// Not proven to be the platform's. Answer 401; the genuine one comes again.
    Distrust(Distrust),
    /// The platform's, but we cannot read it.
    Malformed(Malformed),
}

impl fmt::Display for NotificationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(reason) => reason.fmt(f),
            Self::Distrust(reason) => reason.fmt(f),
            Self::Malformed(reason) => reason.fmt(f),
        }
    }
}

impl core::error::Error for NotificationError {}

/// Parses, verifies and reads. `sign_type` is the merchant's, by which its orders are signed: the
/// message usually does not say its own.
pub fn read(body: &[u8], keys: &ApiV2Keys, sign_type: SignType) -> Result<Paid, NotificationError> {
    let fields = xml::read(body).map_err(NotificationError::Unreadable)?;
    let verified = verify(fields, keys, sign_type).map_err(NotificationError::Distrust)?;
    let fields = verified.fields();
    let is_success = |level| fields.get(level) == Some("SUCCESS");
    // A notification has no `trade_state`; the answer to a query has, and is under the same key.
    let is_unpaid = fields.get("trade_state").is_some_and(|state| state != "SUCCESS");
    if !is_success("return_code") || !is_success("result_code") || is_unpaid {
        return Err(NotificationError::Malformed(Malformed::NoPayment));
    }
    let receipt = receipt(fields).map_err(NotificationError::Malformed)?;
    Ok(Paid { out_trade_no: receipt.out_trade_no.clone(), receipt })
}

/// The answer that ends the repeats, to the letter of the reference.
pub fn success() -> Vec<u8> {
    b"<xml><return_code><![CDATA[SUCCESS]]></return_code><return_msg><![CDATA[OK]]></return_msg></xml>"
        .to_vec()
}

/// The answer after which the platform tells it again.
pub fn fail(words: &str) -> Vec<u8> {
    let words: String = words.chars().take(WORDS_CHARS_MAX).collect();
    let fields: Fields = [("return_code", "FAIL"), ("return_msg", &words)].into_iter().collect();
    xml::write(&fields)
}

/// `return_msg` and `err_code_des` (protocol reference D.3, D.9).
pub(super) const WORDS_CHARS_MAX: usize = 128;
