//! Random lives: any reports, in any order, at any pace, under any policy, with fresh attempts made as
//! the desk makes them.

use checkout::id::OutTradeNo;
use checkout::order::{Attempt, Call, Order, Policies, Policy, apply};
use checkout::report::{Receipt, Report};
use checkout::time::{Seconds, UnixSeconds};
use checkout::view::Status;
use proptest::prelude::*;

use crate::kinds::Kind;
use crate::scene::{BEGUN, LIFETIME, earlier, terms};
use crate::states::State;

/// What can happen.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// Something is reported.
    Heard(Kind),
    /// The desk makes a fresh attempt, where one is wanted.
    Replaced,
}

/// A life: steps with the seconds that pass before each.
#[derive(Clone, Debug)]
pub(crate) struct Life {
    policies: Policies,
    steps: Vec<(Step, i64)>,
}

/// What a step made of an order.
pub(crate) struct Seen<'a> {
    pub(crate) before: &'a Order,
    pub(crate) step: Step,
    pub(crate) after: &'a Order,
}

pub(crate) fn kind() -> impl Strategy<Value = Kind> {
    let words = proptest::sample::select(&Kind::WORDS[..]);
    let money = proptest::sample::select(&Kind::MONEY[..]);
    prop_oneof![6 => words, 1 => money]
}

pub(crate) fn policies() -> impl Strategy<Value = Policies> {
    let policy = || proptest::sample::select(&[Policy::Settle, Policy::Return, Policy::Hold][..]);
    (policy(), policy()).prop_map(|(late, second)| Policies { late, second })
}

pub(crate) fn life() -> impl Strategy<Value = Life> {
    let pause = prop_oneof![0..10_i64, 0..400_i64, 0..20_000_i64];
    let step = prop_oneof![8 => kind().prop_map(Step::Heard), 1 => Just(Step::Replaced)];
    let steps = proptest::collection::vec((step, pause), 1..60);
    (policies(), steps).prop_map(|(policies, steps)| Life { policies, steps })
}

/// Lives through `life` and shows every step to `watch`.
pub(crate) fn live(life: &Life, mut watch: impl FnMut(Seen<'_>)) -> (Order, UnixSeconds) {
    let mut terms = terms();
    terms.policies = life.policies;
    // It begins with the number that the later ones of these tests call the earlier one.
    let mut order = Order::open(terms, earlier(), 77, BEGUN);
    let mut now = BEGUN;
    for (step, pause) in &life.steps {
        now = now + Seconds(*pause);
        let next = match step {
            Step::Heard(kind) => apply(&order, &kind.report(), now).0,
            Step::Replaced => fresh(&order, now).unwrap_or_else(|| order.clone()),
        };
        watch(Seen { before: &order, step: *step, after: &next });
        order = next;
    }
    (order, now)
}

/// A fresh attempt, as the desk makes one.
fn fresh(order: &Order, now: UnixSeconds) -> Option<Order> {
    let no = order.attempt_no.next()?;
    let tail = if no.count() == 2 { [9; 5] } else { [7; 5] };
    let number = OutTradeNo::new(&order.number.checkout(), no, tail);
    order.replace(order.terms.clone(), number, now)
}

/// Every payment that an order knows, settling or set aside.
pub(crate) fn payments(order: &Order) -> Vec<&Receipt> {
    let settled = match &order.attempt {
        Attempt::Paid { receipt, .. } => Some(&**receipt),
        _ => None,
    };
    let settled = settled.filter(|settled| {
        !order.odd.iter().any(|odd| odd.receipt.transaction_id == settled.transaction_id)
    });
    settled.into_iter().chain(order.odd.iter().map(|odd| &*odd.receipt)).collect()
}

/// The platform answers everything truthfully from here on: however an order began, it ends, and its
/// questions end too.
#[test]
fn when_the_faults_stop_every_unpaid_order_ends() {
    for state in State::all().filter(|state| !state.is_frozen()) {
        let mut order = state.order();
        let mut now = BEGUN + LIFETIME;
        let mut closed = false;
        // What was given up goes on by a person's word.
        order = apply(&order, &Report::Redriven, now).0;
        for _ in 0..20 {
            order = apply(&order, &Report::Tick, now).0;
            let Some(ask) = order.ask else { break };
            now = now.max(ask.at);
            let answer = match ask.call {
                Call::Place => Kind::Placed.report(),
                Call::Query if closed => Report::ClosedThere,
                Call::Query => Report::NotPaid,
                Call::Close => {
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
