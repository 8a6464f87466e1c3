//! The push channel's life: wanted, tried, lost, tried again.
//!
//! Push is only ever a short cut. Whatever this file decides, polling alone tells the shopper the
//! truth; so a socket that will not open (a proxy, a policy of the page, an old WebView) costs
//! nothing but a rare further try.

/// Where the socket stands. Moments are milliseconds of the page's monotonic clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// None. The next try may begin at `retry_at_ms`.
    Down {
        /// Tries in a row that never opened.
        tries: u32,
        /// When the next may begin.
        retry_at_ms: u64,
    },
    /// Asked for, not open yet.
    Opening {
        /// Tries in a row that never opened, before this one.
        tries: u32,
        /// When this one is given up.
        until_ms: u64,
    },
    /// Open: the Worker sends every change.
    Live(Pulse),
}

/// Whether an open socket is still one. A network that was left says nothing when a socket dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pulse {
    /// Something was heard.
    Felt {
        /// When to ask for the next.
        ping_at_ms: u64,
    },
    /// Asked: `ping`.
    Asked {
        /// When silence means that it is dead.
        until_ms: u64,
    },
}

/// How long a socket may take to open.
const OPENING_MS_MAX: u64 = 10_000;
/// First pause after a socket that never opened; doubles up to [`RETRY_MS_MAX`].
const RETRY_MS: u64 = 5_000;
/// Five minutes: each refusal by a page's policy is an entry in somebody's report.
const RETRY_MS_MAX: u64 = 300_000;
/// How long an open socket may be silent before it is asked.
const PING_MS: u64 = 30_000;
/// How long it may take to answer.
const PONG_MS_MAX: u64 = 10_000;

impl Link {
    /// Nothing tried yet.
    pub(crate) const UNTRIED: Self = Self::Down { tries: 0, retry_at_ms: 0 };

    /// Open from now on.
    pub(crate) const fn live(now_ms: u64) -> Self {
        Self::Live(Pulse::Felt { ping_at_ms: now_ms + PING_MS })
    }

    /// Something came by it.
    pub(crate) fn heard(self, now_ms: u64) -> Self {
        match self {
            Self::Live(_) => Self::live(now_ms),
            other => other,
        }
    }

    /// After `ping`, if that is due.
    pub(crate) fn pinged(self, now_ms: u64) -> Option<Self> {
        match self {
            Self::Live(Pulse::Felt { ping_at_ms }) if ping_at_ms <= now_ms => {
                Some(Self::Live(Pulse::Asked { until_ms: now_ms + PONG_MS_MAX }))
            }
            _ => None,
        }
    }

    /// Whether it took too long to open, or to answer.
    pub(crate) fn is_dead(self, now_ms: u64) -> bool {
        match self {
            Self::Opening { until_ms, .. } | Self::Live(Pulse::Asked { until_ms }) => {
                until_ms <= now_ms
            }
            Self::Down { .. } | Self::Live(Pulse::Felt { .. }) => false,
        }
    }

    /// Whether this is the first try since one worked, or since there was a reason to try anew.
    pub(crate) const fn is_first_try(self) -> bool {
        matches!(self, Self::Opening { tries: 0, .. })
    }

    /// A try begins now.
    pub(crate) fn dial(self, now_ms: u64) -> Self {
        let tries = match self {
            Self::Down { tries, .. } | Self::Opening { tries, .. } => tries,
            Self::Live(_) => 0,
        };
        Self::Opening { tries, until_ms: now_ms + OPENING_MS_MAX }
    }

    /// The socket closed, failed, or took too long.
    ///
    /// One that had worked is tried again within a second or so: the Worker was replaced, or the
    /// network changed.
    pub(crate) fn lost(self, now_ms: u64, chance: u8) -> Self {
        let (tries, pause_ms) = match self {
            Self::Live(_) => (0, 1_000),
            Self::Opening { tries, .. } | Self::Down { tries, .. } => {
                (tries.saturating_add(1), (RETRY_MS << tries.min(6)).min(RETRY_MS_MAX))
            }
        };
        let stretch_ms = pause_ms * u64::from(chance) / 512;
        Self::Down { tries, retry_at_ms: now_ms + pause_ms + stretch_ms }
    }

    /// The shopper or the network came back: no reason to wait for the next try.
    pub(crate) fn hurried(self) -> Self {
        match self {
            Self::Down { .. } => Self::UNTRIED,
            other => other,
        }
    }

    /// When something is to be done about it although nothing happens.
    pub(crate) fn wake_ms(self) -> Option<u64> {
        match self {
            Self::Down { retry_at_ms, .. } => Some(retry_at_ms),
            Self::Opening { until_ms, .. } => Some(until_ms),
            Self::Live(Pulse::Felt { ping_at_ms }) => Some(ping_at_ms),
            Self::Live(Pulse::Asked { until_ms }) => Some(until_ms),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// BTCPay never tries the socket again once it has closed (browser-checkout D7).
    #[test]
    fn a_lost_socket_is_tried_again_soon() {
        assert_eq!(Link::live(0).lost(50_000, 0), Link::Down { tries: 0, retry_at_ms: 51_000 });
    }

    #[test]
    fn a_socket_that_never_opens_is_tried_ever_more_rarely_and_never_given_up() {
        let (mut link, mut now_ms, mut pauses) = (Link::UNTRIED, 0, Vec::new());
        for _ in 0..100 {
            link = link.dial(now_ms).lost(now_ms, 0);
            let retry_at_ms = link.wake_ms().unwrap();
            pauses.push(retry_at_ms - now_ms);
            now_ms = retry_at_ms;
        }
        assert_eq!(pauses[..7], [5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000]);
        assert_eq!(pauses.last(), Some(&300_000));
    }

    #[test]
    fn an_opening_socket_has_a_deadline() {
        assert_eq!(Link::UNTRIED.dial(5).wake_ms(), Some(10_005));
    }
}
