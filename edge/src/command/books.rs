//! What the door and the books of a profile say to each other: about what is authentic and belongs
//! nowhere.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::problem::Problem;
use crate::query::Query;

/// One request to the books of a profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum BooksCommand {
    /// Keeps an authentic report about an order that nobody here knows.
    Enter(Box<Orphan>),
    /// Keeps several, found in a bill.
    EnterAll {
        /// Each is kept once, however often it is told.
        orphans: Vec<Orphan>,
    },
    /// Lists what was kept, newest first.
    List {
        /// How many at most.
        limit: u32,
        /// Behind which one the page begins, by its place in the books.
        #[serde(default)]
        after: Option<i64>,
    },
}

/// Orphans of a page at most, and where nobody says otherwise.
const LISTED_MAX: u32 = 100;

impl BooksCommand {
    /// Reads the query of `GET /v1/orphans`.
    pub fn list(query: &str) -> Result<Self, Problem> {
        let query = Query::read(query, &["limit", "cursor", "profile"])?;
        let limit = query.parse("limit", "1 to 100", |text| {
            text.parse().ok().filter(|limit| (1..=LISTED_MAX).contains(limit))
        })?;
        let after = query.parse("cursor", "the next_cursor of the page before", place)?;
        Ok(Self::List { limit: limit.unwrap_or(LISTED_MAX), after })
    }
}

/// What the next page behind this place of the books is asked for with.
pub fn cursor(place: i64) -> String {
    URL_SAFE_NO_PAD.encode(place.to_string())
}

fn place(text: &str) -> Option<i64> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let place = core::str::from_utf8(&bytes).ok()?.parse().ok()?;
    (cursor(place) == text).then_some(place)
}

/// What the books answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum BooksAnswer {
    /// It is stored.
    Entered,
    /// To `List`.
    Orphans {
        /// Newest first.
        orphans: Vec<Orphan>,
        /// What the next page is asked for with; none at the end.
        next_cursor: Option<String>,
    },
}

/// An authentic notification about an order or a refund that nobody here knows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Orphan {
    /// The notification's own id; the same one is kept once.
    pub notification_id: String,
    /// The number as it stands in the notification.
    pub out_trade_no: String,
    /// WeChat Pay's number of the payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<String>,
    /// WeChat Pay's word for the order's state; a refund's notification has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trade_state: Option<String>,
    /// In fen, where the notification says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// As in the notification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// A refund's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_refund_no: Option<String>,
    /// WeChat Pay's word for where a refund stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_status: Option<String>,
    /// How much goes back, in fen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund: Option<u64>,
    /// When it came, RFC 3339.
    pub received_at: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_orphans_is_asked_for_strictly() {
        let list = |limit, after| BooksCommand::List { limit, after };
        assert_eq!(BooksCommand::list(""), Ok(list(100, None)));
        let query = format!("limit=5&profile=acme&cursor={}", cursor(12));
        assert_eq!(BooksCommand::list(&query), Ok(list(5, Some(12))));
        for (query, words) in [
            ("limit=101", "limit: 1 to 100"),
            ("cursor=12", "cursor: the next_cursor"),
            ("cursor=MTIgT1IgMQ", "cursor: the next_cursor"),
            ("after=12", "after: this route takes limit, cursor, profile"),
        ] {
            let problem = BooksCommand::list(query).unwrap_err();
            assert!(problem.detail.starts_with(words), "{query}: {}", problem.detail);
        }
    }
}
