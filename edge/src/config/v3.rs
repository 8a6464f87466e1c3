//! What APIv3 is spoken with: the merchant's certificate and its key, the key that opens
//! notifications, and the platform's own keys.

use checkout::time::UnixSeconds;
use wechatpay::crypto::ApiV3Keys;
use wechatpay::key::{Certificate, key_matches_certificate, private_key_der, public_key_der};
use zeroize::Zeroizing;

use super::mistake::Mistake;
use super::reader::Reader;

/// The keys of one merchant for APIv3.
pub struct V3 {
    /// What it signs with.
    pub key: MerchantKey,
    /// What takes that one's place, while the merchant changes keys.
    pub next_key: Option<MerchantKey>,
    /// Opens notifications: one key, or two while one replaces the other.
    pub api_v3_keys: ApiV3Keys,
    /// Whom we believe from the start. None, where the platform's certificates are still to be
    /// asked for.
    pub platform_keys: Vec<PlatformKey>,
}

/// A merchant's API certificate and its key.
pub struct MerchantKey {
    /// Serial of the certificate, upper-case hex.
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
    /// When a certificate began to be valid; a public key has no such day.
    pub effective_at: Option<UnixSeconds>,
    /// When it ends, by the wall clock; a public key does not.
    pub expires_at: Option<UnixSeconds>,
}

impl PlatformKey {
    /// Whether it is a certificate's that has ended: nobody is believed by it any more.
    pub fn has_ended(&self, wall: UnixSeconds) -> bool {
        self.expires_at.is_some_and(|end| end <= wall)
    }
}

/// Every variable of APIv3. Who sets one of them means to speak it.
const VARIABLES: &[&str] = &[
    "MERCHANT_PRIVATE_KEY",
    "MERCHANT_CERTIFICATE",
    "MERCHANT_SERIAL",
    "MERCHANT_PRIVATE_KEY_NEXT",
    "MERCHANT_CERTIFICATE_NEXT",
    "MERCHANT_SERIAL_NEXT",
    "API_V3_KEY",
    "PLATFORM_PUBLIC_KEY",
    "PLATFORM_PUBLIC_KEY_ID",
    "PLATFORM_CERTIFICATES",
];

impl V3 {
    /// Whether any of its variables is set.
    pub(super) fn is_begun(read: &Reader<'_>) -> bool {
        VARIABLES.iter().any(|variable| read.has(variable))
    }

    /// Reads them all. What is missing or wrong is noted by the reader.
    pub(super) fn parse(read: &mut Reader<'_>) -> Option<Self> {
        let keys = merchant_keys(read);
        let api_v3_keys = read.required("API_V3_KEY", ApiV3Keys::parse);
        let platform_keys = platform_keys(read, keys.as_ref());
        let (key, next_key) = keys?;
        Some(Self { key, next_key, api_v3_keys: api_v3_keys?, platform_keys: platform_keys? })
    }
}

/// The key that signs, and the one that takes its place.
type MerchantKeys = (MerchantKey, Option<MerchantKey>);

fn merchant_keys(read: &mut Reader<'_>) -> Option<MerchantKeys> {
    let key =
        merchant_key(read, ["MERCHANT_PRIVATE_KEY", "MERCHANT_CERTIFICATE", "MERCHANT_SERIAL"]);
    let next = ["MERCHANT_PRIVATE_KEY_NEXT", "MERCHANT_CERTIFICATE_NEXT", "MERCHANT_SERIAL_NEXT"];
    if !next.iter().any(|variable| read.has(variable)) {
        return Some((key?, None));
    }
    let next_key = merchant_key(read, next)?;
    let key = key?;
    if next_key.serial_no == key.serial_no {
        return read.refuse("MERCHANT_SERIAL_NEXT", Mistake::SameSerial);
    }
    Some((key, Some(next_key)))
}

/// One key of the merchant's, with its certificate or at least the serial of it.
fn merchant_key(read: &mut Reader<'_>, names: [&str; 3]) -> Option<MerchantKey> {
    let [key_name, certificate_name, serial_name] = names;
    let private_key = read.required(key_name, private_key_der);
    let certificate = read.optional(certificate_name, Certificate::parse);
    let named = match certificate {
        Some(_) => read.optional(serial_name, serial),
        None if read.has(certificate_name) => None,
        None => read.required(serial_name, serial),
    };
    if let (Some(key), Some(certificate)) = (&private_key, &certificate)
        && let Err(mistake) = key_matches_certificate(key, certificate)
    {
        return read.refuse(key_name, mistake.into());
    }
    let serial_no = match (named, certificate) {
        (Some(named), Some(certificate)) if named != certificate.serial => {
            let mistake = Mistake::OtherSerial { certificate: certificate.serial };
            return read.refuse(serial_name, mistake);
        }
        (_, Some(certificate)) => certificate.serial,
        (named, None) => named?,
    };
    Some(MerchantKey { serial_no, private_key: private_key? })
}

/// The platform's public key and certificates; both may be left out, since the platform sends its
/// certificates to whom it gave some.
fn platform_keys(read: &mut Reader<'_>, own: Option<&MerchantKeys>) -> Option<Vec<PlatformKey>> {
    let mut keys = Vec::new();
    let certificates = read.optional("PLATFORM_CERTIFICATES", Certificate::parse_all);
    if read.has("PLATFORM_PUBLIC_KEY") || read.has("PLATFORM_PUBLIC_KEY_ID") {
        let serial = read.required("PLATFORM_PUBLIC_KEY_ID", public_key_id);
        let spki_der = read.required("PLATFORM_PUBLIC_KEY", public_key_der);
        let (serial, spki_der) = (serial?, spki_der?);
        keys.push(PlatformKey { serial, spki_der, effective_at: None, expires_at: None });
    }
    let is_own = |certificate: &Certificate| {
        own.is_some_and(|(key, next_key)| {
            let mut keys = core::iter::once(key).chain(next_key);
            keys.any(|key| key.serial_no == certificate.serial)
        })
    };
    for certificate in certificates.unwrap_or_default() {
        if is_own(&certificate) {
            return read.refuse("PLATFORM_CERTIFICATES", Mistake::OwnCertificate);
        }
        keys.push(PlatformKey {
            serial: certificate.serial,
            spki_der: certificate.spki_der,
            effective_at: Some(certificate.not_before),
            expires_at: Some(certificate.not_after),
        });
    }
    Some(keys)
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
