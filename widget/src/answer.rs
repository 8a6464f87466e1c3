//! What became of a request to the Worker, sorted by what can be done about it.
//!
//! No answer says nothing about the payment, so nothing here means "failed".

use crate::seen::Seen;

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Where the checkout stands.
    View(Seen),
    /// No view, and why.
    Failure(Failure),
}

/// Why there is no view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// No answer, or none that makes sense: the network, a time-out, something in between.
    Unreachable,
    /// The Worker asks for patience.
    Busy {
        /// How long, where it said so.
        retry_after_ms: Option<u64>,
    },
    /// Repeating the same request will not help.
    Rejected(Rejection),
}

/// The Worker's problem document (RFC 9457), as far as a follower can use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rejection {
    /// By which the page's script finds the document again.
    pub(crate) number: u32,
    /// HTTP status.
    pub(crate) status: u16,
    /// What it is about.
    pub(crate) problem: Problem,
}

/// What the stable code of a problem document says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// The platform refused the order: `wechatpay_refused`.
    Refused,
    /// Anything else.
    Other,
}

/// An answer without a view, as it arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    /// HTTP status; 0 where there was no answer.
    pub(crate) status: u16,
    /// Of a document of the Worker's own.
    pub(crate) problem: Option<Problem>,
    /// As the header or the document says.
    pub(crate) retry_after_s: Option<u64>,
    /// See [`Rejection::number`].
    pub(crate) number: u32,
}

/// The longest wait that a server may ask for: a page that is told "tomorrow" would seem dead.
const RETRY_AFTER_MAX_S: u64 = 300;

/// Sorts an answer that is not a success.
pub(crate) fn sort(reply: Reply) -> Failure {
    let Reply { status, problem, retry_after_s, number } = reply;
    match (status, problem) {
        (408 | 425 | 429 | 500.., None | Some(Problem::Other)) => Failure::Busy {
            retry_after_ms: retry_after_s.map(|s| s.min(RETRY_AFTER_MAX_S) * 1_000),
        },
        (400.., Some(problem)) => Failure::Rejected(Rejection { number, status, problem }),
        // A 204, a proxy's own 403, a log-in page: somebody else's answer, so no word of ours.
        _ => Failure::Unreachable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, problem: Option<Problem>) -> Reply {
        Reply { status, problem, retry_after_s: None, number: 9 }
    }

    #[test]
    fn a_busy_server_is_believed_but_not_for_ever() {
        let asked = |s| sort(Reply { retry_after_s: Some(s), ..reply(429, Some(Problem::Other)) });
        assert_eq!(asked(7), Failure::Busy { retry_after_ms: Some(7_000) });
        assert_eq!(asked(86_400), Failure::Busy { retry_after_ms: Some(300_000) });
        for status in [408, 425, 429, 500, 502, 503, 504, 599] {
            assert_eq!(sort(reply(status, None)), Failure::Busy { retry_after_ms: None });
        }
    }

    #[test]
    fn a_refusal_by_the_platform_is_not_a_busy_server() {
        let rejection = Rejection { number: 9, status: 502, problem: Problem::Refused };
        assert_eq!(sort(reply(502, Some(Problem::Refused))), Failure::Rejected(rejection));
    }

    #[test]
    fn a_mistake_of_the_page_is_found_again_by_its_number() {
        let rejection = Rejection { number: 9, status: 400, problem: Problem::Other };
        assert_eq!(sort(reply(400, Some(Problem::Other))), Failure::Rejected(rejection));
    }

    /// DFXswiss/app#1223: an empty success ended the polling.
    #[test]
    fn an_answer_that_is_not_the_workers_is_no_answer() {
        for status in [0, 200, 204, 304, 403] {
            assert_eq!(sort(reply(status, None)), Failure::Unreachable);
        }
    }
}
