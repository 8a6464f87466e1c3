//! The test of keys: what is asked, what comes back, and the notification that it can ask for.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use checkout::time::UnixSeconds;
use serde_json::{Value, json};
use wechatpay::crypto::ApiV3Keys;
use wechatpay::http::{Headers, Method, Reply};
use wechatpay::rustcrypto::{RustCrypto, RustOaep};
use wechatpay::v3::answer::{Doubt, judge};
use wechatpay::v3::echo::{self, Echoed, NoEcho, Shout};
use wechatpay::v3::malformed::{Malformed, Part};
use wechatpay::v3::message::reply_message;
use wechatpay::v3::notification::{Event, Receiver};
use wechatpay::v3::sensitive::{Recipient, open, seal};
use wechatpay::v3::verify::Distrust;
use wechatpay::v3::{notification, verify::PlatformKeys};

use super::tamper::{headers, signed_at};
use super::vector;
use super::{platform, private_key, public_key, ready};

const NOW: UnixSeconds = UnixSeconds(1_735_700_000);
const NO_SEED: fn() -> [u8; 20] = || unreachable!("nothing is encrypted here");

fn notice() -> vector::Notification {
    let all = vector::all::<vector::Notification>("notification");
    all.into_iter().find(|one| one.name == "notification_echo.json").unwrap().vector
}

fn merchant() -> vector::SealedField {
    let all = vector::all::<vector::SealedField>("oaep");
    all.into_iter().find(|one| one.name == "oaep_merchant.json").unwrap().vector
}

fn body(shout: &Shout<'_>) -> Value {
    serde_json::from_slice(&echo::request(shout).body).unwrap()
}

#[test]
fn only_what_is_wished_is_asked() {
    let bare = Shout { message: "hello", sealed: None, notify_url: None };
    let request = echo::request(&bare);
    assert_eq!((request.method, request.target.as_str()), (Method::Post, "/v3/security/echo"));
    assert_eq!(body(&bare), json!({ "echo_message": "hello" }));

    let notice = notice();
    let key = public_key(&notice.public_key_pem);
    let recipient = Recipient { serial: "PUB_KEY_ID_1".to_owned(), key };
    let field = ready(seal(&RustOaep(|| [7; 20]), &recipient, "回声")).unwrap();
    let url = "https://pay.example.com/wechatpay/v3/notify/transactions";
    let full = Shout { message: "\"", sealed: Some(&field), notify_url: Some(url) };
    let expected = json!({
        "echo_message": "\"", "encrypted_echo_message": field.text(), "notify_url": url,
    });
    assert_eq!(body(&full), expected);
}

fn answered(status: u16, body: &str) -> Result<Echoed, NoEcho> {
    let notice = notice();
    let lines = reply_message("1735700000", "n", body.as_bytes());
    let signature = private_key(&notice.platform_private_key_pem).sign(&lines).unwrap();
    let pairs = [
        ("Wechatpay-Timestamp", "1735700000"),
        ("Wechatpay-Nonce", "n"),
        ("Wechatpay-Serial", "PUB_KEY_ID_1"),
        ("Wechatpay-Signature", &STANDARD.encode(signature)),
    ];
    let headers =
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect();
    let reply = Reply { status, headers, body: body.as_bytes().to_vec() };
    let keys = platform("PUB_KEY_ID_1", &notice.public_key_pem);
    echo::read(&ready(judge(&RustCrypto, &keys, &reply, NOW)))
}

#[test]
fn an_answer_says_it_back() {
    let said = |message: &str, sealed: Option<&str>| {
        Ok(Echoed { message: message.to_owned(), sealed: sealed.map(str::to_owned) })
    };
    assert_eq!(answered(200, r#"{"echo_message":"hello"}"#), said("hello", None));
    let both = r#"{"echo_message":"","encrypted_echo_message":"QUJD","new":1}"#;
    assert_eq!(answered(200, both), said("", Some("QUJD")));
}

#[test]
fn an_answer_that_says_less_is_no_echo() {
    for body in ["", "{}", r#"{"echo_message":null}"#] {
        let place = matches!(
            answered(200, body),
            Err(NoEcho::Malformed(Malformed::Json { part: Part::Echo, .. }))
        );
        assert!(place, "{body}");
    }
    assert_eq!(answered(204, ""), Err(NoEcho::Unexpected { status: 204 }));
    let refused = answered(400, r#"{"code":"PARAM_ERROR"}"#);
    assert!(matches!(refused, Err(NoEcho::Refused(refusal)) if refusal.code == "PARAM_ERROR"));
    assert!(matches!(answered(500, ""), Err(NoEcho::InDoubt(Doubt::Undecided(_)))));
    let (keys, reply) = (
        PlatformKeys::new(),
        Reply {
            status: 200,
            headers: Headers::default(),
            body: br#"{"echo_message":""}"#.to_vec(),
        },
    );
    let reason = Distrust::MissingHeader("Wechatpay-Timestamp");
    let doubt = Doubt::Unproven { reason, request_id: None };
    let judged = ready(judge(&RustCrypto, &keys, &reply, NOW));
    assert_eq!(echo::read(&judged), Err(NoEcho::InDoubt(doubt)));
}

#[test]
fn the_notification_is_an_event_of_its_own() {
    let notice = notice();
    let keys = platform(&notice.headers["Wechatpay-Serial"], &notice.public_key_pem);
    let api_v3_keys = ApiV3Keys::parse(&notice.api_v3_key).unwrap();
    let receiver = Receiver { keys: &keys, api_v3_keys: &api_v3_keys };
    let (headers, now) = (headers(&notice.headers), signed_at(&notice.headers));
    let heard = notification::read(&RustCrypto, &receiver, &headers, notice.body.as_bytes(), now);
    let Event::Echo(echoed) = ready(heard).unwrap().event else { panic!("another event") };
    assert_eq!(echoed.message, "hello, 世界");
    let key = private_key(&merchant().private_key_pem);
    let opened = ready(open(&RustOaep(NO_SEED), &[&key], &echoed.sealed.unwrap()));
    assert_eq!(opened.as_deref(), Ok("回声"));
}
