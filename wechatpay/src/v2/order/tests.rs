//! What is stored and sent, and what answers mean for an order.

use core::net::IpAddr;

use checkout::id::Description;
use checkout::money::{Amount, Fen};
use checkout::payee::SubMerchant;
use checkout::report::Proof;
use checkout::time::UnixSeconds;

use super::*;
use crate::v2::answer::{Doubt, judge};
use crate::v2::fields::Fields;
use crate::v2::key::{ApiV2Keys, SignType};
use crate::v2::sign::sign;
use crate::v2::xml::write;
use crate::v3::order_fields::OrderFields;

fn stored(payee: &Payee, fields: &str) -> Fields {
    let body = OrderBody {
        payee,
        description: &Description::parse("<红茶> & ]]>").unwrap(),
        out_trade_no: "T20250101000001",
        time_start: UnixSeconds(1_735_700_400),
        time_expire: UnixSeconds(1_735_704_000),
        notify_url: "https://pay.example.com/wechat/v2/notify",
        amount: Amount::cny(Fen::new(1_234).unwrap()),
        fields: &serde_json::from_str::<OrderFields>(fields).unwrap(),
        product_id: "SKU-88888",
        spbill_create_ip: IpAddr::from([203, 0, 113, 7]),
    };
    assert_eq!(body.to_bytes(), body.to_bytes());
    let draft = place(&body.to_bytes()).unwrap();
    assert_eq!((draft.target, draft.certified), ("/pay/unifiedorder", false));
    draft.fields
}

fn direct() -> Payee {
    Payee::direct("1900000001", "wx0123456789abcdef")
}

#[test]
fn an_order_says_what_native_requires() {
    let fields = stored(&direct(), "{}");
    let expected = [
        ("appid", "wx0123456789abcdef"),
        ("mch_id", "1900000001"),
        ("body", "<红茶> & ]]>"),
        ("out_trade_no", "T20250101000001"),
        ("fee_type", "CNY"),
        ("total_fee", "1234"),
        ("spbill_create_ip", "203.0.113.7"),
        ("time_start", "20250101110000"),
        ("time_expire", "20250101120000"),
        ("notify_url", "https://pay.example.com/wechat/v2/notify"),
        ("trade_type", "NATIVE"),
        ("product_id", "SKU-88888"),
    ];
    assert_eq!(fields.iter().collect::<Vec<_>>(), expected);
}

#[test]
fn what_a_shop_says_besides_is_said_in_v2s_words() {
    let fields = stored(
        &direct(),
        r#"{"attach":"cart=42&x","goods_tag":"WXG","support_fapiao":true,
        "detail":{"cost_price":1300,"invoice_id":"R-1","goods_detail":[{"merchant_goods_id":"A1",
        "wechatpay_goods_id":"1001","goods_name":"红茶 \"500g\"","quantity":2,"unit_price":617}]},
        "scene_info":{"payer_client_ip":"198.51.100.9","device_id":"till-7",
        "store_info":{"id":"S1","name":"一号店","area_code":"440305","address":"科技路 1 号"}},
        "settle_info":{"profit_sharing":true}}"#,
    );
    for (name, value) in [
        (
            "detail",
            concat!(
                r#"{"cost_price":1300,"receipt_id":"R-1","goods_detail":[{"goods_id":"A1","#,
                r#""wxpay_goods_id":"1001","goods_name":"红茶 \"500g\"","quantity":2,"price":617}]}"#
            ),
        ),
        ("version", "1.0"),
        ("attach", "cart=42&x"),
        ("goods_tag", "WXG"),
        ("receipt", "Y"),
        ("profit_sharing", "Y"),
        ("device_info", "till-7"),
        (
            "scene_info",
            concat!(
                r#"{"store_info":{"id":"S1","name":"一号店","area_code":"440305","#,
                r#""address":"科技路 1 号"}}"#
            ),
        ),
    ] {
        assert_eq!(fields.get(name), Some(value), "{name}");
    }
    assert_eq!(fields.get("spbill_create_ip"), Some("203.0.113.7"));
    assert_eq!(fields.len(), 20);

    let less = r#"{"support_fapiao":false,"settle_info":{"profit_sharing":false},
        "scene_info":{"payer_client_ip":"198.51.100.9","store_info":{"id":"S1","name":"NAME",
        "area_code":"440305","address":"A"}}}"#
        .replace("NAME", &"店".repeat(80));
    let fields = stored(&direct(), &less);
    assert_eq!(fields.get("scene_info"), Some(r#"{"store_info":{"id":"S1"}}"#));
    assert_eq!((fields.get("receipt"), fields.get("profit_sharing")), (None, Some("N")));
}

#[test]
fn a_service_provider_names_itself_and_its_sub_merchant() {
    let sub = |appid: Option<&str>| {
        let appid = appid.map(str::to_owned);
        let sub = Some(SubMerchant { mchid: "1900000003".to_owned(), appid });
        Payee { sub, ..Payee::direct("1900000002", "wxaaaaaaaaaaaaaaaa") }
    };
    let whole = sub(Some("wxbbbbbbbbbbbbbbbb"));
    for draft in [query("T1", &whole), close("T1", &whole)] {
        let expected = [
            ("appid", "wxaaaaaaaaaaaaaaaa"),
            ("mch_id", "1900000002"),
            ("sub_appid", "wxbbbbbbbbbbbbbbbb"),
            ("sub_mch_id", "1900000003"),
            ("out_trade_no", "T1"),
        ];
        assert_eq!(draft.fields.iter().collect::<Vec<_>>(), expected, "{}", draft.target);
    }
    assert_eq!(stored(&sub(None), "{}").get("sub_mch_id"), Some("1900000003"));
    assert_eq!(query("T1", &sub(None)).fields.get("sub_appid"), None);
    assert_eq!(query("T1", &whole).target, "/pay/orderquery");
    assert_eq!(close("T1", &whole).target, "/pay/closeorder");
}

#[test]
fn a_product_is_named_by_the_reference_as_far_as_it_goes() {
    assert_eq!(product_id("A-1001", "T1"), "A-1001");
    assert_eq!(product_id("订单 A/10:01_x", "T1"), "A1001_x");
    assert_eq!(product_id(&"x".repeat(40), "T1"), "x".repeat(32));
    assert_eq!(product_id("红茶", "T1"), "T1");
}

const KEY: &str = "Abcdefghijklmnopqrstuvwxyz012345";

/// What the platform says under its sign.
fn said(pairs: &[(&str, &str)]) -> Judged {
    let keys = ApiV2Keys::parse(KEY).unwrap();
    let common = [("return_code", "SUCCESS"), ("appid", "wx0123456789abcdef")];
    let about = [("mch_id", "1900000001")];
    let mut fields: Fields = common.iter().chain(&about).chain(pairs).copied().collect();
    fields.push("sign", sign(&fields, keys.first(), SignType::Md5));
    let reply =
        crate::http::Reply { status: 200, headers: Default::default(), body: write(&fields) };
    judge(&reply, &keys, SignType::Md5, &direct())
}

fn done(pairs: &[(&str, &str)]) -> Judged {
    let pairs: Vec<_> = [("result_code", "SUCCESS")].iter().chain(pairs).copied().collect();
    said(&pairs)
}

fn failed(code: &str) -> (Judged, Refusal) {
    let judged = said(&[("result_code", "FAIL"), ("err_code", code)]);
    let (code, message) = (code.to_owned(), String::new());
    (judged, Refusal { status: 200, code, message, request_id: None })
}

#[test]
fn a_placed_order_has_a_code_and_perhaps_a_session() {
    let code = ("code_url", "weixin://wxpay/bizpayurl?pr=1");
    let placed = |prepay_id: Option<&str>| Report::Placed {
        code_url: CodeUrl::parse(code.1).unwrap(),
        prepay_id: prepay_id.map(|text| PrepayId::parse(text).unwrap()),
    };
    assert_eq!(read_place(&done(&[code, ("prepay_id", "wx1")])), placed(Some("wx1")));
    assert_eq!(read_place(&done(&[code, ("prepay_id", "no session")])), placed(None));
    assert_eq!(read_place(&done(&[code])), placed(None));
    for odd in [&[][..], &[("code_url", "https://a/")], &[("prepay_id", "wx1")]] {
        assert_eq!(read_place(&done(odd)), Report::InDoubt, "{odd:?}");
    }
}

#[test]
fn a_refusal_that_may_hide_an_order_is_only_a_dispute() {
    for code in ["ORDERPAID", "ORDERCLOSED", "OUT_TRADE_NO_USED", "INVALID_REQUEST", "ORDER_PAID"] {
        let (judged, refusal) = failed(code);
        assert_eq!(read_place(&judged), Report::Disputed(refusal), "{code}");
    }
    for code in ["NOAUTH", "LACK_PARAMS", "APPID_MCHID_NOT_MATCH", "SIGNERROR", "NEW_ONE"] {
        let (judged, refusal) = failed(code);
        assert_eq!(read_place(&judged), Report::Refused(refusal), "{code}");
    }
    assert_eq!(read_place(&failed("SYSTEMERROR").0), Report::InDoubt);
}

#[test]
fn each_state_means_something_for_the_order() {
    let state = |pairs: &[(&str, &str)]| {
        let pairs: Vec<_> = [("out_trade_no", "T1")].iter().chain(pairs).copied().collect();
        read_query(&done(&pairs), "T1")
    };
    let paid = [("transaction_id", "42"), ("total_fee", "5")];
    let with = |word| [&[("trade_state", word)][..], &paid].concat();
    for word in ["SUCCESS", "REFUND"] {
        let Report::Paid(receipt) = state(&with(word)) else { panic!("{word}") };
        assert_eq!((receipt.total, receipt.transaction_id.as_str()), (5, "42"));
        assert_eq!((receipt.payee, receipt.currency.as_str()), (direct(), "CNY"));
    }
    for word in ["NOTPAY", "USERPAYING", "PAYERROR"] {
        assert_eq!(state(&[("trade_state", word)]), Report::NotPaid, "{word}");
    }
    for word in ["CLOSED", "REVOKED"] {
        assert_eq!(state(&[("trade_state", word)]), Report::ClosedThere, "{word}");
    }
    // A refunded order whose payment is not told has to be looked at by somebody.
    for word in ["REFUND", "ACCEPT", "success", &"X".repeat(64)] {
        let kept = Report::UnknownState { trade_state: word.to_owned() };
        assert_eq!(state(&[("trade_state", word)]), kept, "{word}");
    }
    for less in [&[("trade_state", "SUCCESS")][..], &[], &with("SUCCESS")[..2]] {
        assert_eq!(state(less), Report::InDoubt, "{less:?}");
    }
}

#[test]
fn an_answer_about_another_order_says_nothing() {
    for state in ["SUCCESS", "NOTPAY", "CLOSED"] {
        let pairs = [("out_trade_no", "T2"), ("trade_state", state), ("transaction_id", "4")];
        let other = done(&[&pairs[..], &[("total_fee", "5")]].concat());
        assert_eq!(read_query(&other, "T1"), Report::InDoubt, "{state}");
    }
}

#[test]
fn numbers_are_taken_in_their_own_letters_only() {
    let paid = |name: &str, value: &str| {
        let pairs = [("trade_state", "SUCCESS"), ("out_trade_no", "T1"), ("transaction_id", "42")];
        let mut fields: Fields = pairs.into_iter().chain([("total_fee", "5")]).collect();
        fields.push(name, value);
        let pairs: Vec<_> = fields.iter().collect();
        read_query(&done(&pairs), "T1")
    };
    assert!(matches!(paid("attach", "a"), Report::Paid(_)));
    for (name, value) in [
        ("total_fee", "+5"),
        ("total_fee", "-5"),
        ("total_fee", "5.0"),
        ("total_fee", "５"),
        ("total_fee", "5&trade_state=NOTPAY"),
        ("total_fee", "18446744073709551616"),
        ("transaction_id", "42&x=1"),
        ("transaction_id", &"4".repeat(33)),
    ] {
        assert_eq!(paid(name, value), Report::InDoubt, "{name}={value}");
    }
    let Report::Paid(receipt) = paid("cash_fee", "5&x=1") else { panic!("not paid") };
    assert_eq!(receipt.payer_total, None);
    let Report::Paid(receipt) = paid("fee_type", "USD") else { panic!("not paid") };
    assert_eq!(receipt.currency, "USD");
}

#[test]
fn a_close_is_taken_refused_or_of_nothing() {
    assert_eq!(read_close(&done(&[])), Report::CloseTaken);
    for code in ["ORDERPAID", "ORDERCLOSED", "TRADE_STATE_ERROR"] {
        let (judged, refusal) = failed(code);
        assert_eq!(read_close(&judged), Report::CloseRefused(refusal), "{code}");
    }
    let (judged, _) = failed("ORDERNOTEXIST");
    let not_found = Report::NotFound { proof: Proof::Verified };
    assert_eq!((read_close(&judged), read_query(&judged, "T1")), (not_found.clone(), not_found));
    assert_eq!(read_query(&failed("SIGNERROR").0, "T1"), Report::InDoubt);
    let doubt = Judged::InDoubt(Doubt::Foreign);
    for report in [read_place(&doubt), read_query(&doubt, "T1"), read_close(&doubt)] {
        assert_eq!(report, Report::InDoubt);
    }
}

#[test]
fn what_was_stored_is_read_or_refused() {
    assert_eq!(place(b"{}").err(), Some(BadXml::StrayText));
}
