//! The reconciliation of one profile: it looks at days, a slice at a time, until each is known.
//!
//! Everything is stored with every slice, and the next alarm is set before any work: whatever ends
//! this object, the next one goes on where it stopped. What a slice makes of a job is decided in
//! [`crate::reconciliation`].

mod store;

mod asking;
mod chores;
mod comparing;
mod index;
mod staging;
mod telling;

use std::cell::Cell;
use std::rc::Rc;

use checkout::id::ProfileName;
use checkout::time::{Seconds, UnixSeconds};
use wechatpay::bill::date::BillDate;
use worker::{
    DurableObject, Env, Error, Method, Request, Response, Result, State, Storage, durable_object,
};

use self::chores::{REBUILD, SWEEP, Sweep};
use self::staging::{Question, stage};
use self::store::Store;
use super::deployment::{Deployment, deployment};
use super::world::{World, chance, wall};
use super::{alarm, log};
use crate::command::{ReconciliationAnswer, ReconciliationCommand};
use crate::ports::World as _;
use crate::problem::{Code, Problem};
use crate::reconciliation::day::due;
use crate::reconciliation::job::{Event, Job, Step, step};
use crate::reconciliation::rebuild::Rebuild;

/// The reconciliation of one profile, which it is named after.
#[durable_object(alarm)]
pub(crate) struct ReconciliationObject {
    state: State,
    storage: Storage,
    store: Store,
    env: Env,
    /// Somebody in here is at work. It ends with the object, as the work does.
    busy: Cell<bool>,
}

/// How long after the beginning of a slice somebody looks whether it was cut short.
const REST: Seconds = Seconds(30);
/// Slices that one alarm takes: the more, the fewer alarms; the fewer, the fewer calls in one event.
const SLICES: u32 = 1;
/// Slices that a clock which was moved waits for: far more than any test has.
#[cfg(feature = "dev-clock")]
const ALL_SLICES: u32 = 100_000;
/// Days that are kept.
const DAYS: usize = 100;

/// All that one step of work needs.
struct Slice<'a> {
    store: &'a Store,
    env: &'a Env,
    deployment: Rc<Deployment>,
    profile: &'a ProfileName,
    now: UnixSeconds,
    chance: u8,
}

/// What came of looking for something to do.
#[derive(PartialEq, Eq)]
enum Found {
    /// Something, and it was done.
    Work,
    /// Nothing that is due.
    Nothing,
    /// Something that cannot be done now: the deployment is misconfigured, or has no name for this.
    Obstacle,
}

/// Ends with the work, however that ends.
struct Busy<'a>(&'a Cell<bool>);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

impl DurableObject for ReconciliationObject {
    fn new(state: State, env: Env) -> Self {
        let storage = state.storage();
        Self { store: Store::new(storage.sql()), storage, state, env, busy: Cell::new(false) }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        self.store.prepare()?;
        let world = World::enter(&self.env).await;
        match (request.method(), request.path().as_str()) {
            (Method::Post, "/command") => {
                Response::from_json(&self.obey(request.json().await?, &world).await?)
            }
            #[cfg(feature = "dev-clock")]
            (Method::Post, "/tick") => {
                self.work(&world, ALL_SLICES).await?;
                Response::empty()
            }
            _ => Response::error("no such route in an object", 404),
        }
    }

    async fn alarm(&self) -> Result<Response> {
        let world = World::enter(&self.env).await;
        if let Err(error) = self.store.prepare().and(self.work(&world, SLICES).await) {
            // The next alarm was set before the work; without a store there is nothing to say.
            log::alarm("reconciliation_failed", &[("error", &error.to_string())]);
        }
        Response::empty()
    }
}

impl ReconciliationObject {
    async fn obey(
        &self,
        command: ReconciliationCommand,
        world: &World,
    ) -> Result<ReconciliationAnswer> {
        match command {
            ReconciliationCommand::Wake => {
                self.wake(world)?;
                self.arm(world).await?;
                Ok(ReconciliationAnswer::Awake)
            }
            ReconciliationCommand::Ask { day } => {
                self.ask(day, world)?;
                self.arm(world).await?;
                self.days(&[day], None)
            }
            ReconciliationCommand::Read { day, cursor } => {
                self.days(&[day], Some(cursor.unwrap_or(0)))
            }
            ReconciliationCommand::List => self.days(&self.store.days(DAYS)?, None),
            ReconciliationCommand::Rebuild { days, ids } => {
                let rebuild = Rebuild::new(days, world.now());
                self.store.name(&ids)?;
                self.store.keep_chore(REBUILD, rebuild.next_at, &rebuild)?;
                self.arm(world).await?;
                Ok(ReconciliationAnswer::Rebuild { rebuild: Some(rebuild) })
            }
            ReconciliationCommand::ReadRebuild => {
                Ok(ReconciliationAnswer::Rebuild { rebuild: self.store.chore(REBUILD)? })
            }
        }
    }

    /// What has to be done by itself: the sweep of the hour, and the days that are due.
    fn wake(&self, world: &World) -> Result<()> {
        self.store.keep_chore(SWEEP, Some(world.now()), &Sweep::default())?;
        for day in due(&self.store.days(DAYS)?, world.now()) {
            self.ask(day, world)?;
        }
        self.store.forget(DAYS)
    }

    /// A day shall be looked at. Which accounts it has is known when somebody begins.
    fn ask(&self, day: BillDate, world: &World) -> Result<()> {
        let known = self.store.jobs_of(day)?;
        if known.is_empty() {
            return self.store.keep(&Job::planned(day, world.now()));
        }
        for job in known {
            self.store.keep(&step(&job, Event::Asked, world.now(), 0))?;
        }
        Ok(())
    }

    /// Days with what is known of them; of a single one the differences too, from `cursor` on.
    fn days(&self, days: &[BillDate], cursor: Option<u64>) -> Result<ReconciliationAnswer> {
        let jobs = days.iter().map(|day| self.store.jobs_of(*day)).collect::<Result<_>>()?;
        let counts = days.iter().map(|day| self.store.counts(*day)).collect::<Result<_>>()?;
        let (differences, cursor) = match (days, cursor) {
            ([day], Some(after)) => self.store.differences(*day, after)?,
            _ => (Vec::new(), None),
        };
        Ok(ReconciliationAnswer::Days { days: jobs, counts, differences, cursor })
    }

    /// Sets the alarm for what comes next, if anything does.
    async fn arm(&self, world: &World) -> Result<()> {
        match self.store.next_at()? {
            Some(next_at) => alarm::set(&self.storage, wall() + (next_at - world.now())).await,
            None => self.storage.delete_alarm().await,
        }
    }

    /// Does what is due, so many slices of it. One at a time: whoever comes meanwhile leaves it to
    /// the one at work, and looks again later.
    async fn work(&self, world: &World, slices: u32) -> Result<()> {
        if self.busy.replace(true) {
            return alarm::set(&self.storage, wall() + REST).await;
        }
        let busy = Busy(&self.busy);
        for _ in 0..slices {
            alarm::set(&self.storage, wall() + REST).await?;
            match self.slice(world).await? {
                Found::Work => {}
                Found::Nothing => break,
                // The alarm that has just been set looks again.
                Found::Obstacle => return Ok(()),
            }
        }
        drop(busy);
        self.arm(world).await
    }

    /// Does one thing that is due, if anything is.
    async fn slice(&self, world: &World) -> Result<Found> {
        let name = self.state.id().name().unwrap_or_default();
        // The runtime may forget the name of an object that it woke by itself; who comes next tells it.
        let Ok(profile) = ProfileName::parse(&name) else { return Ok(Found::Obstacle) };
        let Ok(deployment) = deployment(&self.env).await else { return Ok(Found::Obstacle) };
        if deployment.config.profile(&profile).is_none() {
            // A merchant that is configured no more is not asked about.
            self.storage.delete_all().await?;
            self.store.prepare()?;
            return Ok(Found::Nothing);
        }
        let [chance, ..] = chance().unwrap_or_default();
        let (store, env, now) = (&self.store, &self.env, world.now());
        let slice = Slice { store, env, deployment, profile: &profile, now, chance };
        if let Some(chore) = self.store.due_chore(now)? {
            slice.chore(&chore).await?;
            return Ok(Found::Work);
        }
        let Some((id, job)) = self.store.due(now)? else { return Ok(Found::Nothing) };
        slice.job(id, job).await?;
        Ok(Found::Work)
    }
}

impl Slice<'_> {
    /// Takes the next step of a job. That it is being taken is stored before, what stops it after.
    async fn job(&self, id: i64, job: Job) -> Result<()> {
        let job = self.step(&job, Event::Begun);
        self.settle(&job)?;
        let done = match &job.step {
            Step::Plan => self.plan(id, &job),
            Step::Stage => self.stage(id, &job).await,
            Step::Compare => self.compare(id, &job).await,
            Step::Candidates { of, cursor } => {
                self.look_up(id, &job, (*of, cursor.as_deref())).await
            }
            Step::Done | Step::Failed => Ok(()),
        };
        let Err(problem) = done else { return Ok(()) };
        self.settle(&self.step(&job, Event::Stopped(problem)))
    }

    /// Stores a job, and tells a person where it was given up.
    fn settle(&self, job: &Job) -> Result<()> {
        if job.step == Step::Failed {
            let reason = job.trouble.as_ref().map_or("", |problem| &problem.detail);
            let about = [("day", &*job.day.to_string()), ("reason", reason)];
            log::alarm("reconciliation_given_up", &about);
        }
        self.store.keep(job)
    }

    /// One job for each account that the profile has now.
    fn plan(&self, id: i64, job: &Job) -> core::result::Result<(), Problem> {
        let written = || {
            self.store.drop_job(id)?;
            for account in self.accounts() {
                self.store.keep(&Job::new(job.day, account, job.asked_at))?;
            }
            Ok(())
        };
        written().map_err(|error| unstorable(&error))
    }

    async fn stage(&self, id: i64, job: &Job) -> core::result::Result<(), Problem> {
        let (env, deployment, profile) = (self.env, Rc::clone(&self.deployment), self.profile);
        let account = job.account.as_deref();
        let question = Question { env, deployment, profile, account, day: job.day };
        let bill = stage(self.store, id, &question).await?;
        let next = self.step(job, Event::Staged(bill));
        self.store.keep(&next).map_err(|error| unstorable(&error))
    }

    async fn chore(&self, name: &str) -> Result<()> {
        let done = match name {
            SWEEP => self.sweep(&self.store.chore(SWEEP)?.unwrap_or_default()).await,
            REBUILD => match self.store.chore::<Rebuild>(REBUILD)? {
                Some(rebuild) => self.rebuild(&rebuild).await,
                None => Ok(()),
            },
            _ => Ok(()),
        };
        done.map_err(|problem| Error::RustError(problem.detail))
    }

    fn step(&self, job: &Job, event: Event) -> Job {
        step(job, event, self.now, self.chance)
    }

    /// Each has a bill of its own: a merchant, or each configured sub-merchant of a service provider.
    fn accounts(&self) -> Vec<Option<String>> {
        let profile = self.deployment.config.profile(self.profile);
        let payees = profile.map(|profile| profile.payees.all()).unwrap_or_default();
        payees.iter().map(|payee| payee.sub_mchid().map(str::to_owned)).collect()
    }
}

/// The store failed, or holds what cannot be read.
fn unstorable(error: &Error) -> Problem {
    log::alarm("reconciliation_unstorable", &[("error", &error.to_string())]);
    Problem::new(Code::Internal, "the reconciliation could not be stored just now")
}
