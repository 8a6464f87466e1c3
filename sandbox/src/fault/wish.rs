//! A fault as it is asked for, and why it cannot be had.

use std::fmt;

use serde::Deserialize;

use super::{DELAY_MS_MAX, Fault, Kind, Route};
use crate::v3::native::is_number_byte;

/// A fault as it is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    route: String,
    out_trade_no: Option<String>,
    kind: String,
    #[serde(default = "once")]
    times: u32,
    delay_ms: Option<u32>,
}

const fn once() -> u32 {
    1
}

/// Why a wish cannot be granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadWish {
    /// No such route.
    UnknownRoute(String),
    /// No such kind on this route.
    UnknownKind(Route, String),
    /// No such kind anywhere: a state folder of a later version has it.
    NoSuchKind(String),
    /// Calls of this route are not about an order, so that one for an order would wait for ever.
    NotAboutOrders(Route),
    /// No order can have this number (protocol reference E.1).
    NoNumber,
    /// This kind does not wait.
    NoDelay(Kind),
    /// A delay is longer than [`DELAY_MS_MAX`].
    TooLong(u32),
}

impl fmt::Display for BadWish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownRoute(name) => {
                write!(f, "unknown route {name:?}; known: {}", list(Route::ALL.map(Route::name)))
            }
            Self::UnknownKind(route, name) => {
                let kinds = list(route.kinds().map(Kind::name));
                write!(f, "unknown kind {name:?} for route {:?}; known: {kinds}", route.name())
            }
            Self::NoSuchKind(name) => write!(f, "unknown kind {name:?}"),
            Self::NotAboutOrders(route) => {
                write!(f, "out_trade_no: calls of route {:?} are not about an order", route.name())
            }
            Self::NoNumber => f.write_str("out_trade_no: 6 to 32 of [0-9A-Za-z_|*@-]"),
            Self::NoDelay(kind) => write!(f, "delay_ms: {:?} does not wait", kind.name()),
            Self::TooLong(delay_ms) => {
                write!(f, "delay_ms: {delay_ms} is more than {DELAY_MS_MAX}")
            }
        }
    }
}

fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().collect::<Vec<_>>().join(", ")
}

/// Refuses what is no order's number: a fault for it would wait for ever.
pub fn check_number(out_trade_no: Option<&str>) -> Result<(), BadWish> {
    let is_number =
        |number: &str| (6..=32).contains(&number.len()) && number.bytes().all(is_number_byte);
    if out_trade_no.is_none_or(is_number) { Ok(()) } else { Err(BadWish::NoNumber) }
}

impl TryFrom<Wish> for Fault {
    type Error = BadWish;

    fn try_from(wish: Wish) -> Result<Self, BadWish> {
        let Wish { route, out_trade_no, kind, times, delay_ms } = wish;
        let route = Route::try_from(route)?;
        let Some(kind) = route.kinds().find(|known| known.name() == kind) else {
            return Err(BadWish::UnknownKind(route, kind));
        };
        if out_trade_no.is_some() && !route.is_about_an_order() {
            return Err(BadWish::NotAboutOrders(route));
        }
        check_number(out_trade_no.as_deref())?;
        match delay_ms {
            Some(_) if kind.delay_ms_usual().is_none() => Err(BadWish::NoDelay(kind)),
            Some(delay_ms) if delay_ms > DELAY_MS_MAX => Err(BadWish::TooLong(delay_ms)),
            _ => Ok(Self { route, out_trade_no, kind, times, delay_ms }),
        }
    }
}
