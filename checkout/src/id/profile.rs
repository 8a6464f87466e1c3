//! What an operator calls one merchant of a deployment.

use serde::{Deserialize, Serialize};

use super::BadName;

/// The name of a profile: one merchant with its own keys, prices and rules. 1 to 32 characters of
/// a-z, 0-9 and `-`, beginning with a letter or digit, because it stands in addresses and in the
/// names of variables.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProfileName(String);

/// The profile of a deployment that serves one merchant.
const DEFAULT: &str = "default";
const CHARS_MAX: usize = 32;

impl ProfileName {
    /// Reads an operator's name.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let spelt = text.bytes().all(plain) && !text.starts_with('-');
        if spelt && (1..=CHARS_MAX).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadName { expected: "a profile is 1 to 32 characters of a-z, 0-9 and -" })
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is the profile whose variables have no prefix.
    pub fn is_default(&self) -> bool {
        self.0 == DEFAULT
    }
}

impl Default for ProfileName {
    fn default() -> Self {
        Self(DEFAULT.to_owned())
    }
}

impl TryFrom<String> for ProfileName {
    type Error = BadName;
    fn try_from(text: String) -> Result<Self, BadName> {
        Self::parse(&text)
    }
}

impl From<ProfileName> for String {
    fn from(name: ProfileName) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_can_stand_in_an_address() {
        for good in ["default", "acme", "tea-2", "7"] {
            assert_eq!(ProfileName::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "-a", "Acme", "a_b", "a/b", "a.b", "茶", &"a".repeat(33)] {
            assert!(ProfileName::parse(bad).is_err(), "{bad:?}");
        }
        assert!(ProfileName::default().is_default());
    }
}
