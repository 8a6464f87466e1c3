//! V2's sign: a sum over the fields of a message and a key that both sides have (protocol reference
//! D.2), and the seal of refund notifications (D.8).

use aes::Aes256;
use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockEncryptMut as _, KeyInit};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac as _};
use md5::{Digest as _, Md5};
use sha2::Sha256;

use super::xml::Message;

/// How a merchant's calls are signed, and whatever answers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// 32 digits; also what a call means that names no method.
    Md5,
    /// 64 digits.
    HmacSha256,
}

impl Method {
    /// The one of that name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "" | "MD5" => Some(Self::Md5),
            "HMAC-SHA256" => Some(Self::HmacSha256),
            _ => None,
        }
    }
}

/// The sum over `message`, whether or not it has one already.
pub fn sum(message: &Message, key: &str, method: Method) -> String {
    let is_summed = |(name, value): &(&str, &str)| *name != "sign" && !value.is_empty();
    let mut fields: Vec<_> = message.fields().filter(is_summed).collect();
    fields.sort_unstable();
    let mut text = String::new();
    for (name, value) in fields {
        for piece in [name, "=", value, "&"] {
            text.push_str(piece);
        }
    }
    text.push_str("key=");
    text.push_str(key);
    match method {
        Method::Md5 => hex(&Md5::digest(&text)),
        Method::HmacSha256 => {
            let keyed = <Hmac<Sha256> as KeyInit>::new_from_slice(key.as_bytes());
            hex(&keyed.expect("any key").chain_update(&text).finalize().into_bytes())
        }
    }
}

/// The message with its sum.
pub fn signed(message: Message, key: &str, method: Method) -> Message {
    let sum = sum(&message, key, method);
    message.with("sign", sum)
}

/// Whether `message` was signed with `key`.
pub fn agrees(message: &Message, key: &str, method: Method) -> bool {
    message.text("sign") == sum(message, key, method)
}

/// `req_info` of a refund's notification.
pub fn sealed(message: &Message, key: &str) -> String {
    let key = hex(&Md5::digest(key)).to_lowercase();
    let cipher = ecb::Encryptor::<Aes256>::new_from_slice(key.as_bytes()).expect("32 bytes");
    STANDARD.encode(cipher.encrypt_padded_vec_mut::<Pkcs7>(message.written("root").as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from(b"0123456789ABCDEF"[usize::from(half)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sums_are_those_of_the_reference() {
        // The official worked example (D.2).
        let message = Message::of(&[
            ("device_info", "1000"),
            ("appid", "wxd930ea5d5a258f4f"),
            ("attach", ""),
            ("mch_id", "10000100"),
            ("body", "test"),
            ("nonce_str", "ibuaiVcKdpRxkhJA"),
        ]);
        let key = "192006250b4c09247ec02edce69f6a2d";
        assert_eq!(sum(&message, key, Method::Md5), "9A0A8659F005D6984697E2CA0A9CF3B7");
        let long = "6A9AE1657590FD6257D693A078E1C3E4BB6BA4DC30B23E0EE2496E54170DACD6";
        assert_eq!(sum(&message, key, Method::HmacSha256), long);
        let signed = signed(message, key, Method::HmacSha256);
        assert!(agrees(&signed, key, Method::HmacSha256));
        assert!(!agrees(&signed.with("body", "tests"), key, Method::HmacSha256));
    }
}
