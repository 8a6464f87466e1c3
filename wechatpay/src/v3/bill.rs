//! Bills: what is asked, what an answer means, and what is inside a file (protocol reference B.8 to
//! B.10).
//!
//! A bill comes in two steps. The platform's signed answer names a digest and an address; the file
//! at that address comes unsigned, and only the digest makes it the platform's. Files have hundreds
//! of megabytes, so everything here takes bytes as they come: [`unpack`] decompresses them and, by
//! [`unseal`], opens a sub-merchant's; [`digest`] hashes them, [`parser`] makes rows of them,
//! [`json`] writes rows as lines of JSON.
//! Nothing here believes a file; whoever feeds it compares the digest before anybody relies on a
//! row.
//!
//! Reading order: the requests in this file, [`date`]; [`answer`] and [`address`]; [`unpack`],
//! [`unseal`] and [`digest`]; [`parser`], [`row`], [`mod@column`], [`fault`]; [`json`].

pub mod date;

pub mod address;
pub mod answer;

pub mod digest;
pub mod unpack;
pub mod unseal;

pub mod column;
pub mod fault;
mod number;
pub mod parser;
pub mod row;

pub mod json;

use self::date::BillDate;
use super::spelling::encoded;
use crate::http::{Method, Request};

/// Which rows a trade bill has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TradeRows {
    /// Payments and refunds.
    #[default]
    All,
    /// Payments only.
    Payments,
    /// Refunds only.
    Refunds,
}

impl TradeRows {
    /// `bill_type` on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "ALL",
            Self::Payments => "SUCCESS",
            Self::Refunds => "REFUND",
        }
    }

    /// Reads `bill_type`.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::All, Self::Payments, Self::Refunds].into_iter().find(|rows| rows.as_str() == text)
    }
}

/// Whose money a fund-flow bill follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Account {
    /// The basic account: where payments arrive.
    #[default]
    Basic,
    /// The operation account.
    Operation,
    /// The account that fees are paid from.
    Fees,
    /// The deposit account. Only a sub-merchant's bill knows it.
    Deposit,
}

impl Account {
    /// `account_type` on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "BASIC",
            Self::Operation => "OPERATION",
            Self::Fees => "FEES",
            Self::Deposit => "DEPOSIT",
        }
    }

    /// Reads `account_type`.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Basic, Self::Operation, Self::Fees, Self::Deposit]
            .into_iter()
            .find(|account| account.as_str() == text)
    }
}

/// Asks for a day's trade bill; a partner may narrow it to one sub-merchant.
pub fn trade(date: BillDate, rows: TradeRows, sub_mchid: Option<&str>) -> Request {
    let sub = sub_mchid.map_or_else(String::new, |id| format!("&sub_mchid={}", encoded(id)));
    let rows = rows.as_str();
    ask(format!("/v3/bill/tradebill?bill_date={date}{sub}&bill_type={rows}"))
}

/// Asks for a day's fund-flow bill of the caller's own account.
pub fn fund_flow(date: BillDate, account: Account) -> Request {
    let account = account.as_str();
    ask(format!("/v3/bill/fundflowbill?bill_date={date}&account_type={account}"))
}

/// Asks for a day's fund-flow bill of one sub-merchant. Its file comes sealed ([`unseal`]).
pub fn sub_merchant_fund_flow(date: BillDate, account: Account, sub_mchid: &str) -> Request {
    let (sub, account) = (encoded(sub_mchid), account.as_str());
    ask(format!(
        "/v3/bill/sub-merchant-fundflowbill?sub_mchid={sub}&bill_date={date}&account_type={account}&algorithm=AEAD_AES_256_GCM"
    ))
}

/// Always compressed: a bill shrinks to about a tenth, and a reader has to look for gzip in any
/// case ([`is_gzip`]).
fn ask(target: String) -> Request {
    Request { method: Method::Get, target: format!("{target}&tar_type=GZIP"), body: Vec::new() }
}

/// Whether a file that begins with these bytes is compressed. Asked of the file itself: an HTTP
/// client may have taken the compression off already, and the platform need not say what it did
/// (protocol reference I.4).
pub fn is_gzip(head: &[u8]) -> bool {
    head.starts_with(&GZIP_MAGIC)
}

/// How every gzip file begins (RFC 1952); no bill does, whose first byte is text or a byte-order
/// mark.
pub const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

#[cfg(test)]
mod tests {
    use super::*;

    fn date() -> BillDate {
        BillDate::parse("2025-01-01").unwrap()
    }

    #[test]
    fn the_calls_are_those_of_the_reference() {
        // Protocol reference G.8.
        assert_eq!(
            trade(date(), TradeRows::All, None).target,
            "/v3/bill/tradebill?bill_date=2025-01-01&bill_type=ALL&tar_type=GZIP"
        );
        assert_eq!(
            trade(date(), TradeRows::Refunds, Some("1900000109")).target,
            "/v3/bill/tradebill?bill_date=2025-01-01&sub_mchid=1900000109&bill_type=REFUND&tar_type=GZIP"
        );
        assert_eq!(
            fund_flow(date(), Account::Fees).target,
            "/v3/bill/fundflowbill?bill_date=2025-01-01&account_type=FEES&tar_type=GZIP"
        );
        assert_eq!(
            sub_merchant_fund_flow(date(), Account::Deposit, "1&2").target,
            "/v3/bill/sub-merchant-fundflowbill?sub_mchid=1%262&bill_date=2025-01-01&account_type=DEPOSIT&algorithm=AEAD_AES_256_GCM&tar_type=GZIP"
        );
    }

    #[test]
    fn names_on_the_wire_are_read_as_they_are_written_and_no_other() {
        for rows in [TradeRows::All, TradeRows::Payments, TradeRows::Refunds] {
            assert_eq!(TradeRows::parse(rows.as_str()), Some(rows));
        }
        for account in [Account::Basic, Account::Operation, Account::Fees, Account::Deposit] {
            assert_eq!(Account::parse(account.as_str()), Some(account));
        }
        for other in ["", "all", "ALL ", "BASIC,FEES"] {
            assert_eq!((TradeRows::parse(other), Account::parse(other)), (None, None), "{other}");
        }
    }

    #[test]
    fn compression_is_seen_in_the_bytes() {
        assert!(is_gzip(&[0x1f, 0x8b, 8]));
        for plain in [&b""[..], &[0x1f], &[0xef, 0xbb, 0xbf], "交易时间".as_bytes()] {
            assert!(!is_gzip(plain));
        }
    }
}
