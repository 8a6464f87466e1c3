//! What a merchant answers to a scan, and whether it can be believed (protocol reference D.9, G.15).

use super::link::Link;
use super::refused::{BUSY, Code, Refused, Signed};
use crate::letter::{ANSWER_BYTES_MAX, Answer};
use crate::v2::sign::{SignType, verify};
use crate::v2::{Fields, xml};

/// The longest `prepay_id` (D.9).
const PREPAY_ID_MAX: usize = 64;

/// The longest `return_msg` and `err_code_des`, in characters (D.9).
const WORDS_MAX: usize = 128;

/// The `prepay_id` that the merchant answered, or what is wrong with the answer.
pub fn prepay_id(answer: &Answer, link: &Link) -> Result<String, Refused> {
    let fields = message(answer)?;
    code(&fields, "return_code").and_then(|accepted| match accepted {
        true => Ok(()),
        // Nothing signs this: whoever sent it, the payer is not told what it says.
        false => {
            let said = fields.get("return_msg").unwrap_or("nothing more");
            let why = format!(
                "The merchant answered return_code FAIL: {said:?}. The payer reads {} then; for \
                 words of your own answer return_code SUCCESS, result_code FAIL and err_code_des, \
                 signed.",
                BUSY
            );
            Err(Refused::callback(Code::CallbackRefused, why))
        }
    })?;
    if !verify(&fields, &link.merchant.key, SignType::Md5) {
        let unproven = Signed { mchid: link.merchant.mchid.clone(), fields };
        return Err(Refused::unproven(Code::CallbackUnsigned, "The answer", unproven));
    }
    whose(&fields, link)?;
    match fields.get("nonce_str").map(str::len) {
        Some(1..=32) => {}
        Some(_) => return Err(malformed("nonce_str is longer than 32 characters")),
        None => return Err(malformed("nonce_str is missing or empty")),
    }
    if !code(&fields, "result_code")? {
        return Err(no(&fields));
    }
    match fields.get("prepay_id") {
        Some(id) if id.len() > PREPAY_ID_MAX => {
            Err(malformed("prepay_id has more than 64 characters"))
        }
        Some(id) => Ok(id.to_owned()),
        None => Err(malformed("prepay_id is missing or empty, although result_code is SUCCESS")),
    }
}

fn message(answer: &Answer) -> Result<Fields, Refused> {
    if answer.body.is_empty() {
        return Err(malformed("it is empty"));
    }
    // Longer ones are not kept whole, and no real one is near it.
    if answer.body.len() >= ANSWER_BYTES_MAX {
        return Err(malformed("it has more than 4,096 bytes"));
    }
    if answer.body.contains(char::REPLACEMENT_CHARACTER) {
        return Err(malformed("it is not UTF-8"));
    }
    xml::read(answer.body.as_bytes()).map_err(|bad| malformed(&bad.to_string()))
}

/// Whether one of the two codes says yes.
fn code(fields: &Fields, name: &str) -> Result<bool, Refused> {
    match fields.get(name) {
        Some("SUCCESS") => Ok(true),
        Some("FAIL") => Ok(false),
        Some(other) => Err(malformed(&format!("{name} is {other:?}, and not SUCCESS or FAIL"))),
        None => Err(malformed(&format!("{name} is missing or empty"))),
    }
}

/// An answer to somebody else's question is none to this one.
fn whose(fields: &Fields, link: &Link) -> Result<(), Refused> {
    for (name, asked) in [("appid", &link.appid), ("mch_id", &link.merchant.mchid)] {
        match fields.get(name) {
            Some(said) if said == asked => {}
            Some(said) => {
                let why = format!("The answer's {name} is {said:?}; asked was {asked:?}.");
                return Err(Refused::callback(Code::CallbackOtherMerchant, why));
            }
            None => return Err(malformed(&format!("{name} is missing or empty"))),
        }
    }
    Ok(())
}

/// The merchant says no, and what the payer shall read.
fn no(fields: &Fields) -> Refused {
    let Some(words) = fields.get("err_code_des") else {
        let why = "The merchant answered result_code FAIL without err_code_des, so the payer \
                   learns nothing of the reason.";
        return Refused::callback(Code::CallbackRefused, why);
    };
    if words.chars().count() > WORDS_MAX {
        return malformed("err_code_des has more than 128 characters");
    }
    let why = format!("The merchant answered result_code FAIL; the payer reads {words:?}.");
    Refused::callback(Code::CallbackRefused, why).saying(words)
}

fn malformed(why: &str) -> Refused {
    Refused::callback(Code::CallbackMalformed, format!("The answer is not as it has to be: {why}."))
}

#[cfg(test)]
mod tests;
