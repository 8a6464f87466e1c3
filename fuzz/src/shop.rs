//! What shops and pages send: bodies, queries, names, tokens.

use checkout::id::{CheckoutId, Description, OutTradeNo, ProfileName, Reference};
use checkout::money::Amount;
use checkout::payee::Payee;
use checkout::report::CodeUrl;
use checkout::time::UnixSeconds;
use edge::bills::{Form, Wanted};
use edge::buyer::{BUYER_BYTES_MAX, Buyer};
use edge::catalogue::Catalogue;
use edge::config::Payees;
use edge::origin::{AllowList, Origin};
use edge::request::{NewCheckout, NewSession, Patience, WAIT_S_MAX, expect_json, read_json};
use edge::token::{ClientKey, bearer, offered};
use edge::{qr, routes};
use serde_json::Value;
use wechatpay::moment::{parse_rfc3339, rfc3339};
use wechatpay::v3::native::OrderBody;
use wechatpay::v3::order_fields::OrderFields;

/// The body of a request, as each route reads it.
pub fn request(data: &[u8]) {
    if let Ok(new) = read_json::<NewCheckout>(data) {
        assert!(new.amount.total.count() >= 1);
        order_of(&new.description, new.amount, &new.order_fields());
        buyer_of(new.buyer.as_ref());
    }
    if let Ok(new) = read_json::<NewSession>(data) {
        buyer_of(new.buyer.as_ref());
    }
    let Ok(text) = str::from_utf8(data) else { return };
    let _ = Catalogue::parse(text, &Payees::direct("1900000001", "wx0123456789abcdef"));
    let _ = expect_json(Some(text));
    bill(text);
    if let Ok(patience) = Patience::read(text) {
        assert!(patience.wait_s <= WAIT_S_MAX);
    }
}

/// What is kept of a buyer is a flat object of texts, short, and read again as it was.
fn buyer_of(buyer: Option<&Buyer>) {
    let Some(buyer) = buyer else { return };
    let json = buyer.to_json();
    assert!(json.len() <= BUYER_BYTES_MAX, "{json}");
    let Ok(Value::Object(fields)) = serde_json::from_str(&json) else { panic!("{json}") };
    for (name, value) in fields {
        let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
        assert!((1..=32).contains(&name.len()) && name.bytes().all(plain), "{name}");
        assert!(value.as_str().is_some_and(|text| !text.contains(char::is_control)), "{value}");
    }
    assert_eq!(serde_json::from_str::<Buyer>(&json).ok().as_ref(), Some(buyer));
}

/// A question for a bill becomes one call, and nothing of it escapes from its place.
fn bill(query: &str) {
    let payees = Payees::direct("1900000001", "wx0123456789abcdef");
    for wanted in [Wanted::trade(query, &payees), Wanted::fund_flow(query, &payees)] {
        let Ok(wanted) = wanted else { continue };
        let target = wanted.request().target;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/?&=_-".contains(&byte);
        assert!(target.starts_with("/v3/bill/") && target.bytes().all(plain), "{target}");
    }
    let _ = Form::of(Some(query));
}

/// The optional fields of an order: what is taken goes out as the JSON that it came as.
pub fn order_fields(data: &[u8]) {
    let Ok(fields) = serde_json::from_slice::<OrderFields>(data) else { return };
    let description = Description::parse("Oolong 250 g").expect("a description");
    let amount: Amount = serde_json::from_str(r#"{"total":8800,"currency":"CNY"}"#).expect("CNY");
    order_of(&description, amount, &fields);
    let kept = serde_json::to_string(&fields).expect("fields are JSON");
    let again: OrderFields = serde_json::from_str(&kept).expect("what was kept is read again");
    assert_eq!(again, fields);
}

/// The order that would be sent is JSON with these words in it, and cannot be talked into others.
fn order_of(description: &Description, amount: Amount, fields: &OrderFields) {
    let order = OrderBody {
        payee: &Payee::direct("1900000001", "wx0123456789abcdef"),
        description,
        out_trade_no: "T20250101000001",
        time_expire: UnixSeconds(1_735_704_000),
        notify_url: "https://pay.example.com/wechat/notify",
        amount,
        fields,
    };
    let sent: Value = serde_json::from_slice(&order.to_bytes()).expect("an order is JSON");
    assert_eq!(sent["description"], description.as_str());
    assert_eq!(sent["amount"]["total"], amount.total.count());
    assert_eq!(sent["mchid"], "1900000001");
    assert_eq!(sent["out_trade_no"], "T20250101000001");
    let kept = serde_json::to_value(fields).expect("fields are JSON");
    for (name, value) in kept.as_object().expect("fields are an object") {
        assert_eq!(&sent[name], value, "{name}");
    }
}

/// Short texts that are names, moments, addresses or tokens: what is taken reads as itself.
pub fn names(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    if let Ok(id) = CheckoutId::parse(text) {
        assert_eq!(id.as_str(), text);
    }
    if let Ok(number) = OutTradeNo::parse(text) {
        assert_eq!(number.as_str(), text);
        assert!(text.len() <= 32);
        assert_eq!(CheckoutId::parse(number.checkout().as_str()), Ok(number.checkout()));
    }
    if let Ok(name) = ProfileName::parse(text) {
        assert!(name.as_str() == text && (1..=32).contains(&text.len()));
    }
    if let Ok(reference) = Reference::parse(text) {
        assert_eq!(reference.as_str(), text);
    }
    if let Some(moment) = parse_rfc3339(text) {
        assert_eq!(parse_rfc3339(&rfc3339(moment)), Some(moment));
    }
    crate::bill::names(text);
    crate::giving_back::number(text);
    if let Ok(code) = CodeUrl::parse(text) {
        assert!(qr::modules(code.as_str()).is_some(), "a code that cannot be drawn");
    }
    for method in ["GET", "POST", "OPTIONS", text] {
        let _ = routes::find(method, text);
    }
    origins(text);
    tokens(text);
}

fn origins(text: &str) {
    if let Ok(origin) = Origin::parse(text) {
        assert_eq!(Origin::parse(origin.as_str()).as_ref(), Ok(&origin));
    }
    let own = Origin::parse("https://pay.example.com").expect("an origin");
    if let Ok(list) = AllowList::parse(&own, text) {
        let _ = list.judge(Some(text));
    }
}

/// A token is either ours or refused; nobody finds one that we did not make.
fn tokens(text: &str) {
    let key = ClientKey::parse("0123456789abcdefghijklmnopqrstuvwxyzABCDEF").expect("a key");
    for token in [Some(text), bearer(Some(text)), offered(Some(text))] {
        assert!(key.verify(token, UnixSeconds(1_735_701_631)).is_err());
    }
}
