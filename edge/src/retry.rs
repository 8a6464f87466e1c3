//! When a question that changes nothing is asked again (protocol reference A.9).
//!
//! Only for GETs outside of an order's life: bills, certificates, an operator's questions. Orders
//! have their own rules, which know what a repeat means.

use checkout::time::Seconds;
use wechatpay::http::{Method, Reply, Request};
use wechatpay::v3::answer::hold_off;

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// For good: repeating would bring the same, or may change something.
    ForGood,
    /// Without one, or with one that asks for patience: for how long, where it says so.
    Passing(Option<Seconds>),
}

/// What `reply` to `request`, or its absence, means.
pub fn ended(request: &Request, reply: Option<&Reply>) -> Ended {
    match reply {
        // Whether it took effect is for others to ask.
        _ if request.method != Method::Get => Ended::ForGood,
        None => Ended::Passing(None),
        Some(reply) if matches!(reply.status, 429 | 500 | 502 | 503 | 504) => {
            Ended::Passing(hold_off(reply))
        }
        Some(_) => Ended::ForGood,
    }
}

/// Milliseconds to wait before the next attempt, or `None` when there is none: enough were made, or
/// the wait would end after `left_ms`.
///
/// The wait doubles from half a second, any part of its second half drawn by `chance`, and is never
/// shorter than the platform asked for.
pub fn wait_ms(ended: Ended, attempts: u32, left_ms: u32, chance: u8) -> Option<u32> {
    let Ended::Passing(asked) = ended else { return None };
    if attempts >= ATTEMPTS_MAX {
        return None;
    }
    let ceiling = FIRST_MS << attempts.saturating_sub(1).min(5);
    let drawn = ceiling / 2 + ceiling / 2 * u32::from(chance) / 255;
    let asked = asked.map_or(0, |span| u32::try_from(span.left_ms()).unwrap_or(u32::MAX));
    Some(drawn.max(asked)).filter(|wait| *wait < left_ms)
}

/// Attempts of one question at most.
pub const ATTEMPTS_MAX: u32 = 4;
/// The longest first wait.
const FIRST_MS: u32 = 1_000;

#[cfg(test)]
mod tests {
    use wechatpay::http::Headers;
    use wechatpay::v3::{certificates, echo};

    use super::*;

    fn reply(status: u16, retry_after: Option<&str>) -> Reply {
        let header = retry_after.map(|value| ("Retry-After".to_owned(), value.to_owned()));
        let headers: Headers = header.into_iter().collect();
        Reply { status, headers, body: Vec::new() }
    }

    #[test]
    fn what_passes_is_told_from_what_stays() {
        let get = certificates::request();
        assert_eq!(ended(&get, None), Ended::Passing(None));
        for status in [429, 500, 502, 503, 504] {
            let passing = Ended::Passing(None);
            assert_eq!(ended(&get, Some(&reply(status, None))), passing, "{status}");
        }
        let asked = ended(&get, Some(&reply(429, Some("3"))));
        assert_eq!(asked, Ended::Passing(Some(Seconds(3))));
        for status in [200, 204, 400, 401, 403, 404, 501] {
            let reply = reply(status, Some("3"));
            assert_eq!(ended(&get, Some(&reply)), Ended::ForGood, "{status}");
        }
    }

    #[test]
    fn what_changes_something_is_never_repeated_here() {
        let shout = echo::Shout { message: "", sealed: None, notify_url: None };
        let post = echo::request(&shout);
        assert_eq!(ended(&post, None), Ended::ForGood);
        assert_eq!(ended(&post, Some(&reply(503, None))), Ended::ForGood);
    }

    #[test]
    fn waits_double_and_end() {
        let wait = |attempts, chance| wait_ms(Ended::Passing(None), attempts, 60_000, chance);
        assert_eq!((wait(1, 0), wait(1, 255)), (Some(500), Some(1_000)));
        assert_eq!((wait(2, 0), wait(2, 255)), (Some(1_000), Some(2_000)));
        assert_eq!((wait(3, 0), wait(3, 255)), (Some(2_000), Some(4_000)));
        assert_eq!(wait(4, 0), None);
        assert_eq!(wait_ms(Ended::ForGood, 1, 60_000, 0), None);
    }

    #[test]
    fn the_platform_is_given_the_patience_it_asks_for_or_none() {
        let asked = |seconds, left| wait_ms(Ended::Passing(Some(Seconds(seconds))), 1, left, 0);
        assert_eq!(asked(3, 10_000), Some(3_000));
        assert_eq!(asked(0, 10_000), Some(500));
        assert_eq!(asked(3, 3_000), None);
        assert_eq!(asked(600, 10_000), None);
    }
}
