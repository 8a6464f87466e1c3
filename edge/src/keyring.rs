//! The platform's certificates as one merchant's keyring keeps them, and when it asks for them.
//!
//! Certificates overlap for months, and any of them may sign, so all that have not expired are kept.
//! Whoever meets a serial that nobody knows may wish for a refresh; since strangers can make us meet
//! such serials, wishes are granted every few minutes only. A merchant in public-key mode has no
//! certificates, is told so, and asks again once a day.

pub mod looks;

use checkout::time::{Seconds, UnixSeconds};
use serde::{Deserialize, Serialize};
use wechatpay::v3::certificates::PlatformCertificate;

use crate::config::PlatformKey;

/// A certificate of the platform's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Upper-case hex, as `Wechatpay-Serial` spells it.
    pub serial: String,
    /// Its key, as SubjectPublicKeyInfo DER.
    pub spki_der: Vec<u8>,
    /// When the platform begins to use it.
    pub effective_at: UnixSeconds,
    /// When it ends, by the wall clock.
    pub expires_at: UnixSeconds,
}

/// Whether `serial` can be a certificate's: a public key is never sent, so that there is nothing to
/// ask the platform for.
pub fn can_be_sent(serial: &str) -> bool {
    (1..=SERIAL_CHARS_MAX).contains(&serial.len())
        && serial.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The longest serial: an X.509 serial has twenty bytes at most (RFC 5280, 4.1.2.2).
const SERIAL_CHARS_MAX: usize = 40;

/// The key that answers should be signed with and fields be encrypted for at `wall`: the public key
/// where there is one, since a merchant who moved to it may have no certificate any more; else the
/// newest certificate that has not ended (protocol reference A.5, A.6).
pub fn preferred<'a>(
    configured: &'a [PlatformKey],
    held: impl Iterator<Item = &'a Held>,
    wall: UnixSeconds,
) -> Option<(&'a str, &'a [u8])> {
    let listed = configured.iter().filter(|key| !key.has_ended(wall)).map(|key| {
        let since = key.effective_at.unwrap_or(UnixSeconds(i64::MAX));
        (since, key.serial.as_str(), key.spki_der.as_slice())
    });
    let held = held.filter(|held| wall < held.expires_at);
    let sent = held.map(|held| (held.effective_at, held.serial.as_str(), held.spki_der.as_slice()));
    let newest = listed.chain(sent).max_by_key(|(since, ..)| *since);
    newest.map(|(_, serial, spki_der)| (serial, spki_der))
}

impl From<PlatformCertificate> for Held {
    fn from(sent: PlatformCertificate) -> Self {
        let PlatformCertificate { serial, spki_der, effective_at, expires_at } = sent;
        Self { serial, spki_der, effective_at, expires_at }
    }
}

/// What came of the last question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answered {
    /// Certificates.
    Some,
    /// The merchant has none: it is in public-key mode.
    None,
    /// Nothing, this many times in a row.
    Not(u32),
}

/// A keyring, as it is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keyring {
    /// All that have not expired.
    pub held: Vec<Held>,
    /// When the platform was last asked.
    pub asked_at: Option<UnixSeconds>,
    /// What came of it.
    pub answered: Option<Answered>,
    /// When it is to be asked next; `None` before anybody wished for anything.
    pub ask_at: Option<UnixSeconds>,
    /// Somebody is asking, until then by the wall clock at the latest.
    pub lease_until: Option<UnixSeconds>,
}

/// How long the right to ask lasts: the question with all its repeats, and what surrounds it.
pub const LEASE: Seconds = Seconds(20);
/// The longest time between two refreshes (protocol reference I.3: at most ten hours).
const REFRESH: Seconds = Seconds::hours(10);
/// What chance takes from that, so that merchants do not all ask in the same minute.
const REFRESH_SPREAD: Seconds = Seconds::hours(2);
/// How often a merchant without certificates is asked about.
const NONE_AGAIN: Seconds = Seconds::days(1);
/// What a wish cannot go below, whatever strangers send.
pub const WISH_AGAIN: Seconds = Seconds::minutes(5);
/// Who has no key at all cannot work: a failure is repeated sooner.
const FIRST_AGAIN: Seconds = Seconds(5);
/// The longest wait after failures in a row.
const FAILED_AGAIN_MAX: Seconds = Seconds::hours(1);

impl Keyring {
    /// The certificates that are valid at `wall`.
    pub fn valid(&self, wall: UnixSeconds) -> impl Iterator<Item = &Held> {
        self.held.iter().filter(move |held| wall < held.expires_at)
    }

    /// Whether somebody is asking the platform.
    pub fn is_leased(&self, wall: UnixSeconds) -> bool {
        // A lease that ends further away than any lease can was given by a clock set back since.
        self.lease_until.is_some_and(|until| wall < until && until <= wall + LEASE)
    }

    /// Somebody met `serial`: if it is not here, the platform is worth asking.
    pub fn met(&mut self, serial: &str, now: UnixSeconds, wall: UnixSeconds) {
        if self.valid(wall).all(|held| held.serial != serial) {
            self.wish(now);
        }
    }

    /// Moves the next question forward as far as the rules let it.
    pub fn wish(&mut self, now: UnixSeconds) {
        let earliest = match (self.asked_at, self.answered) {
            (Some(asked_at), Some(Answered::None)) => asked_at + NONE_AGAIN,
            (Some(asked_at), _) => asked_at + WISH_AGAIN,
            (None, _) => now,
        };
        let wished = earliest.max(now);
        self.ask_at = Some(self.ask_at.map_or(wished, |at| at.min(wished)));
    }

    /// Whether somebody who has no key at all may ask at once, without the timer.
    pub fn may_ask_first(&self, now: UnixSeconds, wall: UnixSeconds) -> bool {
        let rested = match (self.asked_at, self.answered) {
            (None, _) => true,
            (Some(asked_at), Some(Answered::None)) => now - asked_at >= NONE_AGAIN,
            (Some(asked_at), _) => now - asked_at >= FIRST_AGAIN,
        };
        rested && !self.is_leased(wall) && self.valid(wall).next().is_none()
    }

    /// Takes the right to ask, before the question. Until there is an answer, it counts as failed:
    /// should this handler die, the next one goes on from there.
    pub fn begin(&mut self, now: UnixSeconds, wall: UnixSeconds) {
        let failures = self.failures().saturating_add(1);
        // That a merchant has none is known until the platform says otherwise.
        if self.answered != Some(Answered::None) {
            self.answered = Some(Answered::Not(failures));
        }
        self.asked_at = Some(now);
        self.lease_until = Some(wall + LEASE);
        self.ask_at = Some(now + LEASE);
    }

    /// The platform has sent its certificates. What it sends no more is kept until it expires.
    pub fn learn(&mut self, fresh: Vec<Held>, wall: UnixSeconds) {
        self.held.retain(|known| {
            wall < known.expires_at && fresh.iter().all(|held| held.serial != known.serial)
        });
        self.held.extend(fresh.into_iter().filter(|held| wall < held.expires_at));
        self.answered = Some(Answered::Some);
    }

    /// The platform says that the merchant has none.
    pub fn told_none(&mut self) {
        self.answered = Some(Answered::None);
    }

    /// Gives the right to ask back, and says when the next question is due.
    pub fn rest(&mut self, now: UnixSeconds, chance: u8) {
        let part = |span: Seconds| Seconds(span.0 * i64::from(chance) / 255);
        let pause = match self.answered {
            Some(Answered::Some) => Seconds(REFRESH.0 - part(REFRESH_SPREAD).0),
            Some(Answered::None) => Seconds(NONE_AGAIN.0 + part(REFRESH_SPREAD).0),
            Some(Answered::Not(failures)) => failed_again(failures),
            None => FIRST_AGAIN,
        };
        self.lease_until = None;
        self.ask_at = Some(now + pause);
    }

    fn failures(&self) -> u32 {
        match self.answered {
            Some(Answered::Not(failures)) => failures,
            _ => 0,
        }
    }
}

/// One minute, then twice as long each time, up to an hour.
fn failed_again(failures: u32) -> Seconds {
    Seconds(60 << failures.saturating_sub(1).min(6)).min(FAILED_AGAIN_MAX)
}

#[cfg(test)]
mod tests;
