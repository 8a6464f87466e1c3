//! A call before it is signed, and the call as it is sent.
//!
//! The fields of an order are stored without a nonce and without a sign: each sending draws the one
//! and makes the other afresh, and the parameters that the platform compares stay the same.

use checkout::payee::Payee;

use super::fields::Fields;
use super::key::{ApiV2Key, SignType};
use super::sign::{SIGN, SIGN_TYPE, sign};
use super::xml::write;
use crate::http::{Method, Request, Signed, USER_AGENT};

/// What is asked, of which endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Path of the endpoint; V2 has no query.
    pub target: &'static str,
    /// Every parameter but `nonce_str`, `sign_type` and `sign`.
    pub fields: Fields,
    /// Whether the platform wants to see the merchant's certificate in the TLS handshake.
    pub certified: bool,
    /// The way to sign, where the endpoint takes only one; else the merchant's counts.
    pub sign_type: Option<SignType>,
}

impl Draft {
    /// A call that any merchant's way to sign will do for, without a certificate.
    pub const fn new(target: &'static str, fields: Fields) -> Self {
        Self { target, fields, certified: false, sign_type: None }
    }
}

/// Who calls and who is paid, as the first fields of every call.
pub(super) fn parties(payee: &Payee) -> Fields {
    let mut fields = Fields::new();
    fields.push("appid", payee.appid.as_str());
    fields.push("mch_id", payee.mchid.as_str());
    if let Some(sub_appid) = payee.sub_appid() {
        fields.push("sub_appid", sub_appid);
    }
    if let Some(sub_mchid) = payee.sub_mchid() {
        fields.push("sub_mch_id", sub_mchid);
    }
    fields
}

/// Who calls.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    /// The key that the merchant and the platform share.
    pub key: &'a ApiV2Key,
    /// How the merchant signs.
    pub sign_type: SignType,
}

/// Signs a call. `nonce` must be drawn afresh for every one.
pub fn sign_call(draft: &Draft, caller: &Caller<'_>, nonce: [u8; 16]) -> Signed {
    let sign_type = draft.sign_type.unwrap_or(caller.sign_type);
    let mut fields = draft.fields.clone();
    fields.push("nonce_str", nonce_str(nonce));
    fields.push(SIGN_TYPE, sign_type.as_str());
    let sum = sign(&fields, caller.key, sign_type);
    fields.push(SIGN, sum);
    let request =
        Request { method: Method::Post, target: draft.target.to_owned(), body: write(&fields) };
    let headers =
        vec![("Content-Type", "text/xml".to_owned()), ("User-Agent", USER_AGENT.to_owned())];
    let signed = Signed::new(request, headers);
    if draft.certified { signed.with_certificate() } else { signed }
}

/// 32 upper-case hexadecimal digits, as many as `nonce_str` may have (protocol reference D.2).
pub fn nonce_str(nonce: [u8; 16]) -> String {
    nonce.iter().map(|byte| format!("{byte:02X}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v2::key::ApiV2Keys;
    use crate::v2::sign::verify;
    use crate::v2::xml::read;

    fn sent(draft: &Draft, sign_type: SignType) -> (Signed, Fields) {
        let keys = ApiV2Keys::parse("Abcdefghijklmnopqrstuvwxyz012345").unwrap();
        let signed = sign_call(draft, &Caller { key: keys.first(), sign_type }, [0xAB; 16]);
        let fields = read(&signed.request().body).unwrap();
        verify(fields.clone(), &keys, SignType::Md5).unwrap();
        (signed, fields)
    }

    #[test]
    fn what_is_sent_is_what_was_signed() {
        let draft = Draft::new("/pay/x", [("body", "<红>&\r]]>")].into_iter().collect());
        for sign_type in [SignType::Md5, SignType::HmacSha256] {
            let (signed, fields) = sent(&draft, sign_type);
            assert_eq!(fields.get("body"), Some("<红>&\r]]>"));
            assert_eq!(fields.get("nonce_str"), Some("AB".repeat(16).as_str()));
            assert_eq!(fields.get(SIGN_TYPE), Some(sign_type.as_str()));
            assert!(!signed.needs_certificate());
            assert_eq!(signed.request().target, "/pay/x");
            assert_eq!(signed.request().method, Method::Post);
            assert!(signed.headers().contains(&("Content-Type", "text/xml".to_owned())));
        }
    }

    #[test]
    fn an_endpoint_may_take_one_way_to_sign_only_and_want_a_certificate() {
        let only = Draft {
            certified: true,
            sign_type: Some(SignType::HmacSha256),
            ..Draft::new("/pay/x", Fields::new())
        };
        let (signed, fields) = sent(&only, SignType::Md5);
        assert_eq!(fields.get(SIGN_TYPE), Some("HMAC-SHA256"));
        assert!(signed.needs_certificate());
    }
}
