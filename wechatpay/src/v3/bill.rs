//! Asking APIv3 for bills: what is asked, and what an answer means (protocol reference B.8, B.9).
//!
//! A bill comes in two steps. The platform's signed answer names a digest and an address; the file
//! at that address comes unsigned, and only the digest makes it the platform's. What is inside it
//! [`crate::bill`] reads.
//!
//! Reading order: the requests in this file; [`answer`] and [`address`].

pub mod address;
pub mod answer;

use super::spelling::encoded;
use crate::bill::date::BillDate;
use crate::bill::{Account, TradeRows};
use crate::http::{Method, Request};

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

/// Asks for a day's fund-flow bill of one sub-merchant. Its file comes sealed
/// ([`crate::bill::unseal`]).
pub fn sub_merchant_fund_flow(date: BillDate, account: Account, sub_mchid: &str) -> Request {
    let (sub, account) = (encoded(sub_mchid), account.as_str());
    ask(format!(
        "/v3/bill/sub-merchant-fundflowbill?sub_mchid={sub}&bill_date={date}&account_type={account}&algorithm=AEAD_AES_256_GCM"
    ))
}

/// Always compressed: a bill shrinks to about a tenth, and a reader has to look for gzip in any
/// case ([`crate::bill::is_gzip`]).
fn ask(target: String) -> Request {
    Request { method: Method::Get, target: format!("{target}&tar_type=GZIP"), body: Vec::new() }
}

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
}
