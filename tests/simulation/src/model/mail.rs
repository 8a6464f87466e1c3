//! The platform's notifications: sealed, signed afresh for each try, and sent again on the published
//! schedule until somebody says 200 or 204 (protocol reference C).

use std::rc::Rc;

use super::seal;
use crate::door;
use crate::weather::Fault;
use crate::world::World;

/// Where a message at the notification address comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The platform, about this piece of mail.
    Genuine(usize),
    /// The platform, with a signature that is meant not to agree.
    Probe,
    /// Somebody else.
    Forged,
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
    /// What it says of its age.
    pub signed_at_s: i64,
    /// Whether it was young enough to be believed when it arrived.
    pub is_fresh: bool,
}

impl Arrival {
    /// Whether it is to be believed.
    pub const fn is_genuine(&self) -> bool {
        matches!(self.origin, Origin::Genuine(_)) && self.is_fresh
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
    event_type: &'static str,
    plain: String,
    tries: usize,
    acknowledged: bool,
}

/// Seconds before each repeat (protocol reference C.3).
const REPEATS_S: [i64; 15] = [
    15, 15, 30, 180, 600, 1_200, 1_800, 1_800, 1_800, 3_600, 10_800, 10_800, 10_800, 21_600, 21_600,
];
/// Milliseconds that the platform waits for our answer.
const PATIENCE_MS: i64 = 5_000;

/// A payment is told.
pub fn payment(world: &Rc<World>, payment: usize) {
    let plain = world.wechat.borrow_mut().transaction(payment);
    write(world, "TRANSACTION.SUCCESS", Subject::Payment(payment), plain);
}

/// What became of a refund is told.
pub fn refund(world: &Rc<World>, event_type: &'static str, number: &str, plain: String) {
    write(world, event_type, Subject::Refund(number.to_owned()), plain);
}

fn write(world: &Rc<World>, event_type: &'static str, subject: Subject, plain: String) {
    let place = {
        let mut wechat = world.wechat.borrow_mut();
        let id = format!("EV-{:018}-{}", world.now_ms(), wechat.mail.len());
        let (tries, acknowledged) = (0, false);
        wechat.mail.push(Mail { id, subject, event_type, plain, tries, acknowledged });
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
    let (signed_at_s, sent_ms) = (world.now().0, world.now_ms());
    let (body, probes) = {
        let wechat = world.wechat.borrow();
        let mail = &wechat.mail[place];
        let kind =
            if matches!(mail.subject, Subject::Payment(_)) { "transaction" } else { "refund" };
        let body = seal::notification(world, &mail.id, mail.event_type, kind, &mail.plain);
        (body, mail.tries == 1 && world.strikes(Fault::NotificationProbe))
    };
    let mut headers = seal::signed(world, &body, signed_at_s);
    let mut origin = Origin::Genuine(place);
    if probes {
        (headers, origin) = (seal::probing(headers), Origin::Probe);
    }
    let arrival = Arrival { origin, headers, body, signed_at_s, is_fresh: true };
    world.wechat.borrow_mut().overheard.push(arrival.clone());
    let way_ms = if world.strikes(Fault::NotificationLate) {
        world.dice.between(6_000, 400_000)
    } else {
        world.dice.between(10, 400)
    };
    world.after(way_ms, "a notification arrives", move |world| {
        arrive(world, arrival, move |world, status| {
            let in_time = world.now_ms() <= sent_ms + PATIENCE_MS;
            let lost = world.strikes(Fault::AcknowledgementLost);
            if in_time && !lost && matches!(status, 200 | 204) {
                world.wechat.borrow_mut().mail[place].acknowledged = true;
            }
        });
    });
}

/// A message comes in at the door, whoever sent it.
pub fn arrive(
    world: &Rc<World>,
    arrival: Arrival,
    answered: impl FnOnce(&Rc<World>, u16) + 'static,
) {
    // The official SDKs disagree about exactly five minutes; refusing there is safe (A.4).
    let age_s = world.wall().0 - arrival.signed_at_s;
    let is_fresh = age_s.abs() < 300;
    if !is_fresh {
        world.mark("stale notifications");
    }
    door::hear(world, Arrival { is_fresh, ..arrival }, answered);
}
