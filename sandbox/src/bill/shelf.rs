//! Files that wait to be fetched: for one merchant, and not for long (protocol reference B.9).
//!
//! Lives by the wall clock, as a download does. Not kept on disk: an address that is lost is asked
//! for again.

use std::collections::HashMap;

use axum::body::Bytes;

/// How long an address lives unless told otherwise: the shorter of the published times (I.3).
pub const URL_LIFE_S: u32 = 30;

/// So many files wait at most; the one that expires first makes room.
const FILES_MAX: usize = 64;

/// The files.
#[derive(Default)]
pub struct Shelf {
    files: HashMap<String, File>,
}

struct File {
    mchid: String,
    content: Bytes,
    expires_at: i64,
}

/// Why a file cannot be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotThere {
    /// The address has expired or never was.
    Gone,
    /// The file is another merchant's.
    Foreign,
}

impl Shelf {
    /// Puts a file under a token for a merchant, until a moment.
    pub fn put(&mut self, token: String, (mchid, content): (&str, Bytes), until: i64, now: i64) {
        self.files.retain(|_, file| now < file.expires_at);
        if self.files.len() >= FILES_MAX {
            let first = self.files.iter().min_by_key(|(_, file)| file.expires_at);
            if let Some(first) = first.map(|(token, _)| token.clone()) {
                self.files.remove(&first);
            }
        }
        let mchid = mchid.to_owned();
        self.files.insert(token, File { mchid, content, expires_at: until });
    }

    /// The merchant's file under a token; any number of times while it lives.
    pub fn fetch(&self, token: &str, mchid: &str, now: i64) -> Result<Bytes, NotThere> {
        let file = self.files.get(token).filter(|file| now < file.expires_at);
        let file = file.ok_or(NotThere::Gone)?;
        if file.mchid == mchid { Ok(file.content.clone()) } else { Err(NotThere::Foreign) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_its_merchants_until_it_expires() {
        let mut shelf = Shelf::default();
        shelf.put("t".into(), ("1", Bytes::from_static(b"x")), 30, 0);
        assert_eq!(shelf.fetch("t", "1", 29), Ok(Bytes::from_static(b"x")));
        assert_eq!(shelf.fetch("t", "2", 29), Err(NotThere::Foreign));
        assert_eq!(shelf.fetch("t", "1", 30), Err(NotThere::Gone));
        assert_eq!(shelf.fetch("t", "2", 30), Err(NotThere::Gone));
        assert_eq!(shelf.fetch("u", "1", 0), Err(NotThere::Gone));
    }

    #[test]
    fn the_first_to_expire_makes_room() {
        let mut shelf = Shelf::default();
        for n in 0..=64 {
            shelf.put(n.to_string(), ("1", Bytes::new()), 100 + n, 0);
        }
        assert_eq!(shelf.fetch("0", "1", 0), Err(NotThere::Gone));
        assert!((1..=64).all(|n| shelf.fetch(&n.to_string(), "1", 0).is_ok()));
    }
}
