//! Money that is authentic and did not settle its order: another amount, a second payment, one that
//! came too late. It is never dropped. What becomes of it is the shop's policy where the sum is what
//! was asked for, and a person's decision in every other case.

use serde::{Deserialize, Serialize};

use super::{Ask, Attempt, Call, End, Order};
use crate::report::{Receipt, Resolution};
use crate::time::UnixSeconds;
use crate::view::Status;

/// What becomes of good money at a wrong time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// It counts.
    #[default]
    Settle,
    /// It goes back to the payer by itself.
    #[serde(rename = "refund")]
    Return,
    /// A person decides.
    Hold,
}

/// A shop's policies, fixed when a checkout is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policies {
    /// For money that comes after the checkout has expired or was cancelled.
    pub late: Policy,
    /// For a second payment of a checkout that is paid. Nothing is left for it to settle, so
    /// [`Policy::Settle`] means [`Policy::Hold`] here.
    pub second: Policy,
}

impl Default for Policies {
    fn default() -> Self {
        Self { late: Policy::Settle, second: Policy::Hold }
    }
}

/// A payment that was set aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Odd {
    /// The proof.
    pub receipt: Box<Receipt>,
    /// Why it did not settle the order.
    pub why: Disagreement,
    /// What becomes of it.
    pub fate: Fate,
}

/// What disagrees between a receipt and the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disagreement {
    /// Another amount.
    Amount,
    /// Another currency.
    Currency,
    /// Another merchant.
    Merchant,
    /// Another app.
    App,
    /// A second payment, of another transaction.
    SecondPayment,
    /// The checkout had ended.
    Late,
}

impl Disagreement {
    /// Whether the money is not what was asked for, whenever it came.
    pub fn is_mismatch(self) -> bool {
        matches!(self, Self::Amount | Self::Currency | Self::Merchant | Self::App)
    }

    /// Whether the money is not ours to count or to give back.
    pub fn is_foreign(self) -> bool {
        matches!(self, Self::Currency | Self::Merchant)
    }
}

/// What becomes of a payment that was set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// A person has to decide.
    Held,
    /// It goes back to the payer.
    Returning,
    /// Somebody has dealt with it elsewhere.
    Dismissed,
    /// It counts after all.
    Settled,
}

impl Order {
    /// The first payment that waits for a person.
    pub fn conflict(&self) -> Option<&Odd> {
        self.odd.iter().find(|odd| odd.fate == Fate::Held)
    }

    /// Whether nothing happens by itself any more: something else than what was asked for was paid,
    /// and a person has to say what it means.
    pub fn is_frozen(&self) -> bool {
        let freezes = |odd: &Odd| odd.fate == Fate::Held && odd.why.is_mismatch();
        self.status() == Status::Open && self.odd.iter().any(freezes)
    }

    /// The payments that are to go back to the payer by themselves.
    pub fn returning(&self) -> impl Iterator<Item = &Receipt> {
        let returning = self.odd.iter().filter(|odd| odd.fate == Fate::Returning);
        returning.map(|odd| &*odd.receipt)
    }

    /// What disagrees with the terms. What makes the money foreign comes first: a person may do the
    /// least about that.
    pub(super) fn disagreement(&self, receipt: &Receipt) -> Option<Disagreement> {
        let terms = &self.terms;
        if !receipt.payee.is_same_merchant(&terms.payee) {
            Some(Disagreement::Merchant)
        } else if receipt.currency != terms.amount.currency.code() {
            Some(Disagreement::Currency)
        } else if receipt.total != terms.amount.total.count() {
            Some(Disagreement::Amount)
        } else if !receipt.payee.is_same_app(&terms.payee) {
            Some(Disagreement::App)
        } else {
            None
        }
    }

    /// Whether this payment has settled the order, or was set aside.
    pub(super) fn knows_payment(&self, transaction_id: &str) -> bool {
        let settled = match &self.attempt {
            Attempt::Paid { receipt, .. } => Some(&**receipt),
            _ => None,
        };
        let odd = self.odd.iter().map(|odd| &*odd.receipt);
        settled.into_iter().chain(odd).any(|receipt| receipt.transaction_id == transaction_id)
    }

    pub(super) fn set_aside(&mut self, receipt: &Receipt, why: Disagreement, policy: Policy) {
        let fate = if policy == Policy::Return { Fate::Returning } else { Fate::Held };
        self.odd.push(Odd { receipt: Box::new(receipt.clone()), why, fate });
        // An attempt that was paid needs no closing any more.
        let stray = self.status() == Status::Paid && self.is_about_current(receipt, why);
        if self.is_frozen() || stray {
            self.ask = None;
        }
    }

    /// Whether the money was paid for the current attempt, so that nobody else can pay that. What went
    /// to another merchant says nothing about an order of ours.
    pub(super) fn is_about_current(&self, receipt: &Receipt, why: Disagreement) -> bool {
        receipt.out_trade_no == self.number.as_str() && why != Disagreement::Merchant
    }

    /// A person has decided. What cannot be is not done: money of another merchant does not settle
    /// anything, and nothing settles what is paid.
    pub(super) fn resolve(&mut self, transaction: &str, resolution: Resolution, now: UnixSeconds) {
        let was_frozen = self.is_frozen();
        let paid = self.status() == Status::Paid;
        let waits =
            |odd: &&mut Odd| odd.fate == Fate::Held && odd.receipt.transaction_id == transaction;
        let Some(odd) = self.odd.iter_mut().find(waits) else { return };
        odd.fate = match resolution {
            Resolution::Settle if paid || odd.why.is_foreign() => return,
            Resolution::Return if odd.why.is_foreign() => return,
            Resolution::Settle => Fate::Settled,
            Resolution::Return => Fate::Returning,
            Resolution::Dismiss => Fate::Dismissed,
        };
        let (receipt, why, fate) = (odd.receipt.clone(), odd.why, odd.fate);
        if fate == Fate::Settled {
            self.settle(&receipt);
        } else if self.status() == Status::Open && self.is_about_current(&receipt, why) {
            // Somebody has paid this attempt, so that nobody else can.
            self.attempt = Attempt::Closed { end: self.end_by(now) };
            self.ask = None;
        } else if was_frozen && !self.is_frozen() {
            self.resume(now);
        }
    }

    /// How an order ends that is closed now, by whomever.
    pub(super) fn end_by(&self, now: UnixSeconds) -> End {
        if now < self.terms.deadline { End::Cancelled } else { End::Expired }
    }

    /// Goes on, after a pause of whatever length: the platform is asked before anything is believed.
    pub(super) fn resume(&mut self, now: UnixSeconds) {
        let call = match self.attempt {
            Attempt::Placing { .. } | Attempt::Payable { .. } | Attempt::Closing { .. } => {
                Call::Query
            }
            Attempt::Vacant => Call::Place,
            Attempt::Refused { .. } | Attempt::Closed { .. } | Attempt::Paid { .. } => return,
        };
        self.ask = Some(Ask { call, at: now, tries: 0 });
    }
}
