//! Every state × every kind of news × two ages, in a ledger that is at work and in one that is
//! frozen: 1472 cells, each with where the refund goes, what is asked next and when, and what a
//! person is told.
//!
//! The expectations are written by hand from the rules (protocol reference A.9, B.5 to B.7, C.5, E.5;
//! ARCHITECTURE.md), not read off the code.

use checkout::refund::{
    RefundCall, RefundDisagreement, RefundEffect, RefundStatus, Refunds, WaitingFor, apply,
};

use crate::scene::{AMOUNT, Age, Kind, State, TOTAL, conflict, number};

/// What a cell expects.
enum Cell {
    /// Nothing changes, to the letter.
    Stays,
    /// The refund goes there and asks this, so many seconds from now, after so many tries.
    Goes(State, Option<(RefundCall, i64, u16)>),
    /// The ledger is frozen; the fact is not believed, and an answer that brings it is as none.
    Freezes(RefundDisagreement),
    /// A person has accepted what disagreed: it is so, and nothing is frozen any more.
    Thaws(State),
}

use Cell::{Freezes, Goes, Stays, Thaws};
use RefundCall::{Apply, Query, Redirect};

fn goes(state: State, call: RefundCall, in_s: i64, tries: u16) -> Cell {
    Goes(state, Some((call, in_s, tries)))
}

fn expected(state: State, kind: Kind, age: Age) -> Cell {
    match kind {
        Kind::SendingApply => sending(state),
        // What is asked about or sent again does not change by that.
        Kind::SendingQuery | Kind::SendingRedirect => Stays,
        Kind::AnsweredWrong => Freezes(RefundDisagreement::Amount),
        Kind::AnsweredSuccess | Kind::ToldSuccess => end(state, State::Success),
        Kind::AnsweredClosed | Kind::ToldClosed => end(state, State::Closed),
        Kind::AnsweredProcessing | Kind::AnsweredUnknown => accepted(state),
        Kind::ToldProcessing | Kind::ToldUnknown => told_accepted(state),
        Kind::AnsweredAbnormal => abnormal(state, age),
        Kind::ToldAbnormal => told_abnormal(state, age),
        Kind::Short | Kind::Refused | Kind::Disputed => refused(state, kind),
        Kind::InDoubt => in_doubt(state),
        Kind::NotFound | Kind::NotFoundUnverified => not_found(state, kind, age),
        Kind::RedirectAsked if state == State::Abnormal => goes(State::Redirecting, Redirect, 0, 0),
        Kind::RedirectAsked => Stays,
        // There is nothing to resolve, or something else.
        Kind::Resolved | Kind::ResolvedOther => Stays,
    }
}

fn sending(state: State) -> Cell {
    match state {
        State::Queued | State::Short | State::Requesting => goes(State::Requesting, Apply, 0, 0),
        State::RequestingInDoubt => goes(state, Apply, 0, 0),
        _ => Stays,
    }
}

/// The payer's money is final, and so is a failure; the platform contradicting itself is for a
/// person.
fn end(state: State, end: State) -> Cell {
    match state {
        State::Success | State::Closed if state == end => Stays,
        State::Success | State::Closed => Freezes(RefundDisagreement::End),
        _ => Goes(end, None),
    }
}

fn accepted(state: State) -> Cell {
    use State::*;
    match state {
        Success | Closed => Stays,
        ProcessingAgain
        | Redirecting
        | RedirectingInDoubt
        | RedirectDisputed
        | RedirectDisputedInDoubt => goes(ProcessingAgain, Query, 60, 1),
        _ => goes(Processing, Query, 60, 1),
    }
}

/// No notification tells of these today; one that does may be older than what we know.
fn told_accepted(state: State) -> Cell {
    use State::*;
    match state {
        Processing | ProcessingAgain => goes(state, Query, 0, 0),
        Abnormal | Redirecting | RedirectingInDoubt => Stays,
        RedirectDisputed | RedirectDisputedInDoubt => Stays,
        _ => accepted(state),
    }
}

fn abnormal(state: State, age: Age) -> Cell {
    use State::*;
    match state {
        Success | Closed => Stays,
        // Five minutes after the call that was never answered, sixty seconds ago: until then the
        // choice before may still arrive, and no other may be sent beside it.
        RedirectDisputedInDoubt if age == Age::Young => goes(state, Query, 240, 0),
        Redirecting | RedirectingInDoubt => goes(state, Redirect, 60, 1),
        _ => Goes(Abnormal, None),
    }
}

/// After another way was chosen, a notification of the first failure may still be on its way.
fn told_abnormal(state: State, age: Age) -> Cell {
    use State::*;
    match state {
        ProcessingAgain => goes(state, Query, 0, 0),
        Redirecting | RedirectingInDoubt => Stays,
        RedirectDisputed | RedirectDisputedInDoubt => Stays,
        _ => abnormal(state, age),
    }
}

fn refused(state: State, kind: Kind) -> Cell {
    use State::*;
    match (state, kind) {
        (Requesting | RequestingInDoubt, Kind::Short) => goes(Short, Apply, 60, 1),
        (Redirecting | RedirectingInDoubt, Kind::Short) => goes(state, Redirect, 60, 1),
        (Requesting, Kind::Refused) => Goes(Refused, None),
        (Redirecting, Kind::Refused) => Goes(Abnormal, None),
        // An earlier call may have been heard: this no is not one to it.
        (RequestingInDoubt, _) => goes(DisputedInDoubt, Query, 0, 0),
        (Requesting, _) => goes(Disputed, Query, 0, 0),
        (RedirectingInDoubt, _) => goes(RedirectDisputedInDoubt, Query, 0, 0),
        (Redirecting, _) => goes(RedirectDisputed, Query, 0, 0),
        _ => Stays,
    }
}

fn in_doubt(state: State) -> Cell {
    use State::*;
    match state {
        Queued | Short | Requesting => goes(RequestingInDoubt, Query, 60, 1),
        Redirecting => goes(RedirectingInDoubt, Query, 60, 1),
        Abnormal | Success | Closed | Refused => Stays,
        _ => goes(state, Query, 60, 1),
    }
}

fn not_found(state: State, kind: Kind, age: Age) -> Cell {
    use State::*;
    let verified = kind == Kind::NotFound;
    match state {
        Requesting | RequestingInDoubt => goes(state, Apply, 0, 0),
        Disputed if verified => Goes(Refused, None),
        DisputedInDoubt if verified && age == Age::Settled => Goes(Refused, None),
        // Five minutes after the call that was never answered, sixty seconds ago.
        DisputedInDoubt if verified => goes(state, Query, 240, 0),
        Disputed | DisputedInDoubt | Processing | ProcessingAgain => goes(state, Query, 60, 1),
        Redirecting | RedirectingInDoubt => goes(state, Query, 60, 1),
        RedirectDisputed | RedirectDisputedInDoubt => goes(state, Query, 60, 1),
        Queued | Short | Abnormal | Success | Closed | Refused => Stays,
    }
}

/// What the shop sees of each state, and whether its sum is still spoken for.
fn face(state: State) -> (RefundStatus, Option<WaitingFor>, bool) {
    use State::*;
    match state {
        Queued => (RefundStatus::Queued, Some(WaitingFor::Turn), true),
        Short => (RefundStatus::Queued, Some(WaitingFor::Balance), true),
        Requesting | RequestingInDoubt | Disputed | DisputedInDoubt => {
            (RefundStatus::Queued, Some(WaitingFor::Answer), true)
        }
        Processing | ProcessingAgain => (RefundStatus::Processing, None, true),
        Abnormal => (RefundStatus::Abnormal, None, true),
        Redirecting | RedirectingInDoubt | RedirectDisputed | RedirectDisputedInDoubt => {
            (RefundStatus::Abnormal, Some(WaitingFor::Answer), true)
        }
        Success => (RefundStatus::Success, None, true),
        Closed | Refused => (RefundStatus::Closed, None, false),
    }
}

#[track_caller]
fn assert_cell(state: State, kind: Kind, age: Age, frozen: bool) {
    let cell = format!("{state:?} × {kind:?} × {age:?} × {frozen}");
    let mut before = state.ledger();
    before.conflict = frozen.then(conflict);
    let (after, effects) = apply(&before, &kind.report(), age.now());
    let expected = match expected(state, kind, age) {
        // The shop begins nothing while it is frozen.
        Goes(State::Redirecting, _) if frozen && kind == Kind::RedirectAsked => Stays,
        // It has waited for money until now and waits for an answer from here on: counted afresh.
        Goes(to @ (State::Redirecting | State::RedirectingInDoubt), _)
            if frozen && kind == Kind::Short =>
        {
            asked_only(goes(to, Redirect, 0, 0), state, None)
        }
        // The payer had the money; also where we had been told before that the refund had failed.
        Stays if frozen && kind == Kind::Resolved => Thaws(State::Success),
        cell if frozen => asked_only(cell, state, asked(&before, age)),
        cell => cell,
    };
    match expected {
        Stays => {
            assert_eq!(after, before, "{cell}");
            assert_eq!(effects, [], "{cell}");
        }
        Goes(to, ask) => {
            assert_eq!(State::of(&after.refunds[0]), to, "{cell}");
            assert_eq!(asked(&after, age), ask, "{cell}");
            assert_eq!(effects, told(state, to), "{cell}");
            assert_eq!(after.conflict, before.conflict, "{cell}");
        }
        Thaws(to) => {
            assert_eq!(State::of(&after.refunds[0]), to, "{cell}");
            assert_eq!((asked(&after, age), &after.conflict), (None, &None), "{cell}");
            assert_eq!(effects, [], "{cell}");
        }
        Freezes(disagreement) => {
            let (to, ask) = match in_doubt(state) {
                Goes(to, ask) => (to, ask),
                _ => (state, None),
            };
            assert_eq!(State::of(&after.refunds[0]), to, "{cell}");
            assert_eq!(asked(&after, age), ask, "{cell}");
            // What disagreed first stays.
            let first = if frozen { RefundDisagreement::Total } else { disagreement };
            let found = after.conflict.as_ref().map(|conflict| conflict.disagreement);
            assert_eq!(found, Some(first), "{cell}");
            let news = if frozen { vec![] } else { vec![RefundEffect::Frozen(disagreement)] };
            assert_eq!(effects, news, "{cell}");
        }
    }
    let asked = after.refunds[0].ask.map(|ask| ask.call);
    let asked = asked.filter(|call| after.conflict.is_none() || *call == Query);
    assert_eq!(after.next().map(|(_, ask)| ask.call), asked, "{cell}: only questions when frozen");
    assert_face(&cell, &after);
}

/// What is asked, so many seconds from now, after so many tries.
fn asked(ledger: &Refunds, age: Age) -> Option<(RefundCall, i64, u16)> {
    ledger.refunds[0].ask.map(|ask| (ask.call, (ask.at - age.now()).0, ask.tries))
}

/// While a ledger is frozen, what may have been sent is asked about instead of sent again.
fn asked_only(cell: Cell, state: State, before: Option<(RefundCall, i64, u16)>) -> Cell {
    let (to, ask) = match cell {
        Stays => (state, before),
        Goes(to, ask) => (to, ask),
        Freezes(_) | Thaws(_) => return cell,
    };
    let sent = match to {
        State::Requesting | State::RequestingInDoubt => State::RequestingInDoubt,
        State::Redirecting | State::RedirectingInDoubt => State::RedirectingInDoubt,
        _ => return cell,
    };
    match ask {
        Some((Apply | Redirect, _, tries)) => goes(sent, Query, 60, tries + 1),
        _ => cell,
    }
}

fn told(before: State, after: State) -> Vec<RefundEffect> {
    match after {
        State::Abnormal if before != State::Abnormal => vec![RefundEffect::Stranded(number(1))],
        State::Short if before != State::Short => vec![RefundEffect::ShortOfFunds(number(1))],
        _ => vec![],
    }
}

#[track_caller]
fn assert_face(cell: &str, ledger: &Refunds) {
    let refund = &ledger.refunds[0];
    let (status, waiting_for, counts) = face(State::of(refund));
    assert_eq!((refund.status(), refund.waiting_for()), (status, waiting_for), "{cell}");
    assert_eq!(ledger.left(), if counts { TOTAL - AMOUNT } else { TOTAL }, "{cell}");
    let refunded = if status == RefundStatus::Success { AMOUNT } else { 0 };
    assert_eq!(ledger.refunded(), refunded, "{cell}");
}

#[test]
fn every_state_answers_every_news_at_every_age_as_the_table_says() {
    let mut cells = 0;
    for state in State::ALL {
        for kind in Kind::ALL {
            for age in Age::ALL {
                assert_cell(state, kind, age, false);
                assert_cell(state, kind, age, true);
                cells += 2;
            }
        }
    }
    assert_eq!(cells, 16 * 23 * 2 * 2);
}
