//! `/sandbox/scenarios`: bad days by name, each of them one call that says what it did.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{Response, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::keys::{Switch, rotate, switched};
use super::{Outcome, Problem, faults, phone, read, respond};
use crate::fault::{Fault, check_number};
use crate::merchant::Credentials;
use crate::platform_keys::Mode;
use crate::rotation::CERTIFICATES_MAX;
use crate::scenario::{KeyPlay, PhonePlay, Play, Scenario, TABLE, armed, named, over_v2};
use crate::world::World;

/// As often as a fault can be made to happen by a scenario.
const TIMES_MAX: u32 = 1_000;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    out_trade_no: Option<String>,
    times: Option<u32>,
    api: Option<Api>,
}

/// Over which API the day is bad.
#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Api {
    V3,
    V2,
}

/// What a scenario did: the faults that wait now because of it, and the rest in words.
#[derive(Default)]
struct Done {
    faults: Vec<Fault>,
    did: Vec<String>,
}

pub(super) async fn list() -> Response<Body> {
    respond(Ok(json!({ "data": known() })))
}

/// Every scenario with its words and what it must and may be told.
pub(super) fn known() -> Value {
    let row = |scenario: &Scenario| {
        json!({
            "name": scenario.name,
            "words": scenario.words,
            "needs": scenario.needs(),
            "takes": scenario.takes(),
        })
    };
    json!(TABLE.iter().map(row).collect::<Vec<_>>())
}

pub(super) async fn play(
    State(world): State<Arc<World>>,
    Path(name): Path<String>,
    body: Bytes,
) -> Response<Body> {
    respond(perform(&world, &name, &body).await)
}

async fn perform(world: &Arc<World>, name: &str, body: &[u8]) -> Outcome {
    let scenario = named(name).ok_or_else(|| {
        let known: Vec<_> = TABLE.iter().map(|scenario| scenario.name).collect();
        let message = format!("unknown scenario {name:?}; known: {}", known.join(", "));
        Problem::new(StatusCode::NOT_FOUND, "unknown_scenario", message)
    })?;
    let wish: Wish = if body.is_empty() { Wish::default() } else { read(body)? };
    fits(scenario, &wish)?;
    let Done { faults, did } = match &scenario.play {
        Play::Faults(kinds) => {
            let twins = over_v2(kinds).filter(|_| wish.api == Some(Api::V2));
            let kinds = twins.as_deref().unwrap_or(kinds);
            let wanted = armed(kinds, wish.out_trade_no.as_deref(), wish.times);
            faults::add_all(world, wanted.clone()).await?;
            let did = wanted.iter().map(in_words).collect();
            Done { faults: wanted, did }
        }
        Play::Keys(play) => Done { did: keys(world, *play).await?, ..Done::default() },
        Play::Phones(play) => {
            let number = wish.out_trade_no.unwrap_or_default();
            Done { did: phones(world, *play, &number).await?, ..Done::default() }
        }
    };
    Ok(json!({ "name": name, "faults": faults, "did": did }))
}

/// Whether all that a scenario needs was said, and nothing that it has no use for.
fn fits(scenario: &Scenario, wish: &Wish) -> Result<(), Problem> {
    let given = [
        ("out_trade_no", wish.out_trade_no.is_some()),
        ("times", wish.times.is_some()),
        ("api", wish.api.is_some()),
    ];
    for (parameter, is_given) in given {
        if !is_given && scenario.needs().contains(&parameter) {
            let message = format!("{}: {parameter} is missing", scenario.name);
            return Err(Problem::bad_request(message));
        }
        if is_given && !scenario.takes().contains(&parameter) {
            let message = format!("{}: {parameter} has no meaning here", scenario.name);
            return Err(Problem::bad_request(message));
        }
    }
    check_number(wish.out_trade_no.as_deref())
        .map_err(|bad| Problem::bad_request(bad.to_string()))?;
    match wish.times {
        Some(times) if !(1..=TIMES_MAX).contains(&times) => {
            Err(Problem::bad_request(format!("times: 1 to {TIMES_MAX}")))
        }
        _ => Ok(()),
    }
}

fn in_words(fault: &Fault) -> String {
    let (route, words) = (fault.route.name(), fault.kind.words());
    let whose = match &fault.out_trade_no {
        Some(number) => format!(" of order {number}"),
        None => String::new(),
    };
    let times = match fault.times {
        1 => "once".to_owned(),
        times => format!("{times} times"),
    };
    format!("{route}{whose}, {times}: {words}")
}

async fn keys(world: &Arc<World>, play: KeyPlay) -> Result<Vec<String>, Problem> {
    let before = world.keyring().credentials.clone();
    let after = rotate(world, move |credentials| changed(credentials, play)).await?;
    let (old, new) = (in_force(&before), in_force(&after));
    let mut did: Vec<_> = old
        .iter()
        .filter(|serial| !new.contains(serial))
        .map(|serial| format!("{serial} is no longer in force"))
        .collect();
    let issued = new.iter().filter(|serial| !old.contains(serial));
    did.extend(issued.map(|serial| format!("{serial} is in force from now on")));
    let signer = after.platform_key_policy.signs_notification(after.serials(), 0);
    did.push(format!("notifications are signed by {signer}"));
    Ok(did)
}

fn in_force(credentials: &Credentials) -> Vec<&str> {
    credentials.serials().in_force(credentials.platform_key_policy.mode)
}

/// The credentials after a play, by the switches that `PUT /sandbox/keys` has.
fn changed(credentials: Credentials, play: KeyPlay) -> Result<Credentials, Problem> {
    let mode = |mode| Switch { mode: Some(mode), ..Switch::default() };
    let newest = |credentials: &Credentials| {
        credentials.platform_certificates.last().map(|newest| newest.serial_no.clone())
    };
    match play {
        KeyPlay::PublicKeyOnly => switched(credentials, &mode(Mode::PublicKey)),
        KeyPlay::CertificatesOnly => switched(credentials, &mode(Mode::Certificates)),
        KeyPlay::Switch => {
            let public = credentials.platform_public_key_id.clone();
            let policy = &credentials.platform_key_policy;
            let is_public = policy.signs_notification(credentials.serials(), 0) == public;
            let other = if is_public { newest(&credentials) } else { Some(public) };
            let switch = Switch { sign_notifications: other, ..mode(Mode::Both) };
            switched(credentials, &switch)
        }
        KeyPlay::Rotation => {
            let count = credentials.platform_certificates.len().min(CERTIFICATES_MAX - 1);
            let certificates = |count| Switch { certificates: Some(count), ..Switch::default() };
            let fewer = switched(credentials, &certificates(count))?;
            let mode = match fewer.platform_key_policy.mode {
                Mode::PublicKey => Mode::Both,
                mode => mode,
            };
            let more = switched(fewer, &certificates(count + 1))?;
            let sign_notifications = newest(&more);
            let switch = Switch { mode: Some(mode), sign_notifications, ..Switch::default() };
            switched(more, &switch)
        }
    }
}

/// What payers do with the order of this number.
async fn phones(world: &World, play: PhonePlay, number: &str) -> Result<Vec<String>, Problem> {
    let found = world.gather(|ledger, _| {
        let order = ledger.find_order(number);
        let found = order.map(|order| (order.seq, (order.code.url(), order.holder.clone())));
        found.into_iter().collect()
    });
    let (code_url, holder) = found.into_iter().next().ok_or_else(|| {
        let message = format!("no merchant placed {number:?}");
        Problem::new(StatusCode::NOT_FOUND, "unknown_order", message)
    })?;
    let payer = holder.map(|holder| holder.payer).unwrap_or_default();
    let name = payer.name().to_owned();
    if play == PhonePlay::Refuses {
        phone::refused(world, &code_url, payer).await?;
        return Ok(vec![format!("{name} scanned {code_url}, tried to pay, and failed")]);
    }
    let stranger = payer.another();
    phone::scanned(world, &code_url, payer).await?;
    let mut did = vec![format!("{name} scanned {code_url} and waits")];
    if play == PhonePlay::TwoScan {
        let name = stranger.name().to_owned();
        did.push(match phone::scanned(world, &code_url, stranger).await {
            Ok(_) => format!("{name} scanned the same code"),
            Err(refused) => {
                format!("{name} scanned the same code and was refused: {}", refused.message)
            }
        });
    }
    Ok(did)
}
