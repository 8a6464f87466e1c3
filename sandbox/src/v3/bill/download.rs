//! `GET /v3/billdownload/file`: the file itself (protocol reference B.9).
//!
//! The request is signed as any other, the answer is not: what proves the file is its digest.

use std::sync::PoisonError;

use crate::bill::shelf::NotThere;
use crate::fault::{Kind, Route};
use crate::v3::errand::{Errand, Visit};
use crate::v3::parameters::Parameters;
use crate::v3::refusal::{Code, Refusal, result};
use crate::v3::reply::Answer;

/// Where files are.
pub(in crate::v3) const PATH: &str = "/v3/billdownload/file";

/// A file, by the token in its address.
pub(in crate::v3) struct Download {
    token: String,
}

impl Errand for Download {
    const ROUTE: Route = Route::BillDownload;
    const SIGNED: bool = false;

    fn read(visit: Visit<'_>) -> Result<Self, Refusal> {
        let mut parameters = Parameters::of(visit.arrival.query())?;
        let token = parameters.optional_text("token").ok_or_else(gone)?;
        parameters.optional_text("tartype");
        parameters.finish()?;
        Ok(Self { token })
    }

    async fn run(self, visit: Visit<'_>, fault: Option<Kind>) -> Result<Answer, Refusal> {
        let shelf = visit.world.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        let found = shelf.fetch(&self.token, &visit.merchant.mchid, visit.world.wall_now());
        match found {
            Ok(content) if fault == Some(Kind::CutShort) => Ok(Answer::half_file(content)),
            Ok(content) => Ok(Answer::file(content)),
            Err(NotThere::Gone) => Err(gone()),
            Err(NotThere::Foreign) => {
                Err(Refusal::new(Code::NoAuth, result::PARAMETER, "无权下载其他商户的账单"))
            }
        }
    }
}

fn gone() -> Refusal {
    Refusal::new(Code::InvalidRequest, result::PARAMETER, "下载链接错误或已失效，请重新申请账单")
}
