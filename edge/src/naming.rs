//! What requests call a checkout, and so which object they wake.
//!
//! A checkout's id is the digest of the profile and its reference. A page brings no reference but a
//! random `key`; its checkout is called `session:` and the digest of that key, and shops may not
//! use references that begin so. The key itself is never stored or shown, since who knows it gets
//! a client token.

use core::net::{IpAddr, Ipv6Addr};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use checkout::id::{BadName, CheckoutId, ProfileName, Reference};
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// What refunds are called that no shop has asked for: money that came too late, or twice.
pub const RETURN_PREFIX: &str = "return:";

/// What references of catalogue sessions begin with.
const SESSION_PREFIX: &str = "session:";

/// What references of checkouts begin with that somebody opened by scanning a product's code.
pub const COUNTER_PREFIX: &str = "counter:";

/// The id that goes with a reference: SHA-256(profile ‖ 0 ‖ reference).
pub fn checkout_id(profile: &ProfileName, reference: &Reference) -> CheckoutId {
    let digest = Sha256::new()
        .chain_update(profile.as_str())
        .chain_update([0])
        .chain_update(reference.as_str())
        .finalize();
    CheckoutId::from_digest(digest.into())
}

/// A reference that a shop may choose.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct ShopReference(Reference);

impl TryFrom<String> for ShopReference {
    type Error = BadName;

    fn try_from(text: String) -> Result<Self, BadName> {
        if text.starts_with(SESSION_PREFIX) || text.starts_with(COUNTER_PREFIX) {
            return Err(BadName {
                expected: "references that begin with session: or counter: are the Worker's",
            });
        }
        Reference::parse(&text).map(Self)
    }
}

impl ShopReference {
    /// The reference inside.
    pub fn into_inner(self) -> Reference {
        self.0
    }
}

/// A name that a shop may choose for a refund.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct RefundReference(Reference);

impl TryFrom<String> for RefundReference {
    type Error = BadName;

    fn try_from(text: String) -> Result<Self, BadName> {
        if text.starts_with(RETURN_PREFIX) {
            return Err(BadName {
                expected: "references that begin with return: are the Worker's",
            });
        }
        Reference::parse(&text).map(Self)
    }
}

impl RefundReference {
    /// The reference inside.
    pub fn into_inner(self) -> Reference {
        self.0
    }
}

/// What a page wants to buy: `oolong-250`, or `acme/oolong-250` from the catalogue of another profile
/// than the default one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct ProductName {
    /// Whose catalogue.
    pub profile: ProfileName,
    /// The product's id in it.
    pub product: String,
}

impl TryFrom<String> for ProductName {
    type Error = BadName;

    fn try_from(text: String) -> Result<Self, BadName> {
        // No product's id has a slash in it.
        match text.split_once('/') {
            None => Ok(Self { profile: ProfileName::default(), product: text }),
            Some((profile, product)) => {
                let profile = ProfileName::parse(profile)?;
                Ok(Self { profile, product: product.to_owned() })
            }
        }
    }
}

/// A page's random key: 22 to 64 characters of base64url or hex.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct PageKey(String);

impl core::fmt::Debug for PageKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("PageKey(…)")
    }
}

impl TryFrom<String> for PageKey {
    type Error = BadName;

    fn try_from(text: String) -> Result<Self, BadName> {
        let spelt = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        if spelt && (22..=64).contains(&text.len()) {
            Ok(Self(text))
        } else {
            Err(BadName {
                expected: "a key is 128 random bits: 22 to 64 characters of A-Z a-z 0-9 - _",
            })
        }
    }
}

impl PageKey {
    /// The name of the page's checkout.
    pub fn reference(&self) -> Result<Reference, BadName> {
        let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(&self.0));
        Reference::parse(&format!("{SESSION_PREFIX}{digest}"))
    }
}

/// The shopper's address as the name of a quota. A household has a whole /64 of IPv6 addresses and
/// may change among them at will, so its first half counts. Without an address, as in development,
/// all are one.
pub fn shopper_address(header: Option<&str>) -> String {
    match header.map(str::trim).and_then(|text| text.parse().ok()) {
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => match address.to_ipv4_mapped() {
            Some(mapped) => mapped.to_string(),
            None => {
                let [a, b, c, d, ..] = address.segments();
                format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
        },
        None => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkout_is_found_by_its_reference() {
        // printf 'default\0A-1001' | sha256sum, the first 100 bits in lower-case base32.
        let reference = Reference::parse("A-1001").unwrap();
        let id = checkout_id(&ProfileName::default(), &reference);
        assert_eq!(id.as_str(), "chk_mw6dsu2k7o2lqt43jb3h");
        let other = checkout_id(&ProfileName::parse("acme").unwrap(), &reference);
        assert_ne!(other, id);
    }

    #[test]
    fn a_page_key_hides_behind_its_digest() {
        let key = PageKey::try_from("k".repeat(64)).unwrap();
        let reference = key.reference().unwrap();
        assert!(!reference.as_str().contains("kkk"));
        assert!(ShopReference::try_from(reference.as_str().to_owned()).is_err());
        assert_eq!(format!("{key:?}"), "PageKey(…)");
    }

    #[test]
    fn a_product_of_another_profile_is_named_with_it() {
        let named = |text: &str| ProductName::try_from(text.to_owned());
        let tea = named("oolong-250").unwrap();
        assert!(tea.profile.is_default());
        assert_eq!(tea.product, "oolong-250");
        let acme = named("acme/oolong-250").unwrap();
        assert_eq!((acme.profile.as_str(), acme.product.as_str()), ("acme", "oolong-250"));
        assert!(named("Acme/oolong-250").is_err() && named("/x").is_err());
    }

    #[test]
    fn a_household_is_one_address() {
        for (header, name) in [
            (Some("203.0.113.9"), "203.0.113.9"),
            (Some("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64"),
            (Some("::ffff:203.0.113.9"), "203.0.113.9"),
            (Some("x"), "unknown"),
            (None, "unknown"),
        ] {
            assert_eq!(shopper_address(header), name);
        }
    }
}
