//! Fields that only one side may read: a bank account, a name, the key of a bill (protocol
//! reference A.8).
//!
//! What goes out is encrypted with a key of the platform, and the request must name that key in
//! `Wechatpay-Serial`; text and serial therefore stay together. What comes in was encrypted with the
//! merchant's certificate, and while that is being replaced either of two keys may fit.

use core::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::crypto::{CryptoFailure, OAEP_BYTES_MAX, Oaep, RSA_BYTES};

/// A platform's key, ready to encrypt, and its name.
#[derive(Clone, Debug)]
pub struct Recipient<K> {
    /// `PUB_KEY_ID_…` or the serial of a platform certificate.
    pub serial: String,
    /// The key.
    pub key: K,
}

/// A field that only the platform can read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedField {
    text: String,
    serial: String,
}

impl SealedField {
    /// Standard Base64, as it goes into the request's JSON.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The key that it was made for, to be sent as `Wechatpay-Serial`. All fields of one request
    /// must be made for the same.
    pub fn serial(&self) -> &str {
        &self.serial
    }
}

/// Why a field cannot be encrypted or read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadField {
    /// More bytes of UTF-8 than one ciphertext holds.
    TooLong {
        /// This many; 214 fit.
        bytes: usize,
    },
    /// What came in is not Base64.
    BadBase64,
    /// What came in does not have the length of a ciphertext.
    BadLength {
        /// This many bytes; a ciphertext has 256.
        bytes: usize,
    },
    /// None of our keys opens it: made for another merchant or certificate, or changed.
    NotOurs,
    /// What it holds is not text.
    NotText,
    /// Our own machinery failed.
    Failed(CryptoFailure),
}

impl fmt::Display for BadField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { bytes } => {
                write!(f, "an encrypted field holds {OAEP_BYTES_MAX} bytes, not {bytes}")
            }
            Self::BadBase64 => f.write_str("an encrypted field is not base64"),
            Self::BadLength { bytes } => {
                write!(f, "an encrypted field has {RSA_BYTES} bytes, not {bytes}")
            }
            Self::NotOurs => f.write_str("an encrypted field is not made for our key"),
            Self::NotText => f.write_str("an encrypted field holds no text"),
            Self::Failed(failure) => failure.fmt(f),
        }
    }
}

impl core::error::Error for BadField {}

/// Encrypts `plaintext` for the platform.
pub async fn seal<O: Oaep>(
    oaep: &O,
    recipient: &Recipient<O::EncryptionKey>,
    plaintext: &str,
) -> Result<SealedField, BadField> {
    if plaintext.len() > OAEP_BYTES_MAX {
        return Err(BadField::TooLong { bytes: plaintext.len() });
    }
    let sealed = oaep.encrypt(&recipient.key, plaintext.as_bytes()).await;
    let sealed = sealed.map_err(BadField::Failed)?;
    Ok(SealedField { text: STANDARD.encode(sealed), serial: recipient.serial.clone() })
}

/// Decrypts a field of the platform's with whichever of the merchant's keys it was made for.
pub async fn open<O: Oaep>(
    oaep: &O,
    keys: &[&O::DecryptionKey],
    text: &str,
) -> Result<String, BadField> {
    let sealed = STANDARD.decode(text).map_err(|_| BadField::BadBase64)?;
    if sealed.len() != RSA_BYTES {
        return Err(BadField::BadLength { bytes: sealed.len() });
    }
    for key in keys {
        if let Some(opened) = oaep.decrypt(key, &sealed).await.map_err(BadField::Failed)? {
            return String::from_utf8(opened).map_err(|_| BadField::NotText);
        }
    }
    Err(BadField::NotOurs)
}
