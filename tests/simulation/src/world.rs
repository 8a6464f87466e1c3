//! Everything that is not a decision of ours: time, chance, the wires, the stores, and who lives
//! at their ends.
//!
//! Time is virtual, in milliseconds, and moves only when nobody can go on without it. What is to
//! happen later stands in one queue; what stands there for the same moment happens in an order that
//! the seed chooses.

use std::cell::{Cell, RefCell};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::rc::Rc;

use checkout::id::CheckoutId;
use checkout::time::UnixSeconds;
use edge::hosts::Hosts;

use crate::coverage::Coverage;
use crate::dice::Dice;
use crate::executor::{Executor, Owner};
use crate::keys::Keys;
use crate::manner::Manner;
use crate::model::clients::Clients;
use crate::model::index::Index;
use crate::model::shelf::Shelf;
use crate::model::shop::Shop;
use crate::model::wechat::WeChat;
use crate::object::Object;
use crate::planted::Planted;
use crate::weather::{Fault, Weather};
use crate::witness::Witness;

/// A promise that was broken: the invariant's name, and the evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// Which promise.
    pub name: &'static str,
    /// What was found.
    pub found: String,
}

/// The world of one day.
pub struct World {
    /// All chance.
    pub dice: Dice,
    /// All handlers.
    pub executor: Executor,
    /// What goes wrong.
    pub weather: Weather,
    /// How the merchant is set up.
    pub manner: Manner,
    /// The platform.
    pub wechat: RefCell<WeChat>,
    /// The shop's server.
    pub shop: RefCell<Shop>,
    /// Printed codes, and what is known of who has scanned them.
    pub shelf: Shelf,
    /// The index.
    pub index: RefCell<Index>,
    /// The checkouts.
    pub objects: RefCell<Vec<Rc<Object>>>,
    /// Shops, pages and phones.
    pub clients: RefCell<Clients>,
    /// Keys on both sides.
    pub keys: Keys,
    /// Which of the platform's sites failed lately.
    pub hosts: RefCell<Hosts>,
    /// What the invariants need to remember.
    pub witness: RefCell<Witness>,
    /// What was seen.
    pub coverage: RefCell<Coverage>,
    /// The bug that is planted, if any.
    pub planted: Option<Planted>,
    /// Whether something changed that an invariant is about.
    pub changed: Cell<bool>,
    trace: bool,
    now_ms: Cell<i64>,
    skew_ms: Cell<i64>,
    /// When our clock last jumped, by the true time.
    jumped_ms: Cell<i64>,
    queue: RefCell<BinaryHeap<Reverse<Later>>>,
    breach: RefCell<Option<Breach>>,
}

/// What happens to the world.
type Happening = Box<dyn FnOnce(&Rc<World>)>;

/// Something that is to happen.
struct Later {
    at_ms: i64,
    tie: u64,
    what: &'static str,
    happen: Happening,
}

impl PartialEq for Later {
    fn eq(&self, other: &Self) -> bool {
        (self.at_ms, self.tie) == (other.at_ms, other.tie)
    }
}

impl Eq for Later {}

impl PartialOrd for Later {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Later {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at_ms, self.tie).cmp(&(other.at_ms, other.tie))
    }
}

/// 2025-01-01T10:53:20+08:00, when every day begins.
pub const MORNING_MS: i64 = 1_735_700_000_000;

impl World {
    /// The world of `seed`, before anything has happened.
    pub fn new(seed: u64, planted: Option<Planted>, trace: bool) -> Rc<Self> {
        let dice = Dice::of(seed);
        let weather = Weather::of(&dice, &Dice::of(seed ^ (1 << 63)));
        Rc::new(Self {
            executor: Executor::default(),
            wechat: RefCell::new(WeChat::of(&dice)),
            shop: RefCell::default(),
            shelf: Shelf::default(),
            index: RefCell::default(),
            objects: RefCell::default(),
            clients: RefCell::default(),
            keys: Keys::new(),
            hosts: RefCell::default(),
            witness: RefCell::default(),
            coverage: RefCell::default(),
            planted,
            changed: Cell::new(false),
            trace,
            now_ms: Cell::new(MORNING_MS),
            skew_ms: Cell::new(0),
            jumped_ms: Cell::new(0),
            queue: RefCell::default(),
            breach: RefCell::default(),
            dice,
            weather,
            manner: Manner::of(seed),
        })
    }

    /// The true time, which the platform's clock shows, in milliseconds since 1970.
    pub fn now_ms(&self) -> i64 {
        self.now_ms.get()
    }

    /// The true time in seconds.
    pub fn now(&self) -> UnixSeconds {
        UnixSeconds(self.now_ms.get() / 1_000)
    }

    /// What our clock shows.
    pub fn wall(&self) -> UnixSeconds {
        UnixSeconds((self.now_ms.get() + self.skew_ms.get()) / 1_000)
    }

    /// The true time at which our clock will show `at`, as it goes now.
    pub fn true_ms(&self, at: UnixSeconds) -> i64 {
        at.0 * 1_000 - self.skew_ms.get()
    }

    /// Sets our clock to run so far ahead.
    pub fn jump(self: &Rc<Self>, skew_ms: i64) {
        self.say(|| format!("our clock is {} s ahead now", skew_ms / 1_000));
        self.skew_ms.set(skew_ms);
        self.jumped_ms.set(self.now_ms.get());
        for object in self.objects.borrow().iter() {
            object.arm(self);
        }
    }

    /// Whether our clock has jumped a moment ago, so that leases may have ended early.
    pub fn has_just_jumped(&self) -> bool {
        self.now_ms.get() - self.jumped_ms.get() < 20_000
    }

    /// Has something happen after `delay_ms`.
    pub fn after(
        &self,
        delay_ms: i64,
        what: &'static str,
        happen: impl FnOnce(&Rc<Self>) + 'static,
    ) {
        let (at_ms, tie) = (self.now_ms.get() + delay_ms.max(0), self.dice.draw());
        self.queue.borrow_mut().push(Reverse(Later { at_ms, tie, what, happen: Box::new(happen) }));
    }

    /// Lets time pass until the next thing happens. Tells whether there was one.
    pub fn pass(self: &Rc<Self>) -> bool {
        let Some(Reverse(next)) = self.queue.borrow_mut().pop() else { return false };
        self.now_ms.set(next.at_ms.max(self.now_ms.get()));
        self.say(|| format!("· {}", next.what));
        (next.happen)(self);
        true
    }

    /// Whether `fault` strikes here and now.
    pub fn strikes(&self, fault: Fault) -> bool {
        let rate = self.weather.rate(fault);
        let strikes = rate > 0 && self.dice.permille(rate);
        if strikes {
            self.coverage.borrow_mut().fault(fault);
            self.say(|| format!("! {fault:?}"));
        }
        strikes
    }

    /// Counts something.
    pub fn mark(&self, what: &'static str) {
        self.coverage.borrow_mut().mark(what);
    }

    /// The object of that name, if it has ever been woken.
    pub fn object(&self, id: &CheckoutId) -> Option<Rc<Object>> {
        self.objects.borrow().iter().find(|object| object.id == *id).cloned()
    }

    /// An object dies: what it was doing is lost, and what it had not written.
    pub fn crash(self: &Rc<Self>, object: &Rc<Object>) {
        let dropped = self.executor.crash(Owner::Object(object.index));
        self.say(|| format!("! object {} dies amid {dropped:?}", object.index));
        for (what, place) in &dropped {
            self.coverage.borrow_mut().crash(what, place);
        }
        object.restart(self);
    }

    /// A promise was broken. The first breach counts.
    pub fn breach(&self, name: &'static str, found: impl FnOnce() -> String) {
        if self.breach.borrow().is_none() {
            let breach = Breach { name, found: found() };
            self.say(|| format!("✗ {}: {}", breach.name, breach.found));
            self.breach.replace(Some(breach));
        }
    }

    /// The breach, if there was one.
    pub fn broken(&self) -> Option<Breach> {
        self.breach.borrow().clone()
    }

    /// Whether there was one.
    pub fn is_broken(&self) -> bool {
        self.breach.borrow().is_some()
    }

    /// A line of the trace, where one is wanted.
    pub fn say(&self, line: impl FnOnce() -> String) {
        if self.trace {
            let ms = self.now_ms.get() - MORNING_MS;
            println!("{:>9}.{:03} {}", ms / 1_000, ms % 1_000, line());
        }
    }

    /// Forgets everything, so that nothing is kept by what it keeps.
    pub fn end(&self) {
        self.executor.clear();
        let queue = std::mem::take(&mut *self.queue.borrow_mut());
        drop(queue);
        self.objects.borrow_mut().clear();
    }
}
