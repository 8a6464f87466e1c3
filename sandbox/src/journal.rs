//! Every request that a merchant made, and what became of it: the newest thousand, in memory.
//!
//! A ring of slots, each with a lock of its own, so that writing one entry never waits for another
//! or for a reader. [`keep`] writes entries as calls go by; [`why`] says in a developer's words what
//! a refused call should have been, and [`paths`] what an unknown path may have been meant for.

pub mod keep;
pub mod known;
mod paths;
pub mod why;
mod words;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::http::HeaderMap;

use crate::diagnosis::Diagnosis;
use crate::fault::{Kind, Route};

/// So many entries are kept.
pub const ENTRIES_MAX: u64 = 1_000;
/// Of a body, so many bytes are kept.
pub const BODY_BYTES_MAX: usize = 16 * 1_024;
/// Of a header's value, so many bytes are kept.
const HEADER_BYTES_MAX: usize = 4 * 1_024;
/// Of a message's headers, so many are kept, as long as there is room for them.
const HEADERS_MAX: usize = 64;
/// Of all of a message's headers, so many bytes are kept: a thousand entries stay in memory.
const HEADERS_BYTES_MAX: usize = 16 * 1_024;
/// Of a target, so many bytes are kept: as many as a server reads of one line.
const TARGET_BYTES_MAX: usize = 16 * 1_024;

/// One side of an exchange, cut to size.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Side {
    /// In the order of their coming, with lower-case names.
    pub headers: Vec<(String, String)>,
    /// The first bytes of the body.
    pub body: Vec<u8>,
    /// How long all of it was.
    pub body_bytes: usize,
}

/// What the merchant was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Headers and body.
    pub side: Side,
}

/// A refusal, explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The HTTP status.
    pub status: u16,
    /// The platform's code; an answer without a body has none.
    pub code: Option<String>,
    /// Which field it is about: a JSON pointer into the body, or a parameter's name.
    pub field: Option<String>,
    /// What to mend, in English.
    pub why: String,
    /// What was found about the signature, if it is about that.
    pub signature: Option<Diagnosis>,
}

/// One exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Counts entries, from one.
    pub id: u64,
    /// When the request came, on the business clock.
    pub at: i64,
    /// As sent.
    pub method: String,
    /// Path and query, byte for byte.
    pub target: String,
    /// Which call it was; none for unknown paths.
    pub route: Option<Route>,
    /// Who it says that it is.
    pub mchid: Option<String>,
    /// The order that it is about, if that can be told.
    pub out_trade_no: Option<String>,
    /// What the merchant sent.
    pub request: Side,
    /// What it got; nothing if the connection was closed instead.
    pub reply: Option<Reply>,
    /// What the sandbox was told to do wrong.
    pub fault: Option<Kind>,
    /// Why it was refused, if it was.
    pub refusal: Option<Refused>,
}

type Slot = Mutex<Option<Arc<Entry>>>;

/// The ring.
pub struct Journal {
    slots: Box<[Slot]>,
    count: AtomicU64,
}

impl Default for Journal {
    fn default() -> Self {
        let slots = (0..ENTRIES_MAX).map(|_| Slot::default()).collect();
        Self { slots, count: AtomicU64::new(0) }
    }
}

impl Journal {
    /// Keeps an entry, gives it its number, and forgets the one that was there a round before.
    pub fn write(&self, mut entry: Entry) -> u64 {
        let id = self.count.fetch_add(1, Ordering::AcqRel) + 1;
        entry.id = id;
        if let Some(mut slot) = self.slot(id) {
            // A writer that was overtaken by a whole round comes too late.
            if slot.as_ref().is_none_or(|kept| kept.id < id) {
                *slot = Some(Arc::new(entry));
            }
        }
        id
    }

    /// One entry, if it is still there.
    pub fn one(&self, id: u64) -> Option<Arc<Entry>> {
        self.slot(id)?.as_ref().filter(|entry| entry.id == id).map(Arc::clone)
    }

    /// All entries, newest first.
    pub fn newest_first(&self) -> impl Iterator<Item = Arc<Entry>> {
        let last = self.count.load(Ordering::Acquire);
        (last.saturating_sub(ENTRIES_MAX) + 1..=last).rev().filter_map(|id| self.one(id))
    }

    /// Forgets them all; numbers go on counting.
    pub fn clear(&self) {
        for slot in &self.slots {
            *lock(slot) = None;
        }
    }

    fn slot(&self, id: u64) -> Option<MutexGuard<'_, Option<Arc<Entry>>>> {
        let index = usize::try_from(id % ENTRIES_MAX).ok()?;
        self.slots.get(index).map(lock)
    }
}

fn lock(slot: &Slot) -> MutexGuard<'_, Option<Arc<Entry>>> {
    // Nobody panics with a slot in hand; were it so, what is in it is still whole.
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Side {
    /// Copies what is kept, so that no buffer of a connection stays alive for it.
    pub fn of(headers: &HeaderMap, body: &Bytes) -> Self {
        Self {
            headers: headers_within(HEADERS_BYTES_MAX, headers),
            body: cut(body, BODY_BYTES_MAX).to_vec(),
            body_bytes: body.len(),
        }
    }

    /// The first header of this name, which must be in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The first headers that fit into so many bytes.
pub fn headers_within(mut room: usize, headers: &HeaderMap) -> Vec<(String, String)> {
    let kept = headers.iter().take(HEADERS_MAX).map_while(|(name, value)| {
        let value = cut(value.as_bytes(), HEADER_BYTES_MAX);
        room = room.checked_sub(name.as_str().len() + value.len())?;
        Some((name.as_str().to_owned(), text(value)))
    });
    kept.collect()
}

/// The first `max` bytes.
pub fn cut(bytes: &[u8], max: usize) -> &[u8] {
    bytes.get(..max).unwrap_or(bytes)
}

/// Bytes as text; what is not UTF-8 becomes U+FFFD.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn entry(target: &str) -> Entry {
        Entry {
            id: 0,
            at: 0,
            method: "GET".into(),
            target: target.into(),
            route: None,
            mchid: None,
            out_trade_no: None,
            request: Side::default(),
            reply: None,
            fault: None,
            refusal: None,
        }
    }

    #[test]
    fn the_newest_thousand_are_kept() {
        let journal = Journal::default();
        for number in 1..=ENTRIES_MAX + 5 {
            assert_eq!(journal.write(entry(&number.to_string())), number);
        }
        let ids: Vec<u64> = journal.newest_first().map(|entry| entry.id).collect();
        assert_eq!(ids.first(), Some(&(ENTRIES_MAX + 5)));
        assert_eq!(ids.last(), Some(&6));
        assert_eq!(ids.len(), 1_000);
        assert_eq!(journal.one(5), None);
        assert_eq!(journal.one(6).unwrap().target, "6");
        journal.clear();
        assert_eq!(journal.newest_first().count(), 0);
        assert_eq!(journal.write(entry("next")), ENTRIES_MAX + 6);
    }

    #[test]
    fn many_writers_lose_nothing() {
        let journal = Journal::default();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..200).map(|_| journal.write(entry("x"))).max());
            }
        });
        let ids: Vec<u64> = journal.newest_first().map(|entry| entry.id).collect();
        assert_eq!(ids, (1..=800).rev().collect::<Vec<_>>());
    }

    #[test]
    fn what_is_kept_is_cut() {
        let mut headers = HeaderMap::new();
        headers.insert("long", "x".repeat(9_000).parse().unwrap());
        for number in 0..100 {
            headers.append("many", number.into());
        }
        let side = Side::of(&headers, &Bytes::from(vec![b'y'; 20_000]));
        assert_eq!(side.header("long").unwrap().len(), 4_096);
        assert_eq!((side.headers.len(), side.body.len(), side.body_bytes), (64, 16_384, 20_000));
        let mut headers = HeaderMap::new();
        for _ in 0..64 {
            headers.append("long", "x".repeat(4_000).parse().unwrap());
        }
        assert_eq!(Side::of(&headers, &Bytes::new()).headers.len(), 4);
    }
}
