//! The questions to the index. Each is about one profile, begins behind the last row of the page
//! before it, and is answered by one index of SQLite without sorting.

use checkout::id::{CheckoutId, ProfileName};
use checkout::time::{Seconds, UnixSeconds};
use checkout::view::Status;
use serde::{Deserialize, Serialize};

use super::cursor::Cursor;
use super::listing::{Filter, Listing, Only};
use super::row::{IndexPayment, IndexRefund, IndexRow};
use super::statement::Statement;
use crate::naming::{COUNTER_PREFIX, checkout_id};

/// How long after its deadline an open checkout should have been closed.
const CLOSING_TIME: Seconds = Seconds::minutes(10);

/// How long an open checkout may be without a change that the index hears of. Most live a day, and
/// those that live longer are looked at from then on.
const UNTOUCHED_TIME: Seconds = Seconds::days(2);

/// From when on an open checkout is looked at by the sweep.
pub(super) fn sweep_at(row: &IndexRow) -> UnixSeconds {
    (row.expires_at + CLOSING_TIME).min(row.touched_at + UNTOUCHED_TIME)
}

/// A page of a list. It asks for one row more than the page has, to know whether there is a next one.
///
/// The reference and the order number lead to a checkout's id, so neither needs an index of its own.
pub fn list(profile: &ProfileName, listing: &Listing) -> Statement {
    let Listing { filter, limit, after } = listing;
    filtered(profile, filter)
        .and_where(after.as_ref(), "AND (created_at, id) < (?, ?)", |Cursor { at, id }| {
            [at.0.into(), id.as_str().into()]
        })
        .and("ORDER BY created_at DESC, id DESC LIMIT ?", [(limit + 1).into()])
}

fn filtered(profile: &ProfileName, filter: &Filter) -> Statement {
    let reference = filter.reference.as_ref().map(|reference| checkout_id(profile, reference));
    let paid = "AND id = ? AND (row ->> 'out_trade_no' = ? OR EXISTS (SELECT 1 \
                FROM json_each(row, '$.paid') AS paid WHERE paid.value ->> 'out_trade_no' = ?))";
    let select = "SELECT id, created_at AS at, row FROM checkouts";
    let begin = match filter.transaction_id {
        Some(_) => Statement::of_profile_by_id(select, profile),
        None => Statement::of_profile(select, profile),
    };
    let statement = begin
        .and_where(filter.status, "AND status = ?", |status| [word(status).into()])
        .and_where(filter.counter.then_some(COUNTER_PREFIX), BEGINS, |prefix| [prefix.into()])
        .and_where(reference, "AND id = ?", |id| [id.as_str().into()])
        .and_where(filter.out_trade_no.as_ref(), paid, |number| {
            let id = number.checkout();
            [id.as_str().into(), number.as_str().into(), number.as_str().into()]
        })
        .and_where(
            filter.transaction_id.as_ref(),
            "AND id IN (SELECT checkout FROM payments WHERE profile = ? AND transaction_id = ?)",
            |number| [profile.as_str().into(), number.as_str().into()],
        )
        .and_where(filter.created_after, "AND created_at >= ?", |at| [at.0.into()])
        .and_where(filter.created_before, "AND created_at < ?", |at| [at.0.into()]);
    // As they stand in the partial indexes: a bound value would not be seen to agree.
    match filter.only {
        Only::Any => statement,
        Only::Attention => statement.and("AND attention = 1", []),
        Only::Dead => statement.and("AND dead > 0", []),
    }
}

/// The reference is no column: rows of the day, or of the page, are read for it. Whoever scans has no
/// reference of the shop's, so its first letters say where the checkout comes from; no shop may use
/// them ([`COUNTER_PREFIX`]).
const BEGINS: &str = "AND instr(row ->> 'reference', ?) = 1";

/// A status as it stands in its column.
pub(super) const fn word(status: Status) -> &'static str {
    match status {
        Status::Open => "open",
        Status::Paid => "paid",
        Status::Expired => "expired",
        Status::Cancelled => "cancelled",
    }
}

/// Open checkouts that should have been closed by `now`, or that nothing has been heard of for long,
/// the oldest first. Some may be in order, so what is read is a page, and the next sweep goes on
/// behind it; [`Cursor::at`] is here the moment from which on a checkout is looked at.
pub fn stale(
    profile: &ProfileName,
    now: UnixSeconds,
    limit: u32,
    after: Option<&Cursor>,
) -> Statement {
    Statement::of_profile("SELECT id, sweep_at AS at FROM checkouts", profile)
        .and("AND status = 'open' AND sweep_at < ?", [now.0.into()])
        .and_where(after, "AND (sweep_at, id) > (?, ?)", |Cursor { at, id }| {
            [at.0.into(), id.as_str().into()]
        })
        .and("ORDER BY sweep_at, id LIMIT ?", [limit.into()])
}

/// Every checkout of a profile, the oldest first; [`Cursor::at`] is when it was created.
pub fn ids(profile: &ProfileName, limit: u32, after: Option<&Cursor>) -> Statement {
    Statement::of_profile("SELECT id, created_at AS at FROM checkouts", profile)
        .and_where(after, "AND (created_at, id) > (?, ?)", |Cursor { at, id }| {
            [at.0.into(), id.as_str().into()]
        })
        .and("ORDER BY created_at, id LIMIT ?", [limit.into()])
}

/// A day's payments or refunds, of one sub-merchant or of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfDay<'a> {
    /// The day in Beijing, `YYYY-MM-DD`.
    pub day: &'a str,
    /// Whose; everybody's without one.
    pub sub_mchid: Option<&'a str>,
    /// How many at most.
    pub limit: u32,
    /// Behind which one the page begins.
    pub after: Option<&'a DayCursor>,
}

/// Where a page of [`OfDay`] ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayCursor {
    /// WeChat Pay's number of the payment, or ours of the refund.
    pub number: String,
    /// Whose it is.
    pub checkout: CheckoutId,
}

/// A payment, and the checkout that has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayPayment {
    /// Which checkout.
    pub checkout: CheckoutId,
    /// Which payment.
    pub payment: IndexPayment,
}

/// A refund, and the checkout that has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayRefund {
    /// Which checkout.
    pub checkout: CheckoutId,
    /// Which refund.
    pub refund: IndexRefund,
}

impl DayPayment {
    /// Where the next page begins.
    pub fn cursor(&self) -> DayCursor {
        let Self { checkout, payment } = self;
        DayCursor { number: payment.transaction_id.clone(), checkout: checkout.clone() }
    }
}

impl DayRefund {
    /// Where the next page begins.
    pub fn cursor(&self) -> DayCursor {
        let Self { checkout, refund } = self;
        DayCursor { number: refund.out_refund_no.clone(), checkout: checkout.clone() }
    }
}

/// The payments of a day, by WeChat Pay's number.
pub fn payments(profile: &ProfileName, of: OfDay<'_>) -> Statement {
    let select = "SELECT checkout, entry FROM payments";
    let next = "AND (transaction_id, checkout) > (?, ?)";
    of_day(Statement::of_profile(select, profile), of, next)
        .and("ORDER BY transaction_id, checkout LIMIT ?", [of.limit.into()])
}

/// The refunds of a day, by our number.
pub fn refunds(profile: &ProfileName, of: OfDay<'_>) -> Statement {
    let select = "SELECT checkout, entry FROM refunds";
    let next = "AND (out_refund_no, checkout) > (?, ?)";
    of_day(Statement::of_profile(select, profile), of, next)
        .and("ORDER BY out_refund_no, checkout LIMIT ?", [of.limit.into()])
}

fn of_day(statement: Statement, of: OfDay<'_>, next: &'static str) -> Statement {
    statement
        .and("AND day = ?", [of.day.into()])
        .and_where(of.sub_mchid, "AND sub_mchid = ?", |sub_mchid| [sub_mchid.into()])
        .and_where(of.after, next, |DayCursor { number, checkout }| {
            [number.as_str().into(), checkout.as_str().into()]
        })
}
