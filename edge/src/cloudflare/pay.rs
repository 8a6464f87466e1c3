//! The hosted page's side of the door: a shopper's browser, with the client token in the path.
//!
//! The same commands go to the same object as from a page with the widget; only the answer is drawn.
//! What goes wrong is drawn too, by the [`voice`](super::voice).

use checkout::id::CheckoutId;
use checkout::view::SessionView;
use worker::Response;

use super::entry::Visit;
use super::page::{session, verify};
use super::reply;
use super::voice::{self, HTML, SVG};
use super::world::wall;
use crate::command::Command;
use crate::origin::is_own_form;
use crate::pay_page::{Sight, picture};
use crate::problem::{Code, Problem};

/// `GET /pay/{token}`.
pub(crate) async fn page(visit: &Visit, token: &str) -> Result<Response, Problem> {
    let (id, view) = ask(visit, token, Command::Look).await?;
    let guest = voice::guest(&visit.request);
    let sight = Sight { view: &view, id: &id, token, now: wall() };
    let mut response = reply::text(HTML, sight.draw(&guest));
    voice::dress(&mut response, &guest);
    Ok(response)
}

/// `GET /pay/{token}/qr.svg`. Whoever has the address may show the picture: it is the same capability.
pub(crate) async fn code(visit: &Visit, token: &str) -> Result<Response, Problem> {
    let (_, view) = ask(visit, token, Command::Look).await?;
    let none = || Problem::new(Code::NotFound, "there is no code to scan");
    let mut response = reply::text(SVG, picture(&view).ok_or_else(none)?);
    voice::lend(&mut response);
    Ok(response)
}

/// `POST /pay/{token}/check`: the page says what came of it.
pub(crate) async fn check(visit: &Visit, token: &str) -> Result<Response, Problem> {
    own_form(visit)?;
    ask(visit, token, Command::Check).await?;
    Ok(see(&voice::guest(&visit.request).page_asked(token)))
}

/// `POST /pay/{token}/renew`.
pub(crate) async fn renew(visit: &Visit, token: &str) -> Result<Response, Problem> {
    own_form(visit)?;
    ask(visit, token, Command::Renew).await?;
    Ok(see(&voice::guest(&visit.request).page(token)))
}

async fn ask(
    visit: &Visit,
    token: &str,
    command: Command,
) -> Result<(CheckoutId, Box<SessionView>), Problem> {
    let id = verify(visit, Some(token))?;
    let (_, view) = session(visit, &id, command).await?;
    Ok((id, view))
}

fn own_form(visit: &Visit) -> Result<(), Problem> {
    let (origin, site) = (visit.header("Origin"), visit.header("Sec-Fetch-Site"));
    if is_own_form(&visit.deployment.config.public_url, origin.as_deref(), site.as_deref()) {
        return Ok(());
    }
    Err(Problem::new(Code::OriginNotAllowed, "this form was sent by a page of another site"))
}

/// The page is seen by its own address, so that going back or reloading sends no form again. A path
/// without a host stays where the browser is.
fn see(address: &str) -> Response {
    let mut response = reply::empty(303);
    reply::set(&mut response, "Location", address);
    response
}
