//! Where a bill may be fetched.
//!
//! The platform names the address, and the call to it carries our signature, which covers method,
//! path, query, time and nonce but no host (protocol reference A.2). Whoever receives such a call
//! may repeat it at the platform as ours, for any path that the address chose. So an address is
//! taken only at the platform's own hosts, or at the origins that the operator configured as the
//! platform; nothing else is refused about it, and path and query stay exactly as they came.

use core::fmt;

/// A bill's address, at one of the platform's origins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    origin: String,
    target: String,
}

/// Why a bill is not fetched from an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadAddress {
    /// Longer than the platform's own limit.
    TooLong {
        /// It has this many bytes.
        bytes: usize,
    },
    /// No scheme, host and path, or a fragment.
    Shape,
    /// Not the platform's: a signature of ours must not go there.
    Stranger,
    /// A path or query that an HTTP client would change on its way, so that what is sent is not
    /// what was signed.
    NotVerbatim,
}

impl Address {
    /// Takes `url` as the platform gave it. `origins` are those that the operator configured, as
    /// `scheme://host` or `scheme://host:port`; the platform's own are always among them.
    pub fn parse(url: &str, origins: &[&str]) -> Result<Self, BadAddress> {
        if url.len() > URL_BYTES_MAX {
            return Err(BadAddress::TooLong { bytes: url.len() });
        }
        let (scheme, rest) = url.split_once("://").ok_or(BadAddress::Shape)?;
        let path_at = rest.find(['/', '?', '#', '\\']).ok_or(BadAddress::Shape)?;
        let (host, target) = rest.split_at(path_at);
        if !target.starts_with('/') || target.contains('#') {
            return Err(BadAddress::Shape);
        }
        let origin = format!("{scheme}://{host}");
        if !PLATFORM_ORIGINS.iter().chain(origins).any(|known| *known == origin) {
            return Err(BadAddress::Stranger);
        }
        if !is_verbatim(target) {
            return Err(BadAddress::NotVerbatim);
        }
        Ok(Self { origin, target: target.to_owned() })
    }

    /// `scheme://host`, perhaps with a port.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Path and query, exactly as they came: to be signed and sent.
    pub fn target(&self) -> &str {
        &self.target
    }
}

impl fmt::Display for BadAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { bytes } => write!(f, "a bill's address of {bytes} bytes"),
            Self::Shape => f.write_str("a bill's address is not one"),
            Self::Stranger => f.write_str("a bill's address is not the platform's"),
            Self::NotVerbatim => f.write_str("a bill's address cannot be sent as it is signed"),
        }
    }
}

impl core::error::Error for BadAddress {}

/// Whether an HTTP client sends `target` as it stands: no character that the URL standard encodes
/// in a path or a query, and no segment that it removes.
fn is_verbatim(target: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&()*+,;=:@/?%".contains(&byte);
    let path = target.split('?').next().unwrap_or_default();
    let is_dots = |segment: &str| {
        let dots = segment.to_ascii_lowercase().replace("%2e", ".");
        dots == "." || dots == ".."
    };
    target.bytes().all(plain) && !path.split('/').any(is_dots)
}

/// `download_url` has at most 2048 bytes (protocol reference B.8).
const URL_BYTES_MAX: usize = 2_048;

/// The platform's main and backup hosts under both of its names (protocol reference A.1).
const PLATFORM_ORIGINS: [&str; 4] = [
    "https://api.mch.weixin.qq.com",
    "https://api2.mch.weixin.qq.com",
    "https://api.wechatpay.cn",
    "https://api2.wechatpay.cn",
];

#[cfg(test)]
mod tests {
    use super::*;

    const TARGET: &str = "/v3/billdownload/file?token=TESTTOKEN0000000000000001&tartype=gzip";

    #[test]
    fn the_platforms_address_is_taken_as_it_came() {
        for origin in PLATFORM_ORIGINS {
            let address = Address::parse(&format!("{origin}{TARGET}"), &[]).unwrap();
            assert_eq!((address.origin(), address.target()), (origin, TARGET));
        }
        // Seen in examples (protocol reference B.8); the path is the platform's business.
        let other = "https://api.mch.weixin.qq.com/v3/bill/downloadurl?token=a-_%2B~.";
        assert_eq!(
            Address::parse(other, &[]).unwrap().target(),
            "/v3/bill/downloadurl?token=a-_%2B~."
        );
    }

    #[test]
    fn a_configured_origin_is_the_platform_too_and_no_other_port_of_it() {
        let sandbox = ["http://127.0.0.1:8788"];
        let at = |origin: &str| Address::parse(&format!("{origin}{TARGET}"), &sandbox);
        assert_eq!(at("http://127.0.0.1:8788").unwrap().origin(), sandbox[0]);
        for stranger in ["http://127.0.0.1:8789", "http://127.0.0.1", "https://127.0.0.1:8788"] {
            assert_eq!(at(stranger), Err(BadAddress::Stranger), "{stranger}");
        }
    }

    #[test]
    fn a_stranger_never_gets_a_signature() {
        for origin in [
            "https://example.com",
            "http://api.mch.weixin.qq.com",
            "https://api.mch.weixin.qq.com.example.com",
            "https://api.mch.weixin.qq.com@example.com",
            "https://example.com@api.mch.weixin.qq.com",
            "https://api.mch.weixin.qq.com:8443",
            "https://api.mch.weixin.qq.com:443",
            "https://API.mch.weixin.qq.com",
            "https://api.mch.weixin.qq.com.",
            "https:///api.mch.weixin.qq.com",
            "https://",
            "//api.mch.weixin.qq.com",
            "ftp://api.mch.weixin.qq.com",
            "https://api.mch.weixin.qq.com%2eexample.com",
            "https://api.mch.weixin.qq.com\texample.com",
        ] {
            let found = Address::parse(&format!("{origin}{TARGET}"), &[]);
            assert!(matches!(found, Err(BadAddress::Stranger | BadAddress::Shape)), "{origin}");
        }
    }

    #[test]
    fn what_would_be_changed_on_its_way_is_not_signed() {
        let at = |target: &str| {
            Address::parse(&format!("https://api.mch.weixin.qq.com{target}"), &[]).err()
        };
        for target in ["", "?token=1", "#", "\\example.com/", "/a#b"] {
            assert_eq!(at(target), Some(BadAddress::Shape), "{target}");
        }
        for target in [
            "/a b",
            "/a?b=\"",
            "/a?b='",
            "/<",
            "/a?|",
            "/a\\b",
            "/a\r\nHost: b",
            "/红",
            "/{a}",
            "/a/../b",
            "/./a",
            "/a/..",
            "/%2E%2e/b",
            "/.%2e",
            "/a?b=`",
            "/\u{0}",
        ] {
            assert_eq!(at(target), Some(BadAddress::NotVerbatim), "{target}");
        }
        assert_eq!(at("/a?b=../c"), None);
        let long = format!("/{}", "a".repeat(URL_BYTES_MAX));
        assert_eq!(at(&long), Some(BadAddress::TooLong { bytes: 2_078 }));
    }
}
