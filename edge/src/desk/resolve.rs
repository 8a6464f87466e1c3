//! An operator decides about money that was set aside.

use checkout::order::Fate;
use checkout::report::{Report, Resolution};

use super::turn::{Beside, Turn};
use super::{Desk, Stop, view};
use crate::command::Answer;
use crate::ports::{Audience, Ledger, Platform, Stored, World};
use crate::problem::{Code, Problem};

impl<P: Platform, L: Ledger, W: World, A: Audience> Desk<P, L, W, A> {
    /// Applies the decision. The same one twice is the same one.
    pub(super) async fn resolve(
        &self,
        transaction_id: String,
        resolution: Resolution,
    ) -> Result<Answer, Stop> {
        let before = self.stored()?;
        let fate = fate(&before, &transaction_id)?;
        let wanted = match resolution {
            Resolution::Settle => Fate::Settled,
            Resolution::Return => Fate::Returning,
            Resolution::Dismiss => Fate::Dismissed,
        };
        if fate == wanted {
            return Ok(view::checkout_answer(&before, self.world.now()));
        }
        if fate != Fate::Held {
            let detail = "something else was decided about this payment before";
            return Err(Problem::new(Code::InConflict, detail).into());
        }
        if resolution == Resolution::Settle && before.gives_back(&transaction_id) {
            let detail =
                "money of this payment has gone back, or is on its way; it settles nothing";
            return Err(Problem::new(Code::InConflict, detail).into());
        }
        let report = Report::Resolved { transaction_id, resolution };
        let Turn { mut after, effects, alarms } = self.decide(&before, &report);
        if after.order.odd == before.order.odd {
            let detail = "money of another merchant or currency can only be dismissed, and nothing \
                          settles a checkout that is paid";
            return Err(Problem::new(Code::InConflict, detail).into());
        }
        let event = Some(self.wish(&before.order.number, report));
        let question = self.take(&mut after);
        self.commit(after, Beside { event, effects, alarms, ..Beside::default() }).await?;
        self.ask(question, self.inline()).await?;
        Ok(view::checkout_answer(&self.stored()?, self.world.now()))
    }
}

impl Stored {
    /// Whether anything of that payment has been refunded or may be, by whomever.
    fn gives_back(&self, transaction_id: &str) -> bool {
        let of_it = self.refunds.iter().find(|ledger| ledger.transaction_id == transaction_id);
        of_it.is_some_and(|ledger| ledger.reserved() > 0 || ledger.conflict.is_some())
    }
}

fn fate(stored: &Stored, transaction_id: &str) -> Result<Fate, Stop> {
    let is_this = |id: &str| id == transaction_id;
    let odd = stored.order.odd.iter().find(|odd| is_this(&odd.receipt.transaction_id));
    let detail = "no payment of this number was set aside here";
    odd.map(|odd| odd.fate).ok_or_else(|| Problem::new(Code::NotPaid, detail).into())
}
