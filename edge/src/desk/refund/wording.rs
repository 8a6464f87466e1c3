//! What is asked about a refund in the platform's words, and what an answer means.
//!
//! Which API a refund goes by is decided with its intent, and its letter says so: whatever the
//! operator has chosen since, who was asked to give the money back is asked what became of it.

use checkout::id::OutRefundNo;
use checkout::money::Currency;
use checkout::refund::{RefundCall, RefundNews, Refunds, Wish};
use wechatpay::crypto::Rsa;
use wechatpay::{v2, v3};

use crate::api::Api;
use crate::desk::call::{Draft, Judged};
use crate::ports::{Means, RefundLetter};

/// What the application says to the platform. Everything in it is fixed with the intent, so that a
/// repeat is identical, which is what makes a repeat safe (protocol reference B.5, D.6).
pub(in crate::desk) fn letter(
    means: &Means<'_, impl Rsa>,
    ledger: &Refunds,
    wish: &Wish,
) -> RefundLetter {
    let body = match means {
        Means::V3(means) => v3::refund::RefundBody {
            sub_mchid: ledger.payee.sub_mchid(),
            transaction_id: &ledger.transaction_id,
            out_refund_no: wish.number.as_str(),
            reason: wish.reason.as_ref(),
            notify_url: &means.refund_notify_url,
            refund: wish.amount,
            total: ledger.total,
            currency: Currency::Cny,
        }
        .to_bytes(),
        Means::V2(means) => v2::refund::RefundBody {
            payee: &ledger.payee,
            transaction_id: &ledger.transaction_id,
            out_refund_no: wish.number.as_str(),
            reason: wish.reason.as_ref(),
            notify_url: &means.refund_notify_url,
            refund: wish.amount,
            total: ledger.total,
        }
        .to_bytes(),
    };
    RefundLetter { body, serial: None }
}

/// How does the refund stand?
pub(in crate::desk) fn query(api: Api, number: &OutRefundNo, ledger: &Refunds) -> Draft {
    match api {
        Api::V3 => v3::refund::query(number.as_str(), ledger.payee.sub_mchid()).into(),
        Api::V2 => by_v2(v2::refund::query(number.as_str(), &ledger.payee), ledger),
    }
}

/// What is to be sent about it, as it was stored. A choice of another way names the platform's own
/// number of the refund, which is known by then; V2 has no other ways.
pub(in crate::desk) fn send(
    call: RefundCall,
    letter: RefundLetter,
    (ledger, refund_id): (&Refunds, Option<&str>),
) -> Option<Draft> {
    let request = match (call, letter.api()) {
        (RefundCall::Apply, Api::V2) => {
            return v2::refund::apply(&letter.body).ok().map(|draft| by_v2(draft, ledger));
        }
        (RefundCall::Apply, Api::V3) => v3::refund::apply(letter.body),
        (RefundCall::Redirect, Api::V3) => v3::refund::abnormal(refund_id?, letter.body),
        (RefundCall::Redirect, Api::V2) | (RefundCall::Query, _) => return None,
    };
    Some(Draft::V3 { request, serial: letter.serial })
}

/// An answer has to be about who gives the money back.
fn by_v2(draft: v2::draft::Draft, ledger: &Refunds) -> Draft {
    Draft::V2 { draft, payee: ledger.payee.clone() }
}

/// What the answer to `call` means.
pub(in crate::desk) fn read(call: RefundCall, number: &str, judged: &Judged<'_>) -> RefundNews {
    match (judged, call) {
        (Judged::V3(judged), RefundCall::Apply) => v3::refund::read_apply(judged, number),
        (Judged::V3(judged), RefundCall::Query) => v3::refund::read_query(judged, number),
        (Judged::V3(judged), RefundCall::Redirect) => v3::refund::read_abnormal(judged, number),
        (Judged::V2(judged), RefundCall::Apply) => v2::refund::read_apply(judged, number),
        (Judged::V2(judged), RefundCall::Query) => v2::refund::read_query(judged, number),
        // Never asked.
        (Judged::V2(_), RefundCall::Redirect) => RefundNews::InDoubt { said: None },
    }
}
