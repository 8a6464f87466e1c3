//! The sign: the fields in the order of their names, joined, and a sum with the key behind them
//! (protocol reference D.2). One function makes it; comparing with it is the only way to believe a
//! message.
//!
//! Names and values are joined raw, so two different messages can have one sign: `a=1&b=2` is one
//! field or two. Only the platform and we can make any, and neither writes such a value; still, a
//! reader below takes a number or a name only in the shape that it has, so that nothing can be
//! swallowed into it.

use core::fmt;

use subtle::{Choice, ConstantTimeEq};

use super::fields::Fields;
use super::key::{ApiV2Key, ApiV2Keys, SignType};

/// The sign of a message, which is `fields` without their own `sign`.
pub fn sign(fields: &Fields, key: &ApiV2Key, sign_type: SignType) -> String {
    key.sum(&string_to_sign(fields), sign_type)
}

/// What is signed, up to the key that is put behind it: every field that is not empty and not the
/// sign, by its name in the order of bytes.
pub fn string_to_sign(fields: &Fields) -> String {
    let mut signed: Vec<_> =
        fields.iter().filter(|(name, value)| *name != SIGN && !value.is_empty()).collect();
    signed.sort_unstable_by_key(|(name, _)| *name);
    let pairs: Vec<_> = signed.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

/// The field that holds the sign and is not signed.
pub(super) const SIGN: &str = "sign";
/// The field that says how; it is signed like any other.
pub(super) const SIGN_TYPE: &str = "sign_type";

/// A message that somebody has signed who holds the key.
#[derive(Clone, PartialEq, Eq)]
pub struct Verified {
    fields: Fields,
    by_first: bool,
}

impl Verified {
    /// What it says.
    pub const fn fields(&self) -> &Fields {
        &self.fields
    }

    /// Whether it was signed with the first of the keys that it was verified under.
    pub(super) const fn is_by_first(&self) -> bool {
        self.by_first
    }

    /// The key that it was signed with, of those that it was verified under: an answer to it has to
    /// be signed with the same.
    pub fn key<'a>(&self, keys: &'a ApiV2Keys) -> &'a ApiV2Key {
        match keys.second() {
            Some(second) if !self.by_first => second,
            _ => keys.first(),
        }
    }
}

impl fmt::Debug for Verified {
    /// A value may be a shopper's openid.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Verified({:?})", self.fields)
    }
}

/// Why a message is not proven to be the platform's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Distrust {
    /// It has no sign. An answer that `return_code` calls a failure has none (protocol reference
    /// D.1); anything else that has none is not the platform's.
    MissingSign,
    /// It says that it is signed in a way that we do not have.
    UnknownSignType(String),
    /// The sign does not agree, under no key that is valid now.
    BadSign,
}

impl fmt::Display for Distrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MissingSign => "the sign is missing",
            Self::UnknownSignType(_) => "signed in an unknown way",
            Self::BadSign => "the sign does not agree",
        })
    }
}

impl core::error::Error for Distrust {}

/// Decides whether a message is the platform's. How it is signed it may say itself; where it does
/// not, `expected` counts: the way in which the call was signed, or the order that it tells of. It
/// is not MD5 by default, since the platform leaves the word out of messages that it signs
/// otherwise.
pub fn verify(fields: Fields, keys: &ApiV2Keys, expected: SignType) -> Result<Verified, Distrust> {
    let claimed = fields.get(SIGN).ok_or(Distrust::MissingSign)?.as_bytes();
    let sign_type = match fields.get(SIGN_TYPE) {
        None => expected,
        Some(text) => SignType::parse(text).ok_or_else(|| {
            Distrust::UnknownSignType(text.chars().take(TYPE_CHARS_MAX).collect())
        })?,
    };
    let message = string_to_sign(&fields);
    let agrees = |key: &ApiV2Key| claimed.ct_eq(key.sum(&message, sign_type).as_bytes());
    // Both are always tried, so that the time taken does not tell which of them it was.
    let by_first = agrees(keys.first());
    let by_second = keys.second().map_or_else(|| Choice::from(0), agrees);
    if bool::from(by_first | by_second) {
        Ok(Verified { fields, by_first: bool::from(by_first) })
    } else {
        Err(Distrust::BadSign)
    }
}

/// Characters that are kept of a word that nobody here knows (protocol reference D.3: 32).
const TYPE_CHARS_MAX: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "Abcdefghijklmnopqrstuvwxyz012345";
    const SECOND: &str = "abcdefghijklmnopqrstuvwxyz012345";

    fn keys(text: &str) -> ApiV2Keys {
        ApiV2Keys::parse(text).unwrap()
    }

    fn signed(key: &str, sign_type: SignType, pairs: &[(&str, &str)]) -> Fields {
        let mut fields: Fields = pairs.iter().copied().collect();
        let sign = sign(&fields, keys(key).first(), sign_type);
        fields.push(SIGN, sign);
        fields
    }

    #[test]
    fn names_are_sorted_by_their_bytes_and_empty_values_left_out() {
        let fields: Fields = [("b", "2&c=3"), ("sign", "x"), ("a1", ""), ("a", " 1 "), ("B", "红")]
            .into_iter()
            .collect();
        assert_eq!(string_to_sign(&fields), "B=红&a= 1 &b=2&c=3");
    }

    #[test]
    fn the_message_says_how_it_is_signed_or_the_call_does() {
        for (made, said, expected) in [
            (SignType::Md5, Some("MD5"), SignType::HmacSha256),
            (SignType::HmacSha256, Some("HMAC-SHA256"), SignType::Md5),
            (SignType::Md5, None, SignType::Md5),
            (SignType::HmacSha256, None, SignType::HmacSha256),
        ] {
            let pairs: Vec<_> = said.map(|said| (SIGN_TYPE, said)).into_iter().collect();
            let message = signed(FIRST, made, &pairs);
            assert!(verify(message, &keys(FIRST), expected).is_ok(), "{made:?} {said:?}");
        }
        let silent = signed(FIRST, SignType::Md5, &[("a", "1")]);
        let found = verify(silent, &keys(FIRST), SignType::HmacSha256);
        assert_eq!(found, Err(Distrust::BadSign));
    }

    #[test]
    fn a_sign_is_missing_unknown_or_wrong() {
        let refused = |fields: Fields| verify(fields, &keys(FIRST), SignType::Md5).err();
        let unsigned: Fields = [("a", "1"), ("sign", "")].into_iter().collect();
        assert_eq!(refused(unsigned), Some(Distrust::MissingSign));
        let odd = signed(FIRST, SignType::Md5, &[(SIGN_TYPE, "RSA")]);
        assert_eq!(refused(odd), Some(Distrust::UnknownSignType("RSA".to_owned())));
        let genuine = signed(FIRST, SignType::Md5, &[("a", "1")]);
        let sign = genuine.get(SIGN).unwrap().to_owned();
        for forged in
            [sign.to_lowercase(), sign[1..].to_owned(), format!("{sign}0"), sign.repeat(2)]
        {
            let mut message = genuine.clone();
            message.push(SIGN, forged);
            assert_eq!(refused(message), Some(Distrust::BadSign));
        }
        assert_eq!(refused(genuine), None);
    }

    #[test]
    fn either_of_two_keys_is_believed_and_told_apart() {
        let both = keys(&format!("{FIRST} {SECOND}"));
        for key in [FIRST, SECOND] {
            let message = signed(key, SignType::HmacSha256, &[("a", "1")]);
            let verified = verify(message.clone(), &both, SignType::HmacSha256).unwrap();
            let again = sign(verified.fields(), verified.key(&both), SignType::HmacSha256);
            assert_eq!(message.get(SIGN), Some(again.as_str()));
        }
        let foreign = signed(&FIRST.replace('A', "B"), SignType::Md5, &[("a", "1")]);
        assert_eq!(verify(foreign, &both, SignType::Md5), Err(Distrust::BadSign));
    }
}
