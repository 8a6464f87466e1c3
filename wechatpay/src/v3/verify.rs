//! Turns a claim into a fact (protocol reference A.4).
//!
//! Anyone can POST to the notification address. Until [`PlatformKeys::verify`] agrees, a message
//! is only somebody saying they are WeChat Pay, so nothing here reads its body: every reader
//! downstream takes [`Verified`], and this file holds the only way to make one.
//!
//! Age is checked before arithmetic. RSA is the costly step, and a replay should cost us two
//! integers.

use core::fmt;
use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use checkout::time::{Seconds, UnixSeconds};

use super::message::reply_message;
use super::sign::SCHEME;
use crate::crypto::{CryptoFailure, Rsa};
use crate::http::Headers;

/// The platform's keys by serial: ids of public keys (`PUB_KEY_ID_…`) and serials of platform
/// certificates side by side. The message says which it was signed with; our set-up never decides
/// (protocol reference A.6).
///
/// A certificate's key is believed until the certificate ends; a public key has no end.
#[derive(Clone)]
pub struct PlatformKeys<K>(BTreeMap<String, Lasting<K>>);

#[derive(Clone)]
struct Lasting<K> {
    key: K,
    /// When it is believed no more.
    ends_at: Option<UnixSeconds>,
}

/// A body that the platform has signed, as it arrived.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Verified<'a> {
    body: &'a [u8],
}

impl<'a> Verified<'a> {
    /// The raw bytes.
    pub const fn body(&self) -> &'a [u8] {
        self.body
    }
}

impl fmt::Debug for Verified<'_> {
    /// A body may hold a shopper's openid; its length says enough.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Verified({} bytes)", self.body.len())
    }
}

/// Why a message is not proven to be the platform's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Distrust {
    /// A header that every signed message has.
    MissingHeader(&'static str),
    /// The timestamp is not a decimal number of seconds.
    BadTimestamp,
    /// Too old, or from the future.
    Stale {
        /// Seconds since it was signed; negative when it comes from the future.
        age: Seconds,
    },
    /// A deliberately wrong signature, sent to see whether we verify. Refuse it like any other:
    /// the genuine message comes later.
    Probe,
    /// Signed by a scheme that we do not have.
    UnknownSignatureType(String),
    /// Signed with a key that we do not have, or whose certificate has ended: the platform may have
    /// rotated, or is not the sender.
    UnknownSerial(String),
    /// The signature does not agree, or is not even base64.
    BadSignature,
    /// Our own machinery failed; nothing is known about the message.
    Unchecked(CryptoFailure),
}

impl fmt::Display for Distrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingHeader(name) => write!(f, "the header {name} is missing"),
            Self::BadTimestamp => f.write_str("the timestamp is not a number of seconds"),
            Self::Stale { age } => write!(f, "signed {} seconds ago", age.0),
            Self::Probe => f.write_str("a signature probe"),
            Self::UnknownSignatureType(_) => f.write_str("signed by an unknown scheme"),
            Self::UnknownSerial(_) => f.write_str("signed with a key that we do not have"),
            Self::BadSignature => f.write_str("the signature does not agree"),
            Self::Unchecked(failure) => failure.fmt(f),
        }
    }
}

impl core::error::Error for Distrust {}

impl<K> PlatformKeys<K> {
    /// No key: nothing is believed.
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Adds a key under its serial or id; a second one under the same name replaces the first.
    pub fn insert(&mut self, serial: impl Into<String>, key: K) {
        self.insert_until(serial, key, None);
    }

    /// The same for a key that is believed until `ends_at`, if that is some moment.
    pub fn insert_until(
        &mut self,
        serial: impl Into<String>,
        key: K,
        ends_at: Option<UnixSeconds>,
    ) {
        self.0.insert(serial.into(), Lasting { key, ends_at });
    }

    /// The key of that serial or id, whether or not it has ended.
    pub fn get(&self, serial: &str) -> Option<&K> {
        self.0.get(serial).map(|lasting| &lasting.key)
    }

    /// The key of that serial or id, if it is good at `now`.
    pub fn valid(&self, serial: &str, now: UnixSeconds) -> Option<&K> {
        let lasting = self.0.get(serial)?;
        lasting.ends_at.is_none_or(|end| now < end).then_some(&lasting.key)
    }

    /// Decides whether the platform signed these very bytes within five minutes of `now`, which
    /// must be the wall clock's.
    pub async fn verify<'a, R: Rsa<PublicKey = K>>(
        &self,
        rsa: &R,
        headers: &Headers,
        body: &'a [u8],
        now: UnixSeconds,
    ) -> Result<Verified<'a>, Distrust> {
        let claim = Claim::read(headers)?;
        let age = now - claim.signed_at()?;
        if age.0.unsigned_abs() >= SKEW_MAX_S {
            return Err(Distrust::Stale { age });
        }
        if claim.signature.starts_with(PROBE) {
            return Err(Distrust::Probe);
        }
        // Absent in old samples: those were all RSA.
        if let Some(scheme) = claim.scheme.filter(|&scheme| scheme != SCHEME) {
            return Err(Distrust::UnknownSignatureType(scheme.to_owned()));
        }
        let key = self
            .valid(claim.serial, now)
            .ok_or_else(|| Distrust::UnknownSerial(claim.serial.to_owned()))?;
        let signature = STANDARD.decode(claim.signature).map_err(|_| Distrust::BadSignature)?;
        let message = reply_message(claim.timestamp, claim.nonce, body);
        match rsa.verify(key, &message, &signature).await {
            Ok(true) => Ok(Verified { body }),
            Ok(false) => Err(Distrust::BadSignature),
            Err(failure) => Err(Distrust::Unchecked(failure)),
        }
    }
}

impl<K> Default for PlatformKeys<K> {
    fn default() -> Self {
        Self::new()
    }
}

/// How far a message's timestamp may be from our clock, either way: less than five minutes.
///
/// The official SDKs disagree about exactly 300 seconds; refusing there is safe. Both directions
/// count: forgiving the future would stretch the time in which a message can be replayed.
const SKEW_MAX_S: u64 = 300;

/// How a deliberately wrong signature begins.
const PROBE: &str = "WECHATPAY/SIGNTEST/";

/// What a message says about itself.
struct Claim<'a> {
    timestamp: &'a str,
    nonce: &'a str,
    signature: &'a str,
    serial: &'a str,
    scheme: Option<&'a str>,
}

impl<'a> Claim<'a> {
    fn read(headers: &'a Headers) -> Result<Self, Distrust> {
        let required = |name| headers.get(name).ok_or(Distrust::MissingHeader(name));
        Ok(Self {
            timestamp: required("Wechatpay-Timestamp")?,
            nonce: required("Wechatpay-Nonce")?,
            signature: required("Wechatpay-Signature")?,
            serial: required("Wechatpay-Serial")?,
            scheme: headers.get("Wechatpay-Signature-Type"),
        })
    }

    fn signed_at(&self) -> Result<UnixSeconds, Distrust> {
        // `parse` would also take a sign, which the platform never writes.
        let digits = self.timestamp.bytes().all(|byte| byte.is_ascii_digit());
        let seconds = self.timestamp.parse().ok().filter(|_| digits);
        seconds.map(UnixSeconds).ok_or(Distrust::BadTimestamp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stand_in::{Echo, ready};

    const BODY: &[u8] = b"{}";

    /// Verifies a message signed by the stand-in at 1000, with some headers changed, at `now`.
    fn verify(rsa: &Echo, changes: &[(&str, &str)], now: i64) -> Result<(), Distrust> {
        let mut headers = BTreeMap::from([
            ("Wechatpay-Timestamp", "1000".to_owned()),
            ("Wechatpay-Nonce", "n".to_owned()),
            ("Wechatpay-Signature", STANDARD.encode("1000\nn\n{}\n")),
            ("Wechatpay-Serial", "KEY".to_owned()),
        ]);
        for &(name, value) in changes {
            headers.insert(name, value.to_owned());
        }
        let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let mut keys = PlatformKeys::new();
        keys.insert("KEY", ());
        ready(keys.verify(rsa, &headers, BODY, UnixSeconds(now))).map(|verified| {
            assert_eq!(verified.body(), BODY);
        })
    }

    #[test]
    fn a_message_is_verified_by_one_call() {
        let rsa = Echo::default();
        assert_eq!(verify(&rsa, &[], 1_000), Ok(()));
        assert_eq!(verify(&rsa, &[("Wechatpay-Signature-Type", SCHEME)], 1_000), Ok(()));
        assert_eq!(rsa.asked.get(), 2);
    }

    #[test]
    fn what_can_be_refused_without_arithmetic_is() {
        let rsa = Echo::default();
        for age in [-301, -300, 300, 301] {
            let refused = Err(Distrust::Stale { age: Seconds(age) });
            assert_eq!(verify(&rsa, &[], 1_000 + age), refused);
        }
        for (name, value) in [
            ("Wechatpay-Timestamp", ""),
            ("Wechatpay-Signature", "WECHATPAY/SIGNTEST/abc"),
            ("Wechatpay-Signature", "no base64"),
            ("Wechatpay-Signature-Type", "OTHER"),
            ("Wechatpay-Serial", "OTHER"),
        ] {
            assert!(verify(&rsa, &[(name, value)], 1_000).is_err(), "{name}: {value}");
        }
        assert_eq!(rsa.asked.get(), 0);
    }

    #[test]
    fn our_own_failure_accuses_nobody() {
        let rsa = Echo { broken: true, ..Echo::default() };
        let failure = Distrust::Unchecked(CryptoFailure::Verify);
        assert_eq!(verify(&rsa, &[], 1_000), Err(failure));
    }

    #[test]
    fn a_certificate_that_has_ended_is_believed_no_more() {
        let rsa = Echo::default();
        let signature = STANDARD.encode("1000\nn\n{}\n");
        let headers: Headers = [
            ("Wechatpay-Timestamp", "1000"),
            ("Wechatpay-Nonce", "n"),
            ("Wechatpay-Signature", &signature),
            ("Wechatpay-Serial", "KEY"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into_iter()
        .collect();
        let mut keys = PlatformKeys::new();
        keys.insert_until("KEY", (), Some(UnixSeconds(1_001)));
        let at = |now| ready(keys.verify(&rsa, &headers, BODY, UnixSeconds(now))).map(drop);
        assert_eq!(at(1_000), Ok(()));
        assert_eq!(at(1_001), Err(Distrust::UnknownSerial("KEY".to_owned())));
        assert_eq!(rsa.asked.get(), 1);
        assert_eq!(keys.valid("KEY", UnixSeconds(1_001)), None);
        assert_eq!(keys.get("KEY"), Some(&()));
    }

    #[test]
    fn a_key_is_replaced_under_its_serial() {
        let mut keys = PlatformKeys::new();
        keys.insert("A", 1);
        keys.insert("B", 2);
        keys.insert("A", 3);
        assert_eq!((keys.get("A"), keys.get("B"), keys.get("a")), (Some(&3), Some(&2), None));
    }
}
