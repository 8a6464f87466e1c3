//! The index: one row for every checkout of a deployment, in D1, to list and to search.
//!
//! A checkout's object is the only writer of truth. What stands here is a copy of what it knew at
//! one revision: it proposes candidates, and nothing reads it to decide about money. A row that is
//! lost or late costs a line in a list and nothing else, and is written again.
//!
//! Everything about it that needs no runtime is here; `cloudflare/index.rs` only carries it out.

mod of_stored;
mod row;

pub use self::of_stored::row;
pub use self::row::{IndexPayment, IndexRefund, IndexRow};
