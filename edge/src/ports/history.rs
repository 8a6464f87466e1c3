//! A checkout's history: what was found out about it, when, and by which notification.

use checkout::id::OutTradeNo;
use checkout::refund::RefundReport;
use checkout::report::Report;
use checkout::time::UnixSeconds;

/// One line of a checkout's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When, in business time.
    pub at: UnixSeconds,
    /// The platform's id of the notification, when it came by one.
    pub notification_id: Option<String>,
    /// What was reported.
    pub finding: Finding,
}

/// What was found out, and about what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// About an attempt of the order.
    Order {
        /// Which one.
        number: OutTradeNo,
        /// What was reported.
        report: Report,
    },
    /// About a refund, which need not be one of ours.
    Refund(RefundReport),
}

impl Event {
    /// The number that it is about.
    pub fn number(&self) -> &str {
        match &self.finding {
            Finding::Order { number, .. } => number.as_str(),
            Finding::Refund(report) => &report.number,
        }
    }

    /// The payment that it tells of. A refund's report tells of none: the same words may be news
    /// again, after a second card has failed too.
    pub fn transaction_id(&self) -> Option<&str> {
        match &self.finding {
            Finding::Order { report: Report::Paid(receipt), .. } => Some(&receipt.transaction_id),
            _ => None,
        }
    }
}
