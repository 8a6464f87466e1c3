//! The platform has told us what became of a refund, and the door has verified that it was the
//! platform. Stored before it is acknowledged: what we acknowledge is never sent again.

use checkout::id::OutTradeNo;
use checkout::refund::{RefundNews, RefundReport};

use crate::command::{Answer, RefundTold};
use crate::desk::turn::{Beside, Turn};
use crate::desk::{Desk, Stop};
use crate::ports::{Audience, Event, Finding, Ledger, Platform, Stored, World};

impl<P: Platform, L: Ledger, W: World, A: Audience> Desk<P, L, W, A> {
    /// Stores and applies it. The same one twice is the same one.
    pub(in crate::desk) async fn hear_refund(&self, told: RefundTold) -> Result<Answer, Stop> {
        let RefundTold { notification_id, out_refund_no: number, fact } = told;
        let chance = self.world.chance()?;
        let mut before = self.stored()?;
        if before.ledger_of(&number).is_none() {
            // A refund made elsewhere, of a payment of ours: perhaps the first one of that payment.
            let order = OutTradeNo::parse(&fact.out_trade_no).map_err(|_| Stop::Unknown)?;
            if !self.ledger.owns(&order)? {
                return Err(Stop::Unknown);
            }
            before.know_payment(&fact.transaction_id, chance)?;
        }
        let finding = Finding::Refund(RefundReport { number, news: RefundNews::Told(fact) });
        let (at, notification_id) = (self.world.now(), Some(notification_id));
        let event = Event { at, notification_id, finding };
        if self.ledger.has(&event)? {
            return Ok(Answer::Heard);
        }
        let Turn { after, effects, alarms } = self.decide_about(&before, &event.finding);
        let beside = Beside { event: Some(event), effects, alarms, ..Beside::default() };
        self.commit(after, beside).await?;
        Ok(Answer::Heard)
    }
}

impl Stored {
    /// Makes sure that the payment has a ledger. A payment that we have not heard of has none: then
    /// nobody here knows what is being refunded.
    fn know_payment(&mut self, transaction_id: &str, chance: [u8; 16]) -> Result<(), Stop> {
        if self.refunds.iter().any(|ledger| ledger.transaction_id == transaction_id) {
            return Ok(());
        }
        let [.., stretch] = chance;
        let receipt = self.receipt(Some(transaction_id)).map_err(|_| Stop::Unknown)?;
        let ledger = self.ledger_of_payment(receipt, stretch).map_err(|_| Stop::Unknown)?;
        self.refunds.push(ledger);
        Ok(())
    }
}
