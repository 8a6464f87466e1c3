//! Bad days of the API: what becomes of an answer when a fault waits for it.

use axum::body::Body;
use axum::http::Response;

use super::refusal::{Code, Refusal, result};
use super::reply::{Answer, Flaw, Proof, respond};
use super::{refunds, system_error};
use crate::fault::{Happening, Kind};
use crate::gateway;

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
    if let Some(response) = gateway::in_place_of_the_answer(fault.kind) {
        return gateway::delayed(response, fault);
    }
    let response = match (fault.kind, proof) {
        (Kind::ErrorButDone, _) => respond(system_error(), proof),
        (Kind::RateLimitedButDone, _) => respond(refunds::rate_limited().into(), proof),
        (Kind::Unsigned, _) => respond(answer, Proof::Nothing),
        (Kind::StaleSignature, Proof::Signed(key, now)) => {
            respond(answer, Proof::Signed(key, now - STALE_BY_S))
        }
        (kind, Proof::Signed(key, now)) if let Some(flaw) = Flaw::of(kind) => {
            respond(answer, Proof::Flawed(key, now, flaw))
        }
        (Kind::Empty, _) => respond(Answer::blank(200), proof),
        (Kind::Unavailable, _) => gateway::come_back(respond(answer, proof)),
        // What prevents a call has its answer already; the other kinds are somebody else's.
        _ => respond(answer, proof),
    };
    gateway::delayed(response, fault)
}
