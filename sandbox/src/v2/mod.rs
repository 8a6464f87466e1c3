//! The V2 API: XML, a hash for a signature, and 200 for nearly everything (protocol reference D).
//!
//! Written from the reference, like the rest of the sandbox, and shared with nobody. A call that is
//! about an order, or may be, is an [`Ask`] and happens in one step of the ledger; any other is an
//! [`Errand`]. Both take the same way: read, recognise, verify, check, do, answer, and misbehave
//! where a fault waits. Orders are the same ones that APIv3 knows.

mod arrival;
mod bill;
mod caller;
mod certificate;
mod fields;
mod given;
mod misbehave;
mod order;
pub mod payment_notice;
pub mod refund;
pub mod refusal;
pub mod reply;
mod short_url;
pub mod sign;
pub mod transaction;
mod unified_order;
pub mod xml;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Response;
use axum::middleware;
use axum::routing::{MethodRouter, any};

use self::arrival::Arrival;
pub(crate) use self::arrival::Visit;
pub use self::caller::{Caller, Merchant, Merchants, SIGN_WRONG};
pub use self::fields::Fields;
use self::refusal::Refusal;
pub use self::reply::Answer;
use crate::fault::{self, Happening, Kind, Route};
use crate::journal::keep::{self, Notes};
use crate::ledger::Ledger;
use crate::racing;
use crate::shards::Whose;
use crate::world::World;

/// What became of a call in its step.
pub(crate) struct Outcome {
    pub(crate) answer: Result<Answer, Refusal>,
    /// The `id` of the notification of a payment that overtook the call.
    pub(crate) paid_first: Option<String>,
}

impl From<Result<Answer, Refusal>> for Outcome {
    fn from(answer: Result<Answer, Refusal>) -> Self {
        Self { answer, paid_first: None }
    }
}

/// A call about one order. What it does, it does in one step with taking the fault that waits.
pub(crate) trait Ask: Sized + Send + Sync {
    /// Where its faults wait.
    const ROUTE: Route;

    /// What is asked, or what is wrong with it.
    fn read(visit: &Visit<'_>) -> Result<Self, Refusal>;

    /// What leads to the order that this is about.
    fn whose(&self) -> Whose<'_>;

    /// The caller's number for that order; nothing if there is none.
    fn out_trade_no(&self, ledger: &Ledger) -> Option<String>;

    /// Does it; `fault` is the one that was taken.
    fn perform(&self, ledger: &mut Ledger, now: i64, fault: Option<Kind>) -> Outcome;
}

/// Any other call.
pub(crate) trait Errand: Sized + Send {
    /// Where its faults wait.
    const ROUTE: Route;

    /// What is asked, or what is wrong with it.
    fn read(visit: &Visit<'_>) -> Result<Self, Refusal>;

    /// Does it. A fault comes along if it is of this route's own kind.
    fn run(
        self,
        visit: &Visit<'_>,
        fault: Option<Kind>,
    ) -> impl Future<Output = Result<Answer, Refusal>> + Send;

    /// How it says no, where that is not as everywhere else (D.11).
    fn told(refusal: Refusal) -> Refusal {
        refusal
    }
}

/// Its paths. Every method is taken: a wrong one is told so in XML (D.12).
pub fn routes(world: &Arc<World>) -> Router<Arc<World>> {
    Router::new()
        .route("/pay/unifiedorder", asked::<unified_order::Place>())
        .route("/pay/orderquery", asked::<order::Query>())
        .route("/pay/closeorder", asked::<order::Close>())
        .route("/secapi/pay/refund", refund::apply())
        .route("/pay/refundquery", asked::<refund::query::Query>())
        .route("/pay/downloadbill", sent::<bill::Trade>())
        .route("/pay/downloadfundflow", sent::<bill::FundFlow>())
        .route("/tools/shorturl", sent::<short_url::Shorten>())
        .layer(middleware::from_fn_with_state(Arc::clone(world), keep::keep))
}

/// A path of an [`Ask`].
pub(crate) fn asked<A: Ask + 'static>() -> MethodRouter<Arc<World>> {
    any(async |State(world): State<Arc<World>>, request: Request| {
        exchange::<A>(&world, request).await
    })
}

/// A path of an [`Errand`].
pub(crate) fn sent<E: Errand + 'static>() -> MethodRouter<Arc<World>> {
    any(async |State(world): State<Arc<World>>, request: Request| run::<E>(&world, request).await)
}

async fn exchange<A: Ask>(world: &World, request: Request) -> Response<Body> {
    let notes = Notes::of(&request);
    notes.route(A::ROUTE);
    let (arrival, keyring) = (Arrival::read(request).await, world.keyring());
    let fields = match arrival.fields(&notes) {
        Ok(fields) => fields,
        Err(refusal) => return refuse(&notes, &refusal, None),
    };
    let visit = match arrival.visit(world, &keyring, &fields) {
        Ok(visit) => visit,
        Err(denied) => return refuse(&notes, &denied.refusal, denied.caller.as_ref()),
    };
    let ask = match A::read(&visit) {
        Ok(ask) => ask,
        Err(refusal) => return refuse(&notes, &refusal, Some(&visit.caller)),
    };
    let (answer, fault) = perform(world, &notes, &ask).await;
    let answer = misbehave::but_done(answer, fault.map(|fault| fault.kind));
    leave(&notes, answer, &visit.caller, fault)
}

/// One step of the ledger, and whatever has to be waited for before the answer leaves.
async fn perform<A: Ask>(
    world: &World,
    notes: &Notes,
    ask: &A,
) -> (Result<Answer, Refusal>, Option<Happening>) {
    let ((outcome, fault), ticket) = world.step(ask.whose(), |ledger, now| {
        let number = ask.out_trade_no(ledger).unwrap_or_default();
        notes.about(None, Some(&number));
        let fault = ledger.take_fault(A::ROUTE, &number);
        let kind = fault.map(|fault| fault.kind);
        let outcome = match kind.and_then(misbehave::instead) {
            Some(refusal) => Err(refusal).into(),
            None => ask.perform(ledger, now, kind),
        };
        (outcome, fault)
    });
    if ticket.honoured().await.is_err() {
        return (Err(Refusal::system_error()), None);
    }
    match (outcome.paid_first, A::ROUTE) {
        (Some(notification_id), Route::UnifiedOrder) => {
            racing::told(world, &notification_id).await;
        }
        (Some(_), _) => world.bell.notify_one(),
        (None, _) => {}
    }
    (outcome.answer, fault)
}

async fn run<E: Errand>(world: &World, request: Request) -> Response<Body> {
    let notes = Notes::of(&request);
    notes.route(E::ROUTE);
    let (arrival, keyring) = (Arrival::read(request).await, world.keyring());
    let fields = match arrival.fields(&notes) {
        Ok(fields) => fields,
        Err(refusal) => return refuse(&notes, &E::told(refusal), None),
    };
    let visit = match arrival.visit(world, &keyring, &fields) {
        Ok(visit) => visit,
        Err(denied) => {
            return refuse(&notes, &E::told(denied.refusal), denied.caller.as_ref());
        }
    };
    let errand = match E::read(&visit) {
        Ok(errand) => errand,
        Err(refusal) => return refuse(&notes, &E::told(refusal), Some(&visit.caller)),
    };
    let (fault, ticket) = world.shards.take_fault(|faults| fault::take(faults, E::ROUTE, ""));
    if ticket.honoured().await.is_err() {
        return refuse(&notes, &E::told(Refusal::system_error()), Some(&visit.caller));
    }
    let kind = fault.map(|fault| fault.kind);
    let answer = match kind.and_then(misbehave::instead) {
        Some(refusal) => Err(refusal),
        None => errand.run(&visit, kind).await,
    };
    let answer = misbehave::but_done(answer, kind).map_err(E::told);
    leave(&notes, answer, &visit.caller, fault)
}

/// The answer, as the fault wants it.
fn leave(
    notes: &Notes,
    answer: Result<Answer, Refusal>,
    caller: &Caller<'_>,
    fault: Option<Happening>,
) -> Response<Body> {
    notes.fault(fault.map(|fault| fault.kind));
    match fault {
        Some(fault) => misbehave::respond(notes, answer, caller, fault),
        None => match answer {
            Ok(answer) => reply::respond(Ok(answer), Some(caller), None),
            Err(refusal) => refuse(notes, &refusal, Some(caller)),
        },
    }
}

/// A refusal that nobody asked for.
fn refuse(notes: &Notes, refusal: &Refusal, caller: Option<&Caller<'_>>) -> Response<Body> {
    notes.refused(refusal.explained());
    reply::respond(Err(refusal), caller, None)
}

#[cfg(test)]
mod samples;
