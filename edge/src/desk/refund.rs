//! Gives money back: opens a refund, or finds the same one; lists them and reads one.
//!
//! The same reference with the same content is the same refund, however often and however
//! concurrently it is asked for. The sum is reserved with the intent, in one turn: two that together
//! exceed the payment cannot both get past it.

mod heard;
mod redirect;
mod resolve;
mod view;
pub(super) mod wording;

use std::rc::Rc;

use checkout::id::{OutRefundNo, RefundNo};
use checkout::money::Fen;
use checkout::order::Attempt;
use checkout::refund::{Refund, RefundCall, Refunds, Unrefundable, Wish};
use checkout::report::{Receipt, Report};

pub(super) use self::view::find;
use super::turn::{Beside, Turn};
use super::{Desk, Stop};
use crate::api::Api;
use crate::command::{Answer, Opening, RefundWish};
use crate::ports::{Audience, Ledger, Merchant, Platform, RefundRow, Stored, World};
use crate::problem::{Code, Problem};

impl<P: Platform, L: Ledger, W: World, A: Audience> Desk<P, L, W, A> {
    /// The refund of `wish`, applied for if it is its turn.
    pub(super) async fn refund(&self, wish: RefundWish) -> Result<Answer, Stop> {
        let equipped = self.equipped_to_refund(&self.stored()?.opening).await;
        let chance = self.world.chance()?;
        let Turn { mut after, effects, alarms } = self.decide(&self.stored()?, &Report::Tick);
        if let Some((ledger, refund)) = after.refund_called(&wish) {
            if !same_content(&after, ledger, refund, &wish) {
                let detail =
                    "this reference was used before, for another amount, reason or payment";
                return Err(Problem::new(Code::ReferenceTaken, detail).into());
            }
            return view::answer(&after, refund.number.as_str(), false);
        }
        // Before anything is stored: a deployment without keys, or without the certificate that V2
        // wants to see, must not promise anything.
        let (merchant, api) = equipped?;
        let means = merchant.means(api)?;
        let (ledger, at) = after.ledger_for(wish.transaction_id.as_deref(), chance)?;
        let number = after.next_number(chance)?;
        let entry = Wish {
            reference: wish.reference,
            number: number.clone(),
            amount: wish.amount.total,
            reason: wish.reason,
        };
        let letter = wording::letter(&means, &ledger, &entry);
        let ledger = ledger.open(entry, self.world.now()).map_err(refused)?;
        match after.refunds.get_mut(at) {
            Some(place) => *place = ledger,
            None => after.refunds.push(ledger),
        }
        let row = RefundRow { number: number.clone(), call: RefundCall::Apply, letter };
        let budget = self.inline();
        let question = self.take(&mut after);
        let beside = Beside { refund: Some(row), effects, alarms, ..Beside::default() };
        self.commit(after, beside).await?;
        self.ask(question, budget).await?;
        view::answer(&self.stored()?, number.as_str(), true)
    }

    /// The keys that a refund of such a checkout takes now, and the API that they are for.
    pub(super) async fn equipped_to_refund(
        &self,
        opening: &Opening,
    ) -> Result<(Rc<Merchant<P::Rsa>>, Api), Problem> {
        let api = self.platform.refunds_api(&opening.profile, opening.api).await?;
        Ok((self.platform.merchant(&opening.profile, api).await?, api))
    }

    /// All refunds of the checkout.
    pub(super) fn refunds(&self) -> Result<Answer, Stop> {
        Ok(Answer::Refunds { refunds: view::all(&self.stored()?) })
    }

    /// One refund.
    pub(super) fn read_refund(&self, number: &OutRefundNo) -> Result<Answer, Stop> {
        view::answer(&self.stored()?, number.as_str(), false)
    }
}

impl Stored {
    /// The refund that the shop calls so.
    fn refund_called(&self, wish: &RefundWish) -> Option<(&Refunds, &Refund)> {
        let all = self
            .refunds
            .iter()
            .flat_map(|ledger| ledger.refunds.iter().map(move |refund| (ledger, refund)));
        all.into_iter().find(|(_, refund)| refund.reference == wish.reference)
    }

    /// The ledger of the payment that is named, or else of the one that settled the checkout, and its
    /// place in the list.
    pub(super) fn ledger_for(
        &self,
        transaction_id: Option<&str>,
        chance: [u8; 16],
    ) -> Result<(Refunds, usize), Stop> {
        let receipt = self.receipt(transaction_id)?;
        let is_its = |ledger: &Refunds| ledger.transaction_id == receipt.transaction_id;
        if let Some(at) = self.refunds.iter().position(is_its)
            && let Some(known) = self.refunds.get(at)
        {
            return Ok((known.clone(), at));
        }
        let [.., stretch] = chance;
        Ok((self.ledger_of_payment(receipt, stretch)?, self.refunds.len()))
    }

    /// A fresh ledger of the payment that `receipt` proves.
    fn ledger_of_payment(&self, receipt: &Receipt, stretch: u8) -> Result<Refunds, Problem> {
        let terms = &self.order.terms;
        let total = Fen::new(receipt.total).ok();
        let ours = receipt.payee.is_same_merchant(&terms.payee)
            && receipt.currency == terms.amount.currency.code();
        let Some(total) = total.filter(|_| ours) else {
            let detail = "this payment went to another merchant, or in another currency";
            return Err(Problem::new(Code::InConflict, detail));
        };
        let (transaction_id, payee) = (receipt.transaction_id.clone(), terms.payee.clone());
        Ok(Refunds::of(transaction_id, total, payee, stretch))
    }

    /// The payment to refund: the one that settled the checkout, or the one that is named.
    fn receipt(&self, transaction_id: Option<&str>) -> Result<&Receipt, Problem> {
        let settled = match &self.order.attempt {
            Attempt::Paid { receipt, .. } => Some(&**receipt),
            _ => None,
        };
        let Some(named) = transaction_id else {
            let detail = "nobody has paid this checkout, or not what it asks for";
            return settled.ok_or_else(|| Problem::new(Code::NotPaid, detail));
        };
        let odd = self.order.odd.iter().map(|odd| &*odd.receipt);
        let detail = "no payment of this checkout has this transaction_id";
        settled
            .into_iter()
            .chain(odd)
            .find(|receipt| receipt.transaction_id == named)
            .ok_or_else(|| Problem::new(Code::NotPaid, detail))
    }

    pub(super) fn next_number(&self, chance: [u8; 16]) -> Result<OutRefundNo, Problem> {
        let used = self.refunds.iter().map(|ledger| ledger.refunds.len()).sum();
        let mut no = Some(RefundNo::FIRST);
        for _ in 0..used {
            no = no.and_then(RefundNo::next);
        }
        let [a, b, c, d, e, ..] = chance;
        let number = no.map(|no| OutRefundNo::new(&self.opening.id, no, [a, b, c, d, e]));
        number.ok_or_else(|| refused(Unrefundable::TooMany))
    }
}

/// Whether a repeat means the same refund. Who names no payment means the one that settled the
/// checkout.
fn same_content(stored: &Stored, ledger: &Refunds, refund: &Refund, wish: &RefundWish) -> bool {
    let named = stored.receipt(wish.transaction_id.as_deref());
    // A person may have accepted that another amount goes back than the one that was asked for.
    refund.wanted.unwrap_or(refund.amount) == wish.amount.total
        && refund.reason == wish.reason
        && named.is_ok_and(|receipt| receipt.transaction_id == ledger.transaction_id)
}

fn refused(reason: Unrefundable) -> Problem {
    match reason {
        Unrefundable::InConflict => {
            let detail = "what WeChat Pay says of this payment's refunds does not match ours; \
                          settle that first";
            Problem::new(Code::InConflict, detail)
        }
        Unrefundable::TooMany => {
            Problem::new(Code::TooManyRefunds, "this payment has had all the refunds it may have")
        }
        Unrefundable::Exceeds { left } => {
            let detail = format!("{left} fen of this payment are left to refund");
            Problem::new(Code::RefundExceedsPayment, detail)
        }
    }
}
