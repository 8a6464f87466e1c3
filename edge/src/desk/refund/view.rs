//! What the shop sees of refunds, its own and those made elsewhere.

use checkout::money::Currency;
use checkout::refund::{
    External, Known, Refund, RefundConflict, RefundDisagreement, RefundStatus, Refunds, Standing,
};
use wechatpay::moment::rfc3339;

use crate::command::{AmountView, Answer, RefundView};
use crate::desk::Stop;
use crate::desk::view::platform_answer;
use crate::ports::Stored;
use crate::problem::{Code, Problem};

/// The answer about one refund.
pub(super) fn answer(stored: &Stored, number: &str, created: bool) -> Result<Answer, Stop> {
    let Some(view) = find(stored, number) else {
        return Err(Problem::new(Code::RefundNotFound, "no such refund").into());
    };
    Ok(Answer::Refund { created, view: Box::new(view) })
}

/// The refund of that number, whoever made it.
pub(in crate::desk) fn find(stored: &Stored, number: &str) -> Option<RefundView> {
    all(stored).into_iter().find(|view| view.out_refund_no == number)
}

/// Every refund, oldest first; those made elsewhere last.
pub(super) fn all(stored: &Stored) -> Vec<RefundView> {
    let ours = stored.refunds.iter().flat_map(|ledger| {
        ledger.refunds.iter().map(move |refund| our_refund(stored, ledger, refund))
    });
    let externals = stored.refunds.iter().flat_map(|ledger| {
        ledger.externals.iter().map(move |external| not_ours(stored, ledger, external))
    });
    ours.chain(externals).collect()
}

fn our_refund(stored: &Stored, ledger: &Refunds, refund: &Refund) -> RefundView {
    RefundView {
        reference: Some(refund.reference.clone()),
        status: refund.status(),
        waiting_for: refund.waiting_for(),
        reason: refund.reason.clone(),
        created_at: Some(rfc3339(refund.opened_at)),
        wechatpay: refund.said.as_ref().map(platform_answer),
        ..bare(stored, ledger, refund.number.as_str(), refund.amount.count())
    }
    .with(refund.known.as_ref())
}

fn not_ours(stored: &Stored, ledger: &Refunds, external: &External) -> RefundView {
    let status = match external.known.standing {
        Standing::Processing | Standing::Unknown(_) => RefundStatus::Processing,
        Standing::Success => RefundStatus::Success,
        Standing::Closed => RefundStatus::Closed,
        Standing::Abnormal => RefundStatus::Abnormal,
    };
    let external_view = bare(stored, ledger, &external.number, external.amount);
    RefundView { status, external: true, ..external_view }.with(Some(&external.known))
}

/// What every refund has.
fn bare(stored: &Stored, ledger: &Refunds, number: &str, fen: u64) -> RefundView {
    RefundView {
        out_refund_no: number.to_owned(),
        reference: None,
        status: RefundStatus::Queued,
        waiting_for: None,
        amount: AmountView { total: fen, currency: Currency::Cny },
        checkout: stored.opening.id.clone(),
        transaction_id: ledger.transaction_id.clone(),
        reason: None,
        refund_id: None,
        unknown_status: None,
        user_received_account: None,
        success_time: None,
        created_at: None,
        wechatpay: None,
        external: false,
        disagreement: ledger.conflict.as_ref().map(|conflict| conflict.disagreement),
        conflict: ledger.conflict.as_ref().map(words),
    }
}

impl RefundView {
    fn with(self, known: Option<&Known>) -> Self {
        let Some(known) = known else { return self };
        let unknown_status = match &known.standing {
            Standing::Unknown(word) => Some(word.clone()),
            _ => None,
        };
        Self {
            refund_id: Some(known.refund_id.clone()),
            unknown_status,
            user_received_account: known.account.clone(),
            success_time: known.success_time.map(rfc3339),
            ..self
        }
    }
}

/// For the person who has to look.
fn words(conflict: &RefundConflict) -> String {
    let what = match conflict.disagreement {
        RefundDisagreement::Amount => "another amount than was asked for",
        RefundDisagreement::Total => "another total than was paid",
        RefundDisagreement::Transaction => "a refund of another payment",
        RefundDisagreement::Merchant => "a refund by another merchant",
        RefundDisagreement::End => "a refund that has ended, and ended otherwise before",
        RefundDisagreement::Excess => "more going back than was paid",
    };
    let RefundConflict { number, fact, .. } = conflict;
    let (refund_id, standing) = (&fact.refund_id, fact.standing.as_str());
    format!(
        "{what}: refund {number} ({refund_id}) of {} fen, {standing}, of transaction {} over {} fen",
        fact.amount, fact.transaction_id, fact.total
    )
}
