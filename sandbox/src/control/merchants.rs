//! `GET /sandbox/merchants` and `GET /sandbox/files/{name}`: every merchant with what its
//! configuration needs, as JSON or as the files that one would have from the merchant platform.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};

use super::guard::host_of;
use super::{Problem, respond};
use crate::merchant::{Account, Credentials};
use crate::world::World;

/// The files, as the merchant platform and its documents call them.
const FILES: [&str; 6] = [
    "apiclient_key.pem",
    "apiclient_cert.pem",
    "pub_key.pem",
    "platform_cert.pem",
    "env",
    TLS_AUTHORITY,
];

/// What a client must trust to come in by the TLS door.
const TLS_AUTHORITY: &str = "tls_ca.pem";

/// Whose file; the first direct merchant's if nobody is named.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Whose {
    mchid: Option<String>,
}

pub(super) async fn list(State(world): State<Arc<World>>) -> Response<Body> {
    respond(Ok(listed(&world.keyring().credentials)))
}

/// All merchants and the platform's own keys, in the form that `--merchants` reads.
pub fn listed(credentials: &Credentials) -> Value {
    let certificates = credentials.platform_certificates.iter().map(|each| {
        json!({
            "serial_no": each.serial_no,
            "certificate_pem": each.certificate_pem,
            "private_key_pem": each.private_key_pem,
        })
    });
    json!({
        "data": credentials.accounts(),
        "platform": {
            "public_key_id": credentials.platform_public_key_id,
            "public_key_pem": credentials.platform_public_key_pem,
            "private_key_pem": credentials.platform_private_key_pem,
            "certificates": certificates.collect::<Vec<_>>(),
        },
    })
}

pub(super) async fn file(
    State(world): State<Arc<World>>,
    Path(name): Path<String>,
    whose: Result<Query<Whose>, QueryRejection>,
    headers: HeaderMap,
) -> Response<Body> {
    let keyring = world.keyring();
    let content = whose
        .map_err(|error| Problem::bad_request(error.body_text()))
        .and_then(|Query(whose)| account(&keyring.credentials, whose.mchid.as_deref()))
        .and_then(|account| match name.as_str() {
            TLS_AUTHORITY => tls_authority(&world),
            name => content(name, &account, &keyring.credentials, &headers),
        });
    match content {
        Ok(content) => plain(&name, content),
        Err(problem) => respond(Err(problem)),
    }
}

fn account(credentials: &Credentials, mchid: Option<&str>) -> Result<Account, Problem> {
    let mchid = mchid.unwrap_or(&credentials.mchid);
    let all = credentials.accounts();
    let known = all.iter().map(|each| each.mchid.as_str()).collect::<Vec<_>>().join(", ");
    all.into_iter().find(|each| each.mchid == mchid).ok_or_else(|| {
        let words = format!("nobody here has this number; here are: {known}");
        Problem::new(StatusCode::NOT_FOUND, "unknown_merchant", words)
    })
}

fn tls_authority(world: &World) -> Result<String, Problem> {
    world.tls_authority_pem.clone().ok_or_else(|| {
        let words = "there is no TLS door; --tls-listen opens one";
        Problem::new(StatusCode::NOT_FOUND, "no_tls_door", words)
    })
}

fn content(
    name: &str,
    account: &Account,
    credentials: &Credentials,
    headers: &HeaderMap,
) -> Result<String, Problem> {
    Ok(match name {
        "apiclient_key.pem" => account.private_key_pem.clone().ok_or_else(|| {
            let words = "the merchants file has the certificate only: you have the key yourself";
            Problem::new(StatusCode::NOT_FOUND, "no_private_key", words)
        })?,
        "apiclient_cert.pem" => account.certificate_pem.clone(),
        "pub_key.pem" => credentials.platform_public_key_pem.clone(),
        "platform_cert.pem" => credentials.platform_certificate_pem.clone(),
        "env" => env(account, credentials, host_of(headers)),
        _ => {
            let words = format!("there is no such file; here are: {}", FILES.join(", "));
            return Err(Problem::new(StatusCode::NOT_FOUND, "unknown_file", words));
        }
    })
}

/// Lines that a shell reads: `eval "$(curl -s …/sandbox/files/env)"`.
pub fn env(account: &Account, credentials: &Credentials, host: &str) -> String {
    let sub = account.sub_merchants.first();
    let values = [
        ("BASE_URL", Some(format!("http://{host}"))),
        ("MCHID", Some(account.mchid.clone())),
        ("APPID", Some(account.appid.clone())),
        ("SUB_MCHID", sub.map(|sub| sub.sub_mchid.clone())),
        ("SUB_APPID", sub.map(|sub| sub.sub_appid.clone())),
        ("SERIAL_NO", Some(account.serial_no.clone())),
        ("PRIVATE_KEY", account.private_key_pem.clone()),
        ("CERTIFICATE", Some(account.certificate_pem.clone())),
        ("API_V3_KEY", Some(account.api_v3_key.clone())),
        ("API_V2_KEY", Some(account.api_v2_key.clone())),
        ("PUBLIC_KEY_ID", Some(credentials.platform_public_key_id.clone())),
        ("PUBLIC_KEY", Some(credentials.platform_public_key_pem.clone())),
        ("PLATFORM_SERIAL_NO", Some(credentials.platform_certificate_serial.clone())),
        ("PLATFORM_CERTIFICATE", Some(credentials.platform_certificate_pem.clone())),
    ];
    let lines = values.into_iter().filter_map(|(name, value)| Some((name, value?)));
    // In single quotes everything but a single quote stands for itself, also a line's end.
    lines
        .map(|(name, value)| {
            format!("export WECHATPAY_{name}='{}'\n", value.trim_end().replace('\'', "'\\''"))
        })
        .collect()
}

fn plain(name: &str, content: String) -> Response<Body> {
    let mut response = Response::new(Body::from(content));
    let kind = if name == "env" { "text/plain; charset=utf-8" } else { "application/x-pem-file" };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
