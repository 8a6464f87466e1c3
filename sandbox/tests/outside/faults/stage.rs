//! What each route needs before it can be called, how it is called, and whether it took effect.

use serde_json::{Value, json};

use crate::bills::{NOTIFY, advance_to, asked, sold};
use crate::refunds::{REFUNDS, application, apply};
use crate::shop::{NATIVE, Reply, Shop};

/// A call, ready to be made.
pub(super) struct Call {
    pub(super) method: &'static str,
    pub(super) target: String,
    pub(super) body: String,
}

/// A shop that can make any call of one route, each about an order of its own.
pub(super) struct Stage {
    pub(super) shop: Shop,
    route: String,
    /// The day of a bill that there is.
    day: String,
}

/// The number of an order, of which the digits are also a refund's.
pub(super) fn number(case: usize) -> String {
    format!("T2025010200{case:04}")
}

fn refund_number(case: usize) -> String {
    format!("R{}", number(case))
}

impl Stage {
    pub(super) async fn of(route: &str) -> Self {
        let shop = Shop::open().await;
        let mut day = String::new();
        if route.starts_with("bill") {
            (day, _) = sold(&shop).await;
            advance_to(&shop, 10).await;
        }
        Self { shop, route: route.to_owned(), day }
    }

    /// Does all that comes before the call.
    pub(super) async fn prepared(&self, case: usize) -> Call {
        let (shop, no) = (&self.shop, number(case));
        let mchid = &shop.credentials.mchid;
        let get = |target: String| Call { method: "GET", target, body: String::new() };
        let post = |target: &str, body: Value| Call {
            method: "POST",
            target: target.to_owned(),
            body: body.to_string(),
        };
        match self.route.as_str() {
            "native" => post(NATIVE, shop.order(&no, NOTIFY)),
            "query" => {
                shop.place(&no, NOTIFY).await;
                get(shop.by_number(&no))
            }
            "close" => {
                shop.place(&no, NOTIFY).await;
                let target = format!("/v3/pay/transactions/out-trade-no/{no}/close");
                post(&target, json!({ "mchid": mchid }))
            }
            "refund" => {
                self.paid(case).await;
                post(REFUNDS, self.application(case))
            }
            "refund-query" => {
                self.refunded(case).await;
                get(format!("{REFUNDS}/{}", refund_number(case)))
            }
            "abnormal-refund" => {
                let refund_id = self.refunded(case).await["refund_id"].clone();
                let refund = format!("refunds/{}", refund_number(case));
                let verdict = json!({ "status": "ABNORMAL" });
                assert_eq!(shop.control("PUT", &refund, verdict).await.1["status"], "ABNORMAL");
                let target =
                    format!("{REFUNDS}/{}/apply-abnormal-refund", refund_id.as_str().unwrap());
                let kind = "MERCHANT_BANK_CARD";
                post(&target, json!({ "out_refund_no": refund_number(case), "type": kind }))
            }
            "certificates" => get("/v3/certificates".to_owned()),
            "echo" => {
                let notify_url = format!("{NOTIFY}/{no}");
                let body = json!({ "echo_message": "x", "notify_url": notify_url });
                post("/v3/security/echo", body)
            }
            "bill" => get(format!("/v3/bill/tradebill?bill_date={}", self.day)),
            "bill-download" => {
                let query = format!("tradebill?bill_date={}", self.day);
                let posted = asked(shop, &query).await.json();
                let url = posted["download_url"].as_str().unwrap();
                get(url.strip_prefix(&shop.base).unwrap().to_owned())
            }
            other => panic!("no way to call {other}"),
        }
    }

    /// Whether the call did what it is for; nothing for a call that only asks.
    pub(super) async fn is_done(&self, case: usize) -> Option<bool> {
        let (shop, no) = (&self.shop, number(case));
        let refund = format!("refunds/{}", refund_number(case));
        let see = |path: String| async move { shop.control("GET", &path, Value::Null).await };
        match self.route.as_str() {
            "native" => Some(see(format!("orders/{no}")).await.0 == 200),
            "close" => Some(see(format!("orders/{no}")).await.1["trade_state"] == "CLOSED"),
            "refund" => Some(see(refund).await.0 == 200),
            "abnormal-refund" => Some(see(refund).await.1["status"] == "PROCESSING"),
            "echo" => {
                let told = see("notifications".to_owned()).await.1;
                let mut told = told["data"].as_array().unwrap().iter();
                Some(told.any(|told| told["notify_url"] == format!("{NOTIFY}/{no}")))
            }
            _ => None,
        }
    }

    pub(super) async fn call(&self, call: &Call) -> Option<Reply> {
        self.shop.try_call(call.method, &call.target, &call.body).await
    }

    /// The call's usual answer, which is genuine unless it is a file.
    pub(super) fn is_right(&self, reply: &Reply) -> bool {
        let status = if self.route == "close" { 204 } else { 200 };
        reply.status == status && (self.route == "bill-download" || self.is_genuine(reply))
    }

    pub(super) fn is_genuine(&self, reply: &Reply) -> bool {
        self.shop.is_genuine(&reply.headers, &reply.body)
    }

    async fn paid(&self, case: usize) {
        let code = self.shop.place(&number(case), NOTIFY).await;
        assert_eq!(self.shop.pay(&code).await.0, 200);
    }

    fn application(&self, case: usize) -> Value {
        let mut application = application(&refund_number(case), 234, NOTIFY);
        application["out_trade_no"] = json!(number(case));
        application
    }

    /// Paid, and a refund asked for.
    async fn refunded(&self, case: usize) -> Value {
        self.paid(case).await;
        let reply = apply(&self.shop, &self.application(case)).await;
        assert_eq!(reply.status, 200, "{}", reply.json());
        reply.json()
    }
}
