//! The program: `serve` plays WeChat Pay, `credentials` prints the throw-away merchant.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand};
use sandbox::merchant::{Credentials, NoCredentials};
use sandbox::serve;
use sandbox::store::{Saved, Store, StoreError};
use sandbox::world::{NoWorld, Settings, World, wall_now};

/// WeChat Pay as seen from outside, on your own machine.
///
/// Start it with `serve`, give your shop the credentials that `credentials` prints and the
/// sandbox's address in place of `https://api.mch.weixin.qq.com`, then open that address in a
/// browser and pay by clicking.
#[derive(Parser)]
#[command(name = "saoma-sandbox", version)]
struct Command {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Play WeChat Pay until told to stop
    Serve(Serve),
    /// Print the throw-away merchant as JSON, without serving
    Credentials {
        /// Where the keys are kept; they are made if there are none
        #[arg(long, value_name = "FOLDER")]
        state: PathBuf,
    },
}

#[derive(Args)]
struct Serve {
    /// The port to listen on; 0 takes any free one
    #[arg(long, default_value_t = 8788)]
    port: u16,
    /// The address to listen on. On any other than this machine's own, whoever can reach it can
    /// also pay and reset
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    listen: IpAddr,
    /// Keep keys, orders and pending notifications here; without it all is gone at the end
    #[arg(long, value_name = "FOLDER")]
    state: Option<PathBuf>,
    /// A Worker built for development, whose business clock moves with ours
    #[arg(long, value_name = "URL")]
    worker_url: Option<String>,
    /// Another host name under which /sandbox may be called; may be given more than once
    #[arg(long, value_name = "NAME")]
    control_host: Vec<String>,
}

/// Why the program cannot go on.
#[derive(Debug)]
enum Failure {
    Credentials(NoCredentials),
    World(NoWorld),
    Store(StoreError),
    Port(SocketAddr, std::io::Error),
    Runtime(std::io::Error),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Credentials(error) => error.fmt(f),
            Self::World(error) => error.fmt(f),
            Self::Store(error) => error.fmt(f),
            Self::Port(address, error) => write!(f, "cannot listen on {address}: {error}"),
            Self::Runtime(error) => error.fmt(f),
        }
    }
}

#[expect(clippy::print_stderr, reason = "a program's last words go to the terminal")]
fn main() -> ExitCode {
    let outcome = match Command::parse().verb {
        Verb::Serve(options) => run(options),
        Verb::Credentials { state } => print_credentials(&state),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("saoma-sandbox: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn now() -> u64 {
    u64::try_from(wall_now()).unwrap_or_default()
}

#[expect(clippy::print_stdout, reason = "this is what the verb is for")]
fn print_credentials(folder: &Path) -> Result<(), Failure> {
    let credentials = Credentials::in_folder(folder, now()).map_err(Failure::Credentials)?;
    let text = serde_json::to_string_pretty(&credentials)
        .map_err(|error| Failure::Credentials(NoCredentials::Unreadable(error)))?;
    println!("{text}");
    Ok(())
}

fn run(options: Serve) -> Result<(), Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Failure::Runtime)?
        .block_on(serve_until_told(options))
}

async fn serve_until_told(options: Serve) -> Result<(), Failure> {
    let address = SocketAddr::new(options.listen, options.port);
    // The port first: a second sandbox must not wait for the first one's database.
    let (listener, address) =
        serve::listen(address).await.map_err(|error| Failure::Port(address, error))?;
    let credentials = match &options.state {
        Some(folder) => Credentials::in_folder(folder, now()),
        None => Credentials::generate(now()),
    }
    .map_err(Failure::Credentials)?;
    let (store, saved) = match &options.state {
        Some(folder) => Store::open(folder).map_err(Failure::Store)?,
        None => (Store::in_memory(), Saved::default()),
    };
    let settings = Settings {
        worker_url: options.worker_url,
        control_hosts: options.control_host,
        folder: options.state,
    };
    let world = World::new(credentials, store, saved, settings).map_err(Failure::World)?;
    // Before anybody can know that we run, so that nobody's first signal is missed.
    let stop = stop_signal().map_err(Failure::Runtime)?;
    say(&format!("http://{address}/  (open it to scan and pay)"));
    serve::serve(Arc::new(world), listener, stop).await;
    say("stopped");
    Ok(())
}

/// Tells whoever started us; that they may have closed the pipe is no reason to end.
fn say(words: &str) {
    let _ = writeln!(std::io::stdout(), "saoma-sandbox: {words}");
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
