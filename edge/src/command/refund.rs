//! What the door and a checkout's object say to each other about refunds.

use checkout::id::{CheckoutId, OutRefundNo, Reference, RefundReason};
use checkout::money::{Amount, Currency};
use checkout::refund::{RefundDisagreement, RefundFact, RefundStatus, WaitingFor};
use serde::{Deserialize, Serialize};

use crate::problem::PlatformAnswer;

/// The shop wants money given back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundWish {
    /// The shop's own name for it; the same one finds the same refund.
    pub reference: Reference,
    /// How much.
    pub amount: Amount,
    /// What the payer shall read.
    pub reason: Option<RefundReason>,
    /// Of which payment; the one that settled the checkout where none is named.
    pub transaction_id: Option<String>,
}

/// WeChat Pay reports what became of a refund; the door has verified the signature and opened the
/// resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundTold {
    /// The notification's own id; repeats may carry the same one.
    pub notification_id: String,
    /// The number as it stands in the notification; one of ours or of somebody else's program.
    pub out_refund_no: String,
    /// What is told.
    pub fact: RefundFact,
}

/// The shop has chosen another way for money that could not reach the payer. What must not be read
/// has been encrypted for WeChat Pay by the door; nothing here can be read by us.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redirection {
    /// Which refund.
    pub number: OutRefundNo,
    /// Which way.
    pub way: OtherWay,
    /// The platform key that the texts are encrypted for.
    pub serial: Option<String>,
}

/// Another way for money that could not reach the payer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "way", rename_all = "snake_case")]
pub enum OtherWay {
    /// Another card of the payer's.
    UserBankCard {
        /// The bank's code, such as `CMB_DEBIT`.
        bank_type: String,
        /// The card's number, encrypted.
        bank_account: String,
        /// Its holder's name, encrypted.
        real_name: String,
    },
    /// The merchant's own settlement account.
    MerchantBankCard,
}

/// The operator has looked at a conflict and accepts what WeChat Pay tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundResolution {
    /// A refund of the ledger that is in conflict, ours or not.
    pub number: String,
    /// What disagrees, as whoever looked has seen it.
    pub disagreement: RefundDisagreement,
}

/// A refund as the shop sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundView {
    /// Its number at WeChat Pay.
    pub out_refund_no: String,
    /// The shop's own name for it; a refund made elsewhere has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Reference>,
    /// Where it stands.
    pub status: RefundStatus,
    /// What it waits for, where we and not WeChat Pay are at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_for: Option<WaitingFor>,
    /// How much goes back.
    pub amount: AmountView,
    /// The checkout that it belongs to.
    pub checkout: CheckoutId,
    /// WeChat Pay's number of the payment.
    pub transaction_id: String,
    /// What the payer reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<RefundReason>,
    /// WeChat Pay's own number of the refund, once it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_id: Option<String>,
    /// WeChat Pay's own word for where it stands, when it is none that we know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown_status: Option<String>,
    /// Where the money goes, in WeChat Pay's words (`招商银行信用卡0403`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_received_account: Option<String>,
    /// When the payer had it, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success_time: Option<String>,
    /// When the shop asked for it, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// WeChat Pay's newest words that were no yes: why it was refused, or why it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wechatpay: Option<PlatformAnswer>,
    /// Somebody made it elsewhere: at WeChat Pay's console, or by another program of the merchant's.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub external: bool,
    /// What disagrees, by name, where anything does: no refund of this payment is entered or sent any
    /// more until the operator resolves it. Only an excess ends by itself, once the sums agree again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disagreement: Option<RefundDisagreement>,
    /// The same in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conflict: Option<String>,
}

/// How much of a refund, also of one that is not ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AmountView {
    /// In fen.
    pub total: u64,
    /// `CNY`.
    pub currency: Currency,
}
