//! Refunds: our calls byte for byte, answers and notifications as the reference prints them, each
//! with siblings in which one thing is wrong.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use checkout::id::RefundReason;
use checkout::money::{Currency, Fen};
use checkout::refund::{RefundNews, Standing};
use checkout::report::Proof;
use checkout::time::UnixSeconds;
use serde_json::{Value, json};
use wechatpay::crypto::{ApiV3Key, ApiV3Keys};
use wechatpay::http::{Headers, Method, Reply};
use wechatpay::rustcrypto::{RustCrypto, seal};
use wechatpay::v3::answer::judge;
use wechatpay::v3::malformed::{Malformed, Part};
use wechatpay::v3::message::reply_message;
use wechatpay::v3::notification::{Event, Notification, NotificationError, Receiver, read};
use wechatpay::v3::refund::{
    BankType, Destination, RedirectBody, RefundBody, abnormal, apply, query, read_abnormal,
    read_apply, read_query,
};
use wechatpay::v3::verify::Distrust;

use super::tamper::{headers, signed_at, with};
use super::vector::{self, Named};
use super::{platform, private_key, ready};

const NUMBER: &str = "R20250101000001";
const NOW: UnixSeconds = UnixSeconds(1_735_704_005);

/// The notification's vector: its platform key signs whatever a test wants signed.
fn genuine() -> vector::Notification {
    let all = vector::all::<vector::Notification>("notification");
    all.into_iter().find(|one| one.name == "notification_refund.json").unwrap().vector
}

fn reply(status: u16, body: &str) -> Reply {
    let vector = genuine();
    let lines = reply_message("1735704005", "n", body.as_bytes());
    let signature = private_key(&vector.platform_private_key_pem).sign(&lines).unwrap();
    let headers: Headers = [
        ("Wechatpay-Timestamp", "1735704005"),
        ("Wechatpay-Nonce", "n"),
        ("Wechatpay-Serial", &vector.headers["Wechatpay-Serial"]),
        ("Wechatpay-Signature", &STANDARD.encode(signature)),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into_iter()
    .collect();
    Reply { status, headers, body: body.as_bytes().to_vec() }
}

/// What each of the three calls makes of an answer.
fn meanings(reply: &Reply) -> [RefundNews; 3] {
    let vector = genuine();
    let keys = platform(&vector.headers["Wechatpay-Serial"], &vector.public_key_pem);
    let judged = ready(judge(&RustCrypto, &keys, reply, NOW));
    [read_apply(&judged, NUMBER), read_query(&judged, NUMBER), read_abnormal(&judged, NUMBER)]
}

const DOUBT: RefundNews = RefundNews::InDoubt { said: None };

#[test]
fn our_application_is_the_reference_one_to_the_byte() {
    let all = vector::all::<vector::Request>("request");
    let vector = all.into_iter().find(|one| one.name == "request_refund.json").unwrap().vector;
    let body = RefundBody {
        sub_mchid: None,
        transaction_id: "4200000000202501010000000001",
        out_refund_no: NUMBER,
        reason: Some(&RefundReason::parse("商品已售完").unwrap()),
        notify_url: "https://pay.example.com/wechat/refund-notify",
        refund: Fen::new(234).unwrap(),
        total: Fen::new(1_234).unwrap(),
        currency: Currency::Cny,
    };
    let request = apply(body.to_bytes());
    assert_eq!(request.method.as_str(), vector.method);
    assert_eq!(request.target, vector.target);
    assert_eq!(String::from_utf8(request.body).unwrap(), vector.body);
}

#[test]
fn our_query_and_other_way_are_the_reference_ones() {
    let request = query(NUMBER, None);
    assert_eq!(request.target, "/v3/refund/domestic/refunds/R20250101000001");
    assert_eq!((request.method, request.body.len()), (Method::Get, 0));
    for Named { name, vector } in vector::all::<vector::RefundRedirect>("refund_redirect") {
        let body = RedirectBody {
            sub_mchid: None,
            out_refund_no: &vector.out_refund_no,
            destination: Destination::UserBankCard {
                bank_type: BankType::parse(&vector.bank_type).unwrap(),
                bank_account: &vector.bank_account,
                real_name: &vector.real_name,
            },
        };
        let request = abnormal(&vector.refund_id, body.to_bytes());
        assert_eq!(request.target, vector.target, "{name}");
        assert_eq!(String::from_utf8(request.body).unwrap(), vector.body, "{name}");
    }
}

#[test]
fn answers_say_where_a_refund_stands() {
    for Named { name, vector } in vector::all::<vector::RefundAnswer>("refund_answer") {
        assert_eq!(vector.out_refund_no, NUMBER);
        for news in meanings(&reply(200, &vector.body)) {
            assert_eq!(serde_json::to_value(news).unwrap(), vector.news, "{name}");
        }
        let others = vector.body.replace(NUMBER, "R20250101000002");
        assert_eq!(meanings(&reply(200, &others)), [DOUBT; 3], "{name}: another's");
        // 202: accepted and not finished, which is nothing yet, whatever the body says.
        for status in [201, 202, 204] {
            let news = meanings(&reply(status, &vector.body));
            let doubt = |news: &RefundNews| matches!(news, RefundNews::InDoubt { .. });
            assert!(news.iter().all(doubt), "{name}: {status}");
        }
    }
}

#[test]
fn an_answer_that_nobody_vouches_for_changes_nothing() {
    for Named { name, vector } in vector::all::<vector::RefundAnswer>("refund_answer") {
        let unsigned = Reply { headers: Headers::default(), ..reply(200, &vector.body) };
        assert_eq!(meanings(&unsigned), [DOUBT; 3], "{name}");
        let mut changed = reply(200, &vector.body);
        changed.body = vector.body.replace("\"refund\":234", "\"refund\":235").into_bytes();
        assert_ne!(changed.body, vector.body.as_bytes());
        assert_eq!(meanings(&changed), [DOUBT; 3], "{name}");
    }
}

#[test]
fn a_signed_answer_that_cannot_be_read_decides_nothing() {
    for body in ["", "null", "<xml/>", "{}", r#"{"out_refund_no":"R20250101000001"}"#] {
        assert_eq!(meanings(&reply(200, body)), [DOUBT; 3], "{body}");
    }
}

#[test]
fn a_refund_that_the_platform_does_not_know_is_found_by_its_code_and_its_proof() {
    let body = r#"{"code":"RESOURCE_NOT_EXISTS","message":"退款单不存在"}"#;
    let signed = reply(404, body);
    let unsigned = Reply { headers: Headers::default(), ..signed.clone() };
    for (reply, proof) in [(signed, Proof::Verified), (unsigned, Proof::Unverified)] {
        let [applied, asked, _] = meanings(&reply);
        assert_eq!(asked, RefundNews::NotFound { proof });
        assert_eq!(matches!(applied, RefundNews::Refused(_)), proof == Proof::Verified);
    }
}

/// Hears a refund of any plaintext under a genuine seal and signature.
fn hear(plaintext: &Value, event_type: &str) -> Result<Notification, NotificationError> {
    let vector = genuine();
    let key = ApiV3Key::parse(&vector.api_v3_key).unwrap();
    let text = plaintext.to_string();
    let sealed = seal(&key, b"abcdefghijkl", b"refund", text.as_bytes()).unwrap();
    let mut body: Value = serde_json::from_str(&vector.body).unwrap();
    body["event_type"] = json!(event_type);
    body["resource"]["nonce"] = json!("abcdefghijkl");
    body["resource"]["ciphertext"] = json!(STANDARD.encode(sealed));
    hear_signed(&vector, body.to_string().as_bytes())
}

fn hear_signed(
    vector: &vector::Notification,
    body: &[u8],
) -> Result<Notification, NotificationError> {
    let map = &vector.headers;
    let lines = reply_message(&map["Wechatpay-Timestamp"], &map["Wechatpay-Nonce"], body);
    let signature = private_key(&vector.platform_private_key_pem).sign(&lines).unwrap();
    let headers = with(map, "Wechatpay-Signature", &STANDARD.encode(signature));
    let keys = platform(&map["Wechatpay-Serial"], &vector.public_key_pem);
    let key = ApiV3Keys::from(ApiV3Key::parse(&vector.api_v3_key).unwrap());
    let receiver = Receiver { keys: &keys, api_v3_keys: &key };
    ready(read(&RustCrypto, &receiver, &headers, body, signed_at(map)))
}

fn plaintext() -> Value {
    serde_json::from_str(&genuine().plaintext).unwrap()
}

#[test]
fn each_end_of_a_refund_is_read_from_inside_the_seal() {
    for (event_type, word, standing) in [
        ("REFUND.SUCCESS", "SUCCESS", Standing::Success),
        ("REFUND.CLOSED", "CLOSED", Standing::Closed),
        ("REFUND.ABNORMAL", "ABNORMAL", Standing::Abnormal),
        // Outside and inside disagree: what is sealed counts.
        ("REFUND.SUCCESS", "ABNORMAL", Standing::Abnormal),
        ("REFUND.NEW", "FROZEN", Standing::Unknown("FROZEN".to_owned())),
    ] {
        let mut changed = plaintext();
        changed["refund_status"] = json!(word);
        let Event::Refund(notice) = hear(&changed, event_type).unwrap().event else {
            panic!("{event_type} is no refund");
        };
        assert_eq!((notice.out_refund_no.as_str(), notice.fact.standing), (NUMBER, standing));
    }
}

/// Protocol reference C.2: the field table has two numbers, a sample on the same page another one.
#[test]
fn a_partners_refund_names_its_merchants_in_either_form() {
    let mut partner = plaintext();
    partner.as_object_mut().unwrap().remove("mchid").unwrap();
    partner["sp_mchid"] = json!("1900000002");
    partner["sub_mchid"] = json!("1900000003");
    let merchants = |plaintext: &Value| match hear(plaintext, "REFUND.SUCCESS").unwrap().event {
        Event::Refund(notice) => notice.fact.merchants,
        other => panic!("{other:?}"),
    };
    assert_eq!(merchants(&partner), ["1900000002", "1900000003"]);
    assert_eq!(merchants(&plaintext()), ["1900000001"]);
}

#[test]
fn a_refund_must_say_what_there_is_to_compare() {
    for field in ["out_refund_no", "refund_id", "transaction_id", "out_trade_no", "amount"] {
        let mut less = plaintext();
        less.as_object_mut().unwrap().remove(field).unwrap();
        let found = hear(&less, "REFUND.SUCCESS");
        let json = matches!(
            found,
            Err(NotificationError::Malformed(Malformed::Json { part: Part::Refund, .. }))
        );
        assert!(json, "{field}: {found:?}");
    }
    let mut less = plaintext();
    less.as_object_mut().unwrap().remove("refund_status").unwrap();
    let reason = NotificationError::Malformed(Malformed::NoRefundStatus);
    assert_eq!(hear(&less, "REFUND.SUCCESS"), Err(reason));
}

#[test]
fn a_payment_sealed_as_a_refund_is_not_opened() {
    let vector = genuine();
    let mut body: Value = serde_json::from_str(&vector.body).unwrap();
    body["resource"]["original_type"] = json!("transaction");
    let reason = Malformed::OtherResource("transaction".to_owned());
    let found = hear_signed(&vector, body.to_string().as_bytes());
    assert_eq!(found, Err(NotificationError::Malformed(reason)));
}

/// Refunds made at the platform's console are told in the form of V2 (protocol reference B.5).
#[test]
fn an_xml_notification_is_refused_before_it_is_read() {
    let vector = genuine();
    let key = ApiV3Keys::from(ApiV3Key::parse(&vector.api_v3_key).unwrap());
    let keys = platform(&vector.headers["Wechatpay-Serial"], &vector.public_key_pem);
    let receiver = Receiver { keys: &keys, api_v3_keys: &key };
    let xml = b"<xml><return_code>SUCCESS</return_code><req_info>bm90aGluZw==</req_info></xml>";
    let found = ready(read(&RustCrypto, &receiver, &headers(&Default::default()), xml, NOW));
    let reason = Distrust::MissingHeader("Wechatpay-Timestamp");
    assert_eq!(found, Err(NotificationError::Distrust(reason)));
    let found = hear_signed(&vector, xml);
    assert!(matches!(found, Err(NotificationError::Malformed(Malformed::Json { .. }))));
}
