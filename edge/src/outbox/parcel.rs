//! One event for the shop: what it is called, and what became of each attempt to deliver it.

use checkout::id::CheckoutId;
use checkout::patience::redeliver;
use checkout::time::{Seconds, UnixSeconds};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What an event is about; the `type` of a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Topic {
    /// Somebody has paid.
    #[serde(rename = "checkout.paid")]
    CheckoutPaid,
    /// The deadline has passed, and nobody can pay any more.
    #[serde(rename = "checkout.expired")]
    CheckoutExpired,
    /// It was cancelled, and nobody can pay any more.
    #[serde(rename = "checkout.cancelled")]
    CheckoutCancelled,
    /// Money came that a person has to decide about.
    #[serde(rename = "checkout.conflict")]
    CheckoutConflict,
    /// A refund has reached the payer.
    #[serde(rename = "refund.succeeded")]
    RefundSucceeded,
    /// A refund has not, and will not by itself.
    #[serde(rename = "refund.failed")]
    RefundFailed,
}

impl Topic {
    /// The name that shops know.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CheckoutPaid => "checkout.paid",
            Self::CheckoutExpired => "checkout.expired",
            Self::CheckoutCancelled => "checkout.cancelled",
            Self::CheckoutConflict => "checkout.conflict",
            Self::RefundSucceeded => "refund.succeeded",
            Self::RefundFailed => "refund.failed",
        }
    }
}

/// One event for the shop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parcel {
    /// `msg_…`, the same for ever: the shop knows a repeat by it.
    pub id: String,
    /// What it is about.
    pub topic: Topic,
    /// Which payment or refund, where a checkout may have several.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subject: String,
    /// When it happened, in business time.
    pub created_at: UnixSeconds,
    /// How far it has come.
    pub state: ParcelState,
    /// How many attempts have failed since it was last sent anew.
    pub tries: u16,
    /// The newest attempts, oldest first; at most thirty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deliveries: Vec<Attempted>,
}

/// Attempts that are kept: a whole schedule and some that an operator asked for.
const ATTEMPTS_KEPT: usize = 30;

/// How far a parcel has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ParcelState {
    /// It is to be sent.
    Waiting {
        /// Not before, in business time.
        at: UnixSeconds,
    },
    /// The shop has it.
    Delivered,
    /// It was given up; an operator can send it anew.
    Dead,
    /// The shop has no address for events.
    Unwanted,
}

/// One attempt to deliver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempted {
    /// When, in business time.
    pub at: UnixSeconds,
    /// What came of it.
    pub outcome: Outcome,
    /// How long the shop took, in milliseconds.
    pub took_ms: u32,
}

/// What came of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// 2xx in time.
    Accepted {
        /// HTTP status.
        status: u16,
    },
    /// Any other answer; a redirect too, since none is followed.
    Refused {
        /// HTTP status.
        status: u16,
        /// Seconds for which the shop wants to be left alone, already bounded.
        retry_after_s: Option<u32>,
    },
    /// No answer.
    Failed {
        /// Why.
        reason: FailedDelivery,
    },
    /// The shop has no address for events.
    Unwanted,
}

/// Why there was no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailedDelivery {
    /// Not within ten seconds.
    TimedOut,
    /// Nobody there, a broken connection, a certificate that proves nothing.
    Unreachable,
    /// Whoever carried it did not come back.
    Abandoned,
    /// The deployment is not configured to send.
    Misconfigured,
}

impl Parcel {
    /// A fresh one, due at once. Its id follows from checkout, topic and subject, so that drawing it
    /// up twice makes the same one.
    pub fn new(checkout: &CheckoutId, topic: Topic, subject: String, now: UnixSeconds) -> Self {
        Self {
            id: id(checkout, topic, &subject),
            topic,
            subject,
            created_at: now,
            state: ParcelState::Waiting { at: now },
            tries: 0,
            deliveries: Vec::new(),
        }
    }

    /// When it is to be sent, where it is.
    pub fn due_at(&self) -> Option<UnixSeconds> {
        match self.state {
            ParcelState::Waiting { at } => Some(at),
            ParcelState::Delivered | ParcelState::Dead | ParcelState::Unwanted => None,
        }
    }

    /// Takes down what came of an attempt. What was delivered stays so, whatever a repeat brings.
    pub fn attempted(&mut self, attempted: Attempted, chance: u8) {
        let at = attempted.at;
        let outcome = attempted.outcome;
        self.deliveries.push(attempted);
        let surplus = self.deliveries.len().saturating_sub(ATTEMPTS_KEPT);
        self.deliveries.drain(..surplus);
        if self.state == ParcelState::Delivered {
            return;
        }
        let wish = match outcome {
            Outcome::Accepted { .. } => {
                self.state = ParcelState::Delivered;
                return;
            }
            Outcome::Unwanted => {
                self.state = ParcelState::Unwanted;
                return;
            }
            Outcome::Refused { retry_after_s, .. } => retry_after_s.unwrap_or(0),
            Outcome::Failed { .. } => 0,
        };
        self.state = match redeliver(self.tries, chance) {
            Some(wait) => ParcelState::Waiting { at: at + wait.max(Seconds(i64::from(wish))) },
            None => ParcelState::Dead,
        };
        self.tries = self.tries.saturating_add(1);
    }

    /// Sends it anew: the same id, the same bytes, the whole schedule.
    pub fn resend(&mut self, now: UnixSeconds) {
        self.state = ParcelState::Waiting { at: now };
        self.tries = 0;
    }
}

fn id(checkout: &CheckoutId, topic: Topic, subject: &str) -> String {
    let digest = Sha256::new()
        .chain_update(checkout.as_str())
        .chain_update([0])
        .chain_update(topic.name())
        .chain_update([0])
        .chain_update(subject)
        .finalize();
    let hex: String = digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    format!("msg_{hex}")
}
