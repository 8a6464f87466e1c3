//! The open question of one refund: which, when, how often already.

use super::{Refund, RefundAsk, RefundCall, RefundState, Refunds, SETTLING_TIME};
use crate::id::OutRefundNo;
use crate::patience::{Waiting, ask_again};
use crate::time::UnixSeconds;

/// The moment at which something is told, and the chance that stretches what follows from it.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    pub(super) now: UnixSeconds,
    pub(super) chance: u8,
}

impl Refunds {
    /// The platform wants to be left alone until then: the refund's next question waits at least as
    /// long.
    pub fn hold_off(&mut self, number: &OutRefundNo, until: UnixSeconds) {
        let refund = self.refunds.iter_mut().find(|refund| refund.number == *number);
        if let Some(ask) = refund.and_then(|refund| refund.ask.as_mut()) {
            ask.at = ask.at.max(until);
        }
    }
}

impl Refund {
    pub(super) fn tries(&self) -> u16 {
        self.ask.map_or(0, |ask| ask.tries)
    }

    /// By the ladder, one step further up it each time.
    pub(super) fn ask_later(&mut self, call: RefundCall, waiting: Waiting, moment: Moment) {
        let tries = self.tries();
        let at = moment.now + ask_again(waiting, tries, moment.chance);
        self.ask = Some(RefundAsk { call, at, tries: tries.saturating_add(1) });
    }

    /// As soon as may be, without forgetting how often already.
    pub(super) fn ask_now(&mut self, call: RefundCall, now: UnixSeconds) {
        self.ask = Some(RefundAsk { call, at: now, tries: self.tries() });
    }

    /// Until when a call of ours whose outcome is not known may still be on its way.
    pub(super) fn unsettled(&self, now: UnixSeconds) -> Option<UnixSeconds> {
        self.doubt.map(|doubt| doubt + SETTLING_TIME).filter(|settled| now < *settled)
    }

    pub(super) fn query_later(&mut self, moment: Moment) {
        self.ask_later(RefundCall::Query, Waiting::ForRefund, moment);
    }

    /// Comes to rest: nothing is open any more, or a person has to choose first.
    pub(super) fn rest(&mut self, state: RefundState) {
        self.state = state;
        self.ask = None;
        self.doubt = None;
    }
}
