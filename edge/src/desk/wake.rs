//! The timer rang: deadlines, questions that are due, and work that a crash left behind.

use checkout::report::Report;
use futures_util::future::join;

use super::Desk;
use super::turn::{Beside, Turn};
use crate::ports::{Audience, Ledger, LedgerFailure, Platform, World};

/// How long [`Desk::tick`] lets another handler finish its call before it looks again.
const GLANCE_MS: u32 = 50;
/// Glances in a little more than a lease's life.
const GLANCES_MAX: u32 = 200;

impl<P: Platform, L: Ledger, W: World, A: Audience> Desk<P, L, W, A> {
    /// Runs what is due. The first commit arms the next alarm, before anybody is called.
    ///
    /// # Errors
    ///
    /// When the store fails; the caller arms an alarm of its own then, and never lets the error
    /// out of the alarm, because the runtime drops an alarm that failed six times.
    pub async fn wake(&self) -> Result<(), LedgerFailure> {
        let Some(before) = self.ledger.read()? else { return Ok(()) };
        if self.retire(&before).await? {
            return Ok(());
        }
        let Turn { mut after, effects, alarms } = self.decide(&before, &Report::Tick);
        self.come_back(&mut after);
        self.begin_to_retire(&mut after);
        let question = self.take(&mut after);
        let errand = self.take_errand(&mut after);
        // The alarm that rang is used up: commit even what has not changed, to arm the next.
        if after != before || self.wake_at(&after).is_some() {
            self.commit(after, Beside { effects, alarms, ..Beside::default() }).await?;
        }
        // A shop that is slow to answer must not keep a payment waiting, nor the other way round.
        let budget = self.timer();
        let (asked, delivered) =
            join(self.ask(question, budget), self.deliver(errand, budget)).await;
        asked.and(delivered)
    }

    /// Runs what is due, all of it, and returns when nothing more is: for a clock that was moved.
    pub async fn tick(&self) -> Result<(), LedgerFailure> {
        for _ in 0..GLANCES_MAX {
            self.wake().await?;
            let Some(stored) = self.ledger.read()? else { return Ok(()) };
            if self.leased(&stored).is_some() || self.errand(&stored).is_some() {
                self.world.pause(GLANCE_MS).await;
            } else if !self.is_due(&stored) && !self.has_work(&stored) {
                return Ok(());
            }
        }
        Ok(())
    }
}
