//! Any number of merchants in one sandbox: each calls, is told and rotates for itself.

use std::sync::Arc;

use sandbox::control::merchants::listed;
use sandbox::merchant::{Account, Credentials, Kind};
use sandbox::merchants_file::Wishes;
use sandbox::serve;
use sandbox::store::{Saved, Store};
use sandbox::world::{Settings, World};
use serde_json::{Value, json};

use crate::restart::Folder;
use crate::shop::{Doorbell, Shop, credentials};

/// The tests' two merchants, a further direct merchant and a further partner. These share the keys
/// of the first two, which no lookup may be confused by.
fn four() -> Credentials {
    let folder = Folder::new("four");
    let mut file = listed(&credentials());
    let mut more = file["data"].as_array().unwrap().clone();
    more[0]["mchid"] = json!("1230000109");
    more[0]["appid"] = json!("wxd678efh567hg6787");
    more[0]["other_appids"] = json!(["wx0123456789abcdef"]);
    more[0]["api_v3_key"] = json!("0123456789abcdefghijklmnopqrstuv");
    more[1]["mchid"] = json!("1230000110");
    more[1]["sub_merchants"] =
        json!([{ "sub_mchid": "1230000111", "sub_appid": "wxaaaaaaaaaaaaaaaa" }]);
    file["data"].as_array_mut().unwrap().extend(more);
    let path = folder.0.join("merchants.json");
    std::fs::write(&path, file.to_string()).unwrap();
    Wishes::read(&path).unwrap().granted(None, 1_735_700_000).unwrap()
}

async fn open(credentials: Credentials) -> Shop {
    let world =
        World::new(credentials.clone(), Store::in_memory(), Saved::default(), Settings::default());
    let (listener, address) = serve::listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
    tokio::spawn(serve::serve(Arc::new(world.unwrap()), listener, std::future::pending()));
    Shop::at(format!("http://{address}"), credentials)
}

/// The same sandbox, as this merchant calls it.
fn shop_of(shop: &Shop, account: &Account) -> Shop {
    let mut credentials = shop.credentials.clone();
    credentials.mchid = account.mchid.clone();
    credentials.appid = account.appid.clone();
    credentials.serial_no = account.serial_no.clone();
    credentials.private_key_pem = account.private_key_pem.clone().unwrap();
    credentials.api_v3_key = account.api_v3_key.clone();
    Shop::at(shop.base.clone(), credentials)
}

#[tokio::test]
async fn each_merchant_calls_and_is_told_under_its_own_keys() {
    let shop = open(four()).await;
    let accounts = shop.credentials.accounts();
    let kinds: Vec<_> = accounts.iter().map(|each| each.kind).collect();
    assert_eq!(kinds, [Kind::Direct, Kind::Partner, Kind::Direct, Kind::Partner]);
    let third = shop_of(&shop, &accounts[2]);
    let bell = Doorbell::answering(204).await;
    let code = third.place("T20250101000001", &bell.url).await;
    assert_eq!(third.pay(&code).await.0, 200);
    let told = &bell.hears(1).await[0];
    assert_eq!(third.opened(&told.body).unwrap()["mchid"], "1230000109");
    assert!(shop.opened(&told.body).is_none());

    let mut order = third.order("T20250101000002", &bell.url);
    order["appid"] = json!("wx0123456789abcdef");
    let reply = third.call("POST", crate::shop::NATIVE, &order.to_string()).await;
    assert_eq!(reply.status, 200);
    order["appid"] = json!(shop.credentials.appid);
    order["out_trade_no"] = json!("T20250101000003");
    let reply = third.call("POST", crate::shop::NATIVE, &order.to_string()).await;
    assert_eq!(reply.code(), (400, "APPID_MCHID_NOT_MATCH".into()));

    let partner = shop_of(&shop, &accounts[3]);
    let target = |sub: &str| {
        let query = format!("sp_mchid=1230000110&sub_mchid={sub}");
        format!("/v3/pay/partner/transactions/out-trade-no/T20250101000009?{query}")
    };
    let own = partner.call("GET", &target("1230000111"), "").await;
    assert_eq!(own.code(), (404, "ORDER_NOT_EXIST".into()));
    let other = partner.call("GET", &target(&accounts[1].sub_merchants[0].sub_mchid), "").await;
    assert_eq!(other.code(), (403, "NO_AUTH".into()));
}

#[tokio::test]
async fn any_merchants_keys_rotate_by_its_number() {
    let shop = open(four()).await;
    let third = shop_of(&shop, &shop.credentials.accounts()[2]);
    let wish = json!({ "mchid": "1230000109", "api_v3_key": "vutsrqponmlkjihgfedcba9876543210" });
    let (status, said) = shop.control("POST", "merchant/api-v3-key", wish).await;
    assert_eq!((status, &said["api_v3_key"]), (200, &json!(shop.credentials.api_v3_key)));
    assert_eq!(said["data"][2]["api_v3_key"], "vutsrqponmlkjihgfedcba9876543210");

    let wish = json!({ "mchid": "1230000109" });
    let (_, all) = shop.control("POST", "merchant/certificate", wish.clone()).await;
    let issued = all["data"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(issued["mchid"], "1230000109");
    let mut credentials = third.credentials.clone();
    credentials.serial_no = issued["serial_no"].as_str().unwrap().to_owned();
    credentials.private_key_pem = issued["private_key_pem"].as_str().unwrap().to_owned();
    let renewed = Shop::at(shop.base.clone(), credentials);
    let target = third.by_number("T20250101000001");
    for shop in [&third, &renewed] {
        assert_eq!(shop.call("GET", &target, "").await.status, 404);
    }
    let retire = json!({ "retire": issued["serial_no"] });
    assert_eq!(shop.control("POST", "merchant/certificate", retire).await.0, 200);
    assert_eq!(
        renewed.call("GET", &target, "").await.json()["message"],
        "已更换证书，请使用新证书"
    );
    assert_eq!(third.call("GET", &target, "").await.status, 404);
    let (_, merchants) = shop.control("GET", "merchants", Value::Null).await;
    assert_eq!(merchants["data"][2]["serial_no"], third.credentials.serial_no.as_str());
}

#[tokio::test]
async fn merchants_are_listed_and_their_files_fetched() {
    let shop = open(four()).await;
    let (_, merchants) = shop.control("GET", "merchants", Value::Null).await;
    assert_eq!(merchants, listed(&shop.credentials));
    assert_eq!(merchants["data"][1]["kind"], "partner");
    let file = async |name: &str| {
        let reply = shop.send("GET", &format!("/sandbox/files/{name}"), "", &[]).await.unwrap();
        (reply.status, String::from_utf8(reply.body).unwrap())
    };
    let known = &shop.credentials;
    assert_eq!(file("apiclient_key.pem").await, (200, known.private_key_pem.clone()));
    let partners = format!("apiclient_cert.pem?mchid={}", known.partner.sp_mchid);
    assert_eq!(file(&partners).await, (200, known.partner.certificate_pem.clone()));
    assert_eq!(file("pub_key.pem").await, (200, known.platform_public_key_pem.clone()));
    assert_eq!(file("platform_cert.pem").await, (200, known.platform_certificate_pem.clone()));
    let (status, said) = file("other.pem").await;
    assert!(status == 404 && said.contains("unknown_file"), "{said}");
    let (status, said) = file("env?mchid=1").await;
    assert!(status == 404 && said.contains("unknown_merchant"), "{said}");
}

#[cfg(unix)]
#[tokio::test]
async fn the_environment_is_what_a_shell_reads() {
    let shop = open(four()).await;
    let reply = shop.send("GET", "/sandbox/files/env?mchid=1230000110", "", &[]).await.unwrap();
    let lines = String::from_utf8(reply.body).unwrap();
    let asked = r#"eval "$1"; printf '%s|%s|%s|%s\n' "$WECHATPAY_BASE_URL" "$WECHATPAY_MCHID" "$WECHATPAY_SUB_MCHID" "$WECHATPAY_PUBLIC_KEY""#;
    let said = std::process::Command::new("sh").args(["-c", asked, "sh", &lines]).output().unwrap();
    let expected =
        format!("{}|1230000110|1230000111|{}", shop.base, shop.credentials.platform_public_key_pem);
    assert_eq!(String::from_utf8(said.stdout).unwrap(), expected);
}
