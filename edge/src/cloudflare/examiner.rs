//! Asks the platform harmless questions in the name of one profile, for the doctor to judge: first
//! whether anybody answers and takes our signature, and only then what hangs on it.

use checkout::payee::Payee;
use checkout::time::UnixSeconds;
use web_sys::CryptoKey;
use wechatpay::http::{Reply, Request};
use wechatpay::v3::native::query_by_out_trade_no;
use wechatpay::v3::sign::{Caller, sign};
use wechatpay::v3::verify::PlatformKeys;
use worker::Env;

use super::deployment::imported;
use super::platform::fetch;
use super::standing::OwnKey;
use super::webcrypto::{NotImported, Purpose, WebCrypto};
use super::world::{chance, wall};
use crate::config::{Config, PlatformKey, Profile, V3};
use crate::doctor::{self, Finding, Heard, State, Wish, listen};
use crate::ports::{CALL_MS_MAX, Unreachable};

/// Who asks, in the name of one profile.
pub(crate) struct Examiner<'a> {
    pub(super) env: &'a Env,
    pub(super) config: &'a Config,
    pub(super) profile: &'a Profile,
    pub(super) v3: &'a V3,
    pub(super) rsa: WebCrypto,
    pub(super) key: OwnKey,
    pub(super) next_key: Option<OwnKey>,
    /// Configured and fetched.
    pub(super) platform_keys: Vec<PlatformKey>,
    pub(super) trusted: PlatformKeys<CryptoKey>,
}

/// A reply, and when it came by the wall clock.
pub(super) type Delivered = Result<(Reply, UnixSeconds), Unreachable>;

impl<'a> Examiner<'a> {
    /// Imports the keys of APIv3, or names the variable whose key the runtime does not take.
    pub(crate) async fn new(
        env: &'a Env,
        config: &'a Config,
        (profile, v3): (&'a Profile, &'a V3),
    ) -> Result<Self, &'static str> {
        let rsa = WebCrypto::new().ok_or("crypto")?;
        let key = imported(&rsa, &v3.key).await;
        let key = key.map_err(|NotImported| "MERCHANT_PRIVATE_KEY")?;
        let next_key = match &v3.next_key {
            Some(next) => {
                let next = imported(&rsa, next).await;
                Some(next.map_err(|NotImported| "MERCHANT_PRIVATE_KEY_NEXT")?)
            }
            None => None,
        };
        let mut examiner = Self {
            env,
            config,
            profile,
            v3,
            rsa,
            key,
            next_key,
            platform_keys: Vec::new(),
            trusted: PlatformKeys::new(),
        };
        // Those that have ended are told by their dates alone, and believed by nobody.
        for key in v3.platform_keys.iter().filter(|key| !key.has_ended(wall())) {
            let trusted = examiner.trust(key.clone()).await;
            trusted.map_err(|NotImported| "PLATFORM_PUBLIC_KEY")?;
        }
        Ok(examiner)
    }

    /// Believes this key from now on.
    pub(super) async fn trust(&mut self, key: PlatformKey) -> Result<(), NotImported> {
        if self.trusted.get(&key.serial).is_some() {
            return Ok(());
        }
        let imported = self.rsa.key(&key.spki_der, Purpose::Verify).await?;
        self.trusted.insert_until(key.serial.clone(), imported, key.expires_at);
        self.platform_keys.push(key);
        Ok(())
    }

    /// The questions, each of which needs the answers before it.
    pub(crate) async fn ask(&mut self, wish: &Wish, findings: &mut Vec<Finding>) {
        let base = self.config.wechatpay_url.as_str();
        let harmless = self.harmless(&self.payee());
        let came = self.send(base, harmless, &self.key, self.wished()).await;
        // First, since it may bring keys that the other answers are judged by.
        let api_v3_key = if came.is_ok() { Some(self.certificates().await) } else { None };
        let heard = self.hear(&came).await;
        findings.push(doctor::reachable(base, "WECHATPAY_URL", as_ref(&heard)));
        self.ask_backup(findings).await;
        let Ok(heard) = heard else { return };
        findings.push(doctor::clock(&heard));
        let signature = doctor::signature(&heard, self.payee().sub_mchid());
        let accepted = signature.state == State::Ok;
        findings.push(signature);
        findings.push(doctor::answers(&heard));
        findings.extend(api_v3_key);
        if !accepted {
            return;
        }
        self.try_next_key(findings).await;
        self.try_keys(findings).await;
        self.try_notification(findings).await;
        self.ask_sub_merchants(findings).await;
        self.try_orders(wish, findings).await;
    }

    /// The platform key whose signature we would like.
    pub(super) fn wished(&self) -> Option<&str> {
        self.platform_keys.first().map(|key| key.serial.as_str())
    }

    /// The merchant itself, or the service provider's first sub-merchant.
    pub(super) fn payee(&self) -> Payee {
        self.profile.payees.all().into_iter().next().unwrap_or_else(|| Payee::direct("", ""))
    }

    /// How does an order stand that cannot exist?
    pub(super) fn harmless(&self, payee: &Payee) -> Request {
        let chance = self.chance().unwrap_or_default();
        query_by_out_trade_no(&doctor::unknown_number(chance), payee)
    }

    pub(super) fn chance(&self) -> Option<[u8; 16]> {
        chance().ok()
    }

    /// Signs with `key`, and sends once.
    pub(super) async fn send(
        &self,
        base: &str,
        request: Request,
        key: &OwnKey,
        serial: Option<&str>,
    ) -> Delivered {
        let caller = Caller {
            mchid: &self.profile.mchid,
            serial_no: &key.serial_no,
            key: &key.signing,
            platform_serial: serial,
        };
        let nonce = self.chance().ok_or(Unreachable)?;
        let signed =
            sign(&self.rsa, &caller, request, nonce, wall()).await.map_err(|_| Unreachable)?;
        let reply = fetch(base, None, &signed, CALL_MS_MAX).await.map_err(|_| Unreachable)?;
        Ok((reply, wall()))
    }

    pub(super) async fn ask_main(&self, request: Request, serial: Option<&str>) -> Delivered {
        self.send(self.config.wechatpay_url.as_str(), request, &self.key, serial).await
    }

    /// Judges by the keys that are trusted by now.
    pub(super) async fn hear<'r>(&self, came: &'r Delivered) -> Result<Heard<'r>, Unreachable> {
        let (reply, at) = came.as_ref().map_err(|unreachable| *unreachable)?;
        Ok(listen(&self.rsa, &self.trusted, reply, *at).await)
    }
}

/// What was heard, to be looked at and kept.
pub(super) fn as_ref<'h, 'r>(
    heard: &'h Result<Heard<'r>, Unreachable>,
) -> Result<&'h Heard<'r>, Unreachable> {
    heard.as_ref().map_err(|unreachable| *unreachable)
}
