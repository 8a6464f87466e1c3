//! The shopper's three buttons.

use checkout::view::{Phase, Trouble};

use super::{Ask, Command, Now, Origin, Session, Stage, patience};

/// A button that asks the Worker something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pressed {
    Never,
    /// Pressed; the request waits or is under way.
    Wanted,
    Asked {
        again_at_ms: u64,
    },
}

impl Pressed {
    pub(super) const fn is_rested(self, now: Now) -> bool {
        match self {
            Self::Never => true,
            Self::Wanted => false,
            Self::Asked { again_at_ms } => again_at_ms <= now.ms,
        }
    }

    /// When it may be pressed again, if that is still to come.
    pub(super) fn rested_ms(self, now: Now) -> Option<u64> {
        match self {
            Self::Asked { again_at_ms } => Some(again_at_ms).filter(|at_ms| now.ms < *at_ms),
            Self::Never | Self::Wanted => None,
        }
    }
}

impl Session {
    pub(super) fn check_pressed(&mut self, now: Now) {
        let Stage::Following(sight) = &self.stage else { return };
        if self.check.is_rested(now) && sight.view.trouble.is_none() && self.has_token {
            self.check = Pressed::Wanted;
            self.eager_since_ms = now.ms;
        }
    }

    /// A new code of this order while it is open; a new order for the same goods when it is over.
    pub(super) fn renew_pressed(&mut self, now: Now, commands: &mut Vec<Command>) {
        match &self.stage {
            Stage::Over { .. } if self.origin == Origin::Catalogue => {
                commands.push(Command::Forget);
                self.start_over(now, commands);
            }
            Stage::Following(sight) => {
                let old = sight.view.code;
                if self.may_renew(now) {
                    self.renewal = Pressed::Wanted;
                    self.replaced = Some(old);
                    self.eager_since_ms = now.ms;
                }
            }
            _ => {}
        }
    }

    /// Whether the Worker would do anything about a wish for a new code.
    pub(super) fn may_renew(&self, now: Now) -> bool {
        let Stage::Following(sight) = &self.stage else { return false };
        let is_placed = !matches!(sight.view.phase, Some(Phase::Closing | Phase::Placing));
        let is_sound = sight.view.trouble.is_none() && is_placed;
        is_sound && self.has_token && self.renewal.is_rested(now)
    }

    pub(super) fn retry_pressed(&mut self, now: Now, commands: &mut Vec<Command>) {
        let troubled = match &self.stage {
            Stage::Opening => self.failures >= patience::FAILURES_SHOWN,
            Stage::Following(sight) => sight.view.trouble == Some(Trouble::Refused),
            Stage::Stuck(_) => true,
            Stage::Asleep | Stage::Paid(_) | Stage::Over { .. } => false,
        };
        if troubled {
            self.start_over(now, commands);
        }
    }

    fn start_over(&mut self, now: Now, commands: &mut Vec<Command>) {
        self.abandon(commands);
        self.hang_up(commands);
        if self.origin == Origin::Catalogue {
            self.has_token = false;
        }
        self.open(now);
    }

    /// The request behind a press is over. Only an answer is a reason to rest for long: who heard
    /// nothing may ask again.
    pub(super) fn press_answered(&mut self, ask: Ask, is_answer: bool, now: Now) {
        match ask {
            Ask::Check => {
                self.check = Pressed::Asked { again_at_ms: now.ms + patience::CHECK_REST_MS };
                if is_answer {
                    self.not_seen_until_ms = now.ms + patience::NOT_SEEN_MS;
                }
            }
            Ask::Renew if is_answer => {
                self.renewal = Pressed::Asked { again_at_ms: now.ms + patience::RENEW_REST_MS };
            }
            Ask::Renew => self.renewal = Pressed::Never,
            Ask::Open | Ask::Read => {}
        }
    }

    /// What the shopper pressed and the Worker has not been asked yet.
    pub(super) fn wanted(&self) -> Option<Ask> {
        if !self.has_token {
            return None;
        }
        let under_way = self.request.map(|request| request.ask);
        let waits = |pressed, ask| pressed == Pressed::Wanted && under_way != Some(ask);
        if waits(self.check, Ask::Check) {
            return Some(Ask::Check);
        }
        waits(self.renewal, Ask::Renew).then_some(Ask::Renew)
    }
}
