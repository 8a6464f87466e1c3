//! A V2 refund notification (protocol reference D.8, G.14): anybody's POST → which refund it is worth
//! asking the platform about.
//!
//! It is sealed and not signed. That it opens proves little: the cipher works block by block, so that
//! pieces of one message fit into another, and nothing vouches for the whole. So all that is taken
//! from it is the refund that it names, and how that is said to stand; what is true is what the
//! platform answers when it is asked.

use core::fmt;

use aes::Aes256;
use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockDecryptMut as _, KeyInit as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::fields::Fields;
use super::key::{ApiV2Key, ApiV2Keys};
use super::xml::{self, BadXml};

/// What a notification claims. None of it is proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// The number of the refund: the merchant's, or one that the platform's console made up.
    pub out_refund_no: String,
    /// The sub-merchant whose refund it is, in partner mode; it stands outside of the seal.
    pub sub_mchid: Option<String>,
    /// Whether it is said to have come to an end of some kind, and not to be under way.
    pub is_decided: bool,
}

/// Why there is nothing to ask about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotOpened {
    /// It is not the XML of a message.
    Xml(BadXml),
    /// It has no `req_info`.
    Missing,
    /// The `req_info` is not base64.
    BadBase64,
    /// It opens under no key of ours, or what comes out is no refund's XML.
    Sealed,
    /// It opens, and names no refund.
    Nameless,
}

impl fmt::Display for NotOpened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Xml(reason) => reason.fmt(f),
            Self::Missing => f.write_str("there is no req_info"),
            Self::BadBase64 => f.write_str("the req_info is not base64"),
            Self::Sealed => f.write_str("the req_info opens under no API key of this merchant"),
            Self::Nameless => f.write_str("the req_info names no refund"),
        }
    }
}

impl core::error::Error for NotOpened {}

/// Opens what was sent, with whichever key it was sealed with.
pub fn open(body: &[u8], keys: &ApiV2Keys) -> Result<Claimed, NotOpened> {
    let outer = xml::read(body).map_err(NotOpened::Xml)?;
    let sealed = outer.get("req_info").ok_or(NotOpened::Missing)?;
    let sealed = STANDARD.decode(sealed).map_err(|_| NotOpened::BadBase64)?;
    let opened = keys.iter().find_map(|key| unseal(&sealed, key));
    let opened = opened.ok_or(NotOpened::Sealed)?;
    let out_refund_no = opened.get("out_refund_no").ok_or(NotOpened::Nameless)?;
    if out_refund_no.len() > NUMBER_BYTES_MAX {
        return Err(NotOpened::Nameless);
    }
    Ok(Claimed {
        out_refund_no: out_refund_no.to_owned(),
        sub_mchid: outer.get("sub_mch_id").map(str::to_owned),
        is_decided: opened.get("refund_status").is_some_and(|status| status != "PROCESSING"),
    })
}

/// Bytes of a refund's number at most (protocol reference D.6).
const NUMBER_BYTES_MAX: usize = 64;

/// Under a wrong key one message in some two hundred still ends in a padding, by chance. So only what
/// can be read has been opened.
fn unseal(sealed: &[u8], key: &ApiV2Key) -> Option<Fields> {
    let cipher = ecb::Decryptor::<Aes256>::new(&(*key.sealing_key()).into());
    let opened = Zeroizing::new(cipher.decrypt_padded_vec_mut::<Pkcs7>(sealed).ok()?);
    xml::read_rooted(&opened, "root").ok()
}

#[cfg(test)]
mod tests;
