//! An order: what the shop wants paid, where its current attempt at the platform stands, and the
//! one question that is open.
//!
//! [`apply`] is the only way to change one. It knows no clock and calls nobody: what has to be
//! asked next, and when, is part of the state ([`Order::ask`]), so that whoever finds the order
//! after a crash knows how to go on.

mod life;
mod schedule;
mod wish;

use serde::{Deserialize, Serialize};

pub use self::life::apply;
use crate::id::{AttemptNo, OutTradeNo};
use crate::money::Amount;
use crate::payee::Payee;
use crate::report::{CodeUrl, Receipt, Refusal};
use crate::time::{Seconds, UnixSeconds};
use crate::view::{Phase, Status, Trouble};

/// How long a code can be scanned after the order call that gave it: two hours (protocol reference
/// B.1), less a minute for the way and for the shopper's own pace.
pub const CODE_LIFE: Seconds = Seconds(2 * 3_600 - 60);

/// A stale code is renewed only while the deadline is farther away than this: the platform moves a
/// nearer `time_expire` about (protocol reference B.1), and nobody can pay in no time.
pub const RENEWAL_ROOM: Seconds = Seconds::minutes(5);

/// How old an attempt must be before "no such order" may mean that there never was one: a call of
/// ours that timed out could still arrive. Five minutes is also the age from which the platform
/// wants orders closed (protocol reference B.4).
pub const SETTLING_TIME: Seconds = Seconds::minutes(5);

/// "I have paid" asks the platform at most this often.
pub const CHECK_SPACING: Seconds = Seconds(5);

/// How long after the deadline we go on asking whether an order is closed. The platform itself
/// closes unpaid orders after seven days (protocol reference B.1).
pub const CLOSING_PATIENCE: Seconds = Seconds::days(30);

/// The shop's side of an order, fixed when it is opened: what an authentic payment must agree with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// How much.
    pub amount: Amount,
    /// To whom.
    pub payee: Payee,
    /// Until when; sent to the platform as `time_expire`.
    pub deadline: UnixSeconds,
}

/// How an unpaid order ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Its deadline passed.
    Expired,
    /// The shop, or somebody at the platform's own console, closed it.
    Cancelled,
}

/// Where the current attempt stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "attempt", rename_all = "snake_case")]
pub enum Attempt {
    /// The intent is stored; what the platform made of it is not known yet.
    Placing {
        /// The platform has had this order before (its code grew stale and is being renewed), so
        /// that a refusal cannot mean that there is none.
        known: bool,
        /// The platform's no that may hide an existing order.
        dispute: Option<Refusal>,
    },
    /// The code can be scanned.
    Payable {
        /// What to draw.
        code_url: CodeUrl,
        /// From when on it cannot be scanned any more.
        code_until: UnixSeconds,
        /// The shopper says "I have paid", and the platform has not answered yet.
        checking: bool,
    },
    /// The platform said no.
    Refused {
        /// In these words.
        refusal: Refusal,
    },
    /// Being closed: query, close, query.
    Closing {
        /// What it is to become.
        end: End,
        /// The platform took our wish to close.
        taken: bool,
    },
    /// Closed at the platform.
    Closed {
        /// What it became.
        end: End,
    },
    /// Paid.
    Paid {
        /// The proof.
        receipt: Box<Receipt>,
        /// The money came after we had said that nobody could pay any more.
        late: bool,
    },
}

/// What to ask the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// Send the stored order, byte for byte.
    Place,
    /// Ask for the order's state by its number.
    Query,
    /// Close it.
    Close,
}

/// The one question that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// What to ask.
    pub call: Call,
    /// Not before.
    pub at: UnixSeconds,
    /// How many questions in a row have brought nothing.
    pub tries: u16,
}

/// Authentic, but not what we asked for. Freezes the order for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// What disagrees.
    pub disagreement: Disagreement,
    /// The proof that disagrees.
    pub receipt: Receipt,
}

/// What disagrees between a receipt and the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disagreement {
    /// Another amount.
    Amount,
    /// Another currency.
    Currency,
    /// Another merchant.
    Merchant,
    /// Another app.
    App,
    /// A second payment, of another transaction.
    SecondPayment,
}

/// An order of one checkout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// What was agreed.
    pub terms: Terms,
    /// Which attempt is the current one.
    pub attempt_no: AttemptNo,
    /// Its number at the platform.
    pub number: OutTradeNo,
    /// When its intent was stored.
    pub begun_at: UnixSeconds,
    /// One byte of chance, drawn with the intent: stretches every wait of this order.
    pub chance: u8,
    /// Where it stands.
    pub attempt: Attempt,
    /// What to ask next.
    pub ask: Option<Ask>,
    /// A `trade_state` that nobody here knows, as the platform last put it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown_state: Option<String>,
    /// When the shopper last made us ask.
    pub checked_at: Option<UnixSeconds>,
    /// What a person has to look at.
    pub conflict: Option<Conflict>,
    /// Grows with every change that a page or a shop could see.
    pub version: u64,
}

/// What a change makes somebody else do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// What the page shows has changed.
    TellPage,
    /// The checkout is open no more: its place among the open sessions is free.
    FreePlace,
    /// A person has to look.
    Alert(Alert),
}

/// Why a person has to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Alert {
    /// See [`Order::conflict`].
    Conflict(Disagreement),
    /// The platform never confirmed that the order is closed.
    NeverClosed,
    /// The platform says a `trade_state` that did not exist when this was written.
    UnknownState(String),
}

/// What of an order can be seen from outside: everything that makes its version grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Face<'a> {
    /// Where the checkout stands.
    pub status: Status,
    /// What is going on, while it is open.
    pub phase: Option<Phase>,
    /// Why there is no code.
    pub trouble: Option<Trouble>,
    /// The code and until when it can be scanned.
    pub code: Option<(&'a CodeUrl, UnixSeconds)>,
}

impl Order {
    /// An order whose intent is about to be stored; the platform is to be asked at once.
    pub fn open(terms: Terms, number: OutTradeNo, chance: u8, now: UnixSeconds) -> Self {
        Self {
            terms,
            attempt_no: AttemptNo::FIRST,
            number,
            begun_at: now,
            chance,
            attempt: Attempt::Placing { known: false, dispute: None },
            ask: Some(Ask { call: Call::Place, at: now, tries: 0 }),
            unknown_state: None,
            checked_at: None,
            conflict: None,
            version: 1,
        }
    }

    /// The same checkout with a fresh attempt, in place of one that the platform refused; `None`
    /// where the attempt was not refused, or was the last of ninety-nine.
    pub fn replace(&self, terms: Terms, number: OutTradeNo, now: UnixSeconds) -> Option<Self> {
        let refused = matches!(self.attempt, Attempt::Refused { .. }) && self.conflict.is_none();
        let attempt_no = self.attempt_no.next().filter(|_| refused)?;
        let version = self.version + 1;
        Some(Self { attempt_no, version, ..Self::open(terms, number, self.chance, now) })
    }

    /// When somebody must look at this order again, even if nobody asks.
    pub fn wake_at(&self) -> Option<UnixSeconds> {
        match (&self.attempt, self.ask) {
            (_, Some(ask)) => Some(ask.at),
            (Attempt::Refused { .. }, None) if self.conflict.is_none() => Some(self.terms.deadline),
            _ => None,
        }
    }

    /// Where the checkout stands.
    pub fn status(&self) -> Status {
        match &self.attempt {
            Attempt::Paid { .. } => Status::Paid,
            Attempt::Closed { end: End::Expired } => Status::Expired,
            Attempt::Closed { end: End::Cancelled } => Status::Cancelled,
            Attempt::Placing { .. }
            | Attempt::Payable { .. }
            | Attempt::Refused { .. }
            | Attempt::Closing { .. } => Status::Open,
        }
    }

    /// What can be seen from outside.
    pub fn face(&self) -> Face<'_> {
        let status = self.status();
        let trouble = match (&self.conflict, &self.attempt) {
            (Some(_), _) if status == Status::Open => Some(Trouble::Conflict),
            (None, Attempt::Refused { .. }) => Some(Trouble::Refused),
            _ => None,
        };
        let phase = match &self.attempt {
            Attempt::Placing { .. } | Attempt::Refused { .. } => Some(Phase::Placing),
            Attempt::Payable { checking: false, .. } => Some(Phase::Waiting),
            Attempt::Payable { checking: true, .. } => Some(Phase::Checking),
            Attempt::Closing { .. } => Some(Phase::Closing),
            Attempt::Closed { .. } | Attempt::Paid { .. } => None,
        };
        let code = match &self.attempt {
            Attempt::Payable { code_url, code_until, .. } if trouble.is_none() => {
                Some((code_url, *code_until))
            }
            _ => None,
        };
        Face { status, phase, trouble, code }
    }
}
