//! What a newcomer needs to know of a sandbox that has just come up.

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use sandbox::merchant::{Account, Credentials, Kind};

/// Merchants shown in full; of more there is a list to fetch.
const SHOWN_MAX: usize = 4;

/// The credentials, and what to do with them. Keys that came from a file are not repeated: they may
/// be somebody's own, and this text lands in logs.
pub(crate) fn of(credentials: &Credentials, address: SocketAddr, own_keys: bool) -> String {
    let base = base(address);
    let accounts = credentials.accounts();
    let mut text = String::new();
    for account in accounts.iter().take(SHOWN_MAX) {
        merchant(&mut text, account, own_keys);
    }
    if accounts.len() > SHOWN_MAX {
        line(&mut text, "", &format!("and {} more", accounts.len() - SHOWN_MAX));
    }
    line(&mut text, "platform public key id", &credentials.platform_public_key_id);
    line(&mut text, "platform certificate", &credentials.platform_certificate_serial);
    text.push('\n');
    for (what, how) in [
        ("address for your SDK", format!("{base}  in place of https://api.mch.weixin.qq.com")),
        ("merchant private key", format!("curl -s {base}/sandbox/files/apiclient_key.pem")),
        ("platform public key", format!("curl -s {base}/sandbox/files/pub_key.pem")),
        ("all as shell variables", format!("eval \"$(curl -s {base}/sandbox/files/env)\"")),
        ("all merchants as JSON", format!("curl -s {base}/sandbox/merchants")),
        ("a first signed call", format!("{} call GET /v3/certificates --url {base}", program())),
        ("with your SDK", "sandbox/docs/sdk.md, for Node, Python, Go, PHP, Java, C#".to_owned()),
    ] {
        line(&mut text, what, &how);
    }
    text
}

/// Writes it where the address went.
pub(crate) fn print(text: &str) {
    // Nobody may be listening any more, which is no reason to end.
    let _ = writeln!(std::io::stdout(), "\n{text}");
}

fn merchant(text: &mut String, account: &Account, own_keys: bool) {
    let (title, number, app) = match account.kind {
        Kind::Direct => ("direct merchant", "mchid", "appid"),
        Kind::Partner => ("partner (服务商)", "sp_mchid", "sp_appid"),
    };
    let _ = writeln!(text, "  {title}");
    line(text, number, &account.mchid);
    line(text, app, &account.appid);
    line(text, "certificate serial", &account.serial_no);
    line(
        text,
        "APIv3 key",
        if own_keys { "as in your file, or made" } else { &account.api_v3_key },
    );
    for sub in &account.sub_merchants {
        line(text, "sub_mchid, sub_appid", &format!("{}, {}", sub.sub_mchid, sub.sub_appid));
    }
    text.push('\n');
}

fn line(text: &mut String, what: &str, value: &str) {
    let _ = writeln!(text, "    {what:<24}{value}");
}

/// How we were called, so that what is printed can be typed.
fn program() -> String {
    std::env::args().next().unwrap_or_else(|| "saoma-sandbox".to_owned())
}

/// The address as a program on this machine writes it.
fn base(address: SocketAddr) -> String {
    let host = match address.ip() {
        ip if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(host, address.port()))
}
