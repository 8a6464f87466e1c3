//! A query's answer as in the reference (protocol reference G.12).

use super::*;
use crate::order::tests::{partner_terms, terms};
use crate::payment::tests::paying;

const PLACED_AT: i64 = 1_735_700_000;
/// 2025-01-01T11:20:30+08:00.
const PAID_AT: i64 = 1_735_701_630;

fn order() -> Order {
    Order::place(1, terms("T20250101000001"), "pr".into(), PLACED_AT)
}

/// Names and values, the sample's fields between `result_code` and `sign`.
fn expected(pairs: &[(&str, &str)]) -> Fields {
    pairs.iter().fold(Fields::new(), |fields, (name, value)| fields.with(*name, *value))
}

#[test]
fn an_unpaid_order_reads_as_in_the_reference() {
    let mut order = order();
    order.terms.attach = None;
    let sample = expected(&[
        ("trade_state", "NOTPAY"),
        ("out_trade_no", "T20250101000001"),
        ("trade_state_desc", "订单未支付"),
    ]);
    assert_eq!(queried(&order, PLACED_AT), sample);
}

#[test]
fn a_paid_order_reads_as_in_the_reference() {
    // But for the phone's own name.
    let paid = order().pay("pr", paying("0000000001"), PAID_AT).unwrap();
    let mut fields = queried(&paid, PAID_AT);
    fields.set("openid", "oTESTopenid0000000000000001");
    let sample = expected(&[
        ("openid", "oTESTopenid0000000000000001"),
        ("is_subscribe", "N"),
        ("trade_type", "NATIVE"),
        ("trade_state", "SUCCESS"),
        ("bank_type", "OTHERS"),
        ("total_fee", "1234"),
        ("fee_type", "CNY"),
        ("cash_fee", "1234"),
        ("transaction_id", "4200000000202501010000000001"),
        ("out_trade_no", "T20250101000001"),
        ("attach", "cart=42"),
        ("time_end", "20250101112030"),
        ("trade_state_desc", "支付成功"),
    ]);
    assert_eq!(fields, sample);
}

#[test]
fn a_closed_order_keeps_its_attach_and_a_partners_paid_one_has_two_openids() {
    let closed = order().close(PLACED_AT).unwrap();
    let fields = queried(&closed, PLACED_AT);
    assert_eq!(
        (fields.get("trade_state"), fields.get("attach")),
        (Some("CLOSED"), Some("cart=42"))
    );
    assert_eq!(fields.get("total_fee"), None);
    let order = Order::place(1, partner_terms("T20250101000002"), "pr".into(), PLACED_AT);
    let paid = order.pay("pr", paying("0000000002"), PAID_AT).unwrap();
    let fields = queried(&paid, PAID_AT);
    assert_ne!(fields.get("openid"), fields.get("sub_openid"));
    assert_eq!(fields.get("sub_is_subscribe"), Some("N"));
}
