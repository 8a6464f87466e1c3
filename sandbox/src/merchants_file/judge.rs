//! What the file's values mean, and whether they can be (protocol reference E.1).

use std::collections::BTreeSet;
use std::path::Path;

use wechatpay::crypto::ApiV3Key;

use super::material::{Given, private_key, signing};
use super::written::{File, Merchant, Platform, PlatformCertificate, Sub};
use super::{Signing, Wish, Wishes, Wrong};
use crate::addresses::Addresses;
use crate::key_making::{private_pem, public_pem};
use crate::merchant::{Kind, SubMerchant};
use crate::rotation::CERTIFICATES_MAX;

/// How long a merchant's number, an app's and a key's name may be (E.1).
const NUMBER_MAX: usize = 32;

/// How long a V2 key is (E.1).
const V2_KEY_CHARACTERS: usize = 32;

impl File {
    /// Reads every value; files that it names are looked for in `folder`.
    pub(super) fn judged(&self, folder: &Path) -> Result<Wishes, Wrong> {
        let mut seen = BTreeSet::new();
        let mut merchants = Vec::with_capacity(self.data.len());
        for (place, merchant) in self.data.iter().enumerate() {
            let outer = format!("data[{place}] (mchid {:?})", merchant.mchid);
            if !seen.insert(&merchant.mchid) {
                let words = "an earlier merchant of this file has the same number";
                return Err(Wrong::new("mchid", words).inside(&outer));
            }
            merchants.push(merchant.judged(folder).map_err(|wrong| wrong.inside(&outer))?);
        }
        let mut wishes = self.platform.judged(folder).map_err(|wrong| wrong.inside("platform"))?;
        wishes.merchants = merchants;
        Ok(wishes)
    }
}

impl Merchant {
    fn judged(&self, folder: &Path) -> Result<Wish, Wrong> {
        number("mchid", &self.mchid)?;
        let apps = self.appid.iter().map(|app| ("appid", app));
        let others = self.other_appids.iter().map(|app| ("other_appids", app));
        apps.chain(others).try_for_each(|(name, app)| app_number(name, app))?;
        let has_subs = !self.sub_merchants.is_empty();
        let kind = self.kind.unwrap_or(if has_subs { Kind::Partner } else { Kind::Direct });
        if kind == Kind::Direct && has_subs {
            let words = "a direct merchant has none: say \"kind\": \"partner\", or leave it out";
            return Err(Wrong::new("sub_merchants", words));
        }
        if let Some(Err(bad)) = self.api_v3_key.as_deref().map(ApiV3Key::parse) {
            return Err(Wrong::new("api_v3_key", bad.to_string()));
        }
        self.api_v2_key.as_deref().map_or(Ok(()), v2_key)?;
        let Self { private_key_pem, private_key_file, certificate_pem, certificate_file, .. } =
            self;
        Ok(Wish {
            kind,
            mchid: self.mchid.clone(),
            appid: self.appid.clone(),
            other_appids: self.other_appids.clone(),
            signing: signing(
                &given("private_key", private_key_pem, private_key_file),
                &given("certificate", certificate_pem, certificate_file),
                self.serial_no.as_deref(),
                folder,
            )?,
            api_v3_key: self.api_v3_key.clone(),
            api_v2_key: self.api_v2_key.clone(),
            sub_merchants: subs(&self.sub_merchants)?,
            addresses: self.addresses()?,
        })
    }

    fn addresses(&self) -> Result<Addresses, Wrong> {
        let addresses = Addresses {
            native_url: self.native_url.clone(),
            refund_notify_url: self.refund_notify_url.clone(),
        };
        addresses.check().map_err(|bad| Wrong::new(bad.field, bad.to_string()))?;
        Ok(addresses)
    }
}

fn subs(written: &[Sub]) -> Result<Vec<SubMerchant>, Wrong> {
    let mut seen = BTreeSet::new();
    let judged = written.iter().enumerate().map(|(place, sub)| {
        let judge = || {
            number("sub_mchid", &sub.sub_mchid)?;
            if !seen.insert(&sub.sub_mchid) {
                return Err(Wrong::new("sub_mchid", "is there twice"));
            }
            sub.sub_appid.as_deref().map_or(Ok(()), |app| app_number("sub_appid", app))
        };
        let mut judge = judge;
        judge().map_err(|wrong: Wrong| wrong.inside(&format!("sub_merchants[{place}]")))?;
        // Empty is "none given"; the granting draws one.
        let sub_appid = sub.sub_appid.clone().unwrap_or_default();
        Ok(SubMerchant { sub_mchid: sub.sub_mchid.clone(), sub_appid })
    });
    judged.collect()
}

impl Platform {
    fn judged(&self, folder: &Path) -> Result<Wishes, Wrong> {
        if let Some(id) = self.public_key_id.as_deref() {
            let digits = id.strip_prefix("PUB_KEY_ID_").unwrap_or_default();
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                let words = format!("{id:?}: PUB_KEY_ID_ and then digits are expected");
                return Err(Wrong::new("public_key_id", words));
            }
        }
        let key = given("private_key", &self.private_key_pem, &self.private_key_file);
        let public_key = private_key(&key, folder)?;
        if let Some(written) = &self.public_key_pem {
            let Some(key) = &public_key else {
                let words = "the private key that belongs to it is missing; real ones only WeChat \
                             has, so leave this out and take the sandbox's (files/pub_key.pem)";
                return Err(Wrong::new("public_key_pem", words));
            };
            let unreadable = |error: String| Wrong::new("public_key_pem", error);
            let written = wechatpay::key::public_key_der(written)
                .map_err(|bad| unreadable(bad.to_string()))?;
            let own = private_pem(key).and_then(|pem| public_pem(&pem));
            let own = own.map_err(|error| unreadable(error.to_string()))?;
            if wechatpay::key::public_key_der(&own).is_ok_and(|own| own != written) {
                return Err(unreadable("is not the private key's other half".to_owned()));
            }
        }
        if self.certificates.len() > CERTIFICATES_MAX {
            let words = format!("{CERTIFICATES_MAX} are the most");
            return Err(Wrong::new("certificates", words));
        }
        let mut seen = BTreeSet::new();
        let mut certificates = Vec::new();
        for (place, certificate) in self.certificates.iter().enumerate() {
            let outer = format!("certificates[{place}]");
            let signing = certificate.judged(folder).map_err(|wrong| wrong.inside(&outer))?;
            if !seen.insert(signing.certificate.as_ref().map(|issued| issued.serial.clone())) {
                return Err(Wrong::new("serial_no", "is there twice").inside(&outer));
            }
            certificates.push(signing);
        }
        let public_key_id = self.public_key_id.clone();
        Ok(Wishes { merchants: Vec::new(), public_key_id, public_key, certificates })
    }
}

impl PlatformCertificate {
    fn judged(&self, folder: &Path) -> Result<Signing, Wrong> {
        let Self { private_key_pem, private_key_file, certificate_pem, certificate_file, .. } =
            self;
        let key = given("private_key", private_key_pem, private_key_file);
        let certificate = given("certificate", certificate_pem, certificate_file);
        let signing = signing(&key, &certificate, self.serial_no.as_deref(), folder)?;
        if signing.key.is_none() {
            let words = "is missing: the sandbox signs with it. Real ones only WeChat has, so leave \
                         the certificate out and take the sandbox's (files/platform_cert.pem)";
            return Err(Wrong::new("private_key_pem", words));
        }
        if signing.certificate.is_none() {
            return Err(Wrong::new("certificate_pem", "is missing beside the private key"));
        }
        Ok(signing)
    }
}

fn given<'a>(name: &'static str, pem: &'a Option<String>, file: &'a Option<String>) -> Given<'a> {
    Given { name, pem: pem.as_deref(), file: file.as_deref() }
}

fn number(name: &str, text: &str) -> Result<(), Wrong> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    if digits && (1..=NUMBER_MAX).contains(&text.len()) {
        return Ok(());
    }
    Err(Wrong::new(name, format!("{text:?}: digits are expected, ten as a rule, 32 at most")))
}

/// An app's number; those of WeCom begin with `ww`.
fn app_number(name: &str, text: &str) -> Result<(), Wrong> {
    let rest = text.strip_prefix("wx").or_else(|| text.strip_prefix("ww")).unwrap_or_default();
    let plain = rest.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if plain && !rest.is_empty() && text.len() <= NUMBER_MAX {
        return Ok(());
    }
    let words = format!("{text:?}: wx and 16 hexadecimal digits are expected");
    Err(Wrong::new(name, words))
}

fn v2_key(text: &str) -> Result<(), Wrong> {
    if text.len() == V2_KEY_CHARACTERS && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(());
    }
    let words = format!("an API v2 key has 32 characters, not {}", text.chars().count());
    Err(Wrong::new("api_v2_key", words))
}
