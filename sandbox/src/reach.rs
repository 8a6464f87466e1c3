//! Where this machine is, seen from a container.
//!
//! A shop in development is told at an address of this very machine, `http://127.0.0.1:8000/notify`.
//! For a sandbox in a container that address is the container. So whoever runs it there may say by
//! which name the machine is reached, and messages to the machine's own addresses go to that name;
//! the `Host` header, the rules for addresses and every signature stay as they are.

use axum::http::Uri;
use axum::http::uri::Authority;

use crate::client::Message;
use crate::v3::notify_url::is_loopback;

/// The same message, led to `host` if it is for this machine.
pub fn led_to(mut message: Message, host: Option<&str>) -> Message {
    let Some(host) = host else { return message };
    if let Some((url, authority)) = led(&message.url, host) {
        message.url = url;
        message.headers.push(("host", authority));
    }
    message
}

/// The address with another host, and the authority that it had.
fn led(url: &str, host: &str) -> Option<(String, String)> {
    let mut parts = url.parse::<Uri>().ok()?.into_parts();
    let authority = parts.authority.filter(|authority| is_loopback(authority.host()))?;
    let port = authority.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
    parts.authority = Some(Authority::try_from(format!("{host}{port}")).ok()?);
    Some((Uri::from_parts(parts).ok()?.to_string(), authority.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machines_own_addresses_are_led_elsewhere() {
        for (url, expected, authority) in [
            ("http://127.0.0.1:8000/n", "http://outside:8000/n", "127.0.0.1:8000"),
            ("http://localhost/n", "http://outside/n", "localhost"),
            ("http://[::1]:8000/n", "http://outside:8000/n", "[::1]:8000"),
        ] {
            assert_eq!(led(url, "outside"), Some((expected.to_owned(), authority.to_owned())));
        }
        for url in ["https://pay.example.com/n", "http://10.0.0.1/n", "/n", "not an address"] {
            assert_eq!(led(url, "outside"), None, "{url}");
        }
        assert_eq!(led("http://127.0.0.1/n", "no host"), None);
    }
}
