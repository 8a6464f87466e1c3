//! Orders, each a request that is signed already.

use std::io::Write;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use wechatpay::key::private_key_der;

use crate::run::Failed;

/// Where orders are placed.
pub(crate) const PATH: &str = "/v3/pay/transactions/native";

/// One request.
pub(crate) struct Shot {
    pub(crate) authorization: String,
    pub(crate) body: String,
}

/// Signs `count` orders of the merchant that `credentials` describes, on every processor.
pub(crate) fn sign_all(credentials: &Value, count: usize) -> Result<Vec<Shot>, Failed> {
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let (now, done) = (seconds_since_1970(), AtomicUsize::new(0));
    let signer = &Signer::of(credentials, now)?;
    let done = &done;
    std::thread::scope(|scope| {
        let part = |thread: usize| {
            scope.spawn(move || {
                let mine = (thread..count).step_by(threads);
                mine.map(|index| {
                    let shot = signer.sign(index);
                    tell(done.fetch_add(1, Ordering::Relaxed) + 1, count);
                    shot
                })
                .collect::<Result<Vec<_>, _>>()
            })
        };
        let running: Vec<_> = (0..threads).map(part).collect();
        let mut all = Vec::with_capacity(count);
        for thread in running {
            all.extend(thread.join().map_err(|_| Failed("a signing thread is gone".into()))??);
        }
        Ok(all)
    })
}

/// Signing takes seconds, and somebody waits.
fn tell(done: usize, count: usize) {
    const EVERY: usize = 10_000;
    if done.is_multiple_of(EVERY) || done == count {
        // Whoever closed the pipe does not want to know.
        let _ = writeln!(std::io::stderr(), "signed {done} of {count}");
    }
}

/// What a merchant's credentials say.
pub(crate) fn field<'a>(credentials: &'a Value, name: &str) -> Result<&'a str, Failed> {
    let text = credentials.get(name).and_then(Value::as_str);
    text.ok_or_else(|| Failed(format!("the merchant has no {name}")))
}

struct Signer {
    key: KeyPair,
    mchid: String,
    appid: String,
    serial_no: String,
    now: u64,
}

impl Signer {
    fn of(credentials: &Value, now: u64) -> Result<Self, Failed> {
        let text = |name: &str| field(credentials, name).map(str::to_owned);
        let der = private_key_der(field(credentials, "private_key_pem")?).map_err(Failed::of)?;
        let key = KeyPair::from_pkcs8(&der).map_err(Failed::of)?;
        let (mchid, appid) = (text("mchid")?, text("appid")?);
        Ok(Self { key, mchid, appid, serial_no: text("serial_no")?, now })
    }

    fn sign(&self, index: usize) -> Result<Shot, Failed> {
        let Self { mchid, appid, serial_no, now, .. } = self;
        let body = json!({
            "appid": appid, "mchid": mchid, "description": "测试商品-红茶500g",
            "out_trade_no": format!("L{now}N{index}"), "attach": "load",
            "notify_url": "https://pay.example.com/wechat/notify",
            "amount": { "total": 1234, "currency": "CNY" },
        })
        .to_string();
        let nonce = format!("{index:032X}");
        let message = format!("POST\n{PATH}\n{now}\n{nonce}\n{body}\n");
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature)
            .map_err(Failed::of)?;
        let signature = BASE64_STANDARD.encode(signature);
        let authorization = format!(
            "WECHATPAY2-SHA256-RSA2048 mchid=\"{mchid}\",nonce_str=\"{nonce}\",\
             signature=\"{signature}\",timestamp=\"{now}\",serial_no=\"{serial_no}\""
        );
        Ok(Shot { authorization, body })
    }
}

#[expect(clippy::disallowed_methods, reason = "a request says when it was signed")]
fn seconds_since_1970() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
