//! A turn: read, decide, commit, tell. Nothing is awaited between reading and committing.

use checkout::id::OutTradeNo;
use checkout::order::{Ask, Effect, apply};
use checkout::report::Report;
use checkout::time::UnixSeconds;

use super::{Desk, Stop, view};
use crate::ports::{
    AttemptRow, Audience, Change, Event, LEASE, Lease, Ledger, LedgerFailure, Platform, Stored,
    World,
};

/// What else goes into a commit.
#[derive(Default)]
pub(super) struct Beside {
    pub(super) attempt: Option<AttemptRow>,
    pub(super) event: Option<Event>,
    pub(super) effects: Vec<Effect>,
}

impl<P: Platform, L: Ledger, W: World, A: Audience> Desk<P, L, W, A> {
    /// What is stored, for a command that cannot make a checkout.
    pub(super) fn stored(&self) -> Result<Stored, Stop> {
        self.ledger.read()?.ok_or(Stop::Unknown)
    }

    /// What `report` makes of `stored`.
    ///
    /// A lease that ended without an answer belonged to a handler that died: its call may have
    /// taken effect. That has to be asked before anything else is believed. Repeating the order
    /// instead could bring a refusal, which would say nothing about the first call, and an order
    /// that exists would be taken for one that does not.
    pub(super) fn decide(&self, stored: &Stored, report: &Report) -> (Stored, Vec<Effect>) {
        let now = self.world.now();
        let abandoned = stored.lease.is_some() && self.leased(stored).is_none();
        let (order, mut effects) = if abandoned {
            apply(&stored.order, &Report::InDoubt, now)
        } else {
            (stored.order.clone(), Vec::new())
        };
        let (order, more) = apply(&order, report, now);
        effects.extend(more);
        (Stored { order, lease: self.leased(stored), ..stored.clone() }, effects)
    }

    /// What `report` about the attempt `number` makes of `stored`: what is said about an attempt
    /// that has been replaced decides nothing, except that money always counts.
    pub(super) fn decide_about(
        &self,
        stored: &Stored,
        number: &OutTradeNo,
        report: &Report,
    ) -> (Stored, Vec<Effect>) {
        if stored.order.number != *number && !matches!(report, Report::Paid(_)) {
            return (stored.clone(), Vec::new());
        }
        let (order, effects) = apply(&stored.order, report, self.world.now());
        (Stored { order, ..stored.clone() }, effects)
    }

    /// The question that is due, and that nobody is asking. Nor was asking: a dead lease must first
    /// have been taken for a call in doubt, by [`Desk::decide`].
    pub(super) fn due(&self, stored: &Stored) -> Option<Ask> {
        stored.order.ask.filter(|ask| ask.at <= self.world.now() && stored.lease.is_none())
    }

    /// The lease that is alive: somebody is calling the platform.
    pub(super) fn leased(&self, stored: &Stored) -> Option<Lease> {
        // A lease that ends further away than any lease can was given by a clock that has since
        // been set back; it must not stop the checkout.
        let wall = self.world.wall();
        stored.lease.filter(|lease| wall < lease.until && lease.until <= wall + LEASE)
    }

    /// Commits, and tells whoever has to know.
    pub(super) async fn commit(&self, stored: Stored, beside: Beside) -> Result<(), LedgerFailure> {
        let Beside { attempt, event, effects } = beside;
        let wake = self.wake_at(&stored);
        let told = (!effects.is_empty()).then(|| stored.clone());
        self.ledger.commit(Change { stored, attempt, event, wake }).await?;
        if let Some(stored) = told {
            self.tell(&stored, &effects);
        }
        Ok(())
    }

    /// When the object must be woken, by the wall clock. While somebody is calling, that is when
    /// the lease ends: if all goes well, the result is committed, and the timer moved, before.
    fn wake_at(&self, stored: &Stored) -> Option<UnixSeconds> {
        let wake = stored.order.wake_at()?;
        Some(match self.leased(stored) {
            Some(lease) => lease.until,
            None => self.world.wall() + (wake - self.world.now()),
        })
    }

    fn tell(&self, stored: &Stored, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::TellPage => self.audience.show(|| view::session(stored, self.world.now())),
                Effect::FreePlace => self.audience.free_place(&stored.opening),
                Effect::Alert(alert) => self.audience.alert(&stored.opening, alert),
            }
        }
    }

    /// The history's line for a `report` of our own, where it is worth one: what decides something
    /// is kept, the daily "not yet" is not.
    pub(super) fn event(&self, number: &OutTradeNo, report: &Report) -> Option<Event> {
        let worth = match report {
            Report::Placed { .. }
            | Report::Refused(_)
            | Report::Disputed(_)
            | Report::Paid(_)
            | Report::ClosedThere
            | Report::CloseTaken
            | Report::CloseRefused(_)
            | Report::CancelAsked => true,
            Report::InDoubt
            | Report::NotPaid
            | Report::UnknownState { .. }
            | Report::NotFound { .. }
            | Report::CheckAsked
            | Report::Looked
            | Report::Tick => false,
        };
        worth.then(|| Event {
            at: self.world.now(),
            number: number.clone(),
            notification_id: None,
            report: report.clone(),
        })
    }
}
