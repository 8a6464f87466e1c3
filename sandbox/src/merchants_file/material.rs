//! Keys and certificates out of texts that people paste and files that they name.

use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rsa::RsaPrivateKey;
use rsa::pkcs8::{DecodePrivateKey, LineEnding};
use wechatpay::key::{BadKey, Certificate, key_matches_certificate, private_key_der};
use x509_cert::der::{Decode, EncodePem};

use super::{Issued, Signing, Wrong, text_of};

/// One of two ways to give a PEM: itself, or the name of the file that it is in.
pub(super) struct Given<'a> {
    /// The field's name without its ending, as `private_key`.
    pub(super) name: &'static str,
    pub(super) pem: Option<&'a str>,
    pub(super) file: Option<&'a str>,
}

impl Given<'_> {
    /// The text, with the field that it stands in.
    fn text(&self, folder: &Path) -> Result<Option<(String, String)>, Wrong> {
        let field = |ending| format!("{}{ending}", self.name);
        match (self.pem, self.file) {
            (None, None) => Ok(None),
            (Some(pem), None) => Ok(Some((pem.to_owned(), field("_pem")))),
            (None, Some(file)) => {
                let text = text_of(&folder.join(file)).map_err(|wrong| {
                    Wrong::new(field("_file"), format!("{file:?} {}", wrong.words))
                })?;
                Ok(Some((text, field("_file"))))
            }
            (Some(_), Some(_)) => {
                let (pem, file) = (field("_pem"), field("_file"));
                Err(Wrong::new(&pem, format!("stands beside {file}: give one of the two")))
            }
        }
    }
}

/// The private key, if one is given.
pub(super) fn private_key(
    given: &Given<'_>,
    folder: &Path,
) -> Result<Option<RsaPrivateKey>, Wrong> {
    let Some((text, field)) = given.text(folder)? else { return Ok(None) };
    let key = private_key_der(&text)
        .and_then(|der| RsaPrivateKey::from_pkcs8_der(&der).map_err(|_| BadKey::Unreadable));
    key.map(Some).map_err(|bad| Wrong::new(field, bad.to_string()))
}

/// A key and its certificate, which must belong together, and the serial number that somebody may
/// have written down besides.
pub(super) fn signing(
    key: &Given<'_>,
    certificate: &Given<'_>,
    serial_no: Option<&str>,
    folder: &Path,
) -> Result<Signing, Wrong> {
    let key = private_key(key, folder)?;
    let Some((text, field)) = certificate.text(folder)? else {
        return match serial_no {
            Some(_) => Err(Wrong::new(
                "serial_no",
                "there is no certificate that could have it: leave it out, or give the certificate",
            )),
            None => Ok(Signing { key, certificate: None }),
        };
    };
    let refused = |bad: BadKey| Wrong::new(&field, bad.to_string());
    let read = Certificate::parse(&text).map_err(refused)?;
    if let Some(key) = &key {
        matching(key, &read).map_err(refused)?;
    }
    if let Some(written) = serial_no.filter(|written| !written.eq_ignore_ascii_case(&read.serial)) {
        let words = format!("{written} is not the certificate's: that has {}", read.serial);
        return Err(Wrong::new("serial_no", words));
    }
    let pem = whole_lines(&text).ok_or_else(|| refused(BadKey::Unreadable))?;
    Ok(Signing { key, certificate: Some(Issued { serial: read.serial, pem }) })
}

/// Whether the key is the certificate's.
pub(super) fn matching(key: &RsaPrivateKey, certificate: &Certificate) -> Result<(), BadKey> {
    let der = rsa::pkcs8::EncodePrivateKey::to_pkcs8_der(key).map_err(|_| BadKey::Unreadable)?;
    key_matches_certificate(der.as_bytes(), certificate)
}

/// A certificate as every library reads it, however it was pasted.
fn whole_lines(text: &str) -> Option<String> {
    let text = text.replace("\\r", "").replace("\\n", "\n").replace('\u{feff}', "");
    let inner = text.lines().filter(|line| !line.trim_start().starts_with("-----"));
    let base64: String = inner.flat_map(str::split_whitespace).collect();
    let der = BASE64_STANDARD.decode(base64).ok()?;
    x509_cert::Certificate::from_der(&der).ok()?.to_pem(LineEnding::LF).ok()
}
