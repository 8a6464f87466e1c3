//! Somebody has scanned a printed code, as `edge/src/cloudflare/native_callback.rs` has it: there is an
//! answer within the time that WeChat waits, and what was begun goes on behind it.

use std::rc::Rc;

use checkout::id::CheckoutId;
use edge::command::{Answer, CounterAnswer, CounterCommand, Letter};
use edge::counter::{Refusal, Scan, Served, Shelf, serve};
use edge::notified::refused_v2;
use edge::problem::Problem;
use wechatpay::v2::draft::nonce_str;
use wechatpay::v2::mode1::{Callback, fail, read};

use super::{Answered, ask};
use crate::executor::{Owner, Slot};
use crate::keys::MCHID;
use crate::model::mail::Arrival;
use crate::planted;
use crate::world::World;

/// How long a scan may take, as at the real door.
const ANSWER_MS_MAX: i64 = 4_500;

/// What WeChat is answered.
pub(super) async fn scanned(world: &Rc<World>, arrival: &Arrival) -> Answered {
    let merchant = world.keys.merchant(world);
    let means = merchant.v2().expect("a V2 key");
    let callback = match read(&arrival.body, &means.keys) {
        Ok(callback) => callback,
        Err(reason) => {
            let refused = refused_v2(&reason);
            return Answered { status: refused.status, body: fail(refused.words) };
        }
    };
    if callback.mchid != MCHID {
        return Answered { status: 401, body: fail("this is another merchant's") };
    }
    let served = in_time(world, &callback).await;
    let nonce = nonce_str(world.dice.bytes());
    let body = match served {
        Served::Ready(prepay_id) => callback.answer(&prepay_id, &nonce),
        Served::Refused(refusal) => callback.refuse(refusal.words(), &nonce),
    };
    Answered { status: 200, body }
}

async fn in_time(world: &Rc<World>, callback: &Callback) -> Served {
    let scan =
        Scan { product: callback.product_id.as_str().to_owned(), openid: callback.openid.clone() };
    let slot = Slot::default();
    let (timer, done, outside) = (slot.clone(), slot.clone(), Rc::clone(world));
    world.after(ANSWER_MS_MAX, "a scan's time is over", move |world| {
        timer.fill(&world.executor, Served::Refused(Refusal::Busy));
    });
    world.executor.spawn(Owner::Door, "scanned", async move {
        let profile = outside.shelf.profile.borrow().clone();
        let floor = Floor { world: Rc::clone(&outside), openid: scan.openid.clone() };
        let served = match profile {
            Some(profile) => serve(&profile, &scan, &floor).await,
            None => Ok(Served::Refused(Refusal::Unknown)),
        };
        let served = served.unwrap_or_else(|problem| {
            outside.say(|| format!("  {problem:?}"));
            outside.mark("v2: scans in trouble");
            Served::Refused(Refusal::Busy)
        });
        done.fill(&outside.executor, served);
    });
    slot.wait(&world.executor, "scan").await
}

/// The way to counters and checkouts.
struct Floor {
    world: Rc<World>,
    openid: String,
}

impl Shelf for Floor {
    async fn counter(
        &self,
        counter: &str,
        command: &CounterCommand,
    ) -> Result<CounterAnswer, Problem> {
        let slot = Slot::default();
        let (answered, openid) = (slot.clone(), self.openid.clone());
        let (counter, command) = (counter.to_owned(), command.clone());
        self.world.after(self.world.dice.between(0, 15), "a counter is asked", move |world| {
            let answer = counted(world, &counter, &command);
            own(world, &answer, openid);
            world.after(world.dice.between(0, 15), "a counter answers", move |world| {
                answered.fill(&world.executor, answer);
            });
        });
        Ok(slot.wait(&self.world.executor, "counter").await)
    }

    async fn checkout(&self, id: &CheckoutId, letter: &Letter) -> Result<Answer, Problem> {
        ask(&self.world, id, letter).await
    }

    fn post(&self, id: CheckoutId, letter: Letter) {
        let outside = Rc::clone(&self.world);
        self.world.executor.spawn(Owner::Door, "posted", async move {
            ask(&outside, &id, &letter).await.ok();
        });
    }
}

/// What a counter says. It is written before it is said.
fn counted(world: &Rc<World>, counter: &str, command: &CounterCommand) -> CounterAnswer {
    let mut counters = world.shelf.counters.borrow_mut();
    let own = counters.entry(counter.to_owned()).or_default();
    if planted::forgets_who_scanned(world) {
        *own = edge::counter::Counter::default();
    }
    let now = world.wall();
    match command {
        CounterCommand::Scan(wish) => {
            let [a, b, c, d, e, f, g, h, ..] = world.dice.bytes();
            let pointer = own.scan(wish, now, [a, b, c, d, e, f, g, h]);
            CounterAnswer::Current(pointer.expect("a name that fits"))
        }
        CounterCommand::Retry { reference } => {
            CounterAnswer::Retry { granted: own.retry(reference, now) }
        }
    }
}

/// Remembers whose a checkout is.
fn own(world: &World, answer: &CounterAnswer, openid: String) {
    let CounterAnswer::Current(pointer) = answer else { return };
    if let Some(old) = &pointer.superseded {
        world.mark("v2: prices changed under a scan");
        world.shelf.withdrawn.borrow_mut().insert(old.as_str().to_owned());
    }
    let mut owners = world.shelf.owners.borrow_mut();
    owners.entry(pointer.reference.as_str().to_owned()).or_insert(openid);
}
