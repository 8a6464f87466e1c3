//! The trade bill: one row for each payment and each refund (protocol reference B.10, G.8).

use super::entry::{Entry, RATE, ReturnState, fee};
use super::sheet::{self, Sheet, yuan};
use crate::time;

/// Which rows and columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Payments and refunds.
    All,
    /// Payments.
    Success,
    /// Refunds.
    Refund,
}

/// A column, by what stands in it.
#[derive(Clone, Copy)]
enum Column {
    Time,
    Appid,
    Mchid,
    SubMchid,
    Device,
    TransactionId,
    OutTradeNo,
    Openid,
    TradeType,
    State,
    Bank,
    Currency,
    Settlement,
    Coupon,
    AcceptedAt,
    DoneAt,
    RefundId,
    OutRefundNo,
    Refund,
    CouponRefund,
    Channel,
    RefundState,
    Description,
    Attach,
    Fee,
    Rate,
    Total,
    AskedRefund,
    RateNote,
}

use Column as C;

const COMMON: [Column; 14] = [
    C::Time,
    C::Appid,
    C::Mchid,
    C::SubMchid,
    C::Device,
    C::TransactionId,
    C::OutTradeNo,
    C::Openid,
    C::TradeType,
    C::State,
    C::Bank,
    C::Currency,
    C::Settlement,
    C::Coupon,
];
const TIMES: [Column; 2] = [C::AcceptedAt, C::DoneAt];
const REFUND: [Column; 6] =
    [C::RefundId, C::OutRefundNo, C::Refund, C::CouponRefund, C::Channel, C::RefundState];
const COST: [Column; 5] = [C::Description, C::Attach, C::Fee, C::Rate, C::Total];

const SUMMARY: [&str; 7] = [
    "总交易单数",
    "应结订单总金额",
    "退款总金额",
    "充值券退款总金额",
    "手续费总金额",
    "订单总金额",
    "申请退款总金额",
];

impl Kind {
    /// Its name in a query.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "ALL" => Some(Self::All),
            "SUCCESS" => Some(Self::Success),
            "REFUND" => Some(Self::Refund),
            _ => None,
        }
    }

    /// Whether such an entry stands in it.
    pub const fn takes(self, entry: &Entry<'_>) -> bool {
        match self {
            Self::All => true,
            Self::Success => matches!(entry, Entry::Paid(_)),
            Self::Refund => matches!(entry, Entry::Returned(..)),
        }
    }

    fn columns(self) -> Vec<Column> {
        let last = [C::AskedRefund, C::RateNote];
        match self {
            Self::All => [&COMMON[..], &REFUND, &COST, &last].concat(),
            Self::Success => [&COMMON[..], &COST, &[C::RateNote]].concat(),
            Self::Refund => [&COMMON[..], &TIMES, &REFUND, &COST, &last].concat(),
        }
    }
}

/// The file with these entries, which must be of this kind.
pub fn write(kind: Kind, entries: &[Entry<'_>]) -> Vec<u8> {
    let columns = kind.columns();
    let mut sheet = Sheet::new();
    sheet.headers(columns.iter().map(|column| column.name()));
    let mut sums = Sums::default();
    for entry in entries {
        sheet.values(columns.iter().map(|column| column.value(entry)));
        sums.add(entry);
    }
    let [count, settlement, refund, coupon, cost, total, asked] = SUMMARY;
    match kind {
        Kind::Success => {
            sheet.headers([count, settlement, cost, total]);
            let Sums { count, settled, fee, total, .. } = sums;
            sheet.values([count.to_string(), yuan(settled), sheet::fee(fee), yuan(total)]);
        }
        Kind::All | Kind::Refund => {
            sheet.headers([count, settlement, refund, coupon, cost, total, asked]);
            let Sums { count, settled, refund, coupon, fee, total, asked } = sums;
            let [settled, refund, coupon, total, asked] =
                [settled, refund, coupon, total, asked].map(yuan);
            let cost = sheet::fee(fee);
            sheet.values([count.to_string(), settled, refund, coupon, cost, total, asked]);
        }
    }
    sheet.into_bytes()
}

/// Of the whole file, in fen.
#[derive(Default)]
struct Sums {
    count: usize,
    settled: i64,
    refund: i64,
    coupon: i64,
    fee: i64,
    total: i64,
    asked: i64,
}

impl Sums {
    fn add(&mut self, entry: &Entry<'_>) {
        self.count += 1;
        self.fee += signed_fee(entry);
        match entry {
            Entry::Paid(deal) => {
                self.settled += signed(deal.settled);
                self.total += signed(deal.total);
            }
            Entry::Returned(_, back) => {
                self.refund += signed(back.settled);
                self.coupon += signed(back.coupon);
                self.asked += signed(back.amount);
            }
        }
    }
}

/// A fee that is given back is negative.
fn signed_fee(entry: &Entry<'_>) -> i64 {
    match entry {
        Entry::Paid(deal) => signed(fee(deal.settled)),
        Entry::Returned(_, back) => -signed(back.fee()),
    }
}

/// No amount that was ever taken reaches the sign bit.
fn signed(fen: u64) -> i64 {
    i64::try_from(fen).unwrap_or(i64::MAX)
}

impl Column {
    const fn name(self) -> &'static str {
        match self {
            Self::Time => "交易时间",
            Self::Appid => "公众账号ID",
            Self::Mchid => "商户号",
            Self::SubMchid => "特约商户号",
            Self::Device => "设备号",
            Self::TransactionId => "微信订单号",
            Self::OutTradeNo => "商户订单号",
            Self::Openid => "用户标识",
            Self::TradeType => "交易类型",
            Self::State => "交易状态",
            Self::Bank => "付款银行",
            Self::Currency => "货币种类",
            Self::Settlement => "应结订单金额",
            Self::Coupon => "代金券金额",
            Self::AcceptedAt => "退款申请时间",
            Self::DoneAt => "退款成功时间",
            Self::RefundId => "微信退款单号",
            Self::OutRefundNo => "商户退款单号",
            Self::Refund => "退款金额",
            Self::CouponRefund => "充值券退款金额",
            Self::Channel => "退款类型",
            Self::RefundState => "退款状态",
            Self::Description => "商品名称",
            Self::Attach => "商户数据包",
            Self::Fee => "手续费",
            Self::Rate => "费率",
            Self::Total => "订单金额",
            Self::AskedRefund => "申请退款金额",
            Self::RateNote => "费率备注",
        }
    }

    fn value(self, entry: &Entry<'_>) -> String {
        let deal = entry.deal();
        match self {
            Self::Time => time::beijing_seconds(entry.at()),
            Self::Appid => deal.appid.to_owned(),
            Self::Mchid => deal.mchid.to_owned(),
            Self::SubMchid => deal.sub_mchid.unwrap_or("0").to_owned(),
            Self::Device => sheet::escaped(deal.device.unwrap_or_default()),
            Self::TransactionId => deal.transaction_id.to_owned(),
            Self::OutTradeNo => deal.out_trade_no.to_owned(),
            Self::Openid => deal.openid.to_owned(),
            Self::TradeType => "NATIVE".to_owned(),
            Self::Bank => "OTHERS".to_owned(),
            Self::Currency => "CNY".to_owned(),
            Self::Description => sheet::escaped(deal.description),
            Self::Attach => sheet::escaped(deal.attach.unwrap_or_default()),
            Self::Fee => sheet::fee(signed_fee(entry)),
            Self::Rate => RATE.to_owned(),
            Self::RateNote => String::new(),
            // These differ between the two sorts of rows.
            _ => self.value_of_sort(entry),
        }
    }

    fn value_of_sort(self, entry: &Entry<'_>) -> String {
        let (deal, back) = match entry {
            Entry::Paid(deal) => (deal, None),
            Entry::Returned(deal, back) => (deal, Some(back)),
        };
        match (self, back) {
            (Self::State, None) => "SUCCESS".to_owned(),
            (Self::State, Some(_)) => "REFUND".to_owned(),
            (Self::Settlement, None) => yuan(signed(deal.settled)),
            (Self::Coupon, None) => yuan(signed(deal.coupon)),
            (Self::Total, None) => yuan(signed(deal.total)),
            (Self::Settlement | Self::Coupon | Self::Total, Some(_)) => yuan(0),
            (Self::RefundId | Self::OutRefundNo, None) => "0".to_owned(),
            (Self::RefundId, Some(back)) => back.refund_id.to_owned(),
            (Self::OutRefundNo, Some(back)) => back.out_refund_no.to_owned(),
            (Self::Refund | Self::CouponRefund | Self::AskedRefund, None) => yuan(0),
            (Self::Refund, Some(back)) => yuan(signed(back.settled)),
            (Self::CouponRefund, Some(back)) => yuan(signed(back.coupon)),
            (Self::AskedRefund, Some(back)) => yuan(signed(back.amount)),
            (Self::Channel, Some(_)) => "ORIGINAL".to_owned(),
            (Self::RefundState, Some(back)) => state(back.state).to_owned(),
            (Self::AcceptedAt, Some(back)) => time::beijing_seconds(back.accepted_at),
            (Self::DoneAt, Some(back)) => match back.state {
                ReturnState::Done { at } => time::beijing_seconds(at),
                _ => String::new(),
            },
            _ => String::new(),
        }
    }
}

/// 退款状态 (B.10, column 20).
const fn state(state: ReturnState) -> &'static str {
    match state {
        ReturnState::Processing => "PROCESSING",
        ReturnState::Done { .. } => "SUCCESS",
        ReturnState::Failed => "FAIL",
        ReturnState::Abnormal => "CHANGE",
    }
}

#[cfg(test)]
mod tests;
