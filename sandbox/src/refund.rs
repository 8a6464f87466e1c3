//! One refund's life at the platform, as pure steps.
//!
//! An application is admitted or refused by the order's earlier refunds and by its age; from then
//! on the business clock alone moves the refund. What it becomes is decided when it is admitted, so
//! that nothing has to happen at the moment itself: `now` tells where it stands (protocol reference
//! B.5 to B.7).

pub mod amounts;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::amounts::{Amounts, Before};
use crate::order::{Order, Party};
use crate::payment::Coupon;
use crate::time;

/// How long a refund is on its way. The platform needs minutes to days; the sandbox's answer is
/// short enough to wait for and long enough to be seen.
pub const PROCESSING_S: i64 = 20;
/// How long after its payment an order can be refunded: a year (B.5).
const REFUNDABLE_S: i64 = 365 * 86_400;
/// How many refunds one order can have (B.5).
const REFUNDS_MAX: usize = 50;
/// How far refunds of one order must be apart (B.5).
const APART_S: i64 = 60;

/// Part of the refund, by where the merchant's money comes from (`amount.from`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// `AVAILABLE` or `UNAVAILABLE`.
    pub account: String,
    /// In fen.
    pub amount: u64,
}

/// Over which of the platform's APIs something is asked for or told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Api {
    /// JSON.
    #[default]
    V3,
    /// XML.
    V2,
}

/// What the merchant asked for, checked as far as that needs no order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Terms {
    /// Whose order it is.
    #[serde(flatten)]
    pub party: Party,
    /// The platform's number of the order, if that was given.
    pub transaction_id: Option<String>,
    /// The merchant's number of the order, if that was given.
    pub out_trade_no: Option<String>,
    /// The merchant's number of the refund.
    pub out_refund_no: String,
    /// The order's total in fen, as the merchant knows it.
    pub total: u64,
    /// What to give back, in fen.
    pub refund: u64,
    /// Where to tell of it, in the form of the API over which it was asked for.
    pub notify_url: Option<String>,
    /// Where to tell of it else, in V2's form: the address that was set in the merchant platform
    /// when it was asked for (protocol reference J.9).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub console_url: Option<String>,
    /// Over which API it was asked for.
    #[serde(default)]
    pub api: Api,
    /// Where the merchant's money comes from.
    pub funds_account: String,
    /// The same, in parts.
    pub from: Vec<Source>,
    /// The whole body as it was sent: a repeat must be equal to it in every field. Over V2, without
    /// the fields that are each message's own.
    pub body: Value,
}

impl Terms {
    /// Where it is told, and in which form; nowhere if no address was given or set.
    pub fn told_at(&self) -> Option<(&str, Api)> {
        let console = self.console_url.as_deref().map(|url| (url, Api::V2));
        self.notify_url.as_deref().map(|url| (url, self.api)).or(console)
    }
}

/// How a refund ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// The payer has the money.
    Success,
    /// The payer's card is closed or frozen: the merchant has to name another way (B.7).
    Abnormal,
    /// It failed for good; its sum is free again.
    Closed,
}

/// Where a refund stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// On its way.
    Processing,
    /// At its end, since this moment.
    Ended(Ending, i64),
}

/// Why there is no refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotRefunded {
    /// The number is that of an earlier refund, with other data.
    Different,
    /// There is no such order, or nobody paid it.
    NotPaid,
    /// The payment is more than a year old.
    TooOld,
    /// The order has another total than the merchant says.
    TotalDiffers,
    /// All refunds together would be more than the order.
    TooMuch,
    /// The earlier ones took the whole order.
    Spent,
    /// The order has had fifty.
    TooMany,
    /// The last one is less than a minute old.
    TooSoon,
}

/// Why a refund cannot go another way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotRerouted {
    /// There is no such refund.
    Unknown,
    /// The two numbers belong to different refunds.
    NumberDiffers,
    /// It is not abnormal.
    NotAbnormal,
}

/// Another way for the money of an abnormal refund (B.7).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detour {
    /// `user_received_account`.
    pub account: String,
    /// Tells a repeat from another wish, without keeping card and name.
    pub digest: String,
}

/// What a new refund is called.
pub struct Names {
    /// Counts refunds, in the order of their coming.
    pub seq: u64,
    /// Ten digits, the end of `refund_id`.
    pub refund_tail: String,
}

/// One refund.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Refund {
    /// Counts refunds, in the order of their coming.
    pub seq: u64,
    /// The platform's number for it.
    pub refund_id: String,
    /// What was asked for.
    pub terms: Terms,
    /// The order's number with the merchant.
    pub out_trade_no: String,
    /// The order's number with the platform.
    pub transaction_id: String,
    /// When it was asked for.
    pub created_at: i64,
    /// Who gets and gives how much.
    pub amounts: Amounts,
    /// The coupon that the payer used.
    pub coupon: Option<Coupon>,
    /// The way that the money took when the first one was closed.
    pub detour: Option<Detour>,
    /// How it ends. Ask [`Refund::standing`] instead: it may not have ended yet.
    ending: Ending,
    ends_at: i64,
}

impl Refund {
    /// Admits or refuses an application. `earlier` are all refunds of the same order.
    pub fn apply(
        names: Names,
        terms: Terms,
        (order, earlier): (&Order, &[&Self]),
        now: i64,
    ) -> Result<Self, NotRefunded> {
        let payment = order.payment().ok_or(NotRefunded::NotPaid)?;
        if now.saturating_sub(payment.success_time) > REFUNDABLE_S {
            return Err(NotRefunded::TooOld);
        }
        if terms.total != order.terms.total {
            return Err(NotRefunded::TotalDiffers);
        }
        // What was closed is free again.
        let live = earlier.iter().filter(|refund| !refund.is_closed(now));
        let before = live.fold(Before::default(), |before, refund| before.and(&refund.amounts));
        let left = order.terms.total.saturating_sub(before.refund);
        if terms.refund > left {
            return Err(if left == 0 { NotRefunded::Spent } else { NotRefunded::TooMuch });
        }
        if earlier.len() >= REFUNDS_MAX {
            return Err(NotRefunded::TooMany);
        }
        if earlier.iter().any(|refund| now.saturating_sub(refund.created_at) < APART_S) {
            return Err(NotRefunded::TooSoon);
        }
        let Names { seq, refund_tail } = names;
        Ok(Self {
            seq,
            // 29 digits that begin with 503, as in every published sample (G.5).
            refund_id: format!("50300000000{}{refund_tail}", time::beijing_day(now)),
            amounts: Amounts::of(terms.refund, order.terms.total, payment, before),
            coupon: payment.coupon.clone(),
            out_trade_no: order.terms.out_trade_no.clone(),
            transaction_id: payment.transaction_id.clone(),
            created_at: now,
            detour: None,
            ending: Ending::Success,
            ends_at: now.saturating_add(PROCESSING_S),
            terms,
        })
    }

    /// Whether an application asks for this very refund once more. Over the same API every field
    /// must be the same; over the other one, which calls them otherwise, what they say must be.
    pub fn is_asked_again(&self, terms: &Terms) -> bool {
        let known = &self.terms;
        if known.api == terms.api {
            // The body names the sub-merchant too.
            return known.body == terms.body;
        }
        let id = terms.transaction_id.as_ref().is_none_or(|id| *id == self.transaction_id);
        let number = terms.out_trade_no.as_ref().is_none_or(|no| *no == self.out_trade_no);
        let amounts = (known.total, known.refund) == (terms.total, terms.refund);
        known.party == terms.party && id && number && amounts
    }

    /// The same refund, with another end.
    pub fn ending_in(self, ending: Ending) -> Self {
        Self { ending, ..self }
    }

    /// Ends at `now` and in this way; nothing for a refund that has ended already.
    pub fn end_now(&self, ending: Ending, now: i64) -> Option<Self> {
        match self.standing(now) {
            Standing::Processing => Some(Self { ending, ends_at: now, ..self.clone() }),
            Standing::Ended(..) => None,
        }
    }

    /// Sends the money another way. A repeat of the same wish changes nothing.
    pub fn reroute(&self, detour: Detour, now: i64) -> Result<Self, NotRerouted> {
        if self.detour.as_ref() == Some(&detour) {
            return Ok(self.clone());
        }
        match self.standing(now) {
            Standing::Ended(Ending::Abnormal, _) => Ok(Self {
                detour: Some(detour),
                ending: Ending::Success,
                ends_at: now.saturating_add(PROCESSING_S),
                ..self.clone()
            }),
            _ => Err(NotRerouted::NotAbnormal),
        }
    }

    /// Where it stands at `now`.
    pub const fn standing(&self, now: i64) -> Standing {
        if now < self.ends_at { Standing::Processing } else { self.end() }
    }

    /// Where it will stand, and from when on.
    pub const fn end(&self) -> Standing {
        Standing::Ended(self.ending, self.ends_at)
    }

    /// When it ends, or ended.
    pub const fn ends_at(&self) -> i64 {
        self.ends_at
    }

    const fn is_closed(&self, now: i64) -> bool {
        matches!(self.standing(now), Standing::Ended(Ending::Closed, _))
    }
}

#[cfg(test)]
pub(crate) mod tests;
