//! One merchant of a deployment: who it is at WeChat Pay, with which keys, and what it sells.

use checkout::id::ProfileName;

use super::mistake::{Misconfigured, Mistake};
use super::payees::Payees;
use super::policy::{Rules, rules};
use super::reader::Reader;
use super::v2::V2;
use super::v3::V3;
use crate::api::Api;
use crate::catalogue::Catalogue;
use crate::ports::without_keys;
use crate::problem::Problem;
use crate::request::Lifetime;
use crate::token::SecretKeys;
use crate::webhook::{Network, Webhook, WebhookSecrets, WebhookUrl};

/// Everything that a deployment is told about one merchant.
pub struct Profile {
    /// What the operator calls it.
    pub name: ProfileName,
    /// The number of the merchant that calls WeChat Pay, 商户号; a service provider's own.
    pub mchid: String,
    /// Who may be paid.
    pub payees: Payees,
    /// The API that new checkouts are spoken about in. It has the keys for it.
    pub api: Api,
    /// Its keys for APIv3.
    pub v3: Option<V3>,
    /// Its keys for V2.
    pub v2: Option<V2>,
    /// The API that money goes back by; where none is chosen, each order's own. It has the keys.
    pub refunds_api: Option<Api>,
    /// What the shop's server shows.
    pub secret_keys: SecretKeys,
    /// What pages may buy.
    pub catalogue: Catalogue,
    /// The deadline of a checkout whose shop names none.
    pub lifetime: Lifetime,
    /// What is fixed in each checkout besides.
    pub rules: Rules,
    /// Where the shop is told what happens, where it wants to be.
    pub webhook: Option<Webhook>,
}

impl Profile {
    /// Whether any variable of the default profile is set that another profile has no use for: an
    /// operator who forgot one of them did not mean to have no such merchant.
    pub(super) fn is_begun(read: &Reader<'_>) -> bool {
        ["MCHID", "APPID", "MERCHANT_PRIVATE_KEY", "API_V3_KEY", "API_V2_KEY", "SECRET_KEYS"]
            .iter()
            .any(|variable| read.has(variable))
    }

    /// Reads the variables of `name`.
    pub(super) fn parse(
        name: ProfileName,
        network: Network,
        lookup: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, Vec<Misconfigured>> {
        let mut read = Reader::new(lookup, prefix(&name));
        let mchid = read.required("MCHID", mchid);
        let appid = read.required("APPID", appid);
        let payees = mchid.clone().zip(appid).and_then(|(mchid, appid)| {
            read.or_default("SUB_MERCHANTS", "", |text| Payees::parse(mchid, appid, text))
        });
        let (api, v3, v2) = spoken(&mut read);
        let refunds_api = refunds_api(&mut read);
        let secret_keys = read.required("SECRET_KEYS", SecretKeys::parse);
        let catalogue = payees.as_ref().and_then(|payees| {
            read.or_default("PRODUCTS", "{}", |text| Catalogue::parse(text, payees))
        });
        let lifetime = read.or_default("CHECKOUT_LIFETIME_S", "86400", lifetime);
        let rules = rules(&mut read);
        let webhook = webhook(&mut read, network);
        if !read.wrong.is_empty() {
            return Err(read.wrong);
        }
        let build = || {
            Some(Self {
                name,
                mchid: mchid?,
                payees: payees?,
                api: api?,
                v3,
                v2,
                refunds_api,
                secret_keys: secret_keys?,
                catalogue: catalogue?,
                lifetime: lifetime?,
                rules: rules?,
                webhook,
            })
        };
        // Whoever leaves a value out has reported why, so the list is empty only when all are here.
        build().ok_or(read.wrong)
    }

    /// The APIs that it has keys for.
    pub fn speaks(&self) -> impl Iterator<Item = Api> {
        let v3 = self.v3.as_ref().map(|_| Api::V3);
        let v2 = self.v2.as_ref().map(|_| Api::V2);
        v3.into_iter().chain(v2)
    }

    /// Its keys for APIv3, or a problem that names the variable.
    pub fn v3(&self) -> Result<&V3, Problem> {
        self.v3.as_ref().ok_or_else(|| without_keys(&self.name, Api::V3))
    }

    /// Its keys for V2, or a problem that names the variable.
    pub fn v2(&self) -> Result<&V2, Problem> {
        self.v2.as_ref().ok_or_else(|| without_keys(&self.name, Api::V2))
    }
}

/// What stands before the names of a profile's variables: `ACME__` for `acme`. Two underscores, so
/// that no variable of one profile is ever another's.
pub fn prefix(name: &ProfileName) -> String {
    if name.is_default() {
        return String::new();
    }
    format!("{}__", name.as_str().to_ascii_uppercase().replace('-', "_"))
}

/// The API of new checkouts, and the keys of each API: all that it needs, or none. The one that new
/// checkouts use cannot do without.
fn spoken(read: &mut Reader<'_>) -> (Option<Api>, Option<V3>, Option<V2>) {
    let chosen = read.or_default("API", "v3", api);
    let is_wanted = |api, begun| begun || chosen == Some(api);
    let begun = V3::is_begun(read);
    let v3 = if is_wanted(Api::V3, begun) { V3::parse(read) } else { None };
    let begun = V2::is_begun(read);
    let v2 = if is_wanted(Api::V2, begun) { V2::parse(read) } else { None };
    (chosen, v3, v2)
}

fn refunds_api(read: &mut Reader<'_>) -> Option<Api> {
    let chosen = read.optional("REFUNDS_API", api)?;
    let (begun, variable) = match chosen {
        Api::V3 => (V3::is_begun(read), "API_V3_KEY"),
        Api::V2 => (V2::is_begun(read), "API_V2_KEY"),
    };
    if begun { Some(chosen) } else { read.refuse("REFUNDS_API", Mistake::WithoutKeys { variable }) }
}

fn api(text: &str) -> Result<Api, Mistake> {
    match text.trim() {
        "v3" => Ok(Api::V3),
        "v2" => Ok(Api::V2),
        _ => Err(Mistake::Policy { choices: "v3 or v2" }),
    }
}

/// Address and secrets, or neither: without one the other is an oversight.
fn webhook(read: &mut Reader<'_>, network: Network) -> Option<Webhook> {
    if !read.has("WEBHOOK_URL") && !read.has("WEBHOOK_SECRETS") {
        return None;
    }
    let url = read.required("WEBHOOK_URL", |text| WebhookUrl::parse(text.trim(), network));
    let secrets = read.required("WEBHOOK_SECRETS", WebhookSecrets::parse);
    Some(Webhook { url: url?, secrets: secrets? })
}

/// A merchant's number: the platform's are digits (protocol reference E.1).
pub(super) fn mchid(text: &str) -> Result<String, Mistake> {
    let text = text.trim();
    let spelt = text.bytes().all(|byte| byte.is_ascii_digit()) && (1..=32).contains(&text.len());
    if spelt { Ok(text.to_owned()) } else { Err(Mistake::Mchid) }
}

pub(super) fn appid(text: &str) -> Result<String, Mistake> {
    let text = text.trim();
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let spelt = plain && (1..=32).contains(&text.len());
    if spelt { Ok(text.to_owned()) } else { Err(Mistake::Appid) }
}

fn lifetime(text: &str) -> Result<Lifetime, Mistake> {
    let (least, most) = (300, 604_800);
    let seconds: i64 = text.trim().parse().map_err(|_| Mistake::Number { least, most })?;
    Lifetime::try_from(seconds).map_err(Mistake::Lifetime)
}
