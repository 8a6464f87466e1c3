//! The API that merchants call: who may, what they may say, what happens, and what comes back.
//!
//! Every call about an order takes the same way through `exchange`: a new one is a route, a reader
//! for its body, an `Ask`, and a line in `perform`. Calls about keys and bills are `errand`s.

pub mod authorization;
mod bill;
mod caller;
mod certificates;
mod close;
mod echo;
mod errand;
mod fields;
mod json;
mod misbehave;
pub mod native;
pub mod notify_url;
mod parameters;
mod path;
mod query;
pub mod refunds;
pub mod refusal;
pub mod reply;
pub mod transaction;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Response, StatusCode, header};
use axum::middleware;
use axum::routing::{get, post};
use serde_json::json;

use self::authorization::{Claim, Merchant};
use self::caller::Caller;
use self::misbehave::misbehave;
use self::refunds::RefundAsk;
use self::refusal::{Code, Refusal, result};
use self::reply::{Answer, Proof, respond};
use crate::dice;
use crate::fault::{Happening, Kind, Route};
use crate::gateway::plain;
use crate::journal::keep::{self, Notes};
use crate::ledger::Ledger;
use crate::order::{NotPlaced, Order, Party, Terms};
use crate::racing;
use crate::readings::CloseUnknown;
use crate::shards::Whose;
use crate::tls::Guest;
use crate::world::World;

/// A body longer than this is not read. The longest published order is far below.
pub const BODY_BYTES_MAX: usize = 256 * 1_024;

/// What a call asks for, once it is known who asks and all of it is right.
enum Ask {
    Place(Box<Terms>),
    ByNumber(Party, String),
    ByTransaction(Party, String),
    Close(Party, String),
    Refund(RefundAsk),
}

/// A call as it came.
struct Arrival {
    method: String,
    target: String,
    headers: HeaderMap,
    body: Bytes,
    /// `https` for whoever came in by the TLS door.
    scheme: &'static str,
}

/// The calls of a direct merchant and of a partner. Any other path is 404 and any other method 405,
/// both with an empty body (protocol reference A.9).
pub fn routes(world: &Arc<World>) -> Router<Arc<World>> {
    let orders = |base: &str| {
        let by_number = format!("{base}/out-trade-no/{{out_trade_no}}");
        Router::new()
            .route(&format!("{base}/native"), post(place))
            .route(&format!("{base}/id/{{transaction_id}}"), get(query_by_transaction))
            .route(&by_number, get(query_by_number))
            .route(&format!("{by_number}/close"), post(close))
    };
    orders("/v3/pay/transactions")
        .merge(orders("/v3/pay/partner/transactions"))
        .merge(refunds::routes())
        .merge(errand::routes())
        .fallback(async || StatusCode::NOT_FOUND)
        .layer(middleware::from_fn_with_state(Arc::clone(world), keep::keep))
}

type Held = State<Arc<World>>;

async fn place(State(world): Held, request: Request) -> Response<Body> {
    exchange(&world, Route::Native, request, |arrival, merchant| {
        let caller = Caller::by_path(merchant, &arrival.target);
        let numbers = world.shards.readings().order_number;
        native::read(&json::object(&arrival.body)?, caller, numbers).map(Box::new).map(Ask::Place)
    })
    .await
}

async fn query_by_number(
    State(world): Held,
    asked: path::Asked,
    request: Request,
) -> Response<Body> {
    exchange(&world, Route::Query, request, |arrival, merchant| {
        let number = path::out_trade_no(asked)?;
        let caller = Caller::by_path(merchant, &arrival.target);
        query::read(arrival.query(), caller).map(|party| Ask::ByNumber(party, number))
    })
    .await
}

async fn query_by_transaction(
    State(world): Held,
    asked: path::Asked,
    request: Request,
) -> Response<Body> {
    exchange(&world, Route::Query, request, |arrival, merchant| {
        let id = path::opaque("transaction_id", asked)?;
        let caller = Caller::by_path(merchant, &arrival.target);
        query::read(arrival.query(), caller).map(|party| Ask::ByTransaction(party, id))
    })
    .await
}

async fn close(State(world): Held, asked: path::Asked, request: Request) -> Response<Body> {
    exchange(&world, Route::Close, request, |arrival, merchant| {
        let number = path::out_trade_no(asked)?;
        let caller = Caller::by_path(merchant, &arrival.target);
        close::read(&json::object(&arrival.body)?, caller).map(|party| Ask::Close(party, number))
    })
    .await
}

/// The way of every call: read, verify, check, do, answer; and misbehave where a fault waits.
async fn exchange(
    world: &World,
    route: Route,
    request: Request,
    read: impl FnOnce(&Arrival, &Merchant) -> Result<Ask, Refusal>,
) -> Response<Body> {
    let notes = Notes::of(&request);
    notes.route(route);
    let Some(arrival) = Arrival::read(request).await else {
        return plain(StatusCode::PAYLOAD_TOO_LARGE);
    };
    // A live probe saw these looked for before the signature, but on orders after it (A.1).
    let missing_headers = arrival.missing_headers();
    if let Some(refusal) = missing_headers.as_ref().filter(|_| !arrival.is_about_orders()) {
        return respond(refusal.clone().into(), Proof::Nothing);
    }
    let (now, keyring) = (world.wall_now(), world.keyring());
    let merchant = match authorization::verify(&keyring.merchants, arrival.claim(), now) {
        Ok(merchant) => merchant,
        Err(denied) => return respond(denied.refusal(arrival.claim()).into(), Proof::Nothing),
    };
    if let Some(refusal) = missing_headers {
        return respond(refusal.into(), Proof::Nothing);
    }
    let proof = Proof::Signed(keyring.signs_answer(arrival.header("wechatpay-serial")), now);
    let ask = match read(&arrival, merchant) {
        Ok(ask) => ask,
        Err(refusal) => return respond(refusal.into(), proof),
    };
    let (answer, fault) = perform(world, route, ask).await;
    notes.fault(fault.map(|fault| fault.kind));
    match fault {
        Some(fault) => misbehave(answer, proof, fault),
        None => respond(answer, proof),
    }
}

/// Does what is asked, in one step with taking the fault that waits for it.
async fn perform(world: &World, route: Route, ask: Ask) -> (Answer, Option<Happening>) {
    let pr = dice::letters(9);
    let mut paid_first = None;
    let unknown_is_closed = world.shards.readings().close_unknown == CloseUnknown::Done;
    let ((outcome, fault), ticket) = world.step(ask.whose(), |ledger, now| {
        let fault = ledger.take_fault(route, &ask.out_trade_no(ledger));
        let kind = fault.map(|fault| fault.kind);
        if let Some(answer) = kind.and_then(misbehave::instead) {
            return (Ok(answer), fault);
        }
        let found = |order: Option<&Order>| match order {
            Some(order) => Ok(Answer::json(&transaction::json(order, now))),
            None => Err(Refusal::new(Code::OrderNotExist, result::ORDER_UNKNOWN, "订单不存在")),
        };
        let outcome = match &ask {
            Ask::Place(terms) => match ledger.place(Terms::clone(terms), pr, now) {
                Ok(order) => {
                    let code_url = order.code.url();
                    if kind == Some(Kind::PaidBeforeReply) {
                        paid_first = racing::pay(ledger, &code_url, now);
                    }
                    Ok(Answer::json(&json!({ "code_url": code_url })))
                }
                Err(reason) => Err(not_placed(reason)),
            },
            Ask::ByNumber(party, number) => found(ledger.order(party, number)),
            Ask::ByTransaction(party, id) => found(ledger.order_by_transaction(party, id)),
            Ask::Close(party, number)
                if !unknown_is_closed && ledger.order(party, number).is_none() =>
            {
                found(None)
            }
            Ask::Close(party, number) => {
                if kind == Some(Kind::PaidFirst) {
                    paid_first = racing::pay_by_number(ledger, party, number, now);
                }
                match ledger.close(party, number, now) {
                    Ok(()) => Ok(Answer::done()),
                    Err(_) => {
                        Err(Refusal::new(Code::OrderPaid, result::ORDER_PAID, "该订单已支付"))
                    }
                }
            }
            Ask::Refund(ask) => ask.perform(ledger, now),
        };
        (outcome, fault)
    });
    if ticket.honoured().await.is_err() {
        return (system_error(), None);
    }
    match (paid_first, route) {
        (Some(notification_id), Route::Native) => racing::told(world, &notification_id).await,
        (Some(_), _) => world.bell.notify_one(),
        (None, _) => {}
    }
    (outcome.unwrap_or_else(Answer::from), fault)
}

impl Ask {
    /// What leads to the order that this is about.
    fn whose(&self) -> Whose<'_> {
        match self {
            Self::Place(terms) => {
                Whose::Order { mchid: &terms.party.mchid, out_trade_no: &terms.out_trade_no }
            }
            Self::ByNumber(party, out_trade_no) | Self::Close(party, out_trade_no) => {
                Whose::Order { mchid: &party.mchid, out_trade_no }
            }
            Self::ByTransaction(_, id) => Whose::Transaction(id),
            Self::Refund(ask) => ask.whose(),
        }
    }

    /// The order that this is about; nothing if there is none.
    fn out_trade_no(&self, ledger: &Ledger) -> String {
        match self {
            Self::Place(terms) => Some(terms.out_trade_no.clone()),
            Self::ByNumber(_, number) | Self::Close(_, number) => Some(number.clone()),
            Self::ByTransaction(party, id) => {
                ledger.order_by_transaction(party, id).map(|order| order.terms.out_trade_no.clone())
            }
            Self::Refund(ask) => ask.out_trade_no(ledger),
        }
        .unwrap_or_default()
    }
}

/// Why an order cannot be placed (B.1, "Ordering again", and G.10).
fn not_placed(reason: NotPlaced) -> Refusal {
    let (code, result, message) = match reason {
        NotPlaced::Different => {
            (Code::InvalidRequest, result::ORDER_DIFFERS, "请求重入时，参数与首次请求时不一致")
        }
        NotPlaced::Taken => (Code::OutTradeNoUsed, result::SUB_DIFFERS, "商户订单号重复"),
        NotPlaced::Paid => (Code::InvalidRequest, result::ORDER_PAID, "该订单已支付"),
        NotPlaced::Closed => (Code::OrderClosed, result::ORDER_EXPIRED, "订单已关闭"),
    };
    Refusal::new(code, result, message)
}

fn system_error() -> Answer {
    system_failure().into()
}

fn system_failure() -> Refusal {
    Refusal::new(Code::SystemError, result::PARAMETER, "系统错误")
}

impl Arrival {
    async fn read(request: Request) -> Option<Self> {
        let (parts, body) = request.into_parts();
        let target = parts.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
        let body = axum::body::to_bytes(body, BODY_BYTES_MAX).await.ok()?;
        let method = parts.method.as_str().to_owned();
        let scheme = if parts.extensions.get::<Guest>().is_some() { "https" } else { "http" };
        Some(Self { method, target, headers: parts.headers, body, scheme })
    }

    fn claim(&self) -> Claim<'_> {
        Claim {
            method: &self.method,
            target: &self.target,
            body: &self.body,
            authorization: self.header(header::AUTHORIZATION.as_str()),
        }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    fn is_about_orders(&self) -> bool {
        self.target.starts_with(authorization::ORDERS)
    }

    fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }

    /// `Accept` and `User-Agent` always, `Content-Type` with a body (A.1).
    fn missing_headers(&self) -> Option<Refusal> {
        let has = |name: header::HeaderName| {
            self.header(name.as_str()).is_some_and(|value| !value.is_empty())
        };
        let invalid =
            |message| Some(Refusal::new(Code::InvalidRequest, result::PARAMETER, message));
        if !has(header::ACCEPT) || !has(header::USER_AGENT) {
            return invalid("Http头缺少Accept或User-Agent");
        }
        let json = self.header(header::CONTENT_TYPE.as_str()).is_some_and(|value| {
            let essence = value.split(';').next().unwrap_or_default().trim();
            essence.eq_ignore_ascii_case("application/json")
        });
        if !self.body.is_empty() && !json {
            return invalid("Http头Content-Type须为application/json");
        }
        None
    }
}
