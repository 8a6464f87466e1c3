//! What the shop, the shopper and the clock want of an order. A wish never ends one by itself: it
//! leads to a question to the platform.

use super::{Ask, Attempt, CHECK_SPACING, Call, End, Order, RENEWAL_ROOM};
use crate::time::UnixSeconds;

impl Order {
    pub(super) fn cancel(&mut self, now: UnixSeconds) {
        match self.attempt {
            Attempt::Placing { .. } | Attempt::Payable { .. } => {
                self.begin_closing(End::Cancelled, now)
            }
            Attempt::Refused { .. } => {
                self.attempt = Attempt::Closed { end: End::Cancelled };
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
            Attempt::Refused { .. } | Attempt::Closed { .. } | Attempt::Paid { .. } => None,
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
            self.attempt = Attempt::Placing { known: true, dispute: None };
            self.ask = Some(Ask { call: Call::Place, at: now, tries: 0 });
        } else {
            self.begin_closing(End::Expired, now);
        }
    }

    pub(super) fn tick(&mut self, now: UnixSeconds) {
        if now < self.terms.deadline {
            return;
        }
        match self.attempt {
            Attempt::Placing { .. } | Attempt::Payable { .. } => {
                self.begin_closing(End::Expired, now)
            }
            // The platform never had it: there is nothing to close.
            Attempt::Refused { .. } => self.attempt = Attempt::Closed { end: End::Expired },
            Attempt::Closing { .. } | Attempt::Closed { .. } | Attempt::Paid { .. } => {}
        }
    }
}
