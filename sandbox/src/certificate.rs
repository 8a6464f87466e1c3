//! Throw-away X.509 certificates, signed by themselves, and one that an authority signs.
//!
//! Nobody checks a chain to WeChat Pay's own authority; what counts is the serial number, which
//! names the key in every message, and the public key inside. The TLS door's certificate is the one
//! that clients do check, so that it has an authority of its own and names the host.

use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use rsa::pkcs1v15::{Signature, SigningKey};
use rsa::pkcs8::LineEnding;
use rsa::{RsaPrivateKey, RsaPublicKey};
use sha2::Sha256;
use x509_cert::Certificate;
use x509_cert::builder::{Builder, CertificateBuilder, Profile};
use x509_cert::der::EncodePem;
use x509_cert::der::asn1::{Ia5String, UtcTime};
use x509_cert::der::oid::db::rfc5280::ID_KP_SERVER_AUTH;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{ExtendedKeyUsage, SubjectAltName};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::SubjectPublicKeyInfoOwned;
use x509_cert::time::{Time, Validity};

/// Five years, as the platform's own certificates (protocol reference A.5).
pub(crate) const VALID_FOR_S: u64 = 5 * 365 * 86_400;

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
    chance: [u8; 20],
    now: u64,
) -> Result<Issued, x509_cert::builder::Error> {
    let signer = SigningKey::<Sha256>::new(key.clone());
    let certificate = CertificateBuilder::new(
        Profile::Root,
        SerialNumber::new(&positive(chance))?,
        validity(now)?,
        name(common_name)?,
        SubjectPublicKeyInfoOwned::from_key(RsaPublicKey::from(key))?,
        &signer,
    )?
    .build::<Signature>()?;
    issued(chance, &certificate)
}

/// Who signs a server's certificate.
pub struct Authority<'a> {
    /// Its key.
    pub key: &'a RsaPrivateKey,
    /// The common name in its own certificate, which [`issue`] made.
    pub common_name: &'a str,
}

impl Authority<'_> {
    /// A certificate for a server that is reached by `hosts`: names, and addresses as text.
    pub fn issue_server(
        &self,
        key: &RsaPrivateKey,
        hosts: &[String],
        chance: [u8; 20],
        now: u64,
    ) -> Result<Issued, x509_cert::builder::Error> {
        let signer = SigningKey::<Sha256>::new(self.key.clone());
        let profile = Profile::Leaf {
            issuer: name(self.common_name)?,
            enable_key_agreement: false,
            enable_key_encipherment: true,
        };
        let mut certificate = CertificateBuilder::new(
            profile,
            SerialNumber::new(&positive(chance))?,
            validity(now)?,
            name("server")?,
            SubjectPublicKeyInfoOwned::from_key(RsaPublicKey::from(key))?,
            &signer,
        )?;
        let hosts = hosts.iter().map(|host| match host.parse::<IpAddr>() {
            Ok(address) => Ok(GeneralName::from(address)),
            Err(_) => Ia5String::new(host).map(GeneralName::DnsName),
        });
        certificate.add_extension(&SubjectAltName(hosts.collect::<Result<_, _>>()?))?;
        certificate.add_extension(&ExtendedKeyUsage(vec![ID_KP_SERVER_AUTH]))?;
        issued(chance, &certificate.build::<Signature>()?)
    }
}

fn name(common_name: &str) -> Result<Name, x509_cert::builder::Error> {
    Ok(Name::from_str(&format!("CN={common_name},O=Saoma sandbox,C=CN"))?)
}

fn validity(now: u64) -> Result<Validity, x509_cert::builder::Error> {
    let moment = |seconds| UtcTime::from_unix_duration(Duration::from_secs(seconds));
    Ok(Validity {
        not_before: Time::UtcTime(moment(now)?),
        not_after: Time::UtcTime(moment(now + VALID_FOR_S)?),
    })
}

/// A serial number is positive and at most twenty octets (RFC 5280, 4.1.2.2); a first octet of 0x40
/// to 0x7f keeps it at forty digits without a leading zero.
fn positive(mut chance: [u8; 20]) -> [u8; 20] {
    chance[0] = 0x40 | (chance[0] & 0x3f);
    chance
}

fn issued(
    chance: [u8; 20],
    certificate: &Certificate,
) -> Result<Issued, x509_cert::builder::Error> {
    let serial = positive(chance).iter().map(|byte| format!("{byte:02X}")).collect();
    Ok(Issued { serial, pem: certificate.to_pem(LineEnding::LF)? })
}
