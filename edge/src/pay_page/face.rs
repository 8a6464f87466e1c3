//! What a page shows of a checkout's standing, and how soon it is worth another look.

use checkout::time::Seconds;
use checkout::view::{Phase, SessionView, Status, Trouble};

/// One of the pictures that a page can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Face {
    /// There is no code yet.
    Placing,
    /// The code can be scanned.
    Waiting,
    /// The platform is being asked; the code can still be scanned.
    Checking,
    /// The order is being closed.
    Closing,
    /// It was paid.
    Paid,
    /// Nobody can pay it any more.
    Expired,
    /// The shop cancelled it.
    Cancelled,
    /// The platform did not take the order.
    Refused,
    /// A person at the shop has to look.
    Conflict,
}

/// What came to its end needs no second look, and neither does what waits for a person.
const LOOKS_FOR_CODE_S: u32 = 5;
/// A shopper looks at the page and pays.
const LOOKS_AT_FIRST_S: u32 = 6;
/// Nobody pays within seconds any more.
const LOOKS_LATER_S: u32 = 30;
/// A page that was forgotten.
const LOOKS_AT_LAST_S: u32 = 60;

const AT_FIRST: Seconds = Seconds::minutes(10);
const LATER: Seconds = Seconds::hours(1);

/// A code is worth a fresh one only while the order lives for so long after it: the desk renews
/// nothing after that (`checkout::order::wish`).
const RENEWAL_ROOM_MS: u64 = 300_000;

impl Face {
    /// What `view` looks like.
    pub(super) fn of(view: &SessionView) -> Self {
        match (view.status, view.trouble, view.phase) {
            (Status::Paid, ..) => Self::Paid,
            (Status::Expired, ..) => Self::Expired,
            (Status::Cancelled, ..) => Self::Cancelled,
            (Status::Open, Some(Trouble::Conflict), _) => Self::Conflict,
            (Status::Open, Some(Trouble::Refused), _) => Self::Refused,
            (Status::Open, None, Some(Phase::Closing)) => Self::Closing,
            // A code that has just run out is on its way to a fresh one.
            (Status::Open, None, _) if view.qr.is_none() => Self::Placing,
            (Status::Open, None, Some(Phase::Checking)) => Self::Checking,
            (Status::Open, None, _) => Self::Waiting,
        }
    }

    /// Its name in the page's markup, for the style sheet and for programs that look.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Placing => "placing",
            Self::Waiting => "waiting",
            Self::Checking => "checking",
            Self::Closing => "closing",
            Self::Paid => "paid",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Refused => "refused",
            Self::Conflict => "conflict",
        }
    }

    /// Whether there is a code to scan.
    pub(super) const fn has_code(self) -> bool {
        matches!(self, Self::Waiting | Self::Checking)
    }

    /// Whether the shopper may ask for another code, given what is left of the order.
    pub(super) const fn renews(self, expires_in_ms: u64) -> bool {
        (self.has_code() || matches!(self, Self::Refused)) && expires_in_ms > RENEWAL_ROOM_MS
    }

    /// Seconds until the page is worth another look, when it has been looked at for `watched`.
    pub(super) fn looks_again_s(self, watched: Seconds) -> Option<u32> {
        match self {
            Self::Paid | Self::Expired | Self::Cancelled | Self::Refused | Self::Conflict => None,
            _ if watched > LATER => Some(LOOKS_AT_LAST_S),
            _ if watched > AT_FIRST => Some(LOOKS_LATER_S),
            Self::Placing | Self::Closing => Some(LOOKS_FOR_CODE_S),
            Self::Waiting | Self::Checking => Some(LOOKS_AT_FIRST_S),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: [Face; 4] = [Face::Placing, Face::Waiting, Face::Checking, Face::Closing];
    const AT_REST: [Face; 5] =
        [Face::Paid, Face::Expired, Face::Cancelled, Face::Refused, Face::Conflict];

    #[test]
    fn a_page_looks_again_every_few_seconds_then_more_seldom_and_at_the_end_never() {
        for face in OPEN {
            for (watched, least, most) in [(0, 5, 10), (600, 5, 10), (601, 30, 30), (3_601, 60, 60)]
            {
                let seconds = face.looks_again_s(Seconds(watched)).unwrap();
                assert!((least..=most).contains(&seconds), "{face:?} {watched}: {seconds}");
            }
        }
        for face in AT_REST {
            assert_eq!(face.looks_again_s(Seconds(0)), None, "{face:?}");
        }
    }

    #[test]
    fn another_code_is_offered_only_where_the_desk_would_give_one() {
        for face in OPEN.into_iter().chain(AT_REST) {
            let offered = matches!(face, Face::Waiting | Face::Checking | Face::Refused);
            assert_eq!(face.renews(300_001), offered, "{face:?}");
            assert!(!face.renews(300_000), "{face:?}");
        }
    }
}
