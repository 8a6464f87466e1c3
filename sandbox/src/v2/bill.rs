//! `POST /pay/downloadbill`: the bill of a day's trade, in the answer itself (protocol reference
//! D.11, B.10).
//!
//! There is no digest and no address, and a failure is its own kind of message: words and
//! `error_code`, unsigned. Whoever reads one tells a file from a failure by its first byte.

mod fund_flow;

use axum::body::Bytes as Content;

pub(super) use self::fund_flow::FundFlow;
use super::given::{Bytes, Given};
use super::refusal::{Code, Level, Refusal};
use super::{Answer, Errand, Visit};
use crate::bill::day::{Day, NoBill};
use crate::bill::entry::Entry;
use crate::bill::gather::{Facts, Scope};
use crate::bill::packing::gzipped;
use crate::bill::trade;
use crate::fault::{Kind, Route};
use crate::order::Party;

/// A bill that is asked for.
pub(super) struct Trade {
    wanted: Wanted,
    /// Nothing for `RECHARGE_REFUND`: coupons are never topped up here, so none ever comes back.
    kind: Option<trade::Kind>,
}

/// What both bills are asked with.
struct Wanted {
    day: Day,
    scope: Scope,
    is_gzip: bool,
}

impl Errand for Trade {
    const ROUTE: Route = Route::DownloadBill;

    fn read(visit: &Visit<'_>) -> Result<Self, Refusal> {
        let given = Given(visit.fields);
        let kind = match given.optional("bill_type", Bytes(32))?.unwrap_or("ALL") {
            "RECHARGE_REFUND" => None,
            text => Some(trade::Kind::parse(text).ok_or_else(|| {
                Refusal::wrong("bill_type", "is none of ALL, SUCCESS, REFUND, RECHARGE_REFUND.")
            })?),
        };
        let mchid = visit.caller.merchant.mchid.clone();
        let scope = match visit.caller.sub {
            Some(_) => Scope::Of(visit.caller.party()?),
            None if visit.caller.merchant.subs.is_empty() => {
                Scope::Of(Party { mchid, sub_mchid: None })
            }
            None => Scope::AllSubs(mchid),
        };
        Ok(Self { wanted: Wanted::read(given, scope)?, kind })
    }

    async fn run(self, visit: &Visit<'_>, fault: Option<Kind>) -> Result<Answer, Refusal> {
        let Self { wanted, kind } = self;
        let plain = wanted.written(visit, fault, |all| {
            let kind = kind?;
            let of_day = all.iter().filter(|entry| wanted.day.has(entry.at()));
            let rows: Vec<_> = of_day.filter(|entry| kind.takes(entry)).copied().collect();
            (!rows.is_empty()).then(|| trade::write(kind, &rows))
        })?;
        wanted.file(plain, Vec::new(), fault)
    }

    fn told(refusal: Refusal) -> Refusal {
        let (words, error_code) = told(&refusal);
        Refusal { level: Level::Message, words: words.to_owned(), error_code, ..refusal }
    }
}

impl Wanted {
    fn read(given: Given<'_>, scope: Scope) -> Result<Self, Refusal> {
        let text = given.text("bill_date", Bytes(32))?;
        let day = Day::parse_digits(text)
            .ok_or_else(|| Refusal::wrong("bill_date", "is no day, eight digits as 20250101."))?;
        let is_gzip = given.choice("tar_type", &["GZIP"])?.is_some();
        Ok(Self { day, scope, is_gzip })
    }

    /// The plain file, if the day's bill is there and `write` finds anything for it.
    fn written(
        &self,
        visit: &Visit<'_>,
        fault: Option<Kind>,
        write: impl FnOnce(&[Entry<'_>]) -> Option<Vec<u8>>,
    ) -> Result<Vec<u8>, Refusal> {
        let world = visit.world;
        match (self.day.is_ready(world.now()), fault) {
            (Err(NoBill::Creating), _) | (Ok(()), Some(Kind::Late)) => return Err(creating()),
            (Err(NoBill::NotOver | NoBill::TooOld), _) | (Ok(()), Some(Kind::Missing)) => {
                return Err(none());
            }
            (Ok(()), _) => {}
        }
        let facts = Facts::of(&world.shards, &self.scope, self.day);
        write(&facts.entries(self.day)).ok_or_else(none)
    }

    /// The file as it was asked for.
    fn file(
        &self,
        plain: Vec<u8>,
        headers: Vec<(&'static str, String)>,
        fault: Option<Kind>,
    ) -> Result<Answer, Refusal> {
        let packed = if self.is_gzip { gzipped(&plain) } else { Ok(plain) };
        let body = Content::from(packed.map_err(|_| Refusal::system_error())?);
        Ok(Answer::File { body, headers, is_half: fault == Some(Kind::CutShort) })
    }
}

fn creating() -> Refusal {
    let why = "The bill of that day is made by ten o'clock of the next day, Beijing time.";
    Refusal::business(Code::BillCreating, "账单生成中", why)
}

fn none() -> Refusal {
    let why = "There is no bill: nothing happened that day, it is not over, or it is more than \
               three months ago.";
    Refusal::business(Code::NoBillExist, "账单不存在", why)
}

/// The words of a bill's failure, and the one `error_code` that anybody has seen (D.11).
fn told(refusal: &Refusal) -> (&str, Option<&'static str>) {
    let words = match (refusal.code, refusal.field.as_deref()) {
        (Code::NoBillExist, _) => return ("No Bill Exist", Some("20002")),
        (Code::BillCreating, _) => "Bill Creating",
        (Code::SignError, _) => "SIGN ERROR",
        (Code::SystemError, _) => "SYSTEMERROR",
        (Code::LackParams, _) => "missing parameter",
        (Code::InvalidRequest, Some("bill_type")) => "invalid bill_type",
        (Code::InvalidRequest, _) => "data format error",
        _ => &refusal.words,
    };
    (words, None)
}
