//! `POST /sandbox/scan`, `/sandbox/pay` and `/sandbox/refuse`: a payer's phone scans a code and
//! waits, pays, or fails to pay.
//!
//! The code is an order's, or a product's that a merchant printed: then the merchant is asked for an
//! order first ([`mode1`]), and the phone goes on with that one.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Response, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::callbacks::whole;
use super::requests::signature;
use super::{Outcome, Problem, read, respond};
use crate::diagnosis::Diagnosis;
use crate::dice;
use crate::ledger::{Scan, ScanFailed};
use crate::mode1::link::is_link;
use crate::mode1::refused::BUSY;
use crate::mode1::{self, End, Failed, Led, Record};
use crate::order::{Holder, NotPaid, Order, Phone};
use crate::payer::Payer;
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
    #[serde(default)]
    payer: Payer,
}

/// What a phone that does not pay sees.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Glance {
    code_url: String,
    #[serde(default)]
    payer: Payer,
}

pub(super) async fn scan(State(world): State<Arc<World>>, body: Bytes) -> Response<Body> {
    let glance = read(&body);
    respond(match glance {
        Ok(Glance { code_url, payer }) => scanned(&world, &code_url, payer).await,
        Err(problem) => Err(problem),
    })
}

pub(super) async fn refuse(State(world): State<Arc<World>>, body: Bytes) -> Response<Body> {
    let glance = read(&body);
    respond(match glance {
        Ok(Glance { code_url, payer }) => refused(&world, &code_url, payer).await,
        Err(problem) => Err(problem),
    })
}

/// Opens an order on a payer's phone, which then waits.
pub(super) async fn scanned(world: &World, code_url: &str, payer: Payer) -> Outcome {
    let seen = Seen::by(world, code_url, &payer).await?;
    let holder = Holder { payer, phone: Phone::Scanned };
    let opened = open(world, &seen.code_url, holder, |order, payer| {
        json!({
            "out_trade_no": order.terms.out_trade_no,
            "description": order.terms.description,
            "amount": { "total": order.terms.total, "currency": order.terms.currency },
            "payer": payer,
        })
    });
    let opened = opened.await;
    seen.ended(world, opened, "scanned")
}

/// An attempt to pay that fails: the order stays unpaid, and the same payer may try again (B.3).
pub(super) async fn refused(world: &World, code_url: &str, payer: Payer) -> Outcome {
    let seen = Seen::by(world, code_url, &payer).await?;
    let holder = Holder { payer, phone: Phone::Refused };
    let opened = open(world, &seen.code_url, holder, |order, payer| {
        let number = &order.terms.out_trade_no;
        json!({ "out_trade_no": number, "trade_state": "NOTPAY", "payer": payer })
    });
    let opened = opened.await;
    seen.ended(world, opened, "refused")
}

async fn open(
    world: &World,
    code_url: &str,
    holder: Holder,
    row: impl FnOnce(&Order, &str) -> Value,
) -> Outcome {
    let payer = holder.payer.name().to_owned();
    let (opened, ticket) = world.step(Whose::Code(code_url), |ledger, now| {
        ledger.open(code_url, holder, now).map(|order| row(order, &payer)).map_err(problem)
    });
    ticket.honoured().await?;
    opened
}

pub(super) async fn pay(State(world): State<Arc<World>>, body: Bytes) -> Response<Body> {
    respond(scan_and_pay(&world, &body).await)
}

/// Answers once payment and notification are on disk, not once the merchant knows.
async fn scan_and_pay(world: &World, body: &[u8]) -> Outcome {
    let wish: Wish = read(body)?;
    let seen = Seen::by(world, &wish.code_url, &wish.payer).await?;
    let paid = pay_order(world, &seen.code_url, wish).await;
    seen.ended(world, paid, "paid")
}

async fn pay_order(world: &World, code_url: &str, wish: Wish) -> Outcome {
    let kind = wish.coupon_type.unwrap_or(CouponType::Cash);
    let coupon = wish.coupon.map(|amount| Coupon { amount, kind, coupon_id: dice::digits(10) });
    let paying = Paying { transaction_tail: dice::digits(10), coupon, payer: wish.payer };
    let scan = Scan { paying, notification_id: dice::uuid() };
    let (paid, ticket) = world.step(Whose::Code(code_url), |ledger, now| {
        ledger.pay(code_url, scan, now).map(receipt).map_err(problem)
    });
    ticket.honoured().await?;
    world.bell.notify_one();
    paid
}

/// What a phone has before it once it has scanned a text.
struct Seen {
    /// An order's code.
    code_url: String,
    /// What was asked and answered, if a product's code led there.
    record: Option<Record>,
}

impl Seen {
    async fn by(world: &World, text: &str, payer: &Payer) -> Result<Self, Problem> {
        let text = world.shards.long_link(text).unwrap_or_else(|| text.to_owned());
        if !is_link(&text) {
            return Ok(Self { code_url: text, record: None });
        }
        match mode1::ask(world, &text, payer).await {
            Ok(Led { code_url, record }) => Ok(Self { code_url, record: Some(record) }),
            Err(Failed::Store(error)) => Err(error.into()),
            Err(Failed::Link(refused)) => {
                let (status, code) = (refused.code.status(), refused.code.name());
                let found = refused.signature.as_deref().map(signature);
                let problem = Problem::new(status, code, refused.why);
                Err(problem.with("words", json!(refused.words)).with("signature", json!(found)))
            }
            Err(Failed::Callback(record, refused)) => {
                let status = refused.code.status();
                let problem = Problem::new(status, refused.code.name(), refused.why);
                let told = Told { words: refused.words, signature: refused.signature };
                Err(kept(world, *record, problem, told))
            }
        }
    }

    /// What came of it in the end, kept with the callback if there was one.
    fn ended(self, world: &World, outcome: Outcome, phone: &'static str) -> Outcome {
        let Some(mut record) = self.record else { return outcome };
        let mut said = match outcome {
            Ok(said) => said,
            Err(problem) => {
                let told = Told { words: BUSY.to_owned(), signature: None };
                return Err(kept(world, record, problem, told));
            }
        };
        let number = said.get("out_trade_no").and_then(Value::as_str).unwrap_or_default();
        record.end = Some(End::Order { out_trade_no: number.to_owned(), phone });
        let record = world.callbacks.keep(record);
        world.pulse.beat();
        if let Some(said) = said.as_object_mut() {
            said.insert("code_url".to_owned(), json!(self.code_url));
            said.insert("callback".to_owned(), whole(&record));
        }
        Ok(said)
    }
}

/// What there is to say of a scan besides its code and why.
struct Told {
    words: String,
    signature: Option<Box<Diagnosis>>,
}

/// Keeps a scan that came to nothing, and tells of it in the answer.
fn kept(world: &World, mut record: Record, problem: Problem, told: Told) -> Problem {
    let (code, why) = (problem.code, problem.message.clone());
    let Told { words, signature } = told;
    record.end = Some(End::Refused { code, why, words: words.clone(), signature });
    let record = world.callbacks.keep(record);
    world.pulse.beat();
    problem.with("words", json!(words)).with("callback", whole(&record))
}
fn receipt(order: &Order) -> Value {
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
        ScanFailed::NotPaid(NotPaid::OtherPayer) => {
            (StatusCode::CONFLICT, "other_payer", "another payer has opened this order before")
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
