//! Every finding by its reason: answers as the protocol reference tells them, and what they mean.

mod here;
mod v2;

use core::pin::pin;
use core::task::{Context, Poll, Waker};

use checkout::report::{Proof, Refusal};
use checkout::time::{Seconds, UnixSeconds};
use wechatpay::crypto::{CryptoFailure, Rsa, Unsealable};
use wechatpay::http::{Headers, Reply};
use wechatpay::v3::answer::{Doubt, Judged};
use wechatpay::v3::certificates::{BadCertificate, NoCertificates};
use wechatpay::v3::sensitive::BadField;
use wechatpay::v3::verify::{Distrust, PlatformKeys};

use super::*;
use crate::ports::Unreachable;

const NOW: UnixSeconds = UnixSeconds(1_735_700_000);

/// Takes every signature for genuine; whether signatures are judged rightly is tested elsewhere.
struct Believer;

impl Rsa for Believer {
    type PrivateKey = ();
    type PublicKey = ();

    async fn sign(&self, (): &(), _: &[u8]) -> Result<Vec<u8>, CryptoFailure> {
        Err(CryptoFailure::Sign)
    }

    async fn verify(&self, (): &(), _: &[u8], _: &[u8]) -> Result<bool, CryptoFailure> {
        Ok(true)
    }

    async fn import(&self, _: &[u8]) -> Result<(), CryptoFailure> {
        Err(CryptoFailure::Import)
    }
}

/// The stand-in never waits, so one poll is enough.
fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(future).poll(&mut context) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("nothing here waits"),
    }
}

fn refusal(status: u16, code: &str, message: &str) -> Refusal {
    let request_id = Some("08F5-0".to_owned());
    Refusal { status, code: code.to_owned(), message: message.to_owned(), request_id }
}

fn heard<'a>(judged: Judged<'a>) -> Heard<'a> {
    Heard {
        judged,
        trust: Ok(()),
        serial: Some("PUB_KEY_ID_1"),
        said_at: Some(NOW),
        heard_at: NOW,
        shows_message: false,
    }
}

fn refused(status: u16, code: &str, message: &str) -> Heard<'static> {
    let refusal = refusal(status, code, message);
    heard(Judged::Refused { refusal, proof: Proof::Unverified })
}

fn unproven(reason: Distrust) -> Heard<'static> {
    let judged = Judged::InDoubt(Doubt::Unproven { reason: reason.clone(), request_id: None });
    Heard { trust: Err(reason), ..heard(judged) }
}

#[track_caller]
fn is(finding: &Finding, state: State, variable: Option<&str>, words: &str) {
    assert_eq!((finding.state, finding.variable.as_deref()), (state, variable), "{finding:?}");
    assert!(finding.words.contains(words), "{finding:?}");
    let to_mend = matches!(state, State::Wrong | State::Warning);
    assert_eq!(finding.mend.is_some(), to_mend, "{finding:?}");
}

/// Protocol reference A.3: the messages of `SIGN_ERROR` and their causes.
#[test]
fn each_cause_of_a_wrong_signature_is_told_apart() {
    for (message, variable, words) in [
        ("Http头Authorization中的timestamp与发起请求的时间不得超过5分钟", None, "clock"),
        ("商户证书序列号有误。", Some("MERCHANT_SERIAL"), "MCHID has no valid certificate"),
        ("商户证书已过期。", Some("MERCHANT_SERIAL"), "expired"),
        ("商户证书已作废。", Some("MERCHANT_SERIAL"), "revoked"),
        ("已更换证书，请使用新证书", Some("MERCHANT_SERIAL"), "replaced"),
        ("商户未申请过证书。", Some("MERCHANT_CERTIFICATE"), "never applied"),
        ("商户未设置APIv3密钥。", Some("API_V3_KEY"), "no APIv3 key"),
        ("错误的签名，导致验签失败", Some("MERCHANT_PRIVATE_KEY"), "not of its key"),
        ("签名错误", Some("MERCHANT_PRIVATE_KEY"), "not of its key"),
        ("something new", Some("MERCHANT_SERIAL"), "MERCHANT_SERIAL"),
    ] {
        let finding = signature(&refused(401, "SIGN_ERROR", message), None);
        is(&finding, State::Wrong, variable, words);
        assert!(finding.words.contains(message), "the platform's own words are passed on");
        assert!(finding.words.contains("08F5-0"), "and its Request-ID");
    }
    let shown = Heard { shows_message: true, ..refused(401, "SIGN_ERROR", "something new") };
    is(&signature(&shown, None), State::Wrong, Some("MERCHANT_PRIVATE_KEY"), "not of its key");
}

#[test]
fn no_such_order_is_good_news() {
    for code in ["ORDER_NOT_EXIST", "ORDERNOTEXIST"] {
        let told = refused(404, code, "订单不存在");
        is(&signature(&told, None), State::Ok, None, "accepts our signature");
        is(&reachable("https://a", "WECHATPAY_URL", Ok(&told)), State::Ok, None, "answers");
        is(&sub_merchant("16", Ok(&told)), State::Ok, None, "16 belongs");
    }
}

#[test]
fn what_a_merchant_has_not_opened_is_named() {
    for (code, variable, words) in [
        ("APPID_MCHID_NOT_MATCH", "APPID", "not bound"),
        ("MCH_NOT_EXISTS", "MCHID", "no such merchant"),
        ("NO_AUTH", "MCHID", "Native"),
        ("NOAUTH", "MCHID", "Native"),
        ("PARAM_ERROR", "MCHID", "worded"),
    ] {
        is(&placed(None, Ok(&refused(400, code, "x"))), State::Wrong, Some(variable), words);
    }
    let stranger = refused(403, "NO_AUTH", "特约商户与服务商没有关系");
    is(&placed(Some("16"), Ok(&stranger)), State::Wrong, Some("SUB_MERCHANTS"), "sub_mchid 16");
    is(&sub_merchant("16", Ok(&stranger)), State::Wrong, Some("SUB_MERCHANTS"), "sub_mchid 16");
    is(&signature(&stranger, Some("16")), State::Ok, None, "accepts");
    let unknown = refused(400, "MCH_NOT_EXISTS", "商户号不存在");
    is(&sub_merchant("16", Ok(&unknown)), State::Wrong, Some("SUB_MERCHANTS"), "sub_mchid 16");
}

#[test]
fn who_does_not_answer_is_not_asked_twice_what_that_means() {
    let gone = Err(Unreachable);
    is(
        &reachable("https://a", "WECHATPAY_URL", gone),
        State::Wrong,
        Some("WECHATPAY_URL"),
        "nobody",
    );
    is(&api_v3_key(Err(Unreachable)), State::Skipped, None, "reachable");
    is(&plain_echo("K", "t", Err(Unreachable)), State::Skipped, None, "reachable");
    is(&sealed_echo("K", "t", Err(Unreachable), None), State::Skipped, None, "reachable");
    is(&placed(None, Err(Unreachable)), State::Skipped, None, "reachable");
    is(&sub_merchant("16", Err(Unreachable)), State::Skipped, None, "16");
    let busy = heard(Judged::InDoubt(Doubt::Undecided(refusal(503, "SERVICE_UNAVAILABLE", ""))));
    is(&reachable("https://a", "WECHATPAY_URL", Ok(&busy)), State::Warning, None, "busy");
    let elsewhere = heard(Judged::InDoubt(Doubt::Undecided(refusal(302, "HTTP_302", ""))));
    let finding = reachable("https://a", "WECHATPAY_URL", Ok(&elsewhere));
    is(&finding, State::Wrong, Some("WECHATPAY_URL"), "is not WeChat Pay");
}

#[test]
fn the_clock_is_spoken_of_from_a_minute_on() {
    for (ahead, state) in [
        (0, State::Ok),
        (59, State::Ok),
        (-59, State::Ok),
        (60, State::Warning),
        (-299, State::Warning),
        (300, State::Wrong),
        (-86_400, State::Wrong),
    ] {
        let told = Heard { heard_at: NOW + Seconds(ahead), ..refused(404, "ORDER_NOT_EXIST", "") };
        is(&clock(&told), state, None, &ahead.unsigned_abs().to_string());
    }
    let timeless = Heard { said_at: None, ..refused(404, "ORDER_NOT_EXIST", "") };
    is(&clock(&timeless), State::Skipped, None, "no time");
}

#[test]
fn an_answer_that_nobody_vouches_for_names_the_key() {
    let signer = |serial: &'static str, reason| Heard { serial: Some(serial), ..unproven(reason) };
    let unknown = |serial: &'static str| signer(serial, Distrust::UnknownSerial(serial.to_owned()));
    let told = answers(&unknown("PUB_KEY_ID_9"));
    is(&told, State::Wrong, Some("PLATFORM_PUBLIC_KEY_ID"), "PUB_KEY_ID_9");
    is(&answers(&unknown("4A1B")), State::Wrong, Some("PLATFORM_CERTIFICATES"), "4A1B");
    let bad = answers(&signer("PUB_KEY_ID_9", Distrust::BadSignature));
    is(&bad, State::Wrong, Some("PLATFORM_PUBLIC_KEY"), "PUB_KEY_ID_9");
    let bad = answers(&signer("4A1B", Distrust::BadSignature));
    is(&bad, State::Wrong, Some("PLATFORM_CERTIFICATES"), "4A1B");
    is(&answers(&unproven(Distrust::Probe)), State::Warning, None, "deliberately");
    let missing = Distrust::MissingHeader("Wechatpay-Nonce");
    is(&answers(&unproven(missing.clone())), State::Wrong, None, "Wechatpay-Nonce");
    let unsigned = Heard { trust: Err(missing), ..refused(401, "SIGN_ERROR", "") };
    is(&answers(&unsigned), State::Skipped, None, "unsigned");
}

#[test]
fn only_what_really_opened_proves_the_api_v3_key() {
    let certificates = |answer| api_v3_key(Ok(&Err(answer)));
    let shut = BadCertificate::Unsealable(Unsealable::BadTag);
    let shut = NoCertificates::Bad { serial: "4A1B".to_owned(), mistake: shut };
    is(&certificates(shut), State::Wrong, Some("API_V3_KEY"), "4A1B");
    is(&certificates(NoCertificates::PublicKeyOnly), State::Skipped, None, "see notification");
    let denied = NoCertificates::Refused(refusal(403, "NO_AUTH", ""));
    is(&certificates(denied), State::Skipped, None, "403");
    is(&api_v3_key(Ok(&Ok(Vec::new()))), State::Ok, None, "0 platform certificates");
}

/// Protocol reference B.12.
#[test]
fn an_echo_tells_which_key_is_not_the_one() {
    let text = "hello";
    let echo = |judged: &Heard<'_>| plain_echo("PUB_KEY_ID_1", text, Ok(judged));
    let unknown = refused(400, "PARAM_ERROR", "平台证书序列号Wechatpay-Serial错误");
    is(&echo(&unknown), State::Wrong, Some("PLATFORM_PUBLIC_KEY_ID"), "knows no key PUB_KEY_ID_1");
    let certificate = plain_echo("4A1B", text, Ok(&unknown));
    is(&certificate, State::Wrong, Some("PLATFORM_CERTIFICATES"), "knows no key 4A1B");
    is(&echo(&refused(401, "SIGN_ERROR", "")), State::Skipped, None, "see signature");
    is(&echo(&refused(404, "HTTP_404", "")), State::Skipped, None, "404");
    is(
        &echo(&unproven(Distrust::BadSignature)),
        State::Wrong,
        Some("PLATFORM_PUBLIC_KEY"),
        "PUB_KEY_ID_1",
    );
    let sealed = |judged: &Heard<'_>| sealed_echo("PUB_KEY_ID_1", text, Ok(judged), None);
    let unread = refused(400, "PARAM_ERROR", "请确认待处理的消息是否为加密后的密文");
    is(&sealed(&unread), State::Wrong, Some("PLATFORM_PUBLIC_KEY"), "cannot read what we encrypt");
}

#[test]
fn a_notification_that_came_proves_the_way_and_the_key() {
    let arrival = |after: i64, echo: Option<&str>| crate::command::Arrival {
        at: NOW + Seconds(after),
        echo: echo.map(str::to_owned),
    };
    let old = [arrival(-1, None), arrival(-1, Some("hello"))];
    assert_eq!(came(&old, "hello", NOW), Came::Nothing, "of an earlier examination");
    assert_eq!(came(&[arrival(0, Some("other"))], "hello", NOW), Came::Nothing);
    assert_eq!(came(&[arrival(0, None)], "hello", NOW), Came::Shut);
    assert_eq!(came(&[arrival(1, None), arrival(0, Some("hello"))], "hello", NOW), Came::Opened);

    let answer = heard(Judged::InDoubt(Doubt::Undecided(refusal(500, "SYSTEM_ERROR", ""))));
    is(&notification(Ok(&answer), Came::Opened), State::Ok, None, "opened it");
    is(&notification(Ok(&answer), Came::Shut), State::Wrong, Some("API_V3_KEY"), "does not open");
    is(&notification(Ok(&answer), Came::Nothing), State::Warning, Some("PUBLIC_URL"), "none came");
    let refused = refused(400, "PARAM_ERROR", "");
    is(&notification(Ok(&refused), Came::Nothing), State::Skipped, None, "none was sent");
    is(&notification(Err(Unreachable), Came::Nothing), State::Skipped, None, "reachable");
}

#[test]
fn an_order_that_may_stay_open_is_told() {
    let order = Finding::ok(Check::Order, "an order was placed");
    is(&closed(order.clone(), Err(Unreachable)), State::Warning, None, "not confirmed");
    is(
        &closed(order, Ok(&refused(500, "SYSTEM_ERROR", ""))),
        State::Warning,
        None,
        "not confirmed",
    );
    is(&not_tried(), State::Skipped, None, "--order");
}

#[test]
fn an_answer_is_taken_in_with_its_time_and_its_details() {
    let body =
        br#"{"code":"SIGN_ERROR","message":"x","detail":{"detail":{"sign_information":{}}}}"#;
    let with = |name: &str, value: &str| -> Headers {
        [(name.to_owned(), value.to_owned())].into_iter().collect()
    };
    for (headers, said_at) in [
        (with("Date", "Wed, 01 Jan 2025 02:53:20 GMT"), Some(NOW)),
        (with("Wechatpay-Timestamp", "1735700000"), Some(NOW)),
        (with("Date", "soon"), None),
    ] {
        let reply = Reply { status: 401, headers, body: body.to_vec() };
        let heard = ready(listen(&Believer, &PlatformKeys::new(), &reply, NOW));
        assert_eq!((heard.said_at, heard.heard_at, heard.shows_message), (said_at, NOW, true));
    }
}

/// An echo that came back under a signature which is believed.
fn echoed(body: &str) -> Reply {
    let headers = [
        ("Wechatpay-Timestamp", NOW.0.to_string()),
        ("Wechatpay-Nonce", "n".to_owned()),
        ("Wechatpay-Signature", "AAAA".to_owned()),
        ("Wechatpay-Serial", "PUB_KEY_ID_1".to_owned()),
    ];
    let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Reply { status: 200, headers, body: body.as_bytes().to_vec() }
}

#[test]
fn an_echo_that_comes_back_proves_the_keys_it_went_through() {
    let mut keys = PlatformKeys::new();
    keys.insert("PUB_KEY_ID_1", ());
    let reply = echoed(r#"{"echo_message":"hello","encrypted_echo_message":"x"}"#);
    let heard = ready(listen(&Believer, &keys, &reply, NOW));
    let (id, heard) = ("PUB_KEY_ID_1", Ok(&heard));
    is(&plain_echo(id, "hello", heard), State::Ok, None, "signed both ways");
    is(&plain_echo("4A1B", "hello", heard), State::Warning, None, "asked for 4A1B");
    is(&plain_echo(id, "other", heard), State::Wrong, None, "another text");
    let sealed = |opened| sealed_echo(id, "hello", heard, opened);
    is(&sealed(Some(Ok("hello".to_owned()))), State::Ok, None, "encrypted both ways");
    is(&sealed(Some(Ok("other".to_owned()))), State::Wrong, None, "another text");
    let shut = sealed(Some(Err(BadField::NotOurs)));
    is(&shut, State::Wrong, Some("MERCHANT_PRIVATE_KEY"), "does not open");
    is(&sealed(None), State::Skipped, None, "encrypted nothing");
}
