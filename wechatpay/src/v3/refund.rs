//! Refunds: what is asked, and what an answer means (protocol reference B.5 to B.7, E.5).
//!
//! One path for direct merchants and service providers; the latter name the sub-merchant. A body's
//! bytes are made once, stored by whoever applies, and repeated byte for byte: the platform takes a
//! repeat for the same refund, and refuses the same number with anything else. Money leaves here, so
//! a no is believed only under the platform's signature, and never where it may hide a yes.

mod body;
mod object;

use checkout::refund::RefundNews;
use checkout::report::{Proof, Refusal};

pub use self::body::{BankType, Destination, RedirectBody, RefundBody};
pub(super) use self::object::RefundObject;
use super::answer::{Doubt, Judged};
use super::malformed::{Part, read_json};
use super::spelling::encoded;
use crate::http::{Method, Request};

/// Where all of it is.
const REFUNDS: &str = "/v3/refund/domestic/refunds";

/// Applies for a refund, or repeats it: `body` is what [`RefundBody::to_bytes`] gave the first time.
pub fn apply(body: Vec<u8>) -> Request {
    Request { method: Method::Post, target: REFUNDS.to_owned(), body }
}

/// Asks how a refund stands, by the merchant's number. In partner mode the sub-merchant is named.
pub fn query(out_refund_no: &str, sub_mchid: Option<&str>) -> Request {
    let query = sub_mchid
        .map_or_else(String::new, |sub_mchid| format!("?sub_mchid={}", encoded(sub_mchid)));
    let target = format!("{REFUNDS}/{}{query}", encoded(out_refund_no));
    Request { method: Method::Get, target, body: Vec::new() }
}

/// Sends the money of an abnormal refund another way, or repeats that: `body` is what
/// [`RedirectBody::to_bytes`] gave the first time. The path takes the platform's own number.
pub fn abnormal(refund_id: &str, body: Vec<u8>) -> Request {
    let target = format!("{REFUNDS}/{}/apply-abnormal-refund", encoded(refund_id));
    Request { method: Method::Post, target, body }
}

/// What the answer to [`apply`] means for the refund of that number.
pub fn read_apply(judged: &Judged<'_>, out_refund_no: &str) -> RefundNews {
    match judged {
        Judged::Refused { refusal, .. } if refusal.code == "NOT_ENOUGH" => {
            RefundNews::Short(refusal.clone())
        }
        // Our own signature or clock: it was never looked at, and the same bytes will do once that
        // is mended.
        Judged::Refused { refusal, .. } if refusal.status == 401 => {
            RefundNews::InDoubt { said: Some(refusal.clone()) }
        }
        Judged::Refused { refusal, proof: Proof::Verified } if is_definite(refusal) => {
            RefundNews::Refused(refusal.clone())
        }
        Judged::Refused { refusal, .. } => RefundNews::Disputed(refusal.clone()),
        Judged::Done { .. } | Judged::InDoubt(_) => read(judged, out_refund_no),
    }
}

/// What the answer to [`query`] means.
pub fn read_query(judged: &Judged<'_>, out_refund_no: &str) -> RefundNews {
    match judged {
        Judged::Refused { refusal, proof } if is_not_found(refusal) => {
            RefundNews::NotFound { proof: *proof }
        }
        // Refused for another reason: the refund is as unknown as before.
        Judged::Refused { refusal, .. } => RefundNews::InDoubt { said: Some(refusal.clone()) },
        Judged::Done { .. } | Judged::InDoubt(_) => read(judged, out_refund_no),
    }
}

/// What the answer to [`abnormal`] means. It is read as that of an application: what is true of a
/// repeated application is true of a repeated choice.
pub fn read_abnormal(judged: &Judged<'_>, out_refund_no: &str) -> RefundNews {
    read_apply(judged, out_refund_no)
}

/// A success, if it is about this refund; doubt otherwise. All three calls answer alike, and with
/// 200 only.
fn read(judged: &Judged<'_>, out_refund_no: &str) -> RefundNews {
    match judged {
        Judged::Done { status: 200, body } => read_json::<RefundObject>(Part::Refund, body.body())
            .ok()
            .filter(|object| object.out_refund_no() == out_refund_no)
            .and_then(|object| object.fact().ok())
            .map_or(RefundNews::InDoubt { said: None }, RefundNews::Answered),
        Judged::InDoubt(Doubt::Undecided(said)) => RefundNews::InDoubt { said: Some(said.clone()) },
        Judged::Done { .. } | Judged::Refused { .. } | Judged::InDoubt(Doubt::Unproven { .. }) => {
            RefundNews::InDoubt { said: None }
        }
    }
}

/// Refusals after which no refund can exist because of this call, nor be behind an earlier one.
/// `INVALID_REQUEST` is none of them: it covers a number used with other data, beside plain
/// mistakes, and only its wording, which may change, would tell which (protocol reference E.5).
fn is_definite(refusal: &Refusal) -> bool {
    matches!(
        refusal.code.as_str(),
        "PARAM_ERROR"
            | "USER_ACCOUNT_ABNORMAL"
            | "NO_AUTH"
            | "REQUEST_BLOCKED"
            | "MCH_NOT_EXISTS"
            | "RESOURCE_NOT_EXISTS"
            | "TRADE_OVERDUE"
    )
}

/// A bare 404 is a wrong path or somebody's proxy; only the code says that there is no such refund.
fn is_not_found(refusal: &Refusal) -> bool {
    refusal.status == 404 && refusal.code == "RESOURCE_NOT_EXISTS"
}

#[cfg(test)]
mod tests;
