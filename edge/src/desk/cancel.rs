//! The shop wants it closed. That is a wish until the platform has confirmed it: query, close,
//! query; a payment that is under way wins.

use checkout::report::Report;
use checkout::view::Status;

use super::turn::{Beside, Turn};
use super::{Desk, Stop, view};
use crate::command::Answer;
use crate::ports::{Audience, Ledger, Platform, World};
use crate::problem::{Code, Problem};

impl<P: Platform, L: Ledger, W: World, A: Audience> Desk<P, L, W, A> {
    /// Cancelled, or on the way there.
    pub(super) async fn cancel(&self) -> Result<Answer, Stop> {
        let before = self.stored()?;
        let Turn { mut after, effects, alarms } = self.decide(&before, &Report::CancelAsked);
        if after.order != before.order {
            let budget = self.inline();
            let event = Some(self.wish(&before.order.number, Report::CancelAsked));
            let question = self.take(&mut after);
            self.commit(after, Beside { event, effects, alarms, ..Beside::default() }).await?;
            self.ask(question, budget).await?;
            // Somebody else may be in the middle of a call, and finds the wish afterwards.
            self.ask_or_wait(budget).await?;
        }
        let stored = self.stored()?;
        match stored.order.status() {
            Status::Paid => Err(Problem::new(Code::AlreadyPaid, "the shopper has paid").into()),
            Status::Expired => {
                Err(Problem::new(Code::AlreadyExpired, "the deadline has passed").into())
            }
            // Frozen: it would stay open for ever, and somebody has paid something.
            Status::Open if stored.order.is_frozen() => {
                let detail = "a payment came that does not match; settle that first";
                Err(Problem::new(Code::InConflict, detail).into())
            }
            Status::Open | Status::Cancelled => {
                Ok(view::cancelled_answer(&stored, self.world.now()))
            }
        }
    }
}
