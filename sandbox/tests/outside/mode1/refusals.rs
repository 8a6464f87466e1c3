//! Every reason why a scan comes to nothing: its code, its words, and what the payer reads.

use std::collections::BTreeSet;

use sandbox::mode1::refused::Code;
use serde_json::{Value, json};

use super::NO;
use super::counter::{Counter, Reply, phone, signed_xml, xml};
use crate::shop::Shop;

const BUSY: &str = "系统繁忙";
const BAD_LINK: &str = "原生支付URL参数错误";

/// A scan that must be refused.
struct Scene {
    shop: Shop,
    counter: Counter,
    reached: BTreeSet<String>,
}

impl Scene {
    async fn set() -> Self {
        let shop = Shop::open().await;
        let counter = Counter::open(&shop).await;
        Self { shop, counter, reached: BTreeSet::new() }
    }

    /// Scans a text; it must be refused like this.
    async fn refuses(&mut self, text: &str, expected: (u16, Code, &str)) -> Value {
        let (status, code, words) = expected;
        for verb in ["scan", "refuse", "pay"] {
            let (answered, said) = phone(&self.shop, verb, text, "ann").await;
            assert_eq!((answered, &said["code"]), (status, &json!(code.name())), "{said}");
            assert_eq!(said["words"], words, "{said}");
            if code.name().starts_with("link_") {
                assert_eq!(said.get("callback"), None);
                continue;
            }
            // What is answered is what is kept.
            assert_eq!(said["callback"]["refusal"]["code"], said["code"]);
            assert_eq!(said["callback"]["refusal"]["message"], said["message"]);
            assert_eq!(said["callback"]["refusal"]["words"], said["words"]);
            let (_, kept) = self.shop.control("GET", "callbacks?limit=1", Value::Null).await;
            assert_eq!(kept["data"][0], said["callback"]);
        }
        self.reached.insert(code.name().to_owned());
        phone(&self.shop, "scan", text, "ann").await.1
    }

    /// The same for an answer of the merchant's.
    async fn answers(&mut self, reply: Reply, expected: (u16, Code, &str)) -> String {
        self.counter.replies(reply);
        let said = self.refuses(&self.counter.link("SKU-88888"), expected).await;
        said["message"].as_str().unwrap().to_owned()
    }

    /// An answer with these fields, rightly signed.
    fn signed(&self, changes: &[(&str, &str)]) -> Reply {
        Reply::Said(200, signed_xml(&self.counter.answer(changes), &self.counter.key))
    }
}

#[tokio::test]
async fn every_refusal_is_reached_with_its_words() {
    let mut scene = Scene::set().await;
    links(&mut scene).await;
    silences(&mut scene).await;
    answers(&mut scene).await;
    prepays(&mut scene).await;
    let all: BTreeSet<_> = Code::ALL.map(|code| code.name().to_owned()).into();
    assert_eq!(scene.reached, all);
    // Nothing of it paid anything.
    let (_, orders) = scene.shop.control("GET", "orders", Value::Null).await;
    let states = orders["data"].as_array().unwrap().iter().map(|order| &order["trade_state"]);
    assert!(states.clone().all(|state| state != "SUCCESS"), "{:?}", states.collect::<Vec<_>>());
}

async fn links(scene: &mut Scene) {
    let good = scene.counter.link("SKU-88888");
    scene
        .refuses(&good.replace("&product_id=SKU-88888", ""), (400, Code::LinkMalformed, BAD_LINK))
        .await;
    let said = scene
        .refuses(&good.replace("SKU-88888", "SKU-88889"), (400, Code::LinkUnsigned, BAD_LINK))
        .await;
    let found = &said["signature"];
    assert!(found["string_to_sign"].as_str().unwrap().contains("&product_id=SKU-88889&"), "{said}");
    assert_eq!(found["finding"], "unknown");
    let other = scene.counter.link_with("SKU-88888", &[("mch_id", "1900000000")]);
    scene.refuses(&other, (400, Code::LinkOtherMerchant, BAD_LINK)).await;
    let sub = scene.shop.credentials.partner.sub_appid.clone();
    let other = scene.counter.link_with("SKU-88888", &[("appid", &sub)]);
    scene.refuses(&other, (400, Code::LinkOtherMerchant, BAD_LINK)).await;
    assert!(scene.counter.asked().is_empty(), "nobody is asked about a wrong link");
}

async fn silences(scene: &mut Scene) {
    let no = json!({ "mchid": scene.counter.mchid, "native_url": null });
    scene.shop.control("PUT", "addresses", no).await;
    let said =
        scene.refuses(&scene.counter.link("SKU-88888"), (409, Code::NoNativeUrl, BUSY)).await;
    assert!(said["message"].as_str().unwrap().contains("PUT /sandbox/addresses"), "{said}");
    assert_eq!(said["callback"]["tries"], json!([]));

    let nobody = json!({ "native_url": "http://127.0.0.1:9/native" });
    scene.shop.control("PUT", "addresses", nobody).await;
    let said = scene
        .refuses(&scene.counter.link("SKU-88888"), (502, Code::CallbackUnreachable, BUSY))
        .await;
    let tried = &said["callback"]["tries"][0];
    assert_eq!((&tried["status"], &tried["answer"]), (&Value::Null, &Value::Null));
    assert!(tried["request"]["body"].as_str().unwrap().contains("SKU-88888"));
    scene.counter.set_address(&scene.shop).await;

    let quick = json!({ "callback_within_ms": 50 });
    scene.shop.control("PUT", "settings", quick).await;
    let why = scene.answers(Reply::Silent, (504, Code::CallbackLate, BUSY)).await;
    assert!(why.contains("within 50 ms") && why.contains("callback_within_ms"), "{why}");
    scene.shop.control("PUT", "settings", json!({ "callback_within_ms": 5_000 })).await;
    let why =
        scene.answers(Reply::Said(302, String::new()), (502, Code::CallbackStatus, BUSY)).await;
    assert!(why.contains("answered 302"), "{why}");
}

async fn answers(scene: &mut Scene) {
    let said = |body: &str| Reply::Said(200, body.to_owned());
    scene.answers(said(""), (502, Code::CallbackMalformed, BUSY)).await;
    let why = scene.answers(said("<!DOCTYPE a><xml/>"), (502, Code::CallbackMalformed, BUSY)).await;
    assert!(why.contains("DOCTYPE"), "{why}");
    let why = scene.answers(scene.signed(&[]), (502, Code::CallbackMalformed, BUSY)).await;
    assert!(why.contains("prepay_id is missing"), "{why}");

    let unsigned = xml(&scene.counter.answer(&[("prepay_id", "wx1")]));
    scene.answers(said(&unsigned), (502, Code::CallbackUnsigned, BUSY)).await;
    let answer = scene.counter.answer(&[("prepay_id", "wx1")]);
    let partner = scene.shop.credentials.partner.clone();
    let foreign = signed_xml(&answer, &partner.api_v2_key);
    let why = scene.answers(said(&foreign), (502, Code::CallbackUnsigned, BUSY)).await;
    assert!(why.contains(&format!("V2 key of merchant {}", partner.sp_mchid)), "{why}");
    let (_, kept) = scene.shop.control("GET", "callbacks?limit=1", Value::Null).await;
    let found = &kept["data"][0]["refusal"]["signature"];
    assert_eq!(found["finding"], "other-merchants-key");
    assert!(found["string_to_sign"].as_str().unwrap().starts_with("appid="), "{found}");

    let other = scene.signed(&[("appid", &partner.sp_appid), ("prepay_id", "wx1")]);
    scene.answers(other, (502, Code::CallbackOtherMerchant, BUSY)).await;
    let sold_out = scene.signed(&[("result_code", "FAIL"), ("err_code_des", "商品已售罄")]);
    scene.answers(sold_out, (409, Code::CallbackRefused, "商品已售罄")).await;
    let bare = "<xml><return_code>FAIL</return_code><return_msg>忙</return_msg></xml>";
    let why = scene.answers(said(bare), (409, Code::CallbackRefused, BUSY)).await;
    assert!(why.contains("return_code FAIL: \"忙\""), "{why}");
}

async fn prepays(scene: &mut Scene) {
    for prepay_id in ["wx1", "wx20250101110000616161616161616161", &"x".repeat(64)] {
        let answer = scene.signed(&[("prepay_id", prepay_id)]);
        scene.answers(answer, (409, Code::PrepayUnknown, BUSY)).await;
    }
    let first = scene.counter.place(&scene.shop, NO, &[]).await;
    // The moment in it is another one: nobody gave this out.
    let other_year = format!("wx1999{}", first.split_at(6).1);
    let answer = scene.signed(&[("prepay_id", &other_year)]);
    scene.answers(answer, (409, Code::PrepayUnknown, BUSY)).await;

    let second = scene.counter.place(&scene.shop, NO, &[]).await;
    assert_ne!(first, second);
    let void = scene.signed(&[("prepay_id", &first)]);
    scene.answers(void, (409, Code::PrepayVoid, BUSY)).await;

    let partner = scene.shop.credentials.partner.clone();
    let theirs = Counter::of(&partner.sp_mchid, &partner.sp_appid, &partner.api_v2_key).await;
    let sub = [("sub_mch_id", partner.sub_mchid.as_str())];
    let foreign = theirs.place(&scene.shop, NO, &sub).await;
    let answer = scene.signed(&[("prepay_id", &foreign)]);
    let why = scene.answers(answer, (409, Code::PrepayOtherMerchant, BUSY)).await;
    assert!(why.contains(&partner.sp_mchid), "{why}");

    scene.shop.advance(2 * 3_600).await;
    let old = scene.signed(&[("prepay_id", &second)]);
    scene.answers(old, (409, Code::PrepayExpired, BUSY)).await;
}

#[tokio::test]
async fn an_order_that_takes_no_money_says_so_behind_a_product_code_too() {
    let scene = Scene::set().await;
    let Scene { shop, counter, .. } = &scene;
    let scan = async |payer: &str| {
        let (status, said) = phone(shop, "scan", &counter.link("SKU-88888"), payer).await;
        assert_eq!(said["callback"]["refusal"]["code"], said["code"], "{said}");
        assert_eq!(said["callback"]["tries"][0]["status"], 200);
        (status, said["code"].as_str().unwrap().to_owned())
    };
    counter.offers(&counter.place(shop, NO, &[]).await);
    shop.close(NO).await.unwrap();
    assert_eq!(scan("ann").await, (409, "order_closed".to_owned()));
    let soon = [("time_expire", sandbox::time::beijing(sandbox::world::wall_now() + 600))];
    let soon: String = soon[0].1.chars().filter(char::is_ascii_digit).take(14).collect();
    let brief = [("time_expire", soon.as_str())];
    counter.offers(&counter.place(shop, "T20250101000002", &brief).await);
    shop.advance(900).await;
    assert_eq!(scan("ann").await, (409, "order_expired".to_owned()));
}
