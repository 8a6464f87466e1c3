//! The platform's front: who calls, is it signed, and which call is it (protocol reference A.1 to
//! A.3).

use std::rc::Rc;

use serde_json::Value;
use wechatpay::http::Method;

use super::seal::{Answer, error, says};
use super::wechat::Called;
use super::{refunds, v2};
use crate::keys::{MCHID, OWN_SERIALS, secret_of, stamped};
use crate::weather::Fault;
use crate::world::World;

/// Takes a call.
pub fn take(world: &Rc<World>, call: &Called<'_>) -> Answer {
    if !is_ours(world, call) {
        return Answer { status: 401, body: error("SIGN_ERROR"), signed: false };
    }
    let (now_s, request) = (world.now().0, call.request);
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    world.changed.set(true);
    if let Some(rest) = path.strip_prefix("/v3/refund/domestic/refunds") {
        return refunds::take(world, call.object, request.method, rest, &request.body);
    }
    let Some(object) = call.object else {
        return Answer { status: 404, body: String::new(), signed: false };
    };
    let rest = path.strip_prefix("/v3/pay/transactions/").unwrap_or_default();
    match (request.method, rest) {
        (Method::Post, "native") => world.wechat.borrow_mut().place(object, &request.body, now_s),
        (Method::Post, _) if rest.ends_with("/close") => {
            if world.strikes(Fault::UserPaying) {
                return says(202, error("USER_PAYING"));
            }
            let number = rest.trim_end_matches("/close").trim_start_matches("out-trade-no/");
            in_its_own_api(world, number);
            world.wechat.borrow_mut().close(number, now_s)
        }
        (Method::Get, _) if query == format!("mchid={MCHID}") => {
            let number = rest.trim_start_matches("out-trade-no/");
            in_its_own_api(world, number);
            let answer = world.wechat.borrow_mut().query(number, now_s);
            if answer.status == 200 && world.strikes(Fault::UnknownState) {
                return says(200, with_unknown_state(&answer.body));
            }
            answer
        }
        _ => Answer { status: 404, body: String::new(), signed: false },
    }
}

fn in_its_own_api(world: &World, number: &str) {
    if let Some(order) = world.wechat.borrow().orders.get(number) {
        v2::orders::in_its_own_api(world, order, false);
    }
}

/// The same order in a state that nobody has heard of.
fn with_unknown_state(body: &str) -> String {
    let mut transaction: Value = serde_json::from_str(body).unwrap_or_default();
    transaction["trade_state"] = Value::from("PREAUTHORISED");
    transaction.to_string()
}

/// Whether the merchant signed these very bytes within five minutes of now.
fn is_ours(world: &World, call: &Called<'_>) -> bool {
    let header = |wanted: &str| call.headers.iter().find(|(name, _)| *name == wanted);
    let Some((_, authorization)) = header("Authorization") else { return false };
    let Some(rest) = authorization.strip_prefix("WECHATPAY2-SHA256-RSA2048 ") else { return false };
    let field = |wanted: &str| {
        let start = rest.find(&format!("{wanted}=\""))? + wanted.len() + 2;
        rest.get(start..)?.split('"').next()
    };
    let (Some(mchid), Some(nonce), Some(signature), Some(timestamp), Some(serial)) = (
        field("mchid"),
        field("nonce_str"),
        field("signature"),
        field("timestamp"),
        field("serial_no"),
    ) else {
        return false;
    };
    let known = OWN_SERIALS[world.keys.platform_knows.get()];
    let age_s = world.now().0 - timestamp.parse::<i64>().unwrap_or(0);
    let (method, target) = (call.request.method.as_str(), &call.request.target);
    let mut message = format!("{method}\n{target}\n{timestamp}\n{nonce}\n").into_bytes();
    message.extend_from_slice(&call.request.body);
    message.push(b'\n');
    let agrees = stamped(&secret_of(serial), &message) == signature;
    mchid == MCHID && serial == known && age_s.abs() < 300 && agrees
}
