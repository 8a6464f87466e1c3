//! A checkout as the shop sees it: in every answer about one, and in every letter to its webhook.

use checkout::id::{CheckoutId, Description, OutTradeNo, Reference};
use checkout::money::Amount;
use checkout::order::{Disagreement, Fate};
use checkout::report::Promotion;
use checkout::view::{Phase, Status, Trouble};
use serde::{Deserialize, Serialize};

use super::source::SourceKind;
use crate::api::Api;
use crate::buyer::Buyer;
use crate::problem::PlatformAnswer;

/// A checkout as the shop sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckoutView {
    /// The checkout's id.
    pub id: CheckoutId,
    /// The browser's capability; put in by the door.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_token: Option<String>,
    /// The address of the hosted page, which the client token is a part of; put in by the door.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pay_url: Option<String>,
    /// Where it stands.
    pub status: Status,
    /// What is going on; present only while the status is `open`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    /// Why there is no code although the status is `open`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Trouble>,
    /// The shop's own name for it.
    pub reference: Reference,
    /// What the payer reads.
    pub description: Description,
    /// How much.
    pub amount: Amount,
    /// A service provider's sub-merchant who is paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_mchid: Option<String>,
    /// What was said about who buys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buyer: Option<Buyer>,
    /// The API that WeChat Pay is asked by; left out where it is APIv3.
    #[serde(default, skip_serializing_if = "Api::is_v3")]
    pub api: Api,
    /// Who opened it.
    #[serde(default)]
    pub source: SourceKind,
    /// The product of the catalogue that is bought, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// The newest attempt at WeChat Pay.
    pub attempt: AttemptView,
    /// RFC 3339, China time (`2026-11-21T12:00:00+08:00`).
    pub created_at: String,
    /// The deadline, in the same form.
    pub expires_at: String,
    /// What was paid; present when the status is `paid`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<PaymentView>,
    /// What a person has to decide about, in words: a payment that did not match the order, came too
    /// late or came twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conflict: Option<String>,
    /// Payments that did not settle the checkout, and what becomes of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub set_aside: Vec<SetAsideView>,
    /// WeChat Pay never confirmed that the order is closed, and we stopped asking; an operator can
    /// drive it on.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub given_up: bool,
    /// What has come back to the payer, in fen; present when there is any refund.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refunded: Option<u64>,
    /// How many refunds there are, whatever became of them; present when there is any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refunds: Option<usize>,
    /// What WeChat Pay said when it refused the newest attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wechatpay: Option<PlatformAnswer>,
    /// Grows with every change.
    pub version: u64,
}

/// One order at WeChat Pay, as the shop sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttemptView {
    /// Our number of the order.
    pub out_trade_no: OutTradeNo,
    /// What the QR code says; present only while it can be scanned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_url: Option<String>,
    /// A state that did not exist when this was written, in WeChat Pay's own word. It decides
    /// nothing; the order is asked about again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown_trade_state: Option<String>,
}

/// A payment, as the shop sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PaymentView {
    /// WeChat Pay's number of the payment.
    pub transaction_id: String,
    /// Our number of the order that was paid; an earlier attempt's, now and then.
    pub out_trade_no: String,
    /// When it was paid, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success_time: Option<String>,
    /// The price, in fen.
    pub total: u64,
    /// What the payer paid after coupons, in fen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer_total: Option<u64>,
    /// The coupons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub promotion_detail: Vec<Promotion>,
    /// The payer's bank, for example `CMB_DEBIT`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank_type: Option<String>,
    /// The payer under the merchant's app, or the service provider's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub openid: Option<String>,
    /// The payer under the sub-merchant's app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_openid: Option<String>,
    /// The shop's own words, given back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attach: Option<String>,
    /// It came after the checkout had expired or been cancelled.
    pub late: bool,
}

/// A payment that did not settle the checkout, as the shop sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SetAsideView {
    /// WeChat Pay's number of the payment.
    pub transaction_id: String,
    /// Our number of the order that was paid.
    pub out_trade_no: String,
    /// How much, in fen.
    pub total: u64,
    /// In which currency.
    pub currency: String,
    /// When it was paid, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success_time: Option<String>,
    /// Why it did not settle the checkout.
    pub reason: Disagreement,
    /// What becomes of it.
    pub fate: Fate,
}
