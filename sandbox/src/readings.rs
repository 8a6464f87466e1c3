//! Where the published rules leave two readings: which one is in force.
//!
//! A shop that lives with both readings lives with the platform, whichever is its own. They are
//! read on every order, so they are looked at without a lock.

use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};

/// Which characters an order number may have (protocol reference E.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrderNumber {
    /// Those of all published pages together.
    #[default]
    #[serde(rename = "union")]
    Union,
    /// Those of the newest page, which has no `@`.
    #[serde(rename = "current")]
    Current,
}

/// What closing an unknown number is answered with (protocol reference B.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum CloseUnknown {
    /// As a merchant saw it.
    #[default]
    #[serde(rename = "204")]
    Done,
    /// As older tables have it: `ORDER_NOT_EXIST`.
    #[serde(rename = "404")]
    Refused,
}

/// All of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the types say it")]
pub struct Readings {
    pub order_number: OrderNumber,
    pub close_unknown: CloseUnknown,
}

/// The readings in force.
#[derive(Default)]
pub struct Chosen {
    current_numbers: AtomicBool,
    refuses_unknown: AtomicBool,
}

impl Chosen {
    /// What is in force.
    pub fn get(&self) -> Readings {
        let is = |flag: &AtomicBool| flag.load(Ordering::Acquire);
        Readings {
            order_number: match is(&self.current_numbers) {
                true => OrderNumber::Current,
                false => OrderNumber::Union,
            },
            close_unknown: match is(&self.refuses_unknown) {
                true => CloseUnknown::Refused,
                false => CloseUnknown::Done,
            },
        }
    }

    /// Puts others in force.
    pub fn set(&self, readings: Readings) {
        let Readings { order_number, close_unknown } = readings;
        self.current_numbers.store(order_number == OrderNumber::Current, Ordering::Release);
        self.refuses_unknown.store(close_unknown == CloseUnknown::Refused, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_chosen_is_in_force() {
        let chosen = Chosen::default();
        assert_eq!(chosen.get(), Readings::default());
        for order_number in [OrderNumber::Current, OrderNumber::Union] {
            for close_unknown in [CloseUnknown::Refused, CloseUnknown::Done] {
                let readings = Readings { order_number, close_unknown };
                chosen.set(readings);
                assert_eq!(chosen.get(), readings);
            }
        }
    }

    #[test]
    fn what_an_earlier_version_kept_is_completed() {
        assert_eq!(serde_json::from_str::<Readings>("{}").unwrap(), Readings::default());
    }
}
