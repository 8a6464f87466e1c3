//! A call that an operator words by hand: signed as it stands, or refused.

use edge::raw_call::{RawAnswer, RawCall};
use edge::request::read_json;
use wechatpay::http::{Headers, Method, Reply};
use wechatpay::moment::parse_http_date;

use crate::platform::plain;

/// The body of a request for such a call, and any bytes as what the platform answers.
pub fn raw_call(data: &[u8]) {
    if let Ok(request) = read_json::<RawCall>(data).and_then(|call| call.request()) {
        let target = &request.target;
        let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"\"'<>\\^`{}#[]".contains(&byte);
        assert!(target.starts_with("/v3/") && target.bytes().all(is_plain), "{target}");
        match request.method {
            Method::Get => assert!(request.body.is_empty()),
            Method::Post => assert!(!moves_money(target), "{target}"),
        }
    }
    let (status, headers) = (200, Headers::default());
    let reply = Reply { status, headers, body: data.to_vec() };
    let passed = serde_json::to_vec(&RawAnswer::of(&reply, None)).expect("an answer is JSON");
    assert!(plain(&passed).is_none_or(|answer| answer["status"] == 200));
    if let Ok(text) = str::from_utf8(data) {
        let _ = parse_http_date(text);
    }
}

/// Whether the platform may understand this as a payment or a refund, decoded byte by byte.
fn moves_money(target: &str) -> bool {
    let path = target.split('?').next().unwrap_or_default();
    let mut bytes = path.bytes();
    let mut decoded = Vec::new();
    while let Some(byte) = bytes.next() {
        let mut digit = || bytes.next().and_then(|hex| char::from(hex).to_digit(16));
        let decodes = (byte == b'%').then(|| Some(digit()? * 16 + digit()?)).flatten();
        decoded.push(decodes.and_then(|value| u8::try_from(value).ok()).unwrap_or(byte));
    }
    decoded.make_ascii_lowercase();
    let parts: Vec<&[u8]> = decoded.split(|byte| *byte == b'/').collect();
    matches!(parts.as_slice(), [b"", b"v3", b"pay" | b"refund" | b"combine-transactions", _, ..])
}
