//! When the session acts although nothing happened: pauses, deadlines, the socket.
//!
//! The ladders themselves stand in `checkout::patience`; this file says which one holds now.

use checkout::patience::{poll_again_ms, retry_ms};

use super::{Ask, Clock, Command, Network, Now, Presence, Request, Session, Stage};
use crate::answer::Failure;
use crate::link::Link;

/// "I have paid" may be pressed this long after the last answer: the Worker asks the platform at
/// most every five seconds.
pub(super) const CHECK_REST_MS: u64 = 5_000;
/// How long a checkout that is over is watched for late money.
pub(super) const LATE_WATCH_MS: u64 = 60_000;
/// Failures in a row before a page without a code says so.
pub(super) const FAILURES_SHOWN: u32 = 3;
/// Failures in a row before a page with a code says so.
pub(super) const FAILURES_NOTED: u32 = 2;

/// Between two questions where answers come by themselves or cannot come at all: beside a live
/// socket, hidden without one, offline, refused.
const SLOW_MS: u64 = 30_000;
/// Between two questions about late money.
const LATE_MS: u64 = 10_000;
/// How long a hidden page without a socket goes on asking.
const HIDDEN_MS_MAX: u64 = 5 * 60_000;
/// What happens within a quarter of a second is one return, not three.
const RETURN_MS: u64 = 250;

impl Ask {
    /// How long an answer may take. Making an order waits for the platform, up to eight seconds.
    const fn patience_ms(self) -> u64 {
        match self {
            Self::Open => 15_000,
            Self::Check => 12_000,
            Self::Read => 8_000,
        }
    }
}

impl Request {
    const fn ends_ms(self) -> u64 {
        self.sent_ms + self.ask.patience_ms()
    }
}

impl Session {
    /// Sets the time of the next question by where everything stands.
    pub(super) fn schedule(&mut self, now: Now) {
        self.due_ms = self.pause_ms(now).map(|pause_ms| now.ms + pause_ms);
    }

    /// The same, where nothing is to be expected soon.
    pub(super) fn schedule_slowly(&mut self, now: Now) {
        self.due_ms = Some(now.ms + SLOW_MS);
    }

    /// The same after an error, which makes the pause longer but never ends the asking.
    pub(super) fn schedule_after_failure(&mut self, retry_after_ms: Option<u64>, now: Now) {
        let pause_ms = retry_ms(self.failures, retry_after_ms, now.chance);
        self.due_ms = self.pause_ms(now).map(|_| now.ms + pause_ms);
    }

    fn pause_ms(&self, now: Now) -> Option<u64> {
        match &self.stage {
            Stage::Asleep | Stage::Paid(_) | Stage::Stuck(_) => return None,
            Stage::Over { until_ms, .. } => return (now.ms < *until_ms).then_some(LATE_MS),
            Stage::Following(sight) if sight.view.trouble.is_some() => return Some(SLOW_MS),
            Stage::Opening | Stage::Following(_) => {}
        }
        match (self.presence, self.link) {
            (Presence::Away, _) | (Presence::Hidden { .. }, Link::Live) => None,
            (Presence::Hidden { since_ms }, _) => {
                (now.ms < since_ms + HIDDEN_MS_MAX).then_some(SLOW_MS)
            }
            // The flag lies on machines with odd networks, so offline is slow, not silent.
            (Presence::Watching, _) if self.network == Network::Down => Some(SLOW_MS),
            (Presence::Watching, Link::Live) => Some(SLOW_MS),
            (Presence::Watching, _) => {
                Some(poll_again_ms(now.ms.saturating_sub(self.eager_since_ms), now.chance))
            }
        }
    }

    /// Somebody came back: ask at once, and try the socket again.
    ///
    /// A question that left before the page slept may never be answered, so it is asked anew. One
    /// that makes an order is left alone.
    pub(super) fn hurry(&mut self, now: Now, commands: &mut Vec<Command>) {
        if matches!(self.stage, Stage::Asleep | Stage::Paid(_) | Stage::Stuck(_)) {
            return;
        }
        self.link = self.link.hurried();
        self.eager_since_ms = now.ms;
        match self.request {
            Some(request) if request.ask != Ask::Read || now.ms < request.sent_ms + RETURN_MS => {}
            _ => {
                self.abandon(commands);
                self.due_ms = Some(now.ms);
            }
        }
    }

    pub(super) fn abandon(&mut self, commands: &mut Vec<Command>) {
        if self.request.take().is_some() {
            commands.push(Command::Abandon);
        }
    }

    pub(super) fn hang_up(&mut self, commands: &mut Vec<Command>) {
        if !matches!(self.link, Link::Down { .. }) {
            commands.push(Command::CloseLink);
        }
        self.link = Link::UNTRIED;
    }

    /// Starts what is due; the only place that does.
    pub(super) fn act(&mut self, now: Now, commands: &mut Vec<Command>) {
        self.give_up(now, commands);
        self.run_out(now);
        if let Some(ask) = self.next_ask(now) {
            self.tickets = self.tickets.wrapping_add(1);
            self.due_ms = None;
            self.request = Some(Request { ticket: self.tickets, ask, sent_ms: now.ms });
            commands.push(Command::Send { ticket: self.tickets, ask });
        }
        self.mind_link(now, commands);
    }

    fn give_up(&mut self, now: Now, commands: &mut Vec<Command>) {
        if let Some(request) = self.request.filter(|request| request.ends_ms() <= now.ms) {
            self.abandon(commands);
            if request.ask == Ask::Check {
                self.check_answered(now);
            }
            self.failed(request.ask, Failure::Unreachable, now, commands);
        }
    }

    /// The countdown has ended: take the code away, and ask closely what the server says.
    fn run_out(&mut self, now: Now) {
        if let Stage::Following(sight) = &mut self.stage
            && sight.clock.is_over(now)
        {
            sight.clock = Clock::RunOut;
            self.eager_since_ms = now.ms;
            self.due_ms = Some(now.ms);
        }
    }

    fn next_ask(&self, now: Now) -> Option<Ask> {
        let is_due = self.due_ms.is_some_and(|due_ms| due_ms <= now.ms);
        if self.request.is_some() || self.presence == Presence::Away {
            return None;
        }
        match (&self.token, self.check) {
            (Some(_), super::Check::Wanted) => Some(Ask::Check),
            (Some(_), _) => is_due.then_some(Ask::Read),
            (None, _) => is_due.then_some(Ask::Open),
        }
    }

    fn mind_link(&mut self, now: Now, commands: &mut Vec<Command>) {
        let wanted = matches!(self.stage, Stage::Following(_))
            && self.presence != Presence::Away
            && self.token.is_some();
        match self.link {
            Link::Down { retry_at_ms, .. } => {
                let may_dial = self.presence == Presence::Watching && self.network == Network::Up;
                if wanted && may_dial && retry_at_ms <= now.ms {
                    self.link = self.link.dial(now.ms);
                    commands.push(Command::OpenLink);
                }
            }
            _ if !wanted => self.hang_up(commands),
            Link::Opening { until_ms, .. } if until_ms <= now.ms => {
                self.link = self.link.lost(now.ms, now.chance);
                commands.push(Command::CloseLink);
            }
            Link::Opening { .. } | Link::Live => {}
        }
    }

    /// When to come back although nothing happens.
    pub(crate) fn wake_ms(&self, now: Now) -> Option<u64> {
        if self.presence == Presence::Away {
            return None;
        }
        let ask = match self.request {
            Some(request) => Some(request.ends_ms()),
            None => self.due_ms,
        };
        [ask, self.link_wake_ms(), self.face_wake_ms(now)].into_iter().flatten().min()
    }

    fn link_wake_ms(&self) -> Option<u64> {
        let dials = self.presence == Presence::Watching && self.network == Network::Up;
        let is_following = matches!(self.stage, Stage::Following(_));
        match self.link {
            Link::Down { .. } if !dials => None,
            link => link.wake_ms().filter(|_| is_following && self.token.is_some()),
        }
    }
}
