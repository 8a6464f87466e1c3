//! Why the platform said no, in the operator's terms (protocol reference A.3, E.2, E.3).

use checkout::report::Refusal;

use super::heard::Heard;

/// An explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cause {
    /// The variable that is behind it, if one is.
    pub(super) variable: Option<&'static str>,
    /// What is wrong.
    pub(super) words: &'static str,
    /// What to do.
    pub(super) mend: &'static str,
}

const fn cause(variable: &'static str, words: &'static str, mend: &'static str) -> Cause {
    Cause { variable: Some(variable), words, mend }
}

/// The platform's own words, for the end of a finding.
pub(super) fn quoted(refusal: &Refusal) -> String {
    let id =
        refusal.request_id.as_deref().map_or_else(String::new, |id| format!(", Request-ID {id}"));
    format!("WeChat Pay says {} {} ({}{id})", refusal.status, refusal.code, refusal.message)
}

/// What is behind a 401. The code is always `SIGN_ERROR`, so the wording chooses, and the details
/// that only a signature which does not agree brings.
pub(super) fn of_signature(heard: &Heard<'_>, refusal: &Refusal) -> Cause {
    let says = |word: &str| refusal.message.contains(word);
    if says("timestamp") {
        return Cause {
            variable: None,
            words: "our clock and WeChat Pay's are more than five minutes apart",
            mend: "see the finding about the clock",
        };
    }
    if says("序列号") {
        return UNKNOWN_SERIAL;
    }
    if says("未申请过证书") {
        return cause(
            "MERCHANT_CERTIFICATE",
            "this merchant has never applied for an API certificate",
            "apply for one: 账户中心 → API安全 → 商户API证书",
        );
    }
    if says("APIv3密钥") {
        return cause(
            "API_V3_KEY",
            "no APIv3 key has been set at the merchant platform",
            "set one: 账户中心 → API安全 → APIv3密钥, and the same in API_V3_KEY",
        );
    }
    if says("已过期") || says("已作废") || says("已更换") {
        return cause(
            "MERCHANT_SERIAL",
            "the merchant's certificate has expired, or was revoked or replaced",
            "set certificate, serial and private key of the current one \
             (账户中心 → API安全 → 商户API证书)",
        );
    }
    if heard.shows_message || says("验签失败") || says("签名错误") {
        return cause(
            "MERCHANT_PRIVATE_KEY",
            "WeChat Pay has the certificate MERCHANT_SERIAL, and our signature is not of its key",
            "set the private key of that very certificate; with MERCHANT_CERTIFICATE beside it, \
             a mix-up is seen without asking",
        );
    }
    UNKNOWN_SERIAL
}

const UNKNOWN_SERIAL: Cause = cause(
    "MERCHANT_SERIAL",
    "the merchant MCHID has no valid certificate MERCHANT_SERIAL: one of the two is wrong, or the \
     certificate is another merchant's, revoked or expired",
    "compare both with 账户中心 → API安全 → 商户API证书 (the serial is the merchant's own, not the \
     platform's)",
);

/// What is behind a refusal of an order or of a question about one.
pub(super) fn of_business(refusal: &Refusal, is_partner: bool) -> Cause {
    // Older pages spell codes without underscores.
    let code = refusal.code.replace('_', "");
    match (code.as_str(), is_partner) {
        ("APPIDMCHIDNOTMATCH", _) => cause(
            "APPID",
            "the app APPID is not bound to the merchant MCHID",
            "bind it: 产品中心 → AppID账号管理 → 关联AppID, and confirm on the app's side",
        ),
        // Whoever signed is known by then: a service provider's call is about the other number.
        ("MCHNOTEXISTS", true) => cause(
            "SUB_MERCHANTS",
            "WeChat Pay knows no merchant with the sub-merchant's number",
            "compare the number in SUB_MERCHANTS with 服务商平台 → 特约商户管理",
        ),
        ("MCHNOTEXISTS", false) => cause(
            "MCHID",
            "WeChat Pay knows no such merchant",
            "compare MCHID with 账户中心 → 商户信息",
        ),
        ("NOAUTH", true) => cause(
            "SUB_MERCHANTS",
            "the sub-merchant has not authorised this service provider, or not for this product",
            "have it authorised: 服务商平台 → 特约商户管理, and 产品授权",
        ),
        ("NOAUTH", false) => cause(
            "MCHID",
            "the merchant has not opened Native payment, or is restricted",
            "open it: 产品中心 → Native支付",
        ),
        ("PARAMERROR" | "INVALIDREQUEST", true) => cause(
            "SUB_MERCHANTS",
            "WeChat Pay does not take the call as it is worded",
            "compare MCHID, APPID, SUB_MERCHANTS and PUBLIC_URL with what it says",
        ),
        ("PARAMERROR" | "INVALIDREQUEST", false) => cause(
            "MCHID",
            "WeChat Pay does not take the call as it is worded",
            "compare MCHID, APPID and PUBLIC_URL with what it says",
        ),
        _ => Cause {
            variable: None,
            words: "WeChat Pay refuses",
            mend: "its words say why; its support asks for the Request-ID",
        },
    }
}
