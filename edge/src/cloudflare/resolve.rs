//! The operator decides: about a payment that settled nothing, and about a refund that WeChat Pay
//! tells of otherwise than we know it. What is decided is the object's; this only lets the operator in.

use checkout::id::{CheckoutId, OutRefundNo};
use worker::Response;

use super::entry::Visit;
use super::shop::{confused, named};
use super::{objects, operator, reply};
use crate::command::{Answer, Command, Letter, RefundResolution};
use crate::problem::{Code, Problem};
use crate::request::{NewDecision, NewResolution, expect_json, read_json};

/// `POST /v1/checkouts/{id}/resolve`.
pub(crate) async fn payment(visit: &Visit, id: &str) -> Result<Response, Problem> {
    admit(visit)?;
    let id = named(id)?;
    let NewDecision { transaction_id, how: resolution } = read_json(visit.body()?)?;
    match send(visit, &id, Command::Resolve { transaction_id, resolution }).await? {
        Answer::Checkout { view, .. } => Ok(reply::json(200, &view)),
        Answer::Unknown => Err(Problem::new(Code::CheckoutNotFound, "no such checkout")),
        other => Err(refusal(other)),
    }
}

/// `POST /v1/refunds/{out_refund_no}/resolve`. A number that is not ours does not say whose refund it
/// is, so the body does.
pub(crate) async fn refund(visit: &Visit, number: &str) -> Result<Response, Problem> {
    admit(visit)?;
    let NewResolution { disagreement, checkout } = read_json(visit.body()?)?;
    let ours = OutRefundNo::parse(number).ok().map(|number| number.checkout());
    let id = ours.or(checkout).ok_or_else(|| {
        let detail = "this number is none of ours: say in the body whose refund it is, as checkout";
        Problem::new(Code::RefundNotFound, detail)
    })?;
    let wish = RefundResolution { number: number.to_owned(), disagreement };
    match send(visit, &id, Command::ResolveRefund(wish)).await? {
        Answer::Refund { view, .. } => Ok(reply::json(200, &view)),
        Answer::Unknown => Err(Problem::new(Code::RefundNotFound, "no such refund")),
        other => Err(refusal(other)),
    }
}

fn admit(visit: &Visit) -> Result<(), Problem> {
    let keys = visit.deployment.config.operator_keys.as_ref();
    operator::admit(keys, visit.header("Authorization").as_deref())?;
    expect_json(visit.header("Content-Type").as_deref())
}

/// In nobody's name: an operator may act for every profile of the deployment.
async fn send(visit: &Visit, id: &CheckoutId, command: Command) -> Result<Answer, Problem> {
    objects::checkout(&visit.env, id, &Letter { profile: None, command }).await
}

fn refusal(answer: Answer) -> Problem {
    match answer {
        Answer::Problem(problem) => problem,
        _ => confused(),
    }
}
