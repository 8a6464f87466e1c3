//! A refund as the platform writes it: in answers, and with other names in notifications (protocol
//! reference B.5, C.2).
//!
//! Unknown fields are ignored and an unknown status is kept as text. What has to be compared with
//! our books must be there; what is only shown may be missing.

use checkout::refund::{RefundFact, Standing};
use serde::Deserialize;

use crate::moment::parse_rfc3339;
use crate::v3::malformed::Malformed;

/// The fields that we use. It comes only out of verified messages.
#[derive(Deserialize)]
pub(in crate::v3) struct RefundObject {
    out_refund_no: String,
    refund_id: String,
    transaction_id: String,
    out_trade_no: String,
    /// In answers.
    status: Option<String>,
    /// In notifications.
    refund_status: Option<String>,
    mchid: Option<String>,
    sp_mchid: Option<String>,
    sub_mchid: Option<String>,
    user_received_account: Option<String>,
    success_time: Option<String>,
    amount: RefundAmount,
}

#[derive(Deserialize)]
struct RefundAmount {
    total: u64,
    refund: u64,
    currency: Option<String>,
}

impl RefundObject {
    pub(in crate::v3) fn out_refund_no(&self) -> &str {
        &self.out_refund_no
    }

    /// What it says.
    pub(in crate::v3) fn fact(self) -> Result<RefundFact, Malformed> {
        let standing = self.status.or(self.refund_status).ok_or(Malformed::NoRefundStatus)?;
        // A Native order has no other (protocol reference B.1), and ours are in fen.
        if self.amount.currency.is_some_and(|currency| currency != "CNY") {
            return Err(Malformed::OtherCurrency);
        }
        // Partners' notifications have the latter two, or, in one of the platform's own samples,
        // the first.
        let merchants = [self.mchid, self.sp_mchid, self.sub_mchid].into_iter().flatten().collect();
        Ok(RefundFact {
            refund_id: self.refund_id,
            transaction_id: self.transaction_id,
            out_trade_no: self.out_trade_no,
            standing: Standing::from(cut(standing, STANDING_CHARS_MAX)),
            amount: self.amount.refund,
            total: self.amount.total,
            merchants,
            account: self.user_received_account.map(|text| cut(text, ACCOUNT_CHARS_MAX)),
            // A time we cannot read must not cost anybody a refund.
            success_time: self.success_time.as_deref().and_then(parse_rfc3339),
        })
    }
}

/// For the shop to read, and no longer than the platform's own bound (protocol reference B.5).
fn cut(text: String, chars_max: usize) -> String {
    text.chars().take(chars_max).collect()
}

const STANDING_CHARS_MAX: usize = 32;
const ACCOUNT_CHARS_MAX: usize = 64;
