//! An order: what the shop wants paid, where its current attempt at the platform stands, and the
//! one question that is open.
//!
//! [`apply`] is the only way to change one. It knows no clock and calls nobody: what has to be
//! asked next, and when, is part of the state ([`Order::ask`]), so that whoever finds the order
//! after a crash knows how to go on.

mod life;
mod odd;
mod schedule;
mod wish;

use serde::{Deserialize, Serialize};

pub use self::life::apply;
pub use self::odd::{Disagreement, Fate, Odd, Policies, Policy};
use crate::id::{AttemptNo, OutTradeNo};
use crate::money::Amount;
use crate::payee::Payee;
use crate::report::{CodeUrl, PrepayId, Receipt, Refusal};
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

/// A shopper gets a fresh code at most this often: each may cost three calls to the platform.
pub const RENEW_SPACING: Seconds = Seconds(30);

/// How long after the deadline we go on asking whether an order is closed. The platform itself
/// closes unpaid orders after seven days (protocol reference B.1).
pub const CLOSING_PATIENCE: Seconds = Seconds::days(30);

/// Nor before so many fruitless questions in a row, some hour and a half: an order that a person froze
/// for a month, or that nobody could ask about for want of keys, has not been asked about yet.
pub const CLOSING_TRIES: u16 = 10;

/// The shop's side of an order, fixed when it is opened: what an authentic payment must agree with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// How much.
    pub amount: Amount,
    /// To whom.
    pub payee: Payee,
    /// Until when; sent to the platform as `time_expire`.
    pub deadline: UnixSeconds,
    /// What becomes of money that comes too late, or twice.
    #[serde(default)]
    pub policies: Policies,
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

/// What a closing is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// The deadline has passed.
    Expire,
    /// The shop wants it closed.
    Cancel,
    /// A fresh attempt shall take this one's place.
    Renew,
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
        /// What a phone is handed that scanned a printed code, for as long as the code can be
        /// scanned; only the V2 API tells it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        prepay_id: Option<PrepayId>,
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
        /// What for.
        goal: Goal,
        /// The platform took our wish to close.
        taken: bool,
    },
    /// Closed at the platform, and another attempt is to take its place: whoever can draw a number
    /// makes one ([`Order::replace`]).
    Vacant,
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
    /// When the shopper last wanted a fresh code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renewed_at: Option<UnixSeconds>,
    /// When a person last made us go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redriven_at: Option<UnixSeconds>,
    /// A code of this checkout was given out, by whichever attempt.
    #[serde(default)]
    pub was_payable: bool,
    /// Authentic money that did not settle the order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub odd: Vec<Odd>,
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
    /// Money was set aside; see [`Order::odd`].
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
            renewed_at: None,
            redriven_at: None,
            was_payable: false,
            odd: Vec::new(),
            version: 1,
        }
    }

    /// The same checkout with a fresh attempt, in place of one that the platform refused or has
    /// closed for that purpose; `None` where there is none such, or it was the last of ninety-nine.
    pub fn replace(&self, terms: Terms, number: OutTradeNo, now: UnixSeconds) -> Option<Self> {
        let replaceable = matches!(self.attempt, Attempt::Refused { .. } | Attempt::Vacant);
        let attempt_no = self.attempt_no.next().filter(|_| replaceable && !self.is_frozen())?;
        Some(Self {
            attempt_no,
            renewed_at: self.renewed_at,
            was_payable: self.was_payable,
            odd: self.odd.clone(),
            version: self.version + 1,
            ..Self::open(terms, number, self.chance, now)
        })
    }

    /// When somebody must look at this order again, even if nobody asks.
    pub fn wake_at(&self) -> Option<UnixSeconds> {
        match (&self.attempt, self.ask) {
            _ if self.is_frozen() => None,
            (_, Some(ask)) => Some(ask.at),
            (Attempt::Refused { .. }, None) => Some(self.terms.deadline),
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
            | Attempt::Closing { .. }
            | Attempt::Vacant => Status::Open,
        }
    }

    /// Whether we have given up, and only a person can make us go on ([`Report::Redriven`]).
    ///
    /// [`Report::Redriven`]: crate::report::Report::Redriven
    pub fn is_dead(&self) -> bool {
        let closing = matches!(self.attempt, Attempt::Closing { .. });
        closing && self.ask.is_none() && !self.is_frozen()
    }

    /// What can be seen from outside.
    pub fn face(&self) -> Face<'_> {
        let status = self.status();
        let trouble = match &self.attempt {
            _ if self.is_frozen() => Some(Trouble::Conflict),
            Attempt::Refused { .. } => Some(Trouble::Refused),
            _ => None,
        };
        let phase = match &self.attempt {
            Attempt::Placing { .. }
            | Attempt::Refused { .. }
            | Attempt::Vacant
            // A page that asked for a fresh code waits for one.
            | Attempt::Closing { goal: Goal::Renew, .. } => Some(Phase::Placing),
            Attempt::Payable { checking: false, .. } => Some(Phase::Waiting),
            Attempt::Payable { checking: true, .. } => Some(Phase::Checking),
            Attempt::Closing { goal: Goal::Expire | Goal::Cancel, .. } => Some(Phase::Closing),
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
