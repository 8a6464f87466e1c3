//! `POST /sandbox/pay`: the payer's phone scans a code and pays.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Response, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Outcome, Problem, read, respond};
use crate::dice;
use crate::ledger::{Scan, ScanFailed};
use crate::order::NotPaid;
use crate::payment::{Coupon, CouponType, Paying};
use crate::shards::Whose;
use crate::world::World;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    code_url: String,
    /// In fen.
    coupon: Option<u64>,
    coupon_type: Option<CouponType>,
}

pub(super) async fn pay(State(world): State<Arc<World>>, body: Bytes) -> Response<Body> {
    respond(scan_and_pay(&world, &body).await)
}

/// Answers once payment and notification are on disk, not once the merchant knows.
async fn scan_and_pay(world: &World, body: &[u8]) -> Outcome {
    let wish: Wish = read(body)?;
    let kind = wish.coupon_type.unwrap_or(CouponType::Cash);
    let coupon = wish.coupon.map(|amount| Coupon { amount, kind, coupon_id: dice::digits(10) });
    let paying = Paying { transaction_tail: dice::digits(10), coupon };
    let scan = Scan { paying, notification_id: dice::uuid() };
    let (paid, ticket) = world.step(Whose::Code(&wish.code_url), |ledger, now| {
        ledger.pay(&wish.code_url, scan, now).map(receipt).map_err(problem)
    });
    ticket.honoured().await?;
    world.bell.notify_one();
    paid
}

fn receipt(order: &crate::order::Order) -> Value {
    json!({
        "out_trade_no": order.terms.out_trade_no,
        "transaction_id": order.payment().map(|payment| &payment.transaction_id),
    })
}

fn problem(failed: ScanFailed) -> Problem {
    let (status, code, message) = match failed {
        ScanFailed::UnknownCode => {
            (StatusCode::NOT_FOUND, "unknown_code", "no order has this code")
        }
        ScanFailed::NotPaid(NotPaid::CodeVoid) => {
            (StatusCode::CONFLICT, "code_void", "a later order call made a fresh code")
        }
        ScanFailed::NotPaid(NotPaid::CodeExpired) => {
            (StatusCode::CONFLICT, "code_expired", "the code is older than two hours")
        }
        ScanFailed::NotPaid(NotPaid::OrderExpired) => {
            (StatusCode::CONFLICT, "order_expired", "time_expire has come")
        }
        ScanFailed::NotPaid(NotPaid::Closed) => {
            (StatusCode::CONFLICT, "order_closed", "the order is closed")
        }
        ScanFailed::NotPaid(NotPaid::Paid) => {
            (StatusCode::CONFLICT, "order_paid", "the order is paid already")
        }
        ScanFailed::NotPaid(NotPaid::CouponMisfit) => {
            (StatusCode::CONFLICT, "coupon_misfit", "a coupon is worth 1 fen to all but 1 fen")
        }
        ScanFailed::NotPaid(NotPaid::NoDiscounts) => {
            (StatusCode::CONFLICT, "no_discounts", "detail.cost_price differs from the total")
        }
    };
    Problem::new(status, code, message)
}
