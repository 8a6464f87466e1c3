//! Money in whole fen (分, a hundredth of a yuan). Never a float: every API amount of the platform
//! is an integer.

use core::fmt;

use serde::{Deserialize, Serialize};

/// An amount that somebody pays: at least one fen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct Fen(u64);

/// The most one checkout may ask for: ten million yuan.
///
/// The platform publishes no bound of its own (protocol reference E.1). Ours keeps a slip of the
/// decimal point from becoming an order, and stays far below 2^53, where JavaScript loses fen.
const FEN_MAX: u64 = 1_000_000_000;

/// Why a number is not an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadAmount {
    /// Nothing to pay.
    Zero,
    /// More than [`Fen::MAX`].
    TooMuch,
}

impl Fen {
    /// The most one checkout may ask for.
    pub const MAX: Self = Self(FEN_MAX);

    /// An amount of `fen`, at least 1 and at most [`Fen::MAX`].
    pub const fn new(fen: u64) -> Result<Self, BadAmount> {
        match fen {
            0 => Err(BadAmount::Zero),
            1..=FEN_MAX => Ok(Self(fen)),
            _ => Err(BadAmount::TooMuch),
        }
    }

    /// The number of fen.
    pub const fn count(self) -> u64 {
        self.0
    }

    /// The price of `quantity` pieces.
    pub fn times(self, quantity: u32) -> Result<Self, BadAmount> {
        self.0.checked_mul(u64::from(quantity)).map_or(Err(BadAmount::TooMuch), Self::new)
    }
}

impl TryFrom<u64> for Fen {
    type Error = BadAmount;

    fn try_from(fen: u64) -> Result<Self, BadAmount> {
        Self::new(fen)
    }
}

impl From<Fen> for u64 {
    fn from(fen: Fen) -> Self {
        fen.0
    }
}

impl fmt::Display for BadAmount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zero => f.write_str("an amount is at least 1 fen"),
            Self::TooMuch => write!(f, "an amount is at most {FEN_MAX} fen"),
        }
    }
}

impl core::error::Error for BadAmount {}

/// The currency of an order. WeChat Pay Native takes one (protocol reference B.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Currency {
    /// Chinese yuan, renminbi.
    #[default]
    #[serde(rename = "CNY")]
    Cny,
}

impl Currency {
    /// The code of ISO 4217, as the platform writes it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Cny => "CNY",
        }
    }
}

/// How much, in which currency, as it stands in every JSON of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amount {
    /// In fen.
    pub total: Fen,
    /// `CNY`, also when left out.
    #[serde(default)]
    pub currency: Currency,
}

impl Amount {
    /// `total` in yuan's own fen.
    pub const fn cny(total: Fen) -> Self {
        Self { total, currency: Currency::Cny }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_and_too_much_are_refused() {
        assert_eq!(Fen::new(0), Err(BadAmount::Zero));
        assert_eq!(Fen::new(1).map(Fen::count), Ok(1));
        assert_eq!(Fen::new(FEN_MAX), Ok(Fen::MAX));
        assert_eq!(Fen::new(FEN_MAX + 1), Err(BadAmount::TooMuch));
    }

    #[test]
    fn a_price_times_a_quantity_never_wraps() {
        let price = Fen::new(8_800).unwrap();
        assert_eq!(price.times(3), Fen::new(26_400));
        assert_eq!(price.times(0), Err(BadAmount::Zero));
        assert_eq!(Fen::MAX.times(u32::MAX), Err(BadAmount::TooMuch));
    }

    #[test]
    fn json_takes_whole_fen_only() {
        let parse = |text: &str| serde_json::from_str::<Amount>(text);
        assert_eq!(parse(r#"{"total":1,"currency":"CNY"}"#).unwrap().total.count(), 1);
        assert_eq!(parse(r#"{"total":1}"#).unwrap().currency, Currency::Cny);
        for bad in [
            r#"{"total":0}"#,
            r#"{"total":-1}"#,
            r#"{"total":1.5}"#,
            r#"{"total":"1"}"#,
            r#"{"total":1,"currency":"USD"}"#,
            r#"{"total":1,"extra":1}"#,
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
