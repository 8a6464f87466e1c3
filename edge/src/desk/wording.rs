//! What is asked about an order in the platform's words, and what an answer means.

use checkout::id::OutTradeNo;
use checkout::order::Call;
use checkout::payee::Payee;
use checkout::report::Report;
use wechatpay::crypto::Rsa;
use wechatpay::v3::native::{self, OrderBody};

use super::call::{Draft, Judged};
use crate::ports::{Means, Stored};

/// What the attempt's order says to the platform. Everything in it is fixed with the intent, so
/// that a repeat is identical, which is what makes a repeat safe (protocol reference B.1).
pub(super) fn body(means: &Means<'_, impl Rsa>, stored: &Stored) -> Vec<u8> {
    let Means::V3(means) = means;
    let order = &stored.order;
    let body = OrderBody {
        payee: &order.terms.payee,
        description: &stored.opening.description,
        out_trade_no: order.number.as_str(),
        time_expire: order.terms.deadline,
        notify_url: &means.notify_url,
        amount: order.terms.amount,
        fields: &stored.opening.fields,
    };
    body.to_bytes()
}

/// The order again, as it was stored.
pub(super) fn place(body: Vec<u8>, payee: &Payee) -> Draft {
    native::place(body, payee).into()
}

/// How does the order stand?
pub(super) fn query(number: &OutTradeNo, payee: &Payee) -> Draft {
    native::query_by_out_trade_no(number.as_str(), payee).into()
}

/// Nobody shall be able to pay it any more.
pub(super) fn close(number: &OutTradeNo, payee: &Payee) -> Draft {
    native::close(number.as_str(), payee).into()
}

/// What the answer to `call` means.
pub(super) fn read(call: Call, number: &OutTradeNo, judged: &Judged<'_>) -> Report {
    let Judged::V3(judged) = judged;
    match call {
        Call::Place => native::read_place(judged),
        Call::Query => native::read_query(judged, number.as_str()),
        Call::Close => native::read_close(judged),
    }
}
