//! The door's V2 addresses, as `edge/src/cloudflare/payment_notice.rs` and `refund_notice.rs` have them:
//! what is decided is decided by the same code.

use std::rc::Rc;

use checkout::id::ProfileName;
use checkout::payee::Payee;
use checkout::refund::RefundNews;
use edge::api::Api;
use edge::notified::{ACKNOWLEDGED, payment, refused_v2};
use edge::refund_notice::{ASK_MS_MAX, Askable, Informants, errand, find_out, refused};
use wechatpay::http::Signed;
use wechatpay::v2::notification::{fail, read, success};
use wechatpay::v2::refund_notification::open;
use wechatpay::{v2, v3};

use super::{Answered, keep};
use crate::keys::{APPID, MCHID};
use crate::model::mail::Arrival;
use crate::planted;
use crate::wire;
use crate::world::World;

/// Somebody says that an order was paid.
pub(super) async fn paid(world: &Rc<World>, arrival: &Arrival) -> Answered {
    let merchant = world.keys.merchant(world);
    let means = merchant.v2().expect("a V2 key");
    let body = planted::signed_in_any_case(world, &arrival.body);
    match read(&body, &means.keys, means.sign_type) {
        Ok(paid) => {
            let errand = payment(paid, &ProfileName::default(), world.wall());
            answered(keep(world, arrival, errand).await)
        }
        Err(reason) => {
            world.say(|| format!("  {reason}"));
            let refused = refused_v2(&reason);
            Answered { status: refused.status, body: fail(refused.words) }
        }
    }
}

/// Somebody names a refund. The platform is asked about it.
pub(super) async fn refunded(world: &Rc<World>, arrival: &Arrival) -> Answered {
    let merchant = world.keys.merchant(world);
    let means = merchant.v2().expect("a V2 key");
    let claimed = match open(&arrival.body, &means.keys) {
        Ok(claimed) => claimed,
        Err(reason) => {
            world.say(|| format!("  {reason}"));
            let refused = refused(&reason);
            return Answered { status: refused.status, body: fail(refused.words) };
        }
    };
    let until_ms = world.now_ms() + i64::from(ASK_MS_MAX);
    let asked = Asked { world: Rc::clone(world), until_ms };
    match find_out(&claimed, askable(world), &asked).await {
        Ok(fact) => {
            world.mark("v2: refund notices confirmed");
            let errand = errand(claimed, fact, &ProfileName::default(), world.wall());
            answered(keep(world, arrival, errand).await)
        }
        Err(_) if planted::acknowledges_unasked(world) => answered(ACKNOWLEDGED),
        Err(no) => {
            world.mark(no.event);
            Answered { status: no.status, body: fail(no.words) }
        }
    }
}

fn answered(status: u16) -> Answered {
    let body = if status == ACKNOWLEDGED { success() } else { fail("not stored; send it again") };
    Answered { status, body }
}

/// What the operator chose for refunds, or else for new checkouts, comes first.
fn askable(world: &World) -> Askable {
    let first = world.manner.refunds_of(world.manner.api.get());
    let second = match first {
        Api::V3 => Some(Api::V2),
        Api::V2 => world.manner.has_v3.then_some(Api::V3),
    };
    Askable { first, second }
}

/// The platform, asked by the door.
struct Asked {
    world: Rc<World>,
    until_ms: i64,
}

impl Informants for Asked {
    async fn ask(&self, api: Api, out_refund_no: &str) -> RefundNews {
        let answered = match api {
            Api::V3 => self.by_v3(out_refund_no).await,
            Api::V2 => self.by_v2(out_refund_no).await,
        };
        answered.unwrap_or(RefundNews::InDoubt { said: None })
    }
}

impl Asked {
    async fn by_v2(&self, number: &str) -> Option<RefundNews> {
        let merchant = self.world.keys.merchant(&self.world);
        let means = merchant.v2().ok()?;
        let payee = Payee::direct(MCHID, APPID);
        let caller = v2::draft::Caller { key: means.keys.first(), sign_type: means.sign_type };
        let draft = v2::refund::query(number, &payee);
        let signed = v2::draft::sign_call(&draft, &caller, self.world.dice.bytes());
        let reply = wire::ask(&self.world, &signed, self.until_ms).await?;
        let judged = v2::answer::judge(&reply, &means.keys, means.sign_type, &payee);
        Some(v2::refund::read_query(&judged, number))
    }

    async fn by_v3(&self, number: &str) -> Option<RefundNews> {
        let signed = self.signed_by_v3(number).await?;
        let reply = wire::ask(&self.world, &signed, self.until_ms).await?;
        if let Some(serial) = reply.headers.get("Wechatpay-Serial") {
            self.world.keys.meet(&self.world, serial);
        }
        let merchant = self.world.keys.merchant(&self.world);
        let means = merchant.v3().ok()?;
        let wall = self.world.wall();
        let judged = v3::answer::judge(&means.rsa, &means.platform_keys, &reply, wall).await;
        Some(v3::refund::read_query(&judged, number))
    }

    async fn signed_by_v3(&self, number: &str) -> Option<Signed> {
        let merchant = self.world.keys.merchant(&self.world);
        let means = merchant.v3().ok()?;
        let caller = v3::sign::Caller {
            mchid: &merchant.mchid,
            serial_no: &means.serial_no,
            key: &means.private_key,
            platform_serial: means.platform_serial.as_deref(),
        };
        let request = v3::refund::query(number, None);
        let nonce = self.world.dice.bytes();
        v3::sign::sign(&means.rsa, &caller, request, nonce, self.world.wall()).await.ok()
    }
}
