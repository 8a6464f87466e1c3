//! The samples' answers, their siblings, and everything that is none.

use super::*;
use crate::mode1::link::tests::sample;
use crate::v2::sign::{SIGN, sign};

/// Protocol reference G.15.
const GOOD: &str = "<xml>
<return_code><![CDATA[SUCCESS]]></return_code>
<appid>wx0123456789abcdef</appid>
<mch_id>1900000001</mch_id>
<nonce_str>8K8264ILTKCH16CQ2502SI8ZNMTM67V1</nonce_str>
<prepay_id>wx01110000000000aaaabbbbccccdddd0000</prepay_id>
<result_code><![CDATA[SUCCESS]]></result_code>
<sign>B9DDEB4119B30E993A6056AFC52E6B15</sign>
</xml>";

/// The same: a merchant that has nothing left.
const REFUSAL: &str = "<xml>
<return_code><![CDATA[SUCCESS]]></return_code>
<appid>wx0123456789abcdef</appid>
<mch_id>1900000001</mch_id>
<nonce_str>8K8264ILTKCH16CQ2502SI8ZNMTM67V1</nonce_str>
<result_code><![CDATA[FAIL]]></result_code>
<err_code_des><![CDATA[商品已下架]]></err_code_des>
<sign>EAD3B1D2428F60E995EA33346D795980</sign>
</xml>";

fn read(body: &str) -> Result<String, Refused> {
    let answer = Answer { headers: Vec::new(), body: body.to_owned() };
    prepay_id(&answer, &sample())
}

fn refused(body: &str) -> (Code, String) {
    let refused = read(body).unwrap_err();
    assert_eq!(refused.words, BUSY, "{body}");
    (refused.code, refused.why)
}

/// The good answer with other values, rightly signed; an empty one takes the field away.
fn changed(changes: &[(&str, &str)]) -> String {
    let mut fields = xml::read(GOOD.as_bytes()).unwrap();
    fields.remove(SIGN);
    for (name, value) in changes {
        fields.remove(name);
        if !value.is_empty() {
            fields.push(*name, *value);
        }
    }
    let made = sign(&fields, &sample().merchant.key, SignType::Md5);
    xml::write(&fields.with(SIGN, made))
}

#[test]
fn the_samples_are_read_as_what_they_are() {
    assert_eq!(read(GOOD).unwrap(), "wx01110000000000aaaabbbbccccdddd0000");
    let no = read(REFUSAL).unwrap_err();
    assert_eq!((no.code, no.words.as_str()), (Code::CallbackRefused, "商品已下架"));
    let bare = "<xml><return_code>FAIL</return_code><return_msg>系统错误</return_msg></xml>";
    let (code, why) = refused(bare);
    assert_eq!(code, Code::CallbackRefused);
    assert!(why.contains("return_code FAIL: \"系统错误\""), "{why}");
}

#[test]
fn no_field_of_it_can_be_changed_behind_the_sign() {
    for (from, to) in [
        ("aaaabbbb", "aaaabbbc"),
        ("8K8264", "9K8264"),
        ("wx0123456789abcdef", "wx0123456789abcdee"),
        ("1900000001", "1900000002"),
        ("<result_code><![CDATA[SUCCESS]]>", "<result_code><![CDATA[FAIL]]>"),
        ("</xml>", "<attach>x</attach></xml>"),
        ("<sign>B9", "<sign>C9"),
        ("<sign>B9DDEB4119B30E993A6056AFC52E6B15</sign>", ""),
        ("<sign>B9DDEB4119B30E993A6056AFC52E6B15</sign>", "<sign/>"),
    ] {
        assert!(GOOD.contains(from));
        assert_eq!(refused(&GOOD.replace(from, to)).0, Code::CallbackUnsigned, "{to}");
    }
    // A forged "no" would be words for the payer.
    let forged = REFUSAL.replace("商品已下架", "请到别处扫码");
    assert_eq!(refused(&forged).0, Code::CallbackUnsigned);
}

#[test]
fn what_is_signed_and_still_no_answer_is_told_what_is_wrong() {
    for (changes, words) in [
        ([("prepay_id", "")], "prepay_id is missing or empty"),
        ([("prepay_id", &*"x".repeat(65))], "prepay_id has more than 64 characters"),
        ([("nonce_str", "")], "nonce_str is missing or empty"),
        ([("nonce_str", &*"x".repeat(33))], "nonce_str is longer than 32 characters"),
        ([("result_code", "")], "result_code is missing or empty"),
        ([("result_code", "OK")], "result_code is \"OK\""),
        ([("return_code", "")], "return_code is missing or empty"),
        ([("return_code", "success")], "return_code is \"success\""),
        ([("appid", "")], "appid is missing or empty"),
    ] {
        let (code, why) = refused(&changed(&changes));
        assert_eq!(code, Code::CallbackMalformed, "{changes:?}");
        assert!(why.contains(words), "{changes:?}: {why}");
    }
    let long = changed(&[("result_code", "FAIL"), ("err_code_des", &"茶".repeat(129))]);
    assert_eq!(refused(&long).0, Code::CallbackMalformed);
    let (code, why) = refused(&changed(&[("result_code", "FAIL")]));
    assert_eq!(code, Code::CallbackRefused);
    assert!(why.contains("without err_code_des"), "{why}");
    for change in [("appid", "wxaaaaaaaaaaaaaaaa"), ("mch_id", "1900000002")] {
        assert_eq!(refused(&changed(&[change])).0, Code::CallbackOtherMerchant, "{change:?}");
    }
}

#[test]
fn what_is_no_message_is_told_so() {
    let bomb = "<!DOCTYPE xml [<!ENTITY a \"b\">]><xml><return_code>&a;</return_code></xml>";
    for (body, words) in [
        ("", "it is empty"),
        ("{\"return_code\":\"SUCCESS\"}", "there is text outside of the fields"),
        ("<xml><return_code>SUCCESS</return_code>", "its root is not one <xml>"),
        (bomb, "DOCTYPE"),
        ("<xml><return_code>\u{fffd}</return_code></xml>", "it is not UTF-8"),
        (&GOOD.replace("</xml>", "<appid>x</appid></xml>"), "appid comes twice"),
        (&format!("<xml><x>{}</x></xml>", "y".repeat(5_000)), "more than 4,096 bytes"),
    ] {
        let (code, why) = refused(body);
        assert_eq!(code, Code::CallbackMalformed, "{body}");
        assert!(
            why.starts_with("The answer is not as it has to be: ") && why.contains(words),
            "{why}"
        );
    }
}
