//! `GET /v1/bills/…`: a day's bill, from the platform to the shop's server, never whole in memory.
//!
//! A merchant with keys for APIv3 gets proven bills, whatever its orders are placed by: a V2 bill has
//! no digest that anybody signed, and is for those who have nothing else ([`unproven`]). The file comes unsigned, and its digest is known to agree only at its end. So it is read twice.
//! The first reading does all that the second will do and forgets what comes of it but the length.
//! Only if the digest agrees does the answer begin, and the second reading is hashed again on its way
//! out, its end held back until that agrees too ([`Outlet`]). Each reading of each file is from an
//! address asked for afresh: a part takes longer than an address lives. An answer that breaks off is
//! shorter than it said it would be.

mod by_v2;
mod download;
mod streams;
mod unproven;

use std::rc::Rc;

use checkout::id::ProfileName;
use wechatpay::bill::digest::Sha1Hash;
use wechatpay::v3::answer::judge;
use worker::{Env, Response};

pub(crate) use self::by_v2::begin as begin_by_v2;
pub(crate) use self::download::Download;
use self::streams::{Sink, outflow};
use super::deployment::Deployment;
use super::entry::Visit;
use super::exchange::{Inquiry, exchange};
use super::platform::WeChatPay;
use super::standing::Standing;
use super::world::wall;
use super::{log, reply, shop};
use crate::api::Api;
use crate::bills::files::{Part, files};
use crate::bills::lost::Lost;
use crate::bills::outlet::Outlet;
use crate::bills::{Form, Wanted};
use crate::config::Profile;
use crate::origin::Origin;
use crate::problem::Problem;

/// `GET /v1/bills/trade`.
pub(crate) async fn trade(visit: &Visit) -> Result<Response, Problem> {
    let profile = shop::admit(visit)?;
    let wanted = Wanted::trade(&visit.query(), &profile.payees)?;
    hand_over(visit, profile, wanted).await
}

/// `GET /v1/bills/fund-flow`.
pub(crate) async fn fund_flow(visit: &Visit) -> Result<Response, Problem> {
    let profile = shop::admit(visit)?;
    let wanted = Wanted::fund_flow(&visit.query(), &profile.payees)?;
    hand_over(visit, profile, wanted).await
}

async fn hand_over(visit: &Visit, profile: &Profile, wanted: Wanted) -> Result<Response, Problem> {
    if profile.v3.is_none() {
        return unproven::hand_over(visit, profile, &wanted).await;
    }
    let deployment = Rc::clone(&visit.deployment);
    let desk = Desk::enter(visit.env.clone(), deployment, &profile.name, wanted).await?;
    let form = Form::of(visit.header("Accept").as_deref());
    let mut response = if visit.request.inner().method() == "HEAD" {
        // Whether it is ready is known without fetching it.
        desk.files().await?;
        reply::empty(200)
    } else {
        let proof = desk.prove(form).await?;
        let (sink, answer) = outflow(proof.bytes).map_err(|_| Lost::Runtime)?;
        let pass = desk.begin(form, proof).await?;
        // Goes on for as long as the caller takes what it gives.
        wasm_bindgen_futures::spawn_local(pass.run(sink));
        reply::stream(answer)
    };
    describe(&mut response, form, "signed");
    Ok(response)
}

/// What an answer is, and how far it is proven: its digest is signed by the platform, unsigned, or
/// there is none.
fn describe(response: &mut Response, form: Form, digest: &str) {
    reply::set(response, "Content-Type", form.media_type());
    reply::set(response, "Vary", "Accept");
    reply::set(response, "Saoma-Bill-Digest", digest);
}

/// Who asks, and for what.
pub(crate) struct Desk {
    env: Env,
    deployment: Rc<Deployment>,
    standing: Rc<Standing>,
    wanted: Wanted,
}

impl Desk {
    pub(crate) async fn enter(
        env: Env,
        deployment: Rc<Deployment>,
        name: &ProfileName,
        wanted: Wanted,
    ) -> Result<Self, Problem> {
        let standing = WeChatPay::new(env.clone()).standing(name).await?;
        Ok(Self { env, deployment, standing, wanted })
    }

    /// Where the bill is now. An address lives for 30 seconds (protocol reference B.9), so it is asked
    /// for right before it is called.
    pub(crate) async fn files(&self) -> Result<Vec<Part>, Problem> {
        let merchant = self.standing.merchant(&self.env, Api::V3).await?;
        let inquiry = Inquiry {
            request: self.wanted.request(),
            platform_serial: merchant.v3()?.platform_serial.as_deref(),
            budget_ms: QUESTION_MS_MAX,
        };
        let reply = exchange(&self.deployment, &self.standing, &inquiry).await;
        let reply = reply.map_err(|_| Problem::from(Lost::Unreachable))?;
        if let Some(serial) = reply.headers.get("Wechatpay-Serial") {
            self.standing.meet(&self.env, serial).await;
        }
        let merchant = self.standing.snapshot();
        let v3 = merchant.v3()?;
        let judged = judge(&v3.rsa, &v3.platform_keys, &reply, wall()).await;
        let config = &self.deployment.config;
        let origins = [Some(&config.wechatpay_url), config.wechatpay_backup_url.as_ref()];
        let origins: Vec<&str> = origins.into_iter().flatten().map(Origin::as_str).collect();
        files(&self.wanted, &judged, &origins)
    }

    /// Begins to read a file.
    pub(crate) async fn download(&self, part: &Part) -> Result<Download, Lost> {
        Download::begin(&self.standing, part).await
    }

    /// The same files, where they are by now.
    async fn same_files(&self, hashes: &[Sha1Hash]) -> Result<Vec<Part>, Problem> {
        let files = self.files().await?;
        let is_same = files.iter().map(|part| &part.file().hash).eq(hashes);
        if is_same { Ok(files) } else { Err(Lost::MadeAnew.into()) }
    }

    /// The first reading: digests that agreed, or a problem.
    async fn prove(&self, form: Form) -> Result<Proof, Problem> {
        let mut files = self.files().await?;
        let hashes: Vec<Sha1Hash> = files.iter().map(|part| part.file().hash).collect();
        let mut outlet = Outlet::new(form);
        let mut proof = Proof { hashes, bytes: 0 };
        for at in 0..proof.hashes.len() {
            if at > 0 {
                files = self.same_files(&proof.hashes).await?;
            }
            let part = files.get(at).ok_or(Lost::MadeAnew)?;
            let mut download = Download::begin(&self.standing, part).await?;
            while let Some(piece) = download.next().await? {
                proof.count(&outlet.feed(&piece)?);
            }
            outlet.end_file(|found| found == part.file().hash)?;
        }
        proof.count(&outlet.finish()?);
        Ok(proof)
    }

    /// The second reading, begun: what it reads must hash as what was proven.
    async fn begin(self, form: Form, proof: Proof) -> Result<Pass, Problem> {
        let outlet = Outlet::new(form);
        let mut pass = Pass { desk: self, hashes: proof.hashes, at: 0, reading: None, outlet };
        pass.reading = pass.next_file().await?;
        Ok(pass)
    }
}

/// What the first reading found.
struct Proof {
    /// Of each file.
    hashes: Vec<Sha1Hash>,
    /// That the answer will have.
    bytes: u64,
}

impl Proof {
    fn count(&mut self, out: &[u8]) {
        self.bytes += u64::try_from(out.len()).unwrap_or(u64::MAX);
    }
}

/// The second reading.
struct Pass {
    desk: Desk,
    /// Of each file, as they were proven.
    hashes: Vec<Sha1Hash>,
    /// How many have been called for.
    at: usize,
    /// One that was called for before anybody reads, and its hash.
    reading: Option<(Download, Sha1Hash)>,
    outlet: Outlet,
}

impl Pass {
    /// Reads all, to the end or to the first thing that is wrong, which breaks the answer off.
    async fn run(self, sink: Sink) {
        if let Err(problem) = self.pour(sink).await {
            log::alarm("bill_broke_off", &[("reason", &problem.detail)]);
        }
    }

    async fn pour(mut self, mut sink: Sink) -> Result<(), Problem> {
        while let Some((mut download, hash)) = self.next_file().await? {
            while let Some(piece) = download.next().await? {
                let out = self.outlet.feed(&piece)?;
                // The caller has hung up.
                sink.write(&out).await.map_err(|_| Lost::Unwanted)?;
            }
            self.outlet.end_file(|found| found == hash)?;
        }
        let last = self.outlet.finish()?;
        sink.write(&last).await.map_err(|_| Lost::Unwanted)?;
        Ok(sink.close().await.map_err(|_| Lost::Unwanted)?)
    }

    async fn next_file(&mut self) -> Result<Option<(Download, Sha1Hash)>, Problem> {
        if let Some(begun) = self.reading.take() {
            return Ok(Some(begun));
        }
        let Some(&hash) = self.hashes.get(self.at) else { return Ok(None) };
        let files = self.desk.same_files(&self.hashes).await?;
        let part = files.get(self.at).ok_or(Lost::MadeAnew)?;
        self.at += 1;
        Ok(Some((Download::begin(&self.desk.standing, part).await?, hash)))
    }
}

/// Milliseconds for one question, repeats included. The caller waits for two of them at least: one
/// for each file, and another before the answer.
const QUESTION_MS_MAX: u32 = 10_000;
