//! What the shopper should see: the whole border between deciding and painting.
//!
//! A picture holds no words and no elements, so that tests compare it and any locale can tell it. The
//! order of the variants is what the page's script knows them by (widget/js/wire.js).

/// With so many seconds left the shopper is warned, and may ask for another code before this one is
/// over (WCAG 2.2.1).
pub(crate) const EXPIRING_S: u64 = 300;

/// Everything to be seen at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    /// What the frame shows.
    pub(crate) face: Face,
    /// The sentence under the frame.
    pub(crate) line: Line,
    /// A second, smaller sentence.
    pub(crate) notice: Option<Notice>,
    /// The view that says what is being bought, by number; none until the first answer.
    pub(crate) view: Option<u32>,
    /// The code to draw; only while it can be scanned.
    pub(crate) code: Option<u32>,
    /// Whole seconds until the code ends, only while there is one.
    pub(crate) left_s: Option<u64>,
    /// "I have paid".
    pub(crate) check: Press,
    /// The way on, where there is one.
    pub(crate) way_on: Option<WayOn>,
    /// By number, for the shop's developer, who made the mistake and can mend it.
    pub(crate) rejection: Option<u32>,
    /// The browser says that it is offline.
    pub(crate) is_offline: bool,
}

impl Picture {
    /// Whether the code is nearly over.
    pub(crate) const fn is_expiring(&self) -> bool {
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
    /// Whether it is told as an error.
    pub(crate) const fn is_error(self) -> bool {
        matches!(self, Self::Unreachable | Self::Refused | Self::Conflict | Self::Rejected)
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
