//! The border to the page's script: the follower and the drawing, as JavaScript sees them.
//!
//! One call takes one event in and gives one outcome back, both as the numbers of `wire`. Nothing
//! here waits, asks or listens: the script carries the commands out (widget/js/engine.js), for this
//! follower as for the small one that it has of its own.

use serde::Serialize;
use wasm_bindgen::prelude::*;
use web_sys::Element;

use crate::session::{Dialling, Now, Origin, Session};
use crate::{drawing, wire};

/// Plain arrays, as if a script had written them.
const PLAIN: serde_wasm_bindgen::Serializer = serde_wasm_bindgen::Serializer::json_compatible();

/// Follows one order.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Follower(Session);

#[wasm_bindgen]
impl Follower {
    /// `is_servers`: the shop's server made the order and gave the page the capability for it; or
    /// else this page makes it. `may_dial`: whether the page's policy lets a WebSocket be tried.
    #[wasm_bindgen(constructor)]
    pub fn new(is_servers: bool, may_dial: bool) -> Self {
        let origin = if is_servers { Origin::Server } else { Origin::Catalogue };
        let dialling = if may_dial { Dialling::Allowed } else { Dialling::Forbidden };
        Self(Session::new(origin, dialling))
    }

    /// Takes an event, at `now_ms` of the page's monotonic clock and with one byte of `chance`, and
    /// says what is to be done and seen. What is no event changes nothing.
    pub fn step(&mut self, kind: u8, facts: &[f64], now_ms: f64, chance: u8) -> JsValue {
        let now = Now { ms: wire::whole(now_ms).unwrap_or(0), chance };
        let commands = wire::event(kind, facts).map(|event| self.0.step(event, now));
        let outcome = wire::outcome(&self.0, &commands.unwrap_or_default(), now);
        // Numbers: there is no way for this to fail.
        outcome.serialize(&PLAIN).unwrap_or_default()
    }
}

/// Draws `text` as a code into an empty or an old `<svg>`; false where it cannot be drawn, and then
/// the picture is what it was.
#[wasm_bindgen]
pub fn draw(svg: &Element, text: &str) -> bool {
    drawing::draw(svg, text).is_some()
}
