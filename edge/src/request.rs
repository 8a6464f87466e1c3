//! What shops and pages may ask, read strictly: an unknown field is a misspelt one, and a shop
//! developer is better served by words than by a field that did nothing.

use checkout::id::{BadName, CheckoutId, Description, RefundReason};
use checkout::money::Amount;
use checkout::refund::RefundDisagreement;
use checkout::report::Resolution;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use wechatpay::v3::order_fields::{Attach, Detail, OrderFields, SceneInfo, SettleInfo, Text};
use wechatpay::v3::refund::BankType;

use crate::buyer::Buyer;
use crate::naming::{PageKey, ProductName, RefundReference, ShopReference};
use crate::problem::{Code, Problem};

/// Bytes of a request's body at most. An order with every field at its published length has some 9 KB
/// of UTF-8; written with an escape of six bytes for every Chinese character it has 17 KB.
pub const BODY_BYTES_MAX: usize = 32 * 1024;

/// Bytes of a notification at most. Real ones have some 1.5 KB.
pub const NOTIFICATION_BYTES_MAX: usize = 64 * 1024;

/// Seconds that a long-poll waits at most: below the 30 s after which common proxies hang up.
pub const WAIT_S_MAX: u32 = 25;

/// The shop's deadline: five minutes (below that nobody can pay) to seven days (after which
/// WeChat Pay closes unpaid orders by itself; protocol reference B.1).
const LIFETIME_S: core::ops::RangeInclusive<i64> = 300..=604_800;

/// `POST /v1/checkouts`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewCheckout {
    /// The shop's name for it; the same one finds the same checkout.
    pub reference: ShopReference,
    /// What the payer reads.
    pub description: Description,
    /// How much.
    pub amount: Amount,
    /// Seconds until the deadline, 300 to 604 800; the deployment's own lifetime when left out.
    #[serde(default)]
    pub expires_in: Option<Lifetime>,
    /// A service provider's sub-merchant who is paid; not needed where there is one only.
    #[serde(default)]
    pub sub_mchid: Option<String>,
    /// Given back with the payment and in bills; 1 to 127 bytes.
    #[serde(default)]
    pub attach: Option<Attach>,
    /// Which promotions count.
    #[serde(default)]
    pub goods_tag: Option<Text<32>>,
    /// Opens the e-invoice entry on the payer's record.
    #[serde(default)]
    pub support_fapiao: Option<bool>,
    /// What was bought, for discounts on single items.
    #[serde(default)]
    pub detail: Option<Detail>,
    /// Where it was bought.
    #[serde(default)]
    pub scene_info: Option<SceneInfo>,
    /// What becomes of the money.
    #[serde(default)]
    pub settle_info: Option<SettleInfo>,
    /// What the shop wants to remember about who buys; nobody else sees it.
    #[serde(default)]
    pub buyer: Option<Buyer>,
}

impl NewCheckout {
    /// What the order says besides what it must.
    pub fn order_fields(&self) -> OrderFields {
        OrderFields {
            attach: self.attach.clone(),
            goods_tag: self.goods_tag.clone(),
            support_fapiao: self.support_fapiao,
            detail: self.detail.clone(),
            scene_info: self.scene_info.clone(),
            settle_info: self.settle_info.clone(),
        }
    }
}

/// `POST /v1/checkouts/{id}/refunds`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewRefund {
    /// The shop's name for it; the same one finds the same refund.
    pub reference: RefundReference,
    /// How much.
    pub amount: Amount,
    /// What the payer reads; 1 to 80 bytes.
    #[serde(default)]
    pub reason: Option<RefundReason>,
    /// Of which payment; not needed where there is one only.
    #[serde(default)]
    pub transaction_id: Option<String>,
}

/// `POST /v1/refunds/{out_refund_no}/abnormal`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
pub enum NewWay {
    /// To another card of the payer's.
    #[serde(rename = "USER_BANK_CARD")]
    UserBankCard {
        /// The card's bank.
        bank_type: BankCode,
        /// The card's number.
        bank_account: Secret,
        /// Its holder's name.
        real_name: Secret,
    },
    /// To the merchant's own settlement account.
    #[serde(rename = "MERCHANT_BANK_CARD")]
    MerchantBankCard {},
}

/// `POST /v1/checkouts/{id}/resolve`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewDecision {
    /// Which payment, by WeChat Pay's number.
    pub transaction_id: String,
    /// What becomes of it.
    pub how: Resolution,
}

/// `POST /v1/refunds/{out_refund_no}/resolve`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewResolution {
    /// What disagrees, as the refund says it.
    pub disagreement: RefundDisagreement,
    /// Whose refund it is; our own numbers say that themselves.
    #[serde(default)]
    pub checkout: Option<CheckoutId>,
}

/// A bank whose cards an abnormal refund can go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct BankCode(BankType);

impl BankCode {
    /// The platform's code of the bank.
    pub const fn as_str(self) -> &'static str {
        self.0.as_str()
    }
}

impl TryFrom<String> for BankCode {
    type Error = BadName;

    fn try_from(text: String) -> Result<Self, BadName> {
        BankType::parse(&text).map(Self)
    }
}

/// What only WeChat Pay may read: 1 to 64 characters. It shows itself to nobody, and is not echoed in
/// a refusal either.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
pub struct Secret(String);

impl Secret {
    /// The text, to be encrypted.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl core::fmt::Debug for Secret {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl TryFrom<Value> for Secret {
    type Error = BadName;

    fn try_from(value: Value) -> Result<Self, BadName> {
        let expected = "bank_account and real_name are texts of 1 to 64 characters";
        match value {
            Value::String(text) if (1..=64).contains(&text.chars().count()) => Ok(Self(text)),
            _ => Err(BadName { expected }),
        }
    }
}

/// `POST /v1/sessions`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewSession {
    /// 128 random bits drawn and kept by the page; the same one finds the same session.
    pub key: PageKey,
    /// A product of the catalogue.
    pub product: ProductName,
    /// How many; 1 when left out.
    #[serde(default = "one")]
    pub quantity: u32,
    /// What the shop wants to know about who buys: where the goods go, for example.
    #[serde(default)]
    pub buyer: Option<Buyer>,
}

const fn one() -> u32 {
    1
}

/// `POST /dev/clock`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockStep {
    /// Seconds forward.
    pub advance_s: u32,
}

/// A deadline's distance in seconds, within bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "i64")]
pub struct Lifetime(i64);

impl Lifetime {
    /// The number of seconds.
    pub const fn seconds(self) -> i64 {
        self.0
    }
}

impl TryFrom<i64> for Lifetime {
    type Error = BadName;

    fn try_from(seconds: i64) -> Result<Self, BadName> {
        if LIFETIME_S.contains(&seconds) {
            Ok(Self(seconds))
        } else {
            Err(BadName { expected: "a lifetime is 300 to 604800 seconds" })
        }
    }
}

/// Reads a JSON body; the parser's words name the field and the position.
pub fn read_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body)
        .map_err(|error| Problem::new(Code::InvalidRequest, error.to_string()))
}

/// Refuses a body that does not say it is JSON: a form posted by another site's page never says so
/// without asking first (CORS preflight).
pub fn expect_json(content_type: Option<&str>) -> Result<(), Problem> {
    let media_type = content_type.and_then(|value| value.split(';').next()).unwrap_or_default();
    if media_type.trim().eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let detail = "send the body as Content-Type: application/json";
    Err(Problem::new(Code::UnsupportedMediaType, detail))
}

/// The query of `GET /v1/session`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Patience {
    /// The newest version the page has seen.
    pub version: Option<u64>,
    /// Seconds to wait for a newer one.
    pub wait_s: u32,
}

impl Patience {
    /// Reads `version=3&wait=25`. A longer wait is cut to [`WAIT_S_MAX`]; other names are left
    /// alone, since caches and proxies add some.
    pub fn read(query: &str) -> Result<Self, Problem> {
        let mut patience = Self::default();
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match name {
                "version" => patience.version = Some(number(name, value)?),
                "wait" => {
                    let seconds: u64 = number(name, value)?;
                    patience.wait_s = u32::try_from(seconds).unwrap_or(WAIT_S_MAX).min(WAIT_S_MAX);
                }
                _ => {}
            }
        }
        Ok(patience)
    }
}

fn number(name: &str, value: &str) -> Result<u64, Problem> {
    value.parse().map_err(|_| {
        Problem::new(Code::InvalidRequest, format!("the query's {name} is a whole number"))
    })
}

#[cfg(test)]
mod tests;
