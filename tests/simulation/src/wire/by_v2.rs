//! V2's answers, and what becomes of them on their way back. HTTP says 200 to nearly all of it; what
//! it means stands in the body, and a message that was not taken is answered without a signature
//! (protocol reference D.1, D.12).

use std::rc::Rc;

use wechatpay::http::Reply;

use super::{No, Sent};
use crate::keys::V2_KEYS;
use crate::model::seal;
use crate::model::v2::shared_key::Method;
use crate::model::v2::{self, Said, no, not_taken};
use crate::weather::Fault;
use crate::world::World;

/// Who answers it, and what: nothing where the answer is lost.
pub(super) fn answer(world: &Rc<World>, sent: &Sent) -> Option<Reply> {
    let method = world.manner.method;
    if world.strikes(Fault::Busy) {
        return Some(match world.dice.below(3) {
            0 => page(429, None),
            1 => said(world, &not_taken("请求过于频繁")),
            _ => said(world, &no("FREQUENCY_LIMITED", method)),
        });
    }
    if world.strikes(Fault::Resting) {
        let status = *world.dice.one_of(&[502, 503]);
        return Some(page(status, Some(world.dice.word(&["3", "120", "9999"]))));
    }
    if world.strikes(Fault::Failed) {
        return Some(trouble(world, method));
    }
    let known = sent.refused.borrow().clone();
    let answer = match known {
        Some(No::V2(said)) => said,
        _ if world.strikes(Fault::Refused) => refusal(world, method),
        _ => v2::take(world, &sent.called()),
    };
    if answer.is_a_no() {
        sent.refused.replace(Some(No::V2(answer.clone())));
    }
    on_the_way_back(world, &answer)
}

/// A no that says nothing of the order.
fn refusal(world: &World, method: Method) -> Said {
    let words = ["签名错误", "缺少参数", "appid和mch_id不匹配", "xml格式错误"];
    let codes = ["PARAM_ERROR", "NOAUTH", "INVALID_REQUEST", "SIGNERROR", "XML_FORMAT_ERROR"];
    if world.dice.one_in(2) {
        return not_taken(world.dice.word(&words));
    }
    no(world.dice.word(&codes), method)
}

/// Something is out of order, and nobody says whether it was done.
fn trouble(world: &World, method: Method) -> Reply {
    match world.dice.below(4) {
        0 => page(500, None),
        1 => page(200, None),
        2 => said(world, &not_taken("系统繁忙,请稍后再试")),
        _ => said(world, &no("SYSTEMERROR", method)),
    }
}

/// What becomes of the platform's own answer.
fn on_the_way_back(world: &World, answer: &Said) -> Option<Reply> {
    if world.strikes(Fault::ReplyLost) {
        return None;
    }
    if world.strikes(Fault::DoneBut500) {
        return Some(trouble(world, answer.method.unwrap_or(Method::Md5)));
    }
    let Some(method) = answer.method else { return Some(said(world, answer)) };
    let message = answer.message.clone();
    if world.strikes(Fault::Unsigned) {
        return Some(reply(200, message.written("xml")));
    }
    if world.strikes(Fault::Probe) {
        return Some(reply(200, v2::sealed(world, message, method, "somebody else's key")));
    }
    if world.strikes(Fault::ForeignReply) {
        let message = message.with("mch_id", "1900000009");
        return Some(reply(200, v2::sealed(world, message, method, key(world))));
    }
    let mut reply = said(world, answer);
    if world.strikes(Fault::TamperedReply) {
        let at = world.dice.below(reply.body.len());
        reply.body[at] ^= 1;
    }
    Some(reply)
}

/// As the platform sends it, signed where it is to be.
fn said(world: &World, said: &Said) -> Reply {
    let message = said.message.clone();
    reply(
        200,
        match said.method {
            Some(method) => v2::sealed(world, message, method, key(world)),
            None => message.written("xml"),
        },
    )
}

fn key(world: &World) -> &'static str {
    V2_KEYS[world.keys.platform_knows.get()]
}

/// A gateway's page.
fn page(status: u16, rest_s: Option<&str>) -> Reply {
    seal::unsigned(status, "<html><body>no</body></html>".to_owned(), rest_s)
}

fn reply(status: u16, body: String) -> Reply {
    seal::unsigned(status, body, None)
}
