//! The wire to WeChat Pay. It carries signed bytes unchanged and brings back what came; what any of
//! it means is decided elsewhere.
//!
//! No answer in time is not a "no": [`Unreachable`] says that nothing is known. Within one deadline a
//! call may be made twice where the first one surely found nobody who would do it: at the platform's
//! other site, or signed by the merchant's other key.

use std::rc::Rc;

use checkout::id::ProfileName;
use js_sys::Uint8Array;
use wechatpay::http::{Headers, Reply, Signed};
use wechatpay::v2::other_key::is_refused;
use worker::{AbortSignal, Env, Fetch, Method, Request, RequestInit, RequestRedirect};

use super::body;
use super::certificate::Certified;
use super::deployment::{Deployment, deployment};
use super::log;
use super::standing::Standing;
use super::webcrypto::WebCrypto;
use super::world::{wall, wall_ms};
use crate::api::Api;
use crate::hosts::{Host, Mishap};
use crate::ports::{Delivery, Merchant, Platform, Unreachable, without_certificate};
use crate::problem::{Code, Problem};

/// WeChat Pay, as this deployment reaches it.
pub(crate) struct WeChatPay {
    env: Env,
}

/// Bytes of an answer at most. The longest, a query with many coupons, has some 10 KB.
const REPLY_BYTES_MAX: usize = 256 * 1024;

/// The least time in which a call that was signed anew can still be answered.
const AGAIN_MS_MIN: u32 = 500;

impl WeChatPay {
    /// The platform that `env` configures.
    pub(crate) const fn new(env: Env) -> Self {
        Self { env }
    }

    /// One of our merchants.
    pub(crate) async fn standing(&self, profile: &ProfileName) -> Result<Rc<Standing>, Problem> {
        deployment(&self.env).await?.standing(profile).ok_or_else(|| {
            log::alarm("merchant_missing", &[("profile", profile.as_str())]);
            let detail = format!("PROFILES: {} has open checkouts", profile.as_str());
            Problem::new(Code::Misconfigured, detail)
        })
    }

    /// The bindings.
    pub(crate) const fn env(&self) -> &Env {
        &self.env
    }
}

impl Platform for WeChatPay {
    type Rsa = WebCrypto;

    async fn merchant(
        &self,
        profile: &ProfileName,
        api: Api,
    ) -> Result<Rc<Merchant<WebCrypto>>, Problem> {
        self.standing(profile).await?.merchant(&self.env, api).await
    }

    async fn refunds_api(&self, profile: &ProfileName, order: Api) -> Result<Api, Problem> {
        let standing = self.standing(profile).await?;
        let api = standing.refunds_api(order);
        if api == Api::V2 && standing.certificate().is_none() {
            return Err(uncertified(profile));
        }
        Ok(api)
    }

    async fn send(
        &self,
        profile: &ProfileName,
        signed: Signed,
        deadline_ms: u32,
    ) -> Result<Delivery, Unreachable> {
        let deployment = deployment(&self.env).await.map_err(|_| Unreachable)?;
        let standing = deployment.standing(profile).ok_or(Unreachable)?;
        let delivery = deliver(&deployment, &standing, &signed, deadline_ms).await?;
        if let Some(serial) = delivery.reply.headers.get("Wechatpay-Serial") {
            standing.meet_briefly(&self.env, serial).await;
        }
        Ok(delivery)
    }
}

/// Somebody has to deploy before money can go back, and is told each time.
fn uncertified(profile: &ProfileName) -> Problem {
    let problem = without_certificate(profile);
    log::alarm("certificate_missing", &[("detail", &problem.detail)]);
    problem
}

/// Sends `signed`, and should the platform not know the key that signed it (nothing was done then),
/// the same request signed by the merchant's other key.
pub(crate) async fn deliver(
    deployment: &Deployment,
    standing: &Standing,
    signed: &Signed,
    deadline_ms: u32,
) -> Result<Delivery, Unreachable> {
    let deadline = Deadline::after(deadline_ms);
    let wire = Wire::of(deployment, standing, signed)?;
    let first = reach(&wire, signed, deadline).await?;
    if !refuses_key(&first.reply) || deadline.left_ms() < AGAIN_MS_MIN {
        return Ok(first);
    }
    let Some((key, again)) = standing.sign_again(signed).await else { return Ok(first) };
    // From here on it may be done: no answer is no answer, whatever the first one was.
    let second = reach(&wire, &again, deadline).await?;
    let astray = first.astray || second.astray;
    if refuses_key(&second.reply) {
        return Ok(Delivery { astray, ..first });
    }
    if matches!(second.reply.status, 200..=299 | 400..=428) {
        standing.settle_on(key);
    }
    Ok(Delivery { astray, ..second })
}

/// Whether the platform does not take the sign of a call: 401 by APIv3, words by V2.
fn refuses_key(reply: &Reply) -> bool {
    reply.status == 401 || is_refused(reply)
}

/// What a call goes out by.
struct Wire<'a> {
    deployment: &'a Deployment,
    /// Shows the merchant's certificate, where the platform wants to see it.
    certificate: Option<&'a Certified>,
}

impl<'a> Wire<'a> {
    /// The one that `signed` needs. A certificate that was bound once, and is no more, leaves the call
    /// unmade: it is tried again.
    fn of(
        deployment: &'a Deployment,
        standing: &'a Standing,
        signed: &Signed,
    ) -> Result<Self, Unreachable> {
        let certificate = if signed.needs_certificate() {
            let bound = standing.certificate().ok_or_else(|| uncertified(standing.name()));
            Some(bound.map_err(|_| Unreachable)?)
        } else {
            None
        };
        Ok(Self { deployment, certificate })
    }
}

/// Sends `signed` to one of the platform's sites; where nobody is there, to the other.
async fn reach(
    wire: &Wire<'_>,
    signed: &Signed,
    deadline: Deadline,
) -> Result<Delivery, Unreachable> {
    let Wire { deployment, certificate } = *wire;
    let delivery = |astray| move |reply| Delivery { reply, astray };
    let Some(backup) = &deployment.config.wechatpay_backup_url else {
        let only = deployment.config.wechatpay_url.as_str();
        let carried = carry(only, certificate, signed, deadline).await;
        return carried.map(delivery(false)).map_err(|_| Unreachable);
    };
    let call = async |host| {
        let base = match host {
            Host::Main => deployment.config.wechatpay_url.as_str(),
            Host::Backup => backup.as_str(),
        };
        let carried = carry(base, certificate, signed, deadline).await;
        let mishap = match &carried {
            Ok(reply) if matches!(reply.status, 502 | 503) => Some(Mishap::Unavailable),
            Ok(_) => None,
            Err(mishap) => Some(*mishap),
        };
        let mut hosts = deployment.hosts.borrow_mut();
        match mishap {
            Some(_) => hosts.failed(host, wall()),
            None => hosts.answered(host),
        }
        carried
    };
    let first = deployment.hosts.borrow().first(wall());
    match call(first).await {
        // A connection that broke may have brought the call there before: only the answer is lost.
        Err(mishap) if mishap.repeats_at_once(deadline.left_ms()) => {
            call(first.other()).await.map(delivery(true))
        }
        carried => carried.map(delivery(false)),
    }
    .map_err(|_| Unreachable)
}

/// The end of a call, by the runtime's clock.
#[derive(Clone, Copy)]
struct Deadline {
    at_ms: u64,
}

impl Deadline {
    fn after(span_ms: u32) -> Self {
        Self { at_ms: wall_ms().saturating_add(u64::from(span_ms)) }
    }

    fn left_ms(self) -> u32 {
        u32::try_from(self.at_ms.saturating_sub(wall_ms())).unwrap_or(u32::MAX)
    }
}

async fn carry(
    base: &str,
    certificate: Option<&Certified>,
    signed: &Signed,
    deadline: Deadline,
) -> Result<Reply, Mishap> {
    fetch(base, certificate, signed, deadline.left_ms()).await.map_err(|error| {
        let target = signed.request().target.split('?').next().unwrap_or_default();
        log::alarm(
            "unreachable",
            &[("host", base), ("target", target), ("error", &error.to_string())],
        );
        // The runtime's timer and its clock may differ by a few milliseconds.
        let is_over = deadline.left_ms() < AGAIN_MS_MIN;
        if is_over { Mishap::TimedOut } else { Mishap::Unconnected }
    })
}

/// Sends `signed` to `base` as it is, once, and waits for the whole answer.
pub(crate) async fn fetch(
    base: &str,
    certificate: Option<&Certified>,
    signed: &Signed,
    deadline_ms: u32,
) -> worker::Result<Reply> {
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
    let mut incoming = match certificate {
        Some(certificate) => certificate.fetch(&outgoing, &deadline).await?,
        None => Fetch::Request(outgoing).send_with_signal(&deadline).await?,
    };
    let body = match incoming.body() {
        worker::ResponseBody::Empty => Vec::new(),
        _ => body::read(incoming.stream()?, REPLY_BYTES_MAX)
            .await
            .map_err(|reason| worker::Error::RustError(format!("the answer is {reason:?}")))?,
    };
    let headers: Headers = incoming.headers().entries().collect();
    Ok(Reply { status: incoming.status_code(), headers, body })
}
