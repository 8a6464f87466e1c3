//! A bill by V2: one call, whose answer is the file itself or a message that says why there is none.
//!
//! Nobody signs for either. The first piece is looked at before anybody is handed a byte, because a
//! message and a file come under the same status. Where the platform does not know the key that
//! signed, the same question goes out signed with the merchant's other one; where a site cannot be
//! reached, to the other site: a bill may be asked for twice.

use wechatpay::bill::digest::{Digest, Sha1Hash};
use wechatpay::http::{Headers, Reply};
use wechatpay::v2::bill::{self, Failure, is_message};
use wechatpay::v2::draft::{Caller, Draft, sign_call};
use worker::{Env, Response, ResponseBody};

use super::super::certificate::Certified;
use super::super::deployment::Deployment;
use super::super::world::chance;
use super::download::{Download, Line, WORDS_BYTES_MAX, call, within};
use super::streams::Source;
use crate::bills::Wanted;
use crate::bills::files::failed;
use crate::bills::lost::Lost;
use crate::config::Profile;
use crate::origin::Origin;
use crate::ports::certificate_binding;
use crate::problem::{Code, Problem};

/// A bill on its way, and what it says itself that it hashes to: of the file before or after its
/// compression, which is not established (protocol reference D.11).
pub(crate) struct Unproven {
    pub(crate) download: Download,
    pub(crate) named: Option<Sha1Hash>,
}

/// Asks for the bill that is `wanted`, and sees that one comes.
pub(crate) async fn begin(
    (env, deployment): (&Env, &Deployment),
    profile: &Profile,
    wanted: &Wanted,
) -> Result<Unproven, Problem> {
    let draft = wanted.draft(&profile.payees)?;
    let means = profile.v2()?;
    let certificate = if draft.certified { Some(certified(env, profile)?) } else { None };
    let mut refused = None;
    for key in [Some(means.keys.first()), means.keys.second()].into_iter().flatten() {
        let caller = Caller { key, sign_type: means.sign_type };
        match ask(deployment, certificate.as_ref(), &draft, &caller).await? {
            Ok(unproven) => return Ok(unproven),
            Err(failure @ Failure::WrongSign(_)) => refused = Some(failure),
            Err(failure) => return Err(failed(failure)),
        }
    }
    Err(refused.map_or_else(|| Lost::Runtime.into(), failed))
}

fn certified(env: &Env, profile: &Profile) -> Result<Certified, Problem> {
    Certified::bound(env, &profile.name).ok_or_else(|| {
        let binding = certificate_binding(&profile.name);
        let detail = format!("{binding}: bind the merchant's client certificate");
        Problem::new(Code::CertificateMissing, detail)
    })
}

/// One question, at the platform's main site, or where nobody is there at the other.
async fn ask(
    deployment: &Deployment,
    certificate: Option<&Certified>,
    draft: &Draft,
    caller: &Caller<'_>,
) -> Result<Result<Unproven, Failure>, Problem> {
    let config = &deployment.config;
    let mut lost = Lost::Unreachable;
    let sites = [Some(&config.wechatpay_url), config.wechatpay_backup_url.as_ref()];
    for site in sites.into_iter().flatten().map(Origin::as_str) {
        let signed = sign_call(draft, caller, chance().map_err(|_| Lost::Runtime)?);
        let line = Line::new()?;
        match within(call((site, certificate), &signed, &line)).await {
            Ok(answer) => return Ok(read(answer, line).await?),
            Err(reason) => lost = reason,
        }
    }
    Err(lost.into())
}

/// The file, begun, or what was said instead.
async fn read(answer: Response, line: Line) -> Result<Result<Unproven, Failure>, Lost> {
    let headers: Headers = answer.headers().entries().collect();
    let (status, named) = (answer.status_code(), bill::digest(&headers));
    let ResponseBody::Stream(stream) = answer.body() else { return Err(Lost::Unreachable) };
    let mut wire = Source::of(stream).map_err(|_| Lost::Runtime)?;
    let first = within(async { wire.next().await.map_err(|_| Lost::Unreachable) }).await?;
    let first = first.unwrap_or_default();
    if status == 200 && !is_message(&first) {
        let digest = named.map(|_| Digest::default());
        let download = Download::begun((wire, &first), digest, line)?;
        return Ok(Ok(Unproven { download, named }));
    }
    // The first piece of a message is all of it, unless it is longer than any.
    let body = if first.len() > WORDS_BYTES_MAX { Vec::new() } else { first };
    Ok(Err(bill::read_failure(&Reply { status, headers, body })))
}
