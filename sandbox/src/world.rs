//! The shell: what the sandbox knows, where it keeps it, and what time it is.
//!
//! Every change goes through [`World::shards`]: the lock of one shard, one pure step of its ledger,
//! and the changes handed to the store in the order in which they happened. Signing and disk come
//! after the lock. This file holds the only look at the wall clock.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::sync::{Notify, watch};
use wechatpay::key::BadKey;

use crate::bill::shelf::Shelf;
use crate::client::Client;
use crate::journal::Journal;
use crate::keyring::Keyring;
use crate::ledger::Ledger;
use crate::merchant::{Credentials, NoCredentials};
use crate::mode1::Callbacks;
use crate::pulse::Pulse;
use crate::shards::{Shards, Whose};
use crate::store::{Saved, Store, Ticket};

/// Everything that a request may need.
pub struct World {
    /// What talks to merchants.
    pub client: Client,
    /// Rings when a notification may have become due.
    pub bell: Notify,
    /// How many notifications are on their way.
    pub on_the_way: watch::Sender<usize>,
    /// The Worker that moves its business clock with ours.
    pub worker_url: Option<String>,
    /// Host names under which the control surface answers, besides this machine's own.
    pub control_hosts: Vec<String>,
    /// By which name this machine is reached, if not by its own addresses.
    pub loopback_host: Option<String>,
    /// What a client must trust to come in by the TLS door, if there is one.
    pub tls_authority_pem: Option<String>,
    /// What merchants asked for, and what they were told.
    pub journal: Journal,
    /// What merchants were asked when a product's code was scanned.
    pub callbacks: Callbacks,
    /// Beats whenever something that the console shows is different.
    pub pulse: Arc<Pulse>,
    /// Bills that wait to be fetched.
    pub shelf: Mutex<Shelf>,
    /// Held while keys change: a rotation begins with what the one before it left.
    pub rotation: tokio::sync::Mutex<()>,
    /// All orders and what belongs to them.
    pub shards: Shards,
    /// How often other credentials came into force since the start.
    pub credentials_changed: AtomicU64,
    keyring: RwLock<Arc<Keyring>>,
    folder: Option<PathBuf>,
}

/// What the shell is told when it starts.
#[derive(Clone, Default)]
pub struct Settings {
    /// See [`World::worker_url`].
    pub worker_url: Option<String>,
    /// See [`World::control_hosts`].
    pub control_hosts: Vec<String>,
    /// See [`World::loopback_host`].
    pub loopback_host: Option<String>,
    /// See [`World::tls_authority_pem`].
    pub tls_authority_pem: Option<String>,
    /// Where credentials that changed are kept; without it they are forgotten at the end.
    pub folder: Option<PathBuf>,
}

/// Why the pieces do not go together.
#[derive(Debug)]
pub enum NoWorld {
    /// A credential is not what it should be.
    Key(BadKey),
    /// TLS cannot be set up.
    Tls(rustls::Error),
}

impl std::fmt::Display for NoWorld {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Key(error) => write!(f, "a key in the state folder: {error}"),
            Self::Tls(error) => write!(f, "TLS for notifications: {error}"),
        }
    }
}

impl std::error::Error for NoWorld {}

impl From<BadKey> for NoWorld {
    fn from(error: BadKey) -> Self {
        Self::Key(error)
    }
}

/// Why other credentials are not in force.
#[derive(Debug)]
pub enum NotInstalled {
    /// One of their keys cannot be read.
    Key(BadKey),
    /// They cannot be kept.
    File(NoCredentials),
}

impl std::fmt::Display for NotInstalled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Key(error) => error.fmt(f),
            Self::File(error) => error.fmt(f),
        }
    }
}

impl World {
    /// Puts the pieces together. The credentials' keys must be readable.
    pub fn new(
        credentials: Credentials,
        store: Store,
        saved: Saved,
        settings: Settings,
    ) -> Result<Self, NoWorld> {
        let pulse = Arc::clone(&store.pulse);
        let shards = Shards::restore(saved, store, wall_now);
        // Were a reset cut off half way, a number that begins anew would get a key from before it.
        let earlier = credentials.earlier_api_v3_keys.iter().map(|each| each.until_seq);
        earlier.for_each(|until_seq| shards.count_on_from(until_seq));
        Ok(Self {
            client: Client::new().map_err(NoWorld::Tls)?,
            bell: Notify::new(),
            on_the_way: watch::Sender::new(0),
            credentials_changed: AtomicU64::new(0),
            worker_url: settings.worker_url,
            control_hosts: settings.control_hosts,
            loopback_host: settings.loopback_host,
            tls_authority_pem: settings.tls_authority_pem,
            journal: Journal::default(),
            callbacks: Callbacks::default(),
            pulse,
            shelf: Mutex::default(),
            rotation: tokio::sync::Mutex::default(),
            keyring: RwLock::new(Arc::new(Keyring::new(credentials)?)),
            folder: settings.folder,
            shards,
        })
    }

    /// The keys of this moment.
    pub fn keyring(&self) -> Arc<Keyring> {
        Arc::clone(&self.keyring.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts other credentials in force, on disk first.
    pub fn install(&self, credentials: Credentials) -> Result<(), NotInstalled> {
        let keyring = Keyring::new(credentials).map_err(NotInstalled::Key)?;
        if let Some(folder) = &self.folder {
            keyring.credentials.save(folder).map_err(NotInstalled::File)?;
        }
        *self.keyring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keyring);
        self.credentials_changed.fetch_add(1, Ordering::Relaxed);
        self.pulse.beat();
        Ok(())
    }

    /// Seconds since 1970. Signatures, and nothing else, go by it.
    pub fn wall_now(&self) -> i64 {
        wall_now()
    }

    /// What the business clock shows: the wall clock and every step it was moved by.
    pub fn now(&self) -> i64 {
        self.shards.now()
    }

    /// See [`Shards::step`].
    pub fn step<T>(
        &self,
        whose: Whose<'_>,
        step: impl FnOnce(&mut Ledger, i64) -> T,
    ) -> (T, Ticket) {
        self.shards.step(whose, step)
    }

    /// See [`Shards::look`].
    pub fn look<T>(&self, whose: Whose<'_>, look: impl FnOnce(&Ledger, i64) -> T) -> T {
        self.shards.look(whose, look)
    }

    /// See [`Shards::gather`].
    pub fn gather<T>(&self, rows: impl FnMut(&Ledger, i64) -> Vec<(u64, T)>) -> Vec<T> {
        self.shards.gather(rows)
    }
}

/// Seconds since 1970 on this machine's clock.
#[expect(clippy::disallowed_methods, reason = "the one place that asks what time it is")]
pub fn wall_now() -> i64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_1970.as_secs()).unwrap_or(i64::MAX)
}
