//! What the index keeps of a checkout, taken from what its object has stored.

use checkout::order::{Attempt, Fate};
use checkout::refund::{Refund, RefundState, Refunds};
use checkout::report::Receipt;
use checkout::time::UnixSeconds;
use wechatpay::moment::rfc3339;

use super::{IndexPayment, IndexRefund, IndexRow};
use crate::buyer::Buyer;
use crate::ports::Stored;

/// The row of `stored` at its revision.
pub fn row(stored: &Stored) -> IndexRow {
    let (opening, order, retiring) = (&stored.opening, &stored.order, stored.outbox.retiring);
    let dead = stored.outbox.dead() + usize::from(order.is_dead());
    let frozen = stored.refunds.iter().any(|ledger| ledger.conflict.is_some());
    let mut entered = stored.refunds.iter().flat_map(|ledger| &ledger.refunds);
    let stranded = entered.any(|refund| refund.state == RefundState::Abnormal);
    IndexRow {
        id: opening.id.clone(),
        profile: opening.profile.clone(),
        revision: stored.revision,
        created_at: stored.created_at,
        expires_at: order.terms.deadline,
        touched_at: stored.touched_at,
        status: order.status(),
        trouble: order.face().trouble,
        reference: opening.reference.clone(),
        description: opening.description.clone(),
        total: order.terms.amount.total,
        currency: order.terms.amount.currency,
        sub_mchid: order.terms.payee.sub_mchid().map(str::to_owned),
        api: opening.api,
        source: Some(opening.source.kind()),
        product: opening.source.product().map(str::to_owned),
        out_trade_no: order.number.clone(),
        // What is said about a person is kept no longer than the checkout.
        buyer: opening.buyer.as_ref().filter(|_| retiring.is_none()).map(Buyer::to_json),
        attention: order.conflict().is_some()
            || frozen
            || stranded
            || dead > 0
            || stored.has_failed_return()
            || stored.is_return_held_up(),
        dead: u32::try_from(dead).unwrap_or(u32::MAX),
        paid: payments(stored),
        refunds: stored.refunds.iter().flat_map(refunds).collect(),
        purged_at: retiring,
    }
}

fn payments(stored: &Stored) -> Vec<IndexPayment> {
    let settled = match &stored.order.attempt {
        Attempt::Paid { receipt, .. } => Some(&**receipt),
        _ => None,
    };
    let counted = settled.map(|receipt| {
        let is_this = |transaction: &str| transaction == receipt.transaction_id;
        let odd = stored.order.odd.iter().find(|odd| is_this(&odd.receipt.transaction_id));
        payment(receipt, odd.map(|odd| odd.fate))
    });
    let others = stored.order.odd.iter().filter(|odd| odd.fate != Fate::Settled);
    counted.into_iter().chain(others.map(|odd| payment(&odd.receipt, Some(odd.fate)))).collect()
}

fn payment(receipt: &Receipt, fate: Option<Fate>) -> IndexPayment {
    IndexPayment {
        transaction_id: receipt.transaction_id.clone(),
        out_trade_no: receipt.out_trade_no.clone(),
        total: receipt.total,
        day: receipt.success_time.and_then(day),
        fate,
    }
}

fn refunds(ledger: &Refunds) -> Vec<IndexRefund> {
    let of = |refund: &Refund| IndexRefund {
        out_refund_no: refund.number.as_str().to_owned(),
        transaction_id: ledger.transaction_id.clone(),
        amount: refund.amount.count(),
        status: refund.status(),
        day: refund.known.as_ref().and_then(|known| known.success_time).and_then(day),
    };
    ledger.refunds.iter().map(of).collect()
}

/// The day in Beijing, `YYYY-MM-DD`.
fn day(moment: UnixSeconds) -> Option<String> {
    rfc3339(moment).get(..10).map(str::to_owned)
}
