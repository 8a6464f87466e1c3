//! Native orders: what is asked, and what an answer means (protocol reference B.1, B.3, B.4).
//!
//! A direct merchant's place, query and close. The order's bytes are made once, stored by whoever
//! places it, and repeated byte for byte: the platform takes a repeat for the same order only if
//! every parameter is the same.

use checkout::id::Description;
use checkout::money::{Amount, Currency};
use checkout::report::{CodeUrl, Refusal, Report};
use checkout::time::UnixSeconds;
use serde::Deserialize;
use serde_json::Value;

use super::answer::{Doubt, Judged};
use super::malformed::{Malformed, Part, read_json};
use super::transaction::Transaction;
use super::verify::Verified;
use crate::http::{Method, Request};
use crate::moment::rfc3339;

/// An order as it is sent.
#[derive(Clone, Copy, Debug)]
pub struct OrderBody<'a> {
    /// The app id that is bound to the merchant.
    pub appid: &'a str,
    /// The merchant, the same as the caller.
    pub mchid: &'a str,
    /// What the payer reads.
    pub description: &'a Description,
    /// The merchant's number of the order: 6 to 32 letters, digits, `_` and `-`.
    pub out_trade_no: &'a str,
    /// The last moment it can be paid.
    pub time_expire: UnixSeconds,
    /// The merchant's own words, given back when it is paid; at most 128 bytes.
    pub attach: Option<&'a str>,
    /// Where the payment is told: https, at most 255 characters, no query.
    pub notify_url: &'a str,
    /// How much.
    pub amount: Amount,
}

impl OrderBody<'_> {
    /// The bytes to store, to sign and to send. Written out field by field, so that equal orders
    /// have equal bytes whatever a library does.
    pub fn to_bytes(&self) -> Vec<u8> {
        let attach =
            self.attach.map_or_else(String::new, |text| format!(r#""attach":{},"#, quoted(text)));
        let currency = match self.amount.currency {
            Currency::Cny => "CNY",
        };
        format!(
            concat!(
                r#"{{"appid":{appid},"mchid":{mchid},"description":{description},"#,
                r#""out_trade_no":{number},"time_expire":{time_expire},{attach}"#,
                r#""notify_url":{notify_url},"amount":{{"total":{total},"currency":"{currency}"}}}}"#,
            ),
            appid = quoted(self.appid),
            mchid = quoted(self.mchid),
            description = quoted(self.description.as_str()),
            number = quoted(self.out_trade_no),
            time_expire = quoted(&rfc3339(self.time_expire)),
            attach = attach,
            notify_url = quoted(self.notify_url),
            total = self.amount.total.count(),
            currency = currency,
        )
        .into_bytes()
    }
}

/// Places an order, or repeats it: `body` is what [`OrderBody::to_bytes`] gave the first time.
pub fn place(body: Vec<u8>) -> Request {
    Request { method: Method::Post, target: "/v3/pay/transactions/native".to_owned(), body }
}

/// Asks for an order by the merchant's number. The only way while nobody has paid.
pub fn query_by_out_trade_no(out_trade_no: &str, mchid: &str) -> Request {
    query("out-trade-no", out_trade_no, mchid)
}

/// Asks for an order by the platform's number of its payment.
pub fn query_by_transaction_id(transaction_id: &str, mchid: &str) -> Request {
    query("id", transaction_id, mchid)
}

fn query(kind: &str, number: &str, mchid: &str) -> Request {
    let (number, mchid) = (encoded(number), encoded(mchid));
    let target = format!("/v3/pay/transactions/{kind}/{number}?mchid={mchid}");
    Request { method: Method::Get, target, body: Vec::new() }
}

/// Closes an order, so that nobody can pay it any more.
pub fn close(out_trade_no: &str, mchid: &str) -> Request {
    let target = format!("/v3/pay/transactions/out-trade-no/{}/close", encoded(out_trade_no));
    let body = format!(r#"{{"mchid":{}}}"#, quoted(mchid)).into_bytes();
    Request { method: Method::Post, target, body }
}

/// What the answer to [`place`] means.
pub fn read_place(judged: &Judged<'_>) -> Report {
    match judged {
        Judged::Done { status: 200, body } => {
            code_url(*body).map_or(Report::InDoubt, |code_url| Report::Placed { code_url })
        }
        Judged::Refused { refusal, .. } if may_hide_an_order(refusal) => {
            Report::Disputed(refusal.clone())
        }
        Judged::Refused { refusal, .. } => Report::Refused(refusal.clone()),
        Judged::Done { .. } | Judged::InDoubt(_) => Report::InDoubt,
    }
}

/// What the answer to either query means for the order of that number. An answer about another
/// order says nothing about this one.
pub fn read_query(judged: &Judged<'_>, out_trade_no: &str) -> Report {
    match judged {
        Judged::Done { status: 200, body } => Transaction::read(body.body())
            .ok()
            .filter(|transaction| transaction.out_trade_no() == out_trade_no)
            .map_or(Report::InDoubt, |transaction| transaction.report()),
        Judged::Refused { refusal, proof } if is_not_found(refusal) => {
            Report::NotFound { proof: *proof }
        }
        // Refused for another reason: the order's state is as unknown as before.
        Judged::Refused { .. } | Judged::Done { .. } | Judged::InDoubt(_) => Report::InDoubt,
    }
}

/// What the answer to [`close`] means. Only 204 means that the platform took it, and even that does
/// not prove that the order ever existed.
pub fn read_close(judged: &Judged<'_>) -> Report {
    match judged {
        Judged::Done { status: 204, .. } => Report::CloseTaken,
        Judged::Refused { refusal, .. } => Report::CloseRefused(refusal.clone()),
        // USER_PAYING: the payer is entering the password this very moment.
        Judged::InDoubt(Doubt::Undecided(answer)) if answer.status == 202 => {
            Report::CloseRefused(answer.clone())
        }
        Judged::Done { .. } | Judged::InDoubt(_) => Report::InDoubt,
    }
}

fn code_url(body: Verified<'_>) -> Result<CodeUrl, Malformed> {
    #[derive(Deserialize)]
    struct Placed {
        code_url: String,
    }
    let placed: Placed = read_json(Part::Code, body.body())?;
    CodeUrl::parse(&placed.code_url).map_err(|_| Malformed::BadCodeUrl)
}

/// Refusals that an order of ours with this number can be behind: paid, closed, or placed with
/// other parameters. `INVALID_REQUEST` covers them all beside plain mistakes, and only its wording,
/// which may change, would tell which (protocol reference B.1, E.2). Older pages spell without `_`.
fn may_hide_an_order(refusal: &Refusal) -> bool {
    matches!(
        refusal.code.as_str(),
        "ORDER_PAID"
            | "ORDERPAID"
            | "ORDER_CLOSED"
            | "ORDERCLOSED"
            | "OUT_TRADE_NO_USED"
            | "INVALID_REQUEST"
    )
}

/// A bare 404 is a wrong path or somebody's proxy; only the code says that there is no such order.
fn is_not_found(refusal: &Refusal) -> bool {
    refusal.status == 404 && matches!(refusal.code.as_str(), "ORDER_NOT_EXIST" | "ORDERNOTEXIST")
}

/// A JSON string.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// Percent-encodes all but the unreserved characters of RFC 3986.
fn encoded(text: &str) -> String {
    let mut target = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                target.push(char::from(byte));
            }
            _ => target.push_str(&format!("%{byte:02X}")),
        }
    }
    target
}
