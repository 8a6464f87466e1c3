//! Who is who: direct merchants, partners with their sub-merchants, and the platform's own keys.
//!
//! One of each kind is always here, made at random unless a file says who they are. The first two
//! stand in the credentials' own fields, which is the form that tools of every version read; any
//! further ones are a list behind them. [`Credentials::accounts`] shows all alike. None of it is
//! worth anything elsewhere, which is why, unlike in the Worker, it may be printed and read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::addresses::Addresses;
use crate::merchants_file::Wishes;
use crate::platform_keys::{PlatformCertificate, Policy};
use crate::rotation::{EarlierApiV3Key, MerchantCertificate};

/// Every credential, as `GET /sandbox/merchant` answers it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the field names are the platform's own (protocol reference)")]
pub struct Credentials {
    pub mchid: String,
    pub appid: String,
    /// Further apps of this merchant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_appids: Vec<String>,
    pub serial_no: String,
    /// Empty if only the merchant has it.
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
    /// Direct merchants and partners besides these two.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub more_merchants: Vec<Account>,
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
    /// What was set in the merchant platform, by the merchant's number.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub addresses: BTreeMap<String, Addresses>,
}

/// A service provider and the sub-merchants it acts for; it signs with its own key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the field names are the platform's own (protocol reference)")]
pub struct Partner {
    pub sp_mchid: String,
    pub sp_appid: String,
    /// Further apps of this partner.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_appids: Vec<String>,
    pub sub_mchid: String,
    pub sub_appid: String,
    #[serde(default)]
    pub sub_merchants: Vec<SubMerchant>,
    pub serial_no: String,
    /// Empty if only the partner has it.
    pub private_key_pem: String,
    pub certificate_pem: String,
    pub api_v3_key: String,
    pub api_v2_key: String,
}

/// A merchant that a partner acts for, and the app bound to it. It has no keys of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the field names are the platform's own (protocol reference)")]
pub struct SubMerchant {
    pub sub_mchid: String,
    pub sub_appid: String,
}

/// For whom a merchant acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// For itself.
    Direct,
    /// For its sub-merchants.
    Partner,
}

/// One merchant of either kind, as `GET /sandbox/merchants` lists it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the field names are the platform's own (protocol reference)")]
pub struct Account {
    pub kind: Kind,
    pub mchid: String,
    pub appid: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_appids: Vec<String>,
    pub serial_no: String,
    pub certificate_pem: String,
    /// Nothing if only the merchant has it.
    pub private_key_pem: Option<String>,
    pub api_v3_key: String,
    pub api_v2_key: String,
    /// A direct merchant has none.
    pub sub_merchants: Vec<SubMerchant>,
    #[serde(flatten)]
    pub addresses: Addresses,
}

/// The credentials of one merchant that a rotation replaces.
pub(crate) struct Slot<'a> {
    pub(crate) serial_no: &'a mut String,
    pub(crate) certificate_pem: &'a mut String,
    pub(crate) private_key_pem: &'a mut String,
    pub(crate) api_v3_key: &'a mut String,
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
        const FILE: &str = "credentials.json in the state folder";
        match self {
            Self::File(error) => {
                write!(f, "{FILE}: {error}; choose a folder that you may write with --state FOLDER")
            }
            Self::Unreadable(error) => {
                write!(f, "{FILE} is not ours: {error}; delete it to start over with new keys")
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
    /// Fresh credentials: one direct merchant, one partner, the platform's keys.
    pub fn generate(now: u64) -> Result<Self, NoCredentials> {
        Wishes::default().granted(None, now)
    }

    /// Every merchant: the first direct one, the first partner, then the others.
    pub fn accounts(&self) -> Vec<Account> {
        let Self { partner, .. } = self;
        let known = |pem: &String| Some(pem.clone()).filter(|pem| !pem.is_empty());
        let direct = Account {
            kind: Kind::Direct,
            mchid: self.mchid.clone(),
            appid: self.appid.clone(),
            other_appids: self.other_appids.clone(),
            serial_no: self.serial_no.clone(),
            certificate_pem: self.certificate_pem.clone(),
            private_key_pem: known(&self.private_key_pem),
            api_v3_key: self.api_v3_key.clone(),
            api_v2_key: self.api_v2_key.clone(),
            sub_merchants: Vec::new(),
            addresses: self.addresses_of(&self.mchid),
        };
        let partner = Account {
            kind: Kind::Partner,
            mchid: partner.sp_mchid.clone(),
            appid: partner.sp_appid.clone(),
            other_appids: partner.other_appids.clone(),
            serial_no: partner.serial_no.clone(),
            certificate_pem: partner.certificate_pem.clone(),
            private_key_pem: known(&partner.private_key_pem),
            api_v3_key: partner.api_v3_key.clone(),
            api_v2_key: partner.api_v2_key.clone(),
            sub_merchants: partner.sub_merchants.clone(),
            addresses: self.addresses_of(&partner.sp_mchid),
        };
        let more = self.more_merchants.iter().cloned().map(|account| Account {
            private_key_pem: account.private_key_pem.filter(|pem| !pem.is_empty()),
            addresses: self.addresses_of(&account.mchid),
            ..account
        });
        [direct, partner].into_iter().chain(more).collect()
    }

    /// What a rotation may replace of this merchant's.
    pub(crate) fn slot(&mut self, mchid: &str) -> Option<Slot<'_>> {
        if mchid == self.mchid {
            let Self { serial_no, certificate_pem, private_key_pem, api_v3_key, .. } = self;
            return Some(Slot { serial_no, certificate_pem, private_key_pem, api_v3_key });
        }
        if mchid == self.partner.sp_mchid {
            let Partner { serial_no, certificate_pem, private_key_pem, api_v3_key, .. } =
                &mut self.partner;
            return Some(Slot { serial_no, certificate_pem, private_key_pem, api_v3_key });
        }
        let account = self.more_merchants.iter_mut().find(|each| each.mchid == mchid)?;
        let Account { serial_no, certificate_pem, private_key_pem, api_v3_key, .. } = account;
        let private_key_pem = private_key_pem.get_or_insert_default();
        Some(Slot { serial_no, certificate_pem, private_key_pem, api_v3_key })
    }
}

impl From<Account> for Partner {
    fn from(account: Account) -> Self {
        let first = account.sub_merchants.first();
        Self {
            sub_mchid: first.map(|sub| sub.sub_mchid.clone()).unwrap_or_default(),
            sub_appid: first.map(|sub| sub.sub_appid.clone()).unwrap_or_default(),
            sp_mchid: account.mchid,
            sp_appid: account.appid,
            other_appids: account.other_appids,
            sub_merchants: account.sub_merchants,
            serial_no: account.serial_no,
            private_key_pem: account.private_key_pem.unwrap_or_default(),
            certificate_pem: account.certificate_pem,
            api_v3_key: account.api_v3_key,
            api_v2_key: account.api_v2_key,
        }
    }
}

impl Partner {
    /// Names the sub-merchants where an earlier version knew one alone. The second one is made
    /// from it, so that it is the same at every start.
    pub(crate) fn complete(&mut self) {
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
