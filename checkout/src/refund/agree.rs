//! Whether what the platform tells of a refund can be true together with what we have; and the
//! refunds that are known only because the platform told of them.

use super::{
    External, Known, Refund, RefundConflict, RefundDisagreement, RefundFact, RefundNews,
    RefundReport, RefundState, Refunds, Standing,
};
use crate::time::UnixSeconds;

impl Refunds {
    /// What `fact` about the refund `number` disagrees with, if anything.
    pub(super) fn disagreement(
        &self,
        number: &str,
        fact: &RefundFact,
    ) -> Option<RefundDisagreement> {
        let ours = self.refunds.iter().find(|refund| refund.number.as_str() == number);
        let external = self.externals.iter().find(|external| external.number == number);
        let amount = match (ours, external) {
            (Some(refund), _) => Some(refund.amount.count()),
            (None, external) => external.map(|external| external.amount),
        };
        let ended = match (ours, external) {
            (Some(refund), _) if refund.state == RefundState::Success => Some(&Standing::Success),
            (Some(refund), _) if refund.state == RefundState::Closed => Some(&Standing::Closed),
            (None, Some(external)) => Some(&external.known.standing),
            _ => None,
        };
        let accepted = self.accepted_of(number);
        let is_paid = |id: &str| {
            id == self.transaction_id || accepted.is_some_and(|it| it.transaction_id == id)
        };
        let is_total =
            |fen| fen == self.total.count() || accepted.is_some_and(|it| it.total == fen);
        let is_giver = |named: &String| {
            self.names(named) || accepted.is_some_and(|it| it.merchants.contains(named))
        };
        if !is_paid(&fact.transaction_id) {
            Some(RefundDisagreement::Transaction)
        } else if !is_total(fact.total) {
            Some(RefundDisagreement::Total)
        } else if amount.is_some_and(|amount| amount != fact.amount) {
            Some(RefundDisagreement::Amount)
        } else if !fact.merchants.iter().all(is_giver) {
            Some(RefundDisagreement::Merchant)
        } else if matches!(
            (ended, &fact.standing),
            (Some(Standing::Success), Standing::Closed)
                | (Some(Standing::Closed), Standing::Success)
        ) {
            Some(RefundDisagreement::End)
        } else {
            None
        }
    }

    /// Freezes. What disagreed first stays, unless it could have ended by itself.
    pub(super) fn freeze(
        &mut self,
        number: &str,
        disagreement: RefundDisagreement,
        fact: &RefundFact,
    ) {
        let passes = |conflict: &RefundConflict| conflict.is_excess();
        if self.conflict.as_ref().is_none_or(passes) {
            let (number, fact, suspects) = (number.to_owned(), fact.clone(), Vec::new());
            self.conflict = Some(RefundConflict { number, disagreement, fact, suspects });
        }
    }

    /// Whether the sums still agree, now that `report` is entered, or agree again.
    ///
    /// More than was paid never goes back, so a refund of ours that is not known to have ended may
    /// be what is wrong: the platform has closed it, and we have not heard. It is asked first.
    pub(super) fn reckon(&mut self, report: &RefundReport, now: UnixSeconds) {
        let RefundReport { number, news } = report;
        // What a person has accepted counts only for as long as there is as much of it.
        self.tolerated = match self.taken() {
            taken if taken > self.total.count() => self.tolerated.min(taken),
            _ => 0,
        };
        let exceeds = self.taken() > self.total.count().max(self.tolerated);
        let answered = |refund: &Refund| {
            matches!(news, RefundNews::Answered(_)) && refund.number.as_str() == number
        };
        let open = |refund: &Refund| refund.may_have_ended() && !answered(refund);
        match (&mut self.conflict, news.truth()) {
            (Some(conflict), _) if conflict.is_excess() && !exceeds => self.conflict = None,
            (Some(conflict), _) if conflict.is_excess() => {
                let mut suspects = Vec::new();
                for suspect in self.refunds.iter_mut().filter(|refund| open(refund)) {
                    if conflict.suspects.contains(&suspect.number) {
                        // Whatever else it was told meanwhile: until it has answered, it is asked.
                        suspect.query_at(suspect.next_query().unwrap_or(now));
                        suspects.push(suspect.number.clone());
                    }
                }
                conflict.suspects = suspects;
            }
            (None, Some(fact)) if exceeds => {
                let mut suspects = Vec::new();
                for suspect in self.refunds.iter_mut().filter(|refund| open(refund)) {
                    suspect.query_at(now);
                    suspects.push(suspect.number.clone());
                }
                let (number, fact) = (number.clone(), fact.clone());
                let disagreement = RefundDisagreement::Excess;
                self.conflict = Some(RefundConflict { number, disagreement, fact, suspects });
            }
            _ => {}
        }
    }

    /// While it is frozen, what may have been sent is asked about instead of sent again.
    pub(super) fn only_ask(&mut self, now: UnixSeconds) {
        use RefundState::{Redirecting, Requesting};
        if self.conflict.is_none() {
            return;
        }
        let moment = super::schedule::Moment { now, chance: self.chance };
        for refund in &mut self.refunds {
            let sent = matches!(refund.state, Requesting | Redirecting);
            if sent && refund.ask.is_some() && refund.next_query().is_none() {
                refund.doubt.get_or_insert(now);
                refund.query_later(moment);
            }
        }
    }

    /// Whether `mchid` is the merchant's or its service provider's: a message names one or both.
    fn names(&self, mchid: &str) -> bool {
        self.payee.mchid == mchid || self.payee.sub_mchid() == Some(mchid)
    }

    /// Enters a refund made elsewhere, or what has become of it. What ended has ended.
    pub(super) fn enter(&mut self, number: &str, fact: &RefundFact) {
        let (number, amount, known) = (number.to_owned(), fact.amount, Known::from(fact));
        match self.externals.iter_mut().find(|external| external.number == number) {
            None => self.externals.push(External { number, amount, known }),
            Some(external)
                if !matches!(external.known.standing, Standing::Success | Standing::Closed) =>
            {
                external.known = known;
            }
            Some(_) => {}
        }
    }
}

impl RefundConflict {
    fn is_excess(&self) -> bool {
        self.disagreement == RefundDisagreement::Excess
    }
}

impl Refund {
    /// Whether the platform has taken it on, and it may be at its end without our knowing.
    fn may_have_ended(&self) -> bool {
        use RefundState::{Abnormal, Processing, RedirectDisputed, Redirecting};
        let open = matches!(self.state, Processing | Abnormal | Redirecting | RedirectDisputed);
        open && self.known.is_some()
    }
}

impl From<&RefundFact> for Known {
    fn from(fact: &RefundFact) -> Self {
        Self {
            refund_id: fact.refund_id.clone(),
            standing: fact.standing.clone(),
            account: fact.account.clone(),
            success_time: fact.success_time,
        }
    }
}
