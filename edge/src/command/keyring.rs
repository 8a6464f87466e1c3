//! What an isolate and the keyring of a profile say to each other: which of the platform's keys there
//! are.

use checkout::time::UnixSeconds;
use serde::{Deserialize, Serialize};

use crate::keyring::{Answered, Held};

/// One request to the keyring of a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum KeyringCommand {
    /// What is there. Where nobody has ever asked the platform, the timer will.
    Read,
    /// A serial was met that nobody in the asker's isolate knows. Where it is not here either, the
    /// timer asks the platform as soon as the rules allow.
    Missing {
        /// In the words of whoever sent it.
        serial: String,
    },
    /// There is no key at all: the platform is asked now, once for all who wait.
    First,
    /// A genuine notification came that says something about keys: the last few are kept.
    Arrived(Arrival),
    /// Those that were kept.
    Arrivals,
}

/// A genuine notification, as a proof of keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    /// When it came, by the wall clock.
    pub at: UnixSeconds,
    /// What a test notification says; `None` where one does not open with the APIv3 keys we have.
    pub echo: Option<String>,
}

/// What a keyring answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyringAnswer {
    /// The certificates that are valid.
    pub held: Vec<Held>,
    /// What the platform last said.
    pub answered: Option<Answered>,
    /// To `Arrivals`: newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arrivals: Vec<Arrival>,
}
