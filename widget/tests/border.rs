//! The border in a real browser: JavaScript's values in, JavaScript's values out.
//!
//! Run by `wasm-pack test --headless --chrome widget`. Nothing here touches the network.
#![cfg(target_arch = "wasm32")]
// A test may panic: that is how it fails. Clippy knows `#[test]` only.
#![expect(clippy::unwrap_used, reason = "tests")]

use js_sys::{JSON, Object, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use widget::Follower;

wasm_bindgen_test_configure!(run_in_browser);

const TOKEN: &str = "chk_abc.1700000000.sig";
const CODE: &str = "weixin://wxpay/bizpayurl?pr=abc1234";

/// A value as a script would write it.
#[track_caller]
fn js(json: &str) -> JsValue {
    JSON::parse(json).unwrap()
}

#[track_caller]
fn text(value: &JsValue) -> String {
    JSON::stringify(value).unwrap().into()
}

/// What stands at `path` in an outcome, as JSON.
#[track_caller]
fn at(outcome: &JsValue, path: &str) -> String {
    let value = path.split('.').fold(outcome.clone(), |value, name| {
        assert!(Reflect::has(&value, &name.into()).unwrap(), "no {name} in {}", text(&value));
        Reflect::get(&value, &name.into()).unwrap()
    });
    text(&value)
}

/// The Worker's JSON for an open checkout (design, section 5).
fn open_view(version: u32) -> String {
    format!(
        r#"{{"client_token":"{TOKEN}","status":"open","phase":"waiting","code_url":"{CODE}","qr":"/gA=","description":"Oolong 250 g","amount":{{"total":8800,"currency":"CNY"}},"code_expires_in_ms":7200000,"expires_in_ms":86400000,"version":{version}}}"#
    )
}

fn paid_view(version: u32) -> String {
    format!(
        r#"{{"status":"paid","description":"Oolong 250 g","amount":{{"total":8800,"currency":"CNY"}},"expires_in_ms":86000000,"version":{version}}}"#
    )
}

fn answered(ticket: u32, status: u16, json: &str) -> JsValue {
    js(&format!(r#"{{"type":"answered","ticket":{ticket},"status":{status},"json":{json}}}"#))
}

#[wasm_bindgen_test]
fn an_outcome_is_a_plain_object_with_every_name() {
    let mut follower = Follower::new("catalogue", None, false);
    let outcome = follower.step(&js(r#"{"type":"shown"}"#), 1_000.0, 128);
    assert!(Object::from(outcome.clone()).constructor().name() == "Object");
    assert_eq!(
        text(&outcome),
        concat!(
            r#"{"commands":[{"do":"send","ticket":1,"ask":"open","version":null,"wait":null}],"#,
            r#""picture":{"face":"loading","line":"opening","notice":null,"description":null,"#,
            r#""total":null,"currency":null,"code":null,"qr":null,"left_s":null,"#,
            r#""check":"absent","way_on":null,"rejection":null,"is_offline":false,"#,
            r#""is_expiring":false},"wake_ms":16000,"token":null}"#
        )
    );
}

#[wasm_bindgen_test]
fn an_order_is_opened_followed_and_paid() {
    let mut follower = Follower::new("catalogue", None, true);
    follower.step(&js(r#"{"type":"shown"}"#), 1_000.0, 128);
    let outcome = follower.step(&answered(1, 201, &open_view(1)), 1_200.0, 128);
    assert_eq!(
        at(&outcome, "commands"),
        concat!(
            r#"[{"do":"tell","news":"ready","via":"poll"},{"do":"dial"},"#,
            r#"{"do":"tell","news":"status","via":"poll","status":"waiting","previous":"loading"}]"#
        )
    );
    assert_eq!(at(&outcome, "token"), format!("\"{TOKEN}\""));
    assert_eq!(at(&outcome, "picture.code"), format!("\"{CODE}\""));
    assert_eq!(at(&outcome, "picture.qr"), r#""/gA=""#);
    assert_eq!(at(&outcome, "picture.left_s"), "7200");
    assert_eq!(at(&outcome, "picture.total"), "8800");
    follower.step(&js(r#"{"type":"linked"}"#), 1_300.0, 128);
    let pushed = js(&format!(r#"{{"type":"pushed","json":{}}}"#, paid_view(2)));
    let outcome = follower.step(&pushed, 9_000.0, 128);
    assert_eq!(at(&outcome, "picture.face"), r#""paid""#);
    assert_eq!(
        at(&outcome, "commands"),
        concat!(
            r#"[{"do":"tell","news":"paid","via":"push"},{"do":"hang_up"},"#,
            r#"{"do":"tell","news":"status","via":"push","status":"paid","previous":"waiting"}]"#
        )
    );
    assert_eq!(at(&outcome, "wake_ms"), "null");
}
