//! Moments and spans, in whole seconds. No clock: `now` is always an argument.

use core::ops::{Add, Sub};

use serde::{Deserialize, Serialize};

/// A moment: seconds since 1970-01-01T00:00:00Z.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct UnixSeconds(pub i64);

/// A span in seconds.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Seconds(pub i64);

impl Seconds {
    /// `n` minutes.
    pub const fn minutes(n: i64) -> Self {
        Self(n * 60)
    }

    /// `n` hours.
    pub const fn hours(n: i64) -> Self {
        Self(n * 3_600)
    }

    /// `n` days.
    pub const fn days(n: i64) -> Self {
        Self(n * 86_400)
    }

    /// The span in milliseconds, zero when it is over.
    pub fn left_ms(self) -> u64 {
        u64::try_from(self.0).unwrap_or(0).saturating_mul(1_000)
    }
}

impl Add<Seconds> for UnixSeconds {
    type Output = Self;

    fn add(self, span: Seconds) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Sub<Self> for UnixSeconds {
    type Output = Seconds;

    fn sub(self, earlier: Self) -> Seconds {
        Seconds(self.0.saturating_sub(earlier.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_that_is_over_leaves_nothing() {
        assert_eq!((UnixSeconds(10) - UnixSeconds(11)).left_ms(), 0);
        assert_eq!((UnixSeconds(11) - UnixSeconds(10)).left_ms(), 1_000);
    }

    #[test]
    fn far_moments_saturate() {
        assert_eq!(UnixSeconds(i64::MAX) + Seconds::days(1), UnixSeconds(i64::MAX));
        assert_eq!(UnixSeconds(i64::MIN) - UnixSeconds(i64::MAX), Seconds(i64::MIN));
    }
}
