//! Those who mean no good, or repeat what they do not understand: forged, changed, swapped, stale
//! and repeated messages at the notification address.

mod v2;

use std::rc::Rc;

use super::mail::{Address, Arrival, Origin, arrive};
use super::seal;
use crate::keys::{PLATFORM_SERIALS, SEALING_KEYS, secret_of};
use crate::weather::Fault;
use crate::world::World;

/// One attempt, if the weather has any.
pub fn strike(world: &Rc<World>) {
    if world.strikes(Fault::Forged) {
        forge(world);
    }
    if world.strikes(Fault::Tampered) {
        tamper(world);
    }
    if world.strikes(Fault::Replayed) {
        replay(world);
    }
}

fn come(world: &Rc<World>, arrival: Arrival) {
    arrive(world, arrival, |_, _| {});
}

/// A payment that never was, for an order that is there. The sealing key has leaked, or has not.
fn forge(world: &Rc<World>) {
    let manner = &world.manner;
    if manner.has_v2 && (!manner.has_v3 || world.dice.one_in(2)) {
        return v2::forge(world);
    }
    let Some((number, object)) = victim(world) else { return };
    let order = serde_json::json!({
        "appid": crate::keys::APPID, "mchid": crate::keys::MCHID, "out_trade_no": number,
        "transaction_id": format!("4200666{object}{}", world.now_ms()), "trade_type": "NATIVE",
        "trade_state": "SUCCESS", "trade_state_desc": "", "bank_type": "OTHERS",
        "success_time": super::moment::written(world.now().0), "payer": { "openid": "o" },
        "amount": { "total": super::clients::total_of(world, object), "currency": "CNY" },
    });
    let key = *world.dice.one_of(&[SEALING_KEYS[0], "00000000000000000000000000000000"]);
    let id = format!("EV-forged-{}", world.now_ms());
    let nonce = "0123456789ab";
    let plain = order.to_string();
    let body = seal::sealed_with(key, nonce, &id, "TRANSACTION.SUCCESS", "transaction", &plain);
    let signed_at_s = world.now().0;
    let serial = *world.dice.one_of(&[PLATFORM_SERIALS[0], PLATFORM_SERIALS[1], "0BAD"]);
    let mut headers = seal::signed_by(&secret_of("0BAD"), serial, nonce, &body, signed_at_s);
    if world.dice.one_in(4) {
        headers.remove(world.dice.below(4));
    }
    let (origin, address) = (Origin::Forged, Address::V3);
    come(world, Arrival { origin, headers, body, address, signed_at_s, is_fresh: true });
}

/// An order that is there, and whose it is.
fn victim(world: &World) -> Option<(String, usize)> {
    let wechat = world.wechat.borrow();
    let numbers: Vec<_> =
        wechat.orders.iter().map(|(it, order)| (it.clone(), order.object)).collect();
    (!numbers.is_empty()).then(|| world.dice.one_of(&numbers).clone())
}

fn overheard(world: &World) -> Option<Arrival> {
    let wechat = world.wechat.borrow();
    if wechat.overheard.is_empty() {
        return None;
    }
    Some(world.dice.one_of(&wechat.overheard).clone())
}

/// A genuine message with one thing changed: a byte of the body, the time, the nonce, or the body
/// of another message under these headers.
fn tamper(world: &Rc<World>) {
    let Some(mut arrival) = overheard(world) else { return };
    if arrival.address != Address::V3 {
        let other = overheard(world).filter(|other| other.address == arrival.address);
        return v2::tamper(world, arrival, other);
    }
    match world.dice.below(4) {
        0 => {
            let at = world.dice.below(arrival.body.len());
            arrival.body[at] ^= 1;
        }
        1 => {
            // A stale message made young again.
            arrival.signed_at_s = world.now().0 + 1;
            arrival.headers[0].1 = arrival.signed_at_s.to_string();
        }
        2 => arrival.headers[1].1.push('0'),
        _ => {
            let Some(other) = overheard(world) else { return };
            if other.body == arrival.body || other.address != Address::V3 {
                return;
            }
            arrival.body = other.body;
        }
    }
    arrival.origin = Origin::Forged;
    come(world, arrival);
}

/// A genuine message once more: young, it is a duplicate as the platform itself sends them; old, it
/// is nothing.
fn replay(world: &Rc<World>) {
    if let Some(arrival) = overheard(world) {
        come(world, arrival);
    }
}
