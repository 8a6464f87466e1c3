//! What happened to a checkout, for the shop's server and the operator's order page.

use worker::Response;

use super::entry::Visit;
use super::shop::{confused, named, reader};
use super::{objects, reply};
use crate::command::{Answer, Command, Letter};
use crate::problem::{Code, Problem};

/// `GET /v1/checkouts/{id}/history`.
pub(crate) async fn read(visit: &Visit, id: &str) -> Result<Response, Problem> {
    let profile = reader(visit)?.profile;
    let letter = Letter { profile: Some(profile.name.clone()), command: Command::History };
    match objects::checkout(&visit.env, &named(id)?, &letter).await? {
        Answer::History { lines } => Ok(reply::json(200, &serde_json::json!({ "data": lines }))),
        Answer::Unknown => Err(Problem::new(Code::CheckoutNotFound, "no such checkout")),
        Answer::Problem(problem) => Err(problem),
        _ => Err(confused()),
    }
}
