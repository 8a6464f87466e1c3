//! The shop's side of the door: its server, with its secret key.

use checkout::id::CheckoutId;
use checkout::time::Seconds;
use worker::Response;

use super::entry::Visit;
use super::world::wall;
use super::{objects, reply};
use crate::command::{Answer, Command, Letter, Opening, Source};
use crate::config::Profile;
use crate::naming::checkout_id;
use crate::pay_page::pay_url;
use crate::problem::{Code, Problem};
use crate::reader::Reader;
use crate::request::{NewCheckout, expect_json, read_json};
use crate::token::bearer;

/// `POST /v1/checkouts`: 201, or 200 when the same request was there before.
pub(crate) async fn open(visit: Visit) -> Result<Response, Problem> {
    let profile = admit(&visit)?;
    expect_json(visit.header("Content-Type").as_deref())?;
    let new: NewCheckout = read_json(visit.body()?)?;
    let payee = profile.payees.choose(new.sub_mchid.as_deref());
    let payee = payee.map_err(|reason| Problem::new(Code::InvalidRequest, reason.words()))?;
    let fields = new.order_fields();
    let reference = new.reference.into_inner();
    let id = checkout_id(&profile.name, &reference);
    let lifetime = new.expires_in.unwrap_or(profile.lifetime);
    let command = Command::Open(Box::new(Opening {
        id: id.clone(),
        profile: profile.name.clone(),
        payee,
        reference,
        description: new.description,
        amount: new.amount,
        lifetime_s: lifetime.seconds(),
        api: profile.api,
        product_id: None,
        fields,
        policies: profile.rules.policies,
        keep_s: profile.rules.keep_s,
        buyer: new.buyer,
        source: Source::Shop,
    }));
    ask(&visit, profile, &id, command).await
}

/// `GET /v1/checkouts/{id}`.
pub(crate) async fn read(visit: &Visit, id: &str) -> Result<Response, Problem> {
    let Reader { profile, sees_tokens } = reader(visit)?;
    let id = named(id)?;
    let letter = Letter { profile: Some(profile.name.clone()), command: Command::Read };
    show(visit, &id, &letter, sees_tokens).await
}

/// `POST /v1/checkouts/{id}/cancel`: 200 once WeChat Pay has confirmed it, 202 before.
pub(crate) async fn cancel(visit: &Visit, id: &str) -> Result<Response, Problem> {
    ask(visit, admit(visit)?, &named(id)?, Command::Cancel).await
}

/// Who reads, and whose checkouts: a shop its own, the operator those of the profile it names.
pub(crate) fn reader(visit: &Visit) -> Result<Reader<'_>, Problem> {
    let authorization = visit.header("Authorization");
    Reader::of(&visit.deployment.config, authorization.as_deref(), &visit.query())
}

/// The profile whose secret key was shown. It sees its own checkouts and no others.
pub(crate) fn admit(visit: &Visit) -> Result<&Profile, Problem> {
    let header = visit.header("Authorization");
    let Some(key) = bearer(header.as_deref()) else {
        let detail = "send the secret key as Authorization: Bearer <key>";
        return Err(Problem::new(Code::Unauthorized, detail));
    };
    let profile = visit.deployment.config.profile_of_key(key);
    profile.ok_or_else(|| Problem::new(Code::Unauthorized, "this is none of the SECRET_KEYS"))
}

/// The id that stands in a path.
pub(crate) fn named(id: &str) -> Result<CheckoutId, Problem> {
    CheckoutId::parse(id).map_err(|bad| Problem::new(Code::CheckoutNotFound, bad.expected))
}

async fn ask(
    visit: &Visit,
    profile: &Profile,
    id: &CheckoutId,
    command: Command,
) -> Result<Response, Problem> {
    let letter = Letter { profile: Some(profile.name.clone()), command };
    show(visit, id, &letter, true).await
}

/// What a checkout answers to `letter`; with a fresh client token, where whoever asks may have one.
async fn show(
    visit: &Visit,
    id: &CheckoutId,
    letter: &Letter,
    sees_tokens: bool,
) -> Result<Response, Problem> {
    let cancels = letter.command == Command::Cancel;
    match objects::checkout(&visit.env, id, letter).await? {
        Answer::Checkout { created, settled, expires_in_s, mut view } => {
            let config = &visit.deployment.config;
            let token = || config.client_key.mint(id, Seconds(expires_in_s), wall());
            view.client_token = sees_tokens.then(token);
            view.pay_url =
                view.client_token.as_deref().map(|token| pay_url(&config.public_url, token));
            let status = match (cancels, created) {
                (true, _) if !settled => 202,
                (_, true) => 201,
                _ => 200,
            };
            Ok(reply::json(status, &view))
        }
        Answer::Unknown => Err(Problem::new(Code::CheckoutNotFound, "no such checkout")),
        Answer::Problem(problem) => Err(problem),
        Answer::Session { .. }
        | Answer::Refund { .. }
        | Answer::Refunds { .. }
        | Answer::Scanned(_)
        | Answer::Events { .. }
        | Answer::Compared { .. }
        | Answer::Confirmed { .. }
        | Answer::History { .. }
        | Answer::Heard => Err(confused()),
    }
}

/// An object and the door no longer speak the same language.
pub(crate) fn confused() -> Problem {
    Problem::new(Code::Internal, "an object gave the answer to another question")
}
