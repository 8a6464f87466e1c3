//! The index: one row for every checkout of a deployment, in D1, to list and to search.
//!
//! A checkout's object is the only writer of truth. What stands here is a copy of what it knew at
//! one revision: it proposes candidates, and nothing reads it to decide about money. A row that is
//! lost or late costs a line in a list and nothing else, and is written again.
//!
//! Everything about it that needs no runtime is here; `cloudflare/index.rs` only carries it out.
//! In reading order: a [`mod@row`] and its [`writing`], the [`listing`] that somebody wants and the
//! [`reading`] that finds it, the page that is [`listed`].

mod of_stored;
pub mod row;

pub mod statement;
pub mod writing;

pub mod cursor;
pub mod listing;
pub mod reading;

pub mod listed;

#[cfg(test)]
mod tests;

use crate::problem::{Code, Problem};

pub use self::cursor::Cursor;
pub use self::listed::Page;
pub use self::listing::Listing;
pub use self::of_stored::row;
pub use self::reading::{DayCursor, DayPayment, DayRefund, OfDay};
pub use self::row::{IndexPayment, IndexRefund, IndexRow};

/// Why the index did not do as told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoIndex {
    /// The deployment has no database bound.
    Missing,
    /// It did not answer in time.
    Silent,
    /// It answered that it could not.
    Failed,
}

impl From<NoIndex> for Problem {
    fn from(reason: NoIndex) -> Self {
        let detail = match reason {
            NoIndex::Missing => {
                return Self::new(Code::IndexUnavailable, "this deployment has no database INDEX");
            }
            NoIndex::Silent => "the index did not answer in time; a checkout can be read by its id",
            NoIndex::Failed => "the index has failed; a checkout can be read by its id",
        };
        Self::new(Code::IndexUnavailable, detail).retry_after(5)
    }
}
