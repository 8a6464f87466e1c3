//! The credentials with their keys read: what verifies, signs and seals right now.
//!
//! One [`Keyring`] is never changed: a rotation makes a new one and puts it in the old one's place,
//! so that a call which is under way finishes with the keys it began with.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use wechatpay::crypto::ApiV3Key;
use wechatpay::key::BadKey;

use crate::keys::{MerchantKey, PlatformKey};
use crate::merchant::{Account, Credentials};
use crate::platform_keys::Serials;
use crate::v2::Merchants;
use crate::v3::authorization::Merchant;

/// Every key, ready for use.
pub struct Keyring {
    /// Who is who, in full.
    pub credentials: Credentials,
    /// The merchants that may call, one entry for each of their certificates, in the order of their
    /// numbers and serial numbers.
    pub merchants: Vec<Merchant>,
    /// The same as V2 knows them.
    pub v2: Merchants,
    /// The public key, then the certificates', oldest first, whatever is in force.
    platform: Vec<PlatformKey>,
    /// The public key again, for the case that cannot be.
    public_key: PlatformKey,
    /// APIv3 keys that still seal what was first told under them.
    earlier: Vec<Earlier>,
}

struct Earlier {
    mchid: String,
    key: ApiV3Key,
    until_seq: u64,
}

impl Keyring {
    /// Reads every key.
    pub fn new(credentials: Credentials) -> Result<Self, BadKey> {
        let public_key = |credentials: &Credentials| {
            PlatformKey::new(
                &credentials.platform_public_key_id,
                &credentials.platform_private_key_pem,
            )
        };
        let mut platform = vec![public_key(&credentials)?];
        for certificate in &credentials.platform_certificates {
            platform.push(PlatformKey::new(&certificate.serial_no, &certificate.private_key_pem)?);
        }
        let earlier = credentials.earlier_api_v3_keys.iter().map(|each| {
            let key = ApiV3Key::parse(&each.api_v3_key)?;
            Ok(Earlier { mchid: each.mchid.clone(), key, until_seq: each.until_seq })
        });
        Ok(Self {
            merchants: merchants(&credentials)?,
            v2: Merchants::new(credentials.accounts()),
            platform,
            public_key: public_key(&credentials)?,
            earlier: earlier.collect::<Result<_, BadKey>>()?,
            credentials,
        })
    }

    /// The key that signs an answer to a request with this `Wechatpay-Serial`.
    pub fn signs_answer(&self, wanted: Option<&str>) -> &PlatformKey {
        self.key(self.credentials.platform_key_policy.signs_answer(self.serials(), wanted))
    }

    /// The key that signs a notification which was tried so often before.
    pub fn signs_notification(&self, tries_before: usize) -> &PlatformKey {
        let policy = &self.credentials.platform_key_policy;
        self.key(policy.signs_notification(self.serials(), tries_before))
    }

    /// A key of the other scheme: the newest certificate for the public key, and the other way.
    pub fn other_scheme(&self, key: &PlatformKey) -> &PlatformKey {
        let newest = self.platform.last().unwrap_or(&self.public_key);
        if key.serial == self.public_key.serial { newest } else { &self.public_key }
    }

    /// The key in force that a merchant names in `Wechatpay-Serial`.
    pub fn named(&self, serial: &str) -> Option<&PlatformKey> {
        let mode = self.credentials.platform_key_policy.mode;
        let in_force = self.serials().in_force(mode).contains(&serial);
        in_force.then(|| self.key(serial))
    }

    /// What seals the notification with this number for this merchant: the key that was the
    /// merchant's when the notification came to be.
    pub fn seals(&self, mchid: &str, seq: u64) -> Option<&ApiV3Key> {
        let earlier = self.earlier.iter().find(|old| old.mchid == mchid && seq <= old.until_seq);
        let current = || {
            let first = self.merchants.partition_point(|known| known.mchid.as_str() < mchid);
            self.merchants.get(first).filter(|known| known.mchid == mchid)
        };
        earlier.map(|old| &old.key).or_else(|| current().map(|merchant| &merchant.api_v3_key))
    }

    /// The platform's serial numbers.
    pub fn serials(&self) -> Serials<'_> {
        self.credentials.serials()
    }

    fn key(&self, serial: &str) -> &PlatformKey {
        self.platform.iter().find(|key| key.serial == serial).unwrap_or(&self.public_key)
    }
}

/// The numbers of these merchants and of everybody they act for.
fn numbers<'a>(accounts: impl Iterator<Item = &'a Account>) -> BTreeSet<String> {
    accounts
        .flat_map(|each| {
            let subs = each.sub_merchants.iter().map(|sub| &sub.sub_mchid);
            subs.chain([&each.mchid]).cloned().collect::<Vec<_>>()
        })
        .collect()
}

fn merchants(credentials: &Credentials) -> Result<Vec<Merchant>, BadKey> {
    let accounts = credentials.accounts().into_iter();
    let accounts: BTreeMap<_, _> = accounts.map(|each| (each.mchid.clone(), each)).collect();
    let certificates = credentials.merchant_certificates.iter();
    let everybody = Arc::new(numbers(accounts.values()));
    // One of a merchant that is here no more opens nothing.
    let known = certificates.filter_map(|each| Some((each, accounts.get(&each.mchid)?)));
    let all = known.map(|(certificate, account)| {
        Ok(Merchant {
            mchid: account.mchid.clone(),
            appid: account.appid.clone(),
            other_appids: account.other_appids.clone(),
            everybody: Arc::clone(&everybody),
            serial_no: certificate.serial_no.clone(),
            retired: certificate.retired,
            key: MerchantKey::of_certificate(&certificate.certificate_pem)?,
            api_v3_key: ApiV3Key::parse(&account.api_v3_key)?,
            subs: account.sub_merchants.clone(),
        })
    });
    let mut all = all.collect::<Result<Vec<_>, BadKey>>()?;
    all.sort_by(|one, other| one.named().cmp(&other.named()));
    Ok(all)
}
