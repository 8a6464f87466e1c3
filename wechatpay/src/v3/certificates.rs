//! The platform's certificates: where the keys of the older scheme come from (protocol reference
//! A.5).
//!
//! The answer is signed with a key that it brings itself. What breaks the circle is the APIv3 key:
//! only the platform and the merchant have it, and GCM refuses what was sealed with another. So each
//! certificate is opened and looked at first, then the one that the answer names vouches for the
//! whole answer, and only then is any of them trusted. It is the one place where a body is read
//! before it is verified, and nothing of it leaves this file until it is.

use core::fmt;

use checkout::report::Refusal;
use checkout::time::UnixSeconds;
use serde::Deserialize;

use super::answer::{Doubt, Judged, judge};
use super::decrypt::{self, Resource};
use super::malformed::{Malformed, Part, read_json};
use super::notification::Receiver;
use super::verify::{Distrust, PlatformKeys};
use crate::crypto::{ApiV3Keys, Rsa, Unsealable};
use crate::http::{Method, Reply, Request};
use crate::key::{BadKey, Certificate};
use crate::moment::parse_rfc3339;

/// A key that the platform may sign with, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlatformCertificate {
    /// Upper-case hex, as `Wechatpay-Serial` spells it.
    pub serial: String,
    /// The key, as SubjectPublicKeyInfo DER.
    pub spki_der: Vec<u8>,
    /// When the platform begins to use it.
    pub effective_at: UnixSeconds,
    /// When it ends.
    pub expires_at: UnixSeconds,
}

/// Why there is no list of certificates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoCertificates {
    /// The merchant has none and never will: it is in public-key mode. Nothing is wrong.
    PublicKeyOnly,
    /// The platform says no.
    Refused(Refusal),
    /// No answer that decides anything, or one that nobody vouches for. What was trusted before
    /// stays so.
    InDoubt(Doubt),
    /// A success other than the documented one.
    Unexpected {
        /// Its HTTP status.
        status: u16,
    },
    /// One of the certificates is not what it should be, so that the list is not believed.
    Bad {
        /// The serial that the list gives it.
        serial: String,
        /// What is wrong with it.
        mistake: BadCertificate,
    },
    /// The list cannot be read.
    Malformed(Malformed),
}

/// What is wrong with one certificate of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadCertificate {
    /// It does not open: most likely the APIv3 key is not the one that the platform has.
    Unsealable(Unsealable),
    /// What was sealed is not text.
    NotText,
    /// What was sealed is not one certificate of an RSA key with 2048 bits.
    Key(BadKey),
    /// It has another serial than the list says.
    OtherSerial {
        /// The certificate's own.
        certificate: String,
    },
    /// The list has its serial twice.
    Twice,
}

impl fmt::Display for NoCertificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PublicKeyOnly => f.write_str("the merchant has no platform certificates"),
            Self::Refused(refusal) => refusal.fmt(f),
            Self::InDoubt(Doubt::Unproven { reason, .. }) => reason.fmt(f),
            Self::InDoubt(Doubt::Undecided(answer)) => answer.fmt(f),
            Self::Unexpected { status } => write!(f, "unexpected status {status}"),
            Self::Bad { serial, mistake } => write!(f, "certificate {serial:?}: {mistake}"),
            Self::Malformed(reason) => reason.fmt(f),
        }
    }
}

impl core::error::Error for NoCertificates {}

impl fmt::Display for BadCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsealable(reason) => reason.fmt(f),
            Self::NotText => f.write_str("what was sealed is not text"),
            Self::Key(mistake) => mistake.fmt(f),
            Self::OtherSerial { certificate } => write!(f, "its own serial is {certificate}"),
            Self::Twice => f.write_str("it is listed twice"),
        }
    }
}

impl core::error::Error for BadCertificate {}

impl From<Malformed> for NoCertificates {
    fn from(reason: Malformed) -> Self {
        Self::Malformed(reason)
    }
}

/// Asks for all RSA certificates that are valid or soon will be. Without `Wechatpay-Serial`, the
/// answer is signed with one of them (protocol reference A.6).
pub fn request() -> Request {
    Request { method: Method::Get, target: "/v3/certificates".to_owned(), body: Vec::new() }
}

/// Reads the answer to [`request`]. `receiver.keys` are the keys that are trusted already, and may
/// be none. `now` must be the wall clock's.
pub async fn read<R: Rsa>(
    rsa: &R,
    receiver: &Receiver<'_, R::PublicKey>,
    reply: &Reply,
    now: UnixSeconds,
) -> Result<Vec<PlatformCertificate>, NoCertificates> {
    let found = if reply.status == 200 { open(receiver.api_v3_keys, reply)? } else { Vec::new() };
    let brought = signer(rsa, receiver.keys, reply, &found).await?;
    let keys = brought.as_ref().unwrap_or(receiver.keys);
    match judge(rsa, keys, reply, now).await {
        Judged::Done { status: 200, .. } => Ok(found),
        Judged::Done { status, .. } => Err(NoCertificates::Unexpected { status }),
        Judged::Refused { refusal, .. } if has_none(&refusal) => Err(NoCertificates::PublicKeyOnly),
        Judged::Refused { refusal, .. } => Err(NoCertificates::Refused(refusal)),
        Judged::InDoubt(doubt) => Err(NoCertificates::InDoubt(doubt)),
    }
}

/// Opens every certificate of the list. Nothing vouches for the list yet.
fn open(keys: &ApiV3Keys, reply: &Reply) -> Result<Vec<PlatformCertificate>, NoCertificates> {
    let List { data } = read_json(Part::Certificates, &reply.body)?;
    let mut found: Vec<PlatformCertificate> = Vec::with_capacity(data.len());
    for entry in data {
        let opened = entry.open(keys).and_then(|certificate| {
            let listed = found.iter().any(|other| other.serial == certificate.serial);
            if listed { Err(BadCertificate::Twice) } else { Ok(certificate) }
        });
        found.push(opened.map_err(|mistake| NoCertificates::Bad {
            serial: entry.serial_no.chars().take(SERIAL_CHARS_MAX).collect(),
            mistake,
        })?);
    }
    Ok(found)
}

/// The key that the answer says it was signed with, where the answer itself brings it. A key that
/// was trusted before goes first.
async fn signer<R: Rsa>(
    rsa: &R,
    trusted: &PlatformKeys<R::PublicKey>,
    reply: &Reply,
    found: &[PlatformCertificate],
) -> Result<Option<PlatformKeys<R::PublicKey>>, NoCertificates> {
    let serial = reply.headers.get("Wechatpay-Serial").unwrap_or_default();
    if trusted.get(serial).is_some() {
        return Ok(None);
    }
    let Some(certificate) = found.iter().find(|one| one.serial == serial) else {
        return Ok(None);
    };
    let key = rsa.import(&certificate.spki_der).await.map_err(|failure| {
        let reason = Distrust::Unchecked(failure);
        NoCertificates::InDoubt(Doubt::Unproven { reason, request_id: None })
    })?;
    let mut brought = PlatformKeys::new();
    brought.insert_until(serial, key, Some(certificate.expires_at));
    Ok(Some(brought))
}

/// What merchants in public-key mode are told. It may come unsigned; at worst it postpones a
/// refresh.
fn has_none(refusal: &Refusal) -> bool {
    refusal.status == 404 && refusal.code == "RESOURCE_NOT_EXISTS"
}

/// Characters of a serial that an error shows. Real ones have forty.
const SERIAL_CHARS_MAX: usize = 64;

#[derive(Deserialize)]
struct List {
    data: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    serial_no: String,
    effective_time: Option<serde_json::Value>,
    expire_time: Option<serde_json::Value>,
    encrypt_certificate: Resource,
}

impl Entry {
    fn open(&self, keys: &ApiV3Keys) -> Result<PlatformCertificate, BadCertificate> {
        let opened = decrypt::open(&self.encrypt_certificate, keys);
        let pem = String::from_utf8(opened.map_err(BadCertificate::Unsealable)?)
            .map_err(|_| BadCertificate::NotText)?;
        let certificate = Certificate::parse(&pem).map_err(BadCertificate::Key)?;
        if certificate.serial != self.serial_no {
            return Err(BadCertificate::OtherSerial { certificate: certificate.serial });
        }
        Ok(PlatformCertificate {
            effective_at: moment(&self.effective_time).unwrap_or(certificate.not_before),
            expires_at: moment(&self.expire_time).unwrap_or(certificate.not_after),
            serial: certificate.serial,
            spki_der: certificate.spki_der,
        })
    }
}

/// One page of the documentation calls these times integers, samples have text (protocol reference
/// A.5). What cannot be read is taken from the certificate, which has the same two moments.
fn moment(value: &Option<serde_json::Value>) -> Option<UnixSeconds> {
    value.as_ref()?.as_str().and_then(parse_rfc3339)
}
