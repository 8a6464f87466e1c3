//! The border to the page's script: the follower and the drawing, as JavaScript sees them.
//!
//! One call takes one plain object in and gives one plain object back. Nothing here waits, asks or
//! listens: the script carries the commands out (widget/js/engine.js), for this follower as for the
//! small one that it has of its own.

use serde::Serialize;
use wasm_bindgen::prelude::*;
use web_sys::Element;

use crate::outcome::Outcome;
use crate::session::{Dialling, Now, Origin, Session};
use crate::{drawing, reading};

/// Plain objects, as if a script had written them.
const PLAIN: serde_wasm_bindgen::Serializer = serde_wasm_bindgen::Serializer::json_compatible();

/// Follows one order.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Follower(Session);

#[wasm_bindgen]
impl Follower {
    /// `origin`: who made the order, `"server"` with the `token` that the shop's server gave the
    /// page, or else this page. `may_dial`: whether the page's policy lets a WebSocket be tried.
    #[wasm_bindgen(constructor)]
    pub fn new(origin: &str, token: Option<String>, may_dial: bool) -> Self {
        let origin = if origin == "server" { Origin::Server } else { Origin::Catalogue };
        let dialling = if may_dial { Dialling::Allowed } else { Dialling::Forbidden };
        Self(Session::new(origin, token, dialling))
    }

    /// Takes an event, at `now_ms` of the page's monotonic clock and with one byte of `chance`, and
    /// says what is to be done and seen. What is no event changes nothing.
    pub fn step(&mut self, event: &JsValue, now_ms: f64, chance: u8) -> JsValue {
        let now = Now { ms: reading::whole(now_ms).unwrap_or(0), chance };
        let commands = reading::event(event).map(|event| self.0.step(event, now));
        let commands = commands.unwrap_or_default();
        // Strings, truths and whole numbers: there is no way for this to fail.
        Outcome { session: &self.0, commands: &commands, now }.serialize(&PLAIN).unwrap_or_default()
    }
}

/// Draws `text` as a code into an empty or an old `<svg>`; false where it cannot be drawn, and then
/// the picture is what it was.
#[wasm_bindgen]
pub fn draw(svg: &Element, text: &str) -> bool {
    drawing::draw(svg, text).is_some()
}
