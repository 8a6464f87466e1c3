//! Where notifications may go (protocol reference C.4).
//!
//! The platform wants https, no query, no fragment, no login, 255 characters at most. The
//! sandbox's one leniency: plain http is taken when the host is this very machine.

use std::net::IpAddr;

use hyper::Uri;

/// Longest address, in characters.
pub const CHARS_MAX: usize = 255;

/// Whether notifications may be sent there.
pub fn is_allowed(text: &str) -> bool {
    if !text.is_ascii() || text.contains(['?', '#']) {
        return false;
    }
    let Ok(uri) = text.parse::<Uri>() else { return false };
    // A login stands before the host; in a path an `@` is a letter like any other.
    if uri.authority().is_none_or(|authority| authority.as_str().contains('@')) {
        return false;
    }
    let host = uri.host().unwrap_or_default();
    match uri.scheme_str() {
        Some("https") => !host.is_empty(),
        Some("http") => is_loopback(host),
        _ => false,
    }
}

/// Whether a host name or address means this machine.
pub fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_keep_the_platforms_rules_but_for_this_machine() {
        for good in [
            "https://pay.example.com/wechat/notify",
            "https://pay.example.com:8443/n",
            "https://pay.example.com/@shop/n",
            "http://127.0.0.1:8787/wechatpay/v3/notify/transactions",
            "http://localhost/n",
            "http://[::1]:8787/n",
        ] {
            assert!(is_allowed(good), "{good}");
        }
        for bad in [
            "",
            "pay.example.com/n",
            "http://pay.example.com/n",
            "http://127.0.0.1.example.com/n",
            "http://localhost.example.com/n",
            "https://pay.example.com/n?order=1",
            "https://pay.example.com/n#x",
            "https://user:secret@pay.example.com/n",
            "https://@pay.example.com/n",
            "ftp://127.0.0.1/n",
            "https:///n",
            "https://支付.example.com/n",
        ] {
            assert!(!is_allowed(bad), "{bad}");
        }
    }
}
