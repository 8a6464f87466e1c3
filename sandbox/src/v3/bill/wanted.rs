//! What every bill's query has: a day, whose bill it is, and how the file shall come.

use crate::bill::day::{Day, NoBill};
use crate::bill::entry::Entry;
use crate::bill::gather::{Facts, Scope};
use crate::bill::packing::{digest, gzipped};
use crate::fault::Kind;
use crate::v3::errand::Visit;
use crate::v3::parameters::{Parameters, wrong};
use crate::v3::refusal::{Code, Refusal, result};
use crate::v3::system_failure;

/// The parameters that all bills share.
pub(super) struct Wanted {
    /// Which day.
    pub(super) day: Day,
    packing: Packing,
    scope: Scope,
}

/// `tar_type`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    /// As it is written.
    Plain,
    /// A gzip file.
    Gzip,
}

/// A file, ready to be put on the shelf or to be sealed first.
pub(super) struct Made {
    /// Over the plain bytes, unless a fault says otherwise.
    pub(super) digest: String,
    /// Packed as was asked.
    pub(super) bytes: Vec<u8>,
    /// How.
    pub(super) packing: Packing,
}

impl Wanted {
    /// Reads the parameters that are left; there may be no others.
    pub(super) fn read(mut parameters: Parameters, scope: Scope) -> Result<Self, Refusal> {
        let text = parameters.text("bill_date")?;
        let day = Day::parse(&text)
            .ok_or_else(|| wrong("bill_date", &text, "日期格式不正确，应为yyyy-MM-DD"))?;
        let packing = match parameters.optional_text("tar_type").as_deref() {
            None => Packing::Plain,
            Some("GZIP") => Packing::Gzip,
            Some(other) => return Err(wrong("tar_type", other, "不在允许的取值范围内")),
        };
        parameters.finish()?;
        Ok(Self { day, packing, scope })
    }

    /// Makes the file, if the day's bill is there and `write` finds anything for it.
    pub(super) fn make(
        &self,
        visit: Visit<'_>,
        fault: Option<Kind>,
        write: impl FnOnce(&[Entry<'_>]) -> Option<Vec<u8>>,
    ) -> Result<Made, Refusal> {
        self.day.is_ready(visit.world.now()).map_err(|why| self.not_ready(why))?;
        match fault {
            Some(Kind::Late) => return Err(creating()),
            Some(Kind::Missing) => return Err(no_statement()),
            _ => {}
        }
        let facts = Facts::of(&visit.world.shards, &self.scope, self.day);
        let plain = write(&facts.entries(self.day)).ok_or_else(no_statement)?;
        let digest = match fault {
            Some(Kind::WrongHash) => digest(&[&plain, &b"\n"[..]].concat()),
            _ => digest(&plain),
        };
        let bytes = match self.packing {
            Packing::Plain => plain,
            Packing::Gzip => gzipped(&plain).map_err(|_| system_failure())?,
        };
        Ok(Made { digest, bytes, packing: self.packing })
    }

    fn not_ready(&self, why: NoBill) -> Refusal {
        let refused = |issue| wrong("bill_date", &self.day.to_string(), issue);
        match why {
            NoBill::NotOver => refused("账单日期不能晚于昨天"),
            NoBill::TooOld => refused("仅支持三个月内的账单下载申请"),
            NoBill::Creating => creating(),
        }
    }
}

fn creating() -> Refusal {
    Refusal::new(Code::StatementCreating, result::PARAMETER, "账单生成中")
}

fn no_statement() -> Refusal {
    Refusal::new(Code::NoStatementExist, result::PARAMETER, "请求的账单文件不存在")
}
