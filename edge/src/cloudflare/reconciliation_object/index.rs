//! What the index proposes. It decides nothing: every candidate is asked itself.

use checkout::id::{CheckoutId, ProfileName};
use checkout::time::UnixSeconds;
use worker::Env;

use super::super::index;
use crate::index::{Cursor, DayCursor, NoIndex, OfDay};
use crate::problem::{Code, Problem};
use crate::reconciliation::job::{Candidates, Job};

/// A payment or a refund that the index has, and whose it is.
pub(super) struct Candidate {
    pub(super) checkout: CheckoutId,
    /// WeChat Pay's number of the payment, or the refund's own.
    pub(super) number: String,
}

/// Some of the index, and where it goes on.
pub(super) struct Page<T> {
    pub(super) data: Vec<T>,
    pub(super) cursor: Option<String>,
}

/// Rows of a page: as many checkouts as one slice tells.
const LIMIT: u32 = 36;

/// What the index has of a day and an account.
pub(super) async fn of_day(
    env: &Env,
    profile: &ProfileName,
    job: &Job,
    (of, cursor): (Candidates, Option<&str>),
) -> Result<Page<Candidate>, Problem> {
    let after: Option<DayCursor> =
        cursor.map(serde_json::from_str).transpose().map_err(|_| lost())?;
    let (day, sub_mchid) = (job.day.to_string(), job.account.as_deref());
    let wanted = OfDay { day: &day, sub_mchid, limit: LIMIT, after: after.as_ref() };
    let rows = match of {
        Candidates::Payments => {
            let rows = index::payments_of_day(env, profile, wanted).await;
            rows.map(|rows| rows.iter().map(|row| row.cursor()).collect::<Vec<_>>())
        }
        Candidates::Refunds => {
            let rows = index::refunds_of_day(env, profile, wanted).await;
            rows.map(|rows| rows.iter().map(|row| row.cursor()).collect())
        }
    };
    let rows = present(rows)?;
    let cursor = last(&rows).map(serde_json::to_string).transpose().map_err(|_| lost())?;
    let candidate = |DayCursor { number, checkout }| Candidate { checkout, number };
    Ok(Page { data: rows.into_iter().map(candidate).collect(), cursor })
}

/// Checkouts that should have ended, or that nothing has been heard of for long.
pub(super) async fn stale(
    env: &Env,
    profile: &ProfileName,
    now: UnixSeconds,
    cursor: Option<&str>,
) -> Result<Page<CheckoutId>, Problem> {
    let after = cursor.and_then(Cursor::parse);
    Ok(page(present(index::stale(env, profile, now, (LIMIT, after.as_ref())).await)?))
}

/// Every checkout that the index knows.
pub(super) async fn ids(
    env: &Env,
    profile: &ProfileName,
    cursor: Option<&str>,
) -> Result<Page<CheckoutId>, Problem> {
    let after = cursor.and_then(Cursor::parse);
    Ok(page(index::ids(env, profile, after.as_ref(), LIMIT).await?))
}

fn page(rows: Vec<Cursor>) -> Page<CheckoutId> {
    let cursor = last(&rows).map(Cursor::text);
    Page { data: rows.into_iter().map(|row| row.id).collect(), cursor }
}

/// The last row of a page that may have a next one.
fn last<T>(rows: &[T]) -> Option<&T> {
    let is_full = u32::try_from(rows.len()) == Ok(LIMIT);
    rows.last().filter(|_| is_full)
}

/// A deployment without an index has no candidates, and the operator has been told so.
fn present<T>(rows: Result<Vec<T>, NoIndex>) -> Result<Vec<T>, Problem> {
    match rows {
        Err(NoIndex::Missing) => Ok(Vec::new()),
        rows => Ok(rows?),
    }
}

fn lost() -> Problem {
    Problem::new(Code::Internal, "the place in the index cannot be read")
}
