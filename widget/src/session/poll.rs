//! Whether questions are held by the Worker, or asked anew.

/// How changes are learned of where there is no socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Poll {
    /// By questions that the Worker holds until something changes.
    Held {
        /// Whether the last one did not come back well.
        has_failed: bool,
    },
    /// By the ladder: something in between cuts off what takes long.
    Ladder {
        /// When a held question is tried again.
        until_ms: u64,
    },
}

/// How long the ladder is used before a held question is tried again.
const LADDER_MS: u64 = 5 * 60_000;

impl Poll {
    /// Whether the next question may be held.
    pub(super) const fn holds(self, now_ms: u64) -> bool {
        match self {
            Self::Held { .. } => true,
            Self::Ladder { until_ms } => until_ms <= now_ms,
        }
    }

    /// A held question failed: the second in a row leads to the ladder, and so does each single one
    /// that was only a try.
    pub(super) const fn failed(self, now_ms: u64) -> Self {
        match self {
            Self::Held { has_failed: false } => Self::Held { has_failed: true },
            Self::Held { has_failed: true } | Self::Ladder { .. } => {
                Self::Ladder { until_ms: now_ms + LADDER_MS }
            }
        }
    }
}
