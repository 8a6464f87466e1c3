//! Judges a reply: done, refused, or in doubt (protocol reference D.1, D.12).
//!
//! V2 says everything in the body, at two levels. `return_code` says whether the message was taken
//! at all; a no at this level is unsigned and only in words, so it may keep an order from being
//! placed and never settles or closes one. `result_code` says what came of it, under the sign. All
//! else is doubt: the call may have taken effect.

use checkout::payee::Payee;
use checkout::report::{Proof, Refusal};

use super::fields::Fields;
use super::key::{ApiV2Keys, SignType};
use super::sign::{Distrust, Verified, verify};
use super::xml::{BadXml, read};
use crate::http::Reply;
use crate::said::{MESSAGE_CHARS_MAX, REQUEST_ID_CHARS_MAX, is_code, printable};

/// What a reply comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judged {
    /// The platform did it, and says so under its sign.
    Done(Verified),
    /// The platform says no.
    Refused {
        /// In these words.
        refusal: Refusal,
        /// Whether they carry its sign: what `result_code` refuses does, what `return_code` refuses
        /// does not.
        proof: Proof,
    },
    /// Nothing is decided. Ask, or repeat the same call.
    InDoubt(Doubt),
}

/// Why nothing is decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// An answer that nobody vouches for.
    Unproven {
        /// Why it is not believed.
        reason: Distrust,
        /// The platform's id of the call, for its support.
        request_id: Option<String>,
    },
    /// It is not a message: a gateway's page, or half an answer.
    Unreadable(BadXml),
    /// Its sign is right and it is about somebody else: another merchant with the same key.
    Foreign,
    /// Out of order, too fast, or in words that the platform does not use. The fields are those of a
    /// refusal; this is none.
    Undecided(Refusal),
}

/// The code of a refusal that says that our sign does not agree.
pub const SIGN_ERROR: &str = "SIGNERROR";
/// The code of one that has none of its own: the platform did not take the message.
pub const RETURN_FAIL: &str = "RETURN_FAIL";

/// Judges `reply` to a call that was signed by `sign_type` in the name of `payee`.
pub fn judge(reply: &Reply, keys: &ApiV2Keys, sign_type: SignType, payee: &Payee) -> Judged {
    if reply.status != 200 {
        return undecided(reply, None, None);
    }
    let fields = match read(&reply.body) {
        Ok(fields) => fields,
        Err(reason) => return Judged::InDoubt(Doubt::Unreadable(reason)),
    };
    match fields.get("return_code") {
        Some("FAIL") => not_taken(reply, fields.get("return_msg").unwrap_or_default()),
        Some("SUCCESS") => match verify(fields, keys, sign_type) {
            Ok(answer) if is_about(answer.fields(), payee) => result(reply, answer),
            Ok(_) => Judged::InDoubt(Doubt::Foreign),
            Err(reason) => {
                Judged::InDoubt(Doubt::Unproven { reason, request_id: request_id(reply) })
            }
        },
        _ => undecided(reply, None, None),
    }
}

/// What came of a call that was taken.
fn result(reply: &Reply, answer: Verified) -> Judged {
    let code = answer.fields().get("err_code").filter(|code| is_code(code));
    let words = answer.fields().get("err_code_des");
    match (answer.fields().get("result_code"), code) {
        (Some("SUCCESS"), _) => Judged::Done(answer),
        (Some("FAIL"), Some(code)) if !is_passing(code) => {
            Judged::Refused { refusal: refusal(reply, code, words), proof: Proof::Verified }
        }
        (_, code) => undecided(reply, code, words),
    }
}

/// What an unsigned no in words means. They may change, so little hangs on them: whether the call is
/// repeated as it is, signed with another key, or not at all.
fn not_taken(reply: &Reply, words: &str) -> Judged {
    let code = if is_about_the_sign(words) {
        SIGN_ERROR
    } else if is_about_the_system(words) {
        return undecided(reply, Some("SYSTEMERROR"), Some(words));
    } else {
        RETURN_FAIL
    };
    Judged::Refused { refusal: refusal(reply, code, Some(words)), proof: Proof::Unverified }
}

/// Whether an answer is about this merchant, as far as it says.
fn is_about(fields: &Fields, payee: &Payee) -> bool {
    let ours = |name, ours: Option<&str>| fields.get(name).is_none_or(|told| Some(told) == ours);
    ours("appid", Some(&payee.appid))
        && ours("mch_id", Some(&payee.mchid))
        && ours("sub_mch_id", payee.sub_mchid())
        && (payee.sub_appid().is_none() || ours("sub_appid", payee.sub_appid()))
}

/// Codes after which the same call may be repeated (protocol reference D.12).
fn is_passing(code: &str) -> bool {
    matches!(
        code,
        "SYSTEMERROR"
            | "SYSTEM_ERROR"
            | "BIZERR_NEED_RETRY"
            | "FREQUENCY_LIMITED"
            | "INVALID_REQ_TOO_MUCH"
    )
}

/// `签名错误`, `SIGN ERROR` and their like.
pub(super) fn is_about_the_sign(words: &str) -> bool {
    words.contains("签名") || letters(words).contains("SIGNERROR")
}

/// `系统繁忙，请稍后再试`, `SYSTEMERROR`, `请求过于频繁` and their like.
pub(super) fn is_about_the_system(words: &str) -> bool {
    let chinese = ["系统", "繁忙", "稍后", "超时", "频繁", "频率"];
    let english = ["SYSTEM", "FREQUENCY", "TIMEOUT", "TRYAGAIN"];
    let plain = letters(words);
    chinese.iter().any(|word| words.contains(word))
        || english.iter().any(|word| plain.contains(word))
}

fn letters(words: &str) -> String {
    let letters = words.chars().filter(char::is_ascii_alphabetic).take(MESSAGE_CHARS_MAX);
    letters.map(|letter| letter.to_ascii_uppercase()).collect()
}

fn undecided(reply: &Reply, code: Option<&str>, words: Option<&str>) -> Judged {
    let none = format!("HTTP_{}", reply.status);
    Judged::InDoubt(Doubt::Undecided(refusal(reply, code.unwrap_or(&none), words)))
}

pub(super) fn refusal(reply: &Reply, code: &str, words: Option<&str>) -> Refusal {
    Refusal {
        status: reply.status,
        code: code.to_owned(),
        message: printable(words.unwrap_or_default(), MESSAGE_CHARS_MAX),
        request_id: request_id(reply),
    }
}

fn request_id(reply: &Reply) -> Option<String> {
    reply.headers.get("Request-ID").map(|id| printable(id, REQUEST_ID_CHARS_MAX))
}

#[cfg(test)]
mod tests;
