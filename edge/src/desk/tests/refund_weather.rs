//! Bad days of a checkout that was paid and is refunded: wishes, lost answers, crashes, notifications
//! and time in any order, interleaved at every point where a handler waits.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::rc::Rc;

use checkout::refund::{RefundFact, RefundState, Standing};

use super::house::{House, run, step};
use super::letter;
use super::refunding::{other_way, settled, told, want};
use super::weather::Dice;
use super::wechat::Fault;
use crate::command::{Answer, Command};

type Task = Pin<Box<dyn Future<Output = ()>>>;

const TRANSACTION: &str = "4200000001202501010000000001";
const TOTAL: u64 = 8_800;
/// What the shop may want, by its own reference.
const WISHES: [(&str, u64); 5] =
    [("R-1", 4_000), ("R-2", 4_000), ("R-3", 3_000), ("R-4", 800), ("R-5", 8_800)];

struct Day {
    house: Rc<House>,
    dice: Dice,
    tasks: Vec<Task>,
    mail: Vec<(String, RefundFact)>,
    letters: u32,
}

impl Day {
    fn happen(&mut self) {
        match self.dice.below(16) {
            0 | 1 => {
                let (reference, fen) = self.dice.one_of(&WISHES);
                self.start(want(reference, fen));
            }
            2 | 3 => self.ring(),
            4 => self.end_one(),
            5 | 6 => self.deliver(),
            7 if self.dice.below(3) == 0 => self.tasks.clear(),
            8 => self.house.pass_s([1, 3, 10, 61, 600][self.dice.below(5)]),
            9 => self.fault(),
            10 => self.redirect(),
            11 if self.dice.below(4) == 0 => {
                let balance = self.dice.one_of(&[Some(1_000), None]);
                self.house.wechat.borrow_mut().refunds.balance = balance;
            }
            _ => self.go_on(),
        }
        self.check();
    }

    fn start(&mut self, command: Command) {
        let desk = self.house.desk();
        self.tasks.push(Box::pin(async move {
            desk.serve(letter(command)).await;
        }));
    }

    fn ring(&mut self) {
        let wall_ms = self.house.wall_ms.get();
        if self.house.rows.borrow().alarm.is_none_or(|at| at.0 * 1_000 > wall_ms) {
            return;
        }
        self.house.rows.borrow_mut().alarm = None;
        let desk = self.house.desk();
        let mut task: Task = Box::pin(async move { desk.wake().await.unwrap() });
        if step(&mut task).is_none() {
            self.tasks.push(task);
        }
    }

    fn numbers(&self, standing: &Standing) -> Vec<String> {
        let wechat = self.house.wechat.borrow();
        let of_it = wechat.refunds.all.iter().filter(|(_, one)| one.standing == *standing);
        of_it.map(|(number, _)| number.clone()).collect()
    }

    /// A refund comes to its end at the platform, which writes a letter, or two.
    fn end_one(&mut self) {
        let open = self.numbers(&Standing::Processing);
        if open.is_empty() {
            return;
        }
        let number = self.dice.one_of(&open);
        let ends = [Standing::Success, Standing::Success, Standing::Closed, Standing::Abnormal];
        let standing = self.dice.one_of(&ends);
        self.house.wechat.borrow_mut().stand(&number, standing);
        let fact = self.house.wechat.borrow().fact(&number);
        for _ in 0..self.dice.below(3) {
            self.mail.push((number.clone(), fact.clone()));
        }
    }

    fn deliver(&mut self) {
        if self.mail.is_empty() {
            return;
        }
        let chosen = self.dice.below(self.mail.len());
        let (number, fact) = self.mail.swap_remove(chosen);
        self.letters += 1;
        self.start(told(&format!("EV-{}", self.letters), &number, fact));
    }

    fn redirect(&mut self) {
        let stranded = self.numbers(&Standing::Abnormal);
        if !stranded.is_empty() {
            let number = self.dice.one_of(&stranded);
            let card = self.dice.one_of(&["YQ==", "Yg=="]);
            self.start(other_way(&number, card));
        }
    }

    fn fault(&mut self) {
        let faults = [
            Fault::RequestLost,
            Fault::ReplyLost,
            Fault::DoneBut500,
            Fault::Unsigned,
            Fault::Probe,
            Fault::Busy,
            Fault::Refuse(401, "SIGN_ERROR"),
            Fault::Refuse(400, "PARAM_ERROR"),
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
        if step(&mut self.tasks[chosen]).is_some() {
            drop(self.tasks.swap_remove(chosen));
        }
    }

    /// What must hold at any moment.
    fn check(&self) {
        let wechat = self.house.wechat.borrow();
        assert!(wechat.given_back(TRANSACTION) <= TOTAL);
        let mut bodies = BTreeMap::new();
        for sent in wechat.sent.iter().filter(|sent| sent.verb == "refund") {
            let wish: serde_json::Value = serde_json::from_slice(&sent.body).unwrap();
            let number = wish["out_refund_no"].as_str().unwrap().to_owned();
            let first = bodies.entry(number).or_insert_with(|| sent.body.clone());
            assert_eq!(*first, sent.body, "an application is repeated byte for byte");
        }
        let rows = self.house.rows.borrow();
        let Some(stored) = &rows.stored else { panic!("the checkout is gone") };
        let ours = stored.refunds.iter().flat_map(|ledger| &ledger.refunds);
        let ours: Vec<_> = ours.collect();
        let references: BTreeSet<_> = ours.iter().map(|one| one.reference.as_str()).collect();
        assert_eq!(references.len(), ours.len(), "one wish is one refund");
        for number in wechat.refunds.all.keys() {
            let known = ours.iter().find(|one| one.number.as_str() == number);
            let known = known.expect("what was sent was stored before");
            // Its sum is spoken for as long as the platform has it.
            let alive = wechat.refunds.all[number].standing != Standing::Closed;
            let freed = matches!(known.state, RefundState::Closed | RefundState::Refused);
            assert!(!(alive && freed), "{known:?}");
        }
        assert!(stored.refunds.iter().all(|ledger| ledger.reserved() <= TOTAL));
        assert!(stored.refunds.iter().all(|ledger| ledger.conflict.is_none()));
        if stored.wake_at().is_some() && self.tasks.is_empty() {
            assert!(rows.alarm.is_some(), "whoever has something to do will be woken");
        }
    }

    /// The weather clears, and every refund comes to its end.
    fn clear(mut self) {
        self.house.wechat.borrow_mut().faults.clear();
        self.house.wechat.borrow_mut().refunds.balance = None;
        for task in std::mem::take(&mut self.tasks) {
            run(task);
        }
        for _ in 0..20 {
            self.house.ring(12);
            for number in self.numbers(&Standing::Processing) {
                self.house.wechat.borrow_mut().stand(&number, Standing::Success);
            }
            for number in self.numbers(&Standing::Abnormal) {
                let answer = run(self.house.desk().serve(letter(other_way(&number, "Yw=="))));
                assert!(matches!(answer, Answer::Refund { .. } | Answer::Problem(_)));
            }
            self.check();
        }
        assert_eq!(self.house.platform_alarm(), None, "nothing is left to do");
        let stored = self.house.stored();
        let wechat = self.house.wechat.borrow();
        for refund in stored.refunds.iter().flat_map(|ledger| &ledger.refunds) {
            let there = wechat.refunds.all.get(refund.number.as_str()).map(|one| &one.standing);
            match refund.state {
                RefundState::Success => assert_eq!(there, Some(&Standing::Success)),
                RefundState::Closed => assert_eq!(there, Some(&Standing::Closed)),
                RefundState::Refused => assert_eq!(there, None),
                other => panic!("{other:?} never ends: {refund:?}"),
            }
        }
        let refunded: u64 = stored.refunds.iter().map(|ledger| ledger.refunded()).sum();
        assert_eq!(refunded, wechat.given_back(TRANSACTION));
    }
}

/// How many days a plain test run sees; `npm run soak` sees a hundred times as many.
const DAYS: u64 = 300;

#[test]
fn no_weather_doubles_a_refund_or_frees_what_is_on_its_way() {
    let days = if std::env::var_os("SAOMA_SOAK").is_some() { 100 * DAYS } else { DAYS };
    for seed in 0..days {
        let outcome = std::panic::catch_unwind(|| {
            let (house, dice) = (settled(), Dice::of(seed));
            let mut day = Day { house, dice, tasks: Vec::new(), mail: Vec::new(), letters: 0 };
            for _ in 0..120 {
                day.happen();
            }
            day.clear();
        });
        if outcome.is_err() {
            panic!("seed {seed}");
        }
    }
}
