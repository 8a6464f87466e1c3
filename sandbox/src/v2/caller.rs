//! Who asks over V2: a merchant for itself, or a partner for one of its sub-merchants.
//!
//! V2 has no header. The body names the merchant in `mch_id`, the sign proves it, and only then do
//! the app and the sub-merchant count (protocol reference D.2, D.3).

use std::collections::{BTreeMap, BTreeSet};

use super::fields::Fields;
use super::refusal::{Code, Refusal};
use super::sign::{self, SignType};
use crate::merchant::{Account, Kind, SubMerchant};
use crate::order::Party;

/// What a name or a number may have (D.3).
const NUMBER_CHARS_MAX: usize = 32;

/// A merchant as V2 knows it.
#[derive(Clone)]
pub struct Merchant {
    /// Its number.
    pub mchid: String,
    /// Its app, and further ones of its own.
    pub appids: Vec<String>,
    /// For whom it acts.
    pub kind: Kind,
    /// The 32 characters that it signs with.
    pub key: String,
    /// Whom it acts for; a direct merchant acts for nobody else.
    pub subs: Vec<SubMerchant>,
}

/// All of them.
#[derive(Default)]
pub struct Merchants {
    by_number: BTreeMap<String, Merchant>,
    /// Every app that anybody has.
    appids: BTreeSet<String>,
    /// Every number, also those of sub-merchants.
    numbers: BTreeSet<String>,
}

impl Merchants {
    /// Those of the credentials.
    pub fn new(accounts: impl IntoIterator<Item = Account>) -> Self {
        let mut all = Self::default();
        for account in accounts {
            let appids: Vec<_> = [account.appid].into_iter().chain(account.other_appids).collect();
            all.appids.extend(appids.iter().cloned());
            all.numbers.insert(account.mchid.clone());
            for sub in &account.sub_merchants {
                all.appids.insert(sub.sub_appid.clone());
                all.numbers.insert(sub.sub_mchid.clone());
            }
            let merchant = Merchant {
                mchid: account.mchid.clone(),
                appids,
                kind: account.kind,
                key: account.api_v2_key,
                subs: account.sub_merchants,
            };
            all.by_number.insert(account.mchid, merchant);
        }
        all
    }

    /// The merchant with this number.
    pub fn get(&self, mchid: &str) -> Option<&Merchant> {
        self.by_number.get(mchid)
    }

    /// Each of them, in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = &Merchant> {
        self.by_number.values()
    }
}

/// Who asks, once the sign is verified.
#[derive(Clone)]
pub struct Caller<'a> {
    /// Who signed.
    pub merchant: &'a Merchant,
    /// The app that it named, one of its own.
    pub appid: String,
    /// The sub-merchant that it named, one of its own.
    pub sub: Option<&'a SubMerchant>,
    /// The sub-merchant's app, if it was named.
    pub sub_appid: Option<String>,
    /// How the call was signed, and its answer will be.
    pub sign_type: SignType,
}

impl<'a> Caller<'a> {
    /// Finds the merchant that signed; its app and its sub-merchant are not looked at.
    pub fn who_signed(
        fields: &Fields,
        merchants: &'a Merchants,
    ) -> Result<(&'a Merchant, SignType), Refusal> {
        let number = fields.get("mch_id").ok_or_else(|| {
            let why = "The field mch_id is missing or empty: it says whose key signed.";
            Refusal::message(Code::LackParams, "缺少参数mch_id", why).about("mch_id")
        })?;
        let merchant = merchants.get(number).ok_or_else(|| {
            let why = "No merchant has this mch_id. GET /sandbox/merchants shows them all; a \
                       sub-merchant has no key of its own, its partner signs.";
            let words = "商户号mch_id或sub_mch_id不存在";
            Refusal::message(Code::MchidNotExist, words, why).about("mch_id")
        })?;
        let said = fields.get("sign_type");
        let sign_type = said.map_or(Some(SignType::Md5), SignType::named).ok_or_else(|| {
            let why = "sign_type is neither MD5 nor HMAC-SHA256.";
            Refusal::message(Code::SignError, SIGN_WRONG, why).about("sign_type")
        })?;
        if sign::verify(fields, &merchant.key, sign_type) {
            return Ok((merchant, sign_type));
        }
        Err(Refusal::message(Code::SignError, SIGN_WRONG, "The sign is not this merchant's."))
    }

    /// The caller, if app and sub-merchant are its own.
    pub fn of(
        fields: &Fields,
        merchants: &'a Merchants,
        (merchant, sign_type): (&'a Merchant, SignType),
    ) -> Result<Self, Refusal> {
        let mut caller = Self::unnamed(fields, merchant, sign_type);
        let appid = fields.get("appid").ok_or_else(|| Refusal::lacks("appid"))?;
        match fields.get("nonce_str").map(str::len) {
            None => return Err(Refusal::lacks("nonce_str")),
            Some(1..=NUMBER_CHARS_MAX) => {}
            Some(_) => return Err(Refusal::wrong("nonce_str", "is longer than 32 characters.")),
        }
        if !merchants.appids.contains(appid) {
            let why = "Nobody has this appid. GET /sandbox/merchants shows whose is which.";
            return Err(Refusal::business(Code::AppidNotExist, "appid不存在", why).about("appid"));
        }
        if !merchant.appids.iter().any(|own| own == appid) {
            return Err(not_matching("appid", "商户号mch_id与appid不匹配"));
        }
        caller.sub = caller.sub_merchant(fields, merchants)?;
        if let Some(app) = fields.get("sub_appid") {
            if caller.sub.is_none_or(|sub| sub.sub_appid != app) {
                return Err(not_matching("sub_appid", "sub_mch_id与sub_appid不匹配"));
            }
            caller.sub_appid = Some(app.to_owned());
        }
        Ok(caller)
    }

    /// Whoever signed, before app and sub-merchant are looked at: enough to sign a refusal.
    pub fn unnamed(fields: &Fields, merchant: &'a Merchant, sign_type: SignType) -> Self {
        let appid = fields.get("appid").unwrap_or_default().to_owned();
        Self { merchant, appid, sub: None, sub_appid: None, sign_type }
    }

    fn sub_merchant(
        &self,
        fields: &Fields,
        merchants: &Merchants,
    ) -> Result<Option<&'a SubMerchant>, Refusal> {
        let Some(number) = fields.get("sub_mch_id") else { return Ok(None) };
        if let Some(own) = self.merchant.subs.iter().find(|sub| sub.sub_mchid == number) {
            return Ok(Some(own));
        }
        let refusal = if merchants.numbers.contains(number) {
            let why = "sub_mch_id is none of this merchant's sub-merchants; a direct merchant has \
                       none and leaves it out.";
            Refusal::business(Code::Noauth, "特约商户与服务商没有关系，无权限", why)
        } else {
            let why = "No merchant has this sub_mch_id. GET /sandbox/merchants shows them all.";
            Refusal::business(Code::MchidNotExist, "商户号mch_id或sub_mch_id不存在", why)
        };
        Err(refusal.about("sub_mch_id"))
    }

    /// Whose orders it asks about: a partner has none of its own.
    pub fn party(&self) -> Result<Party, Refusal> {
        if self.merchant.kind == Kind::Partner && self.sub.is_none() {
            let why = "A partner acts for a sub-merchant: sub_mch_id is missing.";
            let words = "受理机构必须传入sub_mch_id";
            return Err(Refusal::business(Code::LackParams, words, why).about("sub_mch_id"));
        }
        let sub_mchid = self.sub.map(|sub| sub.sub_mchid.clone());
        Ok(Party { mchid: self.merchant.mchid.clone(), sub_mchid })
    }

    /// What an answer to it begins with, behind `return_code` and `return_msg`.
    pub fn named(&self) -> Fields {
        let mut fields = Fields::new();
        if !self.appid.is_empty() {
            fields.push("appid", &self.appid);
        }
        fields.push("mch_id", &self.merchant.mchid);
        fields.push_if("sub_appid", self.sub_appid.as_deref());
        fields.push_if("sub_mch_id", self.sub.map(|sub| &*sub.sub_mchid));
        fields
    }
}

/// What is said of every wrong sign (D.12).
pub const SIGN_WRONG: &str = "签名错误";

fn not_matching(field: &str, words: &str) -> Refusal {
    let why = format!(
        "The {field} is not the merchant's own. GET /sandbox/merchants shows whose is which."
    );
    Refusal::business(Code::AppidMchidNotMatch, words, why).about(field)
}
