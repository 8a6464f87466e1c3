//! One sandbox and what has happened in it so far.

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Body;
use chrono::NaiveDate;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rsa::RsaPrivateKey;
use rsa::pkcs1v15::SigningKey;
use rsa::pkcs8::DecodePrivateKey;
use serde_json::{Value, json};
use sha2::Sha256;

use super::ask::{Ask, Example};
use super::{book, words, xml};
use crate::shop::Shop;

const DAY_S: i64 = 86_400;

/// Whose words and whose key a call uses.
pub(crate) struct Actor {
    pub(crate) mchid: String,
    pub(crate) serial_no: String,
    pub(crate) signer: SigningKey<Sha256>,
}

impl Actor {
    fn new(mchid: &str, serial_no: &str, private_key_pem: &str) -> Self {
        let key = RsaPrivateKey::from_pkcs8_pem(private_key_pem).unwrap();
        let (mchid, serial_no) = (mchid.to_owned(), serial_no.to_owned());
        Self { mchid, serial_no, signer: SigningKey::new(key) }
    }
}

/// The sandbox, its actors, and the values that examples speak of.
pub(crate) struct Scene {
    pub(crate) shop: Shop,
    pub(crate) client: Client<HttpConnector, Body>,
    pub(crate) calls: Value,
    actors: BTreeMap<&'static str, Actor>,
    values: BTreeMap<String, String>,
    /// Steps that need no second time.
    done: BTreeSet<String>,
    clock_ahead_s: i64,
    numbers: u32,
}

impl Scene {
    pub(crate) async fn open() -> Self {
        let shop = Shop::open().await;
        let credentials = &shop.credentials;
        let partner = &credentials.partner;
        let direct =
            Actor::new(&credentials.mchid, &credentials.serial_no, &credentials.private_key_pem);
        let of_partner =
            Actor::new(&partner.sp_mchid, &partner.serial_no, &partner.private_key_pem);
        let [one, other, ..] = &partner.sub_merchants[..] else { panic!("two sub-merchants") };
        let values = [
            ("mchid", &credentials.mchid),
            ("api_v2_key", &credentials.api_v2_key),
            ("api_v3_key", &credentials.api_v3_key),
            ("sp_api_v2_key", &partner.api_v2_key),
            ("appid", &credentials.appid),
            ("serial_no", &credentials.serial_no),
            ("sp_mchid", &partner.sp_mchid),
            ("sp_appid", &partner.sp_appid),
            ("sp_serial_no", &partner.serial_no),
            ("sub_mchid", &one.sub_mchid),
            ("sub_appid", &one.sub_appid),
            ("other_sub_mchid", &other.sub_mchid),
            ("other_sub_appid", &other.sub_appid),
            ("public_key_id", &credentials.platform_public_key_id),
            ("certificate_serial", &credentials.platform_certificate_serial),
        ];
        let values = values.map(|(name, value)| (name.to_owned(), value.clone()));
        // Until an example has made some.
        let none = ["transaction_id", "refund_id", "paid_day", "partners_day"]
            .map(|name| (name.to_owned(), "1".to_owned()));
        Self {
            actors: [("direct", direct), ("partner", of_partner)].into(),
            values: values.into_iter().chain(none).collect(),
            calls: serde_json::from_str(&book::text(book::CALLS)).unwrap(),
            client: Client::builder(TokioExecutor::new()).build_http(),
            done: BTreeSet::new(),
            clock_ahead_s: 0,
            numbers: 0,
            shop,
        }
    }

    /// Numbers that no example before has used.
    pub(crate) fn renumber(&mut self) {
        for name in ["number", "refund_number"] {
            self.draw(name);
        }
    }

    fn draw(&mut self, name: &str) {
        self.numbers += 1;
        let number = format!("N{:07}", self.numbers);
        self.values.insert(name.to_owned(), number);
    }

    pub(crate) fn actor(&self, name: &str) -> &Actor {
        self.actors.get(name).unwrap_or_else(|| panic!("nobody is called {name}"))
    }

    /// A value; `X_tail` is X without its first character, `X_lower` X in small letters,
    /// `X_digits` X without hyphens, as V2 writes a day.
    pub(crate) fn value(&self, name: &str) -> String {
        if let Some(name) = name.strip_suffix("_tail") {
            return self.value(name)[1..].to_owned();
        }
        if let Some(name) = name.strip_suffix("_lower") {
            return self.value(name).to_lowercase();
        }
        if let Some(name) = name.strip_suffix("_digits") {
            return self.value(name).replace('-', "");
        }
        self.values.get(name).unwrap_or_else(|| panic!("nothing is called {name}")).clone()
    }

    /// The business clock.
    pub(crate) fn now(&self) -> i64 {
        sandbox::world::wall_now() + self.clock_ahead_s
    }

    /// The day in Beijing.
    pub(crate) fn today(&self) -> NaiveDate {
        sandbox::time::beijing(self.now())[..10].parse().unwrap()
    }

    /// Does what has to happen before a call.
    pub(crate) async fn prepare(&mut self, steps: &Value) {
        for step in steps.as_array().expect("a list of steps") {
            Box::pin(self.step(step)).await;
        }
    }

    async fn step(&mut self, step: &Value) {
        if let Some(name) = step.as_str() {
            let steps = self.calls["steps"].get(name).unwrap_or_else(|| panic!("step {name}"));
            return self.prepare(&steps.clone()).await;
        }
        let mut said = Value::Null;
        for (verb, what) in step.as_object().expect("a step") {
            match verb.as_str() {
                "advance" => self.advance(what.as_i64().unwrap()).await,
                "until" => self.advance_until(what).await,
                "draw" => self.draw(what.as_str().unwrap()),
                "remember" => self.remember(what),
                "once" => {
                    if self.done.insert(what.to_string()) {
                        self.prepare(&json!([what])).await;
                    }
                }
                "times" => {
                    for _ in 0..what[0].as_u64().unwrap() {
                        self.prepare(&what[1]).await;
                    }
                }
                "control" => said = self.control(what).await,
                "call" => said = self.call(what).await,
                "retire" => said = self.retire().await,
                "keep" => {}
                other => panic!("no step {other}"),
            }
        }
        for (name, pointer) in step["keep"].as_object().into_iter().flatten() {
            let found = said.pointer(pointer.as_str().unwrap()).and_then(Value::as_str);
            let found = found.unwrap_or_else(|| panic!("{pointer} in {said}"));
            let found = found.strip_prefix(&self.shop.base).unwrap_or(found);
            self.values.insert(name.clone(), found.to_owned());
        }
    }

    fn remember(&mut self, what: &Value) {
        for (name, text) in what.as_object().unwrap() {
            let value = words::in_text(self, text.as_str().unwrap());
            self.values.insert(name.clone(), value);
        }
    }

    async fn control(&self, what: &Value) -> Value {
        let what = words::in_value(self, what);
        let (method, path) = (what[0].as_str().unwrap(), what[1].as_str().unwrap());
        let (status, said) = self.shop.control(method, path, what[2].clone()).await;
        assert_eq!(status, 200, "{what}: {said}");
        said
    }

    async fn call(&self, what: &Value) -> Value {
        let example: Example = serde_json::from_value(what.clone()).unwrap();
        let ask = Ask::new(self, "", &example);
        let reply = ask.send(self).await;
        let said = String::from_utf8_lossy(&reply.body).into_owned();
        let expected = example.answer.as_ref().map_or(ask.success, |answer| answer.status);
        assert_eq!(reply.status, expected, "{what}: {said}");
        if ask.signing.is_some() {
            let said = xml::as_object(&reply.body).unwrap_or_default();
            let code = example.answer.and_then(|answer| answer.code);
            assert_eq!(said["code"].as_str(), code.as_deref(), "{what}: {said}");
            return said;
        }
        serde_json::from_str(&said).unwrap_or_default()
    }

    /// A further certificate of the direct merchant, out of force at once, under `retired`.
    async fn retire(&mut self) -> Value {
        let issued = self.control(&json!(["POST", "merchant/certificate", {}])).await;
        let newest = issued["data"].as_array().unwrap().last().unwrap().clone();
        let text = |name: &str| newest[name].as_str().unwrap().to_owned();
        let actor = Actor::new(&text("mchid"), &text("serial_no"), &text("private_key_pem"));
        self.control(&json!(["POST", "merchant/certificate", { "retire": text("serial_no") }]))
            .await;
        self.actors.insert("retired", actor);
        newest
    }

    async fn advance(&mut self, seconds: i64) {
        self.control(&json!(["POST", "clock", { "advance_s": seconds }])).await;
        self.clock_ahead_s += seconds;
    }

    /// To a time of a day: `{"day": "${paid_day+1d}", "time": "10:00:00"}`; without a day, to the
    /// next such time.
    async fn advance_until(&mut self, what: &Value) {
        let time = what["time"].as_str().unwrap();
        let at = |day: NaiveDate| sandbox::time::parse(&format!("{day}T{time}+08:00")).unwrap();
        let now = self.now();
        let goal = match what["day"].as_str() {
            Some(day) => at(words::in_text(self, day).parse().unwrap()),
            None if at(self.today()) > now => at(self.today()),
            None => at(self.today()) + DAY_S,
        };
        assert!(goal >= now, "{what} is over");
        self.advance(goal - now).await;
    }
}
