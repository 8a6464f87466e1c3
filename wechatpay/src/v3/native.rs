//! Native orders: what is asked, and what an answer means (protocol reference B.1, B.3, B.4).
//!
//! Place, query and close, for a direct merchant or for a service provider's sub-merchant (B.2): the
//! two differ in paths and in the names of who calls and who is paid. The order's bytes are made once, stored by whoever
//! places it, and repeated byte for byte: the platform takes a repeat for the same order only if
//! every parameter is the same.

use checkout::id::Description;
use checkout::money::{Amount, Currency};
use checkout::payee::Payee;
use checkout::report::{CodeUrl, Refusal, Report};
use checkout::time::UnixSeconds;
use serde::Deserialize;

use super::answer::{Doubt, Judged};
use super::malformed::{Malformed, Part, read_json};
use super::order_fields::OrderFields;
use super::spelling::{encoded, quoted};
use super::transaction::Transaction;
use super::verify::Verified;
use crate::http::{Method, Request};
use crate::moment::rfc3339;

/// An order as it is sent.
#[derive(Clone, Copy, Debug)]
pub struct OrderBody<'a> {
    /// Who is paid; the caller is the same merchant, or its service provider.
    pub payee: &'a Payee,
    /// What the payer reads.
    pub description: &'a Description,
    /// The merchant's number of the order: 6 to 32 letters, digits, `_` and `-`.
    pub out_trade_no: &'a str,
    /// The last moment it can be paid.
    pub time_expire: UnixSeconds,
    /// Where the payment is told: https, at most 255 characters, no query.
    pub notify_url: &'a str,
    /// How much.
    pub amount: Amount,
    /// What an order may say besides.
    pub fields: &'a OrderFields,
}

impl OrderBody<'_> {
    /// The bytes to store, to sign and to send. Written out field by field, so that equal orders
    /// have equal bytes whatever a library does.
    pub fn to_bytes(&self) -> Vec<u8> {
        let currency = match self.amount.currency {
            Currency::Cny => "CNY",
        };
        format!(
            concat!(
                r#"{{{payee},"description":{description},"#,
                r#""out_trade_no":{number},"time_expire":{time_expire},{fields}"#,
                r#""notify_url":{notify_url},"amount":{{"total":{total},"currency":"{currency}"}}}}"#,
            ),
            payee = named(self.payee),
            description = quoted(self.description.as_str()),
            number = quoted(self.out_trade_no),
            time_expire = quoted(&rfc3339(self.time_expire)),
            fields = self.fields.members(),
            notify_url = quoted(self.notify_url),
            total = self.amount.total.count(),
            currency = currency,
        )
        .into_bytes()
    }
}

/// Places an order, or repeats it: `body` is what [`OrderBody::to_bytes`] gave the first time.
pub fn place(body: Vec<u8>, payee: &Payee) -> Request {
    let target = format!("{}/native", family(payee));
    Request { method: Method::Post, target, body }
}

/// Asks for an order by the merchant's number. The only way while nobody has paid.
pub fn query_by_out_trade_no(out_trade_no: &str, payee: &Payee) -> Request {
    query("out-trade-no", out_trade_no, payee)
}

/// Asks for an order by the platform's number of its payment.
pub fn query_by_transaction_id(transaction_id: &str, payee: &Payee) -> Request {
    query("id", transaction_id, payee)
}

fn query(kind: &str, number: &str, payee: &Payee) -> Request {
    let (number, mchid) = (encoded(number), encoded(&payee.mchid));
    let names = match payee.sub_mchid() {
        None => format!("mchid={mchid}"),
        Some(sub_mchid) => format!("sp_mchid={mchid}&sub_mchid={}", encoded(sub_mchid)),
    };
    let target = format!("{}/{kind}/{number}?{names}", family(payee));
    Request { method: Method::Get, target, body: Vec::new() }
}

/// Closes an order, so that nobody can pay it any more.
pub fn close(out_trade_no: &str, payee: &Payee) -> Request {
    let target = format!("{}/out-trade-no/{}/close", family(payee), encoded(out_trade_no));
    let mchid = quoted(&payee.mchid);
    let body = match payee.sub_mchid() {
        None => format!(r#"{{"mchid":{mchid}}}"#),
        Some(sub) => format!(r#"{{"sp_mchid":{mchid},"sub_mchid":{}}}"#, quoted(sub)),
    };
    Request { method: Method::Post, target, body: body.into_bytes() }
}

/// The paths of a direct merchant, or a service provider's.
const fn family(payee: &Payee) -> &'static str {
    match payee.sub {
        None => "/v3/pay/transactions",
        Some(_) => "/v3/pay/partner/transactions",
    }
}

/// Who calls and who is paid, as members of a JSON object.
fn named(payee: &Payee) -> String {
    let (appid, mchid) = (quoted(&payee.appid), quoted(&payee.mchid));
    let Some(sub) = &payee.sub else {
        return format!(r#""appid":{appid},"mchid":{mchid}"#);
    };
    let sub_appid = sub.appid.as_deref();
    let sub_appid =
        sub_appid.map_or_else(String::new, |appid| format!(r#""sub_appid":{},"#, quoted(appid)));
    let sub_mchid = quoted(&sub.mchid);
    format!(r#""sp_appid":{appid},"sp_mchid":{mchid},{sub_appid}"sub_mchid":{sub_mchid}"#)
}

/// What the answer to [`place`] means.
pub fn read_place(judged: &Judged<'_>) -> Report {
    match judged {
        Judged::Done { status: 200, body } => {
            let placed = |code_url| Report::Placed { code_url, prepay_id: None };
            code_url(*body).map_or(Report::InDoubt, placed)
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
/// not prove that the order ever existed. Where it did not, some pages have 204 and older ones 404
/// (protocol reference B.4).
pub fn read_close(judged: &Judged<'_>) -> Report {
    match judged {
        Judged::Done { status: 204, .. } => Report::CloseTaken,
        Judged::Refused { refusal, proof } if is_not_found(refusal) => {
            Report::NotFound { proof: *proof }
        }
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

#[cfg(test)]
mod tests {
    use checkout::money::Fen;
    use checkout::payee::SubMerchant;
    use checkout::report::Proof;
    use serde_json::Value;

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
            payee: &Payee::direct("1", "wx"),
            description: &Description::parse(words).unwrap(),
            out_trade_no: "T1",
            time_expire: UnixSeconds(0),
            notify_url: "https://a/",
            amount: Amount::cny(Fen::new(1).unwrap()),
            fields: &OrderFields::default(),
        };
        let json: Value = serde_json::from_slice(&order.to_bytes()).unwrap();
        assert_eq!(json["description"], words);
        assert_eq!(json["time_expire"], "1970-01-01T08:00:00+08:00");
        assert_eq!(json.as_object().unwrap().len(), 7);
    }

    #[test]
    fn numbers_are_percent_encoded() {
        assert_eq!(
            query_by_out_trade_no("a|b*c/../d?", &Payee::direct("1&2", "wx")).target,
            "/v3/pay/transactions/out-trade-no/a%7Cb%2Ac%2F..%2Fd%3F?mchid=1%262"
        );
        let payee = Payee::direct("1", "wx");
        assert_eq!(close("红", &payee).target, "/v3/pay/transactions/out-trade-no/%E7%BA%A2/close");
    }

    #[test]
    fn a_service_provider_names_itself_and_its_sub_merchant() {
        // Protocol reference B.0, B.3, G.4.
        let sub = |appid: Option<&str>| {
            let appid = appid.map(str::to_owned);
            let sub = Some(SubMerchant { mchid: "1900000003".to_owned(), appid });
            Payee { sub, ..Payee::direct("1900000002", "wxaaaaaaaaaaaaaaaa") }
        };
        let payee = sub(None);
        assert_eq!(place(Vec::new(), &payee).target, "/v3/pay/partner/transactions/native");
        assert_eq!(
            query_by_out_trade_no("T1", &payee).target,
            "/v3/pay/partner/transactions/out-trade-no/T1?sp_mchid=1900000002&sub_mchid=1900000003"
        );
        assert_eq!(
            query_by_transaction_id("42", &payee).target,
            "/v3/pay/partner/transactions/id/42?sp_mchid=1900000002&sub_mchid=1900000003"
        );
        let close = close("T1", &payee);
        assert_eq!(close.target, "/v3/pay/partner/transactions/out-trade-no/T1/close");
        assert_eq!(close.body, br#"{"sp_mchid":"1900000002","sub_mchid":"1900000003"}"#);
        assert_eq!(
            named(&sub(Some("wxbbbbbbbbbbbbbbbb"))),
            concat!(
                r#""sp_appid":"wxaaaaaaaaaaaaaaaa","sp_mchid":"1900000002","#,
                r#""sub_appid":"wxbbbbbbbbbbbbbbbb","sub_mchid":"1900000003""#,
            )
        );
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
            assert_eq!(read_close(&refused(404, code)), report);
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
