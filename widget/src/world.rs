//! The clock and the dice of the page: the only place that asks for either.

use crate::held::window;
use crate::session::Now;

/// The time of the page's monotonic clock, and a byte of chance.
pub(crate) fn now() -> Now {
    let ms = window().and_then(|window| window.performance()).map(|clock| clock.now());
    let [chance] = chance();
    Now { ms: ms.and_then(whole).unwrap_or(0), chance }
}

/// Random bytes. Every browser that runs wasm has the generator.
pub(crate) fn chance<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if let Some(crypto) = window().and_then(|window| window.crypto().ok()) {
        let _ = crypto.get_random_values_with_u8_array(&mut bytes);
    }
    bytes
}

/// A JavaScript number as a whole one, cut off, if it can be.
#[expect(clippy::as_conversions, reason = "in range, and there is no other way from f64")]
pub(crate) fn whole(number: f64) -> Option<u64> {
    (0.0..=9_007_199_254_740_991.0).contains(&number).then_some(number as u64)
}

/// A whole number as JavaScript's; amounts and spans stay far below 2^53.
#[expect(clippy::as_conversions, reason = "exact below 2^53, and there is no other way to f64")]
pub(crate) const fn number(whole: u64) -> f64 {
    whole as f64
}
