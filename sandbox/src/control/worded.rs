//! Every refusal under `/sandbox` has a code and words, also those that the web framework makes
//! before any of ours is asked: a method that a call does not have, a path that is no text, a body
//! that is too long or breaks off.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, Response, StatusCode, header};
use axum::middleware::Next;
use http_body_util::BodyExt;

use super::{Problem, respond};

/// A longer body is refused.
const BODY_BYTES_MAX: usize = 2 * 1_024 * 1_024;

/// Of a body that is refused so much is taken in all the same: who is still sending when the
/// connection closes may never see the answer.
const DISCARDED_BYTES_MAX: usize = 64 * 1_024 * 1_024;

/// The framework's own words are far shorter.
const WORDS_BYTES_MAX: usize = 4 * 1_024;

/// Answers as it was answered, unless that was a refusal in nobody's form.
pub(super) async fn worded(request: Request, next: Next) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = match whole(body).await {
        Ok(body) => body,
        Err(problem) => return respond(Err(problem)),
    };
    let answer = next.run(Request::from_parts(parts, Body::from(body))).await;
    let status = answer.status();
    if !status.is_client_error() || is_json(answer.headers()) {
        return answer;
    }
    let allowed = answer.headers().get(header::ALLOW).cloned();
    let said = to_bytes(answer.into_body(), WORDS_BYTES_MAX).await.unwrap_or_default();
    let said = String::from_utf8_lossy(&said).into_owned();
    let takes = allowed.as_ref().and_then(|allowed| allowed.to_str().ok()).unwrap_or_default();
    let mut response = respond(Err(problem(status, said, takes)));
    if let Some(allowed) = allowed {
        response.headers_mut().insert(header::ALLOW, allowed);
    }
    response
}

/// What is asked for at an address that is nobody's.
pub(super) async fn unknown() -> Response<Body> {
    let words = "there is no such call; all of them are in sandbox/docs/control.md";
    respond(Err(Problem::new(StatusCode::NOT_FOUND, "unknown_call", words)))
}

/// A body to its end.
async fn whole(mut body: Body) -> Result<Vec<u8>, Problem> {
    let (mut kept, mut discarded) = (Vec::new(), 0);
    while let Some(frame) = body.frame().await {
        let broken = |error| Problem::bad_request(format!("the body breaks off: {error}"));
        let Ok(data) = frame.map_err(broken)?.into_data() else { continue };
        if discarded == 0 && kept.len() + data.len() <= BODY_BYTES_MAX {
            kept.extend_from_slice(&data);
            continue;
        }
        discarded += data.len();
        if discarded > DISCARDED_BYTES_MAX {
            break;
        }
    }
    if discarded == 0 {
        return Ok(kept);
    }
    let words = format!("the body is longer than {BODY_BYTES_MAX} bytes");
    Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", words))
}

fn is_json(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json")
}

fn problem(status: StatusCode, said: String, takes: &str) -> Problem {
    match status {
        StatusCode::METHOD_NOT_ALLOWED => {
            Problem::new(status, "wrong_method", format!("this call takes {takes}"))
        }
        _ if said.is_empty() => Problem::new(status, "bad_request", status.to_string()),
        _ => Problem::new(status, "bad_request", said),
    }
}
