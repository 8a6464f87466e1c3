//! `POST /sandbox/pay`: the payer's phone scans a code and pays.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Response, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Outcome, Problem, read, respond};
use crate::dice;
use crate::ledger::{PaymentChance, ScanFailed};
use crate::order::NotPaid;
use crate::world::World;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scan {
    code_url: String,
}

pub(super) async fn pay(State(world): State<Arc<World>>, body: Bytes) -> Response<Body> {
    respond(scan_and_pay(&world, &body).await)
}

/// Answers once payment and notification are on disk, not once the merchant knows.
async fn scan_and_pay(world: &World, body: &[u8]) -> Outcome {
    let scan: Scan = read(body)?;
    let chance =
        PaymentChance { transaction_tail: dice::digits(10), notification_id: dice::uuid() };
    let (paid, ticket) = world
        .step(|ledger, now| ledger.pay(&scan.code_url, chance, now).map(receipt).map_err(problem));
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
    };
    Problem::new(status, code, message)
}
