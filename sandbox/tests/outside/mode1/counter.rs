//! A shop with printed product codes: prints them, answers scans, and places V2 orders. Signs and
//! reads with code of its own.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use md5::{Digest, Md5};
use sandbox::serve;
use serde_json::{Value, json};

use crate::shop::Shop;

/// Names and values, sorted as the sign wants them.
pub(crate) type Fields = BTreeMap<String, String>;

pub(crate) fn fields<const N: usize>(pairs: [(&str, &str); N]) -> Fields {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Protocol reference D.2, MD5.
pub(crate) fn md5_sign(fields: &Fields, key: &str) -> String {
    let pairs = fields.iter().filter(|(name, value)| *name != "sign" && !value.is_empty());
    let text: String = pairs.map(|(name, value)| format!("{name}={value}&")).collect();
    let digest = Md5::digest(format!("{text}key={key}"));
    digest.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// The message, signed and written with everything in CDATA.
pub(crate) fn signed_xml(fields: &Fields, key: &str) -> String {
    let mut fields = fields.clone();
    fields.insert("sign".into(), md5_sign(&fields, key));
    xml(&fields)
}

pub(crate) fn xml(fields: &Fields) -> String {
    let pairs = fields.iter();
    let pairs = pairs.map(|(name, value)| format!("<{name}><![CDATA[{value}]]></{name}>"));
    format!("<xml>{}</xml>", pairs.collect::<String>())
}

/// One level of fields, as the sandbox writes them.
pub(crate) fn read_xml(text: &str) -> Fields {
    let inner = text.trim().strip_prefix("<xml>").unwrap().strip_suffix("</xml>").unwrap();
    let mut fields = Fields::new();
    let mut rest = inner.trim_start();
    while let Some((name, after)) = rest.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
        let (value, after) = after.split_once(&format!("</{name}>")).unwrap();
        let bare = value.strip_prefix("<![CDATA[").and_then(|value| value.strip_suffix("]]>"));
        fields.insert(name.to_owned(), bare.unwrap_or(value).to_owned());
        rest = after.trim_start();
    }
    fields
}

/// What the shop does when it is asked.
#[derive(Clone)]
pub(crate) enum Reply {
    /// Answers this.
    Said(u16, String),
    /// Answers what it makes of the callback.
    Made(Arc<dyn Fn(&Fields) -> String + Send + Sync>),
    /// Places this order at the sandbox, and answers its `prepay_id`.
    Places(Arc<Shop>, &'static str),
    /// Says nothing for longer than any test waits.
    Silent,
}

/// One callback that came.
#[derive(Clone)]
pub(crate) struct Asked {
    pub(crate) headers: HeaderMap,
    pub(crate) fields: Fields,
}

/// Who the shop is, and where it is asked.
#[derive(Clone)]
pub(crate) struct Counter {
    pub(crate) mchid: String,
    pub(crate) appid: String,
    pub(crate) key: String,
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    reply: Arc<Mutex<Reply>>,
}

impl Counter {
    /// The first direct merchant's, known to the sandbox by its address.
    pub(crate) async fn open(shop: &Shop) -> Self {
        let known = &shop.credentials;
        let counter = Self::of(&known.mchid, &known.appid, &known.api_v2_key).await;
        counter.set_address(shop).await;
        counter
    }

    /// Of any merchant; the sandbox is not told where it is.
    pub(crate) async fn of(mchid: &str, appid: &str, key: &str) -> Self {
        let (listener, address) = serve::listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let counter = Self {
            mchid: mchid.to_owned(),
            appid: appid.to_owned(),
            key: key.to_owned(),
            url: format!("http://{address}/wechat/native"),
            asked: Arc::default(),
            reply: Arc::new(Mutex::new(Reply::Silent)),
        };
        let service = Router::new().fallback(answer).with_state(counter.clone());
        tokio::spawn(async move { axum::serve(listener, service).await });
        counter
    }

    pub(crate) async fn set_address(&self, shop: &Shop) {
        let wish = json!({ "mchid": self.mchid, "native_url": self.url });
        let (status, said) = shop.control("PUT", "addresses", wish).await;
        assert_eq!(status, 200, "{said}");
    }

    pub(crate) fn replies(&self, reply: Reply) {
        *self.reply.lock().unwrap() = reply;
    }

    /// The answer of protocol reference G.15, with other values; an empty one leaves the field out.
    pub(crate) fn answer(&self, changes: &[(&str, &str)]) -> Fields {
        let mut answer = fields([
            ("return_code", "SUCCESS"),
            ("appid", &self.appid),
            ("mch_id", &self.mchid),
            ("nonce_str", "8K8264ILTKCH16CQ2502SI8ZNMTM67V1"),
            ("result_code", "SUCCESS"),
        ]);
        for (name, value) in changes {
            answer.insert((*name).to_owned(), (*value).to_owned());
        }
        answer.retain(|_, value| !value.is_empty());
        answer
    }

    /// Answers this `prepay_id` from now on.
    pub(crate) fn offers(&self, prepay_id: &str) {
        let answer = signed_xml(&self.answer(&[("prepay_id", prepay_id)]), &self.key);
        self.replies(Reply::Said(200, answer));
    }

    /// What the sandbox asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// The printed code of a product.
    pub(crate) fn link(&self, product_id: &str) -> String {
        self.link_with(product_id, &[])
    }

    /// The same with other parameters.
    pub(crate) fn link_with(&self, product_id: &str, changes: &[(&str, &str)]) -> String {
        let mut values = fields([
            ("appid", &self.appid),
            ("mch_id", &self.mchid),
            ("product_id", product_id),
            ("time_stamp", "1735700000"),
            ("nonce_str", "5K8264ILTKCH16CQ2502SI8ZNMTM67VS"),
        ]);
        for (name, value) in changes {
            values.insert((*name).to_owned(), (*value).to_owned());
        }
        let sign = md5_sign(&values, &self.key);
        let pairs = values.iter().map(|(name, value)| format!("{name}={value}"));
        format!("weixin://wxpay/bizpayurl?sign={sign}&{}", pairs.collect::<Vec<_>>().join("&"))
    }

    /// A V2 call, which must be answered with `return_code` SUCCESS.
    pub(crate) async fn call(&self, shop: &Shop, path: &str, mut message: Fields) -> Fields {
        message.insert("appid".into(), self.appid.clone());
        message.insert("mch_id".into(), self.mchid.clone());
        message.insert("nonce_str".into(), "9K8264ILTKCH16CQ2502SI8ZNMTM67V2".into());
        let body = signed_xml(&message, &self.key);
        let headers = [("content-type", "text/xml")];
        let reply = shop.send("POST", path, &body, &headers).await.unwrap();
        let said = read_xml(&String::from_utf8(reply.body).unwrap());
        assert_eq!(said["return_code"], "SUCCESS", "{said:?}");
        assert_eq!(said["sign"], md5_sign(&said, &self.key));
        said
    }

    /// Places an order for a product; its `prepay_id`.
    pub(crate) async fn place(&self, shop: &Shop, number: &str, more: &[(&str, &str)]) -> String {
        let mut order = fields([
            ("body", "测试商品-红茶500g"),
            ("out_trade_no", number),
            ("total_fee", "1234"),
            ("spbill_create_ip", "127.0.0.1"),
            ("notify_url", "http://127.0.0.1:9/wechat/v2/notify"),
            ("trade_type", "NATIVE"),
            ("product_id", "SKU-88888"),
        ]);
        more.iter().for_each(|(name, value)| {
            order.insert((*name).to_owned(), (*value).to_owned());
        });
        let said = self.call(shop, "/pay/unifiedorder", order).await;
        said.get("prepay_id").unwrap_or_else(|| panic!("{said:?}")).clone()
    }
}

/// One thing that a phone does with a code.
pub(crate) async fn phone(shop: &Shop, verb: &str, code: &str, payer: &str) -> (u16, Value) {
    shop.control("POST", verb, json!({ "code_url": code, "payer": payer })).await
}

async fn answer(
    State(counter): State<Counter>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, String) {
    let fields = read_xml(std::str::from_utf8(&body).unwrap());
    let reply = counter.reply.lock().unwrap().clone();
    counter.asked.lock().unwrap().push(Asked { headers, fields: fields.clone() });
    match reply {
        Reply::Said(status, body) => (StatusCode::from_u16(status).unwrap(), body),
        Reply::Made(make) => (StatusCode::OK, make(&fields)),
        Reply::Places(shop, number) => {
            let prepay_id = counter.place(&shop, number, &[]).await;
            let answer = counter.answer(&[("prepay_id", &prepay_id)]);
            (StatusCode::OK, signed_xml(&answer, &counter.key))
        }
        Reply::Silent => {
            tokio::time::sleep(Duration::from_secs(600)).await;
            (StatusCode::OK, String::new())
        }
    }
}
