//! The way of the calls that are not about one order: keys and bills.
//!
//! Each is a type that reads itself from a call and then runs. They share the order of the checks
//! (protocol reference A.1: on these paths missing headers come before the signature), the
//! signature of the answer, and the faults.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use axum::routing::{MethodRouter, get, post};

use super::authorization::{self, Merchant};
use super::refusal::Refusal;
use super::reply::{Answer, Proof, respond};
use super::{Arrival, bill, certificates, echo, misbehave, system_error};
use crate::fault::{self, Kind, Route};
use crate::gateway::plain;
use crate::journal::keep::Notes;
use crate::keyring::Keyring;
use crate::keys::PlatformKey;
use crate::world::World;

/// A call from a known merchant.
#[derive(Clone, Copy)]
pub(super) struct Visit<'a> {
    pub(super) world: &'a World,
    pub(super) keyring: &'a Keyring,
    pub(super) merchant: &'a Merchant,
    pub(super) arrival: &'a Arrival,
}

/// One call.
pub(super) trait Errand: Sized + Send {
    /// Where its faults wait.
    const ROUTE: Route;
    /// Whether its answers are signed; a file's are not (A.4).
    const SIGNED: bool = true;

    /// What is asked, or what is wrong with it.
    fn read(visit: Visit<'_>) -> Result<Self, Refusal>;

    /// Does it. A fault comes along if it is of this route's own kind.
    fn run(
        self,
        visit: Visit<'_>,
        fault: Option<Kind>,
    ) -> impl Future<Output = Result<Answer, Refusal>> + Send;

    /// Who signs the answer.
    fn signer<'a>(visit: Visit<'a>) -> &'a PlatformKey {
        visit.keyring.signs_answer(visit.arrival.header("wechatpay-serial"))
    }
}

/// Their paths.
pub(super) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/v3/certificates", asked::<certificates::List>())
        .route("/v3/security/echo", told::<echo::Echo>())
        .route("/v3/bill/tradebill", asked::<bill::TradeBill>())
        .route("/v3/bill/fundflowbill", asked::<bill::FundFlowBill>())
        .route("/v3/bill/sub-merchant-fundflowbill", asked::<bill::SubMerchantBill>())
        .route(bill::download::PATH, asked::<bill::download::Download>())
}

fn asked<E: Errand + 'static>() -> MethodRouter<Arc<World>> {
    get(async |State(world): State<Arc<World>>, request: Request| {
        exchange::<E>(&world, request).await
    })
}

fn told<E: Errand + 'static>() -> MethodRouter<Arc<World>> {
    post(async |State(world): State<Arc<World>>, request: Request| {
        exchange::<E>(&world, request).await
    })
}

async fn exchange<E: Errand>(world: &World, request: Request) -> Response<Body> {
    let notes = Notes::of(&request);
    notes.route(E::ROUTE);
    let Some(arrival) = Arrival::read(request).await else {
        return plain(StatusCode::PAYLOAD_TOO_LARGE);
    };
    if let Some(refusal) = arrival.missing_headers() {
        return respond(refusal.into(), Proof::Nothing);
    }
    let (now, keyring) = (world.wall_now(), world.keyring());
    let merchant = match authorization::verify(&keyring.merchants, arrival.claim(), now) {
        Ok(merchant) => merchant,
        Err(denied) => return respond(denied.refusal(arrival.claim()).into(), Proof::Nothing),
    };
    let visit = Visit { world, keyring: &keyring, merchant, arrival: &arrival };
    let proof = if E::SIGNED { Proof::Signed(E::signer(visit), now) } else { Proof::Nothing };
    let errand = match E::read(visit) {
        Ok(errand) => errand,
        Err(refusal) => return respond(refusal.into(), proof),
    };
    let (fault, ticket) = world.shards.take_fault(|faults| fault::take(faults, E::ROUTE, ""));
    if ticket.honoured().await.is_err() {
        return respond(system_error(), proof);
    }
    notes.fault(fault.map(|fault| fault.kind));
    let answer = match fault.and_then(|fault| misbehave::instead(fault.kind)) {
        Some(answer) => answer,
        None => {
            let kind = fault.map(|fault| fault.kind);
            errand.run(visit, kind).await.unwrap_or_else(Answer::from)
        }
    };
    match fault {
        Some(fault) => misbehave(answer, proof, fault),
        None => respond(answer, proof),
    }
}
