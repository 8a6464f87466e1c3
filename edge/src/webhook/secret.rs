//! What signs a webhook: known to the shop and to this Worker, and to nobody else.
//!
//! A secret is written as Standard Webhooks writes it, `whsec_` and base64. Two may stand side by
//! side: then every letter carries both signatures, and the shop moves from one to the other
//! without missing any.

use core::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::Mac as _;
use zeroize::Zeroizing;

use crate::token::keyed;

/// One secret, or two while one replaces the other. No `Debug` and no `Serialize`.
pub struct WebhookSecrets(Vec<Zeroizing<Vec<u8>>>);

/// Why a text is not a secret, or not one or two of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadWebhookSecret {
    /// None, or more than two.
    Count {
        /// How many there are.
        secrets: usize,
    },
    /// No `whsec_` in front.
    Prefix,
    /// What follows is not base64, or lacks its padding, which some receivers insist on.
    Base64,
    /// Fewer than 24 bytes or more than 64.
    Length {
        /// How many it has.
        bytes: usize,
    },
    /// Both are the same.
    Twice,
}

impl fmt::Display for BadWebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Count { secrets } => {
                return write!(
                    f,
                    "one or two secrets separated by a space are expected, not {secrets}"
                );
            }
            Self::Prefix => "a webhook's secret begins with whsec_",
            Self::Base64 => "what follows whsec_ is base64 with its padding",
            Self::Length { bytes } => {
                return write!(f, "a webhook's secret has 24 to 64 bytes, not {bytes}");
            }
            Self::Twice => "both secrets are the same",
        })
    }
}

impl core::error::Error for BadWebhookSecret {}

/// In front of every secret that is shared (Standard Webhooks, "Signature scheme").
const PREFIX: &str = "whsec_";

/// Bytes of a secret: 192 to 512 bits (Standard Webhooks, "Signature scheme").
const BYTES: core::ops::RangeInclusive<usize> = 24..=64;

impl WebhookSecrets {
    /// Reads one or two secrets separated by spaces.
    pub fn parse(text: &str) -> Result<Self, BadWebhookSecret> {
        let words: Vec<&str> = text.split_whitespace().collect();
        if !(1..=2).contains(&words.len()) {
            return Err(BadWebhookSecret::Count { secrets: words.len() });
        }
        let secrets = words.iter().map(|word| decode(word)).collect::<Result<Vec<_>, _>>()?;
        match secrets.as_slice() {
            [one, other] if one == other => Err(BadWebhookSecret::Twice),
            _ => Ok(Self(secrets)),
        }
    }

    /// How many there are: one or two.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Whether any of these secrets is also one of the others.
    pub fn shares_with(&self, other: &Self) -> bool {
        self.0.iter().any(|secret| other.0.contains(secret))
    }

    /// HMAC-SHA256 of the parts, one after the other: one tag for each secret.
    pub(super) fn tags(&self, parts: &[&[u8]]) -> impl Iterator<Item = [u8; 32]> {
        self.0.iter().map(move |secret| {
            let mac = parts.iter().fold(keyed(secret), |mac, part| mac.chain_update(part));
            mac.finalize().into_bytes().into()
        })
    }
}

fn decode(word: &str) -> Result<Zeroizing<Vec<u8>>, BadWebhookSecret> {
    let text = word.strip_prefix(PREFIX).ok_or(BadWebhookSecret::Prefix)?;
    let secret = STANDARD.decode(text).map_err(|_| BadWebhookSecret::Base64)?;
    let secret = Zeroizing::new(secret);
    if BYTES.contains(&secret.len()) {
        Ok(secret)
    } else {
        Err(BadWebhookSecret::Length { bytes: secret.len() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `bytes` zeros, as an operator writes them.
    fn zeros(bytes: usize) -> String {
        format!("whsec_{}", STANDARD.encode(vec![0; bytes]))
    }

    #[test]
    fn a_secret_has_24_to_64_bytes() {
        for bytes in [24, 32, 64] {
            assert_eq!(WebhookSecrets::parse(&zeros(bytes)).map(|s| s.count()), Ok(1));
        }
        for bytes in [0, 23, 65] {
            let refused = WebhookSecrets::parse(&zeros(bytes)).err();
            assert_eq!(refused, Some(BadWebhookSecret::Length { bytes }));
        }
    }

    #[test]
    fn two_stand_side_by_side_and_no_more() {
        let two = format!(" {}  {}\n", zeros(24), zeros(32));
        assert_eq!(WebhookSecrets::parse(&two).map(|secrets| secrets.count()), Ok(2));
        for (text, secrets) in [("", 0), ("a b c", 3)] {
            let refused = WebhookSecrets::parse(text).err();
            assert_eq!(refused, Some(BadWebhookSecret::Count { secrets }));
        }
        let twice = format!("{} {}", zeros(24), zeros(24));
        assert_eq!(WebhookSecrets::parse(&twice).err(), Some(BadWebhookSecret::Twice));
    }

    #[test]
    fn what_is_not_a_secret_is_refused_by_reason() {
        for (text, mistake) in [
            ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", BadWebhookSecret::Prefix),
            ("whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", BadWebhookSecret::Prefix),
            ("WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", BadWebhookSecret::Prefix),
            ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS", BadWebhookSecret::Base64),
            ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa-_", BadWebhookSecret::Base64),
            ("whsec_", BadWebhookSecret::Length { bytes: 0 }),
        ] {
            assert_eq!(WebhookSecrets::parse(text).err(), Some(mistake), "{text}");
        }
    }

    #[test]
    fn secrets_that_two_shops_would_share_are_seen() {
        let parse = |text: &str| WebhookSecrets::parse(text).unwrap();
        let (old, both) = (parse(&zeros(24)), parse(&format!("{} {}", zeros(32), zeros(24))));
        assert!(old.shares_with(&both) && both.shares_with(&old));
        assert!(!old.shares_with(&parse(&zeros(32))));
    }
}
