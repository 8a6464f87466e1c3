//! Names around refunds: the number that the platform knows one by, and the words its payer reads.
//!
//! A refund's number begins with the checkout's twenty characters, as an order's does, so that a
//! notification finds its object; the `r` in the middle keeps the two kinds apart.

use serde::{Deserialize, Serialize};

use super::{BadName, CheckoutId, PREFIX, STEM_CHARS, TAIL_CHARS, base32, is_numbered};

/// What tells a refund's number from an order's.
const MARKER: &str = "r";

/// Which refund of a checkout: 1 to 99. The platform takes at most fifty of one payment; a checkout
/// may have had a second payment, and refunds that were refused have used up numbers too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RefundNo(u8);

impl RefundNo {
    /// The first refund.
    pub const FIRST: Self = Self(1);

    /// The refund after this one; none after the ninety-ninth.
    pub fn next(self) -> Option<Self> {
        (self.0 < 99).then_some(Self(self.0 + 1))
    }

    /// The number.
    pub const fn count(self) -> u8 {
        self.0
    }
}

/// The number of one refund at the platform: 31 characters, the checkout's twenty, `r`, two digits
/// of the refund, eight of chance.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OutRefundNo(String);

impl OutRefundNo {
    /// The number of `refund`; `chance` is drawn and stored with the intent.
    pub fn new(checkout: &CheckoutId, refund: RefundNo, chance: [u8; 5]) -> Self {
        let tail = base32(&chance, TAIL_CHARS);
        Self(format!("{}{MARKER}{:02}{tail}", checkout.stem(), refund.0))
    }

    /// Reads a number that came back from outside; any other shape is not one of ours.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        if is_numbered(text, MARKER) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadName { expected: "a refund number of ours is 31 characters of a-z and 0-9" })
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

/// Why the money goes back, as the payer reads it: 1 to 80 bytes, no control characters, none
/// outside the Basic Multilingual Plane.
///
/// The platform allows 80 of an unnamed unit (protocol reference B.5); 80 bytes satisfies every
/// reading of that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RefundReason(String);

impl RefundReason {
    /// Reads a reason.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        let plain = text.chars().all(|letter| !letter.is_control() && letter.len_utf8() < 4);
        if (1..=80).contains(&text.len()) && plain && !text.trim().is_empty() {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadName {
                expected: "a reason is 1 to 80 bytes of UTF-8 (26 Chinese characters), without \
                           control characters and emoji",
            })
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for OutRefundNo {
    type Error = BadName;
    fn try_from(text: String) -> Result<Self, BadName> {
        Self::parse(&text)
    }
}

impl From<OutRefundNo> for String {
    fn from(name: OutRefundNo) -> Self {
        name.0
    }
}

impl TryFrom<String> for RefundReason {
    type Error = BadName;
    fn try_from(text: String) -> Result<Self, BadName> {
        Self::parse(&text)
    }
}

impl From<RefundReason> for String {
    fn from(name: RefundReason) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::super::{AttemptNo, OutTradeNo};
    use super::*;

    #[test]
    fn a_refund_number_leads_back_to_its_checkout() {
        let id = CheckoutId::from_digest([0xa7; 32]);
        let number = OutRefundNo::new(&id, RefundNo::FIRST, [1, 2, 3, 4, 5]);
        assert_eq!(number.as_str().len(), 31);
        assert_eq!(number.checkout(), id);
        assert_eq!(OutRefundNo::parse(number.as_str()), Ok(number.clone()));
        assert!(OutTradeNo::parse(number.as_str()).is_err());
        let order = OutTradeNo::new(&id, AttemptNo::FIRST, [1, 2, 3, 4, 5]);
        assert!(OutRefundNo::parse(order.as_str()).is_err());
    }

    #[test]
    fn numbers_of_others_are_not_ours() {
        let ours = "abcdefghijklmnopqrstr01abcdefgh";
        assert!(OutRefundNo::parse(ours).is_ok());
        for other in [
            "",
            "R20250101000001",
            "abcdefghijklmnopqrstr00abcdefgh",
            "abcdefghijklmnopqrstrxxabcdefgh",
            "abcdefghijklmnopqrstx01abcdefgh",
            "Abcdefghijklmnopqrstr01abcdefgh",
            "abcdefghijklmnopqrstr01abcdefg",
            "abcdefghijklmnopqrstr01abcdefghi",
            "abcdefghijklmnopqrstr01abcdef红",
            "abcdefghijklmnopqrs红r01abcdefg",
        ] {
            assert!(OutRefundNo::parse(other).is_err(), "{other}");
        }
    }

    #[test]
    fn there_are_ninety_nine_refunds() {
        let mut refund = RefundNo::FIRST;
        while let Some(next) = refund.next() {
            refund = next;
        }
        assert_eq!(refund.count(), 99);
    }

    #[test]
    fn reasons_keep_the_platforms_rules() {
        assert!(RefundReason::parse("商品已售完").is_ok());
        assert!(RefundReason::parse(&"茶".repeat(26)).is_ok());
        for bad in ["", " ", &"茶".repeat(27), "tea 🍵", "a\nb"] {
            assert!(RefundReason::parse(bad).is_err(), "{bad:?}");
        }
    }
}
