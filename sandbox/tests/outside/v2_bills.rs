//! Bills over V2: the same files as APIv3's, in the answer itself, and failures of their own kind.

use serde_json::json;

use crate::bills::{NO, advance_to, gunzipped, lines, refunded, sha1, sold, split};
use crate::shop::{Reply, Shop, credentials};
use crate::tls::Sandbox;
use crate::v2_call::{Signer, post, post_showing, read, without_certificates};
use crate::v2_refunds::refund;

const TRADE: &str = "/pay/downloadbill";
const FLOW: &str = "/pay/downloadfundflow";

/// `2025-01-01` as V2 writes it.
fn digits(day: &str) -> String {
    day.replace('-', "")
}

async fn asked(shop: &Shop, signer: &Signer, own: &[(&str, &str)]) -> Reply {
    post(shop, signer, TRADE, own).await.unwrap()
}

/// The words and the `error_code` of a failure; there is nothing else in one (D.11).
fn failure(reply: &Reply) -> (String, Option<String>) {
    let mut message = read(reply);
    assert_eq!(message.remove("return_code").as_deref(), Some("FAIL"));
    let said = (message.remove("return_msg").unwrap(), message.remove("error_code"));
    assert!(message.is_empty(), "{message:?}");
    said
}

#[tokio::test]
async fn a_days_trade_of_both_apis_stands_in_one_bill_of_either() {
    let shop = Shop::open().await;
    without_certificates(&shop).await;
    let (day, transaction_id) = sold(&shop).await;
    refunded(&shop, "R1", 234).await;
    shop.advance(60).await;
    let signer = Signer::direct(&shop.credentials);
    let over_v2 = refund(&shop, &signer, "R2", "100").await;
    assert_eq!(
        (&over_v2["out_trade_no"], &over_v2["transaction_id"]),
        (&NO.to_owned(), &transaction_id)
    );
    advance_to(&shop, 10).await;
    let date = digits(&day);
    for kind in ["ALL", "SUCCESS", "REFUND"] {
        let reply = asked(&shop, &signer, &[("bill_date", &date), ("bill_type", kind)]).await;
        assert_eq!(reply.status, 200);
        assert!(reply.header("digest").is_none());
        let over_v3 = lines(&shop, &format!("tradebill?bill_date={day}&bill_type={kind}")).await;
        assert_eq!(split(&reply.body), over_v3, "{kind}");
    }
    let usual = asked(&shop, &signer, &[("bill_date", &date)]).await;
    let rows = split(&usual.body);
    // Header, a payment, two refunds, header, summary.
    assert_eq!(rows.len(), 6);
    assert!(rows[1..4].iter().any(|row| row.contains("`R2,")), "{rows:?}");
    let zipped = [("bill_date", date.as_str()), ("tar_type", "GZIP")];
    let packed = asked(&shop, &signer, &zipped).await;
    assert_eq!(packed.body[..2], [0x1f, 0x8b]);
    assert!(packed.header("content-encoding").is_none());
    assert_eq!(gunzipped(&packed.body), usual.body);
}

#[tokio::test]
async fn a_failure_is_words_and_at_most_a_code_also_where_gzip_was_asked() {
    let shop = Shop::open().await;
    let signer = Signer::direct(&credentials());
    let (day, _) = sold(&shop).await;
    let date = digits(&day);
    let said = async |own: &[(&str, &str)]| failure(&asked(&shop, &signer, own).await);
    let none = ("No Bill Exist".to_owned(), Some("20002".to_owned()));
    assert_eq!(said(&[("bill_date", &date), ("tar_type", "GZIP")]).await, none);
    advance_to(&shop, 9).await;
    let only = |words: &str| (words.to_owned(), None);
    assert_eq!(said(&[("bill_date", &date)]).await, only("Bill Creating"));
    advance_to(&shop, 10).await;
    assert_eq!(said(&[("bill_date", &date), ("bill_type", "RECHARGE_REFUND")]).await, none);
    assert_eq!(said(&[("bill_date", "20200101")]).await, none);
    for (own, words) in [
        (vec![], "missing parameter"),
        (vec![("bill_date", day.as_str())], "data format error"),
        (vec![("bill_date", date.as_str()), ("tar_type", "ZIP")], "data format error"),
        (vec![("bill_date", date.as_str()), ("bill_type", "ANY")], "invalid bill_type"),
    ] {
        assert_eq!(said(&own).await, only(words), "{own:?}");
    }
    let stranger = Signer { key: "0".repeat(32), ..signer.clone() };
    assert_eq!(
        failure(&asked(&shop, &stranger, &[("bill_date", &date)]).await),
        only("SIGN ERROR")
    );
    for (kind, expected) in [
        ("late", only("Bill Creating")),
        ("missing", none),
        ("system-error", only("SYSTEMERROR")),
        ("error-but-done", only("SYSTEMERROR")),
    ] {
        shop.fault(json!({ "route": "downloadbill", "kind": kind })).await;
        assert_eq!(said(&[("bill_date", &date)]).await, expected, "{kind}");
    }
    shop.fault(json!({ "route": "downloadbill", "kind": "cut-short" })).await;
    assert!(post(&shop, &signer, TRADE, &[("bill_date", &date)]).await.is_none());
    assert!(asked(&shop, &signer, &[("bill_date", &date)]).await.body.starts_with(b"\xef\xbb\xbf"));
}

#[tokio::test]
async fn a_partner_gets_all_its_sub_merchants_or_one() {
    let (shop, signer) = (Shop::open().await, Signer::partner(&credentials()));
    let (day, _) = sold(&shop).await;
    let [one, other, ..] = &shop.credentials.partner.sub_merchants[..] else { panic!("two") };
    for (number, sub) in [("P20250101000001", one), ("P20250101000002", other)] {
        let order = [
            ("sub_mch_id", sub.sub_mchid.as_str()),
            ("body", "红茶"),
            ("out_trade_no", number),
            ("total_fee", "2000"),
            ("spbill_create_ip", "127.0.0.1"),
            ("notify_url", "http://127.0.0.1:9/n"),
            ("trade_type", "NATIVE"),
            ("product_id", "SKU-88888"),
        ];
        let placed = post(&shop, &signer, "/pay/unifiedorder", &order).await.unwrap();
        let placed = signer.verified(&placed);
        assert_eq!(shop.pay(&placed["code_url"]).await.0, 200);
    }
    advance_to(&shop, 10).await;
    let date = digits(&day);
    let all = split(&asked(&shop, &signer, &[("bill_date", &date)]).await.body);
    assert_eq!(all.len(), 5);
    let own = [("bill_date", date.as_str()), ("sub_mch_id", one.sub_mchid.as_str())];
    let ones = split(&asked(&shop, &signer, &own).await.body);
    assert_eq!(ones.len(), 4);
    assert!(ones[1].contains("`P20250101000001,"), "{ones:?}");
}

#[tokio::test]
async fn what_moved_in_an_account_wants_the_certificate_and_hmac_and_says_its_digest() {
    let sandbox = Sandbox::open().await;
    let shop = &sandbox.shop;
    let md5 = Signer::direct(&shop.credentials);
    let hmac = Signer { hmac: true, ..md5.clone() };
    let (day, _) = sold(shop).await;
    advance_to(shop, 10).await;
    let date = digits(&day);
    let own = [("bill_date", date.as_str()), ("account_type", "Basic")];
    let keys = &shop.credentials;
    let pems = Some((keys.certificate_pem.as_str(), keys.private_key_pem.as_str()));
    let refused = read(&post(shop, &hmac, FLOW, &own).await.unwrap());
    assert_eq!(refused["return_msg"], "证书校验失败");
    let bare = read(&post_showing(&sandbox, None, (&hmac, FLOW), &own).await);
    assert_eq!(bare["return_msg"], "证书校验失败");
    // Unlike a bill of trade, it says no as every other call does, and signed.
    let said = async |signer: &Signer, own: &[(&str, &str)]| {
        let reply = post_showing(&sandbox, pems, (signer, FLOW), own).await;
        signer.verified(&reply)["err_code"].clone()
    };
    assert_eq!(said(&md5, &own).await, "PARAM_ERROR");
    assert_eq!(said(&hmac, &own[..1]).await, "PARAM_ERROR");
    assert_eq!(said(&hmac, &[own[0], ("account_type", "BASIC")]).await, "PARAM_ERROR");
    assert_eq!(said(&hmac, &[("bill_date", "20200101"), own[1]]).await, "NO_BILL_EXIST");
    let operation = [own[0], ("account_type", "Operation")];
    let flow = |own: Vec<(&'static str, String)>| {
        let sandbox = &sandbox;
        let hmac = &hmac;
        async move {
            let own: Vec<_> = own.iter().map(|(name, value)| (*name, value.as_str())).collect();
            post_showing(sandbox, pems, (hmac, FLOW), &own).await
        }
    };
    let named = |account: &str, more: &[(&'static str, &str)]| {
        let mut own = vec![("bill_date", date.clone()), ("account_type", account.to_owned())];
        own.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        own
    };
    for (account, over_v3) in [("Basic", "BASIC"), ("Fees", "FEES")] {
        let reply = flow(named(account, &[])).await;
        assert_eq!(reply.header("digest").unwrap(), format!("SHA={}", sha1(&reply.body)));
        let query = format!("fundflowbill?bill_date={day}&account_type={over_v3}");
        assert_eq!(split(&reply.body), lines(shop, &query).await);
    }
    // Nothing ever moves there, which APIv3 says no otherwise.
    assert_eq!(said(&hmac, &operation).await, "NO_BILL_EXIST");
    let plain = flow(named("Basic", &[])).await;
    let packed = flow(named("Basic", &[("tar_type", "GZIP")])).await;
    assert_eq!(gunzipped(&packed.body), plain.body);
    assert_eq!(packed.header("digest"), plain.header("digest"));
    shop.fault(json!({ "route": "downloadfundflow", "kind": "wrong-hash" })).await;
    let wrong = flow(named("Basic", &[])).await;
    assert_eq!(wrong.body, plain.body);
    assert_ne!(wrong.header("digest"), plain.header("digest"));
    shop.fault(json!({ "route": "downloadfundflow", "kind": "late" })).await;
    assert_eq!(said(&hmac, &own).await, "BILL_CREATING");
}
