//! `POST /v3/security/echo`: a merchant tries its keys without an order (protocol reference B.12).
//!
//! `Wechatpay-Serial` decides for the whole call: that key opens what came encrypted and signs the
//! answer. The way back is encrypted for the certificate that signed the request.

use serde_json::json;

use super::errand::{Errand, Visit};
use super::fields::{Fields, Size};
use super::refusal::{Place, Refusal};
use super::reply::Answer;
use super::{json as strict, notify_url, system_failure};
use crate::dice;
use crate::fault::{Kind, Route};
use crate::keys::{PlatformKey, SENSITIVE_BYTES_MAX, encrypt_for};
use crate::notification::{Event, Form, Notification, State};
use crate::shards::Whose;

const SERIAL: &str = "wechatpay-serial";

/// A text to say back.
pub(super) struct Echo {
    text: String,
    notify_url: Option<String>,
}

impl Errand for Echo {
    const ROUTE: Route = Route::Echo;

    fn read(visit: Visit<'_>) -> Result<Self, Refusal> {
        let key = named_key(visit)?;
        let body = strict::object(&visit.arrival.body)?;
        let mut fields = Fields::of(&body);
        // One block: the text must also fit into its own encrypted answer.
        let text = fields.text("echo_message", Size::Bytes(1, SENSITIVE_BYTES_MAX))?;
        let ciphertext = fields.optional_text("encrypted_echo_message", Size::Bytes(1, 1_024))?;
        if let Some(ciphertext) = ciphertext {
            let opened = key.decrypt(ciphertext).ok_or_else(|| {
                fields.wrong("encrypted_echo_message", "请确认待处理的消息是否为加密后的密文")
            })?;
            if opened != text {
                return Err(fields.wrong("encrypted_echo_message", "解密结果与echo_message不一致"));
            }
        }
        let url = fields.optional_text("notify_url", Size::Characters(1, notify_url::CHARS_MAX))?;
        if url.is_some_and(|url| !notify_url::is_allowed(url)) {
            return Err(fields.wrong("notify_url", "无效的通知地址，须为https且不能携带参数"));
        }
        let (text, notify_url) = (text.to_owned(), url.map(str::to_owned));
        fields.finish()?;
        Ok(Self { text, notify_url })
    }

    async fn run(self, visit: Visit<'_>, _: Option<Kind>) -> Result<Answer, Refusal> {
        let encrypted = encrypted(&self.text, visit);
        if let Some(notify_url) = self.notify_url {
            let plaintext =
                json!({ "echo_message": self.text, "encrypt_echo_message": encrypted }).to_string();
            let (mchid, id) = (visit.merchant.mchid.clone(), dice::uuid());
            let whose = Whose::Order { mchid: &visit.merchant.mchid, out_trade_no: "" };
            let ((), ticket) = visit.world.step(whose, |ledger, now| {
                ledger.announce(Notification {
                    seq: 0,
                    id,
                    mchid,
                    out_trade_no: String::new(),
                    out_refund_no: None,
                    notify_url,
                    created_at: now,
                    event: event(plaintext),
                    state: State::Due(now),
                    attempts: Vec::new(),
                });
            });
            ticket.honoured().await.map_err(|_| system_failure())?;
            visit.world.bell.notify_one();
        }
        Ok(Answer::json(&json!({ "echo_message": self.text, "encrypted_echo_message": encrypted })))
    }

    fn signer<'a>(visit: Visit<'a>) -> &'a PlatformKey {
        let usual = || visit.keyring.signs_answer(visit.arrival.header(SERIAL));
        named_key(visit).unwrap_or_else(|_| usual())
    }
}

fn event(plaintext: String) -> Event {
    Event {
        event_type: "SECURITY_ECHO.SUCCESS".to_owned(),
        original_type: "security".to_owned(),
        summary: "商户签名验签及加解密测试".to_owned(),
        plaintext,
        form: Form::V3,
    }
}

/// The key that the call is about (A.8, "Errors").
fn named_key<'a>(visit: Visit<'a>) -> Result<&'a PlatformKey, Refusal> {
    let refused = |serial: Option<&str>, issue| {
        let value = serial.map(serde_json::Value::from);
        Refusal::parameter(Place::Header, "Wechatpay-Serial", value.as_ref(), issue)
    };
    let Some(serial) = visit.arrival.header(SERIAL) else {
        let issue = "HTTP header缺少微信支付平台证书序列号(Wechatpay-Serial)";
        return Err(refused(None, issue));
    };
    let key = visit.keyring.named(serial);
    key.ok_or_else(|| refused(Some(serial), "平台证书序列号Wechatpay-Serial错误"))
}

/// The text, encrypted for the certificate that signed the request. A text of the length that is
/// taken always fits.
fn encrypted(text: &str, visit: Visit<'_>) -> String {
    let mut all = visit.keyring.credentials.merchant_certificates.iter();
    all.find(|certificate| certificate.serial_no == visit.merchant.serial_no)
        .and_then(|certificate| encrypt_for(&certificate.certificate_pem, text.as_bytes()))
        .unwrap_or_default()
}
