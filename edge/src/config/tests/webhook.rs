//! The shop's webhook: both of its variables or neither, and each mistake by its name.

use super::*;
use crate::webhook::{BadWebhookSecret, BadWebhookUrl};

/// Base64 of 24 bytes that nobody keeps secret.
const OLD: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const NEW: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const URL: (&str, &str) = ("WEBHOOK_URL", "https://tea.example.com/webhooks");
const SECRETS: (&str, &str) = ("WEBHOOK_SECRETS", OLD);

#[test]
fn a_shop_without_a_webhook_is_told_nothing() {
    assert!(only(parse(&[])).webhook.is_none());
}

#[test]
fn a_webhook_has_an_address_and_one_or_two_secrets() {
    let webhook = only(parse(&[URL, SECRETS])).webhook.unwrap();
    assert_eq!(webhook.url.as_str(), "https://tea.example.com/webhooks");
    assert_eq!(webhook.secrets.count(), 1);
    let both = format!("{NEW} {OLD}");
    let webhook = only(parse(&[URL, ("WEBHOOK_SECRETS", &both)])).webhook.unwrap();
    assert_eq!(webhook.secrets.count(), 2);
}

#[test]
fn one_without_the_other_is_an_oversight() {
    refused(&[URL], "WEBHOOK_SECRETS", Mistake::Missing);
    refused(&[SECRETS], "WEBHOOK_URL", Mistake::Missing);
}

#[test]
fn what_is_no_address_and_what_is_no_secret_is_named() {
    for (address, mistake) in [
        ("http://tea.example.com/", BadWebhookUrl::Scheme),
        ("http://127.0.0.1:3000/", BadWebhookUrl::Scheme),
        ("https://127.0.0.1/", BadWebhookUrl::Address),
        ("https://tea.internal/", BadWebhookUrl::NotPublic),
    ] {
        let changes = [("WEBHOOK_URL", address), SECRETS];
        refused(&changes, "WEBHOOK_URL", Mistake::WebhookUrl(mistake));
    }
    for (secrets, mistake) in [
        ("hunter2", BadWebhookSecret::Prefix),
        ("whsec_aHVudGVyMg==", BadWebhookSecret::Length { bytes: 7 }),
        (&[OLD, OLD].join(" "), BadWebhookSecret::Twice),
    ] {
        let changes = [URL, ("WEBHOOK_SECRETS", secrets)];
        refused(&changes, "WEBHOOK_SECRETS", Mistake::WebhookSecret(mistake));
        assert!(!problem(&parse(&changes).err().unwrap()).detail.contains("hunter"));
    }
}

#[test]
fn a_developers_worker_tells_a_developers_shop() {
    let own = ("PUBLIC_URL", "http://127.0.0.1:8787");
    let shop = ("WEBHOOK_URL", "http://localhost:3000/webhooks");
    let webhook = only(parse(&[own, shop, SECRETS])).webhook.unwrap();
    assert_eq!(webhook.url.as_str(), "http://localhost:3000/webhooks");
    let elsewhere = [own, ("WEBHOOK_URL", "http://192.168.0.7/"), SECRETS];
    refused(&elsewhere, "WEBHOOK_URL", Mistake::WebhookUrl(BadWebhookUrl::Scheme));
}

#[test]
fn two_shops_are_not_told_with_one_secret() {
    let with = |url: &'static str, secrets: &'static str| {
        let mut changes = acme();
        changes.extend([URL, SECRETS, ("ACME_TEA__WEBHOOK_URL", url)]);
        changes.push(("ACME_TEA__WEBHOOK_SECRETS", secrets));
        parse(&changes).err()
    };
    let other = "https://acme.example.com/webhooks";
    let mistake = Mistake::SharedSecret { profile: "default".to_owned() };
    let variable = "ACME_TEA__WEBHOOK_SECRETS".to_owned();
    assert_eq!(with(other, OLD), Some(vec![Misconfigured { variable, mistake }]));
    assert_eq!(with(other, NEW), None);
    assert_eq!(with(URL.1, OLD), None, "one endpoint of one shop with two merchant numbers");
}
