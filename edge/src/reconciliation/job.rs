//! The work of one day and one account, as a machine that survives anything.
//!
//! A job is stored with every step. Whoever finds one after a crash knows how to go on: a bill that
//! was being staged is staged anew, rows that have been compared are not compared again. Nothing fails
//! for good before a day of trying, because a day's bill can be late and the platform can be down.

use checkout::time::{Seconds, UnixSeconds};
use serde::{Deserialize, Serialize};
use wechatpay::bill::date::BillDate;

use super::hearsay::Weight;
use crate::problem::{Code, Problem};

/// The work of one day and one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Which day.
    pub day: BillDate,
    /// Which of a service provider's sub-merchants; a direct merchant has one account, without a
    /// name.
    pub account: Option<String>,
    /// Where it stands.
    pub step: Step,
    /// When there is something to do, in business time; nothing to do once it has ended.
    pub next_at: Option<UnixSeconds>,
    /// Fruitless tries in a row.
    pub tries: u16,
    /// Tries in a row of which nobody has heard the end.
    #[serde(default)]
    pub cut_short: u16,
    /// How often the day has been looked at. Differences carry the newest look that found them.
    pub run: u32,
    /// When the present look was asked for.
    pub asked_at: UnixSeconds,
    /// When the present look began; not before its bill was asked for.
    pub begun_at: Option<UnixSeconds>,
    /// When the present look ended.
    pub ended_at: Option<UnixSeconds>,
    /// The bill, once its digest has agreed or, where there is none, it has come to its end. None, in
    /// a job that has ended well, if nothing happened on that day.
    pub bill: Option<Bill>,
    /// What the comparison has found so far.
    pub tally: Tally,
    /// What stopped it last.
    pub trouble: Option<Problem>,
}

/// A bill that has been read to its end, and whose digest has agreed if it has one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bill {
    /// The digest that the platform signed, in hexadecimal. A bill that came by V2 has none, and
    /// proves nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha1: Option<String>,
    /// How many rows it has.
    pub rows: u64,
    /// How many of them have numbers that are not of our shape.
    pub foreign: u64,
}

impl Bill {
    /// What its rows are worth.
    pub const fn weight(&self) -> Weight {
        match self.sha1 {
            Some(_) => Weight::Proven,
            None => Weight::Hearsay,
        }
    }
}

/// What a comparison has found, in rows of ours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Compared.
    pub compared: u64,
    /// Both sides agree, now.
    pub agree: u64,
    /// They belong to another profile with the same merchant number.
    pub foreign: u64,
    /// Their checkouts have been purged.
    pub purged: u64,
}

/// Where a job stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// Nobody has looked yet which accounts there are; the job becomes one for each.
    Plan,
    /// The bill is fetched, and proven where it can be. No row of it counts yet.
    Stage,
    /// Its rows are compared, checkout by checkout.
    Compare,
    /// What the index has, and the bill did not show, is looked up.
    Candidates {
        /// Payments or refunds.
        of: Candidates,
        /// How far the index has been read.
        cursor: Option<String>,
    },
    /// It is known how the day stands.
    Done,
    /// Nobody knows, after a day of trying. It can be asked for again.
    Failed,
}

/// What is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Candidates {
    /// First.
    Payments,
    /// Then.
    Refunds,
}

/// What happens to a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Somebody asks for that day; the timer of a morning, or a person.
    Asked,
    /// Its next step is being taken: stored before it is, because it may never end. A bill can be more
    /// than the runtime lets one event take.
    Begun,
    /// The bill is there, all of it, and proven where it can be.
    Staged(Bill),
    /// Some rows were compared.
    Compared {
        /// What they came to.
        tally: Tally,
        /// Whether there are more.
        more: bool,
    },
    /// A page of the index was looked up.
    LookedUp {
        /// Where the next page begins.
        cursor: Option<String>,
    },
    /// It did not work. [`Code::NoBill`] is an answer: nothing happened on that day.
    Stopped(Problem),
}

/// How a job stands, in one word for whoever asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It is known how the day stands.
    Done,
    /// Nobody has begun.
    Pending,
    /// It is being worked on.
    Running,
    /// It is tried again later.
    Waiting,
    /// It was given up.
    Failed,
}

impl Job {
    /// A day of all accounts, whichever there are when somebody begins.
    pub fn planned(day: BillDate, now: UnixSeconds) -> Self {
        Self { step: Step::Plan, ..Self::new(day, None, now) }
    }

    /// A job that begins as soon as may be.
    pub const fn new(day: BillDate, account: Option<String>, now: UnixSeconds) -> Self {
        Self {
            day,
            account,
            step: Step::Stage,
            next_at: Some(now),
            tries: 0,
            cut_short: 0,
            run: 1,
            asked_at: now,
            begun_at: None,
            ended_at: None,
            bill: None,
            tally: Tally { compared: 0, agree: 0, foreign: 0, purged: 0 },
            trouble: None,
        }
    }

    /// In one word.
    pub fn status(&self, now: UnixSeconds) -> Status {
        match self.step {
            Step::Done => Status::Done,
            Step::Failed => Status::Failed,
            _ if self.tries > 0 && self.next_at.is_some_and(|at| now < at) => Status::Waiting,
            _ if self.begun_at.is_none() => Status::Pending,
            _ => Status::Running,
        }
    }

    /// Whether there is something to do now.
    pub fn is_due(&self, now: UnixSeconds) -> bool {
        self.next_at.is_some_and(|at| at <= now)
    }
}

/// What `event` makes of a job. `chance` spreads the repeats of many deployments.
pub fn step(job: &Job, event: Event, now: UnixSeconds, chance: u8) -> Job {
    let tried = Job { tries: 0, cut_short: 0, trouble: None, ..job.clone() };
    let on = |step| Job { step, next_at: Some(now), ..tried.clone() };
    match (event, &job.step) {
        // A day that is being looked at is not begun anew, only sooner.
        (Event::Asked, Step::Done | Step::Failed) => {
            Job { run: job.run.saturating_add(1), ..Job::new(job.day, job.account.clone(), now) }
        }
        (Event::Asked, _) => Job { next_at: Some(now), ..job.clone() },
        (Event::Begun, _) => begun(job, now, chance),
        (Event::Staged(bill), Step::Stage) => {
            Job { bill: Some(bill), tally: Tally::default(), ..on(Step::Compare) }
        }
        (Event::Compared { tally, more }, Step::Compare) => {
            let next = if more { Step::Compare } else { candidates(Candidates::Payments, None) };
            Job { tally: job.tally.and(tally), ..on(next) }
        }
        (Event::LookedUp { cursor }, Step::Candidates { of, .. }) => match (cursor, of) {
            (Some(cursor), of) => on(candidates(*of, Some(cursor))),
            (None, Candidates::Payments) => on(candidates(Candidates::Refunds, None)),
            (None, Candidates::Refunds) => {
                Job { ended_at: Some(now), next_at: None, ..on(Step::Done) }
            }
        },
        (Event::Stopped(problem), Step::Stage) if problem.code == Code::NoBill => {
            Job { bill: None, ..on(candidates(Candidates::Payments, None)) }
        }
        (Event::Stopped(problem), _) => stopped(job, problem, now, chance),
        // A step that has been taken already.
        (Event::Staged(_) | Event::Compared { .. } | Event::LookedUp { .. }, _) => job.clone(),
    }
}

const fn candidates(of: Candidates, cursor: Option<String>) -> Step {
    Step::Candidates { of, cursor }
}

fn begun(job: &Job, now: UnixSeconds, chance: u8) -> Job {
    if matches!(job.step, Step::Done | Step::Failed) {
        return job.clone();
    }
    let begun_at = job.begun_at.or(Some(now));
    let begun = Job { begun_at, cut_short: job.cut_short.saturating_add(1), ..job.clone() };
    match put_off(job.cut_short, now, chance) {
        Next::AtOnce => begun,
        Next::At(at) => Job { next_at: Some(at), ..begun },
        Next::Never(problem) => {
            let (ended_at, trouble) = (Some(now), Some(problem));
            Job { step: Step::Failed, next_at: None, ended_at, trouble, ..begun }
        }
    }
}

/// What becomes of a try that begins, should nobody hear the end of it.
pub(super) enum Next {
    /// It is repeated: an object that moves is nothing to wait for.
    AtOnce,
    /// It waits like one that failed, and lets other work pass.
    At(UnixSeconds),
    /// It is given up, and does not even begin.
    Never(Problem),
}

/// The same, after so many that were cut short in a row.
pub(super) fn put_off(cut_short: u16, now: UnixSeconds, chance: u8) -> Next {
    let problem = Problem::new(Code::Internal, "the work is cut short, time and again");
    match cut_short.saturating_sub(MOVES) {
        0 => Next::AtOnce,
        tries if tries < TRIES_MAX => Next::At(now + wait(&problem, tries, chance)),
        _ => Next::Never(problem),
    }
}

fn stopped(job: &Job, problem: Problem, now: UnixSeconds, chance: u8) -> Job {
    if matches!(job.step, Step::Done | Step::Failed) {
        return job.clone();
    }
    let tries = job.tries.saturating_add(1);
    let job = Job { tries, cut_short: 0, trouble: Some(problem.clone()), ..job.clone() };
    if tries >= TRIES_MAX {
        return Job { step: Step::Failed, next_at: None, ended_at: Some(now), ..job };
    }
    Job { next_at: Some(now + wait(&problem, tries, chance)), ..job }
}

/// How long nothing is done after the try of that number has failed.
pub(super) fn wait(problem: &Problem, tries: u16, chance: u8) -> Seconds {
    let own = if problem.code == Code::BillNotReady {
        NOT_READY
    } else {
        let doublings = u32::from(tries.saturating_sub(1)).min(6);
        Seconds(FIRST.0.saturating_mul(2_i64.saturating_pow(doublings)).min(LONGEST.0))
    };
    let asked = problem.retry_after_s.map_or(0, i64::from).min(LONGEST.0);
    // Up to a quarter more.
    let spread = own.0.saturating_mul(i64::from(chance)) / 1_024;
    Seconds(own.0.saturating_add(spread).max(asked))
}

impl Tally {
    const fn and(self, more: Self) -> Self {
        Self {
            compared: self.compared.saturating_add(more.compared),
            agree: self.agree.saturating_add(more.agree),
            foreign: self.foreign.saturating_add(more.foreign),
            purged: self.purged.saturating_add(more.purged),
        }
    }
}

/// The platform asks to come again each half hour for a bill that is not made (protocol reference
/// E.6).
const NOT_READY: Seconds = Seconds::minutes(30);
/// After the first failure; each further one doubles it.
const FIRST: Seconds = Seconds::minutes(1);
/// The longest wait between two tries.
const LONGEST: Seconds = Seconds::hours(1);
/// Ends without a word that are taken for a move of the object, and repeated at once.
pub(super) const MOVES: u16 = 2;
/// Fruitless tries after which a person is told: most of a day, by the waits above.
pub(super) const TRIES_MAX: u16 = 30;

#[cfg(test)]
mod tests;
