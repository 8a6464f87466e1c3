//! What a shop or an operator looks through: checkouts, what was given up, what nobody here knows.

use worker::Response;

use super::entry::Visit;
use super::shop::{confused, reader};
use super::{index, objects, reply};
use crate::command::{BooksAnswer, BooksCommand};
use crate::index::Listing;
use crate::problem::Problem;

/// `GET /v1/checkouts`.
pub(crate) async fn checkouts(visit: &Visit) -> Result<Response, Problem> {
    let profile = &reader(visit)?.profile.name;
    let listing = Listing::checkouts(&visit.query())?;
    Ok(reply::json(200, &index::list(&visit.env, profile, &listing).await?))
}

/// `GET /v1/dead-letters`.
pub(crate) async fn dead_letters(visit: &Visit) -> Result<Response, Problem> {
    let profile = &reader(visit)?.profile.name;
    let listing = Listing::dead_letters(&visit.query())?;
    Ok(reply::json(200, &index::list(&visit.env, profile, &listing).await?))
}

/// `GET /v1/orphans`.
pub(crate) async fn orphans(visit: &Visit) -> Result<Response, Problem> {
    let profile = reader(visit)?.profile;
    let command = BooksCommand::list(&visit.query())?;
    match objects::books(&visit.env, &profile.name, &command).await? {
        BooksAnswer::Orphans { orphans, next_cursor } => {
            let page = serde_json::json!({ "data": orphans, "next_cursor": next_cursor });
            Ok(reply::json(200, &page))
        }
        BooksAnswer::Entered => Err(confused()),
    }
}
