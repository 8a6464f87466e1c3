//! The element in a real browser, against a Worker and a socket that the test plays itself.
//!
//! Run by `wasm-pack test --headless --chrome widget`. Nothing here touches the network.
#![cfg(target_arch = "wasm32")]
// A test may panic: that is how it fails. Clippy knows `#[test]` only.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod played;

use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Element, HtmlElement};

use crate::played::{Stage, open_view, paid_view, settle, with};

wasm_bindgen_test_configure!(run_in_browser);

const CODE: &str = "weixin://wxpay/bizpayurl?pr=abc1234";

#[track_caller]
fn text(stage: &Stage, part: &str) -> String {
    stage.part(part).text_content().unwrap_or_default()
}

#[track_caller]
fn attribute(element: &Element, name: &str) -> String {
    element.get_attribute(name).unwrap_or_else(|| panic!("no attribute {name}"))
}

#[wasm_bindgen_test]
async fn an_order_is_made_and_its_code_is_one_path_with_a_border() {
    let stage = Stage::begin(&[("product", "oolong-250"), ("quantity", "2"), ("locale", "en")]);
    let request = stage.next_request().await;
    assert_eq!(request.method, "POST");
    assert_eq!(request.url, stage.at("/v1/sessions"));
    assert!(request.body.contains(r#""product":"oolong-250","quantity":2"#), "{}", request.body);
    stage.reply(201, &open_view(CODE, 1));
    settle().await;

    assert_eq!(stage.status(), "waiting");
    let code = stage.part("qr");
    assert_eq!(code.query_selector_all("path").unwrap().length(), 1);
    assert_eq!(attribute(&code, "viewBox"), "0 0 37 37");
    assert_eq!(attribute(&code, "shape-rendering"), "crispEdges");
    let path = code.query_selector("path").unwrap().unwrap();
    // Four light modules above and to the left: the first run begins at 4, in row 4.
    assert!(attribute(&path, "d").starts_with("M4 4.5h7"), "{}", attribute(&path, "d"));
    assert_eq!(attribute(&path, "stroke"), "#000");
    let light = code.query_selector("rect").unwrap().unwrap();
    assert_eq!(attribute(&light, "width"), "37");
    assert_eq!(attribute(&light, "fill"), "#fff");
    stage.end();
}

#[wasm_bindgen_test]
async fn the_code_says_what_it_is_for_and_never_what_it_says() {
    let stage = Stage::waiting(&[("locale", "en")]).await;
    let code = stage.part("qr");
    assert_eq!(attribute(&code, "role"), "img");
    assert_eq!(attribute(&code, "aria-label"), "WeChat Pay code: CN¥88.00 for Oolong 250 g");
    assert!(!stage.markup().contains("weixin:"));
    let status = stage.part("status");
    assert_eq!(attribute(&status, "role"), "status");
    stage.end();
}

#[wasm_bindgen_test]
async fn english_and_chinese_words() {
    for (locale, brand, line, check) in [
        ("en", "WeChat Pay", "Waiting for payment", "I have paid"),
        ("zh-CN", "微信支付", "等待付款", "我已付款"),
    ] {
        let stage = Stage::waiting(&[("locale", locale)]).await;
        assert_eq!(text(&stage, "brand"), brand);
        assert_eq!(text(&stage, "line"), line);
        assert_eq!(text(&stage, "button"), check);
        stage.end();
    }
}

#[wasm_bindgen_test]
async fn the_page_around_the_element_chooses_the_language() {
    let stage = Stage::begin_in("zh-Hans", &[("product", "oolong-250")]);
    assert_eq!(text(&stage, "brand"), "微信支付");
    stage.end();
}

#[wasm_bindgen_test]
async fn the_countdown_counts_hours() {
    let stage = Stage::waiting(&[("locale", "en")]).await;
    assert!(matches!(text(&stage, "digits").as_str(), "2:00:00" | "1:59:59"));
    assert_eq!(attribute(&stage.part("timer"), "aria-live"), "off");
    stage.end();
}

#[wasm_bindgen_test]
async fn paid_is_told_once_by_push_poll_and_after_coming_back() {
    let stage = Stage::waiting(&[]).await;
    stage.open_socket();
    stage.push(&paid_view(2));
    stage.push(&paid_view(2));
    settle().await;
    assert_eq!(stage.status(), "paid");
    stage.leave();
    stage.come_back();
    settle().await;
    assert_eq!(stage.heard("saoma-paid"), 1);
    let token = stage.token();
    let order = token.split_once('.').map_or(token.as_str(), |(order, _)| order);
    assert_eq!(
        stage.detail("saoma-paid"),
        format!(
            r#"{{"checkout":"{order}","description":"Oolong 250 g","amount":{{"total":8800,"currency":"CNY"}}}}"#
        )
    );
    assert_eq!(
        stage.detail("saoma-status"),
        stage.detail("saoma-paid").replacen('{', r#"{"status":"paid","previous":"waiting","#, 1)
    );
    assert_eq!(stage.status(), "paid");

    // Another element for the same order, read by its token, has nothing new to say.
    let again = Stage::begin(&[("session", &stage.token())]);
    again.next_request().await;
    again.reply(200, &paid_view(2));
    settle().await;
    assert_eq!(again.status(), "paid");
    assert_eq!(again.heard("saoma-paid"), 0);
    again.end();
    stage.end();
}

#[wasm_bindgen_test]
async fn the_socket_carries_the_token_beside_the_protocol() {
    let stage = Stage::waiting(&[]).await;
    assert_eq!(stage.socket_url(), stage.at("/v1/session/events").replace("https:", "wss:"));
    assert_eq!(stage.socket_protocols(), format!("saoma.v1,{}", stage.token()));
    stage.end();
    assert!(stage.socket_is_closed());
}

#[wasm_bindgen_test]
async fn expired_offers_a_new_code_under_a_new_key() {
    let stage = Stage::waiting(&[("locale", "en")]).await;
    let first = stage.last_body();
    stage.open_socket();
    stage.push(&with(&paid_view(2), r#""status":"paid""#, r#""status":"expired""#));
    settle().await;
    assert_eq!(stage.status(), "expired");
    assert_eq!(stage.heard("saoma-expired"), 1);
    let button: HtmlElement = stage.part("button primary").dyn_into().unwrap();
    assert_eq!(button.text_content().as_deref(), Some("Get a new code"));
    button.click();
    let request = stage.next_request().await;
    assert!(request.body.starts_with(r#"{"key":""#));
    assert_ne!(request.body, first);
    stage.end();
}

#[wasm_bindgen_test]
async fn another_look_finds_the_same_order() {
    let first = Stage::begin(&[("product", "jasmine-100")]);
    let made = first.next_request().await;
    first.end();
    let again = Stage::begin(&[("product", "jasmine-100"), ("endpoint", &first.at(""))]);
    assert_eq!(first.next_request().await.body, made.body);
    again.end();
}

#[wasm_bindgen_test]
async fn i_have_paid_asks_with_the_token() {
    let stage = Stage::waiting(&[]).await;
    stage.part("button").dyn_into::<HtmlElement>().unwrap().click();
    let request = stage.next_request().await;
    assert_eq!(request.url, stage.at("/v1/session/check"));
    assert_eq!(request.authorization, format!("Bearer {}", stage.token()));
    assert_eq!(stage.status(), "checking");
    stage.end();
}

#[wasm_bindgen_test]
async fn a_refused_order_can_be_tried_again() {
    let stage = Stage::begin(&[("product", "oolong-250"), ("locale", "en")]);
    stage.next_request().await;
    stage.reply(502, r#"{"code":"wechatpay_refused","detail":"NO_AUTH"}"#);
    settle().await;
    assert_eq!(stage.status(), "error");
    assert_eq!(stage.heard("saoma-error"), 1);
    let error = r#"{"code":"wechatpay_refused","detail":"NO_AUTH","recoverable":true}"#;
    assert_eq!(stage.detail("saoma-error"), error);
    stage.part("button primary").dyn_into::<HtmlElement>().unwrap().click();
    assert_eq!(stage.next_request().await.method, "POST");
    stage.end();
}

#[wasm_bindgen_test]
async fn a_wrong_tag_says_what_to_write_and_asks_nothing() {
    let stage = Stage::begin(&[("quantity", "2")]);
    settle().await;
    assert_eq!(stage.status(), "error");
    assert!(text(&stage, "advice").contains("needs product="), "{}", text(&stage, "advice"));
    assert_eq!(stage.heard("saoma-error"), 1);
    assert_eq!(stage.requests(), 0);
    stage.end();
}

#[wasm_bindgen_test]
async fn no_style_attribute_is_ever_written() {
    let stage = Stage::waiting(&[]).await;
    assert!(!stage.markup().contains("style="), "{}", stage.markup());
    assert!(!stage.markup().contains("<style"), "{}", stage.markup());
    stage.end();
}

#[wasm_bindgen_test]
async fn nothing_is_asked_once_the_element_has_left() {
    let stage = Stage::waiting(&[]).await;
    stage.end();
    let before = stage.requests();
    played::sleep(2_000).await;
    assert_eq!(stage.requests(), before);
}
