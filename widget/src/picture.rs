//! What the shopper should see: the whole border between deciding and painting.
//!
//! A picture holds no words and no elements, so that tests compare it and any locale can tell it.

use checkout::money::Amount;

use crate::answer::Rejection;

/// With so many seconds left the shopper is warned, and may ask for another code before this one is
/// over (WCAG 2.2.1).
pub(crate) const EXPIRING_S: u64 = 300;

/// Everything to be seen at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    /// What the frame shows.
    pub(crate) face: Face,
    /// The sentence under the frame.
    pub(crate) line: Line,
    /// A second, smaller sentence.
    pub(crate) notice: Option<Notice>,
    /// What is being bought; unknown until the first answer.
    pub(crate) purchase: Option<Purchase>,
    /// The text to draw as a code; only while it can be scanned.
    pub(crate) code: Option<String>,
    /// Its modules as the Worker drew them, for a page whose shell draws by script.
    pub(crate) modules: Option<String>,
    /// Whole seconds until the code ends, only while there is one.
    pub(crate) left_s: Option<u64>,
    /// "I have paid".
    pub(crate) check: Press,
    /// The way on, where there is one.
    pub(crate) way_on: Option<WayOn>,
    /// For the shop's developer, who made the mistake and can mend it.
    pub(crate) rejection: Option<Rejection>,
    /// The browser says that it is offline.
    pub(crate) is_offline: bool,
}

impl Picture {
    /// Whether the code is nearly over.
    pub(crate) fn is_expiring(&self) -> bool {
        matches!(self.left_s, Some(..=EXPIRING_S))
    }
}

/// What the frame shows; mirrored in the element's `data-status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Face {
    /// No code yet.
    Loading,
    /// A code to scan.
    Waiting,
    /// The code, while the platform is being asked.
    Checking,
    /// The order is being closed; a payment may still win.
    Closing,
    /// Paid.
    Paid,
    /// Over, confirmed by the platform.
    Expired,
    /// Cancelled by the shop, confirmed by the platform.
    Cancelled,
    /// Nothing to scan, and somebody has to do something.
    Error,
}

impl Face {
    /// As it stands in `data-status` and in events.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Loading => "loading",
            Self::Waiting => "waiting",
            Self::Checking => "checking",
            Self::Closing => "closing",
            Self::Paid => "paid",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Error => "error",
        }
    }
}

/// The sentence under the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// The order is being made.
    Opening,
    /// The platform has not answered yet.
    Placing,
    /// Waiting for payment.
    Waiting,
    /// Asking the platform.
    Checking,
    /// The code ran out; the Worker is being asked what now.
    Renewing,
    /// The order is being closed.
    Closing,
    /// Paid.
    Paid,
    /// Over; nothing was taken.
    Expired,
    /// Cancelled by the shop.
    Cancelled,
    /// No answer from the Worker; still trying.
    Unreachable,
    /// The platform refused the order.
    Refused,
    /// The payment needs a person at the shop.
    Conflict,
    /// The page asks for something that the Worker does not give.
    Rejected,
}

impl Line {
    /// As it is called among the words of a locale.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Placing => "placing",
            Self::Waiting => "waiting",
            Self::Checking => "checking",
            Self::Renewing => "renewing",
            Self::Closing => "closing",
            Self::Paid => "paid",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Unreachable => "unreachable",
            Self::Refused => "refused",
            Self::Conflict => "conflict",
            Self::Rejected => "rejected",
        }
    }

    /// The code of `saoma-error` for lines that are errors, and whether time or a retry may help.
    pub(crate) const fn trouble(self) -> Option<(&'static str, bool)> {
        match self {
            Self::Unreachable => Some(("unreachable", true)),
            Self::Refused => Some(("wechatpay_refused", true)),
            Self::Conflict => Some(("conflict", false)),
            Self::Rejected => Some(("rejected", false)),
            _ => None,
        }
    }
}

/// A second sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    /// The browser says that it is offline.
    Offline,
    /// Requests fail; who has paid loses nothing.
    Trouble,
    /// Asked, and no payment seen yet.
    NotSeenYet,
    /// At most ten minutes left.
    TenMinutes,
    /// At most five.
    FiveMinutes,
    /// At most one.
    OneMinute,
    /// At most half of one.
    HalfMinute,
}

impl Notice {
    /// As it is called among the words of a locale.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Offline => "offline",
            Self::Trouble => "trouble",
            Self::NotSeenYet => "not_seen_yet",
            Self::TenMinutes => "ten_minutes",
            Self::FiveMinutes => "five_minutes",
            Self::OneMinute => "one_minute",
            Self::HalfMinute => "half_minute",
        }
    }
}

/// What is being bought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Purchase {
    /// As the payer reads it in WeChat.
    pub(crate) description: String,
    /// How much.
    pub(crate) amount: Amount,
}

/// The button "I have paid".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Press {
    /// Not offered.
    Absent,
    /// Offered.
    Ready,
    /// Just pressed.
    Resting,
}

impl Press {
    /// As the shell reads it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Ready => "ready",
            Self::Resting => "resting",
        }
    }
}

/// The button that leads on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WayOn {
    /// The same again.
    Retry,
    /// A new code of the same order.
    Renew,
    /// A new order for the same thing.
    Again,
}

impl WayOn {
    /// As it is called among the words of a locale.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Renew => "renew",
            Self::Again => "again",
        }
    }
}
