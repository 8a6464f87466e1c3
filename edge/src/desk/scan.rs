//! Somebody scanned a printed code and is about to pay: which order is the phone to be handed?

use checkout::order::{Attempt, Order};
use checkout::time::UnixSeconds;
use checkout::view::{Phase, Status, Trouble};

use super::{Desk, Stop};
use crate::command::{Answer, Scanned};
use crate::ports::{Audience, Ledger, Platform, World};

impl<P: Platform, L: Ledger, W: World, A: Audience> Desk<P, L, W, A> {
    /// What the phone is to be given. As a look: a code that has grown stale is renewed by the
    /// stored order first. It waits for the platform as long as any caller may.
    pub(super) async fn scan(&self) -> Result<Answer, Stop> {
        if self.stored()?.opening.api.is_v3() {
            return Ok(Answer::Scanned(Scanned::Refused));
        }
        let budget = self.inline();
        self.looked().await?;
        if self.stored()?.order.face().phase == Some(Phase::Placing) {
            self.ask_or_wait(budget).await?;
        }
        Ok(Answer::Scanned(scanned(&self.stored()?.order, self.world.now())))
    }
}

/// How `order` stands for somebody who is about to pay it.
fn scanned(order: &Order, now: UnixSeconds) -> Scanned {
    let face = order.face();
    match (face.status, face.trouble) {
        (Status::Open, None) => {}
        (Status::Open, Some(Trouble::Refused)) => return Scanned::Refused,
        (Status::Open, Some(Trouble::Conflict)) => return Scanned::Busy,
        (status, _) => return Scanned::Ended { status },
    }
    match &order.attempt {
        Attempt::Payable { code_until, prepay_id: Some(prepay_id), .. } if now < *code_until => {
            Scanned::Ready { prepay_id: prepay_id.clone() }
        }
        _ => Scanned::Busy,
    }
}
