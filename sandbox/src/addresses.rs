//! The addresses that a merchant sets in the merchant platform and in no call: where a scan of a
//! printed product code is told (protocol reference D.9), and where a refund is whose request named
//! no address (J.9).

use serde::{Deserialize, Serialize};

use crate::merchant::Credentials;
use crate::v3::notify_url;

/// One merchant's. They hold the same rules as `notify_url` of an order (C.4).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addresses {
    /// 扫码支付回调URL: who answers a scan with a `prepay_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub native_url: Option<String>,
    /// 退款结果通知URL: who is told of refunds that named no address of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_notify_url: Option<String>,
}

/// Why an address is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadAddress {
    /// Which of the two.
    pub field: &'static str,
    /// What was given for it.
    pub given: String,
}

impl std::fmt::Display for BadAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:?}: an https address is expected (http on this machine), without query, fragment \
             or login, of {} characters at most",
            self.given,
            notify_url::CHARS_MAX
        )
    }
}

impl Addresses {
    /// Whether the platform would go there.
    pub fn check(&self) -> Result<(), BadAddress> {
        let all =
            [("native_url", &self.native_url), ("refund_notify_url", &self.refund_notify_url)];
        for (field, url) in all {
            let Some(url) = url else { continue };
            if url.len() > notify_url::CHARS_MAX || !notify_url::is_allowed(url) {
                return Err(BadAddress { field, given: url.clone() });
            }
        }
        Ok(())
    }

    /// Whether neither is set.
    pub const fn is_empty(&self) -> bool {
        self.native_url.is_none() && self.refund_notify_url.is_none()
    }
}

impl Credentials {
    /// What this direct merchant or partner has set; nothing is set at first.
    pub fn addresses_of(&self, mchid: &str) -> Addresses {
        self.addresses.get(mchid).cloned().unwrap_or_default()
    }

    /// Where a scan of one of its product codes is told, if it has said so.
    pub fn native_url(&self, mchid: &str) -> Option<&str> {
        self.addresses.get(mchid)?.native_url.as_deref()
    }

    /// Where refunds that named no address are told, if it has said so.
    pub fn refund_notify_url(&self, mchid: &str) -> Option<&str> {
        self.addresses.get(mchid)?.refund_notify_url.as_deref()
    }

    /// The same with other addresses of one merchant.
    pub fn with_addresses(mut self, mchid: &str, addresses: Addresses) -> Self {
        if addresses.is_empty() {
            self.addresses.remove(mchid);
        } else {
            self.addresses.insert(mchid.to_owned(), addresses);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_the_rules_of_notifications() {
        let native = |url: &str| Addresses { native_url: Some(url.into()), ..Addresses::default() };
        for good in ["https://pay.example.com/wechatpay/v2/native", "http://127.0.0.1:8787/n"] {
            assert_eq!(native(good).check(), Ok(()), "{good}");
        }
        let long = format!("https://pay.example.com/{}", "x".repeat(232));
        for bad in ["", "pay.example.com", "http://pay.example.com/n", "https://a/n?p=1", &long] {
            let refused = native(bad).check().unwrap_err();
            assert_eq!((refused.field, refused.given.as_str()), ("native_url", bad));
        }
        assert_eq!(native(&long[..255]).check(), Ok(()));
        let refund = Addresses { refund_notify_url: Some("x".into()), ..Addresses::default() };
        assert_eq!(refund.check().unwrap_err().field, "refund_notify_url");
    }
}
