//! HTTP as data: the shell carries, this crate means.
//!
//! Deliberately small. A target is kept exactly as it goes over the wire, because it is signed; a
//! body is bytes, because bytes are signed; nothing here decodes, trims or re-encodes.

use core::fmt;
use std::collections::BTreeMap;

/// What the platform's endpoints are called with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Changes.
    Post,
}

impl Method {
    /// The method as it is sent and signed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// A call to be signed and sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `GET` or `POST`.
    pub method: Method,
    /// Path and query, percent-encoded, exactly as sent. The signature covers no host name.
    pub target: String,
    /// Exactly as sent; empty for none.
    pub body: Vec<u8>,
}

/// A [`Request`] with what authorises it: headers in APIv3, fields of its body in V2. Only
/// [`crate::v3::sign::sign`] and [`crate::v2::draft::sign_call`] make one.
///
/// It has no `Debug` and no `Clone`: it is meant to be sent, once, soon.
pub struct Signed {
    request: Request,
    headers: Vec<(&'static str, String)>,
    certified: bool,
}

impl Signed {
    pub(crate) const fn new(request: Request, headers: Vec<(&'static str, String)>) -> Self {
        Self { request, headers, certified: false }
    }

    /// The same, where the platform also asks for the merchant's certificate.
    pub(crate) fn with_certificate(self) -> Self {
        Self { certified: true, ..self }
    }

    /// Whether the connection must show the merchant's certificate (V2's refunds and fund flow,
    /// protocol reference D.6, D.11).
    pub const fn needs_certificate(&self) -> bool {
        self.certified
    }

    /// What was signed: send it unchanged.
    pub const fn request(&self) -> &Request {
        &self.request
    }

    /// Every header to send besides `Host` and `Content-Length`.
    pub fn headers(&self) -> &[(&'static str, String)] {
        &self.headers
    }

    /// Both, for a shell that needs to own them.
    pub fn into_parts(self) -> (Request, Vec<(&'static str, String)>) {
        (self.request, self.headers)
    }
}

/// What we call ourselves; APIv3 refuses a call without a name (protocol reference A.1).
pub(crate) const USER_AGENT: &str = concat!("saoma/", env!("CARGO_PKG_VERSION"));

/// Headers of a message that came in. Names are case-insensitive; a repeated one is joined by a
/// comma and a space, as browsers and Workers do, so that two signatures never look like one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(BTreeMap<String, String>);

impl Headers {
    /// The header's value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(&name.to_ascii_lowercase()).map(String::as_str)
    }
}

impl FromIterator<(String, String)> for Headers {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        let mut headers = BTreeMap::<String, String>::new();
        for (name, value) in pairs {
            headers
                .entry(name.to_ascii_lowercase())
                .and_modify(|joined| {
                    joined.push_str(", ");
                    joined.push_str(&value);
                })
                .or_insert(value);
        }
        Self(headers)
    }
}

/// The platform's answer to a call, as it arrived.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// All headers.
    pub headers: Headers,
    /// The raw body.
    pub body: Vec<u8>,
}

impl fmt::Debug for Reply {
    /// A body may hold a shopper's openid; its length says enough.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reply({}, {} bytes)", self.status, self.body.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> Headers {
        pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    #[test]
    fn header_names_ignore_case() {
        let headers = headers(&[("wechatpay-NONCE", "n")]);
        assert_eq!(headers.get("Wechatpay-Nonce"), Some("n"));
        assert_eq!(headers.get("Wechatpay-Serial"), None);
    }

    #[test]
    fn a_reply_in_a_log_shows_nobody() {
        let reply = Reply { status: 200, headers: Headers::default(), body: b"openid".to_vec() };
        assert_eq!(format!("{reply:?}"), "Reply(200, 6 bytes)");
    }

    #[test]
    fn a_header_sent_twice_is_neither_of_the_two() {
        let headers = headers(&[("A", "1"), ("a", "2")]);
        assert_eq!(headers.get("a"), Some("1, 2"));
    }
}
