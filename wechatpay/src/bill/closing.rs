//! Whether a file came to its end, told without reading what is in it.
//!
//! A bill ends with its totals: a line of headings without a back-tick, and one line of values
//! (protocol reference B.10). Where a digest proves the file nobody needs this. Without one it is all
//! that tells a bill from the first half of a bill, and it holds for a file whose rows we cannot read
//! as well: those may still be handed on as they came.

use super::fault::{BadBill, Fault};

/// Follows the lines of a file.
#[derive(Debug, Default)]
pub struct Closing {
    part: Part,
    /// The line at hand has bytes, and what its first one is. A carriage return is none.
    line: Line,
    /// Commas of the line at hand where it has headings; where it has values, back-ticks that begin
    /// one: the first, and those behind a comma.
    marks: u64,
    before: u8,
    /// Columns that the totals must have.
    columns: u64,
    /// Lines that have ended.
    lines: u64,
}

/// What came last, of the parts of a bill.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Part {
    #[default]
    Nothing,
    Headings,
    Rows,
    TotalsHeadings,
    Totals,
    /// Something that no bill has there.
    Astray,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Line {
    #[default]
    Empty,
    Headings,
    Values,
}

impl Closing {
    /// Takes the next bytes of the file.
    pub fn feed(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            match (byte, self.line) {
                (b'\n', _) => self.end_line(),
                (b'`', Line::Empty) => {
                    self.line = Line::Values;
                    self.marks = 1;
                }
                (b'`', Line::Values) if self.before == b',' => {
                    self.marks = self.marks.saturating_add(1);
                }
                (b',', Line::Headings) => self.marks = self.marks.saturating_add(1),
                (b'\r', _) | (_, Line::Headings | Line::Values) => {}
                (b',', Line::Empty) => {
                    self.line = Line::Headings;
                    self.marks = 1;
                }
                (_, Line::Empty) => self.line = Line::Headings,
            }
            self.before = byte;
        }
    }

    /// The file has no more bytes.
    ///
    /// # Errors
    ///
    /// [`Fault::CutShort`] with the line that should have come.
    pub fn finish(mut self) -> Result<(), BadBill> {
        if self.line != Line::Empty {
            self.end_line();
        }
        match self.part {
            Part::Totals => Ok(()),
            _ => Err(BadBill { line: self.lines.saturating_add(1), fault: Fault::CutShort }),
        }
    }

    fn end_line(&mut self) {
        let line = core::mem::take(&mut self.line);
        let marks = core::mem::take(&mut self.marks);
        self.lines = self.lines.saturating_add(1);
        self.part = match (self.part, line) {
            (Part::Nothing, Line::Headings) => Part::Headings,
            (Part::Headings | Part::Rows, Line::Values) => Part::Rows,
            (Part::Headings | Part::Rows, Line::Headings) => {
                self.columns = marks.saturating_add(1);
                Part::TotalsHeadings
            }
            (Part::TotalsHeadings, Line::Values) if marks == self.columns => Part::Totals,
            // An editor's spare line end is no content.
            (Part::Totals, Line::Empty) => Part::Totals,
            _ => Part::Astray,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BILL: &str = "\u{feff}交易时间,商户号\r\n`2025-01-01 00:00:00,`1\r\n`2025-01-01 00:00:01,`1\r\n\
                        总交易单数,手续费总金额\r\n`2,`0.00\r\n";

    fn whole(text: &str, piece: usize) -> Result<(), BadBill> {
        let mut closing = Closing::default();
        text.as_bytes().chunks(piece).for_each(|bytes| closing.feed(bytes));
        closing.finish()
    }

    #[test]
    fn a_bill_is_whole_in_any_pieces_and_with_any_line_ends() {
        let without_rows = "交易时间\r\n总交易单数\r\n`0\r\n";
        let ticks = BILL.replace("`2,", "`a`b,");
        let bills = [
            BILL,
            &ticks,
            &BILL.replace('\r', ""),
            BILL.trim_end(),
            &format!("{BILL}\r\n"),
            without_rows,
        ];
        for bill in bills {
            for piece in [1, 2, 7, 4_096] {
                assert_eq!(whole(bill, piece), Ok(()), "{bill}");
            }
        }
    }

    #[test]
    fn the_first_part_of_a_bill_is_no_bill() {
        let totals = BILL.find(",`0.00\r\n").unwrap() + 1;
        for end in (0..=totals).filter(|end| BILL.is_char_boundary(*end)) {
            let bad = whole(&BILL[..end], 5).unwrap_err();
            assert_eq!(bad.fault, Fault::CutShort, "{end}");
        }
        assert_eq!(whole(&BILL[..BILL.find("`2,").unwrap()], 5).unwrap_err().line, 5);
    }

    #[test]
    fn what_has_other_parts_is_no_bill() {
        for other in [
            "",
            "\n",
            "<xml></xml>",
            "{\"code\":\"SYSTEM_ERROR\"}\n",
            "`1\n",
            "a\nb\nc\n`1\n",
            "a\n`1\nb\n`1\n`1\n",
            "a\n`1\n\nb\n`1\n",
            "a\n`1\nb,c\n`1,2\n",
            "a\n`1\nb\n`1,`2\n",
            "a\n`1\nb\n`1\nc\n",
        ] {
            assert!(whole(other, 3).is_err(), "{other}");
        }
    }
}
