//! The index is lost, or in doubt: every checkout writes its row again.
//!
//! Which checkouts there are is nowhere but in the index itself. So it is asked what it still has,
//! the operator may name more, and the bills of some days know the number of everything that was ever
//! paid on them. Each checkout is told to write what it knows; the index never learns anything from
//! here. The work is stored with every step, like a [`job`](super::job).

use checkout::id::{CheckoutId, ProfileName};
use checkout::time::UnixSeconds;
use serde::{Deserialize, Serialize};
use wechatpay::bill::date::BillDate;
use wechatpay::moment::rfc3339;

use super::day;
use super::job::{Next, Status, TRIES_MAX, put_off, wait};
use crate::problem::{Code, Problem};

/// What the operator asks for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// Whose checkouts.
    #[serde(default)]
    pub profile: ProfileName,
    /// Checkouts that the index may not know.
    #[serde(default)]
    pub ids: Vec<CheckoutId>,
    /// The first day whose bill is read.
    pub from: Option<BillDate>,
    /// The last one; the first one where there is none.
    pub to: Option<BillDate>,
}

/// How many checkouts one request may name: some 25 KB.
const IDS_MAX: usize = 1_000;

impl Wish {
    /// The days whose bills are read, first to last.
    pub fn days(&self, now: UnixSeconds) -> Result<Option<(BillDate, BillDate)>, Problem> {
        if self.ids.len() > IDS_MAX {
            let detail = format!("ids: at most {IDS_MAX}; send the others afterwards");
            return Err(Problem::new(Code::InvalidRequest, detail));
        }
        let Some(from) = self.from else {
            return match self.to {
                Some(_) => Err(Problem::new(Code::InvalidRequest, "from: which day first?")),
                None => Ok(None),
            };
        };
        let to = self.to.unwrap_or(from);
        if to < from {
            return Err(Problem::new(Code::InvalidRequest, "to: it is before from"));
        }
        day::askable(from, now)?;
        day::askable(to, now)?;
        Ok(Some((from, to)))
    }
}

/// The rebuild of one profile's index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rebuild {
    /// Where it stands.
    pub step: Step,
    /// When there is something to do, in business time.
    pub next_at: Option<UnixSeconds>,
    /// Fruitless tries in a row.
    pub tries: u16,
    /// Tries in a row of which nobody has heard the end.
    #[serde(default)]
    pub cut_short: u16,
    /// When it was asked for.
    pub asked_at: UnixSeconds,
    /// When it ended.
    pub ended_at: Option<UnixSeconds>,
    /// Checkouts that have written their rows.
    pub written: u64,
    /// Ids that no checkout has.
    pub unknown: u64,
    /// Checkouts that could not be told; the log names them.
    pub failed: u64,
    /// What stopped it last.
    pub trouble: Option<Problem>,
}

/// Where a rebuild stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// The bills are read, for the numbers in them.
    Bills {
        /// The next one is of this day,
        day: BillDate,
        /// of this account,
        account: usize,
        /// and the last one of that day.
        to: BillDate,
    },
    /// Those that were named, or found in bills, are told.
    Named,
    /// Those that the index has are told.
    Known {
        /// How far it has been read.
        cursor: Option<String>,
    },
    /// All have been told.
    Done,
    /// It was given up.
    Failed,
}

/// What happens to a rebuild.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Its next step is being taken: stored before it is, because it may never end.
    Begun,
    /// The bill of an account was read, or there is none.
    Read {
        /// How many accounts the profile has.
        accounts: usize,
    },
    /// Some were told.
    Told {
        /// So many wrote their rows,
        written: u64,
        /// so many do not exist,
        unknown: u64,
        /// and so many could not be told.
        failed: u64,
        /// Where to go on with this step; nowhere if there is nothing left.
        rest: Option<String>,
    },
    /// It did not work.
    Stopped(Problem),
}

impl Rebuild {
    /// A rebuild that begins as soon as may be.
    pub const fn new(days: Option<(BillDate, BillDate)>, now: UnixSeconds) -> Self {
        let step = match days {
            Some((day, to)) => Step::Bills { day, account: 0, to },
            None => Step::Named,
        };
        Self {
            step,
            next_at: Some(now),
            tries: 0,
            cut_short: 0,
            asked_at: now,
            ended_at: None,
            written: 0,
            unknown: 0,
            failed: 0,
            trouble: None,
        }
    }

    /// In one word.
    pub fn status(&self, now: UnixSeconds) -> Status {
        match self.step {
            Step::Done => Status::Done,
            Step::Failed => Status::Failed,
            _ if self.next_at.is_some_and(|at| now < at) => Status::Waiting,
            _ => Status::Running,
        }
    }
}

/// What `event` makes of a rebuild.
pub fn step(rebuild: &Rebuild, event: Event, now: UnixSeconds, chance: u8) -> Rebuild {
    let tried = Rebuild { tries: 0, cut_short: 0, trouble: None, ..rebuild.clone() };
    let on = |step| Rebuild { step, next_at: Some(now), ..tried.clone() };
    match (event, &rebuild.step) {
        (Event::Begun, _) => begun(rebuild, now, chance),
        (Event::Read { accounts }, Step::Bills { day, account, to }) => {
            on(next_bill((*day, *account, *to), accounts))
        }
        (
            Event::Told { written, unknown, failed, rest },
            step @ (Step::Named | Step::Known { .. }),
        ) => {
            let next = match (rest, step) {
                (Some(_), Step::Named) => Step::Named,
                (Some(cursor), _) => Step::Known { cursor: Some(cursor) },
                (None, Step::Named) => Step::Known { cursor: None },
                (None, _) => Step::Done,
            };
            let is_done = next == Step::Done;
            let next = on(next);
            Rebuild {
                written: rebuild.written.saturating_add(written),
                unknown: rebuild.unknown.saturating_add(unknown),
                failed: rebuild.failed.saturating_add(failed),
                ended_at: is_done.then_some(now),
                next_at: next.next_at.filter(|_| !is_done),
                ..next
            }
        }
        (Event::Stopped(_), Step::Done | Step::Failed) => rebuild.clone(),
        (Event::Stopped(problem), _) => stopped(rebuild, problem, now, chance),
        (Event::Read { .. } | Event::Told { .. }, _) => rebuild.clone(),
    }
}

fn next_bill((day, account, to): (BillDate, usize, BillDate), accounts: usize) -> Step {
    let account = account.saturating_add(1);
    if account < accounts {
        return Step::Bills { day, account, to };
    }
    match day.next().filter(|next| *next <= to) {
        Some(day) => Step::Bills { day, account: 0, to },
        None => Step::Named,
    }
}

fn begun(rebuild: &Rebuild, now: UnixSeconds, chance: u8) -> Rebuild {
    let cut_short = rebuild.cut_short.saturating_add(1);
    match put_off(rebuild.cut_short, now, chance) {
        Next::AtOnce => Rebuild { cut_short, ..rebuild.clone() },
        Next::At(at) => Rebuild { cut_short, next_at: Some(at), ..rebuild.clone() },
        Next::Never(problem) => {
            let (ended_at, trouble) = (Some(now), Some(problem));
            Rebuild { step: Step::Failed, next_at: None, ended_at, trouble, ..rebuild.clone() }
        }
    }
}

fn stopped(rebuild: &Rebuild, problem: Problem, now: UnixSeconds, chance: u8) -> Rebuild {
    let tries = rebuild.tries.saturating_add(1);
    let next_at = now + wait(&problem, tries, chance);
    let stopped = Rebuild { tries, cut_short: 0, trouble: Some(problem), ..rebuild.clone() };
    if tries < TRIES_MAX {
        return Rebuild { next_at: Some(next_at), ..stopped };
    }
    Rebuild { step: Step::Failed, next_at: None, ended_at: Some(now), ..stopped }
}

/// A rebuild as it is served.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RebuildView {
    status: Status,
    asked_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<String>,
    written: u64,
    unknown: u64,
    failed: u64,
    /// The day whose bill is being read.
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<BillDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble: Option<Problem>,
}

impl RebuildView {
    /// How it stands.
    pub fn of(rebuild: &Rebuild, now: UnixSeconds) -> Self {
        Self {
            status: rebuild.status(now),
            asked_at: rfc3339(rebuild.asked_at),
            ended_at: rebuild.ended_at.map(rfc3339),
            written: rebuild.written,
            unknown: rebuild.unknown,
            failed: rebuild.failed,
            date: match rebuild.step {
                Step::Bills { day, .. } => Some(day),
                _ => None,
            },
            trouble: rebuild.trouble.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2025-01-10T10:53:20+08:00.
    const NOW: UnixSeconds = UnixSeconds(1_736_477_600);

    fn day(text: &str) -> BillDate {
        BillDate::parse(text).unwrap()
    }

    fn wish(json: &str) -> Wish {
        serde_json::from_str(json).unwrap()
    }

    fn told(rest: Option<&str>) -> Event {
        Event::Told { written: 2, unknown: 1, failed: 0, rest: rest.map(str::to_owned) }
    }

    #[test]
    fn a_wish_names_days_that_have_bills() {
        assert_eq!(wish("{}").days(NOW), Ok(None));
        let one = day("2025-01-08");
        assert_eq!(wish(r#"{"from":"2025-01-08"}"#).days(NOW), Ok(Some((one, one))));
        for (json, words) in [
            (r#"{"to":"2025-01-08"}"#, "from: which day first?"),
            (r#"{"from":"2025-01-08","to":"2025-01-07"}"#, "to: it is before from"),
            (r#"{"from":"2025-01-08","to":"2025-01-10"}"#, "a day is reconciled from ten"),
            (r#"{"from":"2024-01-08"}"#, "date: WeChat Pay keeps"),
        ] {
            let problem = wish(json).days(NOW).unwrap_err();
            assert!(problem.detail.starts_with(words), "{}", problem.detail);
        }
        let id = CheckoutId::from_digest([7; 32]);
        let many = Wish { ids: vec![id; IDS_MAX + 1], ..wish("{}") };
        assert!(many.days(NOW).unwrap_err().detail.starts_with("ids: at most 1000"));
    }

    #[test]
    fn every_account_of_every_day_is_read_before_anybody_is_told() {
        let mut rebuild = Rebuild::new(Some((day("2025-01-08"), day("2025-01-09"))), NOW);
        let mut bills = Vec::new();
        while let Step::Bills { day, account, .. } = &rebuild.step {
            bills.push((day.to_string(), *account));
            rebuild = step(&rebuild, Event::Read { accounts: 2 }, NOW, 0);
        }
        let expected = [("2025-01-08", 0), ("2025-01-08", 1), ("2025-01-09", 0), ("2025-01-09", 1)];
        assert_eq!(bills, expected.map(|(day, account)| (day.to_owned(), account)));
        assert_eq!(rebuild.step, Step::Named);
    }

    #[test]
    fn the_named_are_told_and_then_those_that_the_index_knows() {
        let mut rebuild = Rebuild::new(None, NOW);
        for (event, expected) in [
            (told(Some("more")), Step::Named),
            (told(None), Step::Known { cursor: None }),
            (told(Some("c")), Step::Known { cursor: Some("c".to_owned()) }),
            (Event::Read { accounts: 1 }, Step::Known { cursor: Some("c".to_owned()) }),
            (told(None), Step::Done),
        ] {
            rebuild = step(&rebuild, event, NOW, 0);
            assert_eq!(rebuild.step, expected);
        }
        assert_eq!((rebuild.written, rebuild.unknown, rebuild.next_at), (8, 4, None));
        assert_eq!(rebuild.status(NOW), Status::Done);
    }

    #[test]
    fn what_fails_is_tried_again_and_given_up_after_a_day() {
        let busy = || Event::Stopped(Problem::new(Code::Unavailable, "WeChat Pay is busy"));
        let mut rebuild = step(&Rebuild::new(None, NOW), busy(), NOW, 0);
        assert_eq!(
            (rebuild.status(NOW), rebuild.next_at.map(|at| (at - NOW).0)),
            (Status::Waiting, Some(60))
        );
        for _ in 1..TRIES_MAX {
            rebuild = step(&rebuild, busy(), NOW, 0);
        }
        assert_eq!((rebuild.status(NOW), rebuild.next_at), (Status::Failed, None));
        assert_eq!(step(&rebuild, busy(), NOW, 0), rebuild);
    }

    #[test]
    fn a_step_that_never_ends_lets_others_pass_and_is_given_up_at_last() {
        let mut rebuild = Rebuild::new(Some((day("2025-01-08"), day("2025-01-08"))), NOW);
        let mut waits = Vec::new();
        for _ in 0..4 {
            rebuild = step(&rebuild, Event::Begun, NOW, 0);
            waits.push((rebuild.next_at.unwrap() - NOW).0);
        }
        assert_eq!(waits, [0, 0, 0, 60]);
        let read = step(&rebuild, Event::Read { accounts: 1 }, NOW, 0);
        assert_eq!((read.cut_short, read.next_at), (0, Some(NOW)));
        for _ in 0..32 {
            rebuild = step(&rebuild, Event::Begun, NOW, 0);
        }
        assert_eq!((rebuild.status(NOW), rebuild.next_at), (Status::Failed, None));
    }
}
