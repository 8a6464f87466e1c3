//! Our calls, byte for byte as the reference prints them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use checkout::id::Description;
use checkout::money::{Amount, Fen};
use checkout::payee::{Payee, SubMerchant};
use checkout::time::UnixSeconds;
use wechatpay::http::{Method, Request, Signed};
use wechatpay::rustcrypto::RustCrypto;
use wechatpay::v3::message::request_message;
use wechatpay::v3::native;
use wechatpay::v3::sign::{Caller, sign};

use super::tamper::flip;
use super::vector::{self, Named};
use super::{private_key, public_key, ready};

fn method(text: &str) -> Method {
    match text {
        "GET" => Method::Get,
        "POST" => Method::Post,
        other => panic!("{other}"),
    }
}

fn moment(text: &str) -> UnixSeconds {
    UnixSeconds(text.parse().unwrap())
}

fn nonce(hex: &str) -> [u8; 16] {
    std::array::from_fn(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap())
}

fn header<'a>(signed: &'a Signed, name: &str) -> Option<&'a str> {
    let found = signed.headers().iter().find(|(known, _)| *known == name);
    found.map(|(_, value)| value.as_str())
}

/// Signs as the vector's merchant did.
fn signed(vector: &vector::Request, request: Request) -> Signed {
    let caller = Caller {
        mchid: vector.mchid.as_deref().unwrap_or("1900007291"),
        serial_no: vector.serial_no.as_deref().unwrap_or("0"),
        key: &private_key(&vector.private_key_pem),
        platform_serial: Some("PUB_KEY_ID_0119000000012025010100000000000001"),
    };
    let (nonce, now) = (nonce(&vector.nonce), moment(&vector.timestamp));
    ready(sign(&RustCrypto, &caller, request, nonce, now)).unwrap()
}

#[track_caller]
pub(crate) fn request_vector(name: &str) -> vector::Request {
    let all = vector::all::<vector::Request>("request");
    all.into_iter().find(|one| one.name == name).unwrap().vector
}

#[test]
fn the_five_lines_are_those_of_the_platform() {
    for Named { name, vector } in vector::all::<vector::Message>("message") {
        let made = request_message(
            method(&vector.method),
            &vector.target,
            moment(&vector.timestamp),
            &vector.nonce,
            vector.body.as_bytes(),
        );
        assert_eq!(String::from_utf8(made).unwrap(), vector.message, "{name}");
    }
}

#[test]
fn signatures_are_those_that_were_published() {
    for Named { name, vector } in vector::all::<vector::Signature>("signature") {
        let made = private_key(&vector.private_key_pem).sign(vector.message.as_bytes()).unwrap();
        assert_eq!(STANDARD.encode(made), vector.signature, "{name}");
    }
}

#[test]
fn calls_are_authorised_as_the_platform_documents_it() {
    for Named { name, vector } in vector::all::<vector::Request>("request") {
        let request = Request {
            method: method(&vector.method),
            target: vector.target.clone(),
            body: vector.body.clone().into_bytes(),
        };
        let signed = signed(&vector, request.clone());
        assert_eq!(signed.request(), &request, "{name}: what is signed is what is sent");
        let authorization = header(&signed, "Authorization").unwrap();
        match &vector.authorization {
            Some(printed) => assert_eq!(authorization, printed, "{name}"),
            None => {
                let pair = format!("signature=\"{}\"", vector.signature);
                assert!(authorization.contains(&pair), "{name}");
            }
        }
    }
}

#[test]
fn one_flipped_bit_of_a_call_and_its_signature_is_void() {
    for Named { name, vector } in vector::all::<vector::Request>("request") {
        let key = public_key(&vector.public_key_pem);
        let signature = STANDARD.decode(&vector.signature).unwrap();
        let message = vector.message.as_bytes();
        assert!(key.verify(message, &signature), "{name}");
        for at in 0..message.len() {
            assert!(!key.verify(&flip(message, at), &signature), "{name}: byte {at}");
        }
        for at in 0..signature.len() {
            assert!(!key.verify(message, &flip(&signature, at)), "{name}: signature byte {at}");
        }
        assert!(!key.verify(message, &[]) && !key.verify(message, &[signature, vec![0]].concat()));
    }
}

fn payee() -> Payee {
    Payee::direct("1900000001", "wx0123456789abcdef")
}

fn partner() -> Payee {
    let appid = Some("wxbbbbbbbbbbbbbbbb".to_owned());
    let sub = Some(SubMerchant { mchid: "1900000003".to_owned(), appid });
    Payee { sub, ..Payee::direct("1900000002", "wxaaaaaaaaaaaaaaaa") }
}

/// Protocol reference G.2.
#[test]
fn a_partners_order_and_query_are_the_reference_ones_to_the_byte() {
    let fields = r#"{"attach":"cart=43","settle_info":{"profit_sharing":false}}"#;
    let body = native::OrderBody {
        payee: &partner(),
        description: &Description::parse("测试商品-绿茶").unwrap(),
        out_trade_no: "T20250101000002",
        time_expire: UnixSeconds(1_735_704_000),
        notify_url: "https://pay.example.com/wechat/partner-notify",
        amount: Amount::cny(Fen::new(2_000).unwrap()),
        fields: &serde_json::from_str(fields).unwrap(),
    };
    let printed: serde_json::Value = serde_json::from_str(PARTNER_ORDER).unwrap();
    let made: serde_json::Value = serde_json::from_slice(&body.to_bytes()).unwrap();
    assert_eq!(made, printed);
    let query = native::query_by_out_trade_no("T20250101000002", &partner());
    same_call(&request_vector("request_partner_query.json"), query);
}

const PARTNER_ORDER: &str = r#"{
  "sp_appid": "wxaaaaaaaaaaaaaaaa",
  "sp_mchid": "1900000002",
  "sub_appid": "wxbbbbbbbbbbbbbbbb",
  "sub_mchid": "1900000003",
  "description": "测试商品-绿茶",
  "out_trade_no": "T20250101000002",
  "time_expire": "2025-01-01T12:00:00+08:00",
  "attach": "cart=43",
  "notify_url": "https://pay.example.com/wechat/partner-notify",
  "amount": { "total": 2000, "currency": "CNY" },
  "settle_info": { "profit_sharing": false }
}"#;

#[test]
fn our_order_is_the_reference_order_to_the_byte() {
    let vector = request_vector("request_native_place.json");
    let body = native::OrderBody {
        payee: &payee(),
        description: &Description::parse("测试商品-红茶500g").unwrap(),
        out_trade_no: "T20250101000001",
        time_expire: UnixSeconds(1_735_704_000),
        notify_url: "https://pay.example.com/wechat/notify",
        amount: Amount::cny(Fen::new(1_234).unwrap()),
        fields: &serde_json::from_str(r#"{"attach":"cart=42"}"#).unwrap(),
    };
    let request = native::place(body.to_bytes(), &payee());
    same_call(&vector, request);
}

#[test]
fn our_query_and_close_are_the_reference_ones_to_the_byte() {
    let query = native::query_by_out_trade_no("T20250101000001", &payee());
    same_call(&request_vector("request_native_query.json"), query);
    let close = native::close("T20250101000001", &payee());
    same_call(&request_vector("request_native_close.json"), close);
    let by_id = native::query_by_transaction_id("4200000000202501010000000001", &payee());
    assert_eq!(
        by_id.target,
        "/v3/pay/transactions/id/4200000000202501010000000001?mchid=1900000001"
    );
    assert_eq!((by_id.method, by_id.body.len()), (Method::Get, 0));
}

/// The request, its lines and every header, as the reference prints them.
#[track_caller]
fn same_call(vector: &vector::Request, request: Request) {
    assert_eq!(request.method.as_str(), vector.method);
    assert_eq!(request.target, vector.target);
    assert_eq!(String::from_utf8(request.body.clone()).unwrap(), vector.body);
    let content_type = (!request.body.is_empty()).then_some("application/json");
    let signed = signed(vector, request);
    assert_eq!(header(&signed, "Authorization"), vector.authorization.as_deref());
    assert_eq!(header(&signed, "Accept"), Some("application/json"));
    assert_eq!(header(&signed, "Content-Type"), content_type);
    assert!(header(&signed, "User-Agent").is_some_and(|agent| agent.starts_with("saoma/")));
    assert_eq!(
        header(&signed, "Wechatpay-Serial"),
        Some("PUB_KEY_ID_0119000000012025010100000000000001")
    );
}
