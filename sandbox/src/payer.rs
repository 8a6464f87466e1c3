//! Who holds the phone.
//!
//! A sandbox has as many payers as a test can name. What merchants see of one is an `openid`, which
//! is another one for each app (protocol reference B.3), and the same one each time.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Longest name.
const CHARS_MAX: usize = 32;

/// How long a genuine `openid` is: `o` and 27 of `[0-9A-Za-z_-]`.
const OPENID_REST: usize = 27;

/// A payer's name, which only the sandbox knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Payer(String);

/// Not a name: empty, too long, or with a character that it cannot have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAName;

impl fmt::Display for NotAName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "payer: 1 to {CHARS_MAX} of [0-9A-Za-z_-]")
    }
}

impl Payer {
    /// The name.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// Somebody else.
    pub fn another(&self) -> Self {
        let name = if self.0 == "stranger" { "another-stranger" } else { "stranger" };
        Self(name.to_owned())
    }

    /// How an app knows this payer.
    pub fn openid(&self, appid: &str) -> String {
        let digest = Sha256::digest(format!("{appid}\0{}", self.0));
        let text = BASE64_URL_SAFE_NO_PAD.encode(digest);
        format!("o{}", text.get(..OPENID_REST).unwrap_or_default())
    }
}

impl Default for Payer {
    /// Whoever pays if nobody is named.
    fn default() -> Self {
        Self("payer".to_owned())
    }
}

impl TryFrom<String> for Payer {
    type Error = NotAName;

    fn try_from(name: String) -> Result<Self, NotAName> {
        let is_name_byte = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        let fits = (1..=CHARS_MAX).contains(&name.len());
        if fits && name.bytes().all(is_name_byte) { Ok(Self(name)) } else { Err(NotAName) }
    }
}

impl From<Payer> for String {
    fn from(payer: Payer) -> Self {
        payer.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payer(name: &str) -> Result<Payer, NotAName> {
        Payer::try_from(name.to_owned())
    }

    #[test]
    fn a_name_is_short_and_plain() {
        for name in ["p", "Ann_2-b", &"x".repeat(32)] {
            assert_eq!(payer(name).unwrap().name(), name);
        }
        for name in ["", " p", "a b", "é", "a.b", &"x".repeat(33)] {
            assert_eq!(payer(name), Err(NotAName), "{name}");
        }
    }

    #[test]
    fn an_openid_is_one_apps_and_one_payers() {
        let (ann, bob) = (payer("ann").unwrap(), payer("bob").unwrap());
        let openid = ann.openid("wx0123456789abcdef");
        assert_eq!(openid, ann.openid("wx0123456789abcdef"));
        assert_ne!(openid, ann.openid("wxaaaaaaaaaaaaaaaa"));
        assert_ne!(openid, bob.openid("wx0123456789abcdef"));
        assert!(openid.len() == 28 && openid.starts_with('o'), "{openid}");
        // As `printf 'wx0123456789abcdef\0ann' | openssl dgst -sha256 -binary | base64` has it.
        assert_eq!(openid, "oMR_LYNfmWOqLxc3FYt9J_W5xZxP");
    }
}
