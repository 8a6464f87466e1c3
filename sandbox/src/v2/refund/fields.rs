//! A refund as V2 tells of it: in the answer to the call that made it, in a query's list, and in what
//! a notification seals (protocol reference D.6, D.8, G.14).

use crate::order::Order;
use crate::payment::Payment;
use crate::refund::amounts::Amounts;
use crate::refund::{Ending, Refund, Standing};
use crate::time;
use crate::v2::Fields;
use crate::v2::transaction::kind;
use crate::v3::refunds::{channel, received_account};

use super::ACCOUNTS;

/// A name with the refund's place in the list behind it, and the coupon's behind that.
fn nth(name: &str, n: usize) -> String {
    format!("{name}_{n}")
}

fn fen(amount: u64) -> String {
    amount.to_string()
}

/// The fields of the answer to an application: it is accepted, no more (D.6).
pub(super) fn applied(refund: &Refund) -> Fields {
    let Amounts { total, payer_total, payer_refund, discount_refund, .. } = refund.amounts;
    let mut fields = Fields::new()
        .with("transaction_id", &refund.transaction_id)
        .with("out_trade_no", &refund.out_trade_no)
        .with("out_refund_no", &refund.terms.out_refund_no)
        .with("refund_id", &refund.refund_id)
        .with("refund_fee", fen(refund.amounts.refund));
    let settled = settled(refund);
    fields.push_if("settlement_refund_fee", settled.map(|(_, refund)| fen(refund)));
    fields.push("total_fee", fen(total));
    fields.push_if("settlement_total_fee", settled.map(|(total, _)| fen(total)));
    fields.push("fee_type", "CNY");
    fields.push("cash_fee", fen(payer_total));
    fields.push("cash_refund_fee", fen(payer_refund));
    fields.push("coupon_refund_fee", fen(discount_refund));
    match &refund.coupon {
        None => fields.push("coupon_refund_count", "0"),
        Some(coupon) => {
            fields.push("coupon_refund_count", "1");
            fields.push("coupon_type_0", kind(coupon.kind));
            fields.push("coupon_refund_id_0", &coupon.coupon_id);
            fields.push("coupon_refund_fee_0", fen(discount_refund));
        }
    }
    fields
}

/// What the merchant was settled of the order and gives of it, where that is not all of it: a coupon
/// that nobody paid for was never settled (D.4, D.6).
fn settled(refund: &Refund) -> Option<(u64, u64)> {
    let amounts = &refund.amounts;
    let differs = amounts.settlement_total != amounts.total;
    differs.then_some((amounts.settlement_total, amounts.settlement_refund))
}

/// The fields of a query's answer: the order, and these of its refunds.
pub(super) fn queried(order: &Order, payment: &Payment, page: &Page<'_>, now: i64) -> Fields {
    let total = order.terms.total;
    let mut fields = Fields::new()
        .with("transaction_id", &payment.transaction_id)
        .with("out_trade_no", &order.terms.out_trade_no)
        .with("total_fee", fen(total));
    if payment.unsettled() > 0 {
        fields.push("settlement_total_fee", fen(total.saturating_sub(payment.unsettled())));
    }
    fields.push("fee_type", &order.terms.currency);
    fields.push("cash_fee", fen(total.saturating_sub(payment.discount())));
    fields.push("total_refund_count", page.all.to_string());
    fields.push("refund_count", page.shown.len().to_string());
    for (n, refund) in page.shown.iter().enumerate() {
        fields.append(listed(refund, n, now));
    }
    fields
}

/// Some of an order's refunds.
pub(super) struct Page<'a> {
    /// Those that are shown.
    pub(super) shown: Vec<&'a Refund>,
    /// How many there are in all.
    pub(super) all: usize,
}

/// One refund of a list.
fn listed(refund: &Refund, n: usize, now: i64) -> Fields {
    let standing = refund.standing(now);
    let mut fields = Fields::new()
        .with(nth("out_refund_no", n), &refund.terms.out_refund_no)
        .with(nth("refund_id", n), &refund.refund_id)
        .with(nth("refund_channel", n), channel(refund))
        .with(nth("refund_fee", n), fen(refund.amounts.refund));
    if let Some((_, given)) = settled(refund) {
        fields.push(nth("settlement_refund_fee", n), fen(given));
    }
    if let Some(coupon) = &refund.coupon {
        let given = fen(refund.amounts.discount_refund);
        fields.push(nth("coupon_refund_fee", n), &given);
        fields.push(nth("coupon_refund_count", n), "1");
        fields.push(nth(&nth("coupon_type", n), 0), kind(coupon.kind));
        fields.push(nth(&nth("coupon_refund_id", n), 0), &coupon.coupon_id);
        fields.push(nth(&nth("coupon_refund_fee", n), 0), given);
    }
    fields.push(nth("refund_status", n), status(standing));
    fields.push(nth("refund_account", n), account(refund));
    // One n too few, as published.
    fields.push(nth("refund_recv_accout", n), received_account(refund));
    if let Some(at) = success_time(standing) {
        fields.push(nth("refund_success_time", n), at);
    }
    fields
}

/// What a notification seals, in the order of the sample (G.14).
pub(super) fn sealed(refund: &Refund) -> Fields {
    let (end, amounts) = (refund.end(), &refund.amounts);
    let mut fields = Fields::new()
        .with("out_refund_no", &refund.terms.out_refund_no)
        .with("out_trade_no", &refund.out_trade_no)
        .with("refund_account", account(refund))
        .with("refund_fee", fen(amounts.refund))
        .with("refund_id", &refund.refund_id)
        .with("refund_recv_accout", received_account(refund))
        .with("refund_request_source", "API")
        .with("refund_status", status(end))
        .with("settlement_refund_fee", fen(amounts.settlement_refund))
        .with("settlement_total_fee", fen(amounts.settlement_total));
    fields.push_if("success_time", success_time(end));
    fields.push("total_fee", fen(amounts.total));
    fields.push("transaction_id", &refund.transaction_id);
    fields
}

/// `refund_status` (D.6, D.8).
const fn status(standing: Standing) -> &'static str {
    match standing {
        Standing::Processing => "PROCESSING",
        Standing::Ended(Ending::Success, _) => "SUCCESS",
        Standing::Ended(Ending::Abnormal, _) => "CHANGE",
        Standing::Ended(Ending::Closed, _) => "REFUNDCLOSE",
    }
}

/// `refund_account`, also of a refund that was asked for over APIv3.
fn account(refund: &Refund) -> &'static str {
    let funds = refund.terms.funds_account.as_str();
    let found = ACCOUNTS.iter().find(|(_, known)| *known == funds);
    found.map_or(super::USUAL_ACCOUNT, |(account, _)| *account)
}

fn success_time(standing: Standing) -> Option<String> {
    match standing {
        Standing::Ended(Ending::Success, at) => Some(time::beijing_seconds(at)),
        _ => None,
    }
}
