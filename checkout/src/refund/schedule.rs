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
    /// How many questions in a row brought nothing while it waited for this.
    pub(super) fn tries(&self, waiting: Waiting) -> u16 {
        self.ask.filter(|ask| ask.waiting == waiting).map_or(0, |ask| ask.tries)
    }

    /// By the ladder, one step further up it each time. Who waits for something else than before
    /// begins at its foot.
    pub(super) fn ask_later(&mut self, call: RefundCall, waiting: Waiting, moment: Moment) {
        let tries = self.tries(waiting);
        let at = moment.now + ask_again(waiting, tries, moment.chance);
        self.ask = Some(RefundAsk { call, at, waiting, tries: tries.saturating_add(1) });
    }

    /// As soon as may be, without forgetting for what and how often already.
    pub(super) fn ask_now(&mut self, call: RefundCall, now: UnixSeconds) {
        let first = RefundAsk { call, at: now, waiting: Waiting::ForAnswer, tries: 0 };
        self.ask = Some(RefundAsk { call, at: now, ..self.ask.unwrap_or(first) });
    }

    /// When it is to be asked where it stands, if that comes next.
    pub(super) fn next_query(&self) -> Option<UnixSeconds> {
        self.ask.filter(|ask| ask.call == RefundCall::Query).map(|ask| ask.at)
    }

    /// Asks at that time where it stands, whatever else was to be sent; that may be under way.
    pub(super) fn query_at(&mut self, at: UnixSeconds) {
        if self.ask.is_some() && self.next_query().is_none() {
            self.doubt = Some(at);
        }
        self.ask_now(RefundCall::Query, at);
    }

    /// Until when a call of ours whose outcome is not known may still be on its way.
    pub(super) fn unsettled(&self, now: UnixSeconds) -> Option<UnixSeconds> {
        self.doubt.map(|doubt| doubt + SETTLING_TIME).filter(|settled| now < *settled)
    }

    /// The last question brought nothing that means something.
    pub(super) fn query_later(&mut self, moment: Moment) {
        self.ask_later(RefundCall::Query, Waiting::ForAnswer, moment);
    }

    /// Comes to rest: nothing is open any more, or a person has to choose first.
    pub(super) fn rest(&mut self, state: RefundState) {
        self.state = state;
        self.ask = None;
        self.doubt = None;
    }
}
