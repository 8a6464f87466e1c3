//! What the door and a counter of open sessions say to each other.

use checkout::id::CheckoutId;
use serde::{Deserialize, Serialize};

/// One request to a quota object, named `address:<ip>` or `deployment`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum QuotaCommand {
    /// Takes a place for an open unpaid session; taking it twice is taking it once.
    Reserve {
        /// Whose place.
        id: CheckoutId,
        /// Seconds after which the place is free in any case.
        lifetime_s: i64,
        /// How many places there are.
        places_max: u32,
    },
    /// Gives the place back.
    Release {
        /// Whose place.
        id: CheckoutId,
    },
}

/// What a quota object answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum QuotaAnswer {
    /// To `Reserve`: the place is taken now.
    Taken,
    /// To `Reserve`: it was taken before, by this very checkout.
    Held,
    /// To `Release`.
    Released,
    /// To `Reserve`: there is none.
    Full {
        /// Seconds until one may be free, at least 1.
        retry_after_s: u32,
    },
}
