//! Which answers decide something, at which of the two levels, and how little words do.

use super::*;
use crate::http::Headers;
use crate::v2::sign::sign;
use crate::v2::xml::write;

const KEY: &str = "Abcdefghijklmnopqrstuvwxyz012345";

fn keys() -> ApiV2Keys {
    ApiV2Keys::parse(KEY).unwrap()
}

fn payee() -> Payee {
    Payee::direct("1900000001", "wx0123456789abcdef")
}

fn reply(status: u16, body: &[u8]) -> Reply {
    Reply { status, headers: Headers::default(), body: body.to_vec() }
}

fn judged(reply: &Reply) -> Judged {
    judge(reply, &keys(), SignType::Md5, &payee())
}

/// An answer that was taken, signed as the platform does.
fn signed(pairs: &[(&str, &str)]) -> Reply {
    let common = [("return_code", "SUCCESS"), ("appid", "wx0123456789abcdef")];
    let mut fields: Fields = common.iter().chain(pairs).copied().collect();
    fields.push("sign", sign(&fields, keys().first(), SignType::Md5));
    reply(200, &write(&fields))
}

#[track_caller]
fn undecided(judged: Judged) -> (u16, String) {
    match judged {
        Judged::InDoubt(Doubt::Undecided(said)) => (said.status, said.code),
        other => panic!("{other:?}"),
    }
}

#[test]
fn only_200_decides_anything() {
    let good = signed(&[("mch_id", "1900000001"), ("result_code", "SUCCESS")]);
    assert!(matches!(judged(&good), Judged::Done(_)));
    for status in [0, 201, 202, 204, 302, 400, 401, 404, 429, 500, 502] {
        let said = undecided(judged(&Reply { status, ..good.clone() }));
        assert_eq!(said, (status, format!("HTTP_{status}")));
    }
}

#[test]
fn what_is_no_message_is_doubt() {
    for (body, reason) in [
        ("", BadXml::OtherRoot),
        ("<html>", BadXml::OtherRoot),
        ("{}", BadXml::StrayText),
        ("<xml><return_code>SUCC", BadXml::CutOff),
    ] {
        let doubt = Judged::InDoubt(Doubt::Unreadable(reason));
        assert_eq!(judged(&reply(200, body.as_bytes())), doubt, "{body}");
    }
    for body in ["<xml/>", "<xml><return_code>success</return_code></xml>"] {
        let said = undecided(judged(&reply(200, body.as_bytes())));
        assert_eq!(said, (200, "HTTP_200".to_owned()), "{body}");
    }
}

#[test]
fn a_success_that_nobody_vouches_for_is_doubt() {
    let unsigned =
        b"<xml><return_code>SUCCESS</return_code><result_code>SUCCESS</result_code></xml>";
    let unproven = |reason| Judged::InDoubt(Doubt::Unproven { reason, request_id: None });
    assert_eq!(judged(&reply(200, unsigned)), unproven(Distrust::MissingSign));
    let good = signed(&[("result_code", "SUCCESS")]);
    let found = judge(&good, &keys(), SignType::HmacSha256, &payee());
    assert_eq!(found, unproven(Distrust::BadSign));
}

#[test]
fn the_words_of_a_message_not_taken_are_told_apart_and_prove_nothing() {
    let said = |words: &str| {
        let fields: Fields = [("return_code", "FAIL"), ("return_msg", words)].into_iter().collect();
        judged(&reply(200, &write(&fields)))
    };
    for (words, code) in [
        ("签名错误", SIGN_ERROR),
        ("签名错误，请检查后再试", SIGN_ERROR),
        ("SIGN ERROR", SIGN_ERROR),
        ("Sign_error", SIGN_ERROR),
        ("appid不存在", RETURN_FAIL),
        ("商户号mch_id与appid不匹配", RETURN_FAIL),
        ("", RETURN_FAIL),
    ] {
        let Judged::Refused { refusal, proof } = said(words) else { panic!("{words}") };
        assert_eq!((refusal.code.as_str(), proof), (code, Proof::Unverified), "{words}");
        assert_eq!((refusal.status, refusal.message.as_str()), (200, words));
    }
    for words in ["系统繁忙，请稍后再试", "SYSTEMERROR", "system error", "频率限制", "请求超时"]
    {
        assert_eq!(undecided(said(words)), (200, "SYSTEMERROR".to_owned()), "{words}");
    }
}

#[test]
fn a_no_under_the_sign_is_a_refusal_unless_it_passes() {
    let failed = |pairs: &[(&str, &str)]| {
        let pairs: Vec<_> = [("result_code", "FAIL")].iter().chain(pairs).copied().collect();
        judged(&signed(&pairs))
    };
    let words = format!("该订单\t{}", "已".repeat(300));
    for code in ["ORDERPAID", "NOAUTH", "SIGNERROR", "NEW_ONE"] {
        let told = failed(&[("err_code", code), ("err_code_des", &words)]);
        let Judged::Refused { refusal, proof } = told else { panic!("{told:?}") };
        assert_eq!((refusal.code.as_str(), proof), (code, Proof::Verified));
        assert_eq!(refusal.message, format!("该订单{}", "已".repeat(253)));
    }
    for code in ["SYSTEMERROR", "BIZERR_NEED_RETRY", "FREQUENCY_LIMITED", "INVALID_REQ_TOO_MUCH"] {
        assert_eq!(undecided(failed(&[("err_code", code)])), (200, code.to_owned()));
    }
    for code in ["", "A B", "<b>", &"X".repeat(65)] {
        assert_eq!(undecided(failed(&[("err_code", code)])).1, "HTTP_200", "{code}");
    }
    for odd in ["", "success", "MAYBE"] {
        assert_eq!(undecided(judged(&signed(&[("result_code", odd)]))).1, "HTTP_200", "{odd}");
    }
}

#[test]
fn an_answer_about_somebody_else_is_doubt() {
    let sub = |name: &'static str, value: &'static str| [(name, value), ("result_code", "SUCCESS")];
    for (name, value) in
        [("appid", "wx9999999999999999"), ("mch_id", "1900000009"), ("sub_mch_id", "1900000003")]
    {
        let found = judged(&signed(&sub(name, value)));
        assert_eq!(found, Judged::InDoubt(Doubt::Foreign), "{name}");
    }
    let failed = signed(&[("mch_id", "1"), ("result_code", "FAIL"), ("err_code", "ORDERNOTEXIST")]);
    assert_eq!(judged(&failed), Judged::InDoubt(Doubt::Foreign));
    // A sub-merchant's app is told to those who named none, too.
    assert!(matches!(judged(&signed(&sub("sub_appid", "wx2"))), Judged::Done(_)));
}

#[test]
fn the_platforms_id_of_the_call_is_kept() {
    let mut slow = signed(&[("result_code", "FAIL"), ("err_code", "SYSTEMERROR")]);
    slow.headers = [("Request-Id".to_owned(), "08F5\u{1}-0".to_owned())].into_iter().collect();
    let Judged::InDoubt(Doubt::Undecided(said)) = judged(&slow) else { panic!("{slow:?}") };
    assert_eq!(said.request_id.as_deref(), Some("08F5-0"));
}
