//! Bad days, drawn by a seed: commands, payments, notifications, lost answers, crashes and time in
//! any order, interleaved at every point where a handler waits. What must hold is checked after
//! each step, and when the weather clears.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::rc::Rc;

use checkout::id::OutTradeNo;
use checkout::view::Status;

use super::house::{House, run, step};
use super::wechat::{Fault, State, paid, receipt};
use super::{letter, opening};
use crate::command::{Answer, Command};
use crate::index::{self, IndexRow};
use crate::outbox::{FailedDelivery, Outcome, news};
use crate::problem::Code;

type Task = Pin<Box<dyn Future<Output = Option<Answer>>>>;

/// Xorshift: a seed is a whole day.
pub(super) struct Dice(u64);

impl Dice {
    /// The dice of the day `seed`.
    pub(super) fn of(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    pub(super) fn one_of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())].clone()
    }
}

struct Day {
    house: Rc<House>,
    dice: Dice,
    tasks: Vec<Task>,
    /// Notifications on their way: number and transaction.
    mail: Vec<(OutTradeNo, String)>,
    /// A payment was acknowledged.
    heard: bool,
    version: u64,
}

impl Day {
    fn new(seed: u64) -> Self {
        let dice = Dice::of(seed);
        let house = House::new();
        Self { house, dice, tasks: Vec::new(), mail: Vec::new(), heard: false, version: 0 }
    }

    fn happen(&mut self) {
        match self.dice.below(20) {
            0 => self.start(Command::Open(Box::new(opening("A-1001")))),
            1 => self.start(Command::Look),
            2 => self.start(Command::Check),
            3 if self.dice.below(4) == 0 => self.start(Command::Cancel),
            4 => self.start(Command::Wait { version: self.version, wait_s: 1 }),
            5 => self.ring(),
            6 => self.pay(),
            7 => self.deliver(),
            8 if self.dice.below(3) == 0 => self.tasks.clear(),
            9 => self.house.pass_s([1, 3, 10, 60, 600, 7_200][self.dice.below(6)]),
            10 => self.fault(),
            11 | 12 => self.start(Command::Renew),
            13 => self.house.index_fails.set(self.dice.below(2) == 0),
            14 => self.shop(),
            _ => self.go_on(),
        }
        self.check();
    }

    fn start(&mut self, command: Command) {
        let desk = self.house.desk();
        self.tasks.push(Box::pin(async move { Some(desk.serve(letter(command)).await) }));
    }

    /// The runtime rings when it is time.
    fn ring(&mut self) {
        let due = self
            .house
            .rows
            .borrow()
            .alarm
            .is_some_and(|at| at.0 * 1_000 <= self.house.wall_ms.get());
        if due {
            self.house.rows.borrow_mut().alarm = None;
            let desk = self.house.desk();
            let mut task: Task = Box::pin(async move {
                desk.wake().await.unwrap();
                None
            });
            // The runtime rings again for a handler that a crash keeps from arming the next alarm,
            // so the first commit belongs to the ringing.
            if step(&mut task).is_none() {
                self.tasks.push(task);
            }
        }
    }

    /// Somebody pays what can be paid; the platform writes a letter.
    fn pay(&mut self) {
        let mut wechat = self.house.wechat.borrow_mut();
        let unpaid = wechat.orders.iter().find(|(_, remote)| remote.state == State::NotPay);
        let Some(number) = unpaid.map(|(number, _)| OutTradeNo::parse(number).unwrap()) else {
            return;
        };
        let receipt = wechat.pay(&number);
        self.mail.push((number, receipt.transaction_id));
    }

    /// A letter arrives, and perhaps again later.
    fn deliver(&mut self) {
        if self.mail.is_empty() {
            return;
        }
        let chosen = self.dice.below(self.mail.len());
        let (number, transaction_id) = if self.dice.below(3) == 0 {
            self.mail[chosen].clone()
        } else {
            self.mail.swap_remove(chosen)
        };
        let report = paid(receipt(&number, &transaction_id));
        let notification_id = format!("EV-{transaction_id}-{}", self.dice.below(2));
        self.start(Command::Hear { notification_id, out_trade_no: number, report });
    }

    fn fault(&mut self) {
        let faults = [
            Fault::RequestLost,
            Fault::ReplyLost,
            Fault::DoneBut500,
            Fault::Unsigned,
            Fault::Probe,
            Fault::Busy,
            Fault::Refuse(403, "NO_AUTH"),
            Fault::Refuse(400, "INVALID_REQUEST"),
            Fault::HungUp(400, "PARAM_ERROR"),
            Fault::HungUp(400, "INVALID_REQUEST"),
        ];
        let fault = self.dice.one_of(&faults);
        self.house.wechat.borrow_mut().faults.push_back(fault);
    }

    /// The shop answers otherwise from now on.
    fn shop(&mut self) {
        let reason = FailedDelivery::TimedOut;
        let moods = [
            Outcome::Accepted { status: 200 },
            Outcome::Refused { status: 500, retry_after_s: None },
            Outcome::Failed { reason },
        ];
        let mood = self.dice.one_of(&moods);
        self.house.shop_says.set(mood);
    }

    fn go_on(&mut self) {
        if self.tasks.is_empty() {
            return;
        }
        let chosen = self.dice.below(self.tasks.len());
        if let Some(answer) = step(&mut self.tasks[chosen]) {
            drop(self.tasks.swap_remove(chosen));
            self.heard |= answer == Some(Answer::Heard);
        }
    }

    /// What must hold at any moment.
    fn check(&mut self) {
        let mut bodies = BTreeMap::new();
        for sent in self.house.wechat.borrow().sent.iter().filter(|sent| sent.verb == "place") {
            let order: serde_json::Value = serde_json::from_slice(&sent.body).unwrap();
            let number = order["out_trade_no"].as_str().unwrap().to_owned();
            let first = bodies.entry(number).or_insert_with(|| sent.body.clone());
            assert_eq!(*first, sent.body, "an order is repeated byte for byte");
        }
        let payable = |state: &State| *state == State::NotPay;
        let wechat = self.house.wechat.borrow();
        let open = wechat.orders.values().filter(|remote| payable(&remote.state)).count();
        assert!(open <= 1, "at most one order can be paid");
        let rows = self.house.rows.borrow();
        let Some(stored) = &rows.stored else { return };
        assert!(stored.order.version >= self.version, "versions grow");
        self.version = stored.order.version;
        if self.heard {
            assert_eq!(stored.order.status(), Status::Paid, "what was acknowledged is kept");
        }
        if stored.order.wake_at().is_some() && self.tasks.is_empty() {
            assert!(rows.alarm.is_some(), "whoever has something to do will be woken");
        }
    }

    /// The weather clears: everybody goes on to the end, no letter is lost any more, time passes.
    fn clear(mut self) -> Rc<House> {
        self.house.wechat.borrow_mut().faults.clear();
        self.house.index_fails.set(false);
        self.house.shop_says.set(Outcome::Accepted { status: 200 });
        for task in std::mem::take(&mut self.tasks) {
            self.heard |= run(task) == Some(Answer::Heard);
        }
        if self.dice.below(2) == 0 {
            self.mail.clear();
        }
        while !self.mail.is_empty() {
            self.deliver();
            let task = self.tasks.pop().unwrap();
            self.heard |= run(task) == Some(Answer::Heard);
        }
        self.house.ring(1_000);
        self.check();
        self.house
    }
}

/// What must hold when nothing is left to do.
fn settled(house: &House) {
    let rows = house.rows.borrow();
    let Some(stored) = &rows.stored else { return };
    assert_eq!(house.platform_alarm(), None);
    assert!(!stored.outbox.is_busy(), "the shop has been told all");
    let wechat = house.wechat.borrow();
    let money = wechat.orders.values().any(|remote| matches!(remote.state, State::Paid { .. }));
    let status = stored.order.status();
    assert_eq!(money, status == Status::Paid, "paid there is paid here");
    assert_ne!(status, Status::Open, "every checkout comes to an end");
    let payable = wechat.orders.values().any(|remote| remote.state == State::NotPay);
    assert!(!payable, "what has ended cannot be paid any more");
    assert_eq!(stored.order.conflict(), None);
    assert_eq!(house.freed.get(), 1, "its place was freed once");
    let paid = rows.events.iter().filter(|event| event.transaction_id().is_some()).count();
    assert_eq!(paid, usize::from(money), "one payment is one event");
}

/// Who had to be told has been told all, and each thing in one way only.
fn told(house: &House) {
    let rows = house.rows.borrow();
    let Some(stored) = &rows.stored else { return };
    let mut bodies = BTreeMap::new();
    for (id, body) in house.told.borrow().iter() {
        let first = bodies.entry(id.clone()).or_insert_with(|| body.clone());
        assert_eq!(first, body, "an event is repeated byte for byte");
    }
    let known: Vec<_> = stored.outbox.parcels.iter().map(|parcel| parcel.id.clone()).collect();
    assert!(known.iter().all(|id| bodies.contains_key(id)), "every event was told");
    assert_eq!(known.len(), bodies.len(), "and nothing else");
    for (topic, subject) in news::due(stored) {
        let parcels = stored.outbox.parcels.iter();
        let same = parcels.filter(|parcel| parcel.topic == topic && parcel.subject == subject);
        assert_eq!(same.count(), 1, "{topic:?} {subject}");
    }
    let row = index::row(stored);
    assert!(stored.outbox.index.has(&row), "the index knows");
    let mut written = house.index.borrow().clone();
    written.sort_by_key(|row| row.revision);
    let last = written.pop().expect("a row");
    let seen = IndexRow { revision: row.revision, touched_at: row.touched_at, ..last };
    assert_eq!(seen, row, "the newest row is the truth");
}

/// Long after: nothing is left but the name, and it is not used again.
fn purged(house: &Rc<House>) {
    for _ in 0..50 {
        let Some(at) = house.rows.borrow_mut().alarm.take() else { break };
        house.wall_ms.set(house.wall_ms.get().max(at.0 * 1_000));
        run(house.desk().wake()).unwrap();
    }
    if house.index.borrow().is_empty() {
        return;
    }
    assert!(house.rows.borrow().retired, "nothing keeps it");
    assert!(
        house.index.borrow().iter().max_by_key(|row| row.revision).unwrap().purged_at.is_some()
    );
    let again = run(house.desk().serve(letter(Command::Open(Box::new(opening("A-1001"))))));
    let Answer::Problem(problem) = again else { panic!("{again:?}") };
    assert_eq!(problem.code, Code::ReferenceRetired);
}

/// How many days a plain test run sees; `npm run soak` sees a hundred times as many.
const DAYS: u64 = 300;

#[test]
fn no_weather_doubles_an_order_or_loses_a_payment() {
    let days = if std::env::var_os("SAOMA_SOAK").is_some() { 100 * DAYS } else { DAYS };
    for seed in 0..days {
        let outcome = std::panic::catch_unwind(|| {
            let mut day = Day::new(seed);
            for _ in 0..80 {
                day.happen();
            }
            let house = day.clear();
            settled(&house);
            told(&house);
            purged(&house);
        });
        if outcome.is_err() {
            panic!("seed {seed}");
        }
    }
}
