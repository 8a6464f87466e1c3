//! Truly the platform's, but we cannot read it: a parser of ours is behind the documents. The
//! evidence is a place, never the text, which may hold a shopper's data.

use core::fmt;

use serde::de::DeserializeOwned;

/// Which document could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The outer JSON of a notification.
    Notification,
    /// A transaction: an answer to a query, or a notification's opened resource.
    Transaction,
    /// The answer to an order.
    Code,
    /// A refund: an answer, or a notification's opened resource.
    Refund,
    /// The list of platform certificates.
    Certificates,
    /// The answer to a test of keys, or the notification that it asked for.
    Echo,
    /// The answer to a question for a bill.
    Bill,
}

/// Why a verified document cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// It is not JSON of the expected shape.
    Json {
        /// Which document.
        part: Part,
        /// Line of the first surprise, from 1; 0 when the document is only seen whole.
        line: usize,
        /// Its column, from 1.
        column: usize,
    },
    /// A paid transaction lacks this field, so that it proves no payment.
    Incomplete(&'static str),
    /// A notification that holds something else than its event.
    OtherResource(String),
    /// A refund that does not say where it stands.
    NoRefundStatus,
    /// A refund in a currency that Native orders do not have.
    OtherCurrency,
    /// The `code_url` is not one.
    BadCodeUrl,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json { part, line, column } => {
                write!(f, "the {part:?} cannot be read at line {line} column {column}")
            }
            Self::Incomplete(field) => write!(f, "a paid transaction without {field}"),
            Self::OtherResource(_) => {
                f.write_str("a notification holds something else than its event")
            }
            Self::NoRefundStatus => f.write_str("a refund without a status"),
            Self::OtherCurrency => f.write_str("a refund in another currency than the order's"),
            Self::BadCodeUrl => f.write_str("the code_url is not one"),
        }
    }
}

impl core::error::Error for Malformed {}

pub(super) fn read_json<T: DeserializeOwned>(part: Part, json: &[u8]) -> Result<T, Malformed> {
    serde_json::from_slice(json).map_err(|error| Malformed::Json {
        part,
        line: error.line(),
        column: error.column(),
    })
}
