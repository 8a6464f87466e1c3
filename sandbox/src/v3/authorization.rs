//! Turns a request into a merchant's request (protocol reference A.2, A.3).
//!
//! The checks come in the order that a live probe saw: form of the header, time, serial number,
//! signature. Every refusal is `SIGN_ERROR`; which one it was stands in the message only, plus, for
//! the signature, a detail with the string that we built.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;
use wechatpay::crypto::ApiV3Key;

use super::refusal::{Code, Refusal, result};
use crate::keys::{MerchantKey, request_message};
use crate::merchant::SubMerchant;

const SCHEME: &str = "WECHATPAY2-SHA256-RSA2048";

/// Paths that begin so are about orders. A live probe saw them answered otherwise (A.1, A.3).
pub(super) const ORDERS: &str = "/v3/pay/";

/// How far a request's timestamp may be from the platform's clock, either way (A.2).
const SKEW_MAX_S: u64 = 5 * 60;

/// How much of a body the detail of a refusal repeats: a production sample shows the first few
/// bytes.
const BODY_SHOWN_CHARS: usize = 10;

/// A merchant that may call.
pub struct Merchant {
    /// Its number.
    pub mchid: String,
    /// Its app.
    pub appid: String,
    /// Further apps of its own.
    pub other_appids: Vec<String>,
    /// The numbers of all merchants and sub-merchants that the platform knows.
    pub everybody: Arc<BTreeSet<String>>,
    /// The serial number of its API certificate, of one of them if it has several.
    pub serial_no: String,
    /// Whether that certificate has been replaced.
    pub retired: bool,
    /// The key in that certificate.
    pub key: MerchantKey,
    /// What its notifications are sealed with.
    pub api_v3_key: ApiV3Key,
    /// Whom it acts for; a direct merchant acts for nobody else.
    pub subs: Vec<SubMerchant>,
}

impl Merchant {
    /// What a request names it by; lists of merchants are in this order.
    pub fn named(&self) -> (&str, &str) {
        (&self.mchid, &self.serial_no)
    }

    /// Whether the app is its own.
    pub fn owns(&self, appid: &str) -> bool {
        self.appid == appid || self.other_appids.iter().any(|other| other == appid)
    }
}

/// What was signed, as it arrived.
#[derive(Clone, Copy)]
pub struct Claim<'a> {
    /// In upper case.
    pub method: &'a str,
    /// Path and query, byte for byte.
    pub target: &'a str,
    /// The raw body.
    pub body: &'a [u8],
    /// The `Authorization` header.
    pub authorization: Option<&'a str>,
}

/// Why a request is nobody's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denied {
    /// The header is missing.
    NoSignature,
    /// The header is of another scheme.
    OtherScheme,
    /// The header is not five `key="value"` pairs.
    Malformed,
    /// The timestamp is more than five minutes away.
    FarTimestamp,
    /// No merchant of this number has a certificate of this serial number.
    UnknownSerial,
    /// The merchant had this certificate and has another one now.
    ReplacedCertificate,
    /// The signature is not this merchant's for this request.
    BadSignature {
        /// The string that should have been signed.
        message: Vec<u8>,
    },
}

struct Parts<'a> {
    mchid: &'a str,
    nonce: &'a str,
    signature: &'a str,
    timestamp: &'a str,
    serial_no: &'a str,
}

/// Finds the merchant that signed this request; `merchants` are in the order of
/// [`Merchant::named`], `now` is the wall clock.
pub fn verify<'a>(
    merchants: &'a [Merchant],
    claim: Claim<'_>,
    now: i64,
) -> Result<&'a Merchant, Denied> {
    let header = claim.authorization.ok_or(Denied::NoSignature)?;
    let (scheme, pairs) = header.split_once(' ').unwrap_or((header, ""));
    if scheme != SCHEME {
        return Err(Denied::OtherScheme);
    }
    let parts = parts(pairs).ok_or(Denied::Malformed)?;
    let timestamp = seconds(parts.timestamp).ok_or(Denied::Malformed)?;
    if timestamp.abs_diff(now) > SKEW_MAX_S {
        return Err(Denied::FarTimestamp);
    }
    let named = (parts.mchid, parts.serial_no);
    let merchant = merchants
        .binary_search_by(|known| known.named().cmp(&named))
        .ok()
        .and_then(|place| merchants.get(place))
        .ok_or(Denied::UnknownSerial)?;
    if merchant.retired {
        return Err(Denied::ReplacedCertificate);
    }
    let message =
        request_message(claim.method, claim.target, parts.timestamp, parts.nonce, claim.body);
    if merchant.key.verifies(&message, parts.signature) {
        Ok(merchant)
    } else {
        Err(Denied::BadSignature { message })
    }
}

/// Unix time in decimal digits, without a sign (A.2).
fn seconds(text: &str) -> Option<i64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// Five pairs, each once, in any order, with nothing around the commas.
fn parts(pairs: &str) -> Option<Parts<'_>> {
    let mut found =
        [("mchid", ""), ("nonce_str", ""), ("signature", ""), ("timestamp", ""), ("serial_no", "")];
    let mut count = 0;
    for pair in pairs.split(',') {
        let (name, quoted) = pair.split_once('=')?;
        let value = quoted.strip_prefix('"')?.strip_suffix('"')?;
        let slot = found.iter_mut().find(|slot| slot.0 == name)?;
        if !slot.1.is_empty() || value.is_empty() || value.contains('"') {
            return None;
        }
        slot.1 = value;
        count += 1;
    }
    let [mchid, nonce, signature, timestamp, serial_no] = found.map(|(_, value)| value);
    (count == found.len()).then_some(Parts { mchid, nonce, signature, timestamp, serial_no })
}

impl Denied {
    /// What the caller is told. Orders have words of their own for a header that is missing or of
    /// another scheme (A.3, last line of the table).
    pub fn refusal(&self, claim: Claim<'_>) -> Refusal {
        let message = match self {
            Self::NoSignature | Self::OtherScheme if claim.target.starts_with(ORDERS) => {
                "签名信息错误，验签失败"
            }
            Self::OtherScheme => "Http头Authorization认证类型不正确",
            Self::NoSignature | Self::Malformed => "Http头Authorization值格式错误",
            Self::FarTimestamp => "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟",
            Self::UnknownSerial => "商户证书序列号有误。",
            Self::ReplacedCertificate => "已更换证书，请使用新证书",
            Self::BadSignature { .. } => "错误的签名，验签失败",
        };
        let mut refusal = Refusal::new(Code::SignError, result::SIGNATURE, message);
        if let Self::BadSignature { message } = self {
            refusal.detail = Some(json!({
                "field": "signature",
                "issue": "sign not match",
                "location": "authorization",
                "sign_information": {
                    "method": claim.method,
                    "url": claim.target,
                    "truncated_sign_message": truncated(message, claim.body),
                    "sign_message_length": message.len(),
                },
            }));
        }
        refusal
    }
}

fn truncated(message: &[u8], body: &[u8]) -> String {
    let head_bytes = message.len().saturating_sub(body.len() + 1);
    let head = String::from_utf8_lossy(message.get(..head_bytes).unwrap_or_default());
    let body = String::from_utf8_lossy(body);
    let shown: String = body.chars().take(BODY_SHOWN_CHARS).collect();
    format!("{head}{shown}\n")
}

#[cfg(test)]
mod tests;
