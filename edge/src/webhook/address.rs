//! Where a shop may be told: a public https address, and nothing that only looks like one.
//!
//! An operator writes the address, so nobody outside can point it anywhere. The rule is strict all
//! the same: what is called carries payments and is called again for days, a slip of the pen must
//! not reach a machine inside somebody's network, and a Worker can run in other places than at
//! Cloudflare. A name is judged, not what it resolves to: Cloudflare's network does not route to
//! private addresses (`global_fetch_strictly_public` in `wrangler.toml` besides).
//!
//! What is called is put together again from the parts that were checked, so that the runtime's
//! parser cannot read anything else in it than this one did.

use core::fmt;

/// An address that may be called. No `Debug`: its path may hold a token.
pub struct WebhookUrl {
    text: String,
    host: String,
}

/// What this Worker can reach: the Internet, or on a developer's machine also that machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// Public names by https.
    Public,
    /// The Worker itself stands at a loopback address, so its shop may too, also by plain http.
    Loopback,
}

/// Why an address may not be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadWebhookUrl {
    /// More than 2,000 bytes.
    TooLong,
    /// A character that an address spells otherwise: a space, a backslash, a Chinese one.
    Character,
    /// Not https.
    Scheme,
    /// A user or a password before the host.
    UserInfo,
    /// A `#`: what follows is never sent.
    Fragment,
    /// No host, or no name of the domain name system.
    Host,
    /// A number instead of a name, in whatever spelling.
    Address,
    /// A name that means nothing, or something else, outside of one network.
    NotPublic,
    /// Not a port for https.
    Port,
}

impl fmt::Display for BadWebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "an address has at most 2000 bytes",
            Self::Character => "a character in it has to be spelt %XX, or xn-- in the host",
            Self::Scheme => "a webhook's address begins with https://",
            Self::UserInfo => "an address has no user or password; the signature proves who calls",
            Self::Fragment => "what follows the # is never sent; leave it out",
            Self::Host => "its host is missing or is no domain name",
            Self::Address => "its host is a number; give a public domain name",
            Self::NotPublic => "its host is a name of private networks; give a public domain name",
            Self::Port => "its port is none of 443, 2053, 2083, 2087, 2096 and 8443",
        })
    }
}

impl core::error::Error for BadWebhookUrl {}

/// Bytes of an address at most; what browsers and proxies pass on.
const URL_BYTES_MAX: usize = 2_000;
/// Characters of a domain name at most, and of one label of it (RFC 1035, 2.3.4).
const NAME_CHARS_MAX: usize = 253;
const LABEL_CHARS_MAX: usize = 63;

/// The ports that Cloudflare's own proxy takes for https (developers.cloudflare.com, "Network
/// ports"), so that no other service can be knocked at.
const PORTS: [u16; 6] = [443, 2053, 2083, 2087, 2096, 8443];

/// Endings that the public domain name system does not have: special-use names (RFC 6761, 6762, 7686,
/// 8375, 9476), what private networks use instead (RFC 6762, appendix G; ICANN on `internal`, 2024),
/// and `localdomain`, which some systems add by themselves.
const NOT_PUBLIC: [&str; 17] = [
    "alt",
    "arpa",
    "corp",
    "example",
    "home",
    "internal",
    "intranet",
    "invalid",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "mail",
    "onion",
    "private",
    "test",
    "workgroup",
];

impl WebhookUrl {
    /// Reads the address that an operator wrote.
    pub fn parse(text: &str, network: Network) -> Result<Self, BadWebhookUrl> {
        if text.len() > URL_BYTES_MAX {
            return Err(BadWebhookUrl::TooLong);
        }
        // Parsers drop, trim or turn some of these, and not all parsers the same.
        let spelt = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte);
        if !text.bytes().all(spelt) {
            return Err(BadWebhookUrl::Character);
        }
        let (scheme, rest) = text.split_once("://").ok_or(BadWebhookUrl::Scheme)?;
        if rest.contains('#') {
            return Err(BadWebhookUrl::Fragment);
        }
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at_checked(end).ok_or(BadWebhookUrl::Host)?;
        if authority.contains('@') {
            return Err(BadWebhookUrl::UserInfo);
        }
        let (host, port) = host_and_port(authority)?;
        match (scheme, network) {
            ("http" | "https", Network::Loopback) if is_loopback(&host) => {}
            ("https", _) => public(&host, port)?,
            _ => return Err(BadWebhookUrl::Scheme),
        }
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let slash = if target.starts_with('/') { "" } else { "/" };
        Ok(Self { text: format!("{scheme}://{host}{port}{slash}{target}"), host })
    }

    /// The whole address, to be called and not to be shown.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Its host alone, which may be shown.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Encrypted on the way.
    pub fn is_https(&self) -> bool {
        self.text.starts_with("https://")
    }
}

/// The host in small letters, and the port if one is written.
fn host_and_port(authority: &str) -> Result<(String, Option<u16>), BadWebhookUrl> {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let port = port.map(|digits| {
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
        digits.parse().ok().filter(|_| plain).ok_or(BadWebhookUrl::Port)
    });
    Ok((host.to_ascii_lowercase(), port.transpose()?))
}

/// This very machine, in the spellings that developers use.
fn is_loopback(host: &str) -> bool {
    let in_127 = host.strip_prefix("127.").is_some_and(|rest| {
        let plain = |part: &str| part.parse::<u8>().is_ok_and(|number| number.to_string() == part);
        rest.split('.').count() == 3 && rest.split('.').all(plain)
    });
    in_127 || host == "localhost" || host == "[::1]"
}

/// Whether `host` is a name that the public domain name system may have, and `port` one for https.
fn public(host: &str, port: Option<u16>) -> Result<(), BadWebhookUrl> {
    if host.starts_with('[') {
        return Err(BadWebhookUrl::Address);
    }
    let labels: Vec<&str> = host.split('.').collect();
    let ending = labels.last().copied().unwrap_or_default();
    // Whatever ends in a number is an address to the runtime's parser (WHATWG URL, "ends in a number").
    if !ending.is_empty()
        && (ending.bytes().all(|byte| byte.is_ascii_digit()) || ending.starts_with("0x"))
    {
        return Err(BadWebhookUrl::Address);
    }
    let named = host.len() <= NAME_CHARS_MAX && labels.iter().all(|label| is_label(label));
    let letters = ending.bytes().all(|byte| byte.is_ascii_lowercase()) && ending.len() >= 2;
    if !named || !(letters || ending.starts_with("xn--")) {
        return Err(BadWebhookUrl::Host);
    }
    if labels.len() < 2 || NOT_PUBLIC.contains(&ending) {
        return Err(BadWebhookUrl::NotPublic);
    }
    if PORTS.contains(&port.unwrap_or(443)) { Ok(()) } else { Err(BadWebhookUrl::Port) }
}

/// Letters, digits and hyphens, none of them at an end (RFC 1123, 2.1). An empty one would be a
/// trailing dot, which some lists of forbidden names do not know.
fn is_label(label: &str) -> bool {
    let spelt = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=LABEL_CHARS_MAX).contains(&label.len())
        && label.bytes().all(spelt)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests;
