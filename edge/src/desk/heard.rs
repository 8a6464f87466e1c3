//! The platform has told us something, and the door has verified that it was the platform.
//!
//! It is stored before it is acknowledged: what we acknowledge is never sent again.

use checkout::id::OutTradeNo;
use checkout::report::Report;

use super::turn::Beside;
use super::{Desk, Stop};
use crate::command::Answer;
use crate::ports::{Audience, Event, Ledger, Platform, World};

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
        let (at, notification_id) = (self.world.now(), Some(notification_id));
        let event = Event { at, number, notification_id, report };
        if self.ledger.has(&event)? {
            return Ok(Answer::Heard);
        }
        let (after, effects) = self.decide_about(&before, &event.number, &event.report);
        self.commit(after, Beside { attempt: None, event: Some(event), effects }).await?;
        Ok(Answer::Heard)
    }
}
