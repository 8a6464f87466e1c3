//! What has been seen so far that a promise is about: calls under way, bodies sent, answers given.

use std::collections::BTreeMap;
use std::rc::Rc;

use checkout::view::Status;
use edge::command::{Answer, Orphan, RefundView};
use serde_json::Value;
use wechatpay::http::Request;

use crate::invariants;
use crate::model::mail::{Address, Arrival, Origin};
use crate::model::v2::orders::FRESH;
use crate::model::v2::xml::Message;
use crate::object::Object;
use crate::wire::is_v2;
use crate::world::World;

/// A call that somebody waits for.
struct Calling {
    ticket: u64,
    object: usize,
    until_ms: i64,
}

/// Everything that was seen.
#[derive(Default)]
pub struct Witness {
    /// Authentic reports that nobody here knew.
    pub orphans: Vec<Orphan>,
    calling: Vec<Calling>,
    tickets: u64,
    bodies: BTreeMap<String, Vec<u8>>,
    /// What was said outside of each checkout: its status and version.
    said: BTreeMap<usize, (Status, u64)>,
    /// The number of each refund, by the shop's own name for it.
    refunds: BTreeMap<String, String>,
}

impl Witness {
    /// An object begins to call the platform. One at a time: another call of the same object may
    /// only be one whose time is over. (A clock that jumps ends leases early; nobody can help that.)
    pub fn call_begins(&mut self, world: &World, object: &Object, until_ms: i64) -> u64 {
        let now_ms = world.now_ms();
        self.calling.retain(|call| call.until_ms > now_ms);
        if self.calling.iter().any(|call| call.object == object.index) && !world.has_just_jumped() {
            let found = || format!("object {} calls while it is calling", object.index);
            world.breach("one_call_at_a_time", found);
        }
        self.tickets += 1;
        let (ticket, object) = (self.tickets, object.index);
        self.calling.push(Calling { ticket, object, until_ms });
        ticket
    }

    /// It has its answer, or waits no longer.
    pub fn call_ends(&mut self, ticket: u64) {
        self.calling.retain(|call| call.ticket != ticket);
    }

    /// A call goes out. An order, or a refund, is repeated byte for byte; by V2, field for field.
    pub fn sent(&mut self, world: &World, request: &Request) {
        let name = match request.target.as_str() {
            "/v3/pay/transactions/native" | "/pay/unifiedorder" => "out_trade_no",
            "/v3/refund/domestic/refunds" | "/secapi/pay/refund" => "out_refund_no",
            _ => return,
        };
        let (number, body) = if is_v2(request) {
            // What the platform compares is all but the nonce and the sign.
            let message = Message::read(&request.body).unwrap_or_default();
            let number = message.text(name).to_owned();
            (number, message.without(FRESH).written("xml").into_bytes())
        } else {
            let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
            (body[name].as_str().unwrap_or_default().to_owned(), request.body.clone())
        };
        let first = self.bodies.entry(number.clone()).or_insert_with(|| body.clone());
        if *first != body {
            world.breach("one_body_per_number", || format!("{number} was sent with two bodies"));
        }
    }

    /// The door has answered a message at the notification address.
    pub fn answered(&mut self, world: &Rc<World>, arrival: &Arrival, status: u16) {
        if !matches!(status, 200..=299) {
            return;
        }
        if arrival.must_be_refused() {
            let found = || format!("{:?}, fresh: {}: {status}", arrival.origin, arrival.is_fresh);
            world.breach("nothing_forged_is_acknowledged", found);
        } else if let Origin::Genuine(place) = arrival.origin {
            world.mark(match arrival.address {
                Address::V3 => "notifications acknowledged",
                Address::V2Payments => "v2: payments acknowledged",
                Address::V2Refunds => "v2: refunds acknowledged",
                Address::V2Scans => "v2: scans answered",
            });
            invariants::acknowledged_is_kept(world, self, place);
        }
    }

    /// Somebody outside is told how a checkout stands. What was said stays true: paid is for ever,
    /// and an end gives way to money alone.
    pub fn told(&mut self, world: &World, object: usize, answer: &Answer) {
        let (status, version) = match answer {
            Answer::Checkout { view, .. } => (view.status, view.version),
            Answer::Session { view, .. } => (view.status, view.version),
            _ => return,
        };
        let Some((before, known)) = self.said.insert(object, (status, version)) else { return };
        // Answers may overtake one another; an older version says nothing about the newer one.
        if version < known {
            self.said.insert(object, (before, known));
            return;
        }
        let stands = match (before, status) {
            (Status::Open, _) | (_, Status::Paid) => true,
            (before, after) => before == after,
        };
        if !stands || (version == known && before != status) {
            let found = || format!("{before:?} at version {known}, {status:?} at {version}");
            world.breach("what_was_said_stays_true", found);
        }
    }

    /// The shop is told the number of a refund that it wished for.
    pub fn refund_told(&mut self, world: &World, reference: String, view: &RefundView) {
        let number = view.out_refund_no.clone();
        let known = self.refunds.entry(reference).or_insert_with(|| number.clone());
        if *known != number {
            let found = || format!("one wish is {known} and {number}");
            world.breach("one_wish_is_one_refund", found);
        }
    }
}
