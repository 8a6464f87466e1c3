//! One notification's life: due, tried, accepted, or given up.
//!
//! The status alone decides whether the merchant took it, and the waits between tries are the
//! platform's published ones (protocol reference C.3). Sending is somebody else's work.

use serde::{Deserialize, Serialize};

use crate::fault;

/// The waits after the first try and each further one: 24 hours and 4 minutes in all (C.3).
pub const RETRY_AFTER_S: [i64; 15] = [
    15, 15, 30, 180, 600, 1_200, 1_800, 1_800, 1_800, 3_600, 10_800, 10_800, 10_800, 21_600, 21_600,
];

/// What happens, as told to the merchant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// `TRANSACTION.SUCCESS`.
    pub event_type: String,
    /// `transaction`; also the associated data of the sealed resource.
    pub original_type: String,
    /// 支付成功.
    pub summary: String,
    /// What is sealed: a JSON text.
    pub plaintext: String,
}

/// How one try ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The merchant answered with this status.
    Status(u16),
    /// No answer: time-out, refused connection, broken reply.
    Error(String),
}

impl Outcome {
    /// Only 200 and 204 accept; neither the body nor another 2xx counts (C.3).
    pub const fn is_accepted(&self) -> bool {
        matches!(self, Self::Status(200 | 204))
    }
}

/// One try.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// When, on the business clock.
    pub at: i64,
    /// How it ended.
    pub outcome: Outcome,
    /// What the sandbox was told to do wrong.
    pub fault: Option<fault::Kind>,
}

/// Where a notification stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// To be tried at this moment of the business clock.
    Due(i64),
    /// The merchant took it.
    Accepted,
    /// The last retry failed too; nothing more comes.
    GivenUp,
}

/// One notification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// Counts notifications, in the order of their coming.
    pub seq: u64,
    /// The `id` that the merchant sees: a UUID, the same in every retry.
    pub id: String,
    /// Whose key seals it.
    pub mchid: String,
    /// Which order it tells of.
    pub out_trade_no: String,
    /// Which refund of it, if it tells of one.
    #[serde(default)]
    pub out_refund_no: Option<String>,
    /// Where it goes.
    pub notify_url: String,
    /// When the event happened.
    pub created_at: i64,
    /// What happened.
    pub event: Event,
    /// Where it stands.
    pub state: State,
    /// Every try so far.
    pub attempts: Vec<Attempt>,
}

impl Notification {
    /// The moment at which it must be tried, if it must.
    pub const fn due_at(&self) -> Option<i64> {
        match self.state {
            State::Due(at) => Some(at),
            State::Accepted | State::GivenUp => None,
        }
    }

    /// Writes a try down and decides what follows: nothing after an acceptance, unless a fault says
    /// that the platform tells of it once more.
    pub fn record(&mut self, attempt: Attempt) {
        let wait = RETRY_AFTER_S.get(self.attempts.len());
        let again = attempt.fault == Some(fault::Kind::Repeated);
        self.state = match wait {
            Some(wait) if again => State::Due(attempt.at.saturating_add(*wait)),
            _ if attempt.outcome.is_accepted() => State::Accepted,
            Some(wait) => State::Due(attempt.at.saturating_add(*wait)),
            None => State::GivenUp,
        };
        self.attempts.push(attempt);
    }

    /// After a time without a sandbox: what was due meanwhile is due once, now, and not in a burst.
    pub fn resume(&mut self, now: i64) {
        if let State::Due(at) = self.state {
            self.state = State::Due(at.max(now));
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn notification(due_at: i64) -> Notification {
        Notification {
            seq: 1,
            id: "11111111-2222-5333-8444-555555555555".into(),
            mchid: "1900000001".into(),
            out_trade_no: "T20250101000001".into(),
            out_refund_no: None,
            notify_url: "https://pay.example.com/wechat/notify".into(),
            created_at: due_at,
            event: Event {
                event_type: "TRANSACTION.SUCCESS".into(),
                original_type: "transaction".into(),
                summary: "支付成功".into(),
                plaintext: "{}".into(),
            },
            state: State::Due(due_at),
            attempts: Vec::new(),
        }
    }

    fn attempt(at: i64, outcome: Outcome) -> Attempt {
        Attempt { at, outcome, fault: None }
    }

    #[test]
    fn only_200_and_204_accept() {
        for (status, accepted) in
            [(200, true), (204, true), (201, false), (202, false), (302, false), (500, false)]
        {
            let mut told = notification(0);
            told.record(attempt(0, Outcome::Status(status)));
            assert_eq!(told.state == State::Accepted, accepted, "{status}");
        }
    }

    #[test]
    fn a_refused_notification_comes_fifteen_times_more_within_24_hours_and_4_minutes() {
        let mut told = notification(1_000);
        let mut tries = Vec::new();
        while let Some(at) = told.due_at() {
            tries.push(at - 1_000);
            told.record(attempt(at, Outcome::Status(500)));
        }
        assert_eq!(tries.len(), 16);
        assert_eq!(tries[..5], [0, 15, 30, 60, 240]);
        assert_eq!(tries.last(), Some(&(24 * 3_600 + 4 * 60)));
        assert_eq!(told.state, State::GivenUp);
    }

    #[test]
    fn acceptance_ends_the_schedule() {
        let mut told = notification(0);
        told.record(attempt(0, Outcome::Error("timed out".into())));
        assert_eq!(told.due_at(), Some(15));
        told.record(attempt(15, Outcome::Status(204)));
        assert_eq!(told.due_at(), None);
    }

    #[test]
    fn what_is_repeated_comes_again_after_it_was_accepted() {
        let mut told = notification(0);
        let fault = Some(fault::Kind::Repeated);
        told.record(Attempt { fault, ..attempt(0, Outcome::Status(204)) });
        assert_eq!(told.due_at(), Some(15));
        told.record(attempt(15, Outcome::Status(204)));
        assert_eq!(told.state, State::Accepted);
    }

    #[test]
    fn what_fell_due_while_nobody_ran_is_tried_once() {
        let mut told = notification(100);
        told.resume(90);
        assert_eq!(told.due_at(), Some(100));
        told.resume(5_000);
        assert_eq!(told.due_at(), Some(5_000));
    }
}
