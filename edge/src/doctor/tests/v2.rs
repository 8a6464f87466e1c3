//! What each kind of answer over V2 tells of the key and of what goes with it.

use checkout::payee::{Payee, SubMerchant};
use wechatpay::http::{Headers, Reply};
use wechatpay::v2::answer::{Judged, judge};
use wechatpay::v2::fields::Fields;
use wechatpay::v2::key::{ApiV2Keys, SignType};
use wechatpay::v2::sign::sign;
use wechatpay::v2::xml::write;

use super::super::*;
use crate::ports::Unreachable;

const KEY: &str = "Abcdefghijklmnopqrstuvwxyz012345";

fn own() -> Payee {
    Payee::direct("1900000001", "wx0123456789abcdef")
}

/// What an answer of these fields comes to, signed with `key`.
fn heard(told: &[(&str, &str)], key: &str) -> Judged {
    let about = [
        ("return_code", "SUCCESS"),
        ("appid", "wx0123456789abcdef"),
        ("mch_id", "1900000001"),
        ("nonce_str", "5K8264ILTKCH16CQ2502SI8ZNMTM67VS"),
    ];
    let mut fields: Fields = about.into_iter().chain(told.iter().copied()).collect();
    let keys = ApiV2Keys::parse(key).unwrap();
    let sum = sign(&fields, keys.first(), SignType::HmacSha256);
    fields.push("sign", sum);
    judged(200, write(&fields))
}

fn judged(status: u16, body: Vec<u8>) -> Judged {
    let reply = Reply { status, headers: Headers::default(), body };
    judge(&reply, &ApiV2Keys::parse(KEY).unwrap(), SignType::HmacSha256, &own())
}

fn refused(code: &str, words: &str) -> Judged {
    heard(&[("result_code", "FAIL"), ("err_code", code), ("err_code_des", words)], KEY)
}

fn not_taken(words: &str) -> Judged {
    let fields: Fields = [("return_code", "FAIL"), ("return_msg", words)].into_iter().collect();
    judged(200, write(&fields))
}

fn one(judged: Judged) -> Finding {
    let mut findings = v2_keys(&[Ok(judged)], false);
    assert_eq!(findings.len(), 1);
    findings.remove(0)
}

#[test]
fn no_such_order_under_the_platforms_sign_proves_the_key() {
    let finding = one(refused("ORDERNOTEXIST", "订单不存在"));
    assert_eq!((finding.check, finding.state), (Check::V2Key, State::Ok));
    assert_eq!(finding.variable.as_deref(), Some("API_V2_KEY"));
}

#[test]
fn a_wrong_key_is_told_with_what_to_do_and_what_it_costs() {
    for words in ["签名错误", "签名错误，请检查后再试", "SIGN ERROR"] {
        let finding = one(not_taken(words));
        assert_eq!(finding.state, State::Wrong, "{words}");
        assert_eq!(finding.variable.as_deref(), Some("API_V2_KEY"));
        assert!(finding.words.contains(words), "{}", finding.words);
        let mend = finding.mend.unwrap();
        assert!(mend.contains("账户中心 → API安全") && mend.contains("printed"), "{mend}");
    }
}

#[test]
fn a_number_that_does_not_belong_is_not_blamed_on_the_key() {
    let finding = one(refused("APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配"));
    assert_eq!((finding.state, finding.variable.as_deref()), (State::Wrong, Some("APPID")));
    let sub = v2_keys(&[Ok(refused("NOAUTH", "商户无此接口权限"))], true);
    assert_eq!(sub[0].variable.as_deref(), Some("SUB_MERCHANTS"));
}

#[test]
fn an_answer_that_is_not_the_platforms_is_seen() {
    let forged = heard(&[("result_code", "SUCCESS")], &"0".repeat(32));
    let finding = one(forged);
    assert_eq!(finding.state, State::Wrong);
    assert!(finding.words.contains("not proven"), "{}", finding.words);
    for (judged, state) in [
        (judged(200, b"<html></html>".to_vec()), State::Wrong),
        (judged(502, Vec::new()), State::Warning),
        (not_taken("签名错误"), State::Ok),
    ] {
        let finding = reachable_v2("https://api.example", Ok(&judged));
        assert_eq!((finding.check, finding.state), (Check::Reachable, state));
    }
    assert_eq!(reachable_v2("https://api.example", Err(Unreachable)).state, State::Wrong);
    assert_eq!(v2_keys(&[Err(Unreachable)], false)[0].state, State::Skipped);
}

#[test]
fn of_two_keys_one_is_enough() {
    let good = || Ok(refused("ORDERNOTEXIST", ""));
    let bad = || Ok(not_taken("签名错误"));
    let states = |heard: &[Result<Judged, Unreachable>]| {
        v2_keys(heard, false).iter().map(|finding| finding.state).collect::<Vec<_>>()
    };
    assert_eq!(states(&[good(), bad()]), [State::Ok, State::Warning]);
    assert_eq!(states(&[bad(), good()]), [State::Warning, State::Ok]);
    assert_eq!(states(&[bad(), bad()]), [State::Wrong, State::Wrong]);
    let words = &v2_keys(&[good(), bad()], false)[1].words;
    assert!(words.starts_with("the second key: "), "{words}");
    assert!(!words.contains("printed"), "{words}");
    let words = &v2_keys(&[bad(), good()], false)[0].words;
    assert!(words.ends_with("put the second one in front"), "{words}");
}

#[test]
fn the_address_of_mode_1_is_named_and_its_shape_looked_at() {
    let address = "https://pay.example/wechatpay/v2/native";
    let told = native_callback(address, Finding::ok(Check::NotifyUrl, ""));
    assert_eq!((told.check, told.state), (Check::NativeCallback, State::Skipped));
    assert!(told.words.contains(address) && told.words.contains("扫码支付回调URL"));
    let shape = Finding::wrong(Check::NotifyUrl, "it is this machine", "another address");
    let told = native_callback(address, shape);
    assert_eq!((told.check, told.state), (Check::NativeCallback, State::Wrong));
}

#[test]
fn a_missing_certificate_costs_refunds_and_nothing_else() {
    let missing = refund_certificate("ACME__WECHATPAY_MTLS", false);
    assert_eq!((missing.check, missing.state), (Check::RefundCertificate, State::Warning));
    assert!(missing.words.contains("ACME__WECHATPAY_MTLS"));
    assert_eq!(refund_certificate("WECHATPAY_MTLS", true).state, State::Ok);
}

#[test]
fn an_order_is_placed_and_closed_or_told_why_not() {
    let done = heard(&[("result_code", "SUCCESS")], KEY);
    let order = |placed: &Judged, closed: &Judged| order_v2(&own(), Ok(placed), Ok(closed));
    let finding = order(&done, &done);
    assert_eq!((finding.check, finding.state), (Check::Order, State::Ok));
    assert!(finding.words.ends_with("and closed again"), "{}", finding.words);
    assert_eq!(order(&done, &refused("SYSTEMERROR", "")).state, State::Warning);
    assert_eq!(order(&not_taken("签名错误"), &done).state, State::Skipped);
    let unbound = order(&refused("APPID_MCHID_NOT_MATCH", ""), &done);
    assert_eq!((unbound.state, unbound.variable.as_deref()), (State::Wrong, Some("APPID")));
    let sub = SubMerchant { mchid: "1600000001".to_owned(), appid: None };
    let payee = Payee { sub: Some(sub), ..own() };
    let finding = order_v2(&payee, Ok(&done), Ok(&done));
    assert!(finding.words.starts_with("sub_mchid 1600000001: "), "{}", finding.words);
}
