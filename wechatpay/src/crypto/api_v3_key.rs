//! The merchant's symmetric key, which opens what the platform seals: notifications and platform
//! certificates (protocol reference A.7).
//!
//! While a merchant replaces it, there are two: the platform switches at a moment that we do not
//! learn, and repeats of older notifications may still come under the older key.

use core::fmt;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Key, Nonce};
use zeroize::Zeroizing;

use crate::key::BadKey;

/// Bytes of the APIv3 key (protocol reference A.7).
const KEY_BYTES: usize = 32;
/// Bytes of a nonce. GCM would take others; the platform's are twelve, and a length that is not
/// checked is a panic in several libraries.
pub const NONCE_BYTES: usize = 12;
/// Bytes of the authentication tag, which follows the ciphertext.
pub const TAG_BYTES: usize = 16;

/// The merchant's symmetric key for notifications and certificates: the 32 ASCII characters
/// themselves, neither decoded nor hashed. Wiped when dropped, never printed.
#[derive(Clone)]
pub struct ApiV3Key(Zeroizing<[u8; KEY_BYTES]>);

/// Why sealed bytes do not open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unsealable {
    /// Sealed by an algorithm that we do not have.
    UnknownAlgorithm(String),
    /// The nonce is not of twelve bytes.
    BadNonce {
        /// But of this many.
        bytes: usize,
    },
    /// The ciphertext is not base64.
    BadBase64,
    /// Fewer bytes than the tag alone has.
    TooShort {
        /// This many.
        bytes: usize,
    },
    /// The tag disagrees: another key, nonce or associated data, or a changed ciphertext.
    BadTag,
}

impl fmt::Display for Unsealable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownAlgorithm(_) => f.write_str("sealed by an unknown algorithm"),
            Self::BadNonce { bytes } => write!(f, "a nonce has 12 bytes, this one {bytes}"),
            Self::BadBase64 => f.write_str("the ciphertext is not base64"),
            Self::TooShort { bytes } => write!(f, "{bytes} bytes are too few to hold a tag"),
            Self::BadTag => f.write_str("the authentication tag disagrees"),
        }
    }
}

impl core::error::Error for Unsealable {}

impl ApiV3Key {
    /// Takes the key as the merchant platform shows it: 32 letters and digits (protocol reference
    /// E.1). White space around it, such as a last newline, is not part of it.
    pub fn parse(text: &str) -> Result<Self, BadKey> {
        let text = text.trim().as_bytes();
        let key = <[u8; KEY_BYTES]>::try_from(text)
            .map_err(|_| BadKey::ApiV3KeyLength { bytes: text.len() })?;
        if key.iter().all(u8::is_ascii_alphanumeric) {
            Ok(Self(Zeroizing::new(key)))
        } else {
            Err(BadKey::ApiV3KeyCharacters)
        }
    }

    /// Opens AES-256-GCM: `sealed` is the ciphertext followed by its tag.
    pub fn open(
        &self,
        nonce: &[u8],
        associated_data: &[u8],
        sealed: &[u8],
    ) -> Result<Vec<u8>, Unsealable> {
        if nonce.len() != NONCE_BYTES {
            return Err(Unsealable::BadNonce { bytes: nonce.len() });
        }
        if sealed.len() < TAG_BYTES {
            return Err(Unsealable::TooShort { bytes: sealed.len() });
        }
        self.cipher()
            .decrypt(Nonce::from_slice(nonce), Payload { msg: sealed, aad: associated_data })
            .map_err(|_| Unsealable::BadTag)
    }

    pub(crate) fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new(Key::<Aes256Gcm>::from_slice(self.0.as_slice()))
    }
}

impl fmt::Debug for ApiV3Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiV3Key(secret)")
    }
}

/// The APIv3 keys that are valid now: one, or two while one replaces the other. Which of them the
/// platform seals with is its secret, so opening tries each.
#[derive(Clone, Debug)]
pub struct ApiV3Keys {
    first: ApiV3Key,
    second: Option<ApiV3Key>,
}

impl ApiV3Keys {
    /// Takes one key, or two with white space between them.
    pub fn parse(text: &str) -> Result<Self, BadKey> {
        let mut words = text.split_ascii_whitespace();
        let first = ApiV3Key::parse(words.next().unwrap_or_default())?;
        let second = words.next().map(ApiV3Key::parse).transpose()?;
        match words.count() {
            0 => Ok(Self { first, second }),
            more => Err(BadKey::ApiV3KeyCount { keys: more.saturating_add(2) }),
        }
    }

    /// Opens AES-256-GCM with whichever key it was sealed with.
    pub fn open(
        &self,
        nonce: &[u8],
        associated_data: &[u8],
        sealed: &[u8],
    ) -> Result<Vec<u8>, Unsealable> {
        match (self.first.open(nonce, associated_data, sealed), &self.second) {
            (Err(Unsealable::BadTag), Some(second)) => second.open(nonce, associated_data, sealed),
            (opened, _) => opened,
        }
    }
}

impl From<ApiV3Key> for ApiV3Keys {
    fn from(only: ApiV3Key) -> Self {
        Self { first: only, second: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "0123456789abcdefghijklmnopqrstuv";

    #[test]
    fn a_key_has_thirty_two_letters_and_digits() {
        assert!(ApiV3Key::parse(KEY).is_ok());
        assert!(ApiV3Key::parse(&format!("{KEY}\r\n")).is_ok());
        let refused = |text: &str| ApiV3Key::parse(text).err();
        assert_eq!(refused(""), Some(BadKey::ApiV3KeyLength { bytes: 0 }));
        assert_eq!(refused("testAPIv3Key0000"), Some(BadKey::ApiV3KeyLength { bytes: 16 }));
        assert_eq!(refused(&format!("{KEY}w")), Some(BadKey::ApiV3KeyLength { bytes: 33 }));
        assert_eq!(refused(&KEY.replace('0', "-")), Some(BadKey::ApiV3KeyCharacters));
    }

    #[test]
    fn a_key_does_not_show_itself() {
        let key = ApiV3Key::parse(KEY).unwrap();
        assert_eq!(format!("{key:?}"), "ApiV3Key(secret)");
    }

    #[test]
    fn there_are_one_or_two_keys() {
        let other = KEY.replace('0', "9");
        assert!(ApiV3Keys::parse(KEY).is_ok());
        assert!(ApiV3Keys::parse(&format!(" {KEY}\n{other} ")).is_ok());
        let refused = |text: &str| ApiV3Keys::parse(text).err();
        assert_eq!(refused(""), Some(BadKey::ApiV3KeyLength { bytes: 0 }));
        let short = format!("{KEY} short");
        assert_eq!(refused(&short), Some(BadKey::ApiV3KeyLength { bytes: 5 }));
        let three = [KEY, &other, KEY].join(" ");
        assert_eq!(refused(&three), Some(BadKey::ApiV3KeyCount { keys: 3 }));
    }

    #[test]
    fn lengths_are_checked_before_opening() {
        let key = ApiV3Key::parse(KEY).unwrap();
        assert_eq!(key.open(&[0; 16], b"", &[0; 16]), Err(Unsealable::BadNonce { bytes: 16 }));
        assert_eq!(key.open(&[0; 12], b"", &[0; 15]), Err(Unsealable::TooShort { bytes: 15 }));
        assert_eq!(key.open(&[0; 12], b"", &[0; 16]), Err(Unsealable::BadTag));
    }
}
