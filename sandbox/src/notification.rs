//! One notification's life: due, tried, accepted, or given up.
//!
//! The status alone decides whether the merchant took it, and the waits between tries are the
//! platform's published ones (protocol reference C.3). Sending is somebody else's work.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::fault;
use crate::letter::Letter;
use crate::v2::sign::SignType;

/// The waits after the first try and each further one: 24 hours and 4 minutes in all (C.3).
pub const RETRY_AFTER_S: [i64; 15] = [
    15, 15, 30, 180, 600, 1_200, 1_800, 1_800, 1_800, 3_600, 10_800, 10_800, 10_800, 21_600, 21_600,
];

/// So many tries by hand are remembered of one notification.
pub const BY_HAND_MAX: usize = 50;

/// In which form something is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// JSON, sealed and signed (protocol reference C.1).
    #[default]
    V3,
    /// V2's fields, signed by this method (D.7).
    V2Payment(SignType),
    /// V2's sealed `req_info`, unsigned (D.8).
    V2Refund,
}

impl Form {
    fn is_v3(&self) -> bool {
        *self == Self::V3
    }

    /// Whether a fault can happen to what is told so; one that cannot waits for another one.
    pub const fn takes(self, fault: fault::Kind) -> bool {
        use fault::Kind::{
            AmountChanged, Damaged, Delayed, Doctype, Dropped, Duplicated, ExtraFields,
            HeadersMissing, OtherKey, OtherSignType, Repeated, Tampered, Whitespace,
            WrongSignature,
        };
        match self {
            Self::V3 => !matches!(fault, OtherSignType | Doctype),
            Self::V2Payment(_) => matches!(
                fault,
                Delayed
                    | Dropped
                    | Duplicated
                    | Repeated
                    | WrongSignature
                    | Tampered
                    | HeadersMissing
                    | OtherKey
                    | OtherSignType
                    | AmountChanged
                    | ExtraFields
                    | Whitespace
                    | Doctype
            ),
            Self::V2Refund => matches!(
                fault,
                Delayed
                    | Dropped
                    | Duplicated
                    | Repeated
                    | Tampered
                    | Damaged
                    | OtherKey
                    | AmountChanged
                    | ExtraFields
                    | Whitespace
                    | Doctype
            ),
        }
    }
}

/// What happens, as told to the merchant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// `TRANSACTION.SUCCESS`.
    pub event_type: String,
    /// `transaction`; also the associated data of the sealed resource.
    pub original_type: String,
    /// 支付成功.
    pub summary: String,
    /// What is sealed: a JSON text. Of V2's forms, XML: the fields that are signed, without those
    /// of the try, or the text that is sealed.
    pub plaintext: String,
    /// In which form.
    #[serde(default, skip_serializing_if = "Form::is_v3")]
    pub form: Form,
}

/// How one try ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The merchant answered with this status.
    Status(u16),
    /// No answer: time-out, refused connection, broken reply.
    Error(String),
    /// The merchant answered, and its body says no, or not what V2 has to be told.
    NotTaken {
        /// The status.
        status: u16,
        /// What the body is.
        words: String,
    },
}

impl Outcome {
    /// Only 200 and 204 accept; neither the body nor another 2xx counts (C.3). Over V2 it is the
    /// body of a 200 that counts: what it says otherwise is [`Outcome::NotTaken`] (D.7).
    pub const fn is_accepted(&self) -> bool {
        matches!(self, Self::Status(200 | 204))
    }

    /// The same answer where it does not accept, whatever its status.
    pub fn not_taken(self) -> Self {
        match self {
            Self::Status(status) => {
                Self::NotTaken { status, words: "only a 200 is read over V2".to_owned() }
            }
            other => other,
        }
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
    /// Whether it was made by hand, outside the schedule.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_hand: bool,
    /// What went over the wire; nothing if nothing did, or once newer ones are kept instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub letter: Option<Arc<Letter>>,
}

impl Attempt {
    /// A try of the schedule's, of which only the end is known.
    pub const fn scheduled(at: i64, outcome: Outcome) -> Self {
        Self { at, outcome, fault: None, by_hand: false, letter: None }
    }
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
        let tries = self.attempts.iter().filter(|attempt| !attempt.by_hand).count();
        let wait = RETRY_AFTER_S.get(tries);
        let again = attempt.fault == Some(fault::Kind::Repeated);
        self.state = match wait {
            Some(wait) if again => State::Due(attempt.at.saturating_add(*wait)),
            // Taken by hand while this try was on its way.
            _ if self.state == State::Accepted => State::Accepted,
            _ if attempt.outcome.is_accepted() => State::Accepted,
            Some(wait) => State::Due(attempt.at.saturating_add(*wait)),
            None => State::GivenUp,
        };
        self.attempts.push(attempt);
    }

    /// Writes down a try that was made by hand. The schedule goes on, unless the merchant took it.
    pub fn record_by_hand(&mut self, attempt: Attempt) {
        if attempt.outcome.is_accepted() {
            self.state = State::Accepted;
        }
        let by_hand = self.attempts.iter().filter(|attempt| attempt.by_hand).count();
        if by_hand >= BY_HAND_MAX {
            let oldest = self.attempts.iter().position(|attempt| attempt.by_hand);
            oldest.map(|oldest| self.attempts.remove(oldest));
        }
        self.attempts.push(Attempt { by_hand: true, ..attempt });
    }

    /// Forgets what went over the wire.
    pub fn forget_letters(&mut self) {
        self.attempts.iter_mut().for_each(|attempt| attempt.letter = None);
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
                form: Form::V3,
            },
            state: State::Due(due_at),
            attempts: Vec::new(),
        }
    }

    fn attempt(at: i64, outcome: Outcome) -> Attempt {
        Attempt::scheduled(at, outcome)
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

    #[test]
    fn a_try_by_hand_leaves_the_schedule_alone_unless_it_is_taken() {
        let mut told = notification(1_000);
        told.record(attempt(1_000, Outcome::Status(500)));
        for at in 1_001..1_100 {
            told.record_by_hand(attempt(at, Outcome::Status(500)));
        }
        assert_eq!(told.due_at(), Some(1_015));
        assert_eq!(told.attempts.len(), 1 + BY_HAND_MAX);
        assert_eq!(told.attempts[0].at, 1_000);
        let mut left = 0;
        while let Some(at) = told.due_at() {
            told.record(attempt(at, Outcome::Status(500)));
            left += 1;
        }
        assert_eq!((left, told.state), (15, State::GivenUp));
        told.record_by_hand(attempt(90_000, Outcome::Status(200)));
        assert_eq!(told.state, State::Accepted);
    }

    #[test]
    fn a_try_that_was_on_its_way_does_not_undo_an_acceptance() {
        let mut told = notification(1_000);
        told.record_by_hand(attempt(1_000, Outcome::Status(204)));
        told.record(attempt(1_000, Outcome::Status(500)));
        assert_eq!(told.state, State::Accepted);
    }

    #[test]
    fn what_an_older_version_tells_of_is_in_v3s_form_and_v2s_comes_back_whole() {
        let event = notification(0).event;
        let old = serde_json::to_value(&event).unwrap();
        assert_eq!(old.get("form"), None);
        assert_eq!(serde_json::from_value::<Event>(old).unwrap(), event);
        for form in [Form::V2Payment(SignType::HmacSha256), Form::V2Refund] {
            let event = Event { form, ..event.clone() };
            let written = serde_json::to_string(&event).unwrap();
            assert_eq!(serde_json::from_str::<Event>(&written).unwrap(), event);
        }
    }

    #[test]
    fn a_body_that_says_no_is_not_taken_and_comes_again() {
        let mut told = notification(0);
        let no = Outcome::NotTaken { status: 200, words: "FAIL".into() };
        told.record(attempt(0, no.clone()));
        assert_eq!(told.due_at(), Some(15));
        let written = serde_json::to_string(&no).unwrap();
        assert_eq!(serde_json::from_str::<Outcome>(&written).unwrap(), no);
    }

    #[test]
    fn a_try_that_an_older_version_wrote_is_still_read() {
        let old = r#"{"at":5,"outcome":{"status":200},"fault":"stale"}"#;
        let read: Attempt = serde_json::from_str(old).unwrap();
        let fault = Some(fault::Kind::Stale);
        assert_eq!(read, Attempt { fault, ..attempt(5, Outcome::Status(200)) });
        assert_eq!(serde_json::to_string(&read).unwrap(), old);
    }
}
