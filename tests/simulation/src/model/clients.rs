//! Shops that create, read and cancel, pages that look and wait, phones that scan, hold and pay, and
//! an operator who decides what the machine may not.

use std::rc::Rc;

use checkout::id::{ProfileName, Reference};
use checkout::money::{Amount, Fen};
use checkout::order::{Policies, Policy};
use checkout::report::Resolution;
use checkout::view::{SessionView, Status};
use edge::command::{Answer, Command, Letter, Opening, Source};
use edge::naming::checkout_id;

use super::wechat;
use crate::dice::Dice;
use crate::door;
use crate::executor::Owner;
use crate::keys::{APPID, MCHID};
use crate::object::Object;
use crate::weather::Fault;
use crate::world::{MORNING_MS, World};

/// What the clients want.
#[derive(Default)]
pub struct Clients {
    /// Every purchase, by its object's place.
    pub purchases: Vec<Opening>,
    phones: u64,
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// The shop's server, with its key.
    Shop,
    /// A page with its token, or the operator.
    Page,
}

/// How much a purchase costs, in fen.
pub fn total_of(world: &World, object: usize) -> u64 {
    world.clients.borrow().purchases[object].amount.total.count()
}

/// Draws the day's purchases.
pub fn plan(world: &Rc<World>) {
    let purchases = 1 + usize::from(world.dice.one_in(3));
    for no in 0..purchases {
        let opening = opening(world, &format!("A-{no}"));
        let object = Object::new(no, opening.id.clone());
        world.objects.borrow_mut().push(object);
        world.clients.borrow_mut().purchases.push(opening);
        shop(world, no);
        for _ in 0..=world.dice.below(2) {
            tab(world, no);
        }
    }
}

/// How long the shop's side of the day lasts, in milliseconds.
pub fn active_ms(world: &World) -> i64 {
    let clients = world.clients.borrow();
    let longest = clients.purchases.iter().map(|one| one.lifetime_s).max().unwrap_or(0);
    (longest + world.dice.between(60, 5_000)) * 1_000
}

fn opening(world: &World, reference: &str) -> Opening {
    let reference = Reference::parse(reference).expect("a reference");
    let profile = ProfileName::default();
    let policies = policies(&world.dice);
    let address = "203.0.113.9".to_owned();
    let product = "oolong-250".to_owned();
    let source = match world.dice.below(4) {
        0 => Source::Catalogue { product, quantity: 1, address },
        _ => Source::Shop,
    };
    let lifetimes_s = [300, 301, 600, 1_800, 7_300, 10_800, 86_400];
    let mut opening = template();
    opening.id = checkout_id(&profile, &reference);
    opening.reference = reference;
    opening.amount = Amount::cny(Fen::new(*world.dice.one_of(&[1, 990, 8_800])).expect("a sum"));
    opening.lifetime_s = *world.dice.one_of(&lifetimes_s);
    opening.policies = policies;
    opening.keep_s = *world.dice.one_of(&[2_592_000, 34_560_000]);
    opening.source = source;
    opening
}

/// What becomes of money that comes at a wrong time.
pub fn policies(dice: &Dice) -> Policies {
    Policies {
        late: *dice.one_of(&[Policy::Settle, Policy::Return, Policy::Hold]),
        second: *dice.one_of(&[Policy::Return, Policy::Hold]),
    }
}

/// What this simulation has no wish about, in the words of an opening as it travels.
fn template() -> Opening {
    let json = serde_json::json!({
        "id": "chk_abcdefghijklmnopqrst", "profile": "default",
        "payee": { "mchid": MCHID, "appid": APPID }, "reference": "A",
        "description": "Oolong 250 g",
        "amount": { "total": 1, "currency": "CNY" }, "lifetime_s": 300,
        "source": { "source": "shop" },
    });
    serde_json::from_value(json).expect("an opening")
}

/// Sends a command; `then` gets the answer, unless the client has left meanwhile or nobody answered.
pub fn send(
    world: &Rc<World>,
    object: usize,
    caller: Caller,
    command: Command,
    then: impl FnOnce(&Rc<World>, Option<Answer>) + 'static,
) {
    let id = world.clients.borrow().purchases[object].id.clone();
    let profile = (caller == Caller::Shop).then(ProfileName::default);
    let letter = Letter { profile, command };
    let (outside, leaves) = (Rc::clone(world), world.strikes(Fault::ClientLeaves));
    world.executor.spawn(Owner::Door, "request", async move {
        let answer = door::ask(&outside, &id, &letter).await;
        if leaves {
            return;
        }
        let answer = answer.ok();
        if let Some(answer) = &answer {
            outside.witness.borrow_mut().told(&outside, object, answer);
        }
        then(&outside, answer);
    });
}

/// The shop's server: creates, repeats itself, reads, and changes its mind.
fn shop(world: &Rc<World>, object: usize) {
    let start_ms = world.dice.between(0, 20_000);
    create(world, object, start_ms, 4);
    for _ in 0..world.dice.below(4) {
        let again_ms = *world.dice.one_of(&[0, 5, 200, 3_000, 60_000, 400_000, 7_300_000]);
        create(world, object, start_ms + again_ms, 1);
    }
    let span_ms = active_ms(world);
    for _ in 0..world.dice.below(3) {
        let read_ms = start_ms + world.dice.between(0, span_ms);
        world.after(read_ms, "the shop reads", move |world| {
            send(world, object, Caller::Shop, Command::Read, |_, _| {});
        });
    }
    if world.dice.one_in(3) {
        let within_ms = if world.dice.one_in(2) { 120_000 } else { span_ms };
        cancel_after(world, object, start_ms + world.dice.between(0, within_ms));
    }
    // Long after all of it is over, somebody uses the reference again.
    create(world, object, 500 * 86_400_000, 0);
}

fn create(world: &Rc<World>, object: usize, delay_ms: i64, retries: u32) {
    world.after(delay_ms, "the shop creates", move |world| {
        let mut opening = Box::new(world.clients.borrow().purchases[object].clone());
        // Whatever the operator has chosen since, a checkout that has begun stays what it is.
        opening.api = world.manner.api.get();
        send(world, object, Caller::Shop, Command::Open(opening), move |world, answer| {
            if let Some(Answer::Problem(problem)) = &answer {
                world.mark(problem.code.name());
            }
            let unanswered = match &answer {
                None => true,
                Some(Answer::Problem(problem)) => problem.retry_after_s.is_some(),
                Some(_) => false,
            };
            if unanswered && retries > 0 {
                create(world, object, world.dice.between(500, 5_000), retries - 1);
            }
        });
    });
}

fn cancel_after(world: &Rc<World>, object: usize, delay_ms: i64) {
    world.after(delay_ms, "the shop cancels", move |world| {
        send(world, object, Caller::Shop, Command::Cancel, |_, _| {});
    });
}

/// A page: looks now and then, and shows the code to phones.
fn tab(world: &Rc<World>, object: usize) {
    let looks = 1 + world.dice.below(8);
    world.after(world.dice.between(100, 40_000), "a page opens", move |world| {
        look(world, object, looks, 0);
    });
}

fn look(world: &Rc<World>, object: usize, looks: usize, version: u64) {
    let command = match world.dice.below(8) {
        0 => Command::Wait { version, wait_s: 2 },
        1 => Command::Check,
        2 if world.dice.one_in(2) => Command::Renew,
        _ => Command::Look,
    };
    send(world, object, Caller::Page, command, move |world, answer| {
        let mut version = version;
        if let Some(Answer::Session { view, .. }) = answer {
            version = view.version;
            show(world, object, &view);
            if view.status != Status::Open {
                return;
            }
        }
        if looks > 0 {
            let pause_ms =
                *world.dice.one_of(&[1_500, 3_000, 10_000, 45_000, 300_000, 1_800_000, 7_201_000]);
            world.after(pause_ms, "a page looks again", move |world| {
                look(world, object, looks - 1, version);
            });
        }
    });
}

/// Somebody stands before the page with a phone.
fn show(world: &Rc<World>, object: usize, view: &SessionView) {
    let Some(code) = view.code_url.clone().filter(|_| world.dice.one_in(2)) else { return };
    let phone = {
        let mut clients = world.clients.borrow_mut();
        clients.phones += 1;
        clients.phones
    };
    let delay_ms =
        *world.dice.one_of(&[800, 5_000, 60_000, 600_000]) + world.dice.between(0, 2_000);
    world.after(delay_ms, "a phone scans", move |world| {
        let Some(number) = wechat::open(world, &code, phone) else { return };
        world.mark("codes opened");
        pay_later(world, object, number);
    });
}

/// Whoever holds the order `number` pays it, most of them, while others change their minds.
pub fn pay_later(world: &Rc<World>, object: usize, number: String) {
    if world.dice.one_in(6) {
        return;
    }
    let password_ms = if world.dice.one_in(5) {
        around_the_deadline(world, object)
    } else {
        *world.dice.one_of(&[1_000, 4_000, 30_000, 280_000, 1_200_000])
            + world.dice.between(0, 3_000)
    };
    world.after(password_ms, "a phone pays", move |world| wechat::pay(world, &number));
    // Somebody else at the same page wants a code too, while the first one is being paid.
    if world.dice.one_in(4) {
        let delay_ms = world.dice.between(0, password_ms.min(60_000) + 1_000);
        world.after(delay_ms, "a page wants a fresh code", move |world| {
            send(world, object, Caller::Page, Command::Renew, move |world, answer| {
                if let Some(Answer::Session { view, .. }) = answer {
                    show(world, object, &view);
                }
            });
            look(world, object, 2, 0);
        });
    }
    // The nastiest moment to change one's mind.
    if world.dice.one_in(3) {
        cancel_after(world, object, (password_ms + world.dice.between(-2_000, 2_000)).max(0));
    }
}

/// How long until shortly before the deadline, or after it.
fn around_the_deadline(world: &World, object: usize) -> i64 {
    let lifetime_ms = world.clients.borrow().purchases[object].lifetime_s * 1_000;
    let left_ms = MORNING_MS + lifetime_ms - world.now_ms();
    (left_ms + world.dice.between(-10_000, 60_000)).max(0)
}

/// A person decides about money that was set aside, and makes what was given up go on.
pub fn operate(world: &Rc<World>) {
    let object = world.dice.below(world.clients.borrow().purchases.len());
    let held = {
        let objects = world.objects.borrow();
        let rows = objects[object].memory.borrow();
        rows.stored.as_ref().and_then(|stored| {
            let odd = stored.order.conflict()?;
            Some(odd.receipt.transaction_id.clone())
        })
    };
    let command = match held {
        Some(transaction_id) => {
            let ways = [Resolution::Settle, Resolution::Return, Resolution::Dismiss];
            Command::Resolve { transaction_id, resolution: *world.dice.one_of(&ways) }
        }
        None => match world.dice.below(3) {
            0 => Command::Redrive,
            1 => Command::Project,
            _ => Command::Sweep,
        },
    };
    send(world, object, Caller::Page, command, |_, _| {});
}
