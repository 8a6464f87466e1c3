//! `GET /v3/bill/tradebill`, `…/fundflowbill` and `…/sub-merchant-fundflowbill`: asking for a bill
//! (protocol reference B.8, E.6).
//!
//! The file is made at once and put on the shelf; the answer says where it is and what its digest
//! is. Days are Beijing's, by the business clock; an address lives by the wall clock.

pub(super) mod download;
mod post;
mod wanted;

use serde_json::json;

use self::post::{Post, SealedPost};
use self::wanted::Wanted;
use super::caller::Caller;
use super::errand::{Errand, Visit};
use super::parameters::{Parameters, wrong};
use super::refusal::{Code, Place, Refusal, result};
use super::reply::Answer;
use crate::bill::fund_flow::{self, Account};
use crate::bill::gather::Scope;
use crate::bill::trade;
use crate::fault::{Kind, Route};
use crate::order::Party;

/// Payments and refunds.
pub(super) struct TradeBill {
    wanted: Wanted,
    kind: Option<trade::Kind>,
}

/// Movements of the caller's own account.
pub(super) struct FundFlowBill {
    wanted: Wanted,
    account: Account,
}

/// Movements of a sub-merchant's account, sealed for its partner.
pub(super) struct SubMerchantBill {
    wanted: Wanted,
    account: Account,
}

impl Errand for TradeBill {
    const ROUTE: Route = Route::Bill;

    fn read(visit: Visit<'_>) -> Result<Self, Refusal> {
        let mut parameters = Parameters::of(visit.arrival.query())?;
        let sub_mchid = parameters.optional_text("sub_mchid");
        let scope = match (sub_mchid, visit.merchant.subs.is_empty()) {
            (None, true) => Scope::Of(own(visit)),
            (None, false) => Scope::AllSubs(visit.merchant.mchid.clone()),
            (Some(sub), false) => Scope::Of(sub_merchant(visit, &sub)?),
            (Some(_), true) => return Err(Refusal::extra_parameter(Place::Query, "sub_mchid")),
        };
        let bill_type = parameters.optional_text("bill_type");
        let kind = match bill_type.as_deref().unwrap_or("ALL") {
            // Coupons are never topped up here, so nothing of that kind ever comes back.
            "RECHARGE_REFUND" => None,
            text => match trade::Kind::parse(text) {
                Some(kind) => Some(kind),
                None => return Err(wrong("bill_type", text, "不在允许的取值范围内")),
            },
        };
        Ok(Self { wanted: Wanted::read(parameters, scope)?, kind })
    }

    async fn run(self, visit: Visit<'_>, fault: Option<Kind>) -> Result<Answer, Refusal> {
        let Self { wanted, kind } = self;
        let made = wanted.make(visit, fault, |all| {
            let of_day = all.iter().filter(|entry| wanted.day.has(entry.at()));
            let rows: Vec<_> = match kind {
                Some(kind) => of_day.filter(|entry| kind.takes(entry)).copied().collect(),
                None => Vec::new(),
            };
            kind.filter(|_| !rows.is_empty()).map(|kind| trade::write(kind, &rows))
        })?;
        Ok(Answer::json(&json!(Post::of(visit, made, fault))))
    }
}

impl Errand for FundFlowBill {
    const ROUTE: Route = Route::Bill;

    fn read(visit: Visit<'_>) -> Result<Self, Refusal> {
        let mut parameters = Parameters::of(visit.arrival.query())?;
        let named = parameters.optional_text("account_type");
        let name = named.as_deref().unwrap_or("BASIC");
        let account = match Account::parse(name) {
            None | Some(Account::Deposit) => return Err(not_an_account(name)),
            Some(account) => account,
        };
        Ok(Self { wanted: Wanted::read(parameters, Scope::Of(own(visit)))?, account })
    }

    async fn run(self, visit: Visit<'_>, fault: Option<Kind>) -> Result<Answer, Refusal> {
        let Self { wanted, account } = self;
        let made = wanted.make(visit, fault, |all| fund_flow::write(account, all, wanted.day))?;
        Ok(Answer::json(&json!(Post::of(visit, made, fault))))
    }
}

impl Errand for SubMerchantBill {
    const ROUTE: Route = Route::Bill;

    fn read(visit: Visit<'_>) -> Result<Self, Refusal> {
        if visit.merchant.subs.is_empty() {
            return Err(no_auth("仅服务商可申请子商户资金账单"));
        }
        let mut parameters = Parameters::of(visit.arrival.query())?;
        let sub_mchid = parameters.text("sub_mchid")?;
        let name = parameters.text("account_type")?;
        let account = Account::parse(&name).ok_or_else(|| not_an_account(&name))?;
        let algorithm = parameters.text("algorithm")?;
        if algorithm != "AEAD_AES_256_GCM" {
            return Err(wrong("algorithm", &algorithm, "不支持的加密算法"));
        }
        let scope = Scope::Of(sub_merchant(visit, &sub_mchid)?);
        Ok(Self { wanted: Wanted::read(parameters, scope)?, account })
    }

    async fn run(self, visit: Visit<'_>, fault: Option<Kind>) -> Result<Answer, Refusal> {
        let Self { wanted, account } = self;
        let made = wanted.make(visit, fault, |all| fund_flow::write(account, all, wanted.day))?;
        let entry = SealedPost::of(visit, made, fault)?;
        Ok(Answer::json(&json!({ "download_bill_count": 1, "download_bill_list": [entry] })))
    }
}

fn own(visit: Visit<'_>) -> Party {
    Party { mchid: visit.merchant.mchid.clone(), sub_mchid: None }
}

/// A sub-merchant that the caller acts for.
fn sub_merchant(visit: Visit<'_>, sub_mchid: &str) -> Result<Party, Refusal> {
    let party =
        Party { mchid: visit.merchant.mchid.clone(), sub_mchid: Some(sub_mchid.to_owned()) };
    Caller::by_kind(visit.merchant).vouch_for_bills(&party)?;
    Ok(party)
}

fn not_an_account(name: &str) -> Refusal {
    wrong("account_type", name, "不在允许的取值范围内")
}

fn no_auth(words: &str) -> Refusal {
    Refusal::new(Code::NoAuth, result::NO_RELATION, words)
}
