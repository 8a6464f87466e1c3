//! What the index keeps of a checkout. A row is written whole, as it was at one revision of the
//! checkout; an older revision never replaces a newer one.

use checkout::id::{CheckoutId, Description, OutTradeNo, ProfileName, Reference};
use checkout::money::{Currency, Fen};
use checkout::order::Fate;
use checkout::refund::RefundStatus;
use checkout::time::UnixSeconds;
use checkout::view::{Status, Trouble};
use serde::{Deserialize, Serialize};

use crate::api::Api;
use crate::command::SourceKind;

/// A checkout as the index knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexRow {
    /// The checkout's id.
    pub id: CheckoutId,
    /// Whose checkout it is; nobody else is ever shown it.
    pub profile: ProfileName,
    /// The object's revision at which this was true. Grows with every commit.
    pub revision: u64,
    /// When the checkout was opened.
    pub created_at: UnixSeconds,
    /// Its deadline.
    pub expires_at: UnixSeconds,
    /// When it last changed.
    pub touched_at: UnixSeconds,
    /// Where it stands.
    pub status: Status,
    /// Why there is no code although it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Trouble>,
    /// The shop's own name for it.
    pub reference: Reference,
    /// What the payer reads.
    pub description: Description,
    /// How much is asked, in fen.
    pub total: Fen,
    /// In which currency.
    pub currency: Currency,
    /// A service provider's sub-merchant who is paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_mchid: Option<String>,
    /// The API that WeChat Pay is asked by.
    #[serde(default, skip_serializing_if = "Api::is_v3")]
    pub api: Api,
    /// Who opened it. Rows of before this was kept do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceKind>,
    /// The product of the catalogue that is bought, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// The newest attempt's number at WeChat Pay.
    pub out_trade_no: OutTradeNo,
    /// What the shop told of the buyer, as JSON text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buyer: Option<String>,
    /// A person has to look: money is held, a delivery is dead, or the checkout is frozen.
    pub attention: bool,
    /// Deliveries and questions that were given up.
    pub dead: u32,
    /// Every payment that belongs to it, the one that settled it first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paid: Vec<IndexPayment>,
    /// Every refund of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refunds: Vec<IndexRefund>,
    /// When all but this row was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purged_at: Option<UnixSeconds>,
}

/// A payment as the index knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexPayment {
    /// WeChat Pay's number of it.
    pub transaction_id: String,
    /// Our number of the order that was paid.
    pub out_trade_no: String,
    /// How much, in fen.
    pub total: u64,
    /// The day of its `success_time` in Beijing, `YYYY-MM-DD`, by which bills are cut. Unknown where
    /// WeChat Pay did not say when it was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<String>,
    /// What becomes of it; none for the payment that settled the checkout as agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fate: Option<Fate>,
}

/// A refund as the index knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexRefund {
    /// Its number at WeChat Pay.
    pub out_refund_no: String,
    /// WeChat Pay's number of the payment.
    pub transaction_id: String,
    /// How much goes back, in fen.
    pub amount: u64,
    /// Where it stands.
    pub status: RefundStatus,
    /// The day in Beijing on which the payer had it, `YYYY-MM-DD`; none before that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<String>,
}
