//! `POST /pay/downloadfundflow`: what moved in one of the caller's accounts (protocol reference
//! D.11).
//!
//! It wants the client certificate and HMAC-SHA256, and unlike the bill of trade it says no as every
//! other call does. Its digest is in a header; whether the platform takes it before or after
//! packing is not known: here it is of the plain bytes, as APIv3's.

use super::Wanted;
use crate::bill::fund_flow::{Account, write};
use crate::bill::gather::Scope;
use crate::bill::packing::digest;
use crate::fault::{Kind, Route};
use crate::order::Party;
use crate::v2::given::{Bytes, Given};
use crate::v2::refusal::{Code, Level, Refusal};
use crate::v2::sign::SignType;
use crate::v2::{Answer, Errand, Visit, certificate};

/// A bill that is asked for.
pub(crate) struct FundFlow {
    wanted: Wanted,
    account: Account,
}

impl Errand for FundFlow {
    const ROUTE: Route = Route::DownloadFundFlow;

    fn read(visit: &Visit<'_>) -> Result<Self, Refusal> {
        certificate::check(visit)?;
        if visit.caller.sign_type != SignType::HmacSha256 {
            let rule = "is not HMAC-SHA256, which alone this call takes.";
            return Err(Refusal::wrong("sign_type", rule));
        }
        let given = Given(visit.fields);
        let account = match given.text("account_type", Bytes(32))? {
            "Basic" => Account::Basic,
            "Operation" => Account::Operation,
            "Fees" => Account::Fees,
            _ => return Err(Refusal::wrong("account_type", "is none of Basic, Operation, Fees.")),
        };
        let own = Party { mchid: visit.caller.merchant.mchid.clone(), sub_mchid: None };
        Ok(Self { wanted: Wanted::read(given, Scope::Of(own))?, account })
    }

    async fn run(self, visit: &Visit<'_>, fault: Option<Kind>) -> Result<Answer, Refusal> {
        let Self { wanted, account } = self;
        let plain = wanted.written(visit, fault, |all| write(account, all, wanted.day))?;
        let digest = match fault {
            Some(Kind::WrongHash) => digest(&[&plain, &b"\n"[..]].concat()),
            _ => digest(&plain),
        };
        wanted.file(plain, vec![("digest", format!("SHA={digest}"))], fault)
    }

    /// One code for whatever is wrong with a field (D.11).
    fn told(refusal: Refusal) -> Refusal {
        match (refusal.level, refusal.code) {
            (Level::Business, Code::LackParams | Code::InvalidRequest) => {
                Refusal { code: Code::ParamError, ..refusal }
            }
            _ => refusal,
        }
    }
}
