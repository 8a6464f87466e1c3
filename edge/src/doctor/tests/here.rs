//! What is seen without asking anybody: variables, dates, the shape of an address, and how a finding
//! is written.

use checkout::time::{Seconds, UnixSeconds};
use wechatpay::key::{BadKey, Material};

use super::{NOW, is};
use crate::config::{Misconfigured, Mistake, Told};
use crate::doctor::*;
use crate::limits::Rate;
use crate::origin::Origin;
use crate::webhook::{
    BadWebhookSecret, BadWebhookUrl, Network, Webhook, WebhookSecrets, WebhookUrl,
};

const CERTIFICATE: &str = include_str!("../../config/fixtures/merchant_certificate.pem");

#[test]
fn a_mistake_of_the_configuration_says_how_to_mend_it() {
    let wrong_kind =
        BadKey::WrongKind { expected: Material::PrivateKey, given: Material::PublicKey };
    for (mistake, mend) in [
        (Mistake::Missing, "docs/go-live.md"),
        (Mistake::Key(BadKey::ApiV3KeyLength { bytes: 31 }), "APIv3密钥"),
        (Mistake::Key(wrong_kind), "apiclient_key.pem"),
        (Mistake::Key(BadKey::NotOfThisCertificate), "one and the same download"),
        (Mistake::OwnCertificate, "PLATFORM_CERTIFICATES"),
        (Mistake::Insecure, "https"),
        (Mistake::WebhookUrl(BadWebhookUrl::Address), "public name"),
        (Mistake::WebhookSecret(BadWebhookSecret::Prefix), "echo whsec_$(openssl rand -base64 32)"),
    ] {
        let wrong = Misconfigured { variable: "ACME__X".to_owned(), mistake };
        let findings = mistakes(&[wrong]);
        is(&findings[0], State::Wrong, Some("ACME__X"), "ACME__X: ");
        assert!(findings[0].mend.as_deref().unwrap().contains(mend), "{findings:?}");
    }
}

#[test]
fn where_the_shop_is_told_is_shown_without_what_it_is_told_with() {
    let (old, new) =
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD");
    is(&webhook(None), State::Skipped, None, "WEBHOOK_URL is not set");
    for (secrets, words) in [
        (old.to_owned(), "events go to tea.example.com, signed with one secret"),
        (format!("{old} {new}"), "events go to tea.example.com, signed with two secrets"),
    ] {
        let url = WebhookUrl::parse("https://tea.example.com/token", Network::Public).unwrap();
        let secrets = WebhookSecrets::parse(&secrets).unwrap();
        let finding = webhook(Some(&Webhook { url, secrets }));
        is(&finding, State::Ok, Some("WEBHOOK_URL"), words);
        assert!(!format!("{finding:?}").contains("token"), "{finding:?}");
    }
}

#[test]
fn a_rate_without_a_binding_is_named() {
    is(&rate_limits(&[]), State::Ok, None, "whoever asks too often");
    let finding = rate_limits(&[Rate::Page, Rate::Notify]);
    is(&finding, State::Warning, None, "without a binding");
    assert!(finding.words.ends_with("nobody is limited: PAGE_RATE, NOTIFY_RATE"), "{finding:?}");
    assert!(finding.mend.unwrap().contains("[[ratelimits]]"));
}

#[test]
fn certificates_are_spoken_of_before_they_end() {
    // `openssl x509 -noout -dates` of the fixture: 2026-11-21 and 2036-11-18, 09:05:55 GMT.
    let (begin, end) = (UnixSeconds(1_795_251_955), UnixSeconds(2_110_611_955));
    for (now, state, words) in [
        (begin + Seconds(-1), State::Wrong, "only"),
        (begin, State::Ok, "fits the private key"),
        (end + Seconds::days(-31), State::Ok, "good until"),
        (end + Seconds::days(-29), State::Warning, "ends at"),
        (end + Seconds(1), State::Wrong, "expired at"),
    ] {
        let lookup = |name: &str| (name == "MERCHANT_CERTIFICATE").then(|| CERTIFICATE.to_owned());
        let found = certificates(lookup, now);
        is(&found[0], state, Some("MERCHANT_CERTIFICATE"), words);
        assert_eq!(found.len(), 1);
    }
    is(&certificates(|_| None, NOW)[0], State::Skipped, None, "not given");
}

#[test]
fn only_an_address_that_the_internet_finds_will_do() {
    let platform = Origin::parse("https://api.mch.weixin.qq.com").unwrap();
    let sandbox = Origin::parse("http://127.0.0.1:8788").unwrap();
    let look = |public: &str, platform: &Origin| {
        let public = Origin::parse(public).unwrap();
        let url = crate::config::notify_url(
            &public,
            &ProfileName::default(),
            crate::api::Api::V3,
            Told::Transactions,
        );
        notify_address(&url, &public, platform)
    };
    for good in ["https://pay.example.com", "https://8.8.8.8", "https://[2606:4700::1]"] {
        is(&look(good, &platform), State::Ok, Some("PUBLIC_URL"), "https");
    }
    is(&look("http://localhost:8787", &sandbox), State::Ok, Some("PUBLIC_URL"), "this machine");
    is(&look("https://a.b.workers.dev", &platform), State::Warning, Some("PUBLIC_URL"), "China");
    let long = format!("https://{}.example", "a".repeat(230));
    for (bad, words) in [
        ("http://localhost:8787", "this machine"),
        ("https://127.0.0.1", "this machine"),
        ("http://pay.example", "not https"),
        ("https://192.168.0.7", "private network"),
        ("https://10.0.0.1:8443", "private network"),
        ("https://169.254.1.1", "private network"),
        ("https://[fd00::1]", "private network"),
        ("https://pay", "private network"),
        ("https://pay.internal", "private network"),
        (&long, "more than 255"),
    ] {
        is(&look(bad, &platform), State::Wrong, Some("PUBLIC_URL"), words);
    }
}

#[test]
fn a_finding_of_a_profile_has_its_prefix() {
    let acme = ProfileName::parse("acme-tea").unwrap();
    let finding = Finding::wrong(Check::Order, "w", "m").because_of("APPID").of(&acme);
    let json = serde_json::to_string(&finding).unwrap();
    let expected = r#"{"check":"order","profile":"acme-tea","state":"wrong","variable":"ACME_TEA__APPID","words":"w","mend":"m"}"#;
    assert_eq!(json, expected);
    let plain = Finding::ok(Check::ApiV3Key, "w").of(&ProfileName::default());
    assert_eq!(
        serde_json::to_string(&plain).unwrap(),
        r#"{"check":"api_v3_key","profile":"default","state":"ok","words":"w"}"#
    );
    assert!(!Examination::of(vec![finding.clone()], Vec::new()).healthy);
    assert!(Examination::of(vec![plain, not_tried()], Vec::new()).healthy);
}

#[test]
fn an_unknown_number_is_a_number_and_none_of_ours() {
    let number = unknown_number([0xab; 16]);
    assert_eq!(number, format!("doctor0{}", "ab".repeat(13).get(..25).unwrap()));
    assert_eq!(number.len(), 32);
    assert!(checkout::id::OutTradeNo::parse(&number).is_err());
}
