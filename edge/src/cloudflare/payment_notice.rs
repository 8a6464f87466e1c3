//! The platform's side of the door where it speaks V2: somebody claims to be WeChat Pay and to know
//! of a payment.
//!
//! As over APIv3, nothing is acknowledged before an object has stored it; what is made of it is decided
//! in [`crate::notified`].

use checkout::id::ProfileName;
use wechatpay::v2::notification::{Paid, fail, read, success};
use worker::Response;

use super::entry::Visit;
use super::world::wall;
use super::{log, reply};
use crate::config::{Profile, prefix};
use crate::notified::{ACKNOWLEDGED, NOT_STORED, Refused, payment, refused_v2, store};
use crate::problem::{Code, Problem};

/// `POST /wechatpay/v2/notify/transactions`, of one profile.
pub(crate) async fn told(visit: &Visit, name: &ProfileName) -> Result<Response, Problem> {
    let profile = profile(visit, name)?;
    let body = visit.body()?;
    let Some(v2) = &profile.v2 else { return Ok(without_key(name)) };
    Ok(match read(body, &v2.keys, v2.sign_type) {
        Ok(paid) => keep(visit, profile, paid).await,
        Err(reason) => refuse(name, &refused_v2(&reason), &reason.to_string()),
    })
}

/// Whose address was called. Somebody at the platform was given it: perhaps a merchant that is
/// configured no more and still has open orders. It is asked to send again, and somebody has to look.
pub(super) fn profile<'a>(visit: &'a Visit, name: &ProfileName) -> Result<&'a Profile, Problem> {
    visit.deployment.config.profile(name).ok_or_else(|| {
        log::alarm("notification_for_nobody", &[("profile", name.as_str())]);
        Problem::new(Code::Misconfigured, "PROFILES: there is no such merchant")
    })
}

async fn keep(visit: &Visit, profile: &Profile, paid: Paid) -> Response {
    let errand = payment(paid, &profile.name, wall());
    match store(errand, &profile.name, visit).await {
        Ok(()) => reply::xml(ACKNOWLEDGED, success()),
        Err(_) => reply::xml(NOT_STORED, fail("not stored; send it again")),
    }
}

/// Without the key nobody knows whose words these are. They come again.
pub(super) fn without_key(profile: &ProfileName) -> Response {
    let variable = format!("{}API_V2_KEY", prefix(profile));
    log::alarm("v2_key_missing", &[("variable", &variable)]);
    reply::xml(NOT_STORED, fail("this merchant has no V2 key here"))
}

/// What cannot be used is sent back, with no more than the sender may know.
pub(super) fn refuse(profile: &ProfileName, refused: &Refused, reason: &str) -> Response {
    let about = [("profile", profile.as_str()), ("reason", reason)];
    if refused.grave {
        log::alarm(refused.event, &about);
    } else {
        log::note(refused.event, &about);
    }
    reply::xml(refused.status, fail(refused.words))
}
