//! The door of the doctor: reads the variables afresh, so that a configuration with mistakes can be
//! examined too, and has the examiner ask the platform in the name of each profile.

use checkout::id::ProfileName;
use worker::{Env, Request as Incoming, Response};

use super::deployment::value;
use super::examiner::Examiner;
use super::examiner_v2::ExaminerV2;
use super::world::wall;
use super::{gate, index, operator, reply};
use crate::config::{self, Config, Profile, Told, native_url, notify_url, prefix};
use crate::doctor::{self, Check, Examination, Finding, Wish};
use crate::problem::{Code, Problem};
use crate::request::{expect_json, read_json};

/// `POST /v1/doctor`. It does not need a deployment, only the operator's key.
pub(crate) async fn examine(
    request: &Incoming,
    body: Result<Vec<u8>, Problem>,
    env: &Env,
) -> Result<Response, Problem> {
    let header = |name| request.headers().get(name).ok().flatten();
    let lookup = |variable: &str| value(env, variable);
    let keys = config::operator_keys(&lookup).map_err(|wrong| config::problem(&wrong))?;
    operator::admit(keys.as_ref(), header("Authorization").as_deref())?;
    let body = body?;
    let wish = if body.is_empty() {
        Wish::default()
    } else {
        expect_json(header("Content-Type").as_deref())?;
        read_json(&body)?
    };
    let config = match Config::parse(lookup) {
        Ok(config) => config,
        Err(wrong) => {
            let mut findings = doctor::mistakes(&wrong);
            let words = "WeChat Pay was not asked: mend the configuration first";
            findings.push(Finding::skipped(Check::Reachable, words));
            return Ok(reply::json(200, &Examination::of(findings, Vec::new())));
        }
    };
    let profiles = chosen(&config, wish.profile.as_ref())?;
    let words = "every variable is readable and fits the others";
    let mut findings =
        vec![Finding::ok(Check::Configuration, words), doctor::rate_limits(&gate::unbound(env))];
    findings.push(doctor::index(index::examine(env).await));
    let mut notify_urls = Vec::new();
    for profile in profiles {
        for api in profile.speaks() {
            for told in [Told::Transactions, Told::Refunds] {
                notify_urls.push(notify_url(&config.public_url, &profile.name, api, told));
            }
        }
        if profile.v2.is_some() {
            notify_urls.push(native_url(&config.public_url, &profile.name));
        }
        findings.extend(examine_profile(env, &config, profile, &wish).await);
    }
    Ok(reply::json(200, &Examination::of(findings, notify_urls)))
}

fn chosen<'a>(config: &'a Config, name: Option<&ProfileName>) -> Result<Vec<&'a Profile>, Problem> {
    let Some(name) = name else { return Ok(config.profiles.iter().collect()) };
    let profile = config.profile(name);
    let unknown = || Problem::new(Code::InvalidRequest, "profile: there is no such profile");
    Ok(vec![profile.ok_or_else(unknown)?])
}

async fn examine_profile(
    env: &Env,
    config: &Config,
    profile: &Profile,
    wish: &Wish,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let address = notify_url(&config.public_url, &profile.name, profile.api, Told::Transactions);
    findings.push(doctor::notify_address(&address, &config.public_url, &config.wechatpay_url));
    findings.push(doctor::webhook(profile.webhook.as_ref()));
    if let Some(v3) = &profile.v3 {
        let own = prefix(&profile.name);
        findings.extend(doctor::certificates(|name| value(env, &format!("{own}{name}")), wall()));
        match Examiner::new(env, config, (profile, v3)).await {
            Ok(mut examiner) => examiner.ask(wish, &mut findings).await,
            Err(variable) => {
                let words = format!("{variable}: the runtime does not import it");
                let mend = "take the key as WeChat Pay gave it";
                let finding = Finding::wrong(Check::Configuration, words, mend);
                findings.push(finding.because_of(variable));
            }
        }
    }
    if let Some(v2) = &profile.v2 {
        ExaminerV2 { env, config, profile, v2 }.ask(wish, &mut findings).await;
    }
    findings.into_iter().map(|finding| finding.of(&profile.name)).collect()
}
