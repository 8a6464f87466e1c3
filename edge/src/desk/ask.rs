//! Asks the platform what the checkout wants to know: the only caller of the platform.
//!
//! One call at a time, for the order and all its refunds together, each under a [`Lease`] that was
//! committed with the intent. The answer is applied to what is stored *then*, not to what was stored
//! when the question was asked: a notification or the shop may have been faster. While questions are
//! due and there is time, the same lease-holder goes on.

use checkout::id::{AttemptNo, OutRefundNo, OutTradeNo};
use checkout::order::{Attempt, Call};
use checkout::refund::{RefundCall, RefundNews};
use checkout::report::Report;
use checkout::time::{Seconds, UnixSeconds};

use super::Desk;
use super::call::Heard;
use super::turn::{Beside, Turn};
use crate::ports::{
    Audience, CALL_MAX, LEASE, Lease, Ledger, LedgerFailure, Platform, Stored, World,
};

/// A question that this handler, and nobody else, is to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) subject: Subject,
    /// When our right to ask ends, by the wall clock.
    pub(super) until: UnixSeconds,
    ticket: u64,
}

/// What a question is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    Order { call: Call, no: AttemptNo, number: OutTradeNo },
    Refund { call: RefundCall, number: OutRefundNo },
}

/// A question that is open, and when it is to be asked.
struct Open {
    at: UnixSeconds,
    subject: Subject,
}

/// How long a handler may go on asking. A call is begun only while all of it fits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    until: UnixSeconds,
}

impl Budget {
    /// When it ends, by the wall clock.
    pub(super) fn until(self) -> UnixSeconds {
        self.until
    }
}

/// What a caller who waits for the answer is made to wait at most.
const INLINE: Seconds = Seconds(8);
/// What one run of the timer may take; the next run goes on.
const TIMER: Seconds = Seconds(30);
/// How often a handler looks whether another one has finished its call.
const GLANCE_MS: u32 = 100;
/// Glances in [`INLINE`], should the clock stand still.
const GLANCES_MAX: u32 = 80;

impl<P: Platform, L: Ledger, W: World, A: Audience> Desk<P, L, W, A> {
    /// For a caller who waits.
    pub(super) fn inline(&self) -> Budget {
        Budget { until: self.world.wall() + INLINE }
    }

    /// For the timer.
    pub(super) fn timer(&self) -> Budget {
        Budget { until: self.world.wall() + TIMER }
    }

    fn fits(&self, budget: Budget) -> bool {
        self.world.wall() + CALL_MAX <= budget.until
    }

    /// Whether a question is due that nobody is asking. Nor was asking: a dead lease must first have
    /// been taken for a call in doubt, by [`Desk::decide`].
    pub(super) fn is_due(&self, stored: &Stored) -> bool {
        self.due(stored).is_some()
    }

    fn due(&self, stored: &Stored) -> Option<Open> {
        next(stored).filter(|open| open.at <= self.world.now() && stored.lease.is_none())
    }

    /// Takes the question that is due, if any: the caller commits `stored` and then asks.
    pub(super) fn take(&self, stored: &mut Stored) -> Option<Question> {
        let Open { subject, .. } = self.due(stored)?;
        let ticket = stored.revision + 1;
        let until = self.world.wall() + LEASE;
        let refund = match &subject {
            Subject::Refund { call, number } => {
                // What it counts is that the call may have been made; it raises nothing.
                let sending = RefundNews::Sending { call: *call };
                self.apply_refund(stored, number.as_str(), sending);
                Some(number.clone())
            }
            Subject::Order { .. } => None,
        };
        stored.lease = Some(Lease { until, ticket, refund });
        Some(Question { subject, until, ticket })
    }

    /// Asks `question`, and what becomes due by its answer, while `budget` lasts; also what follows
    /// from the answer and needs keys: a fresh attempt, money that goes back by itself.
    pub(super) async fn ask(
        &self,
        question: Option<Question>,
        budget: Budget,
    ) -> Result<(), LedgerFailure> {
        let mut next = question;
        loop {
            while let Some(question) = next {
                let heard = self.call(&question).await;
                next = self.settle(&question, heard, budget).await?;
            }
            if !self.fits(budget) {
                return Ok(());
            }
            next = self.follow_up().await?;
            if next.is_none() {
                return Ok(());
            }
        }
    }

    /// Asks what becomes due while `budget` lasts, and waits for whoever else is asking: for a
    /// caller to whom an answer two seconds later is worth more than "not yet".
    pub(super) async fn ask_or_wait(&self, budget: Budget) -> Result<(), LedgerFailure> {
        for _ in 0..GLANCES_MAX {
            let Some(before) = self.ledger.read()? else { return Ok(()) };
            let Turn { mut after, effects, alarms } = self.decide(&before, &Report::Tick);
            let until = self.world.now() + (budget.until - self.world.wall());
            let fits = |at: UnixSeconds| at.max(self.world.now()) + CALL_MAX <= until;
            if !next(&after).is_some_and(|open| fits(open.at)) {
                return Ok(());
            }
            if let Some(question) = self.take(&mut after) {
                self.commit(after, Beside { effects, alarms, ..Beside::default() }).await?;
                self.ask(Some(question), budget).await?;
            } else {
                self.world.pause(GLANCE_MS).await;
            }
        }
        Ok(())
    }

    /// Applies the answer to what is stored now; gives the lease back, or takes it for the next
    /// question.
    async fn settle(
        &self,
        question: &Question,
        heard: Heard,
        budget: Budget,
    ) -> Result<Option<Question>, LedgerFailure> {
        let Some(before) = self.ledger.read()? else { return Ok(None) };
        let Heard { finding, hold_off } = heard;
        let Turn { mut after, effects, alarms } = self.decide_about(&before, &finding);
        if self.audience.is_watched() {
            after.order.watched(self.world.now());
        }
        if let Some(span) = hold_off {
            after.hold_off(&question.subject, self.world.now() + span);
        }
        let event = self.event(&before, &after, finding);
        after.lease = after.lease.filter(|lease| lease.ticket != question.ticket);
        let next = if self.fits(budget) { self.take(&mut after) } else { None };
        self.commit(after, Beside { event, effects, alarms, ..Beside::default() }).await?;
        Ok(next)
    }
}

/// The question that comes next, of the order's and all refunds'.
fn next(stored: &Stored) -> Option<Open> {
    let order = &stored.order;
    // A vacant attempt has no number to ask about yet; see `Desk::follow_up`.
    let ask = order.ask.filter(|_| order.attempt != Attempt::Vacant);
    let placed = ask.map(|ask| {
        let (no, number) = (order.attempt_no, order.number.clone());
        Open { at: ask.at, subject: Subject::Order { call: ask.call, no, number } }
    });
    let refunds = stored.refunds.iter().filter_map(|ledger| {
        let (refund, ask) = ledger.next()?;
        let subject = Subject::Refund { call: ask.call, number: refund.number.clone() };
        Some(Open { at: ask.at, subject })
    });
    placed.into_iter().chain(refunds).min_by_key(|open| open.at)
}
