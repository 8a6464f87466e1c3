//! What the shop must have been told, by what is stored.

use checkout::order::{Attempt, End, Fate};
use checkout::refund::{Refund, RefundState};

use super::Topic;
use crate::ports::Stored;

/// One event that a shop must have been told: what about, and which payment or refund.
pub type News = (Topic, String);

/// All events that follow from what is stored now. One that followed earlier, and no more, has its
/// parcel already: an expired checkout that was paid late has told both.
pub fn due(stored: &Stored) -> Vec<News> {
    let ended = match &stored.order.attempt {
        Attempt::Paid { .. } => Some(Topic::CheckoutPaid),
        Attempt::Closed { end: End::Expired } => Some(Topic::CheckoutExpired),
        Attempt::Closed { end: End::Cancelled } => Some(Topic::CheckoutCancelled),
        Attempt::Placing { .. }
        | Attempt::Payable { .. }
        | Attempt::Refused { .. }
        | Attempt::Closing { .. }
        | Attempt::Vacant => None,
    };
    let held = stored.order.odd.iter().filter(|odd| odd.fate == Fate::Held);
    let conflicts = held.map(|odd| (Topic::CheckoutConflict, odd.receipt.transaction_id.clone()));
    let refunds = stored.refunds.iter().flat_map(|ledger| &ledger.refunds).filter_map(of_refund);
    let ended = ended.map(|topic| (topic, String::new()));
    ended.into_iter().chain(conflicts).chain(refunds).collect()
}

/// A refund may fail more than once: stranded, stranded again by another way, closed in the end. Each is
/// news.
fn of_refund(refund: &Refund) -> Option<News> {
    let number = refund.number.as_str();
    match refund.state {
        RefundState::Success => Some((Topic::RefundSucceeded, number.to_owned())),
        RefundState::Abnormal if refund.strandings > 1 => {
            let again = refund.strandings;
            Some((Topic::RefundFailed, format!("{number}/abnormal/{again}")))
        }
        RefundState::Abnormal => Some((Topic::RefundFailed, format!("{number}/abnormal"))),
        RefundState::Closed | RefundState::Refused => {
            Some((Topic::RefundFailed, format!("{number}/closed")))
        }
        RefundState::Queued
        | RefundState::Short
        | RefundState::Requesting
        | RefundState::Disputed
        | RefundState::Processing
        | RefundState::Redirecting
        | RefundState::RedirectDisputed => None,
    }
}
