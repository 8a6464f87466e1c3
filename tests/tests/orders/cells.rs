//! What every state makes of every word, by hand from the rules (protocol reference B.1 to B.4, E.2
//! to E.4; ARCHITECTURE.md, invariants), not read off the code. What is said of money stands in
//! `money`.

use checkout::order::{Call, Fate};

use crate::kinds::Kind;
use crate::scene::Age;
use crate::states::{Stage, State};
use crate::table::Cell;

use Cell::{Decides, Goes, Stays};
use Stage::*;

fn goes(stage: Stage, call: Call, in_s: i64, tries: u16) -> Cell {
    Goes(stage, Some((call, in_s, tries)))
}

pub(crate) fn expected(state: State, kind: Kind, age: Age) -> Cell {
    match (state, kind) {
        (_, Kind::Settled | Kind::Returned | Kind::Dismissed) => decided(state, kind, age),
        // A frozen order waits for a person.
        (State::Frozen | State::FrozenEarlier | State::FrozenForeign, _) => Stays,
        (State::Worn, _) => worn(kind, age),
        (State::PaidWithStray, _) => stray(kind),
        // There is nothing open that could be hurried.
        (State::Dead, Kind::CheckAsked) => Stays,
        (State::Dead, Kind::Redriven) => goes(ToExpire, Call::Query, 0, 0),
        _ => by_stage(state.stage(), kind, age),
    }
}

fn by_stage(stage: Stage, kind: Kind, age: Age) -> Cell {
    match kind {
        Kind::Placed | Kind::Refused | Kind::Disputed => order_call(stage, kind, age),
        Kind::InDoubt
        | Kind::UnknownState
        | Kind::NotPaid
        | Kind::NotFound
        | Kind::NotFoundUnverified => unpaid(stage, kind, age),
        Kind::ClosedThere | Kind::CloseTaken | Kind::CloseRefused => closing(stage, kind, age),
        Kind::CancelAsked | Kind::CheckAsked => wish(stage, kind),
        Kind::Looked | Kind::RenewAsked | Kind::Tick => time(stage, kind, age),
        Kind::Redriven => redriven(stage),
        Kind::Settled
        | Kind::Returned
        | Kind::Dismissed
        | Kind::Paid
        | Kind::PaidAgain
        | Kind::PaidShort
        | Kind::PaidInDollars
        | Kind::PaidToAnother
        | Kind::PaidInAnotherApp
        | Kind::PaidEarlier
        | Kind::PaidEarlierShort
        | Kind::PaidHeld => unreachable!("stands elsewhere"),
    }
}

/// A code is waited for until the deadline; past it the order is closed.
fn waits(in_s: i64, tries: u16, age: Age) -> Cell {
    if age.is_over() {
        goes(ToExpire, Call::Query, 0, 0)
    } else {
        goes(Payable, Call::Query, in_s, tries)
    }
}

fn order_call(stage: Stage, kind: Kind, age: Age) -> Cell {
    match (stage, kind) {
        (Placing | PlacingAgain | PlacingDisputed | Payable | Checking | Refused, Kind::Placed) => {
            waits(30, 0, age)
        }
        (Placing | PlacingDisputed, Kind::Refused) => Goes(Refused, None),
        // The platform has had this order: its no to a fresh code may mean that it was just paid.
        (PlacingAgain, Kind::Refused) => goes(PlacingAgain, Call::Query, 1, 1),
        (Placing | PlacingDisputed, Kind::Disputed) => goes(PlacingDisputed, Call::Query, 0, 1),
        (PlacingAgain, Kind::Disputed) => goes(PlacingAgain, Call::Query, 0, 1),
        _ => Stays,
    }
}

fn unpaid(stage: Stage, kind: Kind, age: Age) -> Cell {
    let found = !matches!(kind, Kind::NotFound | Kind::NotFoundUnverified);
    let doubt = matches!(kind, Kind::InDoubt | Kind::UnknownState);
    match stage {
        Placing | PlacingAgain | PlacingDisputed if doubt => goes(stage, Call::Query, 0, 1),
        Placing | PlacingAgain | PlacingDisputed if found => goes(PlacingAgain, Call::Place, 0, 1),
        PlacingDisputed => Goes(Refused, None),
        Placing | PlacingAgain => goes(stage, Call::Place, 0, 1),
        Payable => waits(30, 1, age),
        // A question that the shopper forced does not wear out our patience.
        Checking => waits(30, 0, age),
        Refused | Vacant | Expired | Cancelled | Paid | PaidLate => Stays,
        _ if doubt => goes(stage, Call::Query, 1, 1),
        _ if found => goes(stage, Call::Close, 0, 1),
        // "No such order" is believed when nothing of ours can be on its way any more, and then
        // only after a close: a query may have looked too early, or in the wrong place.
        _ if age == Age::Young => goes(stage, Call::Close, 290, 0),
        ToExpireTaken | ToCancelTaken | ToRenewTaken => closed(stage, age),
        _ => goes(stage, Call::Close, 0, 1),
    }
}

/// The platform has confirmed that nobody can pay it any more.
fn closed(stage: Stage, age: Age) -> Cell {
    match stage {
        ToCancel | ToCancelTaken => Goes(Cancelled, None),
        // A fresh attempt needs five minutes before the deadline.
        ToRenew | ToRenewTaken if age < Age::Ending => goes(Vacant, Call::Place, 0, 0),
        _ => Goes(Expired, None),
    }
}

fn closing(stage: Stage, kind: Kind, age: Age) -> Cell {
    match (stage, kind) {
        (
            Placing | PlacingAgain | PlacingDisputed | Payable | Checking | Refused,
            Kind::ClosedThere,
        ) => Goes(if age.is_over() { Expired } else { Cancelled }, None),
        (stage, _) if !stage.is_closing() => Stays,
        (_, Kind::ClosedThere) => closed(stage, age),
        (ToExpire | ToExpireTaken, Kind::CloseTaken) => goes(ToExpireTaken, Call::Query, 0, 0),
        (ToCancel | ToCancelTaken, Kind::CloseTaken) => goes(ToCancelTaken, Call::Query, 0, 0),
        (_, Kind::CloseTaken) => goes(ToRenewTaken, Call::Query, 0, 0),
        _ => goes(stage, Call::Query, 1, 1),
    }
}

fn wish(stage: Stage, kind: Kind) -> Cell {
    match (stage, kind) {
        (Placing | PlacingAgain | PlacingDisputed | Payable | Checking, Kind::CancelAsked) => {
            goes(ToCancel, Call::Query, 0, 0)
        }
        (ToRenew, Kind::CancelAsked) => goes(ToCancel, Call::Query, 0, 0),
        (ToRenewTaken, Kind::CancelAsked) => goes(ToCancelTaken, Call::Query, 0, 0),
        (Refused | Vacant, Kind::CancelAsked) => Goes(Cancelled, None),
        (Placing | PlacingAgain, Kind::CheckAsked) => goes(stage, Call::Place, 0, 0),
        (Payable, Kind::CheckAsked) => goes(Checking, Call::Query, 0, 0),
        (PlacingDisputed | Checking, Kind::CheckAsked) => goes(stage, Call::Query, 0, 0),
        (_, Kind::CheckAsked) if stage.is_closing() => goes(stage, Call::Query, 0, 0),
        _ => Stays,
    }
}

fn time(stage: Stage, kind: Kind, age: Age) -> Cell {
    let stale = age == Age::Stale;
    match (stage, kind) {
        (Placing | PlacingAgain | PlacingDisputed | Payable | Checking, _) if age.is_over() => {
            goes(ToExpire, Call::Query, 0, 0)
        }
        // The deadline has come before the fresh attempt.
        (ToRenew, _) if age.is_over() => goes(ToExpire, Call::Query, 0, 0),
        (ToRenewTaken, _) if age.is_over() => goes(ToExpireTaken, Call::Query, 0, 0),
        (Refused | Vacant, _) if age.is_over() => Goes(Expired, None),
        (Vacant, _) if age == Age::Ending => Goes(Expired, None),
        (Payable | Checking, Kind::Looked | Kind::RenewAsked) if stale => {
            goes(PlacingAgain, Call::Place, 0, 0)
        }
        (Payable | Checking, Kind::Looked) if age == Age::Ending => {
            goes(ToExpire, Call::Query, 0, 0)
        }
        // A live code may be held by another phone: only a new attempt frees it.
        (Payable | Checking, Kind::RenewAsked) if age < Age::Stale => {
            goes(ToRenew, Call::Query, 0, 0)
        }
        (Refused, Kind::RenewAsked) if age < Age::Ending => goes(Vacant, Call::Place, 0, 0),
        _ => Stays,
    }
}

fn redriven(stage: Stage) -> Cell {
    match stage {
        Placing | PlacingAgain | Vacant => goes(stage, Call::Place, 0, 0),
        PlacingDisputed | Payable | Checking => goes(stage, Call::Query, 0, 0),
        Refused | Expired | Cancelled | Paid | PaidLate => Stays,
        _ => goes(stage, Call::Query, 0, 0),
    }
}

/// Closing that has been asked for forty times: once an hour, until nobody waits any more. What is to
/// be asked at once is asked even then.
fn worn(kind: Kind, age: Age) -> Cell {
    let forgotten = age == Age::Forgotten;
    let later = |call| match forgotten {
        true => Goes(ToExpire, None),
        false => goes(ToExpire, call, 3_600, 41),
    };
    match kind {
        Kind::InDoubt | Kind::UnknownState | Kind::CloseRefused => later(Call::Query),
        Kind::NotFound | Kind::NotFoundUnverified if age == Age::Young => {
            goes(ToExpire, Call::Close, 290, 40)
        }
        Kind::NotPaid | Kind::NotFound | Kind::NotFoundUnverified => later(Call::Close),
        Kind::ClosedThere => Goes(Expired, None),
        Kind::CloseTaken => goes(ToExpireTaken, Call::Query, 0, 40),
        Kind::CheckAsked | Kind::Redriven => goes(ToExpire, Call::Query, 0, 40),
        _ if forgotten => Goes(ToExpire, None),
        _ => Stays,
    }
}

/// The checkout is paid; what was payable besides is closed, and asked about, for it may be paid too.
fn stray(kind: Kind) -> Cell {
    match kind {
        Kind::ClosedThere | Kind::CloseTaken => Goes(Paid, None),
        Kind::CloseRefused => goes(Paid, Call::Query, 1, 1),
        Kind::InDoubt | Kind::UnknownState | Kind::NotPaid => goes(Paid, Call::Close, 1, 1),
        Kind::NotFound | Kind::NotFoundUnverified => goes(Paid, Call::Close, 1, 1),
        Kind::Redriven => goes(Paid, Call::Close, 0, 0),
        _ => Stays,
    }
}

/// A person decides about what is held. What is paid stays paid by what paid it, and money of another
/// merchant is nothing that we could count or give back.
fn decided(state: State, kind: Kind, age: Age) -> Cell {
    let fate = match kind {
        Kind::Settled => Fate::Settled,
        Kind::Returned => Fate::Returning,
        _ => Fate::Dismissed,
    };
    let close = Some((Call::Close, 0, 0));
    let query = Some((Call::Query, 0, 0));
    match (state, fate) {
        _ if !state.is_holding() => {
            // Whatever is decided, time has passed all the same.
            if state == State::Worn && age == Age::Forgotten { Goes(ToExpire, None) } else { Stays }
        }
        (State::FrozenForeign, Fate::Dismissed) => Decides(fate, Payable, query),
        (State::FrozenForeign, _) => Stays,
        (State::FrozenEarlier, Fate::Settled) => Decides(fate, Paid, close),
        (State::FrozenEarlier, _) => Decides(fate, Payable, query),
        (State::Frozen, Fate::Settled) => Decides(fate, Paid, None),
        // Somebody has paid this attempt, so that nobody else can.
        (State::Frozen, _) => Decides(fate, if age.is_over() { Expired } else { Cancelled }, None),
        (State::ExpiredHolding, Fate::Settled) => Decides(fate, PaidLate, None),
        (State::ExpiredHolding, _) => Decides(fate, Expired, None),
        (_, Fate::Settled) => Stays,
        _ => Decides(fate, Paid, None),
    }
}
