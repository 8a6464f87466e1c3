//! Why the program cannot go on, and what to do about it.

use std::net::SocketAddr;
use std::path::PathBuf;

use rusqlite::ErrorCode;
use sandbox::merchant::NoCredentials;
use sandbox::merchants_file::Refused;
use sandbox::store::StoreError;
use sandbox::world::NoWorld;

/// The last words.
#[derive(Debug)]
pub(crate) enum Failure {
    Credentials(NoCredentials),
    Merchants(Refused),
    World(NoWorld),
    Tls(rustls::Error),
    Store(PathBuf, StoreError),
    Port(SocketAddr, std::io::Error),
    Runtime(std::io::Error),
    Unwritable(serde_json::Error),
    /// Of a verb that talks to a running sandbox; the words say all.
    Call(String),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Credentials(error) => error.fmt(f),
            Self::Merchants(refused) => refused.fmt(f),
            Self::World(error) => error.fmt(f),
            Self::Tls(error) => write!(f, "the TLS door: {error}"),
            Self::Store(folder, error) => write!(f, "{}: {}", folder.display(), store(error)),
            Self::Port(address, error) => write!(f, "cannot listen on {address}: {}", port(error)),
            Self::Runtime(error) => error.fmt(f),
            Self::Unwritable(error) => error.fmt(f),
            Self::Call(words) => f.write_str(words),
        }
    }
}

fn store(error: &StoreError) -> String {
    let advice = match error {
        StoreError::Database(database) => match database.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                "another sandbox uses this folder; stop it, or choose another one with --state"
            }
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
                "sandbox.sqlite3 is damaged; delete it to start without orders (the keys stay)"
            }
            Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
                "choose a folder that you may write with --state"
            }
            _ => return error.to_string(),
        },
        StoreError::Unreadable(_) => {
            "another version wrote it; delete sandbox.sqlite3 to start without orders (the keys stay)"
        }
        StoreError::WriterGone => return error.to_string(),
    };
    format!("{error}; {advice}")
}

fn port(error: &std::io::Error) -> String {
    let advice = match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            "; perhaps a sandbox runs already. Stop it, or choose another port with --port or \
             --tls-listen (0 takes any free one)"
        }
        std::io::ErrorKind::AddrNotAvailable => {
            "; this machine has no such address: see --listen and --tls-listen"
        }
        std::io::ErrorKind::PermissionDenied => {
            "; choose a port above 1023 with --port or --tls-listen"
        }
        _ => "",
    };
    format!("{error}{advice}")
}
