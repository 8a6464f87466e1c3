//! Which of the platform's two languages a checkout is spoken about in.

use serde::{Deserialize, Serialize};

/// An API of the platform's. It is chosen when a checkout is opened and never changes: what one API
/// was asked is repeated, queried and closed in the same, whatever the operator sets later.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Api {
    /// JSON, RSA and certificates (protocol reference A, B).
    #[default]
    V3,
    /// XML and a shared key (protocol reference D).
    V2,
}

impl Api {
    /// As it is spelt in variables, in addresses and in what a shop reads.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V3 => "v3",
            Self::V2 => "v2",
        }
    }

    /// Whether it is the one that is not mentioned where a checkout is told of.
    pub fn is_v3(&self) -> bool {
        *self == Self::V3
    }
}
