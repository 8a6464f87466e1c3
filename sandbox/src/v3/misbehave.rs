//! Bad days of the API: what becomes of an answer when a fault waits for it.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};

use super::refusal::{Code, Refusal, result};
use super::reply::{Answer, Flaw, Proof, respond};
use super::{ReplyDelayed, ReplyDropped, plain, refunds, system_error};
use crate::fault::{Happening, Kind};

/// What a gateway says when nobody behind it answers: a page, not JSON.
const GATEWAY_PAGE: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n\
    <center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";

/// What a box in between says when it wants to be looked at first.
const FOREIGN_PAGE: &str = "<!DOCTYPE html>\r\n<html>\r\n<head><title>Please wait</title></head>\r\n\
    <body><p>Checking your connection.</p></body>\r\n</html>\r\n";

/// When to come back, in seconds.
const RETRY_AFTER_S: &str = "2";

/// How far back a stale answer is dated: twice the window that merchants must keep (A.4).
pub(crate) const STALE_BY_S: i64 = 600;

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
        Kind::UserPaying => {
            let words = "用户支付中，需要输入密码";
            Some(Refusal::new(Code::UserPaying, result::OK, words).into())
        }
        Kind::Accepted => Some(Answer::blank(202)),
        _ => None,
    }
}

/// Sends an answer as the fault wants it.
pub(super) fn misbehave(answer: Answer, proof: Proof<'_>, fault: Happening) -> Response<Body> {
    let mut response = match (fault.kind, proof) {
        (Kind::ReplyDropped | Kind::Hangs, _) => {
            let mut response = plain(StatusCode::OK);
            response.extensions_mut().insert(ReplyDropped);
            response
        }
        (Kind::ErrorButDone, _) => respond(system_error(), proof),
        (Kind::RateLimitedButDone, _) => respond(refunds::rate_limited().into(), proof),
        (Kind::Unsigned, _) => respond(answer, Proof::Nothing),
        (Kind::StaleSignature, Proof::Signed(key, now)) => {
            respond(answer, Proof::Signed(key, now - STALE_BY_S))
        }
        (kind, Proof::Signed(key, now)) if let Some(flaw) = Flaw::of(kind) => {
            respond(answer, Proof::Flawed(key, now, flaw))
        }
        (Kind::BadGateway, _) => page(StatusCode::BAD_GATEWAY, GATEWAY_PAGE),
        (Kind::Html, _) => page(StatusCode::OK, FOREIGN_PAGE),
        (Kind::Empty, _) => respond(Answer::blank(200), proof),
        (Kind::Unavailable, _) => {
            let mut response = respond(answer, proof);
            let seconds = HeaderValue::from_static(RETRY_AFTER_S);
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
            response
        }
        // What prevents a call has its answer already; the other kinds are somebody else's.
        _ => respond(answer, proof),
    };
    if !fault.delay.is_zero() {
        response.extensions_mut().insert(ReplyDelayed(fault.delay));
    }
    response
}

fn page(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let html = HeaderValue::from_static("text/html");
    response.headers_mut().insert(header::CONTENT_TYPE, html);
    response
}
