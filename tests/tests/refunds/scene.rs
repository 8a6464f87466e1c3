//! Refunds in every state and news of every kind, with names. `Kind::ALL` and the matches below do
//! not compile when a variant is added without a row.

use checkout::id::{CheckoutId, OutRefundNo, Reference, RefundNo, RefundReason};
use checkout::money::Fen;
use checkout::patience::Waiting;
use checkout::payee::Payee;
use checkout::refund::{
    Known, Refund, RefundAsk, RefundCall, RefundConflict, RefundDisagreement, RefundFact,
    RefundNews, RefundReport, RefundState, Refunds, Standing, Wish,
};
use checkout::report::{Proof, Refusal};
use checkout::time::{Seconds, UnixSeconds};

/// When every refund of these tests was opened, and its last call made.
pub(crate) const BEGUN: UnixSeconds = UnixSeconds(1_800_000_000);
/// What was paid, in fen.
pub(crate) const TOTAL: u64 = 8_800;
/// What goes back, in fen.
pub(crate) const AMOUNT: u64 = 4_000;
pub(crate) const TRANSACTION: &str = "4200000000202501010000000001";
pub(crate) const MCHID: &str = "1900000001";

/// Where a refund stands, by name. "In doubt": an earlier call was never answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Queued,
    Short,
    Requesting,
    RequestingInDoubt,
    Disputed,
    DisputedInDoubt,
    Processing,
    ProcessingAgain,
    Abnormal,
    Redirecting,
    RedirectingInDoubt,
    RedirectDisputed,
    RedirectDisputedInDoubt,
    Success,
    Closed,
    Refused,
}

impl State {
    pub(crate) const ALL: [Self; 16] = [
        Self::Queued,
        Self::Short,
        Self::Requesting,
        Self::RequestingInDoubt,
        Self::Disputed,
        Self::DisputedInDoubt,
        Self::Processing,
        Self::ProcessingAgain,
        Self::Abnormal,
        Self::Redirecting,
        Self::RedirectingInDoubt,
        Self::RedirectDisputed,
        Self::RedirectDisputedInDoubt,
        Self::Success,
        Self::Closed,
        Self::Refused,
    ];

    /// The name of where `refund` stands.
    pub(crate) fn of(refund: &Refund) -> Self {
        let in_doubt = refund.doubt.is_some();
        match refund.state {
            RefundState::Queued => Self::Queued,
            RefundState::Short => Self::Short,
            RefundState::Requesting if in_doubt => Self::RequestingInDoubt,
            RefundState::Requesting => Self::Requesting,
            RefundState::Disputed if in_doubt => Self::DisputedInDoubt,
            RefundState::Disputed => Self::Disputed,
            RefundState::Processing if refund.redirected => Self::ProcessingAgain,
            RefundState::Processing => Self::Processing,
            RefundState::Abnormal => Self::Abnormal,
            RefundState::Redirecting if in_doubt => Self::RedirectingInDoubt,
            RefundState::Redirecting => Self::Redirecting,
            RefundState::RedirectDisputed if in_doubt => Self::RedirectDisputedInDoubt,
            RefundState::RedirectDisputed => Self::RedirectDisputed,
            RefundState::Success => Self::Success,
            RefundState::Closed => Self::Closed,
            RefundState::Refused => Self::Refused,
        }
    }

    fn state(self) -> RefundState {
        match self {
            Self::Queued => RefundState::Queued,
            Self::Short => RefundState::Short,
            Self::Requesting | Self::RequestingInDoubt => RefundState::Requesting,
            Self::Disputed | Self::DisputedInDoubt => RefundState::Disputed,
            Self::Processing | Self::ProcessingAgain => RefundState::Processing,
            Self::Abnormal => RefundState::Abnormal,
            Self::Redirecting | Self::RedirectingInDoubt => RefundState::Redirecting,
            Self::RedirectDisputed | Self::RedirectDisputedInDoubt => RefundState::RedirectDisputed,
            Self::Success => RefundState::Success,
            Self::Closed => RefundState::Closed,
            Self::Refused => RefundState::Refused,
        }
    }

    fn call(self) -> Option<RefundCall> {
        match self {
            Self::Queued | Self::Short | Self::Requesting => Some(RefundCall::Apply),
            Self::Redirecting => Some(RefundCall::Redirect),
            Self::RequestingInDoubt
            | Self::Disputed
            | Self::DisputedInDoubt
            | Self::Processing
            | Self::ProcessingAgain
            | Self::RedirectingInDoubt
            | Self::RedirectDisputed
            | Self::RedirectDisputedInDoubt => Some(RefundCall::Query),
            Self::Abnormal | Self::Success | Self::Closed | Self::Refused => None,
        }
    }

    fn standing(self) -> Option<Standing> {
        match self {
            Self::Processing | Self::ProcessingAgain => Some(Standing::Processing),
            Self::Abnormal
            | Self::Redirecting
            | Self::RedirectingInDoubt
            | Self::RedirectDisputed
            | Self::RedirectDisputedInDoubt => Some(Standing::Abnormal),
            Self::Success => Some(Standing::Success),
            Self::Closed => Some(Standing::Closed),
            Self::Queued
            | Self::Short
            | Self::Requesting
            | Self::RequestingInDoubt
            | Self::Disputed
            | Self::DisputedInDoubt
            | Self::Refused => None,
        }
    }

    /// A ledger with one refund, which stands there.
    pub(crate) fn ledger(self) -> Refunds {
        let mut ledger = fresh().open(wish(1, AMOUNT), BEGUN).unwrap();
        let refund = &mut ledger.refunds[0];
        let in_doubt = matches!(
            self,
            Self::RequestingInDoubt
                | Self::DisputedInDoubt
                | Self::RedirectingInDoubt
                | Self::RedirectDisputedInDoubt
        );
        refund.state = self.state();
        let waiting = Waiting::ForAnswer;
        refund.ask = self.call().map(|call| RefundAsk { call, at: BEGUN, waiting, tries: 0 });
        refund.doubt = in_doubt.then_some(BEGUN);
        refund.redirected = self == Self::ProcessingAgain;
        refund.known = self.standing().map(|standing| Known {
            refund_id: REFUND_ID.to_owned(),
            standing,
            account: None,
            success_time: None,
        });
        ledger
    }
}

const REFUND_ID: &str = "50300000000202501010000000001";

/// What is reported, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    SendingApply,
    SendingQuery,
    SendingRedirect,
    AnsweredProcessing,
    AnsweredSuccess,
    AnsweredClosed,
    AnsweredAbnormal,
    AnsweredUnknown,
    AnsweredWrong,
    ToldProcessing,
    ToldSuccess,
    ToldClosed,
    ToldAbnormal,
    ToldUnknown,
    Short,
    Refused,
    Disputed,
    InDoubt,
    NotFound,
    NotFoundUnverified,
    RedirectAsked,
    Resolved,
    ResolvedOther,
}

impl Kind {
    pub(crate) const ALL: [Self; 23] = [
        Self::SendingApply,
        Self::SendingQuery,
        Self::SendingRedirect,
        Self::AnsweredProcessing,
        Self::AnsweredSuccess,
        Self::AnsweredClosed,
        Self::AnsweredAbnormal,
        Self::AnsweredUnknown,
        Self::AnsweredWrong,
        Self::ToldProcessing,
        Self::ToldSuccess,
        Self::ToldClosed,
        Self::ToldAbnormal,
        Self::ToldUnknown,
        Self::Short,
        Self::Refused,
        Self::Disputed,
        Self::InDoubt,
        Self::NotFound,
        Self::NotFoundUnverified,
        Self::RedirectAsked,
        Self::Resolved,
        Self::ResolvedOther,
    ];

    /// News of this kind about a refund of `amount` fen.
    pub(crate) fn news(self, amount: u64) -> RefundNews {
        let answered = |standing| RefundNews::Answered(fact(standing, amount));
        let told = |standing| RefundNews::Told(fact(standing, amount));
        let unknown = || Standing::Unknown("FROZEN".to_owned());
        match self {
            Self::SendingApply => RefundNews::Sending { call: RefundCall::Apply },
            Self::SendingQuery => RefundNews::Sending { call: RefundCall::Query },
            Self::SendingRedirect => RefundNews::Sending { call: RefundCall::Redirect },
            Self::AnsweredProcessing => answered(Standing::Processing),
            Self::AnsweredSuccess => answered(Standing::Success),
            Self::AnsweredClosed => answered(Standing::Closed),
            Self::AnsweredAbnormal => answered(Standing::Abnormal),
            Self::AnsweredUnknown => answered(unknown()),
            Self::AnsweredWrong => RefundNews::Answered(fact(Standing::Success, amount + 1)),
            Self::ToldProcessing => told(Standing::Processing),
            Self::ToldSuccess => told(Standing::Success),
            Self::ToldClosed => told(Standing::Closed),
            Self::ToldAbnormal => told(Standing::Abnormal),
            Self::ToldUnknown => told(unknown()),
            Self::Short => RefundNews::Short(refusal("NOT_ENOUGH")),
            Self::Refused => RefundNews::Refused(refusal("PARAM_ERROR")),
            Self::Disputed => RefundNews::Disputed(refusal("INVALID_REQUEST")),
            Self::InDoubt => RefundNews::InDoubt { said: None },
            Self::NotFound => RefundNews::NotFound { proof: Proof::Verified },
            Self::NotFoundUnverified => RefundNews::NotFound { proof: Proof::Unverified },
            Self::RedirectAsked => RefundNews::RedirectAsked,
            Self::Resolved => resolved(&conflict()),
            Self::ResolvedOther => {
                resolved(&RefundConflict { fact: fact(Standing::Success, AMOUNT), ..conflict() })
            }
        }
    }

    /// The same as a report about the first refund of a ledger.
    pub(crate) fn report(self) -> RefundReport {
        RefundReport { number: number(1).as_str().to_owned(), news: self.news(AMOUNT) }
    }
}

/// How long ago the last call was made, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Age {
    /// A minute: a call of ours may still be on its way.
    Young,
    /// Ten minutes.
    Settled,
}

impl Age {
    pub(crate) const ALL: [Self; 2] = [Self::Young, Self::Settled];

    pub(crate) fn now(self) -> UnixSeconds {
        BEGUN
            + match self {
                Self::Young => Seconds(60),
                Self::Settled => Seconds(600),
            }
    }
}

/// A ledger of a payment that nobody has refunded.
pub(crate) fn fresh() -> Refunds {
    let total = Fen::new(TOTAL).unwrap();
    Refunds::of(TRANSACTION.to_owned(), total, Payee::direct(MCHID, "wx"), 0)
}

/// The shop wants `amount` fen given back, for the `n`th time.
pub(crate) fn wish(n: u8, amount: u64) -> Wish {
    Wish {
        reference: Reference::parse(&format!("R-{n}")).unwrap(),
        number: number(n),
        amount: Fen::new(amount).unwrap(),
        reason: Some(RefundReason::parse("one bag returned").unwrap()),
    }
}

/// A conflict of the first refund's that stays: the platform names another total than was paid.
pub(crate) fn conflict() -> RefundConflict {
    let fact = RefundFact { total: TOTAL + 1, ..fact(Standing::Success, AMOUNT) };
    let (number, disagreement) = (number(1).as_str().to_owned(), RefundDisagreement::Total);
    RefundConflict { number, disagreement, fact, suspects: Vec::new() }
}

/// A person accepts `conflict`.
pub(crate) fn resolved(conflict: &RefundConflict) -> RefundNews {
    let fact = Box::new(conflict.fact.clone());
    RefundNews::Resolved { disagreement: conflict.disagreement, fact }
}

/// The number of the `n`th refund.
pub(crate) fn number(n: u8) -> OutRefundNo {
    let mut no = RefundNo::FIRST;
    while no.count() < n {
        no = no.next().unwrap();
    }
    OutRefundNo::new(&CheckoutId::from_digest([3; 32]), no, [n; 5])
}

pub(crate) fn fact(standing: Standing, amount: u64) -> RefundFact {
    RefundFact {
        refund_id: REFUND_ID.to_owned(),
        transaction_id: TRANSACTION.to_owned(),
        out_trade_no: "T20250101000001".to_owned(),
        standing,
        amount,
        total: TOTAL,
        merchants: vec![MCHID.to_owned()],
        account: Some("支付用户零钱".to_owned()),
        success_time: Some(BEGUN + Seconds(30)),
    }
}

pub(crate) fn refusal(code: &str) -> Refusal {
    Refusal { status: 400, code: code.to_owned(), message: String::new(), request_id: None }
}
