//! What things are called in the tables of what was seen. Nothing is judged by these names.

use std::rc::Rc;

use checkout::order::{Attempt, Call, Disagreement};
use checkout::payee::Payee;
use checkout::report::Report;
use edge::command::Command;
use edge::ports::{Delivery, Unreachable};
use wechatpay::http::{Method, Request};
use wechatpay::v2;
use wechatpay::v3::answer::judge;
use wechatpay::v3::native;

use crate::keys::{APPID, MCHID};
use crate::model::v2::xml::Message;
use crate::object::Object;
use crate::wire::is_v2;
use crate::world::World;

/// A state of an attempt.
pub const fn of_attempt(attempt: &Attempt) -> &'static str {
    match attempt {
        Attempt::Placing { .. } => "placing",
        Attempt::Payable { .. } => "payable",
        Attempt::Refused { .. } => "refused",
        Attempt::Closing { .. } => "closing",
        Attempt::Vacant => "vacant",
        Attempt::Closed { .. } => "closed",
        Attempt::Paid { .. } => "paid",
    }
}

/// A report about an attempt.
pub const fn of_report(report: &Report) -> &'static str {
    match report {
        Report::Placed { .. } => "placed",
        Report::Refused(_) => "refused",
        Report::Disputed(_) => "disputed",
        Report::InDoubt => "in doubt",
        Report::UnknownState { .. } => "unknown state",
        Report::Paid(_) => "paid",
        Report::NotPaid => "not paid",
        Report::NotFound { .. } => "not found",
        Report::ClosedThere => "closed there",
        Report::CloseTaken => "close taken",
        Report::CloseRefused(_) => "close refused",
        Report::CancelAsked => "cancel asked",
        Report::CheckAsked => "check asked",
        Report::Looked => "looked",
        Report::RenewAsked => "renew asked",
        Report::Resolved { .. } => "resolved",
        Report::Redriven => "redriven",
        Report::Tick => "tick",
    }
}

/// Why money was set aside.
pub const fn of_disagreement(why: Disagreement) -> &'static str {
    match why {
        Disagreement::Amount => "set aside: amount",
        Disagreement::Currency => "set aside: currency",
        Disagreement::Merchant => "set aside: merchant",
        Disagreement::App => "set aside: app",
        Disagreement::SecondPayment => "set aside: second payment",
        Disagreement::Late => "set aside: late",
    }
}

/// A letter's command.
pub const fn of_command(command: &Command) -> &'static str {
    match command {
        Command::Open(_) => "open",
        Command::Read => "read",
        Command::Cancel => "cancel",
        Command::Look => "look",
        Command::Wait { .. } => "wait",
        Command::Check => "check",
        Command::Hear { .. } => "hear",
        Command::Refund(_) => "refund",
        Command::Refunds => "refunds",
        Command::ReadRefund { .. } => "read refund",
        Command::Redirect(_) => "redirect",
        Command::HearRefund(_) => "hear refund",
        Command::Renew => "renew",
        Command::Scan => "scan",
        Command::Resolve { .. } => "resolve",
        Command::Redrive => "redrive",
        Command::Events => "events",
        Command::Resend { .. } => "resend",
        Command::Project => "project",
        Command::Sweep => "sweep",
        Command::Compare(_) => "compare",
        Command::Confirm(_) => "confirm",
        Command::History => "history",
        Command::ResolveRefund(_) => "resolve refund",
    }
}

/// Counts that the object's order meets `report`.
pub fn meets(world: &World, object: &Object, report: &'static str) {
    let rows = object.memory.borrow();
    let Some(stored) = &rows.stored else { return };
    let state = of_attempt(&stored.order.attempt);
    world.coverage.borrow_mut().cell(stored.opening.api.as_str(), state, report);
}

/// Counts that an alarm rings.
pub fn wakes(world: &World, object: &Object) {
    meets(world, object, "tick");
}

/// Counts what a letter brings.
pub fn hears(world: &World, object: &Object, command: &Command) {
    let report = match command {
        Command::Cancel => "cancel asked",
        Command::Check => "check asked",
        Command::Look | Command::Wait { .. } => "looked",
        Command::Hear { report, .. } => of_report(report),
        Command::Renew => "renew asked",
        Command::Resolve { .. } => "resolved",
        Command::Redrive => "redriven",
        _ => return,
    };
    meets(world, object, report);
}

/// Counts what an answer says, read as the desk is about to read it.
pub fn answered(
    world: &Rc<World>,
    object: &Object,
    outcome: &Result<(Request, Delivery), Unreachable>,
) {
    let Ok((request, delivery)) = outcome else { return meets(world, object, "in doubt") };
    let Some((call, number)) = about(request) else { return };
    let merchant = world.keys.merchant(world);
    let report = if is_v2(request) {
        let means = merchant.v2().expect("a V2 key");
        let payee = Payee::direct(MCHID, APPID);
        let judged = v2::answer::judge(&delivery.reply, &means.keys, means.sign_type, &payee);
        match call {
            Call::Place => v2::order::read_place(&judged),
            Call::Query => v2::order::read_query(&judged, &number),
            Call::Close => v2::order::read_close(&judged),
        }
    } else {
        let v3 = merchant.v3().expect("keys of APIv3");
        let mut judging =
            std::pin::pin!(judge(&v3.rsa, &v3.platform_keys, &delivery.reply, world.wall()));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let std::task::Poll::Ready(judged) = judging.as_mut().poll(&mut context) else { return };
        match call {
            Call::Place => native::read_place(&judged),
            Call::Query => native::read_query(&judged, &number),
            Call::Close => native::read_close(&judged),
        }
    };
    meets(world, object, of_report(&report));
}

/// Which call about which order.
fn about(request: &Request) -> Option<(Call, String)> {
    let number =
        || Message::read(&request.body).unwrap_or_default().text("out_trade_no").to_owned();
    match request.target.as_str() {
        "/pay/unifiedorder" => return Some((Call::Place, number())),
        "/pay/orderquery" => return Some((Call::Query, number())),
        "/pay/closeorder" => return Some((Call::Close, number())),
        _ => {}
    }
    let path = request.target.split('?').next()?.strip_prefix("/v3/pay/transactions/")?;
    if path == "native" {
        return Some((Call::Place, String::new()));
    }
    let number = path.strip_prefix("out-trade-no/")?.to_owned();
    match request.method {
        Method::Get => Some((Call::Query, number)),
        Method::Post => Some((Call::Close, number)),
    }
}
