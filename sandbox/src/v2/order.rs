//! `POST /pay/orderquery` and `POST /pay/closeorder` (protocol reference D.4, D.5, D.12).

use super::given::{Bytes, Given};
use super::refusal::{Code, Refusal};
use super::{Answer, Ask, Fields, Outcome, Visit, transaction, unified_order};
use crate::fault::{Kind, Route};
use crate::ledger::Ledger;
use crate::order::{Life, Order, Party};
use crate::racing;
use crate::readings::{CloseUnknown, OrderNumber};
use crate::shards::Whose;

/// An order that is asked for.
pub(super) struct Query {
    party: Party,
    by: By,
}

/// The number that leads to it; the platform's wins (D.6 says so for refunds).
enum By {
    Transaction(String),
    OutTradeNo(String),
}

/// An order that is to take no more money.
pub(super) struct Close {
    party: Party,
    out_trade_no: String,
    unknown: CloseUnknown,
}

impl Ask for Query {
    const ROUTE: Route = Route::OrderQuery;

    fn read(visit: &Visit<'_>) -> Result<Self, Refusal> {
        let (given, party) = (Given(visit.fields), visit.caller.party()?);
        let by = match given.optional("transaction_id", Bytes(32))? {
            Some(id) => By::Transaction(id.to_owned()),
            None if visit.fields.get("out_trade_no").is_none() => {
                let why = "Name the order by transaction_id or by out_trade_no.";
                let words = "缺少参数transaction_id或out_trade_no";
                let refusal = Refusal::business(Code::LackParams, words, why);
                return Err(refusal.about("out_trade_no"));
            }
            None => By::OutTradeNo(number(given)?),
        };
        Ok(Self { party, by })
    }

    fn whose(&self) -> Whose<'_> {
        match &self.by {
            By::Transaction(id) => Whose::Transaction(id),
            By::OutTradeNo(out_trade_no) => Whose::Order { mchid: &self.party.mchid, out_trade_no },
        }
    }

    fn out_trade_no(&self, ledger: &Ledger) -> Option<String> {
        match &self.by {
            By::OutTradeNo(number) => Some(number.clone()),
            By::Transaction(_) => self.order(ledger).map(|order| order.terms.out_trade_no.clone()),
        }
    }

    fn perform(&self, ledger: &mut Ledger, now: i64, _: Option<Kind>) -> Outcome {
        let order = self.order(ledger).ok_or_else(unknown);
        order.map(|order| Answer::Done(transaction::queried(order, now))).into()
    }
}

impl Query {
    fn order<'a>(&self, ledger: &'a Ledger) -> Option<&'a Order> {
        match &self.by {
            By::Transaction(id) => ledger.order_by_transaction(&self.party, id),
            By::OutTradeNo(number) => ledger.order(&self.party, number),
        }
    }
}

impl Ask for Close {
    const ROUTE: Route = Route::CloseOrder;

    fn read(visit: &Visit<'_>) -> Result<Self, Refusal> {
        let party = visit.caller.party()?;
        let unknown = visit.world.shards.readings().close_unknown;
        Ok(Self { party, out_trade_no: number(Given(visit.fields))?, unknown })
    }

    fn whose(&self) -> Whose<'_> {
        Whose::Order { mchid: &self.party.mchid, out_trade_no: &self.out_trade_no }
    }

    fn out_trade_no(&self, _: &Ledger) -> Option<String> {
        Some(self.out_trade_no.clone())
    }

    fn perform(&self, ledger: &mut Ledger, now: i64, fault: Option<Kind>) -> Outcome {
        let mut paid_first = None;
        if fault == Some(Kind::PaidFirst) {
            paid_first = racing::pay_by_number(ledger, &self.party, &self.out_trade_no, now);
        }
        Outcome { answer: self.close(ledger, now), paid_first }
    }
}

impl Close {
    fn close(&self, ledger: &mut Ledger, now: i64) -> Result<Answer, Refusal> {
        let order = ledger.order(&self.party, &self.out_trade_no);
        match order.map(|order| order.life(now)) {
            None if self.unknown == CloseUnknown::Refused => return Err(unknown()),
            Some(Life::Closed { .. }) => {
                let why = "The order is closed already. That is what was wanted.";
                return Err(Refusal::business(Code::OrderClosed, "订单已关闭", why));
            }
            None | Some(Life::Unpaid | Life::Paid(_)) => {}
        }
        ledger.close(&self.party, &self.out_trade_no, now).map_err(|_| {
            let why = "The order is paid. Query it, and refund it if the money must go back.";
            Refusal::business(Code::OrderPaid, "订单已支付，不能发起关单", why)
        })?;
        Ok(Answer::Done(Fields::new().with("result_msg", "OK")))
    }
}

fn number(given: Given<'_>) -> Result<String, Refusal> {
    // Whatever could be an order's under either reading may be asked for.
    unified_order::out_trade_no(given, OrderNumber::Union).map(str::to_owned)
}

fn unknown() -> Refusal {
    let why = "No such order: it was never placed by this merchant, or sub_mch_id is another than \
               when it was placed.";
    Refusal::business(Code::OrderNotExist, "此交易订单号不存在", why)
}
