//! `POST /pay/refundquery`: one refund, or an order's, ten at a time (protocol reference D.6, D.12).

use super::fields::{Page, queried};
use super::{as_parameter, refund_number};
use crate::fault::{Kind, Route};
use crate::ledger::Ledger;
use crate::order::{Order, Party};
use crate::readings::OrderNumber;
use crate::refund::Refund;
use crate::shards::Whose;
use crate::v2::given::{Bytes, Given};
use crate::v2::refusal::{Code, Refusal};
use crate::v2::{Answer, Ask, Outcome, Visit, unified_order};

/// So many refunds stand in one answer (D.6).
const PAGE: usize = 10;

/// Refunds that are asked for.
pub(crate) struct Query {
    party: Party,
    by: By,
    /// How many of the order's are passed over.
    offset: usize,
}

/// What leads to them. Of several numbers the one that stands higher here counts (D.6).
enum By {
    RefundId(String),
    OutRefundNo(String),
    Transaction(String),
    OutTradeNo(String),
}

impl Ask for Query {
    const ROUTE: Route = Route::RefundQueryV2;

    fn read(visit: &Visit<'_>) -> Result<Self, Refusal> {
        let given = Given(visit.fields);
        let party = visit.caller.party()?;
        let by = By::read(given).map_err(as_parameter)?;
        let offset = offset(given).map_err(as_parameter)?;
        Ok(Self { party, by, offset })
    }

    fn whose(&self) -> Whose<'_> {
        let mchid = self.party.mchid.as_str();
        match &self.by {
            By::RefundId(id) => Whose::RefundId(id),
            By::OutRefundNo(out_refund_no) => Whose::Refund { mchid, out_refund_no },
            By::Transaction(id) => Whose::Transaction(id),
            By::OutTradeNo(out_trade_no) => Whose::Order { mchid, out_trade_no },
        }
    }

    fn out_trade_no(&self, ledger: &Ledger) -> Option<String> {
        self.order(ledger).map(|order| order.terms.out_trade_no.clone())
    }

    fn perform(&self, ledger: &mut Ledger, now: i64, _: Option<Kind>) -> Outcome {
        self.found(ledger, now).map(Answer::Done).into()
    }
}

impl By {
    fn read(given: Given<'_>) -> Result<Self, Refusal> {
        if let Some(id) = given.optional("refund_id", Bytes(32))? {
            return Ok(Self::RefundId(id.to_owned()));
        }
        if let Some(number) = refund_number(given)? {
            return Ok(Self::OutRefundNo(number.to_owned()));
        }
        if let Some(id) = given.optional("transaction_id", Bytes(32))? {
            return Ok(Self::Transaction(id.to_owned()));
        }
        let number = unified_order::out_trade_no(given, OrderNumber::Union)?;
        Ok(Self::OutTradeNo(number.to_owned()))
    }
}

fn offset(given: Given<'_>) -> Result<usize, Refusal> {
    let Some(text) = given.optional("offset", Bytes(9))? else { return Ok(0) };
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let offset = if is_plain { text.parse().ok() } else { None };
    offset.ok_or_else(|| Refusal::wrong("offset", "is not a whole number of refunds, from 0 on."))
}

impl Query {
    /// The refund that one of its own numbers names.
    fn refund<'a>(&self, ledger: &'a Ledger) -> Option<&'a Refund> {
        match &self.by {
            By::RefundId(id) => ledger.refund_by_id(&self.party, id),
            By::OutRefundNo(number) => ledger.refund_by_number(&self.party, number),
            By::Transaction(_) | By::OutTradeNo(_) => None,
        }
    }

    fn order<'a>(&self, ledger: &'a Ledger) -> Option<&'a Order> {
        match &self.by {
            By::Transaction(id) => ledger.order_by_transaction(&self.party, id),
            By::OutTradeNo(number) => ledger.order(&self.party, number),
            By::RefundId(_) | By::OutRefundNo(_) => {
                ledger.order(&self.party, &self.refund(ledger)?.out_trade_no)
            }
        }
    }

    fn found(&self, ledger: &Ledger, now: i64) -> Result<crate::v2::Fields, Refusal> {
        let order = self.order(ledger).ok_or_else(|| self.unknown())?;
        let payment = order.payment().ok_or_else(no_refund)?;
        let page = match self.refund(ledger) {
            Some(refund) => Page { shown: vec![refund], all: 1 },
            None => {
                let all = ledger.refunds_of(order);
                let shown = all.iter().skip(self.offset).take(PAGE).copied().collect();
                Page { shown, all: all.len() }
            }
        };
        if page.shown.is_empty() {
            return Err(no_refund());
        }
        Ok(queried(order, payment, &page, now))
    }

    fn unknown(&self) -> Refusal {
        match &self.by {
            By::Transaction(_) => {
                let why = "No paid order of this merchant has this transaction_id.";
                let refusal =
                    Refusal::business(Code::InvalidTransactionid, "无效transaction_id", why);
                refusal.about("transaction_id")
            }
            _ => no_refund(),
        }
    }
}

fn no_refund() -> Refusal {
    let why = "No refund has this number, the order has none, or offset passes over all of them.";
    Refusal::business(Code::RefundNotExist, "退款订单查询失败：退款单不存在", why)
}
