//! Long-polling: the answer waits for a change. For pages that a WebSocket does not reach.

use super::{Desk, Stop, view};
use crate::command::Answer;
use crate::ports::{Audience, Ledger, Platform, World};
use crate::request::WAIT_S_MAX;

/// How often a waiting handler looks at the version. A flag set by the committing handler would be
/// instant, but a waker must not cross from one request's context into another's.
const GLANCE_MS: u32 = 200;

impl<P: Platform, L: Ledger, W: World, A: Audience> Desk<P, L, W, A> {
    /// Answers when there is something newer than `version`, after `wait_s` in any case: the end
    /// of the wait is an answer, not an error.
    pub(super) async fn wait(&self, version: u64, wait_s: u32) -> Result<Answer, Stop> {
        self.looked().await?;
        let glances = wait_s.min(WAIT_S_MAX) * 1_000 / GLANCE_MS;
        for _ in 0..glances {
            if self.ledger.version() > version {
                break;
            }
            self.world.pause(GLANCE_MS).await;
        }
        Ok(view::session_answer(&self.stored()?, self.world.now()))
    }
}
