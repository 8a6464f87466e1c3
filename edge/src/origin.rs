//! Which pages may talk to the Worker: origins, exact and listed.
//!
//! CORS keeps a page off the list from *reading* answers, but not from sending, and it does not
//! cover WebSockets at all. So every request that carries an `Origin` has it checked here by hand:
//! one that is not on the list is refused before anything else is looked at. A request without an
//! `Origin` is not from another site's page (browsers add it to every cross-origin request and to
//! every POST and WebSocket), so command-line tools and servers pass; the token still counts.

use core::fmt;

/// `scheme://host[:port]` in the one spelling that browsers send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

/// Why a text is not an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadOrigin {
    /// Neither `https://` nor `http://` in front.
    Scheme,
    /// Something follows the host and port: a path, a query or only a slash.
    NotOnlyOrigin,
    /// A `*`: every origin is named.
    Wildcard,
    /// No host, or characters that no host has.
    Host,
    /// A port that is not 1 to 65535.
    Port,
}

impl fmt::Display for BadOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scheme => "an origin begins with https:// or http://",
            Self::NotOnlyOrigin => "an origin ends after host and port, without a slash",
            Self::Wildcard => "an origin is exact, there is no *",
            Self::Host => "the host is missing or misspelt",
            Self::Port => "a port is a number from 1 to 65535",
        })
    }
}

impl core::error::Error for BadOrigin {}

impl Origin {
    /// Reads an origin that an operator wrote. Capital letters in the host and the scheme's own
    /// port are mended, since browsers send neither.
    pub fn parse(text: &str) -> Result<Self, BadOrigin> {
        let (scheme, rest) = text.split_once("://").ok_or(BadOrigin::Scheme)?;
        let default_port = match scheme {
            "https" => "443",
            "http" => "80",
            _ => return Err(BadOrigin::Scheme),
        };
        if rest.contains('*') {
            return Err(BadOrigin::Wildcard);
        }
        if rest.contains(['/', '?', '#', '@', '\\']) {
            return Err(BadOrigin::NotOnlyOrigin);
        }
        let (host, port) = split_port(rest)?;
        let host = host.to_ascii_lowercase();
        Ok(Self(match port {
            Some(port) if port != default_port => format!("{scheme}://{host}:{port}"),
            _ => format!("{scheme}://{host}"),
        }))
    }

    /// The origin as browsers send it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Encrypted on the way.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// This very machine: `localhost`, `127.…` or `[::1]`.
    pub fn is_loopback(&self) -> bool {
        let host = self.0.split_once("://").map_or("", |(_, rest)| rest);
        let host = split_port(host).map_or("", |(host, _)| host);
        let in_127 = host.strip_prefix("127.").is_some_and(|rest| {
            rest.split('.').count() == 3 && rest.split('.').all(|part| part.parse::<u8>().is_ok())
        });
        in_127 || host == "localhost" || host == "[::1]"
    }
}

/// Host and port of an authority; the brackets of an IPv6 address stay on the host.
fn split_port(authority: &str) -> Result<(&str, Option<&str>), BadOrigin> {
    let after_host = match authority.strip_prefix('[') {
        Some(inside) => inside.find(']').map(|end| end + 2).ok_or(BadOrigin::Host)?,
        None => authority.find(':').unwrap_or(authority.len()),
    };
    let (host, tail) = authority.split_at_checked(after_host).ok_or(BadOrigin::Host)?;
    let spelt = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(inside) => inside.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':'),
        None => host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte)),
    };
    if host.is_empty() || !spelt {
        return Err(BadOrigin::Host);
    }
    if tail.is_empty() {
        return Ok((host, None));
    }
    let port = tail.strip_prefix(':').ok_or(BadOrigin::Host)?;
    let digits = port.bytes().all(|byte| byte.is_ascii_digit()) && !port.starts_with('0');
    match port.parse::<u16>() {
        Ok(_) if digits => Ok((host, Some(port))),
        _ => Err(BadOrigin::Port),
    }
}

/// The origins whose pages may talk to the Worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowList(Vec<Origin>);

/// What the list says about one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission<'a> {
    /// No `Origin`: not from another site's page.
    NoPage,
    /// On the list: this one value goes into `Access-Control-Allow-Origin`.
    Page(&'a str),
    /// Not on the list.
    Refused,
}

impl AllowList {
    /// Reads origins separated by spaces; the Worker's own is always among them.
    pub fn parse(own: &Origin, text: &str) -> Result<Self, (String, BadOrigin)> {
        let mut origins = vec![own.clone()];
        for word in text.split_whitespace() {
            origins.push(Origin::parse(word).map_err(|mistake| (word.to_owned(), mistake))?);
        }
        Ok(Self(origins))
    }

    /// Judges the value of a request's `Origin` header. Byte for byte: a browser spells an origin
    /// in one way.
    pub fn judge(&self, origin: Option<&str>) -> Admission<'_> {
        let Some(origin) = origin else { return Admission::NoPage };
        let listed = self.0.iter().find(|listed| listed.as_str() == origin);
        listed.map_or(Admission::Refused, |listed| Admission::Page(listed.as_str()))
    }
}

/// Whether a form of the hosted page may be taken: whether a page of `own` sent it.
///
/// Browsers say so by `Sec-Fetch-Site`, and what they say of `Origin` adds to it. That one is `null`
/// here even for our own form, because the page sends no referrer (Fetch, "append a request `Origin`
/// header"), so `null` alone proves nothing either way; nor does a request without either header, which
/// no present browser sends. The token in the address counts in any case.
pub fn is_own_form(own: &Origin, origin: Option<&str>, fetch_site: Option<&str>) -> bool {
    let is_own = origin.is_none_or(|origin| origin == own.as_str() || origin == "null");
    // `none`: the shopper's own doing, such as sending the same form again by a reload.
    is_own && fetch_site.is_none_or(|site| matches!(site, "same-origin" | "none"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_taken_from_our_own_page_and_from_no_other() {
        let own = Origin::parse("https://pay.example").unwrap();
        let takes = |origin, site| is_own_form(&own, origin, site);
        for (origin, site) in [
            (Some("null"), Some("same-origin")),
            (Some("https://pay.example"), Some("same-origin")),
            (Some("null"), Some("none")),
            (Some("https://pay.example"), None),
            (Some("null"), None),
            (None, None),
        ] {
            assert!(takes(origin, site), "{origin:?} {site:?}");
        }
        for (origin, site) in [
            (Some("null"), Some("cross-site")),
            (Some("https://pay.example"), Some("cross-site")),
            (None, Some("same-site")),
            (None, Some("anything")),
            (Some("https://shop.example"), Some("same-origin")),
            (Some("https://pay.example.evil"), None),
            (Some(""), None),
        ] {
            assert!(!takes(origin, site), "{origin:?} {site:?}");
        }
    }

    #[test]
    fn an_origin_has_one_spelling() {
        for (written, sent) in [
            ("https://shop.example", "https://shop.example"),
            ("https://Shop.Example:443", "https://shop.example"),
            ("http://127.0.0.1:8787", "http://127.0.0.1:8787"),
            ("http://[::1]:80", "http://[::1]"),
            ("https://[2001:DB8::1]:8443", "https://[2001:db8::1]:8443"),
        ] {
            assert_eq!(Origin::parse(written).unwrap().as_str(), sent);
        }
    }

    #[test]
    fn what_is_not_an_origin_is_refused_by_reason() {
        for (written, mistake) in [
            ("shop.example", BadOrigin::Scheme),
            ("ftp://shop.example", BadOrigin::Scheme),
            ("HTTPS://shop.example", BadOrigin::Scheme),
            ("https://shop.example/", BadOrigin::NotOnlyOrigin),
            ("https://user@shop.example", BadOrigin::NotOnlyOrigin),
            ("https://*.example", BadOrigin::Wildcard),
            ("https://", BadOrigin::Host),
            ("https://:443", BadOrigin::Host),
            ("https://shop example", BadOrigin::Host),
            ("https://[::1", BadOrigin::Host),
            ("https://[::1]x", BadOrigin::Host),
            ("https://店.example", BadOrigin::Host),
            ("https://shop.example:", BadOrigin::Port),
            ("https://shop.example:0443", BadOrigin::Port),
            ("https://shop.example:70000", BadOrigin::Port),
        ] {
            assert_eq!(Origin::parse(written), Err(mistake), "{written}");
        }
    }

    #[test]
    fn loopback_is_an_address_and_not_a_name_that_looks_like_one() {
        let loopback = |text| Origin::parse(text).unwrap().is_loopback();
        for here in ["http://localhost:1", "http://127.0.0.1", "http://127.9.8.7:5", "http://[::1]"]
        {
            assert!(loopback(here), "{here}");
        }
        for there in ["http://127.0.0.1.example", "http://localhost.example", "http://10.0.0.1"] {
            assert!(!loopback(there), "{there}");
        }
    }

    #[test]
    fn only_listed_origins_are_admitted() {
        let own = Origin::parse("https://pay.example").unwrap();
        let list = AllowList::parse(&own, " https://a.example  http://localhost:3000 ").unwrap();
        assert_eq!(list.judge(None), Admission::NoPage);
        for page in ["https://pay.example", "https://a.example", "http://localhost:3000"] {
            assert_eq!(list.judge(Some(page)), Admission::Page(page));
        }
        for stranger in
            ["", "null", "https://b.example", "https://a.example.evil", "http://a.example"]
        {
            assert_eq!(list.judge(Some(stranger)), Admission::Refused, "{stranger}");
        }
        let mistake = AllowList::parse(&own, "https://a.example https://b.example/");
        assert_eq!(mistake, Err(("https://b.example/".to_owned(), BadOrigin::NotOnlyOrigin)));
    }
}
