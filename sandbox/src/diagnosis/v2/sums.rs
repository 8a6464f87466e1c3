//! What comes behind the fields, and how all of it is hashed.

use hmac::{Hmac, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::Slip;
use crate::v2::sign::SignType;

/// How the key comes behind the fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tail {
    Right,
    Missing,
    Bare,
    WithoutName,
    WithoutAmpersand,
    DoubleAmpersand,
    EndsInAmpersand,
    UpperName,
    NamedAppKey,
    InQuotes,
    ThenLineFeed,
}

impl Tail {
    pub(super) fn all() -> Vec<Self> {
        vec![
            Self::Right,
            Self::Missing,
            Self::Bare,
            Self::WithoutName,
            Self::WithoutAmpersand,
            Self::DoubleAmpersand,
            Self::EndsInAmpersand,
            Self::UpperName,
            Self::NamedAppKey,
            Self::InQuotes,
            Self::ThenLineFeed,
        ]
    }

    pub(super) fn after(self, fields: &[u8], key: &str) -> Vec<u8> {
        let tail = match self {
            Self::Right => format!("&key={key}"),
            Self::Missing => String::new(),
            Self::Bare => key.to_owned(),
            Self::WithoutName => format!("&{key}"),
            Self::WithoutAmpersand => format!("key={key}"),
            Self::DoubleAmpersand => format!("&&key={key}"),
            Self::EndsInAmpersand => format!("&key={key}&"),
            Self::UpperName => format!("&KEY={key}"),
            Self::NamedAppKey => format!("&appKey={key}"),
            Self::InQuotes => format!("&key=\"{key}\""),
            Self::ThenLineFeed => format!("&key={key}\n"),
        };
        [fields, tail.as_bytes()].concat()
    }

    pub(super) fn slip(&self) -> Option<Slip> {
        let (name, words) = match self {
            Self::Right => return None,
            Self::Missing => (
                "key-missing",
                "The string ends without &key= and the V2 key. HMAC needs it there too, besides \
                 being keyed with it.",
            ),
            Self::Bare => ("key-without-name", "The key was appended without &key= before it."),
            Self::WithoutName => {
                ("key-without-name", "The key was appended without key= before it.")
            }
            Self::WithoutAmpersand => {
                ("key-without-ampersand", "Before key= there must be an &, as between the fields.")
            }
            Self::DoubleAmpersand => ("key-double-ampersand", "There are two & before key=."),
            Self::EndsInAmpersand => (
                "key-then-ampersand",
                "There is an & behind the key; the string ends with the key.",
            ),
            Self::UpperName => ("key-name", "The key is appended as KEY=; it is key=."),
            Self::NamedAppKey => ("key-name", "The key is appended as appKey=; it is key=."),
            Self::InQuotes => ("key-in-quotes", "The key was appended in quotes."),
            Self::ThenLineFeed => (
                "key-then-line-feed",
                "There is a line feed behind the key; trim it when reading it.",
            ),
        };
        Some((name, words.to_owned()))
    }
}

/// How a string is hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    Of(SignType),
    PlainSha256,
    PlainSha1,
    HmacMd5,
}

/// One of the methods, and what is wrong with it here.
pub(super) struct Sum {
    method: Method,
    pub(super) slip: Option<Slip>,
}

impl Sum {
    /// The right one first. `is_said`: whether the message has a `sign_type`.
    pub(super) fn all(right: SignType, is_said: bool) -> Vec<Self> {
        let (name, other) = match (right, is_said) {
            (SignType::HmacSha256, _) => {
                ("md5-instead-of-hmac", "It is an MD5; sign_type says HMAC-SHA256.")
            }
            (SignType::Md5, true) => {
                ("hmac-instead-of-md5", "It is an HMAC-SHA256; sign_type says MD5.")
            }
            (SignType::Md5, false) => (
                "hmac-without-sign-type",
                "It is an HMAC-SHA256, but there is no sign_type, which then is MD5. Send \
                 sign_type=HMAC-SHA256, and sign it like every field.",
            ),
        };
        let slip = |name, words: &str| Some((name, words.to_owned()));
        let sha256 = "It is a plain SHA-256. HMAC-SHA256 is keyed with the V2 key, over the string \
                      that ends with &key= and the key.";
        let odd = "It is no method of V2's: MD5, or HMAC-SHA256 with sign_type saying so.";
        [
            (Method::Of(right), None),
            (Method::Of(right.other()), slip(name, other)),
            (Method::PlainSha256, slip("sha256-without-hmac", sha256)),
            (Method::PlainSha1, slip("sha1", odd)),
            (Method::HmacMd5, slip("hmac-md5", odd)),
        ]
        .map(|(method, slip)| Self { method, slip })
        .into()
    }

    /// How many digits it has.
    pub(super) const fn digits(&self) -> usize {
        match self.method {
            Method::Of(SignType::Md5) | Method::HmacMd5 => 32,
            Method::PlainSha1 => 40,
            Method::Of(SignType::HmacSha256) | Method::PlainSha256 => 64,
        }
    }

    /// The sum, in upper-case digits.
    pub(super) fn of(&self, string: &[u8], key: &str) -> String {
        let bytes = match self.method {
            Method::Of(sign_type) => return sign_type.sum(string, key),
            Method::PlainSha256 => Sha256::digest(string).to_vec(),
            Method::PlainSha1 => Sha1::digest(string).to_vec(),
            Method::HmacMd5 => {
                // HMAC takes a key of any length.
                let Ok(mut mac) = Hmac::<Md5>::new_from_slice(key.as_bytes()) else {
                    return String::new();
                };
                mac.update(string);
                mac.finalize().into_bytes().to_vec()
            }
        };
        bytes.iter().map(|byte| format!("{byte:02X}")).collect()
    }
}
