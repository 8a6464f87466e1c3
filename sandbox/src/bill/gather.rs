//! What stands in somebody's bill: gathered from the orders and refunds that there are.
//!
//! A refund's state is that of the moment at which the bill is made, so that a bill which is asked
//! for twice is the same twice (protocol reference B.10).

use std::collections::HashMap;

use super::day::Day;
use super::entry::{Deal, Entry, Return, ReturnState};
use crate::order::{Order, Party};
use crate::payment::CouponType;
use crate::refund::{Ending, PROCESSING_S, Refund, Standing};
use crate::shards::{Shards, newest_first};

/// Whose bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One party's: a merchant's own, or one sub-merchant's.
    Of(Party),
    /// All sub-merchants' of a partner.
    AllSubs(String),
}

impl Scope {
    fn has(&self, party: &Party) -> bool {
        match self {
            Self::Of(wanted) => wanted == party,
            Self::AllSubs(mchid) => party.mchid == *mchid && party.sub_mchid.is_some(),
        }
    }
}

/// The paid orders and the refunds of a scope, taken out of the ledgers so that nobody waits while
/// a bill is written.
pub struct Facts {
    orders: Vec<Order>,
    refunds: Vec<Refund>,
}

impl Facts {
    /// All of them up to the end of the day, newest first.
    pub fn of(shards: &Shards, scope: &Scope, day: Day) -> Self {
        let lists = shards.look_into_each(|ledger, _| {
            let orders = ledger.orders_newest_first().filter(|order| {
                let payment = order.payment().filter(|payment| payment.success_time < day.end());
                payment.is_some() && scope.has(&order.terms.party)
            });
            let refunds = ledger.refunds_newest_first();
            let refunds = refunds.filter(|refund| scope.has(&refund.terms.party));
            let orders: Vec<_> = orders.map(|order| (order.seq, order.clone())).collect();
            let refunds: Vec<_> = refunds.map(|refund| (refund.seq, refund.clone())).collect();
            (orders, refunds)
        });
        let (orders, refunds): (Vec<_>, Vec<_>) = lists.into_iter().unzip();
        Self { orders: newest_first(orders), refunds: newest_first(refunds) }
    }

    /// Every payment and every refund up to the end of the day, by time.
    pub fn entries(&self, day: Day) -> Vec<Entry<'_>> {
        let deals = self.orders.iter().filter_map(deal);
        let by_transaction: HashMap<_, _> =
            deals.clone().map(|deal| (deal.transaction_id, deal)).collect();
        let mut all: Vec<_> = deals.map(Entry::Paid).collect();
        let mut given: HashMap<&str, u64> = HashMap::new();
        for refund in self.refunds.iter().rev() {
            let Some(deal) = by_transaction.get(refund.transaction_id.as_str()) else { continue };
            let before = given.entry(&refund.transaction_id).or_default();
            all.push(Entry::Returned(*deal, back(refund, *before, day.made_at())));
            // What is closed in the end gives nothing, so its fee is kept as well.
            if !matches!(refund.end(), Standing::Ended(Ending::Closed, _)) {
                *before += refund.amounts.settlement_refund;
            }
        }
        all.retain(|entry| entry.at() < day.end());
        all.sort_by_key(Entry::at);
        all
    }
}

fn deal(order: &Order) -> Option<Deal<'_>> {
    let (terms, payment) = (&order.terms, order.payment()?);
    Some(Deal {
        appid: &terms.appid,
        mchid: &terms.party.mchid,
        sub_mchid: terms.party.sub_mchid.as_deref(),
        device: terms.device_id.as_deref(),
        transaction_id: &payment.transaction_id,
        out_trade_no: &terms.out_trade_no,
        openid: &payment.openid,
        description: &terms.description,
        attach: terms.attach.as_deref(),
        total: terms.total,
        settled: terms.total.saturating_sub(payment.unsettled()),
        coupon: payment.discount(),
        paid_at: payment.success_time,
    })
}

fn back(refund: &Refund, before: u64, made_at: i64) -> Return<'_> {
    let paid_for = refund.coupon.as_ref().is_some_and(|coupon| coupon.kind == CouponType::Cash);
    Return {
        refund_id: &refund.refund_id,
        out_refund_no: &refund.terms.out_refund_no,
        amount: refund.amounts.refund,
        settled: refund.amounts.settlement_refund,
        coupon: if paid_for { refund.amounts.discount_refund } else { 0 },
        before,
        accepted_at: refund.created_at,
        state: state(refund, made_at),
    }
}

fn state(refund: &Refund, made_at: i64) -> ReturnState {
    // One that was sent another way later was abnormal until then.
    let rerouted_at = refund.ends_at().saturating_sub(PROCESSING_S);
    if refund.detour.is_some() && made_at < rerouted_at {
        return ReturnState::Abnormal;
    }
    match refund.standing(made_at) {
        Standing::Processing => ReturnState::Processing,
        Standing::Ended(Ending::Success, at) => ReturnState::Done { at },
        Standing::Ended(Ending::Closed, _) => ReturnState::Failed,
        Standing::Ended(Ending::Abnormal, _) => ReturnState::Abnormal,
    }
}
