//! What a list shows of a checkout, in the words of `GET /v1/checkouts/{id}` as far as it has them.
//! No phase and no code: those are the object's, and old by the time somebody reads a list.

use checkout::id::{CheckoutId, Description, OutTradeNo, Reference};
use checkout::money::Amount;
use checkout::order::Fate;
use checkout::refund::RefundStatus;
use checkout::time::UnixSeconds;
use checkout::view::{Status, Trouble};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use wechatpay::moment::rfc3339;

use super::cursor::Cursor;
use super::listing::Listing;
use super::row::{IndexPayment, IndexRow};
use crate::api::Api;
use crate::command::SourceKind;

/// A page of a list.
#[derive(Debug, Serialize)]
pub struct Page {
    /// Newest first.
    pub data: Vec<Listed>,
    /// What the next page is asked for with; none at the end.
    pub next_cursor: Option<String>,
}

/// A checkout in a list.
#[derive(Debug, Serialize)]
pub struct Listed {
    id: CheckoutId,
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble: Option<Trouble>,
    reference: Reference,
    description: Description,
    amount: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_mchid: Option<String>,
    #[serde(skip_serializing_if = "Api::is_v3")]
    api: Api,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<SourceKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    product: Option<String>,
    attempt: ListedAttempt,
    created_at: String,
    expires_at: String,
    payments: Vec<ListedPayment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refunded: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refunds: Option<usize>,
    attention: bool,
    #[serde(skip_serializing_if = "is_zero")]
    dead: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    buyer: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purged_at: Option<String>,
}

#[derive(Debug, Serialize)]
struct ListedAttempt {
    out_trade_no: OutTradeNo,
}

#[derive(Debug, Serialize)]
struct ListedPayment {
    transaction_id: String,
    out_trade_no: String,
    total: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    success_day: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fate: Option<Fate>,
}

const fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// A row of [`super::reading::list`] as it comes: the text is not read yet.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RawRow {
    /// Which checkout.
    pub id: CheckoutId,
    /// When it was created, Unix seconds.
    pub at: i64,
    /// An [`IndexRow`] as JSON.
    pub row: String,
}

impl Page {
    /// Makes a page of what was read, and names the rows that another version of this program must
    /// have written: they are left out, and hide none of the others.
    pub fn of(mut raw: Vec<RawRow>, listing: &Listing) -> (Self, Vec<CheckoutId>) {
        let limit = usize::try_from(listing.limit).unwrap_or(usize::MAX);
        let is_last = raw.len() <= limit;
        raw.truncate(limit);
        let last = raw.last().filter(|_| !is_last);
        let cursor =
            |last: &RawRow| Cursor { at: UnixSeconds(last.at), id: last.id.clone() }.text();
        let next_cursor = last.map(cursor);
        let mut unreadable = Vec::new();
        let mut data = Vec::with_capacity(raw.len());
        for RawRow { id, row, .. } in raw {
            match serde_json::from_str::<IndexRow>(&row) {
                Ok(row) => data.push(Listed::from(row)),
                Err(_) => unreadable.push(id),
            }
        }
        (Self { data, next_cursor }, unreadable)
    }
}

impl From<IndexRow> for Listed {
    fn from(row: IndexRow) -> Self {
        let success = |status| status == RefundStatus::Success;
        let refunded = row.refunds.iter().filter(|refund| success(refund.status));
        Self {
            refunded: (!row.refunds.is_empty()).then(|| refunded.map(|refund| refund.amount).sum()),
            refunds: (!row.refunds.is_empty()).then_some(row.refunds.len()),
            id: row.id,
            status: row.status,
            trouble: row.trouble,
            reference: row.reference,
            description: row.description,
            amount: Amount { total: row.total, currency: row.currency },
            sub_mchid: row.sub_mchid,
            api: row.api,
            source: row.source,
            product: row.product,
            attempt: ListedAttempt { out_trade_no: row.out_trade_no },
            created_at: rfc3339(row.created_at),
            expires_at: rfc3339(row.expires_at),
            payments: row.paid.into_iter().map(ListedPayment::from).collect(),
            attention: row.attention,
            dead: row.dead,
            buyer: row.buyer.and_then(|text| RawValue::from_string(text).ok()),
            purged_at: row.purged_at.map(rfc3339),
        }
    }
}

impl From<IndexPayment> for ListedPayment {
    fn from(payment: IndexPayment) -> Self {
        let IndexPayment { transaction_id, out_trade_no, total, day, fate } = payment;
        Self { transaction_id, out_trade_no, total, success_day: day, fate }
    }
}
