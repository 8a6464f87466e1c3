//! The key that the merchant and the platform share (API密钥, protocol reference D.2, E.1), and the
//! two sums that are made with it.
//!
//! While a merchant replaces it, there are two: the platform switches at a moment that we do not
//! learn. What is said to us is believed under either; what we say is signed with the first, and
//! again with the second where the platform does not take that.

use core::fmt;

use hmac::{Hmac, Mac};
use md5::{Digest, Md5};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::key::BadKey;

/// Characters of the key (protocol reference E.1).
const KEY_BYTES: usize = 32;
/// Bytes of a block of SHA-256, which an HMAC key is filled up to with zeros (RFC 2104).
const BLOCK_BYTES: usize = 64;

/// How a message is signed, `sign_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignType {
    /// `MD5`: the platform's own default, and the only one of mode 1.
    Md5,
    /// `HMAC-SHA256`.
    HmacSha256,
}

impl SignType {
    /// Reads the platform's spelling.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "MD5" => Some(Self::Md5),
            "HMAC-SHA256" => Some(Self::HmacSha256),
            _ => None,
        }
    }

    /// The platform's spelling.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::HmacSha256 => "HMAC-SHA256",
        }
    }
}

/// The key: its 32 ASCII characters themselves. Wiped when dropped, never printed.
#[derive(Clone)]
pub struct ApiV2Key(Zeroizing<[u8; KEY_BYTES]>);

impl ApiV2Key {
    /// Takes the key as the merchant platform has it: 32 characters, of which the platform asks for
    /// letters and digits today and may have taken others before. White space around it, such as a
    /// last newline, is not part of it.
    pub fn parse(text: &str) -> Result<Self, BadKey> {
        let text = text.trim().as_bytes();
        let key = <[u8; KEY_BYTES]>::try_from(text)
            .map_err(|_| BadKey::ApiV2KeyLength { bytes: text.len() })?;
        if key.iter().all(u8::is_ascii_graphic) {
            Ok(Self(Zeroizing::new(key)))
        } else {
            Err(BadKey::ApiV2KeyCharacters)
        }
    }

    /// The sum over `message` and the key behind it, in upper-case hexadecimal digits. The HMAC is
    /// keyed by the same characters that end its message.
    pub(super) fn sum(&self, message: &str, sign_type: SignType) -> String {
        match sign_type {
            SignType::Md5 => {
                let mut sum = Md5::new();
                for part in self.behind(message) {
                    sum.update(part);
                }
                upper_hex(&sum.finalize())
            }
            SignType::HmacSha256 => {
                let mut sum = Hmac::<Sha256>::new((&*self.block()).into());
                for part in self.behind(message) {
                    sum.update(part);
                }
                upper_hex(&sum.finalize().into_bytes())
            }
        }
    }

    /// What seals a refund's notification: the lower-case hexadecimal digits of the key's MD5, as
    /// 32 ASCII characters (protocol reference D.8).
    pub fn sealing_key(&self) -> Zeroizing<[u8; KEY_BYTES]> {
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        let digits = Md5::digest(self.0.as_slice());
        let digits = digits.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        for (place, digit) in key.iter_mut().zip(digits) {
            *place = if digit < 10 { b'0' + digit } else { b'a' - 10 + digit };
        }
        key
    }

    /// `stringSignTemp` of the reference, in the pieces that it is joined from.
    fn behind<'a>(&'a self, message: &'a str) -> [&'a [u8]; 3] {
        [message.as_bytes(), b"&key=", self.0.as_slice()]
    }

    fn block(&self) -> Zeroizing<[u8; BLOCK_BYTES]> {
        let mut block = Zeroizing::new([0; BLOCK_BYTES]);
        for (place, byte) in block.iter_mut().zip(self.0.iter()) {
            *place = *byte;
        }
        block
    }
}

impl fmt::Debug for ApiV2Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiV2Key(secret)")
    }
}

/// The keys that are valid now: one, or two while one replaces the other.
#[derive(Clone, Debug)]
pub struct ApiV2Keys {
    first: ApiV2Key,
    second: Option<ApiV2Key>,
}

impl ApiV2Keys {
    /// Takes one key, or two with white space between them.
    pub fn parse(text: &str) -> Result<Self, BadKey> {
        let mut words = text.split_ascii_whitespace();
        let first = ApiV2Key::parse(words.next().unwrap_or_default())?;
        let second = words.next().map(ApiV2Key::parse).transpose()?;
        match words.count() {
            0 => Ok(Self { first, second }),
            more => Err(BadKey::ApiV2KeyCount { keys: more.saturating_add(2) }),
        }
    }

    /// The key that calls are signed with.
    pub const fn first(&self) -> &ApiV2Key {
        &self.first
    }

    /// The other one, where there are two.
    pub const fn second(&self) -> Option<&ApiV2Key> {
        self.second.as_ref()
    }

    /// The same two the other way round; `None` where there is one only.
    pub fn swapped(&self) -> Option<Self> {
        let second = self.second.clone()?;
        Some(Self { first: second, second: Some(self.first.clone()) })
    }

    /// Both, the first one first.
    pub fn iter(&self) -> impl Iterator<Item = &ApiV2Key> {
        [Some(&self.first), self.second.as_ref()].into_iter().flatten()
    }
}

impl From<ApiV2Key> for ApiV2Keys {
    fn from(only: ApiV2Key) -> Self {
        Self { first: only, second: None }
    }
}

fn upper_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "exposed_your_key_here_have_risks";

    #[test]
    fn a_key_has_thirty_two_visible_characters() {
        assert!(ApiV2Key::parse(&format!("{KEY}\r\n")).is_ok());
        let refused = |text: &str| ApiV2Key::parse(text).err();
        assert_eq!(refused(""), Some(BadKey::ApiV2KeyLength { bytes: 0 }));
        assert_eq!(refused(&KEY.replace('k', "")), Some(BadKey::ApiV2KeyLength { bytes: 30 }));
        assert_eq!(refused(&KEY.replace('_', "\t")), Some(BadKey::ApiV2KeyCharacters));
    }

    #[test]
    fn what_seals_is_the_lower_case_digits_of_its_sum() {
        // Protocol reference H, v2_md5_hex_secret.
        let key = ApiV2Key::parse(KEY).unwrap();
        assert_eq!(*key.sealing_key(), *b"4ad14ac334ab13540eb6c5479512a8e8");
    }

    #[test]
    fn there_are_one_or_two_keys() {
        let other = KEY.replace('_', "9");
        assert!(ApiV2Keys::parse(KEY).unwrap().second().is_none());
        assert_eq!(ApiV2Keys::parse(&format!("\n{KEY} {other}\n")).unwrap().iter().count(), 2);
        let refused = |text: &str| ApiV2Keys::parse(text).err();
        assert_eq!(refused(" "), Some(BadKey::ApiV2KeyLength { bytes: 0 }));
        assert_eq!(refused(&format!("{KEY} x")), Some(BadKey::ApiV2KeyLength { bytes: 1 }));
        assert_eq!(
            refused(&[KEY, &other, KEY, KEY].join(" ")),
            Some(BadKey::ApiV2KeyCount { keys: 4 })
        );
    }

    #[test]
    fn a_key_does_not_show_itself() {
        let keys = ApiV2Keys::parse(KEY).unwrap();
        assert!(!format!("{keys:?}").contains("exposed"));
    }

    #[test]
    fn a_sign_type_has_one_spelling() {
        for sign_type in [SignType::Md5, SignType::HmacSha256] {
            assert_eq!(SignType::parse(sign_type.as_str()), Some(sign_type));
        }
        for other in ["", "md5", "HMAC_SHA256", "HMAC-SHA256 ", "RSA"] {
            assert_eq!(SignType::parse(other), None, "{other}");
        }
    }
}
