//! Bad days of V2: what becomes of an answer when a fault waits for it.

use axum::body::Body;
use axum::http::{Response, StatusCode};

use super::caller::Caller;
use super::refusal::{Code, Refusal};
use super::reply::{self, Answer, Flaw};
use crate::fault::{Happening, Kind};
use crate::gateway;
use crate::journal::keep::Notes;

/// The refusal of a fault that keeps the call from doing anything.
pub(super) fn instead(fault: Kind) -> Option<Refusal> {
    match fault {
        Kind::RateLimited => Some(too_fast()),
        Kind::SystemError => Some(system_error()),
        Kind::NotEnough => {
            let words = "基本账户余额不足，请充值后重新发起";
            Some(Refusal::business(Code::Notenough, words, "The balance is too low."))
        }
        Kind::NeedRetry => {
            let words = "退款业务流程错误，需要商户触发重试来解决";
            Some(Refusal::business(Code::BizerrNeedRetry, words, "To be repeated unchanged."))
        }
        // The page has no code of its own, see `respond`.
        Kind::Unavailable => Some(system_error()),
        _ => None,
    }
}

/// What is said in place of an answer to a call that has taken effect.
pub(super) fn but_done(
    answer: Result<Answer, Refusal>,
    fault: Option<Kind>,
) -> Result<Answer, Refusal> {
    match fault {
        Some(Kind::ErrorButDone) => Err(system_error()),
        Some(Kind::RateLimitedButDone) => Err(too_fast()),
        _ => answer,
    }
}

fn too_fast() -> Refusal {
    Refusal::business(Code::FrequencyLimited, "频率限制，请降低频率后重试", "Too soon.")
}

fn system_error() -> Refusal {
    Refusal::business(Code::SystemError, "系统错误", "The system failed.")
}

/// Sends an answer as the fault wants it.
pub(super) fn respond(
    notes: &Notes,
    answer: Result<Answer, Refusal>,
    caller: &Caller<'_>,
    fault: Happening,
) -> Response<Body> {
    let wrecked = match fault.kind {
        Kind::Empty => Some(gateway::plain(StatusCode::OK)),
        Kind::Unavailable => {
            Some(gateway::come_back(gateway::plain(StatusCode::SERVICE_UNAVAILABLE)))
        }
        kind => gateway::in_place_of_the_answer(kind),
    };
    let response = wrecked.unwrap_or_else(|| {
        if let Err(refusal) = &answer {
            notes.refused(refusal.explained().by(fault.kind));
        }
        match answer {
            Ok(answer) => reply::respond(Ok(answer), Some(caller), flaw(fault.kind)),
            Err(refusal) => reply::respond(Err(&refusal), Some(caller), flaw(fault.kind)),
        }
    });
    gateway::delayed(response, fault)
}

/// What a kind of fault makes wrong with the sign, if anything.
const fn flaw(fault: Kind) -> Option<Flaw> {
    match fault {
        Kind::Unsigned => Some(Flaw::Missing),
        Kind::WrongSignature => Some(Flaw::Wrong),
        Kind::Tampered => Some(Flaw::Tampered),
        _ => None,
    }
}
