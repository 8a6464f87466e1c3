//! How an answer leaves: signed by the key that the caller asked for, or spoilt on request.
//!
//! The request's `Wechatpay-Serial` decides (protocol reference A.6): the public key's id gets the
//! public key, anything else the platform certificate. Answers that come before the caller is
//! known carry no `Wechatpay-*` header at all (A.4).

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Response, StatusCode, header};

use super::refusal::{Code, Refusal, result};
use crate::dice;
use crate::fault::Kind;
use crate::half_body::HalfBody;
use crate::keys::{PlatformKey, reply_message};

/// What a probe's signature begins with, in place of its own first characters (A.4).
pub const PROBE: &str = "WECHATPAY/SIGNTEST/";

/// What a garbled probe's signature ends with: no letter of Base64.
const GARBLE: &str = "~not-base64~";

/// An answer before it is signed.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    status: u16,
    body: Bytes,
    result: u32,
    kind: BodyKind,
}

/// What a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BodyKind {
    Json,
    /// Bytes as they are.
    File,
    /// The same, of which only the first half is sent.
    HalfFile,
}

impl Answer {
    /// 200 with a JSON body.
    pub fn json(value: &serde_json::Value) -> Self {
        let body = Bytes::from(value.to_string());
        Self { status: 200, body, result: result::OK, kind: BodyKind::Json }
    }

    /// 200 with a file.
    pub const fn file(body: Bytes) -> Self {
        Self { status: 200, body, result: result::OK, kind: BodyKind::File }
    }

    /// 200 with a file that stops half way, and the connection with it.
    pub const fn half_file(body: Bytes) -> Self {
        Self { status: 200, body, result: result::OK, kind: BodyKind::HalfFile }
    }

    /// 204: done, nothing to say.
    pub const fn done() -> Self {
        Self::blank(204)
    }

    /// A success without a body.
    pub const fn blank(status: u16) -> Self {
        Self { status, body: Bytes::new(), result: result::OK, kind: BodyKind::Json }
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        Self {
            status: refusal.code.status(),
            body: refusal.body().into(),
            result: refusal.result,
            kind: BodyKind::Json,
        }
    }
}

/// How an answer proves itself.
#[derive(Clone, Copy)]
pub enum Proof<'a> {
    /// A signature made at this moment of the wall clock.
    Signed(&'a PlatformKey, i64),
    /// One with something wrong with it, and all its headers.
    Flawed(&'a PlatformKey, i64, Flaw),
    /// None.
    Nothing,
}

/// What is wrong with a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// A probe of the platform's, of the usual length (A.4).
    Probe,
    /// A probe that does not even decode; some are said to be so (A.4).
    GarbledProbe,
    /// It is of another message.
    Wrong,
    /// Nobody has its serial number.
    UnknownSerial,
    /// What was signed has been changed since.
    Tampered,
}

impl Flaw {
    /// What a kind of fault makes wrong with the signature, if anything.
    pub const fn of(kind: Kind) -> Option<Self> {
        match kind {
            Kind::ProbeSigned => Some(Self::Probe),
            Kind::ProbeGarbled => Some(Self::GarbledProbe),
            Kind::WrongSignature => Some(Self::Wrong),
            Kind::UnknownSerial => Some(Self::UnknownSerial),
            Kind::Tampered => Some(Self::Tampered),
            _ => None,
        }
    }
}

/// Headers of a proof over `body`, for answers and notifications alike. `nonce_chars`: 12 to 32
/// have been seen (C.1).
pub fn proof_headers(
    proof: Proof<'_>,
    body: &[u8],
    nonce_chars: usize,
) -> Vec<(&'static str, String)> {
    let (key, now, flaw) = match proof {
        Proof::Signed(key, now) => (key, now, None),
        Proof::Flawed(key, now, flaw) => (key, now, Some(flaw)),
        Proof::Nothing => return Vec::new(),
    };
    let (timestamp, nonce) = (now.to_string(), dice::letters(nonce_chars));
    let signed_nonce = match flaw {
        Some(Flaw::Wrong) => dice::letters(nonce_chars),
        _ => nonce.clone(),
    };
    let signature = key.sign(&reply_message(&timestamp, &signed_nonce, body));
    let rest = |skipped: usize| signature.get(skipped..).unwrap_or_default();
    let signature = match flaw {
        Some(Flaw::Probe) => format!("{PROBE}{}", rest(PROBE.len())),
        Some(Flaw::GarbledProbe) => {
            format!("{PROBE}{}{GARBLE}", rest(PROBE.len() + GARBLE.len()))
        }
        _ => signature,
    };
    let serial = match flaw {
        // The signature is the usual key's: who tries every key that they have finds one that fits.
        Some(Flaw::UnknownSerial) => dice::hex(40),
        _ => key.serial.clone(),
    };
    vec![
        ("wechatpay-nonce", nonce),
        ("wechatpay-timestamp", timestamp),
        ("wechatpay-serial", serial),
        ("wechatpay-signature-type", "WECHATPAY2-SHA256-RSA2048".to_owned()),
        ("wechatpay-signature", signature),
    ]
}

/// Writes an answer as the platform does.
pub fn respond(mut answer: Answer, proof: Proof<'_>) -> Response<Body> {
    let content_type = match answer.kind {
        BodyKind::Json => "application/json; charset=utf-8",
        BodyKind::File | BodyKind::HalfFile => "application/octet-stream",
    };
    let mut headers = proof_headers(proof, &answer.body, 32);
    if matches!(proof, Proof::Flawed(_, _, Flaw::Tampered)) {
        tamper(&mut answer, &mut headers);
    }
    let has_body = !answer.body.is_empty();
    // A request that is nobody's has no number of its own (A.1).
    let numbered = answer.status != Code::SignError.status();
    let request_id = format!("08{}-{}", dice::hex(42), answer.result);
    let length = HeaderValue::from(answer.body.len());
    let mut response = Response::new(match answer.kind {
        BodyKind::HalfFile => Body::new(HalfBody::of(answer.body)),
        BodyKind::Json | BodyKind::File => Body::from(answer.body),
    });
    if answer.kind == BodyKind::HalfFile {
        response.headers_mut().insert(header::CONTENT_LENGTH, length);
    }
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let all = response.headers_mut();
    all.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static("zh-CN"));
    all.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, must-revalidate"));
    all.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if has_body {
        all.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    let numbered = numbered.then_some(("request-id", request_id));
    for (name, value) in headers.into_iter().chain(numbered) {
        // All of it is ASCII of our own making.
        if let Ok(value) = HeaderValue::from_str(&value) {
            all.insert(axum::http::HeaderName::from_static(name), value);
        }
    }
    response
}

/// Exchanges the last letter or digit of what was signed, which leaves JSON as good as it was; of
/// an answer without a body, the nonce's.
fn tamper(answer: &mut Answer, headers: &mut [(&'static str, String)]) {
    if answer.body.is_empty() {
        let nonce = headers.iter_mut().find(|(name, _)| *name == "wechatpay-nonce");
        nonce.into_iter().for_each(|(_, value)| *value = another(value.as_bytes()));
    } else {
        answer.body = another(&answer.body).into();
    }
}

fn another(text: &[u8]) -> String {
    let mut bytes = text.to_vec();
    if let Some(last) = bytes.iter_mut().rev().find(|byte| byte.is_ascii_alphanumeric()) {
        *last = match *last {
            b'0' => b'1',
            b'A' => b'B',
            b'a' => b'b',
            b'1'..=b'9' => b'0',
            b'B'..=b'Z' => b'A',
            _ => b'a',
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_text_differs_in_its_last_letter_or_digit() {
        for (text, expected) in [
            (r#"{"code_url":"weixin://wxpay/bizpayurl?pr=JyC91EIz1"}"#, "EIz0\"}"),
            (r#"{"status":"NOTPAY"}"#, "NOTPAA\"}"),
            (r#"{"data":[]}"#, "datb\":[]}"),
            ("ABC9", "ABC0"),
        ] {
            let changed = another(text.as_bytes());
            assert!(changed.ends_with(expected) && changed.len() == text.len(), "{changed}");
        }
    }
}
