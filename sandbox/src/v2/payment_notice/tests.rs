//! The notification of the reference, to the last byte, and what makes one taken (protocol
//! reference D.7, G.13).

use super::*;
use crate::order::tests::terms;
use crate::order::{Order, V2Terms};
use crate::payment::tests::{coupon, paying};
use crate::payment::{CouponType, Paying};
use crate::v2::sign::verify;

const KEY: &str = "Abcdefghijklmnopqrstuvwxyz012345";
/// 2025-01-01T11:20:30+08:00.
const PAID_AT: i64 = 1_735_701_630;

const SAMPLE: &str = "<xml>
<appid>wx0123456789abcdef</appid>
<mch_id>1900000001</mch_id>
<nonce_str>0K8264ILTKCH16CQ2502SI8ZNMTM67V3</nonce_str>
<result_code><![CDATA[SUCCESS]]></result_code>
<return_code><![CDATA[SUCCESS]]></return_code>
<openid>oTESTopenid0000000000000001</openid>
<is_subscribe>N</is_subscribe>
<trade_type>NATIVE</trade_type>
<bank_type>OTHERS</bank_type>
<total_fee>1234</total_fee>
<fee_type>CNY</fee_type>
<cash_fee>1234</cash_fee>
<transaction_id>4200000000202501010000000001</transaction_id>
<out_trade_no>T20250101000001</out_trade_no>
<attach><![CDATA[cart=42]]></attach>
<time_end>20250101112030</time_end>
<sign>E5D6EF5BA5137CDD3DAA3662426FB1BB</sign>
</xml>";

/// An order of the reference's that was placed over V2 and paid.
fn paid(tells_promotion: bool, paying: Paying) -> Order {
    let v2 = V2Terms {
        sign_type: SignType::Md5,
        product_id: "SKU-88888".into(),
        cost_price: None,
        tells_promotion,
    };
    let terms = crate::order::Terms { v2: Some(v2), ..terms("T20250101000001") };
    Order::place(1, terms, "pr".into(), PAID_AT - 60).pay("pr", paying, PAID_AT).unwrap()
}

fn fields(order: &Order) -> Fields {
    xml::read(event(order, SignType::Md5).plaintext.as_bytes()).unwrap()
}

#[test]
fn a_payment_is_told_as_in_the_reference() {
    // But for the phone's own name.
    let mut fields = fields(&paid(false, paying("0000000001")));
    fields.set("nonce_str", "0K8264ILTKCH16CQ2502SI8ZNMTM67V3");
    fields.set("openid", "oTESTopenid0000000000000001");
    assert_eq!(body(fields, SignType::Md5, KEY, None), SAMPLE);
}

#[test]
fn a_coupon_is_told_and_once_more_to_whoever_asked_with_version() {
    for (kind, name, settled) in
        [(CouponType::Cash, "CASH", None), (CouponType::Nocash, "NO_CASH", Some("734"))]
    {
        let coupon = Some(coupon(500, kind));
        let order = paid(true, Paying { coupon, ..paying("0000000001") });
        let fields = fields(&order);
        for (field, expected) in [
            ("total_fee", Some("1234")),
            ("cash_fee", Some("734")),
            ("settlement_total_fee", settled),
            ("coupon_fee", Some("500")),
            ("coupon_count", Some("1")),
            ("coupon_type_0", Some(name)),
            ("coupon_id_0", Some("109519")),
            ("coupon_fee_0", Some("500")),
        ] {
            assert_eq!(fields.get(field), expected, "{field}");
        }
        let promotion: serde_json::Value =
            serde_json::from_str(fields.get("promotion_detail").unwrap()).unwrap();
        assert_eq!(promotion["promotion_detail"][0]["amount"], 500);
    }
}

#[test]
fn only_a_200_that_says_success_is_taken() {
    let said = |status: u16, body: &str| {
        let answer = Answer { headers: Vec::new(), body: body.to_owned() };
        outcome(Outcome::Status(status), Some(&answer))
    };
    // Protocol reference G.13, the reply.
    const REPLY: &str = "<xml>\n<return_code><![CDATA[SUCCESS]]></return_code>\n\
        <return_msg><![CDATA[OK]]></return_msg>\n</xml>";
    assert!(said(200, REPLY).is_accepted());
    assert!(said(200, "<xml><return_code>SUCCESS</return_code></xml>").is_accepted());
    for (status, body) in [
        (204, REPLY),
        (204, ""),
        (201, REPLY),
        (500, REPLY),
        (302, REPLY),
        (200, ""),
        (200, "SUCCESS"),
        (200, "{\"code\":\"SUCCESS\"}"),
        (200, "<xml><return_code>FAIL</return_code><return_msg>db</return_msg></xml>"),
        (200, "<xml><return_code>success</return_code></xml>"),
        (200, "<xml><return_msg>OK</return_msg></xml>"),
        (200, "<!DOCTYPE xml><xml><return_code>SUCCESS</return_code></xml>"),
    ] {
        let outcome = said(status, body);
        assert!(!outcome.is_accepted(), "{status} {body}");
        assert!(matches!(outcome, Outcome::NotTaken { status: known, .. } if known == status));
    }
    let lost = Outcome::Error("timed out".into());
    assert_eq!(outcome(lost.clone(), None), lost);
}

#[test]
fn each_fault_spoils_what_its_words_say_and_nothing_else() {
    let order = paid(false, paying("0000000001"));
    let spoilt = |fault| body(fields(&order), SignType::HmacSha256, KEY, Some(fault));
    let read = |text: &str| xml::read(text.as_bytes());
    let proven =
        |text: &str| read(text).is_ok_and(|fields| verify(&fields, KEY, SignType::HmacSha256));
    for fault in [Kind::Delayed, Kind::Repeated, Kind::Duplicated, Kind::Whitespace] {
        assert!(proven(&spoilt(fault)), "{fault:?}");
    }
    for fault in [Kind::WrongSignature, Kind::Tampered, Kind::HeadersMissing, Kind::OtherKey] {
        let text = spoilt(fault);
        assert!(read(&text).is_ok() && !proven(&text), "{fault:?}");
    }
    assert!(spoilt(Kind::Whitespace).contains("\r\n\r\n    <total_fee>1234<"));
    let changed = spoilt(Kind::AmountChanged);
    assert!(proven(&changed));
    assert_eq!(read(&changed).unwrap().get("total_fee"), Some("1235"));
    assert_eq!(read(&changed).unwrap().get("cash_fee"), Some("1235"));
    let extra = spoilt(Kind::ExtraFields);
    assert!(proven(&extra) && read(&extra).unwrap().get(EXTRA).is_some());
    let other = read(&spoilt(Kind::OtherSignType)).unwrap();
    assert!(verify(&other, KEY, SignType::Md5) && other.get("sign_type").is_none());
    let doctype = spoilt(Kind::Doctype);
    assert!(doctype.starts_with("<!DOCTYPE xml [<!ENTITY file SYSTEM"));
    assert_eq!(read(&doctype), Err(xml::BadXml::Doctype));
}
