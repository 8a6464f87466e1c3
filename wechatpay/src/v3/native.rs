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

#[cfg(test)]
mod tests {
    use checkout::money::Fen;
    use checkout::report::Proof;

    use super::*;

    fn refusal(status: u16, code: &str) -> Refusal {
        let (code, message) = (code.to_owned(), String::new());
        Refusal { status, code, message, request_id: None }
    }

    fn refused(status: u16, code: &str) -> Judged<'static> {
        Judged::Refused { refusal: refusal(status, code), proof: Proof::Unverified }
    }

    #[test]
    fn an_order_stays_json_whatever_its_words_are() {
        let words = r#"5" rack, \ black"#;
        let order = OrderBody {
            appid: "wx",
            mchid: "1",
            description: &Description::parse(words).unwrap(),
            out_trade_no: "T1",
            time_expire: UnixSeconds(0),
            attach: None,
            notify_url: "https://a/",
            amount: Amount::cny(Fen::new(1).unwrap()),
        };
        let json: Value = serde_json::from_slice(&order.to_bytes()).unwrap();
        assert_eq!(json["description"], words);
        assert_eq!(json["time_expire"], "1970-01-01T08:00:00+08:00");
        assert_eq!(json.as_object().unwrap().len(), 7);
    }

    #[test]
    fn numbers_are_percent_encoded() {
        assert_eq!(
            query_by_out_trade_no("a|b*c/../d?", "1&2").target,
            "/v3/pay/transactions/out-trade-no/a%7Cb%2Ac%2F..%2Fd%3F?mchid=1%262"
        );
        assert_eq!(close("红", "1").target, "/v3/pay/transactions/out-trade-no/%E7%BA%A2/close");
    }

    #[test]
    fn a_refusal_that_may_hide_an_order_is_only_a_dispute() {
        for (status, code) in [
            (400, "ORDER_PAID"),
            (400, "ORDERPAID"),
            (400, "ORDER_CLOSED"),
            (400, "ORDERCLOSED"),
            (403, "OUT_TRADE_NO_USED"),
            (400, "INVALID_REQUEST"),
        ] {
            let report = Report::Disputed(refusal(status, code));
            assert_eq!(read_place(&refused(status, code)), report, "{code}");
        }
        for (status, code) in
            [(400, "PARAM_ERROR"), (401, "SIGN_ERROR"), (403, "NO_AUTH"), (404, "HTTP_404")]
        {
            let report = Report::Refused(refusal(status, code));
            assert_eq!(read_place(&refused(status, code)), report, "{code}");
        }
    }

    #[test]
    fn only_the_code_says_that_there_is_no_such_order() {
        for code in ["ORDER_NOT_EXIST", "ORDERNOTEXIST"] {
            let report = Report::NotFound { proof: Proof::Unverified };
            assert_eq!(read_query(&refused(404, code), "T1"), report);
        }
        for (status, code) in [
            (404, "HTTP_404"),
            (404, "MCH_NOT_EXISTS"),
            (400, "ORDER_NOT_EXIST"),
            (401, "SIGN_ERROR"),
        ] {
            assert_eq!(read_query(&refused(status, code), "T1"), Report::InDoubt, "{code}");
        }
    }

    #[test]
    fn a_payer_entering_the_password_keeps_an_order_open() {
        let paying = refusal(202, "USER_PAYING");
        let judged = Judged::InDoubt(Doubt::Undecided(paying.clone()));
        assert_eq!(read_close(&judged), Report::CloseRefused(paying));
        for status in [429, 500, 503] {
            let judged = Judged::InDoubt(Doubt::Undecided(refusal(status, "SYSTEM_ERROR")));
            assert_eq!(read_close(&judged), Report::InDoubt, "{status}");
            assert_eq!(read_place(&judged), Report::InDoubt, "{status}");
        }
        let paid = refused(400, "ORDER_PAID");
        assert_eq!(read_close(&paid), Report::CloseRefused(refusal(400, "ORDER_PAID")));
    }
}
