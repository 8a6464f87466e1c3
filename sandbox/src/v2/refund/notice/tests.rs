//! The sample of G.14 to the character, and what each fault makes of it.

use ecb::cipher::BlockDecryptMut;
use serde_json::Value;

use super::*;
use crate::order::tests::terms as order_terms;
use crate::refund::tests::{ASKED_AT, names, paid_order, partners_order, terms};
use crate::refund::{Ending, Terms};

const VECTOR: &str = include_str!("../../../../tests/vectors/notification_refund_v2.json");
const KEY: &str = "Abcdefghijklmnopqrstuvwxyz012345";

fn vector(name: &str) -> String {
    let vector: Value = serde_json::from_str(VECTOR).unwrap();
    vector[name].as_str().unwrap().to_owned()
}

/// The refund of the sample: that of G.5, but paid from what was charged up, and twenty seconds
/// older than its end at 12:00:05.
fn sample() -> Refund {
    let order = paid_order();
    let terms = Terms { funds_account: "AVAILABLE".into(), ..terms(&order, NUMBER, 234) };
    Refund::apply(names("0000000001"), terms, (&order, &[]), 1_735_703_985).unwrap()
}

const NUMBER: &str = "R20250101000001";

fn told() -> Event {
    event(&sample(), &order_terms("T20250101000001"))
}

/// What a merchant reads of a try with this fault: the message, and what it sealed.
fn opened(event: &Event, fault: Option<Kind>) -> (Fields, Option<Fields>) {
    let fields = xml::read(event.plaintext.as_bytes()).unwrap();
    let body = body(fields, KEY, "nonce", fault).unwrap();
    let outer = xml::read(body.as_bytes()).unwrap();
    let sealed = BASE64_STANDARD.decode(outer.get(REQ_INFO).unwrap()).unwrap();
    let digits: String = Md5::digest(KEY).iter().map(|byte| format!("{byte:02x}")).collect();
    let cipher = ecb::Decryptor::<Aes256>::new_from_slice(digits.as_bytes()).unwrap();
    let text = cipher.decrypt_padded_vec_mut::<Pkcs7>(&sealed).ok();
    let inner = text.and_then(|text| xml::read_rooted(&text, SEALED_ROOT).ok());
    (outer, inner)
}

#[test]
fn the_notification_is_written_as_in_the_reference() {
    assert_eq!(vector("api_v2_key"), KEY);
    let fields = xml::read(told().plaintext.as_bytes()).unwrap();
    assert_eq!(fields.get(REQ_INFO), Some(vector("sealed").as_str()));
    assert_eq!(seal(&vector("sealed"), KEY), vector("req_info"));
    let body = body(fields, KEY, "6K8264ILTKCH16CQ2502SI8ZNMTM67V9", None);
    assert_eq!(body.unwrap(), vector("body"));
}

#[test]
fn each_end_has_its_word_and_only_a_success_has_a_time() {
    for (ending, status, at, event_type) in [
        (Ending::Success, "SUCCESS", Some("2025-01-01 12:00:05"), "REFUND.SUCCESS"),
        (Ending::Abnormal, "CHANGE", None, "REFUND.ABNORMAL"),
        (Ending::Closed, "REFUNDCLOSE", None, "REFUND.CLOSED"),
    ] {
        let ended = sample().ending_in(ending);
        let told = event(&ended, &order_terms("T20250101000001"));
        let inner = opened(&told, None).1.unwrap();
        assert_eq!((inner.get("refund_status"), inner.get("success_time")), (Some(status), at));
        assert_eq!((told.event_type.as_str(), told.form), (event_type, Form::V2Refund));
    }
}

#[test]
fn a_partner_is_told_whose_it_is_and_what_the_coupon_was_worth() {
    let order = partners_order();
    let terms = terms(&order, "R1", 1_000);
    let refund = Refund::apply(names("1"), terms, (&order, &[]), ASKED_AT).unwrap();
    let (outer, inner) = opened(&event(&refund, &order.terms), None);
    let named = ["appid", "mch_id", "sub_appid", "sub_mch_id"].map(|name| outer.get(name).unwrap());
    assert_eq!(named, ["wxaaaaaaaaaaaaaaaa", "1900000002", "wxbbbbbbbbbbbbbbbb", "1900000003"]);
    // The coupon was paid for by somebody, so that all of the order was settled.
    let inner = inner.unwrap();
    let amounts = ["total_fee", "settlement_total_fee", "refund_fee", "settlement_refund_fee"];
    assert_eq!(amounts.map(|name| inner.get(name).unwrap()), ["2000", "2000", "1000", "1000"]);
}

#[test]
fn a_fault_spoils_what_it_says_and_nothing_else() {
    let told = told();
    let (_, right) = opened(&told, None);
    let right = right.unwrap();
    assert_eq!(opened(&told, Some(Kind::OtherKey)).1, None);
    for fault in [Kind::Tampered, Kind::Damaged] {
        assert_ne!(opened(&told, Some(fault)).1, Some(right.clone()));
    }
    let (_, more) = opened(&told, Some(Kind::AmountChanged));
    let amounts = ["total_fee", "settlement_total_fee", "refund_fee", "settlement_refund_fee"];
    let more = amounts.map(|name| more.as_ref().unwrap().get(name).unwrap().to_owned());
    assert_eq!(more, ["1235", "1235", "235", "235"]);
    let (outer, inner) = opened(&told, Some(Kind::ExtraFields));
    let mut inner = inner.unwrap();
    assert!(outer.get(EXTRA).is_some() && inner.get(EXTRA).is_some());
    inner.remove(EXTRA);
    assert_eq!(inner, right);
    assert_eq!(opened(&told, Some(Kind::Whitespace)).1, Some(right.clone()));
    // Nothing is signed, so that nothing can be wrong with a sign.
    assert_eq!(opened(&told, Some(Kind::WrongSignature)).1, Some(right));
    let fields = xml::read(told.plaintext.as_bytes()).unwrap();
    let doctype = body(fields, KEY, "nonce", Some(Kind::Doctype)).unwrap();
    assert_eq!(xml::read(doctype.as_bytes()), Err(xml::BadXml::Doctype));
}
