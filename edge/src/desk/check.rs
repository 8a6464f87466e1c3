//! "I have paid": asks the platform once, however often the shopper presses. The order itself
//! spaces the questions ([`checkout::order::CHECK_SPACING`]).

use checkout::report::Report;

use super::turn::{Beside, Turn};
use super::{Desk, Stop, view};
use crate::command::Answer;
use crate::ports::{Audience, Ledger, Platform, World};

impl<P: Platform, L: Ledger, W: World, A: Audience> Desk<P, L, W, A> {
    /// One query, then the page's view.
    pub(super) async fn check(&self) -> Result<Answer, Stop> {
        let before = self.stored()?;
        let Turn { mut after, effects, alarms } = self.decide(&before, &Report::CheckAsked);
        if after.order != before.order {
            let question = self.take(&mut after);
            self.commit(after, Beside { effects, alarms, ..Beside::default() }).await?;
            self.ask(question, self.inline()).await?;
        }
        Ok(view::session_answer(&self.stored()?, self.world.now()))
    }
}
