//! The platform's notifications: sealed, signed afresh for each try, and sent again on the published
//! schedule until somebody says 200 or 204 (protocol reference C).

use std::rc::Rc;

use super::seal;
use super::v2;
use super::v2::shared_key::{Method, signed};
use super::v2::xml::Message;
use crate::door::{self, Answered};
use crate::keys::V2_KEYS;
use crate::weather::Fault;
use crate::world::World;

/// Where a message at the notification address comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The platform, about this piece of mail.
    Genuine(usize),
    /// The platform, which asks what somebody is to pay.
    Scan,
    /// The platform, with a signature that is meant not to agree.
    Probe,
    /// Somebody else.
    Forged,
}

/// One of our addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address {
    /// APIv3's, of payments and of refunds.
    V3,
    /// V2's, of payments.
    V2Payments,
    /// V2's, of printed codes that somebody has scanned.
    V2Scans,
    /// V2's, of refunds. What comes there is sealed and not signed.
    V2Refunds,
}

/// A message at the notification address.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// Where it comes from.
    pub origin: Origin,
    /// Its headers.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
    /// Which of our addresses it comes to.
    pub address: Address,
    /// What it says of its age; a message of V2 says nothing of it.
    pub signed_at_s: i64,
    /// Whether it was young enough to be believed when it arrived.
    pub is_fresh: bool,
}

impl Arrival {
    /// A message of V2, which has no headers of its own.
    pub const fn by_v2(origin: Origin, address: Address, body: Vec<u8>) -> Self {
        Self { origin, headers: Vec::new(), body, address, signed_at_s: 0, is_fresh: true }
    }

    /// Whether it is to be believed.
    pub const fn is_genuine(&self) -> bool {
        matches!(self.origin, Origin::Genuine(_) | Origin::Scan) && self.is_fresh
    }

    /// Whether it has to be sent back. Of what comes unsigned nothing is believed, whoever sends it.
    pub fn must_be_refused(&self) -> bool {
        !self.is_genuine() && self.address != Address::V2Refunds
    }
}

/// What a notification is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A payment, by its place in the books.
    Payment(usize),
    /// A refund, by its number.
    Refund(String),
}

/// One notification, until it is acknowledged or given up.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Its own id.
    pub id: String,
    /// What it is about.
    pub subject: Subject,
    /// It need not be sent again.
    pub acknowledged: bool,
    form: Form,
    tries: usize,
}

/// What it says, in which words.
#[derive(Clone, Debug)]
enum Form {
    /// An event, sealed and signed.
    V3 { event_type: &'static str, plain: String },
    /// A payment, signed as its order was.
    V2Payment { message: Message, method: Method },
    /// A refund, sealed.
    V2Refund { inner: Message },
}

/// Seconds before each repeat (protocol reference C.3).
const REPEATS_S: [i64; 15] = [
    15, 15, 30, 180, 600, 1_200, 1_800, 1_800, 1_800, 3_600, 10_800, 10_800, 10_800, 21_600, 21_600,
];
/// Milliseconds that the platform waits for our answer.
pub const PATIENCE_MS: i64 = 5_000;

/// A payment is told.
pub fn payment(world: &Rc<World>, payment: usize) {
    let form = {
        let mut wechat = world.wechat.borrow_mut();
        let number = wechat.payments[payment].number.clone();
        match wechat.orders[&number].wanted.method {
            Some(method) => {
                Form::V2Payment { message: v2::orders::told(&mut wechat, payment), method }
            }
            None => {
                let plain = wechat.transaction(payment);
                Form::V3 { event_type: "TRANSACTION.SUCCESS", plain }
            }
        }
    };
    write(world, Subject::Payment(payment), form);
}

/// What became of a refund is told.
pub fn refund(world: &Rc<World>, event_type: &'static str, number: &str, plain: String) {
    write(world, Subject::Refund(number.to_owned()), Form::V3 { event_type, plain });
}

/// The same by V2.
pub fn refund_by_v2(world: &Rc<World>, number: &str, inner: Message) {
    write(world, Subject::Refund(number.to_owned()), Form::V2Refund { inner });
}

fn write(world: &Rc<World>, subject: Subject, form: Form) {
    let place = {
        let mut wechat = world.wechat.borrow_mut();
        let id = format!("EV-{:018}-{}", world.now_ms(), wechat.mail.len());
        wechat.mail.push(Mail { id, subject, acknowledged: false, form, tries: 0 });
        wechat.mail.len() - 1
    };
    world.after(world.dice.between(50, 2_500), "a notification is sent", move |world| {
        send(world, place);
    });
}

/// One try, and the next one unless it is acknowledged.
fn send(world: &Rc<World>, place: usize) {
    let tries = {
        let mut wechat = world.wechat.borrow_mut();
        let mail = &mut wechat.mail[place];
        if mail.acknowledged {
            return;
        }
        mail.tries += 1;
        mail.tries
    };
    if !world.strikes(Fault::NotificationLost) {
        post(world, place);
    }
    if world.strikes(Fault::NotificationTwice) {
        let delay_ms = world.dice.between(0, 90_000);
        world.after(delay_ms, "a notification is sent twice", move |world| post(world, place));
    }
    if let Some(pause_s) = REPEATS_S.get(tries - 1) {
        let delay_ms = PATIENCE_MS + pause_s * 1_000;
        world.after(delay_ms, "a notification may be repeated", move |world| send(world, place));
    }
}

/// A fresh message on its way to our door.
fn post(world: &Rc<World>, place: usize) {
    let sent_ms = world.now_ms();
    let arrival = sealed(world, place);
    world.wechat.borrow_mut().overheard.push(arrival.clone());
    let way_ms = if world.strikes(Fault::NotificationLate) {
        world.dice.between(6_000, 400_000)
    } else {
        world.dice.between(10, 400)
    };
    world.after(way_ms, "a notification arrives", move |world| {
        let address = arrival.address;
        arrive(world, arrival, move |world, said| {
            let in_time = world.now_ms() <= sent_ms + PATIENCE_MS;
            let lost = world.strikes(Fault::AcknowledgementLost);
            if in_time && !lost && is_taken(address, said) {
                world.wechat.borrow_mut().mail[place].acknowledged = true;
            }
        });
    });
}

/// Whether our answer ends the repeats: by V2 its words count, too.
fn is_taken(address: Address, said: &Answered) -> bool {
    let is_success = || {
        let answer = Message::read(&said.body).unwrap_or_default();
        answer.text("return_code") == "SUCCESS"
    };
    matches!(said.status, 200 | 204) && (address == Address::V3 || is_success())
}

/// The message as it travels: signed, or sealed, with the keys of now.
fn sealed(world: &World, place: usize) -> Arrival {
    let wechat = world.wechat.borrow();
    let mail = &wechat.mail[place];
    let (event_type, plain) = match &mail.form {
        Form::V3 { event_type, plain } => (event_type, plain),
        Form::V2Payment { message, method } => {
            let message = message.clone().with("nonce_str", format!("{:032X}", world.dice.draw()));
            let key = V2_KEYS[world.keys.platform_knows.get()];
            let probes = mail.tries == 1 && world.strikes(Fault::NotificationProbe);
            let key = if probes { "" } else { key };
            let body = signed(message, key, *method).written("xml").into_bytes();
            let origin = if probes { Origin::Probe } else { Origin::Genuine(place) };
            return Arrival::by_v2(origin, Address::V2Payments, body);
        }
        Form::V2Refund { inner } => {
            let body = v2::refunds::letter(world, inner);
            return Arrival::by_v2(Origin::Genuine(place), Address::V2Refunds, body);
        }
    };
    let signed_at_s = world.now().0;
    let kind = if matches!(mail.subject, Subject::Payment(_)) { "transaction" } else { "refund" };
    let body = seal::notification(world, &mail.id, event_type, kind, plain);
    let probes = mail.tries == 1 && world.strikes(Fault::NotificationProbe);
    let mut headers = seal::signed(world, &body, signed_at_s);
    let mut origin = Origin::Genuine(place);
    if probes {
        (headers, origin) = (seal::probing(headers), Origin::Probe);
    }
    let address = Address::V3;
    Arrival { origin, headers, body, address, signed_at_s, is_fresh: true }
}

/// A message comes in at the door, whoever sent it.
pub fn arrive(
    world: &Rc<World>,
    arrival: Arrival,
    answered: impl FnOnce(&Rc<World>, &Answered) + 'static,
) {
    if arrival.address != Address::V3 {
        // Nothing dates it: an old one is a repeat.
        return door::hear(world, arrival, answered);
    }
    // The official SDKs disagree about exactly five minutes; refusing there is safe (A.4).
    let age_s = world.wall().0 - arrival.signed_at_s;
    let is_fresh = age_s.abs() < 300;
    if !is_fresh {
        world.mark("stale notifications");
    }
    door::hear(world, Arrival { is_fresh, ..arrival }, answered);
}
