//! Every kind on every call that knows it: what its words say, once, and then all is well again.
//!
//! The list of kinds is the sandbox's own. A kind for which there is no row here fails.

use serde_json::{Value, json};

use super::stage::{Call, Stage, number};
use crate::shop::Reply;

/// What is asked of a bad day besides its answer.
#[derive(PartialEq)]
enum Effect {
    /// The call did what it is for.
    Done,
    /// It did nothing.
    Nothing,
    /// The row has looked for itself.
    Seen,
}

/// Each kind that the sandbox says it knows on a route, one after the other.
async fn every_kind_on(route: &str) {
    let stage = Stage::of(route).await;
    let (_, said) = stage.shop.control("GET", "faults", Value::Null).await;
    let mut routes = said["known"].as_array().unwrap().iter();
    let known = routes.find(|known| known["route"] == route).unwrap();
    let kinds = known["kinds"].as_array().unwrap();
    assert!(kinds.len() >= 10);
    for (case, kind) in kinds.iter().enumerate() {
        let name = kind["kind"].as_str().unwrap();
        let call = stage.prepared(case).await;
        let mut fault = json!({ "route": route, "kind": name });
        if !kind["delay_ms"].is_null() {
            fault["delay_ms"] = json!(20);
        }
        stage.shop.fault(fault).await;
        let reply = stage.call(&call).await;
        let effect = bad_day(&stage, (case, name), (&call, reply)).await;
        if let (Some(is_done), true) = (stage.is_done(case).await, effect != Effect::Seen) {
            assert_eq!(is_done, effect == Effect::Done, "{route} {name}");
        }
        let (_, left) = stage.shop.control("GET", "faults", Value::Null).await;
        assert_eq!(left["data"], json!([]), "{route} {name}");
        if effect != Effect::Seen {
            let again = stage.call(&call).await.unwrap();
            assert!(stage.is_right(&again), "{route} {name}: {}", again.status);
        }
    }
}

/// Looks at what came back, and says what must have become of the call.
async fn bad_day(
    stage: &Stage,
    (case, kind): (usize, &str),
    (call, reply): (&Call, Option<Reply>),
) -> Effect {
    let Some(reply) = reply else {
        assert!(matches!(kind, "reply-dropped" | "hangs" | "cut-short"), "{kind}: no answer");
        return Effect::Done;
    };
    let is_file = call.target.contains("/billdownload/");
    // Whatever is not said to be spoilt is signed, but for a file's answers.
    let signed = |reply: &Reply| is_file || stage.is_genuine(reply);
    match kind {
        "delayed" => assert!(stage.is_right(&reply), "{kind}"),
        "rate-limited" => {
            assert_eq!(reply.code(), (429, "FREQUENCY_LIMITED".into()));
            assert!(signed(&reply));
            return Effect::Nothing;
        }
        "rate-limited-but-done" => assert_eq!(reply.code(), (429, "FREQUENCY_LIMITED".into())),
        "error-but-done" => assert_eq!(reply.code(), (500, "SYSTEM_ERROR".into())),
        "unavailable" => {
            assert_eq!(reply.code(), (503, "SERVICE_UNAVAILABLE".into()));
            assert_eq!(reply.header("retry-after"), Some("2"));
            return Effect::Nothing;
        }
        "accepted" => {
            assert_eq!((reply.status, reply.body.len()), (202, 0));
            assert!(signed(&reply));
            return Effect::Nothing;
        }
        "empty" => {
            assert_eq!((reply.status, reply.body.len()), (200, 0));
            assert!(signed(&reply));
        }
        "bad-gateway" => is_a_page(&reply, 502),
        "html" => is_a_page(&reply, 200),
        "unsigned" | "probe-signed" | "probe-garbled" | "wrong-signature" | "stale-signature"
        | "unknown-serial" | "tampered" => is_not_proven(stage, kind, reply),
        _ => return of_its_own(stage, (case, kind), reply).await,
    }
    Effect::Done
}

/// A page of HTML that no platform signed.
#[track_caller]
fn is_a_page(reply: &Reply, status: u16) {
    assert_eq!((reply.status, reply.header("wechatpay-signature")), (status, None));
    assert_eq!(reply.header("content-type"), Some("text/html"));
    assert!(reply.body.trim_ascii_end().ends_with(b"</html>"));
}

/// An answer that must not be believed, and why.
#[track_caller]
fn is_not_proven(stage: &Stage, kind: &str, mut reply: Reply) {
    let usual = &stage.shop.credentials.platform_public_key_id;
    assert!(matches!(reply.status, 200 | 204), "{kind}");
    if kind == "unsigned" {
        let mut names = reply.headers.keys().map(|name| name.as_str());
        assert!(names.all(|name| !name.starts_with("wechatpay-")));
        return;
    }
    let signature = reply.header("wechatpay-signature").unwrap().to_owned();
    assert_eq!(signature.len(), 344, "{kind}");
    assert_eq!(signature.starts_with("WECHATPAY/SIGNTEST/"), kind.starts_with("probe-"), "{kind}");
    assert_eq!(signature.contains('~'), kind == "probe-garbled");
    let age = sandbox::world::wall_now()
        - reply.header("wechatpay-timestamp").unwrap().parse::<i64>().unwrap();
    assert_eq!(age >= 595, kind == "stale-signature", "{kind}: {age} s");
    if kind == "unknown-serial" {
        // Under its right name the same signature would do: only the name is wrong.
        assert_ne!(reply.header("wechatpay-serial").unwrap(), usual);
        reply.headers.insert("wechatpay-serial", usual.parse().unwrap());
    }
    let is_good = matches!(kind, "stale-signature" | "unknown-serial");
    assert_eq!(stage.is_genuine(&reply), is_good, "{kind}");
    if kind == "tampered" && !reply.body.is_empty() {
        assert!(reply.json().is_object());
    }
}

/// What only one route or two can do.
async fn of_its_own(stage: &Stage, (case, kind): (usize, &str), reply: Reply) -> Effect {
    let order = format!("orders/{}", number(case));
    let state = async || stage.shop.control("GET", &order, Value::Null).await.1;
    match kind {
        "user-paying" => {
            assert_eq!(reply.code(), (202, "USER_PAYING".into()));
            assert!(stage.is_genuine(&reply));
            return Effect::Nothing;
        }
        "paid-first" => {
            assert_eq!(reply.code(), (400, "ORDER_PAID".into()));
            assert_eq!(state().await["trade_state"], "SUCCESS");
        }
        "paid-before-reply" => {
            assert!(stage.is_right(&reply));
            assert_eq!(state().await["trade_state"], "SUCCESS");
            let told = stage.shop.notification(&number(case)).await;
            assert_eq!(told["attempts"].as_array().unwrap().len(), 1);
        }
        "not-enough" => {
            assert_eq!(reply.code(), (403, "NOT_ENOUGH".into()));
            return Effect::Nothing;
        }
        "late" => assert_eq!(reply.code(), (400, "STATEMENT_CREATING".into())),
        "missing" => assert_eq!(reply.code(), (400, "NO_STATEMENT_EXIST".into())),
        "wrong-hash" | "expired-url" => {
            let posted = reply.json();
            let url = posted["download_url"].as_str().unwrap();
            let target = url.strip_prefix(&stage.shop.base).unwrap();
            let file = stage.shop.call("GET", target, "").await;
            if kind == "expired-url" {
                assert_eq!(file.code(), (400, "INVALID_REQUEST".into()));
            } else {
                assert_eq!(file.status, 200);
                assert_ne!(posted["hash_value"], crate::bills::sha1(&file.body));
            }
        }
        "abnormal" | "closed" => {
            assert_eq!(reply.json()["status"], "PROCESSING");
            stage.shop.advance(20).await;
            let target = format!("refunds/R{}", number(case));
            let (_, refund) = stage.shop.control("GET", &target, Value::Null).await;
            assert_eq!(refund["status"], kind.to_uppercase());
        }
        other => panic!("no row for the kind {other:?}: write what it does here"),
    }
    Effect::Seen
}

#[tokio::test]
async fn placing_an_order_has_every_bad_day() {
    every_kind_on("native").await;
}

#[tokio::test]
async fn asking_for_an_order_has_every_bad_day() {
    every_kind_on("query").await;
}

#[tokio::test]
async fn closing_an_order_has_every_bad_day() {
    every_kind_on("close").await;
}

#[tokio::test]
async fn asking_for_a_refund_has_every_bad_day() {
    every_kind_on("refund").await;
}

#[tokio::test]
async fn asking_after_a_refund_has_every_bad_day() {
    every_kind_on("refund-query").await;
}

#[tokio::test]
async fn sending_a_refund_another_way_has_every_bad_day() {
    every_kind_on("abnormal-refund").await;
}

#[tokio::test]
async fn the_calls_about_keys_have_every_bad_day() {
    every_kind_on("certificates").await;
    every_kind_on("echo").await;
}

#[tokio::test]
async fn asking_for_a_bill_has_every_bad_day() {
    every_kind_on("bill").await;
}

#[tokio::test]
async fn fetching_a_bill_has_every_bad_day() {
    every_kind_on("bill-download").await;
}
