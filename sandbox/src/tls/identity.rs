//! What the TLS door shows: a certificate for this machine's names, and the authority that a client
//! must trust for it.
//!
//! The authority signs this one certificate, and its key is then forgotten: whoever trusts it, even
//! in a whole machine's store, trusts nothing else. Beside a state folder both are kept, so that a
//! client which was once told of the authority goes on; under other names, or when they have
//! lasted their time, they are made anew.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::certificate::{Authority, VALID_FOR_S, issue};
use crate::credentials_file::replace_private;
use crate::dice;
use crate::key_making::{private_pem, rsa_keys};
use crate::merchant::NoCredentials;

/// The file in the state folder.
pub(crate) const FILE: &str = "tls.json";

/// The names of this machine, and the platform's: a client whose address is fixed may be led here by
/// its hosts file.
const NAMES: [&str; 5] =
    ["localhost", "127.0.0.1", "::1", "api.mch.weixin.qq.com", "api2.mch.weixin.qq.com"];

/// A certificate, its key, and who vouches for it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The names and addresses in the certificate.
    pub hosts: Vec<String>,
    /// Seconds since 1970; from then on it is no longer shown.
    pub until: u64,
    /// What a client must trust, as `GET /sandbox/files/tls_ca.pem` answers it.
    pub authority_pem: String,
    /// What the door shows.
    pub certificate_pem: String,
    /// PKCS#8.
    pub private_key_pem: String,
}

/// Under which names the door is reached: the usual ones, its own address, and those that the
/// control surface answers to.
pub fn hosts(listen: SocketAddr, more: &[String]) -> Vec<String> {
    let mut hosts = NAMES.map(str::to_owned).to_vec();
    let own = Some(listen.ip()).filter(|ip| !ip.is_unspecified()).map(|ip| ip.to_string());
    for host in own.iter().chain(more) {
        // An IPv6 address stands in brackets where a port may follow.
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if !hosts.iter().any(|known| known == host) {
            hosts.push(host.to_owned());
        }
    }
    hosts.sort_by_key(|host| host.parse::<IpAddr>().is_ok());
    hosts
}

impl Identity {
    /// The folder's, if it has these names and lasts; else a new one, kept if there is where.
    pub fn kept(
        folder: Option<&Path>,
        hosts: Vec<String>,
        now: u64,
    ) -> Result<Self, NoCredentials> {
        let kept = folder.and_then(|folder| std::fs::read(folder.join(FILE)).ok());
        // What cannot be read is not worth ending for: nothing but trust in it depends on it.
        let kept = kept.and_then(|text| serde_json::from_slice::<Self>(&text).ok());
        if let Some(kept) = kept.filter(|kept| kept.hosts == hosts && now < kept.until) {
            return Ok(kept);
        }
        let made = Self::new(hosts, now)?;
        if let Some(folder) = folder {
            let text = serde_json::to_vec_pretty(&made).map_err(NoCredentials::Unreadable)?;
            replace_private(folder, FILE, &text)?;
        }
        Ok(made)
    }

    /// Makes both keys and both certificates.
    pub fn new(hosts: Vec<String>, now: u64) -> Result<Self, NoCredentials> {
        let failed = |error: x509_cert::builder::Error| NoCredentials::Key(error.to_string());
        let mut keys = rsa_keys(2)?.into_iter();
        let (Some(signer), Some(key)) = (keys.next(), keys.next()) else {
            return Err(NoCredentials::Key("two keys are needed".to_owned()));
        };
        // Its number is in its name: two authorities that were trusted in turn are not mistaken.
        let common_name = format!("authority {}", dice::letters(8));
        let authority = issue(&signer, &common_name, dice::bytes(), now).map_err(failed)?;
        let signer = Authority { key: &signer, common_name: &common_name };
        let server = signer.issue_server(&key, &hosts, dice::bytes(), now).map_err(failed)?;
        Ok(Self {
            hosts,
            until: now + VALID_FOR_S,
            authority_pem: authority.pem,
            certificate_pem: server.pem,
            private_key_pem: private_pem(&key)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_the_usual_ones_and_what_was_asked_for_each_once() {
        let named = hosts("192.0.2.7:8789".parse().unwrap(), &["sandbox".into(), "[::1]".into()]);
        let usual = ["localhost", "api.mch.weixin.qq.com", "api2.mch.weixin.qq.com"];
        assert_eq!(named, [&usual[..], &["sandbox", "127.0.0.1", "::1", "192.0.2.7"]].concat());
        let anywhere = hosts("0.0.0.0:8789".parse().unwrap(), &[]);
        assert_eq!(anywhere, [&usual[..], &["127.0.0.1", "::1"]].concat());
    }

    #[test]
    fn a_folder_keeps_it_until_its_names_or_its_time_are_others() {
        let folder = std::env::temp_dir().join(format!("saoma-tls-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let kept = |hosts: &[&str], now| {
            let hosts = hosts.iter().map(|&host| host.to_owned()).collect();
            Identity::kept(Some(&folder), hosts, now).unwrap()
        };
        let first = kept(&["localhost"], 1_735_700_000);
        assert!(kept(&["localhost"], 1_735_700_001) == first);
        let other = kept(&["localhost", "sandbox"], 1_735_700_002);
        assert_ne!(other.authority_pem, first.authority_pem);
        let later = kept(&["localhost", "sandbox"], other.until);
        assert_ne!(later.certificate_pem, other.certificate_pem);
        std::fs::write(folder.join(FILE), "{").unwrap();
        assert!(kept(&["localhost", "sandbox"], 1_735_700_003) != later);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
