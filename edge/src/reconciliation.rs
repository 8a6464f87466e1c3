//! The daily reconciliation: do the platform's books and ours agree about a day?
//!
//! Everything about it that needs no runtime is here. The bill of a day is a list of rows; those
//! whose number has the shape of ours are compared with the checkouts that they name, the others are
//! somebody else's business and are only counted. What the bill knows and the checkout does not is
//! entered there, by the same function that a notification goes through; what disagrees becomes a
//! difference, which is kept and shown. Then the other way round: what the index has for that day
//! and the bill did not show is looked up in its checkout, which alone decides whether it is missed.
//!
//! In reading order: which [`day`] may be asked for and when; a row of a bill as an [`entry`], and
//! the [`reading`] of a whole bill; a row's [`judgement`] against a checkout, and the [`difference`]
//! that remains; rows of a bill without a digest, which are [`hearsay`]; the [`job`], which survives
//! anything; the [`overview`] that is served; and the [`rebuild`] of the index.

pub mod day;
pub mod entry;
pub mod hearsay;
pub mod judgement;
pub mod reading;

pub mod difference;
pub mod job;
pub mod overview;

pub mod rebuild;
