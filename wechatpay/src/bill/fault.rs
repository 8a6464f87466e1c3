//! Why a file is not a bill that we can read. The evidence is a line and a column's heading, never
//! a value, which may be a shopper's.

use core::fmt;

/// A file that cannot be read, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadBill {
    /// The line, from 1; with [`Fault::CutShort`] the one that should have come.
    pub line: u64,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Longer than any line of a bill.
    LineTooLong,
    /// A heading line of more columns than any bill has.
    TooManyColumns,
    /// A heading line that is not UTF-8.
    HeadingNotUtf8,
    /// The first line is no bill's: an error page, say, or a sealed file.
    NotABill,
    /// A heading stands twice, so that a value would have two meanings.
    RepeatedHeading(String),
    /// A line of values that is not as long as its headings, or lacks a back-tick.
    ColumnCount {
        /// As many as there are headings.
        expected: usize,
        /// As many as there are values.
        found: usize,
    },
    /// A value that is not UTF-8, outside the merchant's own words.
    NotUtf8(String),
    /// A value that is no amount, or not of whole fen.
    BadAmount(String),
    /// A value that is no fee of at most five decimals.
    BadFee(String),
    /// A value that is no count.
    BadCount(String),
    /// A value that is no time of day of a real day.
    BadTime(String),
    /// After the rows came neither a row nor the headings of a summary.
    NotASummary,
    /// The summary's headings are followed by something else than its values.
    NoSummaryValues,
    /// Something follows the summary.
    AfterTheEnd,
    /// The file ends before its summary: not all of it has come.
    CutShort,
}

impl fmt::Display for BadBill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        match &self.fault {
            Fault::LineTooLong => f.write_str("longer than a line of a bill"),
            Fault::TooManyColumns => f.write_str("more columns than a bill has"),
            Fault::HeadingNotUtf8 => f.write_str("headings that are not UTF-8"),
            Fault::NotABill => f.write_str("not the headings of a bill"),
            Fault::RepeatedHeading(heading) => write!(f, "{heading} stands twice"),
            Fault::ColumnCount { expected, found } => {
                write!(f, "{found} values under {expected} headings")
            }
            Fault::NotUtf8(heading) => write!(f, "{heading} is not UTF-8"),
            Fault::BadAmount(heading) => write!(f, "{heading} is not an amount in whole fen"),
            Fault::BadFee(heading) => write!(f, "{heading} is not a fee"),
            Fault::BadCount(heading) => write!(f, "{heading} is not a count"),
            Fault::BadTime(heading) => write!(f, "{heading} is not a time"),
            Fault::NotASummary => f.write_str("neither a row nor a summary"),
            Fault::NoSummaryValues => f.write_str("a summary without values"),
            Fault::AfterTheEnd => f.write_str("something after the summary"),
            Fault::CutShort => f.write_str("the file ends before its summary"),
        }
    }
}

impl core::error::Error for BadBill {}
