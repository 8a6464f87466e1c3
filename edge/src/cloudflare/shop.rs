//! The shop's side of the door: its server, with its secret key.

use checkout::id::CheckoutId;
use checkout::time::Seconds;
use worker::Response;

use super::entry::Visit;
use super::world::wall;
use super::{objects, reply};
use crate::command::{Answer, BooksAnswer, BooksCommand, Command, Opening, Source};
use crate::naming::checkout_id;
use crate::problem::{Code, Problem};
use crate::request::{NewCheckout, expect_json, read_json};
use crate::token::bearer;

/// `POST /v1/checkouts`: 201, or 200 when the same request was there before.
pub(crate) async fn open(visit: Visit) -> Result<Response, Problem> {
    admit(&visit)?;
    expect_json(visit.header("Content-Type").as_deref())?;
    let new: NewCheckout = read_json(visit.body()?)?;
    let reference = new.reference.into_inner();
    let id = checkout_id(&reference);
    let lifetime = new.expires_in.unwrap_or(visit.deployment.config.lifetime);
    let command = Command::Open(Opening {
        id: id.clone(),
        reference,
        description: new.description,
        amount: new.amount,
        lifetime_s: lifetime.seconds(),
        source: Source::Shop,
    });
    ask(&visit, &id, &command).await
}

/// `GET /v1/checkouts/{id}`.
pub(crate) async fn read(visit: &Visit, id: &str) -> Result<Response, Problem> {
    admit(visit)?;
    ask(visit, &named(id)?, &Command::Read).await
}

/// `POST /v1/checkouts/{id}/cancel`: 200 once WeChat Pay has confirmed it, 202 before.
pub(crate) async fn cancel(visit: &Visit, id: &str) -> Result<Response, Problem> {
    admit(visit)?;
    ask(visit, &named(id)?, &Command::Cancel).await
}

/// `GET /v1/orphans`.
pub(crate) async fn orphans(visit: &Visit) -> Result<Response, Problem> {
    admit(visit)?;
    match objects::books(&visit.env, &BooksCommand::List).await? {
        BooksAnswer::Orphans { orphans } => {
            Ok(reply::json(200, &serde_json::json!({ "data": orphans })))
        }
        BooksAnswer::Entered => Err(confused()),
    }
}

fn admit(visit: &Visit) -> Result<(), Problem> {
    let header = visit.header("Authorization");
    match bearer(header.as_deref()) {
        Some(key) if visit.deployment.config.secret_keys.admit(key) => Ok(()),
        Some(_) => Err(Problem::new(Code::Unauthorized, "this is none of the SECRET_KEYS")),
        None => {
            let detail = "send the secret key as Authorization: Bearer <key>";
            Err(Problem::new(Code::Unauthorized, detail))
        }
    }
}

fn named(id: &str) -> Result<CheckoutId, Problem> {
    CheckoutId::parse(id).map_err(|bad| Problem::new(Code::CheckoutNotFound, bad.expected))
}

async fn ask(visit: &Visit, id: &CheckoutId, command: &Command) -> Result<Response, Problem> {
    match objects::checkout(&visit.env, id, command).await? {
        Answer::Checkout { created, settled, expires_in_s, mut view } => {
            let client_key = &visit.deployment.config.client_key;
            view.client_token = Some(client_key.mint(id, Seconds(expires_in_s), wall()));
            let status = match command {
                Command::Cancel if !settled => 202,
                _ if created => 201,
                _ => 200,
            };
            Ok(reply::json(status, &view))
        }
        Answer::Unknown => Err(Problem::new(Code::CheckoutNotFound, "no such checkout")),
        Answer::Problem(problem) => Err(problem),
        Answer::Session { .. } | Answer::Heard => Err(confused()),
    }
}

fn confused() -> Problem {
    Problem::new(Code::Internal, "an object gave the answer to another question")
}
