//! What a row of a bill without a digest is good for: a question.
//!
//! A V2 bill comes over TLS and under no signature. Whoever can answer in the platform's place, a
//! proxy with a certificate of its own or a cache, can write into it what he likes, and nothing in
//! the file would tell. So a row of such a bill changes nothing here: it settles no order, moves no
//! refund and puts nothing among the orphans. Where it says more than we know, the platform is asked
//! about that one payment or refund, and its signed answer is what counts. What the answer does not
//! confirm is a difference, for a person to read.

use checkout::refund::{RefundFact, RefundNews};
use checkout::report::{Proof, Receipt, Report};
use serde::{Deserialize, Serialize};

use super::entry::{BilledRefund, Entry};
use crate::command::{Command, RefundTold};

/// What the rows of a bill are worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// The file hashed to what the platform signed for: a row is the platform's word.
    Proven,
    /// There was no digest: a row is what somebody says.
    Hearsay,
}

/// What the platform says when it is asked about a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// The payment is there; as the signed answer has it, not as the row has it.
    Payment(Box<Receipt>),
    /// The refund is there; likewise.
    Refund(Box<RefundFact>),
    /// There is none like that.
    Denied,
    /// It cannot be known just now. Asked again later.
    Silent,
}

/// What a query's answer makes of a row that tells of a payment.
pub fn of_payment(there: &Receipt, answer: Report) -> Word {
    match answer {
        // Another payment of the same order confirms nothing of this one.
        Report::Paid(receipt) if receipt.transaction_id == there.transaction_id => {
            Word::Payment(receipt)
        }
        Report::Paid(_)
        | Report::NotPaid
        | Report::ClosedThere
        | Report::UnknownState { .. }
        | Report::NotFound { proof: Proof::Verified } => Word::Denied,
        _ => Word::Silent,
    }
}

/// What a query's answer makes of a row that tells of a refund.
pub fn of_refund(there: &BilledRefund, answer: RefundNews) -> Word {
    match answer {
        RefundNews::Answered(fact) if fact.transaction_id == there.transaction_id => {
            Word::Refund(Box::new(fact))
        }
        RefundNews::Answered(_) | RefundNews::NotFound { proof: Proof::Verified } => Word::Denied,
        _ => Word::Silent,
    }
}

/// What a checkout is told of a confirmed row, under a name that a repeat knows; nothing of a word
/// that confirms nothing, or of a number that has not the shape of ours.
pub fn told(notification_id: String, entry: &Entry, word: &Word) -> Option<Command> {
    match (entry, word) {
        (Entry::Payment(_), Word::Payment(receipt)) => Some(Command::Hear {
            notification_id,
            out_trade_no: checkout::id::OutTradeNo::parse(&receipt.out_trade_no).ok()?,
            report: Report::Paid(receipt.clone()),
        }),
        (Entry::Refund(there), Word::Refund(fact)) => {
            let out_refund_no = there.out_refund_no.clone();
            let fact = (**fact).clone();
            Some(Command::HearRefund(Box::new(RefundTold { notification_id, out_refund_no, fact })))
        }
        _ => None,
    }
}

/// The same row as the platform's signed answer has it: for what is kept of money that nobody here
/// knows. Nothing where the answer confirms nothing.
pub fn confirmed(entry: &Entry, word: &Word) -> Option<Entry> {
    match (entry, word) {
        (Entry::Payment(_), Word::Payment(receipt)) => Some(Entry::Payment((**receipt).clone())),
        (Entry::Refund(there), Word::Refund(fact)) => Some(Entry::Refund(BilledRefund {
            out_refund_no: there.out_refund_no.clone(),
            refund_id: fact.refund_id.clone(),
            out_trade_no: fact.out_trade_no.clone(),
            transaction_id: fact.transaction_id.clone(),
            amount: fact.amount,
            standing: fact.standing.clone(),
            merchants: fact.merchants.clone(),
            success_time: fact.success_time,
        })),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
