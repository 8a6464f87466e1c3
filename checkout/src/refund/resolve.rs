//! A person has looked at a frozen ledger, and takes what the platform told for the truth.
//!
//! The platform's word moves money and ours does not, so there is one way out: its fact is accepted
//! for the refund that it is about, whatever it disagrees with, and the ledger goes on. What was
//! accepted is remembered, so that hearing the same again alarms nobody. A resolution names the
//! conflict that was looked at: said twice, or too late, it does nothing.

use serde::{Deserialize, Serialize};

use super::schedule::Moment;
use super::{
    External, Known, Refund, RefundConflict, RefundDisagreement, RefundFact, RefundState, Refunds,
    Standing,
};
use crate::money::Fen;

/// What was accepted of one refund although it disagrees. Its amount and its end are entered where
/// they belong; these three are the payment's, and stay what they are for all other refunds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// The refund's number.
    pub number: String,
    /// The payment that the platform names.
    pub transaction_id: String,
    /// The total that the platform names, in fen.
    pub total: u64,
    /// The merchants that the platform names.
    pub merchants: Vec<String>,
}

impl Refunds {
    /// What was accepted of the refund `number`, if anything.
    pub(super) fn accepted_of(&self, number: &str) -> Option<&Accepted> {
        self.accepted.iter().find(|accepted| accepted.number == number)
    }

    /// Whether a person may resolve what disagrees here: the platform is not being asked any more
    /// whether it disagrees at all, and the fact can be true of a refund.
    pub fn resolvable(&self) -> Option<&RefundConflict> {
        let conflict = self.conflict.as_ref()?;
        let can_be = Fen::new(conflict.fact.amount).is_ok();
        (conflict.suspects.is_empty() && can_be).then_some(conflict)
    }

    /// Accepts `fact` of the refund `number`, if that is what disagrees.
    pub(super) fn resolve(
        &mut self,
        number: &str,
        (disagreement, fact): (RefundDisagreement, &RefundFact),
        moment: Moment,
    ) {
        let is_it = |conflict: &&RefundConflict| {
            conflict.disagreement == disagreement
                && conflict.number == number
                && conflict.fact == *fact
        };
        if self.resolvable().filter(is_it).is_none() {
            return;
        }
        self.conflict = None;
        if disagreement == RefundDisagreement::Excess {
            self.tolerated = self.taken();
            return;
        }
        self.accepted.retain(|accepted| accepted.number != number);
        self.accepted.push(Accepted {
            number: number.to_owned(),
            transaction_id: fact.transaction_id.clone(),
            total: fact.total,
            merchants: fact.merchants.clone(),
        });
        let ours = self.refunds.iter_mut().find(|refund| refund.number.as_str() == number);
        match ours {
            Some(refund) => refund.accept(fact, moment),
            None => self.accept_elsewhere(number, fact),
        }
    }

    fn accept_elsewhere(&mut self, number: &str, fact: &RefundFact) {
        let external =
            External { number: number.to_owned(), amount: fact.amount, known: Known::from(fact) };
        match self.externals.iter_mut().find(|external| external.number == number) {
            Some(known) => *known = external,
            None => self.externals.push(external),
        }
    }
}

impl Refund {
    fn accept(&mut self, fact: &RefundFact, moment: Moment) {
        if let Ok(amount) = Fen::new(fact.amount)
            && amount != self.amount
        {
            self.wanted.get_or_insert(self.amount);
            self.amount = amount;
        }
        let other_end = match (self.state, &fact.standing) {
            (RefundState::Success, Standing::Closed) => Some(RefundState::Closed),
            (RefundState::Closed, Standing::Success) => Some(RefundState::Success),
            _ => None,
        };
        match other_end {
            Some(end) => {
                self.known = Some(Known::from(fact));
                self.rest(end);
            }
            // It may have been told days ago: whatever has overtaken it counts.
            None => self.told(fact, moment),
        }
    }
}
