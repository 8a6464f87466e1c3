//! Refunds over V2: what is asked, and what an answer means (protocol reference D.6, D.12, G.12).
//!
//! The caution is that of APIv3's refunds. What is stored with the intent is the application without
//! its nonce and signature; it is signed afresh each time it goes out, and a repeat is the same
//! refund, because all that the platform compares is in the stored part. Money leaves here, so a no
//! is believed only under the platform's signature, and never where it may hide a yes.

mod answer;
mod body;

use checkout::payee::Payee;
use checkout::refund::RefundNews;
use checkout::report::{Proof, Refusal};

pub use self::body::RefundBody;
use super::answer::{Doubt, Judged, SIGN_ERROR};
use super::draft::{Draft, parties};
use super::xml::{self, BadXml};

/// Where a refund is applied for. Only who shows the merchant's client certificate gets in.
const APPLY: &str = "/secapi/pay/refund";
/// Where it is asked about. The key alone will do.
const QUERY: &str = "/pay/refundquery";

/// Applies for a refund, or repeats it: `stored` is what [`RefundBody::to_bytes`] gave the first
/// time. The call needs the merchant's client certificate.
pub fn apply(stored: &[u8]) -> Result<Draft, BadXml> {
    Ok(Draft { certified: true, ..Draft::new(APPLY, xml::read(stored)?) })
}

/// Asks how a refund stands, by the merchant's number.
pub fn query(out_refund_no: &str, payee: &Payee) -> Draft {
    let mut fields = parties(payee);
    fields.push("out_refund_no", out_refund_no);
    Draft::new(QUERY, fields)
}

/// What the answer to [`apply`] means for the refund of that number.
pub fn read_apply(judged: &Judged, out_refund_no: &str) -> RefundNews {
    match judged {
        Judged::Done(answer) => decided(answer::accepted(answer.fields(), out_refund_no)),
        Judged::Refused { refusal, .. } if is_short(refusal) => RefundNews::Short(refusal.clone()),
        Judged::Refused { refusal, .. } if was_not_looked_at(refusal) => doubt(Some(refusal)),
        Judged::Refused { refusal, proof: Proof::Verified } if is_definite(refusal) => {
            RefundNews::Refused(refusal.clone())
        }
        Judged::Refused { refusal, .. } => RefundNews::Disputed(refusal.clone()),
        Judged::InDoubt(reason) => undecided(reason),
    }
}

/// What the answer to [`query`] means.
pub fn read_query(judged: &Judged, out_refund_no: &str) -> RefundNews {
    match judged {
        Judged::Done(answer) => decided(answer::found(answer.fields(), out_refund_no)),
        Judged::Refused { refusal, proof } if is_not_found(refusal) => {
            RefundNews::NotFound { proof: *proof }
        }
        // Refused for another reason: the refund is as unknown as before.
        Judged::Refused { refusal, .. } => doubt(Some(refusal)),
        Judged::InDoubt(reason) => undecided(reason),
    }
}

/// A success that cannot be read, or is about something else, says nothing about this refund.
fn decided(fact: Option<checkout::refund::RefundFact>) -> RefundNews {
    fact.map_or_else(|| doubt(None), RefundNews::Answered)
}

fn undecided(reason: &Doubt) -> RefundNews {
    match reason {
        Doubt::Undecided(said) => doubt(Some(said)),
        _ => doubt(None),
    }
}

fn doubt(said: Option<&Refusal>) -> RefundNews {
    RefundNews::InDoubt { said: said.cloned() }
}

/// The merchant's account has too little. Newer pages spell codes with `_`.
fn is_short(refusal: &Refusal) -> bool {
    matches!(refusal.code.as_str(), "NOTENOUGH" | "NOT_ENOUGH")
}

fn is_not_found(refusal: &Refusal) -> bool {
    matches!(refusal.code.as_str(), "REFUNDNOTEXIST" | "REFUND_NOT_EXIST")
}

/// Our own signature, or our client certificate: the call came no further, and the same one will do
/// once that is mended. That a certificate was the trouble is told by words alone; should they
/// change, the refund is asked about before the no is believed.
fn was_not_looked_at(refusal: &Refusal) -> bool {
    refusal.code == SIGN_ERROR || refusal.message.contains("证书")
}

/// Refusals after which no refund can exist because of this call, nor be behind an earlier one.
/// `ERROR` is none of them: it covers a number used with other data, beside plain mistakes, and only
/// its wording, which may change, would tell which.
fn is_definite(refusal: &Refusal) -> bool {
    matches!(
        refusal.code.as_str(),
        "PARAM_ERROR"
            | "USER_ACCOUNT_ABNORMAL"
            | "NOAUTH"
            | "NO_AUTH"
            | "MCHID_NOT_EXIST"
            | "APPID_NOT_EXIST"
            | "ORDERNOTEXIST"
            | "ORDER_NOT_EXIST"
            | "INVALID_TRANSACTIONID"
            | "TRADE_OVERDUE"
            | "REQUIRE_POST_METHOD"
            | "XML_FORMAT_ERROR"
    )
}

#[cfg(test)]
mod tests;
