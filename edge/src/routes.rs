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
    /// `POST /v1/checkouts`: the shop wants an amount paid.
    OpenCheckout,
    /// `GET /v1/checkouts/{id}`; the id is parsed after the key was checked.
    ReadCheckout(String),
    /// `POST /v1/checkouts/{id}/cancel`.
    CancelCheckout(String),
    /// `GET /v1/orphans`: payments that nobody here knows.
    Orphans,
    /// `POST /v1/sessions`: a page opens a checkout from the catalogue.
    OpenSession,
    /// `GET /v1/session`.
    ReadSession,
    /// `POST /v1/session/check`: "I have paid".
    CheckSession,
    /// `GET /v1/session/events`: WebSocket.
    SessionEvents,
    /// `POST /wechatpay/v3/notify/transactions`, or `/wechatpay/{profile}/v3/…` for another profile
    /// than the default one.
    PaymentNotification(ProfileName),
    /// `POST /dev/clock`, in builds with the feature `dev-clock` only.
    Clock,
}

/// Who calls a route, and so how the caller is known and whether browsers may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visitor {
    /// A page on an allowed origin: CORS, client token.
    Browser,
    /// The shop's server: secret key, no CORS.
    Shop,
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

/// Finds the way of `method` and the raw `path` (no query).
pub fn find(method: &str, path: &str) -> Way {
    let Some(route) = at(path) else { return Way::Nowhere };
    let visitor = route.visitor();
    let allow = if route.reads() { READS } else { WRITES };
    match method {
        "OPTIONS" => Way::Options { allow, visitor },
        // The runtime drops the body of an answer to HEAD.
        "GET" | "HEAD" if route.reads() => Way::To(route),
        "POST" if !route.reads() => Way::To(route),
        _ => Way::WrongMethod { allow, visitor },
    }
}

/// Every path has one method that does something.
fn at(path: &str) -> Option<Route> {
    let segments: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
    Some(match segments.as_slice() {
        ["v1", "products"] => Route::Products,
        ["v1", "checkouts"] => Route::OpenCheckout,
        ["v1", "checkouts", ""] => return None,
        ["v1", "checkouts", id] => Route::ReadCheckout((*id).to_owned()),
        ["v1", "checkouts", id, "cancel"] => Route::CancelCheckout((*id).to_owned()),
        ["v1", "orphans"] => Route::Orphans,
        ["v1", "sessions"] => Route::OpenSession,
        ["v1", "session"] => Route::ReadSession,
        ["v1", "session", "check"] => Route::CheckSession,
        ["v1", "session", "events"] => Route::SessionEvents,
        ["wechatpay", "v3", "notify", what] => notification(ProfileName::default(), what)?,
        ["wechatpay", profile, "v3", "notify", what] => notification(other(profile)?, what)?,
        ["dev", "clock"] if cfg!(feature = "dev-clock") => Route::Clock,
        _ => return None,
    })
}

fn notification(profile: ProfileName, what: &str) -> Option<Route> {
    match what {
        "transactions" => Some(Route::PaymentNotification(profile)),
        _ => None,
    }
}

/// The default profile has the address without a name, and no second one.
fn other(profile: &str) -> Option<ProfileName> {
    ProfileName::parse(profile).ok().filter(|name| !name.is_default())
}

impl Route {
    /// Whether the route's one method is `GET` (the others have `POST`).
    const fn reads(&self) -> bool {
        match self {
            Self::Products
            | Self::ReadCheckout(_)
            | Self::Orphans
            | Self::ReadSession
            | Self::SessionEvents => true,
            Self::OpenCheckout
            | Self::CancelCheckout(_)
            | Self::OpenSession
            | Self::CheckSession
            | Self::PaymentNotification(_)
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
            | Self::SessionEvents => Visitor::Browser,
            Self::OpenCheckout
            | Self::ReadCheckout(_)
            | Self::CancelCheckout(_)
            | Self::Orphans => Visitor::Shop,
            Self::PaymentNotification(_) => Visitor::Platform,
            Self::Clock => Visitor::Developer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "chk_abcdefghijklmnopqrst";

    #[test]
    fn every_route_is_found_by_its_one_method() {
        let id = || ID.to_owned();
        let table = [
            ("GET", "/v1/products".to_owned(), Route::Products),
            ("POST", "/v1/checkouts".to_owned(), Route::OpenCheckout),
            ("GET", format!("/v1/checkouts/{ID}"), Route::ReadCheckout(id())),
            ("POST", format!("/v1/checkouts/{ID}/cancel"), Route::CancelCheckout(id())),
            ("GET", "/v1/orphans".to_owned(), Route::Orphans),
            ("POST", "/v1/sessions".to_owned(), Route::OpenSession),
            ("GET", "/v1/session".to_owned(), Route::ReadSession),
            ("POST", "/v1/session/check".to_owned(), Route::CheckSession),
            ("GET", "/v1/session/events".to_owned(), Route::SessionEvents),
            (
                "POST",
                "/wechatpay/v3/notify/transactions".to_owned(),
                Route::PaymentNotification(ProfileName::default()),
            ),
            (
                "POST",
                "/wechatpay/acme/v3/notify/transactions".to_owned(),
                Route::PaymentNotification(ProfileName::parse("acme").unwrap()),
            ),
        ];
        for (method, path, route) in table {
            assert_eq!(find(method, &path), Way::To(route.clone()), "{method} {path}");
            let (other, allow) = if method == "GET" { ("POST", READS) } else { ("GET", WRITES) };
            let visitor = route.visitor();
            assert_eq!(find(other, &path), Way::WrongMethod { allow, visitor }, "{path}");
            assert_eq!(find("DELETE", &path), Way::WrongMethod { allow, visitor }, "{path}");
            assert_eq!(find("OPTIONS", &path), Way::Options { allow, visitor }, "{path}");
        }
    }

    #[test]
    fn head_goes_where_get_goes() {
        assert_eq!(find("HEAD", "/v1/products"), find("GET", "/v1/products"));
    }

    #[test]
    fn other_spellings_lead_nowhere() {
        for path in [
            "",
            "/",
            "/v1",
            "/v1/",
            "/v1/products/",
            "//v1/products",
            "/V1/products",
            "/v1/%70roducts",
            "/v1/session/events/x",
            "/v1/checkouts/",
            "/v1/checkouts/a/b/cancel",
            "/wechatpay/v2/notify/transactions",
            "/wechatpay/default/v3/notify/transactions",
            "/wechatpay/Acme/v3/notify/transactions",
            "/wechatpay/acme/v3/notify/others",
            "/pay/x",
        ] {
            assert_eq!(find("GET", path), Way::Nowhere, "{path}");
            assert_eq!(find("POST", path), Way::Nowhere, "{path}");
        }
    }

    #[test]
    fn the_clock_exists_in_development_builds_only() {
        let expected =
            if cfg!(feature = "dev-clock") { Way::To(Route::Clock) } else { Way::Nowhere };
        assert_eq!(find("POST", "/dev/clock"), expected);
    }
}
