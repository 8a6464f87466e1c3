//! Bad days of the API: what becomes of an answer when a fault waits for it.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};

use super::refusal::{Code, Refusal, result};
use super::reply::{Answer, Proof, respond};
use super::{ReplyDropped, plain, refunds, system_error};
use crate::fault::Kind;

/// What a gateway says when nobody behind it answers: a page, not JSON.
const GATEWAY_PAGE: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n\
    <center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";

/// When to come back, in seconds.
const RETRY_AFTER_S: &str = "2";

/// The answer of a fault that keeps the call from doing anything.
pub(super) fn instead(fault: Kind) -> Option<Answer> {
    match fault {
        Kind::RateLimited => Some(refunds::rate_limited().into()),
        Kind::NotEnough => {
            let words = "基本账户余额不足，请充值后重新发起";
            Some(Refusal::new(Code::NotEnough, result::PARAMETER, words).into())
        }
        Kind::Unavailable => {
            let words = "服务不可用，请稍后重试";
            Some(Refusal::new(Code::ServiceUnavailable, result::PARAMETER, words).into())
        }
        Kind::Accepted => Some(Answer::blank(202)),
        _ => None,
    }
}

/// Sends an answer as the fault wants it.
pub(super) fn misbehave(answer: Answer, proof: Proof<'_>, fault: Kind) -> Response<Body> {
    match (fault, proof) {
        (Kind::ReplyDropped, _) => {
            let mut response = plain(StatusCode::OK);
            response.extensions_mut().insert(ReplyDropped);
            response
        }
        (Kind::ErrorButDone, _) => respond(system_error(), proof),
        (Kind::RateLimitedButDone, _) => respond(refunds::rate_limited().into(), proof),
        (Kind::Unsigned, _) => respond(answer, Proof::Nothing),
        (Kind::ProbeSigned, Proof::Signed(key, now)) => respond(answer, Proof::Probe(key, now)),
        (Kind::BadGateway, _) => gateway_page(),
        (Kind::Empty, _) => respond(Answer::blank(200), proof),
        (Kind::Unavailable, _) => {
            let mut response = respond(answer, proof);
            let seconds = HeaderValue::from_static(RETRY_AFTER_S);
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
            response
        }
        // What prevents a call has its answer already; the other kinds are somebody else's.
        _ => respond(answer, proof),
    }
}

fn gateway_page() -> Response<Body> {
    let mut response = Response::new(Body::from(GATEWAY_PAGE));
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    let html = HeaderValue::from_static("text/html");
    response.headers_mut().insert(header::CONTENT_TYPE, html);
    response
}
