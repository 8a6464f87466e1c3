//! Where the published rules leave two readings: which one is in force.
//!
//! A shop that lives with both readings lives with the platform, whichever is its own. They are
//! read on every order, so they are looked at without a lock.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

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

/// For how long the platform waits for the answer to a scan of a product code, in milliseconds. No
/// page says it; a comment in the official PHP sample says two seconds, merchants are told five
/// (protocol reference D.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallbackWithin(pub u32);

impl CallbackWithin {
    /// As long as a merchant's own client can be made to wait.
    pub const MS_MAX: u32 = 60_000;
}

impl Default for CallbackWithin {
    fn default() -> Self {
        Self(5_000)
    }
}

/// Whether V2's refunds and fund-flow bills want a client certificate (protocol reference D.6,
/// D.11).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum V2Certificate {
    /// As the platform: the merchant's own, over TLS.
    #[default]
    Required,
    /// For a test whose client cannot show one.
    NotRequired,
}

/// All of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the types say it")]
pub struct Readings {
    pub order_number: OrderNumber,
    pub close_unknown: CloseUnknown,
    pub callback_within_ms: CallbackWithin,
    pub v2_certificate: V2Certificate,
}

/// The readings in force.
pub struct Chosen {
    current_numbers: AtomicBool,
    refuses_unknown: AtomicBool,
    callback_within_ms: AtomicU32,
    wants_no_certificate: AtomicBool,
}

impl Default for Chosen {
    fn default() -> Self {
        Self {
            current_numbers: AtomicBool::default(),
            refuses_unknown: AtomicBool::default(),
            callback_within_ms: AtomicU32::new(CallbackWithin::default().0),
            wants_no_certificate: AtomicBool::default(),
        }
    }
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
            callback_within_ms: CallbackWithin(self.callback_within_ms.load(Ordering::Acquire)),
            v2_certificate: match is(&self.wants_no_certificate) {
                true => V2Certificate::NotRequired,
                false => V2Certificate::Required,
            },
        }
    }

    /// Puts others in force.
    pub fn set(&self, readings: Readings) {
        let Readings { order_number, close_unknown, callback_within_ms, v2_certificate } = readings;
        self.current_numbers.store(order_number == OrderNumber::Current, Ordering::Release);
        self.refuses_unknown.store(close_unknown == CloseUnknown::Refused, Ordering::Release);
        self.callback_within_ms.store(callback_within_ms.0, Ordering::Release);
        let none_wanted = v2_certificate == V2Certificate::NotRequired;
        self.wants_no_certificate.store(none_wanted, Ordering::Release);
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
                for v2_certificate in [V2Certificate::NotRequired, V2Certificate::Required] {
                    let callback_within_ms = CallbackWithin(2_000);
                    let readings = Readings {
                        order_number,
                        close_unknown,
                        callback_within_ms,
                        v2_certificate,
                    };
                    chosen.set(readings);
                    assert_eq!(chosen.get(), readings);
                }
            }
        }
    }

    #[test]
    fn what_an_earlier_version_kept_is_completed() {
        assert_eq!(serde_json::from_str::<Readings>("{}").unwrap(), Readings::default());
    }
}
