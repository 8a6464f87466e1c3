//! A turn: read, decide, commit, tell. Nothing is awaited between reading and committing.

use checkout::id::OutTradeNo;
use checkout::order::{Effect, apply};
use checkout::refund::{self, RefundEffect, RefundNews, RefundReport, RefundState};
use checkout::report::Report;
use checkout::time::UnixSeconds;

use super::ask::Subject;
use super::{Desk, Stop, view};
use crate::outbox::{Parcel, news};
use crate::ports::{
    AttemptRow, Audience, Change, Event, Finding, LEASE, Lease, Ledger, LedgerFailure, ParcelRow,
    Platform, RefundRow, Stored, World,
};

/// What else goes into a commit.
#[derive(Default)]
pub(super) struct Beside {
    pub(super) attempt: Option<AttemptRow>,
    pub(super) refund: Option<RefundRow>,
    pub(super) event: Option<Event>,
    pub(super) effects: Vec<Effect>,
    pub(super) alarms: Vec<RefundEffect>,
}

/// What something makes of what is stored, and whom that concerns.
pub(super) struct Turn {
    pub(super) after: Stored,
    pub(super) effects: Vec<Effect>,
    pub(super) alarms: Vec<RefundEffect>,
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
    pub(super) fn decide(&self, stored: &Stored, report: &Report) -> Turn {
        let now = self.world.now();
        let mut after = Stored { lease: self.leased(stored), ..stored.clone() };
        let (mut effects, mut alarms) = (Vec::new(), Vec::new());
        if let Some(abandoned) = stored.lease.as_ref().filter(|_| after.lease.is_none()) {
            if let Some(number) = &abandoned.refund {
                let doubt = RefundNews::InDoubt { said: None };
                alarms = self.apply_refund(&mut after, number.as_str(), doubt);
            } else {
                (after.order, effects) = apply(&after.order, &Report::InDoubt, now);
            }
        }
        let (order, more) = apply(&after.order, report, now);
        after.order = order;
        effects.extend(more);
        Turn { after, effects, alarms }
    }

    /// What `finding` makes of `stored`. What is said about an attempt that has been replaced decides
    /// nothing, except that money always counts.
    pub(super) fn decide_about(&self, stored: &Stored, finding: &Finding) -> Turn {
        let mut after = stored.clone();
        let (mut effects, mut alarms) = (Vec::new(), Vec::new());
        match finding {
            Finding::Order { number, report } => {
                if stored.order.number == *number || matches!(report, Report::Paid(_)) {
                    (after.order, effects) = apply(&stored.order, report, self.world.now());
                }
            }
            Finding::Refund(report) => {
                alarms = self.apply_refund(&mut after, &report.number, report.news.clone());
            }
        }
        Turn { after, effects, alarms }
    }

    /// Applies `news` to the ledger that the refund `number` belongs to.
    pub(super) fn apply_refund(
        &self,
        stored: &mut Stored,
        number: &str,
        news: RefundNews,
    ) -> Vec<RefundEffect> {
        let transaction_id = news.fact().map(|fact| fact.transaction_id.clone());
        let report = RefundReport { number: number.to_owned(), news };
        let Some(at) = stored.ledger_at(number, transaction_id.as_deref()) else {
            return Vec::new();
        };
        let Some(ledger) = stored.refunds.get_mut(at) else { return Vec::new() };
        let (next, alarms) = refund::apply(ledger, &report, self.world.now());
        *ledger = next;
        alarms
    }

    /// The lease that is alive: somebody is calling the platform.
    pub(super) fn leased(&self, stored: &Stored) -> Option<Lease> {
        // A lease that ends further away than any lease can was given by a clock that has since
        // been set back; it must not stop the checkout.
        let wall = self.world.wall();
        let alive = |lease: &Lease| wall < lease.until && lease.until <= wall + LEASE;
        stored.lease.clone().filter(alive)
    }

    /// Commits, and tells whoever has to know.
    pub(super) async fn commit(&self, stored: Stored, beside: Beside) -> Result<(), LedgerFailure> {
        let Beside { attempt, refund, event, effects, alarms } = beside;
        let mut stored = stored;
        let parcels = self.catch_up(&mut stored);
        if attempt.is_some() || refund.is_some() || event.is_some() || !parcels.is_empty() {
            stored.touched_at = self.world.now();
        }
        let wake = self.wake_at(&stored);
        let told = (!effects.is_empty() || !alarms.is_empty()).then(|| stored.clone());
        self.ledger.commit(Change { stored, attempt, refund, event, parcels, wake }).await?;
        if let Some(stored) = told {
            self.spread(&stored, &effects);
            for alarm in &alarms {
                self.audience.alert_refund(&stored.opening, alarm);
            }
        }
        Ok(())
    }

    /// Puts into the outbox what follows from what is stored, and is not in it yet.
    pub(super) fn catch_up(&self, stored: &mut Stored) -> Vec<ParcelRow> {
        let now = self.world.now();
        let mut rows = Vec::new();
        for (topic, subject) in news::due(stored) {
            let parcel = Parcel::new(&stored.opening.id, topic, subject, now);
            if stored.outbox.parcel(&parcel.id).is_none() {
                let body = view::event(stored, &parcel, now);
                rows.push(ParcelRow { id: parcel.id.clone(), body });
                stored.outbox.parcels.push(parcel);
            }
        }
        stored.outbox.retiring = stored.outbox.retiring.filter(|_| stored.is_at_rest());
        let row = self.row(stored);
        stored.outbox.index.compare(&row, now);
        rows
    }

    /// When the object must be woken, by the wall clock: for the platform's side or the outbox's,
    /// whichever is first. While somebody is calling, that is when the lease ends: if all goes well,
    /// the result is committed, and the timer moved, before.
    pub(super) fn wake_at(&self, stored: &Stored) -> Option<UnixSeconds> {
        // Also where nothing else is open: whoever called may die, and somebody has to notice.
        let asking = match self.leased(stored) {
            Some(lease) => Some(lease.until),
            None => self.on_the_wall(stored.wake_at()),
        };
        let resting = self.on_the_wall(stored.retires_at());
        let owing = self.owes_at(stored);
        asking.into_iter().chain(self.outbox_wakes_at(stored)).chain(resting).chain(owing).min()
    }

    /// Whether a timer is set, as the clock of development builds wants to know.
    pub fn is_armed(&self) -> bool {
        let stored = self.ledger.read().ok().flatten();
        stored.is_some_and(|stored| self.wake_at(&stored).is_some())
    }

    /// A moment of business time, by the wall clock.
    pub(super) fn on_the_wall(&self, moment: Option<UnixSeconds>) -> Option<UnixSeconds> {
        moment.map(|moment| self.world.wall() + (moment - self.world.now()))
    }

    fn spread(&self, stored: &Stored, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::TellPage => self.audience.show(|| view::session(stored, self.world.now())),
                Effect::FreePlace => self.audience.free_place(&stored.opening),
                Effect::Alert(alert) => self.audience.alert(&stored.opening, alert),
            }
        }
    }

    /// The history's line for a finding of our own that changed `before` into `after`, where it is
    /// worth one: what decides something is kept, the daily "not yet" is not. Nor is a payment that is
    /// told again while something else moves, such as the next question about an order that money of
    /// another merchant was paid for.
    pub(super) fn event(&self, before: &Stored, after: &Stored, finding: Finding) -> Option<Event> {
        let worth = match &finding {
            // A state that nobody knows decides nothing; it is kept for a person, once.
            Finding::Order { report: Report::UnknownState { .. }, .. } => {
                before.order.unknown_state != after.order.unknown_state
            }
            Finding::Order { report, .. } => decides(report) && before.order != after.order,
            Finding::Refund(report) => {
                before.refund_state(&report.number) != after.refund_state(&report.number)
            }
        };
        let event = Event { at: self.world.now(), notification_id: None, finding };
        // A store that fails here fails the commit as well.
        (worth && !self.ledger.has(&event).unwrap_or(false)).then_some(event)
    }

    /// The history's line for a wish of the shop's.
    pub(super) fn wish(&self, number: &OutTradeNo, report: Report) -> Event {
        let finding = Finding::Order { number: number.clone(), report };
        Event { at: self.world.now(), notification_id: None, finding }
    }
}

fn decides(report: &Report) -> bool {
    match report {
        Report::Placed { .. }
        | Report::Refused(_)
        | Report::Disputed(_)
        | Report::Paid(_)
        | Report::ClosedThere
        | Report::CloseTaken
        | Report::CloseRefused(_)
        | Report::CancelAsked
        | Report::RenewAsked
        | Report::Resolved { .. }
        | Report::Redriven => true,
        Report::InDoubt
        | Report::NotPaid
        | Report::UnknownState { .. }
        | Report::NotFound { .. }
        | Report::CheckAsked
        | Report::Looked
        | Report::Tick => false,
    }
}

impl Stored {
    /// Where in the list the ledger stands that has the refund `number`, or else that of the payment.
    fn ledger_at(&self, number: &str, transaction_id: Option<&str>) -> Option<usize> {
        let has = |ledger: &refund::Refunds| {
            ledger.refunds.iter().any(|refund| refund.number.as_str() == number)
        };
        let known = self.refunds.iter().position(has);
        known.or_else(|| {
            let is_of = |ledger: &refund::Refunds| Some(&*ledger.transaction_id) == transaction_id;
            self.refunds.iter().position(is_of)
        })
    }

    /// The platform wants to be left alone about `subject` until then.
    pub(super) fn hold_off(&mut self, subject: &Subject, until: UnixSeconds) {
        match subject {
            Subject::Order { .. } => self.order.hold_off(until),
            Subject::Refund { number, .. } => {
                let at = self.ledger_at(number.as_str(), None);
                if let Some(ledger) = at.and_then(|at| self.refunds.get_mut(at)) {
                    ledger.hold_off(number, until);
                }
            }
        }
    }

    /// The ledger that has the refund `number`.
    pub(super) fn ledger_of(&self, number: &str) -> Option<&refund::Refunds> {
        self.refunds.get(self.ledger_at(number, None)?)
    }

    /// Where a refund of ours stands, and whether its ledger is frozen.
    fn refund_state(&self, number: &str) -> Option<(RefundState, bool)> {
        let ledger = self.ledger_of(number)?;
        let refund = ledger.refunds.iter().find(|refund| refund.number.as_str() == number)?;
        Some((refund.state, ledger.conflict.is_some()))
    }
}
