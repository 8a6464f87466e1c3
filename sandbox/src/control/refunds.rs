//! `/sandbox/refunds`: refunds as JSON, newest first, and the end of one that is on its way.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{Response, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{AskedWindow, Outcome, Problem, read, respond, window};
use crate::ledger::refunds::NotDecided;
use crate::refund::{Ending, Refund, Standing};
use crate::shards::Whose;
use crate::time;
use crate::v3::refunds::{channel, status};
use crate::world::World;

pub(super) async fn one(
    State(world): State<Arc<World>>,
    Path(out_refund_no): Path<String>,
) -> Response<Body> {
    let found = world.gather(|ledger, now| {
        let mut refunds = ledger.refunds_newest_first();
        let found = refunds.find(|refund| refund.terms.out_refund_no == out_refund_no);
        found.map(|refund| (refund.seq, refund_row(refund, now))).into_iter().collect()
    });
    respond(found.into_iter().next().ok_or_else(unknown))
}

fn unknown() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "unknown_refund", "no merchant asked for this refund")
}

/// How a refund shall end, in the platform's words.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Verdict {
    status: Status,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Status {
    Success,
    Abnormal,
    Closed,
}

/// Ends a refund now, and tells of it.
pub(super) async fn decide(
    State(world): State<Arc<World>>,
    Path(out_refund_no): Path<String>,
    body: Bytes,
) -> Response<Body> {
    respond(decided(&world, &out_refund_no, &body).await)
}

async fn decided(world: &World, out_refund_no: &str, body: &[u8]) -> Outcome {
    let ending = match read(body).map(|Verdict { status }| status)? {
        Status::Success => Ending::Success,
        Status::Abnormal => Ending::Abnormal,
        Status::Closed => Ending::Closed,
    };
    let found = world.gather(|ledger, _| {
        let mut refunds = ledger.refunds_newest_first();
        let found = refunds.find(|refund| refund.terms.out_refund_no == out_refund_no);
        found.map(|refund| (refund.seq, refund.refund_id.clone())).into_iter().collect()
    });
    let refund_id = found.into_iter().next().ok_or_else(unknown)?;
    let (decided, ticket) = world.step(Whose::RefundId(&refund_id), |ledger, now| {
        let decided = ledger.decide(&refund_id, ending, now);
        decided.map(|refund| refund_row(&refund, now)).map_err(|why| match why {
            NotDecided::Unknown => unknown(),
            NotDecided::Ended => Problem::new(
                StatusCode::CONFLICT,
                "refund_ended",
                "only a refund that is PROCESSING can be ended",
            ),
        })
    });
    ticket.honoured().await?;
    world.bell.notify_one();
    decided
}

pub(super) async fn list(State(world): State<Arc<World>>, asked: AskedWindow) -> Response<Body> {
    respond(window(asked).map(|window| {
        let mut rows: Vec<Value> = world.gather(|ledger, now| {
            ledger
                .refunds_newest_first()
                .filter(|refund| window.shows(&refund.out_trade_no))
                .take(window.limit)
                .map(|refund| (refund.seq, refund_row(refund, now)))
                .collect()
        });
        rows.truncate(window.limit);
        json!({ "data": rows })
    }))
}

/// One refund as the platform's own staff would see it.
#[derive(Serialize)]
struct RefundRow<'a> {
    out_refund_no: &'a str,
    refund_id: &'a str,
    out_trade_no: &'a str,
    transaction_id: &'a str,
    mchid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_mchid: Option<&'a str>,
    status: &'static str,
    channel: &'static str,
    amount: &'a crate::refund::amounts::Amounts,
    #[serde(skip_serializing_if = "Option::is_none")]
    notify_url: Option<&'a str>,
    created_at: String,
    /// While it is processing: when that ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    ends_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<String>,
}

pub(super) fn refund_row(refund: &Refund, now: i64) -> Value {
    let standing = refund.standing(now);
    let moment = Some(time::beijing(refund.ends_at()));
    let (ends_at, ended_at) = match standing {
        Standing::Processing => (moment, None),
        Standing::Ended(..) => (None, moment),
    };
    json!(RefundRow {
        out_refund_no: &refund.terms.out_refund_no,
        refund_id: &refund.refund_id,
        out_trade_no: &refund.out_trade_no,
        transaction_id: &refund.transaction_id,
        mchid: &refund.terms.party.mchid,
        sub_mchid: refund.terms.party.sub_mchid.as_deref(),
        status: status(standing),
        channel: channel(refund),
        amount: &refund.amounts,
        notify_url: refund.terms.notify_url.as_deref(),
        created_at: time::beijing(refund.created_at),
        ends_at,
        ended_at,
    })
}
