//! Where a page of a list ended, so that the next begins right behind it: behind the row itself, not
//! behind its number, which new rows would move.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use checkout::id::CheckoutId;
use checkout::time::UnixSeconds;
use serde::{Deserialize, Serialize};

/// Characters of a cursor at most: a moment of up to 20, a dot, an id of 24, in base64.
const CURSOR_CHARS_MAX: usize = 60;

/// The last row of a page: when it was created, and the id that tells those of one second apart.
///
/// Its text is base64url of `1763700000.chk_…`. It opens nothing: whoever makes one up has asked for
/// another page of their own list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// When the row was created.
    pub at: UnixSeconds,
    /// Which one it is.
    pub id: CheckoutId,
}

impl Cursor {
    /// Reads what [`Cursor::text`] wrote; nothing else is one.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > CURSOR_CHARS_MAX {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (at, id) = core::str::from_utf8(&bytes).ok()?.split_once('.')?;
        let cursor = Self { at: UnixSeconds(at.parse().ok()?), id: CheckoutId::parse(id).ok()? };
        // One spelling each: `+1` and `01` would be read as numbers too.
        (cursor.text() == text).then_some(cursor)
    }

    /// As it travels.
    pub fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}.{}", self.at.0, self.id.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "chk_abcdefghijklmnopqrst";

    fn encoded(inside: &str) -> String {
        URL_SAFE_NO_PAD.encode(inside)
    }

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        for at in [0, 1_763_700_000, i64::MAX, -1] {
            let cursor = Cursor { at: UnixSeconds(at), id: CheckoutId::parse(ID).unwrap() };
            assert_eq!(Cursor::parse(&cursor.text()), Some(cursor));
        }
        let text = encoded("1763700000.chk_abcdefghijklmnopqrst");
        assert_eq!(Cursor::parse(&text).unwrap().at, UnixSeconds(1_763_700_000));
    }

    #[test]
    fn anything_else_is_none() {
        for inside in [
            "",
            ".",
            "1763700000",
            "1763700000.",
            "1763700000.chk_short",
            ".chk_abcdefghijklmnopqrst",
            "+1.chk_abcdefghijklmnopqrst",
            "01.chk_abcdefghijklmnopqrst",
            "1.5.chk_abcdefghijklmnopqrst",
            "1.chk_abcdefghijklmnopqrst ",
            "9223372036854775808.chk_abcdefghijklmnopqrst",
            "1.chk_abcdefghijklmnopqrst' OR 1=1 --",
        ] {
            assert_eq!(Cursor::parse(&encoded(inside)), None, "{inside}");
        }
        let good = encoded("1.chk_abcdefghijklmnopqrst");
        for text in ["", "!", "é", &format!("{good}="), &"a".repeat(100)] {
            assert_eq!(Cursor::parse(text), None, "{text}");
        }
    }
}
