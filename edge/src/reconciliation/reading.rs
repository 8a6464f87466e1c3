//! A trade bill as it comes: hashed, counted and sorted into ours and other people's.
//!
//! What is ours is handed on in chunks, so that nobody ever holds a bill; what is not is a number and
//! nothing else. Nothing counts before [`Reading::finish`] has agreed with the digest that the
//! platform signed, or, where there is none, has seen the totals that a bill ends with.

use checkout::id::CheckoutId;
use wechatpay::bill::digest::{Digest, Sha1Hash};
use wechatpay::bill::parser::{Item, Parser};

use super::entry::Entry;
use super::job::Bill;
use crate::bills::lost::Lost;

/// A row of ours, and the checkout that it names.
pub type Ours = (CheckoutId, Entry);

/// A bill that is being read.
#[derive(Default)]
pub struct Reading {
    digest: Digest,
    parser: Parser,
    rows: u64,
    ours: u64,
    held: Vec<Ours>,
}

impl Reading {
    /// Takes the next bytes of the file.
    pub fn feed(&mut self, piece: &[u8]) -> Result<(), Lost> {
        self.digest.feed(piece);
        let (rows, ours, held) = (&mut self.rows, &mut self.ours, &mut self.held);
        let mut sink = |item: Item<'_>| sort(&item, (rows, ours), held);
        self.parser.feed(piece, &mut sink).map_err(Lost::Unreadable)
    }

    /// So many rows of ours, as soon as there are.
    pub fn chunk(&mut self, rows: usize) -> Option<Vec<Ours>> {
        (self.held.len() >= rows).then(|| self.held.drain(..rows).collect())
    }

    /// The file has ended: what it came to, and the rows that are left. A bill that came without a
    /// `hash` proves nothing, and says so by having none.
    ///
    /// # Errors
    ///
    /// [`Lost::BadDigest`] before anything else: a false bill that cannot be read is a false bill.
    pub fn finish(mut self, hash: Option<Sha1Hash>) -> Result<(Bill, Vec<Ours>), Lost> {
        let (rows, ours, held) = (&mut self.rows, &mut self.ours, &mut self.held);
        let mut sink = |item: Item<'_>| sort(&item, (rows, ours), held);
        let ended = self.parser.finish(&mut sink);
        let found = self.digest.finish();
        if hash.is_some_and(|hash| hash != found) {
            return Err(Lost::BadDigest);
        }
        ended.map_err(if hash.is_some() { Lost::Unreadable } else { Lost::unproven })?;
        let foreign = self.rows.saturating_sub(self.ours);
        let sha1 = hash.map(|hash| format!("{hash:?}"));
        Ok((Bill { sha1, rows: self.rows, foreign }, self.held))
    }
}

fn sort(item: &Item<'_>, (rows, ours): (&mut u64, &mut u64), held: &mut Vec<Ours>) {
    let Item::Row(row) = item else { return };
    *rows = rows.saturating_add(1);
    if let Some(entry) = Entry::read(row) {
        *ours = ours.saturating_add(1);
        held.push(entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reconciliation::hearsay::Weight;

    const HEADINGS: &str =
        "交易时间,公众账号ID,商户号,微信订单号,商户订单号,交易状态,货币种类,订单金额\n";
    const SUMMARY: &str = "总交易单数\n`1000\n";

    /// Every tenth row is ours.
    fn bill() -> String {
        let row = |n: u32| {
            let order = if n.is_multiple_of(10) {
                "abcdefghijklmnopqrst01abcdefgh".to_owned()
            } else {
                format!("SHOP-{n}")
            };
            format!("`2025-01-01 00:00:00,`wx,`1,`42{n},`{order},`SUCCESS,`CNY,`88.00\n")
        };
        [HEADINGS.to_owned(), (0..1_000).map(row).collect(), SUMMARY.to_owned()].concat()
    }

    fn hash(bytes: &[u8]) -> Sha1Hash {
        let mut digest = Digest::default();
        digest.feed(bytes);
        digest.finish()
    }

    #[test]
    fn a_bill_is_handed_on_in_chunks_and_foreign_rows_are_only_counted() {
        let bill = bill();
        let mut reading = Reading::default();
        let mut chunks = Vec::new();
        for piece in bill.as_bytes().chunks(777) {
            reading.feed(piece).unwrap();
            while let Some(chunk) = reading.chunk(30) {
                chunks.push(chunk.len());
            }
        }
        let (found, rest) = reading.finish(Some(hash(bill.as_bytes()))).unwrap();
        assert_eq!((chunks, rest.len()), (vec![30, 30, 30], 10));
        assert_eq!((found.rows, found.foreign), (1_000, 900));
        assert_eq!(found.weight(), Weight::Proven);
        assert_eq!(found.sha1.unwrap().len(), 40);
    }

    #[test]
    fn a_false_bill_is_told_from_one_that_cannot_be_read() {
        let bill = bill();
        let finish = |bytes: &[u8], hash: Sha1Hash| {
            let mut reading = Reading::default();
            reading.feed(bytes).unwrap();
            reading.finish(Some(hash)).err()
        };
        let whole = bill.as_bytes();
        let half = &whole[..whole.len() / 2];
        assert_eq!(finish(whole, hash(b"another")), Some(Lost::BadDigest));
        assert_eq!(finish(half, hash(whole)), Some(Lost::BadDigest));
        assert!(matches!(finish(half, hash(half)), Some(Lost::Unreadable(_))));
        assert_eq!(finish(whole, hash(whole)), None);
    }

    #[test]
    fn a_bill_without_a_digest_must_come_to_its_end_and_proves_nothing() {
        let bill = bill();
        let finish = |text: &str| {
            let mut reading = Reading::default();
            reading.feed(text.as_bytes()).unwrap();
            reading.finish(None)
        };
        let (found, _) = finish(&bill).unwrap();
        assert_eq!((found.weight(), found.sha1), (Weight::Hearsay, None));
        let totals = bill.find("总交易单数").unwrap();
        for end in [0, totals, totals + "总交易单数\n".len()] {
            let lost = finish(&bill[..end]).unwrap_err();
            assert!(matches!(&lost, Lost::NotWhole(_)), "{lost:?}");
        }
    }
}
