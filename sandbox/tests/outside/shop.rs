//! A shop: signs calls, checks answers, and has an address where it is told of payments.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Request, StatusCode};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use rsa::RsaPrivateKey;
use rsa::pkcs1v15::{Signature, SigningKey, VerifyingKey};
use rsa::pkcs8::{DecodePrivateKey, DecodePublicKey};
use rsa::signature::{SignatureEncoding, Signer, Verifier};
use sandbox::merchant::Credentials;
use sandbox::serve;
use sandbox::store::{Saved, Store};
use sandbox::world::{Settings, World, wall_now};
use serde_json::{Value, json};
use sha2::Sha256;

pub(crate) const NATIVE: &str = "/v3/pay/transactions/native";

/// Four RSA keys take a while, so all tests of one run share them.
pub(crate) fn credentials() -> Credentials {
    static MADE: OnceLock<Credentials> = OnceLock::new();
    MADE.get_or_init(|| Credentials::generate(1_735_700_000).unwrap()).clone()
}

pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn code(&self) -> (u16, String) {
        (self.status, self.json()["code"].as_str().unwrap().to_owned())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

pub(crate) struct Shop {
    pub(crate) base: String,
    pub(crate) credentials: Credentials,
    signer: SigningKey<Sha256>,
}

impl Shop {
    /// A shop with a sandbox of its own, which ends with the test.
    pub(crate) async fn open() -> Self {
        Self::with(Settings::default()).await
    }

    pub(crate) async fn with(settings: Settings) -> Self {
        let credentials = credentials();
        let world = World::new(credentials.clone(), Store::in_memory(), Saved::default(), settings)
            .unwrap();
        let (listener, address) = serve::listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
        tokio::spawn(serve::serve(Arc::new(world), listener, std::future::pending()));
        Self::at(format!("http://{address}"), credentials)
    }

    pub(crate) fn at(base: String, credentials: Credentials) -> Self {
        let key = RsaPrivateKey::from_pkcs8_pem(&credentials.private_key_pem).unwrap();
        Self { base, credentials, signer: SigningKey::new(key) }
    }

    pub(crate) fn authorization(
        &self,
        method: &str,
        target: &str,
        body: &str,
        timestamp: i64,
    ) -> String {
        let nonce = "8F3A0C7D5B1E49A2B6D4E8F01C2A3B4D";
        let message = format!("{method}\n{target}\n{timestamp}\n{nonce}\n{body}\n");
        let signature = BASE64_STANDARD.encode(self.signer.sign(message.as_bytes()).to_bytes());
        let Credentials { mchid, serial_no, .. } = &self.credentials;
        format!(
            "WECHATPAY2-SHA256-RSA2048 mchid=\"{mchid}\",nonce_str=\"{nonce}\",\
             signature=\"{signature}\",timestamp=\"{timestamp}\",serial_no=\"{serial_no}\""
        )
    }

    /// Any request at all; `None` when the connection closes without a whole answer.
    pub(crate) async fn send(
        &self,
        method: &str,
        target: &str,
        body: &str,
        headers: &[(&str, &str)],
    ) -> Option<Reply> {
        let client = Client::builder(TokioExecutor::new()).build_http();
        let mut request = Request::builder().method(method).uri(format!("{}{target}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let reply =
            client.request(request.body(Body::from(body.to_owned())).unwrap()).await.ok()?;
        let (parts, body) = reply.into_parts();
        let body = body.collect().await.ok()?.to_bytes().to_vec();
        Some(Reply { status: parts.status.as_u16(), headers: parts.headers, body })
    }

    /// A rightly signed call that wants its answer signed with the public key.
    pub(crate) async fn try_call(&self, method: &str, target: &str, body: &str) -> Option<Reply> {
        let authorization = self.authorization(method, target, body, wall_now());
        let mut headers = vec![
            ("authorization", authorization.as_str()),
            ("accept", "application/json"),
            ("user-agent", "test"),
            ("wechatpay-serial", self.credentials.platform_public_key_id.as_str()),
        ];
        if !body.is_empty() {
            headers.push(("content-type", "application/json"));
        }
        self.send(method, target, body, &headers).await
    }

    /// A rightly signed call that names this key, or none.
    pub(crate) async fn call_naming(
        &self,
        serial: Option<&str>,
        (method, target): (&str, &str),
        body: &str,
    ) -> Reply {
        let authorization = self.authorization(method, target, body, wall_now());
        let mut headers =
            vec![("authorization", authorization.as_str()), ("accept", "*/*"), ("user-agent", "t")];
        headers.extend(serial.map(|serial| ("wechatpay-serial", serial)));
        if !body.is_empty() {
            headers.push(("content-type", "application/json"));
        }
        self.send(method, target, body, &headers).await.unwrap()
    }

    pub(crate) async fn call(&self, method: &str, target: &str, body: &str) -> Reply {
        self.try_call(method, target, body).await.unwrap()
    }

    /// A rightly signed call whose answer is read by whoever wants it, as it comes.
    pub(crate) async fn open_call(&self, target: &str) -> hyper::Response<hyper::body::Incoming> {
        let client = Client::builder(TokioExecutor::new()).build_http();
        let request = Request::get(format!("{}{target}", self.base))
            .header("authorization", self.authorization("GET", target, "", wall_now()))
            .header("accept", "*/*")
            .header("user-agent", "test");
        client.request(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    pub(crate) fn order(&self, number: &str, notify_url: &str) -> Value {
        json!({
            "appid": self.credentials.appid, "mchid": self.credentials.mchid,
            "description": "测试商品-红茶500g", "out_trade_no": number, "attach": "cart=42",
            "notify_url": notify_url, "amount": { "total": 1234, "currency": "CNY" },
        })
    }

    /// Places an order that must be taken; the code.
    pub(crate) async fn place(&self, number: &str, notify_url: &str) -> String {
        let reply = self.call("POST", NATIVE, &self.order(number, notify_url).to_string()).await;
        assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
        reply.json()["code_url"].as_str().unwrap().to_owned()
    }

    pub(crate) fn by_number(&self, number: &str) -> String {
        let mchid = &self.credentials.mchid;
        format!("/v3/pay/transactions/out-trade-no/{number}?mchid={mchid}")
    }

    pub(crate) async fn trade_state(&self, number: &str) -> String {
        let reply = self.call("GET", &self.by_number(number), "").await;
        reply.json()["trade_state"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn close(&self, number: &str) -> Option<Reply> {
        let target = format!("/v3/pay/transactions/out-trade-no/{number}/close");
        let body = json!({ "mchid": self.credentials.mchid }).to_string();
        self.try_call("POST", &target, &body).await
    }

    /// The control surface.
    pub(crate) async fn control(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let reply = self.send(method, &format!("/sandbox/{path}"), &body, &[]).await.unwrap();
        (reply.status, reply.json())
    }

    pub(crate) async fn pay(&self, code_url: &str) -> (u16, Value) {
        self.control("POST", "pay", json!({ "code_url": code_url })).await
    }

    pub(crate) async fn advance(&self, seconds: u32) {
        let (status, said) = self.control("POST", "clock", json!({ "advance_s": seconds })).await;
        assert_eq!(status, 200, "{said}");
    }

    pub(crate) async fn fault(&self, fault: Value) {
        let (status, said) = self.control("PUT", "faults", json!([fault])).await;
        assert_eq!(status, 200, "{said}");
    }

    /// The one notification of an order, as the sandbox sees it.
    pub(crate) async fn notification(&self, number: &str) -> Value {
        let path = format!("notifications?out_trade_no={number}");
        let (_, list) = self.control("GET", &path, Value::Null).await;
        assert_eq!(list["data"].as_array().unwrap().len(), 1);
        list["data"][0].clone()
    }

    /// Whether headers and body carry a good signature of the platform's public key.
    pub(crate) fn is_genuine(&self, headers: &HeaderMap, body: &[u8]) -> bool {
        let text = |name: &str| headers.get(name).unwrap().to_str().unwrap();
        assert_eq!(text("wechatpay-signature-type"), "WECHATPAY2-SHA256-RSA2048");
        assert_eq!(text("wechatpay-serial"), self.credentials.platform_public_key_id);
        let pem = &self.credentials.platform_public_key_pem;
        is_signed_by(&VerifyingKey::from_public_key_pem(pem).unwrap(), headers, body)
    }

    /// What a notification seals.
    pub(crate) fn opened(&self, body: &[u8]) -> Option<Value> {
        let body: Value = serde_json::from_slice(body).unwrap();
        let plain = unsealed(&self.credentials.api_v3_key, &body["resource"])?;
        Some(serde_json::from_slice(&plain).unwrap())
    }
}

/// Whether headers and body carry a good signature of this key.
pub(crate) fn is_signed_by(key: &VerifyingKey<Sha256>, headers: &HeaderMap, body: &[u8]) -> bool {
    let text = |name: &str| headers.get(name).unwrap().to_str().unwrap();
    let (timestamp, nonce) = (text("wechatpay-timestamp"), text("wechatpay-nonce"));
    let mut message = format!("{timestamp}\n{nonce}\n").into_bytes();
    message.extend_from_slice(body);
    message.push(b'\n');
    BASE64_STANDARD.decode(text("wechatpay-signature")).is_ok_and(|bytes| {
        let signature = Signature::try_from(bytes.as_slice());
        signature.is_ok_and(|signature| key.verify(&message, &signature).is_ok())
    })
}

/// What is in a sealed resource; an absent `associated_data` is an empty one.
pub(crate) fn unsealed(api_v3_key: &str, resource: &Value) -> Option<Vec<u8>> {
    let text = |name: &str| resource[name].as_str().unwrap_or_default();
    assert_eq!((text("algorithm"), text("nonce").len()), ("AEAD_AES_256_GCM", 12));
    let cipher = Aes256Gcm::new_from_slice(api_v3_key.as_bytes()).unwrap();
    let sealed = BASE64_STANDARD.decode(text("ciphertext")).unwrap();
    let payload = Payload { msg: &sealed, aad: text("associated_data").as_bytes() };
    cipher.decrypt(Nonce::from_slice(text("nonce").as_bytes()), payload).ok()
}

/// What came to a shop's notification address.
#[derive(Clone)]
pub(crate) struct Heard {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// A notification address that answers what it is told to, and remembers.
#[derive(Clone)]
pub(crate) struct Doorbell {
    pub(crate) url: String,
    heard: Arc<Mutex<Vec<Heard>>>,
    status: Arc<Mutex<StatusCode>>,
    says: Arc<Mutex<String>>,
}

impl Doorbell {
    pub(crate) async fn answering(status: u16) -> Self {
        let (listener, address) = serve::listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let bell = Self {
            url: format!("http://{address}/notify"),
            heard: Arc::default(),
            status: Arc::new(Mutex::new(StatusCode::from_u16(status).unwrap())),
            says: Arc::default(),
        };
        let service = Router::new().fallback(hear).with_state(bell.clone());
        tokio::spawn(async move { axum::serve(listener, service).await });
        bell
    }

    pub(crate) fn now_answers(&self, status: u16) {
        *self.status.lock().unwrap() = StatusCode::from_u16(status).unwrap();
    }

    /// The body of every answer from now on: over V2 it counts.
    pub(crate) fn now_says(&self, body: &str) {
        body.clone_into(&mut self.says.lock().unwrap());
    }

    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    /// Everything heard, once it is `count` things; fails after five seconds.
    pub(crate) async fn hears(&self, count: usize) -> Vec<Heard> {
        for _ in 0..500 {
            if self.heard().len() >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let heard = self.heard();
        assert_eq!(heard.len(), count);
        heard
    }
}

async fn hear(
    State(bell): State<Doorbell>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, String) {
    bell.heard.lock().unwrap().push(Heard { headers, body: body.to_vec() });
    (*bell.status.lock().unwrap(), bell.says.lock().unwrap().clone())
}
