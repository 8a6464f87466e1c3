//! Opens a checkout: creates it and places its order, or finds the same one.
//!
//! The same reference with the same content is the same checkout, however often and however
//! concurrently it is asked for; with other content it is a conflict, unless the platform refused
//! every attempt so far, so that nothing payable can exist.

use checkout::id::{AttemptNo, OutTradeNo};
use checkout::order::{Attempt, Effect, Order, Terms};
use checkout::report::Report;
use checkout::time::{Seconds, UnixSeconds};
use checkout::view::{Phase, Status};
use wechatpay::crypto::Rsa;

use super::turn::{Beside, Turn};
use super::{Desk, Stop, view, wording};
use crate::buyer::Buyer;
use crate::command::{Answer, Opening, Source};
use crate::outbox::Outbox;
use crate::ports::{AttemptRow, Audience, Ledger, Means, Platform, Stored, World};
use crate::problem::{Code, Problem};

impl<P: Platform, L: Ledger, W: World, A: Audience> Desk<P, L, W, A> {
    /// The checkout of `opening`, with a code if the platform answers in time.
    pub(super) async fn open(&self, opening: Opening) -> Result<Answer, Stop> {
        // Before anything is stored: a deployment without keys must not promise anything.
        let opening = self.as_begun(opening)?;
        let merchant = self.platform.merchant(&opening.profile, opening.api).await?;
        let chance = self.world.chance()?;
        let (created, stored) = match self.ledger.read()? {
            None if self.ledger.retired_at()?.is_some() => {
                let detail = "the checkout of this reference has been purged; use another one";
                return Err(Problem::new(Code::ReferenceRetired, detail).into());
            }
            None => (true, self.begin(opening, chance)),
            Some(before) => {
                let before = self.decide(&before, &Report::Tick).after;
                let same = same_content(&before.opening, &opening);
                if matches!(before.order.attempt, Attempt::Refused { .. })
                    && !before.order.is_frozen()
                    && (same || !before.order.was_payable)
                {
                    (!same, self.replace(before, opening, chance)?)
                } else if same {
                    return self.repeat(opening.buyer).await;
                } else {
                    let detail = "this reference was used before, with another amount, \
                                  description, sub-merchant, field or source";
                    return Err(Problem::new(Code::ReferenceTaken, detail).into());
                }
            }
        };
        self.place(&merchant.means(stored.opening.api)?, stored).await?;
        Ok(view::opened(&self.stored()?, created, self.world.now()))
    }

    /// What `opening` is of a checkout that has begun: its API stays the one that it was begun in,
    /// whatever the operator has set since. Two that are begun at once by two are one of the two.
    fn as_begun(&self, opening: Opening) -> Result<Opening, Stop> {
        let begun = self.ledger.read()?.map(|stored| stored.opening.api);
        Ok(Opening { api: begun.unwrap_or(opening.api), ..opening })
    }

    /// A checkout that is about to be stored for the first time.
    fn begin(&self, opening: Opening, chance: [u8; 16]) -> Stored {
        let (tail, stretch) = split(chance);
        let now = self.world.now();
        let number = OutTradeNo::new(&opening.id, AttemptNo::FIRST, tail);
        let order = Order::open(terms(&opening, now), number, stretch, now);
        Stored {
            opening,
            created_at: now,
            order,
            refunds: Vec::new(),
            outbox: Outbox::default(),
            lease: None,
            touched_at: now,
            revision: 0,
        }
    }

    /// The same checkout with a fresh attempt, in place of one that the platform refused.
    fn replace(&self, before: Stored, opening: Opening, chance: [u8; 16]) -> Result<Stored, Stop> {
        let now = self.world.now();
        let buyer = opening.buyer.clone().or_else(|| before.opening.buyer.clone());
        let opening = Opening { buyer, api: before.opening.api, ..opening };
        let next = before.order.attempt_no.next();
        let order = next.and_then(|no| {
            let number = OutTradeNo::new(&opening.id, no, split(chance).0);
            before.order.replace(terms(&opening, now), number, now)
        });
        let Some(order) = order else {
            let detail = "ninety-nine attempts were refused; use another reference";
            return Err(Problem::new(Code::ReferenceRetired, detail).into());
        };
        Ok(Stored { opening, order, ..before })
    }

    /// Stores the intent with the very bytes that will be sent, then sends them.
    async fn place(&self, means: &Means<'_, impl Rsa>, mut stored: Stored) -> Result<(), Stop> {
        let budget = self.inline();
        let attempt = Some(AttemptRow {
            no: stored.order.attempt_no,
            number: stored.order.number.clone(),
            body: wording::body(means, &stored),
        });
        let is_new = stored.revision == 0;
        let effects = if is_new { Vec::new() } else { vec![Effect::TellPage] };
        let question = self.take(&mut stored);
        let mut errand = None;
        if is_new {
            stored.outbox.index.compare(&self.row(&stored), self.world.now());
            errand = self.take_errand(&mut stored);
        }
        self.commit(stored, Beside { attempt, effects, ..Beside::default() }).await?;
        // The index hears of a checkout before the platform does: whoever has to look for lost
        // orders one day finds them all. Where it cannot be told, the order goes on.
        self.deliver(errand, budget).await?;
        self.ask(question, budget).await?;
        Ok(self.ask_or_wait(budget).await?)
    }

    /// The same request again: renews a stale code, waits for a call that is under way.
    async fn repeat(&self, buyer: Option<Buyer>) -> Result<Answer, Stop> {
        self.correct(buyer).await?;
        self.looked().await?;
        if self.stored()?.order.face().phase == Some(Phase::Placing) {
            self.ask_or_wait(self.inline()).await?;
        }
        Ok(view::opened(&self.stored()?, false, self.world.now()))
    }

    /// A shopper who corrects an address, for as long as nothing is decided. Who says nothing about
    /// the buyer takes nothing back.
    async fn correct(&self, buyer: Option<Buyer>) -> Result<(), Stop> {
        let before = self.stored()?;
        let is_news = buyer.is_some() && buyer != before.opening.buyer;
        if !is_news || before.order.status() != Status::Open {
            return Ok(());
        }
        let Turn { mut after, effects, alarms } = self.decide(&before, &Report::Tick);
        after.opening.buyer = buyer;
        Ok(self.commit(after, Beside { effects, alarms, ..Beside::default() }).await?)
    }
}

fn terms(opening: &Opening, now: UnixSeconds) -> Terms {
    Terms {
        amount: opening.amount,
        payee: opening.payee.clone(),
        deadline: now + Seconds(opening.lifetime_s),
        policies: opening.policies,
    }
}

/// Whether two openings mean the same purchase. A deadline is not moved by a repeat, a shopper whose
/// address changed is the same shopper, and an app id that the operator has since changed is not the
/// shop's doing: what a shop chooses of its payee is the sub-merchant. A page chose goods: it is no conflict that the operator
/// has since changed what they cost or are called.
fn same_content(first: &Opening, second: &Opening) -> bool {
    let same = match (&first.source, &second.source) {
        (Source::Shop, Source::Shop) => {
            first.description == second.description
                && first.amount == second.amount
                && first.payee.sub_mchid() == second.payee.sub_mchid()
                && first.fields == second.fields
        }
        (
            Source::Catalogue { product, quantity, .. },
            Source::Catalogue { product: other_product, quantity: other_quantity, .. },
        ) => product == other_product && quantity == other_quantity,
        (Source::Counter { product }, Source::Counter { product: other }) => product == other,
        _ => false,
    };
    same && first.reference == second.reference
}

/// Five bytes for the order's number, one to stretch its waits.
pub(super) fn split(chance: [u8; 16]) -> ([u8; 5], u8) {
    let [a, b, c, d, e, stretch, ..] = chance;
    ([a, b, c, d, e], stretch)
}
