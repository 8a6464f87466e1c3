//! The door to what the shop is told: both the shop and the operator may look, the operator may have
//! it sent again.

use worker::Response;

use super::entry::Visit;
use super::shop::{confused, named, reader};
use super::{objects, operator, reply};
use crate::command::{Answer, Command, Letter};
use crate::problem::{Code, Problem};
use crate::webhook::EventView;

/// `GET /v1/checkouts/{id}/events`: oldest first.
pub(crate) async fn list(visit: &Visit, id: &str) -> Result<Response, Problem> {
    let profile = Some(reader(visit)?.profile.name.clone());
    match ask(visit, id, Letter { profile, command: Command::Events }).await? {
        Answer::Events { events } => {
            let events: Vec<_> = events.iter().map(EventView::from).collect();
            Ok(reply::json(200, &serde_json::json!({ "data": events })))
        }
        _ => Err(confused()),
    }
}

/// `POST /v1/checkouts/{id}/events/{event}/resend`: 202, since the object's timer carries it.
pub(crate) async fn resend(visit: &Visit, id: &str, event: &str) -> Result<Response, Problem> {
    admit_operator(visit)?;
    let command = Command::Resend { id: event.to_owned() };
    match ask(visit, id, Letter { profile: None, command }).await? {
        Answer::Events { events } => {
            let event = events.first().map(EventView::from).ok_or_else(confused)?;
            Ok(reply::json(202, &event))
        }
        _ => Err(confused()),
    }
}

/// `POST /v1/checkouts/{id}/redrive`: whatever was given up is tried again, whatever waits goes now.
pub(crate) async fn redrive(visit: &Visit, id: &str) -> Result<Response, Problem> {
    admit_operator(visit)?;
    match ask(visit, id, Letter { profile: None, command: Command::Redrive }).await? {
        Answer::Checkout { view, .. } => Ok(reply::json(200, &view)),
        _ => Err(confused()),
    }
}

fn admit_operator(visit: &Visit) -> Result<(), Problem> {
    let keys = visit.deployment.config.operator_keys.as_ref();
    operator::admit(keys, visit.header("Authorization").as_deref())
}

async fn ask(visit: &Visit, id: &str, letter: Letter) -> Result<Answer, Problem> {
    match objects::checkout(&visit.env, &named(id)?, &letter).await? {
        Answer::Unknown => Err(Problem::new(Code::CheckoutNotFound, "no such checkout")),
        Answer::Problem(problem) => Err(problem),
        answer => Ok(answer),
    }
}
