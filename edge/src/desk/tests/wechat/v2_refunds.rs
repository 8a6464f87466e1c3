//! The same refunds, spoken about by V2: accepted and no more where they are applied for, listed with
//! numbered names where they are asked about.

use checkout::refund::Standing;
use wechatpay::v2::fields::Fields;

use super::v2::{done, parameters, refusal};
use super::{TOTAL, WeChat};

impl WeChat {
    pub(super) fn refund_call_v2(&mut self, verb: &str, asked: &Fields, body: &[u8]) -> Fields {
        let number = asked.get("out_refund_no").unwrap();
        match verb {
            "refund" => self.apply_refund_v2(number, asked, body),
            _ => self.refund_listed(number),
        }
    }

    fn apply_refund_v2(&mut self, number: &str, asked: &Fields, body: &[u8]) -> Fields {
        if let Some(known) = self.refunds.all.get(number) {
            let same = parameters(&known.body) == parameters(body);
            return if same { self.refund_accepted(number) } else { refusal("ERROR") };
        }
        let fen = |name| asked.get(name).unwrap().parse::<u64>().unwrap();
        let (transaction_id, amount) = (asked.get("transaction_id").unwrap(), fen("refund_fee"));
        if self.order_of(transaction_id).is_none() {
            return refusal("ORDERNOTEXIST");
        }
        if fen("total_fee") != TOTAL || self.given_back(transaction_id) + amount > TOTAL {
            return refusal("ERROR");
        }
        if self.refunds.balance.is_some_and(|balance| balance < amount) {
            return refusal("NOTENOUGH");
        }
        self.enter_refund(number, body, transaction_id.to_owned(), amount);
        self.refund_accepted(number)
    }

    /// It says nothing about where the refund stands.
    fn refund_accepted(&self, number: &str) -> Fields {
        let known = &self.refunds.all[number];
        done(&[
            ("transaction_id", &known.transaction_id),
            ("out_trade_no", &known.out_trade_no(self)),
            ("out_refund_no", number),
            ("refund_id", &known.refund_id),
            ("refund_fee", &known.amount.to_string()),
            ("total_fee", &TOTAL.to_string()),
        ])
    }

    fn refund_listed(&self, number: &str) -> Fields {
        let Some(known) = self.refunds.all.get(number) else { return refusal("REFUNDNOTEXIST") };
        let standing = match &known.standing {
            Standing::Closed => "REFUNDCLOSE",
            Standing::Abnormal => "CHANGE",
            other => other.as_str(),
        };
        done(&[
            ("transaction_id", &known.transaction_id),
            ("out_trade_no", &known.out_trade_no(self)),
            ("total_fee", &TOTAL.to_string()),
            ("refund_count", "1"),
            ("out_refund_no_0", number),
            ("refund_id_0", &known.refund_id),
            ("refund_fee_0", &known.amount.to_string()),
            ("refund_status_0", standing),
            ("refund_recv_accout_0", "支付用户零钱"),
        ])
    }
}
