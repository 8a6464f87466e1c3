//! `POST /secapi/pay/refund`: which messages the platform takes, and what becomes of the refund
//! (protocol reference D.6, D.12, E.5).
//!
//! Refunds are the same ones that APIv3 knows: one ledger, one set of limits, either API may ask
//! after them. What is told of them is in [`fields`] and [`notice`].

mod fields;
mod notice;
pub(super) mod query;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::routing::{MethodRouter, any};

pub use self::notice::{event, message};
use super::given::{Bytes, Given};
use super::refusal::{Code, Level, Refusal};
use super::{Answer, Ask, Outcome, Visit, certificate, exchange, unified_order};
use crate::dice;
use crate::fault::{Kind, Route};
use crate::ledger::Ledger;
use crate::ledger::refunds::Chance;
use crate::readings::OrderNumber;
use crate::refund::{Api, NotRefunded, Terms};
use crate::shards::Whose;
use crate::v3::native::is_number_byte;
use crate::v3::notify_url;
use crate::world::World;

/// Longest address of a refund's notification (D.6).
const NOTIFY_URL_BYTES_MAX: usize = notify_url::CHARS_MAX + 1;

/// Longest reason that a payer reads (D.6).
const DESC_CHARS_MAX: usize = 80;

/// A refund that is to be made.
pub(super) struct Apply(Terms);

/// Its path. The postman does not know yet that there will be something to tell.
pub(super) fn apply() -> MethodRouter<Arc<World>> {
    any(async |State(world): State<Arc<World>>, request: Request| {
        let answer = exchange::<Apply>(&world, request).await;
        world.bell.notify_one();
        answer
    })
}

impl Ask for Apply {
    const ROUTE: Route = Route::RefundV2;

    fn read(visit: &Visit<'_>) -> Result<Self, Refusal> {
        certificate::check(visit)?;
        terms(visit).map(Self).map_err(as_parameter)
    }

    fn whose(&self) -> Whose<'_> {
        let Self(terms) = self;
        Whose::NewRefund {
            mchid: &terms.party.mchid,
            out_refund_no: &terms.out_refund_no,
            out_trade_no: terms.out_trade_no.as_deref(),
            transaction_id: terms.transaction_id.as_deref(),
        }
    }

    fn out_trade_no(&self, ledger: &Ledger) -> Option<String> {
        ledger.order_to_refund(&self.0).map(|order| order.terms.out_trade_no.clone())
    }

    fn perform(&self, ledger: &mut Ledger, now: i64, _: Option<Kind>) -> Outcome {
        let chance = Chance { refund_tail: dice::digits(10), notification_id: dice::uuid() };
        let made = ledger.refund(self.0.clone(), chance, now);
        let answer = made.map(|refund| Answer::Done(fields::applied(&refund)));
        answer.map_err(|why| self.not_refunded(why)).into()
    }
}

impl Apply {
    /// Why there is no refund. Codes and words as merchants saw them where no page has them.
    fn not_refunded(&self, why: NotRefunded) -> Refusal {
        let say = Refusal::business;
        match why {
            NotRefunded::Different => {
                let why = "There is a refund with this out_refund_no and other data. Repeat the \
                           first call unchanged but for nonce_str, sign and sign_type, or use a \
                           new number.";
                say(Code::RefundFeeMismatch, MISMATCH, why).about("out_refund_no")
            }
            NotRefunded::TotalDiffers => {
                let why = "total_fee is not the order's total.";
                say(Code::RefundFeeMismatch, MISMATCH, why).about("total_fee")
            }
            NotRefunded::NotPaid if self.0.transaction_id.is_some() => {
                let why = "No paid order of this merchant has this transaction_id.";
                say(Code::InvalidTransactionid, "无效transaction_id", why).about("transaction_id")
            }
            NotRefunded::NotPaid => {
                let why = "No order of this merchant has this out_trade_no, or nobody paid it.";
                say(Code::OrderNotExist, "订单不存在", why).about("out_trade_no")
            }
            NotRefunded::TooOld => {
                let why = "The order was paid more than a year ago.";
                say(Code::TradeOverdue, "订单已经超过退款期限", why)
            }
            NotRefunded::Spent => {
                let why = "Earlier refunds gave the whole order back.";
                say(Code::Error, "订单已全额退款", why)
            }
            NotRefunded::TooMuch => {
                let why = "All refunds together would be more than the order.";
                say(Code::InvalidRequest, "refund_fee大于可退金额", why).about("refund_fee")
            }
            NotRefunded::TooMany => {
                let why = "The order has had fifty refunds.";
                say(Code::InvalidRequest, "单笔订单部分退款次数超过限制", why)
            }
            NotRefunded::TooSoon => {
                let why = "The order's last refund is less than a minute old. The same call again, \
                           with the same number, once the minute is over.";
                say(Code::FrequencyLimited, "频率限制，同一订单多次退款请间隔1分钟", why)
            }
        }
    }
}

const MISMATCH: &str = "订单金额或退款金额与之前请求不一致，请核实后再试";

/// Reads a message, or says what is wrong with it.
fn terms(visit: &Visit<'_>) -> Result<Terms, Refusal> {
    let (given, party) = (Given(visit.fields), visit.caller.party()?);
    let transaction_id = given.optional("transaction_id", Bytes(32))?;
    // Who gives both means the platform's number (D.6).
    let out_trade_no = match transaction_id {
        Some(_) => None,
        None => Some(unified_order::out_trade_no(given, OrderNumber::Union)?),
    };
    let out_refund_no = refund_number(given)?.ok_or_else(|| Refusal::lacks("out_refund_no"))?;
    let (total, refund) = (given.fen("total_fee")?, given.fen("refund_fee")?);
    given.choice("refund_fee_type", &["CNY"])?;
    if visit.fields.get("refund_desc").is_some_and(|text| text.chars().count() > DESC_CHARS_MAX) {
        return Err(Refusal::wrong("refund_desc", "is longer than 80 characters."));
    }
    if refund > total {
        let why = "refund_fee is more than total_fee.";
        return Err(Refusal::message(Code::ParamError, "invalid refund_fee", why));
    }
    let known = ACCOUNTS.map(|(account, _)| account);
    let account = given.choice("refund_account", &known)?.unwrap_or(USUAL_ACCOUNT);
    let funds = ACCOUNTS.iter().find(|(known, _)| *known == account).map(|(_, funds)| *funds);
    let url = given.optional("notify_url", Bytes(NOTIFY_URL_BYTES_MAX))?;
    if url.is_some_and(|url| !notify_url::is_allowed(url)) {
        let rule = "is no address that the platform notifies: it must be an absolute URL without \
                    query and fragment, with https (http only for this machine).";
        return Err(Refusal::wrong("notify_url", rule));
    }
    let keyring = visit.world.keyring();
    let console_url = keyring.credentials.refund_notify_url(&party.mchid);
    Ok(Terms {
        console_url: console_url.map(str::to_owned),
        party,
        transaction_id: transaction_id.map(str::to_owned),
        out_trade_no: out_trade_no.map(str::to_owned),
        out_refund_no: out_refund_no.to_owned(),
        total,
        refund,
        notify_url: url.map(str::to_owned),
        api: Api::V2,
        funds_account: funds.unwrap_or_default().to_owned(),
        from: Vec::new(),
        body: unified_order::of_the_order(visit.fields),
    })
}

/// Where the merchant's money comes from, as V2 and as APIv3 call it (B.5, D.6).
const ACCOUNTS: [(&str, &str); 2] =
    [(USUAL_ACCOUNT, "UNSETTLED"), ("REFUND_SOURCE_RECHARGE_FUNDS", "AVAILABLE")];
const USUAL_ACCOUNT: &str = "REFUND_SOURCE_UNSETTLED_FUNDS";

/// The merchant's number for a refund (E.1).
fn refund_number(given: Given<'_>) -> Result<Option<&str>, Refusal> {
    let number = given.optional("out_refund_no", Bytes(64))?;
    if number.is_some_and(|number| !number.bytes().all(is_number_byte)) {
        let rule = "holds a character that is not allowed in it.";
        return Err(Refusal::wrong("out_refund_no", rule));
    }
    Ok(number)
}

/// Calls about refunds have one code for whatever is wrong with a field (D.12).
fn as_parameter(refusal: Refusal) -> Refusal {
    match (refusal.level, refusal.code) {
        (Level::Business, Code::LackParams | Code::InvalidRequest) => {
            Refusal { code: Code::ParamError, ..refusal }
        }
        _ => refusal,
    }
}
