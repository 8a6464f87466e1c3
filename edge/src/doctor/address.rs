//! The address that WeChat Pay reports payments to, as far as its shape tells (protocol reference
//! C.4). Whether it is reached is for somebody outside to see: `npm run doctor`.

use super::finding::{Check, Finding};
use crate::origin::Origin;

/// Characters of a `notify_url` at most (protocol reference E.1).
const CHARS_MAX: usize = 255;

const CHECK: Check = Check::NotifyUrl;

/// Looks at the shape. `platform` is where WeChat Pay is: only a platform on this machine can reach
/// a Worker on this machine.
pub fn notify_address(notify_url: &str, public: &Origin, platform: &Origin) -> Finding {
    looked_at(notify_url, public, platform).because_of("PUBLIC_URL")
}

fn looked_at(notify_url: &str, public: &Origin, platform: &Origin) -> Finding {
    let mend = "set PUBLIC_URL to the https address that the Internet reaches this Worker by";
    if notify_url.len() > CHARS_MAX {
        let words = format!("{notify_url} has more than {CHARS_MAX} characters");
        return Finding::wrong(CHECK, words, "give the Worker a shorter name");
    }
    if public.is_loopback() {
        if platform.is_loopback() {
            let words = format!("{notify_url} is this machine, and so is the platform");
            return Finding::ok(CHECK, words);
        }
        let words = format!("{notify_url} is this machine: WeChat Pay cannot reach it");
        return Finding::wrong(CHECK, words, mend);
    }
    if !public.is_https() {
        return Finding::wrong(CHECK, format!("{notify_url} is not https"), mend);
    }
    if let Some(why) = nowhere(host(public)) {
        let words = format!("{notify_url}: {why}, so WeChat Pay cannot reach it");
        return Finding::wrong(CHECK, words, mend);
    }
    if public.as_str().ends_with(".workers.dev") {
        let words =
            format!("{notify_url} is a workers.dev address, unreachable from mainland China");
        return Finding::warning(CHECK, words, "use a domain of your own (docs/go-live.md)");
    }
    Finding::ok(CHECK, format!("{notify_url} is https and has no query"))
}

fn host(origin: &Origin) -> &str {
    let authority = origin.as_str().split_once("://").map_or("", |(_, rest)| rest);
    match authority.strip_prefix('[').and_then(|inside| inside.split_once(']')) {
        Some((address, _)) => address,
        None => authority.split(':').next().unwrap_or_default(),
    }
}

/// Why nobody on the Internet finds this host.
fn nowhere(host: &str) -> Option<&'static str> {
    if let Ok(address) = host.parse::<core::net::Ipv4Addr>() {
        let inside = address.is_private() || address.is_link_local() || address.is_unspecified();
        return inside.then_some("that is an address inside a private network");
    }
    if let Ok(address) = host.parse::<core::net::Ipv6Addr>() {
        let inside = address.is_unique_local() || address.is_unicast_link_local();
        return inside.then_some("that is an address inside a private network");
    }
    let is_inside = [".local", ".internal", ".lan", ".localhost", ".test", ".invalid"];
    if !host.contains('.') || is_inside.iter().any(|suffix| host.ends_with(suffix)) {
        return Some("that name exists inside a private network only");
    }
    None
}
