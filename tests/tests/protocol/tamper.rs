//! One thing changed: what a forger, a proxy or bad luck does to a signed message.

use std::collections::BTreeMap;

use checkout::time::UnixSeconds;
use wechatpay::http::Headers;

pub(crate) type HeaderMap = BTreeMap<String, String>;

/// `bytes` with one bit of the byte at `at` turned over; which bit depends on the place, so that
/// over a whole message every bit of a byte gets its turn.
pub(crate) fn flip(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    changed[at] ^= 1 << (at % 8);
    changed
}

/// `text` with the lowest bit of the character at `at` turned over: always printable ASCII.
pub(crate) fn flip_text(text: &str, at: usize) -> String {
    let mut changed = text.as_bytes().to_vec();
    changed[at] ^= 1;
    String::from_utf8(changed).unwrap()
}

pub(crate) fn headers(map: &HeaderMap) -> Headers {
    map.clone().into_iter().collect()
}

/// The same headers with one of them changed.
#[track_caller]
pub(crate) fn with(map: &HeaderMap, name: &str, value: &str) -> Headers {
    let mut map = map.clone();
    assert!(map.insert(name.to_owned(), value.to_owned()).is_some(), "no {name} to change");
    headers(&map)
}

/// The same headers without one of them.
#[track_caller]
pub(crate) fn without(map: &HeaderMap, name: &str) -> Headers {
    let mut map = map.clone();
    assert!(map.remove(name).is_some(), "no {name} to remove");
    headers(&map)
}

/// The moment at which a message was signed.
pub(crate) fn signed_at(map: &HeaderMap) -> UnixSeconds {
    UnixSeconds(map["Wechatpay-Timestamp"].parse().unwrap())
}
