//! Asks the platform harmless questions over V2 in the name of one profile, for the doctor to judge.

use checkout::id::Description;
use checkout::money::{Amount, Fen};
use checkout::payee::Payee;
use checkout::report::Proof;
use checkout::time::Seconds;
use wechatpay::v2::answer::{Judged, judge};
use wechatpay::v2::draft::{Caller, Draft, sign_call};
use wechatpay::v2::key::ApiV2Key;
use wechatpay::v2::order::{OrderBody, close, place, query};
use wechatpay::v3::order_fields::OrderFields;
use worker::Env;

use super::certificate::Certified;
use super::platform::fetch;
use super::world::{World, chance};
use crate::api::Api;
use crate::config::{Config, Profile, Told, V2, native_url, notify_url};
use crate::doctor::{self, Finding, Wish};
use crate::ports::{CALL_MS_MAX, Unreachable, World as _, certificate_binding};

/// Who asks over V2, in the name of one profile.
pub(crate) struct ExaminerV2<'a> {
    pub(crate) env: &'a Env,
    pub(crate) config: &'a Config,
    pub(crate) profile: &'a Profile,
    pub(crate) v2: &'a V2,
}

/// How long the order lives that the doctor places, should closing it fail.
const ORDER_LIFE: Seconds = Seconds(10 * 60);

impl ExaminerV2<'_> {
    /// The questions. A merchant with APIv3 keys too has been told before whether anybody answers.
    pub(crate) async fn ask(&self, wish: &Wish, findings: &mut Vec<Finding>) {
        let mut heard = Vec::new();
        for key in self.v2.keys.iter() {
            heard.push(self.call(&self.harmless(), &self.payee(), key).await);
        }
        if self.profile.v3.is_none() {
            let base = self.config.wechatpay_url.as_str();
            let first = heard.first().map_or(Err(Unreachable), as_ref);
            findings.push(doctor::reachable_v2(base, first));
        }
        findings.extend(doctor::v2_keys(&heard, self.payee().sub.is_some()));
        self.look_at_addresses(findings);
        let taken = self.v2.keys.iter().zip(&heard).find(|(_, heard)| is_proven(heard));
        if let Some((key, _)) = taken.filter(|_| self.profile.api == Api::V2) {
            self.try_orders(wish, key, findings).await;
        }
    }

    /// What nobody can ask: addresses and bindings.
    fn look_at_addresses(&self, findings: &mut Vec<Finding>) {
        let Config { public_url, wechatpay_url, .. } = self.config;
        let address = native_url(public_url, &self.profile.name);
        let shape = doctor::notify_address(&address, public_url, wechatpay_url);
        findings.push(doctor::native_callback(&address, shape));
        let refunds_api = self.profile.refunds_api.unwrap_or(self.profile.api);
        if refunds_api == Api::V2 {
            let is_bound = Certified::bound(self.env, &self.profile.name).is_some();
            let binding = certificate_binding(&self.profile.name);
            findings.push(doctor::refund_certificate(&binding, is_bound));
        }
    }

    /// The merchant itself, or the service provider's first sub-merchant.
    fn payee(&self) -> Payee {
        self.profile.payees.all().into_iter().next().unwrap_or_else(|| Payee::direct("", ""))
    }

    /// How does an order stand that cannot exist?
    fn harmless(&self) -> Draft {
        query(&doctor::unknown_number(chance().unwrap_or_default()), &self.payee())
    }

    /// Signs with `key`, sends once, and judges by both keys.
    async fn call(
        &self,
        draft: &Draft,
        payee: &Payee,
        key: &ApiV2Key,
    ) -> Result<Judged, Unreachable> {
        let V2 { keys, sign_type, .. } = self.v2;
        let nonce = chance().map_err(|_| Unreachable)?;
        let signed = sign_call(draft, &Caller { key, sign_type: *sign_type }, nonce);
        let base = self.config.wechatpay_url.as_str();
        let reply = fetch(base, None, &signed, CALL_MS_MAX).await.map_err(|_| Unreachable)?;
        Ok(judge(&reply, keys, *sign_type, payee))
    }

    /// One fen for everybody who can be paid, where the operator asked for it.
    async fn try_orders(&self, wish: &Wish, key: &ApiV2Key, findings: &mut Vec<Finding>) {
        if !wish.order {
            findings.push(doctor::not_tried());
            return;
        }
        for payee in self.profile.payees.all().iter().take(SUB_MERCHANTS_MAX) {
            findings.push(self.try_order(payee, key).await);
        }
    }

    async fn try_order(&self, payee: &Payee, key: &ApiV2Key) -> Finding {
        let number = doctor::unknown_number(chance().unwrap_or_default());
        let placed = match self.order(payee, &number).await {
            Some(draft) => self.call(&draft, payee, key).await,
            None => Err(Unreachable),
        };
        // Also where nothing is known: whatever came of it, nobody shall be able to pay it.
        let closed = self.call(&close(&number, payee), payee, key).await;
        doctor::order_v2(payee, as_ref(&placed), as_ref(&closed))
    }

    async fn order(&self, payee: &Payee, number: &str) -> Option<Draft> {
        let now = World::enter(self.env).await.now();
        let (own, told) = (&self.profile.name, Told::Transactions);
        let body = OrderBody {
            payee,
            description: &Description::parse("Saoma doctor").ok()?,
            out_trade_no: number,
            time_start: now,
            time_expire: now + ORDER_LIFE,
            notify_url: &notify_url(&self.config.public_url, own, Api::V2, told),
            amount: Amount::cny(Fen::new(1).ok()?),
            fields: &OrderFields::default(),
            product_id: "doctor",
            spbill_create_ip: self.v2.spbill_create_ip,
        };
        place(&body.to_bytes()).ok()
    }
}

/// Sub-merchants that are asked for; Cloudflare's free plan allows fifty calls a request.
const SUB_MERCHANTS_MAX: usize = 10;

/// The platform's own sign is on the answer, so the key is the right one.
fn is_proven(heard: &Result<Judged, Unreachable>) -> bool {
    matches!(heard, Ok(Judged::Done(_) | Judged::Refused { proof: Proof::Verified, .. }))
}

fn as_ref(heard: &Result<Judged, Unreachable>) -> Result<&Judged, Unreachable> {
    heard.as_ref().map_err(|unreachable| *unreachable)
}
