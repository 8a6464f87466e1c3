//! What can go wrong, and how often it does on this day.
//!
//! Not every day has everything: each kind of fault is left out of some days and frequent on
//! others, because faults hide one another. A day on which half of all requests are lost never gets
//! far enough to see what a late alarm does.

use std::cell::Cell;

use crate::dice::Dice;

/// Every kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// A call never arrives.
    RequestLost,
    /// A call arrives when nobody waits for its answer any more, minutes later.
    RequestLate,
    /// A call arrives twice.
    RequestTwice,
    /// It took effect, and the answer is lost.
    ReplyLost,
    /// 429, without effect.
    Busy,
    /// 502 or 503, without effect, perhaps with a wish to be left alone.
    Resting,
    /// 500, without effect.
    Failed,
    /// It took effect, and the answer is 500.
    DoneBut500,
    /// It took effect, and the answer is not signed.
    Unsigned,
    /// It took effect, and the answer carries a signature probe.
    Probe,
    /// The answer was signed too long ago.
    StaleReply,
    /// The answer's body was changed on its way.
    TamperedReply,
    /// The connection breaks; the call may arrive all the same, and the other site is called.
    HungUp,
    /// A no that says nothing of the order, without effect.
    Refused,
    /// The payer is entering the password: not closed.
    UserPaying,
    /// Too little money to refund from.
    NotEnough,
    /// The platform knows our signing key no more, and another one instead.
    MerchantKeyEnds,
    /// The platform signs with another key from now on.
    PlatformKeyChanges,
    /// The platform seals with another key from now on.
    SealingKeyChanges,
    /// No notification of this payment is ever sent.
    NeverNotified,
    /// A notification is minutes on its way.
    NotificationLate,
    /// A notification is sent twice, the second time whatever we said.
    NotificationTwice,
    /// A notification is lost.
    NotificationLost,
    /// A notification carries a signature probe.
    NotificationProbe,
    /// Our acknowledgement is lost.
    AcknowledgementLost,
    /// The platform names a state that did not exist when ours was written.
    UnknownState,
    /// Somebody else says that there was a payment.
    Forged,
    /// Somebody changes a genuine notification.
    Tampered,
    /// Somebody repeats a genuine notification.
    Replayed,
    /// Money comes for an order that the platform has called closed.
    LatePayment,
    /// Another amount, currency, merchant or app is paid than was asked for.
    OddPayment,
    /// Our clock jumps by minutes.
    ClockJumps,
    /// An alarm sleeps for minutes, or hours.
    AlarmLate,
    /// An alarm rings twice.
    AlarmTwice,
    /// The store refuses a commit.
    StorageFails,
    /// An object dies between two steps.
    Crash,
    /// The door dies between two steps.
    DoorDies,
    /// A letter reaches an object twice.
    LetterTwice,
    /// A client hangs up.
    ClientLeaves,
    /// Somebody refunds at the platform's console.
    RefundedElsewhere,
    /// An event never reaches the shop.
    ShopUnreachable,
    /// The shop answers an event with an error.
    ShopFails,
    /// The shop has the event, and takes too long to say so.
    ShopSlow,
    /// The shop has the event, and its answer is lost.
    ShopAnswerLost,
    /// The index does not take a row.
    IndexFails,
    /// The index has taken it, and its answer is lost.
    IndexAnswerLost,
    /// A V2 answer is signed by the right key, and about another merchant that has the same one.
    ForeignReply,
    /// The merchant's client certificate is not bound, or the platform does not see it.
    CertificateGone,
}

impl Fault {
    /// All of them, in the order of their declaration.
    pub const ALL: [Self; 48] = [
        Self::RequestLost,
        Self::RequestLate,
        Self::RequestTwice,
        Self::ReplyLost,
        Self::Busy,
        Self::Resting,
        Self::Failed,
        Self::DoneBut500,
        Self::Unsigned,
        Self::Probe,
        Self::StaleReply,
        Self::TamperedReply,
        Self::HungUp,
        Self::Refused,
        Self::UserPaying,
        Self::NotEnough,
        Self::MerchantKeyEnds,
        Self::PlatformKeyChanges,
        Self::SealingKeyChanges,
        Self::NeverNotified,
        Self::NotificationLate,
        Self::NotificationTwice,
        Self::NotificationLost,
        Self::NotificationProbe,
        Self::AcknowledgementLost,
        Self::UnknownState,
        Self::Forged,
        Self::Tampered,
        Self::Replayed,
        Self::LatePayment,
        Self::OddPayment,
        Self::ClockJumps,
        Self::AlarmLate,
        Self::AlarmTwice,
        Self::StorageFails,
        Self::Crash,
        Self::DoorDies,
        Self::LetterTwice,
        Self::ClientLeaves,
        Self::RefundedElsewhere,
        Self::ShopUnreachable,
        Self::ShopFails,
        Self::ShopSlow,
        Self::ShopAnswerLost,
        Self::IndexFails,
        Self::IndexAnswerLost,
        Self::ForeignReply,
        Self::CertificateGone,
    ];

    /// Whether it is one of V2 alone. Those are drawn by dice of their own.
    const fn is_of_v2(self) -> bool {
        matches!(self, Self::ForeignReply | Self::CertificateGone)
    }

    fn place(self) -> usize {
        Self::ALL.iter().position(|fault| *fault == self).unwrap_or(0)
    }

    /// How often it strikes on a day that has it, in a thousand occasions. Crashes have an occasion
    /// at every step, odd payments at most a handful a day.
    const fn rates(self) -> [u16; 4] {
        match self {
            Self::Crash | Self::DoorDies => [2, 6, 15, 40],
            Self::Refused => [7, 20, 50, 130],
            Self::OddPayment | Self::NeverNotified | Self::NotEnough => [100, 200, 300, 600],
            Self::LatePayment | Self::RefundedElsewhere | Self::UserPaying => [200, 400, 600, 900],
            Self::ClockJumps
            | Self::PlatformKeyChanges
            | Self::SealingKeyChanges
            | Self::MerchantKeyEnds => [200, 400, 600, 900],
            Self::NotificationLost
            | Self::NotificationLate
            | Self::NotificationTwice
            | Self::NotificationProbe
            | Self::AcknowledgementLost => [60, 150, 300, 600],
            Self::ShopUnreachable | Self::ShopFails | Self::ShopSlow | Self::ShopAnswerLost => {
                [60, 150, 300, 600]
            }
            _ => [20, 60, 150, 400],
        }
    }
}

/// The day's weather.
pub struct Weather {
    /// Strikes in a thousand, by [`Fault::place`].
    rates: Vec<u16>,
    clear: Cell<bool>,
}

impl Weather {
    /// Draws a day; what goes wrong by V2 alone is drawn by `own`.
    pub fn of(dice: &Dice, own: &Dice) -> Self {
        // So many in twelve kinds of fault are out today.
        let kinds = *dice.one_of(&[0, 1, 2, 4, 6, 8]);
        let rates = Fault::ALL.iter().map(|fault| {
            let dice = if fault.is_of_v2() { own } else { dice };
            let out = dice.below(12) < kinds;
            if out { *dice.one_of(&fault.rates()) } else { 0 }
        });
        Self { rates: rates.collect(), clear: Cell::new(false) }
    }

    /// How often `fault` strikes now, in a thousand.
    pub fn rate(&self, fault: Fault) -> u16 {
        if self.clear.get() { 0 } else { self.rates[fault.place()] }
    }

    /// The faults stop.
    pub fn clears(&self) {
        self.clear.set(true);
    }

    /// Whether they have stopped.
    pub fn is_clear(&self) -> bool {
        self.clear.get()
    }
}
