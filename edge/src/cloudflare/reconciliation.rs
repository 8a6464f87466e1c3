//! The door of the daily reconciliation: the timer of the deployment, and those who read.

use checkout::id::ProfileName;
use checkout::time::UnixSeconds;
use serde::Serialize;
use worker::{Env, Response, ScheduleContext, ScheduledEvent, event};

use super::deployment::deployment;
use super::entry::Visit;
use super::shop::confused;
use super::world::World;
use super::{log, objects, operator, reply, shop};
use crate::command::{ReconciliationAnswer, ReconciliationCommand};
use crate::ports::World as _;
use crate::problem::{Code, Problem};
use crate::query::Query;
use crate::reconciliation::day::{askable, named};
use crate::reconciliation::overview::{DayView, DifferenceView, cursor};
use crate::reconciliation::rebuild::{RebuildView, Wish};
use crate::request::{expect_json, read_json};

/// The timer of the deployment, once an hour: every profile looks what is due.
#[event(scheduled)]
async fn scheduled(_: ScheduledEvent, env: Env, _: ScheduleContext) {
    // A configuration with mistakes has been told where it was found.
    let Ok(deployment) = deployment(&env).await else { return };
    for profile in &deployment.config.profiles {
        let woken = ask(&env, &profile.name, &ReconciliationCommand::Wake).await;
        if let Err(problem) = woken {
            let about = [("profile", profile.name.as_str()), ("detail", &*problem.detail)];
            log::alarm("reconciliation_asleep", &about);
        }
    }
}

/// Time was moved: what has come due is run. Within an hour the deployment's timer rings once.
#[cfg(feature = "dev-clock")]
pub(crate) async fn pass(env: &Env, profile: &ProfileName, seconds: u32) -> Result<(), Problem> {
    if seconds >= 3_600 {
        ask(env, profile, &ReconciliationCommand::Wake).await?;
    }
    objects::tick(env, "RECONCILIATIONS", profile.as_str()).await
}

/// `POST /v1/reconciliations/{date}`: 202, it is being looked at.
pub(crate) async fn begin(visit: &Visit, date: &str) -> Result<Response, Problem> {
    let profile = shop::reader(visit)?.profile;
    Query::read(&visit.query(), &["profile"])?;
    let day = named(date)?;
    let now = World::enter(&visit.env).await.now();
    askable(day, now)?;
    let answer = ask(&visit.env, &profile.name, &ReconciliationCommand::Ask { day }).await?;
    let (views, ..) = read_days(answer, now)?;
    Ok(reply::json(202, &views.first()))
}

/// `GET /v1/reconciliations/{date}`.
pub(crate) async fn read(visit: &Visit, date: &str) -> Result<Response, Problem> {
    #[derive(Serialize)]
    struct Page {
        #[serde(flatten)]
        day: DayView,
        differences: Vec<DifferenceView>,
        next_cursor: Option<String>,
    }
    let profile = shop::reader(visit)?.profile;
    let day = named(date)?;
    let cursor = cursor(&visit.query())?;
    let now = World::enter(&visit.env).await.now();
    let command = ReconciliationCommand::Read { day, cursor };
    let answer = ask(&visit.env, &profile.name, &command).await?;
    let (mut views, differences, next) = read_days(answer, now)?;
    let Some(day) = views.pop() else {
        let detail = "that day was never reconciled; POST to this address to begin";
        return Err(Problem::new(Code::NoReconciliation, detail));
    };
    let next_cursor = next.map(|at| at.to_string());
    Ok(reply::json(200, &Page { day, differences, next_cursor }))
}

/// `GET /v1/reconciliations`: the newest days.
pub(crate) async fn list(visit: &Visit) -> Result<Response, Problem> {
    let profile = shop::reader(visit)?.profile;
    Query::read(&visit.query(), &["profile"])?;
    let now = World::enter(&visit.env).await.now();
    let answer = ask(&visit.env, &profile.name, &ReconciliationCommand::List).await?;
    let (views, ..) = read_days(answer, now)?;
    Ok(reply::json(200, &serde_json::json!({ "data": views })))
}

/// `POST /v1/index/rebuild`: 202, it is being done.
pub(crate) async fn rebuild(visit: &Visit) -> Result<Response, Problem> {
    let config = &visit.deployment.config;
    operator::admit(config.operator_keys.as_ref(), visit.header("Authorization").as_deref())?;
    expect_json(visit.header("Content-Type").as_deref())?;
    let wish: Wish = read_json(visit.body()?)?;
    let now = World::enter(&visit.env).await.now();
    let days = wish.days(now)?;
    let command = ReconciliationCommand::Rebuild { days, ids: wish.ids };
    rebuilt(visit, &wish.profile, &command, 202).await
}

/// `GET /v1/index/rebuild?profile=`.
pub(crate) async fn read_rebuild(visit: &Visit) -> Result<Response, Problem> {
    let config = &visit.deployment.config;
    operator::admit(config.operator_keys.as_ref(), visit.header("Authorization").as_deref())?;
    let query = Query::read(&visit.query(), &["profile"])?;
    let name =
        query.parse("profile", "there is no such profile", |name| ProfileName::parse(name).ok())?;
    let name = name.unwrap_or_default();
    rebuilt(visit, &name, &ReconciliationCommand::ReadRebuild, 200).await
}

async fn rebuilt(
    visit: &Visit,
    profile: &ProfileName,
    command: &ReconciliationCommand,
    status: u16,
) -> Result<Response, Problem> {
    if visit.deployment.config.profile(profile).is_none() {
        return Err(Problem::new(Code::InvalidRequest, "profile: there is no such profile"));
    }
    let now = World::enter(&visit.env).await.now();
    match ask(&visit.env, profile, command).await? {
        ReconciliationAnswer::Rebuild { rebuild } => {
            let view = rebuild.map(|rebuild| RebuildView::of(&rebuild, now));
            let none = || Problem::new(Code::NotFound, "nobody has ever asked for a rebuild");
            Ok(reply::json(status, &view.ok_or_else(none)?))
        }
        _ => Err(confused()),
    }
}

type Days = (Vec<DayView>, Vec<DifferenceView>, Option<u64>);

fn read_days(answer: ReconciliationAnswer, now: UnixSeconds) -> Result<Days, Problem> {
    let ReconciliationAnswer::Days { days, counts, differences, cursor } = answer else {
        return Err(confused());
    };
    let views = days.iter().zip(&counts);
    let views = views.filter_map(|(jobs, counts)| DayView::of(jobs, counts, now)).collect();
    Ok((views, differences.into_iter().map(DifferenceView::from).collect(), cursor))
}

async fn ask(
    env: &Env,
    profile: &ProfileName,
    command: &ReconciliationCommand,
) -> Result<ReconciliationAnswer, Problem> {
    objects::ask(env, "RECONCILIATIONS", profile.as_str(), command).await
}
