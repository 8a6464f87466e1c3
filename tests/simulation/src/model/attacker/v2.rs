//! The same by V2, where nothing dates a message and one of two is not even signed.

use std::rc::Rc;

use super::{come, victim};
use crate::keys::{APPID, MCHID};
use crate::model::mail::{Address, Arrival, Origin};
use crate::model::moment;
use crate::model::v2::refunds::letter_under;
use crate::model::v2::shared_key::{Method, signed};
use crate::model::v2::xml::Message;
use crate::world::World;

/// What somebody who has not the key may try instead.
const GUESSES: [&str; 3] = ["", "192006250b4c09247ec02edce69f6a2d", "null"];

/// A payment, or a refund, that never was.
pub(super) fn forge(world: &Rc<World>) {
    let Some((number, object)) = victim(world) else { return };
    let id = format!("4200666{object}{}", world.now_ms());
    let total = crate::model::clients::total_of(world, object).to_string();
    let key = *world.dice.one_of(&GUESSES);
    if world.dice.one_in(4) {
        let inner = Message::of(&[("out_refund_no", "R-1"), ("refund_status", "SUCCESS")])
            .with("transaction_id", id);
        let body = letter_under(world, &inner, key);
        return come(world, Arrival::by_v2(Origin::Forged, Address::V2Refunds, body));
    }
    if world.dice.one_in(4) {
        let question = Message::of(&[("appid", APPID), ("mch_id", MCHID), ("openid", "oPayer0")])
            .with("product_id", crate::model::shelf::PRODUCT);
        let body = signed(question, key, Method::Md5).written("xml").into_bytes();
        return come(world, Arrival::by_v2(Origin::Forged, Address::V2Scans, body));
    }
    let paid = Message::of(&[("return_code", "SUCCESS"), ("result_code", "SUCCESS")])
        .with("appid", APPID)
        .with("mch_id", MCHID)
        .with("nonce_str", "0123456789ab")
        .with("trade_type", "NATIVE")
        .with("bank_type", "OTHERS")
        .with("total_fee", total)
        .with("transaction_id", id)
        .with("out_trade_no", number)
        .with("time_end", moment::digits(world.now().0));
    let method = *world.dice.one_of(&[Method::Md5, Method::HmacSha256]);
    let body = match world.dice.below(4) {
        0 => paid.written("xml"),
        1 => signed(paid.with("sign_type", "NONE"), key, method).written("xml"),
        2 => {
            format!("<!DOCTYPE xml [<!ENTITY a 'b'>]>{}", signed(paid, key, method).written("xml"))
        }
        _ => signed(paid, key, method).written("xml"),
    };
    come(world, Arrival::by_v2(Origin::Forged, Address::V2Payments, body.into_bytes()));
}

/// A genuine message with one thing changed. Of one that is sealed and not signed, whatever still opens
/// may be heard: it only says what to ask about.
pub(super) fn tamper(world: &Rc<World>, mut arrival: Arrival, other: Option<Arrival>) {
    let message = Message::read(&arrival.body).unwrap_or_default();
    let body = match world.dice.below(4) {
        0 => {
            let at = world.dice.below(arrival.body.len());
            arrival.body[at] ^= 1;
            arrival.body
        }
        1 => message.with("total_fee", "1").with("transaction_id", "4200777").written("xml").into(),
        2 => {
            // A genuine sign, or seal, under another head.
            let other = other.and_then(|other| Message::read(&other.body)).unwrap_or_default();
            let taken = if arrival.address == Address::V2Refunds { "req_info" } else { "sign" };
            if other.text(taken) == message.text(taken) {
                return;
            }
            message.with(taken, other.text(taken)).written("xml").into()
        }
        _ => message.with("out_trade_no", "abcdefghijklmnopqrst01abcdefgh").written("xml").into(),
    };
    arrival.body = body;
    arrival.origin = Origin::Forged;
    come(world, arrival);
}
