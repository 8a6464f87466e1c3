//! When an isolate may look into its merchant's keyring.
//!
//! Seldom, since strangers can make it wish to. But a look that failed is soon repeated, and one that
//! is not over yet is worth waiting for: a genuine message may be behind it. Whoever looks may die and
//! never say so, which is why a look counts as under way for a while only.

use checkout::time::{Seconds, UnixSeconds};

/// The looks of one isolate into one keyring, by the wall clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Looks {
    begun_at: Option<UnixSeconds>,
    learnt_at: Option<UnixSeconds>,
    failed_at: Option<UnixSeconds>,
}

/// How seldom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// After a look that was answered.
    pub learnt: Seconds,
    /// After one that failed.
    pub failed: Seconds,
}

/// What one who would like to look does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Looks.
    Look,
    /// Waits: for somebody else's look, or until one that failed may be repeated.
    Wait,
    /// Makes do with what is known.
    Rest,
}

/// The longest look: the keyring may ask the platform meanwhile.
pub const LOOK_MAX: Seconds = Seconds(10);

impl Looks {
    /// Whose turn it is at `wall`.
    pub fn turn(&self, wall: UnixSeconds, pace: Pace) -> Turn {
        // What lies in the future was noted by a clock that has since been set back.
        let within = |noted: Option<UnixSeconds>, span: Seconds| {
            noted.is_some_and(|at| (0..span.0).contains(&(wall - at).0))
        };
        if within(self.begun_at, LOOK_MAX) || within(self.failed_at, pace.failed) {
            Turn::Wait
        } else if within(self.learnt_at, pace.learnt) {
            Turn::Rest
        } else {
            Turn::Look
        }
    }

    /// Somebody looks. Noted before the first await, so that those who come meanwhile wait.
    #[must_use]
    pub const fn begun(self, wall: UnixSeconds) -> Self {
        Self { begun_at: Some(wall), ..self }
    }

    /// A look is over, and was answered.
    #[must_use]
    pub const fn learnt(self, wall: UnixSeconds) -> Self {
        Self { begun_at: None, learnt_at: Some(wall), failed_at: None }
    }

    /// A look is over, and brought nothing.
    #[must_use]
    pub const fn failed(self, wall: UnixSeconds) -> Self {
        Self { begun_at: None, failed_at: Some(wall), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixSeconds = UnixSeconds(1_735_700_000);
    const PACE: Pace = Pace { learnt: Seconds(10), failed: Seconds(1) };

    #[track_caller]
    fn turns(looks: Looks, expected: &[(i64, Turn)]) {
        for &(after, turn) in expected {
            assert_eq!(looks.turn(NOW + Seconds(after), PACE), turn, "after {after}");
        }
    }

    #[test]
    fn the_first_looks_and_those_who_come_meanwhile_wait() {
        turns(Looks::default(), &[(0, Turn::Look)]);
        let looking = Looks::default().begun(NOW);
        turns(looking, &[(0, Turn::Wait), (9, Turn::Wait)]);
        // Who looked is dead, or the clock was set back.
        turns(looking, &[(10, Turn::Look), (-1, Turn::Look)]);
    }

    #[test]
    fn what_was_learnt_is_good_for_a_while() {
        let learnt = Looks::default().begun(NOW).learnt(NOW);
        turns(learnt, &[(0, Turn::Rest), (9, Turn::Rest), (10, Turn::Look), (-1, Turn::Look)]);
        turns(learnt.begun(NOW + Seconds(10)), &[(10, Turn::Wait)]);
    }

    #[test]
    fn a_look_that_failed_is_repeated_soon() {
        let failed = Looks::default().begun(NOW).failed(NOW);
        turns(failed, &[(0, Turn::Wait), (1, Turn::Look)]);
        // What was learnt before is as old as it is.
        let before = Looks::default().learnt(NOW + Seconds(-8));
        turns(before.begun(NOW).failed(NOW), &[(1, Turn::Rest), (2, Turn::Look)]);
        turns(failed.learnt(NOW), &[(1, Turn::Rest), (10, Turn::Look)]);
    }
}
