//! How much anybody may ask for: how often, how long, and how much at once.
//!
//! What is refused here has woken no object and cost no signature. Rates are Cloudflare's own
//! counters, one for each of its locations, and so only approximate: they keep a flood away and count
//! no money. What must be counted exactly, such as open sessions, has an object ([`crate::places`]).

mod waits;

use checkout::id::ProfileName;

pub use self::waits::Waits;
use crate::naming::shopper_address;
use crate::problem::{Code, Problem};
use crate::routes::Visitor;

/// Bytes of a path at most. The longest of ours, `/pay/` with a client token, has some 110.
pub const PATH_BYTES_MAX: usize = 512;

/// Bytes of a query at most. A reference of 64 Chinese characters has 576 when it is percent-encoded.
pub const QUERY_BYTES_MAX: usize = 2_048;

/// Bytes of a header that is read at most. A signature by a key of 4096 bits has 684.
pub const HEADER_BYTES_MAX: usize = 8 * 1_024;

/// Seconds until somebody who asked too often may ask again: the period of every rate, of which
/// Cloudflare offers this one and a minute.
const RATE_PERIOD_S: u32 = 10;

/// Seconds until a page that cannot be followed by one more connection may ask again.
const CROWD_RETRY_AFTER_S: u32 = 30;

/// A rate-limit binding of `edge/wrangler.toml`, which says how much is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rate {
    /// Pages, by the shopper's address.
    Page,
    /// Shops, by profile, and failed authentications, by address.
    Shop,
    /// Notifications, by address.
    Notify,
}

impl Rate {
    /// Every rate.
    pub const ALL: [Self; 3] = [Self::Page, Self::Shop, Self::Notify];

    /// The binding's name.
    pub const fn binding(self) -> &'static str {
        match self {
            Self::Page => "PAGE_RATE",
            Self::Shop => "SHOP_RATE",
            Self::Notify => "NOTIFY_RATE",
        }
    }
}

/// One request, to be counted with others of the same name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// Where it is counted.
    pub rate: Rate,
    /// Together with whose.
    pub name: String,
}

impl Count {
    /// A request that `visitor` makes from `address` (`CF-Connecting-IP`), perhaps with a shop's key.
    /// Operators and developers are not counted; whoever shows a wrong key is [`Count::stranger`].
    pub fn of(
        visitor: Visitor,
        address: Option<&str>,
        profile: Option<&ProfileName>,
    ) -> Option<Self> {
        match visitor {
            Visitor::Browser | Visitor::Shopper => Some(Self::address(Rate::Page, address)),
            Visitor::Platform => Some(Self::address(Rate::Notify, address)),
            Visitor::Shop => {
                let name = format!("profile:{}", profile?.as_str());
                Some(Self { rate: Rate::Shop, name })
            }
            Visitor::Operator | Visitor::Developer => None,
        }
    }

    /// A failed authentication.
    pub fn stranger(address: Option<&str>) -> Self {
        Self::address(Rate::Shop, address)
    }

    fn address(rate: Rate, address: Option<&str>) -> Self {
        Self { rate, name: format!("address:{}", shopper_address(address)) }
    }
}

/// The answer to who asked too often.
pub fn too_often() -> Problem {
    let detail = "more requests than one caller may send; wait, then go on";
    Problem::new(Code::TooManyRequests, detail).retry_after(RATE_PERIOD_S)
}

/// The answer to one page too many that wants to follow the same checkout.
pub fn too_many_pages() -> Problem {
    let detail = "too many pages follow this checkout; ask without waiting";
    Problem::new(Code::TooManyRequests, detail).retry_after(CROWD_RETRY_AFTER_S)
}

/// The headers that are read from a visitor; no other is ever looked at.
pub const fn headers_of(visitor: Visitor) -> &'static [&'static str] {
    match visitor {
        Visitor::Browser => {
            &["Authorization", "Content-Type", "Origin", "Sec-WebSocket-Protocol", "Upgrade"]
        }
        Visitor::Shopper => &["Accept-Language", "Origin", "Sec-Fetch-Site", "User-Agent"],
        Visitor::Shop | Visitor::Operator | Visitor::Developer => {
            &["Accept", "Authorization", "Content-Type"]
        }
        Visitor::Platform => &NOTIFICATION_HEADERS,
    }
}

/// What a notification is judged by (protocol reference A.4).
pub const NOTIFICATION_HEADERS: [&str; 5] = [
    "Wechatpay-Nonce",
    "Wechatpay-Serial",
    "Wechatpay-Signature",
    "Wechatpay-Signature-Type",
    "Wechatpay-Timestamp",
];

/// Refuses a path that is longer than any of ours.
pub fn path_fits(path: &str) -> Result<(), Problem> {
    fits("path", path, PATH_BYTES_MAX)
}

/// Refuses a query that nobody of ours would write.
pub fn query_fits(query: &str) -> Result<(), Problem> {
    fits("query", query, QUERY_BYTES_MAX)
}

fn fits(what: &str, text: &str, bytes_max: usize) -> Result<(), Problem> {
    if text.len() <= bytes_max {
        return Ok(());
    }
    let detail = format!("a {what} has at most {bytes_max} bytes");
    Err(Problem::new(Code::UriTooLong, detail))
}

/// Refuses a header that is longer than any that means something.
pub fn header_fits(name: &str, value: &str) -> Result<(), Problem> {
    if value.len() <= HEADER_BYTES_MAX {
        return Ok(());
    }
    let detail = format!("{name} has at most {HEADER_BYTES_MAX} bytes");
    Err(Problem::new(Code::HeaderTooLong, detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: Option<&str> = Some("2001:db8:1:2:3:4:5:6");

    fn name(count: Option<Count>) -> Option<(Rate, String)> {
        count.map(|Count { rate, name }| (rate, name))
    }

    #[test]
    fn everybody_is_counted_where_they_belong() {
        let profile = ProfileName::parse("acme").unwrap();
        let home = "address:2001:db8:1:2::/64".to_owned();
        let of = |visitor| name(Count::of(visitor, HOME, Some(&profile)));
        assert_eq!(of(Visitor::Browser), Some((Rate::Page, home.clone())));
        assert_eq!(of(Visitor::Shopper), Some((Rate::Page, home.clone())), "with the widget's");
        assert_eq!(of(Visitor::Platform), Some((Rate::Notify, home.clone())));
        assert_eq!(of(Visitor::Shop), Some((Rate::Shop, "profile:acme".to_owned())));
        assert_eq!(of(Visitor::Operator), None);
        assert_eq!(of(Visitor::Developer), None);
        assert_eq!(Count::of(Visitor::Shop, HOME, None), None, "a stranger, once refused");
        assert_eq!(name(Some(Count::stranger(HOME))), Some((Rate::Shop, home)));
    }

    #[test]
    fn a_shop_with_its_key_is_not_counted_with_the_strangers_of_its_address() {
        let profile = ProfileName::default();
        let shop = Count::of(Visitor::Shop, HOME, Some(&profile)).unwrap();
        assert_ne!(shop, Count::stranger(HOME));
    }

    #[test]
    fn the_longest_that_is_read_is_read_and_one_byte_more_is_not() {
        let code = |answer: Result<(), Problem>| answer.err().map(|problem| problem.code);
        assert_eq!(path_fits(&"x".repeat(512)), Ok(()));
        assert_eq!(code(path_fits(&"x".repeat(513))), Some(Code::UriTooLong));
        assert_eq!(query_fits(&"x".repeat(2_048)), Ok(()));
        assert_eq!(code(query_fits(&"x".repeat(2_049))), Some(Code::UriTooLong));
        assert_eq!(header_fits("Origin", &"x".repeat(8_192)), Ok(()));
        let refused = header_fits("Origin", &"x".repeat(8_193)).unwrap_err();
        assert_eq!(refused.code, Code::HeaderTooLong);
        assert!(refused.detail.starts_with("Origin has"), "{}", refused.detail);
    }

    #[test]
    fn who_is_too_fast_is_told_when_to_come_back() {
        for (problem, seconds) in [(too_often(), 10), (too_many_pages(), 30)] {
            assert_eq!(
                (problem.code, problem.retry_after_s),
                (Code::TooManyRequests, Some(seconds))
            );
        }
    }

    #[test]
    fn every_rate_is_a_binding_of_the_deployable_configuration_and_counts_by_its_period() {
        let toml = include_str!("../wrangler.toml");
        for rate in Rate::ALL {
            assert!(toml.contains(&format!("name = \"{}\"", rate.binding())), "{rate:?}");
        }
        let periods = toml.matches(&format!("period = {RATE_PERIOD_S} }}")).count();
        assert_eq!(periods, Rate::ALL.len());
    }
}
