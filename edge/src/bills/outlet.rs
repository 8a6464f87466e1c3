//! What goes out to the caller of a bill, while it is read.
//!
//! Of a bill whose digest has agreed once this is the second reading. Its bytes are other bytes than
//! those of the first, so they are hashed again, and the end of the file is held back until that
//! digest agrees too. A bill without a digest has one reading, and its end is held back until it has
//! come: the totals, which a bill ends with. Whoever was sent a false bill, or half of one, has less
//! than all of it, never its totals, and a stream that broke off.

use wechatpay::bill::closing::Closing;
use wechatpay::bill::digest::{Digest, Sha1Hash};
use wechatpay::bill::json;
use wechatpay::bill::parser::{Item, Parser};

use super::Form;
use super::lost::Lost;

/// A bill on its way out.
pub struct Outlet {
    /// Present where rows are wanted.
    parser: Option<Parser>,
    /// Present where nothing but its end shows that a bill is whole, and no parser looks for that.
    closing: Option<Closing>,
    digest: Digest,
    is_proven: bool,
    held: Vec<u8>,
}

impl Outlet {
    /// Nothing has come yet of a bill whose digest is known.
    pub fn new(form: Form) -> Self {
        let parser = (form == Form::Lines).then(Parser::default);
        let (digest, held) = (Digest::default(), Vec::new());
        Self { parser, closing: None, digest, is_proven: true, held }
    }

    /// Nothing has come yet of a bill without a digest, or with one that nobody has signed.
    pub fn unproven(form: Form) -> Self {
        let closing = (form == Form::Csv).then(Closing::default);
        Self { closing, is_proven: false, ..Self::new(form) }
    }

    /// Takes the next bytes of a file and gives what may go out; often nothing.
    pub fn feed(&mut self, piece: &[u8]) -> Result<Vec<u8>, Lost> {
        self.digest.feed(piece);
        if let Some(closing) = &mut self.closing {
            closing.feed(piece);
        }
        match &mut self.parser {
            None => self.held.extend_from_slice(piece),
            Some(parser) => {
                let mut lines = String::new();
                let mut sink = |item: Item<'_>| json::write(&item, &mut lines);
                parser.feed(piece, &mut sink).map_err(Lost::Unreadable)?;
                self.held.extend_from_slice(lines.as_bytes());
            }
        }
        let ready = self.held.len().saturating_sub(HELD_BYTES);
        Ok(self.held.drain(..ready).collect())
    }

    /// A file ends, and should hash to one of these, if there are any. Where a bill has several, the
    /// next one follows.
    pub fn end_file(&mut self, is_right: impl FnOnce(Sha1Hash) -> bool) -> Result<(), Lost> {
        let digest = core::mem::take(&mut self.digest);
        if is_right(digest.finish()) { Ok(()) } else { Err(Lost::BadDigest) }
    }

    /// The last file has ended; gives what was held back.
    pub fn finish(mut self) -> Result<Vec<u8>, Lost> {
        if let Some(closing) = self.closing {
            closing.finish().map_err(Lost::NotWhole)?;
        }
        if let Some(parser) = self.parser {
            let mut lines = String::new();
            let mut sink = |item: Item<'_>| json::write(&item, &mut lines);
            let lost =
                |bad| if self.is_proven { Lost::Unreadable(bad) } else { Lost::unproven(bad) };
            parser.finish(&mut sink).map_err(lost)?;
            self.held.extend_from_slice(lines.as_bytes());
        }
        Ok(self.held)
    }
}

/// The end that is held back: several rows of a bill, and always its summary.
const HELD_BYTES: usize = 4 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    const HEADINGS: &str = "交易时间,商品名称\n";
    const ROW: &str = "`2025-01-01 00:00:00,`oolong\n";
    const SUMMARY: &str = "总交易单数\n`1000\n";
    const ROWS: usize = 1_000;

    fn bill() -> String {
        [HEADINGS, &ROW.repeat(ROWS), SUMMARY].concat()
    }

    fn hash(bytes: &[u8]) -> Sha1Hash {
        let mut digest = Digest::default();
        digest.feed(bytes);
        digest.finish()
    }

    /// All that has gone out, and what came of it.
    fn pass(form: Form, bytes: &[u8], expected: Sha1Hash) -> (Vec<u8>, Result<(), Lost>) {
        through(Outlet::new(form), bytes, |found| found == expected)
    }

    fn through(
        mut outlet: Outlet,
        bytes: &[u8],
        is_right: impl FnOnce(Sha1Hash) -> bool,
    ) -> (Vec<u8>, Result<(), Lost>) {
        let mut out = Vec::new();
        for piece in bytes.chunks(777) {
            match outlet.feed(piece) {
                Ok(bytes) => out.extend(bytes),
                Err(lost) => return (out, Err(lost)),
            }
        }
        let ended = outlet.end_file(is_right).and_then(|()| outlet.finish());
        let outcome = ended.map(|bytes| out.extend(bytes));
        (out, outcome)
    }

    #[test]
    fn a_proven_bill_goes_out_as_it_is() {
        let bill = bill();
        let (out, outcome) = pass(Form::Csv, bill.as_bytes(), hash(bill.as_bytes()));
        assert_eq!((String::from_utf8(out).unwrap(), outcome), (bill, Ok(())));
    }

    #[test]
    fn a_proven_bill_goes_out_as_lines() {
        let bill = bill();
        let (out, outcome) = pass(Form::Lines, bill.as_bytes(), hash(bill.as_bytes()));
        assert_eq!(outcome, Ok(()));
        let row = r#"{"trade_time":"2025-01-01T00:00:00+08:00","description":"oolong"}"#;
        let mut lines = String::from_utf8(out).unwrap();
        assert!(lines.ends_with("{\"summary\":{\"row_count\":1000}}\n"));
        lines.truncate(lines.len() - "{\"summary\":{\"row_count\":1000}}\n".len());
        assert_eq!(lines, format!("{row}\n").repeat(ROWS));
    }

    #[test]
    fn nobody_gets_all_of_a_false_bill() {
        let bill = bill();
        for form in [Form::Csv, Form::Lines] {
            let (whole, _) = pass(form, bill.as_bytes(), hash(bill.as_bytes()));
            let (out, outcome) = pass(form, bill.as_bytes(), hash(b"another"));
            assert_eq!(outcome, Err(Lost::BadDigest));
            assert_eq!(out, whole[..whole.len() - HELD_BYTES], "{form:?}");
        }
        // A small one is not begun.
        let small = [HEADINGS, ROW, SUMMARY].concat();
        let found = pass(Form::Csv, small.as_bytes(), hash(b"another"));
        assert_eq!(found, (Vec::new(), Err(Lost::BadDigest)));
    }

    #[test]
    fn a_proven_bill_that_cannot_be_read_breaks_off_as_lines_only() {
        let bill = bill().replace("总交易单数", "总数");
        let right = hash(bill.as_bytes());
        assert_eq!(pass(Form::Csv, bill.as_bytes(), right).1, Ok(()));
        let (out, outcome) = pass(Form::Lines, bill.as_bytes(), right);
        assert!(matches!(outcome, Err(Lost::Unreadable(bad)) if bad.line == 1_002));
        assert!(!out.is_empty() && !out.windows(9).any(|word| word == b"\"summary\""));
    }

    #[test]
    fn a_bill_without_a_digest_goes_out_whole_or_without_its_totals() {
        let bill = bill();
        let anything = |_: Sha1Hash| true;
        for form in [Form::Csv, Form::Lines] {
            let (whole, outcome) = through(Outlet::unproven(form), bill.as_bytes(), anything);
            assert_eq!(outcome, Ok(()));
            assert_eq!(whole, pass(form, bill.as_bytes(), hash(bill.as_bytes())).0);
            let cut = &bill.as_bytes()[..bill.len() - SUMMARY.len()];
            let (out, outcome) = through(Outlet::unproven(form), cut, anything);
            assert!(matches!(outcome, Err(Lost::NotWhole(bad)) if bad.line == 1_002), "{form:?}");
            assert!(whole.starts_with(&out) && !out.is_empty(), "{form:?}");
            // One that says itself what it hashes to, and hashes to something else.
            let (out, outcome) = through(Outlet::unproven(form), bill.as_bytes(), |_| false);
            assert_eq!((out.len(), outcome), (whole.len() - HELD_BYTES, Err(Lost::BadDigest)));
        }
    }

    #[test]
    fn an_unproven_bill_that_we_cannot_read_still_goes_out_as_it_came() {
        let bill = bill().replacen("`2025-01-01 00:00:00", "`yesterday", 1);
        let (out, outcome) = through(Outlet::unproven(Form::Csv), bill.as_bytes(), |_| true);
        assert_eq!((out, outcome), (bill.clone().into_bytes(), Ok(())));
        let (_, outcome) = through(Outlet::unproven(Form::Lines), bill.as_bytes(), |_| true);
        assert!(matches!(outcome, Err(Lost::Unreadable(bad)) if bad.line == 2));
    }

    #[test]
    fn files_of_one_bill_are_joined_and_proven_one_by_one() {
        let bill = bill();
        let (first, second) = bill.as_bytes().split_at(10_000);
        let mut outlet = Outlet::new(Form::Lines);
        let mut out = outlet.feed(first).unwrap();
        outlet.end_file(|found| found == hash(first)).unwrap();
        out.extend(outlet.feed(second).unwrap());
        outlet.end_file(|found| found == hash(second)).unwrap();
        out.extend(outlet.finish().unwrap());
        assert_eq!(out.iter().filter(|&&byte| byte == b'\n').count(), ROWS + 1);
    }
}
