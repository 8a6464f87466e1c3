//! The transaction object: what a query answers and what a notification seals (protocol reference
//! B.3, G.3).

use serde::Serialize;
use serde_json::Value;

use crate::notification::Event;
use crate::order::{Life, Order};
use crate::time;

/// The one phone that this sandbox has.
const OPENID: &str = "oSaomaSandboxPhone0000000001";

/// The object, fields as in B.3. What is absent is left out, never `null`.
#[derive(Serialize)]
struct Transaction<'a> {
    appid: &'a str,
    mchid: &'a str,
    out_trade_no: &'a str,
    trade_state: &'static str,
    trade_state_desc: &'static str,
    amount: Amount<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attach: Option<&'a str>,
    /// A real unpaid answer carries the empty list (G.3).
    #[serde(skip_serializing_if = "Option::is_none")]
    promotion_detail: Option<[(); 0]>,
    #[serde(flatten)]
    paid: Option<Paid<'a>>,
}

#[derive(Serialize)]
struct Amount<'a> {
    total: u64,
    currency: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    payer_total: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payer_currency: Option<&'a str>,
}

/// What only a paid order has.
#[derive(Serialize)]
struct Paid<'a> {
    transaction_id: String,
    trade_type: &'static str,
    bank_type: &'static str,
    success_time: String,
    payer: Payer,
    #[serde(skip_serializing_if = "Option::is_none")]
    scene_info: Option<SceneInfo<'a>>,
}

#[derive(Serialize)]
struct Payer {
    openid: &'static str,
}

#[derive(Serialize)]
struct SceneInfo<'a> {
    device_id: &'a str,
}

/// The order as its merchant may see it at `now`.
pub fn json(order: &Order, now: i64) -> Value {
    let terms = &order.terms;
    let life = order.life(now);
    let (trade_state, trade_state_desc) = state(&life);
    let payment = order.payment();
    let transaction = Transaction {
        appid: &terms.appid,
        mchid: &terms.mchid,
        out_trade_no: &terms.out_trade_no,
        trade_state,
        trade_state_desc,
        amount: Amount {
            total: terms.total,
            currency: &terms.currency,
            payer_total: payment.map(|_| terms.total),
            payer_currency: payment.map(|_| terms.currency.as_str()),
        },
        attach: terms.attach.as_deref(),
        promotion_detail: (life == Life::Unpaid).then_some([]),
        paid: payment.map(|payment| Paid {
            transaction_id: payment.transaction_id.clone(),
            trade_type: "NATIVE",
            bank_type: "OTHERS",
            success_time: time::beijing(payment.success_time),
            payer: Payer { openid: OPENID },
            scene_info: terms.device_id.as_deref().map(|device_id| SceneInfo { device_id }),
        }),
    };
    // Texts and numbers under fixed names always serialise.
    serde_json::to_value(transaction).unwrap_or_default()
}

/// `trade_state` and its Chinese words (B.3).
pub const fn state(life: &Life) -> (&'static str, &'static str) {
    match life {
        Life::Unpaid => ("NOTPAY", "订单未支付"),
        Life::Paid(_) => ("SUCCESS", "支付成功"),
        Life::Closed { .. } => ("CLOSED", "订单已关闭"),
    }
}

/// What the merchant is told when somebody has paid (C.1, C.2).
pub fn success_event(order: &Order, now: i64) -> Event {
    Event {
        event_type: "TRANSACTION.SUCCESS".to_owned(),
        original_type: "transaction".to_owned(),
        summary: "支付成功".to_owned(),
        plaintext: json(order, now).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::order::tests::terms;

    const PLACED_AT: i64 = 1_735_700_000;
    /// 2025-01-01T11:20:30+08:00.
    const PAID_AT: i64 = 1_735_701_630;

    fn order() -> Order {
        Order::place(1, terms("T20250101000001"), "pr".into(), PLACED_AT)
    }

    #[test]
    fn an_unpaid_order_reads_as_in_the_reference() {
        // Protocol reference G.3, "Not paid".
        let expected = json!({
            "amount": { "currency": "CNY", "total": 1234 },
            "appid": "wx0123456789abcdef",
            "attach": "cart=42",
            "mchid": "1900000001",
            "out_trade_no": "T20250101000001",
            "promotion_detail": [],
            "trade_state": "NOTPAY",
            "trade_state_desc": "订单未支付"
        });
        assert_eq!(json(&order(), PLACED_AT), expected);
    }

    #[test]
    fn a_paid_order_reads_as_in_the_reference() {
        // Protocol reference G.3, "Paid", but for the phone's own name.
        let paid = order().pay("pr", "0000000001", PAID_AT).unwrap();
        let expected = json!({
            "mchid": "1900000001",
            "appid": "wx0123456789abcdef",
            "out_trade_no": "T20250101000001",
            "transaction_id": "4200000000202501010000000001",
            "trade_type": "NATIVE",
            "trade_state": "SUCCESS",
            "trade_state_desc": "支付成功",
            "bank_type": "OTHERS",
            "attach": "cart=42",
            "success_time": "2025-01-01T11:20:30+08:00",
            "payer": { "openid": OPENID },
            "amount": {
                "total": 1234, "payer_total": 1234, "currency": "CNY", "payer_currency": "CNY"
            }
        });
        assert_eq!(json(&paid, PAID_AT), expected);
    }

    #[test]
    fn a_closed_order_reads_as_in_the_reference() {
        // Protocol reference G.3, "Closed"; that sample's order has no attach.
        let mut order = order();
        order.terms.attach = None;
        let expected = json!({
            "amount": { "currency": "CNY", "total": 1234 },
            "appid": "wx0123456789abcdef",
            "mchid": "1900000001",
            "out_trade_no": "T20250101000001",
            "trade_state": "CLOSED",
            "trade_state_desc": "订单已关闭"
        });
        assert_eq!(json(&order.close(PLACED_AT).unwrap(), PLACED_AT), expected);
    }
}
