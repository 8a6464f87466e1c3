//! `GET` and `PUT /sandbox/keys`: which of the platform's keys are in force, and who signs.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Response, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Outcome, Problem, read, respond};
use crate::merchant::Credentials;
use crate::platform_keys::{Mode, Signer};
use crate::rotation::{CERTIFICATES_MAX, NotRotated};
use crate::world::{NotInstalled, World, wall_now};

/// What the wire calls the usual signer of answers.
const BY_REQUEST: &str = "by-request";
const MIXED: &str = "mixed";

/// What shall be different; the rest stays.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Switch {
    pub(super) mode: Option<Mode>,
    pub(super) certificates: Option<usize>,
    pub(super) sign_responses: Option<String>,
    pub(super) sign_notifications: Option<String>,
}

pub(super) async fn show(State(world): State<Arc<World>>) -> Response<Body> {
    respond(Ok(state(&world.keyring().credentials)))
}

pub(super) async fn switch(State(world): State<Arc<World>>, body: Bytes) -> Response<Body> {
    respond(switch_over(&world, &body).await)
}

pub(super) fn state(credentials: &Credentials) -> Value {
    let (policy, serials) = (&credentials.platform_key_policy, credentials.serials());
    let responses = match &policy.answers {
        Signer::Key(serial) => serial,
        Signer::Usual | Signer::Mixed => BY_REQUEST,
    };
    let notifications = match &policy.notifications {
        Signer::Mixed => MIXED,
        Signer::Usual | Signer::Key(_) => policy.signs_notification(serials, 0),
    };
    json!({
        "mode": policy.mode,
        "certificates": credentials.platform_certificates.len(),
        "sign_responses": responses,
        "sign_notifications": notifications,
        "in_force": serials.in_force(policy.mode),
    })
}

async fn switch_over(world: &Arc<World>, body: &[u8]) -> Outcome {
    let switch: Switch = read(body)?;
    if switch.certificates.is_some_and(|count| !(1..=CERTIFICATES_MAX).contains(&count)) {
        return Err(Problem::bad_request(format!("certificates: 1 to {CERTIFICATES_MAX}")));
    }
    rotate(world, move |credentials| switched(credentials, &switch))
        .await
        .map(|credentials| state(&credentials))
}

/// The credentials after a switch.
pub(super) fn switched(
    mut credentials: Credentials,
    switch: &Switch,
) -> Result<Credentials, Problem> {
    if let Some(count) = switch.certificates {
        credentials = credentials.with_certificates(count, now())?;
    }
    let mut policy = std::mem::take(&mut credentials.platform_key_policy);
    policy.mode = switch.mode.unwrap_or(policy.mode);
    let serials = credentials.serials();
    policy.settle(serials);
    let in_force = serials.in_force(policy.mode);
    let named = |wanted: &str| {
        in_force.iter().find(|serial| **serial == wanted).ok_or_else(|| {
            Problem::bad_request(format!("no key {wanted:?} is in force; in force: {in_force:?}"))
        })
    };
    match switch.sign_responses.as_deref() {
        None => {}
        Some(BY_REQUEST) => policy.answers = Signer::Usual,
        Some(wanted) => policy.answers = Signer::Key((*named(wanted)?).to_owned()),
    }
    match switch.sign_notifications.as_deref() {
        None => {}
        Some(MIXED) => policy.notifications = Signer::Mixed,
        Some(wanted) => policy.notifications = Signer::Key((*named(wanted)?).to_owned()),
    }
    credentials.platform_key_policy = policy;
    Ok(credentials)
}

/// Changes the credentials aside, one change after the other, and puts them in force.
pub(super) async fn rotate(
    world: &Arc<World>,
    change: impl FnOnce(Credentials) -> Result<Credentials, Problem> + Send + 'static,
) -> Result<Credentials, Problem> {
    let _alone = world.rotation.lock().await;
    let (before, world) = (world.keyring().credentials.clone(), Arc::clone(world));
    let changed = tokio::task::spawn_blocking(move || {
        let credentials = change(before)?;
        world.install(credentials.clone())?;
        Ok(credentials)
    });
    changed.await.unwrap_or_else(|_| Err(failed("the thread that makes keys is gone")))
}

pub(super) fn now() -> u64 {
    u64::try_from(wall_now()).unwrap_or_default()
}

fn failed(message: impl Into<String>) -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "rotation_failed", message)
}

impl From<NotInstalled> for Problem {
    fn from(error: NotInstalled) -> Self {
        failed(error.to_string())
    }
}

impl From<NotRotated> for Problem {
    fn from(refused: NotRotated) -> Self {
        match refused {
            NotRotated::UnknownMerchant => {
                Self::new(StatusCode::NOT_FOUND, "unknown_merchant", "nobody here has this number")
            }
            NotRotated::UnknownSerial => Self::new(
                StatusCode::NOT_FOUND,
                "unknown_serial",
                "no merchant's certificate in force has this serial number",
            ),
            NotRotated::LastCertificate => Self::new(
                StatusCode::CONFLICT,
                "last_certificate",
                "issue another one first: this merchant could not call any more",
            ),
            NotRotated::BadKey(error) => Self::bad_request(error.to_string()),
            NotRotated::Failed(error) => failed(error.to_string()),
        }
    }
}
