//! What goes out: every answer of the API with the same headers, never cached, never framed.

use serde::Serialize;
use web_sys::ReadableStream;
use worker::{Headers, Response, ResponseBody, ResponseBuilder};

use super::log;
use super::voice::XML;
use crate::problem::{Code, Problem};

/// On every answer of the API.
const HEADERS: [(&str, &str); 5] = [
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
];

/// A success.
pub(crate) fn json(status: u16, value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => with_body(status, "application/json", body),
        Err(_) => problem(&Problem::new(Code::Internal, "an answer cannot be written")),
    }
}

/// A success of any length, which goes out as it comes.
pub(crate) fn stream(body: ReadableStream) -> Response {
    let body = ResponseBody::Stream(body);
    ResponseBuilder::new().with_status(200).with_headers(headers()).body(body)
}

/// A success that is all there. What it is, whoever answers says.
pub(crate) fn whole(body: Vec<u8>) -> Response {
    ResponseBuilder::new().with_status(200).with_headers(headers()).fixed(body)
}

/// A success that has nothing to say.
pub(crate) fn empty(status: u16) -> Response {
    ResponseBuilder::new().with_status(status).with_headers(headers()).empty()
}

/// Anything else.
pub(crate) fn problem(problem: &Problem) -> Response {
    refused(problem, Problem::MEDIA_TYPE, problem.document())
}

/// Anything else, in the words of whoever reads it: the status and the headers are the same.
pub(crate) fn refused(problem: &Problem, media_type: &str, body: String) -> Response {
    let status = problem.code.status();
    // A misconfiguration has been told where it was found.
    if status >= 500 && problem.code != Code::Misconfigured {
        log::alarm("problem", &[("code", problem.code.name()), ("detail", &problem.detail)]);
    }
    let mut response = with_body(status, media_type, body.into_bytes());
    if let Some(seconds) = problem.retry_after_s {
        set(&mut response, "Retry-After", &seconds.to_string());
    }
    if status == 401 {
        set(&mut response, "WWW-Authenticate", "Bearer");
    }
    response
}

/// A success that is a text of any other kind than JSON.
pub(crate) fn text(media_type: &str, body: String) -> Response {
    with_body(200, media_type, body.into_bytes())
}

/// Anything that is said over V2.
pub(crate) fn xml(status: u16, body: Vec<u8>) -> Response {
    with_body(status, XML, body)
}

/// A refusal in the words that WeChat Pay expects; the status alone decides (protocol reference
/// C.3).
pub(crate) fn fail(status: u16, message: &str) -> Response {
    let body = serde_json::json!({ "code": "FAIL", "message": message });
    with_body(status, "application/json", body.to_string().into_bytes())
}

/// A problem in those words, for what is refused before anybody looks into a notification.
pub(crate) fn refusal(problem: &Problem) -> Response {
    let mut response = fail(problem.code.status(), &problem.detail);
    if let Some(seconds) = problem.retry_after_s {
        set(&mut response, "Retry-After", &seconds.to_string());
    }
    response
}

/// An answer of the static files that nobody is to keep. Their rules (`www/_headers`) go by the path
/// alone, so that a version that is not there yet would be missing for a year.
pub(crate) fn unkept(response: Response) -> Response {
    let headers = response.headers().clone();
    headers.set("Cache-Control", "no-store").ok();
    response.with_headers(headers)
}

/// Adds a header. A value that is not one is left out: all of ours are.
pub(crate) fn set(response: &mut Response, name: &str, value: &str) {
    response.headers_mut().set(name, value).ok();
}

fn with_body(status: u16, media_type: &str, body: Vec<u8>) -> Response {
    let headers = headers();
    headers.set("Content-Type", media_type).ok();
    ResponseBuilder::new().with_status(status).with_headers(headers).fixed(body)
}

fn headers() -> Headers {
    HEADERS.iter().collect()
}
