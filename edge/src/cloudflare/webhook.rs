//! The wire to a shop: one letter out, one status back. What it means is decided elsewhere
//! (`crate::webhook`), and when it goes out again too (`crate::outbox`).
//!
//! The log knows the host and the event's id. The rest of the address may hold a token, and the
//! letter holds what somebody bought.

use checkout::id::ProfileName;
use js_sys::Uint8Array;
use worker::{AbortSignal, Env, Fetch, Method, Request, RequestInit, RequestRedirect, Response};

use super::deployment::deployment;
use super::log;
use super::world::{wall, wall_ms};
use crate::outbox::{FailedDelivery, Outcome};
use crate::ports::{Dispatch, ShopAnswer, TELL_MS_MAX};
use crate::webhook::{Webhook, headers, judge};

/// Sends `dispatch` to the shop of `profile`, once.
pub(crate) async fn tell(env: &Env, profile: &ProfileName, dispatch: Dispatch<'_>) -> ShopAnswer {
    let not_sent = |outcome| ShopAnswer { outcome, took_ms: 0 };
    let misconfigured = Outcome::Failed { reason: FailedDelivery::Misconfigured };
    let Ok(deployment) = deployment(env).await else { return not_sent(misconfigured) };
    let Some(profile) = deployment.config.profile(profile) else { return not_sent(misconfigured) };
    let Some(webhook) = &profile.webhook else { return not_sent(Outcome::Unwanted) };
    let began_ms = wall_ms();
    let outcome = deliver(webhook, dispatch).await;
    let took_ms = u32::try_from(wall_ms().saturating_sub(began_ms)).unwrap_or(u32::MAX);
    ShopAnswer { outcome, took_ms }
}

async fn deliver(webhook: &Webhook, dispatch: Dispatch<'_>) -> Outcome {
    let host = webhook.url.host();
    let about = [("host", host), ("event", dispatch.id)];
    let deadline = web_sys::AbortSignal::timeout_with_u32(TELL_MS_MAX);
    match send(webhook, dispatch, &deadline).await {
        Ok(mut answer) => {
            let status = answer.status_code();
            let retry_after = answer.headers().get("Retry-After").ok().flatten();
            hang_up(&mut answer);
            let outcome = judge(status, retry_after.as_deref());
            if !matches!(outcome, Outcome::Accepted { .. }) {
                let status = status.to_string();
                log::note("shop_refused", &[about[0], about[1], ("status", &status)]);
            }
            outcome
        }
        // The runtime's own words may hold the address, which may hold a token.
        Err(_) => {
            let timed_out = deadline.aborted();
            let reason = if timed_out { "no answer in time" } else { "nobody was reached" };
            log::note("shop_not_reached", &[about[0], about[1], ("reason", reason)]);
            let reason =
                if timed_out { FailedDelivery::TimedOut } else { FailedDelivery::Unreachable };
            Outcome::Failed { reason }
        }
    }
}

async fn send(
    webhook: &Webhook,
    dispatch: Dispatch<'_>,
    deadline: &web_sys::AbortSignal,
) -> worker::Result<Response> {
    let mut init = RequestInit::new();
    init.with_method(Method::Post);
    // A redirect would carry the event to where nobody sent it.
    init.with_redirect(RequestRedirect::Manual);
    for (name, value) in headers(&webhook.secrets, dispatch.id, dispatch.body, wall()) {
        init.headers.set(name, &value)?;
    }
    init.with_body(Some(Uint8Array::from(dispatch.body).into()));
    let request = Request::new_with_init(webhook.url.as_str(), &init)?;
    Fetch::Request(request).send_with_signal(&AbortSignal::from(deadline.clone())).await
}

/// The status is all that counts. A body is not read: dropping its stream closes the connection, so
/// that nobody can keep an object busy by talking on.
fn hang_up(answer: &mut Response) {
    if !matches!(answer.body(), worker::ResponseBody::Empty) {
        drop(answer.stream());
    }
}
