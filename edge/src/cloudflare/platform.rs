//! The wire to WeChat Pay. It carries signed bytes unchanged and brings back what came; what any of
//! it means is decided elsewhere.
//!
//! No answer in time is not a "no": [`Unreachable`] says that nothing is known.

use std::rc::Rc;

use checkout::id::ProfileName;
use js_sys::Uint8Array;
use wechatpay::http::{Headers, Reply, Signed};
use worker::{AbortSignal, Env, Fetch, Method, Request, RequestInit, RequestRedirect};

use super::body;
use super::deployment::deployment;
use super::log;
use super::webcrypto::WebCrypto;
use crate::ports::{Merchant, Platform, Unreachable};
use crate::problem::{Code, Problem};

/// WeChat Pay, as this deployment reaches it.
pub(crate) struct WeChatPay {
    env: Env,
}

/// Bytes of an answer at most. The longest, a query with many coupons, has some 10 KB.
const REPLY_BYTES_MAX: usize = 256 * 1024;

impl WeChatPay {
    /// The platform that `env` configures.
    pub(crate) const fn new(env: Env) -> Self {
        Self { env }
    }
}

impl Platform for WeChatPay {
    type Rsa = WebCrypto;

    async fn merchant(&self, profile: &ProfileName) -> Result<Rc<Merchant<WebCrypto>>, Problem> {
        let merchant = deployment(&self.env).await?.merchant(profile);
        merchant.ok_or_else(|| {
            let detail = format!("PROFILES: {} has open checkouts", profile.as_str());
            Problem::new(Code::Misconfigured, detail)
        })
    }

    async fn send(&self, signed: Signed, deadline_ms: u32) -> Result<Reply, Unreachable> {
        let deployment = deployment(&self.env).await.map_err(|_| Unreachable)?;
        let base = deployment.config.wechatpay_url.as_str();
        carry(base, &signed, deadline_ms).await.map_err(|error| {
            let target = signed.request().target.split('?').next().unwrap_or_default();
            log::alarm("unreachable", &[("target", target), ("error", &error.to_string())]);
            Unreachable
        })
    }
}

async fn carry(base: &str, signed: &Signed, deadline_ms: u32) -> worker::Result<Reply> {
    let request = signed.request();
    let mut init = RequestInit::new();
    init.with_method(match request.method {
        wechatpay::http::Method::Get => Method::Get,
        wechatpay::http::Method::Post => Method::Post,
    });
    // A redirect would carry the signature to where nobody signed for.
    init.with_redirect(RequestRedirect::Manual);
    for (name, value) in signed.headers() {
        init.headers.set(name, value)?;
    }
    if !request.body.is_empty() {
        init.with_body(Some(Uint8Array::from(request.body.as_slice()).into()));
    }
    let outgoing = Request::new_with_init(&format!("{base}{}", request.target), &init)?;
    // The signal ends the reading of the body too.
    let deadline = AbortSignal::from(web_sys::AbortSignal::timeout_with_u32(deadline_ms));
    let mut incoming = Fetch::Request(outgoing).send_with_signal(&deadline).await?;
    let body = match incoming.body() {
        worker::ResponseBody::Empty => Vec::new(),
        _ => body::read(incoming.stream()?, REPLY_BYTES_MAX)
            .await
            .map_err(|reason| worker::Error::RustError(format!("the answer is {reason:?}")))?,
    };
    let headers: Headers = incoming.headers().entries().collect();
    Ok(Reply { status: incoming.status_code(), headers, body })
}
