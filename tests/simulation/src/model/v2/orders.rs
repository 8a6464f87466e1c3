//! Orders over V2 (protocol reference D.3 to D.5, D.7).

use std::rc::Rc;

use serde_json::Value;

use super::shared_key::Method;
use super::xml::Message;
use super::{done, refusal};
use crate::model::moment;
use crate::model::order::{NotPlaced, Order, State, Wanted};
use crate::model::wechat::{Payment, WeChat};
use crate::weather::Fault;
use crate::world::World;

/// What makes a call another call of the same order.
pub const FRESH: &[&str] = &["nonce_str", "sign"];

/// An order is placed, or placed again.
pub fn place(world: &World, object: usize, asked: &Message, method: Method) -> Message {
    let Some(wanted) = wanted(asked, method) else { return refusal("LACK_PARAMS") };
    let mut wechat = world.wechat.borrow_mut();
    let refused = match wechat.enter(object, wanted, world.now().0) {
        Ok(order) => {
            return done()
                .with("trade_type", "NATIVE")
                .with("prepay_id", &order.prepay_id)
                .with("code_url", &order.code.0);
        }
        Err(NotPlaced::Past | NotPlaced::Different) => "INVALID_REQUEST",
        Err(NotPlaced::Paid) => "ORDERPAID",
        Err(NotPlaced::Closed) => "ORDERCLOSED",
    };
    refusal(refused)
}

fn wanted(asked: &Message, method: Method) -> Option<Wanted> {
    let required = ["body", "spbill_create_ip", "notify_url", "product_id"];
    let is_whole = required.iter().all(|name| !asked.text(name).is_empty());
    let short = [("body", 127), ("product_id", 32), ("notify_url", 256), ("attach", 127)];
    let fits = short.iter().all(|(name, bytes_max)| asked.text(name).len() <= *bytes_max);
    let number = asked.text("out_trade_no");
    if !is_whole || !fits || asked.text("trade_type") != "NATIVE" || !number_fits(number) {
        return None;
    }
    let mut parameters = Value::default();
    for (name, value) in asked.fields().filter(|(name, _)| !FRESH.contains(name)) {
        parameters[name] = Value::from(value);
    }
    Some(Wanted {
        number: number.to_owned(),
        total: asked.number("total_fee").filter(|total| *total > 0)?,
        // A wrong format has silently no effect.
        time_expire: moment::of_digits(asked.text("time_expire")),
        payee: [asked.text("mch_id").to_owned(), asked.text("appid").to_owned()],
        method: Some(method),
        parameters,
    })
}

fn number_fits(number: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"_-|*".contains(&byte);
    (6..=32).contains(&number.len()) && number.bytes().all(is_letter)
}

/// How does it stand?
pub fn query(world: &Rc<World>, number: &str) -> Message {
    let mut wechat = world.wechat.borrow_mut();
    let Some(order) = wechat.orders.get(number) else { return refusal("ORDERNOTEXIST") };
    in_its_own_api(world, order, true);
    let standing = match order.state_at(world.now().0) {
        State::Paid(payment) => {
            let is_refunded = wechat.is_refunded(payment);
            if is_refunded && world.manner.quirks.refunded_is_bare {
                world.mark("v2: refunded orders shown without their payment");
                bare(number, "REFUND")
            } else {
                let state = if is_refunded { "REFUND" } else { "SUCCESS" };
                paid(&mut wechat, payment, done()).with("trade_state", state)
            }
        }
        State::NotPay if order.holder.is_some() => {
            bare(number, world.dice.word(&["USERPAYING", "NOTPAY", "PAYERROR"]))
        }
        State::NotPay => bare(number, "NOTPAY"),
        State::Closed => bare(number, world.dice.word(&["CLOSED", "REVOKED"])),
    };
    drop(wechat);
    if world.strikes(Fault::UnknownState) {
        return bare(number, "PREAUTHORISED");
    }
    standing
}

/// An order is asked about and closed in the API that it was placed by.
pub fn in_its_own_api(world: &World, order: &Order, by_v2: bool) {
    if order.wanted.method.is_some() != by_v2 {
        let found = || format!("{} is called by the other API", order.wanted.number);
        world.breach("one_order_is_in_one_api", found);
    }
}

/// What is promised of an order that nobody has paid.
fn bare(number: &str, state: &str) -> Message {
    done().with("out_trade_no", number).with("trade_state", state).with("trade_state_desc", "no")
}

/// A payment as it is shown and told. Somebody is about to hear of it.
pub fn paid(wechat: &mut WeChat, payment: usize, head: Message) -> Message {
    let Payment { transaction_id, number, total, terms, at_s, told, .. } =
        &mut wechat.payments[payment];
    *told = true;
    let [currency, mchid, appid] = &*terms;
    head.with("appid", appid)
        .with("mch_id", mchid)
        .with("openid", "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o")
        .with("is_subscribe", "N")
        .with("trade_type", "NATIVE")
        .with("bank_type", "OTHERS")
        .with("total_fee", total.to_string())
        .with("fee_type", currency)
        .with("cash_fee", total.to_string())
        .with("transaction_id", &*transaction_id)
        .with("out_trade_no", &*number)
        .with("attach", "")
        .with("time_end", moment::digits(*at_s))
}

/// A payment as it is notified (protocol reference G.13).
pub fn told(wechat: &mut WeChat, payment: usize) -> Message {
    let head = Message::of(&[("result_code", "SUCCESS"), ("return_code", "SUCCESS")]);
    paid(wechat, payment, head)
}

/// Nobody shall pay it any more.
pub fn close(world: &Rc<World>, number: &str) -> Message {
    if world.strikes(Fault::UserPaying) {
        return refusal(world.dice.word(&["TRADE_STATE_ERROR", "SYSTEMERROR"]));
    }
    let quirks = &world.manner.quirks;
    let mut wechat = world.wechat.borrow_mut();
    if let Some(order) = wechat.orders.get(number) {
        in_its_own_api(world, order, true);
    }
    match wechat.orders.get_mut(number) {
        Some(order) => match order.state_at(world.now().0) {
            State::Paid(_) => refusal("ORDERPAID"),
            State::Closed if quirks.closed_twice_is_refused => refusal("ORDERCLOSED"),
            State::NotPay
                if quirks.early_close_is_refused && world.now().0 < order.created_s + 300 =>
            {
                refusal("TRADE_STATE_ERROR")
            }
            State::NotPay | State::Closed => {
                order.state = State::Closed;
                done()
            }
        },
        None if quirks.unknown_closes_with_a_no => refusal("ORDERNOTEXIST"),
        None => done(),
    }
}
