//! A checkout's object as the runtime keeps it: what it has written, what is on disk, its alarm, and
//! the gate that lets nothing out before it is written.
//!
//! The runtime holds every answer and every call until the writes before it are on disk. So a crash
//! takes back what nobody has seen; a handler that had committed and was about to call dies with its
//! intent or without it, never half.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use checkout::id::{AttemptNo, CheckoutId, OutRefundNo, OutTradeNo};
use checkout::time::{Seconds, UnixSeconds};
use edge::command::{Answer, Letter};
use edge::desk::Desk;
use edge::ports::{Event, RefundLetter, Stored};
use serde_json::{from_str, to_string};

use crate::executor::{Owner, Slot, TaskId};
use crate::ports::Port;
use crate::weather::Fault;
use crate::world::World;

/// What one object has in its store.
#[derive(Clone, Default)]
pub struct Rows {
    /// The checkout.
    pub stored: Option<Stored>,
    /// Bodies of its attempts.
    pub bodies: BTreeMap<AttemptNo, (OutTradeNo, Rc<Vec<u8>>)>,
    /// What is sent about refunds.
    pub letters: BTreeMap<(OutRefundNo, &'static str), RefundLetter>,
    /// What the shop is sent.
    pub parcels: BTreeMap<String, Rc<Vec<u8>>>,
    /// When it was purged.
    pub retired: Option<UnixSeconds>,
    /// What it was when it was purged. The real one forgets it; the invariants may not.
    pub last: Option<Stored>,
    /// Its history.
    pub events: Vec<Rc<Event>>,
    /// When it is woken.
    pub alarm: Option<UnixSeconds>,
}

/// The object died before it answered.
#[derive(Clone, Copy, Debug)]
pub struct Died;

/// What a letter comes back with.
pub type Reply = Slot<Result<Answer, Died>>;

/// One checkout's object.
pub struct Object {
    /// Its place in the list.
    pub index: usize,
    /// Its name.
    pub id: CheckoutId,
    /// What it has written.
    pub memory: RefCell<Rows>,
    /// What is on disk.
    pub durable: RefCell<Rows>,
    /// The version that it remembers.
    pub version: Cell<u64>,
    synced: Cell<bool>,
    lives: Cell<u32>,
    gate: RefCell<Vec<TaskId>>,
    alarms: Cell<u64>,
    ringing: Cell<bool>,
    waiting: RefCell<Vec<Reply>>,
}

/// When the object tries again after a failure of its store, as the real one does.
const AFTER_FAILURE: Seconds = Seconds(30);

impl Object {
    /// An object that has never been woken.
    pub fn new(index: usize, id: CheckoutId) -> Rc<Self> {
        Rc::new(Self {
            index,
            id,
            memory: RefCell::default(),
            durable: RefCell::default(),
            version: Cell::new(0),
            synced: Cell::new(true),
            lives: Cell::new(0),
            gate: RefCell::default(),
            alarms: Cell::new(0),
            ringing: Cell::new(false),
            waiting: RefCell::default(),
        })
    }

    /// The desk, with the real decisions behind our ports.
    pub fn desk(self: &Rc<Self>, world: &Rc<World>) -> Desk<Port, Port, Port, Port> {
        let port = Port { world: Rc::clone(world), object: Rc::clone(self) };
        Desk { platform: port.clone(), ledger: port.clone(), world: port.clone(), audience: port }
    }

    /// A letter arrives.
    pub fn serve(self: &Rc<Self>, world: &Rc<World>, letter: Letter, reply: Option<Reply>) {
        self.waiting.borrow_mut().extend(reply.clone());
        let (object, outside) = (Rc::clone(self), Rc::clone(world));
        let what = crate::names::of_command(&letter.command);
        world.executor.spawn(Owner::Object(self.index), what, async move {
            let answer = object.desk(&outside).serve(letter).await;
            object.gate(&outside, "answer held back").await;
            if let Some(reply) = reply {
                reply.fill(&outside.executor, Ok(answer));
            }
        });
    }

    /// Something was written: it will be on disk in a moment.
    pub fn wrote(self: &Rc<Self>, world: &Rc<World>) {
        world.changed.set(true);
        if !self.synced.replace(false) {
            return;
        }
        let (object, life) = (Rc::clone(self), self.lives.get());
        world.after(world.dice.between(0, 8), "written to disk", move |world| {
            if object.lives.get() == life {
                object.durable.replace(object.memory.borrow().clone());
                object.synced.set(true);
                world.changed.set(true);
                for id in object.gate.take() {
                    world.executor.wake(id);
                }
            }
        });
    }

    /// Waits until everything that was written is on disk.
    pub async fn gate(&self, world: &Rc<World>, place: &'static str) {
        poll_fn(|_| {
            if self.synced.get() || crate::planted::gate_is_open(world) {
                return Poll::Ready(());
            }
            self.gate.borrow_mut().push(world.executor.waits(place));
            Poll::Pending
        })
        .await;
    }

    /// Sees to it that the alarm rings when it is time, or later.
    pub fn arm(self: &Rc<Self>, world: &Rc<World>) {
        self.alarms.set(self.alarms.get() + 1);
        let Some(at) = self.memory.borrow().alarm else { return };
        let late_ms = if world.strikes(Fault::AlarmLate) {
            *world.dice.one_of(&[2_000, 60_000, 600_000, 10_800_000])
        } else {
            world.dice.between(0, 50)
        };
        let delay_ms = (world.true_ms(at) - world.now_ms()).max(0) + late_ms;
        let (object, alarm) = (Rc::clone(self), self.alarms.get());
        world.after(delay_ms, "an alarm is due", move |world| object.ring(world, alarm));
    }

    fn ring(self: &Rc<Self>, world: &Rc<World>, alarm: u64) {
        if alarm != self.alarms.get() {
            return;
        }
        if self.ringing.get() {
            // The runtime never runs two at once.
            let object = Rc::clone(self);
            world.after(500, "an alarm waits", move |world| object.ring(world, alarm));
            return;
        }
        let rang = self.memory.borrow_mut().alarm.take();
        self.ringing.set(true);
        if world.strikes(Fault::AlarmTwice) {
            self.wake(world, None);
        }
        self.wake(world, rang);
    }

    /// The alarm's handler, as the real object has it.
    fn wake(self: &Rc<Self>, world: &Rc<World>, rang: Option<UnixSeconds>) {
        let (object, outside) = (Rc::clone(self), Rc::clone(world));
        crate::names::wakes(world, self);
        world.executor.spawn(Owner::Object(self.index), "wake", async move {
            let desk = object.desk(&outside);
            if desk.wake().await.is_err() {
                object.memory.borrow_mut().alarm = Some(outside.wall() + AFTER_FAILURE);
                object.wrote(&outside);
                object.arm(&outside);
            }
            let Some(rang) = rang else { return };
            object.ringing.set(false);
            // It has done its duty; the runtime forgets the alarm unless another one was set.
            let unset = object.memory.borrow().alarm.is_none();
            let mut durable = object.durable.borrow_mut();
            if unset && object.synced.get() && durable.alarm == Some(rang) {
                durable.alarm = None;
                outside.changed.set(true);
            }
        });
    }

    /// Comes back after a death, with what is on disk.
    pub fn restart(self: &Rc<Self>, world: &Rc<World>) {
        let mut rows = self.durable.borrow().clone();
        crate::planted::forget_on_crash(world, &mut rows);
        rows.stored = rows.stored.map(read_back);
        self.durable.replace(rows.clone());
        self.memory.replace(rows);
        self.version.set(0);
        self.synced.set(true);
        self.lives.set(self.lives.get() + 1);
        self.gate.take();
        self.ringing.set(false);
        for reply in self.waiting.take() {
            reply.fill(&world.executor, Err(Died));
        }
        self.arm(world);
        world.changed.set(true);
    }
}

/// The store keeps JSON: what comes back is what was written, or the object is lost.
fn read_back(stored: Stored) -> Stored {
    let why = "what is stored can be read";
    Stored {
        opening: from_str(&to_string(&stored.opening).expect(why)).expect(why),
        order: from_str(&to_string(&stored.order).expect(why)).expect(why),
        refunds: from_str(&to_string(&stored.refunds).expect(why)).expect(why),
        outbox: from_str(&to_string(&stored.outbox).expect(why)).expect(why),
        ..stored
    }
}
