//! Keeps the web out of the control surface.
//!
//! The surface has no password, so any page in a browser on this machine could try to drive it.
//! A request from a foreign page carries an `Origin` or `Sec-Fetch-Site` that tells; a page whose
//! name was re-bound to this machine's address carries that name in `Host`. Neither gets in.
//! Programs send none of these and are welcome; the console is same-origin.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Response, StatusCode, header};
use axum::middleware::Next;

use super::{Problem, respond};
use crate::v3::notify_url::is_loopback;
use crate::world::World;

/// Lets a request through or answers 403.
pub async fn check(
    State(world): State<Arc<World>>,
    request: Request,
    next: Next,
) -> Response<Body> {
    match verdict(request.headers(), &world.control_hosts) {
        Ok(()) => next.run(request).await,
        Err(message) => {
            respond(Err(Problem::new(StatusCode::FORBIDDEN, "foreign_request", message)))
        }
    }
}

fn verdict(headers: &HeaderMap, allowed_hosts: &[String]) -> Result<(), &'static str> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let host = text(header::HOST.as_str()).unwrap_or_default();
    let name = host_name(host);
    if !is_loopback(name) && !allowed_hosts.iter().any(|allowed| allowed == name) {
        return Err("the Host header does not name this machine");
    }
    if text("sec-fetch-site").is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return Err("a web page of another origin may not drive the sandbox");
    }
    match text(header::ORIGIN.as_str()) {
        Some(origin) if origin != format!("http://{host}") => {
            Err("a web page of another origin may not drive the sandbox")
        }
        _ => Ok(()),
    }
}

/// The name under which a request that came through knows us. Only an address that can be written
/// anywhere is repeated.
pub(super) fn host_of(headers: &HeaderMap) -> &str {
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte));
    if plain && !host.is_empty() { host } else { "localhost" }
}

/// A `Host` header without its port.
fn host_name(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(headers: &[(&'static str, &str)]) -> bool {
        let headers = headers
            .iter()
            .map(|(name, value)| (header::HeaderName::from_static(name), value.parse().unwrap()));
        verdict(&headers.collect(), &["sandbox.test".to_owned()]).is_ok()
    }

    #[test]
    fn programs_and_the_console_get_in() {
        assert!(judge(&[("host", "127.0.0.1:8788")]));
        assert!(judge(&[("host", "localhost:8788")]));
        assert!(judge(&[("host", "[::1]:8788")]));
        assert!(judge(&[("host", "sandbox.test:8788")]));
        assert!(judge(&[
            ("host", "127.0.0.1:8788"),
            ("origin", "http://127.0.0.1:8788"),
            ("sec-fetch-site", "same-origin"),
        ]));
    }

    #[test]
    fn foreign_pages_and_rebound_names_do_not() {
        assert!(!judge(&[]));
        assert!(!judge(&[("host", "evil.example:8788")]));
        assert!(!judge(&[("host", "127.0.0.1.evil.example")]));
        for origin in ["http://127.0.0.1:8787", "https://evil.example", "null"] {
            assert!(!judge(&[("host", "127.0.0.1:8788"), ("origin", origin)]), "{origin}");
        }
        for site in ["cross-site", "same-site"] {
            assert!(!judge(&[("host", "127.0.0.1:8788"), ("sec-fetch-site", site)]), "{site}");
        }
    }
}
