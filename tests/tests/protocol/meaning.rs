//! What a believed answer means for an order, and how little an unsigned one does.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use checkout::report::{Proof, Report};
use checkout::time::UnixSeconds;
use serde_json::json;
use wechatpay::http::{Headers, Reply};
use wechatpay::rustcrypto::{PublicKey, RustCrypto};
use wechatpay::v3::answer::{Doubt, Judged, judge};
use wechatpay::v3::message::reply_message;
use wechatpay::v3::native::{read_close, read_place, read_query};
use wechatpay::v3::verify::PlatformKeys;

use super::vector::{self, Named};
use super::{platform, private_key, ready};

/// The platform's test key, its serial, and a way to sign with it.
pub(crate) struct TestPlatform(vector::Notification);

impl TestPlatform {
    pub(crate) fn new() -> Self {
        Self(vector::all("notification").remove(0).vector)
    }

    pub(crate) fn keys(&self) -> PlatformKeys<PublicKey> {
        platform(&self.0.headers["Wechatpay-Serial"], &self.0.public_key_pem)
    }

    pub(crate) fn reply(&self, status: u16, body: &str) -> Reply {
        let lines = reply_message("1735700000", "n", body.as_bytes());
        let signature = private_key(&self.0.platform_private_key_pem).sign(&lines).unwrap();
        let pairs = [
            ("Request-ID", "08F5-0"),
            ("Wechatpay-Timestamp", "1735700000"),
            ("Wechatpay-Nonce", "n"),
            ("Wechatpay-Serial", &self.0.headers["Wechatpay-Serial"]),
            ("Wechatpay-Signature", &STANDARD.encode(signature)),
        ];
        let headers =
            pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect();
        Reply { status, headers, body: body.as_bytes().to_vec() }
    }
}

pub(crate) const NOW: UnixSeconds = UnixSeconds(1_735_700_000);

#[test]
fn query_answers_become_reports() {
    let platform = TestPlatform::new();
    for Named { name, vector } in vector::all::<vector::QueryAnswer>("query_answer") {
        let reply = platform.reply(200, &vector.body);
        let judged = ready(judge(&RustCrypto, &platform.keys(), &reply, NOW));
        let report = read_query(&judged, &vector.out_trade_no);
        assert_eq!(serde_json::to_value(report).unwrap(), vector.report, "{name}");
        assert_eq!(read_query(&judged, "T20250101000009"), Report::InDoubt, "{name}: another's");
    }
}

#[test]
fn an_answer_that_nobody_vouches_for_neither_settles_nor_closes() {
    let platform = TestPlatform::new();
    for Named { name, vector } in vector::all::<vector::QueryAnswer>("query_answer") {
        let mut reply = platform.reply(200, &vector.body);
        reply.headers = Headers::default();
        let judged = ready(judge(&RustCrypto, &platform.keys(), &reply, NOW));
        assert_eq!(read_query(&judged, &vector.out_trade_no), Report::InDoubt, "{name}");
        reply.status = 204;
        let judged = ready(judge(&RustCrypto, &platform.keys(), &reply, NOW));
        assert_eq!(read_close(&judged), Report::InDoubt, "{name}");
    }
}

#[test]
fn refusals_say_what_they_say_signed_or_not() {
    let platform = TestPlatform::new();
    for Named { name, vector } in vector::all::<vector::ErrorAnswer>("error") {
        let signed = platform.reply(vector.status, &vector.body);
        let mut unsigned = signed.clone();
        unsigned.headers = [("request-id".to_owned(), "08F5-0".to_owned())].into_iter().collect();
        for (reply, proof) in [(signed, Proof::Verified), (unsigned, Proof::Unverified)] {
            let judged = ready(judge(&RustCrypto, &platform.keys(), &reply, NOW));
            let refusal = match &judged {
                Judged::Refused { refusal, proof: found } => {
                    assert_eq!(*found, proof, "{name}");
                    refusal
                }
                Judged::InDoubt(Doubt::Undecided(refusal)) => refusal,
                other => panic!("{name}: {other:?}"),
            };
            assert_eq!(refusal.status, vector.status, "{name}");
            assert_eq!(refusal.code, vector.code, "{name}");
            assert_eq!(refusal.message, vector.message, "{name}");
            assert_eq!(refusal.request_id.as_deref(), Some("08F5-0"), "{name}");
            for (report, expected) in [
                (read_place(&judged), &vector.place),
                (read_query(&judged, "T20250101000001"), &vector.query),
                (read_close(&judged), &vector.close),
            ] {
                let report = serde_json::to_value(report).unwrap();
                assert_eq!(report["report"], json!(expected), "{name}");
                if expected == "not_found" {
                    assert_eq!(report["proof"], json!(proof), "{name}");
                }
            }
        }
    }
}

#[test]
fn only_the_documented_status_is_a_success() {
    let platform = TestPlatform::new();
    let code = r#"{"code_url":"weixin://wxpay/bizpayurl?pr=TESTpr001zz"}"#;
    let closed = r#"{"out_trade_no":"T20250101000001","trade_state":"CLOSED"}"#;
    for status in [200, 201, 203, 204, 206] {
        let reply = platform.reply(status, code);
        let judged = ready(judge(&RustCrypto, &platform.keys(), &reply, NOW));
        assert!(matches!(judged, Judged::Done { .. }));
        let placed = matches!(read_place(&judged), Report::Placed { .. });
        assert_eq!(placed, status == 200, "place {status}");
        let taken = read_close(&judged) == Report::CloseTaken;
        assert_eq!(taken, status == 204, "close {status}");
        let reply = platform.reply(status, closed);
        let judged = ready(judge(&RustCrypto, &platform.keys(), &reply, NOW));
        let closed = read_query(&judged, "T20250101000001") == Report::ClosedThere;
        assert_eq!(closed, status == 200, "query {status}");
    }
}

#[test]
fn a_signed_answer_that_cannot_be_read_decides_nothing() {
    let platform = TestPlatform::new();
    for body in [
        "",
        "null",
        "<html>",
        "{}",
        r#"{"code_url":""}"#,
        r#"{"code_url":null}"#,
        r#"{"code_url":"https://example.com/"}"#,
        r#"{"out_trade_no":"T20250101000001"}"#,
        r#"{"out_trade_no":"T20250101000001","trade_state":"SUCCESS"}"#,
    ] {
        let reply = platform.reply(200, body);
        let judged = ready(judge(&RustCrypto, &platform.keys(), &reply, NOW));
        assert_eq!(read_place(&judged), Report::InDoubt, "{body}");
        assert_eq!(read_query(&judged, "T20250101000001"), Report::InDoubt, "{body}");
    }
}
