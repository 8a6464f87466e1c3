//! V2's sign: a hash over all fields and the merchant's key (protocol reference D.2).
//!
//! Whoever can check such a sign can make it, so it proves nothing to a third party; it only says
//! that the other side has the same key.

use hmac::{Hmac, Mac};
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::fields::Fields;

/// The field that holds the sign and is never part of it.
pub const SIGN: &str = "sign";

/// How a message is signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SignType {
    /// What is meant if nothing is said.
    #[default]
    #[serde(rename = "MD5")]
    Md5,
    /// HMAC with SHA-256.
    #[serde(rename = "HMAC-SHA256")]
    HmacSha256,
}

impl SignType {
    /// As it stands in `sign_type`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::HmacSha256 => "HMAC-SHA256",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Md5, Self::HmacSha256].into_iter().find(|known| known.name() == name)
    }

    /// The other one.
    pub const fn other(self) -> Self {
        match self {
            Self::Md5 => Self::HmacSha256,
            Self::HmacSha256 => Self::Md5,
        }
    }

    /// The upper-case hexadecimal digits of a string's sum: 32 or 64 of them.
    pub fn sum(self, string_to_sign: &[u8], key: &str) -> String {
        match self {
            Self::Md5 => hex(&Md5::digest(string_to_sign)),
            Self::HmacSha256 => {
                // HMAC takes a key of any length.
                let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else {
                    return String::new();
                };
                mac.update(string_to_sign);
                hex(&mac.finalize().into_bytes())
            }
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// `stringSignTemp`: every field that has a value, but the sign, in the order of their names' bytes,
/// and the key behind them.
pub fn string_to_sign(fields: &Fields, key: &str) -> String {
    let mut pairs: Vec<_> =
        fields.iter().filter(|(name, value)| *name != SIGN && !value.is_empty()).collect();
    pairs.sort_unstable();
    joined(&pairs, key)
}

/// Pairs in their order, and the key behind them.
pub fn joined(pairs: &[(&str, &str)], key: &str) -> String {
    let mut text = String::new();
    for (name, value) in pairs {
        text.push_str(&format!("{name}={value}&"));
    }
    text + "key=" + key
}

/// The sign of a message.
pub fn sign(fields: &Fields, key: &str, sign_type: SignType) -> String {
    sign_type.sum(string_to_sign(fields, key).as_bytes(), key)
}

/// Whether a message's `sign` is this key's, to the case of its digits.
pub fn verify(fields: &Fields, key: &str, sign_type: SignType) -> bool {
    // Not in constant time: a sandbox's keys can be read by whoever reaches it.
    fields.get(SIGN).is_some_and(|found| found == sign(fields, key, sign_type))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The published example (protocol reference D.2).
    fn published() -> Fields {
        Fields::new()
            .with("device_info", "1000")
            .with("mch_id", "10000100")
            .with("body", "test")
            .with("attach", "")
            .with("nonce_str", "ibuaiVcKdpRxkhJA")
            .with("appid", "wxd930ea5d5a258f4f")
    }

    const KEY: &str = "192006250b4c09247ec02edce69f6a2d";

    #[test]
    fn the_published_example_is_signed_as_published() {
        let expected = [
            (SignType::Md5, "9A0A8659F005D6984697E2CA0A9CF3B7"),
            (
                SignType::HmacSha256,
                "6A9AE1657590FD6257D693A078E1C3E4BB6BA4DC30B23E0EE2496E54170DACD6",
            ),
        ];
        for (sign_type, expected) in expected {
            let made = sign(&published(), KEY, sign_type);
            assert_eq!(made, expected);
            let signed = published().with(SIGN, made);
            assert!(verify(&signed, KEY, sign_type));
            assert!(!verify(&signed, KEY, sign_type.other()));
        }
    }

    #[test]
    fn a_sign_is_of_every_value_and_the_key_and_in_upper_case() {
        let signed = published().with(SIGN, sign(&published(), KEY, SignType::Md5));
        for name in ["device_info", "mch_id", "body", "nonce_str", "appid"] {
            let mut other = signed.clone();
            other.set(name, "x");
            assert!(!verify(&other, KEY, SignType::Md5), "{name}");
        }
        assert!(!verify(&signed, "192006250b4c09247ec02edce69f6a2e", SignType::Md5));
        let mut lower = signed.clone();
        lower.set(SIGN, sign(&published(), KEY, SignType::Md5).to_lowercase());
        assert!(!verify(&lower, KEY, SignType::Md5));
        assert!(verify(&signed.with("return_msg", ""), KEY, SignType::Md5));
        assert!(!verify(&published(), KEY, SignType::Md5));
    }
}
