//! What a payer's phone is handed instead of a code.

use serde::{Deserialize, Serialize};

use crate::id::BadName;

/// The platform's session of a placed order, `prepay_id`: opaque, good for as long as the code that
/// came with it, two hours (protocol reference D.3, D.9). It is given out where a printed code was
/// scanned and the platform asks which order the payer shall see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PrepayId(String);

impl PrepayId {
    /// Reads a `prepay_id`: 1 to 64 characters of printable ASCII, no space among them.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
        if plain && (1..=64).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadName { expected: "a prepay_id is 1 to 64 characters of printable ASCII" })
        }
    }

    /// The text, unchanged.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for PrepayId {
    type Error = BadName;
    fn try_from(text: String) -> Result<Self, BadName> {
        Self::parse(&text)
    }
}

impl From<PrepayId> for String {
    fn from(session: PrepayId) -> Self {
        session.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_taken_as_it_comes() {
        // Protocol reference G.11, and the longest there may be (D.3).
        for good in ["wx01110000000000aaaabbbbccccdddd0000", &"x".repeat(64)] {
            assert_eq!(PrepayId::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "wx 1", "wx\n", "微信", &"x".repeat(65)] {
            assert!(PrepayId::parse(bad).is_err(), "{bad:?}");
        }
    }
}
