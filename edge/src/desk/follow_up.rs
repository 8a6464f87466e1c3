//! What follows from an answer and needs keys or dice: a fresh attempt in place of one that was closed
//! for it, and money that goes back by itself.
//!
//! The keys are fetched first, then the turn is made, so that nothing is awaited in its middle. What
//! cannot be done now is done when the alarm rings again.

use std::rc::Rc;

use checkout::id::{OutTradeNo, Reference, RefundReason};
use checkout::money::Fen;
use checkout::order::{Attempt, Disagreement, Effect, Fate, Odd};
use checkout::refund::{REFUNDS_MAX, RefundCall, Refunds, Wish};
use checkout::time::{Seconds, UnixSeconds};

use super::ask::Question;
use super::open::split;
use super::turn::Beside;
use super::{Desk, refund, wording};
use crate::api::Api;
use crate::command::Opening;
use crate::naming::RETURN_PREFIX;
use crate::ports::{
    AttemptRow, Audience, Ledger, LedgerFailure, Means, Merchant, Platform, RefundRow, Stored,
    World,
};
use crate::problem::{Code, Problem};
use wechatpay::crypto::Rsa;

/// What is owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Duty {
    /// A fresh attempt.
    Attempt,
    /// Money that goes back.
    Return,
}

/// How soon the alarm sees to what could not be done at once.
const SOON: Seconds = Seconds(5);
/// How soon it tries again where there were no keys.
const WITHOUT_KEYS: Seconds = Seconds(60);
/// How soon it tries again where V2 wants a client certificate that is not bound: somebody has to deploy
/// first, and is told each time.
const WITHOUT_CERTIFICATE: Seconds = Seconds(3_600);
/// How soon it tries again what cannot be entered as things stand.
const WITHOUT_ROOM: Seconds = Seconds(3_600);

impl Stored {
    /// Whether a payment is to go back for which no refund has been entered.
    pub fn owes_a_return(&self) -> bool {
        self.next_return().is_some()
    }

    /// Whether that is to be done now.
    pub fn is_return_due(&self, now: UnixSeconds) -> bool {
        self.owes_a_return() && self.outbox.returns_at.is_none_or(|at| at <= now)
    }

    /// Whether money that is to go back by itself is held up: there were no keys for it, or no client
    /// certificate, when it was last tried.
    pub fn is_return_held_up(&self) -> bool {
        self.outbox.returns_at.is_some() && self.owes_a_return()
    }

    /// Whether money was to go back by itself and did not: the refund has ended without it, or there
    /// is no room for one. A person has to give it back.
    pub fn has_failed_return(&self) -> bool {
        let mut returning = self.order.odd.iter().filter(|odd| odd.fate == Fate::Returning);
        returning.any(|odd| {
            let of = |ledger: &&Refunds| ledger.transaction_id == odd.receipt.transaction_id;
            self.refunds.iter().find(of).is_some_and(|ledger| {
                let given_up = has_return(ledger) || ledger.count() >= REFUNDS_MAX;
                given_up && ledger.left() > 0
            })
        })
    }

    /// The first such payment, with what is left of it. One whose ledger is frozen waits for a
    /// person.
    fn next_return(&self) -> Option<(&Odd, Fen)> {
        let returning = self.order.odd.iter().filter(|odd| odd.fate == Fate::Returning);
        returning.into_iter().find_map(|odd| {
            let transaction_id = &odd.receipt.transaction_id;
            let of = |ledger: &&Refunds| ledger.transaction_id == *transaction_id;
            let left = match self.refunds.iter().find(of) {
                None => odd.receipt.total,
                // No room is left: fifty were made of it, by whomever.
                Some(ledger) if ledger.count() >= REFUNDS_MAX => 0,
                Some(ledger) if ledger.conflict.is_some() || has_return(ledger) => 0,
                Some(ledger) => ledger.left(),
            };
            Fen::new(left).ok().map(|left| (odd, left))
        })
    }
}

fn has_return(ledger: &Refunds) -> bool {
    let ours = |reference: &Reference| reference.as_str().starts_with(RETURN_PREFIX);
    ledger.refunds.iter().any(|refund| ours(&refund.reference))
}

impl<P: Platform, L: Ledger, W: World, A: Audience> Desk<P, L, W, A> {
    /// Does one thing that is owed; the question that becomes due by it is the caller's to ask.
    pub(super) async fn follow_up(&self) -> Result<Option<Question>, LedgerFailure> {
        let Some(seen) = self.ledger.read()? else { return Ok(None) };
        let Some(duty) = self.duty(&seen) else { return Ok(None) };
        let equipped = self.equipped(&seen.opening, duty).await;
        let still = |stored: &Stored| self.duty(stored) == Some(duty);
        let Some(mut after) = self.ledger.read()?.filter(still) else { return Ok(None) };
        let means = equipped.as_ref().map(|(merchant, api)| merchant.means(*api));
        let (Ok(Ok(means)), Ok(chance)) = (means, self.world.chance()) else {
            let missing = equipped.as_ref().err().map(|problem| problem.code);
            let uncertified = missing == Some(Code::CertificateMissing);
            let wait = if uncertified { WITHOUT_CERTIFICATE } else { WITHOUT_KEYS };
            let again = self.world.now() + wait;
            // The other one may have what it takes: its keys are of another API.
            match duty {
                Duty::Attempt => after.order.hold_off(again),
                Duty::Return => after.outbox.returns_at = Some(again),
            }
            self.commit(after, Beside::default()).await?;
            return Ok(None);
        };
        let beside = match duty {
            Duty::Attempt => self.fill(&means, &mut after, chance),
            Duty::Return => self.give_back(&means, &mut after, chance),
        };
        let question = self.take(&mut after);
        self.commit(after, beside).await?;
        Ok(question)
    }

    /// What is owed now, the attempt first. One that cannot be made yet keeps no money from going back
    /// meanwhile.
    fn duty(&self, stored: &Stored) -> Option<Duty> {
        let returns = stored.is_return_due(self.world.now()).then_some(Duty::Return);
        if self.owes_an_attempt(stored) { Some(Duty::Attempt) } else { returns }
    }

    /// The keys that it takes, and the API that they are for.
    async fn equipped(
        &self,
        opening: &Opening,
        duty: Duty,
    ) -> Result<(Rc<Merchant<P::Rsa>>, Api), Problem> {
        match duty {
            Duty::Attempt => {
                let merchant = self.platform.merchant(&opening.profile, opening.api).await?;
                Ok((merchant, opening.api))
            }
            Duty::Return => self.equipped_to_refund(opening).await,
        }
    }

    /// Whether a fresh attempt is to be made now.
    fn owes_an_attempt(&self, stored: &Stored) -> bool {
        let due = stored.order.ask.is_some_and(|ask| ask.at <= self.world.now());
        stored.order.attempt == Attempt::Vacant && due && stored.lease.is_none()
    }

    /// When the alarm has to ring for what is owed, by the wall clock.
    pub(super) fn owes_at(&self, stored: &Stored) -> Option<UnixSeconds> {
        let soon = self.world.wall() + SOON;
        let later = self.on_the_wall(stored.outbox.returns_at);
        stored.owes_a_return().then(|| later.map_or(soon, |later| later.max(soon)))
    }

    /// A fresh attempt under the same terms: the deadline does not move.
    fn fill(&self, means: &Means<'_, impl Rsa>, stored: &mut Stored, chance: [u8; 16]) -> Beside {
        let now = self.world.now();
        let next = stored.order.attempt_no.next().and_then(|no| {
            let number = OutTradeNo::new(&stored.opening.id, no, split(chance).0);
            stored.order.replace(stored.order.terms.clone(), number, now)
        });
        let Some(order) = next else {
            // Ninety-nine attempts: it stays without a code until its deadline.
            stored.order.hold_off(stored.order.terms.deadline);
            return Beside::default();
        };
        stored.order = order;
        let attempt = Some(AttemptRow {
            no: stored.order.attempt_no,
            number: stored.order.number.clone(),
            body: wording::body(means, stored),
        });
        Beside { attempt, effects: vec![Effect::TellPage], ..Beside::default() }
    }

    /// The refund of a payment that is to go back, as if the shop had asked for it.
    fn give_back(
        &self,
        means: &Means<'_, impl Rsa>,
        stored: &mut Stored,
        chance: [u8; 16],
    ) -> Beside {
        let entered = self.entered(means, stored, chance);
        let again = self.world.now() + WITHOUT_ROOM;
        stored.outbox.returns_at = entered.is_none().then_some(again);
        Beside { refund: entered, ..Beside::default() }
    }

    fn entered(
        &self,
        means: &Means<'_, impl Rsa>,
        stored: &mut Stored,
        chance: [u8; 16],
    ) -> Option<RefundRow> {
        let (odd, amount) = stored.next_return()?;
        let transaction_id = odd.receipt.transaction_id.clone();
        let wish = Wish {
            reference: Reference::parse(&format!("{RETURN_PREFIX}{transaction_id}")).ok()?,
            number: stored.next_number(chance).ok()?,
            amount,
            reason: reason(odd.why),
        };
        let (ledger, at) = stored.ledger_for(Some(&transaction_id), chance).ok()?;
        let letter = refund::wording::letter(means, &ledger, &wish);
        let number = wish.number.clone();
        let ledger = ledger.open(wish, self.world.now()).ok()?;
        match stored.refunds.get_mut(at) {
            Some(place) => *place = ledger,
            None => stored.refunds.push(ledger),
        }
        Some(RefundRow { number, call: RefundCall::Apply, letter })
    }
}

/// What the payer reads beside the money.
fn reason(why: Disagreement) -> Option<RefundReason> {
    let words = match why {
        Disagreement::Late => "订单已关闭，款项原路退回",
        Disagreement::SecondPayment => "重复付款，款项原路退回",
        Disagreement::Amount
        | Disagreement::Currency
        | Disagreement::Merchant
        | Disagreement::App => "订单金额不符，款项原路退回",
    };
    RefundReason::parse(words).ok()
}
