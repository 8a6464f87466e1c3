//! How long the session waits: pauses and deadlines.
//!
//! The ladders themselves stand in `checkout::patience`; this file says which one holds now.

use checkout::patience::{poll_again_ms, retry_ms};

use super::poll::Poll;
use super::{Ask, Command, Network, Now, Presence, Request, Session, Stage};
use crate::link::Link;

/// "I have paid" may be pressed this long after the last answer: the Worker asks the platform at
/// most every five seconds.
pub(super) const CHECK_REST_MS: u64 = 5_000;
/// How long the shopper is told what came of that.
pub(super) const NOT_SEEN_MS: u64 = 30_000;
/// A new code may be asked for this long after the last answer: the Worker makes one at most every
/// thirty seconds.
pub(super) const RENEW_REST_MS: u64 = 30_000;
/// How long a checkout that is over is watched for late money.
pub(super) const LATE_WATCH_MS: u64 = 60_000;
/// Failures in a row before a page without a code says so.
pub(super) const FAILURES_SHOWN: u32 = 3;
/// Failures in a row before a page with a code says so.
pub(super) const FAILURES_NOTED: u32 = 2;
/// How long the Worker is asked to hold a question; it holds none for longer.
pub(super) const WAIT_S: u32 = 25;
/// How long a first socket is waited for before a question is asked beside it.
pub(super) const DIAL_GRACE_MS: u64 = 3_000;

/// Between two questions where answers are not to be expected: hidden without a socket, offline,
/// refused.
const SLOW_MS: u64 = 30_000;
/// Between two questions beside a live socket, which says everything first.
const LIVE_MS: u64 = 5 * 60_000;
/// Between two questions about late money.
const LATE_MS: u64 = 10_000;
/// Between the beginnings of two questions, however fast the answers come.
const APART_MS: u64 = 500;
/// How long a hidden page without a socket goes on asking.
const HIDDEN_MS_MAX: u64 = 5 * 60_000;
/// What happens within a quarter of a second is one return, not three.
const RETURN_MS: u64 = 250;

impl Ask {
    /// How long an answer may take. Making an order or a code waits for the platform, up to eight
    /// seconds.
    const fn patience_ms(self) -> u64 {
        match self {
            Self::Open | Self::Renew => 15_000,
            Self::Check => 12_000,
            Self::Read => 8_000,
        }
    }
}

impl Request {
    pub(super) fn ends_ms(self) -> u64 {
        let held_ms = self.hold.map_or(0, |hold| u64::from(hold.wait_s) * 1_000);
        self.sent_ms + held_ms + self.ask.patience_ms()
    }
}

/// The earlier of two moments that may never come.
pub(super) fn earlier(one_ms: Option<u64>, other_ms: Option<u64>) -> Option<u64> {
    match (one_ms, other_ms) {
        (Some(one_ms), Some(other_ms)) => Some(one_ms.min(other_ms)),
        (one_ms, None) => one_ms,
        (None, other_ms) => other_ms,
    }
}

/// Within a second or so, so that what was cut off together does not knock together.
pub(super) fn spread_ms(now: Now) -> u64 {
    retry_ms(1, None, now.chance)
}

impl Session {
    /// Sets the time of the next question by where everything stands.
    pub(super) fn schedule(&mut self, now: Now) {
        self.due_ms = self.pause_ms(now).map(|pause_ms| now.ms + pause_ms);
    }

    /// The same, where nothing is to be expected soon.
    pub(super) fn schedule_slowly(&mut self, now: Now) {
        self.due_ms = self.pause_ms(now).map(|pause_ms| now.ms + pause_ms.max(SLOW_MS));
    }

    /// The same after an error, which makes the pause longer but never ends the asking.
    pub(super) fn schedule_after_failure(&mut self, retry_after_ms: Option<u64>, now: Now) {
        let slow_ms = match (self.presence, self.network) {
            (Presence::Watching, Network::Up) => 0,
            _ => SLOW_MS,
        };
        let pause_ms = retry_ms(self.failures, retry_after_ms, now.chance).max(slow_ms);
        if let Some(asked_ms) = retry_after_ms {
            self.quiet_until_ms = now.ms + asked_ms;
        }
        self.due_ms = self.pause_ms(now).map(|_| now.ms + pause_ms);
    }

    /// Until then nothing is sent, whoever presses or comes back: the Worker asked for that, or the
    /// network is said to be gone. That flag lies on machines with odd networks, so offline is slow
    /// and not silent.
    pub(super) fn silent_until_ms(&self) -> u64 {
        let offline_ms = match (self.network, self.sent_ms) {
            (Network::Down, Some(sent_ms)) => sent_ms + SLOW_MS,
            _ => 0,
        };
        self.quiet_until_ms.max(offline_ms)
    }

    pub(super) fn pause_ms(&self, now: Now) -> Option<u64> {
        match &self.stage {
            Stage::Asleep | Stage::Paid(_) | Stage::Stuck(_) => return None,
            Stage::Over { until_ms, .. } if *until_ms <= now.ms => return None,
            Stage::Opening | Stage::Following(_) | Stage::Over { .. } => {}
        }
        match self.presence {
            Presence::Away => None,
            Presence::Hidden { .. } if matches!(self.link, Link::Live(_)) => None,
            Presence::Hidden { since_ms } => (now.ms < since_ms + HIDDEN_MS_MAX).then_some(SLOW_MS),
            Presence::Watching if self.network == Network::Down => Some(SLOW_MS),
            Presence::Watching => Some(self.watching_pause_ms(now)),
        }
    }

    fn watching_pause_ms(&self, now: Now) -> u64 {
        let is_following = match &self.stage {
            Stage::Over { .. } => return LATE_MS,
            stage => matches!(stage, Stage::Following(_)),
        };
        match self.link {
            Link::Live(_) => LIVE_MS,
            link if link.is_first_try() => DIAL_GRACE_MS,
            // What was held and came back is held again, as long as that is no storm.
            _ if is_following && matches!(self.poll, Poll::Held { .. }) => {
                self.sent_ms.map_or(0, |sent_ms| (sent_ms + APART_MS).saturating_sub(now.ms))
            }
            _ => poll_again_ms(now.ms.saturating_sub(self.eager_since_ms), now.chance),
        }
    }

    /// Whether somebody came back a moment ago.
    pub(super) fn has_hurried(&self, now: Now) -> bool {
        self.hurried_ms.is_some_and(|hurried_ms| now.ms < hurried_ms + RETURN_MS)
    }

    /// Somebody came back: ask at once, and try the socket again.
    ///
    /// A question that left before the page slept may never be answered, so it is asked anew. One
    /// that makes an order is left alone.
    pub(super) fn hurry(&mut self, now: Now, commands: &mut Vec<Command>) {
        if matches!(self.stage, Stage::Asleep | Stage::Paid(_) | Stage::Stuck(_)) {
            return;
        }
        if self.has_hurried(now) {
            if self.request.is_none() && !self.at_once {
                self.schedule(now);
            }
            return;
        }
        self.hurried_ms = Some(now.ms);
        self.link = self.link.hurried();
        self.poll = Poll::Held { has_failed: false };
        self.eager_since_ms = now.ms;
        if self.request.is_none_or(|request| request.ask == Ask::Read) {
            self.abandon(commands);
            self.due_ms = Some(now.ms);
            self.at_once = true;
        }
    }
}
