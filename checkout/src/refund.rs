//! The refunds of one payment: what the shop wants given back, where each of it stands, and what
//! has to be asked about it next.
//!
//! A ledger per transaction, because the platform counts so: the sum of all refunds, whoever asked
//! for them, never exceeds what was paid. A refund's amount is reserved when its intent is stored
//! ([`Refunds::open`]), so that two at the same moment cannot pass together, and comes free only when
//! the platform has said that this refund will never be. [`apply`] is the only way to change what is
//! known of one.

mod agree;
mod life;
mod report;
mod resolve;
mod schedule;
mod sum;

use serde::{Deserialize, Serialize};

pub use self::life::apply;
pub use self::report::{RefundFact, RefundNews, RefundReport, Standing};
pub use self::resolve::Accepted;
pub use self::sum::{Unrefundable, Wish};
use crate::id::{OutRefundNo, Reference, RefundReason};
use crate::money::Fen;
use crate::patience::Waiting;
use crate::payee::Payee;
use crate::report::Refusal;
use crate::time::{Seconds, UnixSeconds};

/// How far apart two applications for refunds of one payment are kept: the platform refuses nearer
/// ones (protocol reference B.5).
pub const APPLY_SPACING: Seconds = Seconds::minutes(1);

/// How many refunds one payment may have (protocol reference B.5).
pub const REFUNDS_MAX: usize = 50;

/// How long a call of ours that brought no answer may still be on its way. Until then "no such
/// refund" frees nothing.
pub const SETTLING_TIME: Seconds = Seconds::minutes(5);

/// Fruitless questions after which a person is told that a refund stays undecided: some two hours.
pub const UNDECIDED_TRIES: u16 = 10;

/// Where a refund stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundState {
    /// The intent is stored; it waits for its turn.
    Queued,
    /// The platform says that the balance is too low; the same number is tried again.
    Short,
    /// Applied for; what the platform made of it is not known yet.
    Requesting,
    /// The platform said no, in a way that may hide a refund of this number. Ask before believing.
    Disputed,
    /// The platform has accepted it.
    Processing,
    /// The money could not reach the payer: another way has to be chosen.
    Abnormal,
    /// The shop has chosen one; what the platform made of it is not known yet.
    Redirecting,
    /// The platform said no to that, in a way that may hide a yes.
    RedirectDisputed,
    /// The payer has the money.
    Success,
    /// It failed for good.
    Closed,
    /// The platform will not take it, and has none of this number.
    Refused,
}

/// What the shop is told of a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundStatus {
    /// It is not known to be accepted; see [`WaitingFor`].
    Queued,
    /// Accepted, and not decided.
    Processing,
    /// The payer has the money.
    Success,
    /// There is no such refund and there will be none.
    Closed,
    /// The money could not reach the payer.
    Abnormal,
}

/// What a refund waits for before the platform works on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitingFor {
    /// A minute after the refund before it.
    Turn,
    /// Money in the merchant's account.
    Balance,
    /// An answer that means something.
    Answer,
}

/// What to ask the platform about a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundCall {
    /// Send the stored application, byte for byte.
    Apply,
    /// Ask how it stands, by our number.
    Query,
    /// Send the stored choice of another way, byte for byte.
    Redirect,
}

impl RefundCall {
    /// The name under which it is stored.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Query => "query",
            Self::Redirect => "redirect",
        }
    }
}

/// The question that is open about one refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundAsk {
    /// What to ask.
    pub call: RefundCall,
    /// Not before.
    pub at: UnixSeconds,
    /// What for; the ladder that [`RefundAsk::tries`] climbs.
    pub waiting: Waiting,
    /// How many questions in a row have brought nothing but this same wait.
    pub tries: u16,
}

/// What the platform has told of a refund that it knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// The platform's own number of it.
    pub refund_id: String,
    /// The platform's word for where it stands.
    pub standing: Standing,
    /// Where the money goes, in the platform's words (`招商银行信用卡0403`).
    pub account: Option<String>,
    /// When the payer had it.
    pub success_time: Option<UnixSeconds>,
}

/// One refund that this checkout's shop wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// The shop's own name for it.
    pub reference: Reference,
    /// Its number at the platform.
    pub number: OutRefundNo,
    /// How much goes back.
    pub amount: Fen,
    /// What the shop asked for, where a person has accepted that another amount goes back.
    #[serde(default)]
    pub wanted: Option<Fen>,
    /// What the payer reads.
    pub reason: Option<RefundReason>,
    /// When its intent was stored.
    pub opened_at: UnixSeconds,
    /// Where it stands.
    pub state: RefundState,
    /// What to ask next.
    pub ask: Option<RefundAsk>,
    /// When the last call was in doubt whose outcome is not known to this day.
    pub doubt: Option<UnixSeconds>,
    /// The platform's newest words that were no yes.
    pub said: Option<Refusal>,
    /// What the platform knows of it.
    pub known: Option<Known>,
    /// The platform has taken a choice of another way before.
    pub redirected: bool,
    /// How often the money could not reach the payer, by whatever way.
    #[serde(default)]
    pub strandings: u8,
}

/// A refund of our payment that somebody made elsewhere: at the platform's console, or by another
/// program of the merchant's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct External {
    /// Its number, of whatever shape.
    pub number: String,
    /// How much goes back, in fen.
    pub amount: u64,
    /// What the platform knows of it.
    pub known: Known,
}

/// Authentic, but not what we asked for, or against what we were told. Freezes the ledger: the
/// platform is asked for nothing more but how its refunds stand, and the shop enters none.
///
/// [`RefundDisagreement::Excess`] ends by itself once the sums agree again. Every other one stays
/// until a person accepts it ([`RefundNews::Resolved`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundConflict {
    /// The refund that was told of, which need not be one of ours.
    pub number: String,
    /// What disagrees.
    pub disagreement: RefundDisagreement,
    /// What was told.
    pub fact: RefundFact,
    /// Refunds of ours that may have ended before we heard of it: the platform is asked about them
    /// before a person is told. Only of an excess.
    pub suspects: Vec<OutRefundNo>,
}

/// What disagrees between what the platform tells of a refund and what we have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundDisagreement {
    /// Another amount goes back.
    Amount,
    /// The payment had another total.
    Total,
    /// It is a refund of another payment.
    Transaction,
    /// Another merchant gives it.
    Merchant,
    /// A refund that has ended has ended otherwise.
    End,
    /// More goes back than was paid.
    Excess,
}

/// The refunds of one payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refunds {
    /// The platform's number of the payment.
    pub transaction_id: String,
    /// How much was paid: the order's total, before coupons, which refunds are reckoned against.
    pub total: Fen,
    /// Who was paid, and so who gives back.
    pub payee: Payee,
    /// One byte of chance, drawn with the ledger: stretches every wait.
    pub chance: u8,
    /// When the newest application was sent.
    pub applied_at: Option<UnixSeconds>,
    /// The shop's refunds, oldest first.
    pub refunds: Vec<Refund>,
    /// Refunds made elsewhere, in the order in which they became known.
    pub externals: Vec<External>,
    /// What disagrees, and freezes it.
    pub conflict: Option<RefundConflict>,
    /// What has disagreed, and was accepted by a person.
    #[serde(default)]
    pub accepted: Vec<Accepted>,
    /// The sum in fen, above what was paid, that a person has accepted; 0 where the sums agree.
    #[serde(default)]
    pub tolerated: u64,
}

/// Why a person has to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefundEffect {
    /// See [`Refunds::conflict`]; what was only suspected is told when the platform has said it.
    Frozen(RefundDisagreement),
    /// The money could not reach the payer; the shop has to choose another way.
    Stranded(OutRefundNo),
    /// The merchant's account has too little to refund from.
    ShortOfFunds(OutRefundNo),
    /// Nobody knows, for hours, what became of a call, or of a refund that was accepted.
    Undecided(OutRefundNo),
    /// Somebody refunds without us.
    MadeElsewhere(String),
}

impl Refund {
    /// What the shop is told.
    pub fn status(&self) -> RefundStatus {
        match self.state {
            RefundState::Queued
            | RefundState::Short
            | RefundState::Requesting
            | RefundState::Disputed => RefundStatus::Queued,
            RefundState::Processing => RefundStatus::Processing,
            RefundState::Abnormal | RefundState::Redirecting | RefundState::RedirectDisputed => {
                RefundStatus::Abnormal
            }
            RefundState::Success => RefundStatus::Success,
            RefundState::Closed | RefundState::Refused => RefundStatus::Closed,
        }
    }

    /// What it waits for, while we and not the platform are at it.
    pub fn waiting_for(&self) -> Option<WaitingFor> {
        match self.state {
            RefundState::Queued => Some(WaitingFor::Turn),
            RefundState::Short => Some(WaitingFor::Balance),
            RefundState::Requesting
            | RefundState::Disputed
            | RefundState::Redirecting
            | RefundState::RedirectDisputed => Some(WaitingFor::Answer),
            RefundState::Processing
            | RefundState::Abnormal
            | RefundState::Success
            | RefundState::Closed
            | RefundState::Refused => None,
        }
    }

    /// Whether its amount is still spoken for.
    pub(crate) fn counts(&self) -> bool {
        self.status() != RefundStatus::Closed
    }
}
