//! The platform's refunds: one number is one refund, no more than was paid goes back, and two of
//! one payment stay a minute apart.

use std::collections::BTreeMap;

use checkout::refund::{RefundFact, Standing};
use checkout::time::UnixSeconds;
use serde_json::Value;

use super::{State, WeChat, error, number};

/// What the platform keeps of refunds.
#[derive(Default)]
pub(in crate::desk::tests) struct RemoteRefunds {
    pub(in crate::desk::tests) all: BTreeMap<String, RemoteRefund>,
    /// Money to refund from, in fen, where it is short.
    pub(in crate::desk::tests) balance: Option<u64>,
    last_at: BTreeMap<String, UnixSeconds>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::desk::tests) struct RemoteRefund {
    pub(in crate::desk::tests) body: Vec<u8>,
    pub(in crate::desk::tests) standing: Standing,
    pub(in crate::desk::tests) refund_id: String,
    pub(in crate::desk::tests) transaction_id: String,
    pub(in crate::desk::tests) amount: u64,
    /// How often another way was taken.
    pub(in crate::desk::tests) redirects: u32,
}

pub(super) fn verb(path: &str) -> &'static str {
    match path.strip_prefix("/v3/refund/domestic/refunds") {
        Some("") => "refund",
        Some(rest) if rest.ends_with("/apply-abnormal-refund") => "redirect",
        Some(_) => "ask",
        None => panic!("{path}"),
    }
}

pub(super) const TOTAL: u64 = 8_800;

impl RemoteRefund {
    pub(super) fn out_trade_no(&self, wechat: &WeChat) -> String {
        wechat.order_of(&self.transaction_id).expect("an order of the payment")
    }
}

impl WeChat {
    pub(super) fn order_of(&self, transaction_id: &str) -> Option<String> {
        let paid = |state: &State| matches!(state, State::Paid { transaction_id: known } if known == transaction_id);
        let found = self.orders.iter().find(|(_, remote)| paid(&remote.state));
        found.map(|(number, _)| number.clone())
    }

    pub(super) fn refund_call(
        &mut self,
        verb: &str,
        path: &str,
        body: &[u8],
        now: UnixSeconds,
    ) -> (u16, String) {
        match verb {
            "refund" => self.apply_refund(body, now),
            "redirect" => self.redirect(path),
            _ => self.object(number(path)),
        }
    }

    fn apply_refund(&mut self, body: &[u8], now: UnixSeconds) -> (u16, String) {
        let wish: Value = serde_json::from_slice(body).unwrap();
        let number = wish["out_refund_no"].as_str().unwrap().to_owned();
        if let Some(known) = self.refunds.all.get(&number) {
            let same = known.body == body;
            return if same { self.object(&number) } else { (400, error("INVALID_REQUEST")) };
        }
        let transaction_id = wish["transaction_id"].as_str().unwrap().to_owned();
        let amount = wish["amount"]["refund"].as_u64().unwrap();
        if self.order_of(&transaction_id).is_none() {
            return (404, error("RESOURCE_NOT_EXISTS"));
        }
        if wish["amount"]["total"] != TOTAL {
            return (400, error("PARAM_ERROR"));
        }
        if self.given_back(&transaction_id) + amount > TOTAL {
            return (400, error("INVALID_REQUEST"));
        }
        let last = self.refunds.last_at.get(&transaction_id);
        if last.is_some_and(|last| (now - *last).0 < 60) {
            return (429, error("FREQUENCY_LIMITED"));
        }
        if self.refunds.balance.is_some_and(|balance| balance < amount) {
            return (403, error("NOT_ENOUGH"));
        }
        self.refunds.last_at.insert(transaction_id.clone(), now);
        self.enter_refund(&number, body, transaction_id, amount);
        self.object(&number)
    }

    /// A refund that somebody makes at the platform's console.
    pub(in crate::desk::tests) fn refund_elsewhere(&mut self, transaction_id: &str, amount: u64) {
        self.enter_refund("CONSOLE-1", b"", transaction_id.to_owned(), amount);
        self.stand("CONSOLE-1", Standing::Success);
    }

    pub(super) fn enter_refund(
        &mut self,
        number: &str,
        body: &[u8],
        transaction_id: String,
        amount: u64,
    ) {
        let refund_id = format!("5030000000020250101{:010}", self.refunds.all.len() + 1);
        let (body, standing) = (body.to_owned(), Standing::Processing);
        let refund =
            RemoteRefund { body, standing, refund_id, transaction_id, amount, redirects: 0 };
        self.refunds.all.insert(number.to_owned(), refund);
    }

    /// What has been given back of a payment, or is on its way, in fen.
    pub(in crate::desk::tests) fn given_back(&self, transaction_id: &str) -> u64 {
        let of_it = self.refunds.all.values().filter(|one| one.transaction_id == transaction_id);
        of_it.filter(|one| one.standing != Standing::Closed).map(|one| one.amount).sum()
    }

    fn redirect(&mut self, path: &str) -> (u16, String) {
        let refund_id = path.trim_end_matches("/apply-abnormal-refund");
        let refund_id = number(refund_id);
        let found = self.refunds.all.iter_mut().find(|(_, one)| one.refund_id == refund_id);
        let Some((number, refund)) = found else { return (404, error("RESOURCE_NOT_EXISTS")) };
        if refund.standing != Standing::Abnormal {
            return (400, error("INVALID_REQUEST"));
        }
        refund.standing = Standing::Processing;
        refund.redirects += 1;
        let number = number.clone();
        self.object(&number)
    }

    fn object(&self, number: &str) -> (u16, String) {
        let Some(refund) = self.refunds.all.get(number) else {
            return (404, error("RESOURCE_NOT_EXISTS"));
        };
        let body = format!(
            r#"{{"refund_id":"{}","out_refund_no":"{number}","transaction_id":"{}",
            "out_trade_no":"{}","status":"{}","user_received_account":"支付用户零钱",
            "amount":{{"total":{TOTAL},"refund":{},"currency":"CNY"}}}}"#,
            refund.refund_id,
            refund.transaction_id,
            refund.out_trade_no(self),
            refund.standing.as_str(),
            refund.amount,
        );
        (200, body)
    }

    /// The refund comes to this; nothing is notified.
    #[track_caller]
    pub(in crate::desk::tests) fn stand(&mut self, number: &str, standing: Standing) {
        self.refunds.all.get_mut(number).expect("a refund").standing = standing;
    }

    /// What a notification would tell of the refund now.
    #[track_caller]
    pub(in crate::desk::tests) fn fact(&self, number: &str) -> RefundFact {
        let refund = self.refunds.all.get(number).expect("a refund");
        RefundFact {
            refund_id: refund.refund_id.clone(),
            transaction_id: refund.transaction_id.clone(),
            out_trade_no: refund.out_trade_no(self),
            standing: refund.standing.clone(),
            amount: refund.amount,
            total: TOTAL,
            merchants: vec![super::MCHID.to_owned()],
            account: None,
            success_time: None,
        }
    }
}
