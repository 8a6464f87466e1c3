//! Which of the usual mistakes made a wrong MD5 sign, of a link or of an answer to a scan.
//!
//! A sign is a hash over fields and key, so a guess can be tried: whichever gives the same sign is
//! what was done.

use crate::v2::sign::{SIGN, SignType, joined, sign, string_to_sign};
use crate::v2::{Fields, Merchant, Merchants};

/// What is wrong with `fields`' sign, which should have been this merchant's MD5.
pub(super) fn words(fields: &Fields, merchant: &Merchant, merchants: &Merchants) -> String {
    let Some(found) = fields.get(SIGN) else {
        return "sign is missing or empty.".to_owned();
    };
    let said = guesses(fields, merchant, merchants).find(|(made, _)| made == found);
    let why = said.map_or_else(
        || "it is none that this merchant's API v2 key makes of these fields".to_owned(),
        |(_, why)| why,
    );
    format!(
        "the sign is wrong: {why}. To be signed, as upper-case MD5: {:?}, where … is merchant {}'s \
         API v2 key.",
        string_to_sign(fields, "…"),
        merchant.mchid
    )
}

/// What was done, by the sign that comes of it.
fn guesses<'a>(
    fields: &'a Fields,
    merchant: &'a Merchant,
    merchants: &'a Merchants,
) -> impl Iterator<Item = (String, String)> + 'a {
    let key = merchant.key.as_str();
    let right = sign(fields, key, SignType::Md5);
    let said = |made: String, why: &str| (made, why.to_owned());
    let as_written: Vec<_> = fields.iter().filter(|(name, _)| *name != SIGN).collect();
    let full: Vec<_> = {
        let mut sorted = as_written.clone();
        sorted.sort_unstable();
        sorted
    };
    let without_name = string_to_sign(fields, key).replace("&key=", "");
    let without_key = string_to_sign(fields, "").replace("&key=", "");
    let own = [
        said(right.to_lowercase(), "it is in lower case"),
        said(
            sign(fields, key, SignType::HmacSha256),
            "it is HMAC-SHA256, and product codes and their callbacks are always signed with MD5",
        ),
        said(SignType::Md5.sum(without_name.as_bytes(), key), "&key= is missing before the key"),
        said(
            SignType::Md5.sum(without_key.as_bytes(), key),
            "the key is missing behind the fields",
        ),
        said(
            SignType::Md5.sum(joined(&as_written, key).as_bytes(), key),
            "the fields are not sorted by their names",
        ),
        said(
            SignType::Md5.sum(joined(&full, key).as_bytes(), key),
            "fields without a value are part of it, and must not be",
        ),
    ];
    let others = merchants.iter().filter(|other| other.mchid != merchant.mchid).map(|other| {
        let why = format!("it is made with merchant {}'s key", other.mchid);
        (sign(fields, &other.key, SignType::Md5), why)
    });
    own.into_iter().chain(others)
}

#[cfg(test)]
mod tests;
