//! What is asked about a refund in the platform's words, and what an answer means.

use checkout::id::OutRefundNo;
use checkout::refund::{RefundCall, RefundNews, Refunds};
use wechatpay::v3::refund;

use crate::desk::call::{Draft, Judged};
use crate::ports::RefundLetter;

/// How does the refund stand?
pub(in crate::desk) fn query(number: &OutRefundNo, ledger: &Refunds) -> Draft {
    refund::query(number.as_str(), ledger.payee.sub_mchid()).into()
}

/// What is to be sent about it, as it was stored. A choice of another way names the platform's own
/// number of the refund, which is known by then.
pub(in crate::desk) fn send(
    call: RefundCall,
    letter: RefundLetter,
    refund_id: Option<&str>,
) -> Option<Draft> {
    let request = match call {
        RefundCall::Apply => refund::apply(letter.body),
        RefundCall::Redirect => refund::abnormal(refund_id?, letter.body),
        RefundCall::Query => return None,
    };
    Some(Draft::V3 { request, serial: letter.serial })
}

/// What the answer to `call` means.
pub(in crate::desk) fn read(call: RefundCall, number: &str, judged: &Judged<'_>) -> RefundNews {
    let Judged::V3(judged) = judged else { return RefundNews::InDoubt { said: None } };
    match call {
        RefundCall::Apply => refund::read_apply(judged, number),
        RefundCall::Query => refund::read_query(judged, number),
        RefundCall::Redirect => refund::read_abnormal(judged, number),
    }
}
