//! `GET` and `PUT /sandbox/bills`, `GET /sandbox/bills/{mchid}/{date}/{type}.csv`: for how long a
//! bill's address lives, which days have something in them, and the files for a person to look at.
//!
//! A person need not wait until the day is over: the file says what it would say if it ended now.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderValue, Response, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Outcome, Problem, read, respond};
use crate::bill::day::Day;
use crate::bill::fund_flow::{self, Account};
use crate::bill::gather::{Facts, Scope};
use crate::bill::trade;
use crate::merchant::Credentials;
use crate::order::Party;
use crate::world::World;

/// Beijing is eight hours ahead of UTC.
const BEIJING_OFFSET_S: i64 = 8 * 3_600;
const DAY_S: i64 = 24 * 3_600;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Setting {
    url_life_s: u32,
}

pub(super) async fn show(State(world): State<Arc<World>>) -> Response<Body> {
    let url_life_s = world.shards.bill_url_life_s();
    respond(Ok(json!({ "url_life_s": url_life_s, "days": days(&world, usize::MAX) })))
}

pub(super) async fn set(State(world): State<Arc<World>>, body: Bytes) -> Response<Body> {
    respond(change(&world, &body).await)
}

async fn change(world: &World, body: &[u8]) -> Outcome {
    let setting: Setting = read(body)?;
    world.shards.set_bill_url_life(setting.url_life_s).honoured().await?;
    Ok(json!({ "url_life_s": setting.url_life_s }))
}

/// A day on which money moved.
#[derive(Serialize)]
pub(super) struct DayRow {
    date: String,
    mchid: String,
    payments: usize,
    refunds: usize,
}

/// Every day with something in its bill, the newest first; a partner's with its sub-merchants'. Of
/// each shard, only so many of the newest orders and refunds are counted.
pub(super) fn days(world: &World, newest: usize) -> Vec<DayRow> {
    let mut all: BTreeMap<(i64, String), (usize, usize)> = BTreeMap::new();
    let counted = world.shards.look_into_each(|ledger, _| {
        // Counted by number: this is under the lock, and there may be many.
        let mut counts: HashMap<(i64, &str), (usize, usize)> = HashMap::new();
        for order in ledger.orders_newest_first().take(newest) {
            if let Some(payment) = order.payment() {
                let key = (beijing_day(payment.success_time), order.terms.party.mchid.as_str());
                counts.entry(key).or_default().0 += 1;
            }
        }
        for refund in ledger.refunds_newest_first().take(newest) {
            let key = (beijing_day(refund.created_at), refund.terms.party.mchid.as_str());
            counts.entry(key).or_default().1 += 1;
        }
        let owned =
            counts.into_iter().map(|((day, mchid), count)| ((day, mchid.to_owned()), count));
        owned.collect::<Vec<_>>()
    });
    for (key, (payments, refunds)) in counted.into_iter().flatten() {
        let count = all.entry(key).or_default();
        count.0 += payments;
        count.1 += refunds;
    }
    let rows = all.into_iter().rev().filter_map(|((day, mchid), (payments, refunds))| {
        let date = Day::of(day.checked_mul(DAY_S)?)?.to_string();
        Some(DayRow { date, mchid, payments, refunds })
    });
    rows.collect()
}

/// Days in Beijing since 1970, for counting.
const fn beijing_day(at: i64) -> i64 {
    at.saturating_add(BEIJING_OFFSET_S).div_euclid(DAY_S)
}

pub(super) async fn file(
    State(world): State<Arc<World>>,
    Path((mchid, date, name)): Path<(String, String, String)>,
) -> Response<Body> {
    match written(&world, &mchid, &date, &name) {
        Ok(content) => attachment(content, &format!("{mchid}-{date}-{name}")),
        Err(problem) => respond(Err(problem)),
    }
}

fn written(world: &World, mchid: &str, date: &str, name: &str) -> Result<Vec<u8>, Problem> {
    let keyring = world.keyring();
    let scope = scope(&keyring.credentials, mchid).ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND, "unknown_merchant", "no merchant has this number")
    })?;
    let day = Day::parse(date)
        .ok_or_else(|| Problem::bad_request("the date is not one such as 2025-01-01"))?;
    let kind = name.strip_suffix(".csv").and_then(|kind| match kind {
        "fundflow" => Some(None),
        "all" | "success" | "refund" => trade::Kind::parse(&kind.to_ascii_uppercase()).map(Some),
        _ => None,
    });
    let kind = kind.ok_or_else(|| {
        let words = "the files are all.csv, success.csv, refund.csv and fundflow.csv";
        Problem::new(StatusCode::NOT_FOUND, "unknown_bill", words)
    })?;
    let facts = Facts::of(&world.shards, &scope, day);
    let entries = facts.entries(day);
    let content = match kind {
        Some(kind) => {
            let of_day = entries.iter().filter(|entry| day.has(entry.at()) && kind.takes(entry));
            let rows: Vec<_> = of_day.copied().collect();
            (!rows.is_empty()).then(|| trade::write(kind, &rows))
        }
        None => fund_flow::write(Account::Basic, &entries, day),
    };
    content.ok_or_else(|| {
        let words = "nothing of this kind happened to this merchant on that day";
        Problem::new(StatusCode::NOT_FOUND, "no_bill", words)
    })
}

/// A direct merchant's own, all sub-merchants' of a partner, or one sub-merchant's.
fn scope(credentials: &Credentials, mchid: &str) -> Option<Scope> {
    let party = |sub_mchid| Party { mchid: mchid.to_owned(), sub_mchid };
    credentials.accounts().into_iter().find_map(|account| {
        if account.mchid == mchid {
            return Some(match account.sub_merchants.is_empty() {
                true => Scope::Of(party(None)),
                false => Scope::AllSubs(account.mchid),
            });
        }
        let sub = account.sub_merchants.into_iter().find(|sub| sub.sub_mchid == mchid)?;
        Some(Scope::Of(Party { mchid: account.mchid, sub_mchid: Some(sub.sub_mchid) }))
    })
}

fn attachment(content: Vec<u8>, name: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(content));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // All three parts were checked: digits, a date, a name of ours.
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}
