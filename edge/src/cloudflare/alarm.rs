//! An object's one timer.

use checkout::time::UnixSeconds;
use js_sys::Date;
use wasm_bindgen::JsValue;
use worker::{Result, ScheduledTime, Storage};

/// Wakes the object at `at`, by the wall clock; a moment that has passed means now. Replaces the
/// timer that is set. Happens at the first poll, in one commit with what was written before.
pub(crate) async fn set(storage: &Storage, at: UnixSeconds) -> Result<()> {
    // A plain number would be taken for an offset from now.
    let date = Date::new(&JsValue::from(1_000.0 * seconds(at)));
    storage.set_alarm(ScheduledTime::new(date)).await
}

/// JavaScript's one kind of number. Exact up to 2^53, 285 million years from now.
#[expect(clippy::as_conversions, reason = "no `From` leads from i64 to f64")]
fn seconds(at: UnixSeconds) -> f64 {
    at.0 as f64
}
