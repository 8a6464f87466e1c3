//! The platform, spoken to by V2: the same orders and refunds, in XML, under a key that both sides
//! share (protocol reference D, G.11 to G.14).
//!
//! Nothing of `wechatpay::v2` is used here: what the Worker writes is read by a reader of this folder,
//! and what it reads was written by a writer of this folder.

pub mod orders;
pub mod refunds;
pub mod shared_key;
pub mod xml;

use std::rc::Rc;

use self::shared_key::{Method, agrees};
use self::xml::Message;
use super::wechat::Called;
use crate::keys::{APPID, MCHID, V2_KEYS};
use crate::world::World;

/// What the platform says to a call.
#[derive(Clone, Debug)]
pub struct Said {
    /// Without nonce and sign.
    pub message: Message,
    /// How it is signed, if it is: a message that was not taken is answered unsigned.
    pub method: Option<Method>,
}

impl Said {
    /// Whether it is a no that the same call will hear again.
    pub fn is_a_no(&self) -> bool {
        let passing = ["SYSTEMERROR", "FREQUENCY_LIMITED", "BIZERR_NEED_RETRY"];
        let refused = self.message.text("result_code") == "FAIL";
        self.method.is_none() || refused && !passing.contains(&self.message.text("err_code"))
    }
}

/// Takes a call.
pub fn take(world: &Rc<World>, call: &Called<'_>) -> Said {
    let Some(asked) = Message::read(&call.request.body) else {
        return not_taken("XML格式错误");
    };
    let Some(method) = Method::named(asked.text("sign_type")) else {
        return not_taken("sign_type参数不正确");
    };
    let key = V2_KEYS[world.keys.platform_knows.get()];
    let has_nonce = (1..=32).contains(&asked.text("nonce_str").len());
    if asked.text("appid") != APPID || asked.text("mch_id") != MCHID || !has_nonce {
        return not_taken("appid不存在");
    }
    if !agrees(&asked, key, method) {
        let has_a_code = world.manner.quirks.bad_sign_has_a_code;
        return if has_a_code { no("SIGNERROR", method) } else { not_taken("签名错误") };
    }
    world.changed.set(true);
    let message = match call.request.target.as_str() {
        "/pay/unifiedorder" => match call.object {
            Some(object) => orders::place(world, object, &asked, method),
            None => return not_taken("请求路径不正确"),
        },
        "/pay/orderquery" => orders::query(world, asked.text("out_trade_no")),
        "/pay/closeorder" => orders::close(world, asked.text("out_trade_no")),
        "/secapi/pay/refund" if !call.is_certified => return not_taken("证书校验失败"),
        "/secapi/pay/refund" => refunds::apply(world, call.object, &asked),
        "/pay/refundquery" => refunds::query(world, call.object, &asked),
        _ => return not_taken("请求路径不正确"),
    };
    Said { message, method: Some(method) }
}

/// The message was not taken: words, and no signature.
pub fn not_taken(words: &str) -> Said {
    let message = Message::of(&[("return_code", "FAIL"), ("return_msg", words)]);
    Said { message, method: None }
}

/// It was taken, and refused.
pub fn no(code: &str, method: Method) -> Said {
    Said { message: refusal(code), method: Some(method) }
}

/// What all answers begin with.
fn done() -> Message {
    Message::of(&[
        ("return_code", "SUCCESS"),
        ("return_msg", "OK"),
        ("appid", APPID),
        ("mch_id", MCHID),
        ("result_code", "SUCCESS"),
    ])
}

fn refusal(code: &str) -> Message {
    done().with("result_code", "FAIL").with("err_code", code).with("err_code_des", "no")
}

/// As it travels: with a nonce, and signed with `key`.
pub fn sealed(world: &World, message: Message, method: Method, key: &str) -> String {
    let mut message = message.with("nonce_str", format!("{:032X}", world.dice.draw()));
    if world.manner.quirks.names_the_method {
        let name = if method == Method::Md5 { "MD5" } else { "HMAC-SHA256" };
        message = message.with("sign_type", name);
    }
    shared_key::signed(message, key, method).written("xml")
}
