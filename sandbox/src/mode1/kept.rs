//! The newest scans of product codes, in memory: who was asked what, what came back, and where it
//! ended.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use super::callback::Exchange;
use super::link::Link;
use crate::diagnosis::Diagnosis;
use crate::fault::Kind;
use crate::ledger::registry::locked;
use crate::notification::Attempt;
use crate::payer::Payer;

/// So many are kept.
pub const KEPT_MAX: usize = 200;

/// How a scan ended.
#[derive(Clone, Debug)]
pub enum End {
    /// It led to an order, and the phone did something with it.
    Order {
        /// The merchant's number for it.
        out_trade_no: String,
        /// `scanned`, `refused` or `paid`.
        phone: &'static str,
    },
    /// It came to nothing, at the callback or at the order.
    Refused {
        /// What programs read.
        code: &'static str,
        /// What to mend, in English.
        why: String,
        /// What the payer reads.
        words: String,
        /// What was found out about a sign, if it is about one.
        signature: Option<Box<Diagnosis>>,
    },
}

/// One scan of a product code.
#[derive(Clone, Debug)]
pub struct Record {
    /// Counts scans, from one; nothing until it is kept.
    pub id: u64,
    /// When, on the business clock.
    pub at: i64,
    /// Whose code it was.
    pub mchid: String,
    /// The app that the code names.
    pub appid: String,
    /// What the code is for.
    pub product_id: String,
    /// Whose phone it was.
    pub payer: Payer,
    /// How the app knows the payer.
    pub openid: String,
    /// What the sandbox was told to do wrong.
    pub fault: Option<Kind>,
    /// The callbacks: none without an address, two if a fault sent it twice.
    pub tries: Vec<Attempt>,
    /// What the merchant answered, if it is an order's.
    pub prepay_id: Option<String>,
    /// Nothing while it is under way.
    pub end: Option<End>,
}

impl Record {
    /// A scan that begins.
    pub fn new(link: &Link, payer: &Payer, at: i64) -> Self {
        Self {
            id: 0,
            at,
            mchid: link.merchant.mchid.clone(),
            appid: link.appid.clone(),
            product_id: link.product_id.clone(),
            payer: payer.clone(),
            openid: payer.openid(&link.appid),
            fault: None,
            tries: Vec::new(),
            prepay_id: None,
            end: None,
        }
    }

    /// What was sent and came back.
    pub fn tried(&mut self, exchanges: impl Iterator<Item = Exchange>, fault: Option<Kind>) {
        self.fault = fault;
        self.tries = exchanges.map(|exchange| exchange.attempt).collect();
    }
}

/// All of them.
#[derive(Default)]
pub struct Callbacks(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    count: u64,
    records: VecDeque<Arc<Record>>,
}

impl Callbacks {
    /// Keeps one, gives it its number, and forgets the oldest.
    pub fn keep(&self, mut record: Record) -> Arc<Record> {
        let mut kept = locked(&self.0);
        kept.count += 1;
        record.id = kept.count;
        let record = Arc::new(record);
        kept.records.push_front(Arc::clone(&record));
        kept.records.truncate(KEPT_MAX);
        record
    }

    /// One of them, if it is still there.
    pub fn one(&self, id: u64) -> Option<Arc<Record>> {
        locked(&self.0).records.iter().find(|record| record.id == id).cloned()
    }

    /// The newest ones, newest first.
    pub fn newest(&self, limit: usize) -> Vec<Arc<Record>> {
        locked(&self.0).records.iter().take(limit).cloned().collect()
    }

    /// Forgets them all; numbers go on counting.
    pub fn clear(&self) {
        locked(&self.0).records.clear();
    }
}
