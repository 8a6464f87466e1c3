//! What an operator sees of the outbox, and may do about it.

use checkout::report::Report;

use super::turn::{Beside, Turn};
use super::{Desk, Stop, view};
use crate::command::Answer;
use crate::ports::{Audience, Ledger, Platform, World};
use crate::problem::{Code, Problem};

impl<P: Platform, L: Ledger, W: World, A: Audience> Desk<P, L, W, A> {
    /// The shop's event log.
    pub(super) fn events(&self) -> Result<Answer, Stop> {
        Ok(Answer::Events { events: self.stored()?.outbox.parcels })
    }

    /// Sends one event anew: the same id, the same bytes, the whole schedule. The alarm carries it.
    pub(super) async fn resend(&self, id: &str) -> Result<Answer, Stop> {
        let mut after = self.stored()?;
        let now = self.world.now();
        let Some(parcel) = after.outbox.parcel_mut(id) else {
            return Err(Problem::new(Code::EventNotFound, "no such event of this checkout").into());
        };
        parcel.resend(now);
        let parcel = parcel.clone();
        self.commit(after, Beside::default()).await?;
        Ok(Answer::Events { events: vec![parcel] })
    }

    /// Everything that was given up is tried again, and all that waits is done now.
    pub(super) async fn redrive(&self) -> Result<Answer, Stop> {
        let before = self.stored()?;
        let now = self.world.now();
        let Turn { mut after, effects, alarms } = self.decide(&before, &Report::Redriven);
        after.outbox.redrive(now);
        let changed = after.order != before.order;
        let wish = || self.wish(&before.order.number, Report::Redriven);
        let event = changed.then(wish);
        let question = self.take(&mut after);
        self.commit(after, Beside { event, effects, alarms, ..Beside::default() }).await?;
        self.ask(question, self.inline()).await?;
        Ok(view::checkout_answer(&self.stored()?, self.world.now()))
    }

    /// Tells the index now: its copy may be lost.
    pub(super) async fn project(&self) -> Result<Answer, Stop> {
        let mut after = self.stored()?;
        after.outbox.index.forget(self.world.now());
        let errand = self.take_errand(&mut after);
        self.commit(after, Beside::default()).await?;
        self.deliver(errand, self.inline()).await?;
        Ok(Answer::Heard)
    }

    /// Runs what is due.
    pub(super) async fn sweep(&self) -> Result<Answer, Stop> {
        self.stored()?;
        self.wake().await?;
        Ok(Answer::Heard)
    }
}
