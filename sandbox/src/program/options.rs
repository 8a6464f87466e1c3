//! What can be typed, with the words that `--help` says about it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// What follows the options in the long help.
const EXAMPLES: &str = "\
Examples:
  saoma-sandbox                                  everything in memory, gone at the end
  saoma-sandbox --state .sandbox                 the same keys and orders next time
  saoma-sandbox merchants > merchants.json       a list of merchants to edit, then
  saoma-sandbox --merchants merchants.json       your own numbers, keys and certificates
  saoma-sandbox call GET /v3/certificates        a signed call, from another terminal
  saoma-sandbox --port 0 --quiet                 any free port; one line that says which
  saoma-sandbox --tls-listen 127.0.0.1:8789      also over TLS, for V2 refunds

Give your shop the credentials that are printed at the start, and the sandbox's address in place of
https://api.mch.weixin.qq.com. Place an order whose notify_url is yours (http will do if it is on
this machine), open the sandbox's address in a browser and pay by clicking.";

/// WeChat Pay as seen from outside, on your own machine
///
/// Without a command it serves. It takes the calls of WeChat Pay's APIv3 for QR orders, refunds and
/// bills, checks them as strictly as the platform does, signs every answer, and sends real
/// notifications. You pay by clicking.
#[derive(Parser)]
#[command(name = "saoma-sandbox", version, args_conflicts_with_subcommands = true)]
#[command(after_long_help = EXAMPLES, after_help = "--help says more, with examples.")]
pub(crate) struct Command {
    #[command(subcommand)]
    pub(crate) verb: Option<Verb>,
    #[command(flatten)]
    pub(crate) serve: Serve,
}

#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Play WeChat Pay until told to stop; what happens without a command too
    Serve(Serve),
    /// Print every merchant and the platform's keys, in the form that --merchants reads
    Merchants(Kept),
    /// Print the first merchant, the first partner and the platform's keys as one JSON object
    Credentials {
        /// Where the keys are kept; they are made if there are none
        #[arg(long, value_name = "FOLDER")]
        state: PathBuf,
    },
    /// Sign a call as a merchant of a running sandbox, send it, and verify the answer
    ///
    /// The answer's body goes to standard output; what was sent, the answer's headers and the
    /// verdict on its signature go to standard error. Fails unless the answer is 2xx and rightly
    /// signed. In PATH and --body, {mchid}, {appid}, {sub_mchid} and {sub_appid} stand for the
    /// merchant's own.
    #[command(after_long_help = CALLS)]
    Call(Call),
    /// Ask whether a sandbox answers: for health checks, and for scripts that wait for it
    Check(Target),
}

const CALLS: &str = r#"Examples:
  saoma-sandbox call GET /v3/certificates
  saoma-sandbox call GET '/v3/pay/transactions/out-trade-no/T20250101000001?mchid={mchid}'
  saoma-sandbox call POST /v3/pay/transactions/native --body '{"mchid":"{mchid}","appid":"{appid}",
    "description":"tea","out_trade_no":"T20250101000001","notify_url":"http://127.0.0.1:8000/notify",
    "amount":{"total":100}}'"#;

/// What is known beforehand.
#[derive(Args, Default)]
pub(crate) struct Kept {
    /// Keep keys, orders and pending notifications in this folder
    ///
    /// It is made if need be, and survives a kill without warning. Without it all is gone at the
    /// end.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) state: Option<PathBuf>,
    /// Take merchants, and perhaps the platform's keys, from this file
    ///
    /// What it leaves out is made; `saoma-sandbox merchants` prints one to begin with. Use keys made
    /// for tests: whoever reaches the sandbox can read them. Beside --state the file wins.
    #[arg(long, value_name = "FILE")]
    pub(crate) merchants: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct Serve {
    /// The port to listen on; 0 takes any free one
    #[arg(long, default_value_t = 8788)]
    pub(crate) port: u16,
    /// The address to listen on
    ///
    /// On any other than this machine's own, whoever can reach it can also pay, reset and read the
    /// keys.
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub(crate) listen: IpAddr,
    /// Open a second door with TLS here, as 127.0.0.1:8789; port 0 takes any free one
    ///
    /// V2 refunds need it: there a merchant shows its API certificate. What a client must trust is
    /// at /sandbox/files/tls_ca.pem.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) tls_listen: Option<SocketAddr>,
    #[command(flatten)]
    pub(crate) kept: Kept,
    /// Another host name under which the console and /sandbox may be used
    ///
    /// As `sandbox` in a network of containers; may be given more than once. Merchants' calls need
    /// none.
    #[arg(long, value_name = "NAME", value_parser = host_name)]
    pub(crate) control_host: Vec<String>,
    /// In a container: the name by which the machine around it is reached
    ///
    /// As `host.docker.internal` or `host.containers.internal`. Notifications for 127.0.0.1 and
    /// localhost go there, so that a shop on the machine hears of its payments.
    #[arg(long, value_name = "NAME", value_parser = host_name)]
    pub(crate) loopback_host: Option<String>,
    /// Print the address only, no credentials
    #[arg(long, short)]
    pub(crate) quiet: bool,
    /// A Saoma Worker built for development, whose clock moves with ours
    #[arg(long, value_name = "URL", value_parser = http_url)]
    pub(crate) worker_url: Option<String>,
}

/// A sandbox that runs.
#[derive(Args)]
pub(crate) struct Target {
    /// Where the sandbox is
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8788")]
    pub(crate) url: String,
}

#[derive(Args)]
pub(crate) struct Call {
    /// GET, POST, …
    pub(crate) method: String,
    /// The path with its query, as /v3/certificates
    #[arg(value_name = "PATH")]
    pub(crate) target: String,
    #[command(flatten)]
    pub(crate) at: Target,
    /// What to send, as JSON: the text itself, @FILE, or @- for standard input
    #[arg(long, value_name = "JSON", default_value = "", hide_default_value = true)]
    pub(crate) body: String,
    /// Who calls; the first direct merchant, or the first partner for a partner's path
    #[arg(long, value_name = "NUMBER")]
    pub(crate) mchid: Option<String>,
    /// The merchant's private key, where the sandbox has the certificate only
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// The platform key that shall sign the answer; the public key if nothing is said
    #[arg(long, value_name = "SERIAL")]
    pub(crate) serial: Option<String>,
}

/// A host's name or address, as it stands in a `Host` header before the port. With anything else the
/// option would never fit, and nobody would be told.
fn host_name(text: &str) -> Result<String, String> {
    let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let fits = match inner {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)),
    };
    if fits && !text.is_empty() {
        return Ok(text.to_owned());
    }
    Err("a name alone is expected, without http:// and without a port, as sandbox".to_owned())
}

fn http_url(text: &str) -> Result<String, String> {
    let uri: axum::http::Uri = text.parse().map_err(|error| format!("{error}"))?;
    match (uri.scheme_str(), uri.host()) {
        (Some("http" | "https"), Some(_)) => Ok(text.to_owned()),
        _ => Err("an address is expected, as http://127.0.0.1:8787".to_owned()),
    }
}
