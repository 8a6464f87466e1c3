//! The one open question of an order: which, when, how often already.

use super::{Ask, Attempt, CLOSING_PATIENCE, CLOSING_TRIES, Call, Goal, Order};
use crate::patience::{Waiting, ask_again};
use crate::time::UnixSeconds;

impl Order {
    /// The platform wants to be left alone until `until`: the question that is open waits at least
    /// as long. This moves a timer and decides nothing, so it is no report. A deadline, a shopper
    /// who says "I have paid" or a shop that cancels do not wait for it.
    pub fn hold_off(&mut self, until: UnixSeconds) {
        if let Some(ask) = &mut self.ask {
            ask.at = ask.at.max(until);
        }
    }

    /// A page is watching: the next look at the platform comes sooner. This too moves a timer and
    /// decides nothing.
    pub fn watched(&mut self, now: UnixSeconds) {
        if let (Attempt::Payable { .. }, Some(ask)) = (&self.attempt, &mut self.ask) {
            let at = now + ask_again(Waiting::ForMoneyWatched, ask.tries, self.chance);
            ask.at = ask.at.min(at);
        }
    }

    pub(super) fn begin_closing(&mut self, goal: Goal, now: UnixSeconds) {
        self.attempt = Attempt::Closing { goal, taken: false };
        self.ask = Some(Ask { call: Call::Query, at: now, tries: 0 });
    }

    pub(super) fn tries(&self) -> u16 {
        self.ask.map_or(0, |ask| ask.tries)
    }

    /// The platform has just answered a question, so the identical order may follow at once; but
    /// only after the first doubt, lest two answers chase each other.
    pub(super) fn place_again(&mut self, now: UnixSeconds) {
        let tries = self.tries();
        if tries <= 1 {
            self.ask = Some(Ask { call: Call::Place, at: now, tries: tries + 1 });
        } else {
            self.ask_later(Call::Place, Waiting::ForCode, now);
        }
    }

    /// At once the first time, by the ladder from then on.
    pub(super) fn ask_soon(&mut self, call: Call, waiting: Waiting, now: UnixSeconds) {
        if self.tries() == 0 {
            self.ask = Some(Ask { call, at: now, tries: 1 });
        } else {
            self.ask_later(call, waiting, now);
        }
    }

    pub(super) fn ask_later(&mut self, call: Call, waiting: Waiting, now: UnixSeconds) {
        let tries = self.tries();
        let at = now + ask_again(waiting, tries, self.chance);
        self.ask = Some(Ask { call, at, tries: tries.saturating_add(1) });
    }

    /// The next look at a code that is shown, the deadline at the latest. Past it there is nothing to
    /// wait for: whoever goes on asking as long as something is due would ask without end.
    pub(super) fn wait_for_money(&mut self, tries: u16, now: UnixSeconds) {
        if now >= self.terms.deadline {
            self.begin_closing(Goal::Expire, now);
            return;
        }
        let at = now + ask_again(Waiting::ForMoney, tries, self.chance);
        self.ask = Some(Ask { call: Call::Query, at: at.min(self.terms.deadline), tries });
    }

    pub(super) fn close_stray_later(&mut self, now: UnixSeconds) {
        if self.ask.is_some() {
            self.ask_later(Call::Close, Waiting::ForClose, now);
        }
    }

    /// Money that settles nothing may have been the answer to a question; then the next one is asked
    /// later, not at once.
    pub(super) fn has_answered(&mut self, now: UnixSeconds) {
        let due = |ask: Ask| ask.call == Call::Query && ask.at <= now;
        if self.ask.is_some_and(due) {
            self.ask_later(Call::Query, Waiting::ForClose, now);
        }
    }

    /// Nobody has paid yet. A question that the shopper forced does not wear out our patience.
    pub(super) fn still_waiting(&mut self, now: UnixSeconds) {
        let mut tries = self.tries();
        if let Attempt::Payable { checking, .. } = &mut self.attempt {
            tries = if *checking { tries } else { tries.saturating_add(1) };
            *checking = false;
        }
        self.wait_for_money(tries, now);
    }

    /// Ends the asking after an order that nobody will confirm closed.
    pub(super) fn give_up(&mut self, now: UnixSeconds) {
        let ending = matches!(self.attempt, Attempt::Closing { .. } | Attempt::Paid { .. });
        let since = self.redriven_at.unwrap_or(UnixSeconds(0)).max(self.terms.deadline);
        // However late we come to it, the platform is asked before anything is given up, and what
        // is to be asked at once is.
        let waits = |ask: &Ask| ask.tries >= CLOSING_TRIES && ask.at > now;
        if ending && now > since + CLOSING_PATIENCE && self.ask.as_ref().is_some_and(waits) {
            self.ask = None;
        }
    }
}
