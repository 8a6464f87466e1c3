//! Places are counted once, and given back by whoever took them.

use core::cell::{Cell, RefCell};
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use std::collections::{BTreeMap, BTreeSet};

use checkout::id::{Description, ProfileName, Reference};
use checkout::money::{Amount, Fen};
use checkout::payee::Payee;
use wechatpay::v3::order_fields::OrderFields;

use super::*;

const HOME: &str = "192.0.2.1";
const AWAY: &str = "192.0.2.2";

/// Quotas in memory; one that is `silent` does not answer.
#[derive(Default)]
struct Counters {
    places: RefCell<BTreeMap<String, BTreeSet<String>>>,
    silent: Cell<Option<&'static str>>,
}

impl Quotas for Counters {
    async fn ask(&self, name: &str, command: &QuotaCommand) -> Result<QuotaAnswer, Problem> {
        if self.silent.get() == Some(name) {
            return Err(Problem::new(Code::Unavailable, "silent"));
        }
        let mut places = self.places.borrow_mut();
        let held = places.entry(name.to_owned()).or_default();
        Ok(match command {
            QuotaCommand::Release { id } => {
                held.remove(id.as_str());
                QuotaAnswer::Released
            }
            QuotaCommand::Reserve { id, .. } if held.contains(id.as_str()) => QuotaAnswer::Held,
            QuotaCommand::Reserve { places_max, .. }
                if held.len() >= usize::try_from(*places_max).unwrap() =>
            {
                QuotaAnswer::Full { retry_after_s: 7 }
            }
            QuotaCommand::Reserve { id, .. } => {
                held.insert(id.as_str().to_owned());
                QuotaAnswer::Taken
            }
        })
    }
}

impl Counters {
    fn count(&self, name: &str) -> usize {
        self.places.borrow().get(name).map_or(0, BTreeSet::len)
    }

    /// How many are held at home, away and altogether.
    fn counts(&self) -> (usize, usize, usize) {
        let [home, altogether] = quotas(HOME);
        let [away, _] = quotas(AWAY);
        (self.count(&home), self.count(&away), self.count(&altogether))
    }

    fn reserve(&self, session: u8, address: &str, bounds: (u32, u32)) -> Result<Taken, Problem> {
        let bounds = Bounds { per_address: bounds.0, altogether: bounds.1 };
        ready(Taken::reserve(self, &opening(session, address), bounds))
    }
}

#[track_caller]
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("nothing here waits"),
    }
}

fn opening(session: u8, address: &str) -> Opening {
    Opening {
        id: CheckoutId::from_digest([session; 32]),
        profile: ProfileName::default(),
        payee: Payee::direct("1900000001", "wx8888888888888888"),
        reference: Reference::parse("session:x").unwrap(),
        description: Description::parse("Oolong 250 g").unwrap(),
        amount: Amount::cny(Fen::new(8_800).unwrap()),
        lifetime_s: 86_400,
        api: crate::api::Api::V3,
        product_id: None,
        fields: OrderFields::default(),
        policies: checkout::order::Policies::default(),
        keep_s: 400 * 86_400,
        buyer: None,
        source: Source::Catalogue {
            product: "oolong-250".to_owned(),
            quantity: 1,
            address: address.to_owned(),
        },
    }
}

#[test]
fn a_session_takes_two_places_once_and_gives_both_back() {
    let counters = Counters::default();
    let taken = counters.reserve(1, HOME, (2, 9)).unwrap();
    let repeat = counters.reserve(1, HOME, (2, 9)).unwrap();
    assert_eq!(counters.counts(), (1, 0, 1));
    ready(repeat.release(&counters));
    assert_eq!(counters.counts(), (1, 0, 1), "a repeat took nothing");
    ready(taken.release(&counters));
    assert_eq!(counters.counts(), (0, 0, 0));
}

#[test]
fn where_one_quota_is_full_the_other_is_not_used_up() {
    let counters = Counters::default();
    counters.reserve(1, HOME, (2, 1)).unwrap();
    let problem = counters.reserve(2, HOME, (2, 1)).unwrap_err();
    assert_eq!((problem.code, problem.retry_after_s), (Code::TooManySessions, Some(7)));
    assert_eq!(counters.counts(), (1, 0, 1));
}

#[test]
fn where_one_quota_is_silent_the_other_is_not_used_up() {
    let counters = Counters::default();
    counters.silent.set(Some("deployment"));
    assert_eq!(counters.reserve(1, HOME, (2, 9)).unwrap_err().code, Code::Unavailable);
    assert_eq!(counters.counts(), (0, 0, 0));
}

/// Otherwise whoever has two addresses could open sessions that the deployment does not count.
#[test]
fn a_repeat_from_a_full_address_does_not_free_the_place_of_an_open_session() {
    let counters = Counters::default();
    counters.reserve(1, HOME, (1, 9)).unwrap();
    counters.reserve(2, AWAY, (1, 9)).unwrap();
    assert_eq!(counters.reserve(1, AWAY, (1, 9)).unwrap_err().code, Code::TooManySessions);
    assert_eq!(counters.counts(), (1, 1, 2));
}

#[test]
fn a_shop_takes_no_places() {
    let counters = Counters::default();
    let opening = Opening { source: Source::Shop, ..opening(1, HOME) };
    let bounds = Bounds { per_address: 1, altogether: 1 };
    let refused = ready(Taken::reserve(&counters, &opening, bounds)).unwrap_err();
    assert_eq!((refused.code, counters.counts()), (Code::Internal, (0, 0, 0)));
}
