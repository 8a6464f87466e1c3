//! The border in a real browser: numbers in, a plain array of numbers out. What they mean to the page
//! is widget/js/wire.js, which `tests/widget/wire.test.mjs` plays against the built module.
//!
//! Run by `wasm-pack test --headless --chrome widget`. Nothing here touches the network.
#![cfg(target_arch = "wasm32")]
// A test may panic: that is how it fails. Clippy knows `#[test]` only.
#![expect(clippy::unwrap_used, reason = "tests")]

use js_sys::{Array, JSON};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use widget::Follower;

wasm_bindgen_test_configure!(run_in_browser);

const SHOWN: u8 = 0;
const WOKE: u8 = 1;
const ANSWERED: u8 = 2;
const LINKED: u8 = 3;
const PUSHED: u8 = 4;
const ADOPTED: u8 = 16;

/// What comes with an event that is about nothing.
const NOTHING: [f64; 14] = [-1.0; 14];

/// The view of an open checkout, number 3, with code number 0 for two hours.
const OPEN: [f64; 8] = [3.0, 0.0, 1.0, -1.0, 0.0, 7_200_000.0, 86_400_000.0, 7.0];

/// The same order, paid: view number 4.
const PAID: [f64; 8] = [4.0, 1.0, -1.0, -1.0, -1.0, -1.0, 86_000_000.0, 8.0];

/// Where a view begins.
const VIEW_AT: usize = 6;

fn facts(begin: &[f64], view: &[f64; 8]) -> [f64; 14] {
    let mut facts = NOTHING;
    let (about_answer, about_order) = facts.split_at_mut(VIEW_AT);
    about_answer.iter_mut().zip(begin).for_each(|(place, fact)| *place = *fact);
    about_order.copy_from_slice(view);
    facts
}

/// The answer to request 1, with a capability.
fn answered(view: &[f64; 8]) -> [f64; 14] {
    facts(&[1.0, 201.0, -1.0, -1.0, 1.0], view)
}

#[track_caller]
fn text(outcome: &JsValue) -> String {
    assert!(Array::is_array(outcome), "a plain array");
    JSON::stringify(outcome).unwrap().into()
}

/// A page's own order, with a code on the screen and a socket.
fn following() -> Follower {
    let mut follower = Follower::new(false, true);
    follower.step(SHOWN, &NOTHING, 1_000.0, 128);
    follower.step(ANSWERED, &answered(&OPEN), 1_200.0, 128);
    follower.step(LINKED, &NOTHING, 1_300.0, 128);
    follower
}

/// Wake-up, capability, offline, seconds left, expiring, view, code, document; face, line, notice,
/// check, way on; then five numbers a command.
#[wasm_bindgen_test]
fn an_order_is_opened_followed_and_paid() {
    let mut follower = Follower::new(false, true);
    let opening = follower.step(SHOWN, &NOTHING, 1_000.0, 128);
    assert_eq!(text(&opening), "[16000,0,0,-1,0,-1,0,-1,0,0,-1,0,-1,0,1,0,-1,0]");
    let open = follower.step(ANSWERED, &answered(&OPEN), 1_200.0, 128);
    // Told: ready, by a question; dialled; told: waiting after loading.
    assert_eq!(text(&open), "[2200,1,0,7200,0,3,1,-1,1,2,-1,1,-1,6,0,1,0,0,2,0,0,0,0,6,4,1,1,0]");
    follower.step(LINKED, &NOTHING, 1_300.0, 128);
    let paid = follower.step(PUSHED, &facts(&[], &PAID), 9_000.0, 128);
    // Told: paid, by push; hung up; told: paid after waiting.
    assert_eq!(text(&paid), "[-1,1,0,-1,0,4,0,-1,4,6,-1,0,-1,6,1,0,0,0,3,0,0,0,0,6,4,0,4,1]");
}

#[wasm_bindgen_test]
fn a_follower_takes_over_without_a_word() {
    let mut follower = Follower::new(false, true);
    let adopted = facts(&[-1.0, -1.0, -1.0, -1.0, 1.0, 5_000.25], &OPEN);
    let outcome = follower.step(ADOPTED, &adopted, 90_000.75, 128);
    assert_eq!(text(&outcome), "[90000,1,0,7195,0,3,1,-1,1,2,-1,1,-1]");
}

#[wasm_bindgen_test]
fn what_is_no_event_changes_nothing() {
    let before = text(&following().step(99, &NOTHING, 2_000.0, 128));
    let broken = facts(&[], &[3.0, 9.0, 1.0, -1.0, 0.0, -1.0, 1.0, 9.0]);
    for (kind, facts) in [
        (SHOWN, &[][..]),
        (WOKE, &NOTHING[..13]),
        (ANSWERED, &NOTHING[..]),
        (ANSWERED, &[f64::NAN; 14]),
        (ANSWERED, &[f64::INFINITY; 14]),
        (ANSWERED, &[1e300; 14]),
        (PUSHED, &NOTHING),
        (PUSHED, &broken),
        (7, &[f64::NEG_INFINITY; 20]),
        (255, &[0.0; 14]),
    ] {
        let outcome = following().step(kind, facts, 2_000.0, 128);
        assert_eq!(text(&outcome), before, "{kind} {facts:?}");
    }
}

/// Odd clocks: none of them may break the module for the page's other elements.
#[wasm_bindgen_test]
fn an_odd_clock_breaks_nothing() {
    let mut follower = following();
    for now_ms in [f64::NAN, f64::INFINITY, -1.0, 0.0, 9_007_199_254_740_991.0, 5.5] {
        let outcome = follower.step(WOKE, &NOTHING, now_ms, 255);
        assert!(Array::from(&outcome).length() >= 13, "{now_ms}");
    }
}
