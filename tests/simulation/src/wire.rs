//! The wire to WeChat Pay: what is lost, late, doubled, changed or answered by somebody else.
//!
//! Which site is called, when the same bytes go to the other one, and when a call is signed by the
//! merchant's other key follows `edge/src/cloudflare/platform.rs`; the decisions are the same code
//! (`edge::hosts`). Everything else here is the weather's.

use std::cell::RefCell;
use std::rc::Rc;

use edge::hosts::{Host, Mishap};
use edge::ports::{Delivery, Unreachable};
use wechatpay::http::{Reply, Request, Signed};

use crate::executor::Slot;
use crate::model::seal;
use crate::model::wechat::Called;
use crate::object::Object;
use crate::planted;
use crate::weather::Fault;
use crate::world::World;

/// The least time in which a call that was signed anew can still be answered.
const AGAIN_MS_MIN: i64 = 500;

/// A call on its way: who made it, and who waits.
#[derive(Clone)]
struct Sent {
    object: usize,
    request: Rc<Request>,
    headers: Rc<Vec<(&'static str, String)>>,
    answer: Slot<Result<Reply, Mishap>>,
    /// A no to these very bytes. The platform says it again to a copy of them: one signature is one
    /// call, and a no that a later copy turns into a yes would be a no that means nothing.
    refused: Rc<RefCell<Option<(u16, String)>>>,
}

/// Sends `signed` and waits for the answer. Tells what was called, too.
pub async fn send(
    world: &Rc<World>,
    object: &Rc<Object>,
    signed: Signed,
    deadline_ms: u32,
) -> Result<(Request, Delivery), Unreachable> {
    object.gate(world, "call held back").await;
    let until_ms = world.now_ms() + i64::from(deadline_ms);
    let request = signed.request().clone();
    let ticket = world.witness.borrow_mut().call_begins(world, object, until_ms);
    let outcome = deliver(world, object, &signed, until_ms).await;
    world.witness.borrow_mut().call_ends(ticket);
    let outcome = planted::outcome(world, &request, outcome);
    if let Ok(delivery) = &outcome
        && let Some(serial) = delivery.reply.headers.get("Wechatpay-Serial")
    {
        world.keys.meet(world, serial);
    }
    outcome.map(|delivery| (request, delivery))
}

/// As [`edge::ports::Platform::send`] wants it: 401 says that nothing was done, so the merchant's
/// other key may be tried.
async fn deliver(
    world: &Rc<World>,
    object: &Rc<Object>,
    signed: &Signed,
    until_ms: i64,
) -> Result<Delivery, Unreachable> {
    let first = reach(world, object, signed, until_ms).await?;
    if first.reply.status != 401 || until_ms - world.now_ms() < AGAIN_MS_MIN {
        return Ok(first);
    }
    let Some((own, again)) = world.keys.sign_otherwise(world, signed).await else {
        return Ok(first);
    };
    let second = reach(world, object, &again, until_ms).await?;
    let astray = first.astray || second.astray;
    if second.reply.status == 401 {
        return Ok(Delivery { astray, ..first });
    }
    if matches!(second.reply.status, 200..=299 | 400..=428) {
        world.keys.settle_on(own);
    }
    Ok(Delivery { astray, ..second })
}

/// To one of the platform's sites; where nobody is there, to the other.
async fn reach(
    world: &Rc<World>,
    object: &Rc<Object>,
    signed: &Signed,
    until_ms: i64,
) -> Result<Delivery, Unreachable> {
    let delivery = |astray| move |reply| Delivery { reply, astray };
    let first = world.hosts.borrow().first(world.wall());
    let left_ms = || u32::try_from((until_ms - world.now_ms()).max(0)).unwrap_or(0);
    match call(world, object, signed, first, until_ms).await {
        Err(mishap) if mishap.repeats_at_once(left_ms()) => {
            world.mark("calls to the other site");
            call(world, object, signed, first.other(), until_ms).await.map(delivery(true))
        }
        carried => carried.map(delivery(false)),
    }
    .map_err(|_| Unreachable)
}

async fn call(
    world: &Rc<World>,
    object: &Rc<Object>,
    signed: &Signed,
    host: Host,
    until_ms: i64,
) -> Result<Reply, Mishap> {
    let sent = Sent {
        object: object.index,
        request: Rc::new(signed.request().clone()),
        headers: Rc::new(signed.headers().to_vec()),
        answer: Slot::default(),
        refused: Rc::default(),
    };
    world.say(|| {
        let Request { method, target, .. } = &*sent.request;
        format!("  object {} calls {} {target}", object.index, method.as_str())
    });
    world.witness.borrow_mut().sent(world, &sent.request);
    set_out(world, &sent);
    let timer = sent.answer.clone();
    world.after(until_ms - world.now_ms(), "a call's time is over", move |world| {
        timer.fill(&world.executor, Err(Mishap::TimedOut));
    });
    let carried = sent.answer.wait(&world.executor, "answer").await;
    let mishap = match &carried {
        Ok(reply) if matches!(reply.status, 502 | 503) => Some(Mishap::Unavailable),
        Ok(_) => None,
        Err(mishap) => Some(*mishap),
    };
    let mut hosts = world.hosts.borrow_mut();
    match mishap {
        Some(_) => hosts.failed(host, world.wall()),
        None => hosts.answered(host),
    }
    carried
}

/// The way there.
fn set_out(world: &Rc<World>, sent: &Sent) {
    let there_ms = world.dice.between(2, 150);
    if world.strikes(Fault::RequestLost) {
        if world.dice.one_in(2) {
            hang_up(world, sent);
        }
    } else if world.strikes(Fault::RequestLate) {
        // The platform refuses what was signed five minutes ago; nothing travels longer than that.
        let late_ms = world.dice.between(4_000, 240_000);
        arrive_after(world, sent, late_ms);
    } else if world.strikes(Fault::HungUp) {
        hang_up(world, sent);
        let ms = *world.dice.one_of(&[there_ms, 1_500, 30_000]);
        arrive_after(world, sent, ms);
    } else {
        arrive_after(world, sent, there_ms);
        if world.strikes(Fault::RequestTwice) {
            let copy = Sent { answer: Slot::default(), ..sent.clone() };
            arrive_after(world, &copy, there_ms + world.dice.between(0, 60_000));
        }
    }
}

fn hang_up(world: &Rc<World>, sent: &Sent) {
    let answer = sent.answer.clone();
    world.after(world.dice.between(5, 2_000), "a connection breaks", move |world| {
        answer.fill(&world.executor, Err(Mishap::Unconnected));
    });
}

fn arrive_after(world: &Rc<World>, sent: &Sent, there_ms: i64) {
    let sent = sent.clone();
    world.after(there_ms, "a call arrives", move |world| arrive(world, &sent));
}

/// Who answers it: something in front of the platform, or the platform.
fn arrive(world: &Rc<World>, sent: &Sent) {
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
        sent.refused.replace(Some((status, seal::error(code))));
        Some((status, code, None))
    } else {
        None
    };
    let reply = if let Some((status, code, rest)) = front {
        // A verdict on parameters may be the platform's own, under its signature.
        if status < 429 && status != 401 && world.dice.one_in(2) {
            seal::reply(world, status, seal::error(code))
        } else {
            seal::unsigned(status, seal::error(code), rest)
        }
    } else {
        let call = Called { object: sent.object, request: &sent.request, headers: &sent.headers };
        let known = sent.refused.borrow().clone();
        let answer = match known {
            Some((status, body)) => seal::says(status, body),
            None => crate::model::calls::take(world, &call),
        };
        if matches!(answer.status, 400..=428) {
            sent.refused.replace(Some((answer.status, answer.body.clone())));
        }
        let Some(reply) = on_the_way_back(world, answer) else { return };
        reply
    };
    come_back(world, sent, reply);
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

fn come_back(world: &Rc<World>, sent: &Sent, reply: Reply) {
    let (answer, request, object) = (sent.answer.clone(), Rc::clone(&sent.request), sent.object);
    world.after(world.dice.between(2, 150), "an answer comes", move |world| {
        let status = reply.status;
        world.say(|| format!("  {status} {}", String::from_utf8_lossy(&reply.body)));
        let body = reply.body.clone();
        if answer.fill(&world.executor, Ok(reply)) && status == 200 {
            world.wechat.borrow_mut().handed_out(object, &request, &body);
        }
    });
}
