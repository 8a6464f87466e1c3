//! Orders in every state, with names. An attempt that is added without one does not compile.

use checkout::order::{
    Ask, Attempt, CODE_LIFE, Call, Disagreement, End, Fate, Goal, Odd, Order, apply,
};
use checkout::report::Receipt;
use checkout::time::Seconds;
use checkout::view::{Phase, Status};

use crate::kinds::{HELD, Kind};
use crate::scene::{
    Age, BEGUN, LIFETIME, code, earlier_receipt, number, receipt, refusal, second, terms,
};

/// Where an attempt stands, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Placing,
    PlacingAgain,
    PlacingDisputed,
    Payable,
    Checking,
    Refused,
    ToExpire,
    ToExpireTaken,
    ToCancel,
    ToCancelTaken,
    ToRenew,
    ToRenewTaken,
    Vacant,
    Expired,
    Cancelled,
    Paid,
    PaidLate,
}

/// Where an order stands: an attempt, and what came besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Nothing besides.
    At(Stage),
    /// The code was paid with another amount.
    Frozen,
    /// The attempt before this one was.
    FrozenEarlier,
    /// Somebody else's order of this number was paid.
    FrozenForeign,
    /// Its closing was asked for forty times.
    Worn,
    /// Its closing was given up.
    Dead,
    /// Paid after the end, and held.
    ExpiredHolding,
    /// Paid after the end, and on its way back.
    ExpiredReturning,
    /// Paid twice, and held.
    PaidHolding,
    /// Paid twice, and on its way back.
    PaidReturning,
    /// Paid twice, and dealt with elsewhere.
    PaidDismissed,
    /// Paid with another amount, which a person let count.
    SettledByHand,
    /// The attempt before this one was paid, and this one is being closed.
    PaidWithStray,
}

use Stage::*;

impl Stage {
    pub(crate) const ALL: [Self; 17] = [
        Placing,
        PlacingAgain,
        PlacingDisputed,
        Payable,
        Checking,
        Refused,
        ToExpire,
        ToExpireTaken,
        ToCancel,
        ToCancelTaken,
        ToRenew,
        ToRenewTaken,
        Vacant,
        Expired,
        Cancelled,
        Paid,
        PaidLate,
    ];

    /// The name of where the attempt of `order` stands.
    pub(crate) fn of(order: &Order) -> Self {
        match &order.attempt {
            Attempt::Placing { known: true, .. } => PlacingAgain,
            Attempt::Placing { dispute: Some(_), .. } => PlacingDisputed,
            Attempt::Placing { .. } => Placing,
            Attempt::Payable { checking: false, .. } => Payable,
            Attempt::Payable { checking: true, .. } => Checking,
            Attempt::Refused { .. } => Refused,
            Attempt::Closing { goal: Goal::Expire, taken: false } => ToExpire,
            Attempt::Closing { goal: Goal::Expire, taken: true } => ToExpireTaken,
            Attempt::Closing { goal: Goal::Cancel, taken: false } => ToCancel,
            Attempt::Closing { goal: Goal::Cancel, taken: true } => ToCancelTaken,
            Attempt::Closing { goal: Goal::Renew, taken: false } => ToRenew,
            Attempt::Closing { goal: Goal::Renew, taken: true } => ToRenewTaken,
            Attempt::Vacant => Vacant,
            Attempt::Closed { end: End::Expired } => Expired,
            Attempt::Closed { end: End::Cancelled } => Cancelled,
            Attempt::Paid { late: false, .. } => Paid,
            Attempt::Paid { late: true, .. } => PaidLate,
        }
    }

    fn attempt(self) -> Attempt {
        let code_url = code("first");
        let code_until = BEGUN + CODE_LIFE;
        let closing = |goal, taken| Attempt::Closing { goal, taken };
        let paid = |late| Attempt::Paid { receipt: Box::new(receipt("4200001", 8_800)), late };
        match self {
            Placing => Attempt::Placing { known: false, dispute: None },
            PlacingAgain => Attempt::Placing { known: true, dispute: None },
            PlacingDisputed => {
                Attempt::Placing { known: false, dispute: Some(refusal("INVALID_REQUEST")) }
            }
            Payable => Attempt::Payable { code_url, code_until, prepay_id: None, checking: false },
            Checking => Attempt::Payable { code_url, code_until, prepay_id: None, checking: true },
            Refused => Attempt::Refused { refusal: refusal("NO_AUTH") },
            ToExpire => closing(Goal::Expire, false),
            ToExpireTaken => closing(Goal::Expire, true),
            ToCancel => closing(Goal::Cancel, false),
            ToCancelTaken => closing(Goal::Cancel, true),
            ToRenew => closing(Goal::Renew, false),
            ToRenewTaken => closing(Goal::Renew, true),
            Vacant => Attempt::Vacant,
            Expired => Attempt::Closed { end: End::Expired },
            Cancelled => Attempt::Closed { end: End::Cancelled },
            Paid => paid(false),
            PaidLate => paid(true),
        }
    }

    /// The question that is open there.
    fn call(self) -> Option<Call> {
        match self {
            Placing | PlacingAgain | Vacant => Some(Call::Place),
            PlacingDisputed | Payable | Checking | ToExpire | ToExpireTaken | ToCancel
            | ToCancelTaken | ToRenew | ToRenewTaken => Some(Call::Query),
            Refused | Expired | Cancelled | Paid | PaidLate => None,
        }
    }

    /// What a page sees there, and whether it sees a code.
    pub(crate) fn face(self) -> (Status, Option<Phase>, bool) {
        let open = |phase, code| (Status::Open, Some(phase), code);
        match self {
            Placing | PlacingAgain | PlacingDisputed | Refused | ToRenew | ToRenewTaken
            | Vacant => open(Phase::Placing, false),
            Payable => open(Phase::Waiting, true),
            Checking => open(Phase::Checking, true),
            ToExpire | ToExpireTaken | ToCancel | ToCancelTaken => open(Phase::Closing, false),
            Expired => (Status::Expired, None, false),
            Cancelled => (Status::Cancelled, None, false),
            Paid | PaidLate => (Status::Paid, None, false),
        }
    }

    pub(crate) fn is_open(self) -> bool {
        self.face().0 == Status::Open
    }

    pub(crate) fn is_closing(self) -> bool {
        use Stage::*;
        matches!(self, ToExpire | ToExpireTaken | ToCancel | ToCancelTaken | ToRenew | ToRenewTaken)
    }
}

impl State {
    /// All of them.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let besides = [
            Self::Frozen,
            Self::FrozenEarlier,
            Self::FrozenForeign,
            Self::Worn,
            Self::Dead,
            Self::ExpiredHolding,
            Self::ExpiredReturning,
            Self::PaidHolding,
            Self::PaidReturning,
            Self::PaidDismissed,
            Self::SettledByHand,
            Self::PaidWithStray,
        ];
        Stage::ALL.into_iter().map(Self::At).chain(besides)
    }

    /// Where its attempt stands.
    pub(crate) fn stage(self) -> Stage {
        match self {
            Self::At(stage) => stage,
            Self::Frozen | Self::FrozenEarlier | Self::FrozenForeign => Payable,
            Self::Worn | Self::Dead => ToExpire,
            Self::ExpiredHolding | Self::ExpiredReturning => Expired,
            Self::PaidHolding
            | Self::PaidReturning
            | Self::PaidDismissed
            | Self::SettledByHand
            | Self::PaidWithStray => Paid,
        }
    }

    pub(crate) fn is_frozen(self) -> bool {
        matches!(self, Self::Frozen | Self::FrozenEarlier | Self::FrozenForeign)
    }

    /// Whether the payment [`HELD`] waits for a person.
    pub(crate) fn is_holding(self) -> bool {
        self.is_frozen() || matches!(self, Self::ExpiredHolding | Self::PaidHolding)
    }

    /// The payments that it knows.
    pub(crate) fn knows(self, kind: Kind) -> bool {
        let has_held = self.is_holding()
            || matches!(
                self,
                Self::ExpiredReturning
                    | Self::PaidReturning
                    | Self::PaidDismissed
                    | Self::SettledByHand
            );
        let paid = matches!(self.stage(), Paid | PaidLate) && self != Self::SettledByHand;
        kind == Kind::Paid && paid || kind == Kind::PaidHeld && has_held
    }

    /// An order that stands there. Its next question is far away, so that it shows who moves it.
    pub(crate) fn order(self) -> Order {
        let at = BEGUN + LIFETIME + Seconds::days(60);
        let mut order = Order::open(terms(), number(), 0, BEGUN);
        order.attempt_no = second();
        order.attempt = self.stage().attempt();
        order.ask = self.stage().call().map(|call| Ask { call, at, tries: 0 });
        order.version = 7;
        let held = |receipt: Receipt, why, fate| vec![Odd { receipt: receipt.into(), why, fate }];
        let (agreed, short) = (receipt(HELD, 8_800), receipt(HELD, 8_700));
        match self {
            Self::At(_) => {}
            Self::Frozen => order.odd = held(short, Disagreement::Amount, Fate::Held),
            Self::FrozenEarlier => {
                let short = earlier_receipt(HELD, 8_700);
                order.odd = held(short, Disagreement::Amount, Fate::Held);
            }
            Self::FrozenForeign => order.odd = held(agreed, Disagreement::Merchant, Fate::Held),
            Self::Worn => order.ask = Some(Ask { call: Call::Query, at, tries: 40 }),
            Self::Dead => order.ask = None,
            Self::ExpiredHolding => order.odd = held(agreed, Disagreement::Late, Fate::Held),
            Self::ExpiredReturning => {
                order.odd = held(agreed, Disagreement::Late, Fate::Returning);
            }
            Self::PaidHolding => order.odd = held(agreed, Disagreement::SecondPayment, Fate::Held),
            Self::PaidReturning => {
                order.odd = held(agreed, Disagreement::SecondPayment, Fate::Returning);
            }
            Self::PaidDismissed => {
                order.odd = held(agreed, Disagreement::SecondPayment, Fate::Dismissed);
            }
            Self::SettledByHand => {
                order.attempt = Attempt::Paid { receipt: short.clone().into(), late: false };
                order.odd = held(short, Disagreement::Amount, Fate::Settled);
            }
            Self::PaidWithStray => {
                let receipt = Box::new(earlier_receipt("4200001", 8_800));
                order.attempt = Attempt::Paid { receipt, late: false };
                order.ask = Some(Ask { call: Call::Close, at, tries: 0 });
            }
        }
        if self.is_frozen() {
            order.ask = None;
        }
        order
    }
}

/// Every state but those that only time makes can be reached by reports, so the table is no fiction.
#[test]
fn a_frozen_order_comes_about_by_a_report() {
    let payable = State::At(Payable).order();
    let (frozen, _) = apply(&payable, &Kind::PaidShort.report(), Age::Grown.now());
    assert_eq!((Stage::of(&frozen), frozen.is_frozen(), frozen.ask), (Payable, true, None));
    let (dead, _) = apply(&State::Worn.order(), &Kind::Tick.report(), Age::Forgotten.now());
    assert!(dead.is_dead());
}
