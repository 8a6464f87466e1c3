//! The platform's side of the door: somebody claims to be WeChat Pay and to know of a payment, or of
//! a refund.
//!
//! Nothing of the body is believed before its signature is verified over the raw bytes, and nothing
//! is acknowledged before an object has stored it. The platform looks at the status alone (protocol
//! reference C.3): 200 ends its repeats, 401 and 500 bring the same notification again.

use checkout::id::{CheckoutId, OutRefundNo, OutTradeNo, ProfileName};
use checkout::report::{Receipt, Report};
use wechatpay::http::Headers;
use wechatpay::moment::rfc3339;
use wechatpay::v3::notification::{
    Event, Notification, NotificationError, Receiver, RefundNotice, read,
};
use wechatpay::v3::transaction::Transaction;
use wechatpay::v3::verify::Distrust;
use worker::Response;

use super::entry::Visit;
use super::shop::confused;
use super::standing::Standing;
use super::world::wall;
use super::{log, objects, reply};
use crate::command::{
    Answer, Arrival, BooksAnswer, BooksCommand, Command, KeyringCommand, Letter, Orphan, RefundTold,
};
use crate::config::Profile;
use crate::limits::NOTIFICATION_HEADERS;
use crate::problem::{Code, Problem};

/// `POST /wechatpay/v3/notify/…`, of one profile. Payments and refunds have addresses of their own;
/// what is told is read from inside all the same, so that nothing authentic is lost to a mix-up.
pub(crate) async fn told(visit: Visit, name: &ProfileName) -> Result<Response, Problem> {
    // Somebody at the platform was given this address: perhaps a merchant that is configured no more
    // and still has open orders. It is asked to send again, and somebody has to look.
    let no_such_profile = || {
        log::alarm("notification_for_nobody", &[("profile", name.as_str())]);
        Problem::new(Code::Misconfigured, "PROFILES: there is no such merchant")
    };
    let profile = visit.deployment.config.profile(name).ok_or_else(no_such_profile)?;
    let standing = visit.deployment.standing(name).ok_or_else(no_such_profile)?;
    Ok(hear(&visit, profile, &standing).await)
}

async fn hear(visit: &Visit, profile: &Profile, standing: &Standing) -> Response {
    let body = match visit.body() {
        Ok(body) => body,
        Err(problem) => return reply::refusal(&problem),
    };
    let named = |name: &&str| visit.header(name).map(|value| ((*name).to_owned(), value));
    let headers: Headers = NOTIFICATION_HEADERS.iter().filter_map(named).collect();
    let told = async || {
        let merchant = standing.snapshot();
        let keys = &merchant.platform_keys;
        let receiver = Receiver { keys, api_v3_keys: &profile.api_v3_keys };
        read(&merchant.rsa, &receiver, &headers, body, wall()).await
    };
    let told = match told().await {
        // The platform may have rotated, and the keyring know of it; the platform itself is not
        // asked on behalf of a stranger.
        Err(NotificationError::Distrust(Distrust::UnknownSerial(serial)))
            if standing.meet(&visit.env, &serial).await =>
        {
            told().await
        }
        told => told,
    };
    let stored = match told {
        Ok(Notification { id, event: Event::Transaction(transaction), .. }) => {
            store(visit, &profile.name, id, &transaction).await
        }
        Ok(Notification { id, event: Event::Refund(notice), .. }) => {
            store_refund(visit, &profile.name, id, *notice).await
        }
        // It came and opened, which is what a test of keys asks of us; the doctor may be waiting.
        Ok(Notification { id, event: Event::Echo(echoed), .. }) => {
            log::note("echo_heard", &[("id", &id)]);
            arrived(visit, &profile.name, Some(echoed.message)).await
        }
        Ok(Notification { id, event: Event::Other { event_type }, .. }) => {
            log::note("notification_ignored", &[("id", &id), ("event_type", &event_type)]);
            Ok(())
        }
        Err(reason) => {
            if matches!(reason, NotificationError::Unsealable(_)) {
                // Genuine, and sealed under another key: kept if it can be, and refused all the same.
                arrived(visit, &profile.name, None).await.ok();
            }
            return refuse(&profile.name, &headers, &reason);
        }
    };
    stored.map_or_else(|_| reply::fail(500, "not stored; send it again"), |()| reply::empty(200))
}

fn refuse(profile: &ProfileName, headers: &Headers, reason: &NotificationError) -> Response {
    // Headers of a stranger: bounded, and JSON escapes the rest.
    let serial = headers.get("Wechatpay-Serial").unwrap_or_default();
    let serial: String = serial.chars().take(64).collect();
    let words = reason.to_string();
    let about = [("profile", profile.as_str()), ("reason", &words), ("serial", &serial)];
    match reason {
        NotificationError::Distrust(Distrust::Unchecked(_)) => {
            log::alarm("notification_unchecked", &about);
            reply::fail(500, "not checked; send it again")
        }
        // No signature to judge. That is worth saying: on its way through somebody's firewall a
        // genuine notification may have lost its headers, and the doctor looks for these words.
        NotificationError::Distrust(Distrust::MissingHeader(_)) => {
            log::note("notification_distrusted", &about);
            reply::fail(401, "a notification carries Wechatpay-* headers")
        }
        // Probes and strangers are daily business: nobody needs to be woken, and none learns why.
        NotificationError::Distrust(_) => {
            log::note("notification_distrusted", &about);
            reply::fail(401, "the signature is not accepted")
        }
        NotificationError::Unsealable(_) | NotificationError::Malformed(_) => {
            log::alarm("notification_unreadable", &about);
            reply::fail(500, "not readable")
        }
    }
}

/// Characters of an echo that are kept; the doctor's have 32.
const ECHO_CHARS_MAX: usize = 64;

/// Notes what a genuine notification proves about keys.
async fn arrived(
    visit: &Visit,
    profile: &ProfileName,
    echo: Option<String>,
) -> Result<(), Problem> {
    let echo = echo.map(|text| text.chars().take(ECHO_CHARS_MAX).collect());
    let command = KeyringCommand::Arrived(Arrival { at: wall(), echo });
    objects::keyring(&visit.env, profile, &command).await.map(drop)
}

/// Stores an authentic report with its checkout, or among the orphans when nobody knows it.
async fn store(
    visit: &Visit,
    profile: &ProfileName,
    id: String,
    transaction: &Transaction,
) -> Result<(), Problem> {
    if let Ok(number) = OutTradeNo::parse(transaction.out_trade_no()) {
        let checkout = number.checkout();
        let command = Command::Hear {
            notification_id: id.clone(),
            out_trade_no: number,
            report: transaction.report(),
        };
        if is_known(visit, profile, &checkout, command).await? {
            return Ok(());
        }
    }
    keep(visit, profile, orphan(id, transaction)).await
}

/// Stores an authentic report about a refund with its checkout, or among the orphans. The refund's
/// number may be somebody else's where the order's is ours.
async fn store_refund(
    visit: &Visit,
    profile: &ProfileName,
    notification_id: String,
    notice: RefundNotice,
) -> Result<(), Problem> {
    let RefundNotice { out_refund_no, fact } = notice;
    let refund = OutRefundNo::parse(&out_refund_no).map(|number| number.checkout());
    let order = || OutTradeNo::parse(&fact.out_trade_no).map(|number| number.checkout());
    if let Ok(checkout) = refund.or_else(|_| order()) {
        let told = RefundTold {
            notification_id: notification_id.clone(),
            out_refund_no: out_refund_no.clone(),
            fact: fact.clone(),
        };
        let command = Command::HearRefund(Box::new(told));
        if is_known(visit, profile, &checkout, command).await? {
            return Ok(());
        }
    }
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
        received_at: rfc3339(wall()),
    };
    keep(visit, profile, orphan).await
}

/// Whether the checkout knows what it is told of, and has stored it.
async fn is_known(
    visit: &Visit,
    profile: &ProfileName,
    checkout: &CheckoutId,
    command: Command,
) -> Result<bool, Problem> {
    let letter = Letter { profile: Some(profile.clone()), command };
    match objects::checkout(&visit.env, checkout, &letter).await? {
        Answer::Heard => Ok(true),
        Answer::Unknown => Ok(false),
        Answer::Problem(problem) => Err(problem),
        Answer::Checkout { .. }
        | Answer::Session { .. }
        | Answer::Refund { .. }
        | Answer::Refunds { .. }
        | Answer::Events { .. }
        | Answer::Compared { .. }
        | Answer::Confirmed { .. }
        | Answer::History { .. } => Err(confused()),
    }
}

/// Keeps what nobody here knows.
async fn keep(visit: &Visit, profile: &ProfileName, orphan: Orphan) -> Result<(), Problem> {
    let about = [
        ("profile", profile.as_str()),
        ("id", &*orphan.notification_id),
        ("out_trade_no", &*orphan.out_trade_no),
    ];
    log::alarm("orphan", &about);
    match objects::books(&visit.env, profile, &BooksCommand::Enter(Box::new(orphan))).await? {
        BooksAnswer::Entered => Ok(()),
        BooksAnswer::Orphans { .. } => Err(confused()),
    }
}

fn orphan(notification_id: String, transaction: &Transaction) -> Orphan {
    let receipt: Option<Receipt> = match transaction.report() {
        Report::Paid(receipt) => Some(*receipt),
        _ => None,
    };
    Orphan {
        notification_id,
        out_trade_no: transaction.out_trade_no().to_owned(),
        transaction_id: receipt.as_ref().map(|receipt| receipt.transaction_id.clone()),
        trade_state: Some(transaction.state().as_str().to_owned()),
        total: receipt.as_ref().map(|receipt| receipt.total),
        currency: receipt.map(|receipt| receipt.currency),
        out_refund_no: None,
        refund_status: None,
        refund: None,
        received_at: rfc3339(wall()),
    }
}
