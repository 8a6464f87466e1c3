//! What the shop's answer means.
//!
//! 2xx says that the shop has the event. Everything else is a failure and is told again: a redirect
//! too, which is never followed (it would carry the event to where nobody sent it), and 410, since
//! whoever wants no webhook takes the variable away.

use checkout::time::Seconds;

/// What an answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The shop has it.
    Accepted,
    /// It has not.
    Refused {
        /// How long it asks to be left alone, an hour at most.
        retry_after: Option<Seconds>,
    },
}

/// The longest that an answer can put off the next try. Whoever can answer for the shop for a
/// moment shall not be able to silence us for a day.
const RETRY_AFTER_MAX: Seconds = Seconds(3_600);

/// Judges an answer by its status and its `Retry-After`, which counts with 429 and 503 (RFC 9110,
/// 10.2.3; RFC 6585, 4). Only seconds are read, not a date: nobody knows what clock it is by.
pub fn judge(status: u16, retry_after: Option<&str>) -> Verdict {
    match status {
        200..=299 => Verdict::Accepted,
        429 | 503 => Verdict::Refused { retry_after: retry_after.and_then(seconds) },
        _ => Verdict::Refused { retry_after: None },
    }
}

fn seconds(text: &str) -> Option<Seconds> {
    let text = text.trim();
    // `parse` would also take a sign.
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = text.parse().map_or(RETRY_AFTER_MAX, Seconds);
    is_number.then(|| seconds.min(RETRY_AFTER_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFUSED: Verdict = Verdict::Refused { retry_after: None };

    #[test]
    fn only_2xx_says_that_the_shop_has_it() {
        for status in [200, 201, 202, 204, 299] {
            assert_eq!(judge(status, Some("9")), Verdict::Accepted, "{status}");
        }
        for status in [0, 100, 199, 300, 301, 302, 304, 307, 308, 400, 404, 410, 500, 502, 504] {
            assert_eq!(judge(status, Some("9")), REFUSED, "{status}");
        }
    }

    #[test]
    fn the_shop_may_ask_for_patience_but_not_for_ever() {
        let asked = |seconds| Verdict::Refused { retry_after: Some(Seconds(seconds)) };
        for status in [429, 503] {
            assert_eq!(judge(status, None), REFUSED);
            assert_eq!(judge(status, Some("0")), asked(0));
            assert_eq!(judge(status, Some(" 120 ")), asked(120));
            assert_eq!(judge(status, Some("3601")), asked(3_600));
            assert_eq!(judge(status, Some("99999999999999999999")), asked(3_600));
            for unread in ["", "-1", "+5", "1.5", "soon", "Fri, 31 Dec 2027 23:59:59 GMT"] {
                assert_eq!(judge(status, Some(unread)), REFUSED, "{unread}");
            }
        }
    }
}
