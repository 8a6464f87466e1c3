//! The operator's variables and secrets, parsed once into values that need no further doubt.
//!
//! Wrong keys are the commonest trouble with WeChat Pay, and the platform answers all of them with
//! the same words. So everything that can be known without asking the platform is checked here:
//! the kind and size of each key, whether private key and certificate belong together, the length
//! of the APIv3 key. All mistakes are reported at once, each with the name of its variable, and
//! none with a secret.

mod mistake;
#[cfg(test)]
mod tests;

use wechatpay::crypto::ApiV3Key;
use wechatpay::key::{Certificate, key_matches_certificate, private_key_der, public_key_der};
use zeroize::Zeroizing;

pub use self::mistake::{Misconfigured, Mistake};
use crate::catalogue::Catalogue;
use crate::origin::{AllowList, Origin};
use crate::problem::{Code, Problem};
use crate::request::Lifetime;
use crate::token::{ClientKey, SecretKeys};

/// Everything that a deployment is told.
pub struct Config {
    /// The Worker's own address; every URL that others call is built from it, never from `Host`.
    pub public_url: Origin,
    /// Where WeChat Pay is.
    pub wechatpay_url: Origin,
    /// Pages that may talk to the Worker.
    pub allowed_origins: AllowList,
    /// Who we are at WeChat Pay.
    pub merchant: Merchant,
    /// Opens notifications.
    pub api_v3_key: ApiV3Key,
    /// Whom we believe.
    pub platform_keys: Vec<PlatformKey>,
    /// What the shop's server shows.
    pub secret_keys: SecretKeys,
    /// What client tokens are made with.
    pub client_key: ClientKey,
    /// What pages may buy.
    pub catalogue: Catalogue,
    /// The deadline of a checkout whose shop names none.
    pub lifetime: Lifetime,
    /// Open unpaid catalogue sessions for one address.
    pub open_sessions_per_address: u32,
    /// Open unpaid catalogue sessions altogether.
    pub open_sessions_max: u32,
}

/// Who we are at WeChat Pay.
pub struct Merchant {
    /// The merchant's number, 商户号.
    pub mchid: String,
    /// The app that orders are made under.
    pub appid: String,
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

impl Config {
    /// Reads every variable through `lookup`; an empty value counts as none.
    pub fn parse(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, Vec<Misconfigured>> {
        let mut read = Reader { lookup, wrong: Vec::new() };
        let public_url = read.required("PUBLIC_URL", secure_origin);
        let wechatpay_url = read.or_default("WECHATPAY_URL", WECHATPAY_URL, secure_origin);
        let allowed_origins = public_url.as_ref().and_then(|own| {
            read.or_default("ALLOWED_ORIGINS", "", |text| AllowList::parse(own, text))
        });
        let merchant = merchant(&mut read);
        let api_v3_key = read.required("API_V3_KEY", ApiV3Key::parse);
        let own_serial = merchant.as_ref().map(|merchant| merchant.serial_no.clone());
        let platform_keys = platform_keys(&mut read, own_serial.as_deref());
        let secret_keys = read.required("SECRET_KEYS", SecretKeys::parse);
        let client_key = read.required("CLIENT_KEY", ClientKey::parse);
        let catalogue = read.or_default("PRODUCTS", "{}", Catalogue::parse);
        let lifetime = read.or_default("CHECKOUT_LIFETIME_S", "86400", lifetime);
        let per_address = read.or_default("OPEN_SESSIONS_PER_ADDRESS", "30", count);
        let altogether = read.or_default("OPEN_SESSIONS_MAX", "10000", count);
        if !read.wrong.is_empty() {
            return Err(read.wrong);
        }
        let build = || {
            Some(Self {
                public_url: public_url?,
                wechatpay_url: wechatpay_url?,
                allowed_origins: allowed_origins?,
                merchant: merchant?,
                api_v3_key: api_v3_key?,
                platform_keys: platform_keys?,
                secret_keys: secret_keys?,
                client_key: client_key?,
                catalogue: catalogue?,
                lifetime: lifetime?,
                open_sessions_per_address: per_address?,
                open_sessions_max: altogether?,
            })
        };
        // Whoever leaves a value out has reported why, so the list is empty only when all are here.
        build().ok_or(read.wrong)
    }

    /// Where the platform reports payments to.
    pub fn notify_url(&self) -> String {
        format!("{}/wechatpay/v3/notify/transactions", self.public_url.as_str())
    }

    /// The key that the platform's answers should be signed with: the public key where there is
    /// one, since a merchant who moved to it may have no certificate any more.
    pub fn platform_serial(&self) -> Option<&str> {
        self.platform_keys.first().map(|key| key.serial.as_str())
    }
}

/// All mistakes as one problem: safe to show, since no mistake carries a secret.
pub fn problem(mistakes: &[Misconfigured]) -> Problem {
    let words: Vec<String> = mistakes.iter().map(Misconfigured::to_string).collect();
    Problem::new(Code::Misconfigured, words.join("; "))
}

/// The platform's own address (protocol reference A.1).
const WECHATPAY_URL: &str = "https://api.mch.weixin.qq.com";

/// Bytes of one variable at most (Cloudflare's limits, 2026).
const VALUE_BYTES_MAX: usize = 5 * 1024;

struct Reader<L> {
    lookup: L,
    wrong: Vec<Misconfigured>,
}

impl<L: Fn(&str) -> Option<String>> Reader<L> {
    fn optional<T, E: Into<Mistake>>(
        &mut self,
        variable: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = Zeroizing::new((self.lookup)(variable).filter(|text| !text.trim().is_empty())?);
        if text.len() > VALUE_BYTES_MAX {
            return self.refuse(variable, Mistake::TooLong { bytes: text.len() });
        }
        parse(&text).map_or_else(|mistake| self.refuse(variable, mistake.into()), Some)
    }

    fn required<T, E: Into<Mistake>>(
        &mut self,
        variable: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        if self.has(variable) {
            self.optional(variable, parse)
        } else {
            self.refuse(variable, Mistake::Missing)
        }
    }

    fn or_default<T, E: Into<Mistake>>(
        &mut self,
        variable: &'static str,
        default: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        if self.has(variable) {
            self.optional(variable, parse)
        } else {
            parse(default).map_or_else(|mistake| self.refuse(variable, mistake.into()), Some)
        }
    }

    fn has(&self, variable: &str) -> bool {
        (self.lookup)(variable).is_some_and(|text| !text.trim().is_empty())
    }

    fn refuse<T>(&mut self, variable: &'static str, mistake: Mistake) -> Option<T> {
        self.wrong.push(Misconfigured { variable, mistake });
        None
    }
}

fn merchant<L: Fn(&str) -> Option<String>>(read: &mut Reader<L>) -> Option<Merchant> {
    let mchid = read.required("MCHID", mchid);
    let appid = read.required("APPID", appid);
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
    Some(Merchant { mchid: mchid?, appid: appid?, serial_no, private_key: private_key? })
}

fn platform_keys<L: Fn(&str) -> Option<String>>(
    read: &mut Reader<L>,
    own_serial: Option<&str>,
) -> Option<Vec<PlatformKey>> {
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

fn secure_origin(text: &str) -> Result<Origin, Mistake> {
    let origin = Origin::parse(text.trim())?;
    if origin.is_https() || origin.is_loopback() { Ok(origin) } else { Err(Mistake::Insecure) }
}

fn mchid(text: &str) -> Result<String, Mistake> {
    let text = text.trim();
    let spelt = text.bytes().all(|byte| byte.is_ascii_digit()) && text.len() <= 32;
    if spelt { Ok(text.to_owned()) } else { Err(Mistake::Mchid) }
}

fn appid(text: &str) -> Result<String, Mistake> {
    let text = text.trim();
    let spelt = text.bytes().all(|byte| byte.is_ascii_alphanumeric()) && text.len() <= 32;
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

fn count(text: &str) -> Result<u32, Mistake> {
    let (least, most) = (1, 1_000_000);
    let number = text.trim().parse().ok().filter(|number| (least..=most).contains(number));
    number.ok_or(Mistake::Number { least, most })
}
