//! The door: every request comes in here, and every answer leaves here.
//!
//! It finds the route, checks where the request comes from, and hands it to the side it belongs
//! to. No object has been woken by then. The order matters: a page off the list learns nothing, not
//! even whether its token is good.

use std::rc::Rc;

use worker::{Context, Env, Request, Response, event};

use super::deployment::{Deployment, deployment};
use super::voice::Voice;
use super::{
    bills, body, doctor, events, gate, history, lists, native_callback, notified, operator, page,
    pay, payment_notice, products, reconciliation, refund_notice, refunds, reply, resolve, shop,
};
use crate::limits;
use crate::origin::Admission;
use crate::problem::{Code, Problem};
use crate::request::{BODY_BYTES_MAX, NOTIFICATION_BYTES_MAX};
use crate::routes::{Route, Visitor, Way, find};

/// One request on its way through the house.
pub(crate) struct Visit {
    /// As it came; its body has been read.
    pub(crate) request: Request,
    /// What was sent, if it was not too much.
    body: Result<Vec<u8>, Problem>,
    /// The bindings.
    pub(crate) env: Env,
    /// What this deployment was told.
    pub(crate) deployment: Rc<Deployment>,
    /// Carries on behind the answer what must not end with it.
    pub(crate) context: Rc<Context>,
}

impl Visit {
    /// What was sent.
    pub(crate) fn body(&self) -> Result<&[u8], Problem> {
        self.body.as_deref().map_err(Problem::clone)
    }

    /// The query, without its question mark.
    pub(crate) fn query(&self) -> String {
        let url = self.request.url().ok();
        url.as_ref().and_then(|url| url.query()).unwrap_or_default().to_owned()
    }

    /// A header of the request.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.request.headers().get(name).ok().flatten()
    }
}

/// Seconds for which a browser may remember a preflight; browsers cut it at 7200 or below.
const PREFLIGHT_AGE_S: &str = "7200";

/// Paths that this Worker answers itself; all others are static assets.
const OURS: [&str; 4] = ["/v1/", "/wechatpay/", "/pay/", "/dev/"];

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    // The wrapper's own reading takes an unknown method for GET.
    let method = request.inner().method();
    let path = request.path();
    let ours = OURS.iter().any(|prefix| path.starts_with(prefix));
    if ours && let Err(problem) = limits::path_fits(&path) {
        return Ok(Voice::of(&request).refuse(&problem));
    }
    let way = find(&method, &path);
    if way == Way::Nowhere && !ours {
        return Ok(asset(request, &env).await);
    }
    Ok(serve(way, request, env, context).await)
}

async fn serve(way: Way, mut request: Request, env: Env, context: Context) -> Response {
    // Also of those who are turned away: the runtime closes a connection with a body left in it,
    // and the caller's next request over the same connection would be reset.
    let body = body::of(&mut request, body_bytes_max(&way)).await;
    if way == Way::To(Route::Doctor) {
        // The one route that must answer while the configuration is wrong.
        return examine(&request, body, &env).await;
    }
    let deployment = match deployment(&env).await {
        Ok(deployment) => deployment,
        // WeChat Pay sends again what it could not deliver, so this heals once it is mended.
        Err(problem) => return Voice::of(&request).refuse(&problem),
    };
    let (own, context) = (Rc::clone(&deployment), Rc::new(context));
    let visit = Visit { request, body, env, deployment: own, context };
    let visitor = match &way {
        Way::To(route) => route.visitor(),
        Way::Options { visitor, .. } | Way::WrongMethod { visitor, .. } => *visitor,
        Way::Nowhere => return Voice::of(&visit.request).refuse(&no_such_route()),
    };
    if visitor != Visitor::Browser {
        return answer(way, visit).await;
    }
    let origin = visit.header("Origin");
    let mut response = match deployment.config.allowed_origins.judge(origin.as_deref()) {
        Admission::Refused => {
            let detail = "add the page's origin to ALLOWED_ORIGINS";
            reply::problem(&Problem::new(Code::OriginNotAllowed, detail))
        }
        Admission::NoPage => answer(way, visit).await,
        Admission::Page(origin) => {
            let preflight = matches!(way, Way::Options { .. });
            let mut response = answer(way, visit).await;
            // An upgraded connection has no headers left to set, and needs none.
            if response.status_code() != 101 {
                admit(&mut response, origin, preflight);
            }
            response
        }
    };
    if response.status_code() != 101 {
        reply::set(&mut response, "Vary", "Origin");
    }
    response
}

async fn examine(request: &Request, body: Result<Vec<u8>, Problem>, env: &Env) -> Response {
    let examined = match gate::fits(request, Visitor::Operator) {
        Ok(()) => doctor::examine(request, body, env).await,
        Err(problem) => Err(problem),
    };
    match examined {
        Ok(response) => response,
        Err(problem) => {
            let address = request.headers().get("CF-Connecting-IP").ok().flatten();
            reply::problem(&gate::refusal(env, address, problem).await)
        }
    }
}

fn body_bytes_max(way: &Way) -> usize {
    match way {
        Way::To(
            Route::Notification(_)
            | Route::PaymentNotice(_)
            | Route::RefundNotice(_)
            | Route::NativeCallback(_),
        ) => NOTIFICATION_BYTES_MAX,
        _ => BODY_BYTES_MAX,
    }
}

fn admit(response: &mut Response, origin: &str, preflight: bool) {
    reply::set(response, "Access-Control-Allow-Origin", origin);
    if preflight {
        reply::set(response, "Access-Control-Allow-Methods", "GET, POST");
        reply::set(response, "Access-Control-Allow-Headers", "Authorization, Content-Type");
        reply::set(response, "Access-Control-Max-Age", PREFLIGHT_AGE_S);
    } else {
        reply::set(response, "Access-Control-Expose-Headers", "Retry-After");
    }
}

async fn answer(way: Way, visit: Visit) -> Response {
    match way {
        Way::To(route) => serve_route(route, visit).await,
        Way::Options { allow, .. } => {
            let mut response = reply::empty(204);
            reply::set(&mut response, "Allow", allow);
            response
        }
        Way::WrongMethod { allow, .. } => {
            let detail = format!("this path takes {allow}");
            let problem = Problem::new(Code::MethodNotAllowed, detail);
            let mut response = Voice::of(&visit.request).refuse(&problem);
            reply::set(&mut response, "Allow", allow);
            response
        }
        Way::Nowhere => Voice::of(&visit.request).refuse(&no_such_route()),
    }
}

fn no_such_route() -> Problem {
    Problem::new(Code::NotFound, "no such route")
}

async fn serve_route(route: Route, visit: Visit) -> Response {
    let (visitor, env) = (route.visitor(), visit.env.clone());
    let voice = Voice::of(&visit.request);
    let address = visit.header("CF-Connecting-IP");
    let admitted = match gate::fits(&visit.request, visitor) {
        Ok(()) => gate::admit(&visit, visitor).await,
        Err(problem) => Err(problem),
    };
    let answered = match admitted {
        Ok(()) => dispatch(route, visit).await,
        Err(problem) if visitor == Visitor::Platform && !matches!(voice, Voice::Platform) => {
            return reply::refusal(&problem);
        }
        Err(problem) => Err(problem),
    };
    match answered {
        Ok(response) => response,
        Err(problem) => voice.refuse(&gate::refusal(&env, address, problem).await),
    }
}

async fn dispatch(route: Route, visit: Visit) -> Result<Response, Problem> {
    match route {
        Route::Products => page::products(&visit),
        Route::OpenSession => page::open(visit).await,
        Route::ReadSession => page::read(&visit).await,
        Route::CheckSession => page::check(&visit).await,
        Route::RenewSession => page::renew(&visit).await,
        Route::SessionEvents => page::events(&visit).await,
        Route::PayPage(token) => pay::page(&visit, &token).await,
        Route::PayPicture(token) => pay::code(&visit, &token).await,
        Route::PayCheck(token) => pay::check(&visit, &token).await,
        Route::PayRenew(token) => pay::renew(&visit, &token).await,
        Route::OpenCheckout => shop::open(visit).await,
        Route::ReadCheckout(id) => shop::read(&visit, &id).await,
        Route::CancelCheckout(id) => shop::cancel(&visit, &id).await,
        Route::ResolveCheckout(id) => resolve::payment(&visit, &id).await,
        Route::ReadHistory(id) => history::read(&visit, &id).await,
        Route::ListRefunds(id) => refunds::list(&visit, &id).await,
        Route::OpenRefund(id) => refunds::open(&visit, &id).await,
        Route::ReadRefund(number) => refunds::read(&visit, &number).await,
        Route::RedirectRefund(number) => refunds::redirect(&visit, &number).await,
        Route::ResolveRefund(number) => resolve::refund(&visit, &number).await,
        Route::ListCheckouts => lists::checkouts(&visit).await,
        Route::DeadLetters => lists::dead_letters(&visit).await,
        Route::Orphans => lists::orphans(&visit).await,
        Route::ListEvents(id) => events::list(&visit, &id).await,
        Route::ResendEvent { checkout, event } => events::resend(&visit, &checkout, &event).await,
        Route::Redrive(id) => events::redrive(&visit, &id).await,
        Route::RawCall => operator::call(visit).await,
        Route::Notification(profile) => notified::told(visit, &profile).await,
        Route::TradeBill => bills::trade(&visit).await,
        Route::FundFlowBill => bills::fund_flow(&visit).await,
        Route::Reconciliations => reconciliation::list(&visit).await,
        Route::ReadReconciliation(date) => reconciliation::read(&visit, &date).await,
        Route::Reconcile(date) => reconciliation::begin(&visit, &date).await,
        Route::ReadRebuild => reconciliation::read_rebuild(&visit).await,
        Route::Rebuild => reconciliation::rebuild(&visit).await,
        #[cfg(feature = "dev-clock")]
        Route::Clock => super::clock::advance(visit).await,
        Route::PaymentNotice(profile) => payment_notice::told(&visit, &profile).await,
        Route::RefundNotice(profile) => refund_notice::told(&visit, &profile).await,
        Route::NativeCallback(profile) => native_callback::scanned(visit, &profile).await,
        Route::ProductLink(id) => products::link_of(&visit, &id).await,
        Route::ProductPicture(id) => products::picture_of(&visit, &id).await,
        // The doctor has been served before the configuration was looked at.
        Route::Doctor => Err(no_such_route()),
        #[cfg(not(feature = "dev-clock"))]
        Route::Clock => Err(no_such_route()),
    }
}

async fn asset(request: Request, env: &Env) -> Response {
    let served = match env.assets("ASSETS") {
        Ok(assets) => assets.fetch_request(request).await,
        Err(error) => Err(error),
    };
    match served {
        Ok(response) if response.status_code() < 400 => response,
        Ok(response) => reply::unkept(response),
        Err(_) => reply::problem(&Problem::new(Code::NotFound, "no such page")),
    }
}
