//! One order's life at the platform, as pure steps: what is asked, and when, decides what becomes
//! of it.
//!
//! Three clocks run at once (protocol reference B.1) and none of them is the others' business: the
//! code lives two hours, the order may be paid until `time_expire`, and an order that nobody paid
//! is closed by the platform after seven days. All of them are the business clock, which `now`
//! carries.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::payment::{Coupon, Paying, Payment};
use crate::time;

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
    /// The whole body as it was sent: a repeat must be equal to it in every field.
    pub body: Value,
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

    /// The first moment at which it cannot be scanned any more.
    pub const fn expires_at(&self) -> i64 {
        self.made_at.saturating_add(CODE_LIFETIME_S)
    }
}

/// The shape of a genuine signed answer (protocol reference I.1).
pub const CODE_URL_STEM: &str = "weixin://wxpay/bizpayurl?pr=";

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
    /// The stored state. Ask [`Order::life`] instead: age may have closed the order since.
    stored: Life,
}

impl Order {
    /// A first call with this number.
    pub fn place(seq: u64, terms: Terms, pr: String, now: i64) -> Self {
        let code = Code { pr, made_at: now };
        Self { seq, terms, created_at: now, code, void_codes: Vec::new(), stored: Life::Unpaid }
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

    /// A phone scans the code `pr` and pays.
    pub fn pay(&self, pr: &str, paying: Paying, now: i64) -> Result<Self, NotPaid> {
        match self.life(now) {
            Life::Paid(_) => Err(NotPaid::Paid),
            Life::Closed { .. } => Err(NotPaid::Closed),
            Life::Unpaid if pr != self.code.pr => Err(NotPaid::CodeVoid),
            Life::Unpaid if now >= self.pay_until() => Err(NotPaid::OrderExpired),
            Life::Unpaid if now >= self.code.expires_at() => Err(NotPaid::CodeExpired),
            Life::Unpaid => {
                let Paying { transaction_tail, coupon } = paying;
                if let Some(coupon) = &coupon {
                    self.takes(coupon)?;
                }
                // 28 digits that begin with 42000, as in every published sample (B.3).
                let day = time::beijing_day(now);
                let transaction_id = format!("4200000000{day}{transaction_tail}");
                let refund_requested = false;
                let payment =
                    Payment { transaction_id, success_time: now, coupon, refund_requested };
                Ok(Self { stored: Life::Paid(payment), ..self.clone() })
            }
        }
    }

    /// Whether the payer may use `coupon` here. The payer always pays something.
    fn takes(&self, coupon: &Coupon) -> Result<(), NotPaid> {
        let cost_price = self.terms.body.pointer("/detail/cost_price").and_then(Value::as_u64);
        if cost_price.is_some_and(|price| price != self.terms.total) {
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
pub(crate) mod tests {
    use super::*;
    use crate::payment::CouponType;
    use crate::payment::tests::{coupon, paying};

    const T0: i64 = 1_735_700_000;

    pub(crate) fn terms(out_trade_no: &str) -> Terms {
        Terms {
            party: Party { mchid: "1900000001".into(), sub_mchid: None },
            appid: "wx0123456789abcdef".into(),
            sub_appid: None,
            out_trade_no: out_trade_no.into(),
            description: "测试商品-红茶500g".into(),
            total: 1234,
            currency: "CNY".into(),
            notify_url: "https://pay.example.com/wechat/notify".into(),
            attach: Some("cart=42".into()),
            device_id: None,
            time_expire: None,
            body: serde_json::json!({ "out_trade_no": out_trade_no }),
        }
    }

    /// Protocol reference G.2: a partner's order.
    pub(crate) fn partner_terms(out_trade_no: &str) -> Terms {
        Terms {
            party: Party { mchid: "1900000002".into(), sub_mchid: Some("1900000003".into()) },
            appid: "wxaaaaaaaaaaaaaaaa".into(),
            sub_appid: Some("wxbbbbbbbbbbbbbbbb".into()),
            total: 2000,
            attach: Some("cart=43".into()),
            ..terms(out_trade_no)
        }
    }

    fn order() -> Order {
        Order::place(1, terms("T20250101000001"), "first".into(), T0)
    }

    fn expiring(time_expire: i64) -> Order {
        let terms = Terms { time_expire: Some(time_expire), ..terms("T20250101000001") };
        Order::place(1, terms, "first".into(), T0)
    }

    #[test]
    fn a_payment_gets_a_number_of_28_digits() {
        let paid = order().pay("first", paying("0000000001"), T0).unwrap();
        let payment = paid.payment().unwrap();
        assert_eq!(payment.transaction_id, "4200000000202501010000000001");
        assert_eq!(payment.success_time, T0);
    }

    #[test]
    fn an_identical_repeat_voids_the_old_code() {
        let again = order().place_again(&order().terms, "second".into(), T0 + 10).unwrap();
        assert_eq!(again.code, Code { pr: "second".into(), made_at: T0 + 10 });
        assert_eq!(again.void_codes, ["first"]);
        assert_eq!(again.created_at, T0);
        assert_eq!(again.pay("first", paying("1"), T0 + 11), Err(NotPaid::CodeVoid));
        assert!(again.pay("second", paying("1"), T0 + 11).is_ok());
    }

    #[test]
    fn a_repeat_with_other_parameters_is_refused_and_changes_nothing() {
        let other = terms("T20250101000002");
        assert_eq!(order().place_again(&other, "x".into(), T0), Err(NotPlaced::Different));
    }

    #[test]
    fn paid_and_closed_orders_are_not_placed_again() {
        let paid = order().pay("first", paying("1"), T0).unwrap();
        assert_eq!(paid.place_again(&paid.terms, "x".into(), T0), Err(NotPlaced::Paid));
        let closed = order().close(T0).unwrap();
        assert_eq!(closed.place_again(&closed.terms, "x".into(), T0), Err(NotPlaced::Closed));
    }

    #[test]
    fn a_code_lives_two_hours_and_a_fresh_one_two_hours_more() {
        assert!(order().pay("first", paying("1"), T0 + 7_199).is_ok());
        assert_eq!(order().pay("first", paying("1"), T0 + 7_200), Err(NotPaid::CodeExpired));
        let again = order().place_again(&order().terms, "second".into(), T0 + 7_200).unwrap();
        assert!(again.pay("second", paying("1"), T0 + 14_399).is_ok());
    }

    #[test]
    fn time_expire_is_kept_between_a_minute_and_fifteen_days() {
        assert_eq!(expiring(T0 - 5).pay_until(), T0 + 60);
        assert_eq!(expiring(T0 + 59).pay_until(), T0 + 60);
        assert_eq!(expiring(T0 + 300).pay_until(), T0 + 300);
        assert_eq!(expiring(T0 + 90 * 86_400).pay_until(), T0 + 15 * 86_400);
        assert_eq!(order().pay_until(), T0 + 7 * 86_400);
    }

    #[test]
    fn time_expire_ends_paying_but_does_not_close() {
        let order = expiring(T0 + 300);
        assert!(order.pay("first", paying("1"), T0 + 299).is_ok());
        assert_eq!(order.pay("first", paying("1"), T0 + 300), Err(NotPaid::OrderExpired));
        assert_eq!(order.life(T0 + 300), Life::Unpaid);
    }

    #[test]
    fn an_unpaid_order_is_closed_after_seven_days_and_a_paid_one_never() {
        let week = T0 + 7 * 86_400;
        assert_eq!(order().life(week - 1), Life::Unpaid);
        assert_eq!(order().life(week), Life::Closed { at: week });
        assert_eq!(order().pay("first", paying("1"), week), Err(NotPaid::Closed));
        let paid = order().pay("first", paying("1"), T0).unwrap();
        assert!(matches!(paid.life(week), Life::Paid(_)));
    }

    #[test]
    fn closing_twice_is_closing_once_and_money_cannot_be_closed() {
        let closed = order().close(T0 + 1).unwrap();
        assert_eq!(closed.close(T0 + 2).unwrap(), closed);
        assert_eq!(closed.pay("first", paying("1"), T0 + 2), Err(NotPaid::Closed));
        let paid = order().pay("first", paying("1"), T0).unwrap();
        assert_eq!(paid.close(T0), Err(AlreadyPaid));
        assert_eq!(paid.pay("first", paying("2"), T0), Err(NotPaid::Paid));
    }

    #[test]
    fn a_number_of_another_sub_merchant_is_taken() {
        let order = Order::place(1, partner_terms("T20250101000002"), "pr".into(), T0);
        let mut other = partner_terms("T20250101000002");
        other.party.sub_mchid = Some("1900000004".into());
        assert_eq!(order.place_again(&other, "x".into(), T0), Err(NotPlaced::Taken));
    }

    #[test]
    fn a_coupon_pays_a_part_of_the_total_and_never_all() {
        let with = |order: &Order, amount| {
            let coupon = Some(coupon(amount, CouponType::Cash));
            order.pay("first", Paying { coupon, ..paying("1") }, T0)
        };
        for amount in [0, 1234, 1235] {
            assert_eq!(with(&order(), amount), Err(NotPaid::CouponMisfit), "{amount}");
        }
        let paid = with(&order(), 1233).unwrap();
        assert_eq!(paid.payment().unwrap().coupon, Some(coupon(1233, CouponType::Cash)));
        let mut part = order();
        part.terms.body = serde_json::json!({ "detail": { "cost_price": 1235 } });
        assert_eq!(with(&part, 100), Err(NotPaid::NoDiscounts));
        part.terms.body = serde_json::json!({ "detail": { "cost_price": 1234 } });
        assert!(with(&part, 100).is_ok());
    }

    #[test]
    fn only_a_paid_order_remembers_that_a_refund_was_asked_for() {
        assert_eq!(order().refund_requested(), None);
        let paid = order().pay("first", paying("1"), T0).unwrap();
        assert!(!paid.payment().unwrap().refund_requested);
        assert!(paid.refund_requested().unwrap().payment().unwrap().refund_requested);
    }

    #[test]
    fn an_order_that_an_earlier_version_wrote_is_read() {
        let mut old = serde_json::to_value(order().pay("first", paying("1"), T0).unwrap()).unwrap();
        for (object, name) in
            [("/terms", "sub_mchid"), ("/terms", "sub_appid"), ("/stored", "coupon")]
        {
            assert!(
                old.pointer_mut(object).unwrap().as_object_mut().unwrap().remove(name).is_some()
            );
        }
        old["stored"].as_object_mut().unwrap().remove("refund_requested");
        let read: Order = serde_json::from_value(old).unwrap();
        assert_eq!(read, order().pay("first", paying("1"), T0).unwrap());
    }
}
