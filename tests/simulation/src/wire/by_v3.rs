//! APIv3's answers, and what becomes of them on their way back.

use std::rc::Rc;

use wechatpay::http::Reply;

use super::{No, Sent};
use crate::model::seal;
use crate::weather::Fault;
use crate::world::World;

/// Who answers it, and what: nothing where the answer is lost.
pub(super) fn answer(world: &Rc<World>, sent: &Sent) -> Option<Reply> {
    let front = if world.strikes(Fault::Busy) {
        Some((429, "FREQUENCY_LIMITED", None))
    } else if world.strikes(Fault::Resting) {
        let status = *world.dice.one_of(&[502, 503]);
        Some((status, "SERVICE_UNAVAILABLE", Some(*world.dice.one_of(&["3", "120", "9999"]))))
    } else if world.strikes(Fault::Failed) {
        Some((500, "SYSTEM_ERROR", None))
    } else if sent.refused.borrow().is_none() && world.strikes(Fault::Refused) {
        let refusals =
            [(400, "PARAM_ERROR"), (403, "NO_AUTH"), (400, "INVALID_REQUEST"), (401, "SIGN_ERROR")];
        let (status, code) = *world.dice.one_of(&refusals);
        sent.refused.replace(Some(No::V3(status, seal::error(code))));
        Some((status, code, None))
    } else {
        None
    };
    if let Some((status, code, rest)) = front {
        // A verdict on parameters may be the platform's own, under its signature.
        return Some(if status < 429 && status != 401 && world.dice.one_in(2) {
            seal::reply(world, status, seal::error(code))
        } else {
            seal::unsigned(status, seal::error(code), rest)
        });
    }
    let known = sent.refused.borrow().clone();
    let answer = match known {
        Some(No::V3(status, body)) => seal::says(status, body),
        _ => crate::model::calls::take(world, &sent.called()),
    };
    if matches!(answer.status, 400..=428) {
        sent.refused.replace(Some(No::V3(answer.status, answer.body.clone())));
    }
    on_the_way_back(world, answer)
}

/// What becomes of the platform's own answer.
fn on_the_way_back(world: &Rc<World>, answer: seal::Answer) -> Option<Reply> {
    let seal::Answer { status, body, signed } = answer;
    if world.strikes(Fault::ReplyLost) {
        return None;
    }
    if world.strikes(Fault::DoneBut500) {
        return Some(seal::unsigned(500, seal::error("SYSTEM_ERROR"), None));
    }
    if !signed || world.strikes(Fault::Unsigned) {
        return Some(seal::unsigned(status, body, None));
    }
    if world.strikes(Fault::Probe) {
        return Some(seal::probe(world, status, body));
    }
    if world.strikes(Fault::StaleReply) {
        let age_s = world.dice.between(600, 4_000);
        return Some(seal::reply_of(world, status, body, world.now().0 - age_s));
    }
    let mut reply = seal::reply(world, status, body);
    if !reply.body.is_empty() && world.strikes(Fault::TamperedReply) {
        let at = world.dice.below(reply.body.len());
        reply.body[at] ^= 1;
    }
    Some(reply)
}
