//! What happened to a checkout, line by line, for whoever has to find out why it stands as it does.

use checkout::refund::RefundNews;
use checkout::report::{Refusal, Report, Resolution};
use wechatpay::moment::rfc3339;

use super::{Desk, Stop};
use crate::command::{Answer, Happened, HistoryLine};
use crate::ports::{Audience, Event, Finding, Ledger, Platform, World};

/// Lines that are answered at most: an order has some ten, and what goes on for months repeats itself.
const LINES_MAX: u32 = 200;

impl<P: Platform, L: Ledger, W: World, A: Audience> Desk<P, L, W, A> {
    /// The newest lines, oldest first.
    pub(super) fn history(&self) -> Result<Answer, Stop> {
        self.stored()?;
        let events = self.ledger.history(LINES_MAX)?;
        Ok(Answer::History { lines: events.iter().map(line).collect() })
    }
}

fn line(event: &Event) -> HistoryLine {
    let (what, detail) = match &event.finding {
        Finding::Order { report, .. } => of_order(report),
        Finding::Refund(report) => of_refund(&report.news),
    };
    HistoryLine {
        at: rfc3339(event.at),
        what,
        number: event.number().to_owned(),
        transaction_id: payment(&event.finding),
        detail,
    }
}

fn payment(finding: &Finding) -> Option<String> {
    match finding {
        Finding::Order { report: Report::Paid(receipt), .. } => {
            Some(receipt.transaction_id.clone())
        }
        Finding::Order { report: Report::Resolved { transaction_id, .. }, .. } => {
            Some(transaction_id.clone())
        }
        Finding::Order { .. } => None,
        Finding::Refund(report) => report.news.fact().map(|fact| fact.transaction_id.clone()),
    }
}

fn of_order(report: &Report) -> (Happened, Option<String>) {
    match report {
        Report::Placed { .. } => (Happened::Placed, None),
        Report::Refused(refusal) => (Happened::Refused, Some(said(refusal))),
        Report::Disputed(refusal) => (Happened::Disputed, Some(said(refusal))),
        Report::Paid(receipt) => {
            (Happened::Paid, Some(format!("{} fen, {}", receipt.total, receipt.currency)))
        }
        Report::ClosedThere => (Happened::Closed, None),
        Report::CloseTaken => (Happened::CloseTaken, None),
        Report::CloseRefused(refusal) => (Happened::CloseRefused, Some(said(refusal))),
        Report::UnknownState { trade_state } => (Happened::UnknownState, Some(trade_state.clone())),
        Report::CancelAsked => (Happened::CancelAsked, None),
        Report::RenewAsked => (Happened::RenewAsked, None),
        Report::Resolved { resolution, .. } => {
            let how = match resolution {
                Resolution::Settle => "settle",
                Resolution::Return => "refund",
                Resolution::Dismiss => "dismiss",
            };
            (Happened::Resolved, Some(how.to_owned()))
        }
        Report::Redriven => (Happened::Redriven, None),
        Report::InDoubt
        | Report::NotPaid
        | Report::NotFound { .. }
        | Report::CheckAsked
        | Report::Looked
        | Report::Tick => (Happened::Asked, None),
    }
}

fn of_refund(news: &RefundNews) -> (Happened, Option<String>) {
    match news {
        RefundNews::Sending { .. } => (Happened::RefundSent, None),
        RefundNews::Answered(fact) | RefundNews::Told(fact) => {
            let detail = format!("{}, {} fen", fact.standing.as_str(), fact.amount);
            (Happened::RefundTold, Some(detail))
        }
        RefundNews::Short(refusal)
        | RefundNews::Refused(refusal)
        | RefundNews::Disputed(refusal) => (Happened::RefundRefused, Some(said(refusal))),
        RefundNews::InDoubt { said: Some(refusal) } => (Happened::RefundAsked, Some(said(refusal))),
        RefundNews::InDoubt { said: None } | RefundNews::NotFound { .. } => {
            (Happened::RefundAsked, None)
        }
        RefundNews::RedirectAsked => (Happened::RefundRedirected, None),
        RefundNews::Resolved { fact, .. } => {
            let detail = format!("{}, {} fen", fact.standing.as_str(), fact.amount);
            (Happened::RefundResolved, Some(detail))
        }
    }
}

fn said(refusal: &Refusal) -> String {
    format!("{} {}", refusal.code, refusal.message).trim_end().to_owned()
}
