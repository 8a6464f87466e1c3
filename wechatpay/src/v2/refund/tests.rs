//! What is sent, what an answer says, and how little a no means that may hide a yes.

use checkout::id::RefundReason;
use checkout::money::Fen;
use checkout::payee::SubMerchant;
use checkout::refund::{RefundFact, Standing};
use checkout::time::UnixSeconds;

use super::*;
use crate::v2::fields::Fields;
use crate::v2::key::{ApiV2Key, ApiV2Keys, SignType};
use crate::v2::sign::{sign, verify};

const KEY: &str = "Abcdefghijklmnopqrstuvwxyz012345";

/// The platform says so under its signature.
fn done(pairs: &[(&str, &str)]) -> Judged {
    let mut fields: Fields = pairs.iter().copied().collect();
    let signature = sign(&fields, &ApiV2Key::parse(KEY).unwrap(), SignType::Md5);
    fields.push("sign", signature);
    Judged::Done(verify(fields, &ApiV2Keys::parse(KEY).unwrap(), SignType::Md5).unwrap())
}

/// The same with one field more, or another value.
fn with<'a>(
    pairs: &[(&'a str, &'a str)],
    name: &'a str,
    value: &'a str,
) -> Vec<(&'a str, &'a str)> {
    let others = pairs.iter().copied().filter(|(known, _)| *known != name);
    others.chain([(name, value)]).collect()
}

fn without<'a>(pairs: &[(&'a str, &'a str)], name: &str) -> Vec<(&'a str, &'a str)> {
    pairs.iter().copied().filter(|(known, _)| *known != name).collect()
}

fn refusal(code: &str, message: &str) -> Refusal {
    let (code, message) = (code.to_owned(), message.to_owned());
    Refusal { status: 200, code, message, request_id: None }
}

fn refused(code: &str, proof: Proof) -> Judged {
    Judged::Refused { refusal: refusal(code, ""), proof }
}

const DOUBT: RefundNews = RefundNews::InDoubt { said: None };

/// An accepted application (protocol reference D.6).
const ACCEPTED: [(&str, &str); 9] = [
    ("appid", "wx0123456789abcdef"),
    ("mch_id", "1900000001"),
    ("transaction_id", "4200"),
    ("out_trade_no", "T1"),
    ("out_refund_no", "R1"),
    ("refund_id", "5030"),
    ("refund_fee", "234"),
    ("total_fee", "1234"),
    ("cash_fee", "1234"),
];

/// Two refunds of one order; the second is ours.
const LISTED: [(&str, &str); 16] = [
    ("appid", "wx0123456789abcdef"),
    ("mch_id", "1900000001"),
    ("transaction_id", "4200"),
    ("out_trade_no", "T1"),
    ("total_fee", "1234"),
    ("refund_count", "2"),
    ("out_refund_no_0", "R0"),
    ("refund_id_0", "5029"),
    ("refund_fee_0", "1000"),
    ("refund_status_0", "REFUNDCLOSE"),
    ("out_refund_no_1", "R1"),
    ("refund_id_1", "5030"),
    ("refund_fee_1", "234"),
    ("refund_status_1", "SUCCESS"),
    ("refund_recv_accout_1", "支付用户零钱"),
    ("refund_success_time_1", "2025-01-01 12:00:05"),
];

fn fact(standing: Standing) -> RefundFact {
    RefundFact {
        refund_id: "5030".to_owned(),
        transaction_id: "4200".to_owned(),
        out_trade_no: "T1".to_owned(),
        standing,
        amount: 234,
        total: 1_234,
        merchants: vec!["1900000001".to_owned()],
        account: None,
        success_time: None,
    }
}

fn text(fields: &Fields) -> Vec<(&str, &str)> {
    fields.iter().collect()
}

#[test]
fn an_application_is_stored_without_nonce_and_signature_and_goes_out_with_the_certificate() {
    let payee = Payee::direct("1900000001", "wx0123456789abcdef");
    let body = RefundBody {
        payee: &payee,
        transaction_id: "4200000000202501010000000001",
        out_refund_no: "R20250101000001",
        reason: None,
        notify_url: "https://pay.example.com/wechat/v2/refund-notify",
        refund: Fen::new(234).unwrap(),
        total: Fen::new(1_234).unwrap(),
    };
    // Protocol reference G.12.
    let expected = [
        ("appid", "wx0123456789abcdef"),
        ("mch_id", "1900000001"),
        ("transaction_id", "4200000000202501010000000001"),
        ("out_refund_no", "R20250101000001"),
        ("total_fee", "1234"),
        ("refund_fee", "234"),
        ("notify_url", "https://pay.example.com/wechat/v2/refund-notify"),
    ];
    let draft = apply(&body.to_bytes()).unwrap();
    assert_eq!((draft.target, draft.certified), ("/secapi/pay/refund", true));
    assert_eq!(text(&draft.fields), expected);
    let mut sent = draft.fields;
    sent.push("nonce_str", "3K8264ILTKCH16CQ2502SI8ZNMTM67V6");
    let signature = sign(&sent, &ApiV2Key::parse(KEY).unwrap(), SignType::Md5);
    assert_eq!(signature, "0752E98A1395B33B95C7534BC715F518");
    let reason = RefundReason::parse("]]> <&\" 一包退回").unwrap();
    let worded = RefundBody { reason: Some(&reason), ..body };
    let draft = apply(&worded.to_bytes()).unwrap();
    assert_eq!(draft.fields.get("refund_desc"), Some(reason.as_str()));
}

#[test]
fn a_partner_names_the_sub_merchant_everywhere() {
    let sub = SubMerchant { mchid: "1600000001".to_owned(), appid: Some("wx16".to_owned()) };
    let payee = Payee { sub: Some(sub), ..Payee::direct("1700000001", "wx17") };
    let parties = [
        ("appid", "wx17"),
        ("mch_id", "1700000001"),
        ("sub_appid", "wx16"),
        ("sub_mch_id", "1600000001"),
    ];
    let asked = query("R1", &payee);
    assert_eq!((asked.target, asked.certified), ("/pay/refundquery", false));
    assert_eq!(text(&asked.fields), [&parties[..], &[("out_refund_no", "R1")]].concat());
    let fen = Fen::new(1).unwrap();
    let body = RefundBody {
        payee: &payee,
        transaction_id: "4200",
        out_refund_no: "R1",
        reason: None,
        notify_url: "https://a/",
        refund: fen,
        total: fen,
    };
    let draft = apply(&body.to_bytes()).unwrap();
    assert_eq!(text(&draft.fields)[..4], parties);
}

#[test]
fn what_was_accepted_is_under_way_and_no_more() {
    let expected = RefundNews::Answered(fact(Standing::Processing));
    assert_eq!(read_apply(&done(&ACCEPTED), "R1"), expected);
    assert_eq!(read_apply(&done(&ACCEPTED), "R2"), DOUBT);
    for name in ["out_refund_no", "refund_id", "transaction_id", "out_trade_no", "refund_fee"] {
        assert_eq!(read_apply(&done(&without(&ACCEPTED, name)), "R1"), DOUBT, "{name}");
        assert_eq!(read_apply(&done(&with(&ACCEPTED, name, "")), "R1"), DOUBT, "{name}");
    }
    for odd in ["-1", "+234", "2.34", "", " 234", "18446744073709551616"] {
        assert_eq!(read_apply(&done(&with(&ACCEPTED, "refund_fee", odd)), "R1"), DOUBT, "{odd}");
    }
    for name in ["fee_type", "refund_fee_type"] {
        assert_eq!(read_apply(&done(&with(&ACCEPTED, name, "CNY")), "R1"), expected);
        assert_eq!(read_apply(&done(&with(&ACCEPTED, name, "USD")), "R1"), DOUBT, "{name}");
    }
}

#[test]
fn ours_is_found_among_the_refunds_of_an_order() {
    let account = Some("支付用户零钱".to_owned());
    let success_time = Some(UnixSeconds(1_735_704_005));
    let ended = RefundFact { account, success_time, ..fact(Standing::Success) };
    assert_eq!(read_query(&done(&LISTED), "R1"), RefundNews::Answered(ended));
    let closed =
        RefundFact { refund_id: "5029".to_owned(), amount: 1_000, ..fact(Standing::Closed) };
    assert_eq!(read_query(&done(&LISTED), "R0"), RefundNews::Answered(closed));
    assert_eq!(read_query(&done(&LISTED), "R2"), DOUBT);
    let twice = with(&LISTED, "out_refund_no_0", "R1");
    assert_eq!(read_query(&done(&twice), "R1"), DOUBT);
    for name in ["refund_id_1", "refund_fee_1", "refund_status_1", "total_fee", "transaction_id"] {
        assert_eq!(read_query(&done(&without(&LISTED, name)), "R1"), DOUBT, "{name}");
    }
    // Names that only look like it: what was applied for, and a coupon's.
    for name in ["out_refund_no", "out_refund_no_x", "out_refund_no_1_0"] {
        let other = with(&without(&LISTED, "out_refund_no_1"), name, "R1");
        assert_eq!(read_query(&done(&other), "R1"), DOUBT, "{name}");
    }
}

#[test]
fn the_words_for_where_a_refund_stands_are_those_of_v2() {
    let stands = |word| match read_query(&done(&with(&LISTED, "refund_status_1", word)), "R1") {
        RefundNews::Answered(fact) => Some(fact.standing),
        other => (other != DOUBT).then(|| panic!("{other:?}")),
    };
    assert_eq!(stands("PROCESSING"), Some(Standing::Processing));
    assert_eq!(stands("SUCCESS"), Some(Standing::Success));
    assert_eq!(stands("REFUNDCLOSE"), Some(Standing::Closed));
    assert_eq!(stands("CHANGE"), Some(Standing::Abnormal));
    assert_eq!(stands("NOTSURE"), Some(Standing::Unknown("NOTSURE".to_owned())));
    // What V2 has no page of must not be stored as what APIv3 means by it.
    assert_eq!((stands("CLOSED"), stands("ABNORMAL")), (None, None));
}

#[test]
fn a_time_that_cannot_be_read_costs_nobody_a_refund() {
    for odd in ["at noon", "20250101120005", "2025-01-01", "2025-13-01 12:00:05"] {
        let news = read_query(&done(&with(&LISTED, "refund_success_time_1", odd)), "R1");
        let RefundNews::Answered(fact) = news else { panic!("{odd}: {news:?}") };
        assert_eq!((fact.standing, fact.success_time), (Standing::Success, None), "{odd}");
    }
}

/// Protocol reference D.12, row by row.
#[test]
fn a_no_is_believed_under_a_signature_and_where_it_cannot_hide_a_yes() {
    for code in [
        "PARAM_ERROR",
        "USER_ACCOUNT_ABNORMAL",
        "NOAUTH",
        "NO_AUTH",
        "MCHID_NOT_EXIST",
        "APPID_NOT_EXIST",
        "ORDERNOTEXIST",
        "ORDER_NOT_EXIST",
        "INVALID_TRANSACTIONID",
        "TRADE_OVERDUE",
        "REQUIRE_POST_METHOD",
        "XML_FORMAT_ERROR",
    ] {
        let news = read_apply(&refused(code, Proof::Verified), "R1");
        assert_eq!(news, RefundNews::Refused(refusal(code, "")), "{code}");
        let news = read_apply(&refused(code, Proof::Unverified), "R1");
        assert_eq!(news, RefundNews::Disputed(refusal(code, "")), "{code}");
    }
    for proof in [Proof::Verified, Proof::Unverified] {
        for code in ["ERROR", "INVALID_REQUEST", "RETURN_FAIL", "NEW"] {
            let news = read_apply(&refused(code, proof), "R1");
            assert_eq!(news, RefundNews::Disputed(refusal(code, "")), "{code}");
        }
        for code in ["NOTENOUGH", "NOT_ENOUGH"] {
            let short = read_apply(&refused(code, proof), "R1");
            assert_eq!(short, RefundNews::Short(refusal(code, "")));
        }
        let unsigned = read_apply(&refused("SIGNERROR", proof), "R1");
        assert_eq!(unsigned, RefundNews::InDoubt { said: Some(refusal("SIGNERROR", "")) });
    }
}

#[test]
fn a_certificate_that_is_not_taken_is_no_refusal() {
    for words in ["证书校验失败", "API证书已过期"] {
        let refusal = refusal("RETURN_FAIL", words);
        let judged = Judged::Refused { refusal: refusal.clone(), proof: Proof::Unverified };
        assert_eq!(read_apply(&judged, "R1"), RefundNews::InDoubt { said: Some(refusal) });
    }
}

#[test]
fn only_the_code_says_that_there_is_no_such_refund() {
    for proof in [Proof::Verified, Proof::Unverified] {
        for code in ["REFUNDNOTEXIST", "REFUND_NOT_EXIST"] {
            let news = read_query(&refused(code, proof), "R1");
            assert_eq!(news, RefundNews::NotFound { proof });
        }
        for code in ["ORDERNOTEXIST", "INVALID_TRANSACTIONID", "SIGNERROR", "RETURN_FAIL"] {
            let news = read_query(&refused(code, proof), "R1");
            assert_eq!(news, RefundNews::InDoubt { said: Some(refusal(code, "")) }, "{code}");
        }
    }
}

#[test]
fn being_too_fast_or_out_of_order_decides_nothing() {
    for code in ["SYSTEMERROR", "BIZERR_NEED_RETRY", "FREQUENCY_LIMITED", "INVALID_REQ_TOO_MUCH"] {
        let judged = Judged::InDoubt(Doubt::Undecided(refusal(code, "")));
        let doubt = RefundNews::InDoubt { said: Some(refusal(code, "")) };
        assert_eq!(read_apply(&judged, "R1"), doubt, "{code}");
        assert_eq!(read_query(&judged, "R1"), doubt, "{code}");
    }
}
