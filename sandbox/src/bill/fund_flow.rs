//! The fund-flow bill: what moved in one of a merchant's accounts (protocol reference B.8, B.10).
//!
//! Payments and refunds move the basic account, the platform's fee and its return the fees
//! account, which begins with a deposit so that it need not go below nothing. Nothing here ever
//! moves the other two. A refund is booked when it has arrived.

use super::day::Day;
use super::entry::{Deal, Entry, Return, ReturnState, fee};
use super::sheet::{Sheet, escaped_flow, yuan};
use crate::time;

/// What the fees account begins with: 100,000 yuan, in fen.
const FEES_DEPOSIT: i64 = 10_000_000;

const HEADERS: [&str; 11] = [
    "记账时间",
    "微信支付业务单号",
    "资金流水单号",
    "业务名称",
    "业务类型",
    "收支类型",
    "收支金额(元)",
    "账户结余(元)",
    "资金变更提交申请人",
    "备注",
    "业务凭证号",
];
const SUMMARY: [&str; 5] = ["资金流水总笔数", "收入笔数", "收入金额", "支出笔数", "支出金额"];

/// One of a merchant's accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Account {
    /// Sales.
    Basic,
    /// Money to work with.
    Operation,
    /// Fees.
    Fees,
    /// A sub-merchant's deposit.
    Deposit,
}

/// One movement, before the balance is known.
struct Move<'a> {
    at: i64,
    /// The platform's number of what caused it.
    cause: &'a str,
    /// The merchant's number of what caused it.
    voucher: &'a str,
    name: &'static str,
    sort: &'static str,
    note: &'a str,
    /// In fen; out of the account is negative.
    amount: i64,
}

impl Account {
    /// Its name in a query.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "BASIC" => Some(Self::Basic),
            "OPERATION" => Some(Self::Operation),
            "FEES" => Some(Self::Fees),
            "DEPOSIT" => Some(Self::Deposit),
            _ => None,
        }
    }

    const fn digit(self) -> u8 {
        match self {
            Self::Basic => 0,
            Self::Operation => 1,
            Self::Fees => 2,
            Self::Deposit => 3,
        }
    }

    const fn opening(self) -> i64 {
        match self {
            Self::Fees => FEES_DEPOSIT,
            Self::Basic | Self::Operation | Self::Deposit => 0,
        }
    }

    fn movement<'a>(self, entry: &Entry<'a>) -> Option<Move<'a>> {
        let found = match (self, entry) {
            (Self::Basic, Entry::Paid(deal)) => {
                Some(paid(deal, ["交易", "交易"], (deal.settled, 1)))
            }
            (Self::Fees, Entry::Paid(deal)) => {
                Some(paid(deal, ["交易手续费", "扣除交易手续费"], (fee(deal.settled), -1)))
            }
            (Self::Basic, Entry::Returned(deal, back)) => {
                returned(deal, back, ["退款", "退款"], (back.settled, -1))
            }
            (Self::Fees, Entry::Returned(deal, back)) => {
                returned(deal, back, ["交易手续费", "退还交易手续费"], (back.fee(), 1))
            }
            (Self::Operation | Self::Deposit, _) => None,
        };
        found.filter(|movement| movement.amount != 0)
    }
}

fn paid<'a>(
    deal: &Deal<'a>,
    [name, sort]: [&'static str; 2],
    (amount, sign): (u64, i64),
) -> Move<'a> {
    Move {
        at: deal.paid_at,
        cause: deal.transaction_id,
        voucher: deal.out_trade_no,
        name,
        sort,
        note: deal.description,
        amount: sign * i64::try_from(amount).unwrap_or(i64::MAX),
    }
}

fn returned<'a>(
    deal: &Deal<'a>,
    back: &Return<'a>,
    [name, sort]: [&'static str; 2],
    (amount, sign): (u64, i64),
) -> Option<Move<'a>> {
    let ReturnState::Done { at } = back.state else { return None };
    Some(Move {
        at,
        cause: back.refund_id,
        voucher: back.out_refund_no,
        name,
        sort,
        note: deal.description,
        amount: sign * i64::try_from(amount).unwrap_or(i64::MAX),
    })
}

/// The file of one day, given every entry up to its end; `None` if nothing moved that day.
pub fn write(account: Account, entries: &[Entry<'_>], day: Day) -> Option<Vec<u8>> {
    let mut moves: Vec<_> = entries.iter().filter_map(|entry| account.movement(entry)).collect();
    moves.sort_by_key(|movement| movement.at);
    let mut sheet = Sheet::new();
    sheet.headers(HEADERS);
    let (mut balance, mut ins, mut outs) = (account.opening(), Vec::new(), Vec::new());
    for (index, movement) in moves.iter().enumerate() {
        balance += movement.amount;
        if day.has(movement.at) {
            let side = if movement.amount < 0 { &mut outs } else { &mut ins };
            side.push(movement.amount.abs());
            sheet.values(row(movement, balance, (account, index)));
        }
    }
    let count = ins.len() + outs.len();
    sheet.headers(SUMMARY);
    let [came, went] = [ins, outs].map(|side| (side.len().to_string(), yuan(side.iter().sum())));
    sheet.values([count.to_string(), came.0, came.1, went.0, went.1]);
    (count > 0).then(|| sheet.into_bytes())
}

fn row(movement: &Move<'_>, balance: i64, (account, index): (Account, usize)) -> [String; 11] {
    [
        time::beijing_seconds(movement.at),
        movement.cause.to_owned(),
        // Unique for the merchant, and the same whenever it is asked for.
        format!("1000{}{}{index:09}", time::beijing_day(movement.at), account.digit()),
        movement.name.to_owned(),
        movement.sort.to_owned(),
        if movement.amount < 0 { "支出" } else { "收入" }.to_owned(),
        yuan(movement.amount.abs()),
        yuan(balance),
        "system".to_owned(),
        escaped_flow(movement.note),
        escaped_flow(movement.voucher),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAID_AT: i64 = 1_735_701_630;
    const DAY_S: i64 = 86_400;

    fn deal(total: u64, paid_at: i64) -> Deal<'static> {
        Deal {
            appid: "wx0123456789abcdef",
            mchid: "1900000001",
            sub_mchid: None,
            device: None,
            transaction_id: "4200000000202501010000000001",
            out_trade_no: "T20250101000001",
            openid: "o1",
            description: "红茶,500g",
            attach: None,
            total,
            settled: total,
            coupon: 0,
            paid_at,
        }
    }

    fn back(accepted_at: i64, state: ReturnState) -> Return<'static> {
        Return {
            refund_id: "50300000000202501010000000001",
            out_refund_no: "R20250101000001",
            amount: 234,
            settled: 234,
            coupon: 0,
            before: 0,
            accepted_at,
            state,
        }
    }

    fn text(account: Account, entries: &[Entry<'_>], day: i64) -> Option<String> {
        let bytes = write(account, entries, Day::of(day).unwrap());
        bytes.map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn the_basic_account_is_written_as_in_the_reference() {
        let done = ReturnState::Done { at: PAID_AT + 65 };
        let entries = [
            Entry::Paid(deal(1_234, PAID_AT)),
            Entry::Returned(deal(1_234, PAID_AT), back(PAID_AT + 60, done)),
        ];
        // Columns, summary and escapes: protocol reference B.10.
        let expected = "\u{feff}记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,\
            收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号\r\n\
            `2025-01-01 11:20:30,`4200000000202501010000000001,`1000202501010000000000,`交易,\
            `交易,`收入,`12.34,`12.34,`system,`红茶\\ 500g,`T20250101000001\r\n\
            `2025-01-01 11:21:35,`50300000000202501010000000001,`1000202501010000000001,`退款,\
            `退款,`支出,`2.34,`10.00,`system,`红茶\\ 500g,`R20250101000001\r\n\
            资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\r\n\
            `2,`1,`12.34,`1,`2.34\r\n";
        assert_eq!(text(Account::Basic, &entries, PAID_AT).unwrap(), expected);
    }

    #[test]
    fn the_fees_account_pays_and_gets_back_what_the_trade_bill_says() {
        let done = ReturnState::Done { at: PAID_AT + 65 };
        let entries = [
            Entry::Paid(deal(1_234, PAID_AT)),
            Entry::Returned(deal(1_234, PAID_AT), back(PAID_AT + 60, done)),
        ];
        let fees = text(Account::Fees, &entries, PAID_AT).unwrap();
        assert!(fees.contains("`扣除交易手续费,`支出,`0.07,`99999.93,"), "{fees}");
        assert!(fees.contains("`退还交易手续费,`收入,`0.01,`99999.94,"), "{fees}");
        assert!(fees.ends_with("`2,`1,`0.01,`1,`0.07\r\n"), "{fees}");
    }

    #[test]
    fn the_balance_goes_on_from_the_days_before() {
        let entries = [Entry::Paid(deal(100, PAID_AT)), Entry::Paid(deal(23, PAID_AT + DAY_S))];
        let second = text(Account::Basic, &entries, PAID_AT + DAY_S).unwrap();
        assert!(second.contains("`0.23,`1.23,") && !second.contains("`1.00,"), "{second}");
        assert!(second.ends_with("`1,`1,`0.23,`0,`0.00\r\n"), "{second}");
    }

    #[test]
    fn what_moved_nothing_is_no_bill() {
        let entries = [
            Entry::Paid(deal(50, PAID_AT)),
            Entry::Returned(deal(50, PAID_AT), back(PAID_AT, ReturnState::Processing)),
        ];
        assert!(
            text(Account::Basic, &entries, PAID_AT).unwrap().ends_with("`1,`1,`0.50,`0,`0.00\r\n")
        );
        // The fee on half a yuan is less than half a fen.
        for account in [Account::Fees, Account::Operation, Account::Deposit] {
            assert_eq!(text(account, &entries, PAID_AT), None, "{account:?}");
        }
        assert_eq!(text(Account::Basic, &entries, PAID_AT - DAY_S), None);
    }
}
