//! An answer to a call of ours, believed or not.

use checkout::refund::RefundNews;
use checkout::report::Report;
use edge::retry::{self, ATTEMPTS_MAX};
use serde_json::Value;
use wechatpay::http::{Headers, Reply};
use wechatpay::v3::answer::{HOLD_OFF_MAX, Judged, hold_off, judge};
use wechatpay::v3::bill::{self, answer::Answer};
use wechatpay::v3::verify::PlatformKeys;
use wechatpay::v3::{certificates, echo, native, refund};

use crate::platform::{Credulous, NOW, any_key, plain, plausible_headers, ready};

/// The order and the refund that are asked about; the seeds have answers about them.
const OUT_TRADE_NO: &str = "T20250101000001";
const OUT_REFUND_NO: &str = "R20250101000001";

/// Three digits of status, then a body, under a signature that is believed.
pub fn believed(data: &[u8]) {
    let Some(reply) = reply(data, plausible_headers()) else { return };
    let judged = ready(judge(&Credulous, &any_key(), &reply, NOW));
    let Some(plain) = plain(&reply.body) else { return };
    for report in every_reading(&judged) {
        match report {
            Report::Paid(receipt) => {
                assert_eq!(
                    (reply.status, plain["out_trade_no"].as_str()),
                    (200, Some(OUT_TRADE_NO))
                );
                assert_eq!(plain["amount"]["total"], receipt.total);
                assert_eq!(plain["transaction_id"], receipt.transaction_id);
            }
            Report::Placed { code_url, .. } => {
                assert_eq!(reply.status, 200);
                assert_eq!(plain["code_url"], code_url.as_str());
            }
            Report::ClosedThere => {
                let state = &plain["trade_state"];
                assert!(reply.status == 200 && (state == "CLOSED" || state == "REVOKED"));
            }
            Report::CloseTaken => assert_eq!(reply.status, 204),
            _ => {}
        }
    }
    refunds(&judged, &reply, &plain);
    bills(&judged, &plain);
    if let Ok(echoed) = echo::read(&judged) {
        assert_eq!(plain["echo_message"], echoed.message);
    }
}

/// What a refund has come to is what the answer says, about this very refund.
fn refunds(judged: &Judged<'_>, reply: &Reply, plain: &Value) {
    for news in every_refund_reading(judged) {
        if let RefundNews::Answered(fact) = news {
            assert_eq!((reply.status, plain["out_refund_no"].as_str()), (200, Some(OUT_REFUND_NO)));
            assert_eq!(plain["refund_id"], fact.refund_id);
            assert_eq!(plain["amount"]["refund"], fact.amount);
            assert_eq!(plain["amount"]["total"], fact.total);
        }
    }
}

/// A bill is fetched where the platform is, or nowhere.
fn bills(judged: &Judged<'_>, plain: &Value) {
    let is_known = |file: &bill::answer::File| PLATFORM.contains(&file.address.origin());
    if let Answer::Ready(file) = bill::answer::read(judged, &[]) {
        assert!(is_known(&file), "{file:?}");
        let url = [file.address.origin(), file.address.target()].concat();
        assert_eq!(plain["download_url"], url);
        assert_eq!(plain["hash_type"], "SHA1");
    }
    if let Answer::Ready(parts) = bill::answer::read_sub_merchant(judged, &[]) {
        assert!(!parts.is_empty() && parts.iter().all(|part| is_known(&part.file)));
    }
}

/// The platform's own hosts (protocol reference A.1).
const PLATFORM: [&str; 4] = [
    "https://api.mch.weixin.qq.com",
    "https://api2.mch.weixin.qq.com",
    "https://api.wechatpay.cn",
    "https://api2.wechatpay.cn",
];

/// The same answer without a signature decides nothing that costs or frees money.
pub fn unsigned(data: &[u8]) {
    let Some(reply) = reply(data, Headers::default()) else { return };
    let judged = ready(judge(&Credulous, &PlatformKeys::new(), &reply, NOW));
    for report in every_reading(&judged) {
        let settles = matches!(
            report,
            Report::Paid(_) | Report::Placed { .. } | Report::ClosedThere | Report::CloseTaken
        );
        assert!(!settles, "{report:?}");
    }
    for news in every_refund_reading(&judged) {
        assert!(!matches!(news, RefundNews::Answered(_)), "{news:?}");
    }
    assert!(!matches!(bill::answer::read(&judged, &[]), Answer::Ready(_)));
    assert!(echo::read(&judged).is_err());
}

/// Three digits of status, then what `Retry-After` says: a wait that is asked for is kept, and has
/// an end.
pub fn patience(data: &[u8]) {
    let Some(Reply { status, body, .. }) = reply(data, Headers::default()) else { return };
    let Ok(text) = String::from_utf8(body) else { return };
    let headers = [("Retry-After".to_owned(), text)].into_iter().collect();
    let reply = Reply { status, headers, body: Vec::new() };
    let asked = hold_off(&reply);
    assert!(asked.is_none_or(|span| (0..=HOLD_OFF_MAX.0).contains(&span.0)), "{asked:?}");
    for attempts in 0..=ATTEMPTS_MAX {
        let ended = retry::ended(&certificates::request(), Some(&reply));
        let left_ms = u32::from(status) * 1_000;
        if let Some(wait_ms) = retry::wait_ms(ended, attempts, left_ms, data.len().to_le_bytes()[0])
        {
            assert!(attempts < ATTEMPTS_MAX && wait_ms < left_ms);
            assert!(asked.is_none_or(|span| u64::from(wait_ms) >= span.left_ms()));
        }
    }
}

fn reply(data: &[u8], headers: Headers) -> Option<Reply> {
    let (status, body) = data.split_at_checked(3)?;
    let status = str::from_utf8(status).ok()?.parse().ok()?;
    Some(Reply { status, headers, body: body.to_vec() })
}

fn every_refund_reading(judged: &Judged<'_>) -> [RefundNews; 3] {
    [
        refund::read_apply(judged, OUT_REFUND_NO),
        refund::read_query(judged, OUT_REFUND_NO),
        refund::read_abnormal(judged, OUT_REFUND_NO),
    ]
}

fn every_reading(judged: &Judged<'_>) -> [Report; 3] {
    [
        native::read_place(judged),
        native::read_query(judged, OUT_TRADE_NO),
        native::read_close(judged),
    ]
}
