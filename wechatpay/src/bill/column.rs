//! Which heading means which column (protocol reference B.10).
//!
//! Columns are found by heading, never by place: old merchants and special products have other
//! sets, and new columns come. What is not known here keeps its own name.

/// How a column's values are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// As they stand.
    Text,
    /// In the merchant's own words, with commas and line ends escaped.
    Words,
    /// An id, with `0` where there is none.
    Id,
    /// Yuan with two decimals; read as fen.
    Fen,
    /// Yuan with five decimals; read as hundred-thousandths of a yuan.
    Fee,
    /// A number of things, perhaps printed as `45.0`.
    Count,
    /// `yyyy-MM-dd HH:mm:ss`, Beijing time.
    Time,
    /// 收入 or 支出: money in or out.
    Direction,
}

/// A column, whatever its heading is in the file at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is explained by its heading and name in the table below")]
pub enum Column {
    TradeTime,
    Appid,
    Mchid,
    SubMchid,
    Device,
    TransactionId,
    OutTradeNo,
    Openid,
    TradeType,
    State,
    BankType,
    Currency,
    SettlementAmount,
    CouponAmount,
    RefundId,
    OutRefundNo,
    RefundAmount,
    RechargeCouponRefund,
    RefundChannel,
    RefundState,
    RefundRequestedTime,
    RefundDoneTime,
    Description,
    Attach,
    Fee,
    Rate,
    OrderAmount,
    RequestedRefund,
    RateNote,
    BookedTime,
    BusinessId,
    FlowId,
    BusinessName,
    BusinessType,
    Direction,
    Amount,
    Balance,
    Applicant,
    Note,
    VoucherId,
    RowCount,
    SettlementSum,
    RefundSum,
    RechargeCouponRefundSum,
    FeeSum,
    OrderSum,
    RequestedRefundSum,
    IncomeCount,
    IncomeSum,
    ExpenseCount,
    ExpenseSum,
}

/// What is known of a column.
#[derive(Debug)]
pub struct Known {
    /// Which it is.
    pub column: Column,
    /// Its name in our JSON. Amounts are in fen; a name that ends in `_yuan` holds decimal text.
    pub name: &'static str,
    /// How its values are written.
    pub kind: Kind,
    /// Its headings, today's first; brackets half-width.
    headings: &'static [&'static str],
}

/// The column that a heading means: today's headings before older ones.
pub(super) fn known(heading: &str) -> Option<&'static Known> {
    // Older documents have full-width brackets.
    let heading = heading.replace('（', "(").replace('）', ")");
    let first = TABLE.iter().find(|known| known.headings.first() == Some(&heading.as_str()));
    first.or_else(|| TABLE.iter().find(|known| known.headings.contains(&heading.as_str())))
}

const fn row(
    column: Column,
    name: &'static str,
    kind: Kind,
    headings: &'static [&'static str],
) -> Known {
    Known { column, name, kind, headings }
}

/// A trade bill's columns, a fund-flow bill's, and the summaries of both.
const TABLE: &[Known] = &[
    row(Column::TradeTime, "trade_time", Kind::Time, &["交易时间"]),
    row(Column::Appid, "appid", Kind::Text, &["公众账号ID"]),
    row(Column::Mchid, "mchid", Kind::Text, &["商户号"]),
    row(Column::SubMchid, "sub_mchid", Kind::Id, &["特约商户号", "子商户号"]),
    row(Column::Device, "device", Kind::Words, &["设备号"]),
    row(Column::TransactionId, "transaction_id", Kind::Text, &["微信订单号"]),
    row(Column::OutTradeNo, "out_trade_no", Kind::Text, &["商户订单号"]),
    row(Column::Openid, "openid", Kind::Text, &["用户标识"]),
    row(Column::TradeType, "trade_type", Kind::Text, &["交易类型"]),
    row(Column::State, "state", Kind::Text, &["交易状态"]),
    row(Column::BankType, "bank_type", Kind::Text, &["付款银行"]),
    row(Column::Currency, "currency", Kind::Text, &["货币种类"]),
    row(Column::SettlementAmount, "settlement_amount", Kind::Fen, &["应结订单金额", "总金额"]),
    row(
        Column::CouponAmount,
        "coupon_amount",
        Kind::Fen,
        &["代金券金额", "代金券或立减优惠金额", "企业红包金额"],
    ),
    row(Column::RefundId, "refund_id", Kind::Id, &["微信退款单号"]),
    row(Column::OutRefundNo, "out_refund_no", Kind::Id, &["商户退款单号"]),
    row(Column::RefundAmount, "refund_amount", Kind::Fen, &["退款金额"]),
    row(
        Column::RechargeCouponRefund,
        "recharge_coupon_refund_amount",
        Kind::Fen,
        &["充值券退款金额", "代金券或立减优惠退款金额"],
    ),
    row(Column::RefundChannel, "refund_channel", Kind::Text, &["退款类型"]),
    row(Column::RefundState, "refund_state", Kind::Text, &["退款状态"]),
    row(Column::RefundRequestedTime, "refund_requested_time", Kind::Time, &["退款申请时间"]),
    row(Column::RefundDoneTime, "refund_done_time", Kind::Time, &["退款成功时间"]),
    row(Column::Description, "description", Kind::Words, &["商品名称"]),
    row(Column::Attach, "attach", Kind::Words, &["商户数据包"]),
    row(Column::Fee, "fee_yuan", Kind::Fee, &["手续费", "返还手续费"]),
    row(Column::Rate, "rate", Kind::Text, &["费率"]),
    row(Column::OrderAmount, "order_amount", Kind::Fen, &["订单金额"]),
    row(Column::RequestedRefund, "requested_refund_amount", Kind::Fen, &["申请退款金额"]),
    row(Column::RateNote, "rate_note", Kind::Text, &["费率备注"]),
    row(Column::BookedTime, "booked_time", Kind::Time, &["记账时间"]),
    row(Column::BusinessId, "business_id", Kind::Text, &["微信支付业务单号"]),
    row(Column::FlowId, "flow_id", Kind::Text, &["资金流水单号"]),
    row(Column::BusinessName, "business_name", Kind::Text, &["业务名称"]),
    row(Column::BusinessType, "business_type", Kind::Text, &["业务类型"]),
    row(Column::Direction, "direction", Kind::Direction, &["收支类型"]),
    row(Column::Amount, "amount", Kind::Fen, &["收支金额(元)", "收支金额"]),
    row(Column::Balance, "balance", Kind::Fen, &["账户结余(元)", "账户结余"]),
    row(Column::Applicant, "applicant", Kind::Text, &["资金变更提交申请人"]),
    row(Column::Note, "note", Kind::Words, &["备注"]),
    row(Column::VoucherId, "voucher_id", Kind::Words, &["业务凭证号"]),
    row(Column::RowCount, "row_count", Kind::Count, &["总交易单数", "资金流水总笔数"]),
    row(Column::SettlementSum, "settlement_amount", Kind::Fen, &["应结订单总金额", "总交易额"]),
    row(Column::RefundSum, "refund_amount", Kind::Fen, &["退款总金额", "总退款金额"]),
    row(
        Column::RechargeCouponRefundSum,
        "recharge_coupon_refund_amount",
        Kind::Fen,
        &["充值券退款总金额", "总代金券或立减优惠退款金额"],
    ),
    row(Column::FeeSum, "fee_yuan", Kind::Fee, &["手续费总金额"]),
    row(Column::OrderSum, "order_amount", Kind::Fen, &["订单总金额"]),
    row(Column::RequestedRefundSum, "requested_refund_amount", Kind::Fen, &["申请退款总金额"]),
    row(Column::IncomeCount, "income_count", Kind::Count, &["收入笔数"]),
    row(Column::IncomeSum, "income_amount", Kind::Fen, &["收入金额"]),
    row(Column::ExpenseCount, "expense_count", Kind::Count, &["支出笔数"]),
    row(Column::ExpenseSum, "expense_amount", Kind::Fen, &["支出金额"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_means_one_column() {
        let all: Vec<_> = TABLE.iter().flat_map(|known| known.headings).collect();
        for heading in &all {
            assert_eq!(all.iter().filter(|other| other == &heading).count(), 1, "{heading}");
        }
    }

    #[test]
    fn old_headings_and_wide_brackets_mean_the_same() {
        let column = |heading: &str| known(heading).map(|known| known.column);
        for (old, new) in [
            ("子商户号", "特约商户号"),
            ("总金额", "应结订单金额"),
            ("企业红包金额", "代金券金额"),
            ("代金券或立减优惠退款金额", "充值券退款金额"),
            ("返还手续费", "手续费"),
            ("收支金额（元）", "收支金额(元)"),
            ("账户结余（元）", "账户结余(元)"),
            ("总交易额", "应结订单总金额"),
        ] {
            assert!(column(old).is_some(), "{old}");
            assert_eq!(column(old), column(new), "{old}");
        }
        for other in ["", "交易", "交易时间 ", "out_trade_no"] {
            assert_eq!(column(other), None, "{other}");
        }
    }
}
