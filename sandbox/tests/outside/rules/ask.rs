//! One call: a call of the common ones, changed as an example says, signed and sent.
//!
//! What is signed and what is sent are kept apart, because half of the rules are about calls in
//! which the two differ.

use axum::body::Body;
use axum::http::Request;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http_body_util::BodyExt;
use rsa::signature::{SignatureEncoding, Signer};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::book::Answer;
use super::scene::Scene;
use super::words::{in_text, in_value};
use super::xml::{self, Signing};
use crate::shop::Reply;

/// A call that shows a rule: which common call, and how it differs from it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Example {
    /// Which common call, if not the file's.
    pub(crate) on: Option<String>,
    /// What happens before, in place of the common call's own steps.
    pub(crate) before: Option<Value>,
    /// What happens afterwards, whatever the answer was.
    pub(crate) after: Option<Value>,
    /// Who signs.
    pub(crate) actor: Option<String>,
    pub(crate) method: Option<String>,
    /// The path, as it is sent.
    pub(crate) path: Option<String>,
    /// Parameters to set, or to leave out (`null`); a text is the whole query.
    pub(crate) query: Option<Value>,
    /// Fields of the body to set, by their pointers.
    pub(crate) set: Map<String, Value>,
    /// Fields of the body to leave out.
    pub(crate) remove: Vec<String>,
    /// Texts of the written body to exchange.
    pub(crate) replace: Vec<(String, String)>,
    /// The whole body.
    pub(crate) body: Option<String>,
    /// Whether each character of the body is one byte.
    pub(crate) latin1: bool,
    /// Headers to set, several times (a list), or to leave out (`null`).
    pub(crate) headers: Map<String, Value>,
    /// Texts of the right `Authorization` to exchange.
    pub(crate) authorization: Vec<(String, String)>,
    /// What is signed in place of what is sent: `method`, `target`, `body`, `nonce`, `timestamp`
    /// (seconds from now), `text` (all of it). Over V2: another `key`, another `method`, or what the
    /// sign is instead (`sign`).
    pub(crate) sign: Map<String, Value>,
    /// Whether all of it has to happen within one second of the wall clock.
    pub(crate) exact: bool,
    /// What is answered, if that is not what the rule or the common call says.
    pub(crate) answer: Option<Answer>,
}

/// A call, ready to be signed.
pub(crate) struct Ask<'a> {
    example: &'a Example,
    actor: String,
    method: String,
    target: String,
    body: Vec<u8>,
    /// The status of a call that is taken.
    pub(crate) success: u16,
    /// Whether the answer is V2's, and signed like this; nothing for a call over APIv3.
    pub(crate) signing: Option<(String, bool)>,
}

/// The steps before an example.
pub(crate) fn before(scene: &Scene, on: &str, example: &Example) -> Value {
    let common = common(scene, on, example);
    let usual = || common.get("before").cloned().unwrap_or_else(|| Value::Array(Vec::new()));
    example.before.clone().unwrap_or_else(usual)
}

fn common<'a>(scene: &'a Scene, on: &str, example: &Example) -> &'a Value {
    let on = example.on.as_deref().unwrap_or(on);
    scene.calls["calls"].get(on).unwrap_or_else(|| panic!("no call {on}"))
}

impl<'a> Ask<'a> {
    pub(crate) fn new(scene: &Scene, on: &str, example: &'a Example) -> Self {
        let common = common(scene, on, example);
        let said = |name: &str, own: &Option<String>| {
            own.clone().or_else(|| common[name].as_str().map(str::to_owned)).unwrap_or_default()
        };
        let path = in_text(scene, &said("path", &example.path));
        let query = query(scene, &common["query"], example.query.as_ref());
        Self {
            actor: said("actor", &example.actor),
            method: said("method", &example.method),
            target: if query.is_empty() { path } else { format!("{path}?{query}") },
            body: match common.get("fields") {
                Some(fields) => message(scene, fields, (&said("actor", &example.actor), example)),
                None => body(scene, &common["body"], example),
            },
            signing: common
                .get("fields")
                .map(|fields| signing(scene, fields, (&said("actor", &example.actor), example))),
            success: status(&common["success"]),
            example,
        }
    }

    /// The answer.
    pub(crate) async fn send(&self, scene: &Scene) -> Reply {
        let mut request = Request::builder()
            .method(self.method.as_str())
            .uri(format!("{}{}", scene.shop.base, self.target));
        for (name, value) in self.headers(scene) {
            request = request.header(name, value);
        }
        let request = request.body(Body::from(self.body.clone())).unwrap();
        let reply = scene.client.request(request).await.unwrap();
        let (parts, body) = reply.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Reply { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    fn headers(&self, scene: &Scene) -> Vec<(String, String)> {
        if self.signing.is_some() {
            return vec![("content-type".to_owned(), "text/xml".to_owned())];
        }
        let mut usual = vec![
            ("authorization", self.authorization(scene)),
            ("accept", "application/json".to_owned()),
            ("user-agent", "rules/1".to_owned()),
            ("wechatpay-serial", scene.value("public_key_id")),
        ];
        if !self.body.is_empty() {
            usual.push(("content-type", "application/json".to_owned()));
        }
        usual.retain(|(name, _)| !self.example.headers.contains_key(*name));
        let mut all: Vec<_> =
            usual.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        for (name, value) in &self.example.headers {
            let values = match value {
                Value::Null => Vec::new(),
                Value::Array(list) => list.clone(),
                one => vec![one.clone()],
            };
            for value in values {
                let value = value.as_str().expect("a header's text");
                let right = value.replace("${authorization}", &self.authorization(scene));
                all.push((name.clone(), in_text(scene, &right)));
            }
        }
        all
    }

    /// The header, signed by code of its own (protocol reference A.2, A.3).
    fn authorization(&self, scene: &Scene) -> String {
        let sign = |name: &str| {
            self.example.sign.get(name).map(|text| in_text(scene, text.as_str().expect("a text")))
        };
        let seconds = self.example.sign.get("timestamp").and_then(Value::as_i64).unwrap_or(0);
        let timestamp = sandbox::world::wall_now() + seconds;
        let nonce = sign("nonce").unwrap_or_else(|| "8F3A0C7D5B1E49A2B6D4E8F01C2A3B4D".to_owned());
        let method = sign("method").unwrap_or_else(|| self.method.clone());
        let target = sign("target").unwrap_or_else(|| self.target.clone());
        let mut message = format!("{method}\n{target}\n{timestamp}\n{nonce}\n").into_bytes();
        match sign("body") {
            Some(other) => message.extend(other.into_bytes()),
            None => message.extend(&self.body),
        }
        message.push(b'\n');
        for (from, to) in [("crlf", "\r\n"), ("no-last-line-feed", "")] {
            if self.example.sign.contains_key(from) {
                let text = String::from_utf8(message).unwrap();
                let text =
                    if to.is_empty() { text.trim_end().to_owned() } else { text.replace('\n', to) };
                message = text.into_bytes();
            }
        }
        let actor = scene.actor(&self.actor);
        let signature = BASE64_STANDARD.encode(actor.signer.sign(&message).to_bytes());
        let mut header = format!(
            "WECHATPAY2-SHA256-RSA2048 mchid=\"{}\",nonce_str=\"{nonce}\",\
             signature=\"{signature}\",timestamp=\"{timestamp}\",serial_no=\"{}\"",
            actor.mchid, actor.serial_no
        );
        for (from, to) in &self.example.authorization {
            let values =
                [("${signature}", signature.clone()), ("${timestamp}", timestamp.to_string())];
            let spoken = |text: &str| {
                let text = values
                    .iter()
                    .fold(text.to_owned(), |text, (name, value)| text.replace(name, value));
                in_text(scene, &text)
            };
            let from = spoken(from);
            assert!(header.contains(&from), "{from} in {header}");
            header = header.replacen(&from, &spoken(to), 1);
        }
        header
    }
}

fn status(said: &Value) -> u16 {
    u16::try_from(said.as_u64().expect("a status")).unwrap()
}

fn query(scene: &Scene, usual: &Value, wanted: Option<&Value>) -> String {
    if let Some(Value::String(whole)) = wanted {
        return in_text(scene, whole);
    }
    let mut pairs = usual.as_object().cloned().unwrap_or_default();
    for (name, value) in wanted.and_then(Value::as_object).into_iter().flatten() {
        pairs.insert(name.clone(), value.clone());
    }
    let pairs = pairs.iter().filter_map(|(name, value)| Some((name, value.as_str()?)));
    let pairs = pairs.map(|(name, value)| format!("{name}={}", in_text(scene, value)));
    pairs.collect::<Vec<_>>().join("&")
}

fn body(scene: &Scene, usual: &Value, example: &Example) -> Vec<u8> {
    if let Some(whole) = &example.body {
        return bytes(in_text(scene, whole), example.latin1);
    }
    if usual.is_null() {
        return Vec::new();
    }
    let mut body = usual.clone();
    for (pointer, value) in &example.set {
        put(&mut body, pointer, value.clone());
    }
    for pointer in &example.remove {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let parent = body.pointer_mut(parent).and_then(Value::as_object_mut);
        assert!(parent.is_some_and(|parent| parent.remove(name).is_some()), "{pointer}");
    }
    let mut text = in_value(scene, &body).to_string();
    for (from, to) in &example.replace {
        let from = in_text(scene, from);
        assert!(text.contains(&from), "{from} in {text}");
        text = text.replacen(&from, &in_text(scene, to), 1);
    }
    bytes(text, example.latin1)
}

/// The key and the method of a call over V2, and so of its answer.
fn signing(scene: &Scene, fields: &Value, (actor, example): (&str, &Example)) -> (String, bool) {
    let key = if actor == "partner" { "sp_api_v2_key" } else { "api_v2_key" };
    let usual = fields.get("sign_type").cloned().unwrap_or_default();
    let said = example.set.get("/sign_type").unwrap_or(&usual);
    let is_there = !example.remove.iter().any(|name| name == "/sign_type");
    (scene.value(key), is_there && said == "HMAC-SHA256")
}

/// A call over V2.
fn message(scene: &Scene, usual: &Value, (actor, example): (&str, &Example)) -> Vec<u8> {
    if let Some(whole) = &example.body {
        return bytes(in_text(scene, whole), example.latin1);
    }
    let mut fields = usual.clone();
    for (pointer, value) in &example.set {
        put(&mut fields, pointer, value.clone());
    }
    for pointer in &example.remove {
        let removed = fields.as_object_mut().unwrap().remove(&pointer[1..]);
        assert!(removed.is_some(), "{pointer}");
    }
    let fields = in_value(scene, &fields);
    let mut pairs: xml::Pairs = Vec::new();
    for (name, value) in fields.as_object().unwrap() {
        pairs.push((name.clone(), value.as_str().expect("a text").to_owned()));
    }
    let (key, is_hmac) = signing(scene, usual, (actor, example));
    let said =
        |name: &str| example.sign.get(name).map(|text| in_text(scene, text.as_str().unwrap()));
    let key = said("key").unwrap_or(key);
    let is_hmac = said("method").map_or(is_hmac, |method| method == "HMAC-SHA256");
    let made = xml::sign(&pairs, Signing { key: &key, is_hmac });
    match said("sign").as_deref() {
        None => pairs.push(("sign".to_owned(), made)),
        Some("lower") => pairs.push(("sign".to_owned(), made.to_lowercase())),
        Some("none") => {}
        Some(other) => pairs.push(("sign".to_owned(), other.to_owned())),
    }
    let mut text = xml::written(&pairs);
    for (from, to) in &example.replace {
        let from = in_text(scene, from);
        assert!(text.contains(&from), "{from} in {text}");
        text = text.replacen(&from, &in_text(scene, to), 1);
    }
    bytes(text, example.latin1)
}

fn bytes(text: String, latin1: bool) -> Vec<u8> {
    if !latin1 {
        return text.into_bytes();
    }
    text.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect()
}

/// Sets a value, and makes the objects on the way to it.
fn put(body: &mut Value, pointer: &str, value: Value) {
    let mut at = body;
    for name in pointer.split('/').skip(1) {
        at = match name.parse::<usize>() {
            Ok(index) => &mut at[index],
            Err(_) => &mut at[name],
        };
    }
    *at = value;
}
