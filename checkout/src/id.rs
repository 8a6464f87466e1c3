//! Names: parsed once at the door, trusted inside.
//!
//! A checkout's id is a digest of the profile and the shop's reference, so that the same reference
//! finds the same checkout. An order number begins with the id's twenty characters: it routes
//! itself to the object that owns it, and its eight random characters keep an old payment from
//! settling a new order that happens to have the same reference. Ids are not capabilities.

mod profile;
mod refund;

use core::fmt;

use serde::{Deserialize, Serialize};

pub use self::profile::ProfileName;
pub use self::refund::{OutRefundNo, RefundNo, RefundReason};

/// Why a text is not the name it claims to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadName {
    /// What was expected, for the developer who sent it.
    pub expected: &'static str,
}

impl fmt::Display for BadName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }
}

impl core::error::Error for BadName {}

/// Lower-case base32 of RFC 4648 section 6: no two of its characters differ by case alone, which
/// the platform's order numbers might not survive (protocol reference E.1).
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Characters of an id's digest: 100 bits.
const STEM_CHARS: usize = 20;
/// Random characters at the end of an order number: 40 bits.
const TAIL_CHARS: usize = 8;
const PREFIX: &str = "chk_";

fn base32(bytes: &[u8], chars: usize) -> String {
    let mut bits = bytes.iter().flat_map(|byte| (0..8).rev().map(move |shift| byte >> shift & 1));
    (0..chars)
        .filter_map(|_| {
            let index =
                (0..5).fold(0_usize, |value, _| value << 1 | usize::from(bits.next().unwrap_or(0)));
            ALPHABET.get(index).map(|&letter| char::from(letter))
        })
        .collect()
}

fn is_base32(text: &str) -> bool {
    text.bytes().all(|byte| ALPHABET.contains(&byte))
}

/// Whether `text` is a number that we give at the platform: a checkout's twenty characters, the
/// `marker` of its kind, two digits from 01 on, eight of chance.
fn is_numbered(text: &str, marker: &str) -> bool {
    let Some((stem, rest)) = text.split_at_checked(STEM_CHARS) else { return false };
    let rest = rest.strip_prefix(marker).and_then(|rest| rest.split_at_checked(2));
    let Some((no, tail)) = rest else { return false };
    let counts = no.bytes().all(|byte| byte.is_ascii_digit()) && no != "00";
    counts && is_base32(stem) && tail.len() == TAIL_CHARS && is_base32(tail)
}

/// `chk_` and twenty base32 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CheckoutId(String);

impl CheckoutId {
    /// The id for a digest of everything that makes a checkout the same one.
    pub fn from_digest(digest: [u8; 32]) -> Self {
        Self(format!("{PREFIX}{}", base32(&digest, STEM_CHARS)))
    }

    /// Reads an id that somebody sent.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        let stem = text.strip_prefix(PREFIX).unwrap_or_default();
        if stem.len() == STEM_CHARS && is_base32(stem) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadName { expected: "a checkout id is chk_ and 20 characters of a-z and 2-7" })
        }
    }

    /// The whole id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn stem(&self) -> &str {
        self.0.strip_prefix(PREFIX).unwrap_or_default()
    }
}

/// Which attempt of a checkout: 1 to 99.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AttemptNo(u8);

impl AttemptNo {
    /// The first attempt.
    pub const FIRST: Self = Self(1);

    /// The attempt after this one; none after the ninety-ninth.
    pub fn next(self) -> Option<Self> {
        (self.0 < 99).then_some(Self(self.0 + 1))
    }

    /// The number.
    pub const fn count(self) -> u8 {
        self.0
    }
}

/// The number of one order at the platform: thirty characters, the checkout's twenty, two digits
/// of the attempt, eight of chance.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OutTradeNo(String);

impl OutTradeNo {
    /// The number of `attempt`; `chance` is drawn and stored with the intent.
    pub fn new(checkout: &CheckoutId, attempt: AttemptNo, chance: [u8; 5]) -> Self {
        let tail = base32(&chance, TAIL_CHARS);
        Self(format!("{}{:02}{tail}", checkout.stem(), attempt.0))
    }

    /// Reads a number that came back from outside; any other shape is not one of ours.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        if is_numbered(text, "") {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadName { expected: "an order number of ours is 30 characters of a-z and 0-9" })
        }
    }

    /// The checkout that this number belongs to.
    pub fn checkout(&self) -> CheckoutId {
        CheckoutId(format!("{PREFIX}{}", self.0.get(..STEM_CHARS).unwrap_or_default()))
    }

    /// The whole number.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The shop's own name for a checkout: 1 to 64 characters, printable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Reference(String);

impl Reference {
    /// Reads the shop's reference.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        let fits = (1..=64).contains(&text.chars().count());
        if fits && !text.chars().any(char::is_control) && text.trim() == text {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadName {
                expected: "a reference is 1 to 64 printable characters, not padded by spaces",
            })
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What the payer reads in WeChat: 1 to 127 bytes, no control characters, none outside the Basic
/// Multilingual Plane.
///
/// The newest official text counts characters and older ones bytes; 127 bytes satisfies both
/// (protocol reference E.1). Four-byte characters such as emoji are not supported (A.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Description(String);

impl Description {
    /// Reads a description.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        let plain = text.chars().all(|letter| !letter.is_control() && letter.len_utf8() < 4);
        if (1..=127).contains(&text.len()) && plain && !text.trim().is_empty() {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadName {
                expected: "a description is 1 to 127 bytes of UTF-8 (42 Chinese characters), \
                           without control characters and emoji",
            })
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CheckoutId {
    type Error = BadName;
    fn try_from(text: String) -> Result<Self, BadName> {
        Self::parse(&text)
    }
}

impl TryFrom<String> for OutTradeNo {
    type Error = BadName;
    fn try_from(text: String) -> Result<Self, BadName> {
        Self::parse(&text)
    }
}

impl TryFrom<String> for Reference {
    type Error = BadName;
    fn try_from(text: String) -> Result<Self, BadName> {
        Self::parse(&text)
    }
}

impl TryFrom<String> for Description {
    type Error = BadName;
    fn try_from(text: String) -> Result<Self, BadName> {
        Self::parse(&text)
    }
}

impl From<CheckoutId> for String {
    fn from(name: CheckoutId) -> Self {
        name.0
    }
}

impl From<OutTradeNo> for String {
    fn from(name: OutTradeNo) -> Self {
        name.0
    }
}

impl From<Reference> for String {
    fn from(name: Reference) -> Self {
        name.0
    }
}

impl From<Description> for String {
    fn from(name: Description) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base32_agrees_with_rfc_4648() {
        // RFC 4648 section 10: BASE32("fooba") = "MZXW6YTB", here in lower case.
        assert_eq!(base32(b"fooba", 8), "mzxw6ytb");
        assert_eq!(base32(b"f", 2), "my");
    }

    #[test]
    fn an_order_number_leads_back_to_its_checkout() {
        let id = CheckoutId::from_digest([0xa7; 32]);
        assert_eq!(CheckoutId::parse(id.as_str()), Ok(id.clone()));
        let number = OutTradeNo::new(&id, AttemptNo::FIRST, [1, 2, 3, 4, 5]);
        assert_eq!(number.as_str().len(), 30);
        assert_eq!(number.checkout(), id);
        assert_eq!(OutTradeNo::parse(number.as_str()), Ok(number));
    }

    #[test]
    fn numbers_of_others_are_not_ours() {
        let ours = "abcdefghijklmnopqrst01abcdefgh";
        assert!(OutTradeNo::parse(ours).is_ok());
        for other in [
            "",
            "T20250101000001",
            "abcdefghijklmnopqrst00abcdefgh",
            "abcdefghijklmnopqrstxxabcdefgh",
            "Abcdefghijklmnopqrst01abcdefgh",
            "abcdefghijklmnopqrst01abcdefg",
            "abcdefghijklmnopqrst01abcdefghi",
            "abcdefghijklmnopqrst01abcdef红",
        ] {
            assert!(OutTradeNo::parse(other).is_err(), "{other}");
        }
    }

    #[test]
    fn there_are_ninety_nine_attempts() {
        let mut attempt = AttemptNo::FIRST;
        while let Some(next) = attempt.next() {
            attempt = next;
        }
        assert_eq!(attempt.count(), 99);
    }

    #[test]
    fn descriptions_keep_the_platforms_rules() {
        assert!(Description::parse("测试商品-红茶500g").is_ok());
        assert!(Description::parse(&"茶".repeat(42)).is_ok());
        for bad in ["", " ", &"茶".repeat(43), "tea 🍵", "a\nb"] {
            assert!(Description::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn references_are_what_a_shop_would_print() {
        for good in ["A-1001", "订单 7", &"x".repeat(64)] {
            assert!(Reference::parse(good).is_ok(), "{good}");
        }
        for bad in ["", " A", "A\t", &"x".repeat(65)] {
            assert!(Reference::parse(bad).is_err(), "{bad:?}");
        }
    }
}
