//! Who asks too much is turned away here, before anything is woken or verified. What is too much
//! stands in `limits`.

use checkout::id::ProfileName;
use worker::{Env, Request};

use super::entry::Visit;
use super::log;
use crate::limits::{self, Count, Rate};
use crate::problem::{Code, Problem};
use crate::routes::Visitor;
use crate::token::bearer;

/// Refuses what is longer than anything that means something.
pub(crate) fn fits(request: &Request, visitor: Visitor) -> Result<(), Problem> {
    let url = request.url().ok();
    limits::query_fits(url.as_ref().and_then(|url| url.query()).unwrap_or_default())?;
    for name in limits::headers_of(visitor) {
        if let Some(value) = header(request, name) {
            limits::header_fits(name, &value)?;
        }
    }
    Ok(())
}

/// Refuses a visitor who comes too often.
pub(crate) async fn admit(visit: &Visit, visitor: Visitor) -> Result<(), Problem> {
    let address = visit.header("CF-Connecting-IP");
    let profile = if visitor == Visitor::Shop { shown(visit) } else { None };
    match Count::of(visitor, address.as_deref(), profile) {
        Some(count) => within(&visit.env, count).await,
        None => Ok(()),
    }
}

/// The profile whose secret key is shown.
fn shown(visit: &Visit) -> Option<&ProfileName> {
    let header = visit.header("Authorization");
    let profile = visit.deployment.config.profile_of_key(bearer(header.as_deref())?)?;
    Some(&profile.name)
}

/// What somebody is told who showed a wrong key: that, or to stop trying.
pub(crate) async fn refusal(env: &Env, address: Option<String>, problem: Problem) -> Problem {
    if problem.code != Code::Unauthorized {
        return problem;
    }
    within(env, Count::stranger(address.as_deref())).await.err().unwrap_or(problem)
}

/// Without the binding, or where it fails, nobody is limited: a counter is no reason not to sell.
async fn within(env: &Env, count: Count) -> Result<(), Problem> {
    let Ok(limiter) = env.rate_limiter(count.rate.binding()) else { return Ok(()) };
    match limiter.limit(count.name).await {
        Ok(outcome) if outcome.success => Ok(()),
        Ok(_) => Err(limits::too_often()),
        Err(error) => {
            let binding = count.rate.binding();
            log::alarm("rate_failed", &[("binding", binding), ("error", &error.to_string())]);
            Ok(())
        }
    }
}

/// The rates that this deployment has no binding for.
pub(crate) fn unbound(env: &Env) -> Vec<Rate> {
    let missing = |rate: &Rate| env.rate_limiter(rate.binding()).is_err();
    Rate::ALL.into_iter().filter(missing).collect()
}

fn header(request: &Request, name: &str) -> Option<String> {
    request.headers().get(name).ok().flatten()
}
