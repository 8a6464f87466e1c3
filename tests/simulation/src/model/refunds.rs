//! The platform's refunds: one number is one refund, no more than was paid goes back, and two of one
//! payment stay a minute apart (protocol reference B.5 to B.7).

use std::rc::Rc;

use serde_json::{Value, json};
use wechatpay::http::Method;

use super::seal::{Answer, error, says};
use super::wechat::{State, WeChat};
use super::{mail, moment, shop};
use crate::weather::Fault;
use crate::world::World;

/// Where a refund stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Accepted.
    Processing,
    /// The payer has it.
    Success,
    /// It failed for good.
    Closed,
    /// The money could not reach the payer.
    Abnormal,
}

impl Standing {
    const fn word(self) -> &'static str {
        match self {
            Self::Processing => "PROCESSING",
            Self::Success => "SUCCESS",
            Self::Closed => "CLOSED",
            Self::Abnormal => "ABNORMAL",
        }
    }
}

/// A refund.
#[derive(Clone, Debug)]
pub struct Refund {
    /// Whose; nobody's of ours where it was made at the console.
    pub object: Option<usize>,
    /// The payment.
    pub transaction_id: String,
    /// In fen.
    pub amount: u64,
    /// Where it stands.
    pub standing: Standing,
    wish: Value,
    refund_id: String,
    made_s: i64,
}

/// Takes a call about a refund; `rest` is what follows the common path.
pub fn take(world: &Rc<World>, object: usize, method: Method, rest: &str, body: &[u8]) -> Answer {
    match (method, rest) {
        (Method::Post, "") => apply(world, object, body),
        (Method::Post, _) if rest.ends_with("/apply-abnormal-refund") => {
            let refund_id = rest.trim_start_matches('/').split('/').next().unwrap_or_default();
            redirect(world, refund_id)
        }
        (Method::Get, _) => show(&world.wechat.borrow(), rest.trim_start_matches('/')),
        _ => Answer { status: 404, body: String::new(), signed: false },
    }
}

fn apply(world: &Rc<World>, object: usize, body: &[u8]) -> Answer {
    let wish: Value = serde_json::from_slice(body).unwrap_or_default();
    let (Some(number), Some(transaction_id), Some(amount)) = (
        wish["out_refund_no"].as_str().map(str::to_owned),
        wish["transaction_id"].as_str().map(str::to_owned),
        wish["amount"]["refund"].as_u64().filter(|amount| *amount > 0),
    ) else {
        return says(400, error("PARAM_ERROR"));
    };
    if let Some(known) = world.wechat.borrow().refunds.get(&number) {
        let same = known.wish == wish;
        let wechat = world.wechat.borrow();
        return if same { show(&wechat, &number) } else { says(400, error("INVALID_REQUEST")) };
    }
    let now_s = world.now().0;
    let refusal = world.wechat.borrow().objection(&wish, &transaction_id, amount, now_s);
    if let Some((status, code)) = refusal {
        return says(status, error(code));
    }
    if world.strikes(Fault::NotEnough) {
        return says(403, error("NOT_ENOUGH"));
    }
    enter(world, Some(object), &number, &transaction_id, amount, wish);
    show(&world.wechat.borrow(), &number)
}

impl WeChat {
    fn objection(
        &self,
        wish: &Value,
        transaction_id: &str,
        amount: u64,
        now_s: i64,
    ) -> Option<(u16, &'static str)> {
        let paid = self.payments.iter().find(|paid| paid.transaction_id == transaction_id);
        let Some(paid) = paid else { return Some((404, "RESOURCE_NOT_EXISTS")) };
        if wish["amount"]["total"].as_u64() != Some(paid.total) {
            return Some((400, "PARAM_ERROR"));
        }
        if self.given_back(transaction_id) + amount > paid.total {
            return Some((400, "INVALID_REQUEST"));
        }
        let of_it = self.refunds.values().filter(|one| one.transaction_id == transaction_id);
        let last_s = of_it.map(|one| one.made_s).max();
        last_s.is_some_and(|last_s| now_s - last_s < 60).then_some((429, "FREQUENCY_LIMITED"))
    }

    /// What has gone back of a payment, or is on its way, in fen.
    pub fn given_back(&self, transaction_id: &str) -> u64 {
        let of_it = self.refunds.values().filter(|one| one.transaction_id == transaction_id);
        of_it.filter(|one| one.standing != Standing::Closed).map(|one| one.amount).sum()
    }
}

fn enter(
    world: &Rc<World>,
    object: Option<usize>,
    number: &str,
    transaction_id: &str,
    amount: u64,
    wish: Value,
) {
    let mut wechat = world.wechat.borrow_mut();
    let refund_id = format!("5030000000020250101{:010}", wechat.refunds.len() + 1);
    let refund = Refund {
        object,
        transaction_id: transaction_id.to_owned(),
        amount,
        standing: Standing::Processing,
        wish,
        refund_id,
        made_s: world.now().0,
    };
    wechat.refunds.insert(number.to_owned(), refund);
    drop(wechat);
    world.mark("refunds");
    end_later(world, number);
}

/// Somebody at the merchant's own console gives back what is left of a payment, or part of it.
pub fn elsewhere(world: &Rc<World>) {
    let found = {
        let wechat = world.wechat.borrow();
        let left = |at: &usize| {
            let paid = &wechat.payments[*at];
            paid.total.saturating_sub(wechat.given_back(&paid.transaction_id))
        };
        let all: Vec<usize> = (0..wechat.payments.len()).filter(|at| left(at) > 0).collect();
        if all.is_empty() {
            return;
        }
        let at = *world.dice.one_of(&all);
        (wechat.payments[at].transaction_id.clone(), left(&at))
    };
    let (transaction_id, left) = found;
    let amount = if world.dice.one_in(2) { left } else { (left / 4).max(1) };
    let number = format!("CONSOLE-{}", world.wechat.borrow().refunds.len());
    enter(world, None, &number, &transaction_id, amount, Value::Null);
}

/// The banks take their time; then the platform tells how it ended.
fn end_later(world: &Rc<World>, number: &str) {
    let delay_ms =
        *world.dice.one_of(&[500, 5_000, 90_000, 3_600_000]) + world.dice.between(0, 999);
    let number = number.to_owned();
    world.after(delay_ms, "a refund ends", move |world| {
        let ends = [Standing::Success, Standing::Success, Standing::Closed, Standing::Abnormal];
        // In the end, everything works.
        let calm = world.weather.is_clear();
        let standing = if calm { Standing::Success } else { *world.dice.one_of(&ends) };
        let (object, plain) = {
            let mut wechat = world.wechat.borrow_mut();
            let refund = wechat.refunds.get_mut(&number).expect("a refund that was entered");
            if refund.standing != Standing::Processing {
                return;
            }
            refund.standing = standing;
            let object = refund.object;
            (object, told(&wechat, &number, world.now().0))
        };
        world.changed.set(true);
        let event = match standing {
            Standing::Closed => "REFUND.CLOSED",
            Standing::Abnormal => "REFUND.ABNORMAL",
            _ => "REFUND.SUCCESS",
        };
        // What others refund is told to us in part of the cases only (protocol reference B.5).
        if object.is_some() || world.dice.one_in(2) {
            mail::refund(world, event, &number, plain);
        }
        match (standing, object) {
            (Standing::Abnormal, Some(object)) => shop::stranded(world, object, &number),
            (Standing::Abnormal, None) => {
                let mut wechat = world.wechat.borrow_mut();
                wechat.refunds.get_mut(&number).expect("the same").standing = Standing::Success;
            }
            _ => {}
        }
    });
}

fn redirect(world: &Rc<World>, refund_id: &str) -> Answer {
    let number = {
        let mut wechat = world.wechat.borrow_mut();
        let found = wechat.refunds.iter_mut().find(|(_, one)| one.refund_id == refund_id);
        let Some((number, refund)) = found else {
            return says(404, error("RESOURCE_NOT_EXISTS"));
        };
        if refund.standing != Standing::Abnormal {
            return says(400, error("INVALID_REQUEST"));
        }
        refund.standing = Standing::Processing;
        number.clone()
    };
    world.mark("refunds redirected");
    end_later(world, &number);
    show(&world.wechat.borrow(), &number)
}

/// The refund object (protocol reference B.5).
fn show(wechat: &WeChat, number: &str) -> Answer {
    let Some(refund) = wechat.refunds.get(number) else {
        return says(404, error("RESOURCE_NOT_EXISTS"));
    };
    let (out_trade_no, total) = order_of(wechat, refund);
    let body = json!({
        "refund_id": refund.refund_id, "out_refund_no": number,
        "transaction_id": refund.transaction_id, "out_trade_no": out_trade_no,
        "channel": "ORIGINAL", "user_received_account": "支付用户零钱",
        "create_time": moment::written(refund.made_s), "status": refund.standing.word(),
        "amount": { "total": total, "refund": refund.amount, "currency": "CNY" },
    });
    says(200, body.to_string())
}

/// The same as it is notified, with its other names (protocol reference C.2).
fn told(wechat: &WeChat, number: &str, now_s: i64) -> String {
    let refund = &wechat.refunds[number];
    let (out_trade_no, total) = order_of(wechat, refund);
    let mut body = json!({
        "mchid": crate::keys::MCHID, "out_trade_no": out_trade_no,
        "transaction_id": refund.transaction_id, "out_refund_no": number,
        "refund_id": refund.refund_id, "refund_status": refund.standing.word(),
        "user_received_account": "支付用户零钱",
        "amount": { "total": total, "refund": refund.amount, "payer_total": total,
            "payer_refund": refund.amount },
    });
    if refund.standing == Standing::Success {
        body["success_time"] = json!(moment::written(now_s));
    }
    body.to_string()
}

fn order_of(wechat: &WeChat, refund: &Refund) -> (String, u64) {
    let paid = wechat.payments.iter().position(|it| it.transaction_id == refund.transaction_id);
    let at = paid.expect("a payment that is refunded");
    debug_assert!(wechat.orders.values().any(|order| order.state == State::Paid(at)));
    (wechat.payments[at].number.clone(), wechat.payments[at].total)
}
