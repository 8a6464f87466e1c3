//! How many requests wait at one checkout for something new.
//!
//! A waiting request whose caller has gone is never heard of again: the runtime drops it without a
//! word. So a place is not only given back, it also ends by itself when the wait would have ended.

use core::cell::RefCell;

use checkout::time::{Seconds, UnixSeconds};

/// Waiting requests of one checkout. A shopper has one or two pages, each with one request.
const WAITS_MAX: usize = 32;

/// The requests that wait, in this object's memory: an object that was evicted has none.
#[derive(Debug, Default)]
pub struct Waits {
    ends: RefCell<Vec<UnixSeconds>>,
}

impl Waits {
    /// Lets one more wait for at most `wait_s`, unless there are too many. The answer is what
    /// [`Waits::leave`] gives back.
    pub fn enter(&self, now: UnixSeconds, wait_s: u32) -> Option<UnixSeconds> {
        let mut ends = self.ends.borrow_mut();
        ends.retain(|end| *end > now);
        if ends.len() >= WAITS_MAX {
            return None;
        }
        let end = now + Seconds(i64::from(wait_s));
        ends.push(end);
        Some(end)
    }

    /// One that was let in has its answer.
    pub fn leave(&self, end: UnixSeconds) {
        let mut ends = self.ends.borrow_mut();
        if let Some(place) = ends.iter().position(|known| *known == end) {
            ends.swap_remove(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixSeconds = UnixSeconds(1_735_700_000);

    #[test]
    fn so_many_may_wait_and_whoever_leaves_makes_room() {
        let waits = Waits::default();
        let ends: Vec<_> = (0..32).filter_map(|_| waits.enter(NOW, 25)).collect();
        assert_eq!(ends.len(), 32);
        assert_eq!(waits.enter(NOW, 25), None);
        waits.leave(ends[0]);
        assert_eq!(waits.enter(NOW, 25), Some(UnixSeconds(NOW.0 + 25)));
        assert_eq!(waits.enter(NOW, 25), None);
    }

    #[test]
    fn who_went_without_a_word_makes_room_when_the_wait_is_over() {
        let waits = Waits::default();
        for _ in 0..32 {
            waits.enter(NOW, 25);
        }
        assert_eq!(waits.enter(UnixSeconds(NOW.0 + 24), 25), None);
        assert!(waits.enter(UnixSeconds(NOW.0 + 25), 25).is_some());
    }
}
