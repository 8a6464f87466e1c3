//! Codes to be printed, for whoever runs the deployment: what one says, and what it looks like.

use checkout::id::{CheckoutId, ProfileName};
use checkout::view::Status;
use serde::Serialize;
use wechatpay::v2::mode1::ProductId;
use worker::Response;

use super::entry::Visit;
use super::voice::SVG;
use super::{objects, operator, reply, shop};
use crate::api::Api;
use crate::command::{Answer, Command, Letter};
use crate::config::{Profile, prefix};
use crate::counter::{Label, link};
use crate::pay_page::code;
use crate::problem::{Code, Problem};
use crate::query::Query;

/// What is printed, for whoever makes their own of it.
#[derive(Serialize)]
struct Printed {
    link: String,
    product: Label,
}

/// `GET /v1/products/{id}/code`.
pub(crate) async fn link_of(visit: &Visit, id: &str) -> Result<Response, Problem> {
    let (link, product) = printed(visit, id).await?;
    Ok(reply::json(200, &Printed { link, product }))
}

/// `GET /v1/products/{id}/code.svg`.
pub(crate) async fn picture_of(visit: &Visit, id: &str) -> Result<Response, Problem> {
    let (link, _) = printed(visit, id).await?;
    let none = || Problem::new(Code::Internal, "the link fits no code");
    Ok(reply::text(SVG, code(&link).ok_or_else(none)?))
}

async fn printed(visit: &Visit, id: &str) -> Result<(String, Label), Problem> {
    let config = &visit.deployment.config;
    operator::admit(config.operator_keys.as_ref(), visit.header("Authorization").as_deref())?;
    let profile = named(visit)?;
    let label = match profile.catalogue.find(id) {
        Some(product) => Label::from(product),
        None => of_checkout(visit, profile, id).await?,
    };
    let Some(v2) = &profile.v2 else {
        let detail =
            format!("set {}API_V2_KEY: printed codes are signed with it", prefix(&profile.name));
        return Err(Problem::new(Code::V2KeyMissing, detail));
    };
    let product_id =
        ProductId::parse(id).map_err(|bad| Problem::new(Code::ProductHasNoCode, bad.expected))?;
    let own = profile.payees.all().into_iter().next();
    let own = own.ok_or_else(|| Problem::new(Code::Internal, "nobody is paid"))?;
    Ok((link(&profile.name, &own, &product_id, &v2.keys), label))
}

/// Whose product, by `?profile=`.
fn named(visit: &Visit) -> Result<&Profile, Problem> {
    let query = Query::read(&visit.query(), &["profile"])?;
    let name =
        query.parse("profile", "there is no such profile", |text| ProfileName::parse(text).ok())?;
    let profile = visit.deployment.config.profile(&name.unwrap_or_default());
    let unknown = || Problem::new(Code::InvalidRequest, "profile: there is no such profile");
    profile.ok_or_else(unknown)
}

/// A code may also be of one checkout, that the shop's server has opened.
async fn of_checkout(visit: &Visit, profile: &Profile, id: &str) -> Result<Label, Problem> {
    let unknown = || Problem::new(Code::ProductNotFound, "GET /v1/products lists what there is");
    let id = CheckoutId::parse(id).map_err(|_| unknown())?;
    let letter = Letter { profile: Some(profile.name.clone()), command: Command::Read };
    let view = match objects::checkout(&visit.env, &id, &letter).await? {
        Answer::Checkout { view, .. } => view,
        Answer::Unknown => return Err(unknown()),
        Answer::Problem(problem) => return Err(problem),
        _ => return Err(shop::confused()),
    };
    let no_code = |why| Err(Problem::new(Code::ProductHasNoCode, why));
    if view.api != Api::V2 {
        return no_code("its order is none of the V2 API, which alone knows printed codes");
    }
    if view.status != Status::Open {
        return no_code("the checkout is over; nobody can pay it");
    }
    Ok(Label {
        id: id.as_str().to_owned(),
        description: view.description.as_str().to_owned(),
        price: view.amount,
        sold_out: false,
    })
}
