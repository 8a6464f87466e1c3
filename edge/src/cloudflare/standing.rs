//! One merchant as this isolate knows it: its own keys and the platform's, imported.
//!
//! What is kept are keys, never promises of keys. What can change, because the platform or the
//! merchant rotates, is replaced whole: a snapshot is built beside the old one and takes its place
//! between two awaits. The keyring is asked seldom, whatever strangers send, and never on the way
//! of a merchant who is in public-key mode.

mod signing;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use checkout::id::ProfileName;
use checkout::time::Seconds;
use web_sys::CryptoKey;
use wechatpay::v3::sensitive::Recipient;
use wechatpay::v3::verify::PlatformKeys;
use worker::Env;

use super::certificate::Certified;
use super::webcrypto::{Purpose, WebCrypto};
use super::world::{pause, wall};
use super::{log, objects};
use crate::api::Api;
use crate::command::{KeyringAnswer, KeyringCommand};
use crate::config::{PlatformKey, Profile};
use crate::keyring::looks::{Looks, Pace, Turn};
use crate::keyring::{Answered, Held, can_be_sent, preferred};
use crate::ports::{Merchant, V3Means};
use crate::problem::{Code, Problem};

/// One merchant of this deployment. Without keys for APIv3 it asks no keyring and waits for nobody's
/// key.
pub(crate) struct Standing {
    name: ProfileName,
    keys: Vec<OwnKey>,
    configured: Vec<PlatformKey>,
    refunds_api: Option<Api>,
    certificate: Option<Certified>,
    merchant: RefCell<Rc<Merchant<WebCrypto>>>,
    held: RefCell<Vec<Held>>,
    recipient: RefCell<Option<Rc<Recipient<CryptoKey>>>>,
    looks: Cell<Looks>,
    /// How many of the configured certificates the operator was told to have ended.
    ended: Cell<usize>,
}

/// One of the merchant's own keys.
pub(crate) struct OwnKey {
    /// Serial of its certificate, upper-case hex.
    pub(crate) serial_no: String,
    /// For requests.
    pub(crate) signing: CryptoKey,
    /// For fields that the platform encrypted.
    pub(crate) decryption: CryptoKey,
}

/// How seldom unknown serials cost a look into the keyring.
const MEET: Pace = Pace { learnt: Seconds(10), failed: Seconds(1) };
/// How often a merchant with certificates looks for newer ones; the keyring asks the platform at
/// most every ten hours, and new certificates come weeks before they are needed.
const RENEW: Pace = Pace { learnt: Seconds::hours(1), failed: Seconds(10) };
/// How often one who waits sees whether somebody else has looked.
const GLANCE_MS: u32 = 100;
/// Glances in four seconds: the platform waits five for whoever hears its notification.
const GLANCES_MAX: u32 = 40;

impl Standing {
    /// `profile` with its imported keys for APIv3, if it has any; `merchant` signs with the first.
    pub(crate) fn new(profile: &Profile, keys: Vec<OwnKey>, merchant: Merchant<WebCrypto>) -> Self {
        let configured = profile.v3.as_ref().map(|v3| v3.platform_keys.clone());
        Self {
            name: profile.name.clone(),
            keys,
            configured: configured.unwrap_or_default(),
            refunds_api: profile.refunds_api,
            certificate: None,
            merchant: RefCell::new(Rc::new(merchant)),
            held: RefCell::default(),
            recipient: RefCell::default(),
            looks: Cell::default(),
            ended: Cell::default(),
        }
    }

    /// The same merchant with what it can show the platform.
    pub(crate) fn showing(self, certificate: Option<Certified>) -> Self {
        Self { certificate, ..self }
    }

    /// What the operator calls it.
    pub(crate) const fn name(&self) -> &ProfileName {
        &self.name
    }

    /// Shows its client certificate, if that is bound.
    pub(crate) const fn certificate(&self) -> Option<&Certified> {
        self.certificate.as_ref()
    }

    /// Who we are, and whom we believe now: certificates end while an isolate lives.
    pub(crate) fn snapshot(&self) -> Rc<Merchant<WebCrypto>> {
        let known = Rc::clone(&self.merchant.borrow());
        let Some(v3) = &known.v3 else { return known };
        let held = self.held.borrow();
        let newest = preferred(&self.configured, held.iter(), wall()).map(|(serial, _)| serial);
        if newest == v3.platform_serial.as_deref() {
            return known;
        }
        let platform_serial = newest.map(str::to_owned);
        let fresh = Rc::new(with(&known, V3Means { platform_serial, ..copy(v3) }));
        self.merchant.replace(Rc::clone(&fresh));
        fresh
    }

    /// The same, for somebody who is about to call the platform by `api`: has its keys, and waits
    /// for the platform's first one where APIv3 needs one and none is known.
    pub(crate) async fn merchant(
        &self,
        env: &Env,
        api: Api,
    ) -> Result<Rc<Merchant<WebCrypto>>, Problem> {
        if let Some(problem) = self.lacks(api) {
            log::alarm("keys_missing", &[("detail", &problem.detail)]);
            return Err(problem);
        }
        if api == Api::V2 {
            return Ok(self.snapshot());
        }
        self.tell_ended();
        if self.configured.iter().any(|key| key.effective_at.is_none()) {
            return Ok(self.snapshot());
        }
        if !self.has_platform_key() {
            let answered = self.read(env, KeyringCommand::First).await?;
            let merchant = self.snapshot();
            return if self.has_platform_key() { Ok(merchant) } else { Err(self.no_key(answered)) };
        }
        if self.turn(RENEW) == Turn::Look
            && let Err(problem) = self.read(env, KeyringCommand::Read).await
        {
            log::note("keyring_unread", &[("detail", &problem.detail)]);
        }
        Ok(self.snapshot())
    }

    /// The API that payments of orders of `order` are given back by.
    pub(crate) fn refunds_api(&self, order: Api) -> Api {
        self.refunds_api.unwrap_or(order)
    }

    /// What is missing to speak `api`.
    fn lacks(&self, api: Api) -> Option<Problem> {
        let known = self.merchant.borrow();
        match api {
            Api::V3 => known.v3().err(),
            Api::V2 => known.v2().err(),
        }
    }

    fn has_platform_key(&self) -> bool {
        self.snapshot().v3.as_ref().is_some_and(|v3| v3.platform_serial.is_some())
    }

    /// A notification names `serial`, which its judge does not know. Looks whether the keyring does,
    /// if it was not asked just now, or waits for whoever is looking; tells whether the key is here
    /// now.
    pub(crate) async fn meet(&self, env: &Env, serial: &str) -> bool {
        self.meet_within(env, serial, GLANCES_MAX).await
    }

    /// The same for the answer to a call of ours, whose time is nearly over: waits for nobody. An
    /// answer that cannot be verified yet is asked for again.
    pub(crate) async fn meet_briefly(&self, env: &Env, serial: &str) -> bool {
        self.meet_within(env, serial, 1).await
    }

    async fn meet_within(&self, env: &Env, serial: &str, glances: u32) -> bool {
        if !can_be_sent(serial) || self.keys.is_empty() {
            return self.knows(serial);
        }
        for _ in 0..glances {
            if self.knows(serial) {
                return true;
            }
            match self.turn(MEET) {
                Turn::Look => {
                    let command = KeyringCommand::Missing { serial: serial.to_owned() };
                    if let Err(problem) = self.read(env, command).await {
                        log::note("keyring_unread", &[("detail", &problem.detail)]);
                    }
                }
                // No promise is shared between requests: the runtime would end one with the other.
                Turn::Wait => pause(GLANCE_MS).await,
                Turn::Rest => break,
            }
        }
        self.knows(serial)
    }

    /// Whom fields are encrypted for now, imported once.
    pub(crate) async fn recipient(&self, env: &Env) -> Result<Rc<Recipient<CryptoKey>>, Problem> {
        let merchant = self.merchant(env, Api::V3).await?;
        let v3 = merchant.v3()?;
        let known = self.recipient.borrow().clone();
        if let Some(known) = known.filter(|one| Some(&one.serial) == v3.platform_serial.as_ref()) {
            return Ok(known);
        }
        let (serial, spki_der) = {
            let held = self.held.borrow();
            let found = preferred(&self.configured, held.iter(), wall());
            let (serial, spki_der) = found.ok_or_else(|| self.no_key(None))?;
            (serial.to_owned(), spki_der.to_vec())
        };
        let key = v3.rsa.key(&spki_der, Purpose::Encrypt).await;
        let key =
            key.map_err(|_| Problem::new(Code::Internal, "a platform key is not imported"))?;
        let fresh = Rc::new(Recipient { serial, key });
        self.recipient.replace(Some(Rc::clone(&fresh)));
        Ok(fresh)
    }

    /// What the platform may have encrypted fields for.
    pub(crate) fn decryption_keys(&self) -> Vec<&CryptoKey> {
        self.keys.iter().map(|key| &key.decryption).collect()
    }

    fn knows(&self, serial: &str) -> bool {
        let merchant = self.merchant.borrow();
        merchant.v3.as_ref().is_some_and(|v3| v3.platform_keys.valid(serial, wall()).is_some())
    }

    fn turn(&self, pace: Pace) -> Turn {
        self.looks.get().turn(wall(), pace)
    }

    async fn read(&self, env: &Env, command: KeyringCommand) -> Result<Option<Answered>, Problem> {
        self.looks.update(|looks| looks.begun(wall()));
        log::note("keyring_read", &[("profile", self.name.as_str())]);
        let answer = objects::keyring(env, &self.name, &command).await;
        let KeyringAnswer { held, answered, .. } = answer.inspect_err(|_| {
            self.looks.update(|looks| looks.failed(wall()));
        })?;
        self.take(held).await;
        self.looks.update(|looks| looks.learnt(wall()));
        Ok(answered)
    }

    /// Believes the configured keys and these, and nobody else any more.
    async fn take(&self, held: Vec<Held>) {
        let merchant = self.snapshot();
        let Some(before) = &merchant.v3 else { return };
        let known_before = self.held.borrow().clone();
        let mut platform_keys = PlatformKeys::new();
        for PlatformKey { serial, expires_at, .. } in &self.configured {
            if let Some(key) = before.platform_keys.get(serial) {
                platform_keys.insert_until(serial.clone(), key.clone(), *expires_at);
            }
        }
        for one in &held {
            // What the operator configured is not replaced by what is sent.
            if platform_keys.get(&one.serial).is_some() {
                continue;
            }
            let known =
                before.platform_keys.get(&one.serial).filter(|_| known_before.contains(one));
            let key = match known {
                Some(key) => Ok(key.clone()),
                None => before.rsa.key(&one.spki_der, Purpose::Verify).await,
            };
            match key {
                Ok(key) => {
                    platform_keys.insert_until(one.serial.clone(), key, Some(one.expires_at));
                }
                Err(_) => log::alarm("certificate_not_imported", &[("serial", &one.serial)]),
            }
        }
        let newest = preferred(&self.configured, held.iter(), wall());
        let platform_serial = newest.map(|(serial, _)| serial.to_owned());
        // Of now, not of before: the merchant's own key may have changed meanwhile.
        let now = self.snapshot();
        let Some(v3) = &now.v3 else { return };
        let v3 = V3Means { platform_keys, platform_serial, ..copy(v3) };
        self.merchant.replace(Rc::new(with(&now, v3)));
        self.held.replace(held);
    }

    /// Says once that configured certificates have ended: whoever set them takes them for good.
    fn tell_ended(&self) {
        let wall = wall();
        let ended = self.configured.iter().filter(|key| key.has_ended(wall));
        let serials: Vec<&str> = ended.map(|key| key.serial.as_str()).collect();
        if serials.len() > self.ended.replace(serials.len()) {
            let about = [("profile", self.name.as_str()), ("serials", &serials.join(" "))];
            log::alarm("platform_certificate_ended", &about);
        }
    }

    fn no_key(&self, answered: Option<Answered>) -> Problem {
        if answered == Some(Answered::None) {
            let variable = format!("{}PLATFORM_PUBLIC_KEY", crate::config::prefix(&self.name));
            let detail = format!(
                "{variable}: this merchant has no platform certificates, so the platform's public \
                 key has to be set, with its id in {variable}_ID"
            );
            return Problem::new(Code::Misconfigured, detail);
        }
        Problem::new(Code::Unavailable, "the platform's keys are not known yet").retry_after(5)
    }
}

/// The same merchant with other means for APIv3.
fn with(merchant: &Merchant<WebCrypto>, v3: V3Means<WebCrypto>) -> Merchant<WebCrypto> {
    let (profile, mchid) = (merchant.profile.clone(), merchant.mchid.clone());
    Merchant { profile, mchid, v3: Some(v3), v2: merchant.v2.clone() }
}

/// Another handle on the same keys.
fn copy(v3: &V3Means<WebCrypto>) -> V3Means<WebCrypto> {
    V3Means {
        rsa: v3.rsa.clone(),
        serial_no: v3.serial_no.clone(),
        private_key: v3.private_key.clone(),
        platform_keys: v3.platform_keys.clone(),
        platform_serial: v3.platform_serial.clone(),
        notify_url: v3.notify_url.clone(),
        refund_notify_url: v3.refund_notify_url.clone(),
    }
}
