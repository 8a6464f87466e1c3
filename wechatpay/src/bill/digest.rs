//! Is a file the platform's? Its signed answer names a SHA-1, and the file agrees or is nobody's.
//!
//! SHA-1 is what the platform gives, over the uncompressed bytes (protocol reference B.9). Its
//! known weakness needs somebody who makes both files; a forger of the download has to meet a digest
//! that the platform made, which SHA-1 still withstands.

use core::fmt;

use sha1::{Digest as _, Sha1};

/// The SHA-1 of a file, as the platform named it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Sha1Hash([u8; 20]);

/// Hashes a file as it comes.
#[derive(Clone, Default)]
pub struct Digest(Sha1);

impl Sha1Hash {
    /// Reads 40 hexadecimal digits.
    pub fn parse(hex: &str) -> Option<Self> {
        let digits: Vec<u8> = hex.chars().map(nibble).collect::<Option<_>>()?;
        let (pairs, []) = digits.as_chunks::<2>() else { return None };
        let bytes: Vec<u8> = pairs.iter().map(|[high, low]| high << 4 | low).collect();
        bytes.try_into().ok().map(Self)
    }

    /// What another implementation of SHA-1 found, such as the runtime's own.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl Digest {
    /// Takes the next bytes of the uncompressed file.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all that was fed.
    pub fn finish(self) -> Sha1Hash {
        Sha1Hash(self.0.finalize().into())
    }
}

fn nibble(digit: char) -> Option<u8> {
    digit.to_digit(16).and_then(|value| u8::try_from(value).ok())
}

impl fmt::Debug for Sha1Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 180, the message `abc`.
    const ABC: &str = "a9993e364706816aba3e25717850c26c9cd0d89d";

    #[test]
    fn bytes_hash_the_same_in_any_pieces() {
        for pieces in [&["abc"][..], &["a", "b", "c"], &["", "ab", "", "c"]] {
            let mut digest = Digest::default();
            pieces.iter().for_each(|piece| digest.feed(piece.as_bytes()));
            assert_eq!(Some(digest.finish()), Sha1Hash::parse(ABC));
        }
        assert_ne!(Some(Digest::default().finish()), Sha1Hash::parse(ABC));
    }

    #[test]
    fn a_hash_is_forty_digits_of_either_case() {
        let hash = Sha1Hash::parse(ABC).unwrap();
        assert_eq!(format!("{hash:?}"), ABC);
        assert_eq!(Sha1Hash::parse(&ABC.to_uppercase()), Some(hash));
        let others = ["", &ABC[1..], &ABC[2..], &format!("{ABC}00"), &ABC.replace('a', "g")];
        for other in others {
            assert_eq!(Sha1Hash::parse(other), None, "{other}");
        }
        assert_eq!(Sha1Hash::parse(&"０".repeat(40)), None);
        assert_eq!(Sha1Hash::from_bytes(&[0; 19]), None);
        assert_eq!(Sha1Hash::from_bytes(&hash.0), Some(hash));
    }
}
