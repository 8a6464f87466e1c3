//! The shopper wants a fresh code: the old one cannot be scanned any more, or another phone holds its
//! order.

use checkout::report::Report;

use super::turn::{Beside, Turn};
use super::{Desk, Stop, view};
use crate::command::Answer;
use crate::ports::{Audience, Ledger, Platform, World};

impl<P: Platform, L: Ledger, W: World, A: Audience> Desk<P, L, W, A> {
    /// A fresh code, if one may be had; the page's view in any case.
    pub(super) async fn renew(&self) -> Result<Answer, Stop> {
        let before = self.stored()?;
        let Turn { mut after, effects, alarms } = self.decide(&before, &Report::RenewAsked);
        if after.order != before.order {
            let budget = self.inline();
            let event = Some(self.wish(&before.order.number, Report::RenewAsked));
            let question = self.take(&mut after);
            self.commit(after, Beside { event, effects, alarms, ..Beside::default() }).await?;
            self.ask(question, budget).await?;
            self.ask_or_wait(budget).await?;
        }
        Ok(view::session_answer(&self.stored()?, self.world.now()))
    }
}
