//! Bad days, on request: which route misbehaves, how, and how often.
//!
//! A fault waits until a call (or a notification) of its route comes by, for its order if it names
//! one, and happens the number of times it was asked for. A kind that makes no sense on a route is
//! refused when it is set, so that a test cannot wait for something that never happens.

mod kind;
mod places;
mod route;
mod wish;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use self::kind::{Kind, Row, TABLE};
pub use self::route::Route;
pub use self::wish::{BadWish, Wish, check_number};
use crate::notification::Form;
use crate::refund::Ending;

/// The longest wait that can be asked for: no SDK's own patience is longer.
pub const DELAY_MS_MAX: u32 = 60_000;

/// So many may wait at once. Each call looks through all of them.
pub const WAITING_MAX: usize = 1_000;

/// One fault that waits to happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Where.
    pub route: Route,
    /// Only for this order; for all of them when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_trade_no: Option<String>,
    /// What.
    pub kind: Kind,
    /// How many times more.
    pub times: u32,
    /// How long it waits, in milliseconds, if not as long as its kind usually does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u32>,
}

/// A fault that happens now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Happening {
    /// What.
    pub kind: Kind,
    /// How long it waits; nothing for a kind that does not.
    pub delay: Duration,
}

impl Fault {
    /// A fault that happens once, to whatever comes first.
    pub const fn once(route: Route, kind: Kind) -> Self {
        Self { route, out_trade_no: None, kind, times: 1, delay_ms: None }
    }

    fn happens(&self) -> Happening {
        let delay_ms = self.delay_ms.or_else(|| self.kind.delay_ms_usual()).unwrap_or_default();
        Happening { kind: self.kind, delay: Duration::from_millis(delay_ms.into()) }
    }
}

/// Takes the first fault that waits for this route and order, and uses it up by one. What a refund
/// becomes is not about the call: [`take_ending`] takes that, so that one call can have both.
pub fn take(faults: &mut Vec<Fault>, route: Route, out_trade_no: &str) -> Option<Happening> {
    take_if(faults, out_trade_no, |fault| fault.route == route && fault.kind.ending().is_none())
}

/// The same for what is told in this form.
pub fn take_told(faults: &mut Vec<Fault>, form: Form, out_trade_no: &str) -> Option<Happening> {
    take_if(faults, out_trade_no, |fault| fault.route == Route::Notify && form.takes(fault.kind))
}

/// Takes the first fault that says what a refund of this order becomes.
pub fn take_ending(faults: &mut Vec<Fault>, out_trade_no: &str) -> Option<Ending> {
    take_if(faults, out_trade_no, |fault| fault.kind.ending().is_some())?.kind.ending()
}

fn take_if(
    faults: &mut Vec<Fault>,
    out_trade_no: &str,
    is_wanted: impl Fn(&Fault) -> bool,
) -> Option<Happening> {
    let position = faults.iter().position(|fault| {
        is_wanted(fault) && fault.out_trade_no.as_deref().is_none_or(|no| no == out_trade_no)
    })?;
    let fault = faults.get_mut(position)?;
    let happening = fault.happens();
    fault.times = fault.times.saturating_sub(1);
    if fault.times == 0 {
        faults.remove(position);
    }
    Some(happening)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn wish(json: &str) -> Result<Fault, BadWish> {
        serde_json::from_str::<Wish>(json).unwrap().try_into()
    }

    #[test]
    fn a_fault_happens_as_often_as_asked_and_to_the_order_named() {
        let mut faults = vec![
            wish(r#"{"route":"close","out_trade_no":"T00001","kind":"unsigned","times":2}"#)
                .unwrap(),
            wish(r#"{"route":"close","kind":"rate-limited"}"#).unwrap(),
        ];
        let mut taken = |route, number| take(&mut faults, route, number).map(|it| it.kind);
        assert_eq!(taken(Route::Native, "T00001"), None);
        assert_eq!(taken(Route::Close, "T00001"), Some(Kind::Unsigned));
        assert_eq!(taken(Route::Close, "T00002"), Some(Kind::RateLimited));
        assert_eq!(taken(Route::Close, "T00002"), None);
        assert_eq!(taken(Route::Close, "T00001"), Some(Kind::Unsigned));
        assert!(faults.is_empty());
    }

    #[test]
    fn what_a_refund_becomes_waits_beside_what_happens_to_the_call() {
        let mut faults = vec![
            wish(r#"{"route":"refund","out_trade_no":"T00001","kind":"closed"}"#).unwrap(),
            wish(r#"{"route":"refund","kind":"reply-dropped"}"#).unwrap(),
        ];
        assert_eq!(take_ending(&mut faults, "T00002"), None);
        let taken = take(&mut faults, Route::Refund, "T00001").map(|it| it.kind);
        assert_eq!(taken, Some(Kind::ReplyDropped));
        assert_eq!(take(&mut faults, Route::Refund, "T00001"), None);
        assert_eq!(take_ending(&mut faults, "T00001"), Some(Ending::Closed));
        assert!(faults.is_empty());
    }

    #[test]
    fn what_cannot_happen_is_refused_with_what_can() {
        let refusal = wish(r#"{"route":"login","kind":"unsigned"}"#).unwrap_err();
        assert_eq!(refusal, BadWish::UnknownRoute("login".into()));
        assert!(refusal.to_string().contains("native, query, close, refund, refund-query"));
        let refusal = wish(r#"{"route":"close","kind":"closed"}"#).unwrap_err();
        assert_eq!(refusal, BadWish::UnknownKind(Route::Close, "closed".into()));
        let refusal = wish(r#"{"route":"notify","kind":"reply-dropped"}"#).unwrap_err();
        assert_eq!(refusal, BadWish::UnknownKind(Route::Notify, "reply-dropped".into()));
        assert!(refusal.to_string().contains("duplicated"));
    }

    #[test]
    fn a_delay_is_for_what_waits_and_bounded() {
        let delayed = |json: &str| {
            let mut faults = vec![wish(json).unwrap()];
            take(&mut faults, Route::Query, "T00001").unwrap().delay
        };
        let usual = delayed(r#"{"route":"query","kind":"hangs"}"#);
        assert_eq!(usual, Duration::from_secs(60));
        let said = delayed(r#"{"route":"query","kind":"delayed","delay_ms":60000}"#);
        assert_eq!(said, Duration::from_secs(60));
        let none = delayed(r#"{"route":"query","kind":"empty"}"#);
        assert_eq!(none, Duration::ZERO);
        let long = wish(r#"{"route":"query","kind":"delayed","delay_ms":60001}"#);
        assert_eq!(long.unwrap_err(), BadWish::TooLong(60_001));
        let quick = wish(r#"{"route":"query","kind":"empty","delay_ms":1}"#);
        assert_eq!(quick.unwrap_err(), BadWish::NoDelay(Kind::Empty));
    }

    #[test]
    fn what_is_not_about_an_order_cannot_wait_for_one() {
        let refusal =
            wish(r#"{"route":"bill","out_trade_no":"T00001","kind":"late"}"#).unwrap_err();
        assert_eq!(refusal, BadWish::NotAboutOrders(Route::Bill));
    }

    #[test]
    fn a_fault_waits_only_for_what_can_be_an_orders_number() {
        for number in ["", "T0001", "T 0001", "订单00001", &"T".repeat(33)] {
            let wished = format!(r#"{{"route":"close","out_trade_no":"{number}","kind":"empty"}}"#);
            assert_eq!(wish(&wished).unwrap_err(), BadWish::NoNumber, "{number}");
        }
    }

    #[test]
    fn every_kind_stands_in_the_table_once_with_a_name_a_place_and_a_sentence() {
        // Its number is its place in the enum, so the last one tells how many there are.
        #[expect(clippy::as_conversions, reason = "a number of a plain enum")]
        let numbers: BTreeSet<_> = TABLE.iter().map(|row| row.kind as usize).collect();
        assert_eq!(numbers, (0..TABLE.len()).collect());
        let names: BTreeSet<_> = TABLE.iter().map(|row| row.name).collect();
        assert_eq!(names.len(), TABLE.len());
        for row in TABLE {
            assert!(!row.routes.is_empty() && row.words.ends_with('.'), "{}", row.name);
        }
    }

    #[test]
    fn names_are_read_back_as_they_are_written() {
        for row in TABLE {
            let written = serde_json::to_value(row.kind).unwrap();
            assert_eq!((&written, row.kind.name()), (&row.name.into(), row.name));
            assert_eq!(serde_json::from_value::<Kind>(written).unwrap(), row.kind);
        }
        for route in Route::ALL {
            let written = serde_json::to_value(route).unwrap();
            assert_eq!(serde_json::from_value::<Route>(written).unwrap(), route);
        }
        assert!(serde_json::from_str::<Kind>("\"sunshine\"").is_err());
    }
}
