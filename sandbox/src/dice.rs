//! Chance, from the operating system. The only place that draws it.

use rsa::rand_core::{OsRng, RngCore};

const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// `N` random bytes.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    OsRng.fill_bytes(&mut bytes);
    bytes
}

/// `count` decimal digits, the first one not zero.
pub fn digits(count: usize) -> String {
    let mut drawn = drawn_from(b"0123456789", count);
    if drawn.starts_with('0') {
        drawn.replace_range(..1, "7");
    }
    drawn
}

/// `count` digits and letters of both cases.
pub fn letters(count: usize) -> String {
    drawn_from(LETTERS, count)
}

/// `count` upper-case hexadecimal digits.
pub fn hex(count: usize) -> String {
    drawn_from(b"0123456789ABCDEF", count)
}

/// A random UUID (RFC 9562, version 4).
pub fn uuid() -> String {
    let drawn = u128::from_be_bytes(bytes()) & !(0xf000_u128 << 64 | 0xc000_u128 << 48)
        | 0x4000_u128 << 64
        | 0x8000_u128 << 48;
    let hex = format!("{drawn:032x}");
    let part = |from, to| hex.get(from..to).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

fn drawn_from(alphabet: &[u8], count: usize) -> String {
    // A byte beyond the last whole round of the alphabet is drawn again: no letter is likelier.
    let rounds_end = 256 / alphabet.len() * alphabet.len();
    let mut text = String::with_capacity(count);
    while text.len() < count {
        // Many at a time: each draw is a question to the operating system.
        let drawn = bytes::<64>().map(usize::from);
        let even = drawn.iter().filter(|byte| **byte < rounds_end);
        let letters = even.filter_map(|byte| alphabet.get(byte % alphabet.len()));
        text.extend(letters.take(count - text.len()).map(|&letter| char::from(letter)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_says_that_it_is_random() {
        let uuid = uuid();
        assert_eq!(uuid.len(), 36);
        assert_eq!(uuid.as_bytes()[14], b'4');
        assert!(b"89ab".contains(&uuid.as_bytes()[19]), "{uuid}");
    }

    #[test]
    fn every_letter_is_drawn_and_texts_are_as_long_as_asked() {
        for count in [0, 1, 63, 64, 65, 10_000] {
            assert_eq!((letters(count).len(), hex(count).len()), (count, count));
        }
        let drawn: std::collections::HashSet<u8> =
            letters(10_000).into_bytes().into_iter().collect();
        assert_eq!(drawn.len(), LETTERS.len());
    }

    #[test]
    fn numbers_do_not_begin_with_zero() {
        assert!((0..200).map(|_| digits(3)).all(|number| !number.starts_with('0')));
    }
}
