//! The way in for payments and refunds: a POST from anybody → a transaction or a refund from the
//! platform (protocol reference C).
//!
//! The order of the steps is the point of this file. Headers, age and signature come first, over
//! the raw bytes; only then is the JSON read, then the resource opened, then what it holds is read.
//! Whoever calls must store the result before acknowledging it.

use core::fmt;

use checkout::refund::RefundFact;
use checkout::time::UnixSeconds;
use serde::Deserialize;

use super::decrypt::{self, Resource};
use super::echo::Echoed;
use super::malformed::{Malformed, Part, read_json};
use super::refund::RefundObject;
use super::transaction::Transaction;
use super::verify::{Distrust, PlatformKeys};
use crate::crypto::{ApiV3Keys, Rsa, Unsealable};
use crate::http::Headers;

/// What a merchant needs in order to believe and to read.
pub struct Receiver<'a, K> {
    /// Who may have signed.
    pub keys: &'a PlatformKeys<K>,
    /// What it is sealed with.
    pub api_v3_keys: &'a ApiV3Keys,
}

/// An authentic notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// The platform's id of it. Repeats of one event may carry the same or another.
    pub id: String,
    /// When it was made, in the platform's words.
    pub create_time: String,
    /// What it tells.
    pub event: Event,
}

/// What a notification tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// `TRANSACTION.SUCCESS`: an order was paid.
    Transaction(Box<Transaction>),
    /// `REFUND.SUCCESS`, `.CLOSED`, `.ABNORMAL` and what may join them: a refund has come to this.
    Refund(Box<RefundNotice>),
    /// `SECURITY_ECHO.SUCCESS`: the test of keys that [`super::echo`] asked for. It arrived, and
    /// changes nothing.
    Echo(Echoed),
    /// Anything else: what is yet to be invented. Not opened, not guessed at.
    Other {
        /// As the platform named it.
        event_type: String,
    },
}

/// A refund, as it is notified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundNotice {
    /// The merchant's number of the refund, which may not be one of ours.
    pub out_refund_no: String,
    /// What the platform says of it.
    pub fact: RefundFact,
}

/// Why a notification cannot be used, by who must act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotificationError {
    /// Not proven to be the platform's. Answer 401; the genuine one comes again.
    Distrust(Distrust),
    /// The platform's, but it does not open: the APIv3 key is likely not the one that it has.
    Unsealable(Unsealable),
    /// The platform's and open, but we cannot read it.
    Malformed(Malformed),
}

impl fmt::Display for NotificationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Distrust(reason) => reason.fmt(f),
            Self::Unsealable(reason) => reason.fmt(f),
            Self::Malformed(reason) => reason.fmt(f),
        }
    }
}

impl core::error::Error for NotificationError {}

/// Verifies, opens and reads. `now` must be the wall clock's.
pub async fn read<R: Rsa>(
    rsa: &R,
    receiver: &Receiver<'_, R::PublicKey>,
    headers: &Headers,
    body: &[u8],
    now: UnixSeconds,
) -> Result<Notification, NotificationError> {
    let verified =
        receiver.keys.verify(rsa, headers, body, now).await.map_err(NotificationError::Distrust)?;
    let envelope: Envelope = read_json(Part::Notification, verified.body())?;
    let opened = |original_type| -> Result<Vec<u8>, NotificationError> {
        let resource = resource(verified.body(), original_type)?;
        Ok(decrypt::open(&resource, receiver.api_v3_keys)?)
    };
    let event = match envelope.event_type.as_str() {
        PAYMENT => Event::Transaction(Box::new(Transaction::read(&opened("transaction")?)?)),
        ECHO => Event::Echo(Echoed::read(&opened("security")?)?),
        refund if refund.starts_with(REFUND) => {
            let object: RefundObject = read_json(Part::Refund, &opened("refund")?)?;
            let out_refund_no = object.out_refund_no().to_owned();
            Event::Refund(Box::new(RefundNotice { out_refund_no, fact: object.fact()? }))
        }
        _ => Event::Other { event_type: envelope.event_type },
    };
    Ok(Notification { id: envelope.id, create_time: envelope.create_time, event })
}

/// The only event that tells of a payment; none tells of a failed one (protocol reference C.1).
const PAYMENT: &str = "TRANSACTION.SUCCESS";
/// What events of refunds begin with. Where the refund stands is read inside: it is sealed as the
/// rest is, and the event's name says no more.
const REFUND: &str = "REFUND.";

/// Comes after a self-test that named an address (protocol reference B.12).
const ECHO: &str = "SECURITY_ECHO.SUCCESS";

/// What every notification has, whatever its event.
#[derive(Deserialize)]
struct Envelope {
    id: String,
    create_time: String,
    event_type: String,
}

#[derive(Deserialize)]
struct SealedEnvelope {
    resource: Resource,
}

/// The resource is read apart from the envelope: that of an event we do not know may have any
/// shape.
fn resource(body: &[u8], original_type: &str) -> Result<Resource, Malformed> {
    let SealedEnvelope { resource } = read_json(Part::Notification, body)?;
    match &resource.original_type {
        Some(other) if other != original_type => Err(Malformed::OtherResource(other.clone())),
        _ => Ok(resource),
    }
}

impl From<Unsealable> for NotificationError {
    fn from(reason: Unsealable) -> Self {
        Self::Unsealable(reason)
    }
}

impl From<Malformed> for NotificationError {
    fn from(reason: Malformed) -> Self {
        Self::Malformed(reason)
    }
}
