//! One order's life at the platform, as pure steps: what is asked, and when, decides what becomes
//! of it.
//!
//! Three clocks run at once (protocol reference B.1) and none of them is the others' business: the
//! code lives two hours, the order may be paid until `time_expire`, and an order that nobody paid
//! is closed by the platform after seven days. All of them are the business clock, which `now`
//! carries.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::payer::Payer;
use crate::payment::{Coupon, Paying, Payment};
use crate::time;
use crate::v2::sign::SignType;

/// How long a `code_url` can be scanned: two hours from each order call (B.1).
pub const CODE_LIFETIME_S: i64 = 2 * 3_600;
/// When the platform closes an order that nobody paid (B.1).
pub const UNPAID_LIFETIME_S: i64 = 7 * 86_400;
/// A `time_expire` sooner than this, also a past one, is moved here (B.1).
const PAY_WINDOW_MIN_S: i64 = 60;
/// A `time_expire` farther than this is cut (B.1, newest text).
const PAY_WINDOW_MAX_S: i64 = 15 * 86_400;
/// How many void codes an order remembers, so that scanning one says "void" and not "unknown".
const VOID_CODES_KEPT: usize = 20;

/// Whose order it is: a merchant's own, or one that a partner placed for a sub-merchant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// Who calls and signs: the merchant, or the partner (`sp_mchid`).
    pub mchid: String,
    /// For whom, if a partner calls.
    #[serde(default)]
    pub sub_mchid: Option<String>,
}

/// What the merchant asked for, checked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Terms {
    /// Whose order it is.
    #[serde(flatten)]
    pub party: Party,
    /// The caller's app: `appid`, or `sp_appid`.
    pub appid: String,
    /// The sub-merchant's app, if the partner named it.
    #[serde(default)]
    pub sub_appid: Option<String>,
    /// The merchant's number for the order.
    pub out_trade_no: String,
    /// What the payer reads.
    pub description: String,
    /// In fen.
    pub total: u64,
    /// `CNY`.
    pub currency: String,
    /// Where to tell of the payment.
    pub notify_url: String,
    /// Echoed to the merchant.
    pub attach: Option<String>,
    /// `scene_info.device_id`, echoed to the merchant.
    pub device_id: Option<String>,
    /// `time_expire`, in seconds since 1970.
    pub time_expire: Option<i64>,
    /// The whole body as it was sent: a repeat must be equal to it in every field. Of a V2 order,
    /// its fields without those of the message.
    pub body: Value,
    /// What only an order that was placed over V2 has; it is told in V2's form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub v2: Option<V2Terms>,
}

/// What an order that was placed over V2 has besides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct V2Terms {
    /// How the order's call was signed, and its notifications are (protocol reference D.2).
    pub sign_type: SignType,
    /// The merchant's own number for what is sold.
    pub product_id: String,
    /// `detail.cost_price`, as far as `detail` is JSON.
    pub cost_price: Option<u64>,
    /// `version` 1.0: notifications tell of coupons once more, in `promotion_detail` (D.3).
    pub tells_promotion: bool,
}

impl Terms {
    /// What a receipt of which this order is a part costs in all.
    fn cost_price(&self) -> Option<u64> {
        let said = || self.body.pointer("/detail/cost_price").and_then(Value::as_u64);
        self.v2.as_ref().map_or_else(said, |terms| terms.cost_price)
    }
}

/// What the payer's phone reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// The random part of `code_url`.
    pub pr: String,
    /// When it was made.
    pub made_at: i64,
}

impl Code {
    /// The text that goes into the picture.
    pub fn url(&self) -> String {
        format!("{CODE_URL_STEM}{}", self.pr)
    }

    /// What V2 gives out beside it (protocol reference D.3, G.11): `wx`, the moment, and the code
    /// itself in hexadecimal digits, so that one leads to the other and both are void together.
    pub fn prepay_id(&self) -> String {
        let pr: String = self.pr.bytes().map(|byte| format!("{byte:02x}")).collect();
        format!("wx{}{pr}00", time::beijing_digits(self.made_at))
    }

    /// The first moment at which it cannot be scanned any more.
    pub const fn expires_at(&self) -> i64 {
        self.made_at.saturating_add(CODE_LIFETIME_S)
    }
}

/// The shape of a genuine signed answer (protocol reference I.1).
pub const CODE_URL_STEM: &str = "weixin://wxpay/bizpayurl?pr=";

/// The code that was given out beside a `prepay_id`, as the phone reads it.
pub fn code_url_beside(prepay_id: &str) -> Option<String> {
    let pr = prepay_id.strip_prefix("wx")?.get(14..)?.strip_suffix("00")?;
    let digits = (0..pr.len()).step_by(2).map(|at| pr.get(at..at + 2));
    let bytes =
        digits.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect::<Option<Vec<_>>>()?;
    Some(format!("{CODE_URL_STEM}{}", String::from_utf8(bytes).ok()?))
}

/// Where an order stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "life", rename_all = "snake_case")]
pub enum Life {
    /// Nobody paid yet.
    Unpaid,
    /// Somebody paid; that never changes.
    Paid(Payment),
    /// Closed, by the merchant or by age.
    Closed {
        /// When.
        at: i64,
    },
}

/// Why an order cannot be placed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotPlaced {
    /// Some parameter differs from the first call.
    Different,
    /// The number belongs to another sub-merchant's order.
    Taken,
    /// It is paid.
    Paid,
    /// It is closed.
    Closed,
}

/// Why a phone cannot pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotPaid {
    /// A later order call made a fresh code.
    CodeVoid,
    /// The code is older than two hours.
    CodeExpired,
    /// `time_expire` has come.
    OrderExpired,
    /// The order is closed.
    Closed,
    /// Somebody paid already.
    Paid,
    /// The coupon is for nothing, or for all of the total or more.
    CouponMisfit,
    /// `detail.cost_price` says that this order is a part of a receipt: no discounts (B.1).
    NoDiscounts,
    /// Another payer opened the order before (B.1).
    OtherPayer,
}

/// What a payer's phone did with an order last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phone {
    /// It opened the order and waits.
    Scanned,
    /// An attempt to pay failed; it may try again (B.3).
    Refused,
    /// It paid.
    Paid,
}

/// The first payer who opened an order: nobody else can, also by a later code (B.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Who.
    pub payer: Payer,
    /// What the phone did last.
    pub phone: Phone,
}

/// Why an order cannot be closed: it is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlreadyPaid;

/// One order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// Counts orders, in the order of their coming.
    pub seq: u64,
    /// What was asked for, the first time.
    pub terms: Terms,
    /// When, the first time.
    pub created_at: i64,
    /// The last code.
    pub code: Code,
    /// The codes before it, newest last.
    pub void_codes: Vec<String>,
    /// Who opened it, if somebody did.
    #[serde(default)]
    pub holder: Option<Holder>,
    /// The stored state. Ask [`Order::life`] instead: age may have closed the order since.
    stored: Life,
}

impl Order {
    /// A first call with this number.
    pub fn place(seq: u64, terms: Terms, pr: String, now: i64) -> Self {
        let code = Code { pr, made_at: now };
        let (void_codes, stored) = (Vec::new(), Life::Unpaid);
        Self { seq, terms, created_at: now, code, void_codes, holder: None, stored }
    }

    /// A further call with the same number: a fresh code voids the old one, if all is the same.
    pub fn place_again(&self, terms: &Terms, pr: String, now: i64) -> Result<Self, NotPlaced> {
        match self.life(now) {
            _ if self.terms.party != terms.party => Err(NotPlaced::Taken),
            Life::Paid(_) => Err(NotPlaced::Paid),
            Life::Closed { .. } => Err(NotPlaced::Closed),
            Life::Unpaid if self.terms.body != terms.body => Err(NotPlaced::Different),
            Life::Unpaid => {
                let mut order = self.clone();
                let old = std::mem::replace(&mut order.code, Code { pr, made_at: now });
                order.void_codes.push(old.pr);
                let surplus = order.void_codes.len().saturating_sub(VOID_CODES_KEPT);
                order.void_codes.drain(..surplus);
                Ok(order)
            }
        }
    }

    /// A phone scans the code `pr`, which binds the order to its owner, and does not pay: it waits,
    /// or an attempt fails.
    pub fn open(&self, pr: &str, holder: Holder, now: i64) -> Result<Self, NotPaid> {
        self.lets_in(pr, &holder.payer, now)?;
        Ok(Self { holder: Some(holder), ..self.clone() })
    }

    /// A phone scans the code `pr` and pays.
    pub fn pay(&self, pr: &str, paying: Paying, now: i64) -> Result<Self, NotPaid> {
        let Paying { transaction_tail, coupon, payer } = paying;
        self.lets_in(pr, &payer, now)?;
        if let Some(coupon) = &coupon {
            self.takes(coupon)?;
        }
        // 28 digits that begin with 42000, as in every published sample (B.3).
        let day = time::beijing_day(now);
        let payment = Payment {
            transaction_id: format!("4200000000{day}{transaction_tail}"),
            success_time: now,
            coupon,
            refund_requested: false,
            openid: payer.openid(&self.terms.appid),
            sub_openid: self.terms.sub_appid.as_deref().map(|appid| payer.openid(appid)),
        };
        let holder = Some(Holder { payer, phone: Phone::Paid });
        Ok(Self { holder, stored: Life::Paid(payment), ..self.clone() })
    }

    /// Whether a phone that scans `pr` gets to see the order.
    fn lets_in(&self, pr: &str, payer: &Payer, now: i64) -> Result<(), NotPaid> {
        match self.life(now) {
            Life::Paid(_) => Err(NotPaid::Paid),
            Life::Closed { .. } => Err(NotPaid::Closed),
            Life::Unpaid if pr != self.code.pr => Err(NotPaid::CodeVoid),
            Life::Unpaid if now >= self.pay_until() => Err(NotPaid::OrderExpired),
            Life::Unpaid if now >= self.code.expires_at() => Err(NotPaid::CodeExpired),
            Life::Unpaid => match &self.holder {
                Some(holder) if holder.payer != *payer => Err(NotPaid::OtherPayer),
                _ => Ok(()),
            },
        }
    }

    /// Whether the payer may use `coupon` here. The payer always pays something.
    fn takes(&self, coupon: &Coupon) -> Result<(), NotPaid> {
        if self.terms.cost_price().is_some_and(|price| price != self.terms.total) {
            return Err(NotPaid::NoDiscounts);
        }
        if (1..self.terms.total).contains(&coupon.amount) {
            return Ok(());
        }
        Err(NotPaid::CouponMisfit)
    }

    /// The merchant asks for a refund: the order says so from then on. Nothing for an unpaid one.
    pub fn refund_requested(&self) -> Option<Self> {
        let mut order = self.clone();
        let Life::Paid(payment) = &mut order.stored else { return None };
        payment.refund_requested = true;
        Some(order)
    }

    /// The merchant closes; a second close is as good as the first (B.4).
    pub fn close(&self, now: i64) -> Result<Self, AlreadyPaid> {
        match self.life(now) {
            Life::Paid(_) => Err(AlreadyPaid),
            Life::Closed { .. } => Ok(self.clone()),
            Life::Unpaid => Ok(Self { stored: Life::Closed { at: now }, ..self.clone() }),
        }
    }

    /// Where the order stands at `now`.
    pub fn life(&self, now: i64) -> Life {
        let closes_at = self.created_at.saturating_add(UNPAID_LIFETIME_S);
        match &self.stored {
            Life::Unpaid if now >= closes_at => Life::Closed { at: closes_at },
            life => life.clone(),
        }
    }

    /// The first moment at which nobody can pay any more, `time_expire` within its bounds (B.1).
    /// It stays what the first call made it.
    pub fn pay_until(&self) -> i64 {
        let wanted = self.terms.time_expire.unwrap_or(self.created_at + UNPAID_LIFETIME_S);
        wanted.clamp(self.created_at + PAY_WINDOW_MIN_S, self.created_at + PAY_WINDOW_MAX_S)
    }

    /// The payment, if there was one.
    pub const fn payment(&self) -> Option<&Payment> {
        match &self.stored {
            Life::Paid(payment) => Some(payment),
            Life::Unpaid | Life::Closed { .. } => None,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
