//! A refund's life: state × news × now → state + effects.
//!
//! Read it as a table: `step` picks the row by the news, each row's function picks the cell by where
//! the refund stands. Four rules are above all others. The payer's money is final. A number is kept
//! as long as anything may have become of it, and the identical call repeated under it, because a
//! second number could be a second refund. Nothing comes free on our word alone. What disagrees is
//! not applied.

use super::schedule::Moment;
use super::{
    Known, Refund, RefundCall, RefundEffect, RefundFact, RefundNews, RefundReport, RefundState,
    Refunds, Standing, UNDECIDED_TRIES,
};
use crate::patience::Waiting;
use crate::report::{Proof, Refusal};
use crate::time::UnixSeconds;

/// Applies one report. The ledger that comes back is the whole truth; the effects are for others.
///
/// A frozen ledger (one in conflict) hears what becomes of its refunds, and begins nothing.
pub fn apply(
    refunds: &Refunds,
    report: &RefundReport,
    now: UnixSeconds,
) -> (Refunds, Vec<RefundEffect>) {
    let mut next = refunds.clone();
    next.step(report, now);
    next.reckon(report, now);
    next.only_ask(now);
    let effects = next.compare(refunds);
    (next, effects)
}

impl Refunds {
    fn step(&mut self, report: &RefundReport, now: UnixSeconds) {
        let RefundReport { number, news } = report;
        let mut news = news;
        let ours = self.refunds.iter().any(|refund| refund.number.as_str() == number);
        if let Some(fact) = news.fact() {
            // A stranger's refund of a stranger's payment is not ours to judge.
            if !ours && fact.transaction_id != self.transaction_id {
                return;
            }
            if let Some(disagreement) = self.disagreement(number, fact) {
                self.freeze(number, disagreement, fact);
                match news {
                    // Our question has brought nothing that we can use.
                    RefundNews::Answered(_) => news = &RefundNews::InDoubt { said: None },
                    _ => return,
                }
            } else if !ours {
                self.enter(number, fact);
            }
        }
        if self.conflict.is_some() && matches!(news, RefundNews::RedirectAsked) {
            return;
        }
        let moment = Moment { now, chance: self.chance };
        if let RefundNews::Resolved { disagreement, fact } = news {
            return self.resolve(number, (*disagreement, fact), moment);
        }
        let refund = self.refunds.iter_mut().find(|refund| refund.number.as_str() == number);
        let Some(refund) = refund else { return };
        let before = refund.state;
        refund.step(news, moment);
        refund.count_strandings(before);
        let applying = matches!(news, RefundNews::Sending { call: RefundCall::Apply });
        if applying && refund.state == RefundState::Requesting {
            self.applied_at = Some(now);
        }
    }

    /// What happened between `before` and this ledger that a person has to know.
    fn compare(&self, before: &Self) -> Vec<RefundEffect> {
        let mut effects = Vec::new();
        // While the platform is still being asked, nobody is alarmed.
        let proven = |ledger: &Self| {
            let conflict = ledger.conflict.as_ref()?;
            conflict.suspects.is_empty().then_some(conflict.disagreement)
        };
        if let Some(disagreement) = proven(self).filter(|_| proven(self) != proven(before)) {
            effects.push(RefundEffect::Frozen(disagreement));
        }
        for (refund, before) in self.refunds.iter().zip(&before.refunds) {
            let number = || refund.number.clone();
            let came_to = |state| refund.state == state && before.state != state;
            if came_to(RefundState::Abnormal) {
                effects.push(RefundEffect::Stranded(number()));
            }
            // Once for each time that the balance ran out, not for each try.
            let anew = before.tries(Waiting::ForBalance) == 0;
            if came_to(RefundState::Short) && anew {
                effects.push(RefundEffect::ShortOfFunds(number()));
            }
            let undecided = |refund: &Refund| refund.tries(Waiting::ForAnswer) >= UNDECIDED_TRIES;
            if undecided(refund) && !undecided(before) {
                effects.push(RefundEffect::Undecided(number()));
            }
        }
        let entered = self.externals.iter().skip(before.externals.len());
        effects.extend(entered.map(|one| RefundEffect::MadeElsewhere(one.number.clone())));
        effects
    }
}

impl Refund {
    fn step(&mut self, news: &RefundNews, moment: Moment) {
        match news {
            RefundNews::Sending { call } => self.sending(*call, moment.now),
            RefundNews::Answered(fact) => self.stands(fact, moment),
            RefundNews::Told(fact) => self.told(fact, moment),
            RefundNews::Short(refusal) => self.short(refusal, moment),
            RefundNews::Refused(refusal) => self.refused(refusal, moment),
            RefundNews::Disputed(refusal) => self.disputed(refusal, moment),
            RefundNews::InDoubt { said } => self.in_doubt(said.as_ref(), moment),
            RefundNews::NotFound { proof } => self.not_found(*proof, moment),
            RefundNews::RedirectAsked => self.redirect(moment.now),
            // The ledger has seen to it.
            RefundNews::Resolved { .. } => {}
        }
    }

    /// A choice that the platform did not take leaves it where it was.
    fn count_strandings(&mut self, before: RefundState) {
        use RefundState::{Abnormal, RedirectDisputed, Redirecting};
        let stranded = self.state == Abnormal;
        if stranded && !matches!(before, Abnormal | Redirecting | RedirectDisputed) {
            self.strandings = self.strandings.saturating_add(1);
        }
    }

    /// The question stays open while it is asked: whoever finds it after a crash takes it for one
    /// in doubt.
    fn sending(&mut self, call: RefundCall, now: UnixSeconds) {
        let applying = matches!(
            self.state,
            RefundState::Queued | RefundState::Short | RefundState::Requesting
        );
        if call == RefundCall::Apply && applying {
            self.state = RefundState::Requesting;
            self.ask_now(call, now);
        }
    }

    fn stands(&mut self, fact: &RefundFact, moment: Moment) {
        use RefundState::{Closed, Success};
        // What has ended has ended: this is older news.
        if matches!(self.state, Success | Closed) {
            return;
        }
        self.known = Some(Known::from(fact));
        match fact.standing {
            Standing::Success => self.ended(Success),
            Standing::Closed => self.ended(Closed),
            Standing::Abnormal => self.stranded(moment),
            Standing::Processing | Standing::Unknown(_) => self.accepted(moment),
        }
    }

    /// What a notification says may have been overtaken; then the platform is asked.
    pub(super) fn told(&mut self, fact: &RefundFact, moment: Moment) {
        use RefundState::{Abnormal, Processing, RedirectDisputed, Redirecting};
        let overtaken = match (&fact.standing, self.state) {
            (Standing::Abnormal, Redirecting | RedirectDisputed) => true,
            (Standing::Abnormal, Processing) => self.redirected,
            (
                Standing::Processing | Standing::Unknown(_),
                Processing | Abnormal | Redirecting | RedirectDisputed,
            ) => true,
            _ => false,
        };
        if !overtaken {
            self.stands(fact, moment);
        } else if self.state == Processing {
            self.ask_now(RefundCall::Query, moment.now);
        }
    }

    fn ended(&mut self, state: RefundState) {
        self.rest(state);
        self.said = None;
    }

    fn accepted(&mut self, moment: Moment) {
        use RefundState::{Processing, RedirectDisputed, Redirecting};
        if self.state != Processing {
            self.redirected |= matches!(self.state, Redirecting | RedirectDisputed);
            self.rest(Processing);
            self.said = None;
        }
        self.ask_later(RefundCall::Query, Waiting::ForRefund, moment);
    }

    fn stranded(&mut self, moment: Moment) {
        match self.state {
            RefundState::Abnormal => self.ask = None,
            // The platform has not heard of our choice, or does not show it yet.
            RefundState::Redirecting => {
                self.ask_later(RefundCall::Redirect, Waiting::ForAnswer, moment);
            }
            // It has, and said no; its words are kept for the shop. But another choice is free only
            // when no call with this one can be on its way any more.
            RefundState::RedirectDisputed => match self.unsettled(moment.now) {
                Some(settled) => self.ask_now(RefundCall::Query, settled),
                None => self.rest(RefundState::Abnormal),
            },
            _ => self.ended(RefundState::Abnormal),
        }
    }

    fn short(&mut self, refusal: &Refusal, moment: Moment) {
        match self.state {
            RefundState::Requesting => {
                self.state = RefundState::Short;
                self.said = Some(refusal.clone());
                self.ask_later(RefundCall::Apply, Waiting::ForBalance, moment);
            }
            RefundState::Redirecting => {
                self.said = Some(refusal.clone());
                self.ask_later(RefundCall::Redirect, Waiting::ForBalance, moment);
            }
            _ => {}
        }
    }

    /// A no to this call is not one to an earlier call that was never answered.
    fn refused(&mut self, refusal: &Refusal, moment: Moment) {
        let state = match self.state {
            _ if self.doubt.is_some() => return self.disputed(refusal, moment),
            RefundState::Requesting => RefundState::Refused,
            RefundState::Redirecting => RefundState::Abnormal,
            _ => return,
        };
        self.rest(state);
        self.said = Some(refusal.clone());
    }

    fn disputed(&mut self, refusal: &Refusal, moment: Moment) {
        self.state = match self.state {
            RefundState::Requesting => RefundState::Disputed,
            RefundState::Redirecting => RefundState::RedirectDisputed,
            _ => return,
        };
        self.said = Some(refusal.clone());
        self.ask_now(RefundCall::Query, moment.now);
    }

    fn in_doubt(&mut self, said: Option<&Refusal>, moment: Moment) {
        let Some(ask) = self.ask else { return };
        if let Some(refusal) = said {
            self.said = Some(refusal.clone());
        }
        if ask.call != RefundCall::Query {
            self.doubt = Some(moment.now);
        }
        if matches!(self.state, RefundState::Queued | RefundState::Short) {
            self.state = RefundState::Requesting;
        }
        self.query_later(moment);
    }

    fn not_found(&mut self, proof: Proof, moment: Moment) {
        match self.state {
            // The same number and the same bytes: wherever the first call went, it cannot become a
            // second refund, and so this needs no proof.
            RefundState::Requesting => self.ask_now(RefundCall::Apply, moment.now),
            RefundState::Disputed if proof == Proof::Unverified => self.query_later(moment),
            RefundState::Disputed => match self.unsettled(moment.now) {
                // Our own call may still be on its way: freeing the sum now could free too much.
                Some(settled) => self.ask_now(RefundCall::Query, settled),
                None => self.rest(RefundState::Refused),
            },
            RefundState::Processing | RefundState::Redirecting | RefundState::RedirectDisputed => {
                self.query_later(moment);
            }
            RefundState::Abnormal if self.ask.is_some() => self.query_later(moment),
            RefundState::Queued
            | RefundState::Short
            | RefundState::Abnormal
            | RefundState::Success
            | RefundState::Closed
            | RefundState::Refused => {}
        }
    }

    fn redirect(&mut self, now: UnixSeconds) {
        if self.state == RefundState::Abnormal {
            self.state = RefundState::Redirecting;
            self.said = None;
            self.ask_now(RefundCall::Redirect, now);
        }
    }
}
