//! Short links and what they stand for (protocol reference D.10).
//!
//! The same long link gives the same short one, so that asking again costs nothing. The newest ten
//! thousand are known; a shop that prints more codes than that is no test any more.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;

use sha2::{Digest, Sha256};

use crate::ledger::registry::locked;

/// What every short link begins with.
pub const STEM: &str = "weixin://wxpay/s/";
/// So many are known.
pub const KNOWN_MAX: u64 = 10_000;
/// How long the rest is.
const CODE_CHARS: usize = 7;

const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// All of them.
#[derive(Default)]
pub struct ShortLinks(Mutex<Known>);

#[derive(Default)]
struct Known {
    long: HashMap<String, String>,
    /// The oldest first.
    codes: VecDeque<String>,
}

/// What stands behind the stem for a long link.
pub fn code_of(long_url: &str) -> String {
    let digest = Sha256::digest(long_url);
    let letter = |byte: &u8| LETTERS.get(usize::from(*byte) % LETTERS.len()).copied();
    digest.iter().take(CODE_CHARS).filter_map(letter).map(char::from).collect()
}

impl ShortLinks {
    /// Keeps a link; whether it is a new one.
    pub fn keep(&self, code: &str, long_url: &str) -> bool {
        let mut known = locked(&self.0);
        if known.long.insert(code.to_owned(), long_url.to_owned()).is_some() {
            return false;
        }
        known.codes.push_back(code.to_owned());
        if u64::try_from(known.codes.len()).is_ok_and(|count| count > KNOWN_MAX) {
            let oldest = known.codes.pop_front();
            oldest.and_then(|oldest| known.long.remove(&oldest));
        }
        true
    }

    /// What a short link stands for.
    pub fn long(&self, short_url: &str) -> Option<String> {
        locked(&self.0).long.get(short_url.strip_prefix(STEM)?).cloned()
    }

    /// Forgets them all.
    pub fn clear(&self) {
        *locked(&self.0) = Known::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_back_and_the_oldest_is_forgotten() {
        let links = ShortLinks::default();
        let long = |number: u64| format!("weixin://wxpay/bizpayurl?product_id={number}");
        for number in 0..=KNOWN_MAX {
            assert!(links.keep(&code_of(&long(number)), &long(number)), "{number}");
        }
        let short = |number| format!("{STEM}{}", code_of(&long(number)));
        assert_eq!(short(1).len(), STEM.len() + CODE_CHARS);
        assert_eq!(links.long(&short(0)), None);
        assert_eq!(links.long(&short(1)), Some(long(1)));
        assert!(!links.keep(&code_of(&long(1)), &long(1)));
        links.clear();
        assert_eq!(links.long(&short(1)), None);
    }
}
