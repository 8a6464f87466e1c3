//! How credentials change while the sandbox runs: platform certificates come and go, a merchant
//! gets a second certificate, an APIv3 key is replaced.
//!
//! Values in, values out; making a key takes about a second, so the caller does this aside.
//! Rotations go forward only: a certificate that is taken out of force does not come back.

use serde::{Deserialize, Serialize};
use wechatpay::crypto::ApiV3Key;
use wechatpay::key::{BadKey, Certificate};

use crate::dice;
use crate::key_making::{SigningSet, issue_many};
use crate::merchant::{Account, Credentials, NoCredentials};
use crate::platform_keys::{PlatformCertificate, Serials};
use crate::time;

/// The most platform certificates at once; two are usual in a rotation (protocol reference A.5).
pub const CERTIFICATES_MAX: usize = 3;

/// A platform certificate is in force for this long when it is made, so that one which follows it
/// at once can be newer without being in force only tomorrow.
pub const ISSUED_BEFORE_S: u64 = 3_600;

/// One certificate of a merchant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the field names are the platform's own (protocol reference)")]
pub struct MerchantCertificate {
    pub mchid: String,
    pub serial_no: String,
    pub certificate_pem: String,
    /// Empty if only the merchant has it.
    pub private_key_pem: String,
    /// Replaced: what it signs is refused.
    pub retired: bool,
}

impl From<Account> for MerchantCertificate {
    fn from(account: Account) -> Self {
        Self {
            mchid: account.mchid,
            serial_no: account.serial_no,
            certificate_pem: account.certificate_pem,
            private_key_pem: account.private_key_pem.unwrap_or_default(),
            retired: false,
        }
    }
}

/// An APIv3 key that was replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the field names are the platform's own (protocol reference)")]
pub struct EarlierApiV3Key {
    pub mchid: String,
    pub api_v3_key: String,
    /// Seals notifications up to this number.
    pub until_seq: u64,
}

/// Why credentials stay as they are.
#[derive(Debug)]
pub enum NotRotated {
    /// Nobody here has this number.
    UnknownMerchant,
    /// The merchant has no certificate of this serial number in force.
    UnknownSerial,
    /// A merchant without any certificate could never call again.
    LastCertificate,
    /// The key that was given cannot be one.
    BadKey(BadKey),
    /// A key could not be made.
    Failed(NoCredentials),
}

impl From<NoCredentials> for NotRotated {
    fn from(error: NoCredentials) -> Self {
        Self::Failed(error)
    }
}

impl Credentials {
    /// Lists what files of the first version do not list: the certificates by themselves.
    pub(crate) fn completed(mut self) -> Result<Self, NoCredentials> {
        if self.platform_certificates.is_empty() {
            self.platform_certificates = vec![platform_certificate(SigningSet {
                serial: self.platform_certificate_serial.clone(),
                private_key_pem: self.platform_certificate_private_key_pem.clone(),
                certificate_pem: self.platform_certificate_pem.clone(),
            })?];
        }
        if self.merchant_certificates.is_empty() {
            let all = self.accounts().into_iter();
            self.merchant_certificates = all.map(MerchantCertificate::from).collect();
        }
        Ok(self)
    }

    /// Makes newer platform certificates or takes the oldest out of force, until there are
    /// `count`, from one to [`CERTIFICATES_MAX`].
    pub fn with_certificates(mut self, count: usize, now: u64) -> Result<Self, NotRotated> {
        let count = count.clamp(1, CERTIFICATES_MAX);
        let surplus = self.platform_certificates.len().saturating_sub(count);
        self.platform_certificates.drain(..surplus);
        let newest = self.platform_certificates.last();
        let newest = newest.and_then(|newest| time::parse(&newest.effective_time));
        let mut after = newest.and_then(|moment| u64::try_from(moment).ok()).unwrap_or_default();
        let mut moments = Vec::new();
        for _ in self.platform_certificates.len()..count {
            after = (after + 1).max(now.saturating_sub(ISSUED_BEFORE_S));
            moments.push(after);
        }
        for made in issue_many("platform", &moments)? {
            self.platform_certificates.push(platform_certificate(made)?);
        }
        Ok(self.settled())
    }

    /// The same, after platform certificates came or went: what is said twice agrees.
    pub(crate) fn settled(mut self) -> Self {
        if let Some(first) = self.platform_certificates.first().cloned() {
            self.platform_certificate_serial = first.serial_no;
            self.platform_certificate_pem = first.certificate_pem;
            self.platform_certificate_private_key_pem = first.private_key_pem;
        }
        let mut policy = std::mem::take(&mut self.platform_key_policy);
        policy.settle(self.serials());
        self.platform_key_policy = policy;
        self
    }

    /// A further certificate for a merchant, besides those it has.
    pub fn with_merchant_certificate(mut self, mchid: &str, now: u64) -> Result<Self, NotRotated> {
        if self.slot(mchid).is_none() {
            return Err(NotRotated::UnknownMerchant);
        }
        for made in issue_many(mchid, &[now])? {
            self.merchant_certificates.push(MerchantCertificate {
                mchid: mchid.to_owned(),
                serial_no: made.serial,
                certificate_pem: made.certificate_pem,
                private_key_pem: made.private_key_pem,
                retired: false,
            });
        }
        Ok(self)
    }

    /// Takes a merchant's certificate out of force. What stands in the credentials' own fields is
    /// then the oldest one left.
    pub fn without_merchant_certificate(mut self, serial: &str) -> Result<Self, NotRotated> {
        let found = self.merchant_certificates.iter_mut();
        let mut in_force = found.filter(|each| !each.retired);
        let retired = in_force.find(|each| each.serial_no == serial);
        let retired = retired.ok_or(NotRotated::UnknownSerial)?;
        retired.retired = true;
        let mchid = retired.mchid.clone();
        let left = self.merchant_certificates.iter();
        let left = left.clone().find(|each| each.mchid == mchid && !each.retired).cloned();
        let left = left.ok_or(NotRotated::LastCertificate)?;
        let slot = self.slot(&mchid).ok_or(NotRotated::UnknownMerchant)?;
        *slot.serial_no = left.serial_no;
        *slot.certificate_pem = left.certificate_pem;
        *slot.private_key_pem = left.private_key_pem;
        Ok(self)
    }

    /// Another APIv3 key for a merchant, drawn if none is given. Notifications up to `last_seq`
    /// stay with the one that they began with.
    pub fn with_api_v3_key(
        mut self,
        mchid: &str,
        given: Option<String>,
        last_seq: u64,
    ) -> Result<Self, NotRotated> {
        let new = given.unwrap_or_else(|| dice::letters(32));
        ApiV3Key::parse(&new).map_err(NotRotated::BadKey)?;
        let slot = self.slot(mchid).ok_or(NotRotated::UnknownMerchant)?;
        let api_v3_key = std::mem::replace(slot.api_v3_key, new);
        let mchid = mchid.to_owned();
        self.earlier_api_v3_keys.push(EarlierApiV3Key { mchid, api_v3_key, until_seq: last_seq });
        Ok(self)
    }

    /// Without the keys that only earlier notifications need.
    pub fn without_earlier_keys(mut self) -> Self {
        self.earlier_api_v3_keys.clear();
        self
    }

    /// Who could sign as the platform.
    pub(crate) fn serials(&self) -> Serials<'_> {
        Serials {
            public_key: &self.platform_public_key_id,
            certificates: &self.platform_certificates,
        }
    }
}

pub(crate) fn platform_certificate(made: SigningSet) -> Result<PlatformCertificate, NoCredentials> {
    let read = Certificate::parse(&made.certificate_pem)
        .map_err(|error| NoCredentials::Key(error.to_string()))?;
    Ok(PlatformCertificate {
        serial_no: made.serial,
        certificate_pem: made.certificate_pem,
        private_key_pem: made.private_key_pem,
        effective_time: time::beijing(read.not_before.0),
        expire_time: time::beijing(read.not_after.0),
    })
}
