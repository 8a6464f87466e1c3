//! Throw-away X.509 certificates, signed by themselves.
//!
//! Nobody checks a chain to WeChat Pay's own authority; what counts is the serial number, which
//! names the key in every message, and the public key inside.

use std::str::FromStr;
use std::time::Duration;

use rsa::pkcs1v15::{Signature, SigningKey};
use rsa::pkcs8::LineEnding;
use rsa::{RsaPrivateKey, RsaPublicKey};
use sha2::Sha256;
use x509_cert::builder::{Builder, CertificateBuilder, Profile};
use x509_cert::der::EncodePem;
use x509_cert::der::asn1::UtcTime;
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::SubjectPublicKeyInfoOwned;
use x509_cert::time::{Time, Validity};

/// Five years, as the platform's own certificates (protocol reference A.5).
const VALID_FOR_S: u64 = 5 * 365 * 86_400;

/// A certificate and the name by which messages refer to it.
pub struct Issued {
    /// Forty upper-case hexadecimal digits.
    pub serial: String,
    /// The certificate.
    pub pem: String,
}

/// Makes a certificate for `key`, valid from `now` on. `chance` becomes its serial number.
pub fn issue(
    key: &RsaPrivateKey,
    common_name: &str,
    mut chance: [u8; 20],
    now: u64,
) -> Result<Issued, x509_cert::builder::Error> {
    // A serial number is positive and at most twenty octets (RFC 5280, 4.1.2.2); a first octet of
    // 0x40 to 0x7f keeps it at forty digits without a leading zero.
    chance[0] = 0x40 | (chance[0] & 0x3f);
    let moment = |seconds| UtcTime::from_unix_duration(Duration::from_secs(seconds));
    let validity = Validity {
        not_before: Time::UtcTime(moment(now)?),
        not_after: Time::UtcTime(moment(now + VALID_FOR_S)?),
    };
    let signer = SigningKey::<Sha256>::new(key.clone());
    let certificate = CertificateBuilder::new(
        Profile::Root,
        SerialNumber::new(&chance)?,
        validity,
        Name::from_str(&format!("CN={common_name},O=Saoma sandbox,C=CN"))?,
        SubjectPublicKeyInfoOwned::from_key(RsaPublicKey::from(key))?,
        &signer,
    )?
    .build::<Signature>()?;
    let serial = chance.iter().map(|byte| format!("{byte:02X}")).collect();
    Ok(Issued { serial, pem: certificate.to_pem(LineEnding::LF)? })
}
