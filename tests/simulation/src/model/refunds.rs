//! The platform's refunds: one number is one refund, no more than was paid goes back, and two of one
//! payment stay a minute apart (protocol reference B.5 to B.7).

use std::rc::Rc;

use serde_json::{Value, json};
use wechatpay::http::Method;

use super::order::State;
use super::seal::{Answer, error, says};
use super::wechat::WeChat;
use super::{mail, moment, shop, v2};
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
    /// The platform's number of it.
    pub refund_id: String,
    /// Somebody has seen to it at the merchant's console.
    pub seen_to: bool,
    /// It was applied for by V2.
    pub by_v2: bool,
    parameters: Value,
    made_s: i64,
}

/// A refund as it is asked for, in either API.
pub struct Wish {
    /// The merchant's number of it.
    pub number: String,
    /// The payment.
    pub transaction_id: String,
    /// In fen.
    pub amount: u64,
    /// What was paid, in fen.
    pub total: u64,
    /// Whether V2 is spoken.
    pub by_v2: bool,
    /// Every parameter.
    pub parameters: Value,
}

/// Takes a call about a refund; `rest` is what follows the common path.
pub fn take(
    world: &Rc<World>,
    object: Option<usize>,
    method: Method,
    rest: &str,
    body: &[u8],
) -> Answer {
    match (method, rest) {
        (Method::Post, "") => {
            let Some(wish) = wish(body) else { return says(400, error("PARAM_ERROR")) };
            let number = wish.number.clone();
            match apply(world, object, wish) {
                Ok(()) => show(&world.wechat.borrow(), &number),
                Err((status, code)) => says(status, error(code)),
            }
        }
        (Method::Post, _) if rest.ends_with("/apply-abnormal-refund") => {
            let refund_id = rest.trim_start_matches('/').split('/').next().unwrap_or_default();
            redirect(world, refund_id)
        }
        (Method::Get, _) => {
            let number = rest.trim_start_matches('/');
            in_its_own_api(world, object, number, false);
            show(&world.wechat.borrow(), number)
        }
        _ => Answer { status: 404, body: String::new(), signed: false },
    }
}

/// What the body of an application by APIv3 asks for.
fn wish(body: &[u8]) -> Option<Wish> {
    let parameters: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |name: &str| parameters[name].as_str().map(str::to_owned);
    Some(Wish {
        number: text("out_refund_no")?,
        transaction_id: text("transaction_id")?,
        amount: parameters["amount"]["refund"].as_u64().filter(|amount| *amount > 0)?,
        total: parameters["amount"]["total"].as_u64().unwrap_or(0),
        by_v2: false,
        parameters,
    })
}

/// Enters a refund, or the same one again.
pub fn apply(
    world: &Rc<World>,
    object: Option<usize>,
    wish: Wish,
) -> Result<(), (u16, &'static str)> {
    in_its_own_api(world, object, &wish.number, wish.by_v2);
    if let Some(known) = world.wechat.borrow().refunds.get(&wish.number) {
        let same = known.parameters == wish.parameters;
        return if same { Ok(()) } else { Err((400, "INVALID_REQUEST")) };
    }
    let refusal = world.wechat.borrow().objection(&wish, world.now().0);
    if let Some(refusal) = refusal {
        return Err(refusal);
    }
    if world.strikes(Fault::NotEnough) {
        return Err((403, "NOT_ENOUGH"));
    }
    enter(world, object, wish);
    Ok(())
}

impl WeChat {
    fn objection(&self, wish: &Wish, now_s: i64) -> Option<(u16, &'static str)> {
        let Wish { transaction_id, amount, total, .. } = wish;
        let paid = self.payments.iter().find(|paid| paid.transaction_id == *transaction_id);
        let Some(paid) = paid else { return Some((404, "RESOURCE_NOT_EXISTS")) };
        if *total != paid.total {
            return Some((400, "PARAM_ERROR"));
        }
        if self.given_back(transaction_id) + amount > paid.total {
            return Some((400, "INVALID_REQUEST"));
        }
        let of_it = self.refunds.values().filter(|one| one.transaction_id == *transaction_id);
        let last_s = of_it.map(|one| one.made_s).max();
        last_s.is_some_and(|last_s| now_s - last_s < 60).then_some((429, "FREQUENCY_LIMITED"))
    }

    /// What has gone back of a payment, or is on its way, in fen.
    pub fn given_back(&self, transaction_id: &str) -> u64 {
        let of_it = self.refunds.values().filter(|one| one.transaction_id == transaction_id);
        of_it.filter(|one| one.standing != Standing::Closed).map(|one| one.amount).sum()
    }
}

/// Whoever was asked to give money back is asked what became of it; the door alone asks both.
pub fn in_its_own_api(world: &World, object: Option<usize>, number: &str, by_v2: bool) {
    let wechat = world.wechat.borrow();
    let known = wechat.refunds.get(number).filter(|_| object.is_some());
    if known.is_some_and(|known| known.by_v2 != by_v2) {
        let found = || format!("{number} is called by the other API");
        world.breach("one_order_is_in_one_api", found);
    }
}

fn enter(world: &Rc<World>, object: Option<usize>, wish: Wish) {
    let Wish { number, transaction_id, amount, by_v2, parameters, .. } = wish;
    let mut wechat = world.wechat.borrow_mut();
    let refund_id = format!("5030000000020250101{:010}", wechat.refunds.len() + 1);
    let refund = Refund {
        object,
        transaction_id,
        amount,
        standing: Standing::Processing,
        refund_id,
        seen_to: false,
        by_v2,
        parameters,
        made_s: world.now().0,
    };
    wechat.refunds.insert(number.clone(), refund);
    drop(wechat);
    world.mark(if by_v2 { "v2: refunds" } else { "refunds" });
    end_later(world, &number);
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
    // Where the merchant has a V2 key, the console tells of it by V2 (protocol reference B.5).
    let by_v2 = world.manner.has_v2;
    let parameters = Value::Null;
    enter(world, None, Wish { number, transaction_id, amount, total: 0, by_v2, parameters });
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
        let (object, by_v2) = {
            let mut wechat = world.wechat.borrow_mut();
            let refund = wechat.refunds.get_mut(&number).expect("a refund that was entered");
            if refund.standing != Standing::Processing {
                return;
            }
            refund.standing = standing;
            (refund.object, refund.by_v2)
        };
        world.changed.set(true);
        // What others refund is told to us in part of the cases only (protocol reference B.5).
        if object.is_some() || world.dice.one_in(2) {
            tell(world, &number, standing);
        }
        match (standing, object) {
            (Standing::Abnormal, Some(object)) => {
                shop::stranded(world, object, &number);
                if by_v2 {
                    see_to(world, &number);
                }
            }
            (Standing::Abnormal, None) => {
                let mut wechat = world.wechat.borrow_mut();
                wechat.refunds.get_mut(&number).expect("the same").standing = Standing::Success;
            }
            _ => {}
        }
    });
}

/// In the words of the API that it was applied for by.
fn tell(world: &Rc<World>, number: &str, standing: Standing) {
    let now_s = world.now().0;
    let wechat = world.wechat.borrow();
    if wechat.refunds[number].by_v2 {
        let told = v2::refunds::told(&wechat, number, now_s);
        drop(wechat);
        mail::refund_by_v2(world, number, told);
        return;
    }
    let plain = told(&wechat, number, now_s);
    drop(wechat);
    let event = match standing {
        Standing::Closed => "REFUND.CLOSED",
        Standing::Abnormal => "REFUND.ABNORMAL",
        _ => "REFUND.SUCCESS",
    };
    mail::refund(world, event, number, plain);
}

/// V2 has no other way for a refund that could not reach the payer; the console has.
fn see_to(world: &Rc<World>, number: &str) {
    if !world.dice.one_in(2) {
        return;
    }
    let (delay_ms, number) = (world.dice.between(60_000, 40_000_000), number.to_owned());
    world.after(delay_ms, "somebody sees to a refund at the console", move |world| {
        if let Some(refund) = world.wechat.borrow_mut().refunds.get_mut(&number) {
            refund.standing = Standing::Processing;
            refund.seen_to = true;
        }
        world.mark("v2: refunds seen to at the console");
        end_later(world, &number);
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

/// The order of a refund, and what was paid for it.
pub fn order_of(wechat: &WeChat, refund: &Refund) -> (String, u64) {
    let paid = wechat.payments.iter().position(|it| it.transaction_id == refund.transaction_id);
    let at = paid.expect("a payment that is refunded");
    debug_assert!(wechat.orders.values().any(|order| order.state == State::Paid(at)));
    (wechat.payments[at].number.clone(), wechat.payments[at].total)
}
