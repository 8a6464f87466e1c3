//! Mode 1, the printed code (protocol reference D.9): the link that it holds, the platform's question
//! which order a scan is for, and our answer.
//!
//! Everything here is signed by MD5, whatever else the merchant signs by: neither the link nor the
//! callback has a field to say otherwise. The link is public, and its sign with it. That does no
//! harm: it covers the product and nothing that a callback or a payment could be made of.

use core::fmt;

use checkout::id::BadName;
use checkout::report::PrepayId;
use checkout::time::UnixSeconds;

use super::fields::Fields;
use super::key::{ApiV2Key, ApiV2Keys, SignType};
use super::malformed::Malformed;
use super::notification::{NotificationError, WORDS_CHARS_MAX};
use super::sign::{SIGN, Verified, sign, verify};
use super::xml;

pub use super::notification::fail;

/// What a printed code is of: a product, or an order that waits.
///
/// 1 to 32 of `[0-9A-Za-z_-]`, which are the same raw and percent-encoded: SDKs disagree about which
/// of the two stands in a link.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProductId(String);

impl ProductId {
    /// Reads a `product_id`.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
        if (1..=32).contains(&text.len()) && text.bytes().all(plain) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadName { expected: "a product_id is 1 to 32 of 0-9 A-Z a-z _ -" })
        }
    }

    /// The text, unchanged.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProductId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a printed code says.
#[derive(Clone, Copy, Debug)]
pub struct LinkBody<'a> {
    /// The app that orders are made under.
    pub appid: &'a str,
    /// The merchant.
    pub mchid: &'a str,
    /// What it is of.
    pub product_id: &'a ProductId,
    /// When the link was made. No source compares it with a clock: a printed code does not expire.
    pub time_stamp: UnixSeconds,
    /// At most 32 letters and digits.
    pub nonce_str: &'a str,
}

/// The text to print as a QR code.
pub fn link(body: &LinkBody<'_>, key: &ApiV2Key) -> String {
    let time_stamp = body.time_stamp.0.to_string();
    let parameters = [
        ("appid", body.appid),
        ("mch_id", body.mchid),
        ("nonce_str", body.nonce_str),
        ("product_id", body.product_id.as_str()),
        ("time_stamp", time_stamp.as_str()),
    ];
    let sign = sign(&parameters.into_iter().collect(), key, SignType::Md5);
    let mut link = "weixin://wxpay/bizpayurl?".to_owned();
    for (name, value) in parameters {
        link.push_str(&format!("{name}={value}&"));
    }
    link.push_str(&format!("{SIGN}={sign}"));
    link
}

/// Somebody has scanned a printed code, authentically.
#[derive(Clone, Debug)]
pub struct Callback {
    /// The app.
    pub appid: String,
    /// The merchant.
    pub mchid: String,
    /// The payer, under that app.
    pub openid: String,
    /// What was scanned.
    pub product_id: ProductId,
    /// Whether the payer follows the merchant's account.
    pub is_subscribed: bool,
    /// What the platform signed with; the answer is signed with the same.
    key: ApiV2Key,
}

/// Parses, verifies and reads the platform's question.
pub fn read(body: &[u8], keys: &ApiV2Keys) -> Result<Callback, NotificationError> {
    let fields = xml::read(body).map_err(NotificationError::Unreadable)?;
    let verified = verify(fields, keys, SignType::Md5).map_err(NotificationError::Distrust)?;
    let key = verified.key(keys).clone();
    let text = |name| required(&verified, name).map(str::to_owned);
    let product_id = ProductId::parse(required(&verified, "product_id")?)
        .map_err(|_| NotificationError::Malformed(Malformed::Incomplete("product_id")))?;
    Ok(Callback {
        appid: text("appid")?,
        mchid: text("mch_id")?,
        openid: text("openid")?,
        product_id,
        is_subscribed: verified.fields().get("is_subscribe") == Some("Y"),
        key,
    })
}

fn required<'a>(verified: &'a Verified, name: &'static str) -> Result<&'a str, NotificationError> {
    let missing = NotificationError::Malformed(Malformed::Incomplete(name));
    verified.fields().get(name).ok_or(missing)
}

impl Callback {
    /// The answer: pay this order. `nonce_str` is [`super::draft::nonce_str`] of fresh chance.
    pub fn answer(&self, prepay_id: &PrepayId, nonce_str: &str) -> Vec<u8> {
        let fields = [("prepay_id", prepay_id.as_str()), ("result_code", "SUCCESS")];
        self.signed(nonce_str, &fields)
    }

    /// The answer: there is nothing to pay, in words that the payer reads (at most 128 characters).
    pub fn refuse(&self, words: &str, nonce_str: &str) -> Vec<u8> {
        let words: String = words.chars().take(WORDS_CHARS_MAX).collect();
        self.signed(nonce_str, &[("result_code", "FAIL"), ("err_code_des", &words)])
    }

    fn signed(&self, nonce_str: &str, told: &[(&str, &str)]) -> Vec<u8> {
        let about = [
            ("return_code", "SUCCESS"),
            ("appid", &self.appid),
            ("mch_id", &self.mchid),
            ("nonce_str", nonce_str),
        ];
        let mut fields: Fields = about.into_iter().chain(told.iter().copied()).collect();
        let sum = sign(&fields, &self.key, SignType::Md5);
        fields.push(SIGN, sum);
        xml::write(&fields)
    }
}

#[cfg(test)]
mod tests;
