//! `call`: a merchant's call from a shell, signed and verified.

use std::io::Write;
use std::path::Path;

use axum::http::{HeaderMap, Method};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sandbox::dice;
use sandbox::keys::{reply_message, request_message};
use sandbox::merchant::{Account, Kind};
use sandbox::world::wall_now;
use serde::Deserialize;
use wechatpay::key::{Certificate, private_key_der, public_key_der};
use wechatpay::rustcrypto::{PrivateKey, PublicKey};

use super::failure::Failure;
use super::options::Call;
use super::wire::{Answer, Question, ask};

/// What `GET /sandbox/merchants` answers.
#[derive(Deserialize)]
struct Listed {
    data: Vec<Account>,
    platform: Platform,
}

#[derive(Deserialize)]
struct Platform {
    public_key_id: String,
    public_key_pem: String,
    certificates: Vec<PlatformCertificate>,
}

#[derive(Deserialize)]
struct PlatformCertificate {
    serial_no: String,
    certificate_pem: String,
}

/// Signs, sends, verifies and prints.
pub(crate) async fn call(options: Call) -> Result<(), Failure> {
    let Listed { data, platform } = listed(&options.at.url).await?;
    let account = caller(&data, &options)?;
    let target = filled(&options.target, account);
    if !target.starts_with('/') {
        return Err(Failure::Call(format!(
            "{target:?}: a path begins with /, as /v3/certificates"
        )));
    }
    let body = filled(&body(&options.body)?, account);
    let method = options.method.to_ascii_uppercase();
    let serial = options.serial.as_deref().unwrap_or(&platform.public_key_id);
    let key = private_key(account, options.key.as_deref())?;
    let mut headers = vec![
        ("Authorization", authorization(account, &key, (&method, &target), &body)?),
        ("Accept", "application/json".to_owned()),
        ("User-Agent", concat!("saoma-sandbox/", env!("CARGO_PKG_VERSION")).to_owned()),
        ("Wechatpay-Serial", serial.to_owned()),
    ];
    if !body.is_empty() {
        headers.push(("Content-Type", "application/json".to_owned()));
    }
    show_question(&method, &target, &headers, &body);
    let method = Method::from_bytes(method.as_bytes())
        .map_err(|_| Failure::Call(format!("{method:?} is no HTTP method")))?;
    let question =
        Question { method, base: &options.at.url, target: &target, headers: &headers, body };
    let answer = ask(question).await?;
    let verdict = platform.verdict(&answer);
    show_answer(&answer, &verdict);
    judged(&answer, verdict)
}

/// A refusal comes first: many carry no signature, and what is wrong then is not the signature.
fn judged(answer: &Answer, verdict: Result<String, String>) -> Result<(), Failure> {
    let words = match (answer.status.is_success(), verdict) {
        (true, Ok(_)) => return Ok(()),
        (true, Err(words)) => format!("the answer's signature: {words}"),
        (false, Ok(_)) => format!("the call was refused: {}", answer.status),
        (false, Err(words)) => {
            format!("the call was refused: {} (its signature: {words})", answer.status)
        }
    };
    Err(Failure::Call(words))
}

async fn listed(base: &str) -> Result<Listed, Failure> {
    let question = Question {
        method: Method::GET,
        base,
        target: "/sandbox/merchants",
        headers: &[],
        body: String::new(),
    };
    let answer = ask(question).await?;
    serde_json::from_slice(&answer.body).map_err(|error| {
        let said = String::from_utf8_lossy(&answer.body);
        Failure::Call(format!("{base} does not answer as a sandbox ({error}): {}", said.trim()))
    })
}

fn caller<'a>(all: &'a [Account], options: &Call) -> Result<&'a Account, Failure> {
    let wanted = |account: &&Account| match &options.mchid {
        Some(mchid) => account.mchid == *mchid,
        None if options.target.contains("/partner/") => account.kind == Kind::Partner,
        None => account.kind == Kind::Direct,
    };
    all.iter().find(wanted).ok_or_else(|| {
        let known = all.iter().map(|each| each.mchid.as_str()).collect::<Vec<_>>().join(", ");
        Failure::Call(format!("no such merchant in this sandbox; here are: {known}"))
    })
}

/// The merchant's own numbers in the place of their names.
fn filled(text: &str, account: &Account) -> String {
    let sub = account.sub_merchants.first();
    let (sub_mchid, sub_appid) =
        sub.map(|sub| (sub.sub_mchid.as_str(), sub.sub_appid.as_str())).unwrap_or_default();
    text.replace("{mchid}", &account.mchid)
        .replace("{appid}", &account.appid)
        .replace("{sub_mchid}", sub_mchid)
        .replace("{sub_appid}", sub_appid)
}

fn body(given: &str) -> Result<String, Failure> {
    let read = match given.strip_prefix('@') {
        None => return Ok(given.to_owned()),
        Some("-") => std::io::read_to_string(std::io::stdin()),
        Some(file) => std::fs::read_to_string(file),
    };
    read.map_err(|error| Failure::Call(format!("--body {given}: {error}")))
}

fn private_key(account: &Account, file: Option<&Path>) -> Result<PrivateKey, Failure> {
    let pem = match (file, &account.private_key_pem) {
        (Some(file), _) => std::fs::read_to_string(file)
            .map_err(|error| Failure::Call(format!("--key {}: {error}", file.display())))?,
        (None, Some(pem)) => pem.clone(),
        (None, None) => {
            let words = "the sandbox has this merchant's certificate only: give its private key \
                         with --key FILE";
            return Err(Failure::Call(words.to_owned()));
        }
    };
    private_key_der(&pem)
        .and_then(|der| PrivateKey::from_pkcs8_der(&der))
        .map_err(|bad| Failure::Call(format!("the merchant's private key: {bad}")))
}

fn authorization(
    account: &Account,
    key: &PrivateKey,
    (method, target): (&str, &str),
    body: &str,
) -> Result<String, Failure> {
    let (timestamp, nonce) = (wall_now().to_string(), dice::letters(32));
    let message = request_message(method, target, &timestamp, &nonce, body.as_bytes());
    let signature = key
        .sign(&message)
        .map_err(|_| Failure::Call("the private key does not sign".to_owned()))?;
    let (mchid, serial_no) = (&account.mchid, &account.serial_no);
    let signature = BASE64_STANDARD.encode(signature);
    Ok(format!(
        "WECHATPAY2-SHA256-RSA2048 mchid=\"{mchid}\",nonce_str=\"{nonce}\",\
         signature=\"{signature}\",timestamp=\"{timestamp}\",serial_no=\"{serial_no}\""
    ))
}

impl Platform {
    /// Whose good signature the answer carries, or why it carries none.
    fn verdict(&self, answer: &Answer) -> Result<String, String> {
        let serial = header(&answer.headers, "Wechatpay-Serial").ok_or("there is none")?;
        let [timestamp, nonce, signature] = ["Timestamp", "Nonce", "Signature"]
            .map(|name| header(&answer.headers, &format!("Wechatpay-{name}")).unwrap_or_default());
        let key = self.key(serial)?;
        let message = reply_message(timestamp, nonce, &answer.body);
        let good = BASE64_STANDARD
            .decode(signature)
            .is_ok_and(|signature| key.verify(&message, &signature));
        if good { Ok(serial.to_owned()) } else { Err(format!("it is not {serial}'s")) }
    }

    fn key(&self, serial: &str) -> Result<PublicKey, String> {
        let certificate = || self.certificates.iter().find(|each| each.serial_no == serial);
        let spki = if serial == self.public_key_id {
            public_key_der(&self.public_key_pem)
        } else if let Some(certificate) = certificate() {
            Certificate::parse(&certificate.certificate_pem).map(|read| read.spki_der)
        } else {
            return Err(format!("the platform has no key {serial}"));
        };
        spki.and_then(|der| PublicKey::from_spki_der(&der)).map_err(|bad| bad.to_string())
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

#[expect(clippy::print_stderr, reason = "standard output is for the answer's body alone")]
fn show_question(method: &str, target: &str, headers: &[(&str, String)], body: &str) {
    eprintln!("> {method} {target}");
    headers.iter().for_each(|(name, value)| eprintln!("> {name}: {value}"));
    body.lines().for_each(|line| eprintln!("> {line}"));
}

#[expect(clippy::print_stderr, reason = "standard output is for the answer's body alone")]
fn show_answer(answer: &Answer, verdict: &Result<String, String>) {
    eprintln!("< {}", answer.status);
    for (name, value) in &answer.headers {
        eprintln!("< {name}: {}", value.to_str().unwrap_or("…"));
    }
    if let Ok(serial) = verdict {
        eprintln!("  rightly signed by {serial}");
    }
    // Nobody may be listening any more, which is no reason to fail.
    let mut out = std::io::stdout();
    let _ = out.write_all(&answer.body).and_then(|()| out.write_all(b"\n"));
}
