//! Truly the platform's, but we cannot read it: a parser of ours is behind the documents. The
//! evidence is a field's name, never its value, which may be a shopper's.

use core::fmt;

/// Why a verified message cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// This field is not there, or has not the shape that it has in every message.
    Incomplete(&'static str),
    /// A payment's notification that tells of no payment. The platform sends none (protocol
    /// reference D.7).
    NoPayment,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Incomplete(field) => write!(f, "without {field}, or not in its shape"),
            Self::NoPayment => f.write_str("a notification of no payment"),
        }
    }
}

impl core::error::Error for Malformed {}
