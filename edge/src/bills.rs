//! A shop asks for a day's bill: which one, in which form, and what it gets.
//!
//! Everything about bills that needs no runtime is here. Whether a day's bill is ready is the
//! platform's answer and never our guess: refused here is only a question that has no answer, such
//! as a day that no calendar has.
//!
//! In reading order: the question in this file, the [`files`] that answer it, how one may be
//! [`lost`], and the [`outlet`], which lets no byte of a bill out before it is proven.

pub mod files;
pub mod lost;
pub mod outlet;

use wechatpay::bill::date::BillDate;
use wechatpay::bill::{Account, TradeRows};
use wechatpay::http::Request;
use wechatpay::v2::bill as v2;
use wechatpay::v2::draft::Draft;
use wechatpay::v3::bill;

use crate::config::Payees;
use crate::problem::{Code, Problem};

/// Which bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Payments and refunds.
    Trade {
        /// Of this day.
        date: BillDate,
        /// Which of them.
        rows: TradeRows,
        /// Whose they are, where the merchant is a service provider.
        sub_mchid: Option<String>,
    },
    /// What moved on the merchant's own account.
    FundFlow {
        /// On this day.
        date: BillDate,
        /// On this account.
        account: Account,
    },
    /// What moved on a sub-merchant's account.
    SubMerchantFundFlow {
        /// On this day.
        date: BillDate,
        /// On this account.
        account: Account,
        /// Whose it is.
        sub_mchid: String,
    },
}

/// How a bill is handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The platform's own bytes, uncompressed.
    Csv,
    /// One JSON object a row.
    Lines,
}

impl Wanted {
    /// Reads the query of `GET /v1/bills/trade`.
    pub fn trade(query: &str, payees: &Payees) -> Result<Self, Problem> {
        let query = Query::read(query, ["date", "type", "sub_mchid"])?;
        let [date, rows, sub_mchid] = query.0;
        // Without one the platform would tell of all that the service provider has, of which this
        // profile may be meant to know a few (protocol reference B.8).
        let payee = payees.choose(sub_mchid).map_err(|reason| refused(reason.words()))?;
        let sub_mchid = payee.sub_mchid().map(str::to_owned);
        let rows = match rows {
            None => TradeRows::All,
            Some(text) => TradeRows::parse(text)
                .ok_or_else(|| refused("type: one of ALL, SUCCESS and REFUND"))?,
        };
        Ok(Self::Trade { date: day(date)?, rows, sub_mchid })
    }

    /// Reads the query of `GET /v1/bills/fund-flow`.
    pub fn fund_flow(query: &str, payees: &Payees) -> Result<Self, Problem> {
        let query = Query::read(query, ["date", "account", "sub_mchid"])?;
        let [date, account, sub_mchid] = query.0;
        let sub_mchid = configured(sub_mchid, payees)?;
        let account = match account {
            None => Account::Basic,
            Some(text) => Account::parse(text)
                .ok_or_else(|| refused("account: one of BASIC, OPERATION, FEES and DEPOSIT"))?,
        };
        let date = day(date)?;
        match sub_mchid {
            Some(sub_mchid) => Ok(Self::SubMerchantFundFlow { date, account, sub_mchid }),
            None if account == Account::Deposit => {
                Err(refused("account: DEPOSIT is a sub-merchant's; name its sub_mchid"))
            }
            None => Ok(Self::FundFlow { date, account }),
        }
    }

    /// The question to the platform by V2, which has no fund-flow bill but the caller's own.
    pub fn draft(&self, payees: &Payees) -> Result<Draft, Problem> {
        match self {
            Self::Trade { date, rows, sub_mchid } => {
                let payee = payees.choose(sub_mchid.as_deref());
                let payee = payee.map_err(|reason| refused(reason.words()))?;
                Ok(v2::trade(*date, *rows, &payee))
            }
            Self::FundFlow { date, account } => {
                let draft = v2::fund_flow(*date, *account, &payees.own());
                draft.ok_or_else(|| refused("account: over V2 one of BASIC, OPERATION and FEES"))
            }
            Self::SubMerchantFundFlow { .. } => {
                Err(refused("sub_mchid: over V2 there is no fund-flow bill of a sub-merchant"))
            }
        }
    }

    /// The question to the platform by APIv3.
    pub fn request(&self) -> Request {
        match self {
            Self::Trade { date, rows, sub_mchid } => {
                bill::trade(*date, *rows, sub_mchid.as_deref())
            }
            Self::FundFlow { date, account } => bill::fund_flow(*date, *account),
            Self::SubMerchantFundFlow { date, account, sub_mchid } => {
                bill::sub_merchant_fund_flow(*date, *account, sub_mchid)
            }
        }
    }
}

impl Form {
    /// The form that `Accept` names first; the platform's own where it names none of ours.
    pub fn of(accept: Option<&str>) -> Self {
        let mut ranges = accept.unwrap_or_default().split(',');
        let named = ranges.find_map(|range| {
            let media_type = range.split(';').next().unwrap_or_default().trim();
            match media_type.to_ascii_lowercase().as_str() {
                "application/x-ndjson" => Some(Self::Lines),
                "text/csv" => Some(Self::Csv),
                _ => None,
            }
        });
        named.unwrap_or(Self::Csv)
    }

    /// What stands in `Content-Type`.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Lines => "application/x-ndjson",
        }
    }
}

/// The values of a query by the names that a route knows. None of them has a character that would
/// be escaped, so nothing is decoded.
struct Query<'a>([Option<&'a str>; 3]);

impl<'a> Query<'a> {
    fn read(query: &'a str, names: [&str; 3]) -> Result<Self, Problem> {
        let mut values = [None; 3];
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let known = names.iter().zip(&mut values).find(|(known, _)| **known == name);
            let Some((name, place)) = known else {
                let [first, second, third] = names;
                return Err(refused(&format!("this route takes {first}, {second} and {third}")));
            };
            if place.replace(value).is_some() {
                return Err(refused(&format!("{name}: it stands there twice")));
            }
        }
        Ok(Self(values))
    }
}

fn day(text: Option<&str>) -> Result<BillDate, Problem> {
    let text = text.ok_or_else(|| refused("date: which day? yyyy-MM-dd, in Beijing"))?;
    BillDate::parse(text).map_err(|bad| refused(&format!("date: {bad}")))
}

/// A sub-merchant that the operator has named, and no other.
fn configured(sub_mchid: Option<&str>, payees: &Payees) -> Result<Option<String>, Problem> {
    let Some(sub_mchid) = sub_mchid else { return Ok(None) };
    match payees.choose(Some(sub_mchid)) {
        Ok(_) => Ok(Some(sub_mchid.to_owned())),
        Err(reason) => Err(refused(reason.words())),
    }
}

fn refused(words: &str) -> Problem {
    Problem::new(Code::InvalidRequest, words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn direct() -> Payees {
        Payees::direct("1900000001", "wx19")
    }

    fn partner(subs: &str) -> Payees {
        Payees::parse("1900000003".to_owned(), "wx19".to_owned(), subs).unwrap()
    }

    fn target(wanted: Result<Wanted, Problem>) -> String {
        wanted.unwrap().request().target
    }

    #[test]
    fn a_question_becomes_the_platforms() {
        assert_eq!(
            target(Wanted::trade("date=2025-01-01", &direct())),
            "/v3/bill/tradebill?bill_date=2025-01-01&bill_type=ALL&tar_type=GZIP"
        );
        assert_eq!(
            target(Wanted::trade("type=REFUND&date=2025-01-01", &direct())),
            "/v3/bill/tradebill?bill_date=2025-01-01&bill_type=REFUND&tar_type=GZIP"
        );
        assert_eq!(
            target(Wanted::fund_flow("date=2025-01-01&account=FEES", &direct())),
            "/v3/bill/fundflowbill?bill_date=2025-01-01&account_type=FEES&tar_type=GZIP"
        );
    }

    #[test]
    fn a_trade_bill_never_tells_of_more_than_one_configured_sub_merchant() {
        let day = "date=2025-01-01";
        let one = partner(r#"{"1600000001":{}}"#);
        let bill = "/v3/bill/tradebill?bill_date=2025-01-01&sub_mchid=1600000001&bill_type=ALL";
        assert_eq!(target(Wanted::trade(day, &one)), format!("{bill}&tar_type=GZIP"));
        let two = partner(r#"{"1600000001":{},"1600000002":{}}"#);
        let chosen = format!("{day}&sub_mchid=1600000001");
        assert_eq!(target(Wanted::trade(&chosen, &two)), format!("{bill}&tar_type=GZIP"));
        let problem = Wanted::trade(day, &two).unwrap_err();
        assert_eq!(problem.code, Code::InvalidRequest);
        assert_eq!(problem.detail, "sub_mchid: name one of the SUB_MERCHANTS");
        let stranger = format!("{day}&sub_mchid=1600000009");
        assert_eq!(Wanted::trade(&stranger, &one).unwrap_err().code, Code::InvalidRequest);
        // What moved on the service provider's own account is its own.
        let own = "/v3/bill/fundflowbill?bill_date=2025-01-01&account_type=BASIC&tar_type=GZIP";
        assert_eq!(target(Wanted::fund_flow(day, &two)), own);
    }

    #[test]
    fn a_question_becomes_the_platforms_by_v2_as_well() {
        let day = "date=2025-01-01";
        let one = partner(r#"{"1600000001":{}}"#);
        let asked = |wanted: Wanted, payees: &Payees, name: &'static str| {
            let draft = wanted.draft(payees).unwrap();
            (draft.target, draft.fields.get(name).map(str::to_owned))
        };
        let is = |path: &'static str, value: &str| (path, Some(value.to_owned()));
        let trade = Wanted::trade(day, &one).unwrap();
        assert_eq!(asked(trade, &one, "sub_mch_id"), is("/pay/downloadbill", "1600000001"));
        let flow = Wanted::fund_flow(day, &one).unwrap();
        assert_eq!(asked(flow.clone(), &one, "account_type"), is("/pay/downloadfundflow", "Basic"));
        assert_eq!(asked(flow, &one, "sub_mch_id"), ("/pay/downloadfundflow", None));
        for query in ["sub_mchid=1600000001", "sub_mchid=1600000001&account=DEPOSIT"] {
            let wanted = Wanted::fund_flow(&format!("{day}&{query}"), &one).unwrap();
            let problem = wanted.draft(&one).unwrap_err();
            assert_eq!(problem.code, Code::InvalidRequest);
            assert!(problem.detail.starts_with("sub_mchid: over V2"), "{}", problem.detail);
        }
    }

    #[test]
    fn a_question_without_an_answer_is_refused_in_words() {
        let trade = |query: &str| Wanted::trade(query, &direct()).unwrap_err();
        let fund_flow = |query: &str| Wanted::fund_flow(query, &direct()).unwrap_err();
        for (problem, words) in [
            (trade(""), "date: which day?"),
            (trade("date"), "date: a date is a day"),
            (trade("date=2025-02-29"), "date: a date is a day"),
            (trade("date=2025-01-01&date=2025-01-02"), "date: it stands there twice"),
            (trade("date=2025-01-01&type=all"), "type: one of"),
            (trade("date=2025-01-01&account=BASIC"), "this route takes date, type and sub_mchid"),
            (trade("date=2025-01-01&sub_mchid=1600000001"), "sub_mchid: this merchant is no"),
            (fund_flow("date=2025-01-01&account=ALL"), "account: one of"),
            (fund_flow("date=2025-01-01&account=DEPOSIT"), "account: DEPOSIT is a sub-merchant's"),
            (fund_flow("date=2025-01-01&type=ALL"), "this route takes date, account and"),
        ] {
            assert_eq!(problem.code, Code::InvalidRequest);
            assert!(problem.detail.starts_with(words), "{}", problem.detail);
        }
    }

    #[test]
    fn the_form_is_what_the_caller_names_first() {
        for (accept, form) in [
            (None, Form::Csv),
            (Some(""), Form::Csv),
            (Some("*/*"), Form::Csv),
            (Some("application/json"), Form::Csv),
            (Some("application/x-ndjson"), Form::Lines),
            (Some("Application/X-NDJSON; q=0.9"), Form::Lines),
            (Some("text/html, application/x-ndjson, text/csv"), Form::Lines),
            (Some("text/csv, application/x-ndjson"), Form::Csv),
        ] {
            assert_eq!(Form::of(accept), form, "{accept:?}");
        }
    }
}
