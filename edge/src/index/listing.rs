//! Which checkouts a shop or an operator wants listed, read from a query.

use checkout::id::{OutTradeNo, Reference};
use checkout::time::UnixSeconds;
use checkout::view::Status;
use wechatpay::moment::parse_rfc3339;

use super::cursor::Cursor;
use crate::problem::Problem;
use crate::query::Query;

/// Rows of a page where nobody says otherwise.
const LIMIT: u32 = 20;
/// Rows of a page at most.
const LIMIT_MAX: u32 = 100;

/// What `GET /v1/checkouts` takes. `profile` is the operator's; whose list it is has been decided
/// before this is read.
const CHECKOUT_NAMES: [&str; 11] = [
    "status",
    "source",
    "reference",
    "out_trade_no",
    "transaction_id",
    "attention",
    "created_after",
    "created_before",
    "limit",
    "cursor",
    "profile",
];

/// What `GET /v1/dead-letters` takes.
const DEAD_NAMES: [&str; 3] = ["limit", "cursor", "profile"];

/// A page of a list, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// Which rows.
    pub filter: Filter,
    /// How many at most, 1 to 100.
    pub limit: u32,
    /// Behind which row the page begins; at the newest without one.
    pub after: Option<Cursor>,
}

/// Which rows: those that agree with all that is set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Where they stand.
    pub status: Option<Status>,
    /// Whether only those that a scan of a product's code has opened.
    pub counter: bool,
    /// The shop's own name.
    pub reference: Option<Reference>,
    /// The number of the newest attempt, or of one that was paid.
    pub out_trade_no: Option<OutTradeNo>,
    /// WeChat Pay's number of one of its payments.
    pub transaction_id: Option<TransactionId>,
    /// Created at this moment or later.
    pub created_after: Option<UnixSeconds>,
    /// Created before this moment.
    pub created_before: Option<UnixSeconds>,
    /// Whether only those that a person has to look at.
    pub only: Only,
}

/// Which rows, by what is wrong with them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Only {
    /// Whatever.
    #[default]
    Any,
    /// A person has to look.
    Attention,
    /// Something was given up.
    Dead,
}

/// WeChat Pay's number of a payment: 28 digits today, a text of up to 32 by its documents (protocol
/// reference C.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionId(String);

impl TransactionId {
    /// Reads 1 to 32 letters and digits.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=32).contains(&text.len());
        (fits && text.bytes().all(|byte| byte.is_ascii_alphanumeric()))
            .then(|| Self(text.to_owned()))
    }

    /// The number.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Listing {
    /// Reads the query of `GET /v1/checkouts`.
    pub fn checkouts(query: &str) -> Result<Self, Problem> {
        let query = Query::read(query, &CHECKOUT_NAMES)?;
        let moment = "a moment of RFC 3339, such as 2026-11-21T12:00:00+08:00";
        let filter = Filter {
            status: query.parse("status", "one of open, paid, expired and cancelled", status)?,
            counter: query
                .parse("source", "counter, or leave it out", |text| {
                    (text == "counter").then_some(true)
                })?
                .unwrap_or_default(),
            reference: query.parse("reference", "1 to 64 printable characters", |text| {
                Reference::parse(text).ok()
            })?,
            out_trade_no: query.parse("out_trade_no", "an order number of ours", |text| {
                OutTradeNo::parse(text).ok()
            })?,
            transaction_id: query.parse(
                "transaction_id",
                "1 to 32 letters and digits",
                TransactionId::parse,
            )?,
            created_after: query.parse("created_after", moment, instant)?,
            created_before: query.parse("created_before", moment, instant)?,
            only: query
                .parse("attention", "true, or leave it out", |text| {
                    (text == "true").then_some(Only::Attention)
                })?
                .unwrap_or_default(),
        };
        Self::page(&query, filter)
    }

    /// Reads the query of `GET /v1/dead-letters`.
    pub fn dead_letters(query: &str) -> Result<Self, Problem> {
        let query = Query::read(query, &DEAD_NAMES)?;
        Self::page(&query, Filter { only: Only::Dead, ..Filter::default() })
    }

    fn page(query: &Query, filter: Filter) -> Result<Self, Problem> {
        let limit = query.parse("limit", "1 to 100", |text| {
            text.parse().ok().filter(|limit| (1..=LIMIT_MAX).contains(limit))
        })?;
        let after = query.parse("cursor", "the next_cursor of the page before", Cursor::parse)?;
        Ok(Self { filter, limit: limit.unwrap_or(LIMIT), after })
    }
}

fn status(text: &str) -> Option<Status> {
    Some(match text {
        "open" => Status::Open,
        "paid" => Status::Paid,
        "expired" => Status::Expired,
        "cancelled" => Status::Cancelled,
        _ => return None,
    })
}

/// A plus that was not escaped has become a space, which a moment has nowhere.
fn instant(text: &str) -> Option<UnixSeconds> {
    parse_rfc3339(&text.replace(' ', "+"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Code;
    use checkout::id::CheckoutId;

    const NUMBER: &str = "abcdefghijklmnopqrst01abcdefgh";

    fn told(query: &str) -> String {
        let problem = Listing::checkouts(query).unwrap_err();
        assert_eq!(problem.code, Code::InvalidRequest);
        problem.detail
    }

    #[test]
    fn without_a_query_the_newest_twenty_are_meant() {
        let listing = Listing { filter: Filter::default(), limit: 20, after: None };
        assert_eq!(Listing::checkouts(""), Ok(listing));
    }

    #[test]
    fn every_filter_is_read() {
        let cursor = Cursor {
            at: UnixSeconds(1_763_700_000),
            id: CheckoutId::parse("chk_abcdefghijklmnopqrst").unwrap(),
        };
        let query = format!(
            "status=paid&source=counter&reference=A%201&out_trade_no={NUMBER}&transaction_id=4200001&\
             attention=true&created_after=2025-01-01T12:00:00%2B08:00&\
             created_before=2025-01-01T04:00:01Z&limit=100&cursor={}&profile=acme",
            cursor.text()
        );
        let listing = Listing::checkouts(&query).unwrap();
        assert_eq!((listing.limit, listing.after), (100, Some(cursor)));
        let filter = listing.filter;
        assert_eq!((filter.status, filter.counter), (Some(Status::Paid), true));
        assert_eq!(filter.reference.unwrap().as_str(), "A 1");
        assert_eq!(filter.out_trade_no.unwrap().as_str(), NUMBER);
        assert_eq!(filter.transaction_id.unwrap().as_str(), "4200001");
        assert_eq!(filter.only, Only::Attention);
        // Protocol reference G.1: this moment is 12:00 in Beijing.
        assert_eq!(filter.created_after, Some(UnixSeconds(1_735_704_000)));
        assert_eq!(filter.created_before, Some(UnixSeconds(1_735_704_001)));
    }

    #[test]
    fn a_plus_that_was_not_escaped_is_forgiven_in_a_moment() {
        let listing = Listing::checkouts("created_after=2025-01-01T12:00:00+08:00").unwrap();
        assert_eq!(listing.filter.created_after, Some(UnixSeconds(1_735_704_000)));
    }

    #[test]
    fn what_means_nothing_is_refused_by_name() {
        for (query, words) in [
            ("status=", "status: one of"),
            ("status=Paid", "status: one of"),
            ("status=paid'--", "status: one of"),
            ("source=shop", "source: counter"),
            ("reference=", "reference: 1 to 64"),
            ("reference=%00", "reference: 1 to 64"),
            ("out_trade_no=1", "out_trade_no: an order number of ours"),
            ("transaction_id=4'%20OR%201=1", "transaction_id: 1 to 32"),
            ("transaction_id=", "transaction_id: 1 to 32"),
            ("attention=false", "attention: true"),
            ("created_after=yesterday", "created_after: a moment"),
            ("created_before=2025-01-01", "created_before: a moment"),
            ("limit=0", "limit: 1 to 100"),
            ("limit=101", "limit: 1 to 100"),
            ("limit=-1", "limit: 1 to 100"),
            ("cursor=MQ", "cursor: the next_cursor"),
            ("order=asc", "order: this route takes status, source, reference"),
        ] {
            assert!(told(query).starts_with(words), "{query}: {}", told(query));
        }
        assert!(told(&format!("transaction_id={}", "4".repeat(33))).starts_with("transaction_id"));
    }

    #[test]
    fn dead_letters_have_pages_and_no_filters() {
        let listing = Listing::dead_letters("limit=5").unwrap();
        assert_eq!((listing.limit, listing.filter.only), (5, Only::Dead));
        let problem = Listing::dead_letters("status=paid").unwrap_err();
        assert_eq!(problem.detail, "status: this route takes limit, cursor, profile");
    }
}
