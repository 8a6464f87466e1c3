//! The transaction object: what a query answers and what a notification seals (protocol reference
//! B.3, G.3).

use serde::Serialize;
use serde_json::Value;

use crate::notification::{Event, Form};
use crate::order::{Life, Order, Terms};
use crate::payment::{Coupon, CouponType, Payment};
use crate::time;

/// The object, fields as in B.3. What is absent is left out, never `null`.
#[derive(Serialize)]
struct Transaction<'a> {
    #[serde(flatten)]
    payee: Payee<'a>,
    out_trade_no: &'a str,
    trade_state: &'static str,
    trade_state_desc: &'static str,
    amount: Amount<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attach: Option<&'a str>,
    /// A real unpaid answer carries the empty list (G.3).
    #[serde(skip_serializing_if = "Option::is_none")]
    promotion_detail: Option<Vec<Promotion<'a>>>,
    #[serde(flatten)]
    paid: Option<Paid<'a>>,
}

/// Who is paid: a merchant, or a partner's sub-merchant.
#[derive(Serialize)]
#[serde(untagged)]
enum Payee<'a> {
    Direct {
        appid: &'a str,
        mchid: &'a str,
    },
    Partner {
        sp_appid: &'a str,
        sp_mchid: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        sub_appid: Option<&'a str>,
        sub_mchid: &'a str,
    },
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

/// A coupon that was used: of the whole order, and paid for by the merchant.
#[derive(Serialize)]
struct Promotion<'a> {
    coupon_id: &'a str,
    name: &'static str,
    scope: &'static str,
    #[serde(rename = "type")]
    kind: CouponType,
    amount: u64,
    stock_id: &'static str,
    wechatpay_contribute: u64,
    merchant_contribute: u64,
    other_contribute: u64,
    currency: &'a str,
}

/// What only a paid order has.
#[derive(Serialize)]
struct Paid<'a> {
    transaction_id: &'a str,
    trade_type: &'static str,
    bank_type: &'static str,
    success_time: String,
    payer: Payer<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scene_info: Option<SceneInfo<'a>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Payer<'a> {
    Direct {
        openid: &'a str,
    },
    Partner {
        sp_openid: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        sub_openid: Option<&'a str>,
    },
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
    let currency = terms.currency.as_str();
    let transaction = Transaction {
        payee: payee(terms),
        out_trade_no: &terms.out_trade_no,
        trade_state,
        trade_state_desc,
        amount: Amount {
            total: terms.total,
            currency,
            payer_total: payment.map(|payment| terms.total.saturating_sub(payment.discount())),
            payer_currency: payment.map(|_| currency),
        },
        attach: terms.attach.as_deref(),
        promotion_detail: match payment.and_then(|payment| payment.coupon.as_ref()) {
            Some(coupon) => Some(vec![promotion(coupon, currency)]),
            None => (life == Life::Unpaid).then(Vec::new),
        },
        paid: payment.map(|payment| paid(terms, payment)),
    };
    // Texts and numbers under fixed names always serialise.
    serde_json::to_value(transaction).unwrap_or_default()
}

fn payee(terms: &Terms) -> Payee<'_> {
    match &terms.party.sub_mchid {
        None => Payee::Direct { appid: &terms.appid, mchid: &terms.party.mchid },
        Some(sub_mchid) => Payee::Partner {
            sp_appid: &terms.appid,
            sp_mchid: &terms.party.mchid,
            sub_appid: terms.sub_appid.as_deref(),
            sub_mchid,
        },
    }
}

fn paid<'a>(terms: &'a Terms, payment: &'a Payment) -> Paid<'a> {
    Paid {
        transaction_id: &payment.transaction_id,
        trade_type: "NATIVE",
        bank_type: "OTHERS",
        success_time: time::beijing(payment.success_time),
        payer: match terms.party.sub_mchid {
            None => Payer::Direct { openid: &payment.openid },
            Some(_) => Payer::Partner {
                sp_openid: &payment.openid,
                sub_openid: terms.sub_appid.as_ref().and(payment.sub_openid.as_deref()),
            },
        },
        scene_info: terms.device_id.as_deref().map(|device_id| SceneInfo { device_id }),
    }
}

fn promotion<'a>(coupon: &'a Coupon, currency: &'a str) -> Promotion<'a> {
    Promotion {
        coupon_id: &coupon.coupon_id,
        name: "沙箱代金券",
        scope: "GLOBAL",
        kind: coupon.kind,
        amount: coupon.amount,
        stock_id: "931386",
        wechatpay_contribute: 0,
        merchant_contribute: coupon.amount,
        other_contribute: 0,
        currency,
    }
}

/// `trade_state` and its Chinese words (B.3).
pub const fn state(life: &Life) -> (&'static str, &'static str) {
    match life {
        Life::Unpaid => ("NOTPAY", "订单未支付"),
        Life::Paid(Payment { refund_requested: true, .. }) => ("REFUND", "转入退款"),
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
        form: Form::V3,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::order::tests::{partner_terms, terms};
    use crate::payment::Paying;
    use crate::payment::tests::{coupon, paying};

    const PLACED_AT: i64 = 1_735_700_000;
    /// 2025-01-01T11:20:30+08:00.
    const PAID_AT: i64 = 1_735_701_630;

    /// How an app knows the usual payer.
    fn openid(appid: &str) -> String {
        crate::payer::Payer::default().openid(appid)
    }

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
        let paid = order().pay("pr", paying("0000000001"), PAID_AT).unwrap();
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
            "payer": { "openid": openid("wx0123456789abcdef") },
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

    #[test]
    fn a_partners_paid_order_reads_as_in_the_reference() {
        // Protocol reference G.3, partner, but for the phone, its purse, the coupon's name, and the
        // attach, which that sample echoes empty.
        let mut terms = partner_terms("T20250101000002");
        terms.attach = Some(String::new());
        let order = Order::place(1, terms, "pr".into(), PLACED_AT);
        let coupon = Some(coupon(500, CouponType::Cash));
        let paid = order.pay("pr", Paying { coupon, ..paying("0000000002") }, PAID_AT).unwrap();
        let expected = json!({
            "sp_mchid": "1900000002",
            "sub_mchid": "1900000003",
            "sp_appid": "wxaaaaaaaaaaaaaaaa",
            "sub_appid": "wxbbbbbbbbbbbbbbbb",
            "out_trade_no": "T20250101000002",
            "transaction_id": "4200000000202501010000000002",
            "trade_type": "NATIVE",
            "trade_state": "SUCCESS",
            "trade_state_desc": "支付成功",
            "bank_type": "OTHERS",
            "attach": "",
            "success_time": "2025-01-01T11:20:30+08:00",
            "payer": {
                "sp_openid": openid("wxaaaaaaaaaaaaaaaa"),
                "sub_openid": openid("wxbbbbbbbbbbbbbbbb")
            },
            "amount": {
                "total": 2000, "payer_total": 1500, "currency": "CNY", "payer_currency": "CNY"
            },
            "promotion_detail": [{
                "coupon_id": "109519",
                "name": "沙箱代金券",
                "scope": "GLOBAL",
                "type": "CASH",
                "amount": 500,
                "stock_id": "931386",
                "wechatpay_contribute": 0,
                "merchant_contribute": 500,
                "other_contribute": 0,
                "currency": "CNY"
            }]
        });
        assert_eq!(json(&paid, PAID_AT), expected);
    }

    #[test]
    fn an_app_that_was_not_named_is_not_answered() {
        let mut terms = partner_terms("T20250101000002");
        terms.sub_appid = None;
        let order = Order::place(1, terms, "pr".into(), PLACED_AT);
        let paid = json(&order.pay("pr", paying("1"), PAID_AT).unwrap(), PAID_AT);
        assert_eq!(paid["payer"], json!({ "sp_openid": openid("wxaaaaaaaaaaaaaaaa") }));
        assert_eq!(paid.get("sub_appid"), None);
    }

    #[test]
    fn a_refund_shows_in_the_orders_state_for_ever() {
        let paid = order().pay("pr", paying("1"), PAID_AT).unwrap();
        let asked = json(&paid.refund_requested().unwrap(), PAID_AT);
        let openid = json!(openid("wx0123456789abcdef"));
        assert_eq!((&asked["trade_state"], &asked["payer"]["openid"]), (&json!("REFUND"), &openid));
    }
}
