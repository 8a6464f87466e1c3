//! Bills: what is inside a file, as it comes (protocol reference B.10).
//!
//! Each API asks for a bill in words of its own ([`crate::v3::bill`], [`crate::v2::bill`]) and brings
//! the same file. Files have hundreds of megabytes, so everything here takes bytes as they come:
//! [`unpack`] decompresses them and, by [`unseal`], opens a sub-merchant's; [`digest`] hashes them,
//! [`closing`] sees whether they were all, [`parser`] makes rows of them, [`json`] writes rows as
//! lines of JSON.
//!
//! Nothing here believes a file. Where there is a digest, whoever feeds it compares that before
//! anybody relies on a row; a file without one proves nothing, and its rows are hearsay.
//!
//! Reading order: the names in this file, [`date`]; [`unpack`], [`unseal`], [`digest`], [`closing`];
//! [`parser`], [`row`], [`mod@column`], [`fault`]; [`json`].

pub mod date;

pub mod closing;
pub mod digest;
pub mod unpack;
pub mod unseal;

pub mod column;
pub mod fault;
mod number;
pub mod parser;
pub mod row;

pub mod json;

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
    /// `bill_type` on the wire, of either API.
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
    /// `account_type` on the wire of APIv3.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "BASIC",
            Self::Operation => "OPERATION",
            Self::Fees => "FEES",
            Self::Deposit => "DEPOSIT",
        }
    }

    /// Reads APIv3's `account_type`.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Basic, Self::Operation, Self::Fees, Self::Deposit]
            .into_iter()
            .find(|account| account.as_str() == text)
    }
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
