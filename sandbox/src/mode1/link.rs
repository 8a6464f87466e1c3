//! What a printed product code says: `weixin://wxpay/bizpayurl?sign=…&appid=…&…` (protocol reference
//! D.9).
//!
//! The order of the parameters is free. Some libraries put the values in as they are, others encode
//! them as a URL does; the sign is over the plain ones. Both are read: what the sign fits decides.

use super::refused::{BAD_LINK, Code, Refused, Signed};
use crate::order::CODE_URL_STEM;
use crate::v2::sign::{SIGN, SignType, verify};
use crate::v2::{Fields, Merchant, Merchants};

/// What every product code begins with; an order's own code does too, and goes on with `pr=`.
const STEM: &str = "weixin://wxpay/bizpayurl?";

/// The longest link that can be made into a short one (D.10).
const LINK_BYTES_MAX: usize = 512;

/// What has to be there, and how many characters it may have; `sign` is looked at by itself.
const PARAMETERS: [(&str, usize); 5] =
    [("appid", 32), ("mch_id", 32), ("product_id", 32), ("time_stamp", 10), ("nonce_str", 32)];

/// A link that its merchant really signed.
#[derive(Clone)]
pub struct Link {
    /// Whose it is.
    pub merchant: Merchant,
    /// One of its apps.
    pub appid: String,
    /// What the merchant calls the product.
    pub product_id: String,
}

/// Whether a phone takes this text for a product code.
pub fn is_link(text: &str) -> bool {
    text.starts_with(STEM) && !text.starts_with(CODE_URL_STEM)
}

impl Link {
    /// Reads a link and looks who signed it.
    pub fn read(text: &str, merchants: &Merchants) -> Result<Self, Refused> {
        let written = parameters(text)?;
        let plain = decoded(&written, false);
        let whose = plain.get("mch_id").unwrap_or_default();
        let merchant = merchants.get(whose).ok_or_else(|| {
            let why = format!(
                "No merchant here has the mch_id {whose:?}. GET /sandbox/merchants shows them \
                 all; a sub-merchant has no product codes of its own, its partner signs."
            );
            Refused::link(Code::LinkOtherMerchant, why)
        })?;
        let candidates = [plain, written.clone(), decoded(&written, true)];
        let signed = candidates.iter().find(|fields| verify(fields, &merchant.key, SignType::Md5));
        let Some(fields) = signed else {
            let [fields, ..] = candidates;
            let unproven = Signed { mchid: merchant.mchid.clone(), fields };
            let refused = Refused::unproven(Code::LinkUnsigned, "The link", unproven);
            return Err(refused.saying(BAD_LINK));
        };
        lengths(fields)?;
        let appid = fields.get("appid").unwrap_or_default();
        if !merchant.appids.iter().any(|own| own == appid) {
            let why = format!(
                "The appid {appid:?} is none of merchant {}'s: {}.",
                merchant.mchid,
                merchant.appids.join(", ")
            );
            return Err(Refused::link(Code::LinkOtherMerchant, why));
        }
        Ok(Self {
            merchant: merchant.clone(),
            appid: appid.to_owned(),
            product_id: fields.get("product_id").unwrap_or_default().to_owned(),
        })
    }
}

/// Names and values as they stand in the link: each that there must be, once, and no other.
fn parameters(text: &str) -> Result<Fields, Refused> {
    let malformed = |why: String| Err(Refused::link(Code::LinkMalformed, why));
    if text.len() > LINK_BYTES_MAX {
        return malformed(format!("The link has {} bytes; 512 are the most.", text.len()));
    }
    let query = text.strip_prefix(STEM).unwrap_or_default();
    let mut fields = Fields::new();
    for part in query.split('&') {
        let Some((name, value)) = part.split_once('=') else {
            return malformed(format!("{part:?} is no name=value."));
        };
        let is_known = name == SIGN || PARAMETERS.iter().any(|(known, _)| *known == name);
        if !is_known {
            return malformed(format!(
                "The link has no parameter {name:?}: it has appid, mch_id, product_id, time_stamp, \
                 nonce_str and sign{}.",
                if name == "sign_type" { ", and the sign is always MD5" } else { "" }
            ));
        }
        if fields.raw(name).is_some() {
            return malformed(format!("The parameter {name} comes twice."));
        }
        fields.push(name, value);
    }
    let missing = PARAMETERS.iter().map(|(name, _)| *name).find(|name| fields.get(name).is_none());
    match missing {
        Some(name) => malformed(format!("The parameter {name} is missing or empty.")),
        None => Ok(fields),
    }
}

/// Whether every value can be one. A link that is not signed is told that first.
fn lengths(fields: &Fields) -> Result<(), Refused> {
    for (name, max) in PARAMETERS {
        let value = fields.get(name).unwrap_or_default();
        if value.chars().count() > max || value.chars().any(char::is_control) {
            let why = format!("{name} has more than {max} characters, or one that cannot be seen.");
            return Err(Refused::link(Code::LinkMalformed, why));
        }
    }
    let time = fields.get("time_stamp").unwrap_or_default();
    if time.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    let why = "time_stamp is not a number of seconds since 1970.";
    Err(Refused::link(Code::LinkMalformed, why))
}

/// The values behind `%2D` and the like; `plus` is a space where forms are written so.
fn decoded(fields: &Fields, plus_is_space: bool) -> Fields {
    let mut plain = Fields::new();
    for (name, value) in fields.iter() {
        let value = if plus_is_space { value.replace('+', " ") } else { value.to_owned() };
        plain.push(name, percent_decoded(&value).unwrap_or(value));
    }
    plain
}

/// Nothing if it is not an encoded UTF-8 text.
fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let (high, low) = (digit(rest.next()?)?, digit(rest.next()?)?);
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
pub(crate) mod tests;
