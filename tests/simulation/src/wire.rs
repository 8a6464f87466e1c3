//! The wire to WeChat Pay: what is lost, late, doubled, changed or answered by somebody else.
//!
//! Which site is called, when the same bytes go to the other one, and when a call is signed by the
//! merchant's other key follows `edge/src/cloudflare/platform.rs`; the decisions are the same code
//! (`edge::hosts`). Everything else here is the weather's.

mod by_v2;
mod by_v3;

use std::cell::RefCell;
use std::rc::Rc;

use edge::hosts::{Host, Mishap};
use edge::ports::{Delivery, Unreachable};
use wechatpay::http::{Reply, Request, Signed};
use wechatpay::v2::key::ApiV2Keys;
use wechatpay::v2::other_key::{is_refused, sign_again};

use crate::executor::Slot;
use crate::model::v2::Said;
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
    /// `None` where the door asks.
    object: Option<usize>,
    request: Rc<Request>,
    headers: Rc<Vec<(&'static str, String)>>,
    is_certified: bool,
    answer: Slot<Result<Reply, Mishap>>,
    /// A no to these very bytes. The platform says it again to a copy of them: one signature is one
    /// call, and a no that a later copy turns into a yes would be a no that means nothing.
    refused: Rc<RefCell<Option<No>>>,
}

impl Sent {
    fn called(&self) -> Called<'_> {
        Called {
            object: self.object,
            request: &self.request,
            headers: &self.headers,
            is_certified: self.is_certified,
        }
    }
}

/// A no, in the words of either API.
#[derive(Clone)]
enum No {
    V3(u16, String),
    V2(Said),
}

/// Whether a call is one of V2: its paths have no version.
pub fn is_v2(request: &Request) -> bool {
    !request.target.starts_with("/v3/")
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
    let outcome = deliver(world, Some(object.index), &signed, until_ms).await;
    world.witness.borrow_mut().call_ends(ticket);
    let outcome = planted::outcome(world, &request, outcome);
    if let Ok(delivery) = &outcome
        && let Some(serial) = delivery.reply.headers.get("Wechatpay-Serial")
    {
        world.keys.meet(world, serial);
    }
    outcome.map(|delivery| (request, delivery))
}

/// A question of the door's, about nobody's checkout in particular.
pub async fn ask(world: &Rc<World>, signed: &Signed, until_ms: i64) -> Option<Reply> {
    let delivered = deliver(world, None, signed, until_ms).await;
    delivered.ok().map(|delivery| delivery.reply)
}

/// As [`edge::ports::Platform::send`] wants it: where the platform does not know the key, nothing was
/// done, so the merchant's other key may be tried.
async fn deliver(
    world: &Rc<World>,
    object: Option<usize>,
    signed: &Signed,
    until_ms: i64,
) -> Result<Delivery, Unreachable> {
    if signed.needs_certificate() && world.strikes(Fault::CertificateGone) {
        return Err(Unreachable);
    }
    let first = reach(world, object, signed, until_ms).await?;
    if !refuses_key(&first.reply) || until_ms - world.now_ms() < AGAIN_MS_MIN {
        return Ok(first);
    }
    let Some((own, again)) = otherwise(world, signed).await else { return Ok(first) };
    let second = reach(world, object, &again, until_ms).await?;
    let astray = first.astray || second.astray;
    if refuses_key(&second.reply) {
        return Ok(Delivery { astray, ..first });
    }
    if matches!(second.reply.status, 200..=299 | 400..=428) {
        match own {
            Other::V3(own) => world.keys.settle_on(own),
            Other::V2(keys) => {
                world.mark("v2: the other key is taken");
                world.keys.settle_on_v2(keys);
            }
        }
    }
    Ok(Delivery { astray, ..second })
}

fn refuses_key(reply: &Reply) -> bool {
    reply.status == 401 || is_refused(reply)
}

/// The merchant's other key, as it is remembered if the platform takes it.
enum Other {
    V3(usize),
    V2(ApiV2Keys),
}

async fn otherwise(world: &World, refused: &Signed) -> Option<(Other, Signed)> {
    if is_v2(refused.request()) {
        let merchant = world.keys.merchant(world);
        let means = merchant.v2.as_ref()?;
        let (signed, keys) = sign_again(refused, &means.keys, world.dice.bytes())?;
        return Some((Other::V2(keys), signed));
    }
    let (own, signed) = world.keys.sign_otherwise(world, refused).await?;
    Some((Other::V3(own), signed))
}

/// To one of the platform's sites; where nobody is there, to the other.
async fn reach(
    world: &Rc<World>,
    object: Option<usize>,
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
    object: Option<usize>,
    signed: &Signed,
    host: Host,
    until_ms: i64,
) -> Result<Reply, Mishap> {
    let sent = Sent {
        object,
        request: Rc::new(signed.request().clone()),
        headers: Rc::new(signed.headers().to_vec()),
        is_certified: signed.needs_certificate(),
        answer: Slot::default(),
        refused: Rc::default(),
    };
    world.say(|| {
        let Request { method, target, .. } = &*sent.request;
        let who = object.map_or("the door".to_owned(), |index| format!("object {index}"));
        format!("  {who} calls {} {target}", method.as_str())
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
    let reply =
        if is_v2(&sent.request) { by_v2::answer(world, sent) } else { by_v3::answer(world, sent) };
    if let Some(reply) = reply {
        come_back(world, sent, reply);
    }
}

fn come_back(world: &Rc<World>, sent: &Sent, reply: Reply) {
    let (answer, request, object) = (sent.answer.clone(), Rc::clone(&sent.request), sent.object);
    world.after(world.dice.between(2, 150), "an answer comes", move |world| {
        let status = reply.status;
        world.say(|| format!("  {status} {}", String::from_utf8_lossy(&reply.body)));
        let body = reply.body.clone();
        let is_awaited = answer.fill(&world.executor, Ok(reply));
        if let Some(object) = object
            && is_awaited
            && status == 200
        {
            world.wechat.borrow_mut().handed_out(object, &request, &body);
        }
    });
}
