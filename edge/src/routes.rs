//! Method and path to a route, and who may call it. Exact matches on the raw path: nothing is
//! decoded, so nothing can be spelled in two ways.
//!
//! What is not below `/v1/`, `/wechatpay/`, `/pay/` or `/dev/` never gets here: the static assets
//! answer it.

use checkout::id::ProfileName;

/// Something that this Worker does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// `GET /v1/products`: the catalogue.
    Products,
    /// `GET /v1/products/{id}/code`: what a printed code of the product says; also of a checkout.
    ProductLink(String),
    /// `GET /v1/products/{id}/code.svg`: the same as a picture.
    ProductPicture(String),
    /// `GET /v1/checkouts`: a page of them, by what is asked for.
    ListCheckouts,
    /// `GET /v1/dead-letters`: checkouts of which something was given up.
    DeadLetters,
    /// `POST /v1/checkouts`: the shop wants an amount paid.
    OpenCheckout,
    /// `GET /v1/checkouts/{id}`; the id is parsed after the key was checked.
    ReadCheckout(String),
    /// `POST /v1/checkouts/{id}/cancel`.
    CancelCheckout(String),
    /// `POST /v1/checkouts/{id}/resolve`: the operator decides about a payment that was set aside.
    ResolveCheckout(String),
    /// `GET /v1/checkouts/{id}/history`: what happened when.
    ReadHistory(String),
    /// `GET /v1/checkouts/{id}/refunds`.
    ListRefunds(String),
    /// `POST /v1/checkouts/{id}/refunds`: the shop gives money back.
    OpenRefund(String),
    /// `GET /v1/refunds/{out_refund_no}`.
    ReadRefund(String),
    /// `POST /v1/refunds/{out_refund_no}/abnormal`: another way for money that could not reach the
    /// payer.
    RedirectRefund(String),
    /// `GET /v1/checkouts/{id}/events`: what the shop was told, and is to be told.
    ListEvents(String),
    /// `POST /v1/checkouts/{id}/events/{event}/resend`: the operator has the shop told again.
    ResendEvent {
        /// Whose event.
        checkout: String,
        /// Which one.
        event: String,
    },
    /// `POST /v1/checkouts/{id}/redrive`: the operator has tried again whatever was given up.
    Redrive(String),
    /// `POST /v1/refunds/{out_refund_no}/resolve`: the operator accepts what the platform tells of it.
    ResolveRefund(String),
    /// `GET /v1/orphans`: payments and refunds that nobody here knows.
    Orphans,
    /// `GET /v1/bills/trade`: a day's payments and refunds, from the platform.
    TradeBill,
    /// `GET /v1/bills/fund-flow`: what moved on an account that day.
    FundFlowBill,
    /// `GET /v1/reconciliations`: the days that were looked at.
    Reconciliations,
    /// `GET /v1/reconciliations/{date}`: how a day stands.
    ReadReconciliation(String),
    /// `POST /v1/reconciliations/{date}`: a day is to be looked at, again if need be.
    Reconcile(String),
    /// `GET /v1/index/rebuild`: how the rebuild of the index stands.
    ReadRebuild,
    /// `POST /v1/index/rebuild`: every checkout writes its row of the index again.
    Rebuild,
    /// `POST /v1/sessions`: a page opens a checkout from the catalogue.
    OpenSession,
    /// `GET /v1/session`.
    ReadSession,
    /// `POST /v1/session/check`: "I have paid".
    CheckSession,
    /// `POST /v1/session/renew`: a fresh code, also for another phone.
    RenewSession,
    /// `GET /v1/session/events`: WebSocket.
    SessionEvents,
    /// `GET /pay/{token}`: the hosted page. The token is looked into by whoever serves it.
    PayPage(String),
    /// `GET /pay/{token}/qr.svg`: its code as a picture.
    PayPicture(String),
    /// `POST /pay/{token}/check`: "I have paid", as a form.
    PayCheck(String),
    /// `POST /pay/{token}/renew`: a fresh code, as a form.
    PayRenew(String),
    /// `POST /wechatpay/v3/notify/transactions` and `…/refunds`, or `/wechatpay/{profile}/v3/…` for
    /// another profile than the default one. What is told stands inside.
    Notification(ProfileName),
    /// `POST /wechatpay/v2/notify/transactions`, or another profile's: a payment, as V2 tells it.
    PaymentNotice(ProfileName),
    /// `POST /wechatpay/v2/notify/refunds`, or another profile's: V2 tells of a refund. Merchants who
    /// set this address at the platform hear of APIv3 refunds here too (protocol reference J.9).
    RefundNotice(ProfileName),
    /// `POST /wechatpay/v2/native`, or another profile's: somebody has scanned a printed code.
    NativeCallback(ProfileName),
    /// `POST /v1/doctor`: is everything in its place?
    Doctor,
    /// `POST /v1/wechatpay`: a signed call by hand.
    RawCall,
    /// `POST /dev/clock`, in builds with the feature `dev-clock` only.
    Clock,
}

/// Who calls a route, and so how the caller is known and whether browsers may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visitor {
    /// A page on an allowed origin: CORS, client token.
    Browser,
    /// A shopper's browser at the hosted page: no CORS, client token in the path.
    Shopper,
    /// The shop's server: secret key, no CORS.
    Shop,
    /// Who runs the deployment: operator key, no CORS.
    Operator,
    /// WeChat Pay: a signature.
    Platform,
    /// A developer's own machine.
    Developer,
}

/// What becomes of a request line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// Serve it.
    To(Route),
    /// `OPTIONS`: say what is allowed.
    Options {
        /// The value of `Allow`.
        allow: &'static str,
        /// Whether a preflight may succeed here.
        visitor: Visitor,
    },
    /// The path exists, the method does not.
    WrongMethod {
        /// The value of `Allow`.
        allow: &'static str,
        /// Whether the refusal may be read by a page.
        visitor: Visitor,
    },
    /// No such path.
    Nowhere,
}

const READS: &str = "GET, HEAD, OPTIONS";
const WRITES: &str = "POST, OPTIONS";
const BOTH: &str = "GET, HEAD, POST, OPTIONS";

/// Finds the way of `method` and the raw `path` (no query).
pub fn find(method: &str, path: &str) -> Way {
    let Some(route) = at(path) else { return Way::Nowhere };
    let visitor = route.visitor();
    let written = route.written();
    let allow = match (&written, route.reads()) {
        (Some(_), _) => BOTH,
        (None, true) => READS,
        (None, false) => WRITES,
    };
    match method {
        "OPTIONS" => Way::Options { allow, visitor },
        // The runtime drops the body of an answer to HEAD.
        "GET" | "HEAD" if route.reads() => Way::To(route),
        "POST" if !route.reads() => Way::To(route),
        "POST" => written.map_or(Way::WrongMethod { allow, visitor }, Way::To),
        _ => Way::WrongMethod { allow, visitor },
    }
}

/// Whether WeChat Pay calls `path` in XML, and reads the answer so.
pub fn speaks_v2(path: &str) -> bool {
    let route = at(path);
    matches!(
        route,
        Some(Route::PaymentNotice(_) | Route::RefundNotice(_) | Route::NativeCallback(_))
    )
}

/// Every path has one method that does something; where it has two, this is what `GET` does.
fn at(path: &str) -> Option<Route> {
    let segments: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
    Some(match segments.as_slice() {
        ["v1", "products"] => Route::Products,
        ["v1", "products", "", _] => return None,
        ["v1", "products", id, "code"] => Route::ProductLink((*id).to_owned()),
        ["v1", "products", id, "code.svg"] => Route::ProductPicture((*id).to_owned()),
        ["v1", "checkouts"] => Route::ListCheckouts,
        ["v1", "dead-letters"] => Route::DeadLetters,
        ["v1", "checkouts", ""] => return None,
        ["v1", "checkouts", id] => Route::ReadCheckout((*id).to_owned()),
        ["v1", "checkouts", id, "cancel"] => Route::CancelCheckout((*id).to_owned()),
        ["v1", "checkouts", id, "resolve"] => Route::ResolveCheckout((*id).to_owned()),
        ["v1", "checkouts", id, "history"] => Route::ReadHistory((*id).to_owned()),
        ["v1", "checkouts", id, "refunds"] => Route::ListRefunds((*id).to_owned()),
        ["v1", "checkouts", id, "events"] => Route::ListEvents((*id).to_owned()),
        ["v1", "checkouts", id, "events", event, "resend"] => {
            let (checkout, event) = ((*id).to_owned(), (*event).to_owned());
            Route::ResendEvent { checkout, event }
        }
        ["v1", "checkouts", id, "redrive"] => Route::Redrive((*id).to_owned()),
        ["v1", "refunds", ""] => return None,
        ["v1", "refunds", number] => Route::ReadRefund((*number).to_owned()),
        ["v1", "refunds", number, "abnormal"] => Route::RedirectRefund((*number).to_owned()),
        ["v1", "refunds", number, "resolve"] => Route::ResolveRefund((*number).to_owned()),
        ["v1", "orphans"] => Route::Orphans,
        ["v1", "doctor"] => Route::Doctor,
        ["v1", "wechatpay"] => Route::RawCall,
        ["v1", "bills", "trade"] => Route::TradeBill,
        ["v1", "bills", "fund-flow"] => Route::FundFlowBill,
        ["v1", "reconciliations"] => Route::Reconciliations,
        ["v1", "reconciliations", ""] => return None,
        ["v1", "reconciliations", date] => Route::ReadReconciliation((*date).to_owned()),
        ["v1", "index", "rebuild"] => Route::ReadRebuild,
        ["v1", "sessions"] => Route::OpenSession,
        ["v1", "session"] => Route::ReadSession,
        ["v1", "session", "check"] => Route::CheckSession,
        ["v1", "session", "renew"] => Route::RenewSession,
        ["v1", "session", "events"] => Route::SessionEvents,
        ["pay", ""] => return None,
        ["pay", token] => Route::PayPage((*token).to_owned()),
        ["pay", token, "qr.svg"] => Route::PayPicture((*token).to_owned()),
        ["pay", token, "check"] => Route::PayCheck((*token).to_owned()),
        ["pay", token, "renew"] => Route::PayRenew((*token).to_owned()),
        ["wechatpay", ..] => return of_platform(&segments),
        ["dev", "clock"] if cfg!(feature = "dev-clock") => Route::Clock,
        _ => return None,
    })
}

/// Where WeChat Pay calls.
fn of_platform(segments: &[&str]) -> Option<Route> {
    Some(match segments {
        ["wechatpay", "v3", "notify", what] => notification(ProfileName::default(), what)?,
        ["wechatpay", profile, "v3", "notify", what] => notification(other(profile)?, what)?,
        ["wechatpay", "v2", "notify", what] => notice(ProfileName::default(), what)?,
        ["wechatpay", profile, "v2", "notify", what] => notice(other(profile)?, what)?,
        ["wechatpay", "v2", "native"] => Route::NativeCallback(ProfileName::default()),
        ["wechatpay", profile, "v2", "native"] => Route::NativeCallback(other(profile)?),
        _ => return None,
    })
}

fn notification(profile: ProfileName, what: &str) -> Option<Route> {
    match what {
        "transactions" | "refunds" => Some(Route::Notification(profile)),
        _ => None,
    }
}

/// V2 seals refunds and signs payments, so that each has to be known before it is read.
fn notice(profile: ProfileName, what: &str) -> Option<Route> {
    match what {
        "transactions" => Some(Route::PaymentNotice(profile)),
        "refunds" => Some(Route::RefundNotice(profile)),
        _ => None,
    }
}

/// The default profile has the address without a name, and no second one.
fn other(profile: &str) -> Option<ProfileName> {
    ProfileName::parse(profile).ok().filter(|name| !name.is_default())
}

impl Route {
    /// What `POST` does to the same path, where that is something else.
    fn written(&self) -> Option<Self> {
        match self {
            Self::ListRefunds(id) => Some(Self::OpenRefund(id.clone())),
            Self::ListCheckouts => Some(Self::OpenCheckout),
            Self::ReadReconciliation(date) => Some(Self::Reconcile(date.clone())),
            Self::ReadRebuild => Some(Self::Rebuild),
            _ => None,
        }
    }

    /// Whether the route's one method is `GET` (the others have `POST`).
    const fn reads(&self) -> bool {
        match self {
            Self::Products
            | Self::ProductLink(_)
            | Self::ProductPicture(_)
            | Self::ListCheckouts
            | Self::DeadLetters
            | Self::ReadCheckout(_)
            | Self::ReadHistory(_)
            | Self::ListRefunds(_)
            | Self::ReadRefund(_)
            | Self::ListEvents(_)
            | Self::Orphans
            | Self::TradeBill
            | Self::FundFlowBill
            | Self::Reconciliations
            | Self::ReadReconciliation(_)
            | Self::ReadRebuild
            | Self::ReadSession
            | Self::SessionEvents
            | Self::PayPage(_)
            | Self::PayPicture(_) => true,
            Self::OpenCheckout
            | Self::Reconcile(_)
            | Self::Rebuild
            | Self::CancelCheckout(_)
            | Self::ResolveCheckout(_)
            | Self::OpenRefund(_)
            | Self::RedirectRefund(_)
            | Self::ResendEvent { .. }
            | Self::Redrive(_)
            | Self::ResolveRefund(_)
            | Self::OpenSession
            | Self::CheckSession
            | Self::RenewSession
            | Self::PayCheck(_)
            | Self::PayRenew(_)
            | Self::Notification(_)
            | Self::PaymentNotice(_)
            | Self::RefundNotice(_)
            | Self::NativeCallback(_)
            | Self::Doctor
            | Self::RawCall
            | Self::Clock => false,
        }
    }

    /// Who calls it.
    pub const fn visitor(&self) -> Visitor {
        match self {
            Self::Products
            | Self::OpenSession
            | Self::ReadSession
            | Self::CheckSession
            | Self::RenewSession
            | Self::SessionEvents => Visitor::Browser,
            Self::PayPage(_) | Self::PayPicture(_) | Self::PayCheck(_) | Self::PayRenew(_) => {
                Visitor::Shopper
            }
            Self::ListCheckouts
            | Self::DeadLetters
            | Self::OpenCheckout
            | Self::ReadCheckout(_)
            | Self::ReadHistory(_)
            | Self::CancelCheckout(_)
            | Self::ListRefunds(_)
            | Self::OpenRefund(_)
            | Self::ReadRefund(_)
            | Self::RedirectRefund(_)
            | Self::ListEvents(_)
            | Self::Orphans
            | Self::TradeBill
            | Self::FundFlowBill
            | Self::Reconciliations
            | Self::ReadReconciliation(_)
            | Self::Reconcile(_) => Visitor::Shop,
            Self::Doctor
            | Self::RawCall
            | Self::ProductLink(_)
            | Self::ProductPicture(_)
            | Self::ResolveCheckout(_)
            | Self::ResolveRefund(_)
            | Self::ResendEvent { .. }
            | Self::Redrive(_)
            | Self::ReadRebuild
            | Self::Rebuild => Visitor::Operator,
            Self::Notification(_)
            | Self::PaymentNotice(_)
            | Self::RefundNotice(_)
            | Self::NativeCallback(_) => Visitor::Platform,
            Self::Clock => Visitor::Developer,
        }
    }
}

#[cfg(test)]
mod tests;
