//! A merchant's keyring: asks for the platform's certificates, and keeps them for all isolates.
//!
//! Nobody who waits for a payment waits for this, but for the very first key. The platform is asked
//! by the timer, under a lease that is committed before the question, and the timer never fails: it
//! has set the next one before it asks. What is asked when is decided in [`crate::keyring`].

use checkout::id::ProfileName;
use serde::Deserialize;
use wechatpay::v3::certificates::{NoCertificates, read, request};
use wechatpay::v3::notification::Receiver;
use worker::{
    DurableObject, Env, Error, Request, Response, Result, SqlStorage, SqlStorageValue, State,
    Storage, durable_object,
};

use super::deployment::deployment;
use super::exchange::{Inquiry, exchange};
use super::world::{World, chance, pause, wall};
use super::{alarm, log};
use crate::command::{Arrival, KeyringAnswer, KeyringCommand};
use crate::keyring::{Answered, Held, Keyring};
use crate::ports::World as _;

/// The keyring of one profile, which it is named after.
#[durable_object(alarm)]
pub(crate) struct KeyringObject {
    state: State,
    storage: Storage,
    sql: SqlStorage,
    env: Env,
}

/// What a question by the timer may take, repeats included. Less than a lease.
const TIMER_MS: u32 = 15_000;
/// The same where a shopper waits.
const FIRST_MS: u32 = 6_000;
/// How often one who waits looks whether somebody else has been answered.
const GLANCE_MS: u32 = 100;
/// Glances in eight seconds.
const GLANCES_MAX: u32 = 80;

/// Genuine notifications that are remembered, for whoever examines the keys.
const ARRIVALS_MAX: i64 = 20;
const ARRIVALS: &str = "CREATE TABLE IF NOT EXISTS arrivals \
                        (seq INTEGER PRIMARY KEY AUTOINCREMENT, arrival TEXT NOT NULL) STRICT";

/// Why the platform was not asked, or gave nothing.
enum Empty {
    /// The profile is configured no more: nobody needs its keys.
    NoProfile,
    /// The configuration cannot be used, or the platform not be reached. Both have been logged.
    NotAsked,
    /// It answered.
    Told(NoCertificates),
}

#[derive(Deserialize)]
struct Row {
    ring: String,
}

impl DurableObject for KeyringObject {
    fn new(state: State, env: Env) -> Self {
        let storage = state.storage();
        Self { sql: storage.sql(), storage, state, env }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let command = request.json().await?;
        let world = World::enter(&self.env).await;
        let mut arrivals = Vec::new();
        let ring = match command {
            KeyringCommand::Read => self.look(&world, None).await?,
            KeyringCommand::Missing { serial } => self.look(&world, Some(&serial)).await?,
            KeyringCommand::First => self.first(&world).await?,
            KeyringCommand::Arrived(arrival) => {
                self.keep(&arrival)?;
                self.load()?
            }
            KeyringCommand::Arrivals => {
                arrivals = self.arrivals()?;
                self.load()?
            }
        };
        let held = ring.valid(wall()).cloned().collect();
        Response::from_json(&KeyringAnswer { held, answered: ring.answered, arrivals })
    }

    async fn alarm(&self) -> Result<Response> {
        let world = World::enter(&self.env).await;
        if let Err(error) = self.ask(&world, TIMER_MS).await {
            // The next timer was set before the question; without a store there is nothing to say.
            log::alarm("keyring_failed", &[("error", &error.to_string())]);
        }
        Response::empty()
    }
}

impl KeyringObject {
    /// What is here; sees to it that the platform is asked, some time or, for a serial that is not
    /// here, as soon as may be.
    async fn look(&self, world: &World, met: Option<&str>) -> Result<Keyring> {
        let before = self.load()?;
        let mut ring = before.clone();
        match met {
            Some(serial) => ring.met(serial, world.now(), wall()),
            None if ring.ask_at.is_none() => ring.wish(world.now()),
            None => {}
        }
        let is_due = ring.ask_at.is_some_and(|at| at <= world.now());
        if ring != before || (is_due && !ring.is_leased(wall())) {
            self.store(&ring, world).await?;
        }
        Ok(ring)
    }

    /// Somebody has no key at all. Of all who wait, one asks.
    async fn first(&self, world: &World) -> Result<Keyring> {
        for _ in 0..GLANCES_MAX {
            let ring = self.load()?;
            if ring.may_ask_first(world.now(), wall()) {
                self.ask(world, FIRST_MS).await?;
            } else if ring.is_leased(wall()) {
                pause(GLANCE_MS).await;
            } else {
                return Ok(ring);
            }
        }
        self.load()
    }

    /// Asks the platform, unless somebody else is asking.
    async fn ask(&self, world: &World, budget_ms: u32) -> Result<()> {
        let mut ring = self.load()?;
        if let Some(until) = ring.lease_until.filter(|_| ring.is_leased(wall())) {
            // The timer that rang is used up.
            return alarm::set(&self.storage, until).await;
        }
        let told_none_before = ring.answered == Some(Answered::None);
        ring.begin(world.now(), wall());
        self.store(&ring, world).await?;
        let asked = self.inquire(budget_ms).await;
        let mut ring = self.load()?;
        match asked {
            Ok(fresh) => {
                let serials: Vec<&str> = fresh.iter().map(|held| held.serial.as_str()).collect();
                log::note("keyring_refreshed", &[("serials", &serials.join(" "))]);
                ring.learn(fresh, wall());
            }
            Err(Empty::Told(NoCertificates::PublicKeyOnly)) => {
                if !told_none_before {
                    log::note("keyring_public_key_only", &[]);
                }
                ring.told_none();
            }
            Err(Empty::Told(reason)) => {
                log::alarm("keyring_refused", &[("reason", &reason.to_string())]);
            }
            Err(Empty::NotAsked) => {}
            Err(Empty::NoProfile) => return self.storage.delete_all().await,
        }
        let [drawn, ..] = chance().unwrap_or_default();
        ring.rest(world.now(), drawn);
        self.store(&ring, world).await
    }

    async fn inquire(&self, budget_ms: u32) -> core::result::Result<Vec<Held>, Empty> {
        let name = self.state.id().name().unwrap_or_default();
        let profile = ProfileName::parse(&name).map_err(|_| Empty::NoProfile)?;
        let deployment = deployment(&self.env).await.map_err(|_| Empty::NotAsked)?;
        let standing = deployment.standing(&profile).ok_or(Empty::NoProfile)?;
        // A merchant of the V2 API alone has no use for a keyring either.
        let configured = deployment.config.profile(&profile).and_then(|one| one.v3.as_ref());
        let configured = configured.ok_or(Empty::NoProfile)?;
        let inquiry = Inquiry { request: request(), platform_serial: None, budget_ms };
        let reply = exchange(&deployment, &standing, &inquiry).await;
        let reply = reply.map_err(|_| Empty::NotAsked)?;
        let merchant = standing.snapshot();
        let v3 = merchant.v3.as_ref().ok_or(Empty::NoProfile)?;
        let keys = &v3.platform_keys;
        let receiver = Receiver { keys, api_v3_keys: &configured.api_v3_keys };
        let sent = read(&v3.rsa, &receiver, &reply, wall()).await.map_err(Empty::Told)?;
        Ok(sent.into_iter().map(Held::from).collect())
    }

    fn load(&self) -> Result<Keyring> {
        self.make_table()?;
        let rows: Vec<Row> = self.sql.exec("SELECT ring FROM keyring", None)?.to_array()?;
        let Some(row) = rows.first() else { return Ok(Keyring::default()) };
        // All that is here can be asked for again.
        Ok(serde_json::from_str(&row.ring).unwrap_or_else(|error| {
            log::alarm("keyring_unreadable", &[("error", &error.to_string())]);
            Keyring::default()
        }))
    }

    /// Stores the keyring and sets the timer, in one commit.
    async fn store(&self, ring: &Keyring, world: &World) -> Result<()> {
        let sql = "INSERT INTO keyring (one, ring) VALUES (1, ?) \
                   ON CONFLICT (one) DO UPDATE SET ring = excluded.ring";
        let value: SqlStorageValue = serde_json::to_string(ring)?.into();
        self.sql.exec(sql, vec![value])?;
        let ask_at = ring.ask_at.ok_or_else(|| Error::RustError("no timer".to_owned()))?;
        alarm::set(&self.storage, wall() + (ask_at - world.now())).await
    }

    /// Keeps what a genuine notification told about keys. Needs no timer.
    fn keep(&self, arrival: &Arrival) -> Result<()> {
        self.sql.exec(ARRIVALS, None)?;
        let value: SqlStorageValue = serde_json::to_string(arrival)?.into();
        self.sql.exec("INSERT INTO arrivals (arrival) VALUES (?)", vec![value])?;
        let sql = "DELETE FROM arrivals WHERE seq <= (SELECT MAX(seq) FROM arrivals) - ?";
        self.sql.exec(sql, vec![ARRIVALS_MAX.into()]).map(drop)
    }

    fn arrivals(&self) -> Result<Vec<Arrival>> {
        self.sql.exec(ARRIVALS, None)?;
        let sql = "SELECT arrival AS ring FROM arrivals ORDER BY seq DESC";
        let rows: Vec<Row> = self.sql.exec(sql, None)?.to_array()?;
        let arrivals = rows.iter().map(|row| serde_json::from_str(&row.ring));
        Ok(arrivals.collect::<core::result::Result<_, _>>()?)
    }

    fn make_table(&self) -> Result<()> {
        let sql = "CREATE TABLE IF NOT EXISTS keyring \
                   (one INTEGER PRIMARY KEY CHECK (one = 1), ring TEXT NOT NULL) STRICT";
        self.sql.exec(sql, None).map(drop)
    }
}
