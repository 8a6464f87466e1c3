//! What the days have seen: a simulation that never came to a place has proven nothing about it.

use std::collections::BTreeMap;

use crate::weather::Fault;

/// Counts, of one day or of many.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// Steps: polls and events.
    pub steps: u64,
    /// Faults that struck.
    pub faults: BTreeMap<Fault, u64>,
    /// Reports by the API of the order and the state that they met.
    pub cells: BTreeMap<(&'static str, &'static str, &'static str), u64>,
    /// Where handlers were when their object died.
    pub crash_points: BTreeMap<(&'static str, &'static str), u64>,
    /// Other things worth counting.
    pub marks: BTreeMap<&'static str, u64>,
}

impl Coverage {
    /// A fault struck.
    pub fn fault(&mut self, fault: Fault) {
        *self.faults.entry(fault).or_default() += 1;
    }

    /// `report` met `state` of an order in `api`.
    pub fn cell(&mut self, api: &'static str, state: &'static str, report: &'static str) {
        *self.cells.entry((api, state, report)).or_default() += 1;
    }

    /// A handler died.
    pub fn crash(&mut self, what: &'static str, place: &'static str) {
        *self.crash_points.entry((what, place)).or_default() += 1;
    }

    /// Something happened.
    pub fn mark(&mut self, what: &'static str) {
        *self.marks.entry(what).or_default() += 1;
    }

    /// How often something happened.
    pub fn marked(&self, what: &str) -> u64 {
        self.marks.get(what).copied().unwrap_or(0)
    }

    /// Adds another day.
    pub fn add(&mut self, other: &Self) {
        self.steps += other.steps;
        add(&mut self.faults, &other.faults);
        add(&mut self.cells, &other.cells);
        add(&mut self.crash_points, &other.crash_points);
        add(&mut self.marks, &other.marks);
    }
}

fn add<K: Ord + Copy>(ours: &mut BTreeMap<K, u64>, theirs: &BTreeMap<K, u64>) {
    for (key, count) in theirs {
        *ours.entry(*key).or_default() += count;
    }
}

/// What every long simulation must have seen: each report in each state in which the world can bring
/// it. What is left out comes about once in a thousand days or never: a refused attempt has nothing
/// at the platform to be told of, and a vacant one is filled within the same handler.
pub const CELLS: &[(&str, &str)] = &[
    ("closed", "cancel asked"),
    ("closed", "check asked"),
    ("closed", "in doubt"),
    ("closed", "looked"),
    ("closed", "paid"),
    ("closed", "redriven"),
    ("closed", "renew asked"),
    ("closed", "resolved"),
    ("closed", "tick"),
    ("closing", "cancel asked"),
    ("closing", "check asked"),
    ("closing", "close refused"),
    ("closing", "close taken"),
    ("closing", "closed there"),
    ("closing", "in doubt"),
    ("closing", "looked"),
    ("closing", "not found"),
    ("closing", "not paid"),
    ("closing", "paid"),
    ("closing", "redriven"),
    ("closing", "renew asked"),
    ("closing", "resolved"),
    ("closing", "tick"),
    ("closing", "unknown state"),
    ("paid", "cancel asked"),
    ("paid", "check asked"),
    ("paid", "in doubt"),
    ("paid", "looked"),
    ("paid", "paid"),
    ("paid", "redriven"),
    ("paid", "renew asked"),
    ("paid", "tick"),
    ("payable", "cancel asked"),
    ("payable", "check asked"),
    ("payable", "in doubt"),
    ("payable", "looked"),
    ("payable", "not paid"),
    ("payable", "paid"),
    ("payable", "redriven"),
    ("payable", "renew asked"),
    ("payable", "resolved"),
    ("payable", "tick"),
    ("payable", "unknown state"),
    ("placing", "cancel asked"),
    ("placing", "check asked"),
    ("placing", "disputed"),
    ("placing", "in doubt"),
    ("placing", "looked"),
    ("placing", "not found"),
    ("placing", "not paid"),
    ("placing", "placed"),
    ("placing", "redriven"),
    ("placing", "refused"),
    ("placing", "renew asked"),
    ("placing", "tick"),
    ("placing", "unknown state"),
    ("refused", "check asked"),
    ("refused", "looked"),
    ("refused", "redriven"),
    ("refused", "renew asked"),
    ("refused", "tick"),
    ("vacant", "tick"),
];

/// Those of them that are too rare to be asked for of orders of either API: both together must have
/// seen them.
pub const RARE: &[(&str, &str)] = &[
    ("closed", "in doubt"),
    ("closed", "resolved"),
    ("refused", "check asked"),
    ("refused", "redriven"),
    ("refused", "renew asked"),
    ("vacant", "tick"),
];

/// What must have happened to those who speak V2, and to those who scan printed codes.
pub const MARKS: &[&str] = &[
    "v2: payments acknowledged",
    "v2: prices changed under a scan",
    "v2: refund notices confirmed",
    "v2: refunded orders shown without their payment",
    "v2: refunds",
    "v2: refunds acknowledged",
    "v2: refunds seen to at the console",
    "v2: scans answered busy",
    "v2: scans of what can be paid no more",
    "v2: scans of what has ended",
    "v2: scans ready",
    "v2: the other key is taken",
];

/// Where objects must have died: which handler, waiting for what.
pub const CRASH_POINTS: &[(&str, &str)] = &[
    ("cancel", "answer"),
    ("cancel", "begin"),
    ("cancel", "call held back"),
    ("cancel", "pause"),
    ("check", "answer"),
    ("check", "answer held back"),
    ("check", "begin"),
    ("look", "begin"),
    ("notified", "begin"),
    ("notified", "object"),
    ("open", "answer"),
    ("open", "answer held back"),
    ("open", "begin"),
    ("open", "call held back"),
    ("open", "commit"),
    ("open", "index"),
    ("open", "pause"),
    ("open", "row held back"),
    ("project", "index"),
    ("read", "begin"),
    ("renew", "pause"),
    ("request", "begin"),
    ("request", "object"),
    ("wait", "begin"),
    ("wait", "pause"),
    ("wake", "answer"),
    ("wake", "begin"),
    ("wake", "call held back"),
    ("wake", "commit"),
    ("wake", "event held back"),
    ("wake", "index"),
    ("wake", "row held back"),
    ("wake", "shop"),
];

/// How orders must have ended at least, in a thousand orders.
pub const SHARES: &[(&str, u64)] =
    &[("orders paid", 150), ("orders paid late", 1), ("orders with money set aside", 10)];
