//! What the platform says about a bill, and where its file may be fetched.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use wechatpay::bill::TradeRows;
use wechatpay::bill::date::BillDate;
use wechatpay::bill::digest::Sha1Hash;
use wechatpay::http::{Headers, Reply};
use wechatpay::rustcrypto::RustCrypto;
use wechatpay::v3::answer::judge;
use wechatpay::v3::bill::address::BadAddress;
use wechatpay::v3::bill::answer::{Answer, File, SealedFile, Unusable, read, read_sub_merchant};
use wechatpay::v3::bill::trade;

use super::meaning::{NOW, TestPlatform};
use super::ready;
use super::requests::request_vector;
use super::vector::{self, Named};

const SANDBOX: &[&str] = &["http://127.0.0.1:8788"];

fn answer(reply: &Reply) -> Answer<File> {
    let platform = TestPlatform::new();
    read(&ready(judge(&RustCrypto, &platform.keys(), reply, NOW)), SANDBOX)
}

fn sealed_answer(reply: &Reply) -> Answer<Vec<SealedFile>> {
    let platform = TestPlatform::new();
    read_sub_merchant(&ready(judge(&RustCrypto, &platform.keys(), reply, NOW)), SANDBOX)
}

fn signed(status: u16, body: &Value) -> Reply {
    TestPlatform::new().reply(status, &body.to_string())
}

fn file() -> Value {
    json!({
        "hash_type": "SHA1",
        "hash_value": "49caa826a512b96edefc093577d4724039d5bc99",
        "download_url": "http://127.0.0.1:8788/v3/billdownload/file?token=1",
    })
}

#[test]
fn our_question_is_the_reference_one_to_the_byte() {
    let date = BillDate::parse("2025-01-01").unwrap();
    let request = trade(date, TradeRows::All, None);
    assert_eq!(request.target, request_vector("request_tradebill.json").target);
    assert_eq!((request.method.as_str(), request.body.len()), ("GET", 0));
}

#[test]
fn the_answers_of_the_reference_name_a_file() {
    for Named { name, vector } in vector::all::<vector::BillAnswer>("bill_answer") {
        let reply = TestPlatform::new().reply(200, &vector.body);
        let file = match &vector.nonce {
            None => match answer(&reply) {
                Answer::Ready(file) => file,
                other => panic!("{name}: {other:?}"),
            },
            Some(nonce) => match sealed_answer(&reply) {
                Answer::Ready(parts) => {
                    let [part] = &parts[..] else { panic!("{name}: {} parts", parts.len()) };
                    assert_eq!(&part.nonce, nonce, "{name}");
                    let key = STANDARD.encode(&part.encrypted_key);
                    assert_eq!(Some(key), vector.encrypted_key, "{name}");
                    part.file.clone()
                }
                other => panic!("{name}: {other:?}"),
            },
        };
        assert_eq!(file.address.origin(), vector.origin, "{name}");
        assert_eq!(file.address.target(), vector.target, "{name}");
        assert_eq!(Some(file.hash), Sha1Hash::parse(&vector.hash_value), "{name}");
    }
}

#[test]
fn an_answer_that_nobody_vouches_for_names_no_file() {
    for Named { name, vector } in vector::all::<vector::BillAnswer>("bill_answer") {
        let mut reply = TestPlatform::new().reply(200, &vector.body);
        reply.body.push(b'\n');
        assert!(matches!(answer(&reply), Answer::InDoubt(_)), "{name}: changed");
        reply.headers = Headers::default();
        assert!(matches!(sealed_answer(&reply), Answer::InDoubt(_)), "{name}: unsigned");
    }
}

#[test]
fn not_yet_and_nothing_are_answers_of_their_own_under_any_refusal() {
    for status in [400, 404] {
        let said = |code: &str| {
            let mut reply = signed(status, &json!({ "code": code, "message": "账单" }));
            let with_proof = answer(&reply);
            reply.headers = [("Request-ID".to_owned(), "08F5-0".to_owned())].into_iter().collect();
            assert_eq!(answer(&reply), with_proof, "{code}: refusals may come unsigned");
            with_proof
        };
        assert_eq!(said("STATEMENT_CREATING"), Answer::NotYet);
        assert_eq!(said("NO_STATEMENT_EXIST"), Answer::Nothing);
        for other in ["PARAM_ERROR", "INVALID_REQUEST", "NO_AUTH", "NO_STATEMENT"] {
            assert!(matches!(said(other), Answer::Refused(r) if r.code == other), "{other}");
        }
    }
    for status in [429, 500, 502] {
        let reply = signed(status, &json!({ "code": "NO_STATEMENT_EXIST" }));
        assert!(matches!(answer(&reply), Answer::InDoubt(_)), "{status} decides nothing");
    }
}

#[test]
fn one_field_changed_and_the_answer_is_unusable_for_that() {
    let unusable = |field: &str, value: Value| {
        let mut body = file();
        body[field] = value;
        match answer(&signed(200, &body)) {
            Answer::Unusable(reason) => reason,
            other => panic!("{field}: {other:?}"),
        }
    };
    assert_eq!(
        unusable("hash_type", json!("SM3")),
        Unusable::UnknownHash("SM3".to_owned()),
        "another hash is not ours to guess"
    );
    for bad in ["", "49caa826", "49caa826a512b96edefc093577d4724039d5bc9g"] {
        assert_eq!(unusable("hash_value", json!(bad)), Unusable::BadHash);
    }
    for (url, reason) in [
        ("https://example.com/v3/billdownload/file?token=1", BadAddress::Stranger),
        ("http://127.0.0.1:8789/v3/billdownload/file?token=1", BadAddress::Stranger),
        ("/v3/billdownload/file?token=1", BadAddress::Shape),
        ("https://api.mch.weixin.qq.com/a b", BadAddress::NotVerbatim),
    ] {
        assert_eq!(unusable("download_url", json!(url)), Unusable::BadAddress(reason), "{url}");
    }
    for value in [Value::Null, json!(1), json!([])] {
        assert!(matches!(unusable("download_url", value), Unusable::Malformed(_)));
    }
    for status in [201, 204] {
        let found = answer(&signed(status, &file()));
        assert!(matches!(found, Answer::Unusable(Unusable::Malformed(_))), "{status}");
    }
}

#[test]
fn parts_are_taken_in_their_order_and_only_complete() {
    let part = |sequence: u32, key: &str| {
        let mut part = file();
        part["bill_sequence"] = json!(sequence);
        part["encrypt_key"] = json!(key);
        part["nonce"] = json!(format!("nonce of part {sequence}"));
        part
    };
    let parts = |parts: Vec<Value>| {
        let body = json!({ "download_bill_count": parts.len(), "download_bill_list": parts });
        sealed_answer(&signed(200, &body))
    };
    let Answer::Ready(found) = parts(vec![part(2, "Ag=="), part(1, "AQ==")]) else { panic!() };
    let nonces: Vec<_> = found.iter().map(|part| part.nonce.as_str()).collect();
    assert_eq!(nonces, ["nonce of part 1", "nonce of part 2"]);
    for wrong in [
        vec![],
        vec![part(2, "")],
        vec![part(1, ""), part(1, "")],
        vec![part(1, ""), part(3, "")],
        (1..=17).map(|sequence| part(sequence, "")).collect(),
    ] {
        assert_eq!(parts(wrong), Answer::Unusable(Unusable::BadParts));
    }
    assert_eq!(parts(vec![part(1, "?")]), Answer::Unusable(Unusable::BadKey));
}
