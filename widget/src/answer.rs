//! What became of a request to the Worker, sorted by what can be done about it.
//!
//! No answer says nothing about the payment, so nothing here means "failed".

use checkout::view::SessionView;

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Where the checkout stands.
    View(Box<SessionView>),
    /// No view, and why.
    Failure(Failure),
}

/// Why there is no view.
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// The Worker's problem document, as far as a page can use it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rejection {
    /// HTTP status; 0 where the widget itself refused.
    pub(crate) status: u16,
    /// The stable code, for programs.
    pub(crate) code: String,
    /// A sentence for the shop's developer; never shown to a shopper as the reason.
    pub(crate) detail: String,
}

/// A problem document (RFC 9457) as it arrived; every part may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Document {
    pub(crate) code: Option<String>,
    pub(crate) detail: Option<String>,
    pub(crate) retry_after_s: Option<u64>,
}

/// The longest wait that a server may ask for: a page that is told "tomorrow" would seem dead.
const RETRY_AFTER_MAX_S: u64 = 300;

/// Sorts an answer that is not a success.
pub(crate) fn sort(status: u16, document: Document) -> Failure {
    let definite = document.code.as_deref() == Some("wechatpay_refused");
    match (status, document.code) {
        (408 | 425 | 429 | 500.., _) if !definite => Failure::Busy {
            retry_after_ms: document.retry_after_s.map(|s| s.min(RETRY_AFTER_MAX_S) * 1_000),
        },
        (400.., Some(code)) => Failure::Rejected(Rejection {
            status,
            code,
            detail: document.detail.unwrap_or_default(),
        }),
        // A 204, a proxy's own 403, a log-in page: somebody else's answer, so no word of ours.
        _ => Failure::Unreachable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(code: &str) -> Document {
        Document { code: Some(code.to_owned()), ..Document::default() }
    }

    #[test]
    fn a_busy_server_is_believed_but_not_for_ever() {
        let asked = |s| Document { retry_after_s: Some(s), ..document("too_many_sessions") };
        assert_eq!(sort(429, asked(7)), Failure::Busy { retry_after_ms: Some(7_000) });
        assert_eq!(sort(429, asked(86_400)), Failure::Busy { retry_after_ms: Some(300_000) });
        for status in [408, 425, 429, 500, 502, 503, 504, 599] {
            assert_eq!(sort(status, Document::default()), Failure::Busy { retry_after_ms: None });
        }
    }

    #[test]
    fn a_refusal_by_the_platform_is_not_a_busy_server() {
        let Failure::Rejected(rejection) = sort(502, document("wechatpay_refused")) else {
            panic!("502 wechatpay_refused is definite");
        };
        assert_eq!(rejection.code, "wechatpay_refused");
    }

    #[test]
    fn a_mistake_of_the_page_keeps_its_code() {
        let Failure::Rejected(rejection) = sort(400, document("unknown_product")) else {
            panic!("400 is definite");
        };
        assert_eq!((rejection.status, rejection.code.as_str()), (400, "unknown_product"));
    }

    /// DFXswiss/app#1223: an empty success ended the polling.
    #[test]
    fn an_answer_that_is_not_the_workers_is_no_answer() {
        assert_eq!(sort(403, Document::default()), Failure::Unreachable);
        assert_eq!(sort(204, Document::default()), Failure::Unreachable);
        assert_eq!(sort(304, Document::default()), Failure::Unreachable);
    }
}
