//! Judges a reply: done, refused, or in doubt (protocol reference A.4, A.9).
//!
//! A success is believed only when its signature agrees. A refusal may come unsigned, because the
//! platform refuses bad signatures before it signs; so it may stop an order from being placed and
//! never settles or closes one. All else is doubt: the call may have taken effect.

use checkout::report::{Proof, Refusal};
use checkout::time::{Seconds, UnixSeconds};
use serde::Deserialize;
use serde_json::Value;

use super::verify::{Distrust, PlatformKeys, Verified};
use crate::crypto::Rsa;
use crate::http::Reply;
use crate::said::{MESSAGE_CHARS_MAX, REQUEST_ID_CHARS_MAX, is_code, printable};

/// What a reply comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judged<'a> {
    /// The platform did it, and says so under its signature.
    Done {
        /// A 2xx other than 202.
        status: u16,
        /// What it says; empty with 204.
        body: Verified<'a>,
    },
    /// The platform says no: a 4xx other than 408 and 429.
    Refused {
        /// In these words.
        refusal: Refusal,
        /// Whether they carry its signature.
        proof: Proof,
    },
    /// Nothing is decided. Ask, or repeat the identical call.
    InDoubt(Doubt),
}

/// Why nothing is decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// A success that nobody vouches for; a probe is one.
    Unproven {
        /// Why it is not believed.
        reason: Distrust,
        /// The platform's id of the call, for its support.
        request_id: Option<String>,
    },
    /// Not finished (202), too fast (429), out of order (5xx), or a status that the platform does
    /// not use. The fields are those of a refusal; this is none.
    Undecided(Refusal),
}

/// Judges `reply`. `now` must be the wall clock's.
pub async fn judge<'a, R: Rsa>(
    rsa: &R,
    keys: &PlatformKeys<R::PublicKey>,
    reply: &'a Reply,
    now: UnixSeconds,
) -> Judged<'a> {
    let status = reply.status;
    let is_success = matches!(status, 200..=299) && status != 202;
    let is_refusal = matches!(status, 400..=499) && status != 408 && status != 429;
    if !is_success && !is_refusal {
        return Judged::InDoubt(Doubt::Undecided(refusal(reply)));
    }
    let verified = keys.verify(rsa, &reply.headers, &reply.body, now).await;
    match verified {
        Ok(body) if is_success => Judged::Done { status, body },
        Err(reason) if is_success => {
            Judged::InDoubt(Doubt::Unproven { reason, request_id: request_id(reply) })
        }
        Ok(_) => Judged::Refused { refusal: refusal(reply), proof: Proof::Verified },
        Err(_) => Judged::Refused { refusal: refusal(reply), proof: Proof::Unverified },
    }
}

/// How long the platform wants to be left alone before the call is repeated: `Retry-After` of an
/// answer that decides nothing, in seconds. Its other form, a date, is ignored, since it would need
/// both clocks to agree. Anybody between us and the platform could have written it, so it is cut at
/// ten minutes.
pub fn hold_off(reply: &Reply) -> Option<Seconds> {
    if !matches!(reply.status, 202 | 429 | 503) {
        return None;
    }
    let text = reply.headers.get("Retry-After")?.trim();
    // `parse` would also take a sign.
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = text.parse::<i64>().unwrap_or(HOLD_OFF_MAX.0);
    is_number.then_some(Seconds(seconds).min(HOLD_OFF_MAX))
}

/// The longest that an answer can make us wait.
pub const HOLD_OFF_MAX: Seconds = Seconds(600);

/// The platform's words, as far as there are any: a gateway may answer with HTML or nothing, and
/// `detail` has no fixed shape.
fn refusal(reply: &Reply) -> Refusal {
    let said = serde_json::from_slice::<ErrorBody>(&reply.body).unwrap_or_default();
    let code = said.code.as_str().filter(|code| is_code(code)).map(str::to_owned);
    Refusal {
        status: reply.status,
        code: code.unwrap_or_else(|| format!("HTTP_{}", reply.status)),
        message: printable(said.message.as_str().unwrap_or_default(), MESSAGE_CHARS_MAX),
        request_id: request_id(reply),
    }
}

fn request_id(reply: &Reply) -> Option<String> {
    reply.headers.get("Request-ID").map(|id| printable(id, REQUEST_ID_CHARS_MAX))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorBody {
    code: Value,
    message: Value,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Headers;
    use crate::stand_in::{Echo, ready};

    fn reply(status: u16, body: &str) -> Reply {
        Reply { status, headers: Headers::default(), body: body.as_bytes().to_vec() }
    }

    fn read_refusal(status: u16, body: &str) -> Refusal {
        refusal(&reply(status, body))
    }

    #[test]
    fn the_status_decides_what_kind_of_answer_it_is() {
        for status in [0, 100, 199, 202, 301, 302, 399, 408, 429, 500, 501, 502, 503, 599, 999] {
            let reply = reply(status, "");
            let judged =
                ready(judge(&Echo::default(), &PlatformKeys::new(), &reply, UnixSeconds(0)));
            let undecided = Judged::InDoubt(Doubt::Undecided(refusal(&reply)));
            assert_eq!(judged, undecided, "{status}");
        }
        for status in [400, 401, 403, 404, 405, 499] {
            let reply = reply(status, "");
            let judged =
                ready(judge(&Echo::default(), &PlatformKeys::new(), &reply, UnixSeconds(0)));
            let proof = Proof::Unverified;
            assert_eq!(judged, Judged::Refused { refusal: refusal(&reply), proof }, "{status}");
        }
        for status in [200, 201, 204, 299] {
            let reply = reply(status, "{}");
            let judged =
                ready(judge(&Echo::default(), &PlatformKeys::new(), &reply, UnixSeconds(0)));
            let reason = Distrust::MissingHeader("Wechatpay-Timestamp");
            let doubt = Doubt::Unproven { reason, request_id: None };
            assert_eq!(judged, Judged::InDoubt(doubt), "{status}");
        }
    }

    #[test]
    fn who_asks_for_patience_gets_some() {
        let asked = |status, value: &str| {
            let headers = [("retry-after".to_owned(), value.to_owned())].into_iter().collect();
            hold_off(&Reply { status, headers, body: Vec::new() })
        };
        for status in [202, 429, 503] {
            assert_eq!(asked(status, "7"), Some(Seconds(7)), "{status}");
        }
        assert_eq!(asked(429, " 0 "), Some(Seconds(0)));
        for long in ["600", "601", "86400", "99999999999999999999"] {
            assert_eq!(asked(429, long), Some(HOLD_OFF_MAX), "{long}");
        }
        for other in ["", "-1", "+7", "1.5", "soon", "Fri, 31 Dec 1999 23:59:59 GMT", "7, 9"] {
            assert_eq!(asked(503, other), None, "{other}");
        }
        for status in [200, 204, 400, 401, 500, 502] {
            assert_eq!(asked(status, "7"), None, "{status}");
        }
        assert_eq!(hold_off(&reply(429, "")), None);
    }

    #[test]
    fn a_code_is_a_code_or_none() {
        for body in [
            "",
            "<html>",
            "null",
            "[]",
            "7",
            "{}",
            r#"{"code":null}"#,
            r#"{"code":7}"#,
            r#"{"code":""}"#,
            r#"{"code":"A B"}"#,
            r#"{"code":"<b>"}"#,
            r#"{"code":"A","code":"B"}"#,
            "{\"code\":\"SYSTEM_ERROR\"",
        ] {
            assert_eq!(read_refusal(502, body).code, "HTTP_502", "{body}");
        }
        assert_eq!(read_refusal(403, r#"{"code":"NOAUTH","detail":[1]}"#).code, "NOAUTH");
    }

    #[test]
    fn words_are_cut_and_cleaned() {
        let long = format!(r#"{{"code":"A","message":"a\u0000\n{}"}}"#, "红".repeat(1_000));
        let message = read_refusal(400, &long).message;
        assert_eq!(message, format!("a{}", "红".repeat(255)));
        assert_eq!(read_refusal(400, r#"{"code":"A","message":{"a":1}}"#).message, "");
    }
}
