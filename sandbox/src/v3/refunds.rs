//! The calls about refunds, which direct merchants and partners share: apply, query, and the other
//! way for an abnormal one (protocol reference B.5 to B.7, E.5).
//!
//! Here is what each call does; what may be in it is in `apply` and `abnormal`, what comes back in
//! `object`.

mod abnormal;
mod apply;
mod object;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Response;
use axum::routing::{get, post};

pub use self::object::{channel, event, received_account, status, summary};
use super::caller::Caller;
use super::refusal::{Code, Place, Refusal, result};
use super::reply::Answer;
use super::{Ask, Held, exchange, json, path};
use crate::dice;
use crate::fault::Route;
use crate::ledger::Ledger;
use crate::ledger::refunds::{Chance, Reroute};
use crate::order::Party;
use crate::refund::{NotRefunded, NotRerouted, Refund, Terms};
use crate::shards::Whose;
use crate::world::World;

/// What a call about refunds asks for.
pub(super) enum RefundAsk {
    Apply(Box<Terms>),
    Query(Party, String),
    Reroute(Box<Reroute>),
}

/// The paths of refunds. Partners call the same ones (B.0).
pub(super) fn routes() -> Router<Arc<World>> {
    const REFUNDS: &str = "/v3/refund/domestic/refunds";
    Router::new()
        .route(REFUNDS, post(apply))
        .route(&format!("{REFUNDS}/{{out_refund_no}}"), get(query))
        .route(&format!("{REFUNDS}/{{refund_id}}/apply-abnormal-refund"), post(reroute))
}

async fn apply(State(world): Held, request: Request) -> Response<Body> {
    let answer = exchange(&world, Route::Refund, request, |arrival, merchant| {
        let terms = apply::read(&json::object(&arrival.body)?, Caller::by_kind(merchant))?;
        let keyring = world.keyring();
        let console_url = keyring.credentials.refund_notify_url(&merchant.mchid);
        let terms = Terms { console_url: console_url.map(str::to_owned), ..terms };
        Ok(Ask::Refund(RefundAsk::Apply(Box::new(terms))))
    })
    .await;
    // The postman does not know yet that there will be something to tell.
    world.bell.notify_one();
    answer
}

async fn query(State(world): Held, asked: path::Asked, request: Request) -> Response<Body> {
    exchange(&world, Route::RefundQuery, request, |arrival, merchant| {
        let out_refund_no = path::out_refund_no(asked)?;
        let caller = Caller::by_kind(merchant);
        let party = caller.sub_in_query(arrival.query())?;
        caller.vouch_for_refunds(&party)?;
        Ok(Ask::Refund(RefundAsk::Query(party, out_refund_no)))
    })
    .await
}

async fn reroute(State(world): Held, asked: path::Asked, request: Request) -> Response<Body> {
    let answer = exchange(&world, Route::AbnormalRefund, request, |arrival, merchant| {
        let refund_id = path::opaque("refund_id", asked)?;
        let wish = abnormal::read(&json::object(&arrival.body)?, Caller::by_kind(merchant))?;
        let serial = arrival.header("wechatpay-serial");
        let detour = wish.destination.decrypted(serial, |serial, field| {
            world.keyring().named(serial).map(|key| key.decrypt(field))
        })?;
        let (party, out_refund_no) = (wish.party, wish.out_refund_no);
        let reroute = Reroute { party, refund_id, out_refund_no, detour };
        Ok(Ask::Refund(RefundAsk::Reroute(Box::new(reroute))))
    })
    .await;
    world.bell.notify_one();
    answer
}

impl RefundAsk {
    /// The order that this is about, for the faults that wait for it.
    pub(super) fn out_trade_no(&self, ledger: &Ledger) -> Option<String> {
        let of_refund = |refund: Option<&Refund>| refund.map(|refund| refund.out_trade_no.clone());
        match self {
            Self::Apply(terms) => {
                ledger.order_to_refund(terms).map(|order| order.terms.out_trade_no.clone())
            }
            Self::Query(party, number) => of_refund(ledger.refund_by_number(party, number)),
            Self::Reroute(asked) => of_refund(ledger.refund_by_id(&asked.party, &asked.refund_id)),
        }
    }

    /// What leads to the order that this is about.
    pub(super) fn whose(&self) -> Whose<'_> {
        match self {
            Self::Apply(terms) => Whose::NewRefund {
                mchid: &terms.party.mchid,
                out_refund_no: &terms.out_refund_no,
                out_trade_no: terms.out_trade_no.as_deref(),
                transaction_id: terms.transaction_id.as_deref(),
            },
            Self::Query(party, out_refund_no) => {
                Whose::Refund { mchid: &party.mchid, out_refund_no }
            }
            Self::Reroute(asked) => Whose::RefundId(&asked.refund_id),
        }
    }

    /// Does what is asked.
    pub(super) fn perform(&self, ledger: &mut Ledger, now: i64) -> Result<Answer, Refusal> {
        let refund = match self {
            Self::Apply(terms) => {
                let chance =
                    Chance { refund_tail: dice::digits(10), notification_id: dice::uuid() };
                let total = terms.total;
                let made = ledger.refund(Terms::clone(terms), chance, now);
                made.map_err(|why| not_refunded(why, total))?
            }
            Self::Query(party, number) => {
                ledger.refund_by_number(party, number).cloned().ok_or_else(unknown_refund)?
            }
            Self::Reroute(asked) => {
                ledger.reroute(Reroute::clone(asked), dice::uuid(), now).map_err(not_rerouted)?
            }
        };
        Ok(Answer::json(&object::json(&refund, now)))
    }
}

fn unknown_refund() -> Refusal {
    Refusal::new(Code::ResourceNotExists, result::ORDER_UNKNOWN, "退款单不存在")
}

/// Why there is no refund (E.5); `total` is what the merchant said.
fn not_refunded(why: NotRefunded, total: u64) -> Refusal {
    let invalid = |message| Refusal::new(Code::InvalidRequest, result::PARAMETER, message);
    match why {
        NotRefunded::Different => {
            let message = "订单金额或退款金额与之前请求不一致，请核实后再试";
            Refusal::new(Code::InvalidRequest, result::ORDER_DIFFERS, message)
        }
        NotRefunded::NotPaid => {
            Refusal::new(Code::ResourceNotExists, result::ORDER_UNKNOWN, "订单不存在或未支付")
        }
        NotRefunded::TotalDiffers => {
            let value = serde_json::Value::from(total);
            let issue = "订单金额与原订单不一致";
            Refusal::parameter(Place::Body, "/amount/total", Some(&value), issue)
        }
        NotRefunded::TooOld => invalid("订单已超过可退款的最大期限"),
        NotRefunded::TooMuch | NotRefunded::Spent => invalid("累计退款金额大于支付金额"),
        NotRefunded::TooMany => invalid("部分退款次数超过限制"),
        NotRefunded::TooSoon => rate_limited(),
    }
}

fn not_rerouted(why: NotRerouted) -> Refusal {
    match why {
        NotRerouted::Unknown => unknown_refund(),
        NotRerouted::NumberDiffers => {
            Refusal::parameter(Place::Body, "/out_refund_no", None, "与退款单号不匹配")
        }
        NotRerouted::NotAbnormal => {
            Refusal::new(Code::InvalidRequest, result::PARAMETER, "退款单不是异常状态")
        }
    }
}

/// 429; of a refund it does not say that it was not accepted (A.9).
pub(super) fn rate_limited() -> Refusal {
    Refusal::new(Code::FrequencyLimited, result::RATE, "频率限制")
}
