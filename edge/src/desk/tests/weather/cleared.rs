//! What must hold when the weather has cleared: at WeChat Pay, at the shop, in the index, and long
//! after.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use checkout::order::{Attempt, Disagreement, Fate, Order};
use checkout::view::Status;

use crate::command::{Answer, Command};
use crate::desk::tests::house::{House, run};
use crate::desk::tests::wechat::State;
use crate::desk::tests::{letter, opening};
use crate::index::{self, IndexRow};
use crate::outbox::news;
use crate::problem::Code;

/// The payments that an order knows, settling or set aside, each once.
pub(super) fn known(order: &Order) -> BTreeSet<String> {
    let settled = match &order.attempt {
        Attempt::Paid { receipt, .. } => Some(receipt.transaction_id.clone()),
        _ => None,
    };
    let odd = order.odd.iter().map(|odd| odd.receipt.transaction_id.clone());
    let all: Vec<_> = settled.into_iter().chain(odd).collect();
    let once: BTreeSet<_> = all.iter().cloned().collect();
    assert_eq!(once.len(), all.len(), "each payment is known once");
    once
}

/// What must hold when nothing is left to do. Says what the day has brought.
pub(super) fn settled(house: &House) -> Vec<&'static str> {
    let rows = house.rows.borrow();
    let Some(stored) = &rows.stored else { return Vec::new() };
    let wechat = house.wechat.borrow();
    let transaction = |state: &State| match state {
        State::Paid { transaction_id } => Some(transaction_id.clone()),
        State::NotPay | State::Closed => None,
    };
    let paid: BTreeSet<_> =
        wechat.orders.values().filter_map(|remote| transaction(&remote.state)).collect();
    assert_eq!(known(&stored.order), paid, "paid there is known here");
    assert_ne!(stored.order.status(), Status::Open, "every checkout comes to an end");
    let payable = wechat.orders.values().any(|remote| remote.state == State::NotPay);
    assert!(!payable, "what has ended cannot be paid any more");
    assert_eq!(house.freed.get(), 1, "its place was freed once");
    let heard = |event: &crate::ports::Event| event.transaction_id().map(str::to_owned);
    let told: Vec<_> = rows.events.iter().filter_map(heard).collect();
    assert_eq!((told.len(), told.into_iter().collect()), (paid.len(), paid), "each is one event");
    for odd in &stored.order.odd {
        let back = wechat.given_back(&odd.receipt.transaction_id);
        // The platform may have said no to giving it back; then a person is told.
        let whole =
            if odd.fate == Fate::Returning && !stored.has_failed_return() { 8_800 } else { 0 };
        assert_eq!(back, whole, "{:?} goes back whole or not at all", odd.fate);
    }
    if stored.has_failed_return() {
        assert!(index::row(stored).attention && !stored.is_at_rest());
    }
    assert_eq!(stored.order.ask, None);
    let repeated = house.told.borrow().len() > stored.outbox.parcels.len();
    brought(&stored.order, repeated)
}

fn brought(order: &Order, repeated: bool) -> Vec<&'static str> {
    let odd = |why, fate| order.odd.iter().any(|odd| (odd.why, odd.fate) == (why, fate));
    let late = matches!(order.attempt, Attempt::Paid { late: true, .. });
    let second = Disagreement::SecondPayment;
    let brought = [
        ("paid", order.status() == Status::Paid),
        ("expired", order.status() == Status::Expired),
        ("cancelled", order.status() == Status::Cancelled),
        ("renewed", order.attempt_no.count() > 1),
        ("late money counts", late),
        ("late money goes back", odd(Disagreement::Late, Fate::Returning)),
        ("late money is held", odd(Disagreement::Late, Fate::Held)),
        ("second money goes back", odd(second, Fate::Returning)),
        ("second money is held", odd(second, Fate::Held)),
        ("the shop heard something twice", repeated),
    ];
    brought.into_iter().filter(|(_, was)| *was).map(|(what, _)| what).collect()
}

/// Who had to be told has been told all, and each thing in one way only.
pub(super) fn told(house: &House) {
    let rows = house.rows.borrow();
    let Some(stored) = &rows.stored else { return };
    let mut bodies = BTreeMap::new();
    for (id, body) in house.told.borrow().iter() {
        let first = bodies.entry(id.clone()).or_insert_with(|| body.clone());
        assert_eq!(first, body, "an event is repeated byte for byte");
    }
    let known: Vec<_> = stored.outbox.parcels.iter().map(|parcel| parcel.id.clone()).collect();
    assert!(known.iter().all(|id| bodies.contains_key(id)), "every event was told");
    assert_eq!(known.len(), bodies.len(), "and nothing else");
    for (topic, subject) in news::due(stored) {
        let parcels = stored.outbox.parcels.iter();
        let same = parcels.filter(|parcel| parcel.topic == topic && parcel.subject == subject);
        assert_eq!(same.count(), 1, "{topic:?} {subject}");
    }
    let row = index::row(stored);
    assert!(stored.outbox.index.has(&row), "the index knows");
    let mut written = house.index.borrow().clone();
    written.sort_by_key(|row| row.revision);
    let last = written.pop().expect("a row");
    let seen = IndexRow { revision: row.revision, touched_at: row.touched_at, ..last };
    assert_eq!(seen, row, "the newest row is the truth");
}

/// Long after: nothing is left but the name, and it is not used again. Money that waits for a person or
/// is on its way keeps it.
pub(super) fn purged(house: &Rc<House>) {
    if house.rows.borrow().stored.as_ref().is_some_and(|stored| !stored.is_at_rest()) {
        return;
    }
    for _ in 0..50 {
        let Some(at) = house.rows.borrow_mut().alarm.take() else { break };
        house.wall_ms.set(house.wall_ms.get().max(at.0 * 1_000));
        run(house.desk().wake()).unwrap();
    }
    if house.index.borrow().is_empty() {
        return;
    }
    assert!(house.rows.borrow().retired.is_some(), "nothing keeps it");
    assert!(
        house.index.borrow().iter().max_by_key(|row| row.revision).unwrap().purged_at.is_some()
    );
    let again = run(house.desk().serve(letter(Command::Open(Box::new(opening("A-1001"))))));
    let Answer::Problem(problem) = again else { panic!("{again:?}") };
    assert_eq!(problem.code, Code::ReferenceRetired);
}
