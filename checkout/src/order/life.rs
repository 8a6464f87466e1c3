//! The order's life: state × report × now → state + effects.
//!
//! Read it as a table: `step` picks the row by what was reported, each row's function picks the
//! cell by where the attempt stands. Three rules are above all others. Authentic money settles an
//! order whatever we had decided. Nothing is closed or expired on our word alone. No answer is not
//! an answer: it leads to a question.

use super::{
    Alert, Ask, Attempt, CODE_LIFE, Call, Disagreement, Effect, End, Fate, Goal, Order, Policy,
    RENEWAL_ROOM, SETTLING_TIME,
};
use crate::patience::Waiting;
use crate::report::{CodeUrl, PrepayId, Proof, Receipt, Refusal, Report};
use crate::time::UnixSeconds;
use crate::view::Status;

/// Applies one report. The order that comes back is the whole truth; the effects are for others.
///
/// A frozen order changes by money and by a person's decision only: its other reports are kept by
/// whoever stores them.
pub fn apply(order: &Order, report: &Report, now: UnixSeconds) -> (Order, Vec<Effect>) {
    let decides = matches!(report, Report::Paid(_) | Report::Resolved { .. });
    if order.is_frozen() && !decides {
        return (order.clone(), Vec::new());
    }
    let mut next = order.clone();
    next.forget_unknown_state(report);
    next.step(report, now);
    next.give_up(now);
    let effects = next.compare(order);
    (next, effects)
}

impl Order {
    /// A state that was not understood counts until the platform says another one.
    fn forget_unknown_state(&mut self, report: &Report) {
        match report {
            Report::Placed { .. }
            | Report::Paid(_)
            | Report::NotPaid
            | Report::NotFound { .. }
            | Report::ClosedThere
            | Report::CloseTaken => self.unknown_state = None,
            Report::Refused(_)
            | Report::Disputed(_)
            | Report::InDoubt
            | Report::UnknownState { .. }
            | Report::CloseRefused(_)
            | Report::CancelAsked
            | Report::CheckAsked
            | Report::Looked
            | Report::RenewAsked
            | Report::Resolved { .. }
            | Report::Redriven
            | Report::Tick => {}
        }
    }

    fn step(&mut self, report: &Report, now: UnixSeconds) {
        match report {
            Report::Paid(receipt) => self.paid(receipt, now),
            Report::Placed { code_url, prepay_id } => {
                self.placed(code_url.clone(), prepay_id.clone(), now);
            }
            Report::Refused(refusal) => self.refused(refusal, now),
            Report::Disputed(refusal) => self.disputed(refusal, now),
            Report::InDoubt => self.in_doubt(now),
            Report::UnknownState { trade_state } => self.unknown_state(trade_state, now),
            Report::NotPaid => self.not_paid(now),
            Report::NotFound { proof } => self.not_found(*proof, now),
            Report::ClosedThere => self.closed_there(now),
            Report::CloseTaken => self.close_taken(now),
            Report::CloseRefused(_) => self.close_refused(now),
            Report::CancelAsked => self.cancel(now),
            Report::CheckAsked => self.check(now),
            Report::Looked => self.looked(now),
            Report::RenewAsked => self.renew(now),
            Report::Resolved { transaction_id, resolution } => {
                self.resolve(transaction_id, *resolution, now);
            }
            Report::Redriven => self.redriven(now),
            Report::Tick => self.tick(now),
        }
    }

    // Money beats clocks. The payer may have confirmed a second before we gave up, so an authentic
    // success counts even after we closed the order on our side; how, is the shop's policy.
    fn paid(&mut self, receipt: &Receipt, now: UnixSeconds) {
        // The first word counts. One that contradicts it is for whoever compares the books.
        if !self.knows_payment(&receipt.transaction_id) {
            let policies = self.terms.policies;
            if let Some(disagreement) = self.disagreement(receipt) {
                self.set_aside(receipt, disagreement, Policy::Hold);
            } else if self.status() == Status::Paid {
                self.set_aside(receipt, Disagreement::SecondPayment, policies.second);
            } else if self.status() != Status::Open && policies.late != Policy::Settle {
                self.set_aside(receipt, Disagreement::Late, policies.late);
            } else {
                self.settle(receipt);
                return;
            }
        }
        self.has_answered(now);
    }

    pub(super) fn settle(&mut self, receipt: &Receipt) {
        let late = matches!(self.attempt, Attempt::Closed { .. });
        // An earlier attempt was refused or closed, so that money for it should not exist. If it
        // does, it counts, and the attempt that is still payable must not be paid as well. One that
        // is being closed is payable until the platform confirms.
        let stray = receipt.out_trade_no != self.number.as_str();
        let payable = matches!(
            self.attempt,
            Attempt::Placing { .. } | Attempt::Payable { .. } | Attempt::Closing { .. }
        );
        let taken = self.odd.iter().any(|odd| self.is_about_current(&odd.receipt, odd.why));
        let close = Ask { call: Call::Close, at: UnixSeconds(0), tries: 0 };
        self.ask = (stray && payable && !taken).then_some(close);
        self.attempt = Attempt::Paid { receipt: Box::new(receipt.clone()), late };
    }

    fn placed(&mut self, code_url: CodeUrl, prepay_id: Option<PrepayId>, now: UnixSeconds) {
        match self.attempt {
            Attempt::Placing { .. } | Attempt::Payable { .. } | Attempt::Refused { .. } => {
                let code_until = (now + CODE_LIFE).min(self.terms.deadline);
                self.was_payable = true;
                self.attempt =
                    Attempt::Payable { code_url, code_until, prepay_id, checking: false };
                self.wait_for_money(0, now);
            }
            // The answer is older than the decision; closing goes its own way.
            Attempt::Closing { .. }
            | Attempt::Vacant
            | Attempt::Closed { .. }
            | Attempt::Paid { .. } => {}
        }
    }

    fn refused(&mut self, refusal: &Refusal, now: UnixSeconds) {
        match self.attempt {
            Attempt::Placing { known: false, .. } => {
                self.attempt = Attempt::Refused { refusal: refusal.clone() };
                self.ask = None;
            }
            // The old code may have been paid while we asked for a fresh one.
            Attempt::Placing { known: true, .. } => {
                self.ask_later(Call::Query, Waiting::ForCode, now);
            }
            Attempt::Payable { .. }
            | Attempt::Refused { .. }
            | Attempt::Closing { .. }
            | Attempt::Vacant
            | Attempt::Closed { .. }
            | Attempt::Paid { .. } => {}
        }
    }

    fn disputed(&mut self, refusal: &Refusal, now: UnixSeconds) {
        if let Attempt::Placing { dispute, .. } = &mut self.attempt {
            *dispute = Some(refusal.clone());
            self.ask_soon(Call::Query, Waiting::ForCode, now);
        }
    }

    fn in_doubt(&mut self, now: UnixSeconds) {
        match &mut self.attempt {
            Attempt::Placing { .. } => self.ask_soon(Call::Query, Waiting::ForCode, now),
            Attempt::Payable { .. } => self.still_waiting(now),
            Attempt::Closing { .. } => self.ask_later(Call::Query, Waiting::ForClose, now),
            Attempt::Paid { .. } => self.close_stray_later(now),
            Attempt::Refused { .. } | Attempt::Vacant | Attempt::Closed { .. } => {}
        }
    }

    // Whatever it means, guessing could cost money either way: we ask again, as after no answer.
    fn unknown_state(&mut self, trade_state: &str, now: UnixSeconds) {
        self.in_doubt(now);
        let asking = !matches!(self.attempt, Attempt::Refused { .. } | Attempt::Vacant);
        if self.status() == Status::Open && asking {
            self.unknown_state = Some(trade_state.to_owned());
        }
    }

    fn not_paid(&mut self, now: UnixSeconds) {
        match &mut self.attempt {
            // The order arrived and its answer did not: the identical order brings a fresh code.
            Attempt::Placing { known, .. } => {
                *known = true;
                self.place_again(now);
            }
            Attempt::Payable { .. } => self.still_waiting(now),
            Attempt::Closing { .. } => self.ask_soon(Call::Close, Waiting::ForClose, now),
            Attempt::Paid { .. } => self.close_stray_later(now),
            Attempt::Refused { .. } | Attempt::Vacant | Attempt::Closed { .. } => {}
        }
    }

    fn not_found(&mut self, proof: Proof, now: UnixSeconds) {
        let settled = now - self.begun_at >= SETTLING_TIME;
        let closing = self.ask.is_some_and(|ask| ask.call == Call::Close);
        match &mut self.attempt {
            Attempt::Placing { known: false, dispute: Some(refusal) } => {
                self.attempt = Attempt::Refused { refusal: refusal.clone() };
                self.ask = None;
            }
            Attempt::Placing { .. } => self.place_again(now),
            Attempt::Payable { .. } => self.still_waiting(now),
            // A query that finds nothing may have looked too early or in the wrong place, so the close
            // is sent all the same. A code to be renewed was shown, so the platform did have it: only
            // the close that it took says that nobody can pay it beside the next one.
            Attempt::Closing { goal, taken }
                if settled
                    && (*taken || closing && proof == Proof::Verified && *goal != Goal::Renew) =>
            {
                let goal = *goal;
                self.closed(goal, now);
            }
            // Our own call may still be on its way: closing now could close nothing.
            Attempt::Closing { .. } if !settled => {
                let at = self.begun_at + SETTLING_TIME;
                self.ask = Some(Ask { call: Call::Close, at, tries: self.tries() });
            }
            Attempt::Closing { .. } => self.ask_soon(Call::Close, Waiting::ForClose, now),
            Attempt::Paid { .. } => self.close_stray_later(now),
            Attempt::Refused { .. } | Attempt::Vacant | Attempt::Closed { .. } => {}
        }
    }

    fn closed_there(&mut self, now: UnixSeconds) {
        match self.attempt {
            Attempt::Closing { goal, .. } => self.closed(goal, now),
            // By somebody else. We do not guess that the shop wants another attempt.
            Attempt::Placing { .. } | Attempt::Payable { .. } | Attempt::Refused { .. } => {
                self.attempt = Attempt::Closed { end: self.end_by(now) };
                self.ask = None;
            }
            Attempt::Paid { .. } => self.ask = None,
            Attempt::Vacant | Attempt::Closed { .. } => {}
        }
    }

    /// The platform has confirmed that nobody can pay this attempt any more.
    fn closed(&mut self, goal: Goal, now: UnixSeconds) {
        let end = match goal {
            Goal::Cancel => End::Cancelled,
            Goal::Renew if self.terms.deadline - now > RENEWAL_ROOM => {
                self.attempt = Attempt::Vacant;
                self.ask = Some(Ask { call: Call::Place, at: now, tries: 0 });
                return;
            }
            Goal::Expire | Goal::Renew => End::Expired,
        };
        self.attempt = Attempt::Closed { end };
        self.ask = None;
    }

    fn close_taken(&mut self, now: UnixSeconds) {
        match &mut self.attempt {
            Attempt::Closing { taken, .. } => {
                *taken = true;
                self.ask = Some(Ask { call: Call::Query, at: now, tries: self.tries() });
            }
            Attempt::Paid { .. } => self.ask = None,
            Attempt::Placing { .. }
            | Attempt::Payable { .. }
            | Attempt::Refused { .. }
            | Attempt::Vacant
            | Attempt::Closed { .. } => {}
        }
    }

    fn close_refused(&mut self, now: UnixSeconds) {
        match self.attempt {
            Attempt::Closing { .. } => self.ask_later(Call::Query, Waiting::ForClose, now),
            // The stray attempt may have been paid too, and only a question brings that to light.
            Attempt::Paid { .. } if self.ask.is_some() => {
                self.ask_later(Call::Query, Waiting::ForClose, now);
            }
            Attempt::Paid { .. }
            | Attempt::Placing { .. }
            | Attempt::Payable { .. }
            | Attempt::Refused { .. }
            | Attempt::Vacant
            | Attempt::Closed { .. } => {}
        }
    }

    /// What changed for others between `before` and this order; grows the version where a page
    /// could see it.
    fn compare(&mut self, before: &Self) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.face() != before.face() || self.odd != before.odd {
            self.version = before.version + 1;
            effects.push(Effect::TellPage);
        }
        if before.status() == Status::Open && self.status() != Status::Open {
            effects.push(Effect::FreePlace);
        }
        for odd in self.odd.iter().skip(before.odd.len()).filter(|odd| odd.fate == Fate::Held) {
            effects.push(Effect::Alert(Alert::Conflict(odd.why)));
        }
        if let Some(trade_state) = &self.unknown_state
            && self.unknown_state != before.unknown_state
        {
            effects.push(Effect::Alert(Alert::UnknownState(trade_state.clone())));
        }
        if self.is_dead() && !before.is_dead() {
            effects.push(Effect::Alert(Alert::NeverClosed));
        }
        effects
    }
}
