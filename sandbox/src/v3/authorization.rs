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
mod tests {
    use super::*;

    /// Protocol reference G.1: a request signed with the official documentation's test key.
    const VECTOR: &str = include_str!("../../tests/vectors/request_native.json");
    const NOW: i64 = 1_735_700_000;

    fn vector(field: &str) -> String {
        serde_json::from_str::<serde_json::Value>(VECTOR).unwrap()[field].as_str().unwrap().into()
    }

    fn authorization() -> String {
        let (nonce, signature) = (vector("nonce"), vector("expected_signature"));
        format!(
            "WECHATPAY2-SHA256-RSA2048 mchid=\"1900000001\",nonce_str=\"{nonce}\",\
             signature=\"{signature}\",timestamp=\"1735700000\",\
             serial_no=\"4A1B2C3D4E5F60718293A4B5C6D7E8F901234567\""
        )
    }

    fn merchants() -> Vec<Merchant> {
        let spki = wechatpay::key::public_key_der(&vector("public_key_pem")).unwrap();
        vec![Merchant {
            mchid: "1900000001".into(),
            appid: "wx0123456789abcdef".into(),
            other_appids: Vec::new(),
            everybody: Arc::default(),
            serial_no: "4A1B2C3D4E5F60718293A4B5C6D7E8F901234567".into(),
            retired: false,
            key: MerchantKey::from_spki(&spki).unwrap(),
            api_v3_key: ApiV3Key::parse("0123456789abcdefghijklmnopqrstuv").unwrap(),
            subs: Vec::new(),
        }]
    }

    /// The verdict on the vector's request, after a change.
    fn verdict(now: i64, change: impl FnOnce(&mut Sent)) -> Result<String, Denied> {
        let mut sent = Sent {
            method: "POST",
            target: vector("url_with_query"),
            body: vector("body"),
            authorization: Some(authorization()),
        };
        change(&mut sent);
        let claim = Claim {
            method: sent.method,
            target: &sent.target,
            body: sent.body.as_bytes(),
            authorization: sent.authorization.as_deref(),
        };
        verify(&merchants(), claim, now).map(|merchant| merchant.mchid.clone())
    }

    struct Sent {
        method: &'static str,
        target: String,
        body: String,
        authorization: Option<String>,
    }

    fn with_header(now: i64, from: &str, to: &str) -> Result<String, Denied> {
        assert!(authorization().contains(from), "{from}");
        verdict(now, |sent| sent.authorization = Some(authorization().replace(from, to)))
    }

    #[test]
    fn the_references_signed_request_is_the_merchants() {
        for now in [NOW, NOW + 300, NOW - 300] {
            assert_eq!(verdict(now, |_| {}), Ok("1900000001".to_owned()));
        }
    }

    /// Protocol reference G.3 to G.5 and G.8, as printed there.
    #[test]
    fn every_signed_request_of_the_reference_is_its_merchants() {
        let mut known = merchants();
        known.push(Merchant { mchid: "1900000002".into(), ..merchants().remove(0) });
        for (vector, mchid) in [
            (include_str!("../../tests/vectors/request_query.json"), "1900000001"),
            (include_str!("../../tests/vectors/request_query_partner.json"), "1900000002"),
            (include_str!("../../tests/vectors/request_close.json"), "1900000001"),
            (include_str!("../../tests/vectors/request_refund.json"), "1900000001"),
            (include_str!("../../tests/vectors/request_trade_bill.json"), "1900000001"),
        ] {
            let vector: serde_json::Value = serde_json::from_str(vector).unwrap();
            let text = |field: &str| vector[field].as_str().unwrap();
            let (nonce, signature) = (text("nonce"), text("expected_signature"));
            let timestamp = text("timestamp");
            // In another order than ours: any will do (protocol reference A.3).
            let authorization = format!(
                "WECHATPAY2-SHA256-RSA2048 timestamp=\"{timestamp}\",signature=\"{signature}\",\
                 serial_no=\"4A1B2C3D4E5F60718293A4B5C6D7E8F901234567\",mchid=\"{mchid}\",\
                 nonce_str=\"{nonce}\""
            );
            let claim = Claim {
                method: text("method"),
                target: text("url_with_query"),
                body: text("body").as_bytes(),
                authorization: Some(&authorization),
            };
            let found = verify(&known, claim, timestamp.parse().unwrap());
            assert_eq!(found.map(|merchant| merchant.mchid.as_str()), Ok(mchid), "{vector}");
            let other = Claim { body: b"{}", ..claim };
            let refused = verify(&known, other, timestamp.parse().unwrap()).err();
            assert!(matches!(refused, Some(Denied::BadSignature { .. })), "{refused:?}");
        }
    }

    #[test]
    fn five_minutes_count_both_ways_and_come_before_the_signature() {
        for now in [NOW + 301, NOW - 301] {
            assert_eq!(with_header(now, "nsK0", "nsK1"), Err(Denied::FarTimestamp));
        }
    }

    #[test]
    fn headers_of_another_shape_are_refused_before_anything_else() {
        let none = verdict(NOW, |sent| sent.authorization = None);
        assert_eq!(none, Err(Denied::NoSignature));
        let bearer = verdict(NOW, |sent| sent.authorization = Some("Bearer x".into()));
        assert_eq!(bearer, Err(Denied::OtherScheme));
        let sm2 = with_header(NOW, "SHA256-RSA2048", "SM2-WITH-SM3");
        assert_eq!(sm2, Err(Denied::OtherScheme));
        for (from, to) in [
            (r#"mchid="1900000001","#, ""),
            (r#"mchid="1900000001","#, r#"mchid="1900000001",mchid="1900000001","#),
            (r#""1735700000""#, r#""soon""#),
            (r#""1735700000""#, r#""+1735700000""#),
            (r#""1735700000""#, r#""-1""#),
            (r#"mchid="1900000001""#, "mchid=1900000001"),
            ("mchid=", "extra="),
            (r#"mchid="1900000001""#, r#"mchid="""#),
            (r#",timestamp"#, r#", timestamp"#),
        ] {
            assert_eq!(with_header(NOW, from, to), Err(Denied::Malformed), "{from} {to}");
        }
    }

    #[test]
    fn a_certificate_of_another_merchant_is_unknown() {
        for (from, to) in [("1900000001", "1900000002"), ("4A1B", "4A1C")] {
            assert_eq!(with_header(NOW, from, to), Err(Denied::UnknownSerial));
        }
    }

    #[test]
    fn a_replaced_certificate_says_so() {
        let (target, body, header) = (vector("url_with_query"), vector("body"), authorization());
        let claim = Claim {
            method: "POST",
            target: &target,
            body: body.as_bytes(),
            authorization: Some(&header),
        };
        let mut merchants = merchants();
        merchants[0].retired = true;
        let denied = verify(&merchants, claim, NOW).err().unwrap();
        assert_eq!(denied, Denied::ReplacedCertificate);
        assert_eq!(denied.refusal(claim).message, "已更换证书，请使用新证书");
    }

    #[test]
    fn one_changed_byte_anywhere_breaks_the_signature() {
        let verdicts = [
            verdict(NOW, |sent| sent.method = "PUT"),
            verdict(NOW, |sent| sent.target.push('?')),
            verdict(NOW, |sent| sent.body = sent.body.replace("1234", "1235")),
            with_header(NOW, "8F3A", "8F3B"),
            with_header(NOW, "1735700000", "1735700001"),
            with_header(NOW, "nsK0", "nsK1"),
            with_header(NOW, "nsK0", "ns!0"),
        ];
        for verdict in verdicts {
            assert!(matches!(verdict, Err(Denied::BadSignature { .. })), "{verdict:?}");
        }
    }

    #[test]
    fn orders_have_their_own_words_for_a_header_that_is_none() {
        // Protocol reference A.3, the table's first two lines and its last.
        let said = |denied: Denied, target| {
            let claim = Claim { method: "GET", target, body: b"", authorization: None };
            denied.refusal(claim).message
        };
        let (order, refund) = ("/v3/pay/transactions/id/1", "/v3/refund/domestic/refunds/R1");
        assert_eq!(said(Denied::NoSignature, order), "签名信息错误，验签失败");
        assert_eq!(said(Denied::OtherScheme, order), "签名信息错误，验签失败");
        assert_eq!(said(Denied::NoSignature, refund), "Http头Authorization值格式错误");
        assert_eq!(said(Denied::OtherScheme, refund), "Http头Authorization认证类型不正确");
    }

    #[test]
    fn a_wrong_signature_is_explained_with_the_string_and_its_length_in_bytes() {
        // Protocol reference A.3: the sample's 66 bytes.
        let claim =
            Claim { method: "GET", target: "/v3/certificates", body: b"", authorization: None };
        let message = request_message(
            "GET",
            "/v3/certificates",
            "1735700000",
            "8F3A0C7D5B1E49A2B6D4E8F01C2A3B4D",
            b"",
        );
        let refusal = Denied::BadSignature { message }.refusal(claim);
        let expected = r#"{"code":"SIGN_ERROR","message":"错误的签名，验签失败","detail":{"field":"signature","issue":"sign not match","location":"authorization","sign_information":{"method":"GET","url":"/v3/certificates","truncated_sign_message":"GET\n/v3/certificates\n1735700000\n8F3A0C7D5B1E49A2B6D4E8F01C2A3B4D\n\n","sign_message_length":66}}}"#;
        let said: serde_json::Value = serde_json::from_slice(&refusal.body()).unwrap();
        assert_eq!(said, serde_json::from_str::<serde_json::Value>(expected).unwrap());
    }
}
