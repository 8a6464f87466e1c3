//! What others see of a checkout: the shop all but the platform's keys, a page what it can show.
//!
//! A code is shown only while it can be scanned. A page is given spans, never moments: its clock
//! may be wrong.

use super::refund::find;
use crate::command::{Answer, AttemptView, CheckoutView, PaymentView, SetAsideView, Source};
use crate::outbox::{Parcel, Topic};
use crate::ports::Stored;
use crate::problem::{Code, PlatformAnswer, Problem};
use crate::qr;
use crate::webhook::{News, payload};
use checkout::order::{Attempt, Disagreement, Face, Odd};
use checkout::refund::Refunds;
use checkout::report::{CodeUrl, Refusal};
use checkout::time::UnixSeconds;
use checkout::view::{SessionView, Status};
use wechatpay::moment::rfc3339;

/// The answer to an `Open`, by who opened it.
pub(super) fn opened(stored: &Stored, created: bool, now: UnixSeconds) -> Answer {
    match (&stored.opening.source, &stored.order.attempt) {
        (Source::Catalogue { .. }, _) => {
            Answer::Session { created, view: Box::new(session(stored, now)) }
        }
        (Source::Shop | Source::Counter { .. }, Attempt::Refused { refusal })
            if !stored.order.is_frozen() =>
        {
            let detail = "WeChat Pay refused the order; mend the cause, then repeat the request";
            let problem = Problem::new(Code::WechatpayRefused, detail);
            Answer::Problem(problem.because_of(platform_answer(refusal)))
        }
        (Source::Shop | Source::Counter { .. }, _) => shop_answer(stored, created, true, now),
    }
}

/// The answer to a shop that reads.
pub(super) fn checkout_answer(stored: &Stored, now: UnixSeconds) -> Answer {
    shop_answer(stored, false, true, now)
}

/// The answer to a shop that cancels: settled when the platform has confirmed it.
pub(super) fn cancelled_answer(stored: &Stored, now: UnixSeconds) -> Answer {
    shop_answer(stored, false, stored.order.status() == Status::Cancelled, now)
}

/// The answer to a page.
pub(super) fn session_answer(stored: &Stored, now: UnixSeconds) -> Answer {
    Answer::Session { created: false, view: Box::new(session(stored, now)) }
}

/// What a page sees.
pub(super) fn session(stored: &Stored, now: UnixSeconds) -> SessionView {
    let order = &stored.order;
    let Face { status, phase, trouble, code } = order.face();
    let code = code.filter(|(_, until)| now < *until);
    SessionView {
        client_token: None,
        status,
        phase,
        trouble,
        code_url: code.map(|(code, _)| code.as_str().to_owned()),
        qr: code.and_then(|(code, _)| qr::kept_modules(code.as_str())),
        description: stored.opening.description.as_str().to_owned(),
        amount: order.terms.amount,
        code_expires_in_ms: code.map(|(_, until)| (until - now).left_ms()),
        expires_in_ms: (order.terms.deadline - now).left_ms(),
        version: order.version,
    }
}

fn shop_answer(stored: &Stored, created: bool, settled: bool, now: UnixSeconds) -> Answer {
    Answer::Checkout {
        created,
        settled,
        expires_in_s: (stored.order.terms.deadline - now).0,
        view: Box::new(checkout(stored, now)),
    }
}

/// What the shop sees.
fn checkout(stored: &Stored, now: UnixSeconds) -> CheckoutView {
    let order = &stored.order;
    let Face { status, phase, trouble, code } = order.face();
    let code_url =
        |(code, until): (&CodeUrl, UnixSeconds)| (now < until).then(|| code.as_str().to_owned());
    CheckoutView {
        id: stored.opening.id.clone(),
        client_token: None,
        pay_url: None,
        status,
        phase,
        trouble,
        reference: stored.opening.reference.clone(),
        description: stored.opening.description.clone(),
        amount: order.terms.amount,
        sub_mchid: order.terms.payee.sub_mchid().map(str::to_owned),
        buyer: stored.opening.buyer.clone(),
        api: stored.opening.api,
        source: stored.opening.source.kind(),
        product: stored.opening.source.product().map(str::to_owned),
        attempt: AttemptView {
            out_trade_no: order.number.clone(),
            code_url: code.and_then(code_url),
            unknown_trade_state: order.unknown_state.clone(),
        },
        created_at: rfc3339(stored.created_at),
        expires_at: rfc3339(order.terms.deadline),
        payment: payment(&order.attempt),
        conflict: order.conflict().map(words),
        set_aside: order.odd.iter().map(set_aside).collect(),
        given_up: order.is_dead(),
        refunded: any(&stored.refunds).then(|| stored.refunds.iter().map(Refunds::refunded).sum()),
        refunds: any(&stored.refunds).then(|| stored.refunds.iter().map(Refunds::count).sum()),
        wechatpay: match &order.attempt {
            Attempt::Refused { refusal } => Some(platform_answer(refusal)),
            _ => None,
        },
        version: order.version,
    }
}

/// What the shop is sent about `parcel`, as things stand: the checkout as it reads it.
pub(super) fn event(stored: &Stored, parcel: &Parcel, now: UnixSeconds) -> Vec<u8> {
    let mut checkout = checkout(stored, now);
    if parcel.topic == Topic::CheckoutConflict {
        let odd = stored.order.odd.iter();
        let mut odd = odd.filter(|odd| odd.receipt.transaction_id == parcel.subject);
        checkout.conflict = odd.next().map(words);
    }
    // A refund that failed has the manner of it behind its number.
    let refund = parcel.subject.split('/').next().and_then(|number| find(stored, number));
    let (topic, at) = (parcel.topic, parcel.created_at);
    payload(&News { topic, at, checkout: &checkout, refund: refund.as_ref() })
}

fn any(refunds: &[Refunds]) -> bool {
    !refunds.is_empty()
}

fn payment(attempt: &Attempt) -> Option<PaymentView> {
    let Attempt::Paid { receipt, late } = attempt else { return None };
    Some(PaymentView {
        transaction_id: receipt.transaction_id.clone(),
        out_trade_no: receipt.out_trade_no.clone(),
        success_time: receipt.success_time.map(rfc3339),
        total: receipt.total,
        payer_total: receipt.payer_total,
        promotion_detail: receipt.promotions.clone(),
        bank_type: receipt.bank_type.clone(),
        openid: receipt.openid.clone(),
        sub_openid: receipt.sub_openid.clone(),
        attach: receipt.attach.clone(),
        late: *late,
    })
}

fn set_aside(odd: &Odd) -> SetAsideView {
    let receipt = &odd.receipt;
    SetAsideView {
        transaction_id: receipt.transaction_id.clone(),
        out_trade_no: receipt.out_trade_no.clone(),
        total: receipt.total,
        currency: receipt.currency.clone(),
        success_time: receipt.success_time.map(rfc3339),
        reason: odd.why,
        fate: odd.fate,
    }
}

/// For the person who has to look.
fn words(odd: &Odd) -> String {
    let receipt = &odd.receipt;
    let what = match odd.why {
        Disagreement::Amount => "another amount than the order's",
        Disagreement::Currency => "another currency than the order's",
        Disagreement::Merchant => "another merchant than ours",
        Disagreement::App => "another app than ours",
        Disagreement::SecondPayment => "a second payment of a checkout that is paid",
        Disagreement::Late => "a payment of a checkout that had ended",
    };
    format!(
        "{what}: transaction {} over {} fen, {}",
        receipt.transaction_id, receipt.total, receipt.currency
    )
}

/// The platform's words, for the shop's developer.
pub(super) fn platform_answer(refusal: &Refusal) -> PlatformAnswer {
    PlatformAnswer {
        code: refusal.code.clone(),
        message: refusal.message.clone(),
        request_id: refusal.request_id.clone(),
        status: refusal.status,
    }
}
