//! What every state makes of every payment, under every policy, at every age: money does not ask what
//! time it is.

use checkout::order::{Call, Disagreement, Fate, Policies, Policy};

use crate::kinds::Kind;
use crate::scene::{Age, heard};
use crate::states::{Stage, State};
use crate::table::{Cell, assert_cell};

use Cell::{Goes, SetsAside, Stays};

const POLICIES: [Policy; 3] = [Policy::Settle, Policy::Return, Policy::Hold];

fn expected(state: State, kind: Kind, policies: Policies) -> Cell {
    // Which other attempt is being closed, and has been paid by this: it needs no closing any more.
    let earlier = matches!(kind, Kind::PaidEarlier | Kind::PaidEarlierShort);
    let asks_on = !state.stage().is_open() && (earlier || kind == Kind::PaidToAnother);
    let holds = |why| SetsAside(why, Fate::Held, asks_on);
    if state.knows(kind) {
        return Stays;
    }
    match kind {
        Kind::PaidShort | Kind::PaidEarlierShort => holds(Disagreement::Amount),
        Kind::PaidInDollars => holds(Disagreement::Currency),
        Kind::PaidToAnother => holds(Disagreement::Merchant),
        Kind::PaidInAnotherApp => holds(Disagreement::App),
        _ => match state.stage() {
            Stage::Paid | Stage::PaidLate => {
                let back = policies.second == Policy::Return;
                let fate = if back { Fate::Returning } else { Fate::Held };
                SetsAside(Disagreement::SecondPayment, fate, asks_on)
            }
            Stage::Expired | Stage::Cancelled => match policies.late {
                Policy::Settle => Goes(Stage::PaidLate, None),
                Policy::Return => SetsAside(Disagreement::Late, Fate::Returning, asks_on),
                Policy::Hold => SetsAside(Disagreement::Late, Fate::Held, asks_on),
            },
            // Nothing else of it can be paid.
            Stage::Refused | Stage::Vacant => Goes(Stage::Paid, None),
            // Somebody has paid it already, if not what was asked.
            _ if state == State::Frozen => Goes(Stage::Paid, None),
            _ => Goes(Stage::Paid, earlier.then_some((Call::Close, 0, 0))),
        },
    }
}

#[test]
fn every_payment_counts_or_is_set_aside_as_the_table_says() {
    let mut cells = 0;
    for state in State::all() {
        for kind in Kind::MONEY {
            for (late, second) in POLICIES.into_iter().flat_map(|late| POLICIES.map(|s| (late, s)))
            {
                for age in Age::ALL {
                    let policies = Policies { late, second };
                    let mut before = state.order();
                    before.terms.policies = policies;
                    assert_cell(&before, state, kind, age, expected(state, kind, policies));
                    cells += 1;
                }
            }
        }
    }
    assert_eq!(cells, 29 * 9 * 9 * 6);
}

#[test]
fn what_is_known_is_no_news_however_it_is_told() {
    for state in State::all() {
        for kind in Kind::MONEY {
            let once = heard(&state.order(), kind, Age::Grown.now());
            assert_eq!(heard(&once, kind, Age::Grown.now()), once, "{state:?} × {kind:?}");
        }
    }
}
