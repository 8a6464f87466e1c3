//! The sum: what may still be given back, and how a refund is entered without ever exceeding it.

use super::{
    APPLY_SPACING, REFUNDS_MAX, Refund, RefundAsk, RefundCall, RefundState, Refunds, Standing,
};
use crate::id::{OutRefundNo, Reference, RefundReason};
use crate::money::Fen;
use crate::patience::Waiting;
use crate::payee::Payee;
use crate::time::UnixSeconds;

/// What the shop wants given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// The shop's own name for it.
    pub reference: Reference,
    /// Its number at the platform, drawn for it.
    pub number: OutRefundNo,
    /// How much.
    pub amount: Fen,
    /// What the payer shall read.
    pub reason: Option<RefundReason>,
}

/// Why a refund cannot be entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unrefundable {
    /// The ledger is frozen for a person.
    InConflict,
    /// The payment has had all the refunds that it may have.
    TooMany,
    /// More than is left.
    Exceeds {
        /// What is left, in fen.
        left: u64,
    },
}

impl Refunds {
    /// The ledger of a payment of `total` fen that nobody has refunded yet.
    pub fn of(transaction_id: String, total: Fen, payee: Payee, chance: u8) -> Self {
        Self {
            transaction_id,
            total,
            payee,
            chance,
            applied_at: None,
            refunds: Vec::new(),
            externals: Vec::new(),
            conflict: None,
            accepted: Vec::new(),
            tolerated: 0,
        }
    }

    /// Enters `wish`: from here on its amount is reserved, and the platform is to be asked as soon
    /// as it is its turn.
    pub fn open(&self, wish: Wish, now: UnixSeconds) -> Result<Self, Unrefundable> {
        if self.conflict.is_some() {
            return Err(Unrefundable::InConflict);
        }
        // What the platform refused it has never counted.
        let counted = self.refunds.iter().filter(|refund| refund.state != RefundState::Refused);
        if counted.count() + self.externals.len() >= REFUNDS_MAX {
            return Err(Unrefundable::TooMany);
        }
        let left = self.left();
        if wish.amount.count() > left {
            return Err(Unrefundable::Exceeds { left });
        }
        let Wish { reference, number, amount, reason } = wish;
        let mut next = self.clone();
        next.refunds.push(Refund {
            reference,
            number,
            amount,
            wanted: None,
            reason,
            opened_at: now,
            state: RefundState::Queued,
            ask: Some(RefundAsk {
                call: RefundCall::Apply,
                at: now,
                waiting: Waiting::ForAnswer,
                tries: 0,
            }),
            doubt: None,
            said: None,
            known: None,
            redirected: false,
            strandings: 0,
        });
        Ok(next)
    }

    /// The refund and the question about it that come next, and when; a frozen ledger only asks how
    /// things stand.
    pub fn next(&self) -> Option<(&Refund, RefundAsk)> {
        let turn = self.applied_at.map(|last| last + APPLY_SPACING);
        let asks = self.refunds.iter().filter_map(|refund| {
            let moves = |ask: &RefundAsk| ask.call != RefundCall::Query;
            let ask = refund.ask.filter(|ask| self.conflict.is_none() || !moves(ask))?;
            let at = match (ask.call, turn) {
                (RefundCall::Apply, Some(turn)) => ask.at.max(turn),
                _ => ask.at,
            };
            Some((refund, RefundAsk { at, ..ask }))
        });
        asks.min_by_key(|(_, ask)| ask.at)
    }

    /// How many refunds there are, whatever became of them and whoever made them.
    pub fn count(&self) -> usize {
        self.refunds.len() + self.externals.len()
    }

    /// What may still be given back, in fen.
    pub fn left(&self) -> u64 {
        self.total.count().saturating_sub(self.reserved())
    }

    /// What the payer has back, in fen.
    pub fn refunded(&self) -> u64 {
        let ours = self.refunds.iter().filter(|refund| refund.state == RefundState::Success);
        let ours = ours.map(|refund| refund.amount.count());
        let others =
            self.externals.iter().filter(|external| external.known.standing == Standing::Success);
        sum(ours.chain(others.map(|external| external.amount)))
    }

    /// What is spoken for, in fen: every refund that may still become one, whoever wants it.
    pub fn reserved(&self) -> u64 {
        let ours = self.refunds.iter().filter(|refund| refund.counts());
        sum(ours.map(|refund| refund.amount.count()).chain(self.made_elsewhere()))
    }

    /// What the platform is known to have taken on, in fen.
    pub(super) fn taken(&self) -> u64 {
        let ours = self.refunds.iter().filter(|refund| refund.counts() && refund.known.is_some());
        sum(ours.map(|refund| refund.amount.count()).chain(self.made_elsewhere()))
    }

    fn made_elsewhere(&self) -> impl Iterator<Item = u64> {
        let counting =
            self.externals.iter().filter(|external| external.known.standing != Standing::Closed);
        counting.map(|external| external.amount)
    }
}

fn sum(amounts: impl Iterator<Item = u64>) -> u64 {
    amounts.fold(0, u64::saturating_add)
}
