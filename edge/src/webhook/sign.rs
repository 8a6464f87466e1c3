//! The headers that make a letter a Standard Webhook.
//!
//! Signed is `id.timestamp.body`. The id is the event's and stays for ever, which is how a receiver
//! knows a repeat; the timestamp is that of this sending, which is how it knows a replay. Neither
//! holds a full stop, so nothing can be moved from one part into another.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use checkout::time::UnixSeconds;

use super::WebhookSecrets;

/// The headers of one sending at `now`, by the wall clock: receivers refuse what is five minutes off.
/// With two secrets there are two signatures, and either will do.
pub fn headers(
    secrets: &WebhookSecrets,
    id: &str,
    body: &[u8],
    now: UnixSeconds,
) -> [(&'static str, String); 5] {
    let timestamp = now.0.to_string();
    let parts = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body];
    let tags = secrets.tags(&parts).map(|tag| format!("v1,{}", STANDARD.encode(tag)));
    let signature = tags.collect::<Vec<_>>().join(" ");
    [
        ("content-type", "application/json".to_owned()),
        ("user-agent", USER_AGENT.to_owned()),
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", timestamp),
        ("webhook-signature", signature),
    ]
}

const USER_AGENT: &str = concat!("saoma/", env!("CARGO_PKG_VERSION"));

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector in the tests of the official libraries (`sign function works`, in
    /// libraries/javascript, python, go and others of standard-webhooks/standard-webhooks).
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const NOW: UnixSeconds = UnixSeconds(1_614_265_330);
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn signature(secrets: &str, id: &str, body: &[u8], now: UnixSeconds) -> String {
        let secrets = WebhookSecrets::parse(secrets).unwrap();
        let headers = headers(&secrets, id, body, now);
        headers.into_iter().find(|(name, _)| *name == "webhook-signature").unwrap().1
    }

    #[test]
    fn a_letter_is_signed_as_the_official_libraries_sign_it() {
        assert_eq!(signature(SECRET, ID, BODY, NOW), SIGNATURE);
        let secrets = WebhookSecrets::parse(SECRET).unwrap();
        let [kind, agent, id, timestamp, _] = headers(&secrets, ID, BODY, NOW);
        assert_eq!(kind, ("content-type", "application/json".to_owned()));
        assert_eq!(id, ("webhook-id", ID.to_owned()));
        assert_eq!(timestamp, ("webhook-timestamp", "1614265330".to_owned()));
        assert!(agent.1.starts_with("saoma/"), "{}", agent.1);
    }

    #[test]
    fn every_part_is_covered() {
        for changed in [
            signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx", ID, BODY, NOW),
            signature(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJel", BODY, NOW),
            signature(SECRET, ID, br#"{"test": 2432232315}"#, NOW),
            signature(SECRET, ID, BODY, UnixSeconds(NOW.0 + 1)),
        ] {
            assert_ne!(changed, SIGNATURE);
        }
    }

    #[test]
    fn while_one_secret_replaces_the_other_both_sign() {
        let other = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
        let alone = signature(other, ID, BODY, NOW);
        assert_ne!(alone, SIGNATURE);
        let both = signature(&format!("{SECRET} {other}"), ID, BODY, NOW);
        assert_eq!(both, format!("{SIGNATURE} {alone}"));
    }
}
