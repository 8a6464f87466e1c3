//! Starts what is due and ends what takes too long: the only place that does.

use super::sight::Clock;
use super::{
    Ask, Command, Dialling, Hold, Network, Now, Origin, Presence, Request, Session, Stage, patience,
};
use crate::answer::Failure;
use crate::link::Link;

impl Session {
    pub(super) fn act(&mut self, now: Now, commands: &mut Vec<Command>) {
        self.give_up(now, commands);
        self.run_out(now, commands);
        self.mind_link(now, commands);
        self.ask(now, commands);
    }

    fn give_up(&mut self, now: Now, commands: &mut Vec<Command>) {
        if let Some(request) = self.request.filter(|request| request.ends_ms() <= now.ms) {
            self.abandon(commands);
            self.press_answered(request.ask, false, now);
            self.failed(request, Failure::Unreachable, now, commands);
        }
    }

    /// The countdown has ended: take the code away, and ask closely what the server says.
    ///
    /// A question that is held would be answered when something changes, and the end of a code is no
    /// change.
    fn run_out(&mut self, now: Now, commands: &mut Vec<Command>) {
        if let Stage::Following(sight) = &mut self.stage
            && sight.clock.is_over(now)
        {
            sight.clock = Clock::RunOut;
            self.eager_since_ms = now.ms;
            self.due_ms = Some(now.ms);
            self.at_once = true;
            if self.request.is_some_and(|request| request.hold.is_some()) {
                self.abandon(commands);
            }
        }
    }

    fn ask(&mut self, now: Now, commands: &mut Vec<Command>) {
        let Some(ask) = self.next_ask(now) else { return };
        // Somebody presses a button while a question is held: that one can be asked again.
        self.abandon(commands);
        let hold = (ask == Ask::Read).then(|| self.hold(now)).flatten();
        self.tickets = self.tickets.wrapping_add(1);
        self.due_ms = None;
        self.at_once = false;
        self.sent_ms = Some(now.ms);
        self.request = Some(Request { ticket: self.tickets, ask, hold, sent_ms: now.ms });
        commands.push(Command::Send { ticket: self.tickets, ask, hold });
    }

    fn next_ask(&self, now: Now) -> Option<Ask> {
        if self.presence == Presence::Away || now.ms < self.silent_until_ms() {
            return None;
        }
        let under_way = self.request.map(|request| request.ask);
        if let Some(pressed) = self.wanted() {
            return Some(pressed).filter(|_| matches!(under_way, None | Some(Ask::Read)));
        }
        let is_due = self.due_ms.is_some_and(|due_ms| due_ms <= now.ms);
        match (self.has_token, self.origin) {
            _ if !is_due || under_way.is_some() => None,
            (true, _) => Some(Ask::Read),
            // Without a token there is only the page's key to ask by.
            (false, Origin::Catalogue) => Some(Ask::Open),
            (false, Origin::Server) => None,
        }
    }

    /// Whether a reading is to wait for a change: only where somebody looks and no socket speaks.
    fn hold(&self, now: Now) -> Option<Hold> {
        let Stage::Following(sight) = &self.stage else { return None };
        let holds = !self.at_once
            && self.presence == Presence::Watching
            && self.network == Network::Up
            && !matches!(self.link, Link::Live(_))
            && self.poll.holds(now.ms);
        holds.then_some(Hold { version: sight.view.version, wait_s: patience::WAIT_S })
    }

    fn mind_link(&mut self, now: Now, commands: &mut Vec<Command>) {
        let wanted = self.wants_link();
        match self.link {
            Link::Down { retry_at_ms, .. } => {
                if wanted && self.may_dial() && retry_at_ms <= now.ms {
                    self.dial(now, commands);
                }
            }
            _ if !wanted => self.hang_up(commands),
            link if link.is_dead(now.ms) => {
                commands.push(Command::HangUp);
                self.link_lost(now);
            }
            Link::Live(_) => {
                if let Some(pinged) = self.link.pinged(now.ms) {
                    self.link = pinged;
                    commands.push(Command::Ping);
                }
            }
            Link::Opening { .. } => {}
        }
    }

    fn wants_link(&self) -> bool {
        matches!(self.stage, Stage::Following(_))
            && self.presence != Presence::Away
            && self.has_token
    }

    fn may_dial(&self) -> bool {
        self.dialling == Dialling::Allowed
            && self.presence == Presence::Watching
            && self.network == Network::Up
    }

    fn dial(&mut self, now: Now, commands: &mut Vec<Command>) {
        self.link = self.link.dial(now.ms);
        commands.push(Command::Dial);
        // The first word of a socket is how things stand, so it saves a question if it opens soon.
        if self.link.is_first_try() && !self.at_once {
            let soon_ms = now.ms + patience::DIAL_GRACE_MS;
            self.due_ms = self.due_ms.map(|due_ms| due_ms.max(soon_ms));
        }
    }

    pub(super) fn link_lost(&mut self, now: Now) {
        let was_live = matches!(self.link, Link::Live(_));
        self.link = self.link.lost(now.ms, now.chance);
        // Something may have been said just before it closed. All pages lose theirs when the Worker
        // is replaced, so they do not ask in the same moment.
        let soon_ms = if was_live { patience::spread_ms(now) } else { 0 };
        if let Some(pause_ms) = self.pause_ms(now) {
            let due_ms = now.ms + pause_ms.max(soon_ms);
            self.due_ms = Some(self.due_ms.map_or(due_ms, |earlier_ms| earlier_ms.min(due_ms)));
        }
    }

    pub(super) fn abandon(&mut self, commands: &mut Vec<Command>) {
        if self.request.take().is_some() {
            commands.push(Command::Abandon);
        }
    }

    pub(super) fn hang_up(&mut self, commands: &mut Vec<Command>) {
        if !matches!(self.link, Link::Down { .. }) {
            commands.push(Command::HangUp);
        }
        self.link = Link::UNTRIED;
    }

    /// When to come back although nothing happens.
    pub(crate) fn wake_ms(&self, now: Now) -> Option<u64> {
        if self.presence == Presence::Away {
            return None;
        }
        let acts_ms = patience::earlier(self.ask_wake_ms(), self.link_wake_ms());
        let wake_ms = patience::earlier(acts_ms, self.face_wake_ms(now))?;
        Some(wake_ms.max(now.ms))
    }

    fn ask_wake_ms(&self) -> Option<u64> {
        let ends_ms = self.request.map(Request::ends_ms);
        let may_ask = self.request.is_none_or(|request| request.ask == Ask::Read);
        let asks_ms = match (self.wanted(), self.due_ms) {
            (Some(_), _) if may_ask => Some(0),
            (_, due_ms) => due_ms.filter(|_| self.request.is_none()),
        };
        let asks_ms = asks_ms.map(|asks_ms| asks_ms.max(self.silent_until_ms()));
        patience::earlier(ends_ms, asks_ms)
    }

    fn link_wake_ms(&self) -> Option<u64> {
        match self.link {
            Link::Down { .. } if !self.may_dial() => None,
            link => link.wake_ms().filter(|_| self.wants_link()),
        }
    }
}
