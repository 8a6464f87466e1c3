//! Properties over random lives: whatever is reported, in whatever order, at whatever pace.

use checkout::order::{Attempt, Order, apply};
use checkout::report::Report;
use checkout::time::Seconds;
use checkout::view::Status;
use proptest::prelude::*;

use crate::scene::{BEGUN, Kind, LIFETIME, State, number, terms};

fn kind() -> impl Strategy<Value = Kind> {
    proptest::sample::select(&Kind::ALL[..])
}

/// A life: reports with the seconds that pass before each.
fn life() -> impl Strategy<Value = Vec<(Kind, i64)>> {
    let pause = prop_oneof![0..10_i64, 0..400_i64, 0..20_000_i64];
    proptest::collection::vec((kind(), pause), 1..60)
}

/// Lives through `life` and shows every step to `watch`.
fn live(life: &[(Kind, i64)], mut watch: impl FnMut(&Order, &Report, &Order)) -> Order {
    let mut order = Order::open(terms(), number(), 77, BEGUN);
    let mut now = BEGUN;
    for (kind, pause) in life {
        now = now + Seconds(*pause);
        let report = kind.report();
        let (next, _) = apply(&order, &report, now);
        watch(&order, &report, &next);
        order = next;
    }
    order
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_paid_stays_paid_and_what_is_ended_never_opens_again(life in life()) {
        live(&life, |before, _, after| {
            match before.status() {
                Status::Paid => assert_eq!(after.status(), Status::Paid),
                Status::Expired | Status::Cancelled => assert_ne!(after.status(), Status::Open),
                Status::Open => {}
            }
        });
    }

    #[test]
    fn only_verified_reports_end_an_order(life in life()) {
        live(&life, |before, report, after| {
            if before.status() == after.status() {
                return;
            }
            // A refused attempt has nothing at the platform that would have to be closed.
            let refused = matches!(before.attempt, Attempt::Refused { .. });
            match after.status() {
                Status::Open => panic!("opened again by {report:?}"),
                Status::Paid => assert!(matches!(report, Report::Paid(_)), "{report:?}"),
                Status::Expired | Status::Cancelled => assert!(
                    refused || matches!(report, Report::ClosedThere | Report::NotFound { .. }),
                    "{report:?}"
                ),
            }
        });
    }

    #[test]
    fn a_version_grows_with_every_visible_change_and_never_falls(life in life()) {
        live(&life, |before, _, after| {
            let changed = before.face() != after.face() || before.odd != after.odd;
            assert_eq!(after.version, before.version + u64::from(changed));
        });
    }

    #[test]
    fn an_open_order_always_knows_when_to_wake(life in life()) {
        live(&life, |_, _, after| {
            let given_up = matches!(after.attempt, Attempt::Closing { .. }) && after.ask.is_none();
            if after.status() == Status::Open && !after.is_frozen() && !given_up {
                assert!(after.wake_at().is_some(), "{after:?}");
            }
        });
    }

    #[test]
    fn a_code_is_shown_only_while_it_can_be_scanned(life in life()) {
        live(&life, |_, _, after| {
            let shown = after.face().code.is_some();
            let payable = matches!(after.attempt, Attempt::Payable { .. });
            assert_eq!(shown, payable && !after.is_frozen());
        });
    }

    #[test]
    fn matching_money_settles_every_order_that_is_not_frozen(life in life()) {
        let order = live(&life, |_, _, _| {});
        let frozen = order.is_frozen();
        let (after, _) = apply(&order, &Kind::Paid.report(), BEGUN + LIFETIME + LIFETIME);
        if !frozen && order.status() != Status::Paid {
            assert_eq!(after.status(), Status::Paid);
        }
    }

    #[test]
    fn a_report_of_money_or_of_an_end_heard_twice_equals_once(life in life()) {
        let order = live(&life, |_, _, _| {});
        let now = BEGUN + LIFETIME;
        for kind in [Kind::Paid, Kind::PaidWrong, Kind::ClosedThere, Kind::CancelAsked, Kind::Tick] {
            let (once, _) = apply(&order, &kind.report(), now);
            let (twice, effects) = apply(&once, &kind.report(), now);
            assert_eq!(&twice, &once, "{:?}", kind);
            assert_eq!(effects, [], "{:?}", kind);
        }
    }

    #[test]
    fn an_order_survives_being_stored(life in life()) {
        let order = live(&life, |_, _, _| {});
        let stored = serde_json::to_string(&order).unwrap();
        assert_eq!(serde_json::from_str::<Order>(&stored).unwrap(), order);
    }
}

/// The platform answers everything truthfully from here on: however an order began, it ends.
#[test]
fn when_the_faults_stop_every_unpaid_order_ends() {
    for state in State::ALL {
        let mut order = state.order();
        let mut now = BEGUN + LIFETIME;
        let mut closed = false;
        for _ in 0..20 {
            order = apply(&order, &Report::Tick, now).0;
            let Some(ask) = order.ask else { break };
            now = now.max(ask.at);
            let answer = match ask.call {
                checkout::order::Call::Place => Kind::Placed.report(),
                checkout::order::Call::Query if closed => Report::ClosedThere,
                checkout::order::Call::Query => Report::NotPaid,
                checkout::order::Call::Close => {
                    closed = true;
                    Report::CloseTaken
                }
            };
            order = apply(&order, &answer, now).0;
        }
        assert_ne!(order.status(), Status::Open, "{state:?} {order:?}");
        assert_eq!(order.ask, None, "{state:?}");
    }
}
