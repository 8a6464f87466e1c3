//! A bill on its way into the store: read once, staged in chunks, and worth nothing before its
//! digest agrees, or before its end where it has none.
//!
//! The file comes unsigned and its digest is known at its end. A merchant without keys for APIv3 gets
//! one without a digest, and the rows of that stay hearsay. What is staged meanwhile belongs to a
//! job that has not got on yet, so nothing looks at it; a false bill's rows are dropped, and those of
//! a crash are dropped by the next try. In memory there is never more than one chunk.

use std::rc::Rc;

use checkout::id::ProfileName;
use wechatpay::bill::TradeRows;
use wechatpay::bill::date::BillDate;
use wechatpay::bill::digest::Sha1Hash;
use worker::Env;

use super::super::bills::{self, Download};
use super::super::deployment::Deployment;
use super::store::Store;
use super::unstorable;
use crate::bills::Wanted;
use crate::bills::files::Part;
use crate::bills::lost::Lost;
use crate::problem::Problem;
use crate::reconciliation::job::Bill;
use crate::reconciliation::reading::Reading;

/// Whose bill, and of which day.
pub(super) struct Question<'a> {
    pub(super) env: &'a Env,
    pub(super) deployment: Rc<Deployment>,
    pub(super) profile: &'a ProfileName,
    pub(super) account: Option<&'a str>,
    pub(super) day: BillDate,
}

/// Rows of one statement: some 200 KB, a tenth of what a value may have.
const CHUNK_ROWS: usize = 400;

/// Stages a bill for `job`.
///
/// # Errors
///
/// Whatever keeps the bill from being there and proven; nothing is staged then.
pub(super) async fn stage(
    store: &Store,
    job: i64,
    question: &Question<'_>,
) -> Result<Bill, Problem> {
    store.unstage(job).map_err(|error| unstorable(&error))?;
    let staged = read(store, job, question).await;
    if staged.is_err() {
        store.unstage(job).map_err(|error| unstorable(&error))?;
    }
    staged
}

async fn read(store: &Store, job: i64, question: &Question<'_>) -> Result<Bill, Problem> {
    let wanted = Wanted::Trade {
        date: question.day,
        rows: TradeRows::All,
        sub_mchid: question.account.map(str::to_owned),
    };
    let deployment = Rc::clone(&question.deployment);
    let profile = deployment.config.profile(question.profile);
    if let Some(profile) = profile.filter(|profile| profile.v3.is_none()) {
        let begun = bills::begin_by_v2((question.env, &deployment), profile, &wanted).await?;
        return take(store, job, begun.download, None).await;
    }
    let desk =
        bills::Desk::enter(question.env.clone(), deployment, question.profile, wanted).await?;
    // A trade bill has one file.
    let files = desk.files().await?;
    let part: &Part = files.first().ok_or(Lost::MadeAnew)?;
    take(store, job, desk.download(part).await?, Some(part.file().hash)).await
}

/// Takes a file to its end, which should hash to `hash`.
async fn take(
    store: &Store,
    job: i64,
    mut download: Download,
    hash: Option<Sha1Hash>,
) -> Result<Bill, Problem> {
    let mut bill = Reading::default();
    while let Some(piece) = download.next().await? {
        bill.feed(&piece)?;
        while let Some(chunk) = bill.chunk(CHUNK_ROWS) {
            store.stage(job, &chunk).map_err(|error| unstorable(&error))?;
        }
    }
    let (bill, last) = bill.finish(hash)?;
    store.stage(job, &last).map_err(|error| unstorable(&error))?;
    Ok(bill)
}
