//! A Worker and its socket, played by the test: fake `fetch` and `WebSocket` in the page.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, HtmlElement};
use widget::Checkout;

#[wasm_bindgen(module = "/tests/played/played.js")]
extern "C" {
    type World;

    fn play(host: &HtmlElement, origin: &str) -> World;
    #[wasm_bindgen(method, js_name = "nextRequest")]
    fn next_request(this: &World) -> js_sys::Promise;
    #[wasm_bindgen(method)]
    fn reply(this: &World, status: u16, body: &str);
    #[wasm_bindgen(method)]
    fn requests(this: &World) -> u32;
    #[wasm_bindgen(method, js_name = "lastBody")]
    fn last_body(this: &World) -> String;
    #[wasm_bindgen(method)]
    fn heard(this: &World, name: &str) -> u32;
    #[wasm_bindgen(method)]
    fn detail(this: &World, name: &str) -> String;
    #[wasm_bindgen(method, js_name = "openSocket")]
    fn open_socket(this: &World);
    #[wasm_bindgen(method)]
    fn push(this: &World, text: &str);
    #[wasm_bindgen(method, js_name = "socketUrl")]
    fn socket_url(this: &World) -> String;
    #[wasm_bindgen(method, js_name = "socketProtocols")]
    fn socket_protocols(this: &World) -> String;
    #[wasm_bindgen(method, js_name = "socketIsClosed")]
    fn socket_is_closed(this: &World) -> bool;
    #[wasm_bindgen(js_name = "sleep")]
    fn js_sleep(ms: u32) -> js_sys::Promise;
    #[wasm_bindgen(js_name = "freshToken")]
    fn fresh_token() -> String;
}

/// A request as it reached the played Worker.
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) authorization: String,
    pub(crate) body: String,
}

/// One element in the page, and the world it talks to.
pub(crate) struct Stage {
    world: World,
    host: HtmlElement,
    checkout: Checkout,
    origin: String,
    token: String,
}

impl Stage {
    /// Puts an element with `attributes` into the page.
    pub(crate) fn begin(attributes: &[(&str, &str)]) -> Self {
        Self::begin_in("en", attributes)
    }

    /// The same, where the page's language is `lang`.
    pub(crate) fn begin_in(lang: &str, attributes: &[(&str, &str)]) -> Self {
        let document = web_sys::window().unwrap().document().unwrap();
        document.document_element().unwrap().set_attribute("lang", lang).unwrap();
        let host: HtmlElement = document.create_element("saoma-checkout").unwrap().unchecked_into();
        for (name, value) in attributes {
            host.set_attribute(name, value).unwrap();
        }
        document.body().unwrap().append_child(&host).unwrap();
        // A Worker of its own, so that what a failed test left behind disturbs no other.
        let token = fresh_token();
        let origin = format!("https://{}.example.com", token.split('.').next().unwrap_or(""));
        let world = play(&host, &origin);
        let checkout = Checkout::new(host.clone(), origin.clone());
        checkout.connect();
        Self { world, host, checkout, origin, token }
    }

    /// An element that shows a code.
    pub(crate) async fn waiting(attributes: &[(&str, &str)]) -> Self {
        let product = fresh_token();
        let all: Vec<_> =
            attributes.iter().copied().chain([("product", product.as_str())]).collect();
        let stage = Self::begin(&all);
        stage.next_request().await;
        stage.reply(201, &open_view("weixin://wxpay/bizpayurl?pr=abc1234", 1));
        settle().await;
        stage
    }

    /// Waits for the next request.
    pub(crate) async fn next_request(&self) -> Request {
        let request = JsFuture::from(self.world.next_request()).await.unwrap();
        let field = |name: &str| {
            js_sys::Reflect::get(&request, &name.into()).unwrap().as_string().unwrap_or_default()
        };
        Request {
            method: field("method"),
            url: field("url"),
            authorization: field("authorization"),
            body: field("body"),
        }
    }

    /// Answers the request under way; `TOKEN` stands for this stage's client token.
    pub(crate) fn reply(&self, status: u16, body: &str) {
        self.world.reply(status, &body.replace("TOKEN", &self.token));
    }

    pub(crate) fn push(&self, text: &str) {
        self.world.push(text);
    }

    pub(crate) fn open_socket(&self) {
        self.world.open_socket();
    }

    pub(crate) fn socket_url(&self) -> String {
        self.world.socket_url()
    }

    pub(crate) fn socket_protocols(&self) -> String {
        self.world.socket_protocols()
    }

    pub(crate) fn socket_is_closed(&self) -> bool {
        self.world.socket_is_closed()
    }

    pub(crate) fn requests(&self) -> u32 {
        self.world.requests()
    }

    pub(crate) fn last_body(&self) -> String {
        self.world.last_body()
    }

    /// How often the page heard an event of the element.
    pub(crate) fn heard(&self, name: &str) -> u32 {
        self.world.heard(name)
    }

    /// The newest detail of an event, as JSON.
    pub(crate) fn detail(&self, name: &str) -> String {
        self.world.detail(name)
    }

    /// An address of the played Worker.
    pub(crate) fn at(&self, path: &str) -> String {
        [&self.origin, path].concat()
    }

    pub(crate) fn token(&self) -> String {
        self.token.clone()
    }

    pub(crate) fn status(&self) -> String {
        self.host.get_attribute("data-status").unwrap_or_default()
    }

    /// The element of the shadow root that a shop can style by this name.
    #[track_caller]
    pub(crate) fn part(&self, part: &str) -> Element {
        let root = self.host.shadow_root().expect("a shadow root");
        let selector = format!("[part='{part}']");
        root.query_selector(&selector).unwrap().unwrap_or_else(|| panic!("no {part}"))
    }

    /// All that the shadow root holds.
    pub(crate) fn markup(&self) -> String {
        self.host.shadow_root().expect("a shadow root").inner_html()
    }

    pub(crate) fn leave(&self) {
        self.host.remove();
        self.checkout.disconnect();
    }

    pub(crate) fn come_back(&self) {
        let document = web_sys::window().unwrap().document().unwrap();
        document.body().unwrap().append_child(&self.host).unwrap();
        self.checkout.connect();
    }

    /// Takes the element out for good.
    pub(crate) fn end(&self) {
        self.leave();
    }
}

/// Lets promises and observers have their turn.
pub(crate) async fn settle() {
    sleep(60).await;
}

pub(crate) async fn sleep(ms: u32) {
    JsFuture::from(js_sleep(ms)).await.unwrap();
}

/// The Worker's JSON for an open checkout (design, section 5).
pub(crate) fn open_view(code_url: &str, version: u32) -> String {
    format!(
        r#"{{"client_token":"TOKEN","status":"open","phase":"waiting","code_url":"{code_url}","description":"Oolong 250 g","amount":{{"total":8800,"currency":"CNY"}},"code_expires_in_ms":7200000,"expires_in_ms":86400000,"version":{version}}}"#
    )
}

/// The same for a paid one, as the socket sends it.
pub(crate) fn paid_view(version: u32) -> String {
    format!(
        r#"{{"status":"paid","description":"Oolong 250 g","amount":{{"total":8800,"currency":"CNY"}},"expires_in_ms":86000000,"version":{version}}}"#
    )
}

/// `json` with one thing replaced.
#[track_caller]
pub(crate) fn with(json: &str, old: &str, new: &str) -> String {
    assert!(json.contains(old), "{json} has no {old}");
    json.replace(old, new)
}
