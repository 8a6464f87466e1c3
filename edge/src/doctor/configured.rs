//! What can be seen without asking anybody: the variables, and the dates of certificates.

use checkout::time::{Seconds, UnixSeconds};
use wechatpay::key::{BadKey, Certificate};
use wechatpay::moment::rfc3339;

use super::finding::{Check, Finding};
use crate::catalogue::BadCatalogue;
use crate::config::{Misconfigured, Mistake};
use crate::index::NoIndex;
use crate::limits::Rate;
use crate::webhook::Webhook;

/// How long before its end a certificate is spoken of. The merchant platform lets one be renewed at
/// any time, and its own first reminder comes later.
const ENDS_SOON: Seconds = Seconds::days(30);

/// Every mistake of the configuration.
pub fn mistakes(wrong: &[Misconfigured]) -> Vec<Finding> {
    wrong
        .iter()
        .map(|Misconfigured { variable, mistake }| {
            let words = format!("{variable}: {mistake}");
            Finding::wrong(Check::Configuration, words, mend(mistake)).because_of(variable.clone())
        })
        .collect()
}

/// Whether the rates that keep floods away are bound.
pub fn rate_limits(unbound: &[Rate]) -> Finding {
    if unbound.is_empty() {
        return Finding::ok(Check::RateLimits, "whoever asks too often is turned away");
    }
    let names: Vec<&str> = unbound.iter().map(|rate| rate.binding()).collect();
    let words = format!("without a binding, so that nobody is limited: {}", names.join(", "));
    let mend = "take the [[ratelimits]] of edge/wrangler.toml into the configuration";
    Finding::warning(Check::RateLimits, words, mend)
}

/// Where the right value comes from.
fn mend(mistake: &Mistake) -> &'static str {
    match mistake {
        Mistake::Missing => "set it; docs/go-live.md says where its value comes from",
        Mistake::Key(BadKey::NotOfThisCertificate) => {
            "take apiclient_key.pem and apiclient_cert.pem from one and the same download"
        }
        Mistake::Key(BadKey::ApiV3KeyLength { .. } | BadKey::ApiV3KeyCharacters) => {
            "set the 32 letters and digits of 账户中心 → API安全 → APIv3密钥; nobody can read them \
             there again, so set new ones if they are lost"
        }
        Mistake::Key(BadKey::WrongKind { .. }) => {
            "the file names tell them apart: apiclient_key.pem is the merchant's private key, \
             apiclient_cert.pem its certificate, pub_key.pem the platform's public key"
        }
        Mistake::Key(_) => "paste the whole file again, from BEGIN to END",
        Mistake::OtherSerial { .. } => {
            "leave MERCHANT_SERIAL out: the certificate brings its serial"
        }
        Mistake::OwnCertificate => {
            "leave PLATFORM_CERTIFICATES out, or set the certificates that WeChat Pay gave"
        }
        Mistake::Insecure => "give the https address",
        Mistake::Origin(_) | Mistake::Listed { .. } => {
            "give scheme and host only, such as https://pay.example.com"
        }
        Mistake::Weak(_) | Mistake::SharedKey { .. } => {
            "draw a fresh one, such as by: openssl rand -base64 32"
        }
        Mistake::WebhookUrl(_) => "give the https address of the shop's endpoint, by a public name",
        Mistake::WebhookSecret(_) | Mistake::SharedSecret { .. } => {
            "draw a fresh one: echo whsec_$(openssl rand -base64 32)"
        }
        Mistake::Catalogue(BadCatalogue::Json(_)) | Mistake::SubMerchants(_) => {
            "compare it with the example in edge/wrangler.toml"
        }
        _ => "mend its value; edge/wrangler.toml has an example",
    }
}

/// Whether lists can be had. Orders are placed and paid without them, but nobody finds one whose id
/// they do not know, and the day's bill is compared with what the index proposes.
pub fn index(examined: Result<(), NoIndex>) -> Finding {
    let (words, mend) = match examined {
        Ok(()) => return Finding::ok(Check::Index, "the database INDEX answers"),
        Err(NoIndex::Missing) => (
            "no D1 database is bound as INDEX: nothing can be listed, reconciled or purged",
            "keep [[d1_databases]] in edge/wrangler.toml, and deploy again",
        ),
        Err(NoIndex::Silent) => ("the database INDEX does not answer in time", LATER),
        Err(NoIndex::Failed) => ("the database INDEX fails; the log has its words", LATER),
    };
    Finding::wrong(Check::Index, words, mend)
}

const LATER: &str = "what was missed is caught up by itself; if it stays, look at D1 in Cloudflare's \
                     dashboard";

/// How long the certificates are good that an operator has configured: the merchant's, if it is
/// given, and the platform's. `lookup` finds a profile's variable by its name without a prefix.
pub fn certificates(lookup: impl Fn(&str) -> Option<String>, now: UnixSeconds) -> Vec<Finding> {
    let read = |variable| {
        let text = lookup(variable).unwrap_or_default();
        Certificate::parse_all(&text).unwrap_or_default()
    };
    let mut findings = Vec::new();
    if read("MERCHANT_CERTIFICATE").is_empty() {
        let words = "MERCHANT_CERTIFICATE is not given, so nobody sees whether MERCHANT_SERIAL and \
                     the private key belong to it, or when it ends";
        findings.push(Finding::skipped(Check::MerchantCertificate, words));
    }
    for variable in ["MERCHANT_CERTIFICATE", "MERCHANT_CERTIFICATE_NEXT"] {
        for certificate in read(variable) {
            findings.push(merchants(&certificate, now).because_of(variable));
        }
    }
    for certificate in read("PLATFORM_CERTIFICATES") {
        findings.push(platforms(&certificate, now).because_of("PLATFORM_CERTIFICATES"));
    }
    findings
}

/// Where the shop is told what happens. Nothing is sent: an event that never was would be a lie.
pub fn webhook(webhook: Option<&Webhook>) -> Finding {
    let check = Check::Webhook;
    let Some(Webhook { url, secrets }) = webhook else {
        let words = "WEBHOOK_URL is not set: the shop is told nothing and has to ask";
        return Finding::skipped(check, words);
    };
    let signed = match secrets.count() {
        1 => "signed with one secret",
        _ => "signed with two secrets, of which the shop needs either",
    };
    let words = format!("events go to {}, {signed}", url.host());
    Finding::ok(check, words).because_of("WEBHOOK_URL")
}

fn merchants(certificate: &Certificate, now: UnixSeconds) -> Finding {
    let check = Check::MerchantCertificate;
    let (serial, end) = (&certificate.serial, rfc3339(certificate.not_after));
    let mend = "apply for a new one (账户中心 → API安全 → 商户API证书), set MERCHANT_CERTIFICATE and \
                MERCHANT_PRIVATE_KEY together";
    if now < certificate.not_before {
        let begins = rfc3339(certificate.not_before);
        let words = format!("the merchant's certificate {serial} is good from {begins} only");
        return Finding::wrong(check, words, "compare the dates; is the clock right?");
    }
    if now > certificate.not_after {
        let words = format!("the merchant's certificate {serial} expired at {end}");
        return Finding::wrong(check, words, mend);
    }
    if now + ENDS_SOON > certificate.not_after {
        let words = format!("the merchant's certificate {serial} ends at {end}");
        return Finding::warning(check, words, mend);
    }
    Finding::ok(check, format!("certificate {serial} fits the private key and is good until {end}"))
}

fn platforms(certificate: &Certificate, now: UnixSeconds) -> Finding {
    let check = Check::PlatformCertificate;
    let (serial, end) = (&certificate.serial, rfc3339(certificate.not_after));
    let mend = "set the current certificates, or move to the platform's public key \
                (PLATFORM_PUBLIC_KEY_ID and PLATFORM_PUBLIC_KEY)";
    if now < certificate.not_before {
        let begins = rfc3339(certificate.not_before);
        let words = format!("the platform certificate {serial} is good from {begins} only");
        return Finding::warning(check, words, "keep the one before it until then");
    }
    if now > certificate.not_after {
        let words = format!("the platform certificate {serial} expired at {end}");
        return Finding::wrong(check, words, mend);
    }
    if now + ENDS_SOON > certificate.not_after {
        let words = format!("the platform certificate {serial} ends at {end}");
        return Finding::warning(check, words, mend);
    }
    Finding::ok(check, format!("the platform certificate {serial} is good until {end}"))
}
