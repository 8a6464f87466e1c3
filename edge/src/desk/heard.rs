//! The platform has told us something, and the door has verified that it was the platform.
//!
//! It is stored before it is acknowledged: what we acknowledge is never sent again.

use checkout::id::OutTradeNo;
use checkout::order::apply;
use checkout::report::Report;

use super::turn::Beside;
use super::{Desk, Stop};
use crate::command::Answer;
use crate::ports::{Audience, Event, Ledger, Platform, Stored, World};

impl<P: Platform, L: Ledger, W: World, A: Audience> Desk<P, L, W, A> {
    /// Stores and applies the report. The same one twice is the same one.
    pub(super) async fn hear(
        &self,
        notification_id: String,
        number: OutTradeNo,
        report: Report,
    ) -> Result<Answer, Stop> {
        let before = self.stored()?;
        if !self.ledger.owns(&number)? {
            return Err(Stop::Unknown);
        }
        let now = self.world.now();
        let current = before.order.number == number;
        let event = Event { at: now, number, notification_id: Some(notification_id), report };
        if self.ledger.has(&event)? {
            return Ok(Answer::Heard);
        }
        // About an earlier attempt only money matters; see `settle` in `ask`.
        let counts = current || matches!(event.report, Report::Paid(_));
        let (order, effects) = if counts {
            apply(&before.order, &event.report, now)
        } else {
            (before.order.clone(), Vec::new())
        };
        let after = Stored { order, ..before };
        self.commit(after, Beside { attempt: None, event: Some(event), effects }).await?;
        Ok(Answer::Heard)
    }
}
