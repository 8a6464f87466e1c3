//! The operator's side of the door: whoever runs the deployment, with a key of its own.
//!
//! A shop's secret key opens nothing here. Without `OPERATOR_KEY` there are no such routes.

use worker::Response;

use super::entry::Visit;
use super::platform::{WeChatPay, fetch};
use super::world::{chance, wall};
use super::{log, reply};
use crate::api::Api;
use crate::ports::Platform as _;
use crate::problem::{Code, Problem};
use crate::raw_call::{RawAnswer, RawCall};
use crate::request::{expect_json, read_json};
use crate::token::{SecretKeys, bearer};
use wechatpay::http::Method;
use wechatpay::v3::sign::{Caller, sign};

/// Lets the operator in, and nobody else.
pub(crate) fn admit(keys: Option<&SecretKeys>, header: Option<&str>) -> Result<(), Problem> {
    let Some(keys) = keys else {
        let detail = "the operator's routes exist where OPERATOR_KEY is set";
        return Err(Problem::new(Code::NotFound, detail));
    };
    let Some(key) = bearer(header) else {
        let detail = "send the operator key as Authorization: Bearer <key>";
        return Err(Problem::new(Code::Unauthorized, detail));
    };
    if keys.admit(key) {
        return Ok(());
    }
    Err(Problem::new(Code::Unauthorized, "this is not the OPERATOR_KEY"))
}

/// How long the platform has for an answer. Calls that are made by hand may be slow ones; nothing
/// of ours waits for them.
const CALL_MS_MAX: u32 = 15_000;

/// `POST /v1/wechatpay`: signed, sent once to the main site, never repeated.
pub(crate) async fn call(visit: Visit) -> Result<Response, Problem> {
    let config = &visit.deployment.config;
    if !config.raw_calls {
        return Err(Problem::new(Code::NotFound, "this route exists where RAW_CALLS is on"));
    }
    admit(config.operator_keys.as_ref(), visit.header("Authorization").as_deref())?;
    expect_json(visit.header("Content-Type").as_deref())?;
    let call: RawCall = read_json(visit.body()?)?;
    let request = call.request()?;
    let unknown = || Problem::new(Code::InvalidRequest, "profile: there is no such profile");
    if config.profile(&call.profile).ok_or_else(unknown)?.v3.is_none() {
        let detail =
            "profile: calls by hand are made by APIv3, whose keys this merchant has none of";
        return Err(Problem::new(Code::InvalidRequest, detail));
    }
    let merchant = WeChatPay::new(visit.env.clone()).merchant(&call.profile, Api::V3).await?;
    let v3 = merchant.v3()?;
    let nonce = chance().map_err(|_| Problem::new(Code::Internal, "no random bytes"))?;
    let caller = Caller {
        mchid: &merchant.mchid,
        serial_no: &v3.serial_no,
        key: &v3.private_key,
        platform_serial: call.serial.as_deref().or(v3.platform_serial.as_deref()),
    };
    let about = about(&request.target, request.method);
    let signed = sign(&v3.rsa, &caller, request, nonce, wall()).await;
    let signed = signed.map_err(|failure| Problem::new(Code::Internal, failure.to_string()))?;
    let sent = fetch(config.wechatpay_url.as_str(), None, &signed, CALL_MS_MAX).await;
    let answer = sent.map_err(|error| {
        log::alarm("raw_call_failed", &[("call", &about), ("error", &error.to_string())]);
        let detail = "it may have taken effect: ask WeChat Pay before you repeat it";
        Problem::new(Code::NoAnswer, detail)
    })?;
    log::note("raw_call", &[("call", &about), ("status", &answer.status.to_string())]);
    let (keys, rsa) = (&v3.platform_keys, &v3.rsa);
    let distrust = keys.verify(rsa, &answer.headers, &answer.body, wall()).await.err();
    Ok(reply::json(200, &RawAnswer::of(&answer, distrust.as_ref())))
}

/// What the log may know of a call: some targets hold an openid further on.
fn about(target: &str, method: Method) -> String {
    let family: Vec<&str> = target.split(['/', '?']).skip(1).take(2).collect();
    format!("{} /{}/…", method.as_str(), family.join("/"))
}
