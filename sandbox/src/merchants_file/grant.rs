//! Wishes into credentials: what is wished for comes first, then what a state folder kept, and
//! what neither has is made.

use std::collections::BTreeMap;

use rsa::RsaPrivateKey;
use rsa::pkcs8::DecodePrivateKey;
use wechatpay::key::Certificate;

use super::material::matching;
use super::{Issued, Signing, Wish, Wishes};
use crate::addresses::Addresses;
use crate::dice;
use crate::key_making::{SigningSet, private_pem, public_pem, rsa_keys, signing_set};
use crate::merchant::{Account, Credentials, Kind, NoCredentials, Partner, SubMerchant};
use crate::platform_keys::PlatformCertificate;
use crate::rotation::{ISSUED_BEFORE_S, MerchantCertificate, platform_certificate};

/// How many sub-merchants a partner gets that names none: one could hide a mix-up of two.
const SUB_MERCHANTS_MADE: usize = 2;

impl Wishes {
    /// Credentials that are as wished; `now` is when certificates that are made begin.
    pub fn granted(
        mut self,
        kept: Option<Credentials>,
        now: u64,
    ) -> Result<Credentials, NoCredentials> {
        let earlier = kept.as_ref().map(Credentials::accounts).unwrap_or_default();
        let mut wishes: Vec<Wish> = std::mem::take(&mut self.merchants);
        wishes.iter_mut().for_each(|wish| wish.complete_from(&earlier));
        for kind in [Kind::Direct, Kind::Partner] {
            if !wishes.iter().any(|wish| wish.kind == kind) {
                let spare = spare(kind, &earlier, &wishes);
                wishes.push(spare);
            }
        }
        self.complete_from(kept.as_ref());
        let signings = wishes.iter_mut().map(|wish| &mut wish.signing);
        let mut signings: Vec<_> = signings.chain(&mut self.certificates).collect();
        let keyless: Vec<_> = signings
            .iter_mut()
            .filter(|signing| signing.certificate.is_none() && signing.key.is_none())
            .map(|signing| &mut signing.key)
            .chain(self.public_key.is_none().then_some(&mut self.public_key))
            .collect();
        let keys = rsa_keys(keyless.len())?;
        for (slot, key) in keyless.into_iter().zip(keys) {
            *slot = Some(key);
        }
        let mut accounts = Vec::with_capacity(wishes.len());
        for wish in wishes {
            accounts.push(wish.account(now)?);
        }
        self.assembled(accounts, kept, now)
    }

    /// The platform's own keys, where the file leaves them open.
    fn complete_from(&mut self, kept: Option<&Credentials>) {
        if let Some(kept) = kept {
            let key = || RsaPrivateKey::from_pkcs8_pem(&kept.platform_private_key_pem).ok();
            self.public_key = self.public_key.take().or_else(key);
            self.public_key_id.get_or_insert_with(|| kept.platform_public_key_id.clone());
        }
        // Kept certificates stay as they are, with their dates; one that is made begins here.
        if self.certificates.is_empty() && kept.is_none() {
            self.certificates.push(Signing::default());
        }
    }

    fn assembled(
        self,
        accounts: Vec<Account>,
        kept: Option<Credentials>,
        now: u64,
    ) -> Result<Credentials, NoCredentials> {
        let missing = || NoCredentials::Key("a merchant of each kind is needed".to_owned());
        let (addresses, mut rest) = parted(accounts);
        let mut first_of = |kind| {
            let place = rest.iter().position(|each| each.kind == kind).ok_or_else(missing)?;
            Ok::<_, NoCredentials>(rest.remove(place))
        };
        let (direct, partner) = (first_of(Kind::Direct)?, first_of(Kind::Partner)?);
        let public_key = self.public_key.ok_or_else(missing)?;
        let platform_private_key_pem = private_pem(&public_key)?;
        let id = || format!("PUB_KEY_ID_{}", dice::digits(34));
        let mut made = Credentials {
            mchid: direct.mchid,
            appid: direct.appid,
            other_appids: direct.other_appids,
            serial_no: direct.serial_no,
            private_key_pem: direct.private_key_pem.unwrap_or_default(),
            certificate_pem: direct.certificate_pem,
            api_v3_key: direct.api_v3_key,
            api_v2_key: direct.api_v2_key,
            platform_public_key_id: self.public_key_id.unwrap_or_else(id),
            platform_public_key_pem: public_pem(&platform_private_key_pem)?,
            platform_private_key_pem,
            platform_certificate_serial: String::new(),
            platform_certificate_pem: String::new(),
            platform_certificate_private_key_pem: String::new(),
            partner: Partner::from(partner),
            more_merchants: rest,
            platform_certificates: platform_certificates(self.certificates, kept.as_ref(), now)?,
            platform_key_policy: kept
                .as_ref()
                .map(|kept| kept.platform_key_policy.clone())
                .unwrap_or_default(),
            merchant_certificates: Vec::new(),
            earlier_api_v3_keys: Vec::new(),
            addresses,
        };
        made.keep_rotations(kept);
        Ok(made.settled())
    }
}

/// The addresses by themselves: the credentials keep them in one place for all merchants.
fn parted(mut accounts: Vec<Account>) -> (BTreeMap<String, Addresses>, Vec<Account>) {
    let addresses =
        accounts.iter_mut().map(|each| (each.mchid.clone(), std::mem::take(&mut each.addresses)));
    let addresses = addresses.filter(|(_, addresses)| !addresses.is_empty()).collect();
    (addresses, accounts)
}

fn platform_certificates(
    wished: Vec<Signing>,
    kept: Option<&Credentials>,
    now: u64,
) -> Result<Vec<PlatformCertificate>, NoCredentials> {
    if wished.is_empty() {
        return Ok(kept.map(|kept| kept.platform_certificates.clone()).unwrap_or_default());
    }
    let begun = now.saturating_sub(ISSUED_BEFORE_S);
    let all =
        wished.into_iter().map(|signing| platform_certificate(signing.set("platform", begun)?));
    all.collect()
}

impl Credentials {
    /// Certificates and keys that rotations left, for merchants that are still here.
    fn keep_rotations(&mut self, kept: Option<Self>) {
        let accounts = self.accounts();
        let here = |mchid: &str| accounts.iter().any(|each| each.mchid == mchid);
        let (certificates, keys) = kept
            .map(|kept| (kept.merchant_certificates, kept.earlier_api_v3_keys))
            .unwrap_or_default();
        self.earlier_api_v3_keys = keys.into_iter().filter(|key| here(&key.mchid)).collect();
        // The one that a merchant has now comes first and is in force, also if it was retired: the
        // file says so.
        let mut all: Vec<_> = accounts.iter().cloned().map(MerchantCertificate::from).collect();
        for certificate in certificates.into_iter().filter(|each| here(&each.mchid)) {
            let same = |each: &MerchantCertificate| {
                each.mchid == certificate.mchid && each.serial_no == certificate.serial_no
            };
            if !all.iter().any(same) {
                all.push(certificate);
            }
        }
        self.merchant_certificates = all;
    }
}

impl Wish {
    fn empty(kind: Kind, mchid: String) -> Self {
        Self {
            kind,
            mchid,
            appid: None,
            other_appids: Vec::new(),
            signing: Signing::default(),
            api_v3_key: None,
            api_v2_key: None,
            sub_merchants: Vec::new(),
            addresses: Addresses::default(),
        }
    }

    /// What the folder knows of the same merchant, where the file leaves it open.
    fn complete_from(&mut self, earlier: &[Account]) {
        let same = |account: &&Account| account.mchid == self.mchid && account.kind == self.kind;
        let Some(account) = earlier.iter().find(same).cloned() else { return };
        self.appid.get_or_insert(account.appid);
        self.api_v3_key.get_or_insert(account.api_v3_key);
        self.api_v2_key.get_or_insert(account.api_v2_key);
        for sub in self.sub_merchants.iter_mut().filter(|sub| sub.sub_appid.is_empty()) {
            let mut known = account.sub_merchants.iter();
            let known = known.find(|known| known.sub_mchid == sub.sub_mchid);
            sub.sub_appid = known.map(|known| known.sub_appid.clone()).unwrap_or_default();
        }
        if self.sub_merchants.is_empty() {
            self.sub_merchants = account.sub_merchants;
        }
        let Addresses { native_url, refund_notify_url } = account.addresses;
        self.addresses.native_url = self.addresses.native_url.take().or(native_url);
        self.addresses.refund_notify_url =
            self.addresses.refund_notify_url.take().or(refund_notify_url);
        let pem = account.private_key_pem.unwrap_or_default();
        let kept = Signing {
            key: RsaPrivateKey::from_pkcs8_pem(&pem).ok(),
            certificate: Some(Issued { serial: account.serial_no, pem: account.certificate_pem }),
        };
        self.signing.complete_from(kept);
    }

    fn account(self, now: u64) -> Result<Account, NoCredentials> {
        let certificate = self.signing.certificate.clone();
        let (serial_no, certificate_pem, private_key_pem) = match (certificate, &self.signing.key) {
            (Some(issued), None) => (issued.serial, issued.pem, None),
            _ => {
                let set = self.signing.set(&self.mchid, now)?;
                (set.serial, set.certificate_pem, Some(set.private_key_pem))
            }
        };
        let mut sub_merchants = self.sub_merchants;
        if self.kind == Kind::Partner && sub_merchants.is_empty() {
            sub_merchants = (0..SUB_MERCHANTS_MADE)
                .map(|_| SubMerchant {
                    sub_mchid: format!("16{}", dice::digits(8)),
                    sub_appid: String::new(),
                })
                .collect();
        }
        for sub in sub_merchants.iter_mut().filter(|sub| sub.sub_appid.is_empty()) {
            sub.sub_appid = app_id();
        }
        Ok(Account {
            kind: self.kind,
            mchid: self.mchid,
            appid: self.appid.unwrap_or_else(app_id),
            other_appids: self.other_appids,
            serial_no,
            certificate_pem,
            private_key_pem,
            api_v3_key: self.api_v3_key.unwrap_or_else(|| dice::letters(32)),
            api_v2_key: self.api_v2_key.unwrap_or_else(|| dice::letters(32)),
            sub_merchants,
            addresses: self.addresses,
        })
    }
}

/// A merchant of a kind that the file has none of: the folder's, or a new one.
fn spare(kind: Kind, earlier: &[Account], wishes: &[Wish]) -> Wish {
    let taken = |mchid: &str| wishes.iter().any(|wish| wish.mchid == mchid);
    let earlier_one = earlier.iter().find(|each| each.kind == kind && !taken(&each.mchid));
    let first_digits = if kind == Kind::Direct { "19" } else { "17" };
    let drawn = || format!("{first_digits}{}", dice::digits(8));
    let mut spare = Wish::empty(kind, earlier_one.map_or_else(drawn, |each| each.mchid.clone()));
    spare.other_appids = earlier_one.map(|each| each.other_appids.clone()).unwrap_or_default();
    spare.complete_from(earlier);
    spare
}

impl Signing {
    /// The half that is missing, if the kept pair has the half that is here.
    fn complete_from(&mut self, kept: Self) {
        let fits = |key: &RsaPrivateKey, certificate: &Issued| {
            Certificate::parse(&certificate.pem).is_ok_and(|read| matching(key, &read).is_ok())
        };
        match (&self.key, &self.certificate) {
            (Some(_), Some(_)) => {}
            (None, None) => *self = kept,
            (Some(key), None) => self.certificate = kept.certificate.filter(|each| fits(key, each)),
            (None, Some(certificate)) => self.key = kept.key.filter(|key| fits(key, certificate)),
        }
    }

    /// Both halves; a certificate that is missing is made for the key.
    fn set(&self, who: &str, now: u64) -> Result<SigningSet, NoCredentials> {
        let missing = || NoCredentials::Key("there is no key to certify".to_owned());
        let key = self.key.as_ref().ok_or_else(missing)?;
        match &self.certificate {
            None => signing_set(key, who, now),
            Some(issued) => Ok(SigningSet {
                serial: issued.serial.clone(),
                private_key_pem: private_pem(key)?,
                certificate_pem: issued.pem.clone(),
            }),
        }
    }
}

fn app_id() -> String {
    let bytes: [u8; 8] = dice::bytes();
    format!("wx{:016x}", u64::from_be_bytes(bytes))
}
