//! Which of the platform's keys are in force, and which of them signs what (protocol reference
//! A.5, A.6).
//!
//! Plain values, chosen by whoever drives the sandbox and kept with the credentials. A signer that
//! is named must be in force, so that nobody waits for a signature that cannot come; when a switch
//! takes it out of force, the usual one signs again.

use serde::{Deserialize, Serialize};

/// Which schemes the platform uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// The public key only; there is no certificate to download.
    PublicKey,
    /// Platform certificates only.
    Certificates,
    /// Both, as while a merchant moves over.
    #[default]
    Both,
}

/// Which key signs one kind of message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signer {
    /// Answers: the one that the request names. Notifications: the first one in force.
    #[default]
    Usual,
    /// Notifications: each try of one takes the next key in force.
    Mixed,
    /// This one.
    Key(String),
}

/// What is in force and who signs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// The schemes in use.
    pub mode: Mode,
    /// Who signs answers.
    pub answers: Signer,
    /// Who signs notifications.
    pub notifications: Signer,
}

/// One platform certificate with its private key, as `GET /sandbox/merchant` lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the field names are the platform's own (protocol reference)")]
pub struct PlatformCertificate {
    pub serial_no: String,
    pub certificate_pem: String,
    pub private_key_pem: String,
    pub effective_time: String,
    pub expire_time: String,
}

/// The serial numbers that could sign, before the mode has its say.
#[derive(Clone, Copy)]
pub struct Serials<'a> {
    /// `PUB_KEY_ID_…`.
    pub public_key: &'a str,
    /// Of the certificates, oldest first; at least one.
    pub certificates: &'a [PlatformCertificate],
}

impl<'a> Serials<'a> {
    /// Those in force; the one that usually signs notifications comes first.
    pub fn in_force(self, mode: Mode) -> Vec<&'a str> {
        let certificates = self.certificates.iter().map(|each| each.serial_no.as_str());
        match mode {
            Mode::PublicKey => vec![self.public_key],
            Mode::Certificates => certificates.collect(),
            Mode::Both => std::iter::once(self.public_key).chain(certificates).collect(),
        }
    }
}

impl Policy {
    /// Forgets named signers that are no longer in force.
    pub fn settle(&mut self, serials: Serials<'_>) {
        let in_force = serials.in_force(self.mode);
        for signer in [&mut self.answers, &mut self.notifications] {
            if matches!(signer, Signer::Key(serial) if !in_force.contains(&serial.as_str())) {
                *signer = Signer::Usual;
            }
        }
    }

    /// The serial number of the key that signs the answer to a request with this
    /// `Wechatpay-Serial`: the key it names, else the oldest certificate (A.6).
    pub fn signs_answer<'a>(&self, serials: Serials<'a>, wanted: Option<&str>) -> &'a str {
        let in_force = serials.in_force(self.mode);
        let named = match &self.answers {
            Signer::Key(serial) => Some(serial.as_str()),
            Signer::Usual | Signer::Mixed => wanted,
        };
        let named = in_force.iter().find(|serial| named == Some(**serial));
        let usual = in_force.iter().find(|serial| **serial != serials.public_key);
        named.or(usual).copied().unwrap_or(serials.public_key)
    }

    /// The serial number of the key that signs this try, counted from zero, of a notification.
    pub fn signs_notification<'a>(&self, serials: Serials<'a>, tries_before: usize) -> &'a str {
        let in_force = serials.in_force(self.mode);
        let chosen = match &self.notifications {
            Signer::Usual => in_force.first(),
            Signer::Mixed => in_force.get(tries_before % in_force.len().max(1)),
            Signer::Key(wanted) => in_force.iter().find(|serial| wanted == **serial),
        };
        chosen.or_else(|| in_force.first()).copied().unwrap_or(serials.public_key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLIC: &str = "PUB_KEY_ID_1";

    fn certificates(serials: &[&str]) -> Vec<PlatformCertificate> {
        let one = |serial: &&str| PlatformCertificate {
            serial_no: (*serial).to_owned(),
            certificate_pem: String::new(),
            private_key_pem: String::new(),
            effective_time: String::new(),
            expire_time: String::new(),
        };
        serials.iter().map(one).collect()
    }

    fn policy(mode: Mode) -> Policy {
        Policy { mode, ..Policy::default() }
    }

    #[test]
    fn answers_follow_the_request_within_what_is_in_force() {
        let certificates = certificates(&["OLD", "NEW"]);
        let serials = Serials { public_key: PUBLIC, certificates: &certificates };
        for (mode, wanted, signs) in [
            (Mode::Both, None, "OLD"),
            (Mode::Both, Some("NEW"), "NEW"),
            (Mode::Both, Some(PUBLIC), PUBLIC),
            (Mode::Both, Some("UNKNOWN"), "OLD"),
            (Mode::Certificates, Some(PUBLIC), "OLD"),
            (Mode::Certificates, Some("NEW"), "NEW"),
            (Mode::PublicKey, Some("NEW"), PUBLIC),
            (Mode::PublicKey, None, PUBLIC),
        ] {
            assert_eq!(policy(mode).signs_answer(serials, wanted), signs, "{mode:?} {wanted:?}");
        }
        let fixed = Policy { answers: Signer::Key("NEW".into()), ..Policy::default() };
        assert_eq!(fixed.signs_answer(serials, Some(PUBLIC)), "NEW");
    }

    #[test]
    fn notifications_follow_the_platform() {
        let certificates = certificates(&["OLD", "NEW"]);
        let serials = Serials { public_key: PUBLIC, certificates: &certificates };
        assert_eq!(policy(Mode::Both).signs_notification(serials, 3), PUBLIC);
        assert_eq!(policy(Mode::Certificates).signs_notification(serials, 3), "OLD");
        let mixed = Policy { notifications: Signer::Mixed, ..Policy::default() };
        let signers: Vec<_> = (0..4).map(|n| mixed.signs_notification(serials, n)).collect();
        assert_eq!(signers, [PUBLIC, "OLD", "NEW", PUBLIC]);
    }

    #[test]
    fn a_signer_that_goes_out_of_force_is_forgotten() {
        let certificates = certificates(&["NEW"]);
        let serials = Serials { public_key: PUBLIC, certificates: &certificates };
        let mut policy = Policy {
            mode: Mode::Certificates,
            answers: Signer::Key("NEW".into()),
            notifications: Signer::Key("OLD".into()),
        };
        policy.settle(serials);
        assert_eq!(policy.answers, Signer::Key("NEW".into()));
        assert_eq!(policy.notifications, Signer::Usual);
    }
}
