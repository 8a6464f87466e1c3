//! What can stand in a bill: a payment, or the return of one.

/// The platform's share: 0.60 % (protocol reference G.8).
pub const RATE: &str = "0.60%";

/// Sixty ten-thousandths, as the rate above.
const RATE_BASIS_POINTS: u64 = 60;

/// A paid order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deal<'a> {
    /// The app of whoever called.
    pub appid: &'a str,
    /// Whoever called.
    pub mchid: &'a str,
    /// For whom, in partner mode.
    pub sub_mchid: Option<&'a str>,
    /// `scene_info.device_id`.
    pub device: Option<&'a str>,
    /// The platform's number.
    pub transaction_id: &'a str,
    /// The merchant's number.
    pub out_trade_no: &'a str,
    /// Who paid.
    pub openid: &'a str,
    /// What was bought.
    pub description: &'a str,
    /// The merchant's own text.
    pub attach: Option<&'a str>,
    /// The amount, in fen.
    pub total: u64,
    /// What of it the merchant is settled: all but a coupon that is a discount, in fen.
    pub settled: u64,
    /// The payer's coupon of either sort, in fen.
    pub coupon: u64,
    /// When it was paid.
    pub paid_at: i64,
}

/// Money that goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Return<'a> {
    /// The platform's number.
    pub refund_id: &'a str,
    /// The merchant's number.
    pub out_refund_no: &'a str,
    /// What was asked for, in fen.
    pub amount: u64,
    /// What the merchant gives of it, in fen.
    pub settled: u64,
    /// What of it goes back into a coupon that somebody had paid for, in fen.
    pub coupon: u64,
    /// What the merchant gave in earlier refunds of the payment, in fen.
    pub before: u64,
    /// When it was accepted.
    pub accepted_at: i64,
    /// How it stands when the bill is made.
    pub state: ReturnState,
}

/// How a refund stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReturnState {
    /// On its way.
    Processing,
    /// Arrived.
    Done {
        /// When.
        at: i64,
    },
    /// Failed for good.
    Failed,
    /// The payer's account does not take it.
    Abnormal,
}

/// One row of a trade bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry<'a> {
    /// A payment.
    Paid(Deal<'a>),
    /// A refund of a payment.
    Returned(Deal<'a>, Return<'a>),
}

impl<'a> Entry<'a> {
    /// When it counts: the payment, or the refund's acceptance (B.10).
    pub const fn at(&self) -> i64 {
        match self {
            Self::Paid(deal) => deal.paid_at,
            Self::Returned(_, back) => back.accepted_at,
        }
    }

    /// The order that it is about.
    pub const fn deal(&self) -> &Deal<'a> {
        match self {
            Self::Paid(deal) | Self::Returned(deal, _) => deal,
        }
    }
}

impl Return<'_> {
    /// How much of the fee comes back, in fen. The parts of a whole refund add up to the whole fee.
    pub const fn fee(&self) -> u64 {
        fee(self.before + self.settled) - fee(self.before)
    }
}

/// The fee on what is settled, both in fen; half a fen counts as one.
pub const fn fee(amount: u64) -> u64 {
    (amount * RATE_BASIS_POINTS + 5_000) / 10_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_returned_fee_add_up() {
        // Protocol reference G.8: 12.34 yuan cost 0.07, and 2.34 of them give back 0.01.
        assert_eq!((fee(1_234), fee(83), fee(84)), (7, 0, 1));
        let part = |before, amount| Return {
            refund_id: "",
            out_refund_no: "",
            amount,
            settled: amount,
            coupon: 0,
            before,
            accepted_at: 0,
            state: ReturnState::Processing,
        };
        assert_eq!(part(0, 234).fee(), 1);
        let parts = [part(0, 234), part(234, 500), part(734, 500)];
        assert_eq!(parts.iter().map(Return::fee).sum::<u64>(), fee(1_234));
    }
}
