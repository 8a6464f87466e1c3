//! A platform of a few lines: it knows orders, signs what it says, and misbehaves when told to.

mod refunds;
pub(super) mod v2;
mod v2_refunds;

use std::collections::{BTreeMap, VecDeque};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use checkout::id::{OutTradeNo, ProfileName};
use checkout::payee::Payee;
use checkout::report::{Receipt, Report};
use checkout::time::UnixSeconds;
use sha2::{Digest, Sha256};
use wechatpay::crypto::{CryptoFailure, Rsa};
use wechatpay::http::{Reply, Signed};
use wechatpay::v3::message::reply_message;
use wechatpay::v3::verify::PlatformKeys;

pub(super) use self::refunds::RemoteRefunds;
use self::refunds::TOTAL;
use crate::ports::{Delivery, Merchant, V3Means};

/// Keyed hashes in place of RSA: the desk does not look inside.
#[derive(Clone, Copy)]
pub(super) struct Toy;

impl Rsa for Toy {
    type PrivateKey = &'static str;
    type PublicKey = &'static str;

    async fn sign(&self, key: &&'static str, message: &[u8]) -> Result<Vec<u8>, CryptoFailure> {
        Ok(stamp(key, message))
    }

    async fn verify(
        &self,
        key: &&'static str,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, CryptoFailure> {
        Ok(stamp(key, message) == signature)
    }

    async fn import(&self, _spki_der: &[u8]) -> Result<&'static str, CryptoFailure> {
        Err(CryptoFailure::Import)
    }
}

fn stamp(key: &str, message: &[u8]) -> Vec<u8> {
    Sha256::new().chain_update(key).chain_update(message).finalize().to_vec()
}

const MCHID: &str = "1900000001";
const APPID: &str = "wxd678efh567hg6787";
const PLATFORM_KEY: &str = "PUB_KEY_ID_0119000000012025010100000000000000";

/// Who we are: by APIv3, by V2 with these keys, or by both.
pub(super) fn merchant(v3: bool, v2: Option<&str>) -> Merchant<Toy> {
    Merchant {
        profile: ProfileName::default(),
        mchid: MCHID.to_owned(),
        v3: v3.then(v3_means),
        v2: v2.map(v2::means),
    }
}

fn v3_means() -> V3Means<Toy> {
    let mut platform_keys = PlatformKeys::new();
    platform_keys.insert(PLATFORM_KEY, "platform");
    V3Means {
        rsa: Toy,
        serial_no: "7775B6A45ACD588826D15E583A95F5DD".to_owned(),
        private_key: "merchant",
        platform_keys,
        platform_serial: Some(PLATFORM_KEY.to_owned()),
        notify_url: "https://pay.example.com/wechatpay/v3/notify/transactions".to_owned(),
        refund_notify_url: "https://pay.example.com/wechatpay/v3/notify/refunds".to_owned(),
    }
}

/// What goes wrong with one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nothing.
    None,
    /// It never arrives.
    RequestLost,
    /// It takes effect, and the answer is lost.
    ReplyLost,
    /// It takes effect, and the answer is 500.
    DoneBut500,
    /// It takes effect, and the answer is not signed.
    Unsigned,
    /// It takes effect, and the answer carries a signature probe.
    Probe,
    /// 429, without effect.
    Busy,
    /// 503, without effect, and a wish to be left alone for so many seconds.
    Resting(u32),
    /// A refusal with this status and code, without effect.
    Refuse(u16, &'static str),
    /// The first site does it and hangs up; the other one refuses, like `Refuse`.
    HungUp(u16, &'static str),
    /// The same, but the call is still on its way to the first site: see [`WeChat::arrive`].
    Astray(u16, &'static str),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    NotPay,
    Paid { transaction_id: String },
    Closed,
}

#[derive(Clone, Debug)]
pub(super) struct Remote {
    pub(super) body: Vec<u8>,
    pub(super) state: State,
    codes: u32,
}

/// One call, as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sent {
    pub(super) verb: &'static str,
    pub(super) body: Vec<u8>,
    pub(super) serial: Option<String>,
}

#[derive(Default)]
pub(super) struct WeChat {
    pub(super) orders: BTreeMap<String, Remote>,
    pub(super) faults: VecDeque<Fault>,
    pub(super) sent: Vec<Sent>,
    pub(super) refunds: RemoteRefunds,
    /// The key that is shared with the merchant.
    pub(super) v2_key: v2::SharedKey,
    on_its_way: Vec<(&'static str, String, Vec<u8>)>,
    payments: u32,
}

impl WeChat {
    pub(super) fn verbs(&self) -> Vec<&'static str> {
        self.sent.iter().map(|sent| sent.verb).collect()
    }

    /// The shopper pays `number`; nothing is notified.
    #[track_caller]
    pub(super) fn pay(&mut self, number: &OutTradeNo) -> Receipt {
        self.payments += 1;
        let transaction_id = format!("42000000012025010100000000{:02}", self.payments);
        let remote = self.orders.get_mut(number.as_str()).expect("an order to pay");
        assert_eq!(remote.state, State::NotPay);
        remote.state = State::Paid { transaction_id: transaction_id.clone() };
        receipt(number, &transaction_id)
    }

    /// What went astray comes in after all.
    pub(super) fn arrive(&mut self, now: UnixSeconds) {
        for (verb, path, body) in std::mem::take(&mut self.on_its_way) {
            if is_v2(&path) {
                self.act_v2(verb, &body);
            } else {
                self.act(verb, &path, &body, now);
            }
        }
    }

    /// Takes a call; `None` when no answer reaches the caller.
    pub(super) fn answer(&mut self, signed: &Signed, now: UnixSeconds) -> Option<Delivery> {
        let fault = self.faults.pop_front().unwrap_or(Fault::None);
        let astray = matches!(fault, Fault::HungUp(..) | Fault::Astray(..));
        let reply = self.reply(fault, signed, now)?;
        Some(Delivery { reply, astray })
    }

    fn reply(&mut self, fault: Fault, signed: &Signed, now: UnixSeconds) -> Option<Reply> {
        if is_v2(&signed.request().target) {
            return self.reply_v2(&fault, signed, now);
        }
        let (verb, path) = route(signed);
        let body = signed.request().body.clone();
        let serial = signed.headers().iter().find(|(name, _)| *name == "Wechatpay-Serial");
        let serial = serial.map(|(_, serial)| serial.clone());
        self.sent.push(Sent { verb, body: body.clone(), serial });
        let (status, body) = match fault {
            Fault::RequestLost => return None,
            Fault::Busy => (429, error("FREQUENCY_LIMITED")),
            Fault::Resting(_) => (503, error("SERVICE_UNAVAILABLE")),
            Fault::Refuse(status, code) => (status, error(code)),
            Fault::HungUp(status, code) => {
                self.act(verb, &path, &body, now);
                (status, error(code))
            }
            Fault::Astray(status, code) => {
                self.on_its_way.push((verb, path, body));
                (status, error(code))
            }
            _ => self.act(verb, &path, &body, now),
        };
        match fault {
            Fault::ReplyLost => None,
            Fault::DoneBut500 => Some(reply(500, error("SYSTEM_ERROR"), now)),
            Fault::Unsigned => {
                Some(Reply { headers: std::iter::empty().collect(), ..reply(status, body, now) })
            }
            Fault::Probe => Some(probe(status, body, now)),
            Fault::Resting(seconds) => {
                let header = ("Retry-After".to_owned(), seconds.to_string());
                Some(Reply { status, headers: [header].into_iter().collect(), body: body.into() })
            }
            _ => Some(reply(status, body, now)),
        }
    }

    fn act(&mut self, verb: &str, path: &str, body: &[u8], now: UnixSeconds) -> (u16, String) {
        match verb {
            "place" => self.place(body),
            "close" => self.close(number(path.trim_end_matches("/close"))),
            "query" => self.query(number(path)),
            _ => self.refund_call(verb, path, body, now),
        }
    }

    fn place(&mut self, body: &[u8]) -> (u16, String) {
        let order: serde_json::Value = serde_json::from_slice(body).unwrap();
        let number = order["out_trade_no"].as_str().unwrap().to_owned();
        let fresh = || Remote { body: body.to_owned(), state: State::NotPay, codes: 0 };
        let remote = self.orders.entry(number).or_insert_with(fresh);
        if remote.body != body {
            return (400, error("INVALID_REQUEST"));
        }
        match remote.state {
            State::NotPay => {
                remote.codes += 1;
                let code_url = format!("weixin://wxpay/bizpayurl?pr=code{}", remote.codes);
                (200, format!(r#"{{"code_url":"{code_url}"}}"#))
            }
            State::Paid { .. } => (400, error("ORDER_PAID")),
            State::Closed => (400, error("ORDER_CLOSED")),
        }
    }

    fn query(&self, number: &str) -> (u16, String) {
        let Some(remote) = self.orders.get(number) else {
            return (404, error("ORDER_NOT_EXIST"));
        };
        let head = format!(r#""appid":"{APPID}","mchid":"{MCHID}","out_trade_no":"{number}""#);
        match &remote.state {
            State::NotPay => (200, format!(r#"{{{head},"trade_state":"NOTPAY"}}"#)),
            State::Closed => (200, format!(r#"{{{head},"trade_state":"CLOSED"}}"#)),
            State::Paid { transaction_id } => {
                let rest = r#""trade_state":"SUCCESS","trade_type":"NATIVE","amount":{"total":8800,"currency":"CNY"}"#;
                (200, format!(r#"{{{head},"transaction_id":"{transaction_id}",{rest}}}"#))
            }
        }
    }

    fn close(&mut self, number: &str) -> (u16, String) {
        match self.orders.get_mut(number) {
            Some(Remote { state: State::Paid { .. }, .. }) => (400, error("ORDER_PAID")),
            Some(remote) => {
                remote.state = State::Closed;
                (204, String::new())
            }
            None => (204, String::new()),
        }
    }
}

/// What the platform would report about a payment of 88 yuan.
pub(super) fn receipt(number: &OutTradeNo, transaction_id: &str) -> Receipt {
    Receipt {
        transaction_id: transaction_id.to_owned(),
        out_trade_no: number.as_str().to_owned(),
        total: 8_800,
        currency: "CNY".to_owned(),
        payee: payee(),
        success_time: None,
        payer_total: None,
        trade_type: Some("NATIVE".to_owned()),
        bank_type: None,
        attach: None,
        openid: None,
        sub_openid: None,
        promotions: Vec::new(),
    }
}

/// The merchant of these tests.
pub(super) fn payee() -> Payee {
    Payee::direct(MCHID, APPID)
}

/// The same as a report.
pub(super) fn paid(receipt: Receipt) -> Report {
    Report::Paid(Box::new(receipt))
}

fn is_v2(path: &str) -> bool {
    path.starts_with("/pay/") || path.starts_with("/secapi/")
}

/// What a call is, and its path.
fn route(signed: &Signed) -> (&'static str, String) {
    let path = signed.request().target.split('?').next().unwrap_or_default();
    // A service provider's paths differ by one word.
    let path = path.replacen("/partner/", "/", 1);
    let verb = match path.strip_prefix("/v3/pay/transactions/") {
        Some("native") => "place",
        Some(rest) if rest.ends_with("/close") => "close",
        Some(_) => "query",
        None => refunds::verb(&path),
    };
    (verb, path)
}

fn number(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

fn error(code: &str) -> String {
    format!(r#"{{"code":"{code}","message":"no"}}"#)
}

fn reply(status: u16, body: String, now: UnixSeconds) -> Reply {
    let timestamp = now.0.to_string();
    let signature = stamp("platform", &reply_message(&timestamp, "n0nce", body.as_bytes()));
    sealed(status, body, timestamp, STANDARD.encode(signature))
}

fn probe(status: u16, body: String, now: UnixSeconds) -> Reply {
    sealed(status, body, now.0.to_string(), "WECHATPAY/SIGNTEST/bm90IGEgc2lnbmF0dXJl".to_owned())
}

fn sealed(status: u16, body: String, timestamp: String, signature: String) -> Reply {
    let headers = [
        ("Wechatpay-Timestamp", timestamp),
        ("Wechatpay-Nonce", "n0nce".to_owned()),
        ("Wechatpay-Serial", PLATFORM_KEY.to_owned()),
        ("Wechatpay-Signature", signature),
        ("Request-ID", "08F78BB5AF0610D302".to_owned()),
    ];
    Reply {
        status,
        headers: headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        body: body.into_bytes(),
    }
}
