//! What the desk asks of the outside, answered by this world. No decision of ours is made here.

use std::rc::Rc;

use checkout::id::{AttemptNo, OutRefundNo, OutTradeNo, ProfileName};
use checkout::order::Alert;
use checkout::refund::{RefundCall, RefundEffect};
use checkout::time::UnixSeconds;
use checkout::view::SessionView;
use edge::api::Api;
use edge::command::Opening;
use edge::index::IndexRow;
use edge::ports::{
    Audience, Change, Delivery, Dispatch, Event, Ledger, LedgerFailure, Merchant, NoChance,
    ParcelRow, Platform, RefundLetter, RefundRow, ShopAnswer, Stored, Undelivered, Unreachable,
    World as WorldPort, without_certificate, without_keys,
};
use edge::problem::Problem;
use wechatpay::http::Signed;

use crate::keys::Stamp;
use crate::object::{Object, Rows};
use crate::planted;
use crate::weather::Fault;
use crate::wire;
use crate::world::World;

/// One object's ports to this world.
#[derive(Clone)]
pub struct Port {
    /// The world.
    pub world: Rc<World>,
    /// Whose ports these are.
    pub object: Rc<Object>,
}

impl Platform for Port {
    type Rsa = Stamp;

    async fn refunds_api(&self, profile: &ProfileName, order: Api) -> Result<Api, Problem> {
        let api = self.world.manner.refunds_of(order);
        if api == Api::V2 && self.world.strikes(Fault::CertificateGone) {
            return Err(without_certificate(profile));
        }
        Ok(api)
    }

    async fn merchant(
        &self,
        profile: &ProfileName,
        api: Api,
    ) -> Result<Rc<Merchant<Stamp>>, Problem> {
        let merchant = self.world.keys.merchant(&self.world);
        if merchant.means(api).is_err() {
            let found = || format!("{} is spoken by nobody", api.as_str());
            self.world.breach("one_order_is_in_one_api", found);
            return Err(without_keys(profile, api));
        }
        Ok(merchant)
    }

    async fn send(
        &self,
        _: &ProfileName,
        signed: Signed,
        deadline_ms: u32,
    ) -> Result<Delivery, Unreachable> {
        let outcome = wire::send(&self.world, &self.object, signed, deadline_ms).await;
        crate::names::answered(&self.world, &self.object, &outcome);
        outcome.map(|(_, delivery)| delivery)
    }
}

impl Ledger for Port {
    fn read(&self) -> Result<Option<Stored>, LedgerFailure> {
        let stored = self.object.memory.borrow().stored.clone();
        let version = stored.as_ref().map_or(0, |stored| stored.order.version);
        self.object.version.set(version);
        Ok(stored.map(|stored| planted::as_read(&self.world, stored)))
    }

    fn body(&self, no: AttemptNo) -> Result<Option<Vec<u8>>, LedgerFailure> {
        let rows = self.object.memory.borrow();
        let body = rows.bodies.get(&no).map(|(_, body)| body.to_vec());
        Ok(body.map(|body| planted::body(&self.world, body)))
    }

    fn letter(
        &self,
        number: &OutRefundNo,
        call: RefundCall,
    ) -> Result<Option<RefundLetter>, LedgerFailure> {
        Ok(self.object.memory.borrow().letters.get(&(number.clone(), call.name())).cloned())
    }

    fn parcel(&self, id: &str) -> Result<Option<Vec<u8>>, LedgerFailure> {
        Ok(self.object.memory.borrow().parcels.get(id).map(|body| body.to_vec()))
    }

    fn retired_at(&self) -> Result<Option<UnixSeconds>, LedgerFailure> {
        Ok(self.object.memory.borrow().retired)
    }

    async fn retire(&self, revision: u64, now: UnixSeconds) -> Result<(), LedgerFailure> {
        let stored = self.object.memory.borrow().stored.clone();
        let Some(stored) = stored.filter(|stored| stored.revision == revision) else {
            return Err(LedgerFailure::Torn);
        };
        self.world.say(|| format!("  object {} is purged", self.object.index));
        self.object.memory.replace(Rows {
            retired: Some(now),
            last: Some(stored),
            ..Rows::default()
        });
        self.object.version.set(0);
        self.object.wrote(&self.world);
        self.object.arm(&self.world);
        self.world.mark("purged");
        Ok(())
    }

    fn owns(&self, number: &OutTradeNo) -> Result<bool, LedgerFailure> {
        Ok(self.object.memory.borrow().bodies.values().any(|(ours, _)| ours == number))
    }

    fn history(&self, lines_max: u32) -> Result<Vec<Event>, LedgerFailure> {
        let events = &self.object.memory.borrow().events;
        let older = events.len().saturating_sub(usize::try_from(lines_max).unwrap_or(usize::MAX));
        Ok(events.iter().skip(older).map(|event| Event::clone(event)).collect())
    }

    fn has(&self, event: &Event) -> Result<bool, LedgerFailure> {
        let has = self.object.memory.borrow().events.iter().any(|entry| {
            entry.notification_id.is_some() && entry.notification_id == event.notification_id
                || entry.transaction_id().is_some() && entry.finding == event.finding
        });
        Ok(has && !planted::forgets_what_it_heard(&self.world))
    }

    fn heard(&self, notification_id: &str) -> Result<bool, LedgerFailure> {
        let events = &self.object.memory.borrow().events;
        Ok(events.iter().any(|entry| entry.notification_id.as_deref() == Some(notification_id)))
    }

    async fn commit(&self, mut change: Change) -> Result<(), LedgerFailure> {
        planted::change(&self.world, &self.object, &mut change);
        if self.world.strikes(Fault::StorageFails) {
            return Err(LedgerFailure::Storage);
        }
        let told = Rc::clone(&self.object);
        self.write(change)?;
        told.wrote(&self.world);
        told.arm(&self.world);
        if self.world.dice.one_in(4) {
            self.world.executor.step_aside("commit").await;
        }
        Ok(())
    }

    fn version(&self) -> u64 {
        self.object.version.get()
    }
}

impl Port {
    fn write(&self, change: Change) -> Result<(), LedgerFailure> {
        let Change { stored, attempt, refund, event, parcels, wake } = change;
        let mut rows = self.object.memory.borrow_mut();
        if rows.stored.as_ref().map_or(0, |stored| stored.revision) != stored.revision {
            self.world.mark("torn commits");
            return Err(LedgerFailure::Torn);
        }
        if let Some(attempt) = attempt {
            let row = (attempt.number, Rc::new(attempt.body));
            if rows.bodies.insert(attempt.no, row).is_some() {
                let found = || "an attempt's body was written twice".to_owned();
                self.world.breach("one_body_per_number", found);
            }
        }
        if let Some(RefundRow { number, call, letter }) = refund {
            rows.letters.insert((number, call.name()), letter);
        }
        rows.events.extend(event.map(Rc::new));
        for ParcelRow { id, body } in parcels {
            if rows.parcels.insert(id, Rc::new(body)).is_some() {
                let found = || "an event's bytes were written twice".to_owned();
                self.world.breach("an_event_is_one_event", found);
            }
        }
        self.world.say(|| {
            let state = crate::names::of_attempt(&stored.order.attempt);
            format!("  object {} commits: {state}, ask {:?}", self.object.index, stored.order.ask)
        });
        // The real store would make its tables anew, over a tombstone: the desk must not want that.
        rows.stored = Some(Stored { revision: stored.revision + 1, ..stored });
        rows.alarm = wake;
        Ok(())
    }
}

impl WorldPort for Port {
    fn now(&self) -> UnixSeconds {
        self.world.wall()
    }

    fn wall(&self) -> UnixSeconds {
        self.world.wall()
    }

    fn chance(&self) -> Result<[u8; 16], NoChance> {
        Ok(self.world.dice.bytes())
    }

    async fn pause(&self, span_ms: u32) {
        let slot = crate::executor::Slot::default();
        let over = slot.clone();
        self.world.after(i64::from(span_ms), "a pause is over", move |world| {
            over.fill(&world.executor, ());
        });
        slot.wait(&self.world.executor, "pause").await;
    }
}

impl Audience for Port {
    fn is_watched(&self) -> bool {
        self.world.dice.one_in(2)
    }

    async fn index(&self, row: &IndexRow, deadline_ms: u32) -> Result<(), Undelivered> {
        self.object.gate(&self.world, "row held back").await;
        crate::model::index::write(&self.world, row, deadline_ms).await
    }

    async fn tell_shop(&self, _: &ProfileName, dispatch: Dispatch<'_>) -> ShopAnswer {
        self.object.gate(&self.world, "event held back").await;
        crate::model::shop::tell(&self.world, &self.object, dispatch).await
    }

    fn show(&self, _: impl FnOnce() -> SessionView) {
        self.world.mark("pages told");
    }

    fn free_place(&self, _: &Opening) {
        self.world.mark("places freed");
    }

    fn alert(&self, _: &Opening, alert: &Alert) {
        self.world.say(|| format!("  alert {alert:?}"));
        self.world.mark("alerts");
    }

    fn alert_refund(&self, _: &Opening, effect: &RefundEffect) {
        self.world.say(|| format!("  alert {effect:?}"));
        self.world.mark("refund alerts");
    }
}
