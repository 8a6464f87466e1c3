//! Who is who: one throw-away direct merchant, one partner with its sub-merchants, and the
//! platform's own two keys.
//!
//! Everything here is made at random the first time and kept in the state folder. It is worth
//! nothing anywhere else, which is why, unlike in the Worker, it may be printed and read.

use std::io::Write;
use std::path::{Path, PathBuf};

use rsa::pkcs8::{EncodePrivateKey, EncodePublicKey, LineEnding};
use rsa::{RsaPrivateKey, RsaPublicKey};
use serde::{Deserialize, Serialize};

use crate::certificate;
use crate::dice;
use crate::platform_keys::{PlatformCertificate, Policy};
use crate::rotation::{EarlierApiV3Key, ISSUED_BEFORE_S, MerchantCertificate};

const FILE: &str = "credentials.json";
const RSA_BITS: usize = 2_048;

/// Every credential, as `GET /sandbox/merchant` answers it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the field names are the platform's own (protocol reference)")]
pub struct Credentials {
    pub mchid: String,
    pub appid: String,
    pub serial_no: String,
    pub private_key_pem: String,
    pub certificate_pem: String,
    pub api_v3_key: String,
    pub api_v2_key: String,
    pub platform_public_key_id: String,
    pub platform_public_key_pem: String,
    pub platform_private_key_pem: String,
    pub platform_certificate_serial: String,
    pub platform_certificate_pem: String,
    pub platform_certificate_private_key_pem: String,
    pub partner: Partner,
    /// In force, oldest first; the first one is also `platform_certificate_*` above.
    #[serde(default)]
    pub platform_certificates: Vec<PlatformCertificate>,
    #[serde(default)]
    pub platform_key_policy: Policy,
    /// Every one that a merchant ever had.
    #[serde(default)]
    pub merchant_certificates: Vec<MerchantCertificate>,
    #[serde(default)]
    pub earlier_api_v3_keys: Vec<EarlierApiV3Key>,
}

/// A service provider and the sub-merchants it acts for; it signs with its own key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the field names are the platform's own (protocol reference)")]
pub struct Partner {
    pub sp_mchid: String,
    pub sp_appid: String,
    pub sub_mchid: String,
    pub sub_appid: String,
    #[serde(default)]
    pub sub_merchants: Vec<SubMerchant>,
    pub serial_no: String,
    pub private_key_pem: String,
    pub certificate_pem: String,
    pub api_v3_key: String,
    pub api_v2_key: String,
}

/// A merchant that a partner acts for, and the app bound to it. It has no keys of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the field names are the platform's own (protocol reference)")]
pub struct SubMerchant {
    pub sub_mchid: String,
    pub sub_appid: String,
}

/// Why there are no credentials.
#[derive(Debug)]
pub enum NoCredentials {
    /// The file cannot be read or written.
    File(std::io::Error),
    /// The file is not what this version writes.
    Unreadable(serde_json::Error),
    /// A key could not be made.
    Key(String),
}

impl std::fmt::Display for NoCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(error) => write!(f, "{FILE} in the state folder: {error}"),
            Self::Unreadable(error) => {
                write!(
                    f,
                    "{FILE} in the state folder is not ours: {error}; delete it to start over"
                )
            }
            Self::Key(error) => write!(f, "making a key: {error}"),
        }
    }
}

impl std::error::Error for NoCredentials {}

impl From<std::io::Error> for NoCredentials {
    fn from(error: std::io::Error) -> Self {
        Self::File(error)
    }
}

impl Credentials {
    /// The folder's credentials, made now if it has none.
    pub fn in_folder(folder: &Path, now: u64) -> Result<Self, NoCredentials> {
        std::fs::create_dir_all(folder)?;
        let path = folder.join(FILE);
        if !path.exists() {
            // Written aside and linked into place: a crash leaves no half file, and of two
            // processes that begin together the first one's keys win.
            let aside = Self::generate(now)?.write_aside(folder)?;
            let linked = std::fs::hard_link(&aside, &path);
            std::fs::remove_file(&aside)?;
            match linked {
                Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                    return Err(error.into());
                }
                _ => {}
            }
        }
        let mut read: Self =
            serde_json::from_slice(&std::fs::read(&path)?).map_err(NoCredentials::Unreadable)?;
        read.partner.complete();
        read.completed()
    }

    /// Puts these credentials in the place of the folder's, all at once.
    pub fn save(&self, folder: &Path) -> Result<(), NoCredentials> {
        Ok(std::fs::rename(self.write_aside(folder)?, folder.join(FILE))?)
    }

    fn write_aside(&self, folder: &Path) -> Result<PathBuf, NoCredentials> {
        let text = serde_json::to_vec_pretty(self).map_err(NoCredentials::Unreadable)?;
        let aside = folder.join(format!("{FILE}.{}", std::process::id()));
        private_file(&aside)?.write_all(&text)?;
        Ok(aside)
    }

    /// Fresh credentials. Four RSA keys take a second or two, so they are made side by side.
    pub fn generate(now: u64) -> Result<Self, NoCredentials> {
        let [merchant, partner, public_key, certificate] =
            std::thread::scope(|scope| [(); 4].map(|()| scope.spawn(rsa_key)).map(|t| t.join()));
        let merchant = signing_set(merchant, "merchant", now)?;
        let partner = signing_set(partner, "partner", now)?;
        let platform = signing_set(certificate, "platform", now.saturating_sub(ISSUED_BEFORE_S))?;
        let public_key = joined(public_key)?;
        let [one, other] = [(), ()].map(|()| SubMerchant {
            sub_mchid: format!("16{}", dice::digits(8)),
            sub_appid: app_id(),
        });
        let made = Self {
            mchid: format!("19{}", dice::digits(8)),
            appid: app_id(),
            serial_no: merchant.serial,
            private_key_pem: merchant.private_key_pem,
            certificate_pem: merchant.certificate_pem,
            api_v3_key: dice::letters(32),
            api_v2_key: dice::letters(32),
            platform_public_key_id: format!("PUB_KEY_ID_{}", dice::digits(34)),
            platform_public_key_pem: RsaPublicKey::from(&public_key)
                .to_public_key_pem(LineEnding::LF)
                .map_err(|error| NoCredentials::Key(error.to_string()))?,
            platform_private_key_pem: private_pem(&public_key)?,
            platform_certificate_serial: platform.serial,
            platform_certificate_pem: platform.certificate_pem,
            platform_certificate_private_key_pem: platform.private_key_pem,
            partner: Partner {
                sp_mchid: format!("17{}", dice::digits(8)),
                sp_appid: app_id(),
                sub_mchid: one.sub_mchid.clone(),
                sub_appid: one.sub_appid.clone(),
                sub_merchants: vec![one, other],
                serial_no: partner.serial,
                private_key_pem: partner.private_key_pem,
                certificate_pem: partner.certificate_pem,
                api_v3_key: dice::letters(32),
                api_v2_key: dice::letters(32),
            },
            platform_certificates: Vec::new(),
            platform_key_policy: Policy::default(),
            merchant_certificates: Vec::new(),
            earlier_api_v3_keys: Vec::new(),
        };
        made.completed()
    }
}

impl Partner {
    /// Names the sub-merchants where an earlier version knew one alone. The second one is made
    /// from it, so that it is the same at every start.
    fn complete(&mut self) {
        if self.sub_merchants.is_empty() {
            let Self { sub_mchid, sub_appid, .. } = self;
            let next = |text: &str| match text.char_indices().next_back() {
                Some((at, last)) => {
                    let digit = last.to_digit(10).map_or(0, |digit| (digit + 1) % 10);
                    format!("{}{digit}", text.get(..at).unwrap_or_default())
                }
                None => String::new(),
            };
            self.sub_merchants = vec![
                SubMerchant { sub_mchid: sub_mchid.clone(), sub_appid: sub_appid.clone() },
                SubMerchant { sub_mchid: next(sub_mchid), sub_appid: next(sub_appid) },
            ];
        }
    }
}

/// A key, its certificate, and the certificate's serial number.
pub(crate) struct SigningSet {
    pub(crate) serial: String,
    pub(crate) private_key_pem: String,
    pub(crate) certificate_pem: String,
}

/// One certificate for each moment from which it is valid, their keys made side by side.
pub(crate) fn issue_many(who: &str, moments: &[u64]) -> Result<Vec<SigningSet>, NoCredentials> {
    std::thread::scope(|scope| {
        let keys: Vec<_> = moments.iter().map(|_| scope.spawn(rsa_key)).collect();
        let made = keys.into_iter().zip(moments);
        made.map(|(key, now)| signing_set(key.join(), who, *now)).collect()
    })
}

type MadeKey = std::thread::Result<rsa::Result<RsaPrivateKey>>;

fn rsa_key() -> rsa::Result<RsaPrivateKey> {
    RsaPrivateKey::new(&mut rsa::rand_core::OsRng, RSA_BITS)
}

fn joined(key: MadeKey) -> Result<RsaPrivateKey, NoCredentials> {
    match key {
        Ok(key) => key.map_err(|error| NoCredentials::Key(error.to_string())),
        Err(_) => Err(NoCredentials::Key("the thread that makes it is gone".to_owned())),
    }
}

fn signing_set(key: MadeKey, who: &str, now: u64) -> Result<SigningSet, NoCredentials> {
    let key = joined(key)?;
    let issued = certificate::issue(&key, who, dice::bytes(), now)
        .map_err(|error| NoCredentials::Key(error.to_string()))?;
    Ok(SigningSet {
        serial: issued.serial,
        private_key_pem: private_pem(&key)?,
        certificate_pem: issued.pem,
    })
}

fn private_pem(key: &RsaPrivateKey) -> Result<String, NoCredentials> {
    key.to_pkcs8_pem(LineEnding::LF)
        .map(|pem| pem.to_string())
        .map_err(|error| NoCredentials::Key(error.to_string()))
}

fn app_id() -> String {
    let bytes: [u8; 8] = dice::bytes();
    format!("wx{:016x}", u64::from_be_bytes(bytes))
}

fn private_file(path: &Path) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partner_of_an_earlier_version_gets_a_second_sub_merchant_that_stays() {
        let mut partner = serde_json::json!({
            "sp_mchid": "1700000002", "sp_appid": "wxaaaaaaaaaaaaaaaa",
            "sub_mchid": "1600000009", "sub_appid": "wxbbbbbbbbbbbbbbbb",
            "serial_no": "", "private_key_pem": "", "certificate_pem": "",
            "api_v3_key": "", "api_v2_key": "",
        });
        let read = |value: &serde_json::Value| {
            let mut partner: Partner = serde_json::from_value(value.clone()).unwrap();
            partner.complete();
            partner
        };
        let first = read(&partner);
        let known =
            SubMerchant { sub_mchid: "1600000009".into(), sub_appid: "wxbbbbbbbbbbbbbbbb".into() };
        assert_eq!(first.sub_merchants.len(), 2);
        assert_eq!(first.sub_merchants[0], known);
        assert_ne!(first.sub_merchants[1].sub_mchid, known.sub_mchid);
        assert!(read(&partner) == first);
        partner["sub_merchants"] = serde_json::json!([known]);
        assert_eq!(read(&partner).sub_merchants, [known]);
    }
}
