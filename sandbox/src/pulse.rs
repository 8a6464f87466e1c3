//! Counts changes, and wakes whoever watches.
//!
//! Whoever changes something that the console shows calls [`Pulse::beat`], which costs one addition
//! while nobody watches. A listener asks for the count, waits until it is another one, and looks.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use tokio::sync::Notify;

/// So many may watch at once: each is a socket that stays open.
pub const LISTENERS_MAX: usize = 32;

/// The count of all changes so far.
#[derive(Default)]
pub struct Pulse {
    revision: AtomicU64,
    beats: Notify,
    listeners: AtomicUsize,
    ended: AtomicBool,
}

/// Somebody who watches; their place is free again when this is dropped.
pub struct Listener<'a>(&'a Pulse);

impl Pulse {
    /// Something is different now.
    pub fn beat(&self) {
        self.revision.fetch_add(1, Ordering::Release);
        self.beats.notify_waiters();
    }

    /// How many changes there were.
    pub fn revision(&self) -> u64 {
        self.revision.load(Ordering::Acquire)
    }

    /// Whether there is a place left. Whoever sits down may still find it taken.
    pub fn has_room(&self) -> bool {
        self.listeners.load(Ordering::Acquire) < LISTENERS_MAX
    }

    /// A place to watch from; `None` if all are taken.
    pub fn listen(&self) -> Option<Listener<'_>> {
        let taken = self.listeners.fetch_update(Ordering::AcqRel, Ordering::Acquire, |count| {
            (count < LISTENERS_MAX).then_some(count + 1)
        });
        taken.ok().map(|_| Listener(self))
    }

    /// Nothing more will come: lets everybody who watches go.
    pub fn end(&self) {
        self.ended.store(true, Ordering::Release);
        self.beats.notify_waiters();
    }
}

impl Listener<'_> {
    /// Waits for another count than `seen`; `None` at the end.
    pub async fn after(&self, seen: u64) -> Option<u64> {
        loop {
            // Made before the look, so that a beat right after the look is not missed.
            let beat = self.0.beats.notified();
            if self.0.ended.load(Ordering::Acquire) {
                return None;
            }
            let revision = self.0.revision();
            if revision != seen {
                return Some(revision);
            }
            beat.await;
        }
    }
}

impl Drop for Listener<'_> {
    fn drop(&mut self) {
        self.0.listeners.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test]
    async fn a_beat_wakes_everybody_and_the_end_lets_them_go() {
        let pulse = Arc::new(Pulse::default());
        let watch = |seen| {
            let pulse = Arc::clone(&pulse);
            tokio::spawn(async move { pulse.listen().unwrap().after(seen).await })
        };
        let (one, other) = (watch(0), watch(0));
        tokio::task::yield_now().await;
        pulse.beat();
        assert_eq!((one.await.unwrap(), other.await.unwrap()), (Some(1), Some(1)));
        assert_eq!(watch(0).await.unwrap(), Some(1), "what has changed already is not waited for");
        let late = watch(1);
        tokio::task::yield_now().await;
        pulse.end();
        assert_eq!(late.await.unwrap(), None);
    }

    #[test]
    fn places_are_few_and_free_again() {
        let pulse = Pulse::default();
        let places: Vec<_> = (0..LISTENERS_MAX).map(|_| pulse.listen().unwrap()).collect();
        assert!(pulse.listen().is_none());
        drop(places);
        assert!(pulse.listen().is_some());
    }
}
