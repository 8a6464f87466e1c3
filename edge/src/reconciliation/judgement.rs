//! A row of a bill against the checkout that it names.
//!
//! What both know must agree. What only the bill knows is news, and news goes through the same
//! function as a notification; nothing is entered here. A bill is a snapshot of one morning: what has
//! gone on since is no disagreement.

use checkout::order::{Attempt, Order};
use checkout::payee::{Payee, SubMerchant};
use checkout::refund::{Known, Refund, RefundFact, RefundState, RefundStatus, Refunds, Standing};
use checkout::report::Receipt;
use checkout::time::UnixSeconds;
use serde::{Deserialize, Serialize};
use wechatpay::bill::date::BillDate;

use super::difference::{Difference, Kind, Side, What};
use super::entry::BilledRefund;
use crate::ports::Stored;

/// What a checkout says to a row of a bill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// It has the same.
    Agrees,
    /// It had not heard of it before this row, and has it now.
    Entered,
    /// It has not heard of it, and a row that proves nothing leaves it so: the platform has to be
    /// asked.
    Unheard,
    /// It has something else.
    Differs {
        /// What is different.
        kind: Kind,
        /// What it has.
        here: Side,
    },
    /// It has no such number, or had been purged by then.
    Unknown,
    /// It belongs to another profile, which has the same merchant number.
    Foreign,
    /// It was there on that day and has been purged: nothing can be compared any more.
    Purged,
}

/// The same before anything is entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement<N> {
    /// Both know the same.
    Agrees,
    /// The bill knows more.
    News(N),
    /// They disagree.
    Differs {
        /// About what.
        kind: Kind,
        /// What we have.
        here: Side,
    },
    /// Nobody here knows the payment.
    Unknown,
}

/// Judges a payment whose number is one of the checkout's.
pub fn payment(stored: &Stored, there: &Receipt) -> Judgement<Receipt> {
    match receipt(&stored.order, &there.transaction_id) {
        Some(here) if here.total != there.total => {
            Judgement::Differs { kind: Kind::Amount, here: Side::of(here.total) }
        }
        Some(_) => Judgement::Agrees,
        None => {
            let payee = completed(&there.payee, &stored.order.terms.payee);
            Judgement::News(Receipt { payee, ..there.clone() })
        }
    }
}

/// Judges a refund of the checkout's, or of a payment of the checkout's.
pub fn refund(stored: &Stored, there: &BilledRefund) -> Judgement<RefundFact> {
    let number = there.out_refund_no.as_str();
    for ledger in &stored.refunds {
        let ours = ledger.refunds.iter().find(|refund| refund.number.as_str() == number);
        if let Some(here) = ours {
            let side = Side::with(here.amount.count(), own_word(here));
            return judged(there, &side, own_standing(here), ledger);
        }
        if let Some(here) = ledger.externals.iter().find(|external| external.number == number) {
            let side = Side::with(here.amount, here.known.standing.as_str());
            return judged(there, &side, external_standing(&here.known), ledger);
        }
    }
    let ledger = stored.refunds.iter().find(|it| it.transaction_id == there.transaction_id);
    let total = ledger.map(|ledger| ledger.total.count());
    let paid = || receipt(&stored.order, &there.transaction_id).map(|receipt| receipt.total);
    total.or_else(paid).map_or(Judgement::Unknown, |total| Judgement::News(fact(there, total)))
}

/// How our word compares with the bill's.
enum Against {
    Same,
    Older,
    Contrary,
}

fn judged(
    there: &BilledRefund,
    here: &Side,
    against: impl FnOnce(&Standing) -> Against,
    ledger: &Refunds,
) -> Judgement<RefundFact> {
    let differs = |kind| Judgement::Differs { kind, here: here.clone() };
    if here.total != Some(there.amount) {
        return differs(Kind::Amount);
    }
    match against(&there.standing) {
        Against::Same => Judgement::Agrees,
        Against::Older => Judgement::News(fact(there, ledger.total.count())),
        Against::Contrary => differs(Kind::Status),
    }
}

fn own_standing(here: &Refund) -> impl FnOnce(&Standing) -> Against {
    use RefundState::{
        Abnormal, Closed, Processing, RedirectDisputed, Redirecting, Refused, Success,
    };
    let (state, redirected) = (here.state, here.redirected);
    move |there| match (there, state) {
        (Standing::Success, Success) | (Standing::Closed, Closed | Refused) => Against::Same,
        (Standing::Success, Closed) | (Standing::Closed, Success) => Against::Contrary,
        (Standing::Success | Standing::Closed, _) => Against::Older,
        (Standing::Processing | Standing::Abnormal, Success | Closed)
        | (Standing::Processing, Processing)
        | (Standing::Processing | Standing::Abnormal, Abnormal | Redirecting | RedirectDisputed) => {
            Against::Same
        }
        // It was stranded on that morning, and has been sent another way since.
        (Standing::Abnormal, Processing) if redirected => Against::Same,
        (Standing::Processing | Standing::Abnormal, _) => Against::Older,
        // A word that nobody knows decides nothing.
        (Standing::Unknown(_), _) => Against::Same,
    }
}

fn external_standing(here: &Known) -> impl FnOnce(&Standing) -> Against {
    move |there| match (there, &here.standing) {
        (Standing::Success, Standing::Closed) | (Standing::Closed, Standing::Success) => {
            Against::Contrary
        }
        (Standing::Success | Standing::Closed, here) if here != there => Against::Older,
        _ => Against::Same,
    }
}

/// What the platform would have notified.
fn fact(there: &BilledRefund, total: u64) -> RefundFact {
    RefundFact {
        refund_id: there.refund_id.clone(),
        transaction_id: there.transaction_id.clone(),
        out_trade_no: there.out_trade_no.clone(),
        standing: there.standing.clone(),
        amount: there.amount,
        total,
        merchants: there.merchants.clone(),
        account: None,
        success_time: there.success_time,
    }
}

/// Whether the bill of `day` should have had a payment of the account, and did not.
pub fn missed_payment(
    stored: &Stored,
    (day, account): (BillDate, Option<&str>),
    transaction_id: &str,
) -> Option<Difference> {
    let terms = &stored.order.terms;
    let receipt = receipt(&stored.order, transaction_id)?;
    // Money of another merchant's stands in that merchant's bill.
    let theirs = receipt.payee.is_same_merchant(&terms.payee);
    if !theirs || terms.payee.sub_mchid() != account || !is_of(day, receipt.success_time) {
        return None;
    }
    let (number, order) = (receipt.transaction_id.clone(), receipt.out_trade_no.clone());
    Some(missed(stored, What::Payment, number, (Some(order), Side::of(receipt.total))))
}

/// The same of a refund. A bill has it on the day on which it was accepted, which we know to be that
/// day only where it was asked for and done on it.
pub fn missed_refund(
    stored: &Stored,
    (day, account): (BillDate, Option<&str>),
    out_refund_no: &str,
) -> Option<Difference> {
    if stored.order.terms.payee.sub_mchid() != account {
        return None;
    }
    let all = stored.refunds.iter().flat_map(|ledger| &ledger.refunds);
    let refund = all.into_iter().find(|refund| refund.number.as_str() == out_refund_no)?;
    let done = refund.known.as_ref().and_then(|known| known.success_time);
    let within = is_of(day, done) && is_of(day, Some(refund.opened_at));
    if refund.state != RefundState::Success || !within {
        return None;
    }
    let side = Side::with(refund.amount.count(), own_word(refund));
    Some(missed(stored, What::Refund, out_refund_no.to_owned(), (None, side)))
}

fn missed(
    stored: &Stored,
    what: What,
    number: String,
    (out_trade_no, here): (Option<String>, Side),
) -> Difference {
    Difference {
        what,
        kind: Kind::MissingThere,
        number,
        out_trade_no,
        checkout: Some(stored.opening.id.clone()),
        here: Some(here),
        there: None,
    }
}

fn is_of(day: BillDate, moment: Option<UnixSeconds>) -> bool {
    moment.and_then(BillDate::of) == Some(day)
}

/// The payment of this number, whatever we think of it.
fn receipt<'a>(order: &'a Order, transaction_id: &str) -> Option<&'a Receipt> {
    let settled = match &order.attempt {
        Attempt::Paid { receipt, .. } => Some(&**receipt),
        _ => None,
    };
    let odd = order.odd.iter().map(|odd| &*odd.receipt);
    settled.into_iter().chain(odd).find(|receipt| receipt.transaction_id == transaction_id)
}

/// The payee of a row. A bill names one app: the service provider's, or the sub-merchant's where the
/// order was made under that.
fn completed(there: &Payee, ours: &Payee) -> Payee {
    let own_app = there.sub_mchid().is_some() && ours.sub_appid() == Some(there.appid.as_str());
    let appid = if own_app { &ours.appid } else { &there.appid };
    let sub_appid = there.sub_mchid().filter(|_| ours.is_same_merchant(there));
    let sub = there.sub.as_ref().map(|sub| SubMerchant {
        mchid: sub.mchid.clone(),
        appid: sub_appid.and_then(|_| ours.sub_appid().map(str::to_owned)),
    });
    Payee { mchid: there.mchid.clone(), appid: appid.clone(), sub }
}

fn own_word(refund: &Refund) -> &'static str {
    match refund.status() {
        RefundStatus::Queued => "queued",
        RefundStatus::Processing => "PROCESSING",
        RefundStatus::Success => "SUCCESS",
        RefundStatus::Closed => "CLOSED",
        RefundStatus::Abnormal => "ABNORMAL",
    }
}
