//! A row of a trade bill, as far as a checkout can be asked about it.
//!
//! A row is ours if its number has the shape of ours: the order's, or the refund's. Whether it *is*
//! ours only its checkout knows. What a bill does not say (the sub-merchant's app, the price of a
//! payment on the row of its refund) is left open here and filled in by who knows it.

use checkout::id::{CheckoutId, OutRefundNo, OutTradeNo};
use checkout::payee::{Payee, SubMerchant};
use checkout::refund::Standing;
use checkout::report::Receipt;
use checkout::time::UnixSeconds;
use serde::{Deserialize, Serialize};
use wechatpay::bill::column::Column;
use wechatpay::bill::date::BillDate;
use wechatpay::bill::row::Row;
use wechatpay::moment::parse_rfc3339;

use super::difference::What;

/// A row whose number has the shape of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum Entry {
    /// Somebody paid.
    Payment(Receipt),
    /// Somebody gets money back.
    Refund(BilledRefund),
    /// Neither, or not all of it: nothing can be made of it, so a person has to look.
    Unreadable {
        /// The refund's number, else the order's.
        number: String,
        /// The platform's word for what it is.
        state: String,
    },
}

/// A refund as a bill tells it: a snapshot of the next morning, never updated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BilledRefund {
    /// The refund's number, of whatever shape.
    pub out_refund_no: String,
    /// The platform's own number of it.
    pub refund_id: String,
    /// The order's number.
    pub out_trade_no: String,
    /// The platform's number of the payment.
    pub transaction_id: String,
    /// How much goes back, in fen, coupons included.
    pub amount: u64,
    /// Where it stood when the bill was made.
    pub standing: Standing,
    /// Every merchant that the row names.
    pub merchants: Vec<String>,
    /// When the payer had it, where the bill has such a column.
    pub success_time: Option<UnixSeconds>,
}

impl Entry {
    /// Reads a row; `None` for one that is somebody else's.
    pub fn read(row: &Row<'_>) -> Option<(CheckoutId, Self)> {
        let order = row.text(Column::OutTradeNo).unwrap_or_default();
        let refund = row.text(Column::OutRefundNo).unwrap_or_default();
        let by_order = OutTradeNo::parse(order).map(|number| number.checkout());
        let by_refund = || OutRefundNo::parse(refund).map(|number| number.checkout());
        let checkout = by_order.or_else(|_| by_refund()).ok()?;
        let state = row.text(Column::State).unwrap_or_default();
        let read = match state {
            "SUCCESS" => payment(row).map(Self::Payment),
            "REFUND" => billed_refund(row).map(Self::Refund),
            _ => None,
        };
        let number = if refund.is_empty() { order } else { refund };
        let unreadable = || Self::Unreadable { number: number.to_owned(), state: state.to_owned() };
        Some((checkout, read.unwrap_or_else(unreadable)))
    }

    /// Names what the bill of `day` says by this row, for ever: who hears it twice hears the same.
    pub fn news_id(&self, day: BillDate) -> String {
        format!("bill:{day}:{}", self.number())
    }

    /// Payments come before refunds, which may be refunds of them.
    pub const fn rank(&self) -> i64 {
        match self {
            Self::Payment(_) => 0,
            Self::Refund(_) => 1,
            Self::Unreadable { .. } => 2,
        }
    }

    /// What it is about.
    pub const fn what(&self) -> What {
        match self {
            Self::Payment(_) => What::Payment,
            Self::Refund(_) => What::Refund,
            Self::Unreadable { .. } => What::Row,
        }
    }

    /// What tells it from all others of its kind: of a payment the platform's number, of a refund
    /// the merchant's.
    pub fn number(&self) -> &str {
        match self {
            Self::Payment(receipt) => &receipt.transaction_id,
            Self::Refund(refund) => &refund.out_refund_no,
            Self::Unreadable { number, .. } => number,
        }
    }
}

fn payment(row: &Row<'_>) -> Option<Receipt> {
    Some(Receipt {
        transaction_id: row.text(Column::TransactionId)?.to_owned(),
        out_trade_no: row.text(Column::OutTradeNo)?.to_owned(),
        // Early bills have one column for what is asked and for what is settled.
        total: fen(row, [Column::OrderAmount, Column::SettlementAmount])?,
        currency: row.text(Column::Currency).unwrap_or("CNY").to_owned(),
        payee: payee(row)?,
        success_time: Some(moment(row.text(Column::TradeTime)?)?),
        payer_total: None,
        trade_type: None,
        bank_type: row.text(Column::BankType).map(str::to_owned),
        attach: row.text(Column::Attach).map(str::to_owned),
        openid: row.text(Column::Openid).map(str::to_owned),
        sub_openid: None,
        promotions: Vec::new(),
    })
}

fn billed_refund(row: &Row<'_>) -> Option<BilledRefund> {
    let payee = payee(row)?;
    let sub_mchid = payee.sub_mchid().map(str::to_owned);
    Some(BilledRefund {
        out_refund_no: row.text(Column::OutRefundNo)?.to_owned(),
        refund_id: row.text(Column::RefundId)?.to_owned(),
        out_trade_no: row.text(Column::OutTradeNo)?.to_owned(),
        transaction_id: row.text(Column::TransactionId)?.to_owned(),
        amount: fen(row, [Column::RequestedRefund, Column::RefundAmount])?,
        standing: standing(row.text(Column::RefundState)?),
        merchants: core::iter::once(payee.mchid).chain(sub_mchid).collect(),
        success_time: row.text(Column::RefundDoneTime).and_then(moment),
    })
}

fn payee(row: &Row<'_>) -> Option<Payee> {
    let sub = row.text(Column::SubMchid);
    let sub = sub.map(|mchid| SubMerchant { mchid: mchid.to_owned(), appid: None });
    let direct = Payee::direct(row.text(Column::Mchid)?, row.text(Column::Appid)?);
    Some(Payee { sub, ..direct })
}

/// The first of two columns that the bill has.
fn fen(row: &Row<'_>, columns: [Column; 2]) -> Option<u64> {
    let amount = columns.into_iter().find_map(|column| row.number(column))?;
    u64::try_from(amount).ok()
}

/// A bill has words of its own for where a refund stands (protocol reference B.10).
fn standing(word: &str) -> Standing {
    match word {
        "SUCCESS" => Standing::Success,
        "PROCESSING" => Standing::Processing,
        "FAIL" => Standing::Closed,
        "CHANGE" => Standing::Abnormal,
        other => Standing::Unknown(other.to_owned()),
    }
}

/// `2025-01-01 11:20:31`, in Beijing.
fn moment(text: &str) -> Option<UnixSeconds> {
    parse_rfc3339(&format!("{}+08:00", text.replace(' ', "T")))
}

#[cfg(test)]
mod tests;
