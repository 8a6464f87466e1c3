//! The index is told: of every checkout before the platform is, and of its end; whoever is behind
//! catches up, and nothing waits for it.

use checkout::time::Seconds;
use checkout::view::{Phase, Status};

use super::house::House;
use super::wechat::Fault;
use super::{checkout, opening, serve, waiting};
use crate::command::Command;
use crate::index::{self, IndexRow};
use crate::outbox::IndexStanding;

/// Whoever has to look for lost orders one day finds them all.
#[test]
fn the_index_hears_of_a_checkout_before_the_platform_does() {
    let house = waiting();
    assert_eq!(*house.indexed_after.borrow(), [0]);
    let row = house.index.borrow()[0].clone();
    assert_eq!((row.status, &row.out_trade_no), (Status::Open, &house.stored().order.number));
    assert_eq!(house.wechat.borrow().verbs(), ["place"]);
}

#[test]
fn an_index_that_fails_stops_no_order_and_catches_up() {
    let house = House::new();
    house.index_fails.set(true);
    let (_, view) = checkout(serve(&house, Command::Open(Box::new(opening("A-1001")))));
    assert_eq!(view.phase, Some(Phase::Waiting));
    for _ in 0..8 {
        assert!(house.wake());
    }
    assert!(house.index.borrow().is_empty());
    house.index_fails.set(false);
    house.live_until(house.stored().created_at + Seconds::hours(3));
    let rows = house.index.borrow();
    assert_eq!(rows.len(), 1);
    assert_eq!(house.stored().outbox.index.due_at(), None);
}

/// Phases, codes and questions are not in it: a busy day costs no more than a quiet one.
#[test]
fn an_order_costs_one_row_when_it_is_opened_and_one_when_it_ends() {
    let house = waiting();
    for _ in 0..5 {
        serve(&house, Command::Look);
        house.pass_s(30);
        serve(&house, Command::Check);
    }
    house.live_until(house.stored().order.terms.deadline + Seconds(60));
    let rows = house.index.borrow();
    let seen: Vec<_> = rows.iter().map(|row| row.status).collect();
    assert_eq!(seen, [Status::Open, Status::Expired]);
    assert!(rows[1].revision > rows[0].revision, "the newer one wins");
}

/// What the index took is what is true, or it is told again: also when it changed on the way.
#[test]
fn the_index_ends_with_the_truth_whatever_happens_on_the_way() {
    for commits in 0..8 {
        let house = waiting();
        house.wechat.borrow_mut().faults.extend([Fault::ReplyLost, Fault::RequestLost]);
        house.rows.borrow_mut().fails_in = Some(commits);
        serve(&house, Command::Cancel);
        house.live_until(house.stored().order.terms.deadline + Seconds::hours(30));
        let last = house.index.borrow().last().cloned().unwrap();
        let truth = index::row(&house.stored());
        let when =
            |row: IndexRow| IndexRow { revision: 0, touched_at: house.stored().touched_at, ..row };
        assert_eq!(when(last), when(truth), "{commits}");
    }
}

#[test]
fn whoever_rebuilds_the_index_gets_the_row_at_once() {
    let house = waiting();
    house.index.borrow_mut().clear();
    serve(&house, Command::Project);
    assert_eq!(house.index.borrow().len(), 1);
    assert_eq!(house.stored().outbox.index.due_at(), None);
}

/// An answer that is lost may have been a yes. Then the index has what was true for a moment, and the
/// checkout is back at what it was told before.
#[test]
fn a_row_whose_answer_was_lost_is_told_again_though_all_is_as_it_was() {
    let (house, mut standing) = (waiting(), IndexStanding::default());
    let now = house.stored().created_at;
    let before = index::row(&house.stored());
    let between = IndexRow { attention: true, ..before.clone() };
    standing.told(&before);
    standing.compare(&between, now);
    assert_eq!(standing.due_at(), Some(now));
    standing.sent();
    standing.failed(0, now);
    standing.compare(&before, now);
    assert_eq!(standing.due_at(), Some(now + Seconds(2)));
    standing.told(&before);
    assert_eq!((standing.due_at(), standing.has(&before)), (None, true));
}
