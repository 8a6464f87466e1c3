//! What the door and the counter of one payer and one product say to each other.

use checkout::id::Reference;
use serde::{Deserialize, Serialize};

use crate::counter::{Pointer, Wish};

/// One request to a counter, which is named after merchant, product and payer
/// ([`crate::counter::name`]).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum CounterCommand {
    /// Somebody has scanned: which checkout is theirs? It is stored before it is told.
    Scan(Wish),
    /// The platform refused the order of this checkout: may it be placed once more?
    Retry {
        /// Which checkout.
        reference: Reference,
    },
}

/// What a counter answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum CounterAnswer {
    /// To `Scan`.
    Current(Pointer),
    /// To `Retry`.
    Retry {
        /// Whether it may; otherwise it was tried a moment ago.
        granted: bool,
    },
}
