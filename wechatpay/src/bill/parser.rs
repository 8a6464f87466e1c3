//! Makes rows of a bill's bytes as they come, in pieces of any size.
//!
//! A bill has four parts: headings, rows, the headings of the summary, its values (protocol
//! reference B.10). Headings carry no back-tick and values all do, which is how the parts are told
//! apart. Nothing is kept but the headings and a line that is not whole yet.
//!
//! A file that ends before its summary is an error, so that half a bill never passes for one.

use super::column::Column;
use super::fault::{BadBill, Fault};
use super::row::{Heading, Row};

/// What a bill has.
#[derive(Debug)]
pub enum Item<'a> {
    /// A payment, a refund or a movement of money.
    Row(Row<'a>),
    /// The sums; the last item.
    Summary(Row<'a>),
}

/// A bill that is being read.
#[derive(Debug, Default)]
pub struct Parser {
    part: Part,
    /// The beginning of a line whose end has not come.
    begun: Vec<u8>,
    /// Lines that have ended.
    lines: u64,
    failed: Option<BadBill>,
}

/// Which part of the file the next line belongs to.
#[derive(Debug, Default)]
enum Part {
    #[default]
    Headings,
    Rows(Vec<Heading>),
    Summary(Vec<Heading>),
    End,
}

impl Parser {
    /// Takes the next bytes and gives `sink` every item that they complete. After an error there
    /// are no more items, and the error stays.
    pub fn feed(&mut self, bytes: &[u8], sink: &mut impl FnMut(Item<'_>)) -> Result<(), BadBill> {
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|&byte| byte == b'\n') {
            let (line, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
            rest = after.get(1..).unwrap_or_default();
            self.end_line(line, sink)?;
        }
        self.check_length(rest.len())?;
        self.begun.extend_from_slice(rest);
        Ok(())
    }

    /// The file has no more bytes.
    pub fn finish(mut self, sink: &mut impl FnMut(Item<'_>)) -> Result<(), BadBill> {
        if !self.begun.is_empty() {
            self.end_line(&[], sink)?;
        }
        self.check_length(0)?;
        match self.part {
            Part::End => Ok(()),
            _ => Err(BadBill { line: self.lines + 1, fault: Fault::CutShort }),
        }
    }

    /// A line that ends with `last`.
    fn end_line(&mut self, last: &[u8], sink: &mut impl FnMut(Item<'_>)) -> Result<(), BadBill> {
        self.check_length(last.len())?;
        let mut begun = core::mem::take(&mut self.begun);
        let line = if begun.is_empty() {
            last
        } else {
            begun.extend_from_slice(last);
            &begun
        };
        let read = self.part.read(self.lines == 0, line, sink);
        self.lines += 1;
        begun.clear();
        self.begun = begun;
        read.map_err(|fault| self.fail(self.lines, fault))
    }

    /// Whether the line that has begun may have `more` bytes. Refuses, too, once anything has
    /// failed.
    fn check_length(&mut self, more: usize) -> Result<(), BadBill> {
        if let Some(failed) = &self.failed {
            return Err(failed.clone());
        }
        if self.begun.len().saturating_add(more) > LINE_BYTES_MAX {
            return Err(self.fail(self.lines + 1, Fault::LineTooLong));
        }
        Ok(())
    }

    fn fail(&mut self, line: u64, fault: Fault) -> BadBill {
        self.failed.insert(BadBill { line, fault }).clone()
    }
}

impl Part {
    /// Reads one line, without its line feed.
    fn read(
        &mut self,
        is_first: bool,
        line: &[u8],
        sink: &mut impl FnMut(Item<'_>),
    ) -> Result<(), Fault> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let line = line.strip_prefix(BYTE_ORDER_MARK).filter(|_| is_first).unwrap_or(line);
        let has_values = line.starts_with(b"`");
        match self {
            Self::Headings if has_values => return Err(Fault::NotABill),
            Self::Headings => {
                *self = Self::Rows(headings(line, Fault::NotABill, BEGINNINGS)?);
            }
            Self::Rows(headings) if has_values => sink(Item::Row(Row::read(headings, line)?)),
            Self::Rows(_) => {
                *self = Self::Summary(headings(line, Fault::NotASummary, &[Column::RowCount])?);
            }
            Self::Summary(headings) if has_values => {
                sink(Item::Summary(Row::read(headings, line)?));
                *self = Self::End;
            }
            Self::Summary(_) => return Err(Fault::NoSummaryValues),
            // An editor's spare line end is no content.
            Self::End if line.is_empty() => {}
            Self::End => return Err(Fault::AfterTheEnd),
        }
        Ok(())
    }
}

/// Headings, if any of `expected` is among them; `otherwise` names what the line is not.
fn headings(line: &[u8], otherwise: Fault, expected: &[Column]) -> Result<Vec<Heading>, Fault> {
    let headings = Heading::read_all(line)?;
    let is_expected = |heading: &Heading| expected.iter().any(|column| heading.is(*column));
    if headings.iter().any(is_expected) { Ok(headings) } else { Err(otherwise) }
}

/// Every bill begins with a time; this tells one from an error page.
const BEGINNINGS: &[Column] = &[Column::TradeTime, Column::BookedTime];

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The longest values are some 500 bytes of the merchant's own words, the others a few dozen each:
/// a line of a real bill has one or two thousand bytes.
const LINE_BYTES_MAX: usize = 64 * 1024;
