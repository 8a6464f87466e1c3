//! What a reconciliation does besides: it wakes orders that should have ended, and has the index
//! written again.

use checkout::id::CheckoutId;
use serde::{Deserialize, Serialize};
use wechatpay::bill::date::BillDate;

use super::super::log;
use super::index;
use super::staging::{Question, stage};
use super::telling::{settled, tell};
use super::{Slice, unstorable};
use crate::command::{Answer, Command};
use crate::problem::{Code, Problem};
use crate::reconciliation::rebuild::{self, Event, Rebuild, Step};

/// The name of the sweep among the chores.
pub(super) const SWEEP: &str = "sweep";
/// The name of the rebuild.
pub(super) const REBUILD: &str = "rebuild";

/// The job that a rebuild's bills are staged for.
const REBUILDS_JOB: i64 = 0;

/// Checkouts that are told in one slice: see [`super::comparing`].
const CHECKOUTS: i64 = 36;

/// How far a sweep has come.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Sweep {
    cursor: Option<String>,
}

impl Slice<'_> {
    /// Wakes the next stale orders. Each decides for itself what has come due.
    pub(super) async fn sweep(&self, sweep: &Sweep) -> Result<(), Problem> {
        let page = index::stale(self.env, self.profile, self.now, sweep.cursor.as_deref()).await;
        // A sweep that fails is begun anew at the next hour.
        let page = page.inspect_err(|_| self.rest(SWEEP, &Sweep::default()))?;
        // Before anybody is told: a sweep that is cut short goes on behind those who did it.
        let next_at = page.cursor.is_some().then_some(self.now);
        let sweep = Sweep { cursor: page.cursor };
        self.store.keep_chore(SWEEP, next_at, &sweep).map_err(|error| unstorable(&error))?;
        let letters = page.data.into_iter().map(|id| (id, Command::Sweep));
        tell(self.env, letters.collect()).await;
        Ok(())
    }

    fn rest(&self, name: &str, chore: &impl Serialize) {
        self.store.keep_chore(name, None, chore).ok();
    }

    /// Takes the next step of a rebuild. Another one that is asked for meanwhile begins anew.
    pub(super) async fn rebuild(&self, rebuild: &Rebuild) -> Result<(), Problem> {
        let begun = rebuild::step(rebuild, Event::Begun, self.now, self.chance);
        self.keep_rebuild(&begun)?;
        let event = match &begun.step {
            Step::Bills { day, account, .. } => self.read_bill(*day, *account).await,
            Step::Named => self.tell_named().await,
            Step::Known { cursor } => self.tell_known(cursor.as_deref()).await,
            Step::Done | Step::Failed => return Ok(()),
        };
        let stored = self.store.chore::<Rebuild>(REBUILD).map_err(|error| unstorable(&error))?;
        if stored.as_ref() != Some(&begun) {
            return Ok(());
        }
        let event = event.unwrap_or_else(Event::Stopped);
        self.keep_rebuild(&rebuild::step(&begun, event, self.now, self.chance))
    }

    fn keep_rebuild(&self, rebuild: &Rebuild) -> Result<(), Problem> {
        if rebuild.step == Step::Failed {
            let reason = rebuild.trouble.as_ref().map_or("", |problem| &problem.detail);
            let about = [("profile", self.profile.as_str()), ("reason", reason)];
            log::alarm("rebuild_given_up", &about);
        }
        let kept = self.store.keep_chore(REBUILD, rebuild.next_at, rebuild);
        kept.map_err(|error| unstorable(&error))
    }

    /// Names every checkout that a day's bill knows.
    async fn read_bill(&self, day: BillDate, account: usize) -> Result<Event, Problem> {
        let accounts = self.accounts();
        let read = Event::Read { accounts: accounts.len() };
        let Some(account) = accounts.get(account) else { return Ok(read) };
        let (env, deployment, profile) = (self.env, self.deployment.clone(), self.profile);
        let question = Question { env, deployment, profile, account: account.as_deref(), day };
        match stage(self.store, REBUILDS_JOB, &question).await {
            Ok(_) => self.store.name_staged(REBUILDS_JOB).map_err(|error| unstorable(&error))?,
            Err(problem) if problem.code == Code::NoBill => {}
            Err(problem) => return Err(problem),
        }
        Ok(read)
    }

    async fn tell_named(&self) -> Result<Event, Problem> {
        let ids = self.store.named(CHECKOUTS).map_err(|error| unstorable(&error))?;
        let told = self.project(ids.clone()).await;
        self.store.unname(&ids).map_err(|error| unstorable(&error))?;
        let more = self.store.named(1).map_err(|error| unstorable(&error))?;
        let rest = more.first().map(|id| id.as_str().to_owned());
        Ok(told.with(rest))
    }

    async fn tell_known(&self, cursor: Option<&str>) -> Result<Event, Problem> {
        let page = index::ids(self.env, self.profile, cursor).await?;
        Ok(self.project(page.data).await.with(page.cursor))
    }

    /// Has each of them write its row. One that cannot does not hold up the others.
    async fn project(&self, ids: Vec<CheckoutId>) -> Told {
        let letters = ids.into_iter().map(|id| (id, Command::Project));
        let mut told = Told::default();
        for (id, answer) in tell(self.env, letters.collect()).await {
            match settled(answer) {
                Ok(Answer::Heard) => told.written = told.written.saturating_add(1),
                Ok(Answer::Unknown) => told.unknown = told.unknown.saturating_add(1),
                other => {
                    let reason = other.err().map(|problem| problem.detail).unwrap_or_default();
                    let about = [("checkout", id.as_str()), ("reason", &*reason)];
                    log::alarm("rebuild_left_out", &about);
                    told.failed = told.failed.saturating_add(1);
                }
            }
        }
        told
    }
}

/// What became of telling some.
#[derive(Default)]
struct Told {
    written: u64,
    unknown: u64,
    failed: u64,
}

impl Told {
    fn with(self, rest: Option<String>) -> Event {
        let Self { written, unknown, failed } = self;
        Event::Told { written, unknown, failed, rest }
    }
}
