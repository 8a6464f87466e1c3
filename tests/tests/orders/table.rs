//! Every state × every report × every age: 1,170 cells, each with where the order goes, what is
//! asked next and when, and what others are told.
//!
//! The expectations are written by hand from the rules (protocol reference B.1 to B.4, E.2 to E.4;
//! ARCHITECTURE.md, invariants), not read off the code.

use checkout::order::{Alert, Call, Disagreement, Effect, Order, apply};
use checkout::payee::{Payee, SubMerchant};
use checkout::report::{Receipt, Report};
use checkout::view::{Phase, Status, Trouble};

use crate::scene::{Age, BEGUN, Kind, LIFETIME, State, refusal};

/// What a cell expects.
enum Cell {
    /// Nothing changes, to the letter.
    Stays,
    /// The order goes there and asks this, so many seconds from now, after so many tries.
    Goes(State, Option<(Call, i64, u16)>),
    /// The order is frozen where it stands.
    Freezes(Disagreement),
}

use Cell::{Freezes, Goes, Stays};

fn goes(state: State, call: Call, in_s: i64, tries: u16) -> Cell {
    Goes(state, Some((call, in_s, tries)))
}

fn expected(state: State, kind: Kind, age: Age) -> Cell {
    match kind {
        Kind::Paid | Kind::PaidWrong | Kind::PaidAgain => money(state, kind),
        Kind::Placed | Kind::Refused | Kind::Disputed => order_call(state, kind, age),
        Kind::InDoubt
        | Kind::UnknownState
        | Kind::NotPaid
        | Kind::NotFound
        | Kind::NotFoundUnverified => unpaid(state, kind, age),
        Kind::ClosedThere | Kind::CloseTaken | Kind::CloseRefused => closing(state, kind, age),
        Kind::CancelAsked | Kind::CheckAsked | Kind::Looked | Kind::Tick => wish(state, kind, age),
    }
}

fn money(state: State, kind: Kind) -> Cell {
    use State::{Cancelled, Expired, Paid, PaidLate};
    match (state, kind) {
        (_, Kind::PaidWrong) => Freezes(Disagreement::Amount),
        (Paid | PaidLate, Kind::PaidAgain) => Freezes(Disagreement::SecondPayment),
        (Paid | PaidLate, _) => Stays,
        (Expired | Cancelled, _) => Goes(PaidLate, None),
        _ => Goes(Paid, None),
    }
}

fn order_call(state: State, kind: Kind, age: Age) -> Cell {
    use State::*;
    match (state, kind) {
        (Placing | PlacingAgain | PlacingDisputed | Payable | Checking | Refused, Kind::Placed) => {
            let in_s = if age == Age::Due { 0 } else { 30 };
            goes(Payable, Call::Query, in_s, 0)
        }
        (Placing | PlacingDisputed, Kind::Refused) => Goes(Refused, None),
        // The platform has had this order: its no to a fresh code may mean that it was just paid.
        (PlacingAgain, Kind::Refused) => goes(PlacingAgain, Call::Query, 1, 1),
        (Placing | PlacingDisputed, _) => goes(PlacingDisputed, Call::Query, 0, 1),
        (PlacingAgain, _) => goes(PlacingAgain, Call::Query, 0, 1),
        _ => Stays,
    }
}

fn unpaid(state: State, kind: Kind, age: Age) -> Cell {
    use State::*;
    let found = !matches!(kind, Kind::NotFound | Kind::NotFoundUnverified);
    let old = age > Age::Young;
    match (state, kind) {
        (Placing | PlacingAgain | PlacingDisputed, Kind::InDoubt | Kind::UnknownState) => {
            goes(state, Call::Query, 0, 1)
        }
        (Placing | PlacingAgain | PlacingDisputed, Kind::NotPaid) => {
            goes(PlacingAgain, Call::Place, 0, 1)
        }
        (PlacingDisputed, _) => Goes(Refused, None),
        (Placing | PlacingAgain, _) => goes(state, Call::Place, 0, 1),
        (Payable, _) => goes(Payable, Call::Query, if age == Age::Due { 0 } else { 30 }, 1),
        (Checking, _) => goes(Payable, Call::Query, if age == Age::Due { 0 } else { 30 }, 0),
        (Closing | ClosingTaken, Kind::InDoubt | Kind::UnknownState) => {
            goes(state, Call::Query, 1, 1)
        }
        // "No such order" is believed when nothing of ours can be on its way any more, and then
        // only from a verified mouth: its own, or the one that took our close.
        (Closing | ClosingTaken, _) if !found && !old => goes(state, Call::Close, 290, 0),
        (ClosingTaken, _) if !found => Goes(Expired, None),
        (Closing, Kind::NotFound) => Goes(Expired, None),
        (Closing | ClosingTaken, _) => goes(state, Call::Close, 0, 1),
        (Refused | Vacant | Expired | Cancelled | Paid | PaidLate, _) => Stays,
    }
}

fn closing(state: State, kind: Kind, age: Age) -> Cell {
    use State::*;
    match (state, kind) {
        (
            Placing | PlacingAgain | PlacingDisputed | Payable | Checking | Refused,
            Kind::ClosedThere,
        ) => Goes(if age == Age::Due { Expired } else { Cancelled }, None),
        (Closing | ClosingTaken, Kind::ClosedThere) => Goes(Expired, None),
        (Closing | ClosingTaken, Kind::CloseTaken) => goes(ClosingTaken, Call::Query, 0, 0),
        (Closing | ClosingTaken, _) => goes(state, Call::Query, 1, 1),
        _ => Stays,
    }
}

fn wish(state: State, kind: Kind, age: Age) -> Cell {
    use State::*;
    let open = matches!(state, Placing | PlacingAgain | PlacingDisputed | Payable | Checking);
    match (state, kind) {
        (_, Kind::CancelAsked) if open => goes(Closing, Call::Query, 0, 0),
        (Refused | Vacant, Kind::CancelAsked) => Goes(Cancelled, None),
        (Placing | PlacingAgain, Kind::CheckAsked) => goes(state, Call::Place, 0, 0),
        (Payable | Checking, Kind::CheckAsked) => goes(Checking, Call::Query, 0, 0),
        (PlacingDisputed | Closing | ClosingTaken, Kind::CheckAsked) => {
            goes(state, Call::Query, 0, 0)
        }
        (_, Kind::Looked | Kind::Tick) if open && age == Age::Due => {
            goes(Closing, Call::Query, 0, 0)
        }
        (Refused | Vacant, Kind::Looked | Kind::Tick) if age == Age::Due => Goes(Expired, None),
        (Payable | Checking, Kind::Looked) if age == Age::Stale => {
            goes(PlacingAgain, Call::Place, 0, 0)
        }
        (Payable | Checking, Kind::Looked) if age == Age::Ending => {
            goes(Closing, Call::Query, 0, 0)
        }
        _ => Stays,
    }
}

/// What a page sees of each state.
fn face(state: State) -> (Status, Option<Phase>, Option<Trouble>, bool) {
    match state {
        State::Placing | State::PlacingAgain | State::PlacingDisputed => {
            (Status::Open, Some(Phase::Placing), None, false)
        }
        State::Payable => (Status::Open, Some(Phase::Waiting), None, true),
        State::Checking => (Status::Open, Some(Phase::Checking), None, true),
        State::Refused => (Status::Open, Some(Phase::Placing), Some(Trouble::Refused), false),
        State::Vacant => (Status::Open, Some(Phase::Placing), None, false),
        State::Closing | State::ClosingTaken => (Status::Open, Some(Phase::Closing), None, false),
        State::Expired => (Status::Expired, None, None, false),
        State::Cancelled => (Status::Cancelled, None, None, false),
        State::Paid | State::PaidLate => (Status::Paid, None, None, false),
    }
}

#[track_caller]
fn assert_cell(state: State, kind: Kind, age: Age) {
    let cell = format!("{state:?} × {kind:?} × {age:?}");
    let before = state.order();
    let (after, effects) = apply(&before, &kind.report(), age.now());
    match expected(state, kind, age) {
        Stays => {
            assert_eq!(after, before, "{cell}");
            assert_eq!(effects, [], "{cell}");
        }
        Goes(to, ask) => {
            assert_eq!(State::of(&after), to, "{cell}");
            let asked = after.ask.map(|ask| (ask.call, (ask.at - age.now()).0, ask.tries));
            assert_eq!(asked, ask, "{cell}");
            assert_told(&cell, &before, &after, &effects);
        }
        Freezes(disagreement) => {
            assert_eq!(State::of(&after), state, "{cell}");
            assert_eq!(after.ask, None, "{cell}");
            let found = after.conflict().map(|odd| odd.why);
            assert_eq!(found, Some(disagreement), "{cell}");
            let alert = Effect::Alert(Alert::Conflict(disagreement));
            assert_eq!(effects, [Effect::TellPage, alert], "{cell}");
            assert_eq!(after.version, before.version + 1, "{cell}");
            assert_frozen(&after, age);
        }
    }
}

/// Nothing moves a frozen order but money; one that is paid goes on hearing of other payments.
#[track_caller]
fn assert_frozen(order: &Order, age: Age) {
    for kind in Kind::ALL {
        let decides = matches!(kind, Kind::Paid | Kind::PaidWrong | Kind::PaidAgain);
        if order.is_frozen() && !decides {
            assert_eq!(apply(order, &kind.report(), age.now()), (order.clone(), vec![]));
        }
    }
}

/// The page is told exactly when it sees something else, and the place is freed exactly when the
/// order leaves `open`.
#[track_caller]
fn assert_told(cell: &str, before: &Order, after: &Order, effects: &[Effect]) {
    let (old, new) = (face(State::of(before)), face(State::of(after)));
    let seen = after.face();
    assert_eq!((seen.status, seen.phase, seen.trouble, seen.code.is_some()), new, "{cell}");
    let changed = old != new || before.face().code != seen.code;
    assert_eq!(effects.contains(&Effect::TellPage), changed, "{cell}");
    assert_eq!(after.version, before.version + u64::from(changed), "{cell}");
    let freed = old.0 == Status::Open && new.0 != Status::Open;
    assert_eq!(effects.contains(&Effect::FreePlace), freed, "{cell}");
    let alerts: Vec<_> =
        effects.iter().filter(|effect| matches!(effect, Effect::Alert(_))).collect();
    let strange = after.unknown_state.clone().filter(|_| before.unknown_state.is_none());
    let expected = strange.map(|word| Effect::Alert(Alert::UnknownState(word)));
    assert_eq!(alerts, expected.iter().collect::<Vec<_>>(), "{cell}");
}

#[test]
fn every_state_answers_every_report_at_every_age_as_the_table_says() {
    let mut cells = 0;
    for state in State::ALL {
        for kind in Kind::ALL {
            for age in Age::ALL {
                assert_cell(state, kind, age);
                cells += 1;
            }
        }
    }
    assert_eq!(cells, 13 * 18 * 5);
}

#[test]
fn a_cancelled_order_closes_as_cancelled() {
    let (order, _) = apply(&State::Payable.order(), &Kind::CancelAsked.report(), Age::Grown.now());
    let (order, _) = apply(&order, &Kind::NotPaid.report(), Age::Grown.now());
    let (order, _) = apply(&order, &Kind::CloseTaken.report(), Age::Grown.now());
    let (order, _) = apply(&order, &Kind::ClosedThere.report(), Age::Grown.now());
    assert_eq!(State::of(&order), State::Cancelled);
}

#[test]
fn a_check_within_five_seconds_of_the_last_asks_nobody() {
    let now = Age::Grown.now();
    let (order, _) = apply(&State::Payable.order(), &Kind::CheckAsked.report(), now);
    let (order, _) = apply(&order, &Kind::NotPaid.report(), now);
    for (later_s, state) in [(0, State::Payable), (4, State::Payable), (5, State::Checking)] {
        let later = now + checkout::time::Seconds(later_s);
        let (checked, _) = apply(&order, &Kind::CheckAsked.report(), later);
        assert_eq!(State::of(&checked), state, "after {later_s} s");
    }
}

/// A shopper is waiting for the code: one lost answer costs no pause, a second one does.
#[test]
fn a_lost_answer_is_made_up_for_at_once_and_the_next_one_by_the_ladder() {
    let now = Age::Young.now();
    let heard = |order: &Order, kind: Kind| apply(order, &kind.report(), now).0;
    let asked = |order: &Order| order.ask.map(|ask| (ask.call, (ask.at - now).0));
    for answer in [Kind::NotPaid, Kind::NotFound] {
        let order = heard(&State::Placing.order(), Kind::InDoubt);
        assert_eq!(asked(&order), Some((Call::Query, 0)));
        let order = heard(&order, answer);
        assert_eq!(asked(&order), Some((Call::Place, 0)));
        let order = heard(&order, Kind::InDoubt);
        assert_eq!(asked(&order), Some((Call::Query, 3)));
        let order = heard(&order, answer);
        assert_eq!(asked(&order), Some((Call::Place, 5)));
    }
}

#[test]
fn only_a_refused_or_vacant_attempt_is_replaced() {
    let number = crate::scene::number();
    for state in State::ALL {
        let order = state.order();
        let replaced = order.replace(order.terms.clone(), number.clone(), Age::Grown.now());
        assert_eq!(
            replaced.is_some(),
            matches!(state, State::Refused | State::Vacant),
            "{state:?}"
        );
        if let Some(fresh) = replaced {
            assert_eq!(State::of(&fresh), State::Placing);
            assert_eq!(fresh.attempt_no.count(), 2);
            assert_eq!(fresh.version, order.version + 1);
        }
    }
}

#[test]
fn money_for_a_refused_attempt_counts_and_the_payable_one_is_closed() {
    let refused = State::Refused.order();
    let number = checkout::id::OutTradeNo::new(
        &refused.number.checkout(),
        refused.attempt_no.next().unwrap(),
        [1; 5],
    );
    let fresh = refused.replace(refused.terms.clone(), number, Age::Young.now()).unwrap();
    let (payable, _) = apply(&fresh, &Kind::Placed.report(), Age::Young.now());
    let (closing, _) = apply(&payable, &Kind::CancelAsked.report(), Age::Young.now());
    for order in [fresh, payable, closing] {
        let (order, _) = apply(&order, &Kind::Paid.report(), Age::Grown.now());
        assert_eq!(State::of(&order), State::Paid);
        assert_eq!(order.ask.map(|ask| ask.call), Some(Call::Close));
        let (order, _) = apply(&order, &Kind::CloseTaken.report(), Age::Grown.now());
        assert_eq!((State::of(&order), order.ask), (State::Paid, None));
    }
}

#[test]
fn closing_that_nobody_confirms_ends_with_an_alert() {
    let long_after = BEGUN + LIFETIME + checkout::time::Seconds::days(31);
    for kind in [Kind::InDoubt, Kind::UnknownState, Kind::NotPaid, Kind::CloseRefused] {
        let (order, effects) = apply(&State::Closing.order(), &kind.report(), long_after);
        assert_eq!((State::of(&order), order.ask), (State::Closing, None), "{kind:?}");
        let never = Effect::Alert(Alert::NeverClosed);
        let strange = Effect::Alert(Alert::UnknownState("FROZEN".to_owned()));
        let expected = if kind == Kind::UnknownState { vec![strange, never] } else { vec![never] };
        assert_eq!(effects, expected, "{kind:?}");
    }
}

#[test]
fn a_state_that_nobody_knows_is_kept_until_the_platform_says_another() {
    let now = Age::Grown.now();
    for state in [State::Placing, State::Payable, State::Closing] {
        let (order, _) = apply(&state.order(), &Kind::UnknownState.report(), now);
        assert_eq!(order.unknown_state.as_deref(), Some("FROZEN"), "{state:?}");
        let (order, effects) = apply(&order, &Kind::UnknownState.report(), now);
        assert_eq!(effects, [], "{state:?}: told once");
        let (order, _) = apply(&order, &Kind::InDoubt.report(), now);
        assert_eq!(order.unknown_state.as_deref(), Some("FROZEN"), "{state:?}");
        for known in [
            Kind::Placed,
            Kind::Paid,
            Kind::NotPaid,
            Kind::NotFound,
            Kind::ClosedThere,
            Kind::CloseTaken,
        ] {
            let (order, _) = apply(&order, &known.report(), now);
            assert_eq!(order.unknown_state, None, "{state:?} × {known:?}");
        }
    }
}

#[test]
fn money_to_another_merchant_or_app_freezes() {
    let ours = crate::scene::terms().payee;
    let sub = |mchid: &str| Some(SubMerchant { mchid: mchid.to_owned(), appid: None });
    for (payee, disagreement) in [
        (Payee { mchid: "1900000009".to_owned(), ..ours.clone() }, Disagreement::Merchant),
        (Payee { sub: sub("1600000001"), ..ours.clone() }, Disagreement::Merchant),
        (Payee { appid: "wxfedcba9876543210".to_owned(), ..ours.clone() }, Disagreement::App),
    ] {
        let receipt = Receipt { payee, ..crate::scene::receipt("4200001", 8_800) };
        let (order, _) =
            apply(&State::Payable.order(), &Report::Paid(Box::new(receipt)), Age::Grown.now());
        let found = order.conflict().map(|odd| odd.why);
        assert_eq!(found, Some(disagreement));
    }
}

#[test]
fn a_refused_order_keeps_the_platforms_words() {
    let (order, _) = apply(&State::PlacingDisputed.order(), &Kind::NotFound.report(), BEGUN);
    let checkout::order::Attempt::Refused { refusal: kept } = order.attempt else {
        panic!("{order:?}");
    };
    assert_eq!(kept, refusal("INVALID_REQUEST"));
}
