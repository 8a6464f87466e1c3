//! What there is: orders as JSON, newest first.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{Response, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};

use super::{AskedWindow, Problem, respond, window};
use crate::order::{Life, Order, Phone};
use crate::time;
use crate::v2::sign::SignType;
use crate::v3::transaction;
use crate::world::World;

pub(super) async fn one(
    State(world): State<Arc<World>>,
    Path(out_trade_no): Path<String>,
) -> Response<Body> {
    let found = world.gather(|ledger, now| {
        let order = ledger.find_order(&out_trade_no);
        order.map(|order| (order.seq, order_row(order, now))).into_iter().collect()
    });
    respond(found.into_iter().next().ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND, "unknown_order", "no merchant placed this number")
    }))
}

pub(super) async fn list(State(world): State<Arc<World>>, asked: AskedWindow) -> Response<Body> {
    respond(window(asked).map(|window| {
        let mut rows: Vec<Value> = world.gather(|ledger, now| {
            ledger
                .orders_newest_first()
                .filter(|order| window.shows(&order.terms.out_trade_no))
                .take(window.limit)
                .map(|order| (order.seq, order_row(order, now)))
                .collect()
        });
        rows.truncate(window.limit);
        json!({ "data": rows })
    }))
}

/// One order as the platform's own staff would see it.
#[derive(Serialize)]
struct OrderRow<'a> {
    out_trade_no: &'a str,
    mchid: &'a str,
    appid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_mchid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_appid: Option<&'a str>,
    trade_state: &'static str,
    description: &'a str,
    amount: Amount<'a>,
    /// What a coupon paid, in fen.
    #[serde(skip_serializing_if = "Option::is_none")]
    coupon: Option<u64>,
    notify_url: &'a str,
    created_at: String,
    time_expire: String,
    code_url: String,
    code_expires_at: String,
    /// Whether a phone that scans `code_url` now can pay.
    payable: bool,
    void_codes: usize,
    /// `v2` for what was placed over V2, with what only such an order has.
    #[serde(skip_serializing_if = "Option::is_none")]
    api: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sign_type: Option<SignType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    product_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prepay_id: Option<String>,
    /// Who opened the order on a phone, and what the phone did last: `scanned`, `refused`, `paid`.
    payer: Option<&'a str>,
    phone: Option<Phone>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attach: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    success_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_at: Option<String>,
    /// The body of the order call, as it was sent.
    request: &'a Value,
}

#[derive(Serialize)]
struct Amount<'a> {
    total: u64,
    currency: &'a str,
}

pub(super) fn order_row(order: &Order, now: i64) -> Value {
    let (terms, v2) = (&order.terms, order.terms.v2.as_ref());
    let life = order.life(now);
    let payment = order.payment();
    let closed_at = if let Life::Closed { at } = life { Some(time::beijing(at)) } else { None };
    json!(OrderRow {
        out_trade_no: &terms.out_trade_no,
        mchid: &terms.party.mchid,
        appid: &terms.appid,
        sub_mchid: terms.party.sub_mchid.as_deref(),
        sub_appid: terms.sub_appid.as_deref(),
        coupon: payment.and_then(|it| it.coupon.as_ref()).map(|coupon| coupon.amount),
        trade_state: transaction::state(&life).0,
        description: &terms.description,
        amount: Amount { total: terms.total, currency: &terms.currency },
        notify_url: &terms.notify_url,
        created_at: time::beijing(order.created_at),
        time_expire: time::beijing(order.pay_until()),
        code_url: order.code.url(),
        code_expires_at: time::beijing(order.code.expires_at()),
        payable: life == Life::Unpaid && now < order.code.expires_at() && now < order.pay_until(),
        void_codes: order.void_codes.len(),
        api: v2.map(|_| "v2"),
        sign_type: v2.map(|v2| v2.sign_type),
        product_id: v2.map(|v2| v2.product_id.as_str()),
        prepay_id: v2.map(|_| order.code.prepay_id()),
        payer: order.holder.as_ref().map(|holder| holder.payer.name()),
        phone: order.holder.as_ref().map(|holder| holder.phone),
        attach: terms.attach.as_deref(),
        transaction_id: payment.map(|payment| payment.transaction_id.as_str()),
        success_time: payment.map(|payment| time::beijing(payment.success_time)),
        closed_at,
        request: &terms.body,
    })
}
