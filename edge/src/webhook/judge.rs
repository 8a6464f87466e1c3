//! What the shop's answer means.
//!
//! 2xx says that the shop has the event. Everything else is a failure and is told again: a redirect
//! too, which is never followed (it would carry the event to where nobody sent it), and 410, since
//! whoever wants no webhook takes the variable away.

use crate::outbox::Outcome;

/// The longest that an answer can put off the next try, in seconds. Whoever can answer for the shop
/// for a moment shall not be able to silence us for a day.
const RETRY_AFTER_S_MAX: u32 = 3_600;

/// Judges an answer by its status and its `Retry-After`, which counts with 429 and 503 (RFC 9110,
/// 10.2.3; RFC 6585, 4). Only seconds are read, not a date: nobody knows what clock it is by.
pub fn judge(status: u16, retry_after: Option<&str>) -> Outcome {
    match status {
        200..=299 => Outcome::Accepted { status },
        429 | 503 => Outcome::Refused { status, retry_after_s: retry_after.and_then(seconds) },
        _ => Outcome::Refused { status, retry_after_s: None },
    }
}

fn seconds(text: &str) -> Option<u32> {
    let text = text.trim();
    // `parse` would also take a sign.
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = text.parse().unwrap_or(RETRY_AFTER_S_MAX);
    is_number.then(|| seconds.min(RETRY_AFTER_S_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn refused(status: u16) -> Outcome {
        Outcome::Refused { status, retry_after_s: None }
    }

    #[test]
    fn only_2xx_says_that_the_shop_has_it() {
        for status in [200, 201, 202, 204, 299] {
            assert_eq!(judge(status, Some("9")), Outcome::Accepted { status });
        }
        for status in [0, 100, 199, 300, 301, 302, 304, 307, 308, 400, 404, 410, 500, 502, 504] {
            assert_eq!(judge(status, Some("9")), refused(status));
        }
    }

    #[test]
    fn the_shop_may_ask_for_patience_but_not_for_ever() {
        for status in [429, 503] {
            let asked = |seconds| Outcome::Refused { status, retry_after_s: Some(seconds) };
            assert_eq!(judge(status, None), refused(status));
            assert_eq!(judge(status, Some("0")), asked(0));
            assert_eq!(judge(status, Some(" 120 ")), asked(120));
            assert_eq!(judge(status, Some("3601")), asked(3_600));
            assert_eq!(judge(status, Some("99999999999999999999")), asked(3_600));
            for unread in ["", "-1", "+5", "1.5", "soon", "Fri, 31 Dec 2027 23:59:59 GMT"] {
                assert_eq!(judge(status, Some(unread)), refused(status), "{unread}");
            }
        }
    }
}
