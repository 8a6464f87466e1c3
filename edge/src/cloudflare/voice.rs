//! In whose words a refusal is told: to a program as a problem document, at the hosted page to a
//! person, in the place of a picture as one, and to WeChat Pay over V2 in XML.

use wechatpay::v2::notification::fail;
use worker::{Request, Response};

use super::reply;
use crate::pay_page::{Guest, blank, refusal};
use crate::problem::Problem;
use crate::routes::speaks_v2;

/// The media type of a page.
pub(crate) const HTML: &str = "text/html; charset=utf-8";
/// The media type of whatever is said over V2.
pub(crate) const XML: &str = "text/xml";
/// The media type of a picture.
pub(crate) const SVG: &str = "image/svg+xml";

/// What a hosted page may load and do: its own sheet, script and pictures, and its own forms. WebAssembly
/// may be compiled, for the widget; nothing is built of strings.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
                      img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'; require-trusted-types-for 'script'; \
                      trusted-types 'none'";

/// Below this path people read the answers.
const PAGES: &str = "/pay/";

/// Whoever reads a refusal.
pub(crate) enum Voice {
    /// A program.
    Program,
    /// A person.
    Person {
        /// What stands in the address as a token.
        token: String,
        /// Who it is.
        guest: Guest,
    },
    /// An `<img>`.
    Picture,
    /// WeChat Pay, over V2.
    Platform,
}

impl Voice {
    /// Who reads the answer to `request`.
    pub(crate) fn of(request: &Request) -> Self {
        let path = request.path();
        if speaks_v2(&path) {
            return Self::Platform;
        }
        let Some(rest) = path.strip_prefix(PAGES) else { return Self::Program };
        match rest.split_once('/') {
            Some((_, "qr.svg")) => Self::Picture,
            Some((token, _)) => Self::Person { token: token.to_owned(), guest: guest(request) },
            None => Self::Person { token: rest.to_owned(), guest: guest(request) },
        }
    }

    /// Says it.
    pub(crate) fn refuse(&self, problem: &Problem) -> Response {
        match self {
            Self::Program => reply::problem(problem),
            Self::Person { token, guest } => {
                let page = refusal(problem, token, guest);
                let mut response = reply::refused(problem, HTML, page);
                dress(&mut response, guest);
                response
            }
            Self::Picture => {
                let mut response = reply::refused(problem, SVG, blank());
                lend(&mut response);
                response
            }
            Self::Platform => {
                let words = String::from_utf8(fail(&problem.detail)).unwrap_or_default();
                reply::refused(problem, XML, words)
            }
        }
    }
}

/// Who looks at the page.
pub(crate) fn guest(request: &Request) -> Guest {
    let url = request.url().ok();
    let query = url.as_ref().and_then(|url| url.query()).unwrap_or_default();
    let header = |name| request.headers().get(name).ok().flatten();
    Guest::read(query, header("Accept-Language").as_deref(), header("User-Agent").as_deref())
}

/// The headers of a page, beside those of every answer.
pub(crate) fn dress(response: &mut Response, guest: &Guest) {
    reply::set(response, "Content-Security-Policy", POLICY);
    reply::set(response, "Content-Language", guest.language.tag());
    reply::set(response, "X-Robots-Tag", "noindex");
}

/// The headers of a picture, which a shop's own page may show.
pub(crate) fn lend(response: &mut Response) {
    reply::set(response, "Cross-Origin-Resource-Policy", "cross-origin");
    reply::set(response, "X-Robots-Tag", "noindex");
}
