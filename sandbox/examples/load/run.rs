//! Sends all shots and says what came of them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256};
use axum::body::Bytes;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{HeaderMap, Request};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::Instant;
use wechatpay::key::public_key_der;

use crate::shots::{PATH, Shot, field, sign_all};

/// However slow the other side is, it ends here.
const ENDS_WITHIN: Duration = Duration::from_secs(240);

/// Of so many replies one is kept, and its signature verified once all is over.
const ONE_KEPT_OF: usize = 50;

/// What to do.
pub(crate) struct Plan {
    pub(crate) url: String,
    pub(crate) orders: usize,
    pub(crate) connections: usize,
    /// Orders a second; as fast as they are answered without it.
    pub(crate) rate: Option<f64>,
}

/// Why nothing was measured.
pub(crate) struct Failed(pub(crate) String);

impl Failed {
    pub(crate) fn of(error: impl fmt::Display) -> Self {
        Self(error.to_string())
    }
}

impl fmt::Debug for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What one connection saw.
#[derive(Default)]
struct Seen {
    took: Vec<Duration>,
    statuses: BTreeMap<u16, usize>,
    kept: Vec<(HeaderMap, Bytes)>,
}

struct Run {
    address: String,
    serial: String,
    shots: Vec<Shot>,
    next: AtomicUsize,
    began: Instant,
    apart: Option<Duration>,
}

/// Places the orders: `{"orders","per_second","statuses","p50_ms","p99_ms","verified"}`.
pub(crate) async fn report(plan: Plan) -> Result<Value, Failed> {
    let address = plan.url.trim_start_matches("http://").trim_end_matches('/').to_owned();
    let merchant = merchant(&address).await?;
    let serial = field(&merchant, "platform_public_key_id")?.to_owned();
    let key = public_key_der(field(&merchant, "platform_public_key_pem")?).map_err(Failed::of)?;
    let key = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key).map_err(Failed::of)?;
    let orders = plan.orders;
    let signing = tokio::task::spawn_blocking(move || sign_all(&merchant, orders));
    let shots = signing.await.map_err(Failed::of)??;
    let apart = plan.rate.map(|rate| Duration::from_secs_f64(rate.recip()));
    let next = AtomicUsize::new(0);
    let run = Arc::new(Run { address, serial, shots, next, began: Instant::now(), apart });
    let running: Vec<_> = (0..plan.connections.max(1))
        .map(|_| tokio::spawn(one_connection(Arc::clone(&run))))
        .collect();
    let mut all = Seen::default();
    let ended = tokio::time::timeout(ENDS_WITHIN, async {
        for connection in running {
            let seen = connection.await.map_err(Failed::of)??;
            all.took.extend(seen.took);
            all.kept.extend(seen.kept);
            for (status, count) in seen.statuses {
                *all.statuses.entry(status).or_default() += count;
            }
        }
        Ok::<_, Failed>(())
    });
    ended.await.map_err(|_| Failed("it took too long".into()))??;
    Ok(summary(all, run.began.elapsed(), &key))
}

fn summary(mut all: Seen, elapsed: Duration, key: &ParsedPublicKey) -> Value {
    all.took.sort_unstable();
    let at = |percent: usize| {
        let index = all.took.len().saturating_sub(1) * percent / 100;
        all.took.get(index).map(|took| took.as_secs_f64() * 1_000.0)
    };
    let orders = u32::try_from(all.took.len()).unwrap_or(u32::MAX);
    let genuine = all.kept.iter().filter(|(headers, body)| is_genuine(key, headers, body)).count();
    json!({
        "orders": orders,
        "seconds": elapsed.as_secs_f64(),
        "per_second": f64::from(orders) / elapsed.as_secs_f64(),
        "statuses": all.statuses,
        "p50_ms": at(50),
        "p99_ms": at(99),
        "kept": all.kept.len(),
        "verified": genuine,
    })
}

fn is_genuine(key: &ParsedPublicKey, headers: &HeaderMap, body: &Bytes) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let (Some(timestamp), Some(nonce), Some(signature)) =
        (text("wechatpay-timestamp"), text("wechatpay-nonce"), text("wechatpay-signature"))
    else {
        return false;
    };
    let message = [format!("{timestamp}\n{nonce}\n").as_bytes(), &body[..], b"\n"].concat();
    let signature = BASE64_STANDARD.decode(signature).unwrap_or_default();
    key.verify_sig(&message, &signature).is_ok() && body.starts_with(b"{\"code_url\":")
}

async fn one_connection(run: Arc<Run>) -> Result<Seen, Failed> {
    let mut sender = connect(&run.address).await?;
    let mut seen = Seen::default();
    loop {
        let index = run.next.fetch_add(1, Ordering::Relaxed);
        let Some(shot) = run.shots.get(index) else { return Ok(seen) };
        let moment = match run.apart {
            // Counted from the schedule: an order that had to wait for a free connection waited.
            Some(apart) => {
                let moment = run.began + apart * u32::try_from(index).unwrap_or(u32::MAX);
                tokio::time::sleep_until(moment).await;
                moment
            }
            None => Instant::now(),
        };
        let request = Request::post(PATH)
            .header("host", &run.address)
            .header("authorization", &shot.authorization)
            .header("wechatpay-serial", &run.serial)
            .header("content-type", "application/json")
            .header("accept", "application/json")
            .header("user-agent", "saoma-load")
            .body(Full::from(shot.body.clone()))
            .map_err(Failed::of)?;
        sender.ready().await.map_err(Failed::of)?;
        let (parts, body) = sender.send_request(request).await.map_err(Failed::of)?.into_parts();
        let body = body.collect().await.map_err(Failed::of)?.to_bytes();
        seen.took.push(moment.elapsed());
        *seen.statuses.entry(parts.status.as_u16()).or_default() += 1;
        if index.is_multiple_of(ONE_KEPT_OF) {
            seen.kept.push((parts.headers, body));
        }
    }
}

async fn connect(address: &str) -> Result<SendRequest<Full<Bytes>>, Failed> {
    let stream = TcpStream::connect(address).await.map_err(Failed::of)?;
    stream.set_nodelay(true).map_err(Failed::of)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(Failed::of)?;
    tokio::spawn(async move { connection.await.is_ok() });
    Ok(sender)
}

async fn merchant(address: &str) -> Result<Value, Failed> {
    let request = Request::get("/sandbox/merchant").header("host", address);
    let request = request.body(Full::default()).map_err(Failed::of)?;
    let reply = connect(address).await?.send_request(request).await.map_err(Failed::of)?;
    let body = reply.into_body().collect().await.map_err(Failed::of)?.to_bytes();
    serde_json::from_slice(&body).map_err(Failed::of)
}
