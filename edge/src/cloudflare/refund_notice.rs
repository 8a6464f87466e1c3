//! The platform's side of the door for V2 refund notifications, of V2 orders and of whatever is
//! refunded at the platform's console. What is sent only names a refund; the platform is asked about
//! it, and its verified answer is stored as if it had been told. What is made of it is decided in
//! [`crate::refund_notice`]; this brings keys, the wire, objects and the log.

use std::rc::Rc;

use checkout::id::ProfileName;
use checkout::payee::Payee;
use checkout::refund::RefundNews;
use wechatpay::http::{Reply, Signed};
use wechatpay::v2::notification::{fail, success};
use wechatpay::v2::refund_notification::{Claimed, open};
use wechatpay::{v2, v3};
use worker::Response;

use super::entry::Visit;
use super::payment_notice::{profile, refuse, without_key};
use super::platform::deliver;
use super::standing::Standing;
use super::world::{chance, wall, wall_ms};
use super::{log, reply};
use crate::api::Api;
use crate::config::Profile;
use crate::notified::{ACKNOWLEDGED, NOT_STORED, store};
use crate::problem::{Code, Problem};
use crate::refund_notice::{ASK_MS_MAX, Askable, Informants, errand, find_out, refused};

/// `POST /wechatpay/v2/notify/refunds`, of one profile.
pub(crate) async fn told(visit: &Visit, name: &ProfileName) -> Result<Response, Problem> {
    let profile = profile(visit, name)?;
    let body = visit.body()?;
    let Some(v2) = &profile.v2 else { return Ok(without_key(name)) };
    let claimed = match open(body, &v2.keys) {
        Ok(claimed) => claimed,
        Err(reason) => return Ok(refuse(name, &refused(&reason), &reason.to_string())),
    };
    let asked = Asked::of(visit, profile, &claimed)?;
    let fact = match find_out(&claimed, askable(profile, &asked.standing), &asked).await {
        Ok(fact) => fact,
        Err(no) => return Ok(refuse(name, &no, &claimed.out_refund_no)),
    };
    match store(errand(claimed, fact, name, wall()), name, visit).await {
        Ok(()) => Ok(reply::xml(ACKNOWLEDGED, success())),
        Err(_) => Ok(reply::xml(NOT_STORED, fail("not stored; send it again"))),
    }
}

/// What the operator chose for refunds, or else what orders go by here, comes first; the other API
/// where its keys are here too. This merchant has a V2 key.
fn askable(profile: &Profile, standing: &Standing) -> Askable {
    let first = standing.refunds_api(profile.api);
    let second = match first {
        Api::V3 => Some(Api::V2),
        Api::V2 => profile.v3.is_some().then_some(Api::V3),
    };
    Askable { first, second }
}

/// The platform, asked in the name of one merchant.
struct Asked<'a> {
    visit: &'a Visit,
    standing: Rc<Standing>,
    payee: Payee,
    /// When all answers have to be here, by the runtime's clock.
    until_ms: u64,
}

impl<'a> Asked<'a> {
    /// About the refund of a merchant, or of the sub-merchant that the message names.
    fn of(visit: &'a Visit, profile: &Profile, claimed: &Claimed) -> Result<Self, Problem> {
        let payee = profile.payees.choose(claimed.sub_mchid.as_deref()).map_err(|reason| {
            log::alarm("notification_for_nobody", &[("profile", profile.name.as_str())]);
            Problem::new(Code::Misconfigured, reason.words())
        })?;
        let no_such_profile = || Problem::new(Code::Internal, "a profile without a merchant");
        let standing = visit.deployment.standing(&profile.name).ok_or_else(no_such_profile)?;
        let until_ms = wall_ms().saturating_add(u64::from(ASK_MS_MAX));
        Ok(Self { visit, standing, payee, until_ms })
    }
}

impl Informants for Asked<'_> {
    async fn ask(&self, api: Api, out_refund_no: &str) -> RefundNews {
        let answered = match api {
            Api::V3 => self.by_v3(out_refund_no).await,
            Api::V2 => self.by_v2(out_refund_no).await,
        };
        answered.unwrap_or(RefundNews::InDoubt { said: None })
    }
}

impl Asked<'_> {
    fn left_ms(&self) -> u32 {
        u32::try_from(self.until_ms.saturating_sub(wall_ms())).unwrap_or(u32::MAX)
    }

    async fn sent(&self, signed: &Signed) -> Option<Reply> {
        let deployment = &self.visit.deployment;
        let delivered = deliver(deployment, &self.standing, signed, self.left_ms()).await;
        delivered.ok().map(|delivery| delivery.reply)
    }

    async fn by_v2(&self, out_refund_no: &str) -> Option<RefundNews> {
        let merchant = self.standing.merchant(&self.visit.env, Api::V2).await.ok()?;
        let means = merchant.v2().ok()?;
        let caller = v2::draft::Caller { key: means.keys.first(), sign_type: means.sign_type };
        let draft = v2::refund::query(out_refund_no, &self.payee);
        let signed = v2::draft::sign_call(&draft, &caller, chance().ok()?);
        let reply = self.sent(&signed).await?;
        let judged = v2::answer::judge(&reply, &means.keys, means.sign_type, &self.payee);
        Some(v2::refund::read_query(&judged, out_refund_no))
    }

    async fn by_v3(&self, out_refund_no: &str) -> Option<RefundNews> {
        let merchant = self.standing.merchant(&self.visit.env, Api::V3).await.ok()?;
        let serial = merchant.v3().ok()?.platform_serial.clone();
        let request = v3::refund::query(out_refund_no, self.payee.sub_mchid());
        let signed = self.standing.sign(request, serial.as_deref()).await?;
        let reply = self.sent(&signed).await?;
        // The platform may have signed with a key that has only just come.
        if let Some(serial) = reply.headers.get("Wechatpay-Serial") {
            self.standing.meet_briefly(&self.visit.env, serial).await;
        }
        let merchant = self.standing.snapshot();
        let means = merchant.v3().ok()?;
        let judged = v3::answer::judge(&means.rsa, &means.platform_keys, &reply, wall()).await;
        Some(v3::refund::read_query(&judged, out_refund_no))
    }
}
