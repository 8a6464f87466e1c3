//! What this deployment was told, read and imported once per isolate.
//!
//! The cache holds only what never changes while an isolate lives: parsed variables and resolved
//! keys. A configuration with mistakes is not kept, so every request tells the operator again.

use std::cell::RefCell;
use std::rc::Rc;

use checkout::id::ProfileName;
use js_sys::{JSON, Reflect};
use worker::Env;
use zeroize::Zeroize as _;

use super::certificate::Certified;
use super::log;
use super::standing::{OwnKey, Standing};
use super::webcrypto::{NotImported, Purpose, WebCrypto};
use super::world::wall;
use crate::api::Api;
use crate::config::{self, Config, MerchantKey, Profile, Told, V2, V3, notify_url};
use crate::hosts::Hosts;
use crate::keyring::preferred;
use crate::origin::Origin;
use crate::ports::{Merchant, V2Means, V3Means};
use crate::problem::{Code, Problem};
use wechatpay::v3::verify::PlatformKeys;

/// A deployment, ready to serve.
pub(crate) struct Deployment {
    /// The variables. The private keys in them have been wiped.
    pub(crate) config: Config,
    /// Which of the platform's sites has failed lately.
    pub(crate) hosts: RefCell<Hosts>,
    standings: Vec<(ProfileName, Rc<Standing>)>,
}

impl Deployment {
    /// Who we are at WeChat Pay under a profile, with imported keys.
    pub(crate) fn standing(&self, profile: &ProfileName) -> Option<Rc<Standing>> {
        let known = self.standings.iter().find(|(name, _)| name == profile);
        known.map(|(_, standing)| Rc::clone(standing))
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
    // Somebody may have been faster, and knows more by now.
    Ok(DEPLOYMENT.with_borrow_mut(|known| Rc::clone(known.get_or_insert_with(|| Rc::new(fresh)))))
}

async fn read(env: &Env) -> Result<Deployment, Problem> {
    let mut config =
        Config::parse(|variable| value(env, variable)).map_err(|wrong| config::problem(&wrong))?;
    let mut standings = Vec::with_capacity(config.profiles.len());
    for profile in &mut config.profiles {
        let standing = import(profile, &config.public_url).await?;
        let standing = standing.showing(Certified::bound(env, &profile.name));
        standings.push((profile.name.clone(), Rc::new(standing)));
    }
    Ok(Deployment { config, hosts: RefCell::default(), standings })
}

async fn import(profile: &mut Profile, public_url: &Origin) -> Result<Standing, Problem> {
    let (name, mchid) = (profile.name.clone(), profile.mchid.clone());
    let imported = match &mut profile.v3 {
        Some(v3) => Some(import_v3(&name, v3, public_url).await?),
        None => None,
    };
    let (keys, v3) = imported.unzip();
    let v2 = profile.v2.as_ref().map(|v2| v2_means(&name, v2, public_url));
    let merchant = Merchant { profile: name, mchid, v3, v2 };
    Ok(Standing::new(profile, keys.unwrap_or_default(), merchant))
}

/// The merchant's own keys for APIv3, and what it is spoken with from the start.
async fn import_v3(
    name: &ProfileName,
    v3: &mut V3,
    public_url: &Origin,
) -> Result<(Vec<OwnKey>, V3Means<WebCrypto>), Problem> {
    let refused = |variable: &str| not_imported(name, variable);
    let no_crypto = || Problem::new(Code::Internal, "the runtime has no cryptography");
    let rsa = WebCrypto::new().ok_or_else(no_crypto)?;
    let key = own_key(&rsa, &mut v3.key).await;
    let key = key.map_err(|NotImported| refused("MERCHANT_PRIVATE_KEY"))?;
    let (serial_no, private_key) = (key.serial_no.clone(), key.signing.clone());
    let mut keys = vec![key];
    if let Some(next_key) = &mut v3.next_key {
        let next_key = own_key(&rsa, next_key).await;
        keys.push(next_key.map_err(|NotImported| refused("MERCHANT_PRIVATE_KEY_NEXT"))?);
    }
    let mut platform_keys = PlatformKeys::new();
    for key in &v3.platform_keys {
        let imported = rsa.key(&key.spki_der, Purpose::Verify).await;
        let imported = imported.map_err(|NotImported| refused("PLATFORM_PUBLIC_KEY"))?;
        platform_keys.insert_until(key.serial.clone(), imported, key.expires_at);
    }
    let means = V3Means {
        rsa,
        serial_no,
        private_key,
        platform_keys,
        platform_serial: preferred(&v3.platform_keys, core::iter::empty(), wall())
            .map(|(serial, _)| serial.to_owned()),
        notify_url: notify_url(public_url, name, Api::V3, Told::Transactions),
        refund_notify_url: notify_url(public_url, name, Api::V3, Told::Refunds),
    };
    Ok((keys, means))
}

/// What V2 is spoken with. Nothing of it is imported: the runtime has no MD5 that signs.
fn v2_means(name: &ProfileName, v2: &V2, public_url: &Origin) -> V2Means {
    V2Means {
        keys: v2.keys.clone(),
        sign_type: v2.sign_type,
        spbill_create_ip: v2.spbill_create_ip,
        notify_url: notify_url(public_url, name, Api::V2, Told::Transactions),
        refund_notify_url: notify_url(public_url, name, Api::V2, Told::Refunds),
    }
}

async fn own_key(rsa: &WebCrypto, key: &mut MerchantKey) -> Result<OwnKey, NotImported> {
    let imported = imported(rsa, key).await;
    // Wiped as soon as the runtime has it.
    key.private_key.zeroize();
    imported
}

/// A key of the merchant's, imported for both of its uses.
pub(crate) async fn imported(rsa: &WebCrypto, key: &MerchantKey) -> Result<OwnKey, NotImported> {
    Ok(OwnKey {
        serial_no: key.serial_no.clone(),
        signing: rsa.key(&key.private_key, Purpose::Sign).await?,
        decryption: rsa.key(&key.private_key, Purpose::Decrypt).await?,
    })
}

fn not_imported(profile: &ProfileName, variable: &str) -> Problem {
    let variable = format!("{}{variable}", config::prefix(profile));
    Problem::new(Code::Misconfigured, format!("{variable}: the runtime does not import it"))
}

/// A variable or secret as text. In `wrangler.toml` a merchant number may be written as a number
/// and the products as a table; both arrive as what they are, and mean the same.
pub(crate) fn value(env: &Env, variable: &str) -> Option<String> {
    let value = Reflect::get(env, &variable.into()).ok()?;
    if value.is_undefined() || value.is_null() {
        return None;
    }
    value.as_string().or_else(|| JSON::stringify(&value).ok().map(String::from))
}
