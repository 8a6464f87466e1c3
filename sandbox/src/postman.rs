//! Brings notifications to merchants: seals, signs, sends, and writes down what came of it.
//!
//! Each try is a message of its own, with a fresh nonce inside and outside (protocol reference
//! C.1, C.3). Only the status counts, and only for five seconds. A notification is on disk before
//! the payment is acknowledged and stays due until its try has been written down, so a crash
//! means at worst that it comes twice.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use serde::Serialize;
use wechatpay::crypto::ApiV3Key;

use crate::client::Message;
use crate::dice;
use crate::fault::Kind;
use crate::keys::{PlatformKey, seal};
use crate::notification::{Attempt, Notification, Outcome};
use crate::time;
use crate::v3::reply::{Proof, proof_headers};
use crate::world::World;

/// How long a merchant may take (C.3).
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// How long a Worker may take to run all that has become due.
const WORKER_ANSWERS_WITHIN: Duration = Duration::from_secs(60);

/// How far back a stale message is dated: twice the window that merchants must keep.
const STALE_BY_S: i64 = 600;

/// So many may be on their way at once: a merchant that hangs costs a socket each.
const ON_THE_WAY_MAX: usize = 512;

/// The background never sleeps longer than this, in case the wall clock jumps.
const NAP_MAX_S: u64 = 60;

#[derive(Serialize)]
struct Envelope<'a> {
    id: &'a str,
    create_time: String,
    resource_type: &'static str,
    event_type: &'a str,
    summary: &'a str,
    resource: Resource<'a>,
}

#[derive(Serialize)]
struct Resource<'a> {
    original_type: &'a str,
    algorithm: &'static str,
    ciphertext: String,
    associated_data: &'a str,
    nonce: &'a str,
}

/// The body of one try; `None` only for a nonce of another length than GCM's.
fn envelope(told: &Notification, api_v3_key: &ApiV3Key, nonce: &str) -> Option<String> {
    let event = &told.event;
    let bytes = <&[u8; 12]>::try_from(nonce.as_bytes()).ok()?;
    let envelope = Envelope {
        id: &told.id,
        create_time: time::beijing(told.created_at),
        resource_type: "encrypt-resource",
        event_type: &event.event_type,
        summary: &event.summary,
        resource: Resource {
            original_type: &event.original_type,
            algorithm: "AEAD_AES_256_GCM",
            ciphertext: seal(api_v3_key, bytes, &event.original_type, &event.plaintext)?,
            associated_data: &event.original_type,
            nonce,
        },
    };
    serde_json::to_string(&envelope).ok()
}

/// A try, rightly made or spoilt as asked; `now` is the wall clock.
fn message(
    told: &Notification,
    key: &PlatformKey,
    api_v3_key: &ApiV3Key,
    fault: Option<Kind>,
    now: i64,
) -> Option<Message> {
    let mut body = envelope(told, api_v3_key, &dice::letters(12))?;
    let proof = match fault {
        Some(Kind::Stale) => Proof::Signed(key, now - STALE_BY_S),
        Some(Kind::ProbeSigned) => Proof::Probe(key, now),
        _ => Proof::Signed(key, now),
    };
    let mut headers = proof_headers(proof, body.as_bytes(), 12);
    if fault == Some(Kind::Tampered) {
        body = tampered(&body);
    }
    // As a genuine one had them (C.1).
    headers.extend(
        [
            ("user-agent", "Mozilla/4.0"),
            ("accept", "*/*"),
            ("cache-control", "no-cache"),
            ("pragma", "no-cache"),
        ]
        .map(|(name, value)| (name, value.to_owned())),
    );
    Some(Message { url: told.notify_url.clone(), headers, body: Bytes::from(body) })
}

/// The body with one character of its ciphertext exchanged, still Base64 and still JSON.
fn tampered(body: &str) -> String {
    const MARK: &str = "\"ciphertext\":\"";
    let Some((before, after)) = body.split_once(MARK) else { return body.to_owned() };
    let mut letters = after.chars();
    let other = if letters.next() == Some('A') { 'B' } else { 'A' };
    format!("{before}{MARK}{other}{}", letters.as_str())
}

/// Sends whatever is due now and does not wait for the answers.
pub fn send_due(world: &Arc<World>) {
    while *world.on_the_way.borrow() < ON_THE_WAY_MAX {
        let (taken, ticket) = world.step(|ledger, now| ledger.take_due(now));
        let Some((told, fault)) = taken else { return };
        world.on_the_way.send_modify(|count| *count += 1);
        let world = Arc::clone(world);
        tokio::spawn(async move {
            // The payment is on disk, and the fault used up there, before anybody hears of either;
            // the disk's failure shows elsewhere.
            let _ = ticket.honoured().await;
            deliver(&world, told, fault).await;
            world.on_the_way.send_modify(|count| *count = count.saturating_sub(1));
            world.bell.notify_one();
        });
    }
}

async fn deliver(world: &World, told: Notification, fault: Option<Kind>) {
    let at = told.due_at().unwrap_or(told.created_at);
    let outcome = match fault {
        Some(Kind::Dropped) => Outcome::Error("dropped, as asked".to_owned()),
        Some(Kind::Duplicated) => {
            let (one, other) = tokio::join!(send(world, &told, fault), send(world, &told, fault));
            if one.is_accepted() { one } else { other }
        }
        _ => send(world, &told, fault).await,
    };
    let attempt = Attempt { at, outcome, fault };
    let ((), ticket) = world.step(|ledger, _| ledger.record(told.seq, attempt));
    // If the disk fails, the store has said so; the try is then made again after a restart.
    let _ = ticket.honoured().await;
}

async fn send(world: &World, told: &Notification, fault: Option<Kind>) -> Outcome {
    let merchant = world.merchants.iter().find(|merchant| merchant.mchid == told.mchid);
    let message = merchant.and_then(|merchant| {
        message(told, &world.public_key, &merchant.api_v3_key, fault, world.wall_now())
    });
    match message {
        Some(message) => world.client.post(message, ANSWER_WITHIN).await,
        None => Outcome::Error("no key to seal it with".to_owned()),
    }
}

/// Sends whatever is due and waits until nothing due is left: tries that the last answers made
/// due are made too.
pub async fn settle(world: &Arc<World>) {
    let mut on_the_way = world.on_the_way.subscribe();
    loop {
        send_due(world);
        // The sender lives in `world`, so this cannot fail.
        let _ = on_the_way.wait_for(|count| *count == 0).await;
        if world.look(|ledger, now| ledger.next_due().is_none_or(|due| due > now)) {
            return;
        }
    }
}

/// Sends what is due, for ever.
pub async fn run(world: Arc<World>) {
    loop {
        send_due(&world);
        let wait_s = world.look(|ledger, now| {
            let wait = ledger.next_due().map_or(i64::MAX, |due| due.saturating_sub(now).max(0));
            u64::try_from(wait).unwrap_or(NAP_MAX_S).min(NAP_MAX_S)
        });
        // A second is the clock's grain: half of one is near enough to a due moment.
        let nap = Duration::from_secs(wait_s).max(Duration::from_millis(500));
        let _ = tokio::time::timeout(nap, world.bell.notified()).await;
    }
}

/// Passes a step of the business clock on to the Worker.
pub async fn advance_worker(world: &World, url: &str, advance_s: u32) -> Result<(), String> {
    let message = Message {
        url: format!("{}/dev/clock", url.trim_end_matches('/')),
        headers: vec![("accept", "application/json".to_owned())],
        body: Bytes::from(serde_json::json!({ "advance_s": advance_s }).to_string()),
    };
    match world.client.post(message, WORKER_ANSWERS_WITHIN).await {
        Outcome::Status(200..=299) => Ok(()),
        Outcome::Status(status) => Err(format!("the Worker answered {status}")),
        Outcome::Error(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notification::tests::notification;

    const VECTOR: &str = include_str!("../tests/vectors/notification_transaction.json");
    const PARTNER: &str = include_str!("../tests/vectors/notification_transaction_partner.json");
    const REFUND: &str = include_str!("../tests/vectors/notification_refund.json");

    /// Protocol reference G.6, G.7, to the last byte.
    #[track_caller]
    fn is_written_as_in(vector: &str, mut told: Notification, nonce: &str) {
        let vector: serde_json::Value = serde_json::from_str(vector).unwrap();
        told.event.plaintext = vector["expected_plaintext"].as_str().unwrap().to_owned();
        let key = ApiV3Key::parse(vector["api_v3_key"].as_str().unwrap()).unwrap();
        assert_eq!(envelope(&told, &key, nonce).unwrap(), vector["body"].as_str().unwrap());
    }

    #[test]
    fn a_notification_is_written_as_in_the_reference() {
        is_written_as_in(VECTOR, notification(1_735_701_631), "abcdefghijkl");

        let id = |last| format!("11111111-2222-5333-8444-55555555555{last}");
        let partners = Notification { id: id('6'), ..notification(1_735_701_632) };
        is_written_as_in(PARTNER, partners, "abcdefghijkm");

        let mut refund = Notification { id: id('7'), ..notification(1_735_704_005) };
        refund.event.event_type = "REFUND.SUCCESS".into();
        refund.event.original_type = "refund".into();
        refund.event.summary = "退款成功".into();
        is_written_as_in(REFUND, refund, "abcdefghijkn");
    }

    #[test]
    fn tampering_changes_the_sealed_part_and_keeps_it_readable() {
        let told = notification(0);
        let key = ApiV3Key::parse(&"k".repeat(32)).unwrap();
        let body = envelope(&told, &key, "abcdefghijkl").unwrap();
        let (good, bad): (serde_json::Value, serde_json::Value) =
            (serde_json::from_str(&body).unwrap(), serde_json::from_str(&tampered(&body)).unwrap());
        assert_ne!(good["resource"]["ciphertext"], bad["resource"]["ciphertext"]);
        assert_eq!(good["resource"]["nonce"], bad["resource"]["nonce"]);
    }
}
