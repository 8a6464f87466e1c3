//! What the widget knows, and what it does next: decided here, without a browser.
//!
//! [`Session::step`] takes one event and the time and answers with commands; [`Session::picture`]
//! says what to show; [`Session::wake_ms`] says when to come back although nothing happens. The
//! clock is the page's monotonic one in milliseconds, never the wall clock.
//!
//! Three promises: at most one request is under way; no error ends the following; "expired" is
//! only ever the server's word. A countdown that runs out takes the code away and asks.
//!
//! A change reaches the page by the best way that works: the socket; where there is none, a
//! question that the Worker holds until something changes; where something in between cuts those
//! off, questions on the ladder of `checkout::patience`.

mod act;
mod border;
mod look;
mod patience;
mod poll;
mod presses;
mod replies;
mod sight;

pub(crate) use self::border::{Adopted, Ask, Command, Event, Hold, News, Via};
use self::poll::Poll;
use self::presses::Pressed;
use self::sight::Sight;
use crate::answer::Rejection;
use crate::link::Link;
use crate::picture::Face;
use crate::seen::Seen;

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

/// Whether the page's policy lets a socket be tried at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialling {
    Allowed,
    /// A try would be a violation in somebody's report.
    Forbidden,
}

/// How far the checkout has come. One enum: there is no way to be paid and expired at once.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stage {
    /// Not shown yet: nothing was asked.
    Asleep,
    /// Asked, nothing known yet.
    Opening,
    /// Open and followed.
    Following(Sight),
    /// Paid: the end.
    Paid(Seen),
    /// Expired or cancelled, on the server's word. Money beats clocks, so it is watched a little
    /// longer.
    Over {
        /// The word.
        view: Seen,
        /// How long to watch on.
        until_ms: u64,
    },
    /// The Worker will not do what the page asks.
    Stuck(Rejection),
}

/// The request under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Request {
    ticket: u32,
    ask: Ask,
    hold: Option<Hold>,
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

/// One element's checkout.
#[derive(Debug)]
pub(crate) struct Session {
    origin: Origin,
    dialling: Dialling,
    has_token: bool,
    stage: Stage,
    request: Option<Request>,
    tickets: u32,
    /// When the last request left.
    sent_ms: Option<u64>,
    /// When to ask next, once no request is under way.
    due_ms: Option<u64>,
    /// Before this nothing is asked: the Worker said so.
    quiet_until_ms: u64,
    /// The next question wants an answer now, not when something changes.
    at_once: bool,
    /// Where the ladder of pauses began.
    eager_since_ms: u64,
    failures: u32,
    poll: Poll,
    link: Link,
    presence: Presence,
    network: Network,
    /// When somebody last came back; what follows within a moment is the same return.
    hurried_ms: Option<u64>,
    /// Somebody came back, and nothing has been seen since.
    is_back: bool,
    check: Pressed,
    /// Until when the shopper is told that the platform has seen no payment.
    not_seen_until_ms: u64,
    renewal: Pressed,
    /// The code that a renewal is to replace.
    replaced: Option<Option<u32>>,
    told: Face,
    /// The way by which this step's view came.
    via: Via,
}

impl Session {
    /// A checkout of `origin`, which is its own until it is shown. An order of the shop's
    /// server comes with the browser's capability for it.
    pub(crate) const fn new(origin: Origin, dialling: Dialling) -> Self {
        Self {
            origin,
            dialling,
            has_token: matches!(origin, Origin::Server),
            stage: Stage::Asleep,
            request: None,
            tickets: 0,
            sent_ms: None,
            due_ms: None,
            quiet_until_ms: 0,
            at_once: false,
            eager_since_ms: 0,
            failures: 0,
            poll: Poll::Held { has_failed: false },
            link: Link::UNTRIED,
            presence: Presence::Watching,
            network: Network::Up,
            hurried_ms: None,
            is_back: false,
            check: Pressed::Never,
            not_seen_until_ms: 0,
            renewal: Pressed::Never,
            replaced: None,
            told: Face::Loading,
            via: Via::Poll,
        }
    }

    /// Whether there is a capability for the checkout.
    pub(crate) const fn has_token(&self) -> bool {
        self.has_token
    }

    /// What the server last said of the checkout.
    pub(crate) const fn view(&self) -> Option<Seen> {
        match self.stage {
            Stage::Following(Sight { view, .. }) | Stage::Paid(view) | Stage::Over { view, .. } => {
                Some(view)
            }
            Stage::Asleep | Stage::Opening | Stage::Stuck(_) => None,
        }
    }

    /// Takes one event; answers with what is to be done, in this order.
    pub(crate) fn step(&mut self, event: Event, now: Now) -> Vec<Command> {
        let mut commands = Vec::new();
        self.via = Via::Poll;
        if let Event::Adopted(adopted) = event {
            // The presence comes next, and until then it is not known whether to ask.
            self.adopt(adopted, now);
            return commands;
        }
        self.take(event, now, &mut commands);
        self.act(now, &mut commands);
        self.tell(&mut commands);
        commands
    }

    fn take(&mut self, event: Event, now: Now, commands: &mut Vec<Command>) {
        match event {
            Event::Shown if matches!(self.stage, Stage::Asleep) => self.open(now),
            Event::Shown | Event::Woke | Event::Adopted(_) => {}
            Event::Answered { ticket, answer } => self.answered(ticket, answer, now, commands),
            Event::Linked => {
                self.link = Link::live(now.ms);
                self.schedule(now);
            }
            Event::Pushed(view) => {
                self.link = self.link.heard(now.ms);
                self.see_from_elsewhere(view, Via::Push, now, commands);
            }
            Event::Told(view) => self.see_from_elsewhere(view, Via::Tab, now, commands),
            Event::Heard => self.link = self.link.heard(now.ms),
            Event::Unlinked => self.link_lost(now),
            Event::Returned => self.returned(now, commands),
            Event::Hidden => self.hidden(now),
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
                self.hurried_ms = None;
                self.abandon(commands);
            }
            Event::CheckPressed => self.check_pressed(now),
            Event::RetryPressed => self.retry_pressed(now, commands),
            Event::RenewPressed => self.renew_pressed(now, commands),
        }
    }

    fn open(&mut self, now: Now) {
        self.stage = Stage::Opening;
        self.check = Pressed::Never;
        self.renewal = Pressed::Never;
        self.replaced = None;
        self.not_seen_until_ms = 0;
        self.failures = 0;
        self.eager_since_ms = now.ms;
        self.due_ms = Some(now.ms);
    }

    /// Goes on where another follower stood, which has told the page all that there was.
    ///
    /// It had asked at least once, or nobody would take over from it: so without a view the order
    /// is being opened.
    fn adopt(&mut self, adopted: Adopted, now: Now) {
        if !matches!(self.stage, Stage::Asleep) {
            return;
        }
        self.has_token |= adopted.has_token;
        self.open(now);
        if let Some(view) = adopted.view {
            let then = Now { ms: now.ms.saturating_sub(adopted.age_ms), ..now };
            self.see(view, Via::Poll, then, &mut Vec::new());
            self.schedule(now);
        }
        // The page has not come back: it was there all along.
        self.hurried_ms = Some(now.ms);
        self.told = self.expression().0;
    }

    fn hidden(&mut self, now: Now) {
        if !matches!(self.presence, Presence::Hidden { .. }) {
            self.presence = Presence::Hidden { since_ms: now.ms };
            self.schedule(now);
        }
    }

    fn returned(&mut self, now: Now, commands: &mut Vec<Command>) {
        let was_watching = self.presence == Presence::Watching;
        self.presence = Presence::Watching;
        // A page that has just been loaded says so; its first question is on its way.
        if was_watching && matches!(self.stage, Stage::Opening) {
            return;
        }
        self.is_back |= self.view().is_some() && !self.has_hurried(now);
        self.hurry(now, commands);
    }
}

#[cfg(test)]
mod tests;
