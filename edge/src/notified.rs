//! What the door makes of a notification: read, it is a verdict; a verdict is an errand to a
//! checkout, or a reason to refuse; what came of that is an HTTP status.
//!
//! Nothing is acknowledged before an object has stored it. The platform looks at the status alone
//! (protocol reference C.3): 200 ends its repeats, 401 and 500 bring the same notification again.

use checkout::id::{CheckoutId, OutRefundNo, OutTradeNo, ProfileName};
use checkout::report::{Receipt, Report};
use checkout::time::UnixSeconds;
use wechatpay::moment::rfc3339;
use wechatpay::v3::notification::{Event, Notification, NotificationError, RefundNotice};
use wechatpay::v3::transaction::Transaction;
use wechatpay::v3::verify::Distrust;

use crate::command::{Answer, Command, Letter, Orphan, RefundTold};
use crate::problem::{Code, Problem};

mod v2;

pub use self::v2::{payment, refused as refused_v2};

/// What a notification comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Authentic, and of money: it is stored before it is acknowledged.
    Store(Box<Errand>),
    /// It came and opened, which is what a test of keys asks of us; the doctor may be waiting.
    Echo {
        /// The notification's own id.
        id: String,
        /// What the test said.
        message: String,
    },
    /// Authentic, and of an event that is yet to be invented. Acknowledged.
    Ignored {
        /// The notification's own id.
        id: String,
        /// As the platform named it.
        event_type: String,
    },
    /// Not to be believed, or not to be read.
    Refused(Refused),
}

/// What has to be stored: with its checkout, or among the orphans where nobody knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Errand {
    /// To whom, if its number has the shape of one of ours.
    pub letter: Option<(CheckoutId, Letter)>,
    /// The same for the profile's books.
    pub orphan: Orphan,
}

/// Why it is sent back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The HTTP status.
    pub status: u16,
    /// What the sender reads. Strangers learn nothing from it.
    pub words: &'static str,
    /// What the log calls it.
    pub event: &'static str,
    /// Whether a person has to look.
    pub grave: bool,
    /// It is genuine, and sealed under another APIv3 key than ours.
    pub unsealable: bool,
}

/// The status of what was stored, or needs no storing.
pub const ACKNOWLEDGED: u16 = 200;
/// The status of what could not be stored; the platform sends it again.
pub const NOT_STORED: u16 = 500;

/// Who stores what a notification tells.
pub trait Listeners {
    /// Sends a letter to a checkout's object.
    fn checkout(
        &self,
        id: &CheckoutId,
        letter: &Letter,
    ) -> impl Future<Output = Result<Answer, Problem>>;

    /// Keeps what nobody here knows.
    fn keep(
        &self,
        profile: &ProfileName,
        orphan: Orphan,
    ) -> impl Future<Output = Result<(), Problem>>;
}

/// What `told`, heard at `profile`'s address at `wall`, comes to.
pub fn verdict(
    told: Result<Notification, NotificationError>,
    profile: &ProfileName,
    wall: UnixSeconds,
) -> Verdict {
    let Notification { id, event, .. } = match told {
        Ok(notification) => notification,
        Err(reason) => return Verdict::Refused(refused(&reason)),
    };
    match event {
        Event::Transaction(transaction) => {
            Verdict::Store(Box::new(of_payment(id, &transaction, profile, wall)))
        }
        Event::Refund(notice) => Verdict::Store(Box::new(of_refund(id, *notice, profile, wall))),
        Event::Echo(echoed) => Verdict::Echo { id, message: echoed.message },
        Event::Other { event_type } => Verdict::Ignored { id, event_type },
    }
}

/// Stores an authentic report with its checkout, or among the orphans when nobody knows it.
///
/// # Errors
///
/// When it could not be stored: it must not be acknowledged.
pub async fn store(
    errand: Errand,
    profile: &ProfileName,
    listeners: &impl Listeners,
) -> Result<(), Problem> {
    if let Some((checkout, letter)) = &errand.letter {
        match listeners.checkout(checkout, letter).await? {
            Answer::Heard => return Ok(()),
            Answer::Unknown => {}
            Answer::Problem(problem) => return Err(problem),
            _ => {
                let detail = "an object gave the answer to another question";
                return Err(Problem::new(Code::Internal, detail));
            }
        }
    }
    listeners.keep(profile, errand.orphan).await
}

fn refused(reason: &NotificationError) -> Refused {
    let (status, words) = match reason {
        NotificationError::Distrust(Distrust::Unchecked(_)) => {
            (NOT_STORED, "not checked; send it again")
        }
        // No signature to judge. That is worth saying: on its way through somebody's firewall a
        // genuine notification may have lost its headers, and the doctor looks for these words.
        NotificationError::Distrust(Distrust::MissingHeader(_)) => {
            (401, "a notification carries Wechatpay-* headers")
        }
        // Probes and strangers are daily business: nobody needs to be woken, and none learns why.
        NotificationError::Distrust(_) => (401, "the signature is not accepted"),
        NotificationError::Unsealable(_) | NotificationError::Malformed(_) => {
            (NOT_STORED, "not readable")
        }
    };
    let (event, grave) = match reason {
        NotificationError::Distrust(Distrust::Unchecked(_)) => ("notification_unchecked", true),
        NotificationError::Distrust(_) => ("notification_distrusted", false),
        NotificationError::Unsealable(_) | NotificationError::Malformed(_) => {
            ("notification_unreadable", true)
        }
    };
    let unsealable = matches!(reason, NotificationError::Unsealable(_));
    Refused { status, words, event, grave, unsealable }
}

fn of_payment(
    notification_id: String,
    transaction: &Transaction,
    profile: &ProfileName,
    wall: UnixSeconds,
) -> Errand {
    let told = PaymentTold {
        notification_id,
        out_trade_no: transaction.out_trade_no().to_owned(),
        trade_state: transaction.state().as_str().to_owned(),
        report: transaction.report(),
    };
    told.errand(profile, wall)
}

/// What either API tells of an order.
struct PaymentTold {
    notification_id: String,
    /// May not be one of ours.
    out_trade_no: String,
    /// In the platform's own word.
    trade_state: String,
    report: Report,
}

impl PaymentTold {
    fn errand(self, profile: &ProfileName, wall: UnixSeconds) -> Errand {
        let Self { notification_id, out_trade_no, trade_state, report } = self;
        let receipt: Option<Receipt> = match &report {
            Report::Paid(receipt) => Some((**receipt).clone()),
            _ => None,
        };
        let letter = OutTradeNo::parse(&out_trade_no).ok().map(|number| {
            let checkout = number.checkout();
            let notification_id = notification_id.clone();
            let command = Command::Hear { notification_id, out_trade_no: number, report };
            (checkout, Letter { profile: Some(profile.clone()), command })
        });
        let orphan = Orphan {
            notification_id,
            out_trade_no,
            transaction_id: receipt.as_ref().map(|receipt| receipt.transaction_id.clone()),
            trade_state: Some(trade_state),
            total: receipt.as_ref().map(|receipt| receipt.total),
            currency: receipt.map(|receipt| receipt.currency),
            out_refund_no: None,
            refund_status: None,
            refund: None,
            received_at: rfc3339(wall),
        };
        Errand { letter, orphan }
    }
}

/// The refund's number may be somebody else's where the order's is ours.
pub(crate) fn of_refund(
    notification_id: String,
    notice: RefundNotice,
    profile: &ProfileName,
    wall: UnixSeconds,
) -> Errand {
    let RefundNotice { out_refund_no, fact } = notice;
    let refund = OutRefundNo::parse(&out_refund_no).map(|number| number.checkout());
    let order = || OutTradeNo::parse(&fact.out_trade_no).map(|number| number.checkout());
    let letter = refund.or_else(|_| order()).ok().map(|checkout| {
        let told = RefundTold {
            notification_id: notification_id.clone(),
            out_refund_no: out_refund_no.clone(),
            fact: fact.clone(),
        };
        let command = Command::HearRefund(Box::new(told));
        (checkout, Letter { profile: Some(profile.clone()), command })
    });
    let orphan = Orphan {
        notification_id,
        out_trade_no: fact.out_trade_no,
        transaction_id: Some(fact.transaction_id),
        trade_state: None,
        total: Some(fact.total),
        currency: None,
        out_refund_no: Some(out_refund_no),
        refund_status: Some(fact.standing.as_str().to_owned()),
        refund: Some(fact.amount),
        received_at: rfc3339(wall),
    };
    Errand { letter, orphan }
}

#[cfg(test)]
mod tests;
