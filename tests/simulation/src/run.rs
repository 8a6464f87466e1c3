//! Runs days: one seed is one day, from the first order until nothing happens any more.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::coverage::Coverage;
use crate::executor::Owner;
use crate::invariants;
use crate::model::{attacker, bill, clients, refunds, shelf};
use crate::planted::Planted;
use crate::weather::Fault;
use crate::world::{Breach, World};

/// How a day went.
pub struct Day {
    /// The promise that was broken, if any.
    pub breach: Option<Breach>,
    /// What was seen.
    pub coverage: Coverage,
}

/// Steps of a day at most; what goes on for longer goes on for ever.
const STEPS_MAX: u64 = 100_000;

/// Lives through the day of `seed`.
pub fn day(seed: u64, planted: Option<Planted>, trace: bool) -> Day {
    let world = World::new(seed, planted, trace);
    let lived = catch_unwind(AssertUnwindSafe(|| live(&world)));
    if lived.is_err() {
        world.breach("nothing_panics", || "see above".to_owned());
    }
    let breach = world.broken();
    let coverage = world.coverage.borrow().clone();
    world.end();
    Day { breach, coverage }
}

fn live(world: &Rc<World>) {
    clients::plan(world);
    shelf::plan(world);
    plan_the_rest(world);
    let mut steps = 0;
    while step(world) {
        steps += 1;
        if world.changed.take() {
            invariants::check(world);
        }
        if world.is_broken() {
            break;
        }
        if steps > STEPS_MAX {
            world.breach("everything_ends", || format!("{steps} steps, and no end"));
        }
    }
    if !world.is_broken() {
        invariants::settled(world);
    }
    world.coverage.borrow_mut().steps += steps;
    count(world);
}

/// Somebody goes on, or dies, or time passes. Tells whether anything happened.
fn step(world: &Rc<World>) -> bool {
    if !world.executor.is_ready() {
        return world.pass();
    }
    if world.strikes(Fault::Crash) {
        let objects = world.objects.borrow().clone();
        let object = world.dice.one_of(&objects);
        world.crash(object);
    } else if world.strikes(Fault::DoorDies) {
        for (what, place) in world.executor.crash(Owner::Door) {
            world.coverage.borrow_mut().crash(what, place);
        }
    } else {
        let polled = world.executor.poll_one(&world.dice);
        if let Some((owner, what, place)) = polled {
            world.say(|| format!("{owner:?} {what} goes on from {place}"));
        }
    }
    true
}

/// What happens to everybody: attackers, clocks, keys, operators, and the end of the bad weather.
fn plan_the_rest(world: &Rc<World>) {
    let active_ms = clients::active_ms(world);
    let moment = || {
        let span_ms = if world.dice.one_in(2) { active_ms } else { active_ms.min(900_000) };
        world.dice.between(0, span_ms)
    };
    for _ in 0..12 {
        world.after(moment(), "somebody means no good", attacker::strike);
    }
    for _ in 0..world.dice.below(4) {
        world.after(moment(), "an operator looks", clients::operate);
    }
    for _ in 0..3 {
        world.after(moment(), "our clock", |world| {
            if world.strikes(Fault::ClockJumps) {
                let skews_ms = [-240_000, -61_000, -2_000, 0, 2_000, 61_000, 240_000, 1_000_000];
                world.jump(*world.dice.one_of(&skews_ms));
            }
        });
        world.after(moment(), "the merchant's console", |world| {
            if world.strikes(Fault::RefundedElsewhere) {
                refunds::elsewhere(world);
            }
        });
    }
    world.after(moment(), "keys", |world| {
        if world.strikes(Fault::PlatformKeyChanges) {
            world.keys.platform_signs.set(1);
        }
        if world.strikes(Fault::SealingKeyChanges) {
            world.keys.platform_seals.set(1);
        }
        if world.strikes(Fault::MerchantKeyEnds) {
            world.keys.platform_knows.set(1);
        }
    });
    if world.manner.has_v3 && world.manner.has_v2 {
        for _ in 0..world.dice.below(3) {
            let deploy = |world: &Rc<World>| world.manner.change(&world.dice);
            world.after(moment(), "the operator deploys", deploy);
        }
    }
    world.after(active_ms, "the weather clears", |world| {
        world.weather.clears();
        world.jump(0);
        for _ in 0..2 {
            let delay_ms = world.dice.between(60_000, 86_400_000);
            world.after(delay_ms, "an operator looks", clients::operate);
            // The day after, when the last notification has been repeated for the last time.
            let delay_ms = world.dice.between(130_000_000, 170_000_000);
            world.after(delay_ms, "the bill is read", bill::read);
        }
    });
}

/// How it ended, for the tables.
fn count(world: &World) {
    for object in world.objects.borrow().iter() {
        let rows = object.memory.borrow();
        let Some(stored) = rows.stored.as_ref().or(rows.last.as_ref()) else { continue };
        world.mark("orders");
        if !stored.order.odd.is_empty() {
            world.mark("orders with money set aside");
        }
        for odd in &stored.order.odd {
            world.mark(crate::names::of_disagreement(odd.why));
        }
        match &stored.order.attempt {
            checkout::order::Attempt::Paid { late: true, .. } => world.mark("orders paid late"),
            checkout::order::Attempt::Paid { .. } => world.mark("orders paid"),
            checkout::order::Attempt::Closed { .. } => world.mark("orders ended unpaid"),
            _ => world.mark("orders open, flagged"),
        }
    }
}

/// What many days have come to.
#[derive(Default)]
pub struct Days {
    /// Everything that was seen.
    pub coverage: Coverage,
    /// Days lived.
    pub lived: u64,
    /// The first broken promises, by seed.
    pub broken: Vec<(u64, Breach)>,
}

/// Lives through all of `seeds` on so many threads; stops soon after the first breach.
pub fn days(seeds: Range<u64>, planted: Option<Planted>, threads: usize) -> Days {
    let (next, all) = (AtomicU64::new(seeds.start), Mutex::new(Days::default()));
    let found = AtomicU64::new(u64::MAX);
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                let mut ours = Days::default();
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end || seed > found.load(Ordering::Relaxed) {
                        break;
                    }
                    let Day { breach, coverage } = day(seed, planted, false);
                    ours.lived += 1;
                    ours.coverage.add(&coverage);
                    if let Some(breach) = breach {
                        found.fetch_min(seed, Ordering::Relaxed);
                        ours.broken.push((seed, breach));
                    }
                }
                let mut all = all.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                all.lived += ours.lived;
                all.coverage.add(&ours.coverage);
                all.broken.append(&mut ours.broken);
            });
        }
    });
    let mut all = all.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    all.broken.sort_by_key(|(seed, _)| *seed);
    all
}

/// The line that lives through a seed once more.
pub fn replay(seed: u64, planted: Option<Planted>) -> String {
    let planted = planted.map_or_else(String::new, |planted| format!(" --planted {planted:?}"));
    format!("cargo run --profile simulation -p saoma-simulation -- --seed {seed} --trace{planted}")
}
