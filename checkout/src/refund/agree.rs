//! Whether what the platform tells of a refund can be true together with what we have; and the
//! refunds that are known only because the platform told of them.

use super::{External, Known, RefundDisagreement, RefundFact, RefundState, Refunds, Standing};

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
        // It counts from now on, where it did not before.
        let fresh = ours.map_or_else(|| external.is_none(), |refund| refund.known.is_none());
        let counts = fresh && fact.standing != Standing::Closed;
        if fact.transaction_id != self.transaction_id {
            Some(RefundDisagreement::Transaction)
        } else if fact.total != self.total.count() {
            Some(RefundDisagreement::Total)
        } else if amount.is_some_and(|amount| amount != fact.amount) {
            Some(RefundDisagreement::Amount)
        } else if fact.merchants.iter().any(|named| !self.names(named)) {
            Some(RefundDisagreement::Merchant)
        } else if matches!(
            (ended, &fact.standing),
            (Some(Standing::Success), Standing::Closed)
                | (Some(Standing::Closed), Standing::Success)
        ) {
            Some(RefundDisagreement::End)
        } else if counts && self.accepted().saturating_add(fact.amount) > self.total.count() {
            Some(RefundDisagreement::Excess)
        } else {
            None
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
