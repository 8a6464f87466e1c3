//! Brings a sandbox up: the port, the folder, the keys, the door.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sandbox::credentials_file;
use sandbox::merchant::{Credentials, NoCredentials};
use sandbox::merchants_file::Wishes;
use sandbox::serve::{self, Doors};
use sandbox::store::{Saved, Store};
use sandbox::tls::Doorman;
use sandbox::tls::identity::{self, Identity};
use sandbox::world::{Settings, World, wall_now};
use tokio::net::TcpListener;

use super::failure::Failure;
use super::options::{Kept, Serve};
use super::{greeting, say};

/// Whoever waits longer than this is told for what.
const PATIENCE: Duration = Duration::from_secs(1);

/// Serves until a signal comes.
pub(crate) async fn serve_until_told(options: Serve) -> Result<(), Failure> {
    let address = SocketAddr::new(options.listen, options.port);
    // The ports first, then the folder: a second sandbox must not touch what the first one has.
    let (listener, address) = bound(address).await?;
    let second = match options.tls_listen {
        Some(address) => Some(bound(address).await?),
        None => None,
    };
    let (store, saved) = match &options.kept.state {
        Some(folder) => open(folder)?,
        None => (Store::in_memory(), Saved::default()),
    };
    let Kept { state, merchants } = options.kept;
    let (folder, own_keys) = (state.clone(), merchants.is_some());
    let credentials = patiently(move || credentials(&Kept { state, merchants })).await?;
    let tls = match second {
        Some(bound) => Some(Tls::with(bound, folder.clone(), &options.control_host).await?),
        None => None,
    };
    let greeting = (!options.quiet).then(|| greeting::of(&credentials, address, own_keys));
    let settings = Settings {
        worker_url: options.worker_url,
        control_hosts: options.control_host,
        loopback_host: options.loopback_host,
        tls_authority_pem: tls.as_ref().map(|tls| tls.identity.authority_pem.clone()),
        folder,
    };
    let world = World::new(credentials, store, saved, settings).map_err(Failure::World)?;
    let world = Arc::new(world);
    // Before anybody can know that we run, so that nobody's first signal is missed.
    let stop = stop_signal().map_err(Failure::Runtime)?;
    let mut doors = Doors::from(listener);
    // Scripts and tests read these lines; what follows them is for people.
    say(&format!("http://{address}/  (open it to scan and pay)"));
    if let Some(tls) = tls {
        say(&format!("https://{}/  (trusted with /sandbox/files/tls_ca.pem)", tls.address));
        let doorman = Doorman::new(&tls.identity, Arc::clone(&world)).map_err(Failure::Tls)?;
        doors = doors.and_tls(tls.listener, doorman);
    }
    greeting.iter().for_each(|text| greeting::print(text));
    serve::serve(world, doors, stop).await;
    say("stopped");
    Ok(())
}

async fn bound(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Failure> {
    serve::listen(address).await.map_err(|error| Failure::Port(address, error))
}

/// The second door, before it opens.
struct Tls {
    listener: TcpListener,
    address: SocketAddr,
    identity: Identity,
}

impl Tls {
    async fn with(
        (listener, address): (TcpListener, SocketAddr),
        folder: Option<PathBuf>,
        names: &[String],
    ) -> Result<Self, Failure> {
        let hosts = identity::hosts(address, names);
        let now = u64::try_from(wall_now()).unwrap_or_default();
        let made = move || Identity::kept(folder.as_deref(), hosts, now);
        let identity = patiently(move || made().map_err(Failure::Credentials)).await?;
        Ok(Self { listener, address, identity })
    }
}

fn open(folder: &Path) -> Result<(Store, Saved), Failure> {
    let folder_failed = |error| Failure::Credentials(NoCredentials::File(error));
    credentials_file::make_folder(folder).map_err(folder_failed)?;
    let opened = Store::open(folder).map_err(|error| Failure::Store(folder.to_owned(), error))?;
    credentials_file::sweep(folder).map_err(folder_failed)?;
    Ok(opened)
}

/// What the file says and the folder keeps; what neither does is made, and kept if there is where.
pub(crate) fn credentials(kept: &Kept) -> Result<Credentials, Failure> {
    let now = u64::try_from(wall_now()).unwrap_or_default();
    let made = match (&kept.merchants, &kept.state) {
        (None, None) => Credentials::generate(now),
        (None, Some(folder)) => Credentials::in_folder(folder, now),
        (Some(file), folder) => {
            let wishes = Wishes::read(file).map_err(Failure::Merchants)?;
            granted(wishes, folder.as_deref(), now)
        }
    };
    made.map_err(Failure::Credentials)
}

fn granted(wishes: Wishes, folder: Option<&Path>, now: u64) -> Result<Credentials, NoCredentials> {
    let Some(folder) = folder else { return wishes.granted(None, now) };
    let made = wishes.granted(Credentials::kept_in(folder)?, now)?;
    made.save(folder)?;
    Ok(made)
}

/// Does what may take a while aside, and says so if it does.
#[expect(clippy::print_stderr, reason = "standard output is for the address alone")]
async fn patiently<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let mut working = tokio::task::spawn_blocking(work);
    let done = match tokio::time::timeout(PATIENCE, &mut working).await {
        Ok(done) => done,
        Err(_) => {
            eprintln!("saoma-sandbox: reading or making keys, which takes a few seconds …");
            working.await
        }
    };
    done.unwrap_or_else(|_| {
        let gone = "the thread that makes them is gone".to_owned();
        Err(Failure::Credentials(NoCredentials::Key(gone)))
    })
}

/// Ctrl-C and SIGTERM.
#[cfg(unix)]
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Ctrl-C.
#[cfg(not(unix))]
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without a handler the signal's own effect is to end us, which is all that is asked.
        let _ = tokio::signal::ctrl_c().await;
    })
}
