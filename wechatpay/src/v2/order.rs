//! Native orders over V2: what is asked, and what an answer means (protocol reference D.3 to D.5).
//!
//! Place, query and close, for a direct merchant or for a service provider's sub-merchant. An
//! order's fields are written once and stored by whoever places it, without nonce and sign; each
//! sending signs the same fields afresh, because the platform takes a repeat for the same order only
//! if every parameter is the same. Answers become the reports of APIv3, and say no more here than
//! there.

mod body;
mod extras;

use checkout::payee::Payee;
use checkout::report::{CodeUrl, PrepayId, Refusal, Report};

pub use self::body::{OrderBody, product_id};
use super::answer::Judged;
use super::draft::{Draft, parties};
use super::transaction;
use super::xml::{BadXml, read};

/// Places an order, or repeats it: `stored` is what [`OrderBody::to_bytes`] gave the first time.
pub fn place(stored: &[u8]) -> Result<Draft, BadXml> {
    Ok(Draft::new("/pay/unifiedorder", read(stored)?))
}

/// Asks for an order by the merchant's number.
pub fn query(out_trade_no: &str, payee: &Payee) -> Draft {
    about("/pay/orderquery", out_trade_no, payee)
}

/// Closes an order, so that nobody can pay it any more.
pub fn close(out_trade_no: &str, payee: &Payee) -> Draft {
    about("/pay/closeorder", out_trade_no, payee)
}

fn about(target: &'static str, out_trade_no: &str, payee: &Payee) -> Draft {
    let mut fields = parties(payee);
    fields.push("out_trade_no", out_trade_no);
    Draft::new(target, fields)
}

/// What the answer to [`place`] means.
pub fn read_place(judged: &Judged) -> Report {
    match judged {
        Judged::Done(answer) => {
            let code_url = answer.fields().get("code_url").map(CodeUrl::parse);
            let prepay_id = answer.fields().get("prepay_id").map(PrepayId::parse);
            match code_url {
                Some(Ok(code_url)) => {
                    Report::Placed { code_url, prepay_id: prepay_id.and_then(Result::ok) }
                }
                Some(Err(_)) | None => Report::InDoubt,
            }
        }
        Judged::Refused { refusal, .. } if may_hide_an_order(refusal) => {
            Report::Disputed(refusal.clone())
        }
        Judged::Refused { refusal, .. } => Report::Refused(refusal.clone()),
        Judged::InDoubt(_) => Report::InDoubt,
    }
}

/// What the answer to [`query`] means for the order of that number. An answer about another order
/// says nothing about this one.
pub fn read_query(judged: &Judged, out_trade_no: &str) -> Report {
    match judged {
        Judged::Done(answer) => {
            transaction::report(answer.fields(), out_trade_no).unwrap_or(Report::InDoubt)
        }
        Judged::Refused { refusal, proof } if is_not_found(refusal) => {
            Report::NotFound { proof: *proof }
        }
        // Refused for another reason: the order's state is as unknown as before.
        Judged::Refused { .. } | Judged::InDoubt(_) => Report::InDoubt,
    }
}

/// What the answer to [`close`] means. That it was taken does not prove that the order ever existed.
pub fn read_close(judged: &Judged) -> Report {
    match judged {
        Judged::Done(_) => Report::CloseTaken,
        Judged::Refused { refusal, proof } if is_not_found(refusal) => {
            Report::NotFound { proof: *proof }
        }
        Judged::Refused { refusal, .. } => Report::CloseRefused(refusal.clone()),
        Judged::InDoubt(_) => Report::InDoubt,
    }
}

/// Refusals that an order of ours with this number can be behind: paid, closed, or placed with other
/// parameters. `INVALID_REQUEST` is how a number that was used is told, beside plain mistakes, and
/// only its wording would tell which (protocol reference D.12). Newer pages spell with `_`.
fn may_hide_an_order(refusal: &Refusal) -> bool {
    matches!(
        refusal.code.as_str(),
        "ORDERPAID"
            | "ORDER_PAID"
            | "ORDERCLOSED"
            | "ORDER_CLOSED"
            | "OUT_TRADE_NO_USED"
            | "INVALID_REQUEST"
    )
}

fn is_not_found(refusal: &Refusal) -> bool {
    matches!(refusal.code.as_str(), "ORDERNOTEXIST" | "ORDER_NOT_EXIST")
}

#[cfg(test)]
mod tests;
