//! Talking to Durable Objects: one JSON command there, one JSON answer back.

use checkout::id::{CheckoutId, ProfileName};
use serde::Serialize;
use serde::de::DeserializeOwned;
use worker::{Env, Headers, Method, Request, RequestInit, Response, Stub};

use super::log;
use crate::command::{
    Answer, BooksAnswer, BooksCommand, COMMAND_URL, CounterAnswer, CounterCommand, EVENTS_PROTOCOL,
    EVENTS_URL, KeyringAnswer, KeyringCommand, Letter, QuotaAnswer, QuotaCommand,
};
use crate::limits;
use crate::places;
use crate::problem::{Code, Problem};

/// WeChat Pay's machines are in China and Hong Kong, so orders are best kept near there. The
/// runtime follows the hint when it makes an object.
const NEAR_THE_PLATFORM: &str = "apac";

/// Sends a letter to a checkout.
pub(crate) async fn checkout(
    env: &Env,
    id: &CheckoutId,
    letter: &Letter,
) -> Result<Answer, Problem> {
    ask(env, "CHECKOUTS", id.as_str(), letter).await
}

/// The quotas of a deployment.
pub(crate) struct Quotas<'a>(pub(crate) &'a Env);

impl places::Quotas for Quotas<'_> {
    async fn ask(&self, name: &str, command: &QuotaCommand) -> Result<QuotaAnswer, Problem> {
        ask(self.0, "QUOTAS", name, command).await
    }
}

/// Sends a command to the keyring of a profile.
pub(crate) async fn keyring(
    env: &Env,
    profile: &ProfileName,
    command: &KeyringCommand,
) -> Result<KeyringAnswer, Problem> {
    ask(env, "KEYRING", profile.as_str(), command).await
}

/// Sends a command to the counter of that name.
pub(crate) async fn counter(
    env: &Env,
    name: &str,
    command: &CounterCommand,
) -> Result<CounterAnswer, Problem> {
    ask(env, "COUNTERS", name, command).await
}

/// Sends a command to the books of a profile.
pub(crate) async fn books(
    env: &Env,
    profile: &ProfileName,
    command: &BooksCommand,
) -> Result<BooksAnswer, Problem> {
    ask(env, "BOOKS", profile.as_str(), command).await
}

/// Opens a WebSocket to a checkout. The door has checked token and origin; neither travels on.
pub(crate) async fn events(env: &Env, id: &CheckoutId) -> Result<Response, Problem> {
    let headers = Headers::new();
    let upgrade = || -> worker::Result<Request> {
        headers.set("Upgrade", "websocket")?;
        headers.set("Sec-WebSocket-Protocol", EVENTS_PROTOCOL)?;
        let mut init = RequestInit::new();
        init.with_headers(headers);
        Request::new_with_init(EVENTS_URL, &init)
    };
    let answer =
        async { stub(env, "CHECKOUTS", id.as_str())?.fetch_with_request(upgrade()?).await };
    let answer = answer.await.map_err(|error| no_answer("CHECKOUTS", &error))?;
    match answer.status_code() {
        101 => Ok(answer),
        404 => Err(Problem::new(Code::CheckoutNotFound, "no such checkout")),
        429 => Err(limits::too_many_pages()),
        status => {
            log::alarm(
                "object_refused",
                &[("binding", "CHECKOUTS"), ("status", &status.to_string())],
            );
            Err(try_again())
        }
    }
}

/// Has an object run what has come due, and waits for it.
#[cfg(feature = "dev-clock")]
pub(crate) async fn tick(env: &Env, binding: &str, name: &str) -> Result<(), Problem> {
    let tick = async || {
        let request = Request::new("https://object/tick", Method::Post)?;
        stub(env, binding, name)?.fetch_with_request(request).await
    };
    tick().await.map(drop).map_err(|error| no_answer(binding, &error))
}

/// Every command may be repeated, so one that was thrown back, by an object that moves or restarts,
/// is sent once more.
pub(crate) async fn ask<C: Serialize, A: DeserializeOwned>(
    env: &Env,
    binding: &str,
    name: &str,
    command: &C,
) -> Result<A, Problem> {
    let words = serde_json::to_string(command)
        .map_err(|_| Problem::new(Code::Internal, "a command cannot be written"))?;
    match say(env, binding, name, &words).await {
        Ok(answer) => Ok(answer),
        Err(first) => {
            log::note("object_repeat", &[("binding", binding), ("error", &first.to_string())]);
            say(env, binding, name, &words).await.map_err(|error| no_answer(binding, &error))
        }
    }
}

async fn say<A: DeserializeOwned>(
    env: &Env,
    binding: &str,
    name: &str,
    words: &str,
) -> worker::Result<A> {
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_body(Some(words.into()));
    let request = Request::new_with_init(COMMAND_URL, &init)?;
    // After a thrown error only a new stub reaches the object again.
    let mut answer = stub(env, binding, name)?.fetch_with_request(request).await?;
    if answer.status_code() != 200 {
        return Err(worker::Error::RustError(format!("status {}", answer.status_code())));
    }
    Ok(serde_json::from_slice(&answer.bytes().await?)?)
}

fn stub(env: &Env, binding: &str, name: &str) -> worker::Result<Stub> {
    env.durable_object(binding)?.get_by_name_with_location_hint(name, NEAR_THE_PLATFORM)
}

fn no_answer(binding: &str, error: &worker::Error) -> Problem {
    log::alarm("object_failed", &[("binding", binding), ("error", &error.to_string())]);
    try_again()
}

fn try_again() -> Problem {
    Problem::new(Code::Unavailable, "nothing is lost; send the same request again").retry_after(1)
}
