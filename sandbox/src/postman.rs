//! Brings notifications to merchants: sends, and writes down what came of it.
//!
//! Each try is a message of its own (protocol reference C.3), made by [`envelope`]. Only the status
//! counts (over V2, what a 200 says), and only for five seconds. A notification is on disk before the payment is acknowledged
//! and stays due until its try has been written down, so a crash means at worst that it comes twice.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;

use crate::client::{Answered, Message};
use crate::envelope::{self, Hand};
use crate::fault::{Happening, Kind};
use crate::letter::Letter;
use crate::notification::{Attempt, Notification, Outcome};
use crate::reach;
use crate::shards::Whose;
use crate::store::StoreError;
use crate::world::World;

/// How long a merchant may take (C.3).
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// How long a Worker may take to run all that has become due.
const WORKER_ANSWERS_WITHIN: Duration = Duration::from_secs(60);

/// So many may be on their way at once: a merchant that hangs costs a socket each.
const ON_THE_WAY_MAX: usize = 512;

/// The background never sleeps longer than this, in case the wall clock jumps.
const NAP_MAX_S: u64 = 60;

/// Sends whatever is due now and does not wait for the answers.
pub fn send_due(world: &Arc<World>) {
    while *world.on_the_way.borrow() < ON_THE_WAY_MAX {
        let Some((told, fault, ticket)) = world.shards.take_due() else { return };
        world.on_the_way.send_modify(|count| *count += 1);
        let world = Arc::clone(world);
        tokio::spawn(async move {
            // The payment is on disk, and the fault used up there, before anybody hears of either.
            // If the disk fails, which shows elsewhere, nobody does.
            if ticket.honoured().await.is_ok() {
                deliver(&world, told, fault).await;
            }
            world.on_the_way.send_modify(|count| *count = count.saturating_sub(1));
            world.bell.notify_one();
        });
    }
}

async fn deliver(world: &World, told: Notification, fault: Option<Happening>) {
    let at = told.due_at().unwrap_or(told.created_at);
    if let Some(Happening { delay, .. }) = fault {
        tokio::time::sleep(delay).await;
    }
    let attempt = attempt(world, &told, at, fault.map(|fault| fault.kind)).await;
    let whose = Whose::Order { mchid: &told.mchid, out_trade_no: &told.out_trade_no };
    let ((), ticket) = world.step(whose, |ledger, _| ledger.record(told.seq, attempt));
    // If the disk fails, the store has said so; the try is then made again after a restart.
    let _ = ticket.honoured().await;
}

/// Sends it once more, whatever its state, and writes that down.
pub async fn resend(
    world: &World,
    told: &Notification,
    fault: Option<Kind>,
) -> Result<Attempt, StoreError> {
    let delay_ms = fault.and_then(Kind::delay_ms_usual).unwrap_or_default();
    tokio::time::sleep(Duration::from_millis(delay_ms.into())).await;
    let attempt = attempt(world, told, world.now(), fault).await;
    let whose = Whose::Order { mchid: &told.mchid, out_trade_no: &told.out_trade_no };
    let record = attempt.clone();
    let ((), ticket) = world.step(whose, |ledger, _| ledger.record_by_hand(told.seq, record));
    ticket.honoured().await.map(|()| Attempt { by_hand: true, ..attempt })
}

/// One try, or none if the fault says so.
async fn attempt(world: &World, told: &Notification, at: i64, fault: Option<Kind>) -> Attempt {
    let (outcome, letter) = match fault {
        Some(Kind::Dropped) => (Outcome::Error("dropped, as asked".to_owned()), None),
        Some(Kind::Duplicated) => {
            let (one, other) = tokio::join!(send(world, told, fault), send(world, told, fault));
            if one.0.is_accepted() { one } else { other }
        }
        _ => send(world, told, fault).await,
    };
    Attempt { fault, letter: letter.map(Arc::new), ..Attempt::scheduled(at, outcome) }
}

async fn send(
    world: &World,
    told: &Notification,
    fault: Option<Kind>,
) -> (Outcome, Option<Letter>) {
    let keyring = world.keyring();
    let usual = keyring.signs_notification(told.attempts.len());
    let key = if fault == Some(Kind::KeySwitch) { keyring.other_scheme(usual) } else { usual };
    let message = keyring.seals(&told.mchid, told.seq).and_then(|api_v3_key| {
        let api_v2_key = &keyring.v2.get(&told.mchid)?.key;
        let hand = Hand { key, api_v3_key, api_v2_key, fault, now: world.wall_now() };
        envelope::message(told, hand)
    });
    match message {
        Some(message) => {
            let message = reach::led_to(message, world.loopback_host.as_deref());
            let Answered { outcome, answer, took_ms } =
                world.client.post(&message, ANSWER_WITHIN).await;
            let outcome = envelope::outcome(told, outcome, answer.as_ref());
            let Message { url, content_type, headers, body } = message;
            let kind = ("content-type".to_owned(), content_type.to_owned());
            let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value));
            let headers = std::iter::once(kind).chain(headers).collect();
            let body = String::from_utf8_lossy(&body).into_owned();
            (outcome, Some(Letter { url, headers, body, answer, took_ms }))
        }
        None => (Outcome::Error("no key to seal it with".to_owned()), None),
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
        if world.shards.next_due().is_none_or(|due| due > world.now()) {
            return;
        }
    }
}

/// Sends what is due, for ever.
pub async fn run(world: Arc<World>) {
    loop {
        send_due(&world);
        let next = world.shards.next_due();
        let wait = next.map_or(i64::MAX, |due| due.saturating_sub(world.now()).max(0));
        let wait_s = u64::try_from(wait).unwrap_or(NAP_MAX_S).min(NAP_MAX_S);
        // A second is the clock's grain: half of one is near enough to a due moment.
        let nap = Duration::from_secs(wait_s).max(Duration::from_millis(500));
        let _ = tokio::time::timeout(nap, world.bell.notified()).await;
    }
}

/// Passes a step of the business clock on to the Worker.
pub async fn advance_worker(world: &World, url: &str, advance_s: u32) -> Result<(), String> {
    let message = Message {
        url: format!("{}/dev/clock", url.trim_end_matches('/')),
        content_type: "application/json",
        headers: vec![("accept", "application/json".to_owned())],
        body: Bytes::from(serde_json::json!({ "advance_s": advance_s }).to_string()),
    };
    match world.client.post(&message, WORKER_ANSWERS_WITHIN).await.outcome {
        Outcome::Status(200..=299) => Ok(()),
        Outcome::Status(status) | Outcome::NotTaken { status, .. } => {
            Err(format!("the Worker answered {status}"))
        }
        Outcome::Error(error) => Err(error),
    }
}
