//! An order as V2 tells of it, in a query's answer and in a notification (protocol reference D.4,
//! D.7, G.12, G.13).

use serde_json::json;

use super::fields::Fields;
use crate::order::{Order, Terms};
use crate::payment::{Coupon, CouponType, Payment};
use crate::time;
use crate::v3::transaction::state;

/// The fields of a query's answer. What is not paid has few (D.4).
pub fn queried(order: &Order, now: i64) -> Fields {
    let (trade_state, words) = state(&order.life(now));
    let mut fields = Fields::new();
    fields.push_if("device_info", order.terms.device_id.as_deref());
    match order.payment() {
        Some(payment) => {
            fields.append(payer(&order.terms, payment));
            fields.push("trade_type", "NATIVE");
            fields.push("trade_state", trade_state);
            fields.append(paid(&order.terms, payment));
        }
        None => {
            fields.push("trade_state", trade_state);
            fields.append(named(&order.terms));
        }
    }
    fields.push("trade_state_desc", words);
    fields
}

/// The fields of a notification, behind those of the message; nothing if nobody paid.
pub fn told(order: &Order) -> Option<Fields> {
    let payment = order.payment()?;
    let mut fields = payer(&order.terms, payment);
    fields.push("trade_type", "NATIVE");
    fields.append(paid(&order.terms, payment));
    let wants_promotion = order.terms.v2.as_ref().is_some_and(|terms| terms.tells_promotion);
    if let Some(coupon) = payment.coupon.as_ref().filter(|_| wants_promotion) {
        fields.push("promotion_detail", promotion(coupon));
    }
    Some(fields)
}

fn payer(terms: &Terms, payment: &Payment) -> Fields {
    let mut fields = Fields::new().with("openid", &payment.openid).with("is_subscribe", "N");
    if let Some(openid) = terms.sub_appid.as_ref().and(payment.sub_openid.as_deref()) {
        fields.push("sub_openid", openid);
        fields.push("sub_is_subscribe", "N");
    }
    fields
}

fn paid(terms: &Terms, payment: &Payment) -> Fields {
    let fen = |amount: u64| amount.to_string();
    let mut fields = Fields::new().with("bank_type", "OTHERS").with("total_fee", fen(terms.total));
    if payment.unsettled() > 0 {
        let settled = terms.total.saturating_sub(payment.unsettled());
        fields.push("settlement_total_fee", fen(settled));
    }
    fields.push("fee_type", &terms.currency);
    fields.push("cash_fee", fen(terms.total.saturating_sub(payment.discount())));
    if let Some(coupon) = &payment.coupon {
        fields.append(used(coupon));
    }
    fields.push("transaction_id", &payment.transaction_id);
    fields.append(named(terms));
    fields.push("time_end", time::beijing_digits(payment.success_time));
    fields
}

/// What the merchant knows it by.
fn named(terms: &Terms) -> Fields {
    let mut fields = Fields::new().with("out_trade_no", &terms.out_trade_no);
    fields.push_if("attach", terms.attach.as_deref().filter(|attach| !attach.is_empty()));
    fields
}

/// A coupon, counted from 0 though there is never a second one here.
fn used(coupon: &Coupon) -> Fields {
    Fields::new()
        .with("coupon_fee", coupon.amount.to_string())
        .with("coupon_count", "1")
        .with("coupon_type_0", kind(coupon.kind))
        .with("coupon_id_0", &coupon.coupon_id)
        .with("coupon_fee_0", coupon.amount.to_string())
}

/// V2 spells a coupon's kind with an underscore.
pub const fn kind(kind: CouponType) -> &'static str {
    match kind {
        CouponType::Cash => "CASH",
        CouponType::Nocash => "NO_CASH",
    }
}

/// The coupon once more, as JSON, for whoever asked with `version` (D.3).
fn promotion(coupon: &Coupon) -> String {
    let one = json!({
        "promotion_id": coupon.coupon_id,
        "name": "沙箱代金券",
        "scope": "GLOBAL",
        "type": "COUPON",
        "amount": coupon.amount,
        "activity_id": "931386",
        "wxpay_contribute": 0,
        "merchant_contribute": coupon.amount,
        "other_contribute": 0,
    });
    json!({ "promotion_detail": [one] }).to_string()
}

#[cfg(test)]
mod tests;
