//! The desk's outside, in memory: a ledger that can be pulled out of a crash, a clock that moves
//! when somebody waits, and an audience that remembers.

mod wire;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use checkout::id::{AttemptNo, OutRefundNo, OutTradeNo, ProfileName};
use checkout::order::Alert;
use checkout::refund::{RefundCall, RefundEffect};
use checkout::time::{Seconds, UnixSeconds};
use checkout::view::SessionView;

use super::wechat::WeChat;
use crate::api::Api;
use crate::command::Opening;
use crate::desk::Desk;
use crate::index::IndexRow;
use crate::outbox::Outcome;
use crate::ports::{
    Audience, Change, Dispatch, Event, Ledger, LedgerFailure, NoChance, ParcelRow, RefundLetter,
    RefundRow, ShopAnswer, Stored, Undelivered, World,
};
use crate::problem::Problem;

pub(super) type TestDesk = Desk<Rc<House>, Rc<House>, Rc<House>, Rc<House>>;

/// Everything outside the desk.
pub(super) struct House {
    pub(super) wechat: RefCell<WeChat>,
    pub(super) rows: RefCell<Rows>,
    /// The wall clock, in milliseconds.
    pub(super) wall_ms: Cell<i64>,
    /// How far business time is ahead, in seconds.
    pub(super) ahead_s: Cell<i64>,
    /// How long the next look at the keys takes.
    pub(super) keys_take_ms: Cell<i64>,
    dice: Cell<u8>,
    pub(super) shown: RefCell<Vec<SessionView>>,
    pub(super) freed: Cell<u32>,
    pub(super) alerts: RefCell<Vec<Alert>>,
    pub(super) refund_alerts: RefCell<Vec<RefundEffect>>,
    pub(super) misconfigured: RefCell<Option<Problem>>,
    /// Whether the merchant has keys of APIv3.
    pub(super) has_v3_keys: Cell<bool>,
    /// Its V2 keys, with a space between two.
    pub(super) v2_keys: RefCell<Option<String>>,
    /// The API that the operator wants refunds made by.
    pub(super) refunds_by: Cell<Option<Api>>,
    /// Whether its client certificate is bound.
    pub(super) is_certified: Cell<bool>,
    /// Whether a page is watching.
    pub(super) watched: Cell<bool>,
    /// Rows that the index took, oldest first.
    pub(super) index: RefCell<Vec<IndexRow>>,
    /// How many calls the platform had had by then, for each.
    pub(super) indexed_after: RefCell<Vec<usize>>,
    pub(super) index_fails: Cell<bool>,
    /// The shop has the request and does not answer.
    pub(super) shop_dawdles: Cell<bool>,
    /// What the shop was sent, oldest first: id and body.
    pub(super) told: RefCell<Vec<(String, Vec<u8>)>>,
    /// What it answers.
    pub(super) shop_says: Cell<Outcome>,
}

/// What survives a crash.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) stored: Option<Stored>,
    pub(super) bodies: BTreeMap<AttemptNo, (OutTradeNo, Vec<u8>)>,
    pub(super) letters: BTreeMap<(OutRefundNo, &'static str), RefundLetter>,
    pub(super) events: Vec<Event>,
    pub(super) parcels: BTreeMap<String, Vec<u8>>,
    pub(super) retired: Option<UnixSeconds>,
    pub(super) alarm: Option<UnixSeconds>,
    /// How many commits from now one fails; it stores nothing.
    pub(super) fails_in: Option<u32>,
}

/// 2025-01-01T10:53:20+08:00.
pub(super) const MORNING: i64 = 1_735_700_000;

impl House {
    pub(super) fn new() -> Rc<Self> {
        Rc::new(Self {
            wechat: RefCell::default(),
            rows: RefCell::default(),
            wall_ms: Cell::new(MORNING * 1_000),
            ahead_s: Cell::new(0),
            keys_take_ms: Cell::new(0),
            dice: Cell::new(0),
            shown: RefCell::default(),
            freed: Cell::new(0),
            alerts: RefCell::default(),
            refund_alerts: RefCell::default(),
            misconfigured: RefCell::default(),
            has_v3_keys: Cell::new(true),
            v2_keys: RefCell::new(None),
            refunds_by: Cell::new(None),
            is_certified: Cell::new(true),
            watched: Cell::new(false),
            index: RefCell::default(),
            indexed_after: RefCell::default(),
            index_fails: Cell::new(false),
            shop_dawdles: Cell::new(false),
            told: RefCell::default(),
            shop_says: Cell::new(Outcome::Accepted { status: 204 }),
        })
    }

    /// A desk in this house. Two of them are one object before and after a crash.
    pub(super) fn desk(self: &Rc<Self>) -> TestDesk {
        Desk {
            platform: Rc::clone(self),
            ledger: Rc::clone(self),
            world: Rc::clone(self),
            audience: Rc::clone(self),
        }
    }

    pub(super) fn pass_s(&self, seconds: i64) {
        self.pass_ms(seconds * 1_000);
    }

    pub(super) fn pass_ms(&self, ms: i64) {
        self.wall_ms.set(self.wall_ms.get() + ms);
    }

    /// Lets the alarm ring, at its time, until it has rung `times` times for the platform or nothing
    /// is left to do. What the outbox needs is done on the way.
    pub(super) fn ring(self: &Rc<Self>, times: u32) {
        let mut rung = 0;
        while rung < times {
            let platform = self.platform_alarm();
            let Some(at) = self.rows.borrow().alarm else { return };
            if platform.is_none() && self.stored().outbox.wake_at().is_none() {
                return;
            }
            self.rows.borrow_mut().alarm = None;
            self.wall_ms.set(self.wall_ms.get().max(at.0 * 1_000));
            run(self.desk().wake()).unwrap();
            rung += u32::from(platform.is_some_and(|due| due <= at));
        }
    }

    /// Lets the alarm ring once, at its time. Says whether one was set. The object arms another one
    /// where the store fails.
    pub(super) fn wake(self: &Rc<Self>) -> bool {
        let Some(at) = self.rows.borrow_mut().alarm.take() else { return false };
        self.wall_ms.set(self.wall_ms.get().max(at.0 * 1_000));
        if run(self.desk().wake()).is_err() {
            self.rows.borrow_mut().alarm = Some(self.wall() + Seconds(30));
        }
        true
    }

    /// Lets the alarm ring whenever it is set, until business time `until` has come.
    pub(super) fn live_until(self: &Rc<Self>, until: UnixSeconds) {
        let due =
            || self.rows.borrow().alarm.is_some_and(|at| at.0 + self.ahead_s.get() <= until.0);
        for _ in 0..10_000 {
            if !due() || !self.wake() {
                let ms = (until.0 - self.ahead_s.get()) * 1_000;
                self.wall_ms.set(self.wall_ms.get().max(ms));
                return;
            }
        }
        panic!("the alarm rings without end");
    }

    /// When the alarm has to ring for the platform's sake, by the wall clock.
    pub(super) fn platform_alarm(&self) -> Option<UnixSeconds> {
        let rows = self.rows.borrow();
        let stored = rows.stored.as_ref()?;
        let alive =
            stored.lease.as_ref().filter(|lease| lease.until.0 * 1_000 > self.wall_ms.get());
        let lease = alive.map(|lease| lease.until);
        let due = lease.or_else(|| stored.wake_at().map(|at| at + Seconds(-self.ahead_s.get())));
        let wall = UnixSeconds(self.wall_ms.get() / 1_000);
        let woken = due.is_none_or(|due| rows.alarm.is_some_and(|at| at <= due.max(wall)));
        assert!(woken, "due {due:?}, but woken {:?}", rows.alarm);
        due
    }

    #[track_caller]
    pub(super) fn stored(&self) -> Stored {
        self.rows.borrow().stored.clone().expect("something is stored")
    }
}

/// Runs one future to its end; whoever waits is simply asked again.
pub(super) fn run<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}

/// Polls a future once.
pub(super) fn step<F: Future + ?Sized>(future: &mut Pin<Box<F>>) -> Option<F::Output> {
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

/// Lets others run.
pub(super) async fn elsewhere() {
    let mut asked = false;
    poll_fn(|_| if std::mem::replace(&mut asked, true) { Poll::Ready(()) } else { Poll::Pending })
        .await;
}

impl Ledger for Rc<House> {
    fn read(&self) -> Result<Option<Stored>, LedgerFailure> {
        Ok(self.rows.borrow().stored.clone())
    }

    fn body(&self, no: AttemptNo) -> Result<Option<Vec<u8>>, LedgerFailure> {
        Ok(self.rows.borrow().bodies.get(&no).map(|(_, body)| body.clone()))
    }

    fn letter(
        &self,
        number: &OutRefundNo,
        call: RefundCall,
    ) -> Result<Option<RefundLetter>, LedgerFailure> {
        Ok(self.rows.borrow().letters.get(&(number.clone(), call.name())).cloned())
    }

    fn parcel(&self, id: &str) -> Result<Option<Vec<u8>>, LedgerFailure> {
        Ok(self.rows.borrow().parcels.get(id).cloned())
    }

    fn retired_at(&self) -> Result<Option<UnixSeconds>, LedgerFailure> {
        Ok(self.rows.borrow().retired)
    }

    async fn retire(&self, revision: u64, now: UnixSeconds) -> Result<(), LedgerFailure> {
        let mut rows = self.rows.borrow_mut();
        if rows.stored.as_ref().map(|stored| stored.revision) != Some(revision) {
            return Err(LedgerFailure::Torn);
        }
        *rows = Rows { retired: Some(now), ..Rows::default() };
        Ok(())
    }

    fn owns(&self, number: &OutTradeNo) -> Result<bool, LedgerFailure> {
        Ok(self.rows.borrow().bodies.values().any(|(ours, _)| ours == number))
    }

    fn history(&self, lines_max: u32) -> Result<Vec<Event>, LedgerFailure> {
        let events = self.rows.borrow().events.clone();
        let older = events.len().saturating_sub(usize::try_from(lines_max).unwrap());
        Ok(events.into_iter().skip(older).collect())
    }

    fn has(&self, event: &Event) -> Result<bool, LedgerFailure> {
        Ok(self.rows.borrow().events.iter().any(|entry| {
            entry.notification_id.is_some() && entry.notification_id == event.notification_id
                || entry.transaction_id().is_some() && entry.finding == event.finding
        }))
    }

    fn heard(&self, notification_id: &str) -> Result<bool, LedgerFailure> {
        let events = &self.rows.borrow().events;
        Ok(events.iter().any(|entry| entry.notification_id.as_deref() == Some(notification_id)))
    }

    async fn commit(&self, change: Change) -> Result<(), LedgerFailure> {
        let mut rows = self.rows.borrow_mut();
        let fails_in = rows.fails_in;
        rows.fails_in = fails_in.and_then(|commits| commits.checked_sub(1));
        if fails_in == Some(0) {
            return Err(LedgerFailure::Storage);
        }
        let Change { stored, attempt, refund, event, parcels, wake } = change;
        if rows.stored.as_ref().map_or(0, |stored| stored.revision) != stored.revision {
            return Err(LedgerFailure::Torn);
        }
        if let Some(attempt) = attempt {
            let before = rows.bodies.insert(attempt.no, (attempt.number, attempt.body));
            assert_eq!(before, None, "an attempt's body is never rewritten");
        }
        if let Some(RefundRow { number, call, letter }) = refund {
            let before = rows.letters.insert((number, call.name()), letter);
            // A second card may be chosen after the first; an application is never rewritten.
            assert!(before.is_none() || call == RefundCall::Redirect);
        }
        rows.events.extend(event);
        for ParcelRow { id, body } in parcels {
            let before = rows.parcels.insert(id, body);
            assert_eq!(before, None, "an event's bytes are never rewritten");
        }
        rows.stored = Some(Stored { revision: stored.revision + 1, ..stored });
        rows.alarm = wake;
        Ok(())
    }

    fn version(&self) -> u64 {
        self.rows.borrow().stored.as_ref().map_or(0, |stored| stored.order.version)
    }
}

impl World for Rc<House> {
    fn now(&self) -> UnixSeconds {
        UnixSeconds(self.wall().0 + self.ahead_s.get())
    }

    fn wall(&self) -> UnixSeconds {
        UnixSeconds(self.wall_ms.get() / 1_000)
    }

    fn chance(&self) -> Result<[u8; 16], NoChance> {
        self.dice.set(self.dice.get().wrapping_add(1));
        Ok([self.dice.get(); 16])
    }

    async fn pause(&self, span_ms: u32) {
        self.pass_ms(i64::from(span_ms));
        elsewhere().await;
    }
}

impl Audience for Rc<House> {
    fn is_watched(&self) -> bool {
        self.watched.get()
    }

    async fn index(&self, row: &IndexRow, _: u32) -> Result<(), Undelivered> {
        if self.index_fails.get() {
            return Err(Undelivered);
        }
        self.index.borrow_mut().push(row.clone());
        self.indexed_after.borrow_mut().push(self.wechat.borrow().sent.len());
        Ok(())
    }

    async fn tell_shop(&self, _: &ProfileName, dispatch: Dispatch<'_>) -> ShopAnswer {
        elsewhere().await;
        self.told.borrow_mut().push((dispatch.id.to_owned(), dispatch.body.to_vec()));
        elsewhere().await;
        while self.shop_dawdles.get() {
            elsewhere().await;
        }
        let outcome = self.shop_says.get();
        ShopAnswer { outcome, took_ms: 40 }
    }

    fn show(&self, view: impl FnOnce() -> SessionView) {
        self.shown.borrow_mut().push(view());
    }

    fn free_place(&self, _: &Opening) {
        self.freed.set(self.freed.get() + 1);
    }

    fn alert_refund(&self, _: &Opening, effect: &RefundEffect) {
        self.refund_alerts.borrow_mut().push(effect.clone());
    }

    fn alert(&self, _: &Opening, alert: &Alert) {
        self.alerts.borrow_mut().push(alert.clone());
    }
}
