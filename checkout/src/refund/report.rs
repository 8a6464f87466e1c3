//! What can be said about a refund: the only things that change one.
//!
//! Whoever makes a report vouches for it: a [`RefundFact`] comes from a message whose signature was
//! verified, or from a bill whose digest such a message names; nothing else does.

use serde::{Deserialize, Serialize};

use super::{RefundCall, RefundDisagreement};
use crate::report::{Proof, Refusal};
use crate::time::UnixSeconds;

/// One thing that is known about one refund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundReport {
    /// The refund's number at the platform (`out_refund_no`), which need not be one of ours.
    pub number: String,
    /// What is known.
    pub news: RefundNews,
}

/// What is known about a refund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "news", rename_all = "snake_case")]
pub enum RefundNews {
    /// We are about to make this call: stored before it is made.
    Sending {
        /// Which one.
        call: RefundCall,
    },
    /// The platform answers our call with the refund as it stands now.
    Answered(RefundFact),
    /// The platform notifies us. Notifications may come late, twice and out of order.
    Told(RefundFact),
    /// The balance is too low; nothing has been refunded, and the same number may be tried again.
    Short(Refusal),
    /// The platform will not, and nothing of this number can exist because of this call.
    Refused(Refusal),
    /// The platform will not, but for a reason, or in a form, that may hide an existing refund.
    Disputed(Refusal),
    /// No answer, or one that decides nothing.
    InDoubt {
        /// The platform's words, where there were any.
        said: Option<Refusal>,
    },
    /// The platform says that it has no such refund.
    NotFound {
        /// An error answer may come unsigned; such a one frees nothing.
        proof: Proof,
    },
    /// The shop has chosen another way for money that could not reach the payer.
    RedirectAsked,
    /// A person accepts the very conflict that the ledger is in.
    Resolved {
        /// What disagreed.
        disagreement: RefundDisagreement,
        /// What was told, and is taken for the truth.
        fact: Box<RefundFact>,
    },
}

/// A refund as the platform tells it, authentic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundFact {
    /// The platform's own number of the refund.
    pub refund_id: String,
    /// The platform's number of the payment.
    pub transaction_id: String,
    /// The merchant's number of the order.
    pub out_trade_no: String,
    /// Where it stands.
    pub standing: Standing,
    /// How much goes back, in fen, coupons included.
    pub amount: u64,
    /// The order's total, in fen.
    pub total: u64,
    /// Every merchant that the message names as the giver; answers name none.
    pub merchants: Vec<String>,
    /// Where the money goes, in the platform's words.
    pub account: Option<String>,
    /// When the payer had it.
    pub success_time: Option<UnixSeconds>,
}

/// Where a refund stands at the platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Standing {
    /// Accepted, and not decided.
    Processing,
    /// The payer has the money.
    Success,
    /// It failed for good; a further try needs another number.
    Closed,
    /// The payer's card is closed or frozen: another way has to be chosen.
    Abnormal,
    /// One that did not exist when this was written. It decides nothing.
    Unknown(String),
}

impl Standing {
    /// The platform's own word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Processing => "PROCESSING",
            Self::Success => "SUCCESS",
            Self::Closed => "CLOSED",
            Self::Abnormal => "ABNORMAL",
            Self::Unknown(other) => other,
        }
    }
}

impl From<String> for Standing {
    fn from(text: String) -> Self {
        match text.as_str() {
            "PROCESSING" => Self::Processing,
            "SUCCESS" => Self::Success,
            "CLOSED" => Self::Closed,
            "ABNORMAL" => Self::Abnormal,
            _ => Self::Unknown(text),
        }
    }
}

impl From<Standing> for String {
    fn from(standing: Standing) -> Self {
        standing.as_str().to_owned()
    }
}

impl RefundNews {
    /// What the platform tells of the refund, if this is such news.
    pub const fn fact(&self) -> Option<&RefundFact> {
        match self {
            Self::Answered(fact) | Self::Told(fact) => Some(fact),
            _ => None,
        }
    }

    /// What becomes the truth by it, whoever says so.
    pub(super) fn truth(&self) -> Option<&RefundFact> {
        match self {
            Self::Resolved { fact, .. } => Some(fact),
            _ => self.fact(),
        }
    }
}
