//! The business clock of development builds. The deployable build has no such file.

use checkout::id::CheckoutId;
use checkout::time::Seconds;
use worker::{Env, Response};

use super::entry::Visit;
use super::{log, objects, reconciliation, reply};
use crate::command::{ClockAnswer, ClockCommand};
use crate::problem::Problem;
use crate::request::{ClockStep, expect_json, read_json};

/// The one clock of a deployment.
const NAME: &str = "clock";

/// `POST /dev/clock`: moves business time and runs every timer that has come due, then answers.
pub(crate) async fn advance(visit: Visit) -> Result<Response, Problem> {
    expect_json(visit.header("Content-Type").as_deref())?;
    let step: ClockStep = read_json(visit.body()?)?;
    let command = ClockCommand::Advance { advance_s: step.advance_s };
    let answer: ClockAnswer = objects::ask(&visit.env, "CLOCK", NAME, &command).await?;
    for profile in &visit.deployment.config.profiles {
        reconciliation::pass(&visit.env, &profile.name, step.advance_s).await?;
    }
    Ok(reply::json(200, &answer))
}

/// How far business time is ahead of the wall.
pub(crate) async fn offset(env: &Env) -> Seconds {
    match objects::ask(env, "CLOCK", NAME, &ClockCommand::Offset).await {
        Ok(ClockAnswer { offset_s }) => Seconds(offset_s),
        Err(problem) => {
            log::alarm("clock_failed", &[("detail", &problem.detail)]);
            Seconds(0)
        }
    }
}

/// Whether a checkout's timer depends on this clock.
pub(crate) async fn register(env: &Env, id: CheckoutId, armed: bool) {
    let command = if armed { ClockCommand::Arm { id } } else { ClockCommand::Disarm { id } };
    let answer: Result<ClockAnswer, Problem> = objects::ask(env, "CLOCK", NAME, &command).await;
    if let Err(problem) = answer {
        log::alarm("clock_failed", &[("detail", &problem.detail)]);
    }
}
