//! What is asked about an order in the platform's words, and what an answer means: in the API that
//! the checkout was opened with.
//!
//! The two differ in words alone. Both place the order that was stored, ask for it by its number and
//! close it, and both answers become the same reports; so there is one order machine, and nobody
//! behind this file knows which API was spoken.

use checkout::id::OutTradeNo;
use checkout::order::Call;
use checkout::payee::Payee;
use checkout::report::Report;
use wechatpay::crypto::Rsa;
use wechatpay::{v2, v3};

use super::call::{Draft, Judged};
use crate::api::Api;
use crate::ports::{Means, Stored};

/// What the attempt's order says to the platform. Everything in it is fixed with the intent, so
/// that a repeat is identical, which is what makes a repeat safe (protocol reference B.1, D.12). A V2
/// order is stored without a nonce and a sign: both are made afresh whenever it is sent.
pub(super) fn body(means: &Means<'_, impl Rsa>, stored: &Stored) -> Vec<u8> {
    let (opening, order) = (&stored.opening, &stored.order);
    let number = order.number.as_str();
    match means {
        Means::V3(means) => v3::native::OrderBody {
            payee: &order.terms.payee,
            description: &opening.description,
            out_trade_no: number,
            time_expire: order.terms.deadline,
            notify_url: &means.notify_url,
            amount: order.terms.amount,
            fields: &opening.fields,
        }
        .to_bytes(),
        Means::V2(means) => {
            let wanted = opening.product_id.as_deref().unwrap_or(opening.reference.as_str());
            v2::order::OrderBody {
                payee: &order.terms.payee,
                description: &opening.description,
                out_trade_no: number,
                time_start: order.begun_at,
                time_expire: order.terms.deadline,
                notify_url: &means.notify_url,
                amount: order.terms.amount,
                fields: &opening.fields,
                product_id: &v2::order::product_id(wanted, number),
                spbill_create_ip: means.spbill_create_ip,
            }
            .to_bytes()
        }
    }
}

/// Whose order it is, and the API that it is asked about in.
pub(super) struct About<'a> {
    api: Api,
    payee: &'a Payee,
}

impl<'a> About<'a> {
    /// Of a checkout.
    pub(super) fn of(stored: &'a Stored) -> Self {
        Self { api: stored.opening.api, payee: &stored.order.terms.payee }
    }

    /// The order again, as it was stored; `None` where what is stored cannot be read.
    pub(super) fn place(&self, body: Vec<u8>) -> Option<Draft> {
        match self.api {
            Api::V3 => Some(v3::native::place(body, self.payee).into()),
            Api::V2 => v2::order::place(&body).ok().map(|draft| self.by_v2(draft)),
        }
    }

    /// How does the order stand?
    pub(super) fn query(&self, number: &OutTradeNo) -> Draft {
        match self.api {
            Api::V3 => v3::native::query_by_out_trade_no(number.as_str(), self.payee).into(),
            Api::V2 => self.by_v2(v2::order::query(number.as_str(), self.payee)),
        }
    }

    /// Nobody shall be able to pay it any more.
    pub(super) fn close(&self, number: &OutTradeNo) -> Draft {
        match self.api {
            Api::V3 => v3::native::close(number.as_str(), self.payee).into(),
            Api::V2 => self.by_v2(v2::order::close(number.as_str(), self.payee)),
        }
    }

    fn by_v2(&self, draft: v2::draft::Draft) -> Draft {
        Draft::V2 { draft, payee: self.payee.clone() }
    }
}

/// What the answer to `call` means.
pub(super) fn read(call: Call, number: &OutTradeNo, judged: &Judged<'_>) -> Report {
    let number = number.as_str();
    match (call, judged) {
        (Call::Place, Judged::V3(judged)) => v3::native::read_place(judged),
        (Call::Query, Judged::V3(judged)) => v3::native::read_query(judged, number),
        (Call::Close, Judged::V3(judged)) => v3::native::read_close(judged),
        (Call::Place, Judged::V2(judged)) => v2::order::read_place(judged),
        (Call::Query, Judged::V2(judged)) => v2::order::read_query(judged, number),
        (Call::Close, Judged::V2(judged)) => v2::order::read_close(judged),
    }
}
