//! What the examiner tries once the platform takes its signature: each key, a notification, each
//! sub-merchant, and on request an order.

use checkout::id::Description;
use checkout::money::{Amount, Fen};
use checkout::payee::Payee;
use checkout::time::Seconds;
use wechatpay::v3::certificates::{self, PlatformCertificate};
use wechatpay::v3::echo::{self, Shout};
use wechatpay::v3::native::{OrderBody, close, place};
use wechatpay::v3::notification::Receiver;
use wechatpay::v3::order_fields::OrderFields;
use wechatpay::v3::sensitive::{Recipient, open, seal};

use super::examiner::{Examiner, as_ref};
use super::objects;
use super::webcrypto::Purpose;
use super::world::{World, pause, wall};
use crate::api::Api;
use crate::command::KeyringCommand;
use crate::config::{PlatformKey, Told, notify_url};
use crate::doctor::{self, Came, Check, Finding, State, Wish};
use crate::ports::{Unreachable, World as _};

/// Platform keys that are tried; a merchant has one or two, and each costs two calls.
const KEYS_MAX: usize = 4;
/// Sub-merchants that are asked for; Cloudflare's free plan allows fifty calls a request.
const SUB_MERCHANTS_MAX: usize = 10;
/// How often it is looked whether a notification has come, for five seconds: longer, WeChat Pay
/// itself does not wait for an answer.
const GLANCE_MS: u32 = 500;
const GLANCES_MAX: u32 = 10;
/// How long the order lives that the doctor places, should closing it fail.
const ORDER_LIFE: Seconds = Seconds(10 * 60);

impl Examiner<'_> {
    /// Whether the APIv3 key opens the platform's certificates. They are believed from then on.
    pub(super) async fn certificates(&mut self) -> Finding {
        let came = self.ask_main(certificates::request(), None).await;
        let Ok((reply, at)) = &came else { return doctor::api_v3_key(Err(Unreachable)) };
        let receiver = Receiver { keys: &self.trusted, api_v3_keys: &self.v3.api_v3_keys };
        let read = certificates::read(&self.rsa, &receiver, reply, *at).await;
        let finding = doctor::api_v3_key(Ok(&read));
        for certificate in read.unwrap_or_default() {
            let PlatformCertificate { serial, spki_der, effective_at, expires_at } = certificate;
            let (effective_at, expires_at) = (Some(effective_at), Some(expires_at));
            let key = PlatformKey { serial, spki_der, effective_at, expires_at };
            // One that the runtime does not take is noticed where it signs.
            self.trust(key).await.ok();
        }
        finding
    }

    /// Whether the platform's other site answers, where there is one.
    pub(super) async fn ask_backup(&self, findings: &mut Vec<Finding>) {
        let Some(backup) = &self.config.wechatpay_backup_url else { return };
        let base = backup.as_str();
        let came = self.send(base, self.harmless(&self.payee()), &self.key, self.wished()).await;
        let heard = self.hear(&came).await;
        findings.push(doctor::reachable(base, "WECHATPAY_BACKUP_URL", as_ref(&heard)));
    }

    /// Whether the platform takes the key that comes next already.
    pub(super) async fn try_next_key(&self, findings: &mut Vec<Finding>) {
        let Some(next) = &self.next_key else { return };
        let base = self.config.wechatpay_url.as_str();
        let came = self.send(base, self.harmless(&self.payee()), next, self.wished()).await;
        if let Ok(heard) = self.hear(&came).await {
            findings.push(doctor::signature_of_next(&heard, self.payee().sub_mchid()));
        }
    }

    /// Echoes, signed and then encrypted both ways, for each of the platform's keys.
    pub(super) async fn try_keys(&self, findings: &mut Vec<Finding>) {
        if self.platform_keys.is_empty() {
            findings.push(doctor::no_key_to_try());
        }
        for key in self.platform_keys.iter().take(KEYS_MAX) {
            let text = doctor::unknown_number(self.chance().unwrap_or_default());
            let shout = Shout { message: &text, sealed: None, notify_url: None };
            let came = self.ask_main(echo::request(&shout), Some(&key.serial)).await;
            let heard = self.hear(&came).await;
            let finding = doctor::plain_echo(&key.serial, &text, as_ref(&heard));
            let said_back = finding.state == State::Ok;
            findings.push(finding);
            if said_back {
                findings.push(self.try_sealed(key, &text).await);
            }
        }
    }

    async fn try_sealed(&self, key: &PlatformKey, text: &str) -> Finding {
        let not_sealed = || {
            let words = format!("{}: the runtime does not encrypt for it", key.serial);
            Finding::skipped(Check::SealedEcho, words)
        };
        let Ok(imported) = self.rsa.key(&key.spki_der, Purpose::Encrypt).await else {
            return not_sealed();
        };
        let recipient = Recipient { serial: key.serial.clone(), key: imported };
        let Ok(sealed) = seal(&self.rsa, &recipient, text).await else { return not_sealed() };
        let shout = Shout { message: text, sealed: Some(&sealed), notify_url: None };
        let came = self.ask_main(echo::request(&shout), Some(sealed.serial())).await;
        let heard = self.hear(&came).await;
        let back = heard.as_ref().ok().and_then(|heard| echo::read(&heard.judged).ok()?.sealed);
        let opened = match back {
            Some(back) => Some(open(&self.rsa, &[&self.key.decryption], &back).await),
            None => None,
        };
        doctor::sealed_echo(&key.serial, text, as_ref(&heard), opened)
    }

    /// Has a test notification sent to the notify URL, and waits for it.
    pub(super) async fn try_notification(&self, findings: &mut Vec<Finding>) {
        let config = self.config;
        let address =
            notify_url(&config.public_url, &self.profile.name, Api::V3, Told::Transactions);
        let shape = doctor::notify_address(&address, &config.public_url, &config.wechatpay_url);
        if shape.state == State::Wrong {
            return;
        }
        let (since, text) = (wall(), doctor::unknown_number(self.chance().unwrap_or_default()));
        let shout = Shout { message: &text, sealed: None, notify_url: Some(&address) };
        let came = self.ask_main(echo::request(&shout), self.wished()).await;
        let heard = self.hear(&came).await;
        let done = heard.as_ref().is_ok_and(|heard| echo::read(&heard.judged).is_ok());
        let mut arrived = Came::Nothing;
        let mut glances = if done { GLANCES_MAX } else { 0 };
        while arrived == Came::Nothing && glances > 0 {
            pause(GLANCE_MS).await;
            let command = KeyringCommand::Arrivals;
            let kept = objects::keyring(self.env, &self.profile.name, &command).await;
            let kept = kept.map_or_else(|_| Vec::new(), |answer| answer.arrivals);
            arrived = doctor::came(&kept, &text, since);
            glances -= 1;
        }
        findings.push(doctor::notification(as_ref(&heard), arrived));
    }

    /// Whether each sub-merchant is one of this service provider's.
    pub(super) async fn ask_sub_merchants(&self, findings: &mut Vec<Finding>) {
        for payee in self.profile.payees.all().iter().take(SUB_MERCHANTS_MAX) {
            let Some(sub_mchid) = payee.sub_mchid() else { continue };
            let came = self.ask_main(self.harmless(payee), self.wished()).await;
            let heard = self.hear(&came).await;
            findings.push(doctor::sub_merchant(sub_mchid, as_ref(&heard)));
        }
    }

    /// One fen for everybody who can be paid, where the operator asked for it.
    pub(super) async fn try_orders(&self, wish: &Wish, findings: &mut Vec<Finding>) {
        if !wish.order {
            findings.push(doctor::not_tried());
            return;
        }
        for payee in self.profile.payees.all().iter().take(SUB_MERCHANTS_MAX) {
            findings.push(self.try_order(payee).await);
        }
    }

    async fn try_order(&self, payee: &Payee) -> Finding {
        let number = doctor::unknown_number(self.chance().unwrap_or_default());
        let Some(body) = self.order(payee, &number).await else {
            return Finding::skipped(Check::Order, "an order cannot be worded");
        };
        let came = self.ask_main(place(body, payee), self.wished()).await;
        let heard = self.hear(&came).await;
        let placed = doctor::placed(payee.sub_mchid(), as_ref(&heard));
        if matches!(placed.state, State::Wrong) {
            return placed;
        }
        // Also where nothing is known: whatever came of it, nobody shall be able to pay it.
        let came = self.ask_main(close(&number, payee), self.wished()).await;
        let heard = self.hear(&came).await;
        doctor::closed(placed, as_ref(&heard))
    }

    async fn order(&self, payee: &Payee, number: &str) -> Option<Vec<u8>> {
        let now = World::enter(self.env).await.now();
        let body = OrderBody {
            payee,
            description: &Description::parse("Saoma doctor").ok()?,
            out_trade_no: number,
            time_expire: now + ORDER_LIFE,
            notify_url: &notify_url(
                &self.config.public_url,
                &self.profile.name,
                Api::V3,
                Told::Transactions,
            ),
            amount: Amount::cny(Fen::new(1).ok()?),
            fields: &OrderFields::default(),
        };
        Some(body.to_bytes())
    }
}
