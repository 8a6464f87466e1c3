//! The platform's side of the door: somebody claims to be WeChat Pay and to know of a payment, or of
//! a refund.
//!
//! Nothing of the body is believed before its signature is verified over the raw bytes, and nothing
//! is acknowledged before an object has stored it. What is made of it is decided in
//! [`crate::notified`]; this brings keys, objects and the log.

use checkout::id::{CheckoutId, ProfileName};
use wechatpay::http::Headers;
use wechatpay::v3::notification::{NotificationError, Receiver, read};
use wechatpay::v3::verify::Distrust;
use worker::Response;

use super::entry::Visit;
use super::shop::confused;
use super::standing::Standing;
use super::world::wall;
use super::{log, objects, reply};
use crate::command::{Answer, Arrival, BooksAnswer, BooksCommand, KeyringCommand, Letter, Orphan};
use crate::config::Profile;
use crate::limits::NOTIFICATION_HEADERS;
use crate::notified::{ACKNOWLEDGED, Listeners, NOT_STORED, Refused, Verdict, store, verdict};
use crate::problem::{Code, Problem};

/// `POST /wechatpay/v3/notify/…`, of one profile. Payments and refunds have addresses of their own;
/// what is told is read from inside all the same, so that nothing authentic is lost to a mix-up.
pub(crate) async fn told(visit: Visit, name: &ProfileName) -> Result<Response, Problem> {
    // Somebody at the platform was given this address: perhaps a merchant that is configured no more
    // and still has open orders. It is asked to send again, and somebody has to look.
    let no_such_profile = || {
        log::alarm("notification_for_nobody", &[("profile", name.as_str())]);
        Problem::new(Code::Misconfigured, "PROFILES: there is no such merchant")
    };
    let profile = visit.deployment.config.profile(name).ok_or_else(no_such_profile)?;
    let standing = visit.deployment.standing(name).ok_or_else(no_such_profile)?;
    // Nor can anybody be heard by APIv3 whose keys for it are gone.
    profile.v3().inspect_err(|problem| {
        log::alarm("notification_without_keys", &[("detail", &problem.detail)]);
    })?;
    hear(&visit, profile, &standing).await
}

async fn hear(visit: &Visit, profile: &Profile, standing: &Standing) -> Result<Response, Problem> {
    let body = match visit.body() {
        Ok(body) => body,
        Err(problem) => return Ok(reply::refusal(&problem)),
    };
    let named = |name: &&str| visit.header(name).map(|value| ((*name).to_owned(), value));
    let headers: Headers = NOTIFICATION_HEADERS.iter().filter_map(named).collect();
    let told = async || {
        let merchant = standing.snapshot();
        let v3 = merchant.v3()?;
        let api_v3_keys = &profile.v3()?.api_v3_keys;
        let receiver = Receiver { keys: &v3.platform_keys, api_v3_keys };
        Ok::<_, Problem>(read(&v3.rsa, &receiver, &headers, body, wall()).await)
    };
    let told = match told().await? {
        // The platform may have rotated, and the keyring know of it; the platform itself is not
        // asked on behalf of a stranger.
        Err(NotificationError::Distrust(Distrust::UnknownSerial(serial)))
            if standing.meet(&visit.env, &serial).await =>
        {
            told().await?
        }
        told => told,
    };
    let reason = told.as_ref().err().map(ToString::to_string);
    let stored = match verdict(told, &profile.name, wall()) {
        Verdict::Store(errand) => store(*errand, &profile.name, visit).await,
        Verdict::Echo { id, message } => {
            log::note("echo_heard", &[("id", &id)]);
            arrived(visit, &profile.name, Some(message)).await
        }
        Verdict::Ignored { id, event_type } => {
            log::note("notification_ignored", &[("id", &id), ("event_type", &event_type)]);
            Ok(())
        }
        Verdict::Refused(refused) => {
            if refused.unsealable {
                // Genuine, and sealed under another key: kept if it can be, and refused all the same.
                arrived(visit, &profile.name, None).await.ok();
            }
            let reason = reason.unwrap_or_default();
            return Ok(refuse(&profile.name, &headers, &refused, &reason));
        }
    };
    Ok(stored.map_or_else(
        |_| reply::fail(NOT_STORED, "not stored; send it again"),
        |()| reply::empty(ACKNOWLEDGED),
    ))
}

fn refuse(profile: &ProfileName, headers: &Headers, refused: &Refused, reason: &str) -> Response {
    // Headers of a stranger: bounded, and JSON escapes the rest.
    let serial = headers.get("Wechatpay-Serial").unwrap_or_default();
    let serial: String = serial.chars().take(64).collect();
    let about = [("profile", profile.as_str()), ("reason", reason), ("serial", &*serial)];
    if refused.grave {
        log::alarm(refused.event, &about);
    } else {
        log::note(refused.event, &about);
    }
    reply::fail(refused.status, refused.words)
}

/// Characters of an echo that are kept; the doctor's have 32.
const ECHO_CHARS_MAX: usize = 64;

/// Notes what a genuine notification proves about keys.
async fn arrived(
    visit: &Visit,
    profile: &ProfileName,
    echo: Option<String>,
) -> Result<(), Problem> {
    let echo = echo.map(|text| text.chars().take(ECHO_CHARS_MAX).collect());
    let command = KeyringCommand::Arrived(Arrival { at: wall(), echo });
    objects::keyring(&visit.env, profile, &command).await.map(drop)
}

impl Listeners for Visit {
    async fn checkout(&self, id: &CheckoutId, letter: &Letter) -> Result<Answer, Problem> {
        objects::checkout(&self.env, id, letter).await
    }

    async fn keep(&self, profile: &ProfileName, orphan: Orphan) -> Result<(), Problem> {
        let about = [
            ("profile", profile.as_str()),
            ("id", &*orphan.notification_id),
            ("out_trade_no", &*orphan.out_trade_no),
        ];
        log::alarm("orphan", &about);
        match objects::books(&self.env, profile, &BooksCommand::Enter(Box::new(orphan))).await? {
            BooksAnswer::Entered => Ok(()),
            BooksAnswer::Orphans { .. } => Err(confused()),
        }
    }
}
