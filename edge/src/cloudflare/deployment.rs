//! What this deployment was told, read and imported once per isolate.
//!
//! The cache holds only what never changes while an isolate lives: parsed variables and resolved
//! keys. A configuration with mistakes is not kept, so every request tells the operator again.

use std::cell::RefCell;
use std::rc::Rc;

use checkout::id::ProfileName;
use js_sys::{JSON, Reflect};
use worker::Env;

use super::log;
use super::webcrypto::WebCrypto;
use crate::config::{self, Config, Profile, notify_url};
use crate::ports::Merchant;
use crate::problem::{Code, Problem};
use wechatpay::v3::verify::PlatformKeys;

/// A deployment, ready to serve.
pub(crate) struct Deployment {
    /// The variables. The private keys in them have been wiped.
    pub(crate) config: Config,
    merchants: Vec<(ProfileName, Rc<Merchant<WebCrypto>>)>,
}

impl Deployment {
    /// Who we are at WeChat Pay under a profile, with imported keys.
    pub(crate) fn merchant(&self, profile: &ProfileName) -> Option<Rc<Merchant<WebCrypto>>> {
        let known = self.merchants.iter().find(|(name, _)| name == profile);
        known.map(|(_, merchant)| Rc::clone(merchant))
    }
}

thread_local! {
    static DEPLOYMENT: RefCell<Option<Rc<Deployment>>> = const { RefCell::new(None) };
}

/// The deployment, or a problem that names every variable that is wrong.
pub(crate) async fn deployment(env: &Env) -> Result<Rc<Deployment>, Problem> {
    let known = DEPLOYMENT.with_borrow(Clone::clone);
    if let Some(known) = known {
        return Ok(known);
    }
    let fresh = read(env).await.inspect_err(|problem| {
        log::alarm("misconfigured", &[("detail", &problem.detail)]);
    })?;
    let fresh = Rc::new(fresh);
    DEPLOYMENT.set(Some(Rc::clone(&fresh)));
    Ok(fresh)
}

async fn read(env: &Env) -> Result<Deployment, Problem> {
    let mut config =
        Config::parse(|variable| value(env, variable)).map_err(|wrong| config::problem(&wrong))?;
    let mut merchants = Vec::with_capacity(config.profiles.len());
    for profile in &mut config.profiles {
        // Taken out, so that it is wiped as soon as the runtime has it.
        let pkcs8_der = core::mem::take(&mut profile.merchant.private_key);
        let notify_url = notify_url(&config.public_url, &profile.name);
        let merchant = import(profile, &pkcs8_der, notify_url).await?;
        merchants.push((profile.name.clone(), Rc::new(merchant)));
    }
    Ok(Deployment { config, merchants })
}

async fn import(
    profile: &Profile,
    pkcs8_der: &[u8],
    notify_url: String,
) -> Result<Merchant<WebCrypto>, Problem> {
    let refused = |variable: &str| {
        let variable = format!("{}{variable}", config::prefix(&profile.name));
        Problem::new(Code::Misconfigured, format!("{variable}: the runtime does not import it"))
    };
    let no_crypto = || Problem::new(Code::Internal, "the runtime has no cryptography");
    let rsa = WebCrypto::new().ok_or_else(no_crypto)?;
    let private_key = rsa.private_key(pkcs8_der).await;
    let private_key = private_key.map_err(|_| refused("MERCHANT_PRIVATE_KEY"))?;
    let mut platform_keys = PlatformKeys::new();
    for key in &profile.platform_keys {
        let imported = rsa.public_key(&key.spki_der).await;
        let imported = imported.map_err(|_| refused("PLATFORM_PUBLIC_KEY"))?;
        platform_keys.insert(key.serial.clone(), imported);
    }
    Ok(Merchant {
        rsa,
        mchid: profile.merchant.mchid.clone(),
        serial_no: profile.merchant.serial_no.clone(),
        private_key,
        platform_keys,
        platform_serial: profile.platform_serial().map(str::to_owned),
        notify_url,
    })
}

/// A variable or secret as text. In `wrangler.toml` a merchant number may be written as a number
/// and the products as a table; both arrive as what they are, and mean the same.
fn value(env: &Env, variable: &str) -> Option<String> {
    let value = Reflect::get(env, &variable.into()).ok()?;
    if value.is_undefined() || value.is_null() {
        return None;
    }
    value.as_string().or_else(|| JSON::stringify(&value).ok().map(String::from))
}
