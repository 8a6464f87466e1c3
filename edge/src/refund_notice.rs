//! What the door makes of a V2 refund notification. It is sealed and not signed, so that nothing in
//! it is believed: it says which refund is worth a question, and the platform's verified answer goes
//! the way of a notification that was signed.
//!
//! The platform waits five seconds for us and sends again what we do not acknowledge, so that a
//! question without an answer costs a repeat and no more.

use checkout::id::ProfileName;
use checkout::refund::{RefundFact, RefundNews, Standing};
use checkout::time::UnixSeconds;
use wechatpay::v2::refund_notification::{Claimed, NotOpened};
use wechatpay::v3::notification::RefundNotice;

use crate::api::Api;
use crate::notified::{Errand, NOT_STORED, Refused, of_refund};

/// How long the platform has for its answers: with what surrounds them, and storing, it is less than
/// the five seconds that it waits for ours (protocol reference C.3).
pub const ASK_MS_MAX: u32 = 3_500;

/// Who can be asked about a refund.
pub trait Informants {
    /// What the platform answers under `api` to the question how the refund stands.
    fn ask(&self, api: Api, out_refund_no: &str) -> impl Future<Output = RefundNews>;
}

/// Which APIs know of a merchant's refunds, the likelier first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Askable {
    /// Whose refunds are commoner here.
    pub first: Api,
    /// Asked where the first has no such refund.
    pub second: Option<Api>,
}

/// What the platform says of the refund that `claimed` names, or why that is not known.
///
/// # Errors
///
/// What to answer: the notification comes again.
pub async fn find_out(
    claimed: &Claimed,
    askable: Askable,
    informants: &impl Informants,
) -> Result<RefundFact, Refused> {
    let number = &claimed.out_refund_no;
    let first = informants.ask(askable.first, number).await;
    let news = match (first, askable.second) {
        (RefundNews::NotFound { .. }, Some(second)) => informants.ask(second, number).await,
        (news, _) => news,
    };
    match news {
        // An answer may be older than what was sealed. A refund of ours would be asked about again
        // by itself; one that was made elsewhere would not.
        RefundNews::Answered(fact) if claimed.is_decided && is_open(&fact.standing) => {
            Err(later("refund_notice_ahead", "not decided yet; send it again"))
        }
        RefundNews::Answered(fact) => Ok(fact),
        RefundNews::NotFound { .. } => Err(Refused {
            grave: true,
            ..later("refund_notice_unconfirmed", "there is no such refund; send it again")
        }),
        _ => Err(later("refund_notice_unanswered", "not checked; send it again")),
    }
}

/// Where it is stored: as if the platform had told it under its signature.
pub fn errand(
    claimed: Claimed,
    fact: RefundFact,
    profile: &ProfileName,
    wall: UnixSeconds,
) -> Errand {
    // Such a notification has no id of its own. Its repeats tell of the same refund in the same
    // state; whatever comes after that is another one.
    let id = format!("v2:{}:{}", fact.refund_id, fact.standing.as_str());
    let notice = RefundNotice { out_refund_no: claimed.out_refund_no, fact };
    of_refund(id, notice, profile, wall)
}

/// What does not open, or names nothing.
pub fn refused(reason: &NotOpened) -> Refused {
    // Of strangers, and of a platform that has another key than we have: the doctor tells of that.
    let stranger = Refused {
        status: 401,
        words: "not opened",
        event: "refund_notice_unopened",
        grave: false,
        unsealable: false,
    };
    match reason {
        // Somebody who has the key has sealed it, and we do not understand it.
        NotOpened::Nameless => Refused {
            status: NOT_STORED,
            words: "not readable",
            event: "notification_unreadable",
            grave: true,
            ..stranger
        },
        NotOpened::Xml(_) | NotOpened::Missing | NotOpened::BadBase64 | NotOpened::Sealed => {
            stranger
        }
    }
}

const fn later(event: &'static str, words: &'static str) -> Refused {
    Refused { status: NOT_STORED, words, event, grave: false, unsealable: false }
}

const fn is_open(standing: &Standing) -> bool {
    matches!(standing, Standing::Processing | Standing::Unknown(_))
}

#[cfg(test)]
mod tests;
