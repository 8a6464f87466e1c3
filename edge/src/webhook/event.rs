//! An event as whoever reads the shop's log sees it: what it is, and what became of every attempt to
//! tell it.

use serde::Serialize;
use wechatpay::moment::rfc3339;

use crate::outbox::{Attempted, FailedDelivery, Outcome, Parcel, ParcelState, Topic};

/// One event of a checkout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EventView {
    /// The `webhook-id` that it is sent with, always.
    pub id: String,
    /// What it is about.
    pub r#type: Topic,
    /// The refund or the payment that it is about, where the checkout may have several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// When it happened, RFC 3339.
    pub created_at: String,
    /// How far it has come.
    pub state: EventState,
    /// How often it was sent, thirty times at most.
    pub attempts: usize,
    /// When it is sent again, RFC 3339; present while it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_attempt_at: Option<String>,
    /// The attempts, oldest first.
    pub deliveries: Vec<DeliveryView>,
}

/// How far an event has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EventState {
    /// It is to be sent.
    Waiting,
    /// The shop has it.
    Delivered,
    /// It was given up after the whole schedule.
    Dead,
    /// The shop had no webhook when it happened.
    Unwanted,
}

/// One attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeliveryView {
    /// When, RFC 3339.
    pub at: String,
    /// What the shop answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why it did not answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<FailedDelivery>,
    /// How long it took, in milliseconds.
    pub took_ms: u32,
}

impl From<&Parcel> for EventView {
    fn from(parcel: &Parcel) -> Self {
        // A refund that failed has the manner of it behind its number.
        let subject = parcel.subject.split('/').next().filter(|subject| !subject.is_empty());
        let sent = parcel.deliveries.iter().filter(|sent| sent.outcome != Outcome::Unwanted);
        let deliveries: Vec<_> = sent.map(DeliveryView::from).collect();
        Self {
            id: parcel.id.clone(),
            r#type: parcel.topic,
            subject: subject.map(str::to_owned),
            created_at: rfc3339(parcel.created_at),
            state: match parcel.state {
                ParcelState::Waiting { .. } => EventState::Waiting,
                ParcelState::Delivered => EventState::Delivered,
                ParcelState::Dead => EventState::Dead,
                ParcelState::Unwanted => EventState::Unwanted,
            },
            attempts: deliveries.len(),
            next_attempt_at: parcel.due_at().map(rfc3339),
            deliveries,
        }
    }
}

impl From<&Attempted> for DeliveryView {
    fn from(attempted: &Attempted) -> Self {
        let (status, failure) = match attempted.outcome {
            Outcome::Accepted { status } | Outcome::Refused { status, .. } => (Some(status), None),
            Outcome::Failed { reason } => (None, Some(reason)),
            Outcome::Unwanted => (None, None),
        };
        Self { at: rfc3339(attempted.at), status, failure, took_ms: attempted.took_ms }
    }
}

#[cfg(test)]
mod tests {
    use checkout::id::CheckoutId;
    use checkout::time::UnixSeconds;
    use serde_json::json;

    use super::*;

    /// 2026-11-21T11:30:00+08:00.
    const NOW: UnixSeconds = UnixSeconds(1_795_231_800);

    fn parcel(topic: Topic, subject: &str) -> Parcel {
        let id = CheckoutId::parse("chk_abcdefghijklmnopqrst").unwrap();
        Parcel::new(&id, topic, subject.to_owned(), NOW)
    }

    #[test]
    fn every_attempt_is_seen_with_its_status_or_its_failure() {
        let mut parcel = parcel(Topic::CheckoutPaid, "");
        parcel.id = "msg_1".to_owned();
        let failed = Outcome::Failed { reason: FailedDelivery::TimedOut };
        let refused = Outcome::Refused { status: 503, retry_after_s: Some(60) };
        for (outcome, took_ms) in [(failed, 10_001), (refused, 12)] {
            parcel.attempted(Attempted { at: NOW, outcome, took_ms }, 0);
        }
        let view = serde_json::to_value(EventView::from(&parcel)).unwrap();
        assert_eq!(
            view,
            json!({
                "id": "msg_1",
                "type": "checkout.paid",
                "created_at": "2026-11-21T11:30:00+08:00",
                "state": "waiting",
                "attempts": 2,
                "next_attempt_at": "2026-11-21T11:31:00+08:00",
                "deliveries": [
                    { "at": "2026-11-21T11:30:00+08:00", "failure": "timed_out", "took_ms": 10_001 },
                    { "at": "2026-11-21T11:30:00+08:00", "status": 503, "took_ms": 12 },
                ],
            })
        );
    }

    #[test]
    fn what_was_delivered_waits_for_nothing() {
        let mut parcel = parcel(Topic::CheckoutPaid, "");
        let outcome = Outcome::Accepted { status: 204 };
        parcel.attempted(Attempted { at: NOW, outcome, took_ms: 3 }, 0);
        let view = EventView::from(&parcel);
        assert_eq!((view.state, view.next_attempt_at), (EventState::Delivered, None));
        assert_eq!(view.deliveries[0].status, Some(204));
    }

    #[test]
    fn what_was_never_sent_has_no_attempts() {
        let mut parcel = parcel(Topic::CheckoutExpired, "");
        parcel.attempted(Attempted { at: NOW, outcome: Outcome::Unwanted, took_ms: 0 }, 0);
        let view = EventView::from(&parcel);
        assert_eq!((view.state, view.attempts), (EventState::Unwanted, 0));
    }

    #[test]
    fn a_subject_is_a_number_that_the_shop_knows() {
        for (written, seen) in [
            ("", None),
            ("4200000000202611210000000001", Some("4200000000202611210000000001")),
            ("abcdefghijklmnopqrstr01abcdefgh/closed", Some("abcdefghijklmnopqrstr01abcdefgh")),
        ] {
            let view = EventView::from(&parcel(Topic::RefundFailed, written));
            assert_eq!(view.subject.as_deref(), seen);
        }
    }
}
