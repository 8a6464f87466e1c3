//! What is sent, and how little an answer means that nobody vouches for.

use checkout::id::RefundReason;
use checkout::money::{Currency, Fen};
use serde_json::Value;

use super::*;
use crate::v3::malformed::Malformed;

fn refusal(status: u16, code: &str) -> Refusal {
    let (code, message) = (code.to_owned(), String::new());
    Refusal { status, code, message, request_id: None }
}

fn refused(status: u16, code: &str, proof: Proof) -> Judged<'static> {
    Judged::Refused { refusal: refusal(status, code), proof }
}

#[test]
fn a_body_stays_json_whatever_its_words_are() {
    let words = r#"5" rack, \ black"#;
    let body = RefundBody {
        sub_mchid: Some("1900000003"),
        transaction_id: "42",
        out_refund_no: "R1",
        reason: Some(&RefundReason::parse(words).unwrap()),
        notify_url: "https://a/",
        refund: Fen::new(1).unwrap(),
        total: Fen::new(2).unwrap(),
        currency: Currency::Cny,
    };
    let json: Value = serde_json::from_slice(&body.to_bytes()).unwrap();
    assert_eq!(json["reason"], words);
    assert_eq!(json["sub_mchid"], "1900000003");
    assert_eq!(json.as_object().unwrap().len(), 6);
    let bare = RefundBody { sub_mchid: None, reason: None, ..body };
    let json: Value = serde_json::from_slice(&bare.to_bytes()).unwrap();
    assert_eq!(json.as_object().unwrap().len(), 4);
}

#[test]
fn a_partner_names_the_sub_merchant_everywhere() {
    assert_eq!(
        query("R|1", Some("1&2")).target,
        "/v3/refund/domestic/refunds/R%7C1?sub_mchid=1%262"
    );
    assert_eq!(query("R1", None).target, "/v3/refund/domestic/refunds/R1");
    let body = RedirectBody {
        sub_mchid: Some("1900000003"),
        out_refund_no: "R1",
        destination: Destination::MerchantBankCard,
    };
    assert_eq!(
        String::from_utf8(body.to_bytes()).unwrap(),
        r#"{"sub_mchid":"1900000003","out_refund_no":"R1","type":"MERCHANT_BANK_CARD"}"#
    );
    assert_eq!(
        abnormal("50/3", Vec::new()).target,
        "/v3/refund/domestic/refunds/50%2F3/apply-abnormal-refund"
    );
}

#[test]
fn a_bank_is_one_of_fifteen() {
    assert_eq!(BankType::parse("ICBC_DEBIT").map(BankType::as_str), Ok("ICBC_DEBIT"));
    for bad in ["", "icbc_debit", "ICBC_CREDIT", "OTHERS"] {
        assert!(BankType::parse(bad).is_err(), "{bad}");
    }
}

/// Protocol reference E.5, row by row.
#[test]
fn a_no_is_believed_under_a_signature_and_where_it_cannot_hide_a_yes() {
    for (status, code) in [
        (400, "PARAM_ERROR"),
        (403, "USER_ACCOUNT_ABNORMAL"),
        (403, "NO_AUTH"),
        (403, "REQUEST_BLOCKED"),
        (404, "MCH_NOT_EXISTS"),
        (404, "RESOURCE_NOT_EXISTS"),
        (400, "TRADE_OVERDUE"),
    ] {
        let news = read_apply(&refused(status, code, Proof::Verified), "R1");
        assert_eq!(news, RefundNews::Refused(refusal(status, code)), "{code}");
        let news = read_apply(&refused(status, code, Proof::Unverified), "R1");
        assert_eq!(news, RefundNews::Disputed(refusal(status, code)), "{code}");
    }
    for proof in [Proof::Verified, Proof::Unverified] {
        for (status, code) in [(400, "INVALID_REQUEST"), (400, "REFUND_FEE_MISMATCH"), (403, "NEW")]
        {
            let news = read_apply(&refused(status, code, proof), "R1");
            assert_eq!(news, RefundNews::Disputed(refusal(status, code)), "{code}");
        }
        let short = read_apply(&refused(403, "NOT_ENOUGH", proof), "R1");
        assert_eq!(short, RefundNews::Short(refusal(403, "NOT_ENOUGH")));
        let unsigned = read_apply(&refused(401, "SIGN_ERROR", proof), "R1");
        assert_eq!(unsigned, RefundNews::InDoubt { said: Some(refusal(401, "SIGN_ERROR")) });
    }
}

#[test]
fn only_the_code_says_that_there_is_no_such_refund() {
    for proof in [Proof::Verified, Proof::Unverified] {
        let news = read_query(&refused(404, "RESOURCE_NOT_EXISTS", proof), "R1");
        assert_eq!(news, RefundNews::NotFound { proof });
        for (status, code) in [(404, "HTTP_404"), (404, "MCH_NOT_EXISTS"), (401, "SIGN_ERROR")] {
            let news = read_query(&refused(status, code, proof), "R1");
            assert_eq!(news, RefundNews::InDoubt { said: Some(refusal(status, code)) }, "{code}");
        }
    }
}

#[test]
fn being_too_fast_or_out_of_order_decides_nothing() {
    for (status, code) in [(429, "FREQUENCY_LIMITED"), (500, "SYSTEM_ERROR"), (202, "HTTP_202")] {
        let judged = Judged::InDoubt(Doubt::Undecided(refusal(status, code)));
        let doubt = RefundNews::InDoubt { said: Some(refusal(status, code)) };
        for news in
            [read_apply(&judged, "R1"), read_query(&judged, "R1"), read_abnormal(&judged, "R1")]
        {
            assert_eq!(news, doubt, "{status}");
        }
    }
}

#[test]
fn an_object_says_what_it_must_or_is_not_believed() {
    let read = |json: &str| {
        let object = read_json::<RefundObject>(Part::Refund, json.as_bytes());
        object.and_then(RefundObject::fact)
    };
    let whole = r#"{"out_refund_no":"R1","refund_id":"50","transaction_id":"42",
        "out_trade_no":"T1","status":"FROZEN","new":[{}],"success_time":"at noon",
        "amount":{"total":2,"refund":1,"currency":"CNY","from":[]}}"#;
    let fact = read(whole).unwrap();
    assert_eq!(fact.standing.as_str(), "FROZEN");
    assert_eq!((fact.total, fact.amount, fact.success_time), (2, 1, None));
    for field in ["out_refund_no", "refund_id", "transaction_id", "out_trade_no", "amount"] {
        let less = whole.replace(&format!("\"{field}\""), "\"x\"");
        assert!(matches!(read(&less), Err(Malformed::Json { .. })), "{field}");
    }

    assert_eq!(read(&whole.replace("status", "x")), Err(Malformed::NoRefundStatus));
    assert_eq!(read(&whole.replace("CNY", "USD")), Err(Malformed::OtherCurrency));
    for odd in ["-1", "1.5", "\"1\""] {
        assert!(read(&whole.replace("\"refund\":1", &format!("\"refund\":{odd}"))).is_err());
    }
}
