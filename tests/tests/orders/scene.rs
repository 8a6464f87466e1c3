//! Orders in every state and reports of every kind, with names. `Kind::ALL` and the matches below
//! do not compile when a variant is added without a row.

use checkout::id::{AttemptNo, CheckoutId, OutTradeNo};
use checkout::money::{Amount, Fen};
use checkout::order::{Ask, Attempt, CODE_LIFE, Call, End, Goal, Order, Policies, Terms};
use checkout::payee::Payee;
use checkout::report::{CodeUrl, Proof, Receipt, Refusal, Report};
use checkout::time::{Seconds, UnixSeconds};

/// When every order of these tests began.
pub(crate) const BEGUN: UnixSeconds = UnixSeconds(1_800_000_000);
/// How long it may be paid.
pub(crate) const LIFETIME: Seconds = Seconds::days(1);

/// Where an attempt stands, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Placing,
    PlacingAgain,
    PlacingDisputed,
    Payable,
    Checking,
    Refused,
    Closing,
    ClosingTaken,
    Vacant,
    Expired,
    Cancelled,
    Paid,
    PaidLate,
}

impl State {
    pub(crate) const ALL: [Self; 13] = [
        Self::Placing,
        Self::PlacingAgain,
        Self::PlacingDisputed,
        Self::Payable,
        Self::Checking,
        Self::Refused,
        Self::Closing,
        Self::ClosingTaken,
        Self::Vacant,
        Self::Expired,
        Self::Cancelled,
        Self::Paid,
        Self::PaidLate,
    ];

    /// The name of where `order` stands.
    pub(crate) fn of(order: &Order) -> Self {
        match &order.attempt {
            Attempt::Placing { known: true, .. } => Self::PlacingAgain,
            Attempt::Placing { dispute: Some(_), .. } => Self::PlacingDisputed,
            Attempt::Placing { .. } => Self::Placing,
            Attempt::Payable { checking: false, .. } => Self::Payable,
            Attempt::Payable { checking: true, .. } => Self::Checking,
            Attempt::Refused { .. } => Self::Refused,
            Attempt::Closing { taken: false, .. } => Self::Closing,
            Attempt::Closing { taken: true, .. } => Self::ClosingTaken,
            Attempt::Vacant => Self::Vacant,
            Attempt::Closed { end: End::Expired } => Self::Expired,
            Attempt::Closed { end: End::Cancelled } => Self::Cancelled,
            Attempt::Paid { late: false, .. } => Self::Paid,
            Attempt::Paid { late: true, .. } => Self::PaidLate,
        }
    }

    fn attempt(self) -> Attempt {
        let code_url = code("first");
        let code_until = BEGUN + CODE_LIFE;
        match self {
            Self::Placing => Attempt::Placing { known: false, dispute: None },
            Self::PlacingAgain => Attempt::Placing { known: true, dispute: None },
            Self::PlacingDisputed => {
                Attempt::Placing { known: false, dispute: Some(refusal("INVALID_REQUEST")) }
            }
            Self::Payable => Attempt::Payable { code_url, code_until, checking: false },
            Self::Checking => Attempt::Payable { code_url, code_until, checking: true },
            Self::Refused => Attempt::Refused { refusal: refusal("NO_AUTH") },
            Self::Closing => Attempt::Closing { goal: Goal::Expire, taken: false },
            Self::ClosingTaken => Attempt::Closing { goal: Goal::Expire, taken: true },
            Self::Vacant => Attempt::Vacant,
            Self::Expired => Attempt::Closed { end: End::Expired },
            Self::Cancelled => Attempt::Closed { end: End::Cancelled },
            Self::Paid => {
                Attempt::Paid { receipt: Box::new(receipt("4200001", 8_800)), late: false }
            }
            Self::PaidLate => {
                Attempt::Paid { receipt: Box::new(receipt("4200001", 8_800)), late: true }
            }
        }
    }

    fn ask(self) -> Option<Ask> {
        let call = match self {
            Self::Placing | Self::PlacingAgain | Self::Vacant => Call::Place,
            Self::PlacingDisputed
            | Self::Payable
            | Self::Checking
            | Self::Closing
            | Self::ClosingTaken => Call::Query,
            Self::Refused | Self::Expired | Self::Cancelled | Self::Paid | Self::PaidLate => {
                return None;
            }
        };
        Some(Ask { call, at: BEGUN, tries: 0 })
    }

    /// An order that stands there.
    pub(crate) fn order(self) -> Order {
        let mut order = Order::open(terms(), number(), 0, BEGUN);
        order.attempt = self.attempt();
        order.ask = self.ask();
        order.version = 7;
        order
    }
}

/// What is reported, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Placed,
    Refused,
    Disputed,
    InDoubt,
    UnknownState,
    Paid,
    PaidWrong,
    PaidAgain,
    NotPaid,
    NotFound,
    NotFoundUnverified,
    ClosedThere,
    CloseTaken,
    CloseRefused,
    CancelAsked,
    CheckAsked,
    Looked,
    Tick,
}

impl Kind {
    pub(crate) const ALL: [Self; 18] = [
        Self::Placed,
        Self::Refused,
        Self::Disputed,
        Self::InDoubt,
        Self::UnknownState,
        Self::Paid,
        Self::PaidWrong,
        Self::PaidAgain,
        Self::NotPaid,
        Self::NotFound,
        Self::NotFoundUnverified,
        Self::ClosedThere,
        Self::CloseTaken,
        Self::CloseRefused,
        Self::CancelAsked,
        Self::CheckAsked,
        Self::Looked,
        Self::Tick,
    ];

    /// A report of this kind. (Those of money tell of three transactions.)
    pub(crate) fn report(self) -> Report {
        match self {
            Self::Placed => Report::Placed { code_url: code("second") },
            Self::Refused => Report::Refused(refusal("PARAM_ERROR")),
            Self::Disputed => Report::Disputed(refusal("OUT_TRADE_NO_USED")),
            Self::InDoubt => Report::InDoubt,
            Self::UnknownState => Report::UnknownState { trade_state: "FROZEN".to_owned() },
            Self::Paid => Report::Paid(Box::new(receipt("4200001", 8_800))),
            Self::PaidWrong => Report::Paid(Box::new(receipt("4200003", 8_799))),
            Self::PaidAgain => Report::Paid(Box::new(receipt("4200002", 8_800))),
            Self::NotPaid => Report::NotPaid,
            Self::NotFound => Report::NotFound { proof: Proof::Verified },
            Self::NotFoundUnverified => Report::NotFound { proof: Proof::Unverified },
            Self::ClosedThere => Report::ClosedThere,
            Self::CloseTaken => Report::CloseTaken,
            Self::CloseRefused => Report::CloseRefused(refusal("ORDER_PAID")),
            Self::CancelAsked => Report::CancelAsked,
            Self::CheckAsked => Report::CheckAsked,
            Self::Looked => Report::Looked,
            Self::Tick => Report::Tick,
        }
    }
}

/// How old the order is, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Age {
    /// Ten seconds: a call of ours may still be on its way.
    Young,
    /// Ten minutes.
    Grown,
    /// Three hours: its code cannot be scanned any more.
    Stale,
    /// Two hundred seconds before the deadline: too late for a fresh code.
    Ending,
    /// At its deadline.
    Due,
}

impl Age {
    pub(crate) const ALL: [Self; 5] =
        [Self::Young, Self::Grown, Self::Stale, Self::Ending, Self::Due];

    /// The moment at which an order is so old.
    pub(crate) fn now(self) -> UnixSeconds {
        BEGUN
            + match self {
                Self::Young => Seconds(10),
                Self::Grown => Seconds(600),
                Self::Stale => Seconds::hours(3),
                Self::Ending => Seconds(LIFETIME.0 - 200),
                Self::Due => LIFETIME,
            }
    }
}

pub(crate) fn terms() -> Terms {
    Terms {
        amount: Amount::cny(Fen::new(8_800).unwrap()),
        payee: Payee::direct("1900000001", "wx0123456789abcdef"),
        deadline: BEGUN + LIFETIME,
        policies: Policies::default(),
    }
}

pub(crate) fn number() -> OutTradeNo {
    OutTradeNo::new(&CheckoutId::from_digest([3; 32]), AttemptNo::FIRST, [9; 5])
}

pub(crate) fn code(name: &str) -> CodeUrl {
    CodeUrl::parse(&format!("weixin://wxpay/bizpayurl?pr={name}")).unwrap()
}

pub(crate) fn refusal(code: &str) -> Refusal {
    Refusal { status: 400, code: code.to_owned(), message: String::new(), request_id: None }
}

pub(crate) fn receipt(transaction_id: &str, total: u64) -> Receipt {
    Receipt {
        transaction_id: transaction_id.to_owned(),
        out_trade_no: number().as_str().to_owned(),
        total,
        currency: "CNY".to_owned(),
        payee: terms().payee,
        success_time: Some(BEGUN + Seconds(20)),
        payer_total: Some(total),
        trade_type: Some("NATIVE".to_owned()),
        bank_type: Some("OTHERS".to_owned()),
        attach: None,
        openid: None,
        sub_openid: None,
        promotions: Vec::new(),
    }
}
