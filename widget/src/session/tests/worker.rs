//! A small Worker: one order at a time, and all that is true of it.

use super::*;

/// Between the numbers of one order's views and the next one's.
pub(super) const ORDERS_APART: u32 = 1_000_000;

/// Which order, and how it stands.
#[derive(Debug)]
pub(super) struct Worker {
    /// Counts the orders that the page's keys have made.
    pub(super) order: u32,
    pub(super) version: u64,
    pub(super) status: Status,
    phase: Phase,
    code: u32,
    pub(super) code_ends_ms: u64,
    ends_ms: u64,
    /// When a new code will be there.
    placed_ms: Option<u64>,
    renewed_ms: Option<u64>,
    /// What it said before, for answers that come from the past.
    past: Vec<Seen>,
}

impl Worker {
    pub(super) fn new(now_ms: u64) -> Self {
        let mut worker = Self {
            order: 0,
            version: 0,
            status: Status::Open,
            phase: Phase::Waiting,
            code: 0,
            code_ends_ms: 0,
            ends_ms: 0,
            placed_ms: None,
            renewed_ms: None,
            past: Vec::new(),
        };
        worker.begin(now_ms);
        worker
    }

    /// Another key, another order.
    pub(super) fn begin(&mut self, now_ms: u64) {
        (self.order, self.version, self.status) = (self.order + 1, 1, Status::Open);
        (self.phase, self.placed_ms, self.renewed_ms) = (Phase::Waiting, None, None);
        (self.ends_ms, self.past) = (now_ms + 86_400_000, Vec::new());
        self.place(now_ms);
    }

    fn place(&mut self, now_ms: u64) {
        self.code += 1;
        self.code_ends_ms = now_ms + 7_200_000;
        (self.phase, self.placed_ms) = (Phase::Waiting, None);
    }

    /// Something is true from now on. What was said until then may still arrive.
    pub(super) fn change(&mut self, now_ms: u64, what: impl FnOnce(&mut Self)) {
        let before = self.view(now_ms);
        self.past.push(before);
        what(self);
        self.version += 1;
    }

    pub(super) fn settle(&mut self, status: Status, now_ms: u64) {
        let may = self.status == Status::Open
            || (self.status == Status::Expired && status == Status::Paid);
        if may {
            self.change(now_ms, |worker| worker.status = status);
        }
    }

    /// At most every thirty seconds, as docs/openapi.yaml says.
    pub(super) fn renew(&mut self, now_ms: u64) {
        let rested = self.renewed_ms.is_none_or(|then_ms| then_ms + 30_000 <= now_ms);
        if self.status == Status::Open && rested {
            self.renewed_ms = Some(now_ms);
            self.change(now_ms, |worker| {
                worker.phase = Phase::Placing;
                worker.placed_ms = Some(now_ms + 1_500);
            });
        }
    }

    /// Its own alarms: a new code comes, a stale one is replaced.
    pub(super) fn tick(&mut self, now_ms: u64) {
        let is_placed = self.placed_ms.is_some_and(|placed_ms| placed_ms <= now_ms);
        let is_stale = self.placed_ms.is_none() && self.code_ends_ms + 2_000 <= now_ms;
        if self.status == Status::Open && (is_placed || is_stale) {
            self.change(now_ms, |worker| worker.place(now_ms));
        }
    }

    pub(super) fn code(&self) -> u32 {
        self.code
    }

    /// By which a page's script would know this view from those of other orders.
    pub(super) fn number(&self) -> u32 {
        self.order * ORDERS_APART + u32::try_from(self.version).unwrap()
    }

    /// What it says now.
    pub(super) fn view(&self, now_ms: u64) -> Seen {
        let is_open = self.status == Status::Open;
        let is_waiting = is_open && self.phase == Phase::Waiting;
        Seen {
            number: self.number(),
            has_token: true,
            phase: is_open.then_some(self.phase),
            code: is_waiting.then(|| self.code()),
            code_expires_in_ms: is_waiting.then(|| self.code_ends_ms.saturating_sub(now_ms)),
            expires_in_ms: self.ends_ms.saturating_sub(now_ms),
            ..view(self.status, self.version)
        }
    }

    /// What it said once, of this order.
    pub(super) fn past_view(&self, which: u64) -> Option<Seen> {
        let count = u64::try_from(self.past.len()).unwrap();
        let at = usize::try_from(which % count.max(1)).unwrap();
        self.past.get(at).copied()
    }
}
