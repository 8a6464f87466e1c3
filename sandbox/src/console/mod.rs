//! The page at `/`: a phone that a person can click, and beside it all that happened.
//!
//! A handful of files, built in, nothing from elsewhere. The page drives the same control surface
//! as any test and shows merchants' texts, so the policy below forbids every script but its own,
//! and `js/draw.js` writes text as text.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, header};
use axum::routing::get;

use crate::world::World;

/// The pictures are the icon, which is in the page, and the orders' codes, which are ours.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

const PAGE: (&str, &str) = ("text/html; charset=utf-8", include_str!("index.html"));

/// Each file of the page: its address, what it is, its text.
const FILES: &[(&str, &str, &str)] = &[
    style("/console/base.css", include_str!("css/base.css")),
    style("/console/phone.css", include_str!("css/phone.css")),
    style("/console/sections.css", include_str!("css/sections.css")),
    script("/console/address.js", include_str!("js/address.js")),
    script("/console/addresses.js", include_str!("js/addresses.js")),
    script("/console/ask.js", include_str!("js/ask.js")),
    script("/console/bills.js", include_str!("js/bills.js")),
    script("/console/doing.js", include_str!("js/doing.js")),
    script("/console/draw.js", include_str!("js/draw.js")),
    script("/console/faults.js", include_str!("js/faults.js")),
    script("/console/feed.js", include_str!("js/feed.js")),
    script("/console/fetched.js", include_str!("js/fetched.js")),
    script("/console/main.js", include_str!("js/main.js")),
    script("/console/merchants.js", include_str!("js/merchants.js")),
    script("/console/message.js", include_str!("js/message.js")),
    script("/console/notifications.js", include_str!("js/notifications.js")),
    script("/console/orders.js", include_str!("js/orders.js")),
    script("/console/phone.js", include_str!("js/phone.js")),
    script("/console/pieces.js", include_str!("js/pieces.js")),
    script("/console/platform.js", include_str!("js/platform.js")),
    script("/console/refunds.js", include_str!("js/refunds.js")),
    script("/console/request.js", include_str!("js/request.js")),
    script("/console/requests.js", include_str!("js/requests.js")),
    script("/console/scans.js", include_str!("js/scans.js")),
    script("/console/scenarios.js", include_str!("js/scenarios.js")),
    script("/console/signature.js", include_str!("js/signature.js")),
    script("/console/words.js", include_str!("js/words.js")),
    script("/console/xml.js", include_str!("js/xml.js")),
];

const fn style(
    path: &'static str,
    text: &'static str,
) -> (&'static str, &'static str, &'static str) {
    (path, "text/css; charset=utf-8", text)
}

const fn script(
    path: &'static str,
    text: &'static str,
) -> (&'static str, &'static str, &'static str) {
    (path, "text/javascript; charset=utf-8", text)
}

/// The page, its styles, its scripts.
pub fn routes() -> Router<Arc<World>> {
    let page = Router::new().route("/", get(async || file(PAGE.0, PAGE.1)));
    FILES.iter().fold(page, |router, &(path, content_type, text)| {
        router.route(path, get(async move || file(content_type, text)))
    })
}

fn file(content_type: &'static str, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    let set: [(HeaderName, &'static str); 6] = [
        (header::CONTENT_TYPE, content_type),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-cache"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    for (name, value) in set {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file that is imported and not served would be a page that does nothing.
    #[test]
    fn every_file_that_the_page_names_is_served() {
        let served: Vec<&str> = FILES.iter().map(|(path, ..)| *path).collect();
        let named = PAGE.1.split(['"', '\'']).filter(|part| part.starts_with("/console/"));
        let texts = FILES.iter().flat_map(|(.., text)| text.split('"'));
        let imported = texts.filter_map(|part| part.strip_prefix("./")).map(str::to_owned);
        let named = named.map(str::to_owned);
        let wanted = named.chain(imported.map(|name| format!("/console/{name}")));
        let wanted: Vec<String> = wanted.collect();
        assert!(wanted.len() > FILES.len(), "the walk has lost its way");
        for path in wanted {
            assert!(served.contains(&path.as_str()), "{path} is not served");
        }
    }
}
