//! Somebody has scanned a printed code, and WeChat asks what is to be paid (Native payment, mode 1).
//!
//! The payer stands before the shelf with the phone in hand: whatever happens, there is an answer
//! within the time that WeChat waits. What was begun goes on behind it, so that the next scan finds
//! it done. What a scan comes to is decided in [`crate::counter`].

use std::rc::Rc;

use checkout::id::{CheckoutId, ProfileName};
use futures_util::FutureExt as _;
use futures_util::future::{Either, select};
use wechatpay::v2::draft::nonce_str;
use wechatpay::v2::mode1::{Callback, fail, read};
use worker::Response;

use super::entry::Visit;
use super::payment_notice::{profile, refuse, without_key};
use super::world::{chance, pause};
use super::{log, objects, reply};
use crate::command::{Answer, CounterAnswer, CounterCommand, Letter};
use crate::config::Profile;
use crate::counter::{Refusal, Scan, Served, Shelf, serve};
use crate::notified::{Refused, refused_v2};
use crate::problem::Problem;

/// How long a scan may take. No page says how long WeChat waits; five seconds is what it grants any
/// other answer (protocol reference C.3, D.9).
const ANSWER_MS_MAX: u32 = 4_500;

/// `POST /wechatpay/v2/native`, of one profile.
pub(crate) async fn scanned(visit: Visit, name: &ProfileName) -> Result<Response, Problem> {
    let profile = profile(&visit, name)?;
    let body = visit.body()?;
    let Some(v2) = &profile.v2 else { return Ok(without_key(name)) };
    let callback = match read(body, &v2.keys) {
        Ok(callback) => callback,
        Err(reason) => return Ok(refuse(name, &refused_v2(&reason), &reason.to_string())),
    };
    if !is_theirs(profile, &callback) {
        return Ok(refuse(name, &SOMEBODY_ELSES, &callback.mchid));
    }
    let served = in_time(visit, name.clone(), &callback).await;
    Ok(reply::xml(200, answer(&callback, &served)))
}

/// Signed with our key, and about another merchant or app: two merchants have one key.
const SOMEBODY_ELSES: Refused = Refused {
    status: 401,
    words: "this is another merchant's",
    event: "scan_of_another_merchant",
    grave: true,
    unsealable: false,
};

fn is_theirs(profile: &Profile, callback: &Callback) -> bool {
    let own = profile.payees.all();
    own.iter().any(|own| own.mchid == callback.mchid && own.appid == callback.appid)
}

/// What the scan comes to, or that it is not known in time.
async fn in_time(visit: Visit, name: ProfileName, callback: &Callback) -> Served {
    let scan =
        Scan { product: callback.product_id.as_str().to_owned(), openid: callback.openid.clone() };
    let visit = Rc::new(visit);
    let work = work(Rc::clone(&visit), name, scan).boxed_local().shared();
    // Behind the answer too: an order that is being placed is not left in doubt.
    visit.context.wait_until(work.clone().map(drop));
    match select(work, Box::pin(pause(ANSWER_MS_MAX))).await {
        Either::Left((served, _)) => served,
        Either::Right(_) => {
            log::alarm("scan_late", &[("product", callback.product_id.as_str())]);
            Served::Refused(Refusal::Busy)
        }
    }
}

async fn work(visit: Rc<Visit>, name: ProfileName, scan: Scan) -> Served {
    let Some(profile) = visit.deployment.config.profile(&name) else {
        return Served::Refused(Refusal::Busy);
    };
    match serve(profile, &scan, &*visit).await {
        Ok(served) => served,
        Err(problem) => {
            let about = [
                ("profile", name.as_str()),
                ("product", &*scan.product),
                ("code", problem.code.name()),
                ("detail", &*problem.detail),
                ("wechatpay", problem.wechatpay.as_ref().map_or("", |said| &said.code)),
            ];
            log::alarm("scan_failed", &about);
            Served::Refused(Refusal::Busy)
        }
    }
}

fn answer(callback: &Callback, served: &Served) -> Vec<u8> {
    let Ok(chance) = chance() else { return fail(Refusal::Busy.words()) };
    match served {
        Served::Ready(prepay_id) => callback.answer(prepay_id, &nonce_str(chance)),
        Served::Refused(refusal) => callback.refuse(refusal.words(), &nonce_str(chance)),
    }
}

impl Shelf for Visit {
    async fn counter(
        &self,
        name: &str,
        command: &CounterCommand,
    ) -> Result<CounterAnswer, Problem> {
        objects::counter(&self.env, name, command).await
    }

    async fn checkout(&self, id: &CheckoutId, letter: &Letter) -> Result<Answer, Problem> {
        objects::checkout(&self.env, id, letter).await
    }

    fn post(&self, id: CheckoutId, letter: Letter) {
        let env = self.env.clone();
        self.context.wait_until(async move {
            // Whatever it comes to: it ends by itself.
            objects::checkout(&env, &id, &letter).await.ok();
        });
    }
}
