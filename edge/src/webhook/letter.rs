//! What the shop is told: the event, when it happened, and the checkout as the shop itself reads it.
//!
//! A full letter instead of a bare id: a shop that stores it has all it needs, and one that would
//! rather ask may still do so, with the `id` inside. It is written once and sent byte for byte each
//! time, so what it says is how things stood when it happened.

use checkout::time::UnixSeconds;
use serde::Serialize;
use wechatpay::moment::rfc3339;

use crate::command::{CheckoutView, RefundView};
use crate::outbox::Topic;

/// Something that the shop is told.
pub struct News<'a> {
    /// What the event is about.
    pub topic: Topic,
    /// When it happened, in business time.
    pub at: UnixSeconds,
    /// How the checkout stands then.
    pub checkout: &'a CheckoutView,
    /// The refund that the event is about.
    pub refund: Option<&'a RefundView>,
}

#[derive(Serialize)]
struct Letter<'a> {
    r#type: &'static str,
    timestamp: String,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    #[serde(flatten)]
    checkout: CheckoutView,
    /// Whether the money came after the checkout had ended; of `checkout.paid` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    late: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refund: Option<&'a RefundView>,
}

/// The body of the letter. A browser's token is never in it, nor the address of the page that it opens,
/// nor a code to pay by: all are capabilities, and none is of use to whoever is told.
pub fn payload(news: &News<'_>) -> Vec<u8> {
    let mut checkout = CheckoutView { client_token: None, pay_url: None, ..news.checkout.clone() };
    checkout.attempt.code_url = None;
    let payment = checkout.payment.as_ref().filter(|_| news.topic == Topic::CheckoutPaid);
    let late = payment.map(|payment| payment.late);
    let letter = Letter {
        r#type: news.topic.name(),
        timestamp: rfc3339(news.at),
        data: Data { checkout, late, refund: news.refund },
    };
    // Strings, numbers and lists of them only: there is no way for this to fail.
    serde_json::to_vec(&letter).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn checkout() -> Value {
        json!({
            "id": "chk_abcdefghijklmnopqrst",
            "client_token": "chk_abcdefghijklmnopqrst.1.x",
            "pay_url": "https://pay.example/pay/chk_abcdefghijklmnopqrst.1.x",
            "status": "open",
            "source": "counter",
            "product": "oolong-250",
            "api": "v2",
            "reference": "A-1001",
            "description": "Oolong 250 g",
            "amount": { "total": 8800, "currency": "CNY" },
            "attempt": {
                "out_trade_no": "abcdefghijklmnopqrst01abcdefgh",
                "code_url": "weixin://wxpay/bizpayurl?pr=abc",
            },
            "created_at": "2026-11-21T11:00:00+08:00",
            "expires_at": "2026-11-21T12:00:00+08:00",
            "version": 3,
        })
    }

    fn refund() -> Value {
        json!({
            "out_refund_no": "abcdefghijklmnopqrstr01abcdefgh",
            "reference": "R-1",
            "status": "success",
            "amount": { "total": 4000, "currency": "CNY" },
            "checkout": "chk_abcdefghijklmnopqrst",
            "transaction_id": "4200000000202611210000000001",
        })
    }

    fn written(topic: Topic, checkout: Value, refund: Option<Value>) -> Value {
        let checkout = serde_json::from_value(checkout).unwrap();
        let refund: Option<RefundView> = refund.map(|view| serde_json::from_value(view).unwrap());
        // 2026-11-21 11:30 in China.
        let at = UnixSeconds(1_795_231_800);
        let news = News { topic, at, checkout: &checkout, refund: refund.as_ref() };
        serde_json::from_slice(&payload(&news)).unwrap()
    }

    #[test]
    fn a_letter_is_the_checkout_as_the_shop_reads_it_without_capabilities() {
        let mut data = checkout();
        data.as_object_mut().unwrap().remove("client_token");
        data.as_object_mut().unwrap().remove("pay_url");
        data["attempt"].as_object_mut().unwrap().remove("code_url");
        let expected = json!({
            "type": "checkout.expired",
            "timestamp": "2026-11-21T11:30:00+08:00",
            "data": data,
        });
        assert_eq!(written(Topic::CheckoutExpired, checkout(), None), expected);
    }

    #[test]
    fn a_payment_says_on_top_whether_it_came_late() {
        for late in [false, true] {
            let mut paid = checkout();
            paid["status"] = json!("paid");
            paid["payment"] = json!({
                "transaction_id": "4200000000202611210000000001", "total": 8800, "late": late,
                "out_trade_no": "abcdefghijklmnopqrst01abcdefgh",
            });
            let letter = written(Topic::CheckoutPaid, paid.clone(), None);
            assert_eq!(letter["data"]["late"], late);
            assert_eq!(letter["data"]["payment"]["late"], late);
            assert_eq!(letter["data"]["status"], "paid");
            let refunded = written(Topic::RefundSucceeded, paid, Some(refund()));
            assert_eq!(refunded["data"].get("late"), None, "that is not what this one tells");
        }
    }

    #[test]
    fn a_refund_stands_beside_its_checkout() {
        let letter = written(Topic::RefundSucceeded, checkout(), Some(refund()));
        assert_eq!(letter["type"], "refund.succeeded");
        assert_eq!(letter["data"]["refund"], refund());
        assert_eq!(letter["data"]["id"], "chk_abcdefghijklmnopqrst");
    }

    #[test]
    fn a_conflict_is_told_in_words() {
        let mut frozen = checkout();
        frozen["conflict"] = json!("another amount than the order's");
        let letter = written(Topic::CheckoutConflict, frozen, None);
        assert_eq!(letter["data"]["conflict"], "another amount than the order's");
    }
}
