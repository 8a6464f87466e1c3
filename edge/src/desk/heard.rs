//! The platform has told us something, and the door has verified that it was the platform.
//!
//! It is stored before it is acknowledged: what we acknowledge is never sent again.

use checkout::id::OutTradeNo;
use checkout::report::Report;

use super::turn::{Beside, Turn};
use super::{Desk, Stop};
use crate::command::Answer;
use crate::ports::{Audience, Event, Finding, Ledger, Platform, World};

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
        let event = Event { at, notification_id, finding: Finding::Order { number, report } };
        if self.ledger.has(&event)? {
            return Ok(Answer::Heard);
        }
        let Turn { after, effects, alarms } = self.decide_about(&before, &event.finding);
        let beside = Beside { event: Some(event), effects, alarms, ..Beside::default() };
        self.commit(after, beside).await?;
        Ok(Answer::Heard)
    }
}
