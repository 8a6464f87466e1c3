//! One merchant of a deployment: who it is at WeChat Pay, with which keys, and what it sells.

use checkout::id::ProfileName;
use wechatpay::crypto::ApiV3Keys;
use wechatpay::key::{Certificate, key_matches_certificate, private_key_der, public_key_der};
use zeroize::Zeroizing;

use super::mistake::{Misconfigured, Mistake};
use super::payees::Payees;
use super::reader::Reader;
use crate::catalogue::Catalogue;
use crate::request::Lifetime;
use crate::token::SecretKeys;

/// Everything that a deployment is told about one merchant.
pub struct Profile {
    /// What the operator calls it.
    pub name: ProfileName,
    /// Who it is at WeChat Pay.
    pub merchant: Merchant,
    /// Who may be paid.
    pub payees: Payees,
    /// Opens notifications: one key, or two while one replaces the other.
    pub api_v3_keys: ApiV3Keys,
    /// Whom we believe.
    pub platform_keys: Vec<PlatformKey>,
    /// What the shop's server shows.
    pub secret_keys: SecretKeys,
    /// What pages may buy.
    pub catalogue: Catalogue,
    /// The deadline of a checkout whose shop names none.
    pub lifetime: Lifetime,
}

/// Who calls WeChat Pay.
pub struct Merchant {
    /// The merchant's number, 商户号; a service provider's own.
    pub mchid: String,
    /// Serial of the merchant's API certificate, upper-case hex.
    pub serial_no: String,
    /// Its private key, PKCS#8 DER.
    pub private_key: Zeroizing<Vec<u8>>,
}

/// A key that the platform may sign with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlatformKey {
    /// `PUB_KEY_ID_…` or the serial of a platform certificate.
    pub serial: String,
    /// SubjectPublicKeyInfo DER.
    pub spki_der: Vec<u8>,
}

impl Profile {
    /// Whether any variable of the default profile is set that another profile has no use for: an
    /// operator who forgot one of them did not mean to have no such merchant.
    pub(super) fn is_begun(read: &Reader<'_>) -> bool {
        ["MCHID", "APPID", "MERCHANT_PRIVATE_KEY", "API_V3_KEY", "SECRET_KEYS"]
            .iter()
            .any(|variable| read.has(variable))
    }

    /// Reads the variables of `name`.
    pub(super) fn parse(
        name: ProfileName,
        lookup: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, Vec<Misconfigured>> {
        let mut read = Reader::new(lookup, prefix(&name));
        let mchid = read.required("MCHID", mchid);
        let appid = read.required("APPID", appid);
        let keys = merchant_keys(&mut read);
        let payees = mchid.clone().zip(appid).and_then(|(mchid, appid)| {
            read.or_default("SUB_MERCHANTS", "", |text| Payees::parse(mchid, appid, text))
        });
        let api_v3_keys = read.required("API_V3_KEY", ApiV3Keys::parse);
        let own_serial = keys.as_ref().map(|(serial, _)| serial.clone());
        let platform_keys = platform_keys(&mut read, own_serial.as_deref());
        let secret_keys = read.required("SECRET_KEYS", SecretKeys::parse);
        let catalogue = payees.as_ref().and_then(|payees| {
            read.or_default("PRODUCTS", "{}", |text| Catalogue::parse(text, payees))
        });
        let lifetime = read.or_default("CHECKOUT_LIFETIME_S", "86400", lifetime);
        if !read.wrong.is_empty() {
            return Err(read.wrong);
        }
        let build = || {
            let (serial_no, private_key) = keys?;
            Some(Self {
                name,
                merchant: Merchant { mchid: mchid?, serial_no, private_key },
                payees: payees?,
                api_v3_keys: api_v3_keys?,
                platform_keys: platform_keys?,
                secret_keys: secret_keys?,
                catalogue: catalogue?,
                lifetime: lifetime?,
            })
        };
        // Whoever leaves a value out has reported why, so the list is empty only when all are here.
        build().ok_or(read.wrong)
    }

    /// The key that the platform's answers should be signed with: the public key where there is
    /// one, since a merchant who moved to it may have no certificate any more.
    pub fn platform_serial(&self) -> Option<&str> {
        self.platform_keys.first().map(|key| key.serial.as_str())
    }
}

/// What stands before the names of a profile's variables: `ACME__` for `acme`. Two underscores, so
/// that no variable of one profile is ever another's.
pub fn prefix(name: &ProfileName) -> String {
    if name.is_default() {
        return String::new();
    }
    format!("{}__", name.as_str().to_ascii_uppercase().replace('-', "_"))
}

fn merchant_keys(read: &mut Reader<'_>) -> Option<(String, Zeroizing<Vec<u8>>)> {
    let private_key = read.required("MERCHANT_PRIVATE_KEY", private_key_der);
    let certificate = read.optional("MERCHANT_CERTIFICATE", Certificate::parse);
    let named = match certificate {
        Some(_) => read.optional("MERCHANT_SERIAL", serial),
        None if read.has("MERCHANT_CERTIFICATE") => None,
        None => read.required("MERCHANT_SERIAL", serial),
    };
    if let (Some(key), Some(certificate)) = (&private_key, &certificate)
        && let Err(mistake) = key_matches_certificate(key, certificate)
    {
        return read.refuse("MERCHANT_PRIVATE_KEY", mistake.into());
    }
    let serial_no = match (named, certificate) {
        (Some(named), Some(certificate)) if named != certificate.serial => {
            let mistake = Mistake::OtherSerial { certificate: certificate.serial };
            return read.refuse("MERCHANT_SERIAL", mistake);
        }
        (_, Some(certificate)) => certificate.serial,
        (named, None) => named?,
    };
    Some((serial_no, private_key?))
}

fn platform_keys(read: &mut Reader<'_>, own_serial: Option<&str>) -> Option<Vec<PlatformKey>> {
    let mut keys = Vec::new();
    let certificates = read.optional("PLATFORM_CERTIFICATES", Certificate::parse_all);
    let has_public_key = read.has("PLATFORM_PUBLIC_KEY") || read.has("PLATFORM_PUBLIC_KEY_ID");
    if has_public_key {
        let serial = read.required("PLATFORM_PUBLIC_KEY_ID", public_key_id);
        let spki_der = read.required("PLATFORM_PUBLIC_KEY", public_key_der);
        keys.push(PlatformKey { serial: serial?, spki_der: spki_der? });
    } else if !read.has("PLATFORM_CERTIFICATES") {
        return read.refuse("PLATFORM_PUBLIC_KEY", Mistake::NoPlatformKey);
    }
    for certificate in certificates.unwrap_or_default() {
        if Some(certificate.serial.as_str()) == own_serial {
            return read.refuse("PLATFORM_CERTIFICATES", Mistake::OwnCertificate);
        }
        keys.push(PlatformKey { serial: certificate.serial, spki_der: certificate.spki_der });
    }
    Some(keys)
}

/// A merchant's number: the platform's are digits (protocol reference E.1).
pub(super) fn mchid(text: &str) -> Result<String, Mistake> {
    let text = text.trim();
    let spelt = text.bytes().all(|byte| byte.is_ascii_digit()) && (1..=32).contains(&text.len());
    if spelt { Ok(text.to_owned()) } else { Err(Mistake::Mchid) }
}

pub(super) fn appid(text: &str) -> Result<String, Mistake> {
    let text = text.trim();
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let spelt = plain && (1..=32).contains(&text.len());
    if spelt { Ok(text.to_owned()) } else { Err(Mistake::Appid) }
}

/// The platform compares serials as upper-case hex; tools such as openssl print either case.
fn serial(text: &str) -> Result<String, Mistake> {
    let text = text.trim();
    let spelt = text.bytes().all(|byte| byte.is_ascii_hexdigit()) && text.len() <= 40;
    if spelt { Ok(text.to_ascii_uppercase()) } else { Err(Mistake::Serial) }
}

fn public_key_id(text: &str) -> Result<String, Mistake> {
    let text = text.trim();
    let digits = text.strip_prefix("PUB_KEY_ID_").unwrap_or_default();
    let spelt = digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) && !digits.is_empty();
    if spelt { Ok(text.to_owned()) } else { Err(Mistake::PublicKeyId) }
}

fn lifetime(text: &str) -> Result<Lifetime, Mistake> {
    let (least, most) = (300, 604_800);
    let seconds: i64 = text.trim().parse().map_err(|_| Mistake::Number { least, most })?;
    Lifetime::try_from(seconds).map_err(Mistake::Lifetime)
}
