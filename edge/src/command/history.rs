//! What the door and a checkout's object say to each other about what happened when.

use serde::{Deserialize, Serialize};

/// One line of a checkout's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryLine {
    /// When, RFC 3339.
    pub at: String,
    /// What happened.
    pub what: Happened,
    /// Of the attempt or the refund.
    pub number: String,
    /// WeChat Pay's number of the payment, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<String>,
    /// The rest of it, in a few words: what was refused and why, what was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// What happened to a checkout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Happened {
    /// The platform took the order.
    Placed,
    /// It refused the order.
    Refused,
    /// It refused, in a way that may hide an order.
    Disputed,
    /// Somebody paid.
    Paid,
    /// The platform has the order, closed.
    Closed,
    /// The platform took our wish to close.
    CloseTaken,
    /// It did not.
    CloseRefused,
    /// The platform told of a state that nobody knows.
    UnknownState,
    /// The shop wants it cancelled.
    CancelAsked,
    /// The shopper wants a fresh code.
    RenewAsked,
    /// An operator decided about a payment.
    Resolved,
    /// An operator wants it to go on.
    Redriven,
    /// We asked, or were asked, and it decided nothing.
    Asked,
    /// A refund was sent to the platform.
    RefundSent,
    /// The platform told how a refund stands.
    RefundTold,
    /// The platform refused a refund, for now or for good.
    RefundRefused,
    /// The platform has no such refund, or did not say.
    RefundAsked,
    /// The shop chose another way for a refund.
    RefundRedirected,
    /// An operator accepted what the platform told of a refund.
    RefundResolved,
}
