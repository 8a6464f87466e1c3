//! Refunds over V2 (protocol reference D.6, D.8): one number is one refund, in whichever API it was
//! applied for.

use std::rc::Rc;

use serde_json::Value;

use super::orders::FRESH;
use super::shared_key::{self};
use super::xml::Message;
use super::{done, refusal};
use crate::keys::V2_KEYS;
use crate::model::moment;
use crate::model::refunds::{self, Refund, Standing, Wish};
use crate::model::wechat::WeChat;
use crate::world::World;

/// Money is to go back.
pub fn apply(world: &Rc<World>, object: Option<usize>, asked: &Message) -> Message {
    let mut parameters = Value::default();
    for (name, value) in asked.fields().filter(|(name, _)| !FRESH.contains(name)) {
        parameters[name] = Value::from(value);
    }
    let (Some(amount), Some(total)) = (asked.number("refund_fee"), asked.number("total_fee"))
    else {
        return refusal("PARAM_ERROR");
    };
    let wish = Wish {
        number: asked.text("out_refund_no").to_owned(),
        transaction_id: asked.text("transaction_id").to_owned(),
        amount,
        total,
        by_v2: true,
        parameters,
    };
    let number = wish.number.clone();
    match refunds::apply(world, object, wish) {
        Ok(()) => accepted(&world.wechat.borrow(), &number),
        Err((_, code)) => refusal(match code {
            "NOT_ENOUGH" => "NOTENOUGH",
            "RESOURCE_NOT_EXISTS" => "ORDERNOTEXIST",
            "INVALID_REQUEST" => "ERROR",
            code => code,
        }),
    }
}

/// How does it stand?
pub fn query(world: &Rc<World>, object: Option<usize>, asked: &Message) -> Message {
    let number = asked.text("out_refund_no");
    refunds::in_its_own_api(world, object, number, true);
    let wechat = world.wechat.borrow();
    let Some(refund) = wechat.refunds.get(number) else { return refusal("REFUNDNOTEXIST") };
    let mut message = about(&wechat, refund)
        .with("refund_count", "1")
        .with("out_refund_no_0", number)
        .with("refund_id_0", &refund.refund_id)
        .with("refund_channel_0", "ORIGINAL")
        .with("refund_fee_0", refund.amount.to_string())
        .with("refund_status_0", word(refund.standing))
        .with("refund_recv_accout_0", "支付用户零钱");
    if refund.standing == Standing::Success {
        message = message.with("refund_success_time_0", moment::spaced(world.now().0));
    }
    message
}

/// It names no state: that it was accepted is all that it says.
fn accepted(wechat: &WeChat, number: &str) -> Message {
    let refund = &wechat.refunds[number];
    about(wechat, refund)
        .with("out_refund_no", number)
        .with("refund_id", &refund.refund_id)
        .with("refund_fee", refund.amount.to_string())
}

fn about(wechat: &WeChat, refund: &Refund) -> Message {
    let (out_trade_no, total) = refunds::order_of(wechat, refund);
    done()
        .with("transaction_id", &refund.transaction_id)
        .with("out_trade_no", out_trade_no)
        .with("total_fee", total.to_string())
        .with("fee_type", "CNY")
        .with("cash_fee", total.to_string())
}

const fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Processing => "PROCESSING",
        Standing::Success => "SUCCESS",
        Standing::Closed => "REFUNDCLOSE",
        Standing::Abnormal => "CHANGE",
    }
}

/// What is sealed into a notification about it.
pub fn told(wechat: &WeChat, number: &str, now_s: i64) -> Message {
    let refund = &wechat.refunds[number];
    let (out_trade_no, total) = refunds::order_of(wechat, refund);
    let message = Message::of(&[("out_refund_no", number), ("out_trade_no", &out_trade_no)])
        .with("refund_account", "REFUND_SOURCE_RECHARGE_FUNDS")
        .with("refund_fee", refund.amount.to_string())
        .with("refund_id", &refund.refund_id)
        .with("refund_recv_accout", "支付用户零钱")
        .with(
            "refund_request_source",
            if refund.object.is_some() { "API" } else { "VENDOR_PLATFORM" },
        )
        .with("refund_status", word(refund.standing))
        .with("total_fee", total.to_string())
        .with("transaction_id", &refund.transaction_id);
    if refund.standing == Standing::Success {
        return message.with("success_time", moment::spaced(now_s));
    }
    message
}

/// As it travels: sealed, and not signed.
pub fn letter(world: &World, told: &Message) -> Vec<u8> {
    letter_under(world, told, V2_KEYS[world.keys.platform_knows.get()])
}

/// The same by whoever has `key`.
pub fn letter_under(world: &World, told: &Message, key: &str) -> Vec<u8> {
    Message::of(&[("return_code", "SUCCESS")])
        .with("appid", crate::keys::APPID)
        .with("mch_id", crate::keys::MCHID)
        .with("nonce_str", format!("{:032X}", world.dice.draw()))
        .with("req_info", shared_key::sealed(told, key))
        .written("xml")
        .into_bytes()
}
