//! The operator's variables and secrets, parsed once into values that need no further doubt.
//!
//! Wrong keys are the commonest trouble with WeChat Pay, and the platform answers all of them with
//! the same words. So everything that can be known without asking the platform is checked here:
//! the kind and size of each key, whether private key and certificate belong together, the length
//! of the APIv3 key. All mistakes are reported at once, each with the name of its variable, and
//! none with a secret.

mod mistake;
mod payees;
mod policy;
mod profile;
mod reader;
#[cfg(test)]
mod tests;
mod v2;
mod v3;

use checkout::id::ProfileName;

pub use self::mistake::{Misconfigured, Mistake};
pub use self::payees::{NoPayee, Payees};
pub use self::policy::Rules;
pub use self::profile::{Profile, prefix};
use self::reader::Reader;
pub use self::v2::V2;
pub use self::v3::{MerchantKey, PlatformKey, V3};
use crate::api::Api;
use crate::origin::{AllowList, Origin};
use crate::problem::{Code, Problem};
use crate::token::{ClientKey, SecretKeys};
use crate::webhook::Network;

/// Everything that a deployment is told.
pub struct Config {
    /// The Worker's own address; every URL that others call is built from it, never from `Host`.
    pub public_url: Origin,
    /// Where WeChat Pay is.
    pub wechatpay_url: Origin,
    /// Its other site, where there is one.
    pub wechatpay_backup_url: Option<Origin>,
    /// Pages that may talk to the Worker.
    pub allowed_origins: AllowList,
    /// What client tokens are made with.
    pub client_key: ClientKey,
    /// What an operator shows; without it there are no operator's routes.
    pub operator_keys: Option<SecretKeys>,
    /// Whether an operator may word calls to WeChat Pay by hand.
    pub raw_calls: bool,
    /// Open unpaid catalogue sessions for one address.
    pub open_sessions_per_address: u32,
    /// Open unpaid catalogue sessions altogether.
    pub open_sessions_max: u32,
    /// The merchants, at least one.
    pub profiles: Vec<Profile>,
}

impl Config {
    /// Reads every variable through `lookup`; an empty value counts as none.
    pub fn parse(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, Vec<Misconfigured>> {
        let lookup: &dyn Fn(&str) -> Option<String> = &lookup;
        let mut read = Reader::new(lookup, String::new());
        let public_url = read.required("PUBLIC_URL", secure_origin);
        let wechatpay_url = read.or_default("WECHATPAY_URL", WECHATPAY_URL, secure_origin);
        let backup_url = backup_url(&mut read, wechatpay_url.as_ref());
        let allowed_origins = public_url.as_ref().and_then(|own| {
            read.or_default("ALLOWED_ORIGINS", "", |text| AllowList::parse(own, text))
        });
        let profiles = profiles(&mut read, network(public_url.as_ref()), lookup);
        let client_key = read.required("CLIENT_KEY", ClientKey::parse);
        let operator_keys = read.optional("OPERATOR_KEY", SecretKeys::parse);
        if let Some(operator) = &operator_keys
            && let Some(shop) =
                profiles.iter().find(|profile| profile.secret_keys.shares_with(operator))
        {
            let mistake = Mistake::SharedKey { profile: shop.name.as_str().to_owned() };
            read.refuse::<()>("OPERATOR_KEY", mistake);
        }
        let raw_calls = read.or_default("RAW_CALLS", "off", switch);
        let per_address = read.or_default("OPEN_SESSIONS_PER_ADDRESS", "30", count);
        let altogether = read.or_default("OPEN_SESSIONS_MAX", "10000", count);
        if !read.wrong.is_empty() {
            return Err(read.wrong);
        }
        let build = || {
            Some(Self {
                public_url: public_url?,
                wechatpay_url: wechatpay_url?,
                wechatpay_backup_url: backup_url,
                allowed_origins: allowed_origins?,
                client_key: client_key?,
                operator_keys,
                raw_calls: raw_calls?,
                open_sessions_per_address: per_address?,
                open_sessions_max: altogether?,
                profiles,
            })
        };
        // Whoever leaves a value out has reported why, so the list is empty only when all are here.
        build().ok_or(read.wrong)
    }

    /// The profile of that name.
    pub fn profile(&self, name: &ProfileName) -> Option<&Profile> {
        self.profiles.iter().find(|profile| profile.name == *name)
    }

    /// Whose secret key this is. All keys are compared, so that how long it takes tells nothing.
    pub fn profile_of_key(&self, key: &str) -> Option<&Profile> {
        self.profiles.iter().fold(None, |found, profile| {
            if profile.secret_keys.admit(key) { Some(profile) } else { found }
        })
    }
}

/// What an operator shows, read by itself: the doctor has to be let in while all else is wrong.
pub fn operator_keys(
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<SecretKeys>, Vec<Misconfigured>> {
    let mut read = Reader::new(lookup, String::new());
    let keys = read.optional("OPERATOR_KEY", SecretKeys::parse);
    if read.wrong.is_empty() { Ok(keys) } else { Err(read.wrong) }
}

/// What the platform reports to an address of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Payments.
    Transactions,
    /// What became of refunds.
    Refunds,
}

/// Where the platform reports to about `profile`, by `api`. Who is meant stands inside the ciphertext,
/// and inside what is to be verified, so each merchant has addresses of its own.
pub fn notify_url(public_url: &Origin, profile: &ProfileName, api: Api, told: Told) -> String {
    let (origin, api) = (public_url.as_str(), api.as_str());
    let what = match told {
        Told::Transactions => "transactions",
        Told::Refunds => "refunds",
    };
    if profile.is_default() {
        format!("{origin}/wechatpay/{api}/notify/{what}")
    } else {
        format!("{origin}/wechatpay/{}/{api}/notify/{what}", profile.as_str())
    }
}

/// Where the platform asks what a scanned code of `profile` is to cost. The operator has to set it
/// there: nothing that we send names it.
pub fn native_url(public_url: &Origin, profile: &ProfileName) -> String {
    let origin = public_url.as_str();
    if profile.is_default() {
        format!("{origin}/wechatpay/v2/native")
    } else {
        format!("{origin}/wechatpay/{}/v2/native", profile.as_str())
    }
}

/// All mistakes as one problem: safe to show, since no mistake carries a secret.
pub fn problem(mistakes: &[Misconfigured]) -> Problem {
    let words: Vec<String> = mistakes.iter().map(Misconfigured::to_string).collect();
    Problem::new(Code::Misconfigured, words.join("; "))
}

/// The platform's own address (protocol reference A.1).
const WECHATPAY_URL: &str = "https://api.mch.weixin.qq.com";
/// Its other site: the same orders, the same keys (protocol reference A.1).
const WECHATPAY_BACKUP_URL: &str = "https://api2.mch.weixin.qq.com";

/// Merchants of one deployment: Cloudflare gives a Worker 128 variables, a merchant needs about ten.
const PROFILES_MAX: usize = 10;

/// The other site. Whoever stands in for the platform has one only where it is named.
fn backup_url(read: &mut Reader<'_>, main: Option<&Origin>) -> Option<Origin> {
    let is_platform = main.is_some_and(|url| url.as_str() == WECHATPAY_URL);
    let backup = if is_platform {
        read.or_default("WECHATPAY_BACKUP_URL", WECHATPAY_BACKUP_URL, secure_origin)
    } else {
        read.optional("WECHATPAY_BACKUP_URL", secure_origin)
    };
    backup.filter(|url| Some(url) != main)
}

/// Every merchant, each with its own variables. The default one may be missing where others are
/// named.
fn profiles(
    read: &mut Reader<'_>,
    network: Network,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Vec<Profile> {
    // Without the names nobody knows whose variables to look for.
    let Some(others) = read.or_default("PROFILES", "", names) else { return Vec::new() };
    let mut names = Vec::new();
    if others.is_empty() || Profile::is_begun(read) {
        names.push(ProfileName::default());
    }
    names.extend(others);
    let mut profiles: Vec<Profile> = Vec::with_capacity(names.len());
    for name in names {
        match Profile::parse(name, network, lookup) {
            Ok(profile) => {
                refuse_sharing(read, &profile, &profiles);
                profiles.push(profile);
            }
            Err(wrong) => read.wrong.extend(wrong),
        }
    }
    profiles
}

/// A secret key that two merchants have says nothing about who asks, and a secret that two webhooks
/// are signed with lets the one shop speak to the other in our name.
fn refuse_sharing(read: &mut Reader<'_>, profile: &Profile, others: &[Profile]) {
    let own = prefix(&profile.name);
    let named = |other: &Profile| other.name.as_str().to_owned();
    if let Some(other) =
        others.iter().find(|other| other.secret_keys.shares_with(&profile.secret_keys))
    {
        let mistake = Mistake::SharedKey { profile: named(other) };
        read.refuse::<()>(&format!("{own}SECRET_KEYS"), mistake);
    }
    let Some(webhook) = &profile.webhook else { return };
    let shared = |other: &&Profile| {
        other.webhook.as_ref().is_some_and(|known| known.is_another_signed_alike(webhook))
    };
    if let Some(other) = others.iter().find(shared) {
        let mistake = Mistake::SharedSecret { profile: named(other) };
        read.refuse::<()>(&format!("{own}WEBHOOK_SECRETS"), mistake);
    }
}

/// A Worker at a loopback address is a developer's, and so is its shop.
fn network(public_url: Option<&Origin>) -> Network {
    match public_url {
        Some(own) if own.is_loopback() => Network::Loopback,
        _ => Network::Public,
    }
}

fn names(text: &str) -> Result<Vec<ProfileName>, Mistake> {
    let mut names: Vec<ProfileName> = Vec::new();
    for word in text.split_whitespace() {
        let name = ProfileName::parse(word).map_err(Mistake::Profile)?;
        if name.is_default() || names.contains(&name) {
            return Err(Mistake::ProfileTwice(word.to_owned()));
        }
        names.push(name);
    }
    if names.len() < PROFILES_MAX { Ok(names) } else { Err(Mistake::TooManyProfiles) }
}

fn secure_origin(text: &str) -> Result<Origin, Mistake> {
    let origin = Origin::parse(text.trim())?;
    if origin.is_https() || origin.is_loopback() { Ok(origin) } else { Err(Mistake::Insecure) }
}

fn switch(text: &str) -> Result<bool, Mistake> {
    match text.trim() {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(Mistake::Switch),
    }
}

fn count(text: &str) -> Result<u32, Mistake> {
    let (least, most) = (1, 1_000_000);
    let number = text.trim().parse().ok().filter(|number| (least..=most).contains(number));
    number.ok_or(Mistake::Number { least, most })
}
