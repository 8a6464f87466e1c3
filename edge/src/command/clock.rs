//! What development builds say to the clock that moves business time.

use checkout::id::CheckoutId;
use serde::{Deserialize, Serialize};

/// One request to the development clock. The deployable build has no such object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum ClockCommand {
    /// Moves the business clock and runs every timer that has come due before it answers.
    Advance {
        /// Seconds, not negative: business time never goes back.
        advance_s: u32,
    },
    /// Asks how far the business clock is ahead.
    Offset,
    /// An object has a timer and wants to be ticked when time moves.
    Arm {
        /// Which object.
        id: CheckoutId,
    },
    /// It has none any more.
    Disarm {
        /// Which object.
        id: CheckoutId,
    },
}

/// What the development clock answers to every command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClockAnswer {
    /// How far the business clock is ahead of the wall clock, in seconds.
    pub offset_s: i64,
}
