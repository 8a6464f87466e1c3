//! What the widget knows, and what it does next: decided here, without a browser.
//!
//! [`Session::step`] takes one event and the time and answers with commands; [`Session::picture`]
//! says what to show; [`Session::wake_ms`] says when to come back although nothing happens. The
//! clock is the page's monotonic one in milliseconds, never the wall clock.
//!
//! Three promises: at most one request is under way; no error ends the following; "expired" is
//! only ever the server's word. A countdown that runs out takes the code away and asks.

mod border;
mod look;
mod patience;

use checkout::patience::retry_ms;
use checkout::view::{SessionView, Status, Trouble};

pub(crate) use self::border::{Ask, Command, Event, News};
use crate::answer::{Answer, Failure, Rejection};
use crate::link::Link;
use crate::picture::Face;

/// The time of the page's monotonic clock, and one byte of chance for the pauses.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    /// Milliseconds since the page began.
    pub(crate) ms: u64,
    /// Drawn anew for every step.
    pub(crate) chance: u8,
}

/// Who made the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// This page names a product; the Worker knows the price.
    Catalogue,
    /// The shop's server made it and gave the page its token.
    Server,
}

/// How far the checkout has come. One enum: there is no way to be paid and expired at once.
#[derive(Clone, Debug, PartialEq)]
enum Stage {
    /// Not shown yet: nothing was asked.
    Asleep,
    /// Asked, nothing known yet.
    Opening,
    /// Open and followed.
    Following(Sight),
    /// Paid: the end.
    Paid(SessionView),
    /// Expired or cancelled, on the server's word. Money beats clocks, so it is watched a little
    /// longer.
    Over {
        /// The word.
        view: SessionView,
        /// How long to watch on.
        until_ms: u64,
    },
    /// The Worker will not do what the page asks.
    Stuck(Rejection),
}

/// An open checkout, as last seen.
#[derive(Clone, Debug, PartialEq)]
struct Sight {
    view: SessionView,
    clock: Clock,
}

/// Until when the code can be scanned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Clock {
    Running {
        ends_ms: u64,
    },
    /// Our count says that it is over; the server has not spoken yet.
    RunOut,
}

/// The request under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Request {
    ticket: u32,
    ask: Ask,
    sent_ms: u64,
}

/// Where the shopper is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    Watching,
    Hidden { since_ms: u64 },
    Away,
}

/// What the browser says of the network. A hint: the flag lies on some machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Network {
    Up,
    Down,
}

/// "I have paid", pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Check {
    Unpressed,
    Wanted,
    Asked { again_at_ms: u64 },
}

/// One element's checkout.
#[derive(Debug)]
pub(crate) struct Session {
    origin: Origin,
    token: Option<String>,
    stage: Stage,
    request: Option<Request>,
    tickets: u32,
    /// When to ask next, once no request is under way.
    due_ms: Option<u64>,
    /// Where the ladder of pauses began.
    eager_since_ms: u64,
    failures: u32,
    link: Link,
    presence: Presence,
    network: Network,
    check: Check,
    told: Face,
}

impl Session {
    /// A checkout that this page will make once it is shown.
    pub(crate) fn catalogue() -> Self {
        Self::new(Origin::Catalogue, None)
    }

    /// A checkout that the shop's server made.
    pub(crate) fn server(token: String) -> Self {
        Self::new(Origin::Server, Some(token))
    }

    fn new(origin: Origin, token: Option<String>) -> Self {
        Self {
            origin,
            token,
            stage: Stage::Asleep,
            request: None,
            tickets: 0,
            due_ms: None,
            eager_since_ms: 0,
            failures: 0,
            link: Link::UNTRIED,
            presence: Presence::Watching,
            network: Network::Up,
            check: Check::Unpressed,
            told: Face::Loading,
        }
    }

    /// The browser's capability for the checkout, once there is one.
    pub(crate) fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// What the server last said of the checkout.
    pub(crate) fn view(&self) -> Option<&SessionView> {
        match &self.stage {
            Stage::Following(sight) => Some(&sight.view),
            Stage::Paid(view) | Stage::Over { view, .. } => Some(view),
            Stage::Asleep | Stage::Opening | Stage::Stuck(_) => None,
        }
    }

    /// Takes one event; answers with what is to be done, in this order.
    pub(crate) fn step(&mut self, event: Event, now: Now) -> Vec<Command> {
        let mut commands = Vec::new();
        self.take(event, now, &mut commands);
        self.act(now, &mut commands);
        self.tell(&mut commands);
        commands
    }

    fn take(&mut self, event: Event, now: Now, commands: &mut Vec<Command>) {
        match event {
            Event::Shown if matches!(self.stage, Stage::Asleep) => self.open(now),
            Event::Shown | Event::Woke => {}
            Event::Answered { ticket, answer } => self.answered(ticket, answer, now, commands),
            Event::LinkOpened => {
                self.link = Link::Live;
                self.schedule(now);
            }
            Event::Pushed(view) => self.see(*view, now, commands),
            Event::LinkClosed => self.link_lost(now),
            Event::Returned => self.returned(now, commands),
            Event::Hidden => {
                self.presence = Presence::Hidden { since_ms: now.ms };
                self.schedule(now);
            }
            Event::Online => {
                self.network = Network::Up;
                self.hurry(now, commands);
            }
            Event::Offline => {
                self.network = Network::Down;
                self.schedule(now);
            }
            Event::Left => {
                self.presence = Presence::Away;
                self.abandon(commands);
            }
            Event::CheckPressed => self.check_pressed(now),
            Event::RetryPressed => self.retry_pressed(now, commands),
            Event::RenewPressed => self.renew_pressed(now, commands),
        }
    }

    fn open(&mut self, now: Now) {
        self.stage = Stage::Opening;
        self.check = Check::Unpressed;
        self.failures = 0;
        self.eager_since_ms = now.ms;
        self.due_ms = Some(now.ms);
    }

    fn answered(&mut self, ticket: u32, answer: Answer, now: Now, commands: &mut Vec<Command>) {
        let Some(request) = self.request.filter(|request| request.ticket == ticket) else {
            return;
        };
        self.request = None;
        if request.ask == Ask::Check {
            self.check_answered(now);
        }
        match answer {
            Answer::View(view) => {
                self.failures = 0;
                self.see(*view, now, commands);
            }
            Answer::Failure(failure) => self.failed(request.ask, failure, now, commands),
        }
    }

    /// What the server says of the checkout, by whichever way it came.
    fn see(&mut self, mut view: SessionView, now: Now, commands: &mut Vec<Command>) {
        if let Some(token) = view.client_token.take() {
            self.token = Some(token);
        }
        let known = self.view().map(|known| (known.status, known.version));
        // Push and poll may arrive in either order: what is older than what we know is old news,
        // and what is paid stays paid.
        if known.is_some_and(|(status, version)| status == Status::Paid || view.version < version) {
            return self.schedule(now);
        }
        let is_over = matches!(self.stage, Stage::Over { .. });
        if known.is_none() {
            commands.push(Command::Tell(News::Ready));
        }
        if known.is_none_or(|(_, version)| version < view.version) {
            // Something is moving: look closely again.
            self.eager_since_ms = now.ms;
        }
        match view.status {
            Status::Paid => {
                self.stage = Stage::Paid(view);
                commands.push(Command::Tell(News::Paid));
            }
            // A checkout that is over can only still be paid.
            _ if is_over => {}
            Status::Expired | Status::Cancelled => {
                if view.status == Status::Expired {
                    commands.push(Command::Tell(News::Expired));
                }
                self.stage = Stage::Over { view, until_ms: now.ms + patience::LATE_WATCH_MS };
            }
            Status::Open => self.stage = Stage::Following(Sight::new(view, now)),
        }
        self.schedule(now);
    }

    fn failed(&mut self, ask: Ask, failure: Failure, now: Now, commands: &mut Vec<Command>) {
        self.failures = self.failures.saturating_add(1);
        let retry_after_ms = match failure {
            Failure::Unreachable => None,
            Failure::Busy { retry_after_ms } => retry_after_ms,
            Failure::Rejected(rejection) => {
                return self.rejected(ask, rejection, now, commands);
            }
        };
        self.schedule_after_failure(retry_after_ms, now);
    }

    fn rejected(&mut self, ask: Ask, why: Rejection, now: Now, commands: &mut Vec<Command>) {
        match (self.origin, why.status) {
            // The token has run out; the page's key finds the same order and a fresh token.
            (Origin::Catalogue, 401) if ask != Ask::Open => {
                self.token = None;
                self.schedule_after_failure(None, now);
            }
            // The key belongs to an order of long ago, or to another price.
            (Origin::Catalogue, 409) if ask == Ask::Open => {
                commands.push(Command::ForgetKey);
                self.schedule_after_failure(None, now);
            }
            // Whoever has a code on the screen may be paying: an odd answer does not end that.
            _ if ask == Ask::Check => self.schedule(now),
            _ if self.view().is_some() => self.schedule_slowly(now),
            _ => {
                self.stage = Stage::Stuck(why);
                self.due_ms = None;
            }
        }
    }

    fn link_lost(&mut self, now: Now) {
        let was_live = self.link == Link::Live;
        self.link = self.link.lost(now.ms, now.chance);
        if was_live {
            self.schedule(now);
            // Something may have been said just before it closed.
            let soon_ms = now.ms + retry_ms(1, None, now.chance);
            self.due_ms = self.due_ms.map(|due_ms| due_ms.min(soon_ms));
        }
    }

    fn returned(&mut self, now: Now, commands: &mut Vec<Command>) {
        self.presence = Presence::Watching;
        self.hurry(now, commands);
    }

    fn check_pressed(&mut self, now: Now) {
        let Stage::Following(sight) = &self.stage else { return };
        let rested = match self.check {
            Check::Unpressed => true,
            Check::Wanted => false,
            Check::Asked { again_at_ms } => again_at_ms <= now.ms,
        };
        if rested && sight.view.trouble.is_none() && self.token.is_some() {
            self.check = Check::Wanted;
            self.eager_since_ms = now.ms;
        }
    }

    fn check_answered(&mut self, now: Now) {
        self.check = Check::Asked { again_at_ms: now.ms + patience::CHECK_REST_MS };
    }

    fn retry_pressed(&mut self, now: Now, commands: &mut Vec<Command>) {
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

    fn renew_pressed(&mut self, now: Now, commands: &mut Vec<Command>) {
        if self.origin == Origin::Catalogue && matches!(self.stage, Stage::Over { .. }) {
            commands.push(Command::ForgetKey);
            self.start_over(now, commands);
        }
    }

    fn start_over(&mut self, now: Now, commands: &mut Vec<Command>) {
        self.abandon(commands);
        self.hang_up(commands);
        if self.origin == Origin::Catalogue {
            self.token = None;
        }
        self.open(now);
    }
}

#[cfg(test)]
mod tests;
