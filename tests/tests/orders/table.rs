//! Every state × every report × every age, each with where the order goes, what is asked next and
//! when, and what others are told. The expectations stand in `cells` and `money`.

use checkout::order::{Alert, Call, Disagreement, Effect, Fate, Order, apply};
use checkout::view::{Status, Trouble};

use crate::cells::expected;
use crate::kinds::{HELD, Kind};
use crate::scene::Age;
use crate::states::{Stage, State};

/// A question, in how many seconds, after how many fruitless ones.
pub(crate) type Asked = Option<(Call, i64, u16)>;

/// What a cell expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cell {
    /// Nothing changes, to the letter.
    Stays,
    /// The order goes there and asks this. What was set aside stays as it is.
    Goes(Stage, Asked),
    /// The payment is set aside, and nothing else happens, but that this question stays open.
    SetsAside(Disagreement, Fate, bool),
    /// What was held has this fate now; the order goes there and asks this.
    Decides(Fate, Stage, Asked),
}

/// Applies the report to the state and compares with `cell`.
#[track_caller]
pub(crate) fn assert_cell(before: &Order, state: State, kind: Kind, age: Age, cell: Cell) {
    let name = format!("{state:?} × {kind:?} × {age:?}");
    let (after, effects) = apply(before, &kind.report(), age.now());
    let asked = after.ask.map(|ask| (ask.call, (ask.at - age.now()).0.max(0), ask.tries));
    let odd: Vec<_> = after.odd.iter().map(|odd| (odd.why, odd.fate)).collect();
    let mut odd_expected: Vec<_> = before.odd.iter().map(|odd| (odd.why, odd.fate)).collect();
    match cell {
        Cell::Stays => {
            assert_eq!((&after, &*effects), (before, [].as_slice()), "{name}");
            return;
        }
        Cell::Goes(stage, ask) => {
            assert_eq!((Stage::of(&after), asked), (stage, ask), "{name}");
        }
        Cell::SetsAside(why, fate, asks) => {
            odd_expected.push((why, fate));
            assert_eq!(after.attempt, before.attempt, "{name}");
            assert_eq!(after.ask, before.ask.filter(|_| asks), "{name}");
        }
        Cell::Decides(fate, stage, ask) => {
            odd_expected[0].1 = fate;
            assert_eq!(after.odd[0].receipt.transaction_id, HELD, "{name}");
            assert_eq!((Stage::of(&after), asked), (stage, ask), "{name}");
        }
    }
    assert_eq!(odd, odd_expected, "{name}");
    assert_told(&name, state, before, &after, &effects, cell);
}

/// The page is told exactly when it sees something else or money was set aside, the place is freed
/// exactly when the order leaves `open`, and a person is called exactly when one is needed.
#[track_caller]
fn assert_told(
    name: &str,
    state: State,
    before: &Order,
    after: &Order,
    effects: &[Effect],
    cell: Cell,
) {
    let seen = after.face();
    let (status, phase, code) = Stage::of(after).face();
    let frozen = match cell {
        Cell::SetsAside(why, Fate::Held, _) => state.is_frozen() || freezes(state, why),
        Cell::SetsAside(..) | Cell::Goes(..) => state.is_frozen() && status == Status::Open,
        Cell::Decides(..) | Cell::Stays => false,
    };
    let trouble = match Stage::of(after) {
        _ if frozen => Some(Trouble::Conflict),
        Stage::Refused => Some(Trouble::Refused),
        _ => None,
    };
    let face = (status, phase, trouble, code && !frozen);
    assert_eq!((seen.status, seen.phase, seen.trouble, seen.code.is_some()), face, "{name}");
    let changed = before.face() != seen || before.odd != after.odd;
    let mut expected = Vec::new();
    if changed {
        expected.push(Effect::TellPage);
    }
    assert_eq!(after.version, before.version + u64::from(changed), "{name}");
    if state.stage().is_open() && status != Status::Open {
        expected.push(Effect::FreePlace);
    }
    if let Cell::SetsAside(why, Fate::Held, _) = cell {
        expected.push(Effect::Alert(Alert::Conflict(why)));
    }
    if let Some(word) = &after.unknown_state {
        expected.push(Effect::Alert(Alert::UnknownState(word.clone())));
    }
    let given_up = state != State::Dead && Stage::of(after).is_closing() && after.ask.is_none();
    if given_up && !frozen {
        expected.push(Effect::Alert(Alert::NeverClosed));
    }
    assert_eq!(effects, expected, "{name}");
}

fn freezes(state: State, why: Disagreement) -> bool {
    let mismatch = match why {
        Disagreement::Amount
        | Disagreement::Currency
        | Disagreement::Merchant
        | Disagreement::App => true,
        Disagreement::SecondPayment | Disagreement::Late => false,
    };
    state.stage().is_open() && mismatch
}

#[test]
fn every_state_answers_every_word_at_every_age_as_the_table_says() {
    let mut cells = 0;
    for state in State::all() {
        for kind in Kind::WORDS {
            for age in Age::ALL {
                assert_cell(&state.order(), state, kind, age, expected(state, kind, age));
                cells += 1;
            }
        }
    }
    assert_eq!(cells, 29 * 20 * 6);
}
