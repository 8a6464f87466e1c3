//! Days worth keeping: seeds that once broke a promise, each under the name of what it taught.
//!
//! A seed is a day only as long as nobody changes what is drawn, and in which order. When the world
//! changes, such a day becomes another one, and the story has to be told by a test of its own, with
//! names and numbers; until then it is the cheapest test there is.

/// Seeds and what each of them taught.
pub const KEPT: &[(u64, &str)] = &[
    (561, "an order that the platform never had ends, whichever way it answers a close"),
    (217_987, "an answer of the index that is lost may have been a yes"),
];

#[cfg(test)]
mod tests {
    use super::KEPT;
    use crate::run::{day, replay};

    #[test]
    fn what_went_wrong_once_stays_mended() {
        for (seed, taught) in KEPT {
            let breach = day(*seed, None, false).breach;
            assert!(breach.is_none(), "{taught}: {breach:?}\n  {}", replay(*seed, None));
        }
    }

    #[test]
    fn a_day_is_the_same_day_every_time() {
        for seed in 0..5 {
            let (first, second) =
                (day(seed, None, false).coverage, day(seed, None, false).coverage);
            assert_eq!(first.steps, second.steps, "{seed}");
            assert_eq!(first.faults, second.faults, "{seed}");
            assert_eq!(first.cells, second.cells, "{seed}");
        }
    }
}
