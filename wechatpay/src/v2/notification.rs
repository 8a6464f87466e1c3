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
    let is_told = is_success("return_code") && is_success("result_code");
    if !is_told || is_unpaid || is_of_refund(fields) {
        return Err(NotificationError::Malformed(Malformed::NoPayment));
    }
    let receipt = receipt(fields).map_err(NotificationError::Malformed)?;
    Ok(Paid { out_trade_no: receipt.out_trade_no.clone(), receipt })
}

/// Whether this is what is answered about a refund. That names its payment as a notification does,
/// with all that a receipt needs; whoever sends it again as one has an order paid whose money went
/// back.
fn is_of_refund(fields: &Fields) -> bool {
    let of_refund = |name: &str| name.starts_with("refund_id") || name.starts_with("out_refund_no");
    fields.iter().any(|(name, _)| of_refund(name))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v2::sign::{SIGN, sign};

    const KEY: &str = "Abcdefghijklmnopqrstuvwxyz012345";
    /// What a payment's notification and every answer about a payment's refunds have in common
    /// (protocol reference D.6, D.7).
    const PAYMENT: [(&str, &str); 9] = [
        ("return_code", "SUCCESS"),
        ("result_code", "SUCCESS"),
        ("appid", "wx0123456789abcdef"),
        ("mch_id", "1900000001"),
        ("transaction_id", "4200000000202501010000000001"),
        ("out_trade_no", "T20250101000001"),
        ("total_fee", "1234"),
        ("cash_fee", "1234"),
        ("fee_type", "CNY"),
    ];

    fn told(more: &[(&str, &str)]) -> Result<Paid, NotificationError> {
        let keys = ApiV2Keys::parse(KEY).unwrap();
        let mut fields: Fields = PAYMENT.iter().chain(more).copied().collect();
        let sum = sign(&fields, keys.first(), SignType::Md5);
        fields.push(SIGN, sum);
        read(&xml::write(&fields), &keys, SignType::Md5)
    }

    #[test]
    fn a_payment_is_told_by_a_notification_and_by_nothing_else_under_the_same_key() {
        assert_eq!(told(&[]).unwrap().receipt.total, 1_234);
        assert_eq!(told(&[("trade_state", "SUCCESS")]).unwrap().receipt.total, 1_234);
        for other in [
            ("result_code", "FAIL"),
            ("return_code", "FAIL"),
            ("trade_state", "REFUND"),
            // Answers to an application for a refund, and to a question about refunds.
            ("out_refund_no", "R1"),
            ("refund_id", "5030"),
            ("out_refund_no_0", "R1"),
            ("refund_id_0", "5030"),
        ] {
            let no_payment = NotificationError::Malformed(Malformed::NoPayment);
            assert_eq!(told(&[other]), Err(no_payment), "{other:?}");
        }
    }
}
