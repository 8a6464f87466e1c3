//! The same for a call over V2: its fields, signed and written by code of the tests' own, and its
//! answer as an object that rules can speak of.

use md5::{Digest, Md5};
use serde_json::{Map, Value, json};
use sha2::Sha256;

use hmac::{Hmac, Mac};

/// Names and values in their order.
pub(crate) type Pairs = Vec<(String, String)>;

/// What is signed, and how.
#[derive(Clone, Copy)]
pub(crate) struct Signing<'a> {
    pub(crate) key: &'a str,
    /// Whether it is an HMAC-SHA256 and not an MD5.
    pub(crate) is_hmac: bool,
}

/// The sign of some fields (protocol reference D.2).
pub(crate) fn sign(pairs: &Pairs, signing: Signing<'_>) -> String {
    let mut known: Vec<_> = pairs
        .iter()
        .filter(|(name, value)| name != "sign" && !value.is_empty())
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    // No name is the beginning of another one followed by a character before `=`.
    known.sort();
    known.push(format!("key={}", signing.key));
    let text = known.join("&");
    let sum = if signing.is_hmac {
        let mut mac = Hmac::<Sha256>::new_from_slice(signing.key.as_bytes()).unwrap();
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().to_vec()
    } else {
        Md5::digest(text).to_vec()
    };
    sum.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// A message, every value as CDATA.
pub(crate) fn written(pairs: &Pairs) -> String {
    let fields = pairs.iter().map(|(name, value)| format!("<{name}><![CDATA[{value}]]></{name}>"));
    format!("<xml>{}</xml>", fields.collect::<String>())
}

/// What a message says. Only as much XML as the sandbox writes.
pub(crate) fn read(text: &str) -> Option<Pairs> {
    let mut rest = text.trim().strip_prefix("<xml>")?.strip_suffix("</xml>")?.trim();
    let mut pairs = Pairs::new();
    while !rest.is_empty() {
        let (name, after) = rest.strip_prefix('<')?.split_once('>')?;
        let (value, after) = after.split_once(&format!("</{name}>"))?;
        let value = match value.strip_prefix("<![CDATA[") {
            Some(value) => value.strip_suffix("]]>")?.replace("]]]]><![CDATA[>", "]]>"),
            None => value.to_owned(),
        };
        pairs.push((name.to_owned(), value));
        rest = after.trim();
    }
    Some(pairs)
}

/// A field of a message.
pub(crate) fn field<'a>(pairs: &'a Pairs, name: &str) -> Option<&'a str> {
    pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// An answer as APIv3 would say it: `code` and `message` if it is a refusal, and every field.
pub(crate) fn as_object(body: &[u8]) -> Option<Value> {
    let pairs = read(std::str::from_utf8(body).ok()?)?;
    let mut object: Map<_, _> =
        pairs.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let said = |name: &str| field(&pairs, name);
    if said("return_code") != Some("SUCCESS") {
        object.insert("message".into(), json!(said("return_msg")));
        object.insert("refused".into(), json!(true));
    } else if said("result_code") != Some("SUCCESS") {
        object.insert("code".into(), json!(said("err_code")));
        object.insert("message".into(), json!(said("err_code_des")));
        object.insert("refused".into(), json!(true));
    }
    Some(Value::Object(object))
}

/// Whether an answer has a sign, and it is right.
pub(crate) fn is_signed(body: &[u8], signing: Signing<'_>) -> bool {
    let pairs = std::str::from_utf8(body).ok().and_then(read).unwrap_or_default();
    field(&pairs, "sign").is_some_and(|found| found == sign(&pairs, signing))
}
