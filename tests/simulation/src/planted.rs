//! Bugs that are planted, one at a time, to see that the invariants have teeth.
//!
//! Production code carries no switches. Each bug sits in a port: a ledger that forgets, a platform
//! that lies, a door that skips. What it does to the desk is what a bug of that kind inside would do.

use checkout::order::{Attempt, End, Goal};
use checkout::report::Report;
use checkout::time::UnixSeconds;
use checkout::view::Status;
use edge::command::Command;
use edge::notified::Errand;
use edge::outbox::Outcome;
use edge::ports::{Change, Delivery, Stored, Unreachable};
use wechatpay::http::{Headers, Method, Request};

use crate::keys::V2_KEYS;
use crate::model::v2::shared_key::signed;
use crate::model::v2::xml::Message;
use crate::model::v2::{no, sealed};
use crate::model::{moment, seal};
use crate::object::{Object, Rows};
use crate::wire::is_v2;
use crate::world::World;

/// A bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planted {
    /// The door says 200 first, and stores afterwards.
    AcknowledgeFirst,
    /// The ledger never remembers that it heard something before.
    NoDedupe,
    /// An order that is to be closed is called closed.
    SkipTheClose,
    /// A repeated order is not the identical one.
    NewBodyOnRenewal,
    /// What waits for the shop does not survive a crash.
    OutboxLostOnCrash,
    /// No answer in time counts as a no.
    TimeoutIsFailure,
    /// Nobody sees that somebody is calling.
    LeaseIgnored,
    /// Every signature agrees.
    UnverifiedBelieved,
    /// A wish that is repeated is another refund.
    RefundNumberAnew,
    /// Whoever was woken sets no next alarm.
    AlarmNotRearmed,
    /// Each attempt to tell the shop is an event of its own.
    WebhookIdAnew,
    /// Money for what has ended is acknowledged and forgotten.
    LateMoneyDropped,
    /// Whatever is paid is what was asked for.
    AmountNotCompared,
    /// Calls go out before their intent is on disk.
    SentBeforeStored,
    /// The door's clock shows what the message says.
    StaleBelieved,
    /// A shop that does not answer has understood.
    SilenceIsConsent,
    /// Every V2 sign agrees.
    SignNotCompared,
    /// What a V2 refund notification names needs no confirmation.
    RefundNoticeUnasked,
    /// Whoever scans a printed code again is not known again.
    CounterForgets,
}

impl Planted {
    /// All of them.
    pub const ALL: [Self; 19] = [
        Self::AcknowledgeFirst,
        Self::NoDedupe,
        Self::SkipTheClose,
        Self::NewBodyOnRenewal,
        Self::OutboxLostOnCrash,
        Self::TimeoutIsFailure,
        Self::LeaseIgnored,
        Self::UnverifiedBelieved,
        Self::RefundNumberAnew,
        Self::AlarmNotRearmed,
        Self::WebhookIdAnew,
        Self::LateMoneyDropped,
        Self::AmountNotCompared,
        Self::SentBeforeStored,
        Self::StaleBelieved,
        Self::SilenceIsConsent,
        Self::SignNotCompared,
        Self::RefundNoticeUnasked,
        Self::CounterForgets,
    ];

    /// The one of that name.
    pub fn called(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|planted| format!("{planted:?}") == name)
    }
}

fn has(world: &World, planted: Planted) -> bool {
    world.planted == Some(planted)
}

/// What becomes of a commit.
pub fn change(world: &World, object: &Object, change: &mut Change) {
    let order = &mut change.stored.order;
    if has(world, Planted::SkipTheClose)
        && let Attempt::Closing { goal: goal @ (Goal::Cancel | Goal::Expire), .. } = order.attempt
    {
        let end = if goal == Goal::Cancel { End::Cancelled } else { End::Expired };
        order.attempt = Attempt::Closed { end };
        order.ask = None;
    }
    let woken = object.memory.borrow().alarm.is_none() && change.stored.revision > 0;
    if has(world, Planted::AlarmNotRearmed) && woken {
        change.wake = None;
    }
}

/// What is read of a checkout.
pub fn as_read(world: &World, stored: Stored) -> Stored {
    if has(world, Planted::LeaseIgnored) { Stored { lease: None, ..stored } } else { stored }
}

/// What is sent in place of the stored body.
pub fn body(world: &World, body: Vec<u8>) -> Vec<u8> {
    if !has(world, Planted::NewBodyOnRenewal) {
        return body;
    }
    let later_s = world.now().0 + 7_200;
    let text = String::from_utf8_lossy(&body).into_owned();
    let by_v2 = text.find("<time_expire>").map(|at| (at + 13, moment::digits(later_s)));
    let by_v3 = text.find("\"time_expire\":\"").map(|at| (at + 15, moment::written(later_s)));
    let (at, fresh) = by_v2.or(by_v3).expect("a deadline");
    format!("{}{fresh}{}", &text[..at], &text[at + fresh.len()..]).into_bytes()
}

/// Whether the ledger forgets what it has heard.
pub fn forgets_what_it_heard(world: &World) -> bool {
    has(world, Planted::NoDedupe)
}

/// What is lost besides when an object dies.
pub fn forget_on_crash(world: &World, rows: &mut Rows) {
    if has(world, Planted::OutboxLostOnCrash)
        && let Some(stored) = &mut rows.stored
    {
        stored.outbox.parcels.clear();
        rows.parcels.clear();
    }
}

/// Whether calls and answers wait for the disk.
pub fn gate_is_open(world: &World) -> bool {
    has(world, Planted::SentBeforeStored)
}

/// What came of a call.
pub fn outcome(
    world: &World,
    request: &Request,
    outcome: Result<Delivery, Unreachable>,
) -> Result<Delivery, Unreachable> {
    if has(world, Planted::TimeoutIsFailure) && outcome.is_err() && request.method == Method::Post {
        let reply = if is_v2(request) {
            let said = no("PARAM_ERROR", world.manner.method).message;
            let key = V2_KEYS[world.keys.platform_knows.get()];
            seal::unsigned(200, sealed(world, said, world.manner.method, key), None)
        } else {
            seal::reply(world, 400, seal::error("PARAM_ERROR"))
        };
        return Ok(Delivery { reply, astray: false });
    }
    outcome
}

/// What the door reads of a V2 notification.
pub fn signed_in_any_case(world: &World, body: &[u8]) -> Vec<u8> {
    match Message::read(body) {
        Some(message) if has(world, Planted::SignNotCompared) => {
            let message = message.without(&["sign", "sign_type"]);
            signed(message, V2_KEYS[0], world.manner.method).written("xml").into_bytes()
        }
        _ => body.to_vec(),
    }
}

/// Whether a refund notification counts as heard where nobody has confirmed it.
pub fn acknowledges_unasked(world: &World) -> bool {
    has(world, Planted::RefundNoticeUnasked)
}

/// Whether nobody remembers what a payer was pointed to.
pub fn forgets_who_scanned(world: &World) -> bool {
    has(world, Planted::CounterForgets)
}

/// What the door takes to a checkout.
pub fn errand(world: &World, errand: &mut Errand) {
    if !has(world, Planted::AmountNotCompared) {
        return;
    }
    let Some((id, letter)) = &mut errand.letter else { return };
    let Some(object) = world.object(id) else { return };
    if let Command::Hear { report: Report::Paid(receipt), .. } = &mut letter.command {
        receipt.total = world.clients.borrow().purchases[object.index].amount.total.count();
    }
}

/// Whether the door lets it be.
pub fn skips(world: &World, errand: &Errand) -> bool {
    let Some((id, letter)) = &errand.letter else { return false };
    let ended = world.object(id).is_some_and(|object| {
        let rows = object.memory.borrow();
        let status = rows.stored.as_ref().map(|stored| stored.order.status());
        matches!(status, Some(Status::Expired | Status::Cancelled))
    });
    let money = matches!(letter.command, Command::Hear { report: Report::Paid(_), .. });
    has(world, Planted::LateMoneyDropped) && money && ended
}

/// Whether the door acknowledges before it stores.
pub fn acknowledges_first(world: &World) -> bool {
    has(world, Planted::AcknowledgeFirst)
}

/// What the door's clock shows.
pub fn wall_of_the_door(world: &World, headers: &Headers) -> UnixSeconds {
    let said = headers.get("Wechatpay-Timestamp").and_then(|text| text.parse().ok());
    match said {
        Some(said) if has(world, Planted::StaleBelieved) => UnixSeconds(said),
        _ => world.wall(),
    }
}

/// The id that an event goes out under.
pub fn webhook_id(world: &World, id: &str) -> String {
    if has(world, Planted::WebhookIdAnew) {
        format!("msg_{:024x}", world.dice.draw())
    } else {
        id.to_owned()
    }
}

/// What the shop is taken to have said.
pub fn shop_said(world: &World, outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Failed { .. } if has(world, Planted::SilenceIsConsent) => {
            Outcome::Accepted { status: 200 }
        }
        outcome => outcome,
    }
}

/// What the shop's wish is called when it reaches us.
pub fn refund_reference(world: &World, reference: &str) -> String {
    if has(world, Planted::RefundNumberAnew) {
        format!("{reference}-{:x}", world.dice.draw())
    } else {
        reference.to_owned()
    }
}
