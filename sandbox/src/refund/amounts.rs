//! Who gets and who gives how much, when a coupon paid a part of the order.
//!
//! Each refund takes its share of the coupon, so that payer and merchant get back in proportion.
//! Shares are counted from the sum of all refunds so far: a fen lost in rounding comes with a later
//! refund, and with the last one the parts add up to the whole (protocol reference B.5).

use serde::{Deserialize, Serialize};

use crate::payment::Payment;

/// The amounts of a refund object, all in fen, under the names that they have there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amounts {
    /// The order's total.
    pub total: u64,
    /// What is refunded.
    pub refund: u64,
    /// What the payer paid.
    pub payer_total: u64,
    /// What the payer gets back.
    pub payer_refund: u64,
    /// What the merchant was settled.
    pub settlement_total: u64,
    /// What of that the merchant gives back.
    pub settlement_refund: u64,
    /// What goes back into the coupon.
    pub discount_refund: u64,
}

/// What the order's earlier refunds took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Before {
    /// Of the order, in fen.
    pub refund: u64,
    /// Of its coupon, in fen.
    pub discount: u64,
}

impl Before {
    /// One refund more.
    pub const fn and(self, amounts: &Amounts) -> Self {
        Self {
            refund: self.refund.saturating_add(amounts.refund),
            discount: self.discount.saturating_add(amounts.discount_refund),
        }
    }
}

impl Amounts {
    /// The amounts of a refund of `refund` out of `total`; both together are within the total.
    pub fn of(refund: u64, total: u64, payment: &Payment, before: Before) -> Self {
        let coupon = payment.discount();
        let share = part(coupon, before.refund.saturating_add(refund), total);
        let discount_refund = share.saturating_sub(before.discount).min(refund);
        let settled = payment.unsettled() == 0;
        let unsettled_refund = if settled { 0 } else { discount_refund };
        Self {
            total,
            refund,
            payer_total: total.saturating_sub(coupon),
            payer_refund: refund.saturating_sub(discount_refund),
            settlement_total: total.saturating_sub(payment.unsettled()),
            settlement_refund: refund.saturating_sub(unsettled_refund),
            discount_refund,
        }
    }
}

/// `whole * above / below` without a fraction; `above` is at most `below`.
fn part(whole: u64, above: u64, below: u64) -> u64 {
    let product = u128::from(whole) * u128::from(above);
    product.checked_div(u128::from(below)).map_or(0, |part| u64::try_from(part).unwrap_or(whole))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payment::CouponType;
    use crate::payment::tests::{coupon, payment};

    #[test]
    fn without_a_coupon_everybody_counts_the_same() {
        // Protocol reference G.5: 234 of 1234.
        let amounts = Amounts::of(234, 1234, &payment(None), Before::default());
        let expected = Amounts {
            total: 1234,
            refund: 234,
            payer_total: 1234,
            payer_refund: 234,
            settlement_total: 1234,
            settlement_refund: 234,
            discount_refund: 0,
        };
        assert_eq!(amounts, expected);
    }

    #[test]
    fn a_full_refund_gives_the_coupon_back() {
        // Protocol reference G.7, partner: the payer paid 1500 of 2000 and gets 1500 back.
        let cash = payment(Some(coupon(500, CouponType::Cash)));
        let amounts = Amounts::of(2000, 2000, &cash, Before::default());
        assert_eq!((amounts.payer_total, amounts.payer_refund), (1500, 1500));
        assert_eq!((amounts.settlement_total, amounts.settlement_refund), (2000, 2000));
        assert_eq!(amounts.discount_refund, 500);
        // A coupon that nobody paid for was never settled (B.5).
        let nocash = payment(Some(coupon(500, CouponType::Nocash)));
        let amounts = Amounts::of(2000, 2000, &nocash, Before::default());
        assert_eq!((amounts.settlement_total, amounts.settlement_refund), (1500, 1500));
    }

    #[test]
    fn shares_of_the_coupon_add_up_whatever_the_parts() {
        let payment = payment(Some(coupon(100, CouponType::Nocash)));
        let mut before = Before::default();
        let mut payer = 0;
        // A third of 100 each is 33.3: no refund may give back a coupon that was not there.
        for (refund, discount) in [(333, 33), (333, 33), (334, 34)] {
            let amounts = Amounts::of(refund, 1000, &payment, before);
            assert_eq!(amounts.discount_refund, discount);
            assert_eq!(amounts.refund, amounts.payer_refund + amounts.discount_refund);
            assert_eq!(amounts.settlement_refund, amounts.payer_refund);
            payer += amounts.payer_refund;
            before = before.and(&amounts);
        }
        assert_eq!((before, payer), (Before { refund: 1000, discount: 100 }, 900));
    }

    #[test]
    fn one_fen_at_a_time_ends_at_the_same_sums() {
        let payment = payment(Some(coupon(7, CouponType::Cash)));
        let mut before = Before::default();
        for _ in 0..10 {
            before = before.and(&Amounts::of(1, 10, &payment, before));
        }
        assert_eq!(before, Before { refund: 10, discount: 7 });
    }
}
