//! How does it stand? Asked by the shop, which only reads, and by pages, whose look renews a code
//! that has grown stale.

use checkout::report::Report;

use super::turn::{Beside, Turn};
use super::{Desk, Stop, view};
use crate::command::Answer;
use crate::ports::{Audience, Ledger, Platform, World};

impl<P: Platform, L: Ledger, W: World, A: Audience> Desk<P, L, W, A> {
    /// The shop's view.
    pub(super) fn read(&self) -> Result<Answer, Stop> {
        Ok(view::checkout_answer(&self.stored()?, self.world.now()))
    }

    /// The page's view.
    pub(super) async fn look(&self) -> Result<Answer, Stop> {
        self.looked().await?;
        Ok(view::session_answer(&self.stored()?, self.world.now()))
    }

    /// Somebody looks at the code: if it cannot be scanned any more, asks for a fresh one.
    pub(super) async fn looked(&self) -> Result<(), Stop> {
        let before = self.stored()?;
        let Turn { mut after, effects, alarms } = self.decide(&before, &Report::Looked);
        if after.order == before.order {
            return Ok(());
        }
        let question = self.take(&mut after);
        self.commit(after, Beside { effects, alarms, ..Beside::default() }).await?;
        Ok(self.ask(question, self.inline()).await?)
    }

    /// What a page that connects is shown first.
    pub fn greeting(&self) -> Option<checkout::view::SessionView> {
        let stored = self.ledger.read().ok().flatten()?;
        Some(view::session(&stored, self.world.now()))
    }
}
