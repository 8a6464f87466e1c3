//! Posts a message somewhere and says what came of it.
//!
//! For https the authorities are this machine's own, so that a local one for development counts
//! too. A machine without any can still reach plain http on itself; https then fails with a
//! reason. Redirects are not followed.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::{Method, Request, header};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::{Client as Pool, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use tokio::time::Instant;

use crate::journal::{cut, headers_within, text};
use crate::letter::{ANSWER_BYTES_MAX, Answer};
use crate::notification::Outcome;

/// An answer's body is read to here, and at least this long after its status, so that the connection
/// can be used again.
const READ_BYTES_MAX: usize = 64 * 1_024;
const ANSWER_REST_WITHIN: Duration = Duration::from_secs(1);

/// A message ready to go.
pub struct Message {
    /// Where to.
    pub url: String,
    /// What the body is.
    pub content_type: &'static str,
    /// Besides that.
    pub headers: Vec<(&'static str, String)>,
    /// To the byte.
    pub body: Bytes,
}

/// What became of it.
pub struct Answered {
    /// The status, or why there is none.
    pub outcome: Outcome,
    /// The rest of the answer.
    pub answer: Option<Answer>,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
}

/// The connections to merchants and to the Worker.
pub struct Client(Pool<HttpsConnector<HttpConnector>, Full<Bytes>>);

impl Client {
    /// No connection yet.
    pub fn new() -> Result<Self, rustls::Error> {
        let mut authorities = RootCertStore::empty();
        // What cannot be read is not trusted, which shows when it is needed.
        authorities.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let tls = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(authorities)
            .with_no_client_auth();
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .build();
        Ok(Self(Pool::builder(TokioExecutor::new()).build(connector)))
    }

    /// Posts, and waits for the answer no longer than `within`: for its status, and for its body,
    /// which counts over V2. Who comes with the status at the last moment has a second more.
    pub async fn post(&self, message: &Message, within: Duration) -> Answered {
        // Not the time of day: only how long the other side took.
        let began = Instant::now();
        let (outcome, answer) = self.exchange(message, within).await;
        let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        Answered { outcome, answer, took_ms }
    }

    async fn exchange(&self, message: &Message, within: Duration) -> (Outcome, Option<Answer>) {
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(&message.url)
            .header(header::CONTENT_TYPE, message.content_type);
        for (name, value) in &message.headers {
            request = request.header(*name, value);
        }
        let request = match request.body(Full::from(message.body.clone())) {
            Ok(request) => request,
            Err(error) => return (Outcome::Error(error.to_string()), None),
        };
        let until = Instant::now() + within;
        match tokio::time::timeout_at(until, self.0.request(request)).await {
            Ok(Ok(response)) => {
                let (head, body) = response.into_parts();
                let mut kept = Vec::new();
                let until = until.max(Instant::now() + ANSWER_REST_WITHIN);
                let _ = tokio::time::timeout_at(until, read(body, &mut kept)).await;
                let headers = headers_within(ANSWER_BYTES_MAX, &head.headers);
                let body = text(cut(&kept, ANSWER_BYTES_MAX));
                (Outcome::Status(head.status.as_u16()), Some(Answer { headers, body }))
            }
            Ok(Err(error)) => (Outcome::Error(causes(&error)), None),
            Err(_) => {
                let words = format!("no answer within {} s", within.as_secs());
                (Outcome::Error(words), None)
            }
        }
    }
}

/// Reads to the end or to the bound. What has come is kept even if the rest does not.
async fn read(mut body: Incoming, kept: &mut Vec<u8>) {
    let mut bytes = 0;
    while bytes <= READ_BYTES_MAX {
        let Some(Ok(frame)) = body.frame().await else { return };
        if let Ok(data) = frame.into_data() {
            bytes += data.len();
            kept.extend_from_slice(cut(&data, ANSWER_BYTES_MAX.saturating_sub(kept.len())));
        }
    }
}

/// An error with what lies under it: "client error (Connect)" alone helps nobody.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
