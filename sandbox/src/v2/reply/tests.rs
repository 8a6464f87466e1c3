//! Answers as in the reference, to the last byte (protocol reference G.11).

use super::*;
use crate::merchant::Kind;
use crate::v2::caller::Merchant;
use crate::v2::refusal::Code;
use crate::v2::sign::verify;

/// The merchant of section G, and its V2 key.
const KEY: &str = "Abcdefghijklmnopqrstuvwxyz012345";

fn merchant() -> Merchant {
    Merchant {
        mchid: "1900000001".into(),
        appids: vec!["wx0123456789abcdef".into()],
        kind: Kind::Direct,
        key: KEY.into(),
        subs: Vec::new(),
    }
}

fn caller(merchant: &Merchant, sign_type: SignType) -> Caller<'_> {
    let fields = Fields::new().with("appid", "wx0123456789abcdef");
    Caller::unnamed(&fields, merchant, sign_type)
}

const PLACED: &str = "<xml>
<return_code><![CDATA[SUCCESS]]></return_code>
<return_msg><![CDATA[OK]]></return_msg>
<appid>wx0123456789abcdef</appid>
<mch_id>1900000001</mch_id>
<nonce_str>1K8264ILTKCH16CQ2502SI8ZNMTM67V4</nonce_str>
<result_code><![CDATA[SUCCESS]]></result_code>
<trade_type>NATIVE</trade_type>
<prepay_id>wx01110000000000aaaabbbbccccdddd0000</prepay_id>
<code_url>weixin://wxpay/bizpayurl?pr=TESTpr003zz</code_url>
<sign>BF4ABE25B3E34D16A5A8503482713391</sign>
</xml>";

const PAID: &str = "<xml>
<return_code><![CDATA[SUCCESS]]></return_code>
<return_msg><![CDATA[OK]]></return_msg>
<appid>wx0123456789abcdef</appid>
<mch_id>1900000001</mch_id>
<nonce_str>2K8264ILTKCH16CQ2502SI8ZNMTM67V5</nonce_str>
<result_code><![CDATA[FAIL]]></result_code>
<err_code>ORDERPAID</err_code>
<err_code_des><![CDATA[该订单已支付]]></err_code_des>
<sign>467C3D1746F6A9291FC38E97EB4EC20B</sign>
</xml>";

const UNSIGNED: &str = "<xml>
<return_code><![CDATA[FAIL]]></return_code>
<return_msg><![CDATA[签名错误]]></return_msg>
</xml>";

#[test]
fn answers_are_written_as_in_the_reference() {
    let merchant = merchant();
    let caller = caller(&merchant, SignType::Md5);
    let own = Fields::new()
        .with("trade_type", "NATIVE")
        .with("prepay_id", "wx01110000000000aaaabbbbccccdddd0000")
        .with("code_url", "weixin://wxpay/bizpayurl?pr=TESTpr003zz");
    let placed = message(Ok(own), &caller, "1K8264ILTKCH16CQ2502SI8ZNMTM67V4");
    assert_eq!(xml::write(&placed), PLACED);
    let paid = Refusal::business(Code::OrderPaid, "该订单已支付", "");
    let paid = message(Err(&paid), &caller, "2K8264ILTKCH16CQ2502SI8ZNMTM67V5");
    assert_eq!(xml::write(&paid), PAID);
    let wrong = Refusal::message(Code::SignError, crate::v2::SIGN_WRONG, "");
    assert_eq!(xml::write(&unsigned(&wrong)), UNSIGNED);
}

#[test]
fn an_answer_is_signed_as_its_call_was() {
    let merchant = merchant();
    for sign_type in [SignType::Md5, SignType::HmacSha256] {
        let fields = message(Ok(Fields::new()), &caller(&merchant, sign_type), "nonce");
        assert!(verify(&fields, KEY, sign_type) && fields.get("sign_type").is_none());
    }
}

#[test]
fn a_flaw_is_one_of_the_sign() {
    let merchant = merchant();
    let own = Fields::new().with("code_url", "weixin://wxpay/bizpayurl?pr=TESTpr003zz");
    let good = message(Ok(own), &caller(&merchant, SignType::Md5), "nonce");
    for (flaw, spoils) in [(Flaw::Missing, SIGN), (Flaw::Wrong, SIGN), (Flaw::Tampered, "code_url")]
    {
        let bad = spoilt(good.clone(), Some(flaw));
        assert!(!verify(&bad, KEY, SignType::Md5), "{flaw:?}");
        for (name, value) in good.iter() {
            assert_eq!(bad.get(name) == Some(value), name != spoils, "{flaw:?} {name}");
        }
    }
    assert_eq!(spoilt(good.clone(), None), good);
    for (text, other) in [("a", "b"), ("z9", "z0"), ("0）", "1）"), ("Z", "A"), ("茶", "茶")] {
        assert_eq!(another(text), other);
    }
}
