//! The stateless isolate in front: brings letters to objects and notifications to a verdict.
//!
//! What a notification comes to is decided by `wechatpay::v3::notification` and `edge::notified`,
//! the very code of the real door; this brings keys and objects, as `edge/src/cloudflare/` does.

mod scans;
mod v2;

use std::cell::Cell;
use std::rc::Rc;

use checkout::id::{CheckoutId, ProfileName};
use edge::command::{Answer, Command, Letter, Orphan};
use edge::notified::{ACKNOWLEDGED, Errand, Listeners, NOT_STORED, Verdict, store, verdict};
use edge::problem::{Code, Problem};
use wechatpay::http::Headers;
use wechatpay::v3::notification::{NotificationError, Receiver, read};
use wechatpay::v3::verify::Distrust;

use crate::executor::{Owner, Slot};
use crate::model::mail::{Address, Arrival};
use crate::object::{Object, Reply};
use crate::planted;
use crate::weather::Fault;
use crate::world::World;

/// Brings `letter` to a checkout's object and waits for its answer.
pub async fn ask(world: &Rc<World>, id: &CheckoutId, letter: &Letter) -> Result<Answer, Problem> {
    let object = match world.object(id) {
        Some(object) => object,
        None if matches!(letter.command, Command::Open(_)) => found(world, id, letter),
        // The runtime would wake an empty object, which knows nothing.
        None => return Ok(Answer::Unknown),
    };
    let reply = Reply::default();
    hand_over(world, &object, letter.clone(), Some(reply.clone()));
    if world.strikes(Fault::LetterTwice) {
        hand_over(world, &object, letter.clone(), None);
    }
    reply.wait(&world.executor, "object").await.map_err(|_| {
        Problem::new(Code::Unavailable, "the object died before it answered").retry_after(1)
    })
}

/// Whoever opens what nobody planned has scanned a printed code.
fn found(world: &Rc<World>, id: &CheckoutId, letter: &Letter) -> Rc<Object> {
    let mut objects = world.objects.borrow_mut();
    if let Command::Open(opening) = &letter.command {
        world.clients.borrow_mut().purchases.push((**opening).clone());
    }
    let object = Object::new(objects.len(), id.clone());
    objects.push(Rc::clone(&object));
    object
}

fn hand_over(world: &Rc<World>, object: &Rc<Object>, letter: Letter, reply: Option<Reply>) {
    let object = Rc::clone(object);
    world.after(world.dice.between(0, 15), "a letter reaches its object", move |world| {
        crate::names::hears(world, &object, &letter.command);
        object.serve(world, letter, reply);
    });
}

/// What the sender of a message is answered.
#[derive(Debug)]
pub struct Answered {
    /// The HTTP status.
    pub status: u16,
    /// What V2 reads.
    pub body: Vec<u8>,
}

impl Answered {
    const fn by_status(status: u16) -> Self {
        Self { status, body: Vec::new() }
    }
}

/// A message arrives at one of our addresses. `answered` is told what we say, unless nobody answers.
pub fn hear(
    world: &Rc<World>,
    arrival: Arrival,
    answered: impl FnOnce(&Rc<World>, &Answered) + 'static,
) {
    let outside = Rc::clone(world);
    world.executor.spawn(Owner::Door, "notified", async move {
        let said = match arrival.address {
            Address::V3 => Answered::by_status(judged(&outside, &arrival).await),
            Address::V2Payments => v2::paid(&outside, &arrival).await,
            Address::V2Scans => scans::scanned(&outside, &arrival).await,
            Address::V2Refunds => v2::refunded(&outside, &arrival).await,
        };
        let status = said.status;
        outside.say(|| format!("  the door answers {status} to {:?}", arrival.origin));
        outside.witness.borrow_mut().answered(&outside, &arrival, status);
        answered(&outside, &said);
    });
}

async fn judged(world: &Rc<World>, arrival: &Arrival) -> u16 {
    let headers: Headers = arrival.headers.iter().cloned().collect();
    let told = async || {
        let merchant = world.keys.merchant(world);
        let v3 = merchant.v3().expect("keys of APIv3");
        let receiver = Receiver { keys: &v3.platform_keys, api_v3_keys: &world.keys.api_v3_keys };
        let wall = planted::wall_of_the_door(world, &headers);
        read(&v3.rsa, &receiver, &headers, &arrival.body, wall).await
    };
    let told = match told().await {
        Err(NotificationError::Distrust(Distrust::UnknownSerial(serial)))
            if world.keys.meet(world, &serial) =>
        {
            told().await
        }
        told => told,
    };
    if let Err(reason) = &told {
        world.say(|| format!("  {reason}"));
    }
    match verdict(told, &ProfileName::default(), world.wall()) {
        Verdict::Store(errand) => keep(world, arrival, *errand).await,
        Verdict::Echo { .. } | Verdict::Ignored { .. } => ACKNOWLEDGED,
        Verdict::Refused(refused) => refused.status,
    }
}

/// Stores what was told, and says whether it is.
async fn keep(world: &Rc<World>, arrival: &Arrival, mut errand: Errand) -> u16 {
    planted::errand(world, &mut errand);
    if planted::skips(world, &errand) {
        return ACKNOWLEDGED;
    }
    let hall = Hall { world: Rc::clone(world), trusted: Cell::new(!arrival.must_be_refused()) };
    if planted::acknowledges_first(world) {
        let outside = Rc::clone(world);
        world.executor.spawn(Owner::Door, "stored later", async move {
            outside.executor.step_aside("acknowledged").await;
            store(errand, &ProfileName::default(), &hall).await.ok();
        });
        return ACKNOWLEDGED;
    }
    let stored = store(errand, &ProfileName::default(), &hall).await;
    if stored.is_ok() { ACKNOWLEDGED } else { NOT_STORED }
}

/// The way from the door to those who store.
struct Hall {
    world: Rc<World>,
    trusted: Cell<bool>,
}

impl Listeners for Hall {
    async fn checkout(&self, id: &CheckoutId, letter: &Letter) -> Result<Answer, Problem> {
        self.must_be_genuine();
        ask(&self.world, id, letter).await
    }

    async fn keep(&self, _: &ProfileName, orphan: Orphan) -> Result<(), Problem> {
        self.must_be_genuine();
        let slot = Slot::default();
        let kept = slot.clone();
        self.world.after(self.world.dice.between(1, 20), "the books keep it", move |world| {
            world.mark("orphans");
            world.witness.borrow_mut().orphans.push(orphan);
            kept.fill(&world.executor, ());
        });
        slot.wait(&self.world.executor, "books").await;
        Ok(())
    }
}

impl Hall {
    fn must_be_genuine(&self) {
        if !self.trusted.get() {
            let found = || "a message that the platform never signed woke somebody".to_owned();
            self.world.breach("nothing_forged_changes_anything", found);
        }
    }
}
