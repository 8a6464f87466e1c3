//! What the server says of the checkout, by whichever way it came.

use checkout::view::{Phase, Status};

use super::presses::Pressed;
use super::{Command, News, Now, Presence, Session, Stage, Via, patience};
use crate::seen::Seen;

/// An open checkout, as last seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sight {
    pub(super) view: Seen,
    pub(super) clock: Clock,
}

/// Until when the code can be scanned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clock {
    Running {
        ends_ms: u64,
    },
    /// Our count says that it is over; the server has not spoken yet.
    RunOut,
}

impl Clock {
    pub(super) fn is_over(self, now: Now) -> bool {
        matches!(self, Self::Running { ends_ms } if ends_ms <= now.ms)
    }

    /// Rounded up, so that the last second is a second and zero means over.
    pub(super) fn left_s(self, now: Now) -> u64 {
        match self {
            Self::Running { ends_ms } => ends_ms.saturating_sub(now.ms).div_ceil(1_000),
            Self::RunOut => 0,
        }
    }
}

impl Sight {
    /// The spans of a view begin when it arrives.
    fn new(view: Seen, now: Now) -> Self {
        let left_ms = view
            .code_expires_in_ms
            .map_or(view.expires_in_ms, |code_ms| code_ms.min(view.expires_in_ms));
        let clock = match left_ms {
            0 => Clock::RunOut,
            _ => Clock::Running { ends_ms: now.ms.saturating_add(left_ms) },
        };
        Self { view, clock }
    }

    /// The code, while it can be scanned.
    pub(super) fn code(&self) -> Option<u32> {
        let shown = self.view.trouble.is_none() && self.view.phase != Some(Phase::Closing);
        self.view.code.filter(|_| shown && self.clock != Clock::RunOut)
    }
}

impl Session {
    /// What the socket or another tab brought. Neither changes the page's own capability, and a
    /// page that has been put away hears nothing: it asks when it is back.
    pub(super) fn see_from_elsewhere(
        &mut self,
        mut view: Seen,
        via: Via,
        now: Now,
        commands: &mut Vec<Command>,
    ) {
        if self.presence != Presence::Away && !matches!(self.stage, Stage::Asleep) {
            view.has_token = false;
            self.see(view, via, now, commands);
        }
    }

    pub(super) fn see(&mut self, view: Seen, via: Via, now: Now, commands: &mut Vec<Command>) {
        self.has_token |= view.has_token;
        let known = self.view().map(|known| (known.status, known.version));
        // Push and poll may arrive in either order: what is older than what we know is old news,
        // and what is paid stays paid.
        if known.is_some_and(|(status, version)| status == Status::Paid || view.version < version) {
            return self.schedule(now);
        }
        self.via = if core::mem::take(&mut self.is_back) { Via::Resume } else { via };
        if known.is_none() {
            commands.push(Command::Tell(News::Ready(self.via)));
        }
        if known.is_none_or(|(_, version)| version < view.version) {
            // Something is moving: look closely again.
            self.eager_since_ms = now.ms;
        }
        self.believe(view, now, commands);
        self.schedule(now);
    }

    fn believe(&mut self, view: Seen, now: Now, commands: &mut Vec<Command>) {
        let is_over = matches!(self.stage, Stage::Over { .. });
        match view.status {
            Status::Paid => {
                self.stage = Stage::Paid(view);
                commands.push(Command::Tell(News::Paid(self.via)));
            }
            // A checkout that is over can only still be paid.
            _ if is_over => {}
            Status::Expired | Status::Cancelled => {
                if view.status == Status::Expired {
                    commands.push(Command::Tell(News::Expired(self.via)));
                }
                self.stage = Stage::Over { view, until_ms: now.ms + patience::LATE_WATCH_MS };
            }
            Status::Open => {
                let sight = Sight::new(view, now);
                self.compare(&sight, commands);
                self.stage = Stage::Following(sight);
            }
        }
    }

    /// Whether this is the code that was asked for.
    fn compare(&mut self, sight: &Sight, commands: &mut Vec<Command>) {
        let Some(replaced) = self.replaced else { return };
        if sight.code().is_some_and(|code| replaced != Some(code)) {
            self.replaced = None;
            // A wish that still waited for a busy server would only throw the new code away.
            if self.renewal == Pressed::Wanted {
                self.renewal = Pressed::Never;
            }
            commands.push(Command::Tell(News::Refreshed(self.via)));
        }
    }
}
