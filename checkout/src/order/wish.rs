//! What the shop, the shopper, an operator and the clock want of an order. A wish never ends one by
//! itself: it leads to a question to the platform.

use super::{Ask, Attempt, CHECK_SPACING, Call, End, Goal, Order, RENEW_SPACING, RENEWAL_ROOM};
use crate::time::UnixSeconds;

impl Order {
    pub(super) fn cancel(&mut self, now: UnixSeconds) {
        match &mut self.attempt {
            Attempt::Placing { .. } | Attempt::Payable { .. } => {
                self.begin_closing(Goal::Cancel, now);
            }
            Attempt::Closing { goal: goal @ Goal::Renew, .. } => {
                *goal = Goal::Cancel;
                self.hurry(now);
            }
            // Nothing there can be paid.
            Attempt::Refused { .. } | Attempt::Vacant => {
                self.attempt = Attempt::Closed { end: End::Cancelled };
                self.ask = None;
            }
            Attempt::Closing { .. } | Attempt::Closed { .. } | Attempt::Paid { .. } => {}
        }
    }

    pub(super) fn check(&mut self, now: UnixSeconds) {
        if self.checked_at.is_some_and(|last| now - last < CHECK_SPACING) {
            return;
        }
        let hurry = match &mut self.attempt {
            Attempt::Payable { checking, .. } => {
                *checking = true;
                Some(Call::Query)
            }
            Attempt::Placing { .. } | Attempt::Closing { .. } => self.ask.map(|ask| ask.call),
            Attempt::Refused { .. }
            | Attempt::Vacant
            | Attempt::Closed { .. }
            | Attempt::Paid { .. } => None,
        };
        if let Some(call) = hurry {
            self.checked_at = Some(now);
            self.ask = Some(Ask { call, at: now, tries: self.tries() });
        }
    }

    pub(super) fn looked(&mut self, now: UnixSeconds) {
        self.tick(now);
        let Attempt::Payable { code_until, .. } = self.attempt else { return };
        if now < code_until {
            return;
        }
        if self.terms.deadline - now > RENEWAL_ROOM {
            self.place_for_a_fresh_code(now);
        } else {
            self.begin_closing(Goal::Expire, now);
        }
    }

    /// A stale code is renewed by the identical order, which voids it. A live one may be held by
    /// another phone, and only a new attempt frees it (protocol reference B.1): the old one has to be
    /// closed first.
    pub(super) fn renew(&mut self, now: UnixSeconds) {
        self.tick(now);
        let spaced = self.renewed_at.is_none_or(|last| now - last >= RENEW_SPACING);
        if !spaced || self.terms.deadline - now <= RENEWAL_ROOM {
            return;
        }
        // The last attempt there can be is not given away for one that cannot be.
        let is_last = self.attempt_no.next().is_none();
        match self.attempt {
            Attempt::Payable { code_until, .. } if now >= code_until => {
                self.place_for_a_fresh_code(now);
            }
            Attempt::Payable { .. } | Attempt::Refused { .. } if is_last => return,
            Attempt::Payable { .. } => self.begin_closing(Goal::Renew, now),
            Attempt::Refused { .. } => {
                self.attempt = Attempt::Vacant;
                self.ask = Some(Ask { call: Call::Place, at: now, tries: 0 });
            }
            Attempt::Placing { .. }
            | Attempt::Closing { .. }
            | Attempt::Vacant
            | Attempt::Closed { .. }
            | Attempt::Paid { .. } => return,
        }
        self.renewed_at = Some(now);
    }

    fn place_for_a_fresh_code(&mut self, now: UnixSeconds) {
        self.attempt = Attempt::Placing { known: true, dispute: None };
        self.ask = Some(Ask { call: Call::Place, at: now, tries: 0 });
    }

    /// Goes on where we had given up, and at once where we had not.
    pub(super) fn redriven(&mut self, now: UnixSeconds) {
        if self.is_dead() {
            self.resume(now);
        } else if self.ask.is_some() {
            self.hurry(now);
        } else {
            return;
        }
        self.redriven_at = Some(now);
    }

    fn hurry(&mut self, now: UnixSeconds) {
        if let Some(ask) = &mut self.ask {
            ask.at = ask.at.min(now);
        }
    }

    pub(super) fn tick(&mut self, now: UnixSeconds) {
        if now < self.terms.deadline {
            // What was closed to make room, and could not be replaced in time.
            if self.attempt == Attempt::Vacant && self.terms.deadline - now <= RENEWAL_ROOM {
                self.attempt = Attempt::Closed { end: End::Expired };
                self.ask = None;
            }
            return;
        }
        match &mut self.attempt {
            Attempt::Placing { .. } | Attempt::Payable { .. } => {
                self.begin_closing(Goal::Expire, now);
            }
            Attempt::Closing { goal: goal @ Goal::Renew, .. } => {
                *goal = Goal::Expire;
                self.hurry(now);
            }
            // The platform has nothing of it that could be paid: there is nothing to close.
            Attempt::Refused { .. } | Attempt::Vacant => {
                self.attempt = Attempt::Closed { end: End::Expired };
                self.ask = None;
            }
            Attempt::Closing { .. } | Attempt::Closed { .. } | Attempt::Paid { .. } => {}
        }
    }
}
