//! The shell: what the sandbox knows, where it keeps it, and what time it is.
//!
//! Every change goes through [`World::step`]: one lock, one pure step of the ledger, and the
//! changes handed to the store in the order in which they happened. Signing and disk come after
//! the lock. This file holds the only look at the wall clock.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::sync::{Notify, watch};
use wechatpay::crypto::ApiV3Key;
use wechatpay::key::BadKey;

use crate::client::Client;
use crate::keys::{MerchantKey, PlatformKey};
use crate::ledger::Ledger;
use crate::merchant::Credentials;
use crate::store::{Saved, Store, Ticket};
use crate::v3::authorization::Merchant;

/// Everything that a request may need.
pub struct World {
    /// Who is who, in full.
    pub credentials: Credentials,
    /// The merchants that may call.
    pub merchants: Vec<Merchant>,
    /// The newer scheme's key; it also signs notifications.
    pub public_key: PlatformKey,
    /// The older scheme's key.
    pub certificate_key: PlatformKey,
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
    ledger: Mutex<Ledger>,
    store: Store,
}

/// What the shell is told when it starts.
#[derive(Clone, Default)]
pub struct Settings {
    /// See [`World::worker_url`].
    pub worker_url: Option<String>,
    /// See [`World::control_hosts`].
    pub control_hosts: Vec<String>,
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

impl World {
    /// Puts the pieces together. The credentials' keys must be readable.
    pub fn new(
        credentials: Credentials,
        store: Store,
        saved: Saved,
        settings: Settings,
    ) -> Result<Self, NoWorld> {
        let partner = &credentials.partner;
        let merchants = vec![
            Merchant {
                mchid: credentials.mchid.clone(),
                appid: credentials.appid.clone(),
                serial_no: credentials.serial_no.clone(),
                key: MerchantKey::of_certificate(&credentials.certificate_pem)?,
                api_v3_key: ApiV3Key::parse(&credentials.api_v3_key)?,
                subs: Vec::new(),
            },
            Merchant {
                mchid: partner.sp_mchid.clone(),
                appid: partner.sp_appid.clone(),
                serial_no: partner.serial_no.clone(),
                key: MerchantKey::of_certificate(&partner.certificate_pem)?,
                api_v3_key: ApiV3Key::parse(&partner.api_v3_key)?,
                subs: partner.sub_merchants.clone(),
            },
        ];
        let public_key = PlatformKey::new(
            &credentials.platform_public_key_id,
            &credentials.platform_private_key_pem,
        )?;
        let certificate_key = PlatformKey::new(
            &credentials.platform_certificate_serial,
            &credentials.platform_certificate_private_key_pem,
        )?;
        Ok(Self {
            credentials,
            merchants,
            public_key,
            certificate_key,
            client: Client::new().map_err(NoWorld::Tls)?,
            bell: Notify::new(),
            on_the_way: watch::Sender::new(0),
            worker_url: settings.worker_url,
            control_hosts: settings.control_hosts,
            ledger: Mutex::new(Ledger::restore(saved, wall_now())),
            store,
        })
    }

    /// The key that signs an answer to a request with this `Wechatpay-Serial` (protocol
    /// reference A.6).
    pub fn platform_key(&self, wanted: Option<&str>) -> &PlatformKey {
        if wanted == Some(self.public_key.serial.as_str()) {
            &self.public_key
        } else {
            &self.certificate_key
        }
    }

    /// The key for which a merchant encrypted what it says it did (protocol reference A.8).
    pub fn platform_key_named(&self, serial: &str) -> Option<&PlatformKey> {
        [&self.public_key, &self.certificate_key].into_iter().find(|key| key.serial == serial)
    }

    /// Seconds since 1970. Signatures, and nothing else, go by it.
    pub fn wall_now(&self) -> i64 {
        wall_now()
    }

    /// Takes one step at the business clock's time. What it changed, and what it saw of earlier
    /// steps, counts once the ticket is honoured.
    pub fn step<T>(&self, step: impl FnOnce(&mut Ledger, i64) -> T) -> (T, Ticket) {
        let mut ledger = self.lock();
        let now = ledger.business_time(wall_now());
        let outcome = step(&mut ledger, now);
        let changes = ledger.take_changes();
        // Still under the lock: the disk must see changes in the order in which they happened.
        let ticket = self.store.write(changes);
        (outcome, ticket)
    }

    /// Looks without changing anything.
    pub fn look<T>(&self, look: impl FnOnce(&Ledger, i64) -> T) -> T {
        let ledger = self.lock();
        look(&ledger, ledger.business_time(wall_now()))
    }

    fn lock(&self) -> MutexGuard<'_, Ledger> {
        // A step does not panic; were one to, the others' orders are still whole.
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Seconds since 1970 on this machine's clock.
#[expect(clippy::disallowed_methods, reason = "the one place that asks what time it is")]
pub fn wall_now() -> i64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_1970.as_secs()).unwrap_or(i64::MAX)
}
