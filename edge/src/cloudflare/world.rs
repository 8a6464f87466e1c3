//! The clock and the dice: the one place where this Worker asks the runtime for either.
//!
//! There are two clocks. Signatures, tokens and leases go by the wall. Deadlines and timers go by
//! business time, which is the same in every deployment; a development build can move it forward
//! (feature `dev-clock`), so that a test need not wait a day to see an order expire.

use std::time::Duration;

use checkout::time::{Seconds, UnixSeconds};
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::JsCast as _;
use web_sys::Crypto;
use worker::{Date, Delay, Env};

use crate::ports::{self, NoChance};

/// The world as one event of the runtime sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct World {
    /// How far business time is ahead of the wall.
    ahead: Seconds,
}

impl World {
    /// Looks at the clocks. In a deployed build there is only one, and this asks nobody.
    #[cfg(not(feature = "dev-clock"))]
    pub(crate) async fn enter(_env: &Env) -> Self {
        Self { ahead: Seconds(0) }
    }

    /// Looks at the clocks.
    #[cfg(feature = "dev-clock")]
    pub(crate) async fn enter(env: &Env) -> Self {
        Self { ahead: super::clock::offset(env).await }
    }
}

impl ports::World for World {
    fn now(&self) -> UnixSeconds {
        wall() + self.ahead
    }

    fn wall(&self) -> UnixSeconds {
        wall()
    }

    fn chance(&self) -> Result<[u8; 16], NoChance> {
        chance()
    }

    async fn pause(&self, span_ms: u32) {
        pause(span_ms).await;
    }
}

/// Sixteen bytes from the runtime's generator.
pub(crate) fn chance() -> Result<[u8; 16], NoChance> {
    let drawn = Uint8Array::new_with_length(16);
    let crypto = crypto().ok_or(NoChance)?;
    crypto.get_random_values_with_js_u8_array(&drawn).map_err(|_| NoChance)?;
    let mut bytes = [0; 16];
    drawn.copy_to(&mut bytes);
    Ok(bytes)
}

/// Lets `span_ms` pass, and others run.
pub(crate) async fn pause(span_ms: u32) {
    Delay::from(Duration::from_millis(u64::from(span_ms))).await;
}

/// The time on the wall.
pub(crate) fn wall() -> UnixSeconds {
    UnixSeconds(i64::try_from(wall_ms() / 1_000).unwrap_or(i64::MAX))
}

/// The same in milliseconds since 1970: for what is left of a deadline.
pub(crate) fn wall_ms() -> u64 {
    Date::now().as_millis()
}

/// The runtime's `crypto`. The global object is no window, so it is asked by name.
pub(crate) fn crypto() -> Option<Crypto> {
    let crypto = Reflect::get(&js_sys::global(), &"crypto".into()).ok()?;
    // Its constructor has this name in workerd too, but `instanceof` would tie us to that.
    crypto.is_object().then(|| crypto.unchecked_into())
}
