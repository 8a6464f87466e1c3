//! What the desk asks of the outside: a platform to talk to, a ledger to write in, a clock and
//! dice, and somebody to tell.
//!
//! `cloudflare` implements these on the runtime, the tests implement them in memory, so that the
//! whole desk runs on a laptop. Nothing here is `Send`: an object lives on one thread, and the only
//! concurrency is that of awaits.

mod history;
mod merchant;

use core::fmt;
use std::rc::Rc;

use checkout::id::{AttemptNo, OutRefundNo, OutTradeNo, ProfileName};
use checkout::order::{Alert, Order};
use checkout::refund::{RefundCall, RefundEffect, Refunds};
use checkout::time::{Seconds, UnixSeconds};
use checkout::view::SessionView;
use serde::{Deserialize, Serialize};
use wechatpay::crypto::Rsa;
use wechatpay::http::{Reply, Signed};
use wechatpay::v3::sensitive::SealedField;

pub use self::history::{Event, Finding};
pub use self::merchant::{
    Means, Merchant, V2Means, V3Means, certificate_binding, without_certificate, without_keys,
};
use crate::api::Api;
use crate::command::Opening;
use crate::index::IndexRow;
use crate::outbox::{Outbox, Outcome};
use crate::problem::Problem;

/// No answer in time, or none at all. The call may have taken effect: ask before repeating it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreachable;

/// An answer to a call.
#[derive(Debug)]
pub struct Delivery {
    /// What was answered.
    pub reply: Reply,
    /// The same call went out once before within its deadline, and nobody knows what became of it:
    /// the connection broke. A no in `reply` is no no to that one.
    pub astray: bool,
}

/// WeChat Pay, at the other end of a wire that may fail.
pub trait Platform {
    /// The crypto that this shell brings.
    type Rsa: Rsa;

    /// Who we are under `profile`, with what `api` is spoken with. Keys are imported once per isolate;
    /// a deployment that is not configured has none, and one that has none for `api` is a problem
    /// too. Ask again after a call: the platform's keys may have changed meanwhile. Where APIv3 is to
    /// be spoken and no key of the platform's is known yet, this waits for the first.
    fn merchant(
        &self,
        profile: &ProfileName,
        api: Api,
    ) -> impl Future<Output = Result<Rc<Merchant<Self::Rsa>>, Problem>>;

    /// The API that a payment of an order of `order` is given back by: what the operator chose for
    /// refunds, or else the order's own. V2 takes applications only from who shows the merchant's
    /// client certificate: where none is bound, that is the problem.
    fn refunds_api(
        &self,
        profile: &ProfileName,
        order: Api,
    ) -> impl Future<Output = Result<Api, Problem>>;

    /// Sends `signed`, which was signed for `profile`, as it is, byte for byte, and waits
    /// `deadline_ms` for the whole reply. Follows no redirect. What is not done for sure, because
    /// nobody was reached or the platform knows the signing key no more, may be sent again within
    /// the deadline: to the platform's other site, or signed by the merchant's other key. The answer
    /// says whether the first sending may have been heard all the same.
    fn send(
        &self,
        profile: &ProfileName,
        signed: Signed,
        deadline_ms: u32,
    ) -> impl Future<Output = Result<Delivery, Unreachable>>;
}

/// Fields that one side alone may read (protocol reference A.8), in the name of a profile.
pub trait Confidant {
    /// Encrypts `text` for the platform, with the key that [`V3Means::platform_serial`] names
    /// now. The request has to name the field's own serial.
    fn seal(
        &self,
        profile: &ProfileName,
        text: &str,
    ) -> impl Future<Output = Result<SealedField, Problem>>;

    /// Decrypts what the platform encrypted for the merchant's key, or for either of two.
    fn open(
        &self,
        profile: &ProfileName,
        text: &str,
    ) -> impl Future<Output = Result<String, Problem>>;
}

/// The right to call the platform for this checkout, for one call at a time.
///
/// The object is no lock: while one handler awaits the platform, others run. Who finds a live lease
/// does not call. It ends by the wall clock, because it bounds a real call, so that the work of a
/// handler that died is taken up again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// When it ends, by the wall clock.
    pub until: UnixSeconds,
    /// Which lease it is, so that a late holder does not end somebody else's.
    pub ticket: u64,
    /// The refund that the call is about; the order where there is none. Whoever finds the lease
    /// dead must know whose outcome is in doubt.
    pub refund: Option<OutRefundNo>,
}

/// Everything that is kept about a checkout but the bodies of its attempts and its history.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// What the shop, or the catalogue, asked for.
    pub opening: Opening,
    /// When it first did.
    pub created_at: UnixSeconds,
    /// The order's life.
    pub order: Order,
    /// What goes back, a ledger for each payment that has had a refund.
    pub refunds: Vec<Refunds>,
    /// What others have to be told.
    pub outbox: Outbox,
    /// Who is calling the platform.
    pub lease: Option<Lease>,
    /// When something last happened to it, in business time.
    pub touched_at: UnixSeconds,
    /// Grows by one with every commit; 0 has never been stored.
    pub revision: u64,
}

/// A fresh attempt: its order, as it is sent to the platform each time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptRow {
    /// Which one.
    pub no: AttemptNo,
    /// Its number at the platform.
    pub number: OutTradeNo,
    /// The body of the order call, byte for byte.
    pub body: Vec<u8>,
}

/// What a shop is sent about one event, each time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParcelRow {
    /// The event's id.
    pub id: String,
    /// The body, byte for byte.
    pub body: Vec<u8>,
}

/// One call about a refund, as it is sent to the platform each time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundRow {
    /// Which refund.
    pub number: OutRefundNo,
    /// Which call: a refund has one application, and one choice of another way at a time.
    pub call: RefundCall,
    /// What is sent.
    pub letter: RefundLetter,
}

/// What is sent about a refund, and has to be repeated as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundLetter {
    /// The body, byte for byte.
    pub body: Vec<u8>,
    /// The platform key that texts in the body are encrypted for: its serial goes with the call,
    /// whichever key answers are wanted from by then.
    pub serial: Option<String>,
}

impl RefundLetter {
    /// The API that it is written for, and that its refund is asked about by: a letter of V2 is XML,
    /// one of APIv3 is JSON.
    pub fn api(&self) -> Api {
        if self.body.first() == Some(&b'<') { Api::V2 } else { Api::V3 }
    }
}

/// One commit: all of it is stored, or nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// What the checkout becomes; its `revision` is the one that was read.
    pub stored: Stored,
    /// The attempt that begins with this commit.
    pub attempt: Option<AttemptRow>,
    /// The call about a refund that becomes due with this commit.
    pub refund: Option<RefundRow>,
    /// What is added to the history.
    pub event: Option<Event>,
    /// What becomes due for the shop with this commit.
    pub parcels: Vec<ParcelRow>,
    /// When the object must be woken, by the wall clock; `None` when nothing is left to do.
    pub wake: Option<UnixSeconds>,
}

/// Why the ledger did not do as told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LedgerFailure {
    /// Reading and committing were torn apart: the checkout has changed in between.
    Torn,
    /// The storage refused; its own words are in the log.
    Storage,
    /// What is stored is not what this version writes.
    Unreadable,
}

impl fmt::Display for LedgerFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Torn => "the checkout changed between reading and committing",
            Self::Storage => "the storage refused",
            Self::Unreadable => "the stored checkout cannot be read",
        })
    }
}

impl core::error::Error for LedgerFailure {}

/// The store of one checkout.
///
/// Between [`Ledger::read`] and the first poll of [`Ledger::commit`] the desk awaits nothing, so
/// that nobody else can write in between; the revision guards that.
pub trait Ledger {
    /// The checkout, if there is one. Makes no tables.
    fn read(&self) -> Result<Option<Stored>, LedgerFailure>;

    /// The stored body of an attempt.
    fn body(&self, no: AttemptNo) -> Result<Option<Vec<u8>>, LedgerFailure>;

    /// What is to be sent about a refund.
    fn letter(
        &self,
        number: &OutRefundNo,
        call: RefundCall,
    ) -> Result<Option<RefundLetter>, LedgerFailure>;

    /// What a shop is sent about the event `id`.
    fn parcel(&self, id: &str) -> Result<Option<Vec<u8>>, LedgerFailure>;

    /// When the checkout was purged that was here.
    fn retired_at(&self) -> Result<Option<UnixSeconds>, LedgerFailure>;

    /// Deletes all but a tombstone, if the stored revision is `revision`. Everything happens at the
    /// first poll.
    fn retire(
        &self,
        revision: u64,
        now: UnixSeconds,
    ) -> impl Future<Output = Result<(), LedgerFailure>>;

    /// Whether `number`, the whole of it, is one of this checkout's.
    fn owns(&self, number: &OutTradeNo) -> Result<bool, LedgerFailure>;

    /// The newest lines of the history, at most so many, oldest first.
    fn history(&self, lines_max: u32) -> Result<Vec<Event>, LedgerFailure>;

    /// Whether the history has this notification, or the same report of the same payment.
    fn has(&self, event: &Event) -> Result<bool, LedgerFailure>;

    /// Whether the history has anything that came by this notification.
    fn heard(&self, notification_id: &str) -> Result<bool, LedgerFailure>;

    /// Stores all of `change` and arms the timer, or fails with [`LedgerFailure::Torn`] when the
    /// stored revision is not the one in `change`. Everything happens at the first poll.
    fn commit(&self, change: Change) -> impl Future<Output = Result<(), LedgerFailure>>;

    /// The version that a page could have seen last; 0 when nothing is stored. Cheap: it is asked
    /// several times a second.
    fn version(&self) -> u64;
}

/// The clocks, the dice and the patience of the shell.
pub trait World {
    /// Business time: what deadlines and timers are reckoned in.
    fn now(&self) -> UnixSeconds;

    /// The time on the wall, which signatures and leases go by. It differs from business time in
    /// development only, where that can be moved.
    fn wall(&self) -> UnixSeconds;

    /// Sixteen bytes from a generator fit for keys.
    fn chance(&self) -> Result<[u8; 16], NoChance>;

    /// Lets `span_ms` pass, and others run.
    fn pause(&self, span_ms: u32) -> impl Future<Output = ()>;
}

/// The runtime's random generator failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoChance;

/// What is sent to a shop about one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dispatch<'a> {
    /// The event's id, which never changes: `webhook-id`.
    pub id: &'a str,
    /// The body, byte for byte the same each time.
    pub body: &'a [u8],
}

/// It is not known to have arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undelivered;

/// What came of telling a shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShopAnswer {
    /// What the shop answered.
    pub outcome: Outcome,
    /// How long it took, in milliseconds.
    pub took_ms: u32,
}

/// Who is told after a commit. None of it may fail the commit: a page that missed a message asks
/// again, a place that was not freed frees itself in time, and what shop and index must learn waits
/// in the outbox until they have.
pub trait Audience {
    /// Whether a page is watching, as far as this object knows.
    fn is_watched(&self) -> bool;

    /// Writes a row of the index, within `deadline_ms`.
    fn index(
        &self,
        row: &IndexRow,
        deadline_ms: u32,
    ) -> impl Future<Output = Result<(), Undelivered>>;

    /// Tells the shop of `profile`. Comes back within [`TELL_MS_MAX`].
    fn tell_shop(
        &self,
        profile: &ProfileName,
        dispatch: Dispatch<'_>,
    ) -> impl Future<Output = ShopAnswer>;

    /// What a watching page sees has changed. The view is drawn only if somebody watches: a code's
    /// modules are the costliest thing an object computes.
    fn show(&self, view: impl FnOnce() -> SessionView);

    /// The checkout is open no more: its place among the open sessions is free.
    fn free_place(&self, opening: &Opening);

    /// A person has to look.
    fn alert(&self, opening: &Opening, alert: &Alert);

    /// A person has to look at a refund.
    fn alert_refund(&self, opening: &Opening, effect: &RefundEffect);
}

/// How long one call to the platform may take. The platform's own answer comes within one second as
/// a rule; its notifications wait five for ours (protocol reference C.3).
pub const CALL_MAX: Seconds = Seconds(5);
/// The same in milliseconds, which deadlines are told in.
pub const CALL_MS_MAX: u32 = 5_000;

/// How long a shop has for its answer to an event, in milliseconds.
pub const TELL_MS_MAX: u32 = 10_000;

/// How long the index has, in milliseconds, while an order waits for it.
pub const INDEX_MS_MAX: u32 = 1_000;

/// How long the right to carry an event out lasts.
pub const ERRAND: Seconds = Seconds(13);

/// How long a lease lasts: the call and what surrounds it, signing and judging, and of a fresh order
/// also what the index may take.
pub const LEASE: Seconds = Seconds(8);
