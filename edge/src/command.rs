//! What the door says to the objects behind it, and what they answer: JSON over `stub.fetch`.
//!
//! The door is stateless. It authenticates, parses and caps, so that an object meets only typed
//! values; the object owns the truth and never sees a header. Every command may arrive twice (the
//! runtime repeats a delivery that failed half-way), so every command is idempotent.
//!
//! * A [`Command`] goes to the checkout's object (binding `CHECKOUTS`, name = checkout id), in a
//!   [`Letter`] that says who sends it, as `POST https://object/command`; the reply is 200 with an
//!   [`Answer`].
//! * A WebSocket upgrade goes to the same object unchanged as `GET https://object/events`.
//! * A [`QuotaCommand`] goes to `QUOTAS`, a [`BooksCommand`] to `BOOKS`, a [`KeyringCommand`] to
//!   `KEYRING`, a [`CounterCommand`] to `COUNTERS` and, in development builds, a [`ClockCommand`] to
//!   `CLOCK`, each as `POST https://object/command`.

mod books;
mod checkout_view;
mod clock;
mod counter;
mod history;
mod keyring;
mod quota;
mod reconciliation;
mod refund;
mod scan;
mod source;

use checkout::id::{CheckoutId, Description, OutRefundNo, OutTradeNo, ProfileName, Reference};
use checkout::money::Amount;
use checkout::order::Policies;
use checkout::payee::Payee;
use checkout::report::{Report, Resolution};
use checkout::view::SessionView;
use serde::{Deserialize, Serialize};
use wechatpay::v3::order_fields::OrderFields;

pub use self::books::{BooksAnswer, BooksCommand, Orphan, cursor};
pub use self::checkout_view::{AttemptView, CheckoutView, PaymentView, SetAsideView};
pub use self::clock::{ClockAnswer, ClockCommand};
pub use self::counter::{CounterAnswer, CounterCommand};
pub use self::history::{Happened, HistoryLine};
pub use self::keyring::{Arrival, KeyringAnswer, KeyringCommand};
pub use self::quota::{QuotaAnswer, QuotaCommand};
pub use self::reconciliation::{
    Comparison, Confirmation, ReconciliationAnswer, ReconciliationCommand,
};
pub use self::refund::{
    AmountView, OtherWay, Redirection, RefundResolution, RefundTold, RefundView, RefundWish,
};
pub use self::scan::Scanned;
pub use self::source::{Source, SourceKind};
use crate::api::Api;
use crate::buyer::Buyer;
use crate::outbox::Parcel;
use crate::problem::Problem;
use crate::reconciliation::difference::Difference;
use crate::reconciliation::judgement::Verdict;

/// Where every object takes its commands.
pub const COMMAND_URL: &str = "https://object/command";
/// Where a checkout's object takes a WebSocket.
pub const EVENTS_URL: &str = "https://object/events";
/// The WebSocket protocol that the object answers with.
pub const EVENTS_PROTOCOL: &str = "saoma.v1";

/// What the door sends to a checkout's object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Letter {
    /// In whose name: the shop whose key was shown, the merchant whose notification was opened. A
    /// checkout of another profile does not exist for it. A page has no profile but a token, which
    /// is good for one checkout.
    pub profile: Option<ProfileName>,
    /// What is asked.
    pub command: Command,
}

/// One request to a checkout's object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// Creates the checkout, or finds the same one; places the order at WeChat Pay.
    Open(Box<Opening>),
    /// The shop asks how it stands.
    Read,
    /// The shop wants it closed.
    Cancel,
    /// The browser asks how it stands.
    Look,
    /// The browser waits for something newer than `version`. Answered with the present view at the
    /// latest after `wait_s`; the end of the wait is not an error.
    Wait {
        /// The newest version the browser has seen.
        version: u64,
        /// Seconds to wait at most.
        wait_s: u32,
    },
    /// The shopper says "I have paid": one query at WeChat Pay, at most every five seconds.
    Check,
    /// WeChat Pay reports something; the door has verified the signature and opened the resource.
    Hear {
        /// The notification's own id; repeats may carry the same one.
        notification_id: String,
        /// The number as it stands in the notification. The object knows whether it is one of its
        /// own.
        out_trade_no: OutTradeNo,
        /// What is reported.
        report: Report,
    },
    /// The shop wants money given back.
    Refund(Box<RefundWish>),
    /// The shop asks for all refunds of the checkout.
    Refunds,
    /// The shop asks how one refund stands.
    ReadRefund {
        /// Which one.
        number: OutRefundNo,
    },
    /// The shop chooses another way for money that could not reach the payer.
    Redirect(Box<Redirection>),
    /// WeChat Pay reports what became of a refund.
    HearRefund(Box<RefundTold>),
    /// The shopper wants a fresh code.
    Renew,
    /// Somebody scanned a printed code and is about to pay: as a look, a code that has grown stale
    /// is renewed first. For checkouts of the V2 API.
    Scan,
    /// An operator has decided about money that was set aside.
    Resolve {
        /// WeChat Pay's number of the payment.
        transaction_id: String,
        /// What becomes of it.
        resolution: Resolution,
    },
    /// An operator wants everything that was given up to be tried again, and all that waits now.
    Redrive,
    /// What happened, line by line.
    History,
    /// What the shop has been told, and is to be told.
    Events,
    /// An operator wants one event sent anew.
    Resend {
        /// Its id.
        id: String,
    },
    /// The index is to be told now, whatever it was told before.
    Project,
    /// Somebody fears that a timer was lost: run what is due.
    Sweep,
    /// Rows of a proven bill: what is not known is entered.
    Compare(Box<Comparison>),
    /// What a bill did not show: is it really missed?
    Confirm(Box<Confirmation>),
    /// The operator accepts what WeChat Pay tells of a refund, although it disagrees.
    ResolveRefund(RefundResolution),
}

/// What a checkout is made of. The same checkout opened by a shop has the same description and
/// amount; opened from the catalogue, the same product and quantity: a price that the operator
/// changed meanwhile does not turn a page's repeat into a conflict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opening {
    /// The object's own name.
    pub id: CheckoutId,
    /// Whose checkout it is.
    pub profile: ProfileName,
    /// Who is paid.
    pub payee: Payee,
    /// The shop's name for it, or the page's key in the catalogue's name space.
    pub reference: Reference,
    /// What the payer reads.
    pub description: Description,
    /// How much.
    pub amount: Amount,
    /// Seconds from creation to the deadline, 300 to 604 800. A repeat does not move a deadline, so
    /// this is not part of "the same content".
    pub lifetime_s: i64,
    /// The API that WeChat Pay is asked by about it, for good.
    #[serde(default)]
    pub api: Api,
    /// What a V2 order names as `product_id`; drawn from the reference where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
    /// What the order says besides.
    #[serde(default)]
    pub fields: OrderFields,
    /// What becomes of money that comes too late, or twice.
    #[serde(default)]
    pub policies: Policies,
    /// Seconds for which the checkout is kept after it has come to rest.
    #[serde(default = "keep_s")]
    pub keep_s: i64,
    /// What the shop wants to remember about who buys. No part of "the same content": a repeat with
    /// others replaces them while the checkout is open.
    #[serde(default)]
    pub buyer: Option<Buyer>,
    /// Who opened it.
    pub source: Source,
}

/// Four hundred days: WeChat Pay refunds for a year after a payment (protocol reference B.5).
const fn keep_s() -> i64 {
    400 * 86_400
}

/// What a checkout's object answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// To `Open` by a shop or at a counter, `Read` and `Cancel`.
    Checkout {
        /// Made by this command (201) or there before (200).
        created: bool,
        /// For `Cancel`: WeChat Pay has confirmed it (200), or not yet (202). True otherwise.
        settled: bool,
        /// Seconds until the deadline by the business clock, negative when it has passed; the
        /// client token's expiry is reckoned from it.
        expires_in_s: i64,
        /// The checkout as the shop sees it.
        view: Box<CheckoutView>,
    },
    /// To `Open` from the catalogue, `Look`, `Wait`, `Check` and `Renew`.
    Session {
        /// Made by this command (201) or there before (200).
        created: bool,
        /// The checkout as the browser sees it. The object draws `qr` (`crate::qr::modules`),
        /// since its WebSocket messages carry it too; the door puts in the client token.
        view: Box<SessionView>,
    },
    /// To `Scan`.
    Scanned(Scanned),
    /// To `Refund`, `ReadRefund`, `Redirect` and `ResolveRefund`.
    Refund {
        /// Made by this command (201) or there before (200).
        created: bool,
        /// The refund as the shop sees it.
        view: Box<RefundView>,
    },
    /// To `Refunds`.
    Refunds {
        /// Oldest first, those made elsewhere last.
        refunds: Vec<RefundView>,
    },
    /// To `History`.
    History {
        /// Oldest first.
        lines: Vec<HistoryLine>,
    },
    /// To `Events`, oldest first, and to `Resend`, that one.
    Events {
        /// What the shop has been told, and is to be told.
        events: Vec<Parcel>,
    },
    /// To `Hear` and `HearRefund`: it is stored, so it may be acknowledged. To `Project` and `Sweep`:
    /// it is done.
    Heard,
    /// To `Compare`: one for each row, in their order.
    Compared {
        /// What the checkout says.
        verdicts: Vec<Verdict>,
    },
    /// To `Confirm`.
    Confirmed {
        /// What the bill should have had.
        missed: Vec<Difference>,
    },
    /// No such checkout here. (Only `Open` makes tables.)
    Unknown,
    /// It did not work.
    Problem(Problem),
}
