//! Every V2 sample of the reference's section G, on the Worker's side: what we send is made anew and
//! has the sample's sign; what we are sent is read, and means what it says.

use std::net::IpAddr;

use checkout::id::Description;
use checkout::money::{Amount, Fen};
use checkout::payee::Payee;
use checkout::report::{PrepayId, Proof, Refusal, Report};
use checkout::time::UnixSeconds;
use serde_json::to_value;
use wechatpay::bill::TradeRows;
use wechatpay::bill::date::BillDate;
use wechatpay::http::{Headers, Reply};
use wechatpay::v2::answer::{Judged, SIGN_ERROR, judge};
use wechatpay::v2::fields::Fields;
use wechatpay::v2::key::ApiV2Key;
use wechatpay::v2::mode1::{self, LinkBody, ProductId};
use wechatpay::v2::order::{self, OrderBody, read_close, read_place, read_query};
use wechatpay::v2::refund::{self, RefundBody};
use wechatpay::v2::sign::{sign, verify};
use wechatpay::v2::xml::{read, write};
use wechatpay::v2::{bill, notification, short_url};
use wechatpay::v3::order_fields::OrderFields;

use super::siblings;
use super::vector::{Message, Sign, Unsigned, Unverifiable, unordered};
use crate::vector::{self, Named};

const OUT_TRADE_NO: &str = "T20250101000001";

fn payee() -> Payee {
    Payee::direct("1900000001", "wx0123456789abcdef")
}

/// The samples of one role.
fn samples(role: &str) -> Vec<Named<Message>> {
    let all = vector::all::<Message>("v2_message").into_iter();
    let found: Vec<_> = all.filter(|one| one.vector.role == role).collect();
    assert!(!found.is_empty(), "no {role}");
    found
}

fn sample(role: &str) -> Message {
    let mut found = samples(role);
    assert_eq!(found.len(), 1, "{role}");
    found.remove(0).vector
}

fn reply(xml: &str) -> Reply {
    Reply { status: 200, headers: Headers::default(), body: xml.as_bytes().to_vec() }
}

#[test]
fn every_sample_is_believed_and_no_sibling_is() {
    for Named { name, vector } in vector::all::<Message>("v2_message") {
        let (fields, keys) = (vector.fields(), vector.keys());
        assert_eq!(sign(&fields, keys.first(), vector.sign_type()), vector.sign, "{name}");
        assert!(verify(fields.clone(), &keys, vector.sign_type()).is_ok(), "{name}");
        siblings::none_is_believed(&name, &fields, &keys, vector.sign_type());
    }
}

#[test]
fn every_sample_that_is_cut_off_anywhere_is_no_message() {
    for Named { name, vector } in vector::all::<Message>("v2_message") {
        let whole = vector.xml.trim_end().as_bytes();
        assert!(read(whole).is_ok(), "{name}");
        for end in 0..whole.len() {
            let cut = read(&whole[..end]);
            assert!(cut.is_err(), "{name}: {end} of {} bytes: {cut:?}", whole.len());
        }
    }
}

/// The draft has the sample's fields but for the nonce and, where the sample leaves it out, the way
/// to sign; with the sample's nonce it has the sample's sign.
#[track_caller]
fn reproduces(sample: &Message, draft: &Fields) {
    let told = sample.fields();
    let mut ours = draft.clone();
    for name in ["nonce_str", "sign_type"] {
        if let Some(value) = told.get(name) {
            ours.push(name, value);
        }
    }
    let sum = sign(&ours, sample.keys().first(), sample.sign_type());
    assert_eq!(sum, sample.sign);
    ours.push("sign", sum);
    assert_eq!(unordered(&ours), unordered(&told));
    assert_eq!(read(&write(&ours)), Ok(ours));
}

#[test]
fn an_order_is_placed_asked_for_and_closed_as_in_the_samples() {
    let body = OrderBody {
        payee: &payee(),
        description: &Description::parse("测试商品-红茶500g").unwrap(),
        out_trade_no: OUT_TRADE_NO,
        time_start: UnixSeconds(1_735_700_400),
        time_expire: UnixSeconds(1_735_704_000),
        notify_url: "https://pay.example.com/wechat/v2/notify",
        amount: Amount::cny(Fen::new(1_234).unwrap()),
        fields: &OrderFields::default(),
        product_id: "SKU-88888",
        spbill_create_ip: IpAddr::from([203, 0, 113, 7]),
    };
    let place = order::place(&body.to_bytes()).unwrap();
    assert_eq!(place.target, "/pay/unifiedorder");
    reproduces(&sample("place"), &place.fields);
    reproduces(&sample("query"), &order::query(OUT_TRADE_NO, &payee()).fields);
    reproduces(&sample("close"), &order::close(OUT_TRADE_NO, &payee()).fields);
    let vector = sign_of("v2_sign_link.json");
    let shorten = short_url::shorten(&vector.link.unwrap(), &payee());
    assert_eq!(shorten.target, "/tools/shorturl");
    reproduces(&sample("short_url"), &shorten.fields);
}

#[test]
fn a_refund_and_a_bill_are_asked_for_as_in_the_samples() {
    let body = RefundBody {
        payee: &payee(),
        transaction_id: "4200000000202501010000000001",
        out_refund_no: "R20250101000001",
        reason: None,
        notify_url: "https://pay.example.com/wechat/v2/refund-notify",
        refund: Fen::new(234).unwrap(),
        total: Fen::new(1_234).unwrap(),
    };
    let apply = refund::apply(&body.to_bytes()).unwrap();
    assert_eq!((apply.target, apply.certified), ("/secapi/pay/refund", true));
    reproduces(&sample("refund"), &apply.fields);
    let date = BillDate::parse("2025-01-01").unwrap();
    let trade = bill::trade(date, TradeRows::All, &payee());
    assert_eq!(trade.target, "/pay/downloadbill");
    // The sample asks for plain text, we for gzip, and nothing else is between them.
    assert_eq!(trade.fields.get("tar_type"), Some("GZIP"));
    reproduces(&sample("bill"), &siblings::without(&trade.fields, "tar_type"));
}

fn sign_of(file: &str) -> Sign {
    let all = vector::all::<Sign>("v2_sign").into_iter();
    all.filter(|one| one.name == file).map(|one| one.vector).next().unwrap()
}

#[test]
fn answers_mean_what_they_say_and_a_changed_one_nothing() {
    for role in ["place_answer", "query_answer"] {
        for Named { name, vector } in samples(role) {
            let judged =
                |xml: &str| judge(&reply(xml), &vector.keys(), vector.sign_type(), &payee());
            let report = |xml: &str| match role {
                "place_answer" => read_place(&judged(xml)),
                _ => read_query(&judged(xml), OUT_TRADE_NO),
            };
            assert_eq!(to_value(report(&vector.xml)).ok(), vector.report, "{name}");
            let other = read_query(&judged(&vector.xml), "T20250101000009");
            assert_eq!(other, Report::InDoubt, "{name}: of another order");
            for (field, _) in vector.fields().iter() {
                let less = write(&siblings::without(&vector.fields(), field));
                let less = report(&String::from_utf8(less).unwrap());
                assert_eq!(less, Report::InDoubt, "{name}: without {field}");
            }
        }
    }
}

#[test]
fn a_message_that_was_not_taken_stops_an_order_and_settles_nothing() {
    for Named { name, vector } in vector::all::<Unsigned>("v2_unsigned") {
        let keys = sample("place").keys();
        let judged = judge(&reply(&vector.xml), &keys, sample("place").sign_type(), &payee());
        if vector.role != "failure" {
            assert_eq!(read(&notification::success()), read(vector.xml.as_bytes()), "{name}");
            assert!(matches!(judged, Judged::InDoubt(_)), "{name}");
            continue;
        }
        let said = Refusal {
            status: 200,
            code: SIGN_ERROR.to_owned(),
            message: "签名错误".to_owned(),
            request_id: None,
        };
        let proof = Proof::Unverified;
        assert_eq!(judged, Judged::Refused { refusal: said.clone(), proof }, "{name}");
        assert_eq!(read_place(&judged), Report::Refused(said.clone()));
        assert_eq!(read_query(&judged, OUT_TRADE_NO), Report::InDoubt);
        assert_eq!(read_close(&judged), Report::CloseRefused(said));
    }
}

#[test]
fn a_payment_is_told_once_the_sign_agrees() {
    let vector = sample("notification");
    let heard = |xml: &[u8]| notification::read(xml, &vector.keys(), vector.sign_type());
    let paid = heard(vector.xml.as_bytes()).unwrap();
    assert_eq!(paid.out_trade_no, OUT_TRADE_NO);
    let report = Report::Paid(Box::new(paid.receipt));
    assert_eq!(to_value(report).ok(), vector.report);
    for (field, _) in vector.fields().iter() {
        let less = write(&siblings::without(&vector.fields(), field));
        let expected = matches!(heard(&less), Err(notification::NotificationError::Distrust(_)));
        assert!(expected, "without {field}");
    }
}

#[test]
fn a_printed_code_its_question_and_both_answers_are_the_samples() {
    let vector = sign_of("v2_sign_link.json");
    let link = LinkBody {
        appid: "wx0123456789abcdef",
        mchid: "1900000001",
        product_id: &ProductId::parse("SKU-88888").unwrap(),
        time_stamp: UnixSeconds(1_735_700_000),
        nonce_str: "5K8264ILTKCH16CQ2502SI8ZNMTM67VS",
    };
    assert_eq!(mode1::link(&link, &vector.key()), vector.link.unwrap());

    let asked = sample("callback");
    let callback = mode1::read(asked.xml.as_bytes(), &asked.keys()).unwrap();
    assert_eq!(callback.appid, "wx0123456789abcdef");
    assert_eq!(callback.mchid, "1900000001");
    assert_eq!(callback.openid, "oTESTopenid0000000000000001");
    assert_eq!(callback.product_id.as_str(), "SKU-88888");
    assert!(!callback.is_subscribed);

    for Named { name, vector } in samples("callback_answer") {
        let told = vector.fields();
        let nonce = told.get("nonce_str").unwrap();
        let ours = match told.get("prepay_id") {
            Some(prepay_id) => callback.answer(&PrepayId::parse(prepay_id).unwrap(), nonce),
            None => callback.refuse(told.get("err_code_des").unwrap(), nonce),
        };
        assert_eq!(read(&ours).as_ref(), Ok(&told), "{name}: field by field, in its order");
    }
}

/// Their keys were never published, so they can be parsed and that is all.
#[test]
fn samples_without_a_key_are_parsed_and_believed_by_nobody() {
    let official = sign_of("v2_sign_docs_md5.json");
    for Named { name, vector } in vector::all::<Unverifiable>("v2_unverifiable") {
        let mut message: Fields = vector.fields.iter().cloned().collect();
        if let Some(link) = &vector.link {
            let (_, query) = link.split_once('?').unwrap();
            let parsed: Fields =
                query.split('&').map(|pair| pair.split_once('=').unwrap()).collect();
            message.push("sign", vector.sign.as_str());
            assert_eq!(parsed, message, "{name}");
        }
        message.push("sign", vector.sign.as_str());
        assert_eq!(read(&write(&message)).as_ref(), Ok(&message), "{name}");
        for key in [official.key(), sample_key()] {
            assert!(verify(message.clone(), &key.into(), official.sign_type()).is_err(), "{name}");
        }
    }
}

fn sample_key() -> ApiV2Key {
    ApiV2Key::parse(&sample("place").api_key).unwrap()
}
