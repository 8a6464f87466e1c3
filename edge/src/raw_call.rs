//! A call that an operator words by hand, so that what the platform offers tomorrow can be used
//! tomorrow. It is signed as it stands, sent once, and never repeated.
//!
//! The target is read strictly, because what is signed must be what is sent: no host, no fragment,
//! no dot segments, nothing that a URL parser would mend on the way. Orders and refunds are
//! refused. The Worker stores an intent before it places one and repeats it byte for byte after a
//! doubt; a call by hand knows nothing of that, and could be a second payment or a second refund.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use checkout::id::ProfileName;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use wechatpay::http::{Headers, Method, Reply, Request};
use wechatpay::v3::verify::Distrust;

use crate::problem::{Code, Problem};

/// `POST /v1/wechatpay`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawCall {
    /// In whose name; the default profile's when left out.
    #[serde(default)]
    pub profile: ProfileName,
    /// `GET` or `POST`.
    pub method: Verb,
    /// Path and query, percent-encoded.
    pub target: String,
    /// JSON that is sent as it stands here, byte for byte; or a string, whose text is sent.
    #[serde(default)]
    pub body: Option<Box<RawValue>>,
    /// `Wechatpay-Serial`: the platform key that encrypted fields of the body were made for. The
    /// profile's own wish when left out.
    #[serde(default)]
    pub serial: Option<String>,
}

/// The platform's verbs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Verb {
    /// Reads.
    Get,
    /// Changes.
    Post,
}

impl RawCall {
    /// The call to sign, and the serial that was asked for.
    pub fn request(&self) -> Result<Request, Problem> {
        let method = match self.method {
            Verb::Get => Method::Get,
            Verb::Post => Method::Post,
        };
        check_target(&self.target).map_err(invalid)?;
        if method == Method::Post
            && let Some(route) = own_route(&self.target)
        {
            let detail = format!("a call by hand could pay or refund twice; use {route}");
            return Err(Problem::new(Code::ReservedTarget, detail));
        }
        if self.serial.as_deref().is_some_and(|serial| !is_serial(serial)) {
            return Err(invalid("serial: letters, digits and _, at most 64"));
        }
        let body = self.body_bytes()?;
        if method == Method::Get && !body.is_empty() {
            return Err(invalid("body: a GET has none"));
        }
        Ok(Request { method, target: self.target.clone(), body })
    }

    fn body_bytes(&self) -> Result<Vec<u8>, Problem> {
        let Some(raw) = self.body.as_deref().map(RawValue::get).filter(|raw| *raw != "null") else {
            return Ok(Vec::new());
        };
        if !raw.starts_with('"') {
            return Ok(raw.as_bytes().to_vec());
        }
        let text: String = serde_json::from_str(raw).map_err(|_| invalid("body: no such text"))?;
        Ok(text.into_bytes())
    }
}

fn invalid(words: &str) -> Problem {
    Problem::new(Code::InvalidRequest, words)
}

/// Characters of a target at most; the longest of the reference, a bill's address, has some 300.
const TARGET_BYTES_MAX: usize = 2_048;

/// Refuses what a URL parser would read differently, or the platform more loosely.
fn check_target(target: &str) -> Result<(), &'static str> {
    if !target.starts_with("/v3/") {
        return Err("target: a path that begins with /v3/, without scheme and host");
    }
    if target.len() > TARGET_BYTES_MAX {
        return Err("target: at most 2048 characters");
    }
    if target.ends_with('?') {
        return Err("target: a query, or no question mark");
    }
    let stays = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&()*+,;=:@/?%|".contains(&byte);
    if !target.bytes().all(stays) {
        return Err("target: percent-encode all but letters, digits and -._~!$&()*+,;=:@/?|");
    }
    let mut escapes = target.split('%').skip(1);
    if !escapes.all(|rest| rest.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2) {
        return Err("target: % is followed by two hex digits");
    }
    let path = target.split('?').next().unwrap_or_default();
    let odd = |segment: &str| matches!(unescaped(segment).as_str(), "" | "." | "..");
    if path.split('/').skip(1).any(odd) {
        return Err("target: no empty segments, no . and no ..");
    }
    Ok(())
}

/// What each escape stands for; bytes beyond ASCII do not matter to what is compared here.
fn unescaped(text: &str) -> String {
    let mut parts = text.split('%');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (hex, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        plain.push(u8::from_str_radix(hex, 16).map_or('\u{fffd}', char::from));
        plain.push_str(rest);
    }
    plain
}

/// The route of ours that does what this target does. However the path is spelt, since the platform
/// may decode it, and in whichever family: an e-commerce refund gives back the same money.
fn own_route(target: &str) -> Option<&'static str> {
    let path = target.split('?').next().unwrap_or_default();
    let path = unescaped(path).to_ascii_lowercase();
    let segments: Vec<&str> =
        path.split('/').map(|it| it.split(';').next().unwrap_or_default()).collect();
    let has = |segment: &str| segments.contains(&segment);
    let family = segments.get(2).copied();
    let pays = family == Some("pay") || has("transactions") || has("combine-transactions");
    if has("apply-abnormal-refund") {
        Some("POST /v1/refunds/{out_refund_no}/abnormal")
    } else if has("refund") || has("refunds") {
        Some("POST /v1/checkouts/{id}/refunds")
    } else if pays && has("close") {
        Some("POST /v1/checkouts/{id}/cancel")
    } else if pays {
        Some("POST /v1/checkouts")
    } else {
        None
    }
}

fn is_serial(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    plain && (1..=64).contains(&text.len())
}

/// What the platform answered, as it is passed on.
#[derive(Debug, Serialize)]
pub struct RawAnswer<'a> {
    /// The platform's HTTP status.
    pub status: u16,
    /// The platform's `Request-ID`, the first thing that its support asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<&'a str>,
    /// Whether the platform's signature is on these bytes.
    pub verified: bool,
    /// Why not. Refusals may come unsigned, and so do downloads; a success should not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The headers that may matter. The signature's own are left out: they prove nothing without
    /// the bytes.
    pub headers: BTreeMap<&'static str, &'a str>,
    /// What it says.
    #[serde(flatten)]
    pub content: Content<'a>,
}

/// A body that came back.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Content<'a> {
    /// JSON, as it came.
    Body(&'a RawValue),
    /// Other text.
    Text(&'a str),
    /// Neither.
    BodyBase64(String),
}

/// Headers of an answer that are passed on.
const HEADERS: [&str; 6] = [
    "Content-Type",
    "Content-Language",
    "Date",
    "Retry-After",
    "Wechatpay-Serial",
    "Wechatpay-Timestamp",
];

impl<'a> RawAnswer<'a> {
    /// Sorts `reply`, whose signature has been looked at.
    pub fn of(reply: &'a Reply, distrust: Option<&Distrust>) -> Self {
        Self {
            status: reply.status,
            request_id: reply.headers.get("Request-ID"),
            verified: distrust.is_none(),
            reason: distrust.map(ToString::to_string),
            headers: passed_on(&reply.headers),
            content: Content::of(&reply.body),
        }
    }
}

fn passed_on(headers: &Headers) -> BTreeMap<&'static str, &str> {
    HEADERS.iter().filter_map(|&name| Some((name, headers.get(name)?))).collect()
}

impl<'a> Content<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        let Ok(text) = core::str::from_utf8(bytes) else {
            return Self::BodyBase64(STANDARD.encode(bytes));
        };
        serde_json::from_str(text).map_or(Self::Text(text), Self::Body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::read_json;

    fn request(json: &str) -> Result<Request, Problem> {
        read_json::<RawCall>(json.as_bytes()).and_then(|call| call.request())
    }

    fn post(target: &str) -> Result<Request, Problem> {
        request(&format!(r#"{{"method":"POST","target":{}}}"#, serde_json::json!(target)))
    }

    #[track_caller]
    fn refused(json: &str, code: Code, words: &str) {
        let problem = request(json).unwrap_err();
        assert_eq!(problem.code, code, "{json}");
        assert!(problem.detail.contains(words), "{json}: {}", problem.detail);
    }

    #[test]
    fn json_is_sent_as_it_was_written() {
        let sent = |body: &str| {
            let json = format!(r#"{{"method":"POST","target":"/v3/x","body":{body}}}"#);
            String::from_utf8(request(&json).unwrap().body).unwrap()
        };
        for body in ["{ \"b\" :1.50,\n\"a\":\"\\u4e2d\" }", "[]", "1e2", "true"] {
            assert_eq!(sent(body), body);
        }
        assert_eq!(sent(r#""{\"a\": 1}\n""#), "{\"a\": 1}\n");
        assert_eq!(sent("null"), "");
        assert_eq!(sent(r#""""#), "");
    }

    #[test]
    fn a_get_is_sent_with_its_query() {
        let target = "/v3/marketing/favor/stocks?offset=0&limit=10&name=%E8%8C%B6%7c";
        let call = request(&format!(r#"{{"method":"GET","target":"{target}"}}"#)).unwrap();
        assert_eq!((call.method, call.target.as_str()), (Method::Get, target));
        assert!(call.body.is_empty());
        let get = r#"{"method":"GET","target":"/v3/x","body":{}}"#;
        refused(get, Code::InvalidRequest, "body: a GET has none");
    }

    #[test]
    fn a_target_that_could_be_read_in_two_ways_is_refused() {
        let long = format!("/v3/{}", "a".repeat(2_045));
        for target in [
            "",
            "/",
            "/v3",
            "v3/x",
            "/v2/x",
            "https://evil.example/v3/x",
            "//evil.example/v3/x",
            "/v3/../pay",
            "/v3/x/..",
            "/v3/./x",
            "/v3/%2e%2E/x",
            "/v3/%2e",
            "/v3//x",
            "/v3/x/",
            "/v3/",
            "/v3/x#y",
            "/v3/x y",
            "/v3/x\ty",
            "/v3/x\r\nHost: y",
            "/v3/x\\y",
            "/v3/\u{8336}",
            "/v3/x?a='b'",
            "/v3/x?a=\"b\"",
            "/v3/x?a=<b>",
            "/v3/%",
            "/v3/%2",
            "/v3/%zz",
            "/v3/x?%+1",
            "/v3/x?",
            &long,
        ] {
            let problem = post(target).unwrap_err();
            assert_eq!(problem.code, Code::InvalidRequest, "{target}");
            assert!(problem.detail.starts_with("target: "), "{target}: {}", problem.detail);
        }
    }

    #[test]
    fn money_goes_by_the_routes_that_remember_it() {
        for (target, route) in [
            ("/v3/pay/transactions/native", "POST /v1/checkouts"),
            ("/v3/pay/partner/transactions/jsapi?x=1", "POST /v1/checkouts"),
            ("/v3/pay/transactions/n%61tive", "POST /v1/checkouts"),
            ("/v3/%70ay/transactions/native", "POST /v1/checkouts"),
            ("/V3/pay/x", ""),
            ("/v3/PAY/transactions/native", "POST /v1/checkouts"),
            ("/v3/pay%2Ftransactions%2Fnative", "POST /v1/checkouts"),
            ("/v3/combine-transactions/native", "POST /v1/checkouts"),
            ("/v3/pay/transactions/out-trade-no/1/close", "POST /v1/checkouts/{id}/cancel"),
            ("/v3/refund/domestic/refunds", "POST /v1/checkouts/{id}/refunds"),
            ("/v3/refund/domestic/refunds/1/apply-abnormal-refund", "{out_refund_no}/abnormal"),
            ("/v3/ecommerce/refunds/apply", "POST /v1/checkouts/{id}/refunds"),
            ("/v3/ecommerce/Ref%75nds/apply?x=1", "POST /v1/checkouts/{id}/refunds"),
            ("/v3/ecommerce/refunds;x=1/apply", "POST /v1/checkouts/{id}/refunds"),
            ("/v3/ecommerce%2Frefunds%2Fapply", "POST /v1/checkouts/{id}/refunds"),
            ("/v3/ecommerce/refunds/5030/apply-abnormal-refund", "{out_refund_no}/abnormal"),
            ("/v3/ecommerce/refunds/5030/return-advance", "POST /v1/checkouts/{id}/refunds"),
            ("/v3/global/refund", "POST /v1/checkouts/{id}/refunds"),
            ("/v3/vehicle/transactions/parking", "POST /v1/checkouts"),
            ("/v3/combine-transactions/out-trade-no/1/close", "POST /v1/checkouts/{id}/cancel"),
        ] {
            let problem = post(target).unwrap_err();
            let code = if route.is_empty() { Code::InvalidRequest } else { Code::ReservedTarget };
            assert_eq!(problem.code, code, "{target}");
            assert!(problem.detail.contains(route), "{target}: {}", problem.detail);
        }
        assert!(post("/v3/marketing/favor/users/1/coupons").is_ok());
        assert!(post("/v3/payscore/serviceorder").is_ok());
        assert!(post("/v3/payscore/serviceorder/1/pay").is_ok());
        // Says how far a refund has come, and gives nothing back.
        assert!(post("/v3/merchant-service/complaints-v2/1/update-refund-progress").is_ok());
        let query = r#"{"method":"GET","target":"/v3/refund/domestic/refunds/1"}"#;
        assert!(request(query).is_ok(), "reading is harmless");
    }

    #[test]
    fn what_is_misspelt_is_told() {
        refused(r#"{"method":"PUT","target":"/v3/x"}"#, Code::InvalidRequest, "unknown variant");
        refused(
            r#"{"method":"GET","target":"/v3/x","url":1}"#,
            Code::InvalidRequest,
            "unknown field",
        );
        let serial = r#"{"method":"GET","target":"/v3/x","serial":"a\nb"}"#;
        refused(serial, Code::InvalidRequest, "serial: ");
    }

    #[test]
    fn an_answer_is_passed_on_as_it_came() {
        let answer = |body: &[u8], distrust: Option<&Distrust>| {
            let pairs =
                [("request-id", "08F5-0"), ("wechatpay-signature", "s"), ("set-cookie", "c")];
            let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
            let headers = pairs.into_iter().collect();
            let reply = Reply { status: 200, headers, body: body.to_vec() };
            serde_json::to_string(&RawAnswer::of(&reply, distrust)).unwrap()
        };
        let head = r#"{"status":200,"request_id":"08F5-0","verified":true,"headers":{},"#;
        assert_eq!(answer(b"{ \"a\":1.0 }", None), format!(r#"{head}"body":{{ "a":1.0 }}}}"#));
        assert_eq!(answer(b"a,b\n", None), format!(r#"{head}"text":"a,b\n"}}"#));
        assert_eq!(answer(b"", None), format!(r#"{head}"text":""}}"#));
        assert_eq!(answer(b"\x1f\x8b", None), format!(r#"{head}"body_base64":"H4s="}}"#));
        let doubted = answer(b"1", Some(&Distrust::BadSignature));
        assert!(doubted.contains(r#""verified":false,"reason":"the signature does not agree""#));
    }
}
