//! Questions for bills and the failures that were seen (protocol reference D.11).

use checkout::payee::SubMerchant;

use super::*;

fn date() -> BillDate {
    BillDate::parse("2025-01-01").unwrap()
}

fn direct() -> Payee {
    Payee::direct("1900000001", "wx0123456789abcdef")
}

fn partner() -> Payee {
    let sub = SubMerchant { mchid: "1600000001".to_owned(), appid: Some("wx16".to_owned()) };
    Payee { sub: Some(sub), ..direct() }
}

fn fields(draft: &Draft) -> Vec<(&str, &str)> {
    draft.fields.iter().collect()
}

fn failed(status: u16, body: &str) -> Failure {
    let headers = Headers::default();
    read_failure(&Reply { status, headers, body: body.as_bytes().to_vec() })
}

/// What `downloadbill` says.
fn trade_failed(words: &str, more: &str) -> Failure {
    let words = format!("<return_msg><![CDATA[{words}]]></return_msg>");
    failed(200, &format!("<xml><return_code><![CDATA[FAIL]]></return_code>\n{words}{more}</xml>"))
}

/// What `downloadfundflow` says.
fn flow_failed(code: &str) -> Failure {
    let code = format!("<result_code>FAIL</result_code><err_code>{code}</err_code>");
    failed(200, &format!("<xml><return_code>SUCCESS</return_code>{code}</xml>"))
}

#[test]
fn a_trade_bill_is_asked_for_in_the_words_of_the_reference() {
    let draft = trade(date(), TradeRows::All, &direct());
    let asked = [
        ("appid", "wx0123456789abcdef"),
        ("mch_id", "1900000001"),
        ("bill_date", "20250101"),
        ("bill_type", "ALL"),
        ("tar_type", "GZIP"),
    ];
    assert_eq!((draft.target, fields(&draft)), ("/pay/downloadbill", asked.to_vec()));
    assert_eq!((draft.certified, draft.sign_type), (false, None));
    let draft = trade(date(), TradeRows::Refunds, &partner());
    assert_eq!(draft.fields.get("sub_mch_id"), Some("1600000001"));
    assert_eq!(draft.fields.get("bill_type"), Some("REFUND"));
}

#[test]
fn a_fund_flow_bill_is_the_callers_own_with_certificate_and_hmac() {
    let draft = fund_flow(date(), Account::Operation, &partner()).unwrap();
    let asked = [
        ("appid", "wx0123456789abcdef"),
        ("mch_id", "1900000001"),
        ("bill_date", "20250101"),
        ("account_type", "Operation"),
        ("tar_type", "GZIP"),
    ];
    assert_eq!((draft.target, fields(&draft)), ("/pay/downloadfundflow", asked.to_vec()));
    assert_eq!((draft.certified, draft.sign_type), (true, Some(SignType::HmacSha256)));
    for (account, word) in [(Account::Basic, "Basic"), (Account::Fees, "Fees")] {
        let draft = fund_flow(date(), account, &direct()).unwrap();
        assert_eq!(draft.fields.get("account_type"), Some(word));
    }
    assert_eq!(fund_flow(date(), Account::Deposit, &direct()), None);
}

#[test]
fn a_message_is_told_from_a_file_by_its_first_byte() {
    assert!(is_message(b"<xml>"));
    for file in [&b""[..], "\u{feff}交易时间".as_bytes(), &crate::bill::GZIP_MAGIC, b"`<"] {
        assert!(!is_message(file));
    }
}

#[test]
fn every_failure_that_was_seen_has_its_meaning() {
    let code = |code: &str| format!("<error_code>{code}</error_code>");
    for words in ["No Bill Exist", "NO Bill Exist", "no bill exist"] {
        assert_eq!(trade_failed(words, ""), Failure::Nothing, "{words}");
    }
    assert_eq!(trade_failed("whatever", &code("20002")), Failure::Nothing);
    assert_eq!(flow_failed("NO_BILL_EXIST"), Failure::Nothing);
    assert_eq!(trade_failed("Bill Creating", ""), Failure::NotYet);
    assert_eq!(flow_failed("BILL_CREATING"), Failure::NotYet);
    for words in ["SIGN ERROR", "签名错误"] {
        let Failure::WrongSign(said) = trade_failed(words, "") else { panic!("{words}") };
        assert_eq!((&*said.code, &*said.message), ("SIGNERROR", words));
    }
    assert!(matches!(trade_failed("SYSTEMERROR", ""), Failure::Undecided(_)));
    assert!(
        matches!(flow_failed("SYSTEMERROR"), Failure::Undecided(said) if said.code == "SYSTEMERROR")
    );
    for words in ["missing parameter", "data format error", "invalid bill_type"] {
        let Failure::Refused(said) = trade_failed(words, &code("20001")) else { panic!("{words}") };
        assert_eq!((&*said.code, &*said.message, said.status), ("20001", words, 200));
    }
    assert!(
        matches!(trade_failed("invalid bill_type", ""), Failure::Refused(said) if said.code == "RETURN_FAIL")
    );
    assert!(
        matches!(flow_failed("PARAM_ERROR"), Failure::Refused(said) if said.code == "PARAM_ERROR")
    );
}

#[test]
fn what_is_no_message_of_the_platforms_decides_nothing() {
    let creating =
        "<xml><return_code>FAIL</return_code><return_msg>Bill Creating</return_msg></xml>";
    assert_eq!(failed(200, creating), Failure::NotYet);
    for (status, body) in [
        (200, "<html><body>Bill Creating</body></html>"),
        (200, "<xml><return_code>SUCCESS</return_code></xml>"),
        (200, "<xml><return_code>FAIL</return_code>"),
        (200, "<!DOCTYPE xml [<!ENTITY a \"b\">]><xml><return_code>FAIL</return_code></xml>"),
        (200, ""),
        (502, creating),
    ] {
        assert!(matches!(failed(status, body), Failure::Undecided(_)), "{status} {body}");
    }
}

#[test]
fn a_digest_is_read_from_its_header_or_there_is_none() {
    const ABC: &str = "a9993e364706816aba3e25717850c26c9cd0d89d";
    let named =
        |value: &str| digest(&[("digest".to_owned(), value.to_owned())].into_iter().collect());
    let expected = Sha1Hash::parse(ABC);
    for value in [format!("SHA={ABC}"), format!("md5=x, sha={}", ABC.to_uppercase())] {
        assert_eq!(named(&value), expected, "{value}");
    }
    for other in ["", "SHA=", "SHA", ABC, &format!("SHA-256={ABC}"), &format!("SHA={ABC}00")] {
        assert_eq!(named(other), None, "{other}");
    }
    assert_eq!(digest(&Headers::default()), None);
}
