//! The page's side of the door: browsers, with a client token or none yet.

use checkout::id::{CheckoutId, ProfileName};
use checkout::time::Seconds;
use checkout::view::{SessionView, Status};
use wechatpay::v3::order_fields::OrderFields;
use worker::Response;

use super::entry::Visit;
use super::world::wall;
use super::{objects, reply, shop};
use crate::api::Api;
use crate::catalogue::NotForSale;
use crate::command::{Answer, Command, Letter, Opening, Source};
use crate::config::Profile;
use crate::naming::{checkout_id, shopper_address};
use crate::places::{Bounds, Taken};
use crate::problem::{Code, Problem};
use crate::request::{NewSession, Patience, expect_json, read_json};
use crate::token::{BadToken, bearer, offered};

/// `GET /v1/products`, or another profile's with `?profile=`.
pub(crate) fn products(visit: &Visit) -> Result<Response, Problem> {
    let query = visit.query();
    let named = query.split('&').find_map(|pair| pair.strip_prefix("profile="));
    let name = match named {
        None => ProfileName::default(),
        Some(text) => ProfileName::parse(text).map_err(|_| no_such_profile())?,
    };
    Ok(reply::json(200, &profile(visit, &name)?.catalogue.listing()))
}

fn profile<'a>(visit: &'a Visit, name: &ProfileName) -> Result<&'a Profile, Problem> {
    visit.deployment.config.profile(name).ok_or_else(no_such_profile)
}

fn no_such_profile() -> Problem {
    Problem::new(Code::NotFound, "there is no such profile")
}

/// `POST /v1/sessions`: 201, or 200 when the same key was there before.
pub(crate) async fn open(visit: Visit) -> Result<Response, Problem> {
    expect_json(visit.header("Content-Type").as_deref())?;
    let new: NewSession = read_json(visit.body()?)?;
    let opening = price(&visit, new)?;
    let id = opening.id.clone();
    let (quotas, config) = (objects::Quotas(&visit.env), &visit.deployment.config);
    let bounds = Bounds {
        per_address: config.open_sessions_per_address,
        altogether: config.open_sessions_max,
    };
    let taken = Taken::reserve(&quotas, &opening, bounds).await?;
    let (created, mut view) = session(&visit, &id, Command::Open(Box::new(opening))).await?;
    if view.status != Status::Open {
        // A repeat about something that is over took places that nobody else would give back.
        taken.release(&quotas).await;
    }
    let left_s = i64::try_from(view.expires_in_ms / 1_000).unwrap_or(i64::MAX);
    view.client_token = Some(config.client_key.mint(&id, Seconds(left_s), wall()));
    Ok(reply::json(if created { 201 } else { 200 }, &view))
}

/// `GET /v1/session`, at once or when there is something newer.
pub(crate) async fn read(visit: &Visit) -> Result<Response, Problem> {
    let (token, id) = opened(visit)?;
    let patience = Patience::read(&visit.query())?;
    let command = match patience.version {
        Some(version) if patience.wait_s > 0 => Command::Wait { version, wait_s: patience.wait_s },
        _ => Command::Look,
    };
    show(visit, token, &id, command).await
}

/// `POST /v1/session/check`: "I have paid".
pub(crate) async fn check(visit: &Visit) -> Result<Response, Problem> {
    let (token, id) = opened(visit)?;
    show(visit, token, &id, Command::Check).await
}

/// `POST /v1/session/renew`: a fresh code, also where another phone holds this one.
pub(crate) async fn renew(visit: &Visit) -> Result<Response, Problem> {
    let (token, id) = opened(visit)?;
    show(visit, token, &id, Command::Renew).await
}

/// `GET /v1/session/events`: WebSocket. The token comes among the protocol names, since browsers
/// let a page set no header here and URLs end up in logs.
pub(crate) async fn events(visit: &Visit) -> Result<Response, Problem> {
    let upgrade = visit.header("Upgrade").unwrap_or_default();
    if !upgrade.eq_ignore_ascii_case("websocket") {
        let detail = "open a WebSocket with the protocols saoma.v1 and <client token>";
        return Err(Problem::new(Code::UpgradeRequired, detail));
    }
    let protocols = visit.header("Sec-WebSocket-Protocol");
    let id = verify(visit, offered(protocols.as_deref()))?;
    objects::events(&visit.env, &id).await
}

/// Turns a wish into something with a price. The amount comes from the catalogue.
fn price(visit: &Visit, new: NewSession) -> Result<Opening, Problem> {
    let profile = profile(visit, &new.product.profile)?;
    let purchase =
        profile.catalogue.purchase(&new.product.product, new.quantity).map_err(|reason| {
            match reason {
                NotForSale::Unknown => {
                    Problem::new(Code::UnknownProduct, "GET /v1/products lists what there is")
                }
                NotForSale::SoldOut => {
                    Problem::new(Code::SoldOut, "there is none of this product for now")
                }
                NotForSale::Quantity { quantity_max } => {
                    let detail = format!("quantity: 1 to {quantity_max} of this product");
                    Problem::new(Code::InvalidRequest, detail)
                }
            }
        })?;
    let reference =
        new.key.reference().map_err(|bad| Problem::new(Code::Internal, bad.expected))?;
    Ok(Opening {
        id: checkout_id(&profile.name, &reference),
        profile: profile.name.clone(),
        payee: purchase.payee,
        reference,
        description: purchase.description,
        amount: purchase.amount,
        lifetime_s: profile.lifetime.seconds(),
        api: profile.api,
        product_id: (profile.api == Api::V2).then(|| new.product.product.clone()),
        fields: OrderFields::default(),
        policies: profile.rules.policies,
        keep_s: profile.rules.keep_s,
        buyer: new.buyer,
        source: Source::Catalogue {
            product: new.product.product,
            quantity: new.quantity,
            address: shopper_address(visit.header("CF-Connecting-IP").as_deref()),
        },
    })
}

/// The token of an `Authorization` header and the checkout that it opens.
fn opened(visit: &Visit) -> Result<(String, CheckoutId), Problem> {
    let header = visit.header("Authorization");
    let token = bearer(header.as_deref());
    verify(visit, token).map(|id| (token.unwrap_or_default().to_owned(), id))
}

/// The checkout that a token opens.
pub(crate) fn verify(visit: &Visit, token: Option<&str>) -> Result<CheckoutId, Problem> {
    visit.deployment.config.client_key.verify(token, wall()).map_err(|reason| match reason {
        BadToken::Missing => Problem::new(Code::InvalidToken, "there is no client token"),
        BadToken::Forged => Problem::new(Code::InvalidToken, "this is no client token of ours"),
        BadToken::Expired => {
            Problem::new(Code::ExpiredToken, "begin a new session; this one is long over")
        }
    })
}

async fn show(
    visit: &Visit,
    token: String,
    id: &CheckoutId,
    command: Command,
) -> Result<Response, Problem> {
    let (_, mut view) = session(visit, id, command).await?;
    view.client_token = Some(token);
    Ok(reply::json(200, &view))
}

/// What a page's command to a checkout brings.
pub(crate) async fn session(
    visit: &Visit,
    id: &CheckoutId,
    command: Command,
) -> Result<(bool, Box<SessionView>), Problem> {
    let letter = Letter { profile: None, command };
    match objects::checkout(&visit.env, id, &letter).await? {
        Answer::Session { created, view } => Ok((created, view)),
        Answer::Unknown => Err(Problem::new(Code::CheckoutNotFound, "no such checkout")),
        Answer::Problem(problem) => Err(problem),
        Answer::Checkout { .. }
        | Answer::Refund { .. }
        | Answer::Refunds { .. }
        | Answer::Scanned(_)
        | Answer::Events { .. }
        | Answer::Compared { .. }
        | Answer::Confirmed { .. }
        | Answer::History { .. }
        | Answer::Heard => Err(shop::confused()),
    }
}
