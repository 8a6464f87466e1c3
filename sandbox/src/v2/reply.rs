//! How an answer over V2 leaves: practically always 200, the outcome in the body (protocol reference
//! D.1, G.11).

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, Response, header};

use super::caller::Caller;
use super::fields::Fields;
use super::refusal::{Level, Refusal};
use super::sign::{self, SIGN, SignType};
use super::xml;
use crate::dice;
use crate::half_body::HalfBody;

/// What a call brought.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Fields of its own, behind the ones that every answer has.
    Done(Fields),
    /// A file, as it is.
    File {
        /// Its bytes.
        body: Bytes,
        /// Headers of its own.
        headers: Vec<(&'static str, String)>,
        /// Whether the connection ends half way.
        is_half: bool,
    },
}

impl Answer {
    /// A file that arrives.
    pub const fn file(body: Bytes) -> Self {
        Self::File { body, headers: Vec::new(), is_half: false }
    }
}

/// What is wrong with a sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// It is missing.
    Missing,
    /// It is of another message.
    Wrong,
    /// What was signed has been changed since.
    Tampered,
}

/// The message, signed by whoever it is for: both sides have the same key.
fn message(outcome: Result<Fields, &Refusal>, caller: &Caller<'_>, nonce: &str) -> Fields {
    let mut fields = Fields::new().with("return_code", "SUCCESS").with("return_msg", "OK");
    fields.append(caller.named());
    fields.push("nonce_str", nonce);
    match outcome {
        Ok(own) => {
            fields.push("result_code", "SUCCESS");
            fields.append(own);
        }
        Err(refusal) => {
            fields.push("result_code", "FAIL");
            fields.push("err_code", refusal.code.name());
            fields.push("err_code_des", &refusal.words);
        }
    }
    signed(fields, &caller.merchant.key, caller.sign_type)
}

/// The fields with their sign behind them.
pub fn signed(fields: Fields, key: &str, sign_type: SignType) -> Fields {
    let made = sign::sign(&fields, key, sign_type);
    fields.with(SIGN, made)
}

/// The words of a message that is nobody's: unsigned (D.1).
pub fn unsigned(refusal: &Refusal) -> Fields {
    let mut fields = Fields::new().with("return_code", "FAIL").with("return_msg", &refusal.words);
    fields.push_if("error_code", refusal.error_code);
    fields
}

/// Writes what a call came to. Without a caller there is nobody to sign for.
pub fn respond(
    outcome: Result<Answer, &Refusal>,
    caller: Option<&Caller<'_>>,
    flaw: Option<Flaw>,
) -> Response<Body> {
    let nonce = dice::letters(32);
    let fields = match (outcome, caller) {
        (Ok(Answer::File { body, headers, is_half }), _) => return file(body, headers, is_half),
        (Ok(Answer::Done(own)), Some(caller)) => message(Ok(own), caller, &nonce),
        (Err(refusal), Some(caller)) if refusal.level == Level::Business => {
            message(Err(refusal), caller, &nonce)
        }
        (Err(refusal), _) => unsigned(refusal),
        // Nothing is done for nobody.
        (Ok(Answer::Done(own)), None) => own,
    };
    text(xml::write(&spoilt(fields, flaw)))
}

/// The message with something wrong about its sign.
fn spoilt(mut fields: Fields, flaw: Option<Flaw>) -> Fields {
    match flaw {
        None => {}
        Some(Flaw::Missing) => fields.remove(SIGN),
        Some(Flaw::Wrong) => {
            let digits = fields.get(SIGN).map_or(0, str::len);
            fields.set(SIGN, dice::hex(digits));
        }
        Some(Flaw::Tampered) => tamper(&mut fields),
    }
    fields
}

/// Exchanges the last letter or digit of the last field before the sign.
pub fn tamper(fields: &mut Fields) {
    let last = fields.iter().rev().find(|(name, value)| {
        *name != SIGN && value.bytes().any(|byte| byte.is_ascii_alphanumeric())
    });
    if let Some((name, value)) = last.map(|(name, value)| (name.to_owned(), value.to_owned())) {
        fields.set(&name, another(&value));
    }
}

fn another(text: &str) -> String {
    let Some(at) = text.rfind(|letter: char| letter.is_ascii_alphanumeric()) else {
        return text.to_owned();
    };
    let (before, rest) = text.split_at(at);
    let other = match rest.as_bytes().first() {
        Some(b'0') => '1',
        Some(b'1'..=b'9') => '0',
        Some(b'a') => 'b',
        Some(b'A') => 'B',
        Some(byte) if byte.is_ascii_lowercase() => 'a',
        _ => 'A',
    };
    format!("{before}{other}{}", rest.get(1..).unwrap_or_default())
}

/// A body of XML.
pub fn text(body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    let kind = HeaderValue::from_static("text/xml; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

fn file(body: Bytes, headers: Vec<(&'static str, String)>, is_half: bool) -> Response<Body> {
    let length = HeaderValue::from(body.len());
    let body = if is_half { Body::new(HalfBody::of(body)) } else { Body::from(body) };
    let mut response = Response::new(body);
    let all = response.headers_mut();
    all.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    all.insert(header::CONTENT_LENGTH, length);
    for (name, value) in headers {
        // All of it is ASCII of our own making.
        if let Ok(value) = HeaderValue::from_str(&value) {
            all.insert(HeaderName::from_static(name), value);
        }
    }
    response
}

#[cfg(test)]
mod tests;
