//! What every order of these tests has in common: terms, numbers, receipts, and how old it is.

use checkout::id::{AttemptNo, CheckoutId, OutTradeNo};
use checkout::money::{Amount, Fen};
use checkout::order::{Order, Policies, Terms, apply};
use checkout::payee::Payee;
use checkout::report::{CodeUrl, Receipt, Refusal};
use checkout::time::{Seconds, UnixSeconds};

use crate::kinds::Kind;

/// When every order of these tests began.
pub(crate) const BEGUN: UnixSeconds = UnixSeconds(1_800_000_000);
/// How long it may be paid.
pub(crate) const LIFETIME: Seconds = Seconds::days(1);

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
    /// Thirty-one days after it: nobody waits for an answer any more.
    Forgotten,
}

impl Age {
    pub(crate) const ALL: [Self; 6] =
        [Self::Young, Self::Grown, Self::Stale, Self::Ending, Self::Due, Self::Forgotten];

    /// The moment at which an order is so old.
    pub(crate) fn now(self) -> UnixSeconds {
        BEGUN
            + match self {
                Self::Young => Seconds(10),
                Self::Grown => Seconds(600),
                Self::Stale => Seconds::hours(3),
                Self::Ending => Seconds(LIFETIME.0 - 200),
                Self::Due => LIFETIME,
                Self::Forgotten => Seconds::days(32),
            }
    }

    /// Whether the deadline has passed.
    pub(crate) fn is_over(self) -> bool {
        self >= Self::Due
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

/// The number of the attempt before the current one, which was refused or closed.
pub(crate) fn earlier() -> OutTradeNo {
    OutTradeNo::new(&CheckoutId::from_digest([3; 32]), AttemptNo::FIRST, [8; 5])
}

/// The number of the current attempt.
pub(crate) fn number() -> OutTradeNo {
    OutTradeNo::new(&CheckoutId::from_digest([3; 32]), second(), [9; 5])
}

pub(crate) fn second() -> AttemptNo {
    AttemptNo::FIRST.next().unwrap()
}

pub(crate) fn code(name: &str) -> CodeUrl {
    CodeUrl::parse(&format!("weixin://wxpay/bizpayurl?pr={name}")).unwrap()
}

pub(crate) fn refusal(code: &str) -> Refusal {
    Refusal { status: 400, code: code.to_owned(), message: String::new(), request_id: None }
}

/// A payment of the current attempt.
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

/// A payment of the attempt before it.
pub(crate) fn earlier_receipt(transaction_id: &str, total: u64) -> Receipt {
    Receipt { out_trade_no: earlier().as_str().to_owned(), ..receipt(transaction_id, total) }
}

/// What `order` becomes by a report of this kind.
pub(crate) fn heard(order: &Order, kind: Kind, now: UnixSeconds) -> Order {
    apply(order, &kind.report(), now).0
}
