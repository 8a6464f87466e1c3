//! Bad days, drawn by a seed: commands, payments, notifications, lost answers, crashes and time in
//! any order, interleaved at every point where a handler waits, under a shop's policy, with a shop and
//! an index that fail. What must hold is checked after each step, and when the weather clears.

mod cleared;

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::rc::Rc;

use checkout::id::OutTradeNo;
use checkout::order::{Policies, Policy};
use checkout::time::Seconds;

use self::cleared::{known, purged, settled, told};
use super::house::{House, run, step};
use super::wechat::v2::{OLD_KEY, parameters};
use super::wechat::{Fault, State, paid, receipt};
use super::{letter, opening};
use crate::api::Api;
use crate::command::{Answer, Command, Opening};
use crate::outbox::{FailedDelivery, Outcome};

/// A handler, and the payment that it acknowledges when it answers.
struct Task {
    work: Pin<Box<dyn Future<Output = Option<Answer>>>>,
    tells: Option<String>,
}

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
    api: Api,
    dice: Dice,
    tasks: Vec<Task>,
    /// Notifications on their way: number and transaction.
    mail: Vec<(OutTradeNo, String)>,
    /// Payments that were acknowledged.
    heard: BTreeSet<String>,
    /// Payments of orders that were closed: nobody asks about those again, so the platform writes until
    /// it is heard.
    late: BTreeMap<String, OutTradeNo>,
    policies: Policies,
    version: u64,
}

impl Day {
    fn new(seed: u64, api: Api) -> Self {
        let mut dice = Dice::of(seed);
        let house = House::new();
        house.v2_keys.replace(Some(OLD_KEY.to_owned()));
        house.refunds_by.set(Some(Api::V3));
        let policies = Policies {
            late: dice.one_of(&[Policy::Settle, Policy::Return, Policy::Hold]),
            second: dice.one_of(&[Policy::Return, Policy::Hold]),
        };
        Self {
            house,
            api,
            dice,
            tasks: Vec::new(),
            mail: Vec::new(),
            heard: BTreeSet::new(),
            late: BTreeMap::new(),
            policies,
            version: 0,
        }
    }

    fn happen(&mut self) {
        match self.dice.below(32) {
            0 => self.open(),
            1 => self.start(Command::Look),
            2 => self.start(Command::Check),
            3 if self.dice.below(4) == 0 => self.start(Command::Cancel),
            4 => self.start(Command::Wait { version: self.version, wait_s: 1 }),
            5 => self.ring(),
            6 if self.dice.below(3) == 0 => self.pay(),
            7 => self.deliver(),
            8 if self.dice.below(3) == 0 => self.tasks.clear(),
            9 => self.house.pass_s([1, 3, 10, 60, 600, 7_200][self.dice.below(6)]),
            10 => self.fault(),
            15 if self.api == Api::V2 => self.start(Command::Scan),
            11 | 15 | 16 => self.start(Command::Renew),
            12 => self.outbox_weather(),
            13 if self.dice.below(3) == 0 => self.pay_late(),
            14 if self.dice.below(3) == 0 => self.start(Command::Redrive),
            _ => self.go_on(),
        }
        self.check();
    }

    fn open(&mut self) {
        let (policies, api) = (self.policies, self.api);
        let opening = Opening { policies, api, ..opening("A-1001") };
        self.start(Command::Open(Box::new(opening)));
    }

    /// The shop and the index have their own bad days.
    fn outbox_weather(&mut self) {
        let says = [
            Outcome::Accepted { status: 200 },
            Outcome::Refused { status: 500, retry_after_s: None },
            Outcome::Refused { status: 429, retry_after_s: Some(30) },
            Outcome::Failed { reason: FailedDelivery::TimedOut },
        ];
        self.house.shop_says.set(self.dice.one_of(&says));
        self.house.index_fails.set(self.dice.below(2) == 0);
    }

    fn start(&mut self, command: Command) {
        let tells = match &command {
            Command::Hear { report: checkout::report::Report::Paid(receipt), .. } => {
                Some(receipt.transaction_id.clone())
            }
            _ => None,
        };
        let desk = self.house.desk();
        let work = Box::pin(async move { Some(desk.serve(letter(command)).await) });
        self.tasks.push(Task { work, tells });
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
            let work = Box::pin(async move {
                desk.wake().await.unwrap();
                None
            });
            let mut task = Task { work, tells: None };
            // The runtime rings again for a handler that a crash keeps from arming the next alarm,
            // so the first commit belongs to the ringing.
            if step(&mut task.work).is_none() {
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

    /// A payment of an order that was closed: the platform's books knew of it too late.
    fn pay_late(&mut self) {
        let mut wechat = self.house.wechat.borrow_mut();
        let closed = wechat.orders.iter().find(|(_, remote)| remote.state == State::Closed);
        let Some(number) = closed.map(|(number, _)| OutTradeNo::parse(number).unwrap()) else {
            return;
        };
        wechat.orders.get_mut(number.as_str()).unwrap().state = State::NotPay;
        let receipt = wechat.pay(&number);
        self.late.insert(receipt.transaction_id.clone(), number.clone());
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

    fn go_on(&mut self) {
        if self.tasks.is_empty() {
            return;
        }
        let chosen = self.dice.below(self.tasks.len());
        if let Some(answer) = step(&mut self.tasks[chosen].work) {
            let task = self.tasks.swap_remove(chosen);
            self.answered(task.tells, answer);
        }
    }

    fn answered(&mut self, tells: Option<String>, answer: Option<Answer>) {
        if answer == Some(Answer::Heard) {
            self.heard.extend(tells);
        }
    }

    /// What must hold at any moment.
    fn check(&mut self) {
        let mut bodies = BTreeMap::new();
        for sent in self.house.wechat.borrow().sent.iter().filter(|sent| sent.verb == "place") {
            let (number, order) = self.order(&sent.body);
            let first = bodies.entry(number).or_insert_with(|| order.clone());
            assert_eq!(*first, order, "an order is repeated as it was");
        }
        let payable = |state: &State| *state == State::NotPay;
        let wechat = self.house.wechat.borrow();
        let open = wechat.orders.values().filter(|remote| payable(&remote.state)).count();
        assert!(open <= 1, "at most one order can be paid");
        let rows = self.house.rows.borrow();
        let Some(stored) = &rows.stored else { return };
        assert!(stored.order.version >= self.version, "versions grow");
        self.version = stored.order.version;
        let known = known(&stored.order);
        assert!(self.heard.is_subset(&known), "what was acknowledged is kept");
        if stored.order.wake_at().is_some() && self.tasks.is_empty() {
            assert!(rows.alarm.is_some(), "whoever has something to do will be woken");
        }
    }

    /// An order call: its number, and what makes it the same one.
    fn order(&self, body: &[u8]) -> (String, Vec<(String, String)>) {
        if self.api == Api::V2 {
            let parameters = parameters(body);
            let number = parameters.iter().find(|(name, _)| name == "out_trade_no").unwrap();
            return (number.1.clone(), parameters);
        }
        let order: serde_json::Value = serde_json::from_slice(body).unwrap();
        let bytes = String::from_utf8(body.to_vec()).unwrap();
        let number = order["out_trade_no"].as_str().unwrap().to_owned();
        (number, vec![("bytes".to_owned(), bytes)])
    }

    /// The weather clears: everybody goes on to the end, no letter is lost any more, time passes.
    fn clear(mut self) -> Rc<House> {
        self.house.wechat.borrow_mut().faults.clear();
        self.house.shop_says.set(Outcome::Accepted { status: 204 });
        self.house.index_fails.set(false);
        for Task { work, tells } in std::mem::take(&mut self.tasks) {
            let answer = run(work);
            self.answered(tells, answer);
        }
        if self.dice.below(2) == 0 {
            self.mail.clear();
        }
        let unheard = self.late.iter().filter(|(id, _)| !self.heard.contains(*id));
        self.mail.extend(unheard.map(|(id, number)| (number.clone(), id.clone())));
        self.come_to_rest();
        if self.dice.below(2) == 0 {
            self.pay_late();
            self.come_to_rest();
        }
        self.check();
        self.house
    }

    /// The letters that are left arrive, and whatever is due for some days is done.
    fn come_to_rest(&mut self) {
        while !self.mail.is_empty() {
            self.deliver();
            let Task { work, tells } = self.tasks.pop().unwrap();
            let answer = run(work);
            self.answered(tells, answer);
        }
        let stored = self.house.rows.borrow().stored.clone();
        if let Some(stored) = stored {
            let since = stored.order.terms.deadline.max(stored.touched_at);
            self.house.live_until(since + Seconds::days(5));
        }
    }
}

/// How many days a plain test run sees; `npm run soak` sees a hundred times as many.
const DAYS: u64 = 300;

#[test]
fn no_weather_doubles_an_order_or_loses_a_payment() {
    seen_through(Api::V3);
}

#[test]
fn nor_does_it_by_v2() {
    seen_through(Api::V2);
}

fn seen_through(api: Api) {
    let days = if std::env::var_os("SAOMA_SOAK").is_some() { 100 * DAYS } else { DAYS };
    let mut brought = BTreeMap::new();
    for seed in 0..days {
        let outcome = std::panic::catch_unwind(|| {
            let mut day = Day::new(seed, api);
            for _ in 0..150 {
                day.happen();
            }
            let house = day.clear();
            let brought = settled(&house);
            told(&house);
            purged(&house);
            brought
        });
        let Ok(day) = outcome else { panic!("seed {seed}") };
        for what in day {
            *brought.entry(what).or_insert(0) += 1;
        }
    }
    assert_eq!(brought.len(), 10, "{brought:?}");
    assert!(brought.values().all(|days| *days > 1), "{brought:?}");
}
