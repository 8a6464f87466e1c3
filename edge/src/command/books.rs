//! What the door and the books of a profile say to each other: about what is authentic and belongs
//! nowhere.

use serde::{Deserialize, Serialize};

/// One request to the books of a profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum BooksCommand {
    /// Keeps an authentic report about an order that nobody here knows.
    Enter(Box<Orphan>),
    /// Lists what was kept, newest first.
    List,
}

/// What the books answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum BooksAnswer {
    /// It is stored.
    Entered,
    /// To `List`: at most a hundred.
    Orphans {
        /// Newest first.
        orphans: Vec<Orphan>,
    },
}

/// An authentic notification about an order or a refund that nobody here knows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Orphan {
    /// The notification's own id; the same one is kept once.
    pub notification_id: String,
    /// The number as it stands in the notification.
    pub out_trade_no: String,
    /// WeChat Pay's number of the payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<String>,
    /// WeChat Pay's word for the order's state; a refund's notification has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trade_state: Option<String>,
    /// In fen, where the notification says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// As in the notification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// A refund's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_refund_no: Option<String>,
    /// WeChat Pay's word for where a refund stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_status: Option<String>,
    /// How much goes back, in fen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund: Option<u64>,
    /// When it came, RFC 3339.
    pub received_at: String,
}
