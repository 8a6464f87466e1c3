//! The same platform, spoken to by V2: the same orders, in XML, signed with a key that both sides
//! share. What is compared of an order that comes again is every parameter but the nonce and the
//! sign (protocol reference D.12).

use std::net::{IpAddr, Ipv4Addr};

use checkout::time::UnixSeconds;
use wechatpay::http::{Headers, Reply, Signed};
use wechatpay::v2::fields::Fields;
use wechatpay::v2::key::{ApiV2Keys, SignType};
use wechatpay::v2::sign::{sign, verify};
use wechatpay::v2::xml;

use super::{APPID, Fault, MCHID, Remote, Sent, State, WeChat};
use crate::ports::V2Means;

/// The key from the start, and the one that may take its place.
pub(in crate::desk::tests) const OLD_KEY: &str = "Abcdefghijklmnopqrstuvwxyz012345";
pub(in crate::desk::tests) const NEW_KEY: &str = "abcdefghijklmnopqrstuvwxyz012345";

/// What the platform believes and signs with.
pub(in crate::desk::tests) struct SharedKey(pub(in crate::desk::tests) &'static str);

impl Default for SharedKey {
    fn default() -> Self {
        Self(OLD_KEY)
    }
}

impl SharedKey {
    fn keys(&self) -> ApiV2Keys {
        ApiV2Keys::parse(self.0).unwrap()
    }
}

pub(super) fn means(keys: &str) -> V2Means {
    V2Means {
        keys: ApiV2Keys::parse(keys).unwrap(),
        sign_type: SignType::HmacSha256,
        spbill_create_ip: IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7)),
        notify_url: "https://pay.example.com/wechatpay/v2/notify/transactions".to_owned(),
        refund_notify_url: "https://pay.example.com/wechatpay/v2/notify/refunds".to_owned(),
    }
}

/// What makes an order the same order.
pub(in crate::desk::tests) fn parameters(body: &[u8]) -> Vec<(String, String)> {
    let fields = xml::read(body).unwrap();
    let fresh = ["nonce_str", "sign", "sign_type"];
    let same = fields.iter().filter(|(name, _)| !fresh.contains(name));
    same.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

impl WeChat {
    pub(super) fn reply_v2(
        &mut self,
        fault: &Fault,
        signed: &Signed,
        now: UnixSeconds,
    ) -> Option<Reply> {
        let (verb, path) = (verb(&signed.request().target), signed.request().target.clone());
        assert_eq!(signed.needs_certificate(), verb == "refund", "{verb}");
        let body = signed.request().body.clone();
        self.sent.push(Sent { verb, body: body.clone(), serial: None });
        let told = match *fault {
            Fault::RequestLost => return None,
            Fault::Resting(seconds) => return Some(resting(seconds)),
            Fault::Busy => refusal("FREQUENCY_LIMITED"),
            Fault::Refuse(_, code) => refusal(code),
            Fault::HungUp(_, code) => {
                self.act_v2(verb, &body);
                refusal(code)
            }
            Fault::Astray(_, code) => {
                self.on_its_way.push((verb, path, body));
                refusal(code)
            }
            _ if !self.believes(&body) => {
                return Some(reply(200, &not_taken("签名错误")));
            }
            _ => self.act_v2(verb, &body),
        };
        match fault {
            Fault::ReplyLost => None,
            Fault::DoneBut500 => Some(reply(500, &not_taken("系统繁忙"))),
            Fault::Unsigned => Some(reply(200, &told)),
            Fault::Probe => Some(reply(200, &with(&told, "sign", "0".repeat(64)))),
            _ => Some(reply(200, &self.signed(told, now))),
        }
    }

    /// Whether a call is signed with the key that is shared now, and says how.
    fn believes(&self, body: &[u8]) -> bool {
        let fields = xml::read(body).unwrap();
        assert!(fields.get("nonce_str").is_some() && fields.get("sign_type").is_some());
        verify(fields, &self.v2_key.keys(), SignType::Md5).is_ok()
    }

    /// Signed by the call's method, which an answer does not repeat (protocol reference D.2).
    fn signed(&self, told: Fields, now: UnixSeconds) -> Fields {
        let told = with(&told, "nonce_str", format!("n0nce{}", now.0));
        let sum = sign(&told, self.v2_key.keys().first(), SignType::HmacSha256);
        with(&told, "sign", sum)
    }

    pub(super) fn act_v2(&mut self, verb: &str, body: &[u8]) -> Fields {
        let asked = xml::read(body).unwrap();
        let named = [("appid", APPID), ("mch_id", MCHID)];
        assert!(named.iter().all(|(name, ours)| asked.get(name) == Some(*ours)));
        if matches!(verb, "refund" | "ask") {
            return self.refund_call_v2(verb, &asked, body);
        }
        let number = asked.get("out_trade_no").unwrap().to_owned();
        match verb {
            "place" => self.place_v2(&number, body),
            "query" => self.query_v2(&number),
            _ => self.close_v2(&number),
        }
    }

    fn place_v2(&mut self, number: &str, body: &[u8]) -> Fields {
        let fresh = || Remote { body: body.to_owned(), state: State::NotPay, codes: 0 };
        let remote = self.orders.entry(number.to_owned()).or_insert_with(fresh);
        if parameters(&remote.body) != parameters(body) {
            return refusal("INVALID_REQUEST");
        }
        match remote.state {
            State::NotPay => {
                remote.codes += 1;
                let code_url = format!("weixin://wxpay/bizpayurl?pr=code{}", remote.codes);
                let prepay_id = format!("wx01105320prepay{}", remote.codes);
                let told = done(&[("trade_type", "NATIVE"), ("code_url", &code_url)]);
                with(&told, "prepay_id", prepay_id)
            }
            State::Paid { .. } => refusal("ORDERPAID"),
            State::Closed => refusal("ORDERCLOSED"),
        }
    }

    fn query_v2(&self, number: &str) -> Fields {
        let Some(remote) = self.orders.get(number) else { return refusal("ORDERNOTEXIST") };
        let told = done(&[("out_trade_no", number)]);
        match &remote.state {
            State::NotPay => with(&told, "trade_state", "NOTPAY"),
            State::Closed => with(&told, "trade_state", "CLOSED"),
            State::Paid { transaction_id } => [
                ("trade_state", "SUCCESS"),
                ("trade_type", "NATIVE"),
                ("transaction_id", transaction_id),
                ("total_fee", "8800"),
                ("fee_type", "CNY"),
            ]
            .iter()
            .fold(told, |told, (name, value)| with(&told, name, *value)),
        }
    }

    fn close_v2(&mut self, number: &str) -> Fields {
        match self.orders.get_mut(number) {
            Some(Remote { state: State::Paid { .. }, .. }) => refusal("ORDERPAID"),
            Some(Remote { state: State::Closed, .. }) => refusal("ORDERCLOSED"),
            Some(remote) => {
                remote.state = State::Closed;
                done(&[])
            }
            // Newer pages have no code for it, as APIv3 has none (protocol reference D.12).
            None => done(&[]),
        }
    }
}

fn verb(target: &str) -> &'static str {
    match target {
        "/pay/unifiedorder" => "place",
        "/pay/orderquery" => "query",
        "/pay/closeorder" => "close",
        "/secapi/pay/refund" => "refund",
        "/pay/refundquery" => "ask",
        other => panic!("{other}"),
    }
}

pub(super) fn done(more: &[(&str, &str)]) -> Fields {
    let head = [("return_code", "SUCCESS"), ("return_msg", "OK"), ("result_code", "SUCCESS")];
    let named = [("appid", APPID), ("mch_id", MCHID)];
    head.iter().chain(&named).chain(more).copied().collect()
}

pub(super) fn refusal(code: &str) -> Fields {
    let told = with(&done(&[]), "result_code", "FAIL");
    with(&with(&told, "err_code", code), "err_code_des", "no")
}

fn not_taken(words: &str) -> Fields {
    [("return_code", "FAIL"), ("return_msg", words)].into_iter().collect()
}

fn with(told: &Fields, name: &str, value: impl Into<String>) -> Fields {
    let mut told = told.clone();
    told.push(name, value);
    told
}

fn reply(status: u16, told: &Fields) -> Reply {
    Reply { status, headers: Headers::default(), body: xml::write(told) }
}

fn resting(seconds: u32) -> Reply {
    let header = ("Retry-After".to_owned(), seconds.to_string());
    Reply { status: 503, headers: [header].into_iter().collect(), body: Vec::new() }
}
