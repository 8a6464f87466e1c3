//! While a merchant replaces its key, the platform knows one of the two and does not tell which. What
//! it refuses under the one is sent again under the other, as APIv3's 401 is answered: a call whose
//! sign it does not take is a call that it has not looked at.

use super::answer::is_about_the_sign;
use super::draft::nonce_str;
use super::key::{ApiV2Keys, SignType};
use super::sign::{SIGN, SIGN_TYPE, sign, verify};
use super::xml::{read, write};
use crate::http::{Reply, Request, Signed};

/// Whether the platform did not take the sign of a call. Nothing was done then.
pub fn is_refused(reply: &Reply) -> bool {
    let Some(fields) = (reply.status == 200).then(|| read(&reply.body).ok()).flatten() else {
        return false;
    };
    let not_taken = fields.get("return_code") == Some("FAIL");
    let words = fields.get("return_msg").unwrap_or_default();
    let refused = fields.get("result_code") == Some("FAIL");
    not_taken && is_about_the_sign(words)
        || refused && fields.get("err_code").is_some_and(is_about_the_sign)
}

/// The same parameters signed with the other of two keys, and the keys with that one first. `None`
/// where there is no other, or where `refused` is no call of V2. `nonce` must be drawn afresh.
pub fn sign_again(
    refused: &Signed,
    keys: &ApiV2Keys,
    nonce: [u8; 16],
) -> Option<(Signed, ApiV2Keys)> {
    let Request { method, target, body } = refused.request();
    let mut fields = read(body).ok()?;
    let sign_type = fields.get(SIGN_TYPE).and_then(SignType::parse)?;
    let by_first = verify(fields.clone(), keys, sign_type).ok()?.is_by_first();
    let keys = if by_first { keys.swapped()? } else { keys.clone() };
    fields.push("nonce_str", nonce_str(nonce));
    let sum = sign(&fields, keys.first(), sign_type);
    fields.push(SIGN, sum);
    let request = Request { method: *method, target: target.clone(), body: write(&fields) };
    let signed = Signed::new(request, refused.headers().to_vec());
    let signed = if refused.needs_certificate() { signed.with_certificate() } else { signed };
    Some((signed, keys))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Headers;
    use crate::v2::draft::{Caller, Draft, sign_call};

    const OLD: &str = "Abcdefghijklmnopqrstuvwxyz012345";
    const NEW: &str = "abcdefghijklmnopqrstuvwxyz012345";

    fn reply(status: u16, body: &str) -> Reply {
        Reply { status, headers: Headers::default(), body: body.as_bytes().to_vec() }
    }

    #[test]
    fn a_sign_that_is_not_taken_is_told_apart_from_every_other_no() {
        // Protocol reference G.11, D.11, D.12.
        for (body, about) in [
            ("<xml><return_code>FAIL</return_code><return_msg>签名错误</return_msg></xml>", true),
            ("<xml><return_code>FAIL</return_code><return_msg>SIGN ERROR</return_msg></xml>", true),
            (
                "<xml><return_code>SUCCESS</return_code><result_code>FAIL</result_code>\
                 <err_code>SIGNERROR</err_code></xml>",
                true,
            ),
            (
                "<xml><return_code>SUCCESS</return_code><result_code>FAIL</result_code>\
                 <err_code>ORDERPAID</err_code></xml>",
                false,
            ),
            ("<xml><return_code>FAIL</return_code><return_msg>系统繁忙</return_msg></xml>", false),
            ("<xml><return_code>SUCCESS</return_code><return_msg>签名</return_msg></xml>", false),
            ("签名错误", false),
        ] {
            assert_eq!(is_refused(&reply(200, body)), about, "{body}");
            assert!(!is_refused(&reply(502, body)), "{body}");
        }
    }

    #[test]
    fn the_same_parameters_go_out_under_the_other_key() {
        let both = ApiV2Keys::parse(&format!("{OLD} {NEW}")).unwrap();
        let fields = [("body", "<红>"), ("out_trade_no", "T1")].into_iter().collect();
        let draft = Draft { certified: true, ..Draft::new("/pay/x", fields) };
        for sign_type in [SignType::Md5, SignType::HmacSha256] {
            let first = sign_call(&draft, &Caller { key: both.first(), sign_type }, [1; 16]);
            let (again, keys) = sign_again(&first, &both, [2; 16]).unwrap();
            let sent = read(&again.request().body).unwrap();
            assert_eq!(sent.get("body"), Some("<红>"));
            assert_eq!(sent.get("nonce_str"), Some("02".repeat(16).as_str()));
            assert_eq!(again.request().target, "/pay/x");
            assert!(again.needs_certificate());
            assert_eq!(again.headers(), first.headers());
            let only = |key: &str| ApiV2Keys::parse(key).unwrap();
            assert!(verify(sent.clone(), &only(NEW), sign_type).is_ok());
            assert!(verify(sent, &only(OLD), sign_type).is_err());
            // Back again, as the platform may be slower than the operator.
            let (back, _) = sign_again(&again, &keys, [3; 16]).unwrap();
            let sent = read(&back.request().body).unwrap();
            assert!(verify(sent, &only(OLD), sign_type).is_ok());
        }
    }

    #[test]
    fn who_has_one_key_has_no_other() {
        let one = ApiV2Keys::parse(OLD).unwrap();
        let draft = Draft::new("/pay/x", [("a", "1")].into_iter().collect());
        let caller = Caller { key: one.first(), sign_type: SignType::Md5 };
        assert!(sign_again(&sign_call(&draft, &caller, [1; 16]), &one, [2; 16]).is_none());
    }
}
