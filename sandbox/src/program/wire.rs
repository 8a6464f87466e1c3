//! The other end of the wire: a request to a sandbox, and its answer in full.

use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

use super::failure::Failure;

/// More than any answer but a bill of many thousand rows.
const ANSWER_BYTES_MAX: usize = 64 * 1_024 * 1_024;

/// A fault may let a caller wait; this is longer than it does.
const WITHIN: Duration = Duration::from_secs(90);

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// What goes out.
pub(crate) struct Question<'a> {
    pub(crate) method: Method,
    /// Of the sandbox, without a path.
    pub(crate) base: &'a str,
    /// Path and query.
    pub(crate) target: &'a str,
    pub(crate) headers: &'a [(&'static str, String)],
    pub(crate) body: String,
}

/// Sends a request and reads the whole answer.
pub(crate) async fn ask(question: Question<'_>) -> Result<Answer, Failure> {
    let base = question.base.trim_end_matches('/');
    let address = format!("{base}{}", question.target);
    let uri: Uri = address
        .parse()
        .map_err(|error| Failure::Call(format!("{address:?} is no address: {error}")))?;
    if uri.scheme_str() != Some("http") {
        return Err(Failure::Call(format!("{address:?}: the sandbox speaks http")));
    }
    let mut request = Request::builder().method(question.method).uri(uri);
    for (name, value) in question.headers {
        request = request.header(*name, value);
    }
    let request = request
        .body(Full::<Bytes>::from(question.body))
        .map_err(|error| Failure::Call(format!("this cannot be sent: {error}")))?;
    let client = Client::builder(TokioExecutor::new()).build_http();
    let silent = |why: String| {
        let hint = "start one with `saoma-sandbox`, or say where it is with --url";
        Failure::Call(format!("no answer from {base}: {why}; {hint}"))
    };
    let all = async {
        let answer = client.request(request).await.map_err(|error| silent(causes(&error)))?;
        let (parts, body) = answer.into_parts();
        let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
        let body = body.map_err(|error| silent(error.to_string()))?.to_bytes();
        Ok(Answer { status: parts.status, headers: parts.headers, body })
    };
    tokio::time::timeout(WITHIN, all)
        .await
        .unwrap_or_else(|_| Err(silent(format!("nothing for {} s", WITHIN.as_secs()))))
}

/// The innermost reason, which is the one that helps.
fn causes(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost.to_string()
}
