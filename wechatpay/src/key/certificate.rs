//! X.509 certificates: a serial, a key, two dates. No chain is built: a platform certificate is
//! trusted because the operator or the APIv3 key vouches for it, a merchant's because it is ours.

use checkout::time::UnixSeconds;
use x509_cert::der::{Decode, Encode};
use x509_cert::time::Time;

use super::der::{Shape, shape, spki_of_spki};
use super::{BadKey, Material, pem};

/// What we use of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Upper-case hex, two digits a byte, as `serial_no` and `Wechatpay-Serial` spell it.
    pub serial: String,
    /// The key, as SubjectPublicKeyInfo DER.
    pub spki_der: Vec<u8>,
    /// First moment of its life.
    pub not_before: UnixSeconds,
    /// Last moment of its life.
    pub not_after: UnixSeconds,
}

impl Certificate {
    /// Reads the one certificate of `text`.
    pub fn parse(text: &str) -> Result<Self, BadKey> {
        Self::from_der(&pem::single(text)?)
    }

    /// Reads any number of certificates, one after the other; white space alone is none.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, BadKey> {
        pem::all(text)?.iter().map(|block| Self::from_der(block)).collect()
    }

    fn from_der(der: &[u8]) -> Result<Self, BadKey> {
        match shape(der)? {
            Shape::Certificate => {}
            other => return Err(other.instead_of(Material::Certificate)),
        }
        let certificate =
            x509_cert::Certificate::from_der(der).map_err(|_| BadKey::Unreadable)?.tbs_certificate;
        let spki = certificate.subject_public_key_info.to_der().map_err(|_| BadKey::Unreadable)?;
        Ok(Self {
            serial: serial(certificate.serial_number.as_bytes()),
            spki_der: spki_of_spki(&spki)?,
            not_before: moment(certificate.validity.not_before)?,
            not_after: moment(certificate.validity.not_after)?,
        })
    }
}

/// DER puts a zero byte before a serial whose first bit is set; that byte alone is not part of the
/// number as the platform prints it.
fn serial(bytes: &[u8]) -> String {
    let significant = match bytes {
        [0, rest @ ..] if !rest.is_empty() => rest,
        all => all,
    };
    significant.iter().map(|byte| format!("{byte:02X}")).collect()
}

fn moment(time: Time) -> Result<UnixSeconds, BadKey> {
    i64::try_from(time.to_unix_duration().as_secs())
        .map(UnixSeconds)
        .map_err(|_| BadKey::Unreadable)
}
